"""Who bought and sent what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chat.seed.past import Past, demo_data
from chat.store.tables import Customer, Order, Transaction


def add_customers(past: Past) -> None:
    for given in demo_data("customers"):
        external_id, name = given.get("external_id"), given.get("name")
        past.customers[given["key"]] = Customer(
            kind="verified" if external_id else "claimed" if name else "anonymous",
            issuer=past.sites["demo"].issuer if external_id else None,
            external_id=external_id,
            name=name,
            email=given.get("email"),
            phone=given.get("phone"),
            locale=given["locale"],
            created_at=past.at(given["days_ago"], "08:00"),
        )
    past.tx.session.add_all(past.customers.values())
    past.tx.session.flush()


def add_orders(past: Past) -> None:
    for given in demo_data("orders"):
        order = _order(past, given)
        past.orders[given["key"]] = order
        past.tx.session.add(order)
        past.tx.session.flush()
        if state := given.get("payment") or payment_of(order):
            past.tx.session.add(_payment(order, given["running"], state))


def _order(past: Past, given: dict[str, Any]) -> Order:
    customer, placed = past.customers[given["customer"]], past.at(given["days_ago"], given["at"])
    items = [
        order_item(line, product, quantity, customer.locale)
        for line, (product, quantity) in enumerate(given["items"], start=1)
    ]
    sent = given["state"] in ("shipped", "delivered")
    return Order(
        site_id=past.sites["demo"].id,
        customer_id=customer.id,
        number=f"QY{placed:%Y%m%d}-{given['running']:04}",
        state=given["state"],
        currency="CNY",
        total=sum(item["amount"] for item in items),
        channel=given["channel"],
        delivery=f"QE{placed:%y%m%d}{given['running'] * 37:06}" if sent else None,
        items=items,
        placed_at=placed,
        delivered_at=placed + timedelta(days=2) if given["state"] == "delivered" else None,
    )


def _payment(order: Order, running: int, state: str) -> Transaction:
    paid = order.placed_at + (timedelta(days=2) if order.channel == "cod" else timedelta(seconds=95))
    return Transaction(
        site_id=order.site_id,
        customer_id=order.customer_id,
        order_id=order.id,
        number=f"QP{paid:%Y%m%d}{running * 13:06}",
        kind="collection" if order.channel == "cod" else "payment",
        channel=order.channel,
        amount=order.total,
        currency=order.currency,
        state=state,
        created_at=paid,
    )


def add_transfers(past: Past) -> None:
    for given in demo_data("transfers"):
        made = past.at(given["days_ago"], given["at"])
        past.transfers[given["key"]] = Transaction(
            site_id=past.sites["demo-wallet"].id,
            customer_id=past.customers[given["customer"]].id,
            number=f"QW{made:%Y%m%d}{given['running']:06}",
            kind=given["kind"],
            channel=given["channel"],
            amount=given["amount"],
            currency="CNY",
            state=given["state"],
            created_at=made,
        )
    past.tx.session.add_all(past.transfers.values())
    past.tx.session.flush()


def order_item(line: int, product: str, quantity: int, locale: str) -> dict[str, Any]:
    sold = demo_data("products")[product]
    return {
        "line": line,
        "name": sold["name"][locale],
        "quantity": quantity,
        "amount": sold["price"] * quantity,
        **({"kind": sold["kind"]} if "kind" in sold else {}),
    }


def payment_of(order: Order) -> str | None:
    """Cash on delivery is collected at the door; anything else is paid before it is sent."""
    if order.state == "unpaid" or (order.channel == "cod" and order.state != "delivered"):
        return None
    return "succeeded"
