"""What search engines are told: where the support centre's pages are, and what its articles are."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from markupsafe import Markup

from chat import wire
from chat.errors import BadShape, NotFound
from chat.web import keys
from chat.web.support_page import always_a_page, ask, origin_of


@always_a_page
async def index(request: web.Request) -> web.Response:
    """The sitemaps there are: a file of them has an end, and each lies above the pages it names, as it has to."""
    told = await ask(request, "maps", {}, wire.SupportMaps)
    parts = [
        f"{origin_of(request)}/help/{part.site}/sitemap.xml" + (f"?start={part.start}" if part.start else "")
        for part in told.maps
    ]
    return _xml(request, "sitemap_index.xml", parts=parts)


@always_a_page
async def sitemap(request: web.Request) -> web.Response:
    site = request.match_info["site"]
    try:
        told = await ask(request, "places", {"site": site, "start": request.query.get("start")}, wire.SupportMap)
    except BadShape:
        raise NotFound("There is no such page.") from None
    pages = [
        {
            "updated_at": place.updated_at,
            "links": [(locale, f"{origin_of(request)}/help/{site}/{locale}{place.path}") for locale in place.locales],
        }
        for place in told.places
    ]
    return _xml(request, "sitemap.xml", pages=pages, iso=wire.utc)


def _xml(request: web.Request, template: str, **values: Any) -> web.Response:
    text = request.app[keys.PAGES].get_template(template).render(**values)
    response = web.Response(text=text, content_type="application/xml", charset="utf-8")
    response.enable_compression()
    return response


async def robots(request: web.Request) -> web.Response:
    """Cases are not named here: they ask not to be found themselves, which is heard only by who may read it."""
    lines = ["User-agent: *", "Disallow: /api/", "Disallow: /console", "Disallow: /files/", "Disallow: /help/*?q="]
    return web.Response(text="\n".join([*lines, f"Sitemap: {origin_of(request)}/sitemap.xml", ""]))


def structured(shown: wire.SupportText, html: str) -> Markup:
    """schema.org FAQPage, of an article with its answer as HTML. Nothing in it can end the element it stands in."""
    answer = {"@type": "Answer", "text": html}
    data = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": shown.locale,
        "mainEntity": [{"@type": "Question", "name": shown.question, "acceptedAnswer": answer}],
    }
    text = json.dumps(data, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)
