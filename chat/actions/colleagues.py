"""Agents who work together: a colleague is asked in, a supervisor sees all that goes on and joins.

Beside the agent who has a conversation there may be participants. They hear all of it and write notes; those who may
`say` also write to the customer, under their own name, and the customer reads that they joined. They end with the
conversation, and never see more than the sites of their teams.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit, cursor, desk, log, shapes
from chat.actions.access import ROLES, Who
from chat.domain.conversation import Status
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Tx
from chat.store.events import agent_room, owner_room
from chat.store.queries import conversations, participants, people
from chat.store.tables import Agent, new_id
from chat.store.tx import Row

MOST = 10  # participants of one conversation


# -- asked in -----------------------------------------------------------------------------------------------------


def invite(tx: Tx, who: Who, command: wire.Invite, now: datetime) -> wire.AgentConversationValue:
    """Asks a colleague in, or changes what one who is in may do."""
    row, me = steered(tx, who, command.conversation_id)
    guest = colleague_for(tx, row, command.agent_id)
    if guest.id == who.id:
        raise Invalid("Ask somebody else: you are here already.")
    if guest.id == row["agent_id"] and row["status"] == Status.ACTIVE:
        raise Conflict(f"{guest.name} has this conversation.", code="already_there")
    before = participants.beside(row, guest.id)
    if before is None and len(participants.of(row)) >= MOST:
        raise Conflict(f"{MOST} colleagues are here already.", code="crowded")
    stays = before is not None and before.joined and command.may == "say"
    participants.put(tx, row["id"], guest.id, command.may, who.id, now if stays else None, now)
    if before is not None and before.joined and not stays:
        log.add_system(tx, row, now, "colleague_left", name=guest.name)
    leave_note(tx, row, me, command.note, now)
    audit.record(tx, who, now, "invited", "conversation", row["id"], agent_id=guest.id, may=command.may)
    tell(tx, guest.id, "invited", row, by=me.name, may=command.may, note=command.note)
    return _value(tx, _changed(tx, row))


def uninvite(tx: Tx, who: Who, command: wire.Uninvite, now: datetime) -> wire.AgentConversationValue:
    row, me = steered(tx, who, command.conversation_id)
    after = _remove(tx, row, command.agent_id, now)
    audit.record(tx, who, now, "uninvited", "conversation", row["id"], agent_id=command.agent_id)
    tell(tx, command.agent_id, "uninvited", row, by=me.name)
    return _value(tx, after)


def step_out(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.AgentConversationValue:
    """A participant goes by themselves."""
    return _value(tx, _remove(tx, held(tx, who, command.conversation_id), who.id, now))


def join(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.AgentConversationValue:
    """A supervisor beside the agent who has it; the customer reads that they joined."""
    row, me = held(tx, who, command.conversation_id), access.agent_of(tx, who)
    if row["status"] != Status.ACTIVE:
        raise Conflict("No agent has this conversation, so there is nobody to join.", code="not_active")
    if row["agent_id"] == who.id:
        raise Conflict("This conversation is yours already.", code="already_there")
    before = participants.beside(row, who.id)
    if before is not None and before.joined:
        return _value(tx, row)
    participants.put(tx, row["id"], who.id, "say", None, now, now)
    log.add_system(tx, row, now, "colleague_joined", name=me.name)
    audit.record(tx, who, now, "joined", "conversation", row["id"])
    return _value(tx, _changed(tx, row))


def speaker(tx: Tx, row: Row, who: Who, now: datetime) -> str | None:
    """The name of a participant who may write to the customer; None: they are none. Their first word tells they joined.

    Raises Conflict when they are there for notes alone.
    """
    beside = participants.beside(row, who.id)
    if beside is None or row["status"] != Status.ACTIVE:
        return None
    standing = participants.now_beside(tx, row["id"], who.id)
    if standing is None:
        return None
    if standing["may"] == "note":
        raise Conflict("You were asked in to read and write notes. Ask to be let in to write.", code="notes_only")
    if standing["joined_at"] is None:
        participants.joined(tx, row["id"], who.id, now)
        log.add_system(tx, row, now, "colleague_joined", name=beside.name)
        _changed(tx, row)
    return beside.name


def _remove(tx: Tx, row: Row, agent_id: str, now: datetime) -> Row:
    beside = participants.beside(row, agent_id)
    if beside is None:
        raise NotFound("This colleague does not take part.")
    participants.remove(tx, row["id"], agent_id)
    if beside.joined and row["status"] != Status.CLOSED:
        log.add_system(tx, row, now, "colleague_left", name=beside.name)
    return _changed(tx, row)


def held(tx: Tx, who: Who, conversation_id: str) -> Row:
    """The conversation with those who take part now: read again, once nobody else changes it."""
    return conversations.conversation(tx, access.conversation_for(tx, who, conversation_id)["id"])


def steered(tx: Tx, who: Who, conversation_id: str) -> tuple[Row, Agent]:
    """An open conversation that is one's own; a supervisor has a say in all of them."""
    row, me = held(tx, who, conversation_id), access.agent_of(tx, who)
    if row["status"] == Status.CLOSED:
        raise Conflict("This conversation has ended.", code="closed")
    is_own = row["agent_id"] == who.id and row["status"] == Status.ACTIVE
    if not is_own and ROLES[me.role] < ROLES["supervisor"]:
        raise Conflict(
            f"{row['agent_name']} has this conversation." if row["agent_id"] else "Pick this conversation first.",
            code="not_yours",
        )
    return row, me


