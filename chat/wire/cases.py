"""Tickets, what is linked to them, and the case a customer sees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from chat.wire.chat import Customer, Message, Person
from chat.wire.values import (
    Amount,
    Currency,
    Cursor,
    Id,
    Input,
    Limit,
    Line,
    Locale,
    RefundStateName,
    Shape,
    TicketStatusName,
    Time,
    Topic,
    Words,
)


class Step(Shape):
    code: str
    state: Literal["done", "current", "todo", "failed"]


class CaseEvent(Shape):
    at: Time
    code: str
    values: dict[str, Any]


class CaseRefund(Shape):
    amount: int
    currency: Currency
    state: RefundStateName


class Case(Shape):
    """What the customer sees of a ticket."""

    ticket_id: Id
    number: str
    kind: Topic
    status: TicketStatusName
    next: Literal["desk", "customer", "nobody"]
    steps: list[Step]
    history: list[CaseEvent]
    refund: CaseRefund | None = None
    order_number: str | None = None
    created_at: Time
    updated_at: Time


class OrderItem(Shape):
    line: int
    name: str
    quantity: int
    amount: int


class Transaction(Shape):
    id: Id
    number: str
    kind: Literal["payment", "transfer", "collection"]
    channel: str
    amount: int
    currency: Currency
    state: Literal["pending", "succeeded", "failed", "frozen"]
    created_at: Time


class Order(Shape):
    id: Id
    number: str
    state: Literal["unpaid", "paid", "shipped", "delivered", "cancelled", "refunded"]
    currency: Currency
    total: int
    refunded: int
    refundable: int
    channel: str
    delivery: str | None = None
    placed_at: Time
    items: list[OrderItem]
    transactions: list[Transaction]


class OrderList(Shape):
    """`transactions` are those that belong to no order: transfers of a wallet, payments that failed before one."""

    orders: list[Order]
    transactions: list[Transaction] = []


class CaseList(Shape):
    cases: list[Case]


class OfTicket(Input):
    ticket_id: Id


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


class OpenTicket(Input):
    conversation_id: Id
    client_id: Id
    kind: Topic
    subject: Line | None = None
    order_id: Id | None = None


class UpdateTicket(Input):
    ticket_id: Id
    status: TicketStatusName | None = None
    assignee_id: Id | None = None
    done: list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,60}$")]] | None = None
    reason: Words | None = None


class Link(Input):
    ticket_id: Id
    kind: Literal["order", "transaction", "conversation"]
    id: Id


class RequestRefund(Input):
    ticket_id: Id
    client_id: Id
    order_id: Id
    amount: Amount
    currency: Currency
    lines: list[Annotated[int, Field(ge=1, le=1_000)]] = []
    reason: Words


class DecideRefund(Input):
    refund_id: Id
    decision: Literal["review", "approve", "reject"]
    reason: Words | None = None


class PayRefund(Input):
    refund_id: Id
    client_id: Id
    reference: Line


class CustomerOrders(Input):
    conversation_id: Id | None = None
    ticket_id: Id | None = None


class TicketList(Input):
    status: TicketStatusName | None = None
    customer_id: Id | None = None
    before: Cursor | None = None
    limit: Limit = 50


class TicketSummary(Shape):
    id: Id
    number: str
    site: str
    kind: Topic
    status: TicketStatusName
    subject: str
    customer_name: str
    assignee: Person | None = None
    refund: CaseRefund | None = None
    created_at: Time
    updated_at: Time


class TicketPage(Shape):
    tickets: list[TicketSummary]
    next: str | None = None


class CheckItem(Shape):
    code: str
    done: bool


class Transcript(Shape):
    conversation_id: Id
    first_seq: int
    last_seq: int
    messages: list[Message]


class Refund(Shape):
    id: Id
    ticket_id: Id
    order_id: Id
    order_number: str
    amount: int
    currency: Currency
    lines: list[int]
    reason: str
    state: RefundStateName
    requested_by: str
    requested_by_id: Id | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    reference: str | None = None
    created_at: Time
    updated_at: Time


class TicketEvent(Shape):
    number: int
    at: Time
    actor: str
    code: str
    values: dict[str, Any]
    reason: str | None = None
    visible: bool


class Ticket(TicketSummary):
    customer: Customer
    checklist: list[CheckItem]
    steps: list[Step]
    transcripts: list[Transcript]
    orders: list[Order]
    transactions: list[Transaction]
    refunds: list[Refund]
    events: list[TicketEvent]


class TicketValue(Shape):
    ticket: Ticket


class RefundValue(Shape):
    refund: Refund
