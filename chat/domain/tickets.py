"""Tickets and refunds: their moves, the guards of money, numbers, and what a customer sees of a case."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from chat.errors import IllegalMove, Invalid


class TicketStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class TicketEvent(StrEnum):
    TAKE_UP = "take_up"
    ASK_CUSTOMER = "ask_customer"
    HOLD = "hold"
    RESUME = "resume"
    REPLY = "reply"
    SOLVE = "solve"
    CLOSE = "close"


TICKET_MOVES: Mapping[tuple[TicketStatus, TicketEvent], TicketStatus] = {
    (TicketStatus.NEW, TicketEvent.TAKE_UP): TicketStatus.OPEN,
    (TicketStatus.NEW, TicketEvent.ASK_CUSTOMER): TicketStatus.PENDING,
    (TicketStatus.NEW, TicketEvent.HOLD): TicketStatus.ON_HOLD,
    (TicketStatus.NEW, TicketEvent.REPLY): TicketStatus.NEW,
    (TicketStatus.NEW, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.OPEN, TicketEvent.ASK_CUSTOMER): TicketStatus.PENDING,
    (TicketStatus.OPEN, TicketEvent.HOLD): TicketStatus.ON_HOLD,
    (TicketStatus.OPEN, TicketEvent.REPLY): TicketStatus.OPEN,
    (TicketStatus.OPEN, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.PENDING, TicketEvent.HOLD): TicketStatus.ON_HOLD,
    (TicketStatus.PENDING, TicketEvent.RESUME): TicketStatus.OPEN,
    (TicketStatus.PENDING, TicketEvent.REPLY): TicketStatus.OPEN,
    (TicketStatus.PENDING, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.ON_HOLD, TicketEvent.ASK_CUSTOMER): TicketStatus.PENDING,
    (TicketStatus.ON_HOLD, TicketEvent.RESUME): TicketStatus.OPEN,
    # A reply of the customer does not bring the bank's answer: the ticket goes on waiting for somebody else.
    (TicketStatus.ON_HOLD, TicketEvent.REPLY): TicketStatus.ON_HOLD,
    (TicketStatus.ON_HOLD, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.SOLVED, TicketEvent.RESUME): TicketStatus.OPEN,
    (TicketStatus.SOLVED, TicketEvent.REPLY): TicketStatus.OPEN,
    (TicketStatus.SOLVED, TicketEvent.CLOSE): TicketStatus.CLOSED,
}

_TICKET_TRIED: Mapping[TicketEvent, str] = {
    TicketEvent.TAKE_UP: "take up",
    TicketEvent.ASK_CUSTOMER: "ask the customer about",
    TicketEvent.HOLD: "put on hold",
    TicketEvent.RESUME: "resume",
    TicketEvent.REPLY: "reply to",
    TicketEvent.SOLVE: "solve",
    TicketEvent.CLOSE: "close",
}


def move_ticket(status: TicketStatus, event: TicketEvent) -> TicketStatus:
    try:
        return TICKET_MOVES[status, event]
    except KeyError:
        raise IllegalMove(f"Cannot {_TICKET_TRIED[event]} a ticket that is {_worded(status)}.") from None


class RefundState(StrEnum):
    REQUESTED = "requested"
    IN_REVIEW = "in_review"
    EVIDENCE_WANTED = "evidence_wanted"
    SECOND_APPROVAL = "second_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAYING = "paying"
    PAID = "paid"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class RefundEvent(StrEnum):
    REVIEW = "review"
    ASK_EVIDENCE = "ask_evidence"
    GIVE_EVIDENCE = "give_evidence"
    ASK_SECOND = "ask_second"
    APPROVE = "approve"
    REJECT = "reject"
    PAY = "pay"
    CONFIRM = "confirm"
    FAIL = "fail"
    WITHDRAW = "withdraw"
    APPEAL = "appeal"


REFUND_MOVES: Mapping[tuple[RefundState, RefundEvent], RefundState] = {
    (RefundState.REQUESTED, RefundEvent.REVIEW): RefundState.IN_REVIEW,
    (RefundState.REQUESTED, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.IN_REVIEW, RefundEvent.ASK_EVIDENCE): RefundState.EVIDENCE_WANTED,
    (RefundState.IN_REVIEW, RefundEvent.ASK_SECOND): RefundState.SECOND_APPROVAL,
    (RefundState.IN_REVIEW, RefundEvent.APPROVE): RefundState.APPROVED,
    (RefundState.IN_REVIEW, RefundEvent.REJECT): RefundState.REJECTED,
    (RefundState.IN_REVIEW, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.EVIDENCE_WANTED, RefundEvent.GIVE_EVIDENCE): RefundState.IN_REVIEW,
    (RefundState.EVIDENCE_WANTED, RefundEvent.REVIEW): RefundState.IN_REVIEW,
    (RefundState.EVIDENCE_WANTED, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.SECOND_APPROVAL, RefundEvent.APPROVE): RefundState.APPROVED,
    (RefundState.SECOND_APPROVAL, RefundEvent.REJECT): RefundState.REJECTED,
    (RefundState.SECOND_APPROVAL, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.APPROVED, RefundEvent.PAY): RefundState.PAYING,
    (RefundState.APPROVED, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.REJECTED, RefundEvent.APPEAL): RefundState.IN_REVIEW,
    (RefundState.PAYING, RefundEvent.CONFIRM): RefundState.PAID,
    (RefundState.PAYING, RefundEvent.FAIL): RefundState.FAILED,
    (RefundState.FAILED, RefundEvent.PAY): RefundState.PAYING,
}

_REFUND_TRIED: Mapping[RefundEvent, str] = {
    RefundEvent.REVIEW: "review",
    RefundEvent.ASK_EVIDENCE: "ask for evidence on",
    RefundEvent.GIVE_EVIDENCE: "add evidence to",
    RefundEvent.ASK_SECOND: "ask for a second approval of",
    RefundEvent.APPROVE: "approve",
    RefundEvent.REJECT: "reject",
    RefundEvent.PAY: "pay",
    RefundEvent.CONFIRM: "confirm the payment of",
    RefundEvent.FAIL: "record a failed payment of",
    RefundEvent.WITHDRAW: "withdraw",
    RefundEvent.APPEAL: "appeal against",
}

# These give back what they asked for. One that comes back to life (a retried payment, an appeal) has to pass
# `check_refund_amount` and `check_lines_free` again, for another refund may have taken its place.
LET_GO = frozenset({RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.FAILED})
COUNTED = frozenset(RefundState) - LET_GO
OPEN_REFUND = COUNTED - {RefundState.PAID}


def move_refund(state: RefundState, event: RefundEvent, *, appealed: bool = False) -> RefundState:
    """The next state; `appealed` says whether this refund has had its one appeal."""
    if event is RefundEvent.APPEAL and appealed:
        raise IllegalMove("This refund has already been appealed; there is one appeal only.")
    try:
        return REFUND_MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"Cannot {_REFUND_TRIED[event]} a refund that is {_worded(state)}.") from None


_WORDED: Mapping[str, str] = {
    TicketStatus.ON_HOLD: "on hold",
    RefundState.IN_REVIEW: "in review",
    RefundState.EVIDENCE_WANTED: "waiting for evidence",
    RefundState.SECOND_APPROVAL: "waiting for a second approval",
    RefundState.PAYING: "being paid",
}


def _worded(state: TicketStatus | RefundState) -> str:
    return _WORDED.get(state, state.value)


def check_refund_amount(amount: int, currency: str, order_total: int, order_currency: str, already: int) -> None:
    """`already` is the sum of the order's other refunds whose state is in COUNTED; all in the minor unit."""
    if currency != order_currency:
        raise Invalid(f"The order was paid in {order_currency}, so it cannot be refunded in {currency}.")
    if amount <= 0:
        raise Invalid("The amount of a refund must be more than nothing.")
    left = max(order_total - already, 0)
    if amount > left:
        most = _money(left, currency)
        raise Invalid(f"{_money(amount, currency)} is more than the {most} that can still be refunded.")


