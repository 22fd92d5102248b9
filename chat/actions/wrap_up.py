"""The time a team gives its agents after a conversation, to write up what there is to write."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat import wire
from chat.actions import access, desk, routing, shapes
from chat.actions.access import Who
from chat.store import Tx
from chat.store.queries import people
from chat.store.tx import Row


def begin(tx: Tx, row: Row, now: datetime) -> bool:
    """An agent's conversation ends here, whoever ended it: for a while nothing new is routed to them. False: at once.

    Whatever else they have open goes on meanwhile: a freed place is not filled at once for them either.
    """
    seconds = people.wrap_up_seconds(tx, row["team_id"]) if row["team_id"] else 0
    if seconds:
        people.set_wrap_up(tx, row["agent_id"], now + timedelta(seconds=seconds))
        desk.stale_presence(tx, row["agent_id"])
    return seconds > 0


def end_wrap_up(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.AgentValue:
    """They are done: the next conversation may come."""
    agent = access.agent_of(tx, who)
    routing.hold(tx, agent.id)
    agent.wrap_up_until = None
    desk.stale_presence(tx, who.id)
    tx.session.flush()
    routing.fill(tx, who.id, now)
    return wire.AgentValue(agent=shapes.agent(agent))
