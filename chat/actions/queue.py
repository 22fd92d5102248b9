"""What an agent does: takes conversations, answers, passes them on, closes them."""

from __future__ import annotations

from datetime import datetime

from chat import wire
from chat.actions import access, desk, handing, log, mail, promises, routing, shapes
from chat.actions import conversations as talk
from chat.actions.access import Who
from chat.domain.conversation import Event, Status
from chat.errors import Conflict, Invalid, NotFound, Reused, Taken
from chat.store import Tx
from chat.store.events import owner_room
from chat.store.queries import assignments, conversations, people, presence
from chat.store.tables import Agent
from chat.store.tx import Row

NOTES = 200  # the newest ones, that an opened conversation brings along


def sync(tx: Tx, who: Who, command: wire.AgentSync, now: datetime) -> wire.AgentSynced:
    """The whole desk; or, with `conversation_id`, the tail of that one.

    The tail is the newest PAGE when `after_seq` is 0, else the next PAGE after it. `more` says that there is more in
    that direction: `history` before the first, or `sync` after the last.
    """
    if command.conversation_id is None:
        return wire.AgentSynced(desk=desk.view(tx, who, now))
    row = access.conversation_for(tx, who, command.conversation_id)
    if command.after_seq == 0:
        found = conversations.messages_before(tx, row["id"], row["last_seq"] + 1, talk.PAGE + 1)
        messages, more = log.page(found, talk.PAGE, newest=True)
    else:
        found = conversations.messages_after(tx, row["id"], command.after_seq, talk.PAGE + 1)
        messages, more = log.page(found, talk.PAGE)
    return wire.AgentSynced(
        conversation=shapes.agent_conversation(tx, row),
        messages=[shapes.message(message) for message in messages],
        notes=[shapes.note(note) for note in log.page(conversations.notes(tx, row["id"]), NOTES, newest=True)[0]],
        more=more,
    )


def pick(tx: Tx, who: Who, command: wire.Pick, now: datetime) -> wire.AgentConversationValue:
    """Takes that conversation, or the next in line of the agent's teams.

    Raises Taken with the winner's name, and Conflict when they have as many as they may, or it is for another team; a
    supervisor may take those too.
    """
    agent = access.agent_of(tx, who)
    if command.conversation_id:
        row = access.conversation_for(tx, who, command.conversation_id)
    else:
        found = conversations.next_in_line(tx, who.id)
        if found is None:
            raise NotFound("Nobody is waiting.", code="queue_empty")
        row = found
    if row["status"] == Status.ACTIVE and row["agent_id"] == who.id:
        return _value(tx, row)
    if row["status"] == Status.ACTIVE:
        raise Taken(by=row["agent_name"])
    if row["status"] == Status.OFFLINE:
        _check_owner(tx, row, agent, now)
    is_given = row["agent_id"] == agent.id  # an offline message that somebody gave them, whatever their team
    of_team = agent.role == "agent" and not is_given
    return _value(tx, handing.give(tx, row, agent, Event.PICK, "picked", now, of_team=of_team))


def prioritize(tx: Tx, who: Who, command: wire.Prioritize, now: datetime) -> wire.AgentConversationValue:
    """Before or behind others, in the queue and in the inbox, now and whenever it comes back there."""
    row = access.conversation_for(tx, who, command.conversation_id)
    if row["status"] == Status.CLOSED:
        raise Conflict("This conversation has ended.", code="closed")
    if row["priority"] != command.priority:
        conversations.change(tx, row, priority=command.priority)
        row = desk.tell_move(tx, row)
    return _value(tx, row)


