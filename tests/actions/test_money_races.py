"""Two processes, the same refund or ticket at once: money moves once, and nothing is lost."""

from __future__ import annotations

import json

import pytest

from chat.domain.refunds import RefundState
from chat.errors import (
    Conflict,
    IllegalMove,
    Invalid,
)
from tests.actions.conftest import Desk
from tests.actions.processes import Call, Processes, all_went_well, client_id

# -- money --------------------------------------------------------------------------------------------------------


def refund_of(desk: Desk, ticket_id: str, amount: int, line: int = 1) -> Call:
    given = {"ticket_id": ticket_id, "client_id": client_id(), "order_id": desk.ids["shoes"], "amount": amount}
    return (desk.mei, "request_refund", {**given, "currency": "CNY", "lines": [line], "reason": "坏了"})


def test_two_refunds_of_one_line_asked_for_at_once_are_one(desk: Desk, processes: Processes) -> None:
    first, second = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.li_na)
    answers = processes.at_once(
        *(refund_of(desk, ticket["id"], 20_000) for ticket in (first, second) for _ in range(3))
    )
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert all(isinstance(answer, dict | IllegalMove | Invalid) for answer in answers)
    assert len(desk.rows("SELECT id FROM refund")) == 1


def test_of_the_last_one_of_an_item_one_goes_back_whoever_asks_for_it_at_once(desk: Desk, processes: Processes) -> None:
    """One is left of two. A payment that failed is tried again, a rejection appealed, and both sides ask anew."""
    items = json.dumps([{"line": 1, "name": "杯子", "quantity": 2, "amount": 42_800}])
    desk.change("UPDATE purchase SET items = :items WHERE id = :id", items=items, id=desk.ids["shoes"])
    one = {"order_id": desk.ids["shoes"], "lines": [1], "counts": [{"line": 1, "count": 1}]}
    one |= {"amount": 100, "currency": "CNY", "reason": "坏了"}

    def asked(ticket_id: str) -> Call:
        return (desk.mei, "request_refund", {**one, "ticket_id": ticket_id, "client_id": client_id()})

    def applied() -> Call:
        return (desk.li_na, "open_case", {**one, "kind": "refund", "client_id": client_id()})

    tickets = [desk.ticket(desk.mei, desk.li_na)["id"] for _ in range(4)]
    before = {}
    for state, ticket_id in zip(("paid", "failed", "rejected"), tickets, strict=False):
        who, name, given = asked(ticket_id)
        before[desk.do(who, name, **given)["refund"]["id"]] = state
        put_back(desk, before)
    _, failed, _ = before
    calls = [
        lambda: asked(tickets[3]),
        lambda: (desk.li_na, "appeal_case", {"ticket_id": tickets[2], "reason": "请再看看"}),
        lambda: (desk.david, "pay_refund", {"refund_id": failed, "client_id": client_id(), "reference": "R"}),
        applied,
        applied,
    ]
    for call in calls:  # each may have it
        all_went_well(processes.at_once(call()))
        put_back(desk, before)
    for first in range(len(calls)):
        answers = processes.at_once(*(call() for call in calls[first:] + calls[:first]))
        assert sum(isinstance(answer, dict) for answer in answers) == 1
        assert all(isinstance(answer, dict | IllegalMove | Invalid) for answer in answers)
        put_back(desk, before)


def put_back(desk: Desk, before: dict[str, str]) -> None:
    """These refunds in their states, and no other that counts."""
    desk.change("UPDATE refund SET state = 'withdrawn'")
    desk.change("DELETE FROM payout")
    desk.change("UPDATE ticket SET appealed_at = NULL")
    for refund_id, state in before.items():
        desk.change("UPDATE refund SET state = :state, appealed_at = NULL WHERE id = :id", state=state, id=refund_id)


def test_the_same_request_for_a_refund_many_times_at_once_is_one(desk: Desk, processes: Processes) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    answers = processes.at_once(*[refund_of(desk, ticket["id"], 20_000)] * 6)
    all_went_well(answers)
    assert all(answer == answers[0] for answer in answers)
    assert len(desk.rows("SELECT id FROM refund")) == 1


def reviewed_refund(desk: Desk) -> str:
    ticket = desk.ticket(desk.mei, desk.li_na)
    who, name, given = refund_of(desk, ticket["id"], 20_000)
    refund_id: str = desk.do(who, name, **given)["refund"]["id"]
    desk.do(desk.david, "decide_refund", refund_id=refund_id, decision="review")
    return refund_id


