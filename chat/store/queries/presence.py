"""Agents who are gone, and what they left behind."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chat.store.queries.conversations import WHOLE
from chat.store.queries.people import PRESENT
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

LIVES = "EXISTS (SELECT 1 FROM presence p WHERE p.agent_id = {agent}.id AND p.seen_at > :since AND p.seen_at <= :until)"
IS_GONE = f"NOT {LIVES.format(agent='a')}"
UNSEEN = "(seen_at <= :since OR seen_at > :until)"  # later than now: from before the clock was set back
# Of customer and agent, the customer wrote last, or nobody did.
UNANSWERED = "coalesce(c.last_author, 'customer') = 'customer'"
GRACE_IS_OVER = "({since} <= :now - 1000 * s.grace_seconds OR {since} > :until)"
# Who goes on answering after they went offline has the grace time from their last word on.
LAST_WORD = "CASE WHEN c.last_said_at > a.offline_at THEN c.last_said_at ELSE a.offline_at END"
ABANDONED = (
    " FROM agent a JOIN conversation c ON c.agent_id = a.id AND c.status = 'active' JOIN site s ON s.id = c.site_id"
    # Who has left for good does not come back to it.
    f" WHERE NOT a.active OR {IS_GONE} AND ({UNANSWERED} OR {GRACE_IS_OVER.format(since='a.gone_at')})"
    # What they took after they went offline is theirs.
    " OR a.offline_at IS NOT NULL AND coalesce(c.assigned_at, 0) <= a.offline_at"
    f" AND ({UNANSWERED} OR {GRACE_IS_OVER.format(since=f'({LAST_WORD})')})"
)


class Lease(NamedTuple):
    """A connection seen between the two keeps its agent present."""

    since: int
    until: int
    now: int

    @classmethod
    def at(cls, now: datetime) -> Lease:
        return cls(to_millis(now - PRESENT), to_millis(now + PRESENT), to_millis(now))


def abandoned(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """Conversations whose agent is gone and did not come back in time. Held; those in other hands are left out."""
    return _held(tx, f"SELECT c.id{ABANDONED}", limit, **Lease.at(now)._asdict())


def is_any_abandoned(tx: Tx, now: datetime) -> bool:
    return bool(tx.value(f"SELECT EXISTS (SELECT 1{ABANDONED})", **Lease.at(now)._asdict()))


def unanswered_of(tx: Tx, agent_id: str, limit: int) -> list[Row]:
    """What this agent has and did not answer. Held as above."""
    which = f"SELECT c.id FROM conversation c WHERE c.agent_id = :agent AND c.status = 'active' AND {UNANSWERED}"
    return _held(tx, which, limit, agent=agent_id)


# Since when their first line after the agent's last one stands there.
_UNANSWERED_SINCE = (
    "coalesce((SELECT min(m.created_at) FROM message m WHERE m.conversation_id = c.id AND m.author_kind = 'customer'"
    " AND m.seq > coalesce((SELECT max(own.seq) FROM message own WHERE own.conversation_id = c.id"
    " AND own.author_kind = 'agent'), 0)), 0)"
)
_OTHERS = (
    "SELECT 1 FROM teamagent ta JOIN agent a ON a.id = ta.agent_id AND a.active AND a.status = 'online'"
    f" WHERE ta.team_id IN (t.id, t.overflow_team_id) AND a.id <> c.agent_id AND {LIVES.format(agent='a')}"
)
# A team that routes would give it straight back to the only one who is there.
SLOW = (
    " FROM site s JOIN conversation c ON c.site_id = s.id AND c.status = 'active' LEFT JOIN team t ON t.id = c.team_id"
    f" WHERE s.answer_seconds IS NOT NULL AND {UNANSWERED} AND c.assigned_at <= :now - 1000 * s.answer_seconds"
    f" AND {_UNANSWERED_SINCE} <= :now - 1000 * s.answer_seconds"
    f" AND (coalesce(t.policy, 'by_hand') = 'by_hand' OR EXISTS ({_OTHERS}))"
)


def slow(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """Conversations whose agent did not answer within the site's limit. Held as above."""
    return _held(tx, f"SELECT c.id{SLOW}", limit, **Lease.at(now)._asdict())


def is_any_slow(tx: Tx, now: datetime) -> bool:
    return bool(tx.value(f"SELECT EXISTS (SELECT 1{SLOW})", **Lease.at(now)._asdict()))


