"""Tickets: opened from conversations, changed by rule, linked to what is the same customer's, seen by its own desk."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from chat.actions import access
from chat.actions.access import Caller
from chat.actions.cases import LINKS_A_DAY
from chat.domain.tickets import check_number
from chat.errors import BadShape, IllegalMove, Invalid, NotFound, Reused, TooMany, Unauthenticated
from tests.actions.conftest import Desk

NOBODY = "00000000-0000-7000-8000-000000000000"


def kinds(log: list[Any]) -> list[str]:
    return [message["data"]["code"] if message["kind"] == "system" else message["kind"] for message in log]


# -- opening ------------------------------------------------------------------------------------------------------


def test_a_ticket_is_opened_from_a_conversation_and_its_customer_is_told(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "鞋子开胶了", "想退款")
    ticket = desk.do(
        desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund", order_id=desk.ids["shoes"]
    )["ticket"]
    assert check_number(ticket["number"])
    assert ticket["number"].startswith("QY-2026-000001-")
    assert (ticket["status"], ticket["subject"], ticket["assignee"]["name"]) == ("new", "鞋子开胶了", "Mei")
    assert [order["id"] for order in ticket["orders"]] == [desk.ids["shoes"]]
    assert [item["done"] for item in ticket["checklist"]] == [False] * 5
    told, card = desk.log(desk.li_na, conversation_id)[-2:]
    assert told["data"] == {"code": "ticket_opened", "values": {"number": ticket["number"], "kind": "refund"}}
    assert card["kind"] == "card"
    assert card["data"] == {
        "card": "case", "ticket_id": ticket["id"], "number": ticket["number"], "kind": "refund", "status": "new"
    }  # fmt: skip
    case = desk.hears(desk.room_of(desk.li_na), "case")[-1]
    assert (case["number"], case["next"]) == (ticket["number"], "desk")
    assert [step["state"] for step in case["steps"]] == ["current", "todo", "todo"]
    assert not desk.hears(desk.room_of(desk.wang_wei), "case")


def test_the_transcript_stays_what_was_said_before_the_ticket(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "第一句", "第二句")
    ticket = desk.do(desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund")["ticket"]
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="后来才说的")
    seen = desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]
    (transcript,) = seen["transcripts"]
    assert [message["body"] for message in transcript["messages"]] == ["第一句", "第二句"]
    assert len(desk.log(desk.li_na, conversation_id)) == 5  # need later lines for this to mean anything


def test_a_closed_conversation_gets_its_ticket_and_stays_closed(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.mei, "close", conversation_id=conversation_id)
    desk.do(desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund")
    synced = desk.do(desk.li_na, "sync", conversation_id=conversation_id, after_seq=0)
    assert synced["conversation"]["status"] == "closed"
    assert kinds(synced["messages"])[-2:] == ["ticket_opened", "card"]


def test_the_same_client_id_opens_one_ticket_and_another_body_is_refused(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    again = {"conversation_id": conversation_id, "client_id": NOBODY}
    first = desk.do(desk.mei, "open_ticket", kind="refund", **again)
    assert desk.do(desk.mei, "open_ticket", kind="refund", **again) == first
    with pytest.raises(Reused):
        desk.do(desk.mei, "open_ticket", kind="other", **again)
    assert len(desk.rows("SELECT id FROM ticket")) == 1


def test_numbers_run_on_and_begin_again_with_the_year_of_the_site(desk: Desk) -> None:
    first = desk.ticket(desk.mei, desk.li_na)["number"]
    second = desk.ticket(desk.mei, desk.wang_wei)["number"]
    other = desk.ticket(desk.peter, desk.emma)["number"]
    desk.now = desk.now.replace(month=12, day=31, hour=17)  # in Shanghai the new year has begun
    third = desk.ticket(desk.mei, desk.li_na)["number"]
    assert [number[:-2] for number in (first, second, other, third)] == [
        "QY-2026-000001", "QY-2026-000002", "QW-2026-000001", "QY-2027-000001"
    ]  # fmt: skip


def test_a_failed_opening_takes_no_number(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    with pytest.raises(NotFound):
        desk.do(desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund", order_id=desk.ids["lamp"])
    assert kinds(desk.log(desk.li_na, conversation_id)) == ["text"]
    assert "-000001-" in desk.ticket(desk.mei, desk.li_na)["number"]


# -- who may ------------------------------------------------------------------------------------------------------


def test_an_agent_without_the_site_sees_nothing_of_its_tickets(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    conversation_id = ticket["transcripts"][0]["conversation_id"]
    refused: list[tuple[str, dict[str, Any]]] = [
        ("ticket", {"ticket_id": ticket["id"]}),
        ("update_ticket", {"ticket_id": ticket["id"], "status": "open"}),
        ("link", {"ticket_id": ticket["id"], "kind": "order", "id": desk.ids["shoes"]}),
        ("customer_orders", {"ticket_id": ticket["id"]}),
        ("customer_orders", {"conversation_id": conversation_id}),
        ("open_ticket", {"conversation_id": conversation_id, "kind": "other"}),
    ]
    for name, values in refused:
        with pytest.raises(NotFound):
            desk.do(desk.peter, name, **values)
    assert desk.do(desk.peter, "tickets") == {"tickets": []}
    assert [found["id"] for found in desk.do(desk.david, "tickets")["tickets"]] == [ticket["id"]]


def test_a_customer_sees_their_own_cases_and_nobody_elses(desk: Desk) -> None:
    mine, theirs = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.wang_wei)
    assert [case["ticket_id"] for case in desk.do(desk.li_na, "my_cases")["cases"]] == [mine["id"]]
    assert desk.do(desk.li_na, "case_link", ticket_id=mine["id"])["path"].startswith("/case/")
    with pytest.raises(NotFound):
        desk.do(desk.li_na, "case_link", ticket_id=theirs["id"])


# -- changing -----------------------------------------------------------------------------------------------------


def test_a_ticket_moves_by_its_table_and_the_customer_follows(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    conversation_id = ticket["transcripts"][0]["conversation_id"]
    for status in ("open", "pending", "on_hold", "solved"):
        moved = desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status=status)["ticket"]
        assert moved["status"] == status
        assert desk.hears(desk.room_of(desk.li_na), "case")[-1]["status"] == status
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert [event["code"] for event in case["history"]] == [
        "opened", "status_open", "status_pending", "status_on_hold", "status_solved"
    ]  # fmt: skip
    assert desk.log(desk.li_na, conversation_id)[-1]["data"]["code"] == "ticket_solved"
    desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status="closed")
    with pytest.raises(IllegalMove, match="closed"):
        desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status="open")


@pytest.mark.parametrize("status", ["closed", "new"])
def test_a_move_that_is_not_in_the_table_changes_nothing(desk: Desk, status: str) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status="open")
    before = desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]
    with pytest.raises(IllegalMove):
        desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status=status, done=["order_found"])
    assert desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"] == before


def test_what_staff_do_among_themselves_is_an_event_the_customer_does_not_see(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    heard = len(desk.hears(desk.room_of(desk.li_na), "case"))
    desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], assignee_id=desk.david.id, done=["order_found"])
    changed = desk.do(
        desk.mei, "update_ticket", ticket_id=ticket["id"], status="on_hold", reason="等银行查账，别告诉客户"
    )
    assert changed["ticket"]["assignee"]["name"] == "David"
    assert [item["code"] for item in changed["ticket"]["checklist"] if item["done"]] == ["order_found"]
    assert [event["code"] for event in changed["ticket"]["events"]] == [
        "opened", "assigned", "checklist", "status_on_hold"
    ]  # fmt: skip
    assert len(desk.hears(desk.room_of(desk.li_na), "case")) == heard + 1  # the hold, not the rest
    assert "银行" not in json.dumps(desk.do(desk.li_na, "my_cases"), ensure_ascii=False)


def test_doing_again_what_is_done_leaves_no_event(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    same = {"status": "new", "assignee_id": desk.mei.id, "done": []}
    told = len(desk.heard)
    again = desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], **same)["ticket"]
    assert again["events"] == ticket["events"]
    assert len(desk.heard) == told
    assert not desk.rows("SELECT what FROM audit WHERE what = 'ticket_changed'")


def test_a_ticket_is_not_given_to_somebody_who_cannot_see_it(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    for stranger in (desk.peter.id, desk.li_na.id, NOBODY):
        with pytest.raises(NotFound):
            desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], assignee_id=stranger)


def test_a_checklist_has_only_the_steps_of_its_kind(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(Invalid, match="identity_verified"):
        desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], done=["order_found", "identity_verified"])


# -- linking ------------------------------------------------------------------------------------------------------


def test_only_what_is_the_same_customers_is_linked(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    theirs = desk.conversation(desk.wang_wei, "我的台灯坏了")
    for kind, target in (("order", "shoes"), ("transaction", "shoes payment")):
        desk.do(desk.mei, "link", ticket_id=ticket["id"], kind=kind, id=desk.ids[target])
    for kind, target in (
        ("order", desk.ids["lamp"]),
        ("transaction", desk.ids["lamp payment"]),
        ("conversation", theirs),
        ("order", desk.ids["shoes payment"]),
        ("transaction", NOBODY),
    ):
        with pytest.raises(NotFound):
            desk.do(desk.mei, "link", ticket_id=ticket["id"], kind=kind, id=target)
    seen = desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]
    assert [order["id"] for order in seen["orders"]] == [desk.ids["shoes"]]
    assert [found["id"] for found in seen["transactions"]] == [desk.ids["shoes payment"]]
    assert len(seen["transcripts"]) == 1


def test_linking_twice_is_linking_once_and_a_range_does_not_grow(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    conversation_id = ticket["transcripts"][0]["conversation_id"]
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="后来才说的")
    again = desk.do(desk.mei, "link", ticket_id=ticket["id"], kind="conversation", id=conversation_id)["ticket"]
    (before,), (after,) = ticket["transcripts"], again["transcripts"]
    assert (after["last_seq"], after["messages"]) == (before["last_seq"], before["messages"])
    assert again["events"] == ticket["events"]


# -- looking ------------------------------------------------------------------------------------------------------


def test_a_look_at_somebodys_orders_leaves_a_trace(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    seen = desk.do(desk.mei, "customer_orders", conversation_id=conversation_id)
    assert {order["id"] for order in seen["orders"]} == {desk.ids[name] for name in ("shoes", "camera", "unpaid")}
    (trace,) = desk.rows("SELECT * FROM audit WHERE what = 'orders_seen'")
    assert (trace["actor_id"], trace["subject_id"]) == (desk.mei.id, desk.li_na.id)
    ticket = desk.do(desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund")["ticket"]
    assert desk.do(desk.mei, "customer_orders", ticket_id=ticket["id"]) == seen
    assert desk.do(desk.li_na, "my_orders") == seen
    assert len(desk.rows("SELECT * FROM audit WHERE what = 'orders_seen'")) == 2  # one's own orders are no look
    for both_or_none in ({}, {"conversation_id": conversation_id, "ticket_id": ticket["id"]}):
        with pytest.raises(BadShape):
            desk.do(desk.mei, "customer_orders", **both_or_none)


def test_what_can_still_be_refunded_is_what_was_paid(desk: Desk) -> None:
    orders = {order["id"]: order for order in desk.do(desk.li_na, "my_orders")["orders"]}
    assert orders[desk.ids["shoes"]]["refundable"] == 42_800
    assert orders[desk.ids["unpaid"]]["refundable"] == 0
    assert [payment["state"] for payment in orders[desk.ids["unpaid"]]["transactions"]] == ["failed"]


def test_pages_of_tickets_hold_each_once_while_new_ones_come(desk: Desk) -> None:
    opened = []
    for _ in range(5):
        opened.append(desk.ticket(desk.mei, desk.li_na)["id"])
        desk.wait(minutes=1)
    first = desk.do(desk.mei, "tickets", limit=2)
    newcomer = desk.ticket(desk.mei, desk.wang_wei)["id"]
    second = desk.do(desk.mei, "tickets", limit=2, before=first["next"])
    third = desk.do(desk.mei, "tickets", limit=2, before=second["next"])
    assert [ticket["id"] for page in (first, second, third) for ticket in page["tickets"]] == opened[::-1]
    assert "next" not in third
    assert desk.do(desk.mei, "tickets", limit=1)["tickets"][0]["id"] == newcomer
    assert desk.do(desk.mei, "tickets", status="solved") == {"tickets": []}
    for not_a_cursor in ("!", "MTIz", base64.urlsafe_b64encode(f"{10**30} {newcomer}".encode()).decode()):
        with pytest.raises(BadShape):
            desk.do(desk.mei, "tickets", before=not_a_cursor)


# -- the link of a case -------------------------------------------------------------------------------------------


def test_a_case_link_opens_one_case_until_it_expires(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    link = desk.do(desk.li_na, "case_link", ticket_id=ticket["id"])
    token = link["path"].removeprefix("/case/")
    assert token not in json.dumps(desk.rows("SELECT * FROM caselink"))
    holder = desk.read(access.identify, Caller.CASE_LINK, token)
    assert desk.do(holder, "case")["number"] == ticket["number"]
    desk.wait(days=30)
    desk.now -= timedelta(seconds=1)
    assert desk.do(holder, "case")["number"] == ticket["number"]
    desk.wait(seconds=1)
    with pytest.raises(Unauthenticated):
        desk.do(holder, "case")
    with pytest.raises(Unauthenticated):
        desk.read(access.identify, Caller.CASE_LINK, token)


def test_a_case_has_so_many_links_a_day_and_expired_ones_are_forgotten(desk: Desk) -> None:
    ticket, other = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.wang_wei)
    for _ in range(LINKS_A_DAY):
        desk.do(desk.li_na, "case_link", ticket_id=ticket["id"])
    with pytest.raises(TooMany):
        desk.do(desk.li_na, "case_link", ticket_id=ticket["id"])
    desk.do(desk.wang_wei, "case_link", ticket_id=other["id"])
    desk.wait(days=1)
    desk.do(desk.li_na, "case_link", ticket_id=ticket["id"])
    desk.wait(days=29)
    desk.sweep()
    assert len(desk.rows("SELECT 1 FROM caselink")) == 1


def test_a_revoked_link_opens_nothing_even_for_whoever_came_in_before(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    token = desk.do(desk.li_na, "case_link", ticket_id=ticket["id"])["path"].removeprefix("/case/")
    holder = desk.read(access.identify, Caller.CASE_LINK, token)
    desk.do(holder, "case")
    desk.change("UPDATE caselink SET revoked_at = 1")
    for attempt in (lambda: desk.do(holder, "case"), lambda: desk.read(access.identify, Caller.CASE_LINK, token)):
        with pytest.raises(Unauthenticated):
            attempt()


def test_a_token_of_another_kind_opens_no_case(desk: Desk) -> None:
    with pytest.raises(Unauthenticated):
        desk.read(access.identify, Caller.CASE_LINK, "not-a-token-of-a-case-at-all")
