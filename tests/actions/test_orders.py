"""Whose orders are whose: signed for by the site, or matched by two facts; and orders as cards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat import wire
from chat.actions.access import Who
from chat.errors import BadShape, Conflict, Forbidden, IllegalMove, NotFound
from tests.actions.conftest import Desk

NUMBER = "20260301000001"


@pytest.fixture
def guest(desk: Desk) -> Who:
    """Somebody nobody has signed for."""
    who = desk.arrive("guest")
    desk.change("UPDATE customer SET kind = 'claimed', issuer = NULL, external_id = NULL WHERE id = :id", id=who.id)
    return who


def fact(desk: Desk, name: str = "shoes") -> dict[str, object]:
    (order,) = desk.rows("SELECT number, total, currency FROM purchase WHERE id = :id", id=desk.ids[name])
    return {"number": order["number"], "amount": order["total"], "currency": order["currency"]}


def test_orders_of_a_customer_nobody_signed_for_are_refused_until_two_facts_match(desk: Desk, guest: Who) -> None:
    conversation_id = desk.conversation(guest, "我要退款")
    with pytest.raises(Forbidden) as refused:
        desk.do(desk.mei, "customer_orders", conversation_id=conversation_id)
    assert refused.value.code == "match_first"
    assert desk.rows("SELECT * FROM audit WHERE what IN ('orders_seen', 'order_matched')") == []

    seen = desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))
    assert ([order["id"] for order in seen["orders"]], seen["verified"]) == ([desk.ids["shoes"]], False)
    assert desk.do(desk.mei, "customer_orders", conversation_id=conversation_id) == seen
    (trace,) = desk.rows("SELECT * FROM audit WHERE what = 'order_matched'")
    assert (trace["actor_id"], trace["subject_id"]) == (desk.mei.id, desk.ids["shoes"])
    (match,) = desk.rows("SELECT * FROM ordermatch")
    assert (match["agent_id"], match["facts"]) == (desk.mei.id, '["number", "amount"]')
    assert desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk)) == seen
    assert len(desk.rows("SELECT * FROM audit WHERE what = 'order_matched'")) == 1


def test_an_order_says_when_it_was_delivered_and_names_the_refunds_of_whoever_it_is_shown_for(
    desk: Desk, guest: Who
) -> None:
    def shoes(orders: list[dict[str, object]]) -> dict[str, object]:
        (order,) = [order for order in orders if order["id"] == desk.ids["shoes"]]
        return order

    delivered = desk.now.replace(microsecond=0) - timedelta(days=1)
    desk.change("UPDATE purchase SET delivered_at = :at", at=int(delivered.timestamp() * 1000))
    given = {"order_id": desk.ids["shoes"], "currency": "CNY", "reason": "开胶"}
    theirs = desk.ticket(desk.mei, desk.li_na)
    refund = desk.do(desk.mei, "request_refund", ticket_id=theirs["id"], lines=[2], amount=12_800, **given)["refund"]
    conversation_id = desk.conversation(guest, "我要退款")
    desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))
    opened = desk.do(
        desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund", order_id=given["order_id"]
    )
    of_guest = {"ticket_id": opened["ticket"]["id"]}
    another = desk.do(desk.mei, "request_refund", lines=[1], amount=30_000, **of_guest, **given)["refund"]

    own = shoes(desk.do(desk.li_na, "my_orders")["orders"])
    assert own["delivered_at"] == wire.utc(delivered)
    assert own["refunds"] == [
        {
            "id": refund["id"],
            "ticket_id": theirs["id"],
            "ticket_number": theirs["number"],
            "amount": 12_800,
            "currency": "CNY",
            "state": "requested",
            "created_at": refund["created_at"],
        }
    ]
    assert shoes(desk.do(desk.mei, "ticket", ticket_id=theirs["id"])["ticket"]["orders"]) == own
    for seen in (
        desk.do(desk.mei, "customer_orders", conversation_id=conversation_id)["orders"],
        desk.do(desk.mei, "ticket", **of_guest)["ticket"]["orders"],
    ):
        assert [named["id"] for named in shoes(seen)["refunds"]] == [another["id"]]
        assert shoes(seen)["refundable"] == 0
    desk.change("UPDATE refund SET state = 'withdrawn' WHERE id = :id", id=refund["id"])
    assert shoes(desk.do(desk.li_na, "my_orders")["orders"])["refunds"] == []


@pytest.mark.parametrize("wrong", [{"number": "20260301000009"}, {"amount": 42_801}, {"currency": "USD"}])
def test_one_fact_is_not_enough(desk: Desk, guest: Who, wrong: dict[str, object]) -> None:
    conversation_id = desk.conversation(guest, "我要退款")
    with pytest.raises(NotFound) as refused:
        desk.do(desk.mei, "match_order", conversation_id=conversation_id, **(fact(desk) | wrong))
    assert refused.value.code == "no_match"
    assert desk.rows("SELECT * FROM ordermatch") == []


def test_an_order_of_another_site_is_not_matched(desk: Desk, guest: Who) -> None:
    conversation_id = desk.conversation(guest, "我要退款")
    desk.change("UPDATE purchase SET site_id = :site WHERE id = :id", site=desk.ids["wallet"], id=desk.ids["shoes"])
    with pytest.raises(NotFound):
        desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))


def test_who_is_signed_for_needs_no_match_and_another_one_cannot_borrow_it(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.wang_wei, "我要退款")
    with pytest.raises(IllegalMove):
        desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))


def test_a_matched_order_goes_into_a_ticket_and_no_other_one_does(desk: Desk, guest: Who) -> None:
    conversation_id = desk.conversation(guest, "我要退款")
    with pytest.raises(NotFound):
        desk.do(desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund", order_id=desk.ids["shoes"])
    desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))
    opened = desk.do(
        desk.mei, "open_ticket", conversation_id=conversation_id, kind="refund", order_id=desk.ids["shoes"]
    )
    assert [order["id"] for order in opened["ticket"]["orders"]] == [desk.ids["shoes"]]
    with pytest.raises(NotFound):
        desk.do(desk.mei, "link", ticket_id=opened["ticket"]["id"], kind="order", id=desk.ids["camera"])


def test_who_is_not_signed_in_sees_no_orders_even_when_one_was_matched(desk: Desk, guest: Who) -> None:
    conversation_id = desk.conversation(guest, "我要退款")
    desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))
    assert desk.do(guest, "my_orders") == {"orders": [], "transactions": [], "verified": False}


def test_who_had_an_order_matched_and_signs_in_as_somebody_else_does_nothing_with_it(desk: Desk, guest: Who) -> None:
    conversation_id = desk.conversation(guest, "我要退款")
    desk.do(desk.mei, "match_order", conversation_id=conversation_id, **fact(desk))
    desk.change(
        "UPDATE customer SET kind = 'verified', issuer = 'tests', external_id = 'x' WHERE id = :id", id=guest.id
    )
    shoes = {"order_id": desk.ids["shoes"]}
    for name, given in (
        ("check_case", shoes),
        ("open_case", {"kind": "refund", "reason": "退到我这里", **shoes}),
        ("open_case", {"kind": "other", "reason": "看看", **shoes}),
        ("send_order", {"conversation_id": conversation_id, **shoes}),
    ):
        with pytest.raises(NotFound):
            desk.do(guest, name, **given)
    assert desk.do(desk.li_na, "check_case", **shoes)["verdict"]["allowed"]
    assert desk.do(desk.mei, "customer_orders", conversation_id=conversation_id)["orders"] == []


def test_either_side_sends_an_order_as_a_card(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "看一下这个订单")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.mei, "send_order", conversation_id=conversation_id, order_id=desk.ids["shoes"])
    desk.do(desk.li_na, "send_order", conversation_id=conversation_id, number=fact(desk)["number"])
    cards = [message for message in desk.log(desk.li_na, conversation_id) if message["kind"] == "card"]
    assert [card["author"]["kind"] for card in cards] == ["agent", "customer"]
    assert cards[0]["data"] == cards[1]["data"]
    assert (cards[0]["data"]["card"], cards[0]["data"]["amount"]) == ("order", 42_800)


def test_nobody_sends_an_order_that_is_not_this_customers(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.wang_wei, "看一下")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    for who in (desk.mei, desk.wang_wei):
        for named in ({"order_id": desk.ids["shoes"]}, {"number": fact(desk)["number"]}):
            with pytest.raises(NotFound):
                desk.do(who, "send_order", conversation_id=conversation_id, **named)
        with pytest.raises(BadShape):
            desk.do(who, "send_order", conversation_id=conversation_id)


def test_an_agent_sends_orders_in_their_own_conversation_only(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "看一下")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    with pytest.raises(Conflict):
        desk.do(desk.david, "send_order", conversation_id=conversation_id, order_id=desk.ids["shoes"])
    desk.do(desk.mei, "close", conversation_id=conversation_id)
    with pytest.raises(IllegalMove):
        desk.do(desk.li_na, "send_order", conversation_id=conversation_id, order_id=desk.ids["shoes"])
