"""Kinds of tickets: as they come, as an admin changes them, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from chat.domain.ticket_kinds import KINDS, check_form, check_kind, definition_of, kind_of
from chat.errors import BadShape, Conflict, Forbidden, Invalid, NotFound
from tests.actions.conftest import Desk

DOOR: dict[str, Any] = {
    "names": {"zh-CN": "门店投诉", "en": "Complaint about a shop"},
    "checklist": [{"code": "shop_found", "names": {"zh-CN": "找到门店", "en": "Shop found"}}],
    "fields": [
        {"code": "shop", "names": {"zh-CN": "门店", "en": "Shop"}, "required": True},
        {"code": "visited_on", "names": {"zh-CN": "到店日期", "en": "Visited on"}, "type": "date"},
    ],
    "evidence": [],
    "steps": [
        {"code": "received", "names": {"zh-CN": "已收到", "en": "Received"}},
        {"code": "shop_asked", "names": {"zh-CN": "已询问门店", "en": "Shop asked"}},
    ],
    "endings": [{"code": "answered", "names": {"zh-CN": "已答复", "en": "Answered"}}],
    "first_minutes": 60,
}


def kind_of_desk(desk: Desk, code: str) -> Any:
    return next(kind for kind in desk.do(desk.mei, "ticket_kinds")["kinds"] if kind["code"] == code)


def test_the_built_in_kinds_come_as_they_are_and_are_whole(desk: Desk) -> None:
    shown = desk.do(desk.mei, "ticket_kinds")["kinds"]
    assert [kind["code"] for kind in shown] == list(KINDS)
    assert all(kind["built_in"] and kind["active"] and kind["revision"] == 0 for kind in shown)
    for kind in KINDS.values():
        check_kind(kind)
        assert kind_of(kind.name, definition_of(kind)) == kind
    assert kind_of_desk(desk, "refund")["definition"]["first_minutes"] == KINDS["refund"].first_minutes


def test_an_admin_adds_a_kind_changes_it_and_takes_it_out_of_use(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR)
    added = kind_of_desk(desk, "door")
    assert (added["built_in"], added["active"], added["revision"]) == (False, True, 1)
    assert added["definition"]["names"] == DOOR["names"]
    assert added["definition"]["fields"][0]["required"]
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR | {"first_minutes": 30}, revision=1)
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR, active=False, revision=2)
    assert (kind_of_desk(desk, "door")["active"], kind_of_desk(desk, "door")["revision"]) == (False, 3)
    assert len(desk.rows("SELECT what FROM audit WHERE what = 'kind_changed'")) == 3


def test_who_saw_an_older_revision_changes_nothing(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR)
    before = desk.do(desk.mei, "ticket_kinds")
    for seen in (0, 2):
        with pytest.raises(Conflict) as refused:
            desk.do(desk.admin, "set_kind", code="door", definition=DOOR | {"first_minutes": 1}, revision=seen)
        assert refused.value.code == "changed"
    assert desk.do(desk.mei, "ticket_kinds") == before


def test_only_an_admin_changes_kinds(desk: Desk) -> None:
    for who in (desk.mei, desk.lin):
        with pytest.raises(Forbidden):
            desk.do(who, "set_kind", code="door", definition=DOOR)
    assert len(desk.do(desk.lin, "ticket_kinds")["kinds"]) == len(KINDS)


def test_a_built_in_kind_is_changed_but_keeps_what_refunds_go_through(desk: Desk) -> None:
    definition = kind_of_desk(desk, "refund")["definition"]
    own = {"code": "photo_checked", "names": {"zh-CN": "照片已核对", "en": "Photo checked"}}
    changed = definition | {"checklist": [*definition["checklist"], own], "first_minutes": 15}
    desk.do(desk.admin, "set_kind", code="refund", definition=changed)
    shown = kind_of_desk(desk, "refund")
    assert (shown["built_in"], shown["revision"], shown["definition"]["first_minutes"]) == (True, 1, 15)
    for part, rest in (("steps", definition["steps"][:-1]), ("endings", definition["endings"][1:])):
        with pytest.raises(Invalid, match="keeps its"):
            desk.do(desk.admin, "set_kind", code="refund", definition=changed | {part: rest}, revision=1)
    assert kind_of_desk(desk, "refund") == shown


def wrong(**values: Any) -> dict[str, Any]:
    return copy.deepcopy(DOOR) | values


NAMED = {"zh-CN": "甲", "en": "A"}
WRONG = {
    "a code twice": (wrong(endings=[{"code": "a", "names": NAMED}, {"code": "a", "names": NAMED}]), Invalid, "twice"),
    "no name": (wrong(names={}), Invalid, "zh-CN and en"),
    "a name in one language": (wrong(names={"en": "Door"}), Invalid, "zh-CN"),
    "a name of blanks": (wrong(names={"en": "Door", "zh-CN": "  "}), Invalid, "blank"),
    "a step without a name": (wrong(steps=[{"code": "received"}, {"code": "done"}]), Invalid, "step received"),
    "one step": (wrong(steps=DOOR["steps"][:1]), BadShape, "steps"),
    "no endings": (wrong(endings=[]), BadShape, "endings"),
    "an unknown part": (wrong(colour="red"), BadShape, "colour"),
    "an unknown type": (wrong(fields=[{"code": "a", "names": NAMED, "type": "colour"}]), BadShape, "type"),
    "a time below zero": (wrong(first_minutes=-1), BadShape, "first_minutes"),
    "a wild code": (wrong(checklist=[{"code": "../a", "names": NAMED}]), BadShape, "code"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_kind_that_is_not_whole_is_refused_in_words(desk: Desk, name: str) -> None:
    definition, error, words = WRONG[name]
    with pytest.raises(error, match=words):
        desk.do(desk.admin, "set_kind", code="door", definition=definition)
    assert not desk.rows("SELECT code FROM ticketkind")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"shop": "南京路", "colour": "red"}, "does not ask for colour"),
        ({"visited_on": "2026-03-01"}, "fill in shop"),
        ({"shop": "南京路", "visited_on": "yesterday"}, "a date"),
        ({"shop": "南京路", "visited_on": "2026-02-30"}, "a date"),
        ({"shop": "南京路\n二层"}, "one line"),
    ],
)
def test_a_form_that_does_not_fit_its_kind_is_refused(given: dict[str, str], words: str) -> None:
    kind = kind_of("door", DOOR)
    with pytest.raises(Invalid, match=words):
        check_form(kind, given, whole=True)
    check_form(kind, {"shop": "南京路", "visited_on": "2026-02-28"}, whole=True)
    check_form(kind, {}, whole=False)


@pytest.mark.parametrize("amount", ["-1", "1.234", "1e3", "ten", "12,50"])
def test_an_amount_in_a_form_is_written_plainly(amount: str) -> None:
    check_form(KINDS["refund"], {"amount": "12.50"}, whole=False)
    with pytest.raises(Invalid, match="an amount"):
        check_form(KINDS["refund"], {"amount": amount}, whole=False)


# -- opening ------------------------------------------------------------------------------------------------------


def test_a_ticket_of_an_own_kind_has_its_checklist_steps_and_form(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR)
    ticket = desk.ticket(desk.mei, desk.li_na, "door", fields={"shop": "南京路"}, tags=["急", "急", "门店"], priority=2)
    assert [item["code"] for item in ticket["checklist"]] == ["shop_found"]
    assert [step["code"] for step in ticket["steps"]] == ["received", "shop_asked"]
    assert ticket["fields"] == {"shop": "南京路"}
    assert (ticket["tags"], ticket["priority"]) == (["急", "门店"], 2)
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert [step["code"] for step in case["steps"]] == ["received", "shop_asked"]


def test_a_kind_out_of_use_opens_nothing_and_its_tickets_go_on(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR)
    ticket = desk.ticket(desk.mei, desk.li_na, "door")
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR, active=False, revision=1)
    for kind, code in (("door", "kind_closed"), ("lottery", "invalid")):
        with pytest.raises(Invalid) as refused:
            desk.ticket(desk.mei, desk.wang_wei, kind)
        assert refused.value.code == code
    moved = desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status="open", done=["shop_found"])["ticket"]
    assert (moved["status"], moved["checklist"][0]["done"]) == ("open", True)
    assert len(desk.rows("SELECT id FROM ticket")) == 1


def test_an_agent_may_leave_a_form_unfinished_but_not_fill_in_what_it_does_not_ask(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR)
    assert desk.ticket(desk.mei, desk.li_na, "door")["fields"] == {}
    with pytest.raises(Invalid, match="colour"):
        desk.ticket(desk.mei, desk.wang_wei, "door", fields={"colour": "red"})


def test_a_ticket_of_a_transaction_shows_it(desk: Desk) -> None:
    payment = desk.ids["shoes payment"]
    ticket = desk.ticket(desk.mei, desk.li_na, "payment_failure", transaction_id=payment)
    assert [found["id"] for found in ticket["transactions"]] == [payment]
    with pytest.raises(NotFound):
        desk.ticket(desk.mei, desk.li_na, "payment_failure", transaction_id=desk.ids["lamp payment"])


# -- by customers -------------------------------------------------------------------------------------------------


def test_customers_are_given_the_forms_of_what_they_may_open(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="door", definition=DOOR)
    desk.do(desk.admin, "set_kind", code="staff_only", definition=DOOR | {"customers": False})
    desk.do(desk.admin, "set_kind", code="out_of_use", definition=DOOR, active=False)
    offered = desk.do(desk.li_na, "case_kinds")["kinds"]
    assert [kind["code"] for kind in offered] == [*KINDS, "door"]
    shop, visited_on = offered[-1]["fields"]
    assert offered[-1]["names"] == DOOR["names"]
    assert shop == DOOR["fields"][0] | {"type": "line"}
    assert visited_on == DOOR["fields"][1] | {"required": False}
    assert set(offered[-1]) == {"code", "names", "fields", "evidence"}  # and nothing that is for staff


def test_a_customer_fills_in_the_form_of_an_own_kind(desk: Desk) -> None:
    numbered = {"code": "table_2", "names": {"zh-CN": "桌号", "en": "Table"}}
    ticked = {"code": "step_2", "names": {"zh-CN": "回访", "en": "Called back"}}
    given = DOOR | {"fields": [*DOOR["fields"], numbered], "checklist": [*DOOR["checklist"], ticked]}
    desk.do(desk.admin, "set_kind", code="door", definition=given)
    for kind, fields, code in (
        ("door", {}, "wrong_form"),
        ("door", {"shop": "南京路", "colour": "红"}, "wrong_form"),
        ("door", {"shop": "南京路", "visited_on": "昨天"}, "wrong_form"),
        ("refund", {"shop": "南京路"}, "wrong_form"),
    ):
        with pytest.raises(Invalid) as refused:
            desk.do(desk.li_na, "open_case", kind=kind, reason="店员态度不好", fields=fields)
        assert refused.value.code == code
    assert not desk.rows("SELECT id FROM ticket")
    fields = {"shop": "南京路", "visited_on": "2026-03-01", "table_2": "七号"}
    case = desk.do(desk.li_na, "open_case", kind="door", reason="店员态度不好", fields=fields)["case"]
    assert case["names"] == DOOR["names"]
    ticket = desk.do(desk.mei, "update_ticket", ticket_id=case["ticket_id"], done=["step_2"])["ticket"]
    assert ticket["fields"] == fields
    assert [item["done"] for item in ticket["checklist"]] == [False, True]


def test_what_customers_may_not_open_they_do_not_open(desk: Desk) -> None:
    desk.do(desk.admin, "set_kind", code="staff_only", definition=DOOR | {"customers": False})
    with pytest.raises(Invalid) as refused:
        desk.do(desk.li_na, "open_case", kind="staff_only", reason="店员态度不好", fields={"shop": "南京路"})
    assert refused.value.code == "kind_closed"
    assert desk.ticket(desk.mei, desk.li_na, "staff_only")["kind"] == "staff_only"
