"""Finds what a refund is of: an order, or a transaction that belongs to none; and what can still go back of it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from chat.actions import case_shapes
from chat.domain.purchases import Bought, Item, Spoken
from chat.domain.refunds import OPEN_REFUND
from chat.errors import BadShape, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import orders, people, refunds
from chat.store.tables import from_millis
from chat.store.tx import Row


def held(tx: Tx, of: Row, order_id: str | None, transaction_id: str | None, *, matched: bool = True) -> Bought:
    """What the customer of a ticket bought, with its refunds counted while nobody else can add one. Raises NotFound."""
    # First, as whoever applies holds them: with the purchase first, each would wait for what the other one has.
    people.customer(tx, of["customer_id"])
    if order_id:
        orders.hold(tx, order_id)
    if transaction_id:
        orders.hold_transaction(tx, transaction_id)
    return bought(tx, of["customer_id"], of["site_id"], order_id, transaction_id, matched=matched)


def bought(
    tx: Tx, customer_id: str, site_id: str, order_id: str | None, transaction_id: str | None, *, matched: bool
) -> Bought:
    """Raises NotFound for what is another customer's. An order that was `matched` is theirs for staff alone."""
    if order_id and not transaction_id:
        return _order(tx, customer_id, site_id, order_id, matched)
    if transaction_id and not order_id:
        return _transaction(tx, customer_id, site_id, transaction_id)
    raise BadShape("Give order_id or transaction_id.")


def _order(tx: Tx, customer_id: str, site_id: str, order_id: str, matched: bool) -> Bought:
    row = orders.order_of(tx, order_id, customer_id, site_id, matched=matched)
    if row is None:
        raise NotFound("There is no such order of this customer.")
    return order(row, refunds.counted(tx, [order_id]))


def order(row: Row, counted: Iterable[Row]) -> Bought:
    """`counted` are its refunds that count."""
    spoken = [(each["state"], _spoken(each)) for each in counted]
    under_way = [each for state, each in spoken if state in OPEN_REFUND]
    return Bought(
        of="order",
        id=row["id"],
        number=row["number"],
        kind=None,
        channel=row["channel"],
        currency=row["currency"],
        paid=_paid_for(row),
        counted=row["counted"],
        refunded=row["refunded"],
        items=tuple(
            Item(item["line"], item["amount"], item.get("kind"), item["quantity"]) for item in json.loads(row["items"])
        ),
        taken=frozenset(line for each in under_way for line in each.lines),
        spoken=tuple(each for _, each in spoken),
        is_open=bool(under_way),
        state=row["state"],
        placed_at=from_millis(row["placed_at"]),
        delivered_at=from_millis(row["delivered_at"]) if row["delivered_at"] else None,
    )


def _spoken(refund: Row) -> Spoken:
    return Spoken(frozenset(json.loads(refund["lines"])), refund["amount"], case_shapes.counts(refund["counts"]))


def _transaction(tx: Tx, customer_id: str, site_id: str, transaction_id: str) -> Bought:
    row = orders.transaction_of(tx, transaction_id, customer_id, site_id)
    if row is None:
        raise NotFound("There is no such transaction of this customer.")
    if row["order_id"]:
        raise Invalid("This transaction paid an order; the refund is of the order.")
    return Bought(
        of="transaction",
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        channel=row["channel"],
        currency=row["currency"],
        paid=settled(row),
        counted=row["counted"],
        refunded=row["refunded"],
        items=(),
        taken=frozenset(),
        spoken=(),
        is_open=refunds.is_open(tx, transaction_id),
        state=row["state"],
        placed_at=from_millis(row["created_at"]),
        delivered_at=None,
    )


def _paid_for(order: Row) -> int:
    """What the customer has paid for an order. Of one never finished, or paid at the door, only what really came in;
    of one that the shop itself gave back nothing but what was refunded here.
    """
    if order["state"] in ("unpaid", "cancelled") or order["channel"] == "cod":
        return min(int(order["settled"]), int(order["total"]))
    return int(order["refunded"] if order["state"] == "refunded" else order["total"])


def settled(transaction: Row) -> int:
    """What really moved by a transaction."""
    return int(transaction["amount"]) if transaction["state"] == "succeeded" else 0
