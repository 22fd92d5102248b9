"""`/help`: the support centre. Every page is whole without a script; with one, the chat window opens on it.

Nobody is signed in and no cookie is set. What visitors send comes from forms of our own pages only.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial, wraps
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import structlog
from aiohttp import web
from markupsafe import Markup
from pydantic import ValidationError

from chat import texts, wire
from chat.commands import Caller
from chat.door import Who
from chat.errors import BadShape, Forbidden, Invalid, NightdeskError, NotFound, Reused, TooMany
from chat.logs import in_short
from chat.web import forms, guards, keys, markdown
from chat.web.opening import Clock

log = structlog.get_logger()
T = TypeVar("T", bound=wire.Shape)

LANGUAGES = {"zh-CN": "中文", "en": "English"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
QUERY_LONGEST = 200
SEARCH_SECONDS = 1.0  # for the bot to think; a visitor who waits longer is better served by looking for the words
CATEGORIES = ("account", "payment", "refund", "order", "limits", "security", "policy", "contact")  # in this order first
SHOWN = 5  # articles of a category on the first page
EXCERPT = 120
TOPICS = ("refund", "amount_dispute", "unfreeze", "payment_failure", "password_help")
NEEDED = ("order_number", "transaction_number", "amount", "account")  # fields of a kind's form that one looks up first
FIELDS = ("topic", "name", "email", "phone", "order_number", "body")
TRAP = "website"  # people do not see this field; programs that fill in whatever there is do

Handler = Callable[[web.Request], Awaitable[web.Response]]


def _page(handler: Handler) -> Handler:
    """Whatever goes wrong, a visitor gets a page."""

    @wraps(handler)
    async def shown(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except NightdeskError as error:
            return await _failed(request, error)

    return shown


# -- the way in ---------------------------------------------------------------------------------------------------


@_page
async def choose_site(request: web.Request) -> web.Response:
    sites = (await _ask(request, "sites", {}, wire.SupportSites)).sites
    if len(sites) == 1:
        raise web.HTTPFound(f"/help/{sites[0].key}")
    locale = texts.known_locale(request.headers.get("Accept-Language"))
    listed = [(f"/help/{site.key}/{_spoken(site, locale)}", _name(site.names, locale, site.key)) for site in sites]
    return _rendered(request, "support_sites.html", locale, sites=listed)


@_page
async def choose_language(request: web.Request) -> web.Response:
    sites = (await _ask(request, "sites", {}, wire.SupportSites)).sites
    site = next((site for site in sites if site.key == request.match_info["site"]), None)
    if site is None or not site.locales:
        raise NotFound("There is no such site.")
    wanted = texts.known_locale(request.headers.get("Accept-Language"))
    raise web.HTTPFound(f"/help/{site.key}/{_spoken(site, wanted)}", headers={"Vary": "Accept-Language"})


def _spoken(site: wire.SupportSite, wanted: str) -> str:
    return wanted if wanted in site.locales else site.locales[0] if site.locales else "en"


# -- reading ------------------------------------------------------------------------------------------------------


@_page
async def home(request: web.Request) -> web.Response:
    text = _text(request.query.get("q", ""))
    if text:
        return await _results(request, text)
    page = await _ask(request, "home", _at(request), wire.SupportHome)
    category = request.query.get("category")
    shelves = _shelves(_locale(request), page.articles)
    if category is not None:
        shelves = [shelf for shelf in shelves if shelf["code"] == category]
        if not shelves:
            raise NotFound("There is no such category.")
    return _shown(
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
    page = await _found(request, {**_at(request), "text": text})
    results = [(link, markdown.plain(link.excerpt)[:EXCERPT].rstrip()) for link in page.results]
    return _shown(
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
            return await _ask(request, "search", given, wire.SupportResults)
    except (BadShape, NotFound, TooMany):
        raise
    except Exception as error:
        log.info("searched without the bot", why=in_short(error))
    return await _ask(request, "find", given, wire.SupportResults)


@_page
async def article(request: web.Request) -> web.Response:
    page = await _article(request)
    if page.article.kind == "policy":
        raise web.HTTPFound(f"{_base(request)}/policies/{page.article.slug}")
    return _shown(
        request,
        "support_article.html",
        page,
        answer=Markup(markdown.html(page.article.answer)),
        category=_category(_locale(request), page.article.category),
        path=f"/{page.article.slug}",
        **_in_language(request, page.article, page.locales),
        data=_structured(page.article),
    )


async def _article(request: web.Request) -> wire.SupportArticle:
    given = {**_at(request), "slug": request.match_info["slug"], "visitor": _visitor(request)}
    return await _ask(request, "article", given, wire.SupportArticle)


def _visitor(request: web.Request) -> str:
    """What tells visitors apart as well as it can be done without a cookie; only a hash of it is kept."""
    told = (_address(request), request.headers.get("User-Agent", ""), request.headers.get("Accept-Language", ""))
    return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()


@_page
async def vote(request: web.Request) -> web.Response:
    form = await _form(request)
    if form.get("helpful") not in ("yes", "no"):
        raise BadShape("Say yes or no.")
    given = {**_at(request), "slug": request.match_info["slug"], "visitor": _visitor(request)}
    await _ask(request, "vote", {**given, "helpful": form["helpful"] == "yes"}, wire.Nothing)
    return _see(f"{_base(request)}/{quote(request.match_info['slug'])}#helpful")


@_page
async def policies(request: web.Request) -> web.Response:
    raise web.HTTPFound(f"{_base(request)}#policies")


@_page
async def policy(request: web.Request) -> web.Response:
    version = request.query.get("version")
    if version is not None and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise NotFound("There is no such version.")
    given = {**_at(request), "slug": request.match_info["slug"], "version": int(version) if version else None}
    page = await _ask(request, "policy", given, wire.SupportPolicy)
    shown = _in_language(request, page.article, page.locales)
    if page.article.state != "in_force":
        shown |= {"robots": "noindex"}
    return _shown(
        request,
        "support_policy.html",
        page,
        answer=Markup(markdown.html(page.article.answer)),
        coming=next((each for each in page.versions if each.state == "scheduled"), None),
        path=f"/policies/{page.article.slug}",
        **shown,
    )


@_page
async def apply(request: web.Request) -> web.Response:
    page = await _ask(request, "kinds", _at(request), wire.SupportKinds)
    locale = _locale(request)
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
    return _shown(request, "support_apply.html", page, kinds=kinds, path="/apply")


# -- leaving a message --------------------------------------------------------------------------------------------


@_page
async def message(request: web.Request) -> web.Response:
    sent = request.query.get("sent")
    if sent:
        page = await _ask(request, "promised", {**_at(request), "message": sent}, wire.SupportPromised)
        return _shown(request, "support_sent.html", page, path="/message", robots="noindex")
    topic = request.query.get("topic", "")
    return await _message_form(request, {"topic": topic if topic in TOPICS else ""}, {})


@_page
async def leave_message(request: web.Request) -> web.Response:
    """Done once for each form, however often it is sent; then the promise is shown at an address of its own."""
    form = await _form(request)
    values = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    given = {name: value for name, value in values.items() if value}
    problems = _problems(given, form)
    if problems:
        return await _message_form(request, values, problems, form.get("client_id"), status=422)
    client_id = form.get("client_id", "")
    try:
        await _ask(request, "leave_message", {**_at(request), **given, "client_id": client_id}, wire.SupportPromise)
    except Reused:
        return await _message_form(request, values, {"body": "help.sent_already"}, status=409)
    return _see(f"{_base(request)}/message?sent={client_id}")


async def _message_form(
    request: web.Request,
    values: Mapping[str, str],
    problems: Mapping[str, str],
    client_id: str | None = None,
    status: int = 200,
) -> web.Response:
    page = await _ask(request, "home", _at(request), wire.SupportHome)
    locale = _locale(request)
    return _shown(
        request,
        "support_message.html",
        page,
        status=status,
        topics=[(topic, texts.say(locale, f"topic.{topic}")) for topic in (*TOPICS, "other")],
        values={**dict.fromkeys(FIELDS, ""), **values},
        problems={name: texts.say(locale, key) for name, key in problems.items()},
        client_id=_uuid(client_id) or uuid.uuid4(),
        trap=TRAP,
        path="/message",
    )


def _problems(given: Mapping[str, str], form: Mapping[str, str]) -> dict[str, str]:
    """Field -> what is wrong with it."""
    right = {"site": "any", "locale": "en", "client_id": str(uuid.uuid4()), "topic": "other", "body": "any"}
    found: dict[str, str] = {}
    for name in FIELDS:
        try:
            wire.SupportMessage.model_validate({**right, name: given.get(name, "" if name in right else None)})
        except (ValidationError, Invalid):
            found[name] = _problem(name, given.get(name, ""))
    if "email" not in given and "phone" not in given:
        found["email"] = "help.contact_missing"
    if form.get(TRAP):
        found[TRAP] = "help.trap_filled"
    if not found and _uuid(form.get("client_id")) is None:
        found["body"] = "help.failed_text"
    return found


def _problem(name: str, given: str) -> str:
    if name in ("email", "phone"):
        return f"help.{name}_wrong"
    if not given or name == "topic":
        return f"help.{name}_missing"
    limit = wire.TEXT_LIMIT if name == "body" else 200
    return "help.too_long" if len(given) > limit else "help.not_text"


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        found = uuid.UUID(text or "")
    except ValueError:
        return None
    return found if str(found) == text else None


# -- for search engines -------------------------------------------------------------------------------------------


@_page
async def sitemap(request: web.Request) -> web.Response:
    places = (await _ask(request, "places", {}, wire.SupportMap)).places
    pages = [
        {
            "updated_at": place.updated_at,
            "links": [
                (locale, f"{_origin(request)}/help/{place.site}/{locale}{place.path}") for locale in place.locales
            ],
        }
        for place in places
    ]
    text = request.app[keys.PAGES].get_template("sitemap.xml").render(pages=pages, iso=wire.utc)
    return web.Response(text=text, content_type="application/xml", charset="utf-8")


async def robots(request: web.Request) -> web.Response:
    """Cases are not named here: they ask not to be found themselves, which is heard only by who may read it."""
    lines = ["User-agent: *", "Disallow: /api/", "Disallow: /console", "Disallow: /files/", "Disallow: /help/*?q="]
    return web.Response(text="\n".join([*lines, f"Sitemap: {_origin(request)}/sitemap.xml", ""]))


def _structured(shown: wire.SupportText) -> Markup:
    """schema.org FAQPage. Nothing in it can end the element it stands in."""
    answer = {"@type": "Answer", "text": markdown.html(shown.answer)}
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


# -- parts --------------------------------------------------------------------------------------------------------


async def _ask(request: web.Request, name: str, given: dict[str, Any], shape: type[T]) -> T:
    who = Who(Caller.PUBLIC, address=_address(request))
    try:
        return shape.model_validate(await request.app[keys.DOOR].run("support", who, name, given))
    except BadShape:
        if "locale" in given and _is_no_address(given):
            raise NotFound("There is no such page.") from None
        raise


ADDRESSES: dict[str, type[wire.SupportAt]] = {"slug": wire.SupportOne, "message": wire.SupportSent}


def _is_no_address(given: dict[str, Any]) -> bool:
    """Is it the address that is none of ours, and not what was filled in?"""
    address = {name: given[name] for name in ("site", "locale", "slug", "message") if name in given}
    shape = next((ADDRESSES[name] for name in ADDRESSES if name in address), wire.SupportAt)
    try:
        shape.model_validate(address)
    except ValidationError:
        return True
    return False


async def _form(request: web.Request) -> dict[str, str]:
    """Raises Forbidden for a form of another page: visitors would vote and write without knowing it."""
    origin = request.headers.get("Origin")
    is_own = origin is None or request.app[keys.DOOR].is_own_origin(origin, request)
    if not is_own or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise Forbidden("This form is not on one of our pages.", code="foreign_origin")
    return await forms.read(request)


def _see(where: str) -> web.Response:
    return web.Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})


def _address(request: web.Request) -> str:
    return guards.address(request, request.app[keys.SETTINGS].trusted_proxies)


def _at(request: web.Request) -> dict[str, Any]:
    return {"site": request.match_info["site"], "locale": request.match_info["locale"]}


def _locale(request: web.Request) -> str:
    """Checked by whatever was asked with it."""
    return request.match_info["locale"]


def _base(request: web.Request) -> str:
    return f"/help/{quote(request.match_info['site'])}/{quote(_locale(request))}"


def _origin(request: web.Request) -> str:
    return request.app[keys.SETTINGS].public_url or f"{request.scheme}://{request.host}"


def _name(names: Mapping[Any, str], locale: str, otherwise: str) -> str:
    return names.get(locale) or next(iter(names.values()), otherwise)


def _maybe(locale: str, key: str) -> str | None:
    return texts.words(locale, "help").get(key)


def _category(locale: str, code: str) -> str:
    return _maybe(locale, f"category.{code}") or code.replace("_", " ")


def _order(first: tuple[str, ...], code: str) -> tuple[int, str]:
    return (first.index(code) if code in first else len(first), code)


def _shelves(locale: str, links: list[wire.SupportLink]) -> list[dict[str, Any]]:
    ordered = sorted(links, key=lambda link: _order(CATEGORIES, link.category))
    grouped = [(code, list(group)) for code, group in groupby(ordered, key=lambda link: link.category)]
    return [{"code": code, "name": _category(locale, code), "articles": group} for code, group in grouped]


def _in_language(request: web.Request, shown: wire.SupportText, locales: list[wire.Locale]) -> dict[str, Any]:
    """Where the page of an article belongs that is here in another language than the page's."""
    return {"locales": locales, "robots": None if shown.locale == _locale(request) else "noindex"}