def _money(amount: int, currency: str) -> str:
    if currency in {"JPY", "KRW", "VND"}:
        return f"{amount:,} {currency}"
    return f"{amount // 100:,}.{amount % 100:02} {currency}"


def check_lines_cost(amount: int, cost: int, currency: str) -> None:
    """Who names lines cannot have more than these cost; what else is in the total goes with the whole order."""
    if amount > cost:
        raise Invalid(f"These lines cost {_money(cost, currency)}; that is the most that can be refunded for them.")


def check_lines_free(lines: Collection[str], open_refund_lines: Collection[str]) -> None:
    """A refund names what it refunds: lines of an order, all of them for a whole one, or the transaction."""
    if not lines:
        raise Invalid("A refund names at least one line of its order, or its transaction.")
    if shared := sorted(set(lines) & set(open_refund_lines)):
        raise IllegalMove(f"Another refund is already open for {', '.join(shared)}.", code="refund_open")


def check_not_own(requested_by_id: str, decider_id: str) -> None:
    if requested_by_id == decider_id:
        raise IllegalMove("Nobody decides on a refund they requested themselves; ask a colleague.", code="own_request")


def check_second_person(first_approver_id: str, decider_id: str) -> None:
    if first_approver_id == decider_id:
        raise IllegalMove("The second approval has to come from another person than the first.", code="same_person")


