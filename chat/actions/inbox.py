"""The inbox: messages that customers left, in the order in which they were promised an answer; whose they are, and
what becomes of many of them at once.

What is done to many is done to all of them or to none.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from chat import wire
from chat.actions import access, desk, shapes
from chat.actions import conversations as talk
from chat.actions.access import Who
from chat.domain.conversation import Status
from chat.errors import BadShape, Conflict, Forbidden, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import conversations, inbox, people, presence
from chat.store.queries.inbox import Place
from chat.store.tables import Agent, from_millis
from chat.store.tx import Row

LONGEST_SNOOZE = timedelta(days=90)
IDLE = timedelta(minutes=10)  # who was not answered by the bot and is silent for so long has left
LONG_IDLE = timedelta(hours=24)  # who was answered, or asked nothing
AT_ONCE = 100
NOT_OFFLINE = "One of these is no message in the inbox any more."


def page(tx: Tx, who: Who, command: wire.InboxList, now: datetime) -> wire.InboxPage:
    """Messages of the agent's sites, the first promised first; `next` is handed back as `before`."""
    after = _read_cursor(command.before) if command.before else None
    site_ids = access.site_ids_of(tx, who)
    found = inbox.page(tx, site_ids, now, command.limit + 1, command.filter, who.id, after)
    shown = found[: command.limit]
    rows = conversations.in_list(tx, [row["id"] for row in shown])
    return wire.InboxPage(
        conversations=[shapes.agent_conversation(tx, row) for row in rows],
        next=_cursor(inbox.place_of(shown[-1])) if len(found) > command.limit else None,
    )


def _cursor(place: Place) -> str:
    priority, reply_by, conversation_id = place
    return base64.urlsafe_b64encode(
        f"{priority} {'-' if reply_by is None else reply_by} {conversation_id}".encode()
    ).decode()


def _read_cursor(text: str) -> Place:
    try:
        priority, reply_by, conversation_id = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        place = int(priority), None if reply_by == "-" else int(reply_by), conversation_id
        if not 0 <= place[0] < 100 or not 0 <= (place[1] or 0) < 2**63 or "\x00" in conversation_id:
            raise ValueError(text)
    except (ValueError, binascii.Error):
        raise BadShape("before: this is not a cursor; hand back `next` as it was given.") from None
    return place


# -- many at once -------------------------------------------------------------------------------------------------


def assign(tx: Tx, who: Who, command: wire.Assign, now: datetime) -> wire.AgentConversations:
    """Gives messages to an agent, to a team, or to nobody. An agent takes for themselves what is nobody's, and gives
    back what is theirs; a supervisor decides for everybody.
    """
    agent = access.agent_of(tx, who)
    if command.agent_id and command.team_id:
        raise Invalid("Give the messages to an agent or to a team, not to both.")
    if agent.role == "agent" and (command.team_id or command.agent_id not in (None, who.id)):
        raise Forbidden("Only a supervisor gives messages to others.")
    rows = _messages(tx, who, command.conversation_ids)
    if agent.role == "agent":
        for row in rows:
            _check_free(tx, row, who, now)
    for site_id in {row["site_id"] for row in rows}:
        _check_serves(tx, site_id, command)
    for row in rows:
        if command.agent_id == who.id:
            desk.tell_taker(tx, who.id, row["id"])
        given = {"team_id": command.team_id} if command.team_id else {}
        conversations.change(tx, row, agent_id=command.agent_id, epoch=row["epoch"] + 1, **given)
    return _told(tx, rows)


def _check_free(tx: Tx, row: Row, who: Who, now: datetime) -> None:
    owner = row["agent_id"]
    if owner not in (None, who.id) and presence.is_present(tx, owner, now):
        raise Conflict(f"{row['agent_name']} has one of these messages and is there.", code="not_yours")


def _check_serves(tx: Tx, site_id: str, command: wire.Assign) -> None:
    if command.agent_id:
        target = people.agent(tx, command.agent_id)
        if target is None or not target.active or not people.serves(tx, target.id, site_id):
            raise NotFound("There is no such colleague at the site of these messages.")
    if command.team_id and not people.team_serves(tx, command.team_id, site_id):
        raise NotFound("There is no such team at the site of these messages.")