def colleague_for(tx: Tx, row: Row, agent_id: str) -> Agent:
    """An agent who may see this conversation. Raises NotFound."""
    found = people.agent(tx, agent_id)
    if found is None or not found.active or not conversations.is_seen_by(tx, row["id"], agent_id):
        raise NotFound("There is no such colleague.")
    return found


def leave_note(tx: Tx, row: Row, by: Agent, body: str | None, now: datetime) -> None:
    """Why, for those who come after: a note as any other."""
    if body is None:
        return
    added = conversations.append_note(tx, row["id"], new_id(), by.id, by.name, body, now)
    tx.publish("note", shapes.staff_rooms_of(row), shapes.note(added))


def tell(tx: Tx, agent_id: str, code: str, row: Row, **values: Any) -> None:
    """A notice to one agent, wherever they are signed in."""
    told = {"conversation_id": row["id"], "customer": row["person_name"] or row["contact_name"] or None, **values}
    tx.publish(
        "notice",
        [agent_room(agent_id)],
        wire.Notice(code=code, values={name: value for name, value in told.items() if value is not None}),
    )


def _changed(tx: Tx, row: Row) -> Row:
    """Raises the version. Who took part before hears of it too, though they do not any more."""
    conversations.change(tx, row)
    after = desk.tell_conversation(tx, row["id"])
    gone = {one.agent_id for one in participants.of(row)} - {one.agent_id for one in participants.of(after)}
    if gone:
        rooms = [owner_room(agent_id, row["site_id"]) for agent_id in sorted(gone)]
        tx.publish("conversation", rooms, shapes.agent_conversation(tx, after))
    return after


# -- all that goes on ---------------------------------------------------------------------------------------------


def live(tx: Tx, who: Who, command: wire.LiveList, now: datetime) -> wire.LivePage:
    """Every conversation of the supervisor's sites that has not ended and is no offline message.

    It is asked for every few seconds, so where each stands in line is left to who opens it.
    """
    after = cursor.read(command.before) if command.before else None
    found = conversations.live(tx, who.id, after, command.limit + 1)
    shown = found[: command.limit]
    return wire.LivePage(
        conversations=[shapes.listed(tx, row) for row in shown],
        counts=None if after else wire.LiveCounts(**conversations.live_counts(tx, who.id)),
        next=cursor.written(shown[-1]["urgency"], shown[-1]["id"]) if len(found) > command.limit else None,
    )


def look(tx: Tx, who: Who, command: wire.Look, now: datetime) -> wire.Looking:
    """Who it is that looks; `realtime` knows from which socket, and tells the others."""
    if command.conversation_id is None:
        return wire.Looking()
    access.conversation_for(tx, who, command.conversation_id)
    me = access.agent_of(tx, who)
    return wire.Looking(viewer=wire.Viewer(id=me.id, name=me.name, doing=command.doing))


def _value(tx: Tx, row: Row) -> wire.AgentConversationValue:
    return wire.AgentConversationValue(conversation=shapes.agent_conversation(tx, row))
