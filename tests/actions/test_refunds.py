"""Refunds: never more than was paid, never twice, never by one's own hand."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from chat.domain.refunds import COUNTED
from chat.errors import BadShape, Conflict, Forbidden, IllegalMove, Invalid, NightdeskError, NotFound, Reused
from tests.actions.conftest import LIMIT, Desk


def ask(desk: Desk, ticket: Any, order: str = "shoes", amount: int = 12_800, **values: Any) -> Any:
    given = {"ticket_id": ticket["id"], "order_id": desk.ids[order], "amount": amount, "currency": "CNY"}
    return desk.do(values.pop("by", desk.mei), "request_refund", **{"reason": "开胶", **given, **values})["refund"]


def decide(desk: Desk, who: Any, refund: Any, decision: str, reason: str | None = None) -> Any:
    return desk.do(who, "decide_refund", refund_id=refund["id"], decision=decision, reason=reason)["refund"]


def pay(desk: Desk, who: Any, refund: Any, **values: Any) -> Any:
    return desk.do(who, "pay_refund", refund_id=refund["id"], **{"reference": "流水 8861", **values})["refund"]


# -- the whole way ------------------------------------------------------------------------------------------------


def test_a_refund_goes_its_way_and_the_customer_reads_every_step(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    conversation_id = ticket["transcripts"][0]["conversation_id"]
    refund = ask(desk, ticket, lines=[2])
    assert decide(desk, desk.david, refund, "review")["state"] == "in_review"
    assert decide(desk, desk.david, refund, "approve")["decided_by"] == "David"
    paid = pay(desk, desk.mei, refund)
    assert (paid["state"], paid["reference"], paid["lines"]) == ("paid", "流水 8861", [2])

    told = [m["data"] for m in desk.log(desk.li_na, conversation_id) if m["kind"] == "system"]
    assert [data["code"] for data in told] == [
        "ticket_opened", "refund_requested", "refund_in_review", "refund_approved", "refund_paid"
    ]  # fmt: skip
    assert told[-1]["values"] == {"number": ticket["number"], "amount": 12_800, "currency": "CNY"}
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert case["refund"] == {"amount": 12_800, "currency": "CNY", "state": "paid"}
    assert (case["status"], case["next"]) == ("open", "nobody")
    assert {step["state"] for step in case["steps"]} == {"done"}
    assert desk.hears(desk.room_of(desk.li_na), "case")[-1] == case
    assert "8861" not in json.dumps(case)

    trail = desk.rows("SELECT what, actor_id FROM audit WHERE subject_id = :id ORDER BY id", id=refund["id"])
    assert [row["what"] for row in trail] == [
        "refund_requested", "refund_in_review", "refund_approved", "refund_paying", "refund_paid"
    ]  # fmt: skip
    assert [row["actor_id"] for row in trail] == [desk.mei.id, desk.david.id, desk.david.id, desk.mei.id, desk.mei.id]


def test_how_many_of_a_line_go_back_stands_with_the_refund_for_both_sides(desk: Desk) -> None:
    items = [{"line": 1, "name": "杯子", "quantity": 3, "amount": 30_000},
             {"line": 2, "name": "茶几", "quantity": 1, "amount": 12_800}]  # fmt: skip
    desk.change("UPDATE purchase SET items = :items WHERE id = :id", items=json.dumps(items), id=desk.ids["shoes"])
    ticket = desk.ticket(desk.mei, desk.li_na)
    counts = [{"line": 1, "count": 2}]
    for wrong in ([{"line": 1, "count": 4}], [{"line": 2, "count": 1}], [{"line": 9, "count": 1}]):
        with pytest.raises(Invalid):
            ask(desk, ticket, lines=[1], counts=wrong, amount=20_000)
    with pytest.raises(BadShape, match="once"):
        ask(desk, ticket, lines=[1], counts=[{"line": 1, "count": 1}, {"line": 1, "count": 2}], amount=20_000)
    refund = ask(desk, ticket, lines=[1], counts=counts, amount=20_000)
    assert (refund["counts"], refund["lines"]) == (counts, [1])
    assert desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]["refunds"][0]["counts"] == counts
    [case] = desk.do(desk.li_na, "my_cases")["cases"]
    assert case["refund"]["items"] == [{"name": "杯子", "count": 2}]
    other = ask(desk, desk.ticket(desk.mei, desk.li_na), lines=[2], amount=12_800)
    assert other["counts"] == []
    assert ["items" in case["refund"] for case in desk.do(desk.li_na, "my_cases")["cases"]].count(False) == 1


def test_of_a_line_no_more_go_back_than_earlier_parts_have_left(desk: Desk) -> None:
    items = json.dumps([{"line": 1, "name": "杯子", "quantity": 3, "amount": 42_800}])
    desk.change("UPDATE purchase SET items = :items WHERE id = :id", items=items, id=desk.ids["shoes"])
    ticket = desk.ticket(desk.mei, desk.li_na)

    def part(count: int) -> Any:
        return ask(desk, ticket, lines=[1], counts=[{"line": 1, "count": count}], amount=10_000)

    withdrawn = part(3)
    assert left(desk, ticket) == [0]
    desk.change("UPDATE refund SET state = 'withdrawn' WHERE id = :id", id=withdrawn["id"])
    paid = part(2)
    desk.change("UPDATE refund SET state = 'paid' WHERE id = :id", id=paid["id"])
    assert left(desk, ticket) == [1]  # though of the money more than two thirds are
    with pytest.raises(Invalid, match="1 can still go back") as refused:
        part(2)
    assert refused.value.code == "fewer_left"
    assert desk.do(desk.li_na, "check_case", order_id=desk.ids["shoes"])["verdict"]["most"] == 14_267
    assert part(1)["counts"] == [{"line": 1, "count": 1}]
    assert left(desk, ticket) == [0]


def left(desk: Desk, ticket: Any) -> list[int]:
    """How many of each item of the order can still go back: one number for both sides."""
    told = [
        desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]["orders"],
        desk.do(desk.mei, "customer_orders", ticket_id=ticket["id"])["orders"],
        desk.do(desk.li_na, "my_orders")["orders"],
    ]
    found = [
        [item["left"] for item in order["items"]] for one in told for order in one if order["id"] == desk.ids["shoes"]
    ]
    assert found == [found[0]] * 3
    return found[0]


@pytest.fixture
def cups(desk: Desk) -> Any:
    """Three cups, and a ticket about them."""
    items = json.dumps([{"line": 1, "name": "杯子", "quantity": 3, "amount": 42_800}])
    desk.change("UPDATE purchase SET items = :items WHERE id = :id", items=items, id=desk.ids["shoes"])
    return desk.ticket(desk.mei, desk.li_na)


def go_back(desk: Desk, ticket: Any, count: int) -> Any:
    """So many of the cups, for much less than they cost."""
    return ask(desk, ticket, lines=[1], counts=[{"line": 1, "count": count}], amount=5_000)


def test_who_sends_one_of_three_back_may_not_ask_for_the_price_of_three(desk: Desk, cups: Any) -> None:
    one = {"order_id": desk.ids["shoes"], "lines": [1], "counts": [{"line": 1, "count": 1}], "currency": "CNY"}
    with pytest.raises(Invalid, match=r"142\.66 CNY at most"):
        desk.do(desk.li_na, "open_case", kind="refund", amount=42_800, reason="磕坏了", **one)
    case = desk.do(desk.li_na, "open_case", kind="refund", amount=14_266, reason="磕坏了", **one)["case"]
    (refund,) = desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]["refunds"]
    assert refund["verdict"]["most"] == 14_266  # what the reviewer is told
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "reject", "看不出损坏")
    generous = ask(desk, cups, lines=[1], counts=[{"line": 1, "count": 1}], amount=42_800)
    assert generous["verdict"]["rule"] == "above_most"  # staff may, and it is recorded


def test_an_appeal_is_held_to_how_many_are_left(desk: Desk, cups: Any) -> None:
    opened = {"order_id": desk.ids["shoes"], "lines": [1], "counts": [{"line": 1, "count": 2}], "amount": 5_000}
    case = desk.do(desk.li_na, "open_case", kind="refund", currency="CNY", reason="磕坏了", **opened)["case"]
    (refund,) = desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]["refunds"]
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "reject", "看不出损坏")
    taken = go_back(desk, cups, 2)
    desk.change("UPDATE refund SET state = 'paid' WHERE id = :id", id=taken["id"])
    with pytest.raises(Invalid, match="1 can still go back"):
        desk.do(desk.li_na, "appeal_case", ticket_id=case["ticket_id"], reason="请再看看")
    desk.change("UPDATE refund SET state = 'withdrawn' WHERE id = :id", id=taken["id"])
    assert desk.do(desk.li_na, "appeal_case", ticket_id=case["ticket_id"], reason="请再看看")["case"]["next"] == "desk"


def test_a_payment_that_is_tried_again_is_held_to_how_many_are_left(desk: Desk, cups: Any) -> None:
    refund = go_back(desk, cups, 2)
    desk.change("UPDATE refund SET state = 'failed' WHERE id = :id", id=refund["id"])
    taken = go_back(desk, desk.ticket(desk.mei, desk.li_na), 2)
    desk.change("UPDATE refund SET state = 'paid' WHERE id = :id", id=taken["id"])
    with pytest.raises(Invalid, match="1 can still go back"):
        pay(desk, desk.mei, refund)
    desk.change("UPDATE refund SET counts = :counts WHERE id = :id", counts='{"1": 1}', id=taken["id"])
    assert pay(desk, desk.mei, refund)["state"] == "paid"


def test_a_rejection_gives_its_reason_to_the_customer_and_the_money_back_to_the_order(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = ask(desk, ticket, amount=42_800)
    decide(desk, desk.david, refund, "review")
    with pytest.raises(Invalid):
        decide(desk, desk.david, refund, "reject")
    decide(desk, desk.david, refund, "reject", "超过七天无理由期限")
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert case["history"][-1]["values"]["reason"] == "超过七天无理由期限"
    assert [step["state"] for step in case["steps"]] == ["done", "done", "failed"]
    ask(desk, ticket, amount=42_800)


# -- whose order, how much ----------------------------------------------------------------------------------------


def test_somebody_elses_order_is_not_refunded(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(NotFound):
        ask(desk, ticket, order="lamp", amount=100)
    ask(desk, desk.ticket(desk.mei, desk.wang_wei), order="lamp", amount=100)


def test_no_more_is_refunded_than_was_paid(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(Invalid, match=r"428\.00"):
        ask(desk, ticket, amount=42_801)
    with pytest.raises(Invalid):
        ask(desk, ticket, order="unpaid", amount=1)
    with pytest.raises(Invalid, match="CNY"):
        ask(desk, ticket, amount=100, currency="USD")
    ask(desk, ticket, amount=30_000, lines=[1])
    with pytest.raises(Invalid):
        ask(desk, ticket, amount=12_801, lines=[2])
    ask(desk, ticket, amount=12_800, lines=[2])
    assert desk.do(desk.mei, "customer_orders", ticket_id=ticket["id"]) == desk.do(desk.li_na, "my_orders")


def test_what_is_paid_at_the_door_is_refunded_only_once_it_was_collected(desk: Desk) -> None:
    ticket, camera = desk.ticket(desk.mei, desk.li_na), {"order": desk.ids["camera"]}
    desk.change("UPDATE purchase SET state = 'shipped', channel = 'cod' WHERE id = :order", **camera)
    desk.change("UPDATE payment SET kind = 'collection', state = 'pending' WHERE order_id = :order", **camera)
    with pytest.raises(Invalid):
        ask(desk, ticket, order="camera", amount=1)
    desk.change("UPDATE payment SET state = 'succeeded' WHERE order_id = :order", **camera)
    ask(desk, ticket, order="camera", amount=98_000)


def test_the_same_lines_have_one_open_refund(desk: Desk) -> None:
    ticket, other = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.david, desk.li_na)
    first = ask(desk, ticket, amount=100, lines=[2])
    for lines in ([2], [1, 2], []):  # none named: the whole order
        with pytest.raises(IllegalMove, match="line 2"):
            ask(desk, other, amount=100, lines=lines)
    ask(desk, other, amount=100, lines=[1])
    decide(desk, desk.david, first, "review")
    decide(desk, desk.david, first, "approve")
    pay(desk, desk.david, first)
    ask(desk, ticket, amount=100, lines=[2])


def test_what_was_refunded_of_a_line_does_not_come_back_again_out_of_the_others(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    first = ask(desk, ticket, lines=[2], amount=12_000)
    decide(desk, desk.david, first, "review")
    decide(desk, desk.david, first, "approve")
    pay(desk, desk.david, first)
    with pytest.raises(Invalid, match=r"Of these lines 8\.00 CNY can still be refunded"):
        ask(desk, ticket, lines=[2], amount=801)
    with pytest.raises(Invalid):
        ask(desk, ticket, lines=[1, 2], amount=30_801)
    for lines, amount in (([2], 800), ([1], 30_000)):
        ask(desk, ticket, lines=lines, amount=amount)


def test_a_refund_without_lines_is_of_the_whole_order(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    assert ask(desk, ticket, amount=100)["lines"] == [1, 2]
    with pytest.raises(Invalid, match="line 3"):
        ask(desk, ticket, order="camera", amount=100, lines=[3])


def test_the_same_request_twice_is_one_refund(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    client_id = ticket["id"]
    assert ask(desk, ticket, client_id=client_id) == ask(desk, ticket, client_id=client_id)
    assert len(desk.rows("SELECT id FROM refund")) == 1


def test_a_closed_ticket_asks_for_no_money(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    for status in ("solved", "closed"):
        desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], status=status)
    with pytest.raises(IllegalMove, match="closed"):
        ask(desk, ticket)
    assert not desk.rows("SELECT id FROM refund")


# -- who decides --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_nobody_decides_on_their_own_request(desk: Desk, decision: str) -> None:
    refund = ask(desk, desk.ticket(desk.lin, desk.li_na), by=desk.lin)
    decide(desk, desk.lin, refund, "review")
    with pytest.raises(Conflict) as refused:
        decide(desk, desk.lin, refund, decision, "因为")
    assert refused.value.code == "own_request"
    assert decide(desk, desk.david, refund, decision, "因为")["state"] in ("approved", "rejected")


def test_above_the_limit_two_different_people_approve_and_the_second_is_a_supervisor(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na), order="camera", amount=LIMIT + 1)
    decide(desk, desk.david, refund, "review")
    assert decide(desk, desk.david, refund, "approve")["state"] == "second_approval"
    with pytest.raises(Conflict) as same:
        decide(desk, desk.david, refund, "approve")
    with pytest.raises(Conflict) as own:
        decide(desk, desk.mei, refund, "approve")
    assert (same.value.code, own.value.code) == ("same_person", "own_request")
    with pytest.raises(IllegalMove):
        pay(desk, desk.lin, refund)
    assert decide(desk, desk.lin, refund, "approve")["state"] == "approved"


def test_another_agent_is_not_enough_for_the_second_approval(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.lin, desk.li_na), order="camera", amount=LIMIT + 1, by=desk.lin)
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "approve")
    with pytest.raises(Forbidden):
        decide(desk, desk.mei, refund, "approve")
    assert decide(desk, desk.admin, refund, "approve")["state"] == "approved"


def test_several_small_refunds_of_an_order_count_together(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    first = ask(desk, ticket, order="camera", amount=LIMIT)
    decide(desk, desk.david, first, "review")
    assert decide(desk, desk.david, first, "approve")["state"] == "approved"
    pay(desk, desk.lin, first)
    second = ask(desk, ticket, order="camera", amount=1)
    decide(desk, desk.david, second, "review")
    assert decide(desk, desk.david, second, "approve")["state"] == "second_approval"


def test_who_names_lines_cannot_have_more_than_they_cost(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    with pytest.raises(Invalid, match=r"These lines cost 128\.00 CNY"):
        ask(desk, ticket, lines=[2], amount=12_801)
    assert ask(desk, ticket, lines=[2], amount=12_800)["lines"] == [2]


def test_at_the_limit_one_approval_is_enough(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na), order="camera", amount=LIMIT)
    decide(desk, desk.david, refund, "review")
    assert decide(desk, desk.david, refund, "approve")["state"] == "approved"


def test_an_agent_of_another_site_decides_and_pays_nothing(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na))
    with pytest.raises(NotFound):
        decide(desk, desk.peter, refund, "review")
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "approve")
    with pytest.raises(NotFound):
        pay(desk, desk.peter, refund)


def test_what_was_not_reviewed_is_not_approved(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na))
    with pytest.raises(IllegalMove, match="Cannot approve a refund that is requested"):
        decide(desk, desk.david, refund, "approve")


# -- paying -------------------------------------------------------------------------------------------------------


def approved(desk: Desk, order: str = "shoes", **values: Any) -> Any:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na), order=order, **values)
    decide(desk, desk.david, refund, "review")
    return decide(desk, desk.david, refund, "approve")


def test_a_refund_is_paid_at_most_once(desk: Desk) -> None:
    refund = approved(desk)
    client_id = refund["id"]
    first = pay(desk, desk.mei, refund, client_id=client_id)
    assert pay(desk, desk.mei, refund, client_id=client_id) == first
    assert pay(desk, desk.david, refund, client_id=client_id) == first  # a colleague's console sends the same again
    with pytest.raises(IllegalMove, match="paid"):
        pay(desk, desk.david, refund)
    paid = [event for event in desk.rows("SELECT code FROM ticketevent") if event["code"] == "refund_paid"]
    assert len(paid) == 1


def test_one_payment_does_not_pay_two_refunds(desk: Desk) -> None:
    one, two = approved(desk, lines=[1], amount=100), approved(desk, lines=[2], amount=100)
    pay(desk, desk.mei, one, client_id=one["id"])
    for who in (desk.mei, desk.david):
        with pytest.raises(Reused):
            pay(desk, who, two, client_id=one["id"])
    assert pay(desk, desk.mei, two)["state"] == "paid"


def test_a_payment_that_failed_is_tried_again_unless_another_refund_took_its_place(desk: Desk) -> None:
    refund = approved(desk, amount=42_800)
    desk.change(
        "UPDATE refund SET state = 'failed', payment_key = :key WHERE id = :id", key=refund["id"], id=refund["id"]
    )
    other = ask(desk, desk.ticket(desk.mei, desk.li_na), amount=100, lines=[1])
    with pytest.raises(Invalid):
        pay(desk, desk.mei, refund, client_id=refund["id"])
    decide(desk, desk.david, other, "review")
    decide(desk, desk.david, other, "reject", "重复")
    assert pay(desk, desk.mei, refund, client_id=refund["id"])["state"] == "paid"


def test_what_the_shop_lowered_meanwhile_is_not_approved_and_not_paid(desk: Desk) -> None:
    given, camera = approved(desk, lines=[1], amount=30_000), approved(desk, order="camera", amount=50_000)
    in_review = ask(desk, desk.ticket(desk.mei, desk.li_na), lines=[2], amount=12_800)
    decide(desk, desk.david, in_review, "review")
    desk.change("UPDATE purchase SET total = 42799 WHERE id = :id", id=desk.ids["shoes"])
    with pytest.raises(Invalid, match=r"427\.99 CNY were paid, and 428\.00 CNY would go back"):
        decide(desk, desk.david, in_review, "approve")
    with pytest.raises(Invalid):
        pay(desk, desk.mei, given)
    decide(desk, desk.david, in_review, "reject", "商家已改价")
    assert pay(desk, desk.mei, given)["state"] == "paid"
    desk.change("UPDATE purchase SET state = 'refunded' WHERE id = :id", id=desk.ids["camera"])  # the shop did
    with pytest.raises(Invalid, match=r"0\.00 CNY were paid"):
        pay(desk, desk.mei, camera)


@pytest.mark.parametrize("items", [[(1, 2)], [(2, 9)]], ids=["fewer of it", "no such line any more"])
def test_of_what_the_shop_lowered_meanwhile_no_more_go_back_than_it_says(desk: Desk, items: Any) -> None:
    def told(*items: tuple[int, int]) -> None:
        found = [{"line": line, "name": "杯子", "quantity": many, "amount": 42_800} for line, many in items]
        desk.change("UPDATE purchase SET items = :items WHERE id = :id", items=json.dumps(found), id=desk.ids["shoes"])

    def part(count: int) -> Any:
        counts = [{"line": 1, "count": count}]
        return ask(desk, desk.ticket(desk.mei, desk.li_na), lines=[1], counts=counts, amount=10_000)

    told((1, 4), (2, 1))
    desk.change("UPDATE refund SET state = 'paid' WHERE id = :id", id=part(1)["id"])
    in_review = part(2)
    decide(desk, desk.david, in_review, "review")
    told(*items)
    with pytest.raises(Invalid, match="The shop says now that of line 1") as refused:
        decide(desk, desk.david, in_review, "approve")
    assert refused.value.code == "fewer_bought"
    told((1, 3), (2, 1))  # one was taken off the order because it went back
    given = decide(desk, desk.david, in_review, "approve")
    told(*items)
    with pytest.raises(Invalid, match="3 would go back"):
        pay(desk, desk.mei, given)
    told((1, 3))
    assert pay(desk, desk.mei, given)["state"] == "paid"


def test_only_what_is_approved_is_paid(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na))
    with pytest.raises(IllegalMove):
        pay(desk, desk.david, refund)


def test_an_order_that_is_paid_back_in_full_says_so(desk: Desk) -> None:
    def state() -> tuple[str, int, int]:
        (order,) = [found for found in desk.do(desk.li_na, "my_orders")["orders"] if found["id"] == desk.ids["shoes"]]
        return order["state"], order["refunded"], order["refundable"]

    pay(desk, desk.mei, approved(desk, lines=[1], amount=30_000))
    assert state() == ("delivered", 30_000, 12_800)
    pay(desk, desk.mei, approved(desk, lines=[2], amount=12_800))
    assert state() == ("refunded", 42_800, 0)


# -- whatever people try ------------------------------------------------------------------------------------------


def hand(desk: Desk, chance: random.Random, ticket: Any, refunds: list[Any]) -> None:
    """Somebody tries something."""
    who = chance.choice([desk.mei, desk.david, desk.lin, desk.admin])
    if not refunds or chance.random() < 0.3:
        lines = chance.sample([1, 2], chance.randint(0, 2))
        refunds.append(ask(desk, ticket, by=who, amount=chance.choice([1, 9_999, 12_800, 30_000, 42_800]), lines=lines))
    elif chance.random() < 0.3:
        pay(desk, who, chance.choice(refunds))
    else:
        decide(desk, who, chance.choice(refunds), chance.choice(["review", "approve", "reject"]), "因为")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_people_try_no_order_pays_back_more_than_it_cost(desk: Desk, seed: int) -> None:
    chance, ticket, refunds = random.Random(seed), desk.ticket(desk.mei, desk.li_na), list[Any]()
    done = 0
    for _ in range(120):
        try:
            hand(desk, chance, ticket, refunds)
            done += 1
        except NightdeskError:
            pass
        held = desk.rows("SELECT amount, state, lines, requested_by_id, decided_by_id FROM refund")
        assert sum(row["amount"] for row in held if row["state"] in COUNTED) <= 42_800
        assert all(row["requested_by_id"] != row["decided_by_id"] for row in held)
    assert done >= 5  # people must get somewhere for this to mean anything
    codes = [row["code"] for row in desk.rows("SELECT code, data FROM ticketevent WHERE code = 'refund_paid'")]
    assert len(codes) == sum(row["state"] == "paid" for row in held)
