"""Asking for money back: of an order or of a transaction, by staff or by the customer, with one appeal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from chat import wire
from chat.actions import access, refunds, ticket_shapes
from chat.actions.access import Who
from chat.errors import BadShape, IllegalMove, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import refunds as stored
from chat.store.tables import new_id, to_millis
from tests.actions.conftest import Desk
from tests.actions.test_refunds import ask, decide, pay


def transfer(desk: Desk, name: str = "transfer", state: str = "succeeded", **values: Any) -> str:
    """A transaction of Li Na's that belongs to no order."""
    given = {"kind": "transfer", "amount": 20_000, "order_id": None, **values}
    desk.change(
        "INSERT INTO payment (id, site_id, customer_id, order_id, number, kind, channel, amount, currency, state,"
        " created_at) VALUES (:id, :site, :customer, :order, :number, :kind, 'wallet', :amount, 'CNY', :state, :now)",
        id=(transaction_id := new_id()),
        site=desk.ids["shop"],
        customer=desk.li_na.id,
        order=given["order_id"],
        number=f"T-{name}",
        kind=given["kind"],
        amount=given["amount"],
        state=state,
        now=to_millis(desk.now),
    )
    return transaction_id


def ask_back(desk: Desk, ticket: Any, transaction_id: str, amount: int = 20_000, **values: Any) -> Any:
    given = {"ticket_id": ticket["id"], "transaction_id": transaction_id, "amount": amount, "currency": "CNY"}
    return desk.do(values.pop("by", desk.mei), "request_refund", **{"reason": "转错人", **given, **values})["refund"]


def request(desk: Desk, who: Who, ticket: Any, **values: Any) -> Any:
    """As the customer's command does it, which makes the ticket in the same transaction."""
    asked = wire.OpenCase(client_id=ticket["id"], kind="refund", reason="不想要了", **values)

    def do(tx: Tx, now: datetime) -> Any:
        row = refunds.request(tx, who, access.ticket_for(tx, who, ticket["id"]), asked, now)
        return ticket_shapes.refund(row).model_dump(mode="json")

    return desk.write(do)


def by_customer(desk: Desk, who: Who, act: str, refund: Any, *words: str) -> Any:
    def do(tx: Tx, now: datetime) -> Any:
        row = access.refund_for(tx, who, refund["id"])
        changed = getattr(refunds, act)(tx, who, row, *words, now)
        return ticket_shapes.refund(changed).model_dump(mode="json")

    return desk.write(do)


def evidence(desk: Desk, who: Who, act: str, ticket: Any) -> str:
    def do(tx: Tx, now: datetime) -> str:
        getattr(refunds, act)(tx, who, access.ticket_for(tx, who, ticket["id"]), now)
        refund = stored.newest(tx, ticket["id"])
        assert refund is not None
        return str(refund["state"])

    return desk.write(do)


# -- of a transaction that belongs to no order ----------------------------------------------------------------------


def test_a_transfer_is_refunded_like_an_order(desk: Desk) -> None:
    ticket, sent = desk.ticket(desk.mei, desk.li_na), transfer(desk)
    refund = ask_back(desk, ticket, sent, 15_000)
    assert (refund["transaction_number"], refund["lines"]) == ("T-transfer", [])
    assert "order_id" not in refund
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "approve")
    assert pay(desk, desk.mei, refund)["state"] == "paid"
    (shown,) = desk.do(desk.li_na, "my_orders")["transactions"]
    assert (shown["refunded"], shown["refundable"]) == (15_000, 5_000)
    assert desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]["transactions"] == [shown]


def test_no_more_of_a_transfer_comes_back_than_went(desk: Desk) -> None:
    ticket, sent = desk.ticket(desk.mei, desk.li_na), transfer(desk)
    with pytest.raises(Invalid, match=r"200\.00"):
        ask_back(desk, ticket, sent, 20_001)
    with pytest.raises(Invalid, match="CNY"):
        ask_back(desk, ticket, sent, 100, currency="USD")
    with pytest.raises(Invalid, match="no line 1"):
        ask_back(desk, ticket, sent, 100, lines=[1])
    ask_back(desk, ticket, sent, 20_000)
    with pytest.raises(Invalid, match=r"0\.00"):
        ask_back(desk, ticket, sent, 1)


