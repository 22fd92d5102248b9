"""Teams: whom they serve, who is in them, and how much each of those has to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import select

from chat.store.queries import kept
from chat.store.queries.conversations import WAITING, listed
from chat.store.queries.people import IS_THERE, PRESENT
from chat.store.tables import Team, to_millis
from chat.store.tx import Row, Tx

SILENCE = timedelta(minutes=10)  # an answered customer who says nothing for so long takes up nobody
LOAD = (
    "(SELECT count(*) FROM conversation c WHERE c.agent_id = a.id AND c.status = 'active'"
    " AND NOT (coalesce(c.last_author, 'customer') = 'agent' AND c.last_said_at <= :silent))"
)


def serving(tx: Tx, site_id: str) -> list[Team]:
    """Those of a site, by name. To be read."""
    theirs = "SELECT team_id FROM teamsite WHERE site_id = :site"
    return kept.read(tx, Team, f"WHERE kept.id IN ({theirs}) ORDER BY kept.name, kept.id", site=site_id)


def every(tx: Tx) -> list[Team]:
    return list(tx.session.exec(select(Team).order_by(Team.name, Team.id)))


def every_serving(tx: Tx) -> dict[str, list[str]]:
    """team -> its sites"""
    return _grouped(tx.rows("SELECT team_id AS one, site_id AS other FROM teamsite ORDER BY site_id"))


def every_belonging(tx: Tx) -> dict[str, list[str]]:
    """agent -> their teams"""
    return _grouped(tx.rows("SELECT agent_id AS one, team_id AS other FROM teamagent ORDER BY team_id"))


def _grouped(rows: list[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["one"], []).append(row["other"])
    return found


def crew(tx: Tx, team_ids: Iterable[str], now: datetime) -> list[Row]:
    """These teams and those they overflow to: a row for each of their agents, one without for a team that has none."""
    names, values = listed("team", team_ids)
    return tx.rows(
        "SELECT t.id AS team_id, t.name AS team_name, t.policy, t.capacity AS team_capacity, t.overflow_team_id,"
        " t.overflow_seconds, t.wrap_up_seconds, a.id AS agent_id, a.name, a.status, a.capacity, a.languages,"
        f" a.last_assigned_at, a.wrap_up_until, {IS_THERE} AS is_there, {LOAD} AS load"
        " FROM team t LEFT JOIN (SELECT ta.team_id, a.* FROM teamagent ta JOIN agent a ON a.id = ta.agent_id"
        " WHERE a.active) a ON a.team_id = t.id"
        f" WHERE t.id IN ({names}) OR t.id IN (SELECT f.overflow_team_id FROM team f WHERE f.id IN ({names}))"
        " ORDER BY t.id, a.id",
        since=to_millis(now - PRESENT),
        silent=to_millis(now - SILENCE),
        **values,
    )


def load(tx: Tx, agent_id: str, now: datetime) -> int:
    """How many conversations this agent has that count against their limit."""
    sql = f"SELECT {LOAD} AS load FROM agent a WHERE a.id = :agent"
    return int(tx.value(sql, agent=agent_id, silent=to_millis(now - SILENCE)))


def sites(tx: Tx, team_ids: Iterable[str]) -> set[tuple[str, str]]:
    """Which of these teams serves which site."""
    names, values = listed("team", team_ids)
    rows = tx.rows(f"SELECT team_id, site_id FROM teamsite WHERE team_id IN ({names})", **values)
    return {(row["team_id"], row["site_id"]) for row in rows}


def routed_to(tx: Tx, agent_id: str) -> dict[str, list[str]]:
    """The agent's teams that do not pick by hand, each with the teams that overflow to it."""
    rows = tx.rows(
        "SELECT t.id, f.id AS from_id FROM teamagent ta JOIN team t ON t.id = ta.team_id"
        " LEFT JOIN team f ON f.overflow_team_id = t.id WHERE ta.agent_id = :agent AND t.policy <> 'by_hand'",
        agent=agent_id,
    )
    return {
        team_id: [row["from_id"] for row in rows if row["id"] == team_id and row["from_id"]]
        for team_id in sorted({row["id"] for row in rows})
    }


def with_a_line(tx: Tx) -> list[str]:
    """Teams in whose queue somebody waits who may be given an agent by itself."""
    rows = tx.rows(
        "SELECT t.id FROM team t LEFT JOIN team o ON o.id = t.overflow_team_id"
        " WHERE (t.policy <> 'by_hand' OR o.policy <> 'by_hand') AND t.id IN"
        f" (SELECT c.team_id FROM conversation c WHERE {WAITING}) ORDER BY t.id"
    )
    return [row["id"] for row in rows]


def hold(tx: Tx, team_ids: Iterable[str]) -> None:
    """Whoever routes to an agent of these teams, or of those they overflow to, does it one after the other.

    Held before any agent: two who give to the same agents in another order would wait for each other for ever.
    """
    names, values = listed("team", team_ids)
    if tx.locking():
        tx.rows(
            "SELECT t.id FROM team t WHERE t.id IN (SELECT theirs.team_id FROM teamagent mine JOIN teamagent theirs"
            f" ON theirs.agent_id = mine.agent_id WHERE mine.team_id IN ({names})"
            f" OR mine.team_id IN (SELECT f.overflow_team_id FROM team f WHERE f.id IN ({names})))"
            f" ORDER BY t.id{tx.locking()}",
            **values,
        )
