"""Agents who are gone, and what they left behind."""

from __future__ import annotations

from datetime import datetime

from chat.store.queries.conversations import WHOLE
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

# Unanswered: of customer and agent, the customer wrote last, or nobody did.
ABANDONED = (
    " FROM agent gone JOIN conversation c ON c.agent_id = gone.id AND c.status = 'active'"
    " WHERE NOT EXISTS (SELECT 1 FROM presence p WHERE p.agent_id = gone.id AND p.seen_at > :since)"
    " AND coalesce((SELECT m.author_kind FROM message m WHERE m.conversation_id = c.id"
    " AND m.author_kind IN ('customer', 'agent') ORDER BY m.seq DESC LIMIT 1), 'customer') = 'customer'"
)


def abandoned(tx: Tx, since: datetime, limit: int) -> list[Row]:
    """Unanswered conversations of agents who were not seen since."""
    return tx.rows(
        f"{WHOLE} WHERE c.id IN (SELECT c.id{ABANDONED} LIMIT :limit) ORDER BY c.first_waited_at, c.id",
        since=to_millis(since),
        limit=limit,
    )


def anything_abandoned(tx: Tx, since: datetime) -> bool:
    return bool(
        tx.value(
            f"SELECT EXISTS (SELECT 1 FROM presence WHERE seen_at <= :since) OR EXISTS (SELECT 1{ABANDONED})",
            since=to_millis(since),
        )
    )


def forget_unseen(tx: Tx, since: datetime) -> list[str]:
    """Deletes connections not seen since. Gives their agents."""
    rows = tx.rows("DELETE FROM presence WHERE seen_at <= :since RETURNING agent_id", since=to_millis(since))
    return sorted({row["agent_id"] for row in rows})