def _shown(
    request: web.Request,
    name: str,
    page: wire.SupportPage,
    *,
    path: str,
    status: int = 200,
    locales: list[wire.Locale] | None = None,
    robots: str | None = None,
    **values: Any,
) -> web.Response:
    """`path` comes after the locale; `locales` are those it is there in, without them the site's."""
    locale, key = _locale(request), page.site.key
    clock = Clock(page.desk, locale)
    return _rendered(
        request,
        name,
        locale,
        status,
        page=page,
        base=_base(request),
        site_name=_name(page.site.names, locale, key),
        languages=[(code, LANGUAGES[code], f"/help/{key}/{code}{path}") for code in page.site.locales],
        alternates=[(code, f"{_origin(request)}/help/{key}/{code}{path}") for code in locales or page.site.locales],
        home=f"{_origin(request)}/help/{key}" if path == "" else None,
        robots=robots,
        clock=clock,
        ways=[(way, _name(way.names, locale, "") or texts.say(locale, f"help.way.{way.kind}")) for way in page.ways],
        language_of=lambda code: texts.say(locale, f"help.language.{code}"),
        money=partial(texts.money, locale),
        **values,
    )


def _rendered(request: web.Request, name: str, locale: str, status: int = 200, **values: Any) -> web.Response:
    template = request.app[keys.PAGES].get_template(name)
    body = template.render(locale=locale, say=partial(texts.say, locale), iso=wire.utc, **values).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    # Asked for again each time, because the desk opens and closes; what has not changed does not travel twice.
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "private, no-cache", "ETag": tag}
    if status == 200 and request.method in ("GET", "HEAD") and request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    response = web.Response(body=body, status=status, content_type="text/html", charset="utf-8", headers=headers)
    response.enable_compression()
    return response


async def _failed(request: web.Request, error: NightdeskError) -> web.Response:
    """A page that says so, with the site's own search and contacts where it is a page of a site."""
    what = "gone" if isinstance(error, NotFound) else "busy" if isinstance(error, TooMany) else "failed"
    text = "help.foreign_text" if isinstance(error, Forbidden) else f"help.{what}_text"
    told: dict[str, Any] = {"title": f"help.{what}_title", "text": text}
    response = await _within_site(request, error.status, told)
    response.headers.pop("ETag", None)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


async def _within_site(request: web.Request, status: int, told: dict[str, Any]) -> web.Response:
    if "locale" in request.match_info:
        try:
            page = await _ask(request, "home", _at(request), wire.SupportHome)
            return _shown(request, "support_failed.html", page, status=status, path="", robots="noindex", **told)
        except NightdeskError:
            pass
    locale = texts.known_locale(request.headers.get("Accept-Language"))
    return _rendered(request, "support_lost.html", locale, status, **told)
