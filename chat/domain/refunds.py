"""Refunds: their moves, and the guards of money."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from chat.errors import IllegalMove, Invalid


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
    GIVE_UP = "give_up"
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
    (RefundState.SECOND_APPROVAL, RefundEvent.ASK_EVIDENCE): RefundState.EVIDENCE_WANTED,
    (RefundState.SECOND_APPROVAL, RefundEvent.APPROVE): RefundState.APPROVED,
    (RefundState.SECOND_APPROVAL, RefundEvent.REJECT): RefundState.REJECTED,
    (RefundState.SECOND_APPROVAL, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.APPROVED, RefundEvent.PAY): RefundState.PAYING,
    (RefundState.APPROVED, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
    (RefundState.REJECTED, RefundEvent.APPEAL): RefundState.IN_REVIEW,
    (RefundState.PAYING, RefundEvent.CONFIRM): RefundState.PAID,
    (RefundState.PAYING, RefundEvent.FAIL): RefundState.FAILED,
    (RefundState.FAILED, RefundEvent.PAY): RefundState.PAYING,
    # The service said failed, and later that it has paid after all.
    (RefundState.FAILED, RefundEvent.CONFIRM): RefundState.PAID,
    # What nobody can pay, such as when the shop has taken the order back: who says so says why, and the customer can
    # appeal. Not `reject`: whoever rejects what a colleague has just approved has not seen that.
    (RefundState.APPROVED, RefundEvent.GIVE_UP): RefundState.REJECTED,
    (RefundState.FAILED, RefundEvent.GIVE_UP): RefundState.REJECTED,
}


_REFUND_TRIED: Mapping[RefundEvent, str] = {
    RefundEvent.REVIEW: "review",
    RefundEvent.ASK_EVIDENCE: "ask for evidence on",
    RefundEvent.GIVE_EVIDENCE: "add evidence to",
    RefundEvent.ASK_SECOND: "ask for a second approval of",
    RefundEvent.APPROVE: "approve",
    RefundEvent.REJECT: "reject",
    RefundEvent.GIVE_UP: "give up",
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


def unfinished(states: Sequence[RefundState]) -> RefundState | None:
    """Of a ticket's refunds, oldest first: one that people still have to decide or pay.

    A payment that failed is still owed, as long as no newer refund was asked for in its place.
    """
    if found := next((state for state in states if state in OPEN_REFUND), None):
        return found
    return RefundState.FAILED if states and states[-1] is RefundState.FAILED else None


def move_refund(state: RefundState, event: RefundEvent, *, appealed: bool = False) -> RefundState:
    """The next state; `appealed` says whether this refund has had its one appeal."""
    if event is RefundEvent.APPEAL and appealed:
        raise IllegalMove("This refund has already been appealed; there is one appeal only.")
    try:
        return REFUND_MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"Cannot {_REFUND_TRIED[event]} a refund that is {refund_worded(state)}.") from None


def refund_worded(state: RefundState) -> str:
    return _WORDED.get(state, state.value)


_WORDED: Mapping[str, str] = {
    RefundState.IN_REVIEW: "in review",
    RefundState.EVIDENCE_WANTED: "waiting for evidence",
    RefundState.SECOND_APPROVAL: "waiting for a second approval",
    RefundState.PAYING: "being paid",
}


def check_refund_amount(amount: int, currency: str, order_total: int, order_currency: str, already: int) -> None:
    """`already` is the sum of the order's other refunds whose state is in COUNTED; all in the minor unit."""
    if currency != order_currency:
        raise Invalid(f"The order was paid in {order_currency}, so it cannot be refunded in {currency}.")
    if amount <= 0:
        raise Invalid("The amount of a refund must be more than nothing.")
    left = max(order_total - already, 0)
    if amount > left:
        most = money(left, currency)
        raise Invalid(f"{money(amount, currency)} is more than the {most} that can still be refunded.")


def check_covered(counted: int, currency: str, paid: int, paid_in: str) -> None:
    """`counted` is the sum of all refunds that speak for what was bought, the one that goes on among them."""
    if currency != paid_in:
        raise Invalid(f"The shop says now that it was paid in {paid_in}, not in {currency}.")
    if counted > paid:
        raise Invalid(
            f"The shop says now that {money(paid, currency)} were paid, and {money(counted, currency)} would go back."
        )


def check_count_covered(line: int, said: int, quantity: int) -> None:
    """`said` is how many of the line all refunds say that they take back, the one that goes on among them."""
    if said > quantity:
        told = f"The shop says now that of line {line} {quantity} were bought, and {said} would go back."
        raise Invalid(told, code="fewer_bought")


_WHOLE = frozenset({"JPY", "KRW", "VND"})  # currencies without a minor unit


def money(amount: int, currency: str) -> str:
    if currency in _WHOLE:
        return f"{amount:,} {currency}"
    return f"{amount // 100:,}.{amount % 100:02} {currency}"


def digits(amount: int, currency: str) -> str:
    """As a form has it, 12.50."""
    return str(amount) if currency in _WHOLE else f"{amount // 100}.{amount % 100:02}"


def difference(charged: int, expected: int, currency: str) -> int:
    """What an amount dispute is about: too much was charged, and that comes back."""
    if charged <= expected:
        told = f"{money(charged, currency)} was charged and {money(expected, currency)} was expected"
        raise Invalid(f"{told}: nothing was charged too much.")
    return charged - expected


def check_difference(amount: int, charged: int, expected: int, currency: str) -> None:
    if amount != (due := difference(charged, expected, currency)):
        told = f"{money(charged, currency)} charged less {money(expected, currency)} expected is {money(due, currency)}"
        raise Invalid(f"{told}; that is the amount of the refund, not {money(amount, currency)}.")


def check_lines_cost(amount: int, cost: int, currency: str) -> None:
    """Who names lines cannot have more than these cost; what else is in the total goes with the whole order."""
    if amount > cost:
        raise Invalid(f"These lines cost {money(cost, currency)}; that is the most that can be refunded for them.")


def check_lines_left(amount: int, left: int, currency: str) -> None:
    """What was refunded of a line does not come back a second time out of what the others cost."""
    if amount > left:
        raise Invalid(f"Of these lines {money(left, currency)} can still be refunded.")


def check_count_left(line: int, count: int, left: int) -> None:
    """What has gone back, or is on its way, does not go back again."""
    if count > left:
        raise Invalid(f"Of line {line} {left} can still go back, and not {count}.", code="fewer_left")


def check_lines_free(lines: Collection[str], open_refund_lines: Collection[str]) -> None:
    """A refund names what it refunds: lines of an order, all of them for a whole one, or the transaction."""
    if not lines:
        raise Invalid("A refund names at least one line of its order, or its transaction.")
    if shared := sorted(set(lines) & set(open_refund_lines)):
        raise IllegalMove(f"Another refund is already open for {', '.join(shared)}.", code="refund_open")


def check_not_own(requested_by_id: str, decider_id: str) -> None:
    if requested_by_id == decider_id:
        raise IllegalMove("Nobody decides on a refund they requested themselves; ask a colleague.", code="own_request")


def check_appeal_person(refused_by_id: str | None, decider_id: str) -> None:
    if refused_by_id == decider_id:
        raise IllegalMove("After an appeal another person decides than the one who refused.", code="same_person")


def check_second_person(first_approver_id: str, decider_id: str) -> None:
    if first_approver_id == decider_id:
        raise IllegalMove("The second approval has to come from another person than the first.", code="same_person")


def needs_second_person(amount: int, limit: int) -> bool:
    return amount > limit
