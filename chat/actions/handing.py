"""Giving a conversation to an agent, and taking it from them."""

from __future__ import annotations

from datetime import datetime

from chat.actions import desk, log
from chat.domain.conversation import Event, Status, move
from chat.errors import Taken
from chat.store import Tx
from chat.store.queries import assignments, conversations
from chat.store.tables import Agent, from_millis
from chat.store.tx import Row


def assign(tx: Tx, row: Row, agent: Agent, event: Event, how: str, now: datetime) -> Row:
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
    assignments.begin(tx, taken, agent.id, how, None, now)
    log.add_system(tx, taken, now, "agent_joined", name=agent.name)
    if row["safety_notice"] and not row["warned"]:
        log.add_system(tx, taken, now, "safety_notice")
    return desk.tell_move(tx, row)


_ENDED = {Event.RELEASE: "released", Event.TRANSFER: "transferred", Event.LOSE_OWNER: "lost"}


def unassign(tx: Tx, row: Row, event: Event, now: datetime) -> Row:
    conversations.change(
        tx,
        row,
        status=move(Status(row["status"]), event),
        agent_id=None,
        epoch=row["epoch"] + 1,
        assigned_at=None,
        first_waited_at=_or(row["first_waited_at"], now),
    )
    assignments.end(tx, row["id"], _ENDED[event], now)
    return conversations.conversation(tx, row["id"])


def _or(millis: int | None, now: datetime) -> datetime:
    return now if millis is None else from_millis(millis)
