"""Canned replies, as those may have them who write."""

from __future__ import annotations

from sqlalchemy import func, text
from sqlmodel import col, select

from chat.store.queries import site_lists
from chat.store.tables import CannedReply
from chat.store.tx import Tx

OWN_TEAMS = "SELECT team_id FROM teamagent WHERE agent_id = :agent"
THEIR_TEAMS = (
    "SELECT ts.team_id FROM teamsite ts WHERE ts.site_id IN (SELECT ms.site_id FROM teamagent ma"
    " JOIN teamsite ms ON ms.team_id = ma.team_id WHERE ma.agent_id = :agent)"
)


def page(tx: Tx, agent_id: str, site_keys: list[str], leads: bool, after: str, limit: int) -> list[CannedReply]:
    """An agent's own ones and those shared with them, the eldest first; who leads has those of all teams of their
    sites.
    """
    sql, values = _seen(agent_id, site_keys, leads)
    seen, newer = text(sql).bindparams(**values), col(CannedReply.id) > after
    return list(tx.session.exec(select(CannedReply).where(newer, seen).order_by(col(CannedReply.id)).limit(limit)))


def is_seen(tx: Tx, reply_id: str, agent_id: str, site_keys: list[str], leads: bool) -> bool:
    """Is it one of those?"""
    sql, values = _seen(agent_id, site_keys, leads)
    return tx.row(f"SELECT 1 FROM cannedreply WHERE id = :id AND {sql}", id=reply_id, **values) is not None


def _seen(agent_id: str, site_keys: list[str], leads: bool) -> tuple[str, dict[str, str]]:
    of_sites, keys = site_lists.for_any("sites", site_keys)
    teams = THEIR_TEAMS if leads else OWN_TEAMS
    sql = f"(agent_id = :agent OR (agent_id IS NULL AND {of_sites} AND (team_id IS NULL OR team_id IN ({teams}))))"
    return sql, {"agent": agent_id, **keys}


def held(tx: Tx, reply_id: str) -> CannedReply | None:
    """Nobody else changes it until the end of the transaction."""
    if tx.row(f"SELECT id FROM cannedreply WHERE id = :id{tx.locking()}", id=reply_id) is None:
        return None
    return tx.session.get(CannedReply, reply_id, populate_existing=True)


def hold_those_of(tx: Tx, agent_id: str | None) -> None:
    """Nobody else saves one among an agent's own ones, or among all that are shared, until the end. Before `held`."""
    if agent_id:
        tx.lock("agent", agent_id)
    else:  # of the row that every installation has
        tx.row(f"SELECT value FROM meta WHERE key = 'store_id'{tx.locking()}")


def leads_team(tx: Tx, agent_id: str, team_id: str) -> bool:
    """Does that team serve a site of theirs?"""
    sql = f"SELECT 1 FROM team WHERE id = :team AND id IN ({THEIR_TEAMS})"
    return tx.row(sql, team=team_id, agent=agent_id) is not None


def count(tx: Tx, agent_id: str | None) -> int:
    """An agent's own ones, or all that are shared."""
    return tx.session.exec(select(func.count()).where(CannedReply.agent_id == agent_id)).one()


def called(tx: Tx, agent_id: str | None, shortcut: str) -> list[CannedReply]:
    """An agent's own ones, or those that are shared, of this shortcut."""
    found = select(CannedReply).where(CannedReply.agent_id == agent_id, CannedReply.shortcut == shortcut)
    return list(tx.session.exec(found))
