"""`/case/<token>`: a case for whoever holds its link. No cookie, nothing that says whose it is; without a script
everything but sending files works.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from chat import texts, wire
from chat.commands import Caller
from chat.door import Who
from chat.errors import BadShape, Conflict, NightdeskError, NotFound, TooMany, Unauthenticated
from chat.web import forms, keys

LANGUAGES = {"zh-CN": "中文", "en": "English"}
HEADERS = {
    # The address is the key: it must not travel to other sites, stay in caches or be found by searching.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


async def case(request: web.Request) -> web.Response:
    try:
        _, found = await _found(request)
    except (Unauthenticated, NotFound):
        return _gone(request)
    did = request.query.get("did", "")
    return _shown(request, found, 200, done=did if did in COMMANDS else None)


async def act(request: web.Request) -> web.Response:
    """What the forms of the page send; then the page is shown anew, so that loading it again does nothing."""
    try:
        who, found = await _found(request)
    except (Unauthenticated, NotFound):
        return _gone(request)
    locale = _language(request, found.locale)
    try:
        name, given = _asked(found, await forms.read(request))
        await request.app[keys.DOOR].run("case_link", who, name, given)
    except Refused as refused:
        return _shown(request, found, 422, failed=texts.say(locale, refused.key))
    except NightdeskError as error:
        _, found = await _found(request)
        why = texts.say(locale, f"case.failed_{_kind_of(error)}")
        return _shown(request, found, error.status, failed=texts.say(locale, "case.failed", why=why))
    here = request.rel_url.with_query(lang=locale, did=name)
    return web.Response(status=303, headers={**HEADERS, "Location": str(here)})


COMMANDS = ("add_evidence", "withdraw_case", "appeal_case")


class Refused(Exception):
    """The form is not filled in; `key` says what is missing."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _asked(found: wire.CasePage, form: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The command that a form means, and its input. Raises Refused."""
    name, words = form.get("do", ""), form.get("words", "").replace("\r\n", "\n").strip()
    given: dict[str, Any] = {"ticket_id": found.ticket_id}
    if name == "add_evidence":
        if not words:
            raise Refused("case.evidence_need")
        return name, given | {"client_id": form.get("client_id"), "code": form.get("code", "other"), "body": words}
    if name not in COMMANDS:
        raise BadShape("This form is not one of ours.")
    if form.get("sure") != "yes":
        raise Refused("case.confirm_first")
    if name == "appeal_case" and not words:
        raise Refused("case.reason_needed")
    return name, given | ({"reason": words} if words else {})


def _kind_of(error: NightdeskError) -> str:
    if isinstance(error, Conflict):
        return "conflict"
    return "too_many" if isinstance(error, TooMany) else "invalid"


async def _found(request: web.Request) -> tuple[Who, wire.CasePage]:
    """Raises Unauthenticated when the link is unknown, has expired or was revoked."""
    door = request.app[keys.DOOR]
    who = await door.identify(Caller.CASE_LINK, request.match_info["token"])
    return who, wire.CasePage.model_validate(await door.run("case_link", who, "case", {}))


def _shown(
    request: web.Request, found: wire.CasePage, status: int, done: str | None = None, failed: str | None = None
) -> web.Response:
    locale = _language(request, found.locale)
    named = partial(texts.named, locale)
    return _page(
        request,
        "case.html",
        locale,
        status,
        case=found,
        done=done,
        failed=failed,
        site_name=found.site_names.get(locale) or found.site,
        kind=named("topic", found.kind, found.names),
        steps=[(step.state, named("step", step.code, step.names)) for step in found.steps],
        following=texts.what_next(locale, found.next, found.by, found.late, found.zone),
        wanted=[(each.code, named("evidence", each.code, each.names), each.given) for each in found.wanted],
        ending=named("ending", found.ending, found.named.get(f"ending.{found.ending}", {})) if found.ending else None,
        history=_history(locale, found),
        client_id=uuid.uuid4(),
        money=partial(texts.money, locale),
        moment=lambda at: texts.moment(locale, at, found.zone),
        zone=texts.zone_name(locale, found.zone, found.updated_at),
        iso=wire.utc,
    )


def _history(locale: str, found: wire.CasePage) -> list[tuple[datetime, str]]:
    """Newest first."""
    names = {**found.named, f"topic.{found.kind}": found.names}
    lines = [
        (event.at, texts.history_line(locale, event.code, event.values, found.zone, names))
        for event in reversed(found.history)
    ]
    return [(at, line) for at, line in lines if line]


def _gone(request: web.Request) -> web.Response:
    return _page(request, "case_gone.html", _language(request, _preferred(request)), 404)


def _language(request: web.Request, otherwise: str) -> str:
    wanted = request.query.get("lang")
    return wanted if wanted in texts.LOCALES else otherwise


def _preferred(request: web.Request) -> str:
    return texts.known_locale(request.headers.get("Accept-Language"))


def _page(request: web.Request, name: str, locale: str, status: int, **values: Any) -> web.Response:
    template = request.app[keys.PAGES].get_template(name)
    text = template.render(locale=locale, languages=LANGUAGES, say=partial(texts.say, locale), **values)
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=HEADERS)