def decisions(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.Decisions:
    """Who had it, in order, each with why them and why not the others."""
    row = access.conversation_for(tx, who, command.conversation_id)
    return wire.Decisions(decisions=[shapes.assigned(had) for had in assignments.of_conversation(tx, row["id"])])


def _check_owner(tx: Tx, row: Row, agent: Agent, now: datetime) -> None:
    """A message that was given to somebody who is there is theirs; a supervisor may take it all the same."""
    owner = row["agent_id"]
    if owner in (None, agent.id) or agent.role != "agent" or not presence.is_present(tx, owner, now):
        return
    raise Conflict(f"This message was given to {row['agent_name']}, who is there.", code="not_yours")


def say(tx: Tx, who: Who, command: wire.Say, now: datetime) -> wire.Said:
    """A message sent again is answered as before, even when the conversation has changed hands since."""
    row = access.conversation_for(tx, who, command.conversation_id, command.client_id)
    said = log.earlier(tx, row, who, command.client_id, command.body)
    if said:
        return said
    _check_own(row, who)
    author = log.author_of(who, row["agent_name"])
    message = log.add(tx, row, now, author=author, body=command.body, client_id=command.client_id)
    if row["left_at"]:
        mail.promise(tx, row, message.seq, now)
    if row["reply_by"]:
        promises.keep(tx, row, now)
        desk.tell_conversation(tx, row["id"])
    return log.said_as(message)


def note(tx: Tx, who: Who, command: wire.AddNote, now: datetime) -> wire.NoteValue:
    row = access.conversation_for(tx, who, command.conversation_id)
    found = conversations.noted(tx, row["id"], command.client_id)
    if found and (found["body"] != command.body or found["agent_id"] != who.id):
        raise Reused("This client_id was used for another note.")
    if found:
        return wire.NoteValue(note=shapes.note(found))
    agent = access.agent_of(tx, who)
    added = shapes.note(
        conversations.append_note(tx, row["id"], command.client_id, agent.id, agent.name, command.body, now)
    )
    tx.publish("note", shapes.staff_rooms_of(row), added)
    return wire.NoteValue(note=added)


def release(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.AgentConversationValue:
    """Back to its place in line, the one of its first wait; into the inbox when the desk is closed."""
    row = _own(tx, who, command.conversation_id)
    released = give_back(tx, row, Event.RELEASE, now)
    routing.fill(tx, who.id, now)
    return _value(tx, released)


def give_back(tx: Tx, row: Row, event: Event, now: datetime, line: str = "agent_left") -> Row:
    """Takes it from its agent; its customer is told where it stands now, by `line` while the desk is open."""
    released, site = handing.unassign(tx, row, event, now), people.site(tx, row["site_id"])
    if desk.is_open(tx, site, now):
        log.add_system(tx, released, now, line, name=row["agent_name"])
        routing.enter(tx, released, now)
    else:
        released = talk.to_inbox(tx, released, Event.DESK_CLOSES, now)
        opens_at = desk.next_opening(tx, site, now)
        log.add_system(tx, released, now, "agent_left_closed", name=row["agent_name"], opens_at=opens_at)
    return _tell_former(tx, row)


def transfer(tx: Tx, who: Who, command: wire.Transfer, now: datetime) -> wire.AgentConversationValue:
    """Hands the conversation to a colleague who is there. It does not pass through the queue."""
    row = _own(tx, who, command.conversation_id)
    if command.agent_id == who.id:
        raise Invalid("This conversation is yours already.")
    present = {colleague.id: colleague for colleague in desk.colleagues_of(tx, who.id, now)}
    target = people.agent(tx, command.agent_id)
    if target is None or target.id not in present or row["site_id"] not in _site_ids(tx, target.id):
        raise NotFound("There is no such colleague.")
    if present[target.id].status != "online":
        raise Conflict(f"{target.name} is not there.", code="absent")
    waiting = handing.unassign(tx, row, Event.TRANSFER, now)
    by = wire.Person(id=who.id, name=row["agent_name"])
    handing.give(tx, waiting, target, Event.ROUTE, "transferred", now, by=by)
    transferred = _tell_former(tx, row)
    routing.fill(tx, who.id, now)
    return _value(tx, transferred)


def _site_ids(tx: Tx, agent_id: str) -> set[str]:
    return {site.id for site in people.sites_of_agent(tx, agent_id)}


def _tell_former(tx: Tx, before: Row) -> Row:
    """The agent who had it is no longer told as its owner, so once more by name."""
    after = desk.tell_move(tx, before)
    former = owner_room(before["agent_id"], before["site_id"])
    tx.publish("conversation", [former], shapes.agent_conversation(tx, after))
    return after


def close(tx: Tx, who: Who, command: wire.Close, now: datetime) -> wire.AgentConversationValue:
    """Ends it. Somebody else's conversation is closed by a supervisor."""
    row = access.conversation_for(tx, who, command.conversation_id)
    if row["agent_id"] not in (None, who.id) and access.agent_of(tx, who).role == "agent":
        raise Conflict(f"{row['agent_name']} has this conversation.", code="not_yours")
    row = talk.end(tx, row, command.outcome or "solved", "agent", now)
    return _value(tx, row)


def _own(tx: Tx, who: Who, conversation_id: str) -> Row:
    """A conversation this agent holds. Raises Conflict when somebody else does, or nobody."""
    row = access.conversation_for(tx, who, conversation_id)
    _check_own(row, who)
    return row


def _check_own(row: Row, who: Who) -> None:
    if row["status"] == Status.CLOSED:
        raise Conflict("This conversation has ended. Only its customer can open it again.", code="closed")
    if row["status"] != Status.ACTIVE:
        raise Conflict("Pick this conversation first.", code="not_yours")
    if row["agent_id"] != who.id:
        raise Conflict(f"{row['agent_name']} has this conversation.", code="not_yours")


def _value(tx: Tx, row: Row) -> wire.AgentConversationValue:
    return wire.AgentConversationValue(conversation=shapes.agent_conversation(tx, row))
