"""The ways to be stranded, as searches: each finds conversations that nobody would ever turn to.

Each is cheap on a desk where nothing is wrong, however big it is: it looks at what is open, by an index.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from chat.store.queries.people import PRESENT
from chat.store.queries.presence import IS_GONE, LIVES, UNANSWERED
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

LATE = timedelta(seconds=60)  # what the sweep should have done by then it has failed to do
SOON = timedelta(seconds=30)  # that somebody may wait with nobody there: a page is reloaded within it
BOT_PATIENCE = timedelta(seconds=90)
BOT_TRIES = 5  # of one turn, some half a minute
BOT_MEMORY = timedelta(days=2)  # who is silent for longer has left
SERVICE_PATIENCE = timedelta(hours=1)  # with a payment service that says nothing
PENDING = timedelta(days=1)  # with one that says it goes on


class Stranded(NamedTuple):
    subject_id: str  # a conversation, a ticket, or a site
    site_id: str


ACTIVE = " FROM conversation c JOIN agent a ON a.id = c.agent_id JOIN site s ON s.id = c.site_id"
WAITING = " FROM site s JOIN conversation c ON c.site_id = s.id AND c.status = 'waiting'"
OFFLINE = " FROM conversation c"
DOES_NOT_SERVE = (
    "NOT EXISTS (SELECT 1 FROM teamagent ta JOIN teamsite ts ON ts.team_id = ta.team_id"
    " WHERE ta.agent_id = a.id AND ts.site_id = c.site_id)"
)
ONLINE = f"a.active AND a.status = 'online' AND {LIVES.format(agent='a')}"
BOTS_JOB = "j.key IN ('bot_turn:' || c.id || ':' || c.last_seq, 'bot_turn:' || c.id || ':' || c.last_seq || ':again')"
# By looking each up: the planner would go through all messages, or all conversations, to join them.
NEWEST_AUTHOR = "(SELECT m.author_kind FROM message m WHERE m.conversation_id = c.id AND m.seq = c.last_seq)"
STATUS_OF_PROMISED = "(SELECT promised.status FROM conversation promised WHERE promised.id = c.id)"
WHETHER_HELD = (
    "(SELECT CASE WHEN held.status = 'active' AND coalesce(held.agent_id, c.agent_id) = c.agent_id THEN 'held'"
    " ELSE 'lost' END FROM conversation held WHERE held.id = c.id)"
)

SEARCHES = {
    "no_owner": " FROM conversation c WHERE c.agent_id IS NULL AND c.status = 'active'",
    "owner_left": f"{ACTIVE} WHERE c.status = 'active' AND (NOT a.active OR {DOES_NOT_SERVE})",
    "owner_gone": (
        f"{ACTIVE} WHERE c.status = 'active' AND {IS_GONE} AND coalesce(a.gone_at, c.assigned_at, 0) <= :late"
        f" AND ({UNANSWERED} OR coalesce(a.gone_at, c.assigned_at, 0) <= :late - 1000 * s.grace_seconds)"
    ),
    "no_place": f"{WAITING} WHERE coalesce(c.first_waited_at, 0) = 0",
    "two_places": f"{WAITING} WHERE c.agent_id IS NOT NULL",
    "no_team": (
        f"{WAITING} WHERE NOT EXISTS"
        " (SELECT 1 FROM teamsite ts WHERE ts.site_id = c.site_id AND ts.team_id = c.team_id)"
    ),
    # With a site each, because only the calendar knows whether its desk is open.
    "nobody_there": (
        f"{WAITING} AND s.id = :site LEFT JOIN team t ON t.id = c.team_id WHERE c.first_waited_at <= :soon"
        " AND NOT EXISTS (SELECT 1 FROM teamagent ta JOIN agent a ON a.id = ta.agent_id"
        f" WHERE ta.team_id IN (t.id, t.overflow_team_id) AND {ONLINE})"
    ),
    "waits_at_closed_desk": f"{WAITING} AND s.id = :site",
    "no_promise": f"{OFFLINE} WHERE c.status = 'offline' AND (c.reply_by IS NULL OR c.left_at IS NULL)",
    "overdue": f"{OFFLINE} WHERE c.status = 'offline' AND c.reply_by <= :now",
    # By agent and site, of which there are few: that their messages are many is no matter.
    "message_owner_left": (
        " FROM agent a CROSS JOIN site s JOIN conversation c ON c.site_id = s.id AND c.agent_id = a.id"
        f" AND c.status = 'offline' WHERE NOT a.active OR {DOES_NOT_SERVE.replace('c.site_id', 's.id')}"
    ),
    "snoozed_out": f"{OFFLINE} WHERE c.snoozed_until <= :late",
    "bot_silent": (
        " FROM conversation c WHERE c.status = 'bot' AND c.last_said_at > :memory AND c.last_said_at <= :patience"
        # Most were answered, and of those no job is looked for.
        f" AND CASE WHEN {NEWEST_AUTHOR} = 'customer' THEN NOT EXISTS (SELECT 1 FROM job j"
        f" WHERE {BOTS_JOB} AND j.done_at IS NULL AND j.failed_at IS NULL AND j.attempts < {BOT_TRIES}) ELSE FALSE END"
    ),
    # Of each conversation as its books have it: with many messages this looks at as many conversations, once.
    "open_assignment": (
        " FROM (SELECT o.conversation_id AS id, o.site_id, o.agent_id, o.ended_at FROM assignment o) c"
        f" WHERE c.ended_at IS NULL AND {WHETHER_HELD} = 'lost'"
    ),
    # Here `c` is the ticket.
    "payout_doubtful": (
        " FROM ticket c WHERE c.id IN"
        " (SELECT r.ticket_id FROM payout p JOIN refund r ON r.id = p.refund_id WHERE p.said IS NOT NULL)"
    ),
    # What the service calls pending may take its time; what it says nothing of, or cannot be asked for, may not.
    "payout_silent": (
        " FROM ticket c WHERE c.id IN (SELECT r.ticket_id FROM payout p JOIN refund r ON r.id = p.refund_id"
        " WHERE p.state IN ('asked', 'unknown') AND p.at <= :silence"
        " AND (p.state = 'asked' OR p.error IS NOT NULL OR p.at <= :pending))"
    ),
    "open_promise": (
        " FROM (SELECT p.conversation_id AS id, p.site_id, p.ended_at FROM promise p) c"
        f" WHERE c.ended_at IS NULL AND {STATUS_OF_PROMISED} = 'closed'"
    ),
}  # fmt: skip


def those(tx: Tx, name: str, now: datetime, limit: int, only: str | None = None, site_id: str = "") -> list[Stranded]:
    """So many of a kind, or whether `only` is one of it."""
    rows = tx.rows(_search(name, only is not None), site=site_id, only=only, limit=limit, **_times(now))
    return [Stranded(row["id"], row["site_id"]) for row in rows]


@lru_cache(maxsize=2 * len(SEARCHES))
def _search(name: str, is_for_one: bool) -> str:
    joins, _, where = SEARCHES[name].partition(" WHERE ")
    one = " AND c.id = :only" if is_for_one else ""
    return (
        # Found first and ordered then: the planner would go through everything in the order of the ids otherwise.
        f"WITH found AS MATERIALIZED (SELECT c.id, c.site_id{joins} WHERE ({where or 'TRUE'}){one} LIMIT :limit)"
        " SELECT id, site_id FROM found ORDER BY id"
    )


@lru_cache(maxsize=1)
def _times(now: datetime) -> dict[str, int]:
    """The same for all searches of a round."""
    return {
        "now": to_millis(now),
        "late": to_millis(now - LATE),
        "soon": to_millis(now - SOON),
        "patience": to_millis(now - BOT_PATIENCE),
        "memory": to_millis(now - BOT_MEMORY),
        "silence": to_millis(now - SERVICE_PATIENCE),
        "pending": to_millis(now - PENDING),
        "since": to_millis(now - PRESENT),
        "until": to_millis(now + PRESENT),
    }


def is_anybody_at(tx: Tx, site_id: str) -> bool:
    """Does somebody wait for this site's desk, in line or with a message?"""
    sql = "SELECT 1 FROM conversation WHERE site_id = :site AND status IN ('waiting', 'offline') LIMIT 1"
    return tx.value(sql, site=site_id) is not None


def bots_jobs(tx: Tx, conversation_id: str) -> list[Row]:
    """What became of the turns that answer its last message."""
    return tx.rows(
        "SELECT j.key, j.done_at, j.failed_at, j.attempts FROM conversation c"
        f" JOIN job j ON {BOTS_JOB} WHERE c.id = :id",
        id=conversation_id,
    )
