"""Refunds: money going back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.domain.refunds import COUNTED, OPEN_REFUND
from chat.store.queries.conversations import listed
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

_OPEN = ", ".join(f"'{state}'" for state in sorted(OPEN_REFUND))
_COUNTED = ", ".join(f"'{state}'" for state in sorted(COUNTED))
_SHOWN = "SELECT r.*, p.number AS order_number, y.number AS transaction_number"
_JOINED = " LEFT JOIN purchase p ON p.id = r.order_id LEFT JOIN payment y ON y.id = r.transaction_id"
WHOLE = f"{_SHOWN} FROM refund r{_JOINED}"


def ticket_of(tx: Tx, refund_id: str) -> str | None:
    """The ticket a refund belongs to: it is held before the refund is."""
    found: str | None = tx.value("SELECT ticket_id FROM refund WHERE id = :id", id=refund_id)
    return found


def refund(tx: Tx, refund_id: str) -> Row | None:
    """In a transaction that writes nobody else changes it until the end."""
    return tx.row(f"{_SHOWN} FROM (SELECT r.* FROM refund r WHERE r.id = :id{tx.locking()}) r{_JOINED}", id=refund_id)


def of_ticket(tx: Tx, ticket_id: str) -> list[Row]:
    return tx.rows(f"{WHOLE} WHERE r.ticket_id = :ticket ORDER BY r.created_at, r.id", ticket=ticket_id)


def newest(tx: Tx, ticket_id: str) -> Row | None:
    """The one that stands for the ticket; held like `refund`."""
    refund_id = tx.value(
        "SELECT id FROM refund WHERE ticket_id = :ticket ORDER BY created_at DESC, id DESC LIMIT 1", ticket=ticket_id
    )
    return refund(tx, refund_id) if refund_id else None


def counted(tx: Tx, order_ids: list[str]) -> list[Row]:
    """The refunds of these orders that speak for some of what was bought, with their tickets, oldest first."""
    names, ids = listed("order", order_ids)
    return tx.rows(
        "SELECT r.id, r.order_id, r.lines, r.counts, r.amount, r.currency, r.state, r.created_at, r.ticket_id,"
        " t.number AS ticket_number, t.customer_id FROM refund r JOIN ticket t ON t.id = r.ticket_id"
        f" WHERE r.order_id IN ({names}) AND r.state IN ({_COUNTED}) ORDER BY r.created_at, r.id",
        **ids,
    )


def is_open(tx: Tx, transaction_id: str) -> bool:
    """Is a refund of this transaction under way?"""
    found = tx.value(f"SELECT 1 FROM refund WHERE transaction_id = :id AND state IN ({_OPEN})", id=transaction_id)
    return found is not None


_APPROVED = ", ".join(f"'{state}'" for state in ("approved", "failed", "paid", "paying"))
# Of every currency together, without rates: a limit would be worth as many times what it says as there are currencies.
_DAY = (
    "SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) AS total FROM refund r JOIN ticket t ON t.id = r.ticket_id"
    f" WHERE t.site_id = :site AND r.decided_at >= :since AND r.state IN ({_APPROVED})"
)


def approved_by_agent(tx: Tx, agent_id: str, site_id: str, since: datetime) -> int:
    """The sum of what this agent has approved on a site since then."""
    found = tx.value(f"{_DAY} AND r.decided_by_id = :agent", agent=agent_id, site=site_id, since=to_millis(since))
    return int(found)


def approved_to_customer(tx: Tx, customer_id: str, site_id: str, since: datetime) -> int:
    """The sum of what was approved to go back to this customer of a site since then."""
    found = tx.value(
        f"{_DAY} AND t.customer_id = :customer",
        customer=customer_id,
        site=site_id,
        since=to_millis(since),
    )
    return int(found)


def insert(tx: Tx, refund_id: str, now: datetime, **values: Any) -> None:
    """A requested one, with these columns; what is no text or number is written as JSON."""
    written = {name: _written(value) for name, value in values.items()}
    names, places = "".join(f", {name}" for name in written), "".join(f", :{name}" for name in written)
    tx.change(
        f"INSERT INTO refund (id, state, created_at, updated_at{names})"
        f" VALUES (:id, 'requested', :created, :created{places})",
        id=refund_id,
        created=to_millis(now),
        **written,
    )


def _written(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


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


# -- payouts ------------------------------------------------------------------------------------------------------


def payouts(tx: Tx, refund_ids: list[str]) -> list[Row]:
    """Every attempt to pay one of these, oldest first."""
    values = {f"id{index}": refund_id for index, refund_id in enumerate(refund_ids)}
    names = ", ".join(f":{name}" for name in values) or "NULL"
    return tx.rows(f"SELECT * FROM payout WHERE refund_id IN ({names}) ORDER BY at, id", **values)


def payout(tx: Tx, payout_id: str) -> Row | None:
    return tx.row("SELECT * FROM payout WHERE id = :id", id=payout_id)


def add_payout(tx: Tx, payout_id: str, refund_id: str, way: str, by_id: str, now: datetime) -> None:
    """A second one beside one that did not fail breaks the table's rule."""
    tx.change(
        "INSERT INTO payout (id, refund_id, way, state, by_id, at) VALUES (:id, :refund, :way, 'asked', :by, :now)",
        id=payout_id,
        refund=refund_id,
        way=way,
        by=by_id,
        now=to_millis(now),
    )


def doubt_payout(tx: Tx, payout_id: str, error: str | None) -> None:
    """Nobody knows what became of it."""
    tx.change(
        "UPDATE payout SET state = 'unknown', error = :error WHERE id = :id AND state IN ('asked', 'unknown')",
        id=payout_id,
        error=error,
    )


def end_payout(tx: Tx, payout_id: str, state: str, reference: str | None, error: str | None, now: datetime) -> None:
    tx.change(
        "UPDATE payout SET state = :state, reference = :reference, error = :error, ended_at = :now WHERE id = :id",
        id=payout_id,
        state=state,
        reference=reference,
        error=error,
        now=to_millis(now),
    )


def set_said(tx: Tx, payout_id: str, said: str | None) -> None:
    """What the service says of it now, against what is known."""
    tx.change("UPDATE payout SET said = :said WHERE id = :id", id=payout_id, said=said)


def is_in_doubt(tx: Tx, refund_id: str) -> bool:
    sql = "SELECT 1 FROM payout WHERE refund_id = :refund AND said IS NOT NULL LIMIT 1"
    return tx.value(sql, refund=refund_id) is not None


def clear_payouts(tx: Tx, refund_id: str) -> bool:
    """False: nothing was in doubt."""
    sql = "UPDATE payout SET said = NULL WHERE refund_id = :refund AND said IS NOT NULL"
    return tx.change(sql, refund=refund_id) > 0
