"""`POST /hooks/...`: what other servers tell us, signed. The body is handed on as it came: those bytes were signed."""

from __future__ import annotations

from aiohttp import web

from chat.commands import Caller
from chat.door import Who
from chat.errors import BadShape
from chat.web import guards, keys

SIGNATURE = "Nightdesk-Signature"


async def shop(request: web.Request) -> web.Response:
    given = {"site": request.match_info["site"], **await _signed(request)}
    return guards.respond(await request.app[keys.DOOR].answer("hook", _teller(request), "shop", given))


async def payments(request: web.Request) -> web.Response:
    given = await _signed(request)
    return guards.respond(await request.app[keys.DOOR].answer("hook", _teller(request), "payments", given))


async def _signed(request: web.Request) -> dict[str, str]:
    try:
        body = (await guards.read_body(request)).decode()
    except UnicodeDecodeError:
        raise BadShape("The body is not UTF-8.") from None
    return {"signature": request.headers.get(SIGNATURE, ""), "body": body}


def _teller(request: web.Request) -> Who:
    return Who(Caller.PUBLIC, address=guards.address(request, request.app[keys.SETTINGS].trusted_proxies))
