"""What search engines are told: where the support centre's pages are, and what its articles are."""

from __future__ import annotations

import json

from aiohttp import web
from markupsafe import Markup

from chat import wire
from chat.web import keys
from chat.web.support_page import always_a_page, ask, origin_of


@always_a_page
async def sitemap(request: web.Request) -> web.Response:
    places = (await ask(request, "places", {}, wire.SupportMap)).places
    pages = [
        {
            "updated_at": place.updated_at,
            "links": [
                (locale, f"{origin_of(request)}/help/{place.site}/{locale}{place.path}") for locale in place.locales
            ],
        }
        for place in places
    ]
    text = request.app[keys.PAGES].get_template("sitemap.xml").render(pages=pages, iso=wire.utc)
    return web.Response(text=text, content_type="application/xml", charset="utf-8")


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
