"""Pages for people: the widget's frame, the console."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from chat.errors import NotFound
from chat.web import guards, keys

LOADER = "widget/src/loader.ts"
FRAME = "widget/src/app/main.tsx"
CONSOLE = "agent_console/src/main.tsx"

SHORTLY = "public, max-age=300"


async def home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/demo" if request.app[keys.SETTINGS].demo else "/console")


async def loader(request: web.Request) -> web.StreamResponse:
    """One address for ever, so sites need not change their tag; it is small, and asked for again after a while."""
    assets = request.app[keys.ASSETS]
    file = assets.folder / assets.entry(LOADER).script.removeprefix("/static/")
    headers = {
        "Cache-Control": SHORTLY,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return web.FileResponse(file, headers=headers)


async def frame(request: web.Request) -> web.Response:
    """The widget's window. Only the site's own pages may put it into a frame.

    Kept as long as the loader: who walks on through the shop while nobody answers here then finds the conversation and
    "reconnecting", and not the browser's own page about servers that cannot be reached.
    """
    origins = await request.app[keys.DOOR].site_origins(request.query.get("site", ""))
    if origins is None:
        raise NotFound("There is no such site.")
    response = _page(request, "frame.html", entry=request.app[keys.ASSETS].entry(FRAME))
    response.headers["Content-Security-Policy"] = guards.policy(" ".join(["'self'", *sorted(origins)]))
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = SHORTLY
    return response


async def console(request: web.Request) -> web.Response:
    return _page(request, "console.html", entry=request.app[keys.ASSETS].entry(CONSOLE))


def _page(request: web.Request, name: str, **values: Any) -> web.Response:
    text = request.app[keys.PAGES].get_template(name).render(**values)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers={"Cache-Control": "no-cache"})
