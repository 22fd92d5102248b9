"""Giving a conversation to an agent, and taking it from them.

Locks are taken in one order everywhere: the conversation, then teams, then agents.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol

from chat import wire
from chat.actions import desk, log
from chat.actions.crew import Crew, crew_of
from chat.domain.conversation import Event, Status, move
from chat.errors import Conflict, Taken
from chat.store import Tx
from chat.store.queries import assignments, conversations, participants, teams
from chat.store.tables import Agent, from_millis
from chat.store.tx import Row


class Somebody(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


def give(
    tx: Tx,
    row: Row,
    agent: Agent,
    event: Event,
    how: str,
    now: datetime,
    *,
    by: wire.Person | None = None,
    of_team: bool = False,
) -> Row:
    """By somebody's hand, the agent's own or that of `by`.

    Raises Taken with the winner's name, and Conflict when they have as many as they may; with `of_team` also when the
    conversation is for another team.
    """
    move(Status(row["status"]), event)  # what cannot be done at all is said before what there is no room for
    tx.lock("agent", agent.id)  # nobody else gives them anything until the end
    crew = crew_of(tx, [row["team_id"]], now)
    if of_team and not crew.includes(row, agent.id):
        team = crew.team_name(row)
        raise Conflict(f"This conversation is for {team}. Ask them, or a supervisor, to hand it on.", code="other_team")
    _check_room(tx, row, agent, crew, now)
    return assign(tx, row, agent, event, how, now, crew.explain(row, agent.id, by=by))


def _check_room(tx: Tx, row: Row, agent: Agent, crew: Crew, now: datetime) -> None:
    limit = agent.capacity if agent.capacity is not None else crew.limit(row, agent.id)
    if limit is not None and (load := teams.load(tx, agent.id, now)) >= limit:
        raise Conflict(f"{agent.name} has {load} conversations already, and {limit} at once is the limit.", code="full")


def assign(
    tx: Tx,
    row: Row,
    agent: Somebody,
    event: Event,
    how: str,
    now: datetime,
    explanation: dict[str, Any] | None = None,
    line: str = "agent_joined",
) -> Row:
    """Whatever the agent has already. Without an explanation it was by hand; `line` is what the customer reads.

    Raises Taken with the winner's name.
    """
    changes = {
        "status": move(Status(row["status"]), event),
        "agent_id": agent.id,
        "last_agent_id": agent.id,
        "epoch": row["epoch"] + 1,
        "assigned_at": now,
        "snoozed_until": None,
        "warned": True,
    }
    if not conversations.try_change(tx, row, **changes):
        raise Taken(by=conversations.conversation(tx, row["id"])["agent_name"] or "Somebody")
    taken = conversations.conversation(tx, row["id"])
    if participants.beside(taken, agent.id):
        participants.remove(tx, row["id"], agent.id)  # they were beside it, now it is theirs
        taken = conversations.conversation(tx, row["id"])
    explanation = explanation or crew_of(tx, [row["team_id"]], now).explain(row, agent.id)
    assignments.begin(tx, taken, agent.id, how, explanation, now)
    log.add_system(tx, taken, now, line, name=agent.name)
    if row["safety_notice"] and not row["warned"]:
        log.add_system(tx, taken, now, "safety_notice")
    return desk.tell_move(tx, row)


_ENDED = {Event.RELEASE: "released", Event.TRANSFER: "transferred", Event.LOSE_OWNER: "lost"}


def unassign(tx: Tx, row: Row, event: Event, now: datetime, **values: Any) -> Row:
    """It goes back to its place, that of the first wait; `values` change along.

    Who gave it back, or handed it to a team, does not get it again by itself.
    """
    if event is Event.RELEASE or "team_id" in values:
        values["passed_over"] = sorted({*json.loads(row["passed_over"]), row["agent_id"]})
    conversations.change(
        tx,
        row,
        status=move(Status(row["status"]), event),
        agent_id=None,
        epoch=row["epoch"] + 1,
        assigned_at=None,
        first_waited_at=first_wait(row, now),
        **values,
    )
    assignments.end(tx, row["id"], _ENDED[event], now)
    return conversations.conversation(tx, row["id"])


def first_wait(row: Row, now: datetime) -> datetime:
    """Since when it has its place in line; who never had one has it from now on."""
    return from_millis(row["first_waited_at"]) if row["first_waited_at"] else now
