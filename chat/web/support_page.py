"""What every page of the support centre has: the command behind it, its frame, and a page for whatever goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial, wraps
from typing import Any, TypeVar
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError

from chat import texts, wire
from chat.commands import Caller
from chat.door import Who
from chat.errors import BadShape, Forbidden, NightdeskError, NotFound, TooMany
from chat.web import forms, guards, keys
from chat.web.opening import Clock

T = TypeVar("T", bound=wire.Shape)

LANGUAGES = {"zh-CN": "中文", "en": "English"}
TOPICS = ("refund", "amount_dispute", "unfreeze", "payment_failure", "password_help")  # of a message, besides other
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.Response]]


def always_a_page(handler: Handler) -> Handler:
    """Whatever goes wrong, a visitor gets a page."""

    @wraps(handler)
    async def shown(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except NightdeskError as error:
            return await _failed(request, error)

    return shown


# -- asking -----------------------------------------------------------------------------------------------------------


async def ask(request: web.Request, name: str, given: dict[str, Any], shape: type[T]) -> T:
    who = Who(Caller.PUBLIC, address=address_of(request))
    try:
        return shape.model_validate(await request.app[keys.DOOR].run("support", who, name, given))
    except BadShape:
        if "locale" in given and _is_no_address(given):
            raise NotFound("There is no such page.") from None
        raise


ADDRESSES: dict[str, type[wire.SupportAt]] = {
    "slug": wire.SupportOne,
    "message": wire.SupportSent,
    "category": wire.SupportShelf,
}


def _is_no_address(given: dict[str, Any]) -> bool:
    """Is it the address that is none of ours, and not what was filled in?"""
    address = {name: given[name] for name in ("site", "locale", *ADDRESSES) if name in given}
    shape = next((ADDRESSES[name] for name in ADDRESSES if name in address), wire.SupportAt)
    try:
        shape.model_validate(address)
    except ValidationError:
        return True
    return False


async def own_form(request: web.Request) -> dict[str, str]:
    """Raises Forbidden for a form of another page: visitors would vote and write without knowing it."""
    origin = request.headers.get("Origin")
    is_own = origin is None or request.app[keys.DOOR].is_own_origin(origin, request)
    if not is_own or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise Forbidden("This form is not on one of our pages.", code="foreign_origin")
    return await forms.read(request)


def see_other(where: str) -> web.Response:
    return web.Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})


def address_of(request: web.Request) -> str:
    return guards.address(request, request.app[keys.SETTINGS].trusted_proxies)


def place_of(request: web.Request) -> dict[str, Any]:
    return {"site": request.match_info["site"], "locale": request.match_info["locale"]}


def locale_of(request: web.Request) -> str:
    """Checked by whatever was asked with it."""
    return request.match_info["locale"]


def base_of(request: web.Request) -> str:
    return f"/help/{quote(request.match_info['site'])}/{quote(locale_of(request))}"


def origin_of(request: web.Request) -> str:
    return request.app[keys.SETTINGS].public_url or f"{request.scheme}://{request.host}"


def name_of(names: Mapping[Any, str], locale: str, otherwise: str) -> str:
    return names.get(locale) or next(iter(names.values()), otherwise)


# -- showing ----------------------------------------------------------------------------------------------------------


def show(
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
    locale, key = locale_of(request), page.site.key
    clock = Clock(page.desk, locale)
    return render(
        request,
        name,
        locale,
        status,
        page=page,
        base=base_of(request),
        site_name=name_of(page.site.names, locale, key),
        languages=[(code, LANGUAGES[code], f"/help/{key}/{code}{path}") for code in page.site.locales],
        alternates=[(code, f"{origin_of(request)}/help/{key}/{code}{path}") for code in locales or page.site.locales],
        home=f"{origin_of(request)}/help/{key}" if path == "" else None,
        robots=robots,
        clock=clock,
        ways=[(way, name_of(way.names, locale, "") or texts.say(locale, f"help.way.{way.kind}")) for way in page.ways],
        language_of=lambda code: texts.say(locale, f"help.language.{code}"),
        money=partial(texts.money, locale),
        **values,
    )


def render(request: web.Request, name: str, locale: str, status: int = 200, **values: Any) -> web.Response:
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
            page = await ask(request, "home", place_of(request), wire.SupportHome)
            return show(request, "support_failed.html", page, status=status, path="", robots="noindex", **told)
        except NightdeskError:
            pass
    locale = texts.known_locale(request.headers.get("Accept-Language"))
    return render(request, "support_lost.html", locale, status, **told)
