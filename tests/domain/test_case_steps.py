"""What a customer sees of a case: its steps, who acts next, and what they may do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from chat.domain.case_steps import APPEAL_DAYS, Standing, Step, case_progress, what_they_may, who_acts_next
from chat.domain.refunds import RefundState
from chat.domain.ticket_kinds import KINDS
from chat.domain.tickets import TicketStatus

NOW = datetime(2026, 3, 3, 4, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=APPEAL_DAYS, seconds=1)


def standing(kind: str, status: str, refund: str | None = None, **values: Any) -> Standing:
    return Standing(KINDS[kind].steps, TicketStatus(status), RefundState(refund) if refund else None, **values)


def shown(steps: list[Step]) -> str:
    return " ".join(f"{step.code}:{step.state}" for step in steps)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("requested", "received:current in_review:todo decision:todo payment:todo"),
        ("in_review", "received:done in_review:current decision:todo payment:todo"),
        ("evidence_wanted", "received:done in_review:current decision:todo payment:todo"),
        ("second_approval", "received:done in_review:done decision:current payment:todo"),
        ("approved", "received:done in_review:done decision:done payment:current"),
        ("paying", "received:done in_review:done decision:done payment:current"),
        ("paid", "received:done in_review:done decision:done payment:done"),
        ("failed", "received:done in_review:done decision:done payment:failed"),
        ("rejected", "received:done in_review:done decision:failed"),
        ("withdrawn", "received:done withdrawn:done"),
    ],
)
def test_a_case_with_a_refund_is_followed_by_its_refund(state: str, expected: str) -> None:
    assert shown(case_progress(standing("refund", "open", state))) == expected
    assert shown(case_progress(standing("amount_dispute", "open", state))) == expected


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("refund", "new", "received:current in_review:todo decision:todo"),
        ("refund", "solved", "received:done in_review:done decision:done"),
        ("unfreeze", "new", "received:current identity_check:todo unfreezing:todo"),
        ("unfreeze", "open", "received:done identity_check:current unfreezing:todo"),
        ("unfreeze", "pending", "received:done identity_check:current unfreezing:todo"),
        ("password_help", "on_hold", "received:done identity_check:current reset:todo"),
        ("payment_failure", "closed", "received:done investigation:done explanation:done"),
        ("other", "open", "received:done in_progress:current answer:todo"),
    ],
)
def test_a_case_without_a_refund_is_followed_by_its_ticket(kind: str, status: str, expected: str) -> None:
    assert shown(case_progress(standing(kind, status))) == expected


@pytest.mark.parametrize(("kind", "status"), [*product(KINDS, TicketStatus)])
def test_an_unfinished_case_has_exactly_one_current_step(kind: str, status: TicketStatus) -> None:
    current = [step for step in case_progress(standing(kind, status)) if step.state == "current"]
    assert len(current) == (0 if status in {"solved", "closed"} else 1)


@pytest.mark.parametrize(
    ("status", "state", "who"),
    [
        ("new", None, "desk"),
        ("open", None, "desk"),
        ("on_hold", None, "desk"),
        ("pending", None, "customer"),
        ("solved", None, "nobody"),
        ("closed", None, "nobody"),
        ("open", "requested", "desk"),
        ("pending", "requested", "customer"),
        ("open", "in_review", "desk"),
        ("pending", "in_review", "customer"),
        ("solved", "in_review", "desk"),
        ("open", "evidence_wanted", "customer"),
        ("on_hold", "evidence_wanted", "customer"),
        ("pending", "second_approval", "desk"),
        ("pending", "approved", "desk"),
        ("open", "paying", "desk"),
        ("pending", "failed", "desk"),
        ("open", "paid", "nobody"),
        ("pending", "rejected", "nobody"),
        ("open", "withdrawn", "nobody"),
    ],
)
def test_who_acts_next(status: str, state: str | None, who: str) -> None:
    assert who_acts_next(standing("refund", status, state)) == who


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (standing("unfreeze", "solved", ending="unfrozen"), "received:done identity_check:done unfreezing:done"),
        (standing("unfreeze", "solved", ending="refused"), "received:done identity_check:done unfreezing:failed"),
        (standing("amount_dispute", "solved", ending="rejected"), "received:done in_review:done decision:failed"),
        (standing("unfreeze", "solved", ending="withdrawn"), "received:done withdrawn:done"),
        (standing("unfreeze", "open", appealed=True), "received:done appeal:current unfreezing:todo"),
        (
            standing("refund", "open", "in_review", appealed=True),
            "received:done appeal:current decision:todo payment:todo",
        ),
        (standing("refund", "open", "rejected", appealed=True), "received:done in_review:done decision:failed"),
    ],
)
def test_endings_and_appeals_show_in_the_steps(case: Standing, expected: str) -> None:
    assert shown(case_progress(case)) == expected


@pytest.mark.parametrize(
    ("case", "may"),
    [
        (standing("unfreeze", "new"), "add_evidence withdraw"),
        (standing("unfreeze", "pending"), "add_evidence withdraw"),
        (standing("unfreeze", "solved", ending="unfrozen"), ""),
        (standing("unfreeze", "solved", ending="refused"), "appeal"),
        (standing("unfreeze", "closed", ending="refused"), ""),
        (standing("unfreeze", "solved", ending="refused", appealed=True), ""),
        (standing("unfreeze", "solved", ending="refused", merged=True), ""),
        (standing("unfreeze", "solved", ending="refused", over_since=LONG_AGO), ""),
        (standing("unfreeze", "solved", ending="withdrawn"), ""),
        (standing("refund", "open", "requested"), "add_evidence withdraw"),
        (standing("refund", "open", "approved"), "add_evidence withdraw"),
        (standing("refund", "open", "paying"), "add_evidence"),
        (standing("refund", "open", "paid"), ""),
        (standing("refund", "open", "rejected"), "appeal"),
        (standing("refund", "solved", "rejected", over_since=NOW), "appeal"),
        (standing("refund", "open", "rejected", appealed=True), ""),
    ],
)
def test_what_a_customer_may_do_about_a_case(case: Standing, may: str) -> None:
    assert " ".join(what_they_may(case, NOW)) == may
