"""Numbers of the sites, for those who watch over the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.store.queries.presence import LIVES, Lease
from chat.store.tables import from_millis, to_millis
from chat.store.tx import Row, Tx

COUNTED = ("waiting", "active", "offline")
Numbers = dict[str, dict[str, int]]  # by site, then by what
_SITES = "(SELECT id FROM site)"  # all of them: what has an index has one by site


def open_conversations(tx: Tx) -> Numbers:
    """By status, of every site where there are any."""
    return _numbers(
        tx,
        f"SELECT site_id, status AS what, count(*) AS many FROM conversation WHERE site_id IN {_SITES}"
        f" AND status IN {COUNTED} GROUP BY site_id, status",
    )


def overdue(tx: Tx, now: datetime) -> dict[str, int]:
    """By site. Compared as a sum, lest Postgres goes through the promises instead of the inbox, whose index has all."""
    rows = tx.rows(
        f"SELECT site_id, count(*) AS many FROM conversation WHERE site_id IN {_SITES} AND status = 'offline'"
        " AND reply_by + 0 <= :now GROUP BY site_id",
        now=to_millis(now),
    )
    return {row["site_id"]: row["many"] for row in rows}


def present(tx: Tx, now: datetime) -> dict[str, int]:
    """Agents, by site."""
    since, until, _ = Lease.at(now)
    rows = tx.rows(
        "SELECT ts.site_id, count(DISTINCT a.id) AS many FROM agent a JOIN teamagent ta ON ta.agent_id = a.id"
        f" JOIN teamsite ts ON ts.team_id = ta.team_id WHERE {LIVES.format(agent='a')} GROUP BY ts.site_id",
        since=since,
        until=until,
    )
    return {row["site_id"]: row["many"] for row in rows}


def findings(tx: Tx) -> Numbers:
    return _numbers(tx, "SELECT site_id, kind AS what, count(*) AS many FROM finding GROUP BY site_id, kind")


def first_waited_at(tx: Tx) -> dict[str, datetime]:
    """By site, when the one began to wait who waits for the longest."""
    rows = tx.rows(
        f"SELECT site_id, min(first_waited_at) AS first FROM conversation WHERE site_id IN {_SITES}"
        " AND status = 'waiting' GROUP BY site_id"
    )
    return {row["site_id"]: from_millis(row["first"]) for row in rows}


def bot_turns(tx: Tx, since: datetime) -> Numbers:
    """By decision."""
    return _numbers(
        tx,
        f"SELECT site_id, decision AS what, count(*) AS many FROM botturn WHERE site_id IN {_SITES} AND at > :since"
        " GROUP BY site_id, decision",
        since=to_millis(since),
    )


def _numbers(tx: Tx, sql: str, **values: Any) -> Numbers:
    found: Numbers = {}
    for row in tx.rows(sql, **values):
        found.setdefault(row["site_id"], {})[row["what"]] = row["many"]
    return found


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
