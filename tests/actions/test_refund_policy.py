"""A site's refund policy at work: told before one asks, binding for customers, gone beyond only with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.errors import BadShape, Invalid, NotFound
from tests.actions.conftest import Desk
from tests.actions.test_refund_requests import request, transfer
from tests.actions.test_refunds import ask, decide

POLICY = {"days": 14, "caps": {"wallet": 15_000}}


def set_policy(desk: Desk, policy: dict[str, Any]) -> None:
    desk.change(
        "UPDATE site SET refund_policy = :policy WHERE id = :id", policy=json.dumps(policy), id=desk.ids["shop"]
    )


def deliver(desk: Desk, order: str, days_ago: float) -> None:
    at = int(desk.now.timestamp() * 1000) - int(days_ago * 86_400_000)
    desk.change("UPDATE purchase SET delivered_at = :at WHERE id = :id", at=at, id=desk.ids[order])


def check(desk: Desk, **values: Any) -> Any:
    return desk.do(desk.li_na, "check_case", **values)["verdict"]


def test_a_customer_is_told_before_they_ask_and_by_night(desk: Desk) -> None:
    set_policy(desk, POLICY)
    desk.wait(hours=12)  # midnight in Shanghai
    deliver(desk, "shoes", 3)
    said = check(desk, order_id=desk.ids["shoes"])
    assert (said["allowed"], said["rule"], said["most"]) == (True, "ok", 42_800)
    assert said["lines"][1] == {"line": 2, "allowed": True, "rule": "ok", "most": 12_800}
    assert check(desk, order_id=desk.ids["shoes"], lines=[2])["most"] == 12_800
    deliver(desk, "shoes", 15)
    said = check(desk, order_id=desk.ids["shoes"])
    assert (said["allowed"], said["rule"], said["most"]) == (False, "too_late_delivery", 0)
    assert said["values"]["days"] == 14
    assert check(desk, order_id=desk.ids["unpaid"])["rule"] == "not_paid"
    assert check(desk, transaction_id=transfer(desk))["most"] == 15_000


def test_a_customer_is_told_of_nobody_elses_order(desk: Desk) -> None:
    with pytest.raises(NotFound):
        check(desk, order_id=desk.ids["lamp"])
    with pytest.raises(Invalid, match="no line 3"):
        check(desk, order_id=desk.ids["shoes"], lines=[3])
    with pytest.raises(BadShape):
        check(desk)
    assert desk.do(desk.wang_wei, "check_case", order_id=desk.ids["lamp"])["verdict"]["allowed"]


def test_staff_read_beforehand_what_the_policy_says_to_the_customer_of_a_ticket(desk: Desk) -> None:
    set_policy(desk, POLICY)
    deliver(desk, "shoes", 15)
    ticket = desk.ticket(desk.mei, desk.li_na)
    asked = {"ticket_id": ticket["id"], "order_id": desk.ids["shoes"]}
    assert desk.do(desk.mei, "check_refund", **asked)["verdict"] == check(desk, order_id=desk.ids["shoes"])
    with pytest.raises(NotFound):
        desk.do(desk.mei, "check_refund", ticket_id=ticket["id"], order_id=desk.ids["lamp"])  # another customer's


def test_what_is_under_way_is_told(desk: Desk) -> None:
    ask(desk, desk.ticket(desk.mei, desk.li_na), lines=[1], amount=100)
    assert check(desk, order_id=desk.ids["shoes"])["rule"] == "refund_open"
    assert check(desk, order_id=desk.ids["shoes"], lines=[2])["allowed"]


def test_a_customer_cannot_ask_for_what_the_policy_forbids(desk: Desk) -> None:
    set_policy(desk, POLICY)
    ticket, sent = desk.ticket(desk.mei, desk.li_na), transfer(desk)
    deliver(desk, "shoes", 15)
    for values in (
        {"order_id": desk.ids["shoes"]},
        {"order_id": desk.ids["shoes"], "amount": 1},
        {"transaction_id": sent, "amount": 15_001},
    ):
        with pytest.raises(Invalid) as refused:
            request(desk, desk.li_na, ticket, **values)
        assert refused.value.code == "policy"
    assert not desk.rows("SELECT id FROM refund")
    assert request(desk, desk.li_na, ticket, transaction_id=sent)["amount"] == 15_000


def test_staff_go_beyond_it_with_a_reason_and_that_is_recorded(desk: Desk) -> None:
    set_policy(desk, POLICY)
    deliver(desk, "shoes", 15)
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na))
    assert (refund["verdict"]["allowed"], refund["verdict"]["rule"]) == (False, "too_late_delivery")
    decide(desk, desk.david, refund, "review")
    with pytest.raises(Invalid) as refused:
        decide(desk, desk.david, refund, "approve")
    assert refused.value.code == "reason_needed"
    assert decide(desk, desk.david, refund, "approve", "物流延误，特批")["state"] == "approved"
    trail = desk.rows("SELECT what, data FROM audit WHERE subject_id = :id ORDER BY id", id=refund["id"])
    assert [json.loads(row["data"])["beyond"] for row in trail] == ["too_late_delivery"] * 3
    events = desk.rows("SELECT reason, data FROM ticketevent WHERE code = 'refund_approved'")
    assert [(row["reason"], json.loads(row["data"])["beyond"]) for row in events] == [
        ("物流延误，特批", "too_late_delivery")
    ]


def test_within_the_policy_an_approval_needs_no_reason(desk: Desk) -> None:
    set_policy(desk, POLICY)
    deliver(desk, "shoes", 3)
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na))
    deliver(desk, "shoes", 15)  # what was asked for in time is in time
    decide(desk, desk.david, refund, "review")
    assert decide(desk, desk.david, refund, "approve")["state"] == "approved"
    (event,) = desk.rows("SELECT data FROM ticketevent WHERE code = 'refund_approved'")
    assert "beyond" not in event["data"]


def test_what_was_charged_too_much_comes_back_however_late(desk: Desk) -> None:
    set_policy(desk, POLICY)
    deliver(desk, "shoes", 90)
    ticket = desk.ticket(desk.mei, desk.li_na, kind="amount_dispute")
    refund = request(desk, desk.li_na, ticket, order_id=desk.ids["shoes"], charged=42_800, expected=40_000)
    assert refund["amount"] == 2_800
    assert refund["verdict"] is None
