"""The support centre's form for a message to the agents, for who has no script or wants no chat."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from aiohttp import web
from pydantic import ValidationError

from chat import texts, wire
from chat.errors import Invalid, Reused
from chat.web.support_page import TOPICS, always_a_page, ask, base_of, locale_of, own_form, place_of, see_other, show

FIELDS = ("topic", "name", "email", "phone", "order_number", "body")
TRAP = "website"  # people do not see this field; programs that fill in whatever there is do


@always_a_page
async def form(request: web.Request) -> web.Response:
    sent = request.query.get("sent")
    if sent:
        page = await ask(request, "promised", {**place_of(request), "message": sent}, wire.SupportPromised)
        return show(request, "support_sent.html", page, path="/message", robots="noindex")
    topic = request.query.get("topic", "")
    return await _message_form(request, {"topic": topic if topic in TOPICS else ""}, {})


@always_a_page
async def leave(request: web.Request) -> web.Response:
    """Done once for each form, however often it is sent; then the promise is shown at an address of its own."""
    form = await own_form(request)
    values = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    given = {name: value for name, value in values.items() if value}
    problems = _problems(given, form)
    if problems:
        return await _message_form(request, values, problems, form.get("client_id"), status=422)
    client_id = form.get("client_id", "")
    try:
        await ask(request, "leave_message", {**place_of(request), **given, "client_id": client_id}, wire.SupportPromise)
    except Reused:
        return await _message_form(request, values, {"body": "help.sent_already"}, status=409)
    return see_other(f"{base_of(request)}/message?sent={client_id}")


async def _message_form(
    request: web.Request,
    values: Mapping[str, str],
    problems: Mapping[str, str],
    client_id: str | None = None,
    status: int = 200,
) -> web.Response:
    page = await ask(request, "home", place_of(request), wire.SupportHome)
    locale = locale_of(request)
    return show(
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
