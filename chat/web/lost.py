"""A page for whoever went to an address of this server in a browser, and cannot have what stands there."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from chat import texts
from chat.web import keys

# Addresses that programs ask for: they get an envelope, or the sentence of the web server.
PROGRAMS = (
    "/api/", "/hooks/", "/files/", "/socket.io/", "/static/", "/pages/", "/widget", "/healthz", "/readyz", "/metrics",
    "/sitemap.xml", "/robots.txt",
)  # fmt: skip
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TITLES = {404: "gone", 405: "gone", 429: "busy"}


def is_for_people(request: web.Request) -> bool:
    return not request.path.startswith(PROGRAMS)


def page(request: web.Request, status: int) -> web.Response:
    locale = texts.known_locale(request.headers.get("Accept-Language"))
    what = TITLES.get(status, "failed")
    text = (
        request.app[keys.PAGES]
        .get_template("support_lost.html")
        .render(locale=locale, say=partial(texts.say, locale), title=f"help.{what}_title", text=f"help.{what}_text")
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)