def needs_second_person(amount: int, limit: int) -> bool:
    return amount > limit


@dataclass(frozen=True)
class Kind:
    """`checklist` is for staff, `steps` is what the customer follows, `endings` how such a case can end."""

    name: str
    checklist: tuple[str, ...]
    steps: tuple[str, ...]
    endings: tuple[str, ...]


_MONEY_STEPS = ("received", "in_review", "decision", "payment")

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "refund",
            ("order_found", "within_window", "goods_unused", "not_excluded", "payout_account_checked"),
            _MONEY_STEPS,
            ("refunded", "rejected", "withdrawn"),
        ),
        Kind(
            "amount_dispute",
            ("order_found", "evidence_collected", "amounts_compared", "difference_agreed"),
            _MONEY_STEPS,
            ("adjusted", "refunded", "rejected"),
        ),
        Kind(
            "unfreeze",
            ("account_found", "identity_verified", "activity_explained", "account_secured"),
            ("received", "identity_check", "unfreezing"),
            ("unfrozen", "refused", "passed_on"),
        ),
        Kind(
            "password_help",
            ("account_found", "identity_verified", "contact_confirmed"),
            ("received", "identity_check", "reset"),
            ("reset_sent", "refused"),
        ),
        Kind(
            "payment_failure",
            ("transaction_found", "channel_checked", "cause_found"),
            ("received", "investigation", "explanation"),
            ("explained", "passed_on"),
        ),
        Kind("other", (), ("received", "in_progress", "answer"), ("solved", "passed_on")),
    )
}


def kind_named(name: str) -> Kind:
    try:
        return KINDS[name]
    except KeyError:
        raise Invalid(f"There is no ticket kind {name!r}; there are {', '.join(KINDS)}.") from None


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
        return [*_steps(_MONEY_STEPS[:reached], reached), Step(_MONEY_STEPS[reached], "failed")]
    return _steps(_MONEY_STEPS, reached)


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


def ticket_number(prefix: str, year: int, running: int) -> str:
    """Like QY-2026-000123-4: a number a customer can read out, with a digit that catches a slip."""
    if not re.fullmatch(r"[A-Z]{1,6}", prefix):
        raise Invalid(f"{prefix!r} is not a ticket prefix; it has one to six capital letters A-Z.")
    if not 1000 <= year <= 9999 or running < 1:
        raise Invalid("A ticket number needs a year of four digits and counts from 1.")
    return f"{prefix}-{year}-{running:06}-{check_digit(_digits(prefix, str(year), f'{running:06}'))}"


def check_number(text: str) -> bool:
    """Whether the text is a well-formed ticket number with the right check digit."""
    parts = re.fullmatch(r"([A-Z]{1,6})-([1-9][0-9]{3})-([0-9]{6,})-([0-9])", text)
    return parts is not None and check_digit(_digits(*parts.groups()[:3])) == int(parts[4])


def _digits(*parts: str) -> str:
    # Letters become 10 to 35, as in an IBAN (ISO 13616), so that the prefix is checked too.
    return "".join(str(int(character, 36)) for part in parts for character in part)


def check_digit(digits: str) -> int:
    """ISO/IEC 7064, MOD 11,10: catches every wrong digit and nearly every swap of neighbours."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10