def snooze(tx: Tx, who: Who, command: wire.Snooze, now: datetime) -> wire.AgentConversations:
    """Puts messages off until a time not later than was promised: who cannot answer by then says so to the customer."""
    if not now < command.until <= now + LONGEST_SNOOZE:
        raise Invalid("Choose a time in the future, within 90 days.")
    agent, rows = access.agent_of(tx, who), _messages(tx, who, command.conversation_ids)
    for row in rows:
        _check_may_touch(row, agent)
        if row["reply_by"] and command.until > from_millis(row["reply_by"]):
            promised = wire.utc(from_millis(row["reply_by"]) + tx.desk_offset)
            raise Conflict(
                f"{row['person_name'] or row['contact_name'] or 'A customer'} was promised an answer by {promised}."
                " Answer first, or choose an earlier time.",
                code="after_promise",
            )
    for row in rows:
        conversations.change(tx, row, snoozed_until=command.until)
    return _told(tx, rows)


def spam(tx: Tx, who: Who, command: wire.Conversations, now: datetime) -> wire.AgentConversations:
    """Ends messages that nobody needs to answer."""
    agent, rows = access.agent_of(tx, who), _messages(tx, who, command.conversation_ids)
    for row in rows:
        _check_may_touch(row, agent)
    return wire.AgentConversations(
        conversations=[shapes.agent_conversation(tx, talk.end(tx, row, "spam", "agent", now)) for row in rows]
    )


def _check_may_touch(row: Row, agent: Agent) -> None:
    if agent.role == "agent" and row["agent_id"] not in (None, agent.id):
        raise Conflict(f"One of these messages was given to {row['agent_name']}.", code="not_yours")


def _messages(tx: Tx, who: Who, conversation_ids: list[str]) -> list[Row]:
    """Held, and in one order for everybody, so that two who change the same ones wait for each other once."""
    rows = [access.conversation_for(tx, who, conversation_id) for conversation_id in sorted(set(conversation_ids))]
    for row in rows:
        if row["status"] != Status.OFFLINE:
            taken = row["status"] == Status.ACTIVE
            told = f"{row['agent_name']} already took one of these messages." if taken else NOT_OFFLINE
            raise Conflict(told, code="not_offline")
    return rows


def _told(tx: Tx, rows: list[Row]) -> wire.AgentConversations:
    after = [desk.tell_move(tx, row) for row in rows]
    return wire.AgentConversations(conversations=[shapes.agent_conversation(tx, row) for row in after])


# -- by itself ----------------------------------------------------------------------------------------------------


def anyone_to_wake(tx: Tx, now: datetime) -> bool:
    return inbox.anyone_to_wake(tx, now)


def wake(tx: Tx, now: datetime) -> int:
    """Brings back what was put off until now; who has one of them open, or was given it, hears of it."""
    rows = inbox.wake(tx, now, AT_ONCE)
    for row in rows:
        desk.tell_conversation(tx, row["id"])
    for site_id in sorted({row["site_id"] for row in rows}):
        desk.stale(tx, "inbox", site_id)
    return len(rows)


def anyone_idle(tx: Tx, now: datetime) -> bool:
    return inbox.any_idle(tx, now - IDLE, now - LONG_IDLE)


def end_idle(tx: Tx, now: datetime) -> int:
    """Customers who left the bot: an open question becomes a message for the agents, anything else is over."""
    rows = inbox.idle(tx, now - IDLE, now - LONG_IDLE, AT_ONCE)
    for row in rows:
        if inbox.is_unanswered(tx, row["id"]):
            talk.keep_question(tx, row, now)
        else:
            was_helped = row["last_said_at"] and not row["bot_flow"]  # and nobody left in the middle of a guided flow
            talk.end(tx, row, "solved" if was_helped else "abandoned", "idle", now)
    return len(rows)
