from __future__ import annotations

from itertools import product

import pytest

from chat.domain.conversation import Topic
from chat.domain.refunds import (
    COUNTED,
    OPEN_REFUND,
    REFUND_MOVES,
    RefundEvent,
    RefundState,
    check_lines_free,
    check_not_own,
    check_refund_amount,
    check_second_person,
    move_refund,
    needs_second_person,
    unfinished,
)
from chat.domain.ticket_kinds import KINDS, kind_named
from chat.domain.tickets import (
    TICKET_MOVES,
    TicketEvent,
    TicketStatus,
    check_digit,
    check_number,
    move_ticket,
    ticket_number,
)
from chat.errors import IllegalMove, Invalid

TICKET_LEGAL = {
    "new": {
        "take_up": "open",
        "ask_customer": "pending",
        "hold": "on_hold",
        "reply": "new",
        "solve": "solved",
        "merge": "closed",
    },
    "open": {"ask_customer": "pending", "hold": "on_hold", "reply": "open", "solve": "solved", "merge": "closed"},
    "pending": {"hold": "on_hold", "resume": "open", "reply": "open", "solve": "solved", "merge": "closed"},
    "on_hold": {"ask_customer": "pending", "resume": "open", "reply": "on_hold", "solve": "solved", "merge": "closed"},
    "solved": {"resume": "open", "reply": "open", "close": "closed", "merge": "closed"},
    "closed": {},
}
REFUND_LEGAL = {
    "requested": {"review": "in_review", "withdraw": "withdrawn"},
    "in_review": {
        "ask_evidence": "evidence_wanted",
        "ask_second": "second_approval",
        "approve": "approved",
        "reject": "rejected",
        "withdraw": "withdrawn",
    },
    "evidence_wanted": {"give_evidence": "in_review", "review": "in_review", "withdraw": "withdrawn"},
    "second_approval": {
        "ask_evidence": "evidence_wanted",
        "approve": "approved",
        "reject": "rejected",
        "withdraw": "withdrawn",
    },
    "approved": {"pay": "paying", "give_up": "rejected", "withdraw": "withdrawn"},
    "rejected": {"appeal": "in_review"},
    "paying": {"confirm": "paid", "fail": "failed"},
    "paid": {},
    "failed": {"pay": "paying", "confirm": "paid", "give_up": "rejected"},
    "withdrawn": {},
}


@pytest.mark.parametrize(("status", "event"), [*product(TicketStatus, TicketEvent)])
def test_a_ticket_makes_the_moves_of_the_table_and_no_other(status: TicketStatus, event: TicketEvent) -> None:
    expected = TICKET_LEGAL[status].get(event)
    if expected is not None:
        assert move_ticket(status, event) is TicketStatus(expected)
    else:
        with pytest.raises(IllegalMove, match=r"^Cannot .+ a ticket that is "):
            move_ticket(status, event)


@pytest.mark.parametrize(("state", "event"), [*product(RefundState, RefundEvent)])
def test_a_refund_makes_the_moves_of_the_table_and_no_other(state: RefundState, event: RefundEvent) -> None:
    expected = REFUND_LEGAL[state].get(event)
    if expected is not None:
        assert move_refund(state, event) is RefundState(expected)
    else:
        with pytest.raises(IllegalMove, match=r"^Cannot .+ a refund that is "):
            move_refund(state, event)


def test_a_reply_reopens_a_solved_ticket_but_not_a_closed_one() -> None:
    assert move_ticket(TicketStatus.SOLVED, TicketEvent.REPLY) is TicketStatus.OPEN
    with pytest.raises(IllegalMove, match="Cannot reply to a ticket that is closed"):
        move_ticket(TicketStatus.CLOSED, TicketEvent.REPLY)


def test_a_ticket_on_hold_says_so_in_words() -> None:
    with pytest.raises(IllegalMove, match="Cannot close a ticket that is on hold"):
        move_ticket(TicketStatus.ON_HOLD, TicketEvent.CLOSE)


def test_a_rejected_refund_is_appealed_once() -> None:
    assert move_refund(RefundState.REJECTED, RefundEvent.APPEAL, appealed=False) is RefundState.IN_REVIEW
    with pytest.raises(IllegalMove, match="one appeal only"):
        move_refund(RefundState.REJECTED, RefundEvent.APPEAL, appealed=True)


def test_an_appealed_refund_can_still_be_decided() -> None:
    assert move_refund(RefundState.IN_REVIEW, RefundEvent.APPROVE, appealed=True) is RefundState.APPROVED


def test_money_under_way_cannot_be_withdrawn_but_a_failed_payment_is_tried_again() -> None:
    with pytest.raises(IllegalMove, match="Cannot withdraw a refund that is being paid"):
        move_refund(RefundState.PAYING, RefundEvent.WITHDRAW)
    assert move_refund(RefundState.FAILED, RefundEvent.PAY) is RefundState.PAYING


def test_money_is_paid_only_from_approved_or_after_a_failure() -> None:
    payable = {state for state, event in REFUND_MOVES if event is RefundEvent.PAY}
    assert payable == {RefundState.APPROVED, RefundState.FAILED}


def test_what_is_counted_and_what_is_open() -> None:
    assert set(RefundState) - COUNTED == {RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.FAILED}
    assert OPEN_REFUND | {RefundState.PAID} == COUNTED
    assert RefundState.PAID not in OPEN_REFUND


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ([], None),
        (["paid", "rejected", "withdrawn"], None),
        (["approved", "paid"], "approved"),
        (["paid", "requested"], "requested"),
        (["paid", "failed"], "failed"),
        (["failed", "paid"], None),  # another one took its place
    ],
)
def test_a_ticket_is_not_over_while_one_of_its_refunds_is_owed(states: list[str], found: str | None) -> None:
    assert unfinished([RefundState(state) for state in states]) == found


