"""Is the process alive, can it serve, and how do the desks stand?"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE

from chat.errors import NotFound
from chat.web import guards, keys


async def alive(request: web.Request) -> web.Response:
    """200 as long as a new process would serve no better; it asks nobody else, such as the database."""
    return _told(request.app[keys.BROKEN]())


async def ready(request: web.Request) -> web.Response:
    """200 when customers may be sent here, else 503 and every reason why not.

    What they would miss elsewhere as well is told as `degraded` beside it: no reason to send them away.
    """
    problems, troubles = await request.app[keys.PROBLEMS](), await request.app[keys.TROUBLES]()
    return _told(problems, troubles)


def _told(problems: list[str], troubles: Sequence[str] = ()) -> web.Response:
    told = {"degraded": " ".join(troubles)} if troubles else {}
    if not problems:
        return web.json_response({"ok": True, **told})
    return web.json_response({"ok": False, "problem": " ".join(problems), **told}, status=503)


async def metrics(request: web.Request) -> web.Response:
    """For the addresses of the setting; to everybody else there is no such page."""
    settings = request.app[keys.SETTINGS]
    # Behind a proxy nobody told us of, everybody seems to call from its address.
    is_hidden = not settings.trusted_proxies and "X-Forwarded-For" in request.headers
    if is_hidden or not settings.may_read_metrics(guards.address(request, settings.trusted_proxies)):
        raise NotFound("There is no such address.")
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return web.Response(body=await request.app[keys.METRICS](), headers=headers)
