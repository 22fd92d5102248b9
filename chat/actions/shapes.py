"""Rows into public shapes: what leaves the house, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from chat import wire
from chat.actions import waits
from chat.store.events import Room, customer_room, owner_room, viewers_room
from chat.store.queries import participants
from chat.store.tables import Agent, Customer, from_millis
from chat.store.tx import Row, Tx


def message(row: Row) -> wire.Message:
    return wire.Message.model_construct(
        id=row["id"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        client_id=row["client_id"],
        author=wire.Author.model_construct(kind=row["author_kind"], id=row["author_id"], name=row["author_name"]),
        kind=row["kind"],
        body=row["body"],
        data=None if row["data"] is None else json.loads(row["data"]),
        created_at=from_millis(row["created_at"]),
    )


def told_message(row: Row) -> dict[str, Any]:
    """The same, JSON-ready, for the event: one is made for every message, and a model takes ten times as long."""
    author_id, client_id, data = row["author_id"], row["client_id"], row["data"]
    return {
        "id": row["id"],
        "conversation_id": row["conversation_id"],
        "seq": row["seq"],
        **({} if client_id is None else {"client_id": client_id}),
        "author": {
            "kind": row["author_kind"],
            **({} if author_id is None else {"id": author_id}),
            "name": row["author_name"],
        },
        "kind": row["kind"],
        "body": row["body"],
        **({} if data is None else {"data": json.loads(data)}),
        "created_at": _told_time(row["created_at"]),
    }


@lru_cache(maxsize=16)
def _told_time(millis: int) -> str:
    """Who says something at once says it at the same time."""
    return wire.utc(from_millis(millis))


def said(row: Row) -> dict[str, Any]:
    """A `wire.Said`, JSON-ready."""
    return {"seq": row["seq"], "id": row["id"], "created_at": _told_time(row["created_at"])}


def note(row: Row) -> wire.Note:
    return wire.Note(
        id=row["id"],
        conversation_id=row["conversation_id"],
        number=row["number"],
        client_id=row["client_id"],
        author=wire.Person(id=row["agent_id"], name=row["agent_name"]),
        body=row["body"],
        created_at=from_millis(row["created_at"]),
    )


def waiting_of(tx: Tx, row: Row) -> wire.Waiting | None:
    return waits.of(tx, row) if row["status"] == "waiting" else None


def conversation(tx: Tx, row: Row, waiting: wire.Waiting | None = None) -> wire.Conversation:
    """As its customer sees it. Who knows how it stands in line says it, and spares the queries."""
    return wire.Conversation(**_seen_by_all(tx, row, waiting or waiting_of(tx, row)))


def _seen_by_all(tx: Tx, row: Row, waiting: wire.Waiting | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "status": row["status"],
        "topic": row["topic"],
        "customer_id": row["customer_id"],
        "agent": wire.Person(id=row["agent_id"], name=row["agent_name"]) if row["agent_id"] else None,
        "last_seq": row["last_seq"],
        "version": row["version"],
        "epoch": row["epoch"],
        "customer_read_seq": row["customer_read_seq"],
        "agent_read_seq": row["agent_read_seq"],
        "waiting": waiting,
        "created_at": from_millis(row["created_at"]),
        "closed_at": _time(row["closed_at"]),
        "outcome": row["outcome"],
        "score": row["score"],
        "contact": bool(row["contact_email"] or row["contact_phone"] or row["person_email"] or row["person_phone"]),
        "reply_by": from_millis(row["reply_by"]) + tx.desk_offset if row["reply_by"] else None,
        "urgent": row["urgent"],
    }


def agent_conversation(tx: Tx, row: Row, waiting: wire.Waiting | None = None) -> wire.AgentConversation:
    """As staff see it."""
    return listed(tx, row, waiting or waiting_of(tx, row))


def listed(tx: Tx, row: Row, waiting: wire.Waiting | None = None) -> wire.AgentConversation:
    """The same, where nobody asks how it stands in line."""
    contact = wire.Contact(
        name=row["contact_name"] or row["person_name"],
        email=row["contact_email"] or row["person_email"],
        phone=row["contact_phone"] or row["person_phone"],
    )
    return wire.AgentConversation(
        **_seen_by_all(tx, row, waiting),
        site=row["site_key"],
        customer_name=row["person_name"] or row["contact_name"] or "",
        customer_kind=row["customer_kind"],
        verified=_verified(row) if row["customer_kind"] == "verified" else None,
        locale=row["locale"],
        page=row["page"],
        form=json.loads(row["form"]) if row["form"] else None,
        contact_details=contact,
        preview=row["preview"],
        last_at=from_millis(row["last_at"]),
        first_waited_at=_time(row["first_waited_at"]),
        left_at=_time(row["left_at"]),
        comment=row["comment"],
        ticket_number=row["ticket_number"],
        last_note=row["last_note"],
        team_id=row["team_id"],
        priority=row["priority"],
        snoozed_until=_time(row["snoozed_until"]),
        participants=[_participant(one) for one in participants.of(row)],
        unanswered_since=_time(unanswered_since(row)),
    )


def _verified(row: Row) -> wire.Verified:
    return wire.Verified(
        name=row["person_name"],
        email=row["person_email"],
        phone=row["person_phone"],
        attributes=json.loads(row["person_attributes"]),
    )


def assigned(row: Row) -> wire.Assigned:
    return wire.Assigned(
        agent=wire.Person(id=row["agent_id"], name=row["agent_name"]),
        how=row["how"],
        at=from_millis(row["at"]),
        ended_at=_time(row["ended_at"]),
        ended_how=row["ended_how"],
        explanation=wire.Explanation.model_validate_json(row["explanation"]) if row["explanation"] else None,
    )


def _participant(beside: participants.Beside) -> wire.Participant:
    may: Literal["note", "say"] = "say" if beside.may == "say" else "note"
    return wire.Participant(id=beside.agent_id, name=beside.name, may=may, joined=beside.joined)


def unanswered_since(row: Row) -> int | None:
    """Since when somebody waits for an agent's word; `conversations.live_at` orders by the same."""
    if row["status"] not in ("waiting", "active") or row["last_author"] == "agent":
        return None
    since: int = row["last_said_at"] or row["first_waited_at"] or row["created_at"]
    return since


