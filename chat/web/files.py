"""Files over HTTP: `POST /api/<door>/upload` as multipart, and `GET /files/<id>/<name>`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import structlog
from aiohttp import BodyPartReader, web

from chat.commands import Caller
from chat.domain.files import SHOWN, StoredFile
from chat.door import Answer, Who
from chat.errors import BadShape, Forbidden, NotFound, Unauthenticated
from chat.files import Content
from chat.web import guards, keys
from chat.web.callers import caller, token_of
from chat.web.intake import QUIET_SECONDS, Intake, Received

WHOLE_SECONDS = 300.0  # and so long may all of it take
CLIENT_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AROUND = 64 * 1024  # bytes of a request beside its file
log = structlog.get_logger()

POLICY = "sandbox; default-src 'none'"


async def customer(request: web.Request) -> web.Response:
    return await _upload(request, Caller.CUSTOMER)


async def agent(request: web.Request) -> web.Response:
    if guards.foreign_origin(request, request.app[keys.DOOR]) is not None:
        raise Forbidden("Only the console and programs may call here.", code="foreign_origin")
    return await _upload(request, Caller.AGENT)


async def case_link(request: web.Request) -> web.Response:
    return await _upload(request, Caller.CASE_LINK)


async def _upload(request: web.Request, kind: Caller) -> web.Response:
    who = await caller(request, kind)
    attachment = await take(request, who)
    return guards.respond(Answer(200, {"ok": True, "value": attachment}))


async def take(request: web.Request, who: Who) -> dict[str, Any]:
    """The one file of a request, kept; the attachment, JSON-ready. Nothing is left of one that is refused."""
    door, intake = request.app[keys.DOOR], request.app[keys.INTAKE]
    if request.content_type != "multipart/form-data":
        raise BadShape("Send the file as multipart/form-data, in a part named file.")
    if (request.content_length or 0) > intake.rules.size + AROUND:
        raise intake.too_large()
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise BadShape("Send the file as it is, without Content-Encoding.")
    address = guards.address(request, request.app[keys.SETTINGS].trusted_proxies)
    await door.may_send(who, address)
    with intake.place(who.id):
        received, client_id = await _received(request, intake)
        stored, is_new = await intake.keep(received), False
        try:
            attachment, is_new = await door.keep_file(who, stored, client_id)
        finally:
            if not is_new:
                await asyncio.to_thread(intake.files.remove, [stored.path])
        return attachment


async def _received(request: web.Request, intake: Intake) -> tuple[Received, str | None]:
    """The file and the client_id that may come with it, in any order."""
    received: list[Received] = []
    client_id = None
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            parts = await request.multipart()
            while part := await asyncio.wait_for(parts.next(), QUIET_SECONDS):
                if isinstance(part, BodyPartReader) and part.name == "client_id" and client_id is None:
                    client_id = await _client_id(part)
                    continue
                if received or not isinstance(part, BodyPartReader) or part.name != "file":
                    raise BadShape("Send one file, in a part named file.")
                received.append(await intake.receive(part))
        if not received:
            raise BadShape("Send one file, in a part named file.")
        return received.pop(), client_id
    except TimeoutError:
        raise BadShape("The file did not arrive in time.") from None
    except (web.RequestPayloadError, ConnectionError):
        raise BadShape("The file did not arrive whole.") from None
    except (ValueError, AssertionError, RuntimeError):  # aiohttp's, of a body that is no multipart
        raise BadShape("The body is not multipart/form-data.") from None
    finally:
        for left in received:
            left.path.unlink(missing_ok=True)


async def _client_id(part: BodyPartReader) -> str:
    given = bytes(await asyncio.wait_for(part.read_chunk(100), QUIET_SECONDS))
    if not CLIENT_ID.fullmatch(given) or not part.at_eof():
        raise BadShape("A client_id is a UUID.")
    return given.decode()


async def file(request: web.Request) -> web.StreamResponse:
    """For whoever may see where it was sent, as of now. Nothing in it can act: not as a page, a script or a frame."""
    door, intake = request.app[keys.DOOR], request.app[keys.INTAKE]
    found = await door.open_file(await _reader(request), request.match_info["attachment_id"])
    part = _part(request, found)
    content = await asyncio.to_thread(intake.files.open, found.path, part)
    if content is None:
        log.error("a file is missing", path=found.path)
        raise NotFound("This file is not there any more.", code="file_missing")
    place = "inline" if found.type in SHOWN else "attachment"
    charset = "; charset=utf-8" if found.type == "text/plain" else ""
    headers = {
        "Content-Type": found.type + charset,
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    }
    if content.file:
        return web.FileResponse(content.file, headers=headers)  # which looks after parts itself
    return _passed_on(content, part, found, headers)


def _part(request: web.Request, found: StoredFile) -> tuple[int, int] | None:
    """The bytes that are asked for, up to one that is not; None: all of them. Raises 416 when there are none such.

    On no condition: what lies under an id never changes.
    """
    try:
        asked = request.http_range
    except ValueError:  # several parts, or none that one could read: all may be given then
        return None
    if "Range" not in request.headers:
        return None
    first, end, _ = asked.indices(found.size)
    if first >= end:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{found.size}"})
    return first, end


def _passed_on(
    content: Content, part: tuple[int, int] | None, found: StoredFile, headers: dict[str, str]
) -> web.Response:
    """Never by a link to the storage: who may see a file now need not tomorrow."""
    headers |= {"Content-Length": str(content.size), "Accept-Ranges": "bytes", "ETag": f'"{found.sha256}"'}
    if part:
        headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{found.size}"
    return web.Response(status=206 if part else 200, body=_read(content), headers=headers)


async def _read(content: Content) -> AsyncIterator[bytes]:
    blocks = iter(content.blocks)
    while block := await asyncio.to_thread(next, blocks, b""):
        yield block


async def _reader(request: web.Request) -> Who:
    """By the token or the cookie: a session of either side, or a case's link. Raises Unauthenticated."""
    guards.foreign_origin(request, request.app[keys.DOOR])
    token = token_of(request, Caller.AGENT)
    for kind in (Caller.AGENT, Caller.CUSTOMER, Caller.CASE_LINK):
        try:
            return await request.app[keys.DOOR].identify(kind, token)
        except Unauthenticated:
            continue
    raise Unauthenticated("This session has ended. Start a new one.")
