"""Numbers of the sites, for those who watch over the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.store.queries.presence import LIVES, Lease
from chat.store.tables import from_millis, to_millis
from chat.store.tx import Row, Tx

Numbers = dict[str, dict[str, int]]  # by site, then by what
_SITES = "(SELECT id FROM site)"  # all of them: what has an index has one by site


def under_way(tx: Tx) -> tuple[Numbers, dict[str, datetime]]:
    """Those who wait or have an agent, by status; and by site, since when the one waits who waits for the longest."""
    rows = tx.rows(
        "SELECT site_id, status AS what, count(*) AS many, min(first_waited_at) AS first FROM conversation"
        f" WHERE site_id IN {_SITES} AND status IN ('waiting', 'active') GROUP BY site_id, status"
    )
    return _by_site(rows), {row["site_id"]: from_millis(row["first"]) for row in rows if row["what"] == "waiting"}


def left(tx: Tx, now: datetime) -> dict[str, tuple[int, int]]:
    """The inbox of each site where there is anything: how many, and of how many the promised time is over."""
    rows = tx.rows(
        "SELECT site_id, count(*) AS many, count(CASE WHEN reply_by <= :now THEN 1 END) AS overdue FROM conversation"
        f" WHERE site_id IN {_SITES} AND status = 'offline' GROUP BY site_id",
        now=to_millis(now),
    )
    return {row["site_id"]: (row["many"], row["overdue"]) for row in rows}


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


def bot_turns(tx: Tx, since: datetime) -> Numbers:
    """By decision."""
    return _numbers(
        tx,
        f"SELECT site_id, decision AS what, count(*) AS many FROM botturn WHERE site_id IN {_SITES} AND at > :since"
        " GROUP BY site_id, decision",
        since=to_millis(since),
    )


def _numbers(tx: Tx, sql: str, **values: Any) -> Numbers:
    return _by_site(tx.rows(sql, **values))


def _by_site(rows: list[Row]) -> Numbers:
    found: Numbers = {}
    for row in rows:
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
