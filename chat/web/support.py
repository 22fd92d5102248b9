"""`/help`: the support centre's pages to read. Each is whole without a script; with one, the chat window opens on it.

Nobody is signed in and no cookie is set. What visitors send comes from forms of our own pages only.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from aiohttp import web
from markupsafe import Markup

from chat import texts, wire
from chat.errors import BadShape, NotFound, TooMany
from chat.limits import neighbourhood
from chat.logs import in_short
from chat.web import markdown, support_map
from chat.web.support_page import (
    TOPICS,
    address_of,
    always_a_page,
    ask,
    base_of,
    locale_of,
    name_of,
    own_form,
    place_of,
    render,
    see_other,
    show,
)

log = structlog.get_logger()

QUERY_LONGEST = 200
SEARCH_SECONDS = 1.0  # for the bot to think; a visitor who waits longer is better served by looking for the words
CATEGORIES = ("account", "payment", "refund", "order", "limits", "security", "policy", "contact")  # in this order first
SHOWN = 5  # articles of a category on the first page
EXCERPT = 120
NEEDED = ("order_number", "transaction_number", "amount", "account")  # fields of a kind's form that one looks up first


# -- the way in ---------------------------------------------------------------------------------------------------


@always_a_page
async def choose_site(request: web.Request) -> web.Response:
    sites = (await ask(request, "sites", {}, wire.SupportSites)).sites
    if len(sites) == 1:
        raise web.HTTPFound(f"/help/{sites[0].key}")
    locale = texts.known_locale(request.headers.get("Accept-Language"))
    listed = [(f"/help/{site.key}/{_spoken(site, locale)}", name_of(site.names, locale, site.key)) for site in sites]
    return render(request, "support_sites.html", locale, sites=listed)


@always_a_page
async def choose_language(request: web.Request) -> web.Response:
    sites = (await ask(request, "sites", {}, wire.SupportSites)).sites
    site = next((site for site in sites if site.key == request.match_info["site"]), None)
    if site is None or not site.locales:
        raise NotFound("There is no such site.")
    wanted = texts.known_locale(request.headers.get("Accept-Language"))
    raise web.HTTPFound(f"/help/{site.key}/{_spoken(site, wanted)}", headers={"Vary": "Accept-Language"})


def _spoken(site: wire.SupportSite, wanted: str) -> str:
    return wanted if wanted in site.locales else site.locales[0] if site.locales else "en"


# -- reading ------------------------------------------------------------------------------------------------------


@always_a_page
async def home(request: web.Request) -> web.Response:
    text = _text(request.query.get("q", ""))
    if text:
        return await _results(request, text)
    category = request.query.get("category")
    given = {**place_of(request), **({} if category is None else {"category": category})}
    page = await ask(request, "home", given, wire.SupportHome)
    shelves = _shelves(locale_of(request), page)
    if category is not None and not shelves:
        raise NotFound("There is no such category.")
    return show(
        request,
        "support_home.html",
        page,
        shelves=shelves,
        category=shelves[0]["name"] if category is not None else None,
        shown=None if category is not None else SHOWN,
        path=f"?category={category}" if category is not None else "",
    )


def _text(given: str) -> str:
    """What may be looked for of what was asked: no control characters, no half of a pair, not too much."""
    whole = given[:QUERY_LONGEST].encode("utf-8", "ignore").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in whole).split())


async def _results(request: web.Request, text: str) -> web.Response:
    page = await _found(request, {**place_of(request), "text": text})
    results = [(link, markdown.plain(link.excerpt)[:EXCERPT].rstrip()) for link in page.results]
    return show(
        request,
        "support_results.html",
        page,
        text=text,
        results=results,
        path=f"?{urlencode({'q': text})}",
        robots="noindex",
    )


async def _found(request: web.Request, given: dict[str, Any]) -> wire.SupportResults:
    """By the bot's judgement; where there is none, or it takes too long, by the words."""
    try:
        async with asyncio.timeout(SEARCH_SECONDS):
            return await ask(request, "search", given, wire.SupportResults)
    except (BadShape, NotFound, TooMany):
        raise
    except Exception as error:
        log.info("searched without the bot", why=in_short(error))
    return await ask(request, "find", given, wire.SupportResults)


