"""Pages for people: the widget's parts, its frame and its page of its own, the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from chat import texts
from chat.errors import NotFound
from chat.web import guards, keys

LOADER = "widget/src/loader.ts"
PAGE_PART = "widget/src/page.ts"
PAGES_STATIC = Path(__file__).parent.parent / "pages_static"
TYPES = PAGES_STATIC / "nightdesk.d.ts"
ICON = PAGES_STATIC / "icon.svg"
FRAME = "widget/src/app/main.tsx"
CONSOLE = "agent_console/src/main.tsx"

SHORTLY = "public, max-age=300"


async def home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/demo" if request.app[keys.SETTINGS].demo else "/console")


async def icon(request: web.Request) -> web.StreamResponse:
    """For browsers that ask for one before they have read a page, or beside what is none."""
    return web.FileResponse(ICON, headers={"Cache-Control": "public, max-age=86400"})


async def loader(request: web.Request) -> web.StreamResponse:
    """One address for ever, so sites need not change their tag; it is small, and asked for again after a while."""
    return _for_any_page(_built(request, LOADER))


async def page_part(request: web.Request) -> web.StreamResponse:
    """What the loader fetches when the window is wanted; as old as the loader at most."""
    return _for_any_page(_built(request, PAGE_PART))


async def types(request: web.Request) -> web.StreamResponse:
    """For developers of the pages that embed the window."""
    response = _for_any_page(TYPES)
    response.content_type = "text/plain"
    return response


def _built(request: web.Request, source: str) -> Path:
    assets = request.app[keys.ASSETS]
    return assets.folder / assets.entry(source).script.removeprefix("/static/")


def _for_any_page(file: Path) -> web.FileResponse:
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
    response = _page(request, "frame.html", entry=request.app[keys.ASSETS].entry(FRAME), title="Nightdesk", locale=None)
    response.headers["Content-Security-Policy"] = guards.policy(" ".join(["'self'", *sorted(origins)]))
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = SHORTLY
    return response


async def chat(request: web.Request) -> web.Response:
    """The window on its own, for a link in a mail or a QR code. No other page may put it into a frame."""
    names = await request.app[keys.DOOR].site_names(request.match_info["site"])
    if names is None:
        raise NotFound("There is no such site.")
    locale = texts.known_locale(request.headers.get("Accept-Language"))
    title = names.get(locale) or next(iter(names.values()))
    return _page(request, "frame.html", entry=request.app[keys.ASSETS].entry(FRAME), title=title, locale=locale)


async def console(request: web.Request) -> web.Response:
    return _page(request, "console.html", entry=request.app[keys.ASSETS].entry(CONSOLE))


def _page(request: web.Request, name: str, **values: Any) -> web.Response:
    text = request.app[keys.PAGES].get_template(name).render(**values)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers={"Cache-Control": "no-cache"})
