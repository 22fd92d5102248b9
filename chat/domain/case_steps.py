"""What a customer sees of a case: its steps, which is current, who acts next, and what they may do themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from chat.domain.refunds import LET_GO, REFUND_MOVES, RefundEvent, RefundState
from chat.domain.ticket_kinds import MONEY_STEPS
from chat.domain.tickets import TicketStatus

StepState = Literal["done", "current", "todo", "failed"]
May = Literal["add_evidence", "withdraw", "appeal"]

APPEAL_DAYS = 30  # after a refusal
WITHDRAWN = "withdrawn"  # an ending that every kind has
REFUSED = frozenset({"rejected", "refused"})  # endings that one may appeal from


@dataclass(frozen=True)
class Step:
    code: str
    state: StepState


@dataclass(frozen=True)
class Standing:
    """Where a case stands: its kind's steps, its ticket, and the refund that stands for it, if there is one."""

    steps: Sequence[str]
    status: TicketStatus
    refund: RefundState | None = None
    ending: str | None = None
    appealed: bool = False
    merged: bool = False  # it goes on in another case
    over_since: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.status in _FINISHED_TICKETS

    @property
    def is_refused(self) -> bool:
        if self.refund is not None:
            return self.refund is RefundState.REJECTED
        return self.is_over and self.ending in REFUSED


def case_progress(case: Standing) -> list[Step]:
    """The steps of a case as its customer sees them; a case with a refund is followed by its refund.

    Steps that can no longer come are left out: nobody should wait for a payment after a rejection. After an appeal
    the desk looks at it anew.
    """
    if case.ending == WITHDRAWN or case.refund is RefundState.WITHDRAWN:
        return [Step("received", "done"), Step("withdrawn", "done")]
    steps = _progress(case)
    if case.appealed and not case.is_refused:
        steps = [replace(step, code="appeal") if step.code == _looked_at(case) else step for step in steps]
    return steps


def _looked_at(case: Standing) -> str:
    """The step in which the desk makes up its mind: the one after it was received."""
    return (MONEY_STEPS if case.refund is not None else case.steps)[1]


def _progress(case: Standing) -> list[Step]:
    if case.refund is not None:
        return _refund_progress(case.refund)
    # No payment is in sight before a refund is requested.
    codes = tuple(code for code in case.steps if code != "payment")
    if case.is_refused:
        return [*_steps(codes[:-1], reached=len(codes)), Step(codes[-1], "failed")]
    if case.is_over:
        return _steps(codes, reached=len(codes))
    return _steps(codes, reached=0 if case.status is TicketStatus.NEW else 1)


_FINISHED_TICKETS = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED})


# How many of the money steps lie behind a refund in this state; the next one is where it stands.
_REFUND_REACHED: Mapping[RefundState, int] = {
    RefundState.REQUESTED: 0,
    RefundState.IN_REVIEW: 1,
    RefundState.EVIDENCE_WANTED: 1,
    RefundState.SECOND_APPROVAL: 2,
    RefundState.REJECTED: 2,
    RefundState.APPROVED: 3,
    RefundState.PAYING: 3,
    RefundState.FAILED: 3,
    RefundState.PAID: 4,
}


def _refund_progress(state: RefundState) -> list[Step]:
    reached = _REFUND_REACHED[state]
    if state in LET_GO:
        return [*_steps(MONEY_STEPS[:reached], reached), Step(MONEY_STEPS[reached], "failed")]
    return _steps(MONEY_STEPS, reached)


def _steps(codes: Sequence[str], reached: int) -> list[Step]:
    return [Step(code, _state_at(place, reached)) for place, code in enumerate(codes)]


def _state_at(place: int, reached: int) -> StepState:
    if place == reached:
        return "current"
    return "done" if place < reached else "todo"


def who_acts_next(case: Standing) -> Literal["desk", "customer", "nobody"]:
    """A refund past its review says by itself who acts; before that the ticket has its say too."""
    if case.ending == WITHDRAWN or case.refund in {RefundState.PAID, RefundState.REJECTED, RefundState.WITHDRAWN}:
        return "nobody"
    if case.refund in _DESK_MUST_FINISH:
        return "desk"
    if case.refund is RefundState.EVIDENCE_WANTED or case.status is TicketStatus.PENDING:
        return "customer"
    if case.refund is None and case.is_over:
        return "nobody"
    return "desk"


_DESK_MUST_FINISH = frozenset(
    {RefundState.SECOND_APPROVAL, RefundState.APPROVED, RefundState.PAYING, RefundState.FAILED}
)


def what_they_may(case: Standing, now: datetime) -> list[May]:
    """What the customer, or whoever holds the case's link, can do about it now."""
    may: list[May] = []
    if case.merged:
        return may
    if not case.is_over and who_acts_next(case) != "nobody":
        may.append("add_evidence")
    if not case.is_over and can_be_withdrawn(case):
        may.append("withdraw")
    if can_be_appealed(case, now):
        may.append("appeal")
    return may


def can_be_withdrawn(case: Standing) -> bool:
    """Until the payment is under way."""
    return case.refund is None or (case.refund, RefundEvent.WITHDRAW) in REFUND_MOVES


def can_be_appealed(case: Standing, now: datetime) -> bool:
    """Once, while it is not long ago and the ticket can be opened again."""
    too_late = case.over_since is not None and now - case.over_since > timedelta(days=APPEAL_DAYS)
    is_closed = case.status is TicketStatus.CLOSED
    return case.is_refused and not case.appealed and not case.merged and not too_late and not is_closed