@always_a_page
async def article(request: web.Request) -> web.Response:
    page = await _article(request)
    if page.article.kind == "policy":
        raise web.HTTPFound(f"{base_of(request)}/policies/{page.article.slug}")
    answer = await asyncio.to_thread(markdown.html, page.article.answer)
    return show(
        request,
        "support_article.html",
        page,
        answer=Markup(answer),
        category=_category(locale_of(request), page.article.category),
        path=f"/{page.article.slug}",
        **_in_language(request, page.article, page.locales),
        data=support_map.structured(page.article, answer),
    )


async def _article(request: web.Request) -> wire.SupportArticle:
    given = {**place_of(request), "slug": request.match_info["slug"], "visitor": _visitor(request)}
    return await ask(request, "article", given, wire.SupportArticle)


def _visitor(request: web.Request) -> str:
    """What tells visitors apart without a cookie, and nobody can pick anew as often as they like."""
    return neighbourhood(address_of(request))


@always_a_page
async def vote(request: web.Request) -> web.Response:
    form = await own_form(request)
    if form.get("helpful") not in ("yes", "no"):
        raise BadShape("Say yes or no.")
    given = {**place_of(request), "slug": request.match_info["slug"], "visitor": _visitor(request)}
    await ask(request, "vote", {**given, "helpful": form["helpful"] == "yes"}, wire.Nothing)
    return see_other(f"{base_of(request)}/{quote(request.match_info['slug'])}#helpful")


@always_a_page
async def policies(request: web.Request) -> web.Response:
    raise web.HTTPFound(f"{base_of(request)}#policies")


@always_a_page
async def policy(request: web.Request) -> web.Response:
    version = request.query.get("version")
    if version is not None and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise NotFound("There is no such version.")
    given = {**place_of(request), "slug": request.match_info["slug"], "version": int(version) if version else None}
    page = await ask(request, "policy", given, wire.SupportPolicy)
    shown = _in_language(request, page.article, page.locales)
    if page.article.state != "in_force":
        shown |= {"robots": "noindex"}
    answer = await asyncio.to_thread(markdown.html, page.article.answer)
    return show(
        request,
        "support_policy.html",
        page,
        answer=Markup(answer),
        coming=next((each for each in page.versions if each.state == "scheduled"), None),
        path=f"/policies/{page.article.slug}",
        **shown,
    )


@always_a_page
async def apply(request: web.Request) -> web.Response:
    page = await ask(request, "kinds", place_of(request), wire.SupportKinds)
    locale = locale_of(request)
    offered = sorted((kind for kind in page.kinds if kind.code != "other"), key=lambda kind: _order(TOPICS, kind.code))
    kinds = [
        {
            "code": kind.code,
            "name": texts.named(locale, "topic", kind.code, dict(kind.names)),
            "text": _maybe(locale, f"help.apply.{kind.code}"),
            "needs": [texts.say(locale, f"help.need.{field.code}") for field in kind.fields if field.code in NEEDED],
            "topic": kind.code if kind.code in TOPICS else "other",
        }
        for kind in offered
    ]
    return show(request, "support_apply.html", page, kinds=kinds, path="/apply")


# -- parts ------------------------------------------------------------------------------------------------------------


def _maybe(locale: str, key: str) -> str | None:
    return texts.words(locale, "help").get(key)


def _category(locale: str, code: str) -> str:
    return _maybe(locale, f"category.{code}") or code.replace("_", " ")


def _order(first: tuple[str, ...], code: str) -> tuple[int, str]:
    return (first.index(code) if code in first else len(first), code)


def _shelves(locale: str, page: wire.SupportHome) -> list[dict[str, Any]]:
    ordered = sorted(page.articles, key=lambda link: _order(CATEGORIES, link.category))
    grouped = [(code, list(group)) for code, group in groupby(ordered, key=lambda link: link.category)]
    return [
        {"code": code, "name": _category(locale, code), "articles": group, "count": page.counts[code]}
        for code, group in grouped
    ]


def _in_language(request: web.Request, shown: wire.SupportText, locales: list[wire.Locale]) -> dict[str, Any]:
    """Where the page of an article belongs that is here in another language than the page's."""
    return {"locales": locales, "robots": None if shown.locale == locale_of(request) else "noindex"}
