"""Files that were sent, where they are shown, and evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chat.store.queries.conversations import AGENTS_SITES, listed
from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx

# Who sent it; the other two are NULL, which nothing equals.
_SENT = "(a.customer_id = :customer AND a.site_id = :site OR a.agent_id = :agent OR a.ticket_id = :ticket)"


def insert(tx: Tx, now: datetime, **values: Any) -> Row:
    values |= {"id": new_id(), "created_at": to_millis(now)}
    columns = ", ".join(values)
    row = tx.row(
        f"INSERT INTO attachment ({columns}) VALUES ({', '.join(f':{name}' for name in values)}) RETURNING *", **values
    )
    assert row is not None
    return row


def keyed(tx: Tx, key: str) -> Row | None:
    """What was sent under it before."""
    return tx.row("SELECT a.* FROM attachment a WHERE a.key = :key", key=key)


def sent_since(tx: Tx, since: datetime, **sender: str | None) -> Row:
    """Of one sender: how many files since then (`sent`), and how many of them wait to be used (`waiting`)."""
    row = tx.row(
        "SELECT (SELECT count(*) FROM attachment a WHERE a.created_at > :since"
        " AND (a.customer_id = :customer OR a.ticket_id = :ticket OR a.agent_id = :agent)) AS sent,"
        " (SELECT count(*) FROM attachment a WHERE a.used_at IS NULL AND a.created_at > :since"
        " AND (a.customer_id = :customer OR a.ticket_id = :ticket OR a.agent_id = :agent)) AS waiting",
        since=to_millis(since),
        **sender,
    )
    assert row is not None
    return row


def take(tx: Tx, attachment_id: str, now: datetime, **sender: str | None) -> Row | None:
    """A file of this sender, used from now on."""
    return tx.row(
        f"UPDATE attachment AS a SET used_at = coalesce(a.used_at, :now) WHERE a.id = :id AND {_SENT} RETURNING *",
        id=attachment_id,
        now=to_millis(now),
        **sender,
    )


def show(tx: Tx, attachment_id: str, subject_kind: str, subject_id: str, seq: int | None) -> None:
    tx.change(
        "INSERT INTO attachmentuse (attachment_id, subject_kind, subject_id, seq)"
        " VALUES (:id, :kind, :subject, :seq) ON CONFLICT DO NOTHING",
        id=attachment_id,
        kind=subject_kind,
        subject=subject_id,
        seq=seq,
    )


def seen_by_sender(tx: Tx, attachment_id: str, **sender: str | None) -> Row | None:
    """A file that nobody has been shown yet, which only its sender may look at."""
    return tx.row(
        f"SELECT a.* FROM attachment a WHERE a.id = :id AND a.used_at IS NULL AND {_SENT}", id=attachment_id, **sender
    )


def seen_by_customer(tx: Tx, attachment_id: str, customer_id: str, site_id: str) -> Row | None:
    """In a conversation or a ticket of theirs."""
    theirs = "x.id = u.subject_id AND x.customer_id = :customer AND x.site_id = :site"
    return tx.row(
        "SELECT a.* FROM attachment a WHERE a.id = :id AND EXISTS (SELECT 1 FROM attachmentuse u"
        " WHERE u.attachment_id = a.id AND (u.subject_kind = 'conversation'"
        f" AND EXISTS (SELECT 1 FROM conversation x WHERE {theirs}) OR u.subject_kind = 'ticket'"
        f" AND EXISTS (SELECT 1 FROM ticket x WHERE {theirs})))",
        id=attachment_id,
        customer=customer_id,
        site=site_id,
    )


def seen_by_agent(tx: Tx, attachment_id: str, agent_id: str) -> Row | None:
    """In a conversation or a ticket of a site that the agent's teams serve."""
    theirs = f"c.id = u.subject_id AND {AGENTS_SITES}"
    return tx.row(
        "SELECT a.* FROM attachment a WHERE a.id = :id AND EXISTS (SELECT 1 FROM attachmentuse u"
        " WHERE u.attachment_id = a.id AND (u.subject_kind = 'conversation'"
        f" AND EXISTS (SELECT 1 FROM conversation c WHERE {theirs}) OR u.subject_kind = 'ticket'"
        f" AND EXISTS (SELECT 1 FROM ticket c WHERE {theirs})))",
        id=attachment_id,
        agent=agent_id,
    )


def is_any_unused(tx: Tx, before: datetime) -> bool:
    sql = "SELECT 1 FROM attachment WHERE used_at IS NULL AND created_at <= :before LIMIT 1"
    return tx.value(sql, before=to_millis(before)) is not None


def forget_unused(tx: Tx, before: datetime, limit: int) -> list[str]:
    """Deletes rows of files that were sent before that time and never used; gives the paths."""
    found = tx.rows(
        "DELETE FROM attachment WHERE id IN (SELECT id FROM attachment WHERE used_at IS NULL AND created_at <= :before"
        f" ORDER BY created_at LIMIT :limit{tx.locking(skip=True)}) AND used_at IS NULL RETURNING path",
        before=to_millis(before),
        limit=limit,
    )
    return [row["path"] for row in found]


def known(tx: Tx, paths: Iterable[str]) -> set[str]:
    """Which of these paths have a row."""
    names, values = listed("path", paths)
    return {row["path"] for row in tx.rows(f"SELECT path FROM attachment WHERE path IN ({names})", **values)}


# -- evidence -----------------------------------------------------------------------------------------------------


def add_evidence(tx: Tx, now: datetime, **values: Any) -> None:
    values |= {"id": new_id(), "at": to_millis(now)}
    columns = ", ".join(values)
    tx.change(f"INSERT INTO evidence ({columns}) VALUES ({', '.join(f':{name}' for name in values)})", **values)


def evidence_of(tx: Tx, ticket_id: str) -> list[Row]:
    """Oldest first, each with its file and who gave it."""
    return tx.rows(
        "SELECT e.id AS evidence_id, e.code, e.body, e.by_kind, e.at, a.id, a.name, a.type, a.size, a.width, a.height,"
        " coalesce(g.name, u.name, '') AS by_name FROM evidence e LEFT JOIN attachment a ON a.id = e.attachment_id"
        " LEFT JOIN agent g ON e.by_kind = 'agent' AND g.id = e.by_id"
        " LEFT JOIN customer u ON e.by_kind = 'customer' AND u.id = e.by_id"
        " WHERE e.ticket_id = :ticket ORDER BY e.id",
        ticket=ticket_id,
    )


def count_evidence(tx: Tx, ticket_id: str) -> int:
    return int(tx.value("SELECT COUNT(*) FROM evidence WHERE ticket_id = :ticket", ticket=ticket_id))


def evidence_codes(tx: Tx, ticket_ids: Iterable[str]) -> list[Row]:
    """What has been given to each of these tickets."""
    names, values = listed("ticket", ticket_ids)
    return tx.rows(f"SELECT DISTINCT ticket_id, code FROM evidence WHERE ticket_id IN ({names})", **values)


def set_wanted(tx: Tx, ticket_id: str, wanted: str) -> None:
    tx.change("UPDATE ticket SET wanted = :wanted WHERE id = :id", id=ticket_id, wanted=wanted)