def test_of_two_who_decide_at_once_one_is_told_that_it_is_decided(desk: Desk, processes: Processes) -> None:
    refund_id = reviewed_refund(desk)
    answers = processes.at_once(
        (desk.david, "decide_refund", {"refund_id": refund_id, "decision": "approve"}),
        (desk.lin, "decide_refund", {"refund_id": refund_id, "decision": "reject", "reason": "不符合"}),
    )
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert len(desk.rows("SELECT code FROM ticketevent WHERE code IN ('refund_approved', 'refund_rejected')")) == 1


@pytest.mark.parametrize("same_key", [True, False])
def test_a_refund_paid_many_times_at_once_is_paid_once(desk: Desk, processes: Processes, same_key: bool) -> None:
    refund_id = reviewed_refund(desk)
    desk.do(desk.david, "decide_refund", refund_id=refund_id, decision="approve")
    key = client_id()
    answers = processes.at_once(
        *(
            (
                who,
                "pay_refund",
                {"refund_id": refund_id, "client_id": key if same_key else client_id(), "reference": "R"},
            )
            for who in [desk.david] * 4
        )
    )
    assert sum(isinstance(answer, dict) for answer in answers) == (4 if same_key else 1)
    assert len(desk.rows("SELECT number FROM ticketevent WHERE code = 'refund_paid'")) == 1
    (refund,) = desk.rows("SELECT state FROM refund")
    assert refund["state"] == RefundState.PAID


# -- tickets ------------------------------------------------------------------------------------------------------


def stands(desk: Desk, ticket_ids: list[str]) -> tuple[list[str], set[str]]:
    """Which of the tickets go on, and which hold a refund."""
    rows = desk.rows("SELECT id, merged_into_id, status FROM ticket")
    assert all((row["status"] == "closed") == (row["merged_into_id"] is not None) for row in rows)
    going_on = [row["id"] for row in rows if row["id"] in ticket_ids and row["merged_into_id"] is None]
    held = {row["ticket_id"] for row in desk.rows("SELECT ticket_id FROM refund")}
    return going_on, held & set(ticket_ids)


@pytest.mark.parametrize("ways", ["into each other", "into two others", "one after the other"])
def test_of_merges_that_cannot_all_be_the_others_are_refused_and_nothing_is_lost(
    desk: Desk, processes: Processes, ways: str
) -> None:
    for number in range(5):
        customer = desk.arrive(f"customer {number}")
        a, b, c = (desk.ticket(desk.mei, customer)["id"] for _ in range(3))
        orders = [desk.ids["shoes"], desk.ids["camera"]]
        theirs = "UPDATE purchase SET customer_id = :id WHERE id IN (:one, :two)"
        desk.change(theirs, id=customer.id, one=orders[0], two=orders[1])
        desk.change("UPDATE refund SET state = 'withdrawn'")
        for ticket_id, order_id in zip((a, b), orders, strict=True):
            asked = {"ticket_id": ticket_id, "order_id": order_id, "amount": 100, "currency": "CNY", "reason": "开胶"}
            desk.do(desk.mei, "request_refund", **asked)
        pairs = {
            "into each other": [(a, b), (b, a)] * 2,
            "into two others": [(a, b), (a, c)] * 2,
            "one after the other": [(a, b), (b, c), (c, a)],
        }[ways]
        answers = processes.at_once(
            *[
                ((desk.mei, desk.david)[turn % 2], "merge_tickets", {"ticket_id": one, "into_id": into})
                for turn, (one, into) in enumerate(pairs)
            ]
        )
        went_well = [answer for answer in answers if not isinstance(answer, BaseException)]
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert all(isinstance(answer, Conflict) for answer in refused), answers
        going_on, held = stands(desk, [a, b, c])
        assert len(going_on) == 3 - len(went_well)
        assert held <= set(going_on)  # no refund at a ticket that is over
        assert len(went_well) == (2 if ways == "one after the other" else 1)


def test_two_tickets_that_are_linked_from_both_ends_are_linked_once(desk: Desk, processes: Processes) -> None:
    both = [desk.ticket(desk.mei, desk.li_na, kind)["id"] for kind in ("refund", "other")]
    ways = [(both[0], both[1]), (both[1], both[0])] * 8
    calls = [(desk.mei, "link", {"ticket_id": one, "kind": "ticket", "id": other}) for one, other in ways]
    told = processes.at_once(*calls)
    assert [type(value) for value in told] == [dict] * len(calls)
    assert len(desk.rows("SELECT * FROM ticketlink WHERE kind = 'ticket'")) == 1
