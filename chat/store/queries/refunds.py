"""Refunds: money going back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.domain.refunds import OPEN_REFUND
from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx

_OPEN = ", ".join(f"'{state}'" for state in sorted(OPEN_REFUND))
_SHOWN, _JOINED = "SELECT r.*, p.number AS order_number", " JOIN purchase p ON p.id = r.order_id"
WHOLE = f"{_SHOWN} FROM refund r{_JOINED}"


def refund(tx: Tx, refund_id: str) -> Row | None:
    """In a transaction that writes nobody else changes it until the end."""
    return tx.row(f"{_SHOWN} FROM (SELECT r.* FROM refund r WHERE r.id = :id{tx.locking()}) r{_JOINED}", id=refund_id)


def of_ticket(tx: Tx, ticket_id: str) -> list[Row]:
    return tx.rows(f"{WHOLE} WHERE r.ticket_id = :ticket ORDER BY r.created_at, r.id", ticket=ticket_id)


def open_lines(tx: Tx, order_id: str, but: str = "") -> set[int]:
    """The lines of an order that refunds under way speak of; the refund `but` is left out."""
    rows = tx.rows(
        f"SELECT lines FROM refund WHERE order_id = :order AND id <> :but AND state IN ({_OPEN})",
        order=order_id,
        but=but,
    )
    return {line for row in rows for line in json.loads(row["lines"])}


def insert(
    tx: Tx,
    *,
    ticket_id: str,
    order_id: str,
    amount: int,
    currency: str,
    lines: list[int],
    reason: str,
    requested_by_kind: str,
    requested_by_id: str,
    requested_by: str,
    now: datetime,
) -> str:
    refund_id = new_id()
    tx.change(
        "INSERT INTO refund (id, ticket_id, order_id, amount, currency, lines, reason, state, requested_by_kind,"
        " requested_by_id, requested_by, created_at, updated_at) VALUES (:id, :ticket, :order, :amount, :currency,"
        " :lines, :reason, 'requested', :by_kind, :by_id, :by, :now, :now)",
        id=refund_id,
        ticket=ticket_id,
        order=order_id,
        amount=amount,
        currency=currency,
        lines=json.dumps(lines),
        reason=reason,
        by_kind=requested_by_kind,
        by_id=requested_by_id,
        by=requested_by,
        now=to_millis(now),
    )
    return refund_id


def change(tx: Tx, row: Row, now: datetime, **values: Any) -> bool:
    """Sets the columns if the refund is still in the state `row` says. False: somebody was faster."""
    sets = "".join(f", {name} = :{name}" for name in values)
    changed = tx.change(
        f"UPDATE refund SET updated_at = :row_now{sets} WHERE id = :row_id AND state = :row_state",
        row_id=row["id"],
        row_state=row["state"],
        row_now=to_millis(now),
        **values,
    )
    return changed == 1


def is_key_taken(tx: Tx, payment_key: str, but: str) -> bool:
    """Has this key paid a refund other than `but`?"""
    found = tx.value("SELECT 1 FROM refund WHERE payment_key = :key AND id <> :but", key=payment_key, but=but)
    return found is not None
