"""Agents who are gone, and what they left behind."""

from __future__ import annotations

from datetime import datetime

from chat.store.queries.conversations import WHOLE
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

# Unanswered: of customer and agent, the customer wrote last, or nobody did.
ABANDONED = (
    " FROM agent gone JOIN conversation c ON c.agent_id = gone.id AND c.status = 'active'"
    " WHERE NOT EXISTS (SELECT 1 FROM presence p WHERE p.agent_id = gone.id"
    " AND p.seen_at > :since AND p.seen_at <= :until)"
    " AND coalesce(c.last_author, 'customer') = 'customer'"
)


UNSEEN = "(seen_at <= :since OR seen_at > :until)"  # later than now: from before the clock was set back


def abandoned(tx: Tx, since: datetime, until: datetime, limit: int) -> list[Row]:
    """Unanswered conversations of agents who were not seen between the two. Held; those in other hands are left out."""
    seen = {"since": to_millis(since), "until": to_millis(until)}
    which = f"c.id IN (SELECT c.id{ABANDONED}) ORDER BY c.id LIMIT :limit"
    found = tx.rows(f"SELECT c.id FROM conversation c WHERE {which}{tx.locking(skip=True)}", limit=limit, **seen)
    # Looked at again now that they are held: somebody may have answered in between.
    names = {f"id{index}": row["id"] for index, row in enumerate(found)}
    return tx.rows(
        f"{WHOLE} WHERE c.id IN ({', '.join(f':{name}' for name in names) or 'NULL'}) AND c.id IN"
        f" (SELECT c.id{ABANDONED}) ORDER BY c.priority, c.first_waited_at, c.id",
        **names,
        **seen,
    )


def anything_abandoned(tx: Tx, since: datetime, until: datetime) -> bool:
    return bool(tx.value(f"SELECT EXISTS (SELECT 1{ABANDONED})", since=to_millis(since), until=to_millis(until)))


def is_any_unseen(tx: Tx, since: datetime, until: datetime) -> bool:
    sql = f"SELECT EXISTS (SELECT 1 FROM presence WHERE {UNSEEN})"
    return bool(tx.value(sql, since=to_millis(since), until=to_millis(until)))


def forget_unseen(tx: Tx, since: datetime, until: datetime) -> list[str]:
    """Deletes connections not seen between the two. Gives their agents."""
    rows = tx.rows(
        f"DELETE FROM presence WHERE {UNSEEN} RETURNING agent_id", since=to_millis(since), until=to_millis(until)
    )
    return sorted({row["agent_id"] for row in rows})
