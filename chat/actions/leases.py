"""Ownership is a lease: what an agent has who is gone goes back to its place in line, once.

Gone is who went offline or signed out, and whose connections were all missed for a lease. What their customers wait
for goes back at once. What they have answered stays theirs for the site's grace time, until the customer writes again:
nobody waits there as far as anybody can tell, but "one moment, I am looking" is an answer as well, so in the end it
goes back, however long the customer has been silent. Who comes back before keeps it. A break keeps everything.
Who was removed keeps nothing.
"""

from __future__ import annotations

import json
from datetime import datetime

from chat import wire
from chat.actions import queue
from chat.actions.access import Who
from chat.domain.conversation import Event
from chat.store import Tx
from chat.store.events import agent_room
from chat.store.queries import conversations, people, presence
from chat.store.tables import Agent
from chat.store.tx import Row

LEASE = people.PRESENT
AT_ONCE = 100


def go_offline(tx: Tx, agent: Agent, now: datetime) -> None:
    """The agent says so. What they take from now on is theirs all the same."""
    _give_back_unanswered(tx, agent.id, now)
    agent.offline_at = now


def sign_out(tx: Tx, who: Who, now: datetime) -> None:
    """A session of theirs has ended; they are gone unless they are seen by another one."""
    presence.forget_session(tx, who.session_id)
    if not presence.is_present(tx, who.id, now):
        _give_back_unanswered(tx, who.id, now)
        presence.note_gone_now(tx, who.id, now)


def _give_back_unanswered(tx: Tx, agent_id: str, now: datetime) -> None:
    """A slice; the sweep finds the rest, and what somebody else is changing right now."""
    for row in presence.unanswered_of(tx, agent_id, AT_ONCE):
        queue.give_back(tx, row, Event.LOSE_OWNER, now)


# -- by the sweep -------------------------------------------------------------------------------------------------


def note_gone(tx: Tx, now: datetime) -> int:
    presence.note_gone(tx, now)
    return 0


def note_back(tx: Tx, now: datetime) -> int:
    presence.note_back(tx, now)
    return 0


def give_back_abandoned(tx: Tx, now: datetime) -> int:
    abandoned = presence.abandoned(tx, now, AT_ONCE)
    for row in abandoned:
        queue.give_back(tx, row, Event.LOSE_OWNER, now)
    return len(abandoned)


def pass_over_slow(tx: Tx, now: datetime) -> int:
    slow = presence.slow(tx, now, AT_ONCE)
    for row in slow:
        _pass_over(tx, row, now)
    return len(slow)


def _pass_over(tx: Tx, row: Row, now: datetime) -> None:
    """To the next one, and not to this one again before the others had their turn."""
    passed = {*json.loads(row["passed_over"]), row["agent_id"]}
    if presence.colleagues_there(tx, row["team_id"], row["site_id"], row["agent_id"], now) <= passed:
        passed = {row["agent_id"]}
    conversations.change(tx, row, passed_over=sorted(passed))
    queue.give_back(tx, row, Event.LOSE_OWNER, now, line="agent_silent")
    told = wire.Notice(code="passed_over", values={"conversation_id": row["id"]})
    tx.publish("notice", [agent_room(row["agent_id"])], told)
