"""`/case/<token>`: a case for whoever holds its link. No script, no cookie, nothing that says whose it is."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from chat import texts, wire
from chat.commands import Caller
from chat.errors import NotFound, Unauthenticated
from chat.web import keys

LANGUAGES = {"zh-CN": "中文", "en": "English"}
HEADERS = {
    # The address is the key: it must not travel to other sites, stay in caches or be found by searching.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
}


async def case(request: web.Request) -> web.Response:
    try:
        found = await _case(request)
    except (Unauthenticated, NotFound):
        return _page(request, "case_gone.html", _language(request, _preferred(request)), 404)
    locale = _language(request, found.locale)
    return _page(
        request,
        "case.html",
        locale,
        200,
        case=found,
        site_name=found.site_names.get(locale) or found.site,
        history=[_told(locale, event, found.zone) for event in reversed(found.history)],
        money=partial(texts.money, locale),
        moment=lambda at: texts.moment(locale, at, found.zone),
        zone=texts.zone_name(locale, found.zone, found.updated_at),
        iso=wire.utc,
    )


async def _case(request: web.Request) -> wire.CasePage:
    """Raises Unauthenticated when the link is unknown, has expired or was revoked."""
    door = request.app[keys.DOOR]
    who = await door.identify(Caller.CASE_LINK, request.match_info["token"])
    return wire.CasePage.model_validate(await door.run("case_link", who, "case", {}))


def _told(locale: str, event: wire.CaseEvent, zone: str) -> tuple[datetime, str]:
    return event.at, texts.say(locale, f"history.{event.code}", **texts.worded(locale, event.values, zone))


def _language(request: web.Request, otherwise: str) -> str:
    wanted = request.query.get("lang")
    return wanted if wanted in texts.LOCALES else otherwise


def _preferred(request: web.Request) -> str:
    return texts.known_locale(request.headers.get("Accept-Language"))


def _page(request: web.Request, name: str, locale: str, status: int, **values: Any) -> web.Response:
    template = request.app[keys.PAGES].get_template(name)
    text = template.render(locale=locale, languages=LANGUAGES, say=partial(texts.say, locale), **values)
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=HEADERS)
