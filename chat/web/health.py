"""Is the process alive, and can it serve?"""

from __future__ import annotations

from aiohttp import web

from chat.web import keys


async def alive(request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def ready(request: web.Request) -> web.Response:
    """200 when the store answers, else 503 and why."""
    problem = await request.app[keys.DOOR].problem()
    if problem is None:
        return web.json_response({"ok": True})
    return web.json_response({"ok": False, "problem": problem}, status=503)
