"""The demo sites: a shop and a wallet that embed the window as any site does, and sign their users' identity."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

from aiohttp import web

from chat import texts
from chat.web import guards, keys

CONTENT = Path(__file__).parent.parent / "demo"
LANGUAGES = {"zh-CN": "中文", "en": "English"}
ZONE = "Asia/Shanghai"
GOODS = ("tent", "backpack", "lamp", "shoes", "chair", "bottle")
SERVICES = ("transfer", "pay", "limits", "shield")
BRANDS = {
    "demo": {"zh-CN": "晴野商城", "en": "Qingye Shop"},
    "demo-wallet": {"zh-CN": "晴野钱包", "en": "Qingye Wallet"},
}
SIGN_INS = {"demo": ("u-1001", "u-1002", "u-1003"), "demo-wallet": ("u-1004", "u-1005", "u-1007")}
PASSWORD = "nightdesk-demo"
GALLERY = "widget/src/gallery/main.ts"
AGENTS = (
    ("admin@demo.example", "admin"),
    ("lin@demo.example", "supervisor"),
    ("mei@demo.example", "agent"),
    ("david@demo.example", "agent"),
)


async def shop(request: web.Request) -> web.Response:
    return await _page(request, "demo", "shop")


async def wallet(request: web.Request) -> web.Response:
    return await _page(request, "demo-wallet", "wallet")


async def widget_states(request: web.Request) -> web.Response:
    """Every state of the window, for who works on it: the page of them all puts each into a frame."""
    _only_in_a_demo(request)
    entry = request.app[keys.ASSETS].entry(GALLERY)
    text = request.app[keys.PAGES].get_template("frame.html").render(entry=entry, title="Nightdesk", locale=None)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": guards.policy("'self'")}
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


async def identity(request: web.Request) -> web.Response:
    """What a host site's back end gives its own page: a token that says who is signed in."""
    _only_in_a_demo(request)
    site, person = request.query.get("site", "demo"), request.query.get("as", "")
    token = await request.app[keys.DOOR].demo_identity(site, person)
    return web.json_response({"token": token}, headers={"Cache-Control": "no-store"})


def _only_in_a_demo(request: web.Request) -> None:
    if not request.app[keys.SETTINGS].demo:
        raise web.HTTPNotFound


async def _page(request: web.Request, site: str, face: str) -> web.Response:
    _only_in_a_demo(request)
    chosen = request.query.get("lang")
    locale = chosen if chosen in texts.LOCALES else texts.known_locale(request.headers.get("Accept-Language"))
    shopper = await request.app[keys.DOOR].demo_shopper(site, request.query.get("as", ""))
    template = request.app[keys.PAGES].get_template("demo.html")
    text = template.render(
        site=site,
        face=face,
        brand=BRANDS[site][locale],
        locale=locale,
        chosen=chosen if chosen == locale else None,
        languages=LANGUAGES,
        say=partial(_say, locale),
        money=partial(texts.money, locale),
        moment=lambda at: texts.moment(locale, at, ZONE),
        shopper=shopper,
        sign_ins=[(external_id, _called(external_id)) for external_id in SIGN_INS[site]],
        goods=[_on_sale(name, locale) for name in GOODS],
        services=SERVICES,
        agents=AGENTS,
        password=PASSWORD,
        clock=request.app[keys.SETTINGS].at,
    )
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers={"Cache-Control": "no-store"})


def _say(locale: str, key: str, **values: Any) -> str:
    return texts.words(locale, "demo")[key].format_map(values)


def _on_sale(name: str, locale: str) -> dict[str, Any]:
    product = _content("products")[name]
    return {"picture": name, "name": product["name"][locale], "price": product["price"]}


def _called(external_id: str) -> str:
    """The first name, where there is one to split off; Chinese names are said whole."""
    name: str = next(person["name"] for person in _content("customers") if person.get("external_id") == external_id)
    return name.split()[0]


@cache
def _content(name: str) -> Any:
    return json.loads((CONTENT / f"{name}.json").read_text(encoding="utf-8"))