def test_closed_tickets_and_ended_refunds_stay_as_they_are() -> None:
    assert TicketStatus.CLOSED not in {status for status, _ in TICKET_MOVES}
    assert not {RefundState.PAID, RefundState.WITHDRAWN} & {state for state, _ in REFUND_MOVES}


@pytest.mark.parametrize(("amount", "already"), [(1, 0), (19900, 0), (9900, 10000), (1, 19899)])
def test_a_refund_up_to_what_was_paid_passes(amount: int, already: int) -> None:
    check_refund_amount(amount, "CNY", 19900, "CNY", already)


@pytest.mark.parametrize(
    ("amount", "currency", "already", "complaint"),
    [
        (19901, "CNY", 0, r"199\.01 CNY is more than the 199\.00 CNY that can still be refunded"),
        (9901, "CNY", 10000, r"99\.01 CNY is more than the 99\.00 CNY"),
        (1, "CNY", 19900, r"0\.01 CNY is more than the 0\.00 CNY"),
        (1, "CNY", 25000, r"0\.01 CNY is more than the 0\.00 CNY"),
        (0, "CNY", 0, "more than nothing"),
        (-5, "CNY", 0, "more than nothing"),
        (100, "USD", 0, "paid in CNY, so it cannot be refunded in USD"),
    ],
)
def test_a_refund_above_what_was_paid_or_in_other_money_does_not(
    amount: int, currency: str, already: int, complaint: str
) -> None:
    with pytest.raises(Invalid, match=complaint):
        check_refund_amount(amount, currency, 19900, "CNY", already)


def test_yen_have_no_cents() -> None:
    with pytest.raises(Invalid, match="1,501 JPY is more than the 1,500 JPY"):
        check_refund_amount(1501, "JPY", 1500, "JPY", 0)


def test_a_line_is_free_until_another_refund_is_open_for_it() -> None:
    check_lines_free(["line-1", "line-2"], ["line-3"])
    with pytest.raises(IllegalMove, match="already open for line-2, line-3"):
        check_lines_free(["line-3", "line-1", "line-2"], ["line-2", "line-3"])


def test_a_refund_of_nothing_in_particular_is_refused() -> None:
    with pytest.raises(Invalid, match="at least one line"):
        check_lines_free([], ["line-1"])


def test_nobody_decides_on_their_own_request() -> None:
    check_not_own(requested_by_id="mei", decider_id="lin")
    with pytest.raises(IllegalMove, match="ask a colleague"):
        check_not_own(requested_by_id="mei", decider_id="mei")


def test_the_second_approval_comes_from_a_second_person() -> None:
    check_second_person(first_approver_id="lin", decider_id="admin")
    with pytest.raises(IllegalMove, match="another person"):
        check_second_person(first_approver_id="lin", decider_id="lin")


@pytest.mark.parametrize(("amount", "second"), [(49999, False), (50000, False), (50001, True)])
def test_only_above_the_limit_a_second_person_is_needed(amount: int, second: bool) -> None:
    assert needs_second_person(amount, limit=50000) is second


def test_there_is_a_kind_for_every_topic_and_each_is_complete() -> None:
    assert set(KINDS) == set(Topic)
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.steps[0] == "received"
        assert kind.endings
        assert len(set(kind.steps)) == len(kind.steps)
        assert len(set(kind.checklist)) == len(kind.checklist)


def test_an_unknown_kind_is_named_in_the_error() -> None:
    assert kind_named("unfreeze") is KINDS["unfreeze"]
    with pytest.raises(Invalid, match="no ticket kind 'lottery'"):
        kind_named("lottery")


# The last two are python-stdnum's published examples of the same algorithm.
@pytest.mark.parametrize(("digits", "digit"), [("0", 2), ("1", 9), ("79462", 3), ("00200667308", 5)])
def test_the_check_digit_is_iso_7064_mod_11_10(digits: str, digit: int) -> None:
    assert check_digit(digits) == digit


def test_a_ticket_number_reads_prefix_year_running_and_digit() -> None:
    assert ticket_number("QY", 2026, 123) == "QY-2026-000123-4"
    assert ticket_number("QYW", 2026, 1234567).startswith("QYW-2026-1234567-")


@pytest.mark.parametrize("running", [1, 9, 10, 123, 4711, 999_999, 1_000_000])
def test_a_number_given_out_is_recognised_and_each_wrong_digit_is_not(running: int) -> None:
    number = ticket_number("QY", 2026, running)
    assert check_number(number)
    for place, character in enumerate(number):
        for other in set("0123456789") - {character}:
            if character.isdigit():
                assert not check_number(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "QY",
        "qy-2026-000123-4",
        "QY-2026-000123",
        "QY-2026-123-4",
        " QY-2026-000123-4",
        "QY-2026-000123-4\n",
        "QX-2026-000123-4",
        "QY-2026-00012\uff13-4",
        "QY_2026_000123_4",
    ],
)
def test_anything_else_is_no_ticket_number(text: str) -> None:
    assert check_number("QY-2026-000123-4")
    assert not check_number(text)


@pytest.mark.parametrize(
    ("prefix", "year", "running"),
    [("", 2026, 1), ("qy", 2026, 1), ("Q1", 2026, 1), ("晴野", 2026, 1), ("QY", 26, 1), ("QY", 2026, 0)],
)
def test_a_number_is_not_made_of_nonsense(prefix: str, year: int, running: int) -> None:
    with pytest.raises(Invalid):
        ticket_number(prefix, year, running)
