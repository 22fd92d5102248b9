"""Orders and transactions as both sides see them, and what is needed to see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chat.wire.values import Amount, Code, Currency, Id, Input, Line, Shape, Time


class OrderItem(Shape):
    """`left`: how many can still go back; of those nobody has counted, as many as their money says."""

    line: int
    name: str
    quantity: int
    left: int
    amount: int
    kind: str | None = None  # what the refund policy goes by, such as `service`


class Transaction(Shape):
    id: Id
    number: str
    kind: Literal["payment", "transfer", "collection"]
    channel: str
    amount: int
    currency: Currency
    state: Literal["pending", "succeeded", "failed", "frozen"]
    refunded: int = 0
    refundable: int = 0
    created_at: Time


class OrderRefund(Shape):
    """A refund that is under way or paid, on a ticket of the customer whom the order is shown for."""

    id: Id
    ticket_id: Id
    ticket_number: str
    amount: int
    currency: Currency
    state: str
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
    delivered_at: Time | None = None
    items: list[OrderItem]
    transactions: list[Transaction]
    refunds: list[OrderRefund] = []


class OrderList(Shape):
    """`transactions` are those that belong to no order: transfers of a wallet, payments that failed before one.

    To an agent `verified` says whether the site signed who the customer is. Of one who is not, only orders that an
    agent has matched are listed.
    """

    orders: list[Order]
    transactions: list[Transaction] = []
    verified: bool = True


class CustomerOrders(Input):
    conversation_id: Id | None = None
    ticket_id: Id | None = None


class MatchOrder(Input):
    """Two facts of an order that the customer told: its number, and what only its owner knows."""

    conversation_id: Id
    number: Line
    amount: Amount
    currency: Currency


class SendOrder(Input):
    """An order as a card. A customer may name it by the number the page shows."""

    conversation_id: Id
    client_id: Id
    order_id: Id | None = None
    number: Line | None = None


class LineVerdict(Shape):
    line: Annotated[int, Field(ge=1, le=1_000)]
    allowed: bool
    rule: Code
    most: int


class Verdict(Shape):
    """What the site's refund policy says. `rule` forbids it (or `ok`); `values` are for its sentence."""

    allowed: bool
    rule: Code
    values: dict[str, str | int] = {}
    most: int  # minor units that may be asked for, 0 when nothing
    lines: list[LineVerdict] = []
