"""What a shop tells us of its orders and payments: by webhook, or in a file that is imported.

Money is whole minor units; `updated_at` is the shop's own time of what it tells, so that news may come in any order.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from chat.wire.values import Amount, Code, Currency, Email, GivenTime, Input, Line, Locale, Phone, Shape, SiteKey

ShopNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
EventId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
Sum = Annotated[int, Field(ge=0, le=10**12)]


class ShopCustomer(Input):
    """`id` is what the shop signs as `sub` when it identifies this person in the window."""

    id: Annotated[Line, Field(min_length=1)]
    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None


class ShopItem(Input):
    """`kind` is what the refund policy may go by, such as `service`."""

    name: Annotated[Line, Field(min_length=1)]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    amount: Sum
    kind: Code | None = None


class ShopPayment(Input):
    """Of an order named by its number, or of a customer when it belongs to none: a transfer, a failed attempt."""

    number: ShopNumber
    order: ShopNumber | None = None
    customer: ShopCustomer | None = None
    kind: Literal["payment", "transfer", "collection"] = "payment"
    channel: Code
    amount: Amount
    currency: Currency
    state: Literal["pending", "succeeded", "failed", "frozen"]
    created_at: GivenTime
    updated_at: GivenTime

    @model_validator(mode="after")
    def _is_somebodys(self) -> ShopPayment:
        if (self.order is None) == (self.customer is None):
            raise ValueError("a payment names its order, or its customer when there is no order")
        return self


class ShopOrder(Input):
    number: ShopNumber
    customer: ShopCustomer
    state: Literal["unpaid", "paid", "shipped", "delivered", "cancelled", "refunded"]
    currency: Currency
    total: Sum
    channel: Code
    delivery: Line | None = None
    placed_at: GivenTime
    delivered_at: GivenTime | None = None
    updated_at: GivenTime
    items: Annotated[list[ShopItem], Field(min_length=1, max_length=1_000)]


class ShopEvent(Input):
    """The body of a webhook. The same `id` again changes nothing."""

    id: EventId
    type: Literal["order.created", "order.updated", "payment.updated"]
    order: ShopOrder | None = None
    payment: ShopPayment | None = None

    @model_validator(mode="after")
    def _holds_what_it_says(self) -> ShopEvent:
        wanted = self.type.partition(".")[0]
        if (self.order is not None) != (wanted == "order") or (self.payment is not None) != (wanted == "payment"):
            raise ValueError(f"{self.type} holds {wanted} and nothing else")
        return self


class ShopOrders(Input):
    """What a shop answers when it is asked for somebody's orders: its newest ones, as many as it likes to tell."""

    orders: Annotated[list[ShopOrder], Field(max_length=500)] = []
    payments: Annotated[list[ShopPayment], Field(max_length=500)] = []


class ShopHook(Input):
    """A webhook as it came in: whose it says it is, its signature, and the very bytes that were signed."""

    site: SiteKey
    signature: Annotated[str, StringConstraints(max_length=300)]
    body: str


class ShopHeard(Shape):
    """`changed` is false for what was known already, or is older than what is known."""

    changed: bool
