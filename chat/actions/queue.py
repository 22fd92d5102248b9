"""What an agent does: takes conversations, answers, passes them on, closes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import (
    access,
    audit,
    colleagues,
    desk,
    handing,
    log,
    mail,
    own_numbers,
    promises,
    routing,
    shapes,
    ticket_hearing,
)
from chat.actions import conversations as talk
from chat.actions.access import Who
from chat.domain.conversation import Event, Status, move
from chat.errors import Conflict, Invalid, NotFound, Reused, Taken
from chat.store import Tx
from chat.store.queries import assignments, conversations, people, presence, teams
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
    desk.tell_taker(tx, agent.id, row["id"])
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


def say(tx: Tx, who: Who, command: wire.Say, now: datetime) -> dict[str, Any]:
    """A message sent again is answered as before, even when the conversation has changed hands since."""
    row = access.conversation_for(tx, who, command.conversation_id, command.client_id)
    command = own_numbers.in_say(tx, row, command)
    said = log.earlier(tx, row, who, command)
    if said:
        return said
    return speak(tx, who, row, now, **log.words(tx, who, row, command, now))


def speak(tx: Tx, who: Who, row: Row, now: datetime, **what: Any) -> dict[str, Any]:
    """An agent's word to the customer, as `log.add` takes it: in their own conversation, or in one they take part in.

    Raises Forbidden. It keeps what was promised and goes out by mail to who left a message.
    """
    name = colleagues.speaker(tx, row, who, now)
    if name is None:
        _check_own(row, who)
        name = row["agent_name"]
    message = log.add(tx, row, now, author=log.author_of(who, name), **what)
    if row["left_at"]:
        mail.promise(tx, row, message["seq"], now)
    if row["reply_by"]:
        promises.keep(tx, row, now)
        desk.tell_conversation(tx, row["id"])
    ticket_hearing.agent_spoke(tx, row, now)
    return message


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
    routing.hold(tx, who.id, row["team_id"])
    released = give_back(tx, row, Event.RELEASE, now)
    routing.fill(tx, who.id, now)
    return _value(tx, released)


def give_back(tx: Tx, row: Row, event: Event, now: datetime, line: str = "agent_left", **values: Any) -> Row:
    """Takes it from its agent; its customer is told where it stands now, by `line` while the desk is open.

    `values` change along.
    """
    released, site = handing.unassign(tx, row, event, now, **values), people.site(tx, row["site_id"])
    if desk.is_open(tx, site, now):
        log.add_system(tx, released, now, line, name=row["agent_name"])
        routing.enter(tx, released, now)
    else:
        released = talk.to_inbox(tx, released, Event.DESK_CLOSES, now)
        opens_at = desk.next_opening(tx, site, now)
        log.add_system(tx, released, now, "agent_left_closed", name=row["agent_name"], opens_at=opens_at)
    return desk.tell_move(tx, row)


def transfer(tx: Tx, who: Who, command: wire.Transfer, now: datetime) -> wire.AgentConversationValue:
    """Hands it to a colleague who is there and has a place, or to a team's queue, where it keeps its place.

    An agent hands over what is theirs; a supervisor whatever an agent has.
    """
    if (command.agent_id is None) == (command.team_id is None):
        raise Invalid("Say to whom: `agent_id` or `team_id`.")
    row, me = colleagues.steered(tx, who, command.conversation_id)
    if row["status"] != Status.ACTIVE:
        raise Conflict("No agent has this conversation, so there is nothing to hand over.", code="not_active")
    routing.hold(tx, row["agent_id"], command.team_id)
    if command.agent_id is not None:
        after = _to_agent(tx, row, me, command.agent_id, command.note, now)
    else:
        after = _to_team(tx, row, me, command.team_id or "", command.note, now)
    routing.fill(tx, row["agent_id"], now)
    return _value(tx, after)


def _to_agent(tx: Tx, row: Row, me: Agent, agent_id: str, note: str | None, now: datetime) -> Row:
    if agent_id == row["agent_id"]:
        raise Invalid("This conversation is yours already." if agent_id == me.id else "It is theirs already.")
    target = colleagues.colleague_for(tx, row, agent_id)
    if target.status != "online" or not presence.is_present(tx, target.id, now):
        raise Conflict(f"{target.name} is not there.", code="absent")
    colleagues.leave_note(tx, row, me, note, now)
    free = handing.unassign(tx, row, Event.TRANSFER, now)
    handing.give(tx, free, target, Event.ROUTE, "transferred", now, by=wire.Person(id=me.id, name=me.name))
    if target.id != me.id:
        colleagues.tell(tx, target.id, "transferred", row, by=me.name, note=note)
    _tell_owner(tx, row, me, "transferred_away", to=target.name, note=note)
    return desk.tell_move(tx, row)


def _to_team(tx: Tx, row: Row, me: Agent, team_id: str, note: str | None, now: datetime) -> Row:
    team = next((team for team in teams.serving(tx, row["site_id"]) if team.id == team_id), None)
    if team is None:
        raise NotFound("There is no such team at this site.")
    colleagues.leave_note(tx, row, me, note, now)
    _tell_owner(tx, row, me, "transferred_away", to=team.name, note=note)
    return give_back(tx, row, Event.TRANSFER, now, line="to_team", team_id=team.id, overflowed_at=None)


def take_over(tx: Tx, who: Who, command: wire.TakeOver, now: datetime) -> wire.AgentConversationValue:
    """A supervisor makes it their own, from an agent, the queue or the bot; no limit of theirs stands against it."""
    row, me = access.conversation_for(tx, who, command.conversation_id), access.agent_of(tx, who)
    if row["status"] == Status.ACTIVE and row["agent_id"] == who.id:
        raise Invalid("This conversation is yours already.")
    if row["status"] == Status.CLOSED:
        raise Conflict("This conversation has ended.", code="closed")
    if row["status"] == Status.ACTIVE:
        routing.hold(tx, row["agent_id"])
    colleagues.leave_note(tx, row, me, command.note, now)
    desk.tell_taker(tx, me.id, row["id"])
    handing.assign(tx, _freed(tx, row, now), me, Event.PICK, "took_over", now, line="took_over")
    audit.record(tx, who, now, "took_over", "conversation", row["id"], agent_id=row["agent_id"])
    _tell_owner(tx, row, me, "taken_over", note=command.note)
    after = desk.tell_move(tx, row)
    if row["status"] == Status.ACTIVE:
        routing.fill(tx, row["agent_id"], now)
    return _value(tx, after)


def _freed(tx: Tx, row: Row, now: datetime) -> Row:
    """Nobody's, so that it can become somebody's."""
    if row["status"] == Status.ACTIVE:
        return handing.unassign(tx, row, Event.TRANSFER, now)
    if row["status"] == Status.BOT:
        waiting = move(Status.BOT, Event.ASK_AGENT)
        first = handing.first_wait(row, now)
        conversations.change(tx, row, status=waiting, epoch=row["epoch"] + 1, first_waited_at=first)
        return conversations.conversation(tx, row["id"])
    return row


def _tell_owner(tx: Tx, row: Row, me: Agent, code: str, **values: Any) -> None:
    """Who had it learns who took it from them."""
    if row["status"] == Status.ACTIVE and row["agent_id"] != me.id:
        colleagues.tell(tx, row["agent_id"], code, row, by=me.name, **values)


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
