"""Is the process alive, and can it serve?"""

from __future__ import annotations

from aiohttp import web

from chat.web import keys


async def alive(request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def ready(request: web.Request) -> web.Response:
    """200 when customers may be sent here, else 503 and every reason why not."""
    problems = await request.app[keys.PROBLEMS]()
    if not problems:
        return web.json_response({"ok": True})
    return web.json_response({"ok": False, "problem": " ".join(problems)}, status=503)
