"""What a customer sees of a case: its steps, which is current, and who acts next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chat.domain.refunds import LET_GO, RefundState
from chat.domain.ticket_kinds import MONEY_STEPS, kind_named
from chat.domain.tickets import TicketStatus

StepState = Literal["done", "current", "todo", "failed"]


@dataclass(frozen=True)
class Step:
    code: str
    state: StepState


def case_progress(kind: str, ticket_status: TicketStatus, refund_state: RefundState | None = None) -> list[Step]:
    """The steps of a case as its customer sees them; a case with a refund is followed by its refund.

    Steps that can no longer come are left out: nobody should wait for a payment after a rejection.
    """
    if refund_state is not None:
        return _refund_progress(refund_state)
    # No payment is in sight before a refund is requested.
    codes = tuple(code for code in kind_named(kind).steps if code != "payment")
    if ticket_status in _FINISHED_TICKETS:
        return _steps(codes, reached=len(codes))
    return _steps(codes, reached=0 if ticket_status is TicketStatus.NEW else 1)


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
    if state is RefundState.WITHDRAWN:
        return [Step("received", "done"), Step("withdrawn", "done")]
    reached = _REFUND_REACHED[state]
    if state in LET_GO:
        return [*_steps(MONEY_STEPS[:reached], reached), Step(MONEY_STEPS[reached], "failed")]
    return _steps(MONEY_STEPS, reached)


def _steps(codes: tuple[str, ...], reached: int) -> list[Step]:
    return [Step(code, _state_at(place, reached)) for place, code in enumerate(codes)]


def _state_at(place: int, reached: int) -> StepState:
    if place == reached:
        return "current"
    return "done" if place < reached else "todo"


def who_acts_next(
    ticket_status: TicketStatus, refund_state: RefundState | None = None
) -> Literal["desk", "customer", "nobody"]:
    """A refund past its review says by itself who acts; before that the ticket has its say too."""
    if refund_state in {RefundState.PAID, RefundState.REJECTED, RefundState.WITHDRAWN}:
        return "nobody"
    if refund_state in _DESK_MUST_FINISH:
        return "desk"
    if refund_state is RefundState.EVIDENCE_WANTED or ticket_status is TicketStatus.PENDING:
        return "customer"
    if refund_state is None and ticket_status in _FINISHED_TICKETS:
        return "nobody"
    return "desk"


_DESK_MUST_FINISH = frozenset(
    {RefundState.SECOND_APPROVAL, RefundState.APPROVED, RefundState.PAYING, RefundState.FAILED}
)
