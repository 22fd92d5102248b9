"""Who did it, in the history of a case: staff, its customer, whoever holds its link, or nobody."""

from __future__ import annotations

import pytest

from chat.actions import access, case_log
from chat.actions.access import SYSTEM, Caller, Who
from chat.errors import NotFound
from tests.actions.conftest import Desk


def test_an_event_says_who_did_it_whoever_that_is(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    token = desk.do(desk.li_na, "case_link", ticket_id=ticket["id"])["path"].removeprefix("/case/")
    holder = desk.read(access.identify, Caller.CASE_LINK, token)
    for who in (desk.mei, desk.li_na, holder, SYSTEM):
        desk.write(lambda tx, who, now: case_log.add(tx, who, ticket["id"], "looked", now, reason="看看"), who)
    events = desk.rows("SELECT * FROM ticketevent WHERE code = 'looked' ORDER BY number")
    assert [(event["actor_kind"], event["actor_id"], event["actor_name"]) for event in events] == [
        ("agent", desk.mei.id, "Mei"),
        ("customer", desk.li_na.id, "Li Na"),
        ("case_link", None, ""),
        ("system", None, ""),
    ]


def test_the_system_finds_every_ticket_and_a_link_its_own_alone(desk: Desk) -> None:
    mine, other = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.wang_wei)
    holder = Who(Caller.CASE_LINK, mine["id"])
    for who, ticket in ((SYSTEM, mine), (SYSTEM, other), (holder, mine)):
        assert desk.read(lambda tx, w, t, now: access.ticket_for(tx, w, t)["id"], who, ticket["id"]) == ticket["id"]
    with pytest.raises(NotFound):
        desk.read(lambda tx, now: access.ticket_for(tx, holder, other["id"]))
