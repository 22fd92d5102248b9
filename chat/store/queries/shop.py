"""What a shop tells us, stored: each thing once, and the newest news of it, in whatever order they come."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx

Told = Literal["new", "changed", "known"]

_ORDER_COLUMNS = "state, currency, total, channel, delivery, items, placed_at, delivered_at, told_at"


def is_new(tx: Tx, site_id: str, event_id: str, now: datetime) -> bool:
    """Whether this event has not been told before; from now on it has."""
    added = tx.change(
        "INSERT INTO shopevent (site_id, event_id, at) VALUES (:site, :event, :now) ON CONFLICT DO NOTHING",
        site=site_id,
        event=event_id,
        now=to_millis(now),
    )
    return added == 1


def customer(tx: Tx, issuer: str, external_id: str, locale: str, now: datetime, **known: str | None) -> str:
    """The person the shop calls so; made when nobody knows them. What is known of them already stays."""
    tx.change(
        "INSERT INTO customer (id, kind, issuer, external_id, name, email, phone, locale, created_at)"
        " VALUES (:id, 'verified', :issuer, :external, :name, :email, :phone, :locale, :now)"
        " ON CONFLICT (issuer, external_id) DO UPDATE SET name = COALESCE(customer.name, excluded.name),"
        " email = COALESCE(customer.email, excluded.email), phone = COALESCE(customer.phone, excluded.phone)"
        " WHERE customer.name IS NULL OR customer.email IS NULL OR customer.phone IS NULL",
        id=new_id(),
        issuer=issuer,
        external=external_id,
        locale=locale,
        now=to_millis(now),
        **known,
    )
    found: str = tx.value(
        "SELECT id FROM customer WHERE issuer = :issuer AND external_id = :external",
        issuer=issuer,
        external=external_id,
    )
    return found


def order(tx: Tx, site_id: str, number: str) -> Row | None:
    return tx.row(
        f"SELECT id, customer_id, {_ORDER_COLUMNS} FROM purchase WHERE site_id = :site AND number = :number"
        f"{tx.locking()}",
        site=site_id,
        number=number,
    )


def put_order(tx: Tx, site_id: str, customer_id: str, number: str, values: dict[str, Any]) -> Told:
    """Adds an order, or brings it up to date. News older than what is known is none; refunded stays refunded."""
    known = order(tx, site_id, number)
    values = {**values, "items": json.dumps(values["items"], ensure_ascii=False)}
    if known is None:
        tx.change(
            f"INSERT INTO purchase (id, site_id, customer_id, number, {_ORDER_COLUMNS}) VALUES (:id, :site, :customer,"
            " :number, :state, :currency, :total, :channel, :delivery, :items, :placed_at, :delivered_at, :told_at)",
            id=new_id(),
            site=site_id,
            customer=customer_id,
            number=number,
            **values,
        )
        return "new"
    if known["state"] == "refunded":
        values["state"] = "refunded"
    if not _is_news(known, values):
        return "known"
    tx.change(
        f"UPDATE purchase SET {', '.join(f'{name} = :{name}' for name in values)} WHERE id = :id",
        id=known["id"],
        **values,
    )
    return "changed"


def payment(tx: Tx, site_id: str, number: str) -> Row | None:
    return tx.row(
        "SELECT id, customer_id, order_id, kind, channel, amount, currency, state, created_at, told_at FROM payment"
        f" WHERE site_id = :site AND number = :number{tx.locking()}",
        site=site_id,
        number=number,
    )


def put_payment(
    tx: Tx, site_id: str, customer_id: str, order_id: str | None, number: str, values: dict[str, Any]
) -> Told:
    known = payment(tx, site_id, number)
    if known is None:
        tx.change(
            "INSERT INTO payment (id, site_id, customer_id, order_id, number, kind, channel, amount, currency, state,"
            " created_at, told_at) VALUES (:id, :site, :customer, :order, :number, :kind, :channel, :amount,"
            " :currency, :state, :created_at, :told_at)",
            id=new_id(),
            site=site_id,
            customer=customer_id,
            order=order_id,
            number=number,
            **values,
        )
        return "new"
    if not _is_news(known, values):
        return "known"
    tx.change(
        f"UPDATE payment SET {', '.join(f'{name} = :{name}' for name in values)} WHERE id = :id",
        id=known["id"],
        **values,
    )
    return "changed"


def _is_news(known: Row, values: dict[str, Any]) -> bool:
    if known["told_at"] is not None and values["told_at"] < known["told_at"]:
        return False
    return any(known[name] != value for name, value in values.items() if name != "told_at")
