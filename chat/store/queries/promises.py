"""The ledger of reply times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chat.store.queries.conversations import listed
from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx


def make(tx: Tx, conversation_id: str, site_id: str, due_at: datetime, now: datetime) -> None:
    """One open promise a conversation: who adds to their message keeps the time they were told."""
    tx.change(
        "INSERT INTO promise (id, conversation_id, site_id, made_at, due_at)"
        " VALUES (:id, :conversation, :site, :now, :due) ON CONFLICT DO NOTHING",
        id=new_id(),
        conversation=conversation_id,
        site=site_id,
        due=to_millis(due_at),
        now=to_millis(now),
    )


def move(tx: Tx, conversation_id: str, due_at: datetime) -> None:
    tx.change(
        "UPDATE promise SET due_at = :due WHERE conversation_id = :conversation AND ended_at IS NULL",
        conversation=conversation_id,
        due=to_millis(due_at),
    )


def end(tx: Tx, conversation_id: str, how: str, now: datetime) -> None:
    tx.change(
        "UPDATE promise SET ended_at = :now, ended_how = :how"
        " WHERE conversation_id = :conversation AND ended_at IS NULL",
        conversation=conversation_id,
        how=how,
        now=to_millis(now),
    )


# Missed: answered late, ended unanswered after its time, or its time has passed. What was spam, or ended before its
# time without an answer, counts as neither.
_MISSED = "((p.ended_at IS NULL AND p.due_at < :now) OR (p.ended_at > p.due_at AND p.ended_how <> 'spam'))"


def counts(tx: Tx, site_ids: Iterable[str], since: datetime, now: datetime) -> dict[str, dict[str, int]]:
    """By site: `kept` and `missed` of those due since then; `open` are not due yet, `overdue` are missed and still
    open.
    """
    names, sites = listed("site", site_ids)
    ended = tx.rows(
        "SELECT p.site_id, count(CASE WHEN p.ended_how = 'answered' AND p.ended_at <= p.due_at THEN 1 END) AS kept,"
        f" count(CASE WHEN {_MISSED} THEN 1 END) AS missed"
        f" FROM promise p WHERE p.site_id IN ({names}) AND p.due_at >= :since GROUP BY p.site_id",
        since=to_millis(since),
        now=to_millis(now),
        **sites,
    )
    # Most of them lie in the inbox, and are counted from its index alone.
    waiting = tx.rows(
        "SELECT site_id, count(CASE WHEN reply_by >= :now THEN 1 END) AS open,"
        " count(CASE WHEN reply_by < :now THEN 1 END) AS overdue FROM"
        f" (SELECT site_id, reply_by FROM conversation WHERE site_id IN ({names}) AND status = 'offline' UNION ALL"
        f" SELECT site_id, reply_by FROM conversation WHERE site_id IN ({names}) AND status IN ('waiting', 'active'))"
        " AS promised GROUP BY site_id",
        now=to_millis(now),
        **sites,
    )
    found = {site_id: dict.fromkeys(("kept", "missed", "open", "overdue"), 0) for site_id in sites.values()}
    for row in (*ended, *waiting):
        found[row["site_id"]].update({name: many for name, many in dict(row).items() if name != "site_id"})
    return found


def missed(tx: Tx, site_ids: Iterable[str], since: datetime, now: datetime, limit: int) -> list[Row]:
    """The newest, with whose conversation it is and who has, or last had, it."""
    names, sites = listed("site", site_ids)
    newest = (
        f"SELECT p.* FROM promise p WHERE p.site_id IN ({names}) AND p.due_at >= :since AND p.due_at < :now"
        f" AND {_MISSED} ORDER BY p.due_at DESC, p.id DESC LIMIT :limit"
    )
    return tx.rows(
        "SELECT p.conversation_id, p.due_at, p.ended_at, s.key AS site_key, a.id AS agent_id, a.name AS agent_name,"
        f" coalesce(u.name, c.contact_name) AS customer_name FROM ({newest}) p"
        " JOIN conversation c ON c.id = p.conversation_id JOIN site s ON s.id = p.site_id"
        " JOIN customer u ON u.id = c.customer_id LEFT JOIN agent a ON a.id = coalesce(c.agent_id, c.last_agent_id)"
        " ORDER BY p.due_at DESC, p.id DESC",
        since=to_millis(since),
        now=to_millis(now),
        limit=limit,
        **sites,
    )
