"""The case: what a customer sees of a ticket, and what they do with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from chat.wire.orders import Verdict
from chat.wire.refunds import Calculation, LineCounts, OrderLines, PayoutSeen, PayoutTo
from chat.wire.values import (
    Amount,
    Code,
    Currency,
    Email,
    Form,
    Id,
    Input,
    KindCode,
    Locale,
    Phone,
    RefundStateName,
    Shape,
    TicketStatusName,
    Time,
    Typed,
    Words,
)


class Step(Shape):
    code: str
    state: Literal["done", "current", "todo", "failed"]
    names: dict[Locale, str] = {}  # of a kind that the site made


class CaseEvent(Shape):
    at: Time
    code: str
    values: dict[str, Any]


class CaseItem(Shape):
    name: str
    count: int


class CaseRefund(Shape):
    """`items` are what goes back, where it was said how many of them."""

    amount: int
    currency: Currency
    state: RefundStateName
    payout: PayoutSeen | None = None
    calculation: Calculation | None = None
    items: list[CaseItem] | None = None


class Wanted(Shape):
    """Evidence that is asked for."""

    code: Code
    names: dict[Locale, str] = {}
    given: bool = False


class Case(Shape):
    """What the customer sees of a ticket. `by` is until when the desk acts next, on the calendar's clock; `late`: it
    has passed. `named` is what the site calls endings and evidence of its own, such as `ending.repaired`.
    """

    ticket_id: Id
    number: str
    kind: KindCode
    names: dict[Locale, str] = {}  # of a kind that the site made
    status: TicketStatusName
    next: Literal["desk", "customer", "nobody"]
    by: Time | None = None
    late: bool = False
    steps: list[Step]
    history: list[CaseEvent]
    refund: CaseRefund | None = None
    order_number: str | None = None
    wanted: list[Wanted] = []
    may: list[Literal["add_evidence", "withdraw", "appeal"]] = []
    ending: str | None = None
    named: dict[str, dict[Locale, str]] = {}
    created_at: Time
    updated_at: Time


class CaseList(Shape):
    cases: list[Case]


class CaseValue(Shape):
    case: Case


class CasePage(Case):
    """A case for whoever holds its link: numbers are masked, and nothing says whose it is."""

    site: str
    site_names: dict[str, str]  # by locale
    zone: str
    locale: Locale


class CaseLink(Shape):
    """`path` opens the case page without signing in; it expires."""

    path: str
    expires_at: Time


class CheckCase(Input):
    """What the site's policy says of a refund before one asks for it."""

    order_id: Id | None = None
    transaction_id: Id | None = None
    lines: OrderLines = []


class CheckRefund(CheckCase):
    """The same, of what the customer of a ticket bought."""

    ticket_id: Id


class VerdictValue(Shape):
    verdict: Verdict


class OpenCase(Input):
    """A customer applies. Money kinds name an order or a transaction; `payout` is where a refund should go.

    `charged` and `expected` are an amount dispute's. `fields` is the form of its kind.
    """

    client_id: Id
    kind: KindCode
    order_id: Id | None = None
    transaction_id: Id | None = None
    lines: OrderLines = []
    counts: LineCounts = []
    amount: Amount | None = None
    currency: Currency | None = None
    charged: Amount | None = None
    expected: Annotated[int, Field(ge=0, le=10**12)] | None = None
    reason: Words
    fields: Form = {}
    payout: PayoutTo | None = None
    attachment_ids: Annotated[list[Id], Field(max_length=20)] = []
    name: Typed | None = None
    email: Email | None = None
    phone: Phone | None = None


class AddEvidence(Input):
    """Words, files, or both. Through a case's link `ticket_id` may only be its own."""

    ticket_id: Id
    client_id: Id
    code: Code = "other"
    body: Words | None = None
    attachment_ids: Annotated[list[Id], Field(max_length=20)] = []


class WithdrawCase(Input):
    ticket_id: Id
    reason: Words | None = None


class AppealCase(Input):
    ticket_id: Id
    reason: Words
