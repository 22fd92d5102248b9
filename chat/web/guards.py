"""What every request passes: error envelopes, origins, size, headers. Errors are translated here, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from chat.door import Answer, Door, failure, refusal
from chat.errors import BadShape, Forbidden, NightdeskError, NotFound, TooLarge
from chat.web import lost

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_BYTES = 256 * 1024
BODY_SECONDS = 20.0  # so long may a body take to arrive
BUILT = "/static/assets/"  # a built file's name changes with what is in it
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PAGE_POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'"


def policy(frame_ancestors: str) -> str:
    return f"{PAGE_POLICY}; frame-ancestors {frame_ancestors}"


@web.middleware
async def envelope_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Under /api and /hooks every error is an envelope; elsewhere only those that are ours, and people get a page."""
    try:
        if "\x00" in request.query_string:  # which Postgres takes in no text
            raise BadShape("A query has no NUL character.")
        response = await handler(request)
    except NightdeskError as error:
        response = _told(request, refusal(error))
    except web.HTTPException as error:
        if error.status < 400 or not (lost.is_for_people(request) or request.path.startswith(("/api/", "/hooks/"))):
            _harden(error)
            raise
        response = _told(request, refusal(_worded(error)), error)
    except Exception:
        if request.writer.output_size:  # half an answer is out already: the connection is cut
            raise
        log.exception("a request failed, nothing was stored", address=_pattern(request))
        response = _told(request, failure())
    if not response.prepared:
        _harden(response)
        if request.path.startswith(BUILT) and response.status == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if not request.content.is_eof():  # what is still to come of the body would be read as the next request
        response.force_close()
    return response


def _told(request: web.Request, answer: Answer, error: web.HTTPException | None = None) -> web.Response:
    response = respond(answer)
    if not lost.is_for_people(request):
        return response
    page = lost.page(request, error.status if error else answer.status)
    for name, value in {**response.headers, **(error.headers if error else {})}.items():
        if name in ("Retry-After", "Allow"):
            page.headers[name] = value
    return page


def _pattern(request: web.Request) -> str | None:
    """As in the list of routes: an address itself may be a case's key, or say what somebody called a file."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else None


def _worded(error: web.HTTPException) -> NightdeskError:
    match error.status:
        case 404:
            return NotFound("There is no such address.")
        case 405:
            return BadShape("Use POST.")
        case 413:
            return TooLarge(f"A request may have {BODY_BYTES} bytes.")
    return BadShape(error.reason)


def _harden(response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.content_type == "text/html":
        response.headers.setdefault("Content-Security-Policy", policy("'none'"))


def respond(answer: Answer) -> web.Response:
    text = json.dumps(answer.envelope, ensure_ascii=False, separators=(",", ":"))
    headers = {"Cache-Control": "no-store"}
    if "error" in answer.envelope and "retry_after" in answer.envelope["error"]:
        headers["Retry-After"] = str(max(1, round(answer.envelope["error"]["retry_after"])))
    body = text.encode("utf-8", "replace")  # an error may quote half a surrogate pair
    return web.Response(
        body=body, status=answer.status, content_type="application/json", charset="utf-8", headers=headers
    )


async def read_json(request: web.Request, seconds: float = BODY_SECONDS) -> Any:
    """The body as JSON. Raises BadShape. A form of another page cannot send this content type unasked."""
    if request.content_type != "application/json":
        raise BadShape("Send the body as application/json.")
    body = await read_body(request, seconds)
    try:
        return json.loads(body or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadShape("The body is not JSON.") from None


async def read_body(request: web.Request, seconds: float = BODY_SECONDS) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise BadShape(f"The body did not arrive within {seconds:g} seconds.") from None
    except web.RequestPayloadError:
        raise BadShape("The body cannot be unpacked.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def foreign_origin(request: web.Request, door: Door) -> str | None:
    """The page that calls, unless it is one of ours or no page at all. Raises Forbidden for a page nobody knows."""
    origin = request.headers.get("Origin")
    if origin is None or door.is_own_origin(origin, request):
        return None
    if not door.is_known_origin(origin, request):
        raise Forbidden("This page may not call here.", code="foreign_origin")
    return origin


def address(request: web.Request, proxies: int) -> str:
    """The caller's address; the forwarded one only as far as our own proxies wrote it."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return request.remote or ""