def customer(person: Customer) -> wire.Customer:
    return wire.Customer.model_validate(person.model_dump(include=set(wire.Customer.model_fields)))


def agent(person: Agent) -> wire.Agent:
    return wire.Agent.model_validate(person.model_dump(include=set(wire.Agent.model_fields)))


def own_agent(row: Row) -> wire.Agent:
    return wire.Agent(**dict(row) | {"wrap_up_until": _time(row["wrap_up_until"])})


def _time(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def customer_room_of(row: Row) -> Room:
    return customer_room(row["customer_id"], row["site_id"])


def staff_rooms_of(row: Row) -> tuple[Room, ...]:
    """Its agent, the colleagues who take part, and those who have it open."""
    return _staff_rooms(row["id"], row["site_id"], row["agent_id"], row["participants"])


def rooms_of(row: Row) -> tuple[Room, ...]:
    return _rooms(row["customer_id"], row["id"], row["site_id"], row["agent_id"], row["participants"])


# Every message names the rooms of its conversation; making them anew takes ten times as long.


@lru_cache(maxsize=1024)
def _rooms(customer_id: str, conversation_id: str, site_id: str, *staff: str | None) -> tuple[Room, ...]:
    return (customer_room(customer_id, site_id), *_staff_rooms(conversation_id, site_id, *staff))


def _staff_rooms(conversation_id: str, site_id: str, agent_id: str | None, beside: str | None) -> tuple[Room, ...]:
    colleagues = [one.agent_id for one in participants.listed(beside)]
    own = [owner_room(one, site_id) for one in (agent_id, *colleagues) if one]
    return (viewers_room(conversation_id), *own)
