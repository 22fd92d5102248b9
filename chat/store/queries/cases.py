"""What customers do with their cases."""

from __future__ import annotations

from datetime import datetime

from chat.store.tables import from_millis, to_millis
from chat.store.tx import Row, Tx


def count_open(tx: Tx, customer_id: str, most: int) -> int:
    """How many of a customer's cases are not over, counted up to `most`."""
    found = "SELECT 1 FROM ticket WHERE customer_id = :customer AND status NOT IN ('solved', 'closed') LIMIT :most"
    return int(tx.value(f"SELECT count(*) FROM ({found}) found", customer=customer_id, most=most))


def opened_since(tx: Tx, customer_id: str, since: datetime, most: int) -> list[datetime]:
    """When a customer opened cases themselves, the newest `most` of them, newest first."""
    rows = tx.rows(
        "SELECT created_at FROM ticket WHERE customer_id = :customer AND created_at > :since"
        " AND opened_by = 'customer' ORDER BY created_at DESC LIMIT :most",
        customer=customer_id,
        since=to_millis(since),
        most=most,
    )
    return [from_millis(row["created_at"]) for row in rows]


def set_withdrawn(tx: Tx, ticket_id: str, ending: str) -> None:
    tx.change(
        "UPDATE ticket SET ending = :ending, ending_proposed = NULL, wanted = '[]' WHERE id = :id",
        id=ticket_id,
        ending=ending,
    )


def set_appealed(tx: Tx, ticket: Row, decided_by_id: str | None, now: datetime) -> None:
    """Without its ending, and no longer with who decided it; `ending_by_id` still says who that was."""
    tx.change(
        "UPDATE ticket SET appealed_at = :now, ending = NULL, ending_proposed = NULL,"
        " assignee_id = CASE WHEN assignee_id = :decided_by THEN NULL ELSE assignee_id END WHERE id = :id",
        id=ticket["id"],
        decided_by=decided_by_id,
        now=to_millis(now),
    )
