"""Whatever stands in a field of a command, it is carried out or refused in words, on every database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat import wire
from chat.actions import access, bot_models
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import NO_MATCH, Ranking
from chat.actions.people import hash_password
from chat.actions.perform import asked, perform
from chat.commands import COMMANDS, Command, Slow
from chat.door import read_input
from chat.errors import NightdeskError, Unavailable
from tests.actions.conftest import Desk
from tests.actions.test_people import VISITOR
from tests.actions.test_refunds import ask
from tests.hostile import VALUES, values_for

# Without signing in: whoever it is for, a password is checked, which takes a while each time.
ASKED = [command for command in COMMANDS if command.input.model_fields and command.input is not wire.AgentSession]
A_PASSWORD = hash_password("a password")


@pytest.mark.parametrize("command", ASKED, ids=lambda command: f"{command.caller}-{command.name}")
def test_no_value_of_any_field_breaks_a_command(desk: Desk, command: Command) -> None:
    ids = a_case(desk)
    who, plain = who_may(desk, command, ids["ticket"]), values_for(command, ids)
    read_input(command.input, plain)  # nothing but the value in question is odd
    for field in command.input.model_fields:
        for value in VALUES:
            try:
                answer = carry_out(desk, who, command, {**plain, field: value})
            except Unavailable as fault:
                pytest.fail(f"{field} {value!r}: {fault}")
            except NightdeskError:
                continue
            json.dumps(answer).encode()


def a_case(desk: Desk) -> dict[str, str]:
    """Li Na's, about which she and Mei are talking."""
    desk.write(bot_models.set_basis, None)
    desk.change("UPDATE agent SET password_hash = :hash", hash=A_PASSWORD)
    ticket = desk.ticket(desk.mei, desk.li_na)
    conversation_id = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    refund = ask(desk, ticket)
    written = {"kind": "article", "slug": "refund-arrival", "locale": "en", "category": "order"}
    article = desk.do(desk.mei, "save_article", **written, question="When?", answer="Soon.")["article"]
    reply = desk.do(desk.mei, "save_canned_reply", shortcut="hi", title="Hello", texts={"en": "Hello"})["reply"]
    return {
        "conversation": conversation_id,
        "ticket": ticket["id"],
        "refund": refund["id"],
        "purchase": desk.ids["shoes"],
        "agent": desk.david.id,
        "team": desk.ids["shop team"],
        "article": article["id"],
        "reply": reply["id"],
        "site": "shop",
    }


def who_may(desk: Desk, command: Command, ticket_id: str) -> Who:
    if command.caller is Caller.AGENT:
        return {"agent": desk.mei, "supervisor": desk.lin, "admin": desk.admin}[command.role]
    if command.caller is Caller.CASE_LINK:
        path = desk.do(desk.li_na, "case_link", ticket_id=ticket_id)["path"]
        return desk.read(access.identify, Caller.CASE_LINK, path.removeprefix("/case/"))
    return desk.li_na if command.caller is Caller.CUSTOMER else VISITOR


def carry_out(desk: Desk, who: Who, command: Command, values: dict[str, Any]) -> Any:
    """As the doors do, with a bot that knows nothing."""
    given = read_input(command.input, values)
    extra: tuple[object, ...] = ()
    if command.before is not None:
        found = desk.read(command.before.reads, who, given)
        nothing = Ranking(NO_MATCH, "no_match", 0, (), 1)
        extra = (command.before.work(given, found) if isinstance(command.before, Slow) else nothing,)
    if command.counted is not None:
        command.counted.by(given)
    if command.reads:
        return desk.read(perform, command, who, given, extra)
    return desk.run(lambda store: store.write(perform, command, who, given, extra, asked=asked(who, given)))
