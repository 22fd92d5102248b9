"""Numbers of a site, for those who watch over the installation."""

from __future__ import annotations

from datetime import datetime

from chat.store.queries.presence import LIVES, Lease
from chat.store.tables import from_millis, to_millis
from chat.store.tx import Row, Tx

COUNTED = ("waiting", "active", "offline")


def open_conversations(tx: Tx, site_id: str) -> dict[str, int]:
    sql = "SELECT count(*) FROM conversation WHERE site_id = :site AND status = :status"
    return {status: int(tx.value(sql, site=site_id, status=status)) for status in COUNTED}


def overdue(tx: Tx, site_id: str, now: datetime) -> int:
    sql = "SELECT count(*) FROM conversation WHERE site_id = :site AND status = 'offline' AND reply_by <= :now"
    return int(tx.value(sql, site=site_id, now=to_millis(now)))


def present(tx: Tx, site_id: str, now: datetime) -> int:
    since, until, _ = Lease.at(now)
    return int(
        tx.value(
            "SELECT count(DISTINCT a.id) FROM agent a JOIN teamagent ta ON ta.agent_id = a.id"
            f" JOIN teamsite ts ON ts.team_id = ta.team_id WHERE ts.site_id = :site AND {LIVES.format(agent='a')}",
            site=site_id,
            since=since,
            until=until,
        )
    )


def findings(tx: Tx, site_id: str) -> dict[str, int]:
    rows = tx.rows("SELECT kind, count(*) AS many FROM finding WHERE site_id = :site GROUP BY kind", site=site_id)
    return {row["kind"]: row["many"] for row in rows}


def first_waited_at(tx: Tx, site_id: str) -> datetime | None:
    """When the one began to wait who waits for the longest."""
    sql = "SELECT min(first_waited_at) FROM conversation WHERE site_id = :site AND status = 'waiting'"
    first = tx.value(sql, site=site_id)
    return None if first is None else from_millis(first)


def bot_turns(tx: Tx, site_id: str, since: datetime) -> dict[str, int]:
    sql = "SELECT decision, count(*) AS many FROM botturn WHERE site_id = :site AND at > :since GROUP BY decision"
    return {row["decision"]: row["many"] for row in tx.rows(sql, site=site_id, since=to_millis(since))}


def jobs_due(tx: Tx, now: datetime) -> list[Row]:
    """By kind: how many (`many`), and since when the oldest is (`first`)."""
    return tx.rows(
        "SELECT kind, count(*) AS many, min(run_at) AS first FROM job"
        " WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= :now GROUP BY kind",
        now=to_millis(now),
    )


def jobs_given_up(tx: Tx) -> dict[str, int]:
    sql = "SELECT kind, count(*) AS many FROM job WHERE failed_at IS NOT NULL AND done_at IS NULL GROUP BY kind"
    return {row["kind"]: row["many"] for row in tx.rows(sql)}
