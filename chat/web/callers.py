"""Who calls over HTTP: by a bearer token, or an agent by the console's cookie."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from chat.commands import Caller
from chat.door import AGENT_COOKIE, Who
from chat.errors import Unauthenticated
from chat.web import guards, keys


async def caller(request: web.Request, kind: Caller) -> Who:
    """Raises Unauthenticated, or Forbidden for a page nobody knows. A command is a sign of life of an agent."""
    door = request.app[keys.DOOR]
    origin = guards.foreign_origin(request, door)
    who = replace(await door.identify(kind, token_of(request, kind)), origin=origin)
    if who.kind is Caller.AGENT:
        await door.agent_called(who)
    return who


def token_of(request: web.Request, kind: Caller) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token
    if kind is Caller.AGENT and AGENT_COOKIE in request.cookies:
        return request.cookies[AGENT_COOKIE]
    raise Unauthenticated("Send the token as Authorization: Bearer.")
