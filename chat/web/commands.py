"""`POST /api/<door>/<command>`: the command table over HTTP."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from chat.commands import Caller
from chat.door import AGENT_COOKIE, Answer, Who
from chat.errors import Forbidden
from chat.web import guards, keys
from chat.web.callers import caller
from chat.web.openapi import describe


async def customer(request: web.Request) -> web.Response:
    return guards.respond(await _answer(request, "customer", Caller.CUSTOMER))


async def agent(request: web.Request) -> web.Response:
    """Signing in sets a cookie that scripts cannot read; with `bearer` the token is given instead, for programs."""
    if guards.foreign_origin(request, request.app[keys.DOOR]) is not None:
        raise Forbidden("Only the console and programs may call here.", code="foreign_origin")
    name = request.match_info["command"]
    data = await guards.read_json(request)
    answer = await _answer(request, "agent", Caller.AGENT, data)
    if answer.status != 200 or name not in ("session", "sign_out"):
        return guards.respond(answer)
    if name == "sign_out":
        response = guards.respond(answer)
        response.del_cookie(AGENT_COOKIE, path="/")
        return response
    if data.get("bearer"):
        return guards.respond(answer)
    token = answer.envelope["value"].pop("token")
    response = guards.respond(answer)
    secure = (request.app[keys.SETTINGS].public_url or "").startswith("https:") or request.secure
    response.set_cookie(AGENT_COOKIE, token, path="/", httponly=True, samesite="Strict", secure=secure)
    return response


async def case_link(request: web.Request) -> web.Response:
    return guards.respond(await _answer(request, "case_link", Caller.CASE_LINK))


async def openapi(request: web.Request) -> web.Response:
    return web.json_response(describe(), headers={"Access-Control-Allow-Origin": "*"})


async def _answer(request: web.Request, door_name: str, kind: Caller, data: Any = None) -> Answer:
    door, settings = request.app[keys.DOOR], request.app[keys.SETTINGS]
    origin = guards.foreign_origin(request, door)
    given = data if data is not None else await guards.read_json(request)
    name = request.match_info["command"]
    if name == "session":
        who = Who(Caller.PUBLIC, origin=origin, address=guards.address(request, settings.trusted_proxies))
    else:
        who = await caller(request, kind)
    return await door.answer(door_name, who, name, given)
