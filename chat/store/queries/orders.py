"""Orders and transactions, with what has been refunded of them."""

from __future__ import annotations

import json
from datetime import datetime

from chat.domain.refunds import COUNTED
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

_COUNTED = ", ".join(f"'{state}'" for state in sorted(COUNTED))

_SUM = "(SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM refund r WHERE"

# `refunded` has left us, `counted` also what is still on its way; `settled` is what really came in.
# Sums are cast because some databases give them another type.
WHOLE = (
    f"SELECT p.*, {_SUM} r.order_id = p.id AND r.state = 'paid') AS refunded,"
    f" {_SUM} r.order_id = p.id AND r.state IN ({_COUNTED})) AS counted,"
    " (SELECT CAST(COALESCE(SUM(y.amount), 0) AS BIGINT) FROM payment y WHERE y.order_id = p.id"
    " AND y.kind IN ('payment', 'collection') AND y.state = 'succeeded') AS settled FROM purchase p"
)
TRANSACTION = (
    f"SELECT y.*, {_SUM} r.transaction_id = y.id AND r.state = 'paid') AS refunded,"
    f" {_SUM} r.transaction_id = y.id AND r.state IN ({_COUNTED})) AS counted FROM payment y"
)


# Theirs when the site signed who they are; for staff also when an agent matched two facts of it.
_OWN = "p.customer_id = :customer AND EXISTS (SELECT 1 FROM customer u WHERE u.id = :customer AND u.kind = 'verified')"
_MATCHED = "EXISTS (SELECT 1 FROM ordermatch m WHERE m.customer_id = :customer AND m.order_id = p.id)"


def order_of(tx: Tx, order_id: str, customer_id: str, site_id: str, *, matched: bool) -> Row | None:
    """The order, if it is this customer's; with `matched` also if staff may take it to their tickets."""
    return tx.row(
        f"{WHOLE} WHERE p.id = :id AND p.site_id = :site AND ({_OWN}{f' OR {_MATCHED}' if matched else ''})",
        id=order_id,
        customer=customer_id,
        site=site_id,
    )


def orders_of(tx: Tx, customer_id: str, site_id: str, limit: int) -> list[Row]:
    return tx.rows(
        f"{WHOLE} WHERE p.customer_id = :customer AND p.site_id = :site"
        " ORDER BY p.placed_at DESC, p.id DESC LIMIT :limit",
        customer=customer_id,
        site=site_id,
        limit=limit,
    )


def own_numbers(tx: Tx, customer_id: str, site_id: str, limit: int) -> list[str]:
    """Of the newest orders and transactions of a customer whom the site has signed."""
    newest = "p.site_id = :site AND {own} ORDER BY p.{at} DESC LIMIT :limit"
    rows = tx.rows(
        f"SELECT * FROM (SELECT p.number FROM purchase p WHERE {newest.format(own=_OWN, at='placed_at')}) o"
        f" UNION ALL SELECT * FROM (SELECT p.number FROM payment p WHERE {newest.format(own=_OWN, at='created_at')}) t",
        customer=customer_id,
        site=site_id,
        limit=limit,
    )
    return [row["number"] for row in rows]


def matched_orders(tx: Tx, customer_id: str, site_id: str, limit: int) -> list[Row]:
    return tx.rows(
        f"{WHOLE} JOIN ordermatch m ON m.order_id = p.id WHERE m.customer_id = :customer AND p.site_id = :site"
        " ORDER BY p.placed_at DESC, p.id DESC LIMIT :limit",
        customer=customer_id,
        site=site_id,
        limit=limit,
    )


def order_numbered(tx: Tx, site_id: str, number: str) -> Row | None:
    return tx.row("SELECT * FROM purchase WHERE site_id = :site AND number = :number", site=site_id, number=number)


def add_match(tx: Tx, customer_id: str, order_id: str, agent_id: str, facts: list[str], now: datetime) -> bool:
    """False: it was matched before."""
    added = tx.change(
        "INSERT INTO ordermatch (customer_id, order_id, agent_id, facts, at)"
        " VALUES (:customer, :order, :agent, :facts, :now) ON CONFLICT DO NOTHING",
        customer=customer_id,
        order=order_id,
        agent=agent_id,
        facts=json.dumps(facts),
        now=to_millis(now),
    )
    return added == 1


def linked_orders(tx: Tx, ticket_id: str) -> list[Row]:
    return tx.rows(
        f"{WHOLE} JOIN ticketlink l ON l.target_id = p.id AND l.kind = 'order' WHERE l.ticket_id = :ticket"
        " ORDER BY p.placed_at DESC, p.id DESC",
        ticket=ticket_id,
    )


def hold(tx: Tx, order_id: str) -> None:
    """Until this transaction ends nobody else counts this order's refunds, so two at once cannot both fit."""
    tx.lock("purchase", order_id)


def hold_transaction(tx: Tx, transaction_id: str) -> None:
    """The same for one that belongs to no order."""
    tx.lock("payment", transaction_id)


def set_state(tx: Tx, order_id: str, state: str) -> None:
    tx.change("UPDATE purchase SET state = :state WHERE id = :id", id=order_id, state=state)


def transaction_of(tx: Tx, transaction_id: str, customer_id: str, site_id: str) -> Row | None:
    return tx.row(
        f"{TRANSACTION} WHERE y.id = :id AND y.customer_id = :customer AND y.site_id = :site",
        id=transaction_id,
        customer=customer_id,
        site=site_id,
    )


def transactions_of(tx: Tx, order_ids: list[str]) -> list[Row]:
    """Those of all these orders at once."""
    values = {f"id{index}": order_id for index, order_id in enumerate(order_ids)}
    names = ", ".join(f":{name}" for name in values) or "NULL"
    return tx.rows(f"{TRANSACTION} WHERE y.order_id IN ({names}) ORDER BY y.created_at, y.id", **values)


def loose_transactions(tx: Tx, customer_id: str, site_id: str, limit: int) -> list[Row]:
    """Those that belong to no order."""
    return tx.rows(
        f"{TRANSACTION} WHERE y.customer_id = :customer AND y.site_id = :site AND y.order_id IS NULL"
        " ORDER BY y.created_at DESC, y.id DESC LIMIT :limit",
        customer=customer_id,
        site=site_id,
        limit=limit,
    )


def linked_transactions(tx: Tx, ticket_id: str) -> list[Row]:
    return tx.rows(
        f"{TRANSACTION} JOIN ticketlink l ON l.target_id = y.id AND l.kind = 'transaction'"
        " WHERE l.ticket_id = :ticket ORDER BY y.created_at DESC, y.id DESC",
        ticket=ticket_id,
    )