def _held(tx: Tx, which: str, limit: int, **values: int | str) -> list[Row]:
    found = tx.rows(
        f"SELECT c.id FROM conversation c WHERE c.id IN ({which}) ORDER BY c.id LIMIT :limit{tx.locking(skip=True)}",
        limit=limit,
        **values,
    )
    # Looked at again now that they are held: somebody may have answered in between.
    names = {f"id{index}": row["id"] for index, row in enumerate(found)}
    return tx.rows(
        f"{WHOLE} WHERE c.id IN ({', '.join(f':{name}' for name in names) or 'NULL'}) AND c.id IN ({which})"
        " ORDER BY c.priority, c.first_waited_at, c.id",
        **names,
        **values,
    )


def colleagues_there(tx: Tx, team_id: str | None, site_id: str, but: str, now: datetime) -> set[str]:
    """Who else is online in this team, or at this site when it is nobody's."""
    teams = "SELECT id FROM team WHERE id = :team" if team_id else "SELECT team_id FROM teamsite WHERE site_id = :site"
    rows = tx.rows(
        "SELECT DISTINCT a.id FROM agent a JOIN teamagent ta ON ta.agent_id = a.id WHERE a.active AND a.id <> :but"
        f" AND a.status = 'online' AND ta.team_id IN ({teams}) AND {LIVES.format(agent='a')}",
        but=but,
        **({"team": team_id} if team_id else {"site": site_id}),
        since=Lease.at(now).since,
        until=Lease.at(now).until,
    )
    return {row["id"] for row in rows}


# -- since when they are gone -------------------------------------------------------------------------------------

NEWLY_GONE = (
    f"a.gone_at IS NULL AND {IS_GONE}"
    " AND EXISTS (SELECT 1 FROM conversation c WHERE c.agent_id = a.id AND c.status = 'active')"
)
BACK = f"a.gone_at IS NOT NULL AND {LIVES.format(agent='a')}"


def is_any_newly_gone(tx: Tx, now: datetime) -> bool:
    return _is_any_agent(tx, NEWLY_GONE, now)


def is_any_back(tx: Tx, now: datetime) -> bool:
    return _is_any_agent(tx, BACK, now)


def note_gone(tx: Tx, now: datetime) -> None:
    """Of those who have conversations: of others nobody needs to know."""
    _note(tx, ":now", NEWLY_GONE, **Lease.at(now)._asdict())


def note_back(tx: Tx, now: datetime) -> None:
    since, until, _ = Lease.at(now)
    _note(tx, "NULL", BACK, since=since, until=until)


def note_gone_now(tx: Tx, agent_id: str, now: datetime) -> None:
    tx.change("UPDATE agent SET gone_at = :now WHERE id = :id", id=agent_id, now=to_millis(now))


def _is_any_agent(tx: Tx, which: str, now: datetime) -> bool:
    since, until, _ = Lease.at(now)
    return bool(tx.value(f"SELECT EXISTS (SELECT 1 FROM agent a WHERE {which})", since=since, until=until))


def _note(tx: Tx, what: str, which: str, **values: int) -> None:
    tx.change(f"UPDATE agent SET gone_at = {what} WHERE id IN (SELECT a.id FROM agent a WHERE {which})", **values)


# -- connections --------------------------------------------------------------------------------------------------


def is_present(tx: Tx, agent_id: str, now: datetime) -> bool:
    since, until, _ = Lease.at(now)
    sql = f"SELECT 1 FROM agent a WHERE a.id = :id AND {LIVES.format(agent='a')}"
    return tx.value(sql, id=agent_id, since=since, until=until) is not None


def forget_session(tx: Tx, session_id: str) -> None:
    """Whoever is seen by it has signed out."""
    tx.change("DELETE FROM presence WHERE session_id = :session", session=session_id)


def is_any_unseen(tx: Tx, now: datetime) -> bool:
    since, until, _ = Lease.at(now)
    return bool(tx.value(f"SELECT EXISTS (SELECT 1 FROM presence WHERE {UNSEEN})", since=since, until=until))


def forget_unseen(tx: Tx, now: datetime) -> list[str]:
    """Deletes connections not seen for a lease. Gives their agents."""
    since, until, _ = Lease.at(now)
    rows = tx.rows(f"DELETE FROM presence WHERE {UNSEEN} RETURNING agent_id", since=since, until=until)
    return sorted({row["agent_id"] for row in rows})


def anyone_online(tx: Tx, site_id: str, now: datetime) -> bool:
    """Is an agent of this site there, and chose to be?"""
    since, until, _ = Lease.at(now)
    sql = (
        "SELECT 1 FROM agent a JOIN teamagent ta ON ta.agent_id = a.id JOIN teamsite ts ON ts.team_id = ta.team_id"
        f" WHERE ts.site_id = :site AND a.active AND a.status = 'online' AND {LIVES.format(agent='a')} LIMIT 1"
    )
    return tx.value(sql, site=site_id, since=since, until=until) is not None
