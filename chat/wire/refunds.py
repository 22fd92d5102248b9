"""Refunds: asked for, decided, paid."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, field_validator

from chat.errors import BadShape
from chat.wire.orders import Verdict
from chat.wire.values import Amount, Currency, Id, Input, Line, Password, PayoutWay, RefundStateName, Shape, Time, Words

LineNumber = Annotated[int, Field(ge=1, le=1_000)]
OrderLines = Annotated[list[LineNumber], Field(max_length=1_000)]


class LineCount(Input):
    """How many of a line's several."""

    line: LineNumber
    count: Annotated[int, Field(ge=1, le=1_000_000)]


def _each_once(counts: list[LineCount]) -> list[LineCount]:
    if len({each.line for each in counts}) < len(counts):
        raise BadShape("counts: A line is counted once.")
    return counts


LineCounts = Annotated[list[LineCount], Field(max_length=1_000), AfterValidator(_each_once)]


class PayoutTo(Input):
    """Where the money should go. The account is kept encrypted and shown masked; `original` needs none."""

    way: PayoutWay
    account: Line | None = None
    holder: Line | None = None


class RequestRefund(Input):
    """Of an order, or of a transaction that belongs to none. Without `lines` the whole order is meant. `counts` says of
    which of them not all go back, or how many, for whoever decides.

    `charged` and `expected` are an amount dispute's: the refund is their difference, and `amount` must be it.
    """

    ticket_id: Id
    client_id: Id
    order_id: Id | None = None
    transaction_id: Id | None = None
    amount: Amount
    currency: Currency
    lines: OrderLines = []
    counts: LineCounts = []
    reason: Words
    payout: PayoutTo | None = None
    charged: Amount | None = None
    expected: Annotated[int, Field(ge=0, le=10**12)] | None = None


class DecideRefund(Input):
    """`give_up` rejects what was approved, or could not be paid, and will not be."""

    refund_id: Id
    decision: Literal["review", "ask_evidence", "approve", "reject", "give_up"]
    reason: Words | None = None
    evidence: Annotated[list[str], Field(max_length=20)] = []  # codes of what is asked for


class PayRefund(Input):
    """`by_hand` records a payment that was made (its reference); `service` asks the operator's payment service."""

    refund_id: Id
    client_id: Id
    way: Literal["by_hand", "service"] = "by_hand"
    reference: Line | None = None


class ClearPayout(Input):
    """What was found out about a payment of which the service said two things."""

    refund_id: Id
    reason: Words


class OfRefund(Input):
    refund_id: Id


class PayoutAccount(Shape):
    """Whole, for who pays. `original`: the way the money came."""

    way: PayoutWay
    account: str | None = None
    holder: str | None = None


class PaymentHook(Input):
    """What the payment service tells, as it came, and its signature."""

    signature: Annotated[str, Field(max_length=200)]
    body: Annotated[str, Field(max_length=64 * 1024)]


class PayoutTold(Shape):
    """What the payment service says of a payout, asked or by itself. `paid` and `failed` are final.

    An empty reference, or a whole page for an error, leaves nobody in doubt about the money.
    """

    model_config = ConfigDict(extra="ignore")

    payout_id: Id
    state: Literal["paid", "failed", "pending"]
    reference: Line | None = None
    error: Words | None = None

    @field_validator("reference", "error", mode="before")
    @classmethod
    def _as_much_as_fits(cls, told: object) -> object:
        return told.strip()[:200] or None if isinstance(told, str) else told


class PayoutSeen(Shape):
    way: PayoutWay
    masked: str | None = None


class Payment(Shape):
    """An attempt to pay. `unknown`: the service did not say; it is asked until it does, and nothing is paid twice.

    `said`: it says otherwise now, and nothing more is paid until a supervisor has cleared that up.
    """

    way: Literal["by_hand", "service"]
    state: Literal["asked", "unknown", "paid", "failed"]
    reference: str | None = None
    error: str | None = None
    said: Literal["paid", "failed"] | None = None
    at: Time


class Calculation(Shape):
    charged: int
    expected: int
    difference: int
    currency: Currency


class Refund(Shape):
    """To an agent. `first_by` approved first where two must; `verdict` is what the policy said on the request."""

    id: Id
    ticket_id: Id
    order_id: Id | None = None
    order_number: str | None = None
    transaction_id: Id | None = None
    transaction_number: str | None = None
    amount: int
    currency: Currency
    lines: list[int]
    counts: list[LineCount] = []
    reason: str
    state: RefundStateName
    requested_by: str
    requested_by_id: Id | None = None
    first_by: str | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    reference: str | None = None
    payout: PayoutSeen | None = None
    verdict: Verdict | None = None
    calculation: Calculation | None = None
    payments: list[Payment] = []
    appealed_at: Time | None = None
    appeal_reason: str | None = None
    created_at: Time
    updated_at: Time


class RefundValue(Shape):
    refund: Refund


class ConfirmPassword(Input):
    """Step-up: the password again, for what is above the second limit."""

    password: Password


class Confirmed(Shape):
    until: Time