def test_a_transfer_has_one_open_refund(desk: Desk) -> None:
    ticket, sent = desk.ticket(desk.mei, desk.li_na), transfer(desk)
    first = ask_back(desk, ticket, sent, 100)
    with pytest.raises(IllegalMove) as refused:
        ask_back(desk, ticket, sent, 100)
    assert refused.value.code == "refund_open"
    decide(desk, desk.david, first, "review")
    decide(desk, desk.david, first, "reject", "对方已同意退回")
    ask_back(desk, ticket, sent, 100)


@pytest.mark.parametrize("state", ["pending", "failed", "frozen"])
def test_what_never_went_does_not_come_back(desk: Desk, state: str) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(Invalid):
        ask_back(desk, ticket, transfer(desk, state=state), 1)
    ask_back(desk, ticket, transfer(desk, "other"), 1)


def test_a_payment_of_an_order_comes_back_with_the_order_only(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(Invalid, match="paid an order"):
        ask_back(desk, ticket, desk.ids["shoes payment"], 100)
    with pytest.raises(NotFound):
        ask_back(desk, ticket, desk.ids["lamp payment"], 100)  # Wang Wei's
    with pytest.raises(BadShape):
        ask_back(desk, ticket, desk.ids["shoes payment"], 100, order_id=desk.ids["shoes"])
    with pytest.raises(BadShape):
        desk.do(desk.mei, "request_refund", ticket_id=ticket["id"], amount=100, currency="CNY", reason="开胶")


# -- by the customer --------------------------------------------------------------------------------------------------


def test_a_customer_asks_for_their_own_money_and_staff_decide(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = request(desk, desk.li_na, ticket, order_id=desk.ids["shoes"], lines=[2])
    assert (refund["amount"], refund["currency"], refund["state"]) == (12_800, "CNY", "requested")
    assert (refund["requested_by"], refund["requested_by_id"]) == ("Li Na", desk.li_na.id)
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert case["status"] == "new"  # nobody of the desk has taken it up by that
    decide(desk, desk.mei, refund, "review")
    assert decide(desk, desk.mei, refund, "approve")["state"] == "approved"


def test_a_customer_asks_for_nobody_elses_money(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(NotFound):
        request(desk, desk.li_na, ticket, order_id=desk.ids["lamp"])
    with pytest.raises(NotFound):
        request(desk, desk.wang_wei, ticket, order_id=desk.ids["lamp"])
    with pytest.raises(Invalid):
        request(desk, desk.li_na, ticket, order_id=desk.ids["unpaid"])
    assert not desk.rows("SELECT id FROM refund")


def test_a_customer_withdraws_until_it_is_being_paid(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = request(desk, desk.li_na, ticket, order_id=desk.ids["shoes"])
    with pytest.raises(NotFound):
        by_customer(desk, desk.wang_wei, "withdraw", refund)
    assert by_customer(desk, desk.li_na, "withdraw", refund)["state"] == "withdrawn"
    again = request(desk, desk.li_na, ticket, order_id=desk.ids["shoes"])
    decide(desk, desk.david, again, "review")
    decide(desk, desk.david, again, "approve")
    pay(desk, desk.david, again)
    with pytest.raises(IllegalMove, match="withdraw a refund that is paid"):
        by_customer(desk, desk.li_na, "withdraw", again)


def test_there_is_one_appeal_and_it_needs_its_place_again(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = request(desk, desk.li_na, ticket, order_id=desk.ids["shoes"])
    with pytest.raises(IllegalMove, match="appeal"):
        by_customer(desk, desk.li_na, "appeal", refund, "请再看看")
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "reject", "已使用")
    other = ask(desk, ticket, amount=100, lines=[1])
    with pytest.raises(Invalid):
        by_customer(desk, desk.li_na, "appeal", refund, "请再看看")
    decide(desk, desk.david, other, "review")
    decide(desk, desk.david, other, "reject", "重复")
    appealed = by_customer(desk, desk.li_na, "appeal", refund, "我没有用过")
    assert (appealed["state"], appealed["appeal_reason"]) == ("in_review", "我没有用过")
    with pytest.raises(IllegalMove, match="another person"):
        decide(desk, desk.david, refund, "reject", "有使用痕迹")
    decide(desk, desk.mei, refund, "reject", "有使用痕迹")
    with pytest.raises(IllegalMove, match="already been appealed"):
        by_customer(desk, desk.li_na, "appeal", refund, "再来一次")


# -- an amount dispute ------------------------------------------------------------------------------------------------


def test_a_dispute_is_refunded_by_its_difference_and_shows_the_calculation(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na, kind="amount_dispute")
    refund = ask(desk, ticket, amount=2_800, charged=42_800, expected=40_000)
    told = {"charged": 42_800, "expected": 40_000, "difference": 2_800, "currency": "CNY"}
    assert refund["calculation"] == told
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert case["refund"]["calculation"] == told
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "reject", "金额无误")
    refund = request(desk, desk.li_na, ticket, order_id=desk.ids["shoes"], charged=42_800, expected=0)
    assert refund["amount"] == 42_800


@pytest.mark.parametrize(
    ("amount", "charged", "expected", "sentence"),
    [
        (2_801, 42_800, 40_000, r"428\.00 CNY charged less 400\.00 CNY expected is 28\.00 CNY"),
        (2_800, 40_000, 40_000, "nothing was charged too much"),
        (2_800, 40_000, 42_800, "nothing was charged too much"),
        (50_000, 90_000, 40_000, "can still be refunded"),
        (100, 100, None, "what was charged and what was expected"),
        (100, None, 100, "what was charged and what was expected"),
    ],
)
def test_a_dispute_that_does_not_add_up_is_refused(
    desk: Desk, amount: int, charged: int | None, expected: int | None, sentence: str
) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na, kind="amount_dispute")
    with pytest.raises((Invalid, BadShape), match=sentence):
        ask(desk, ticket, amount=amount, charged=charged, expected=expected)
    assert not desk.rows("SELECT id FROM refund")


# -- evidence ---------------------------------------------------------------------------------------------------------


def test_a_refund_waits_for_evidence_and_goes_on_when_it_came(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = ask(desk, ticket)
    assert evidence(desk, desk.li_na, "give_evidence", ticket) == "requested"  # nothing was asked for
    assert evidence(desk, desk.david, "ask_evidence", ticket) == "evidence_wanted"
    with pytest.raises(IllegalMove, match="approve a refund that is waiting for evidence"):
        decide(desk, desk.david, refund, "approve")
    assert evidence(desk, desk.li_na, "give_evidence", ticket) == "in_review"
    assert decide(desk, desk.david, refund, "ask_evidence")["state"] == "evidence_wanted"
    assert decide(desk, desk.david, refund, "review")["state"] == "in_review"


def test_who_approved_first_is_kept(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na), order="camera", amount=98_000)
    decide(desk, desk.david, refund, "review")
    first = decide(desk, desk.david, refund, "approve")
    assert (first["first_by"], first.get("decided_by")) == ("David", None)
    second = decide(desk, desk.lin, refund, "approve")
    assert (second["first_by"], second["decided_by"]) == ("David", "Lin")


def test_whoever_asks_for_evidence_has_begun_to_review_and_nothing_of_the_ticket_is_approved(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    fresh, halfway = ask(desk, ticket, amount=100), ask(desk, ticket, order="camera", amount=98_000)
    for decision in ("review", "approve"):
        decide(desk, desk.david, halfway, decision)
    desk.do(desk.david, "ask_evidence", ticket_id=ticket["id"], evidence=["photo"])
    for refund in (fresh, halfway):
        for decision in ("approve", "reject"):
            with pytest.raises(IllegalMove, match="waiting for evidence"):
                decide(desk, desk.lin, refund, decision, "看过了")
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket["id"], code="photo", body="见照片")
    assert decide(desk, desk.lin, fresh, "approve")["state"] == "approved"
    again = decide(desk, desk.lin, halfway, "approve")  # David had not seen the photo
    assert (again["state"], again["first_by"]) == ("second_approval", "Lin")


def test_evidence_asked_for_in_a_decision_is_shown_to_the_customer(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = ask(desk, ticket)
    with pytest.raises(IllegalMove):
        decide(desk, desk.david, refund, "ask_evidence")
    decide(desk, desk.david, refund, "review")
    asked = {"refund_id": refund["id"], "decision": "ask_evidence", "reason": "请拍鞋底"}
    with pytest.raises(Invalid, match="passport"):
        desk.do(desk.david, "decide_refund", **asked, evidence=["passport"])
    desk.do(desk.david, "decide_refund", **asked, evidence=["photo"])
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert ([one["code"] for one in case["wanted"]], case["status"], case["next"]) == (["photo"], "pending", "customer")
    log = desk.log(desk.li_na, ticket["transcripts"][0]["conversation_id"])
    (form,) = [message["data"] for message in log if message["kind"] == "form"]
    assert (form["wanted"][0]["code"], form["message"]) == ("photo", "请拍鞋底")
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket["id"], code="photo", body="见照片")
    assert decide(desk, desk.david, refund, "approve")["state"] == "approved"
