"""Numbers of a site, for those who watch over the installation."""

from __future__ import annotations

from datetime import datetime

from chat.store.queries.presence import LIVES, Lease
from chat.store.tables import to_millis
from chat.store.tx import Tx

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
