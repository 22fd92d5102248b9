"""What a customer does in a conversation, and what both sides do there alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chat import wire
from chat.actions import (
    access,
    desk,
    flow_offers,
    handing,
    hours,
    log,
    own_numbers,
    promises,
    routing,
    shapes,
    ticket_hearing,
    urgent,
    waits,
    wrap_up,
)
from chat.actions.access import Caller, Who
from chat.domain.conversation import Event, Status, first_status, move, reopened_status
from chat.errors import Conflict, Invalid, Reused
from chat.store import Tx
from chat.store.queries import assignments, conversations, inbox, participants, people
from chat.store.tables import Customer, Site, Team, from_millis
from chat.store.tx import Row

PAGE = 200  # messages a `sync` gives at once
REMEMBERED = 30  # conversations that a customer is shown
RATING: dict[str, Any] = {"card": "rating", "code": "rating_asked", "values": {}}  # of the card that asks for one
EMAIL: TypeAdapter[str] = TypeAdapter(wire.Email)


def start(tx: Tx, who: Who, command: wire.Start, now: datetime) -> wire.ConversationValue:
    """The customer's open conversation, made if there is none."""
    customer, site = access.customer_of(tx, who), access.site_of(tx, who)
    current = conversations.current(tx, customer.id, site.id)
    if current is None or current["status"] == Status.CLOSED:
        form = command.form or {}
        remember(customer, form.get("name"), _mail_address(form.get("email")), form.get("phone"))
        tx.session.flush()
        last_agent_id = current["last_agent_id"] if current else None
        current = _begin(tx, customer, site, command, last_agent_id, now)
    return wire.ConversationValue(conversation=shapes.conversation(tx, current))


def _begin(
    tx: Tx, customer: Customer, site: Site, command: wire.Start, last_agent_id: str | None, now: datetime
) -> Row:
    status = first_status(desk.is_open(tx, site, now), site.bot_in_front)
    team = routing.team_for(tx, site.id, command.topic)
    admitted = waits.admission(tx, site, team, now) if status is Status.WAITING else "open"
    if admitted != "open":
        status = Status.BOT
    conversation_id = _insert(tx, customer, site, command, status, last_agent_id, now)
    row = conversations.conversation(tx, conversation_id)
    if admitted != "open":
        turn_away(tx, row, site, team, admitted, now)
    elif takes_only_messages(tx, site, command.topic, now):
        log.add_offer(tx, row, now, "message_only", "leave_message", opens_at=desk.next_opening(tx, site, now))
        return desk.tell_move(tx, row)
    elif status is Status.BOT and desk.is_open(tx, site, now):
        log.add_system(tx, row, now, "bot_hello_open")
    elif status is Status.BOT:
        log.add_system(tx, row, now, "bot_hello", opens_at=desk.next_opening(tx, site, now))
    else:
        routing.enter(tx, row, now)
    if status is Status.BOT and admitted == "open":
        offer_flow(tx, row, now)
    if status is Status.BOT:
        desk.wake_bot(tx)
    return desk.tell_move(tx, row)


def takes_only_messages(tx: Tx, site: Site, topic: str, now: datetime) -> bool:
    """At a closed desk, of a topic that the site would rather not leave to the bot."""
    return topic in site.message_topics and not desk.is_open(tx, site, now)


def _only_leaves_message(tx: Tx, row: Row, now: datetime) -> bool:
    """Who is in the middle of a guided flow when the desk closes goes on to its end: that is a case or a message."""
    site = people.site(tx, row["site_id"])
    is_in_flow = flow_offers.under_way(tx, row["bot_flow"], row["epoch"], now) is not None
    return takes_only_messages(tx, site, row["topic"], now) and not is_in_flow


def offer_flow(tx: Tx, row: Row, now: datetime) -> None:
    """Who comes with one of the cases that are guided need not ask first, nor be lost where no article fits."""
    offer = flow_offers.for_topic(tx, row["topic"], row["locale"])
    if offer:
        body, data = offer
        log.add(tx, row, now, author=log.BOT, kind="choices", body=body, data=data)


def begin_to_leave_message(tx: Tx, customer: Customer, site: Site, command: wire.Start, now: datetime) -> str:
    """A conversation of somebody who only wants to leave a message: nobody is called, nobody greets."""
    return _insert(tx, customer, site, command, Status.BOT, None, now)


def _insert(
    tx: Tx,
    customer: Customer,
    site: Site,
    command: wire.Start,
    status: Status,
    last_agent_id: str | None,
    now: datetime,
) -> str:
    return conversations.insert(
        tx,
        site_id=site.id,
        customer_id=customer.id,
        status=status,
        topic=command.topic,
        locale=command.locale or customer.locale,
        page=command.page,
        form=own_numbers.in_form(tx, customer.id, site.id, command.form) if command.form else command.form,
        last_at=now,
        last_agent_id=last_agent_id,
        first_waited_at=now if status is Status.WAITING else None,
        created_at=now,
    )


_TURNED_AWAY = {"closing": "desk_closing", "full": "queue_full"}


def turn_away(tx: Tx, row: Row, site: Site, team: Team | None, admitted: waits.Admission, now: datetime) -> None:
    """Says why nobody may enter the queue now, and offers what the team has chosen instead: a message, or the bot."""
    code, to_bot = _TURNED_AWAY[admitted], team is not None and team.divert == "bot"
    values = {"closes_at": hours.closing(tx, site, now)} if admitted == "closing" else {}
    log.add_offer(tx, row, now, f"{code}_bot" if to_bot else code, None if to_bot else "leave_message", **values)


def remember(customer: Customer, name: str | None, email: str | None, phone: str | None) -> None:
    """What people say of themselves is claimed; a verified one is who the host site says they are."""
    if customer.kind == "verified":
        return
    customer.name = name or customer.name
    customer.email = email or customer.email
    customer.phone = phone or customer.phone
    if customer.name or customer.email or customer.phone:
        customer.kind = "claimed"


def _mail_address(given: str | None) -> str | None:
    """What the form calls an e-mail address, if it is one: a reply would be promised to nowhere otherwise."""
    try:
        return EMAIL.validate_python(given)
    except ValidationError:
        return None


def say(tx: Tx, who: Who, command: wire.Say, now: datetime) -> dict[str, Any]:
    """Adds a customer's message. In a closed conversation it opens it again, within the reopen window."""
    row = held = access.conversation_for(tx, who, command.conversation_id, command.client_id)
    command = own_numbers.in_say(tx, row, command)
    said = log.earlier(tx, row, who, command)
    if said:
        return said
    if row["status"] == Status.CLOSED:
        row = _reopen(tx, row, now)
    author = log.author_of(who, row["person_name"] or "")
    message = log.add(tx, row, now, author=author, **log.words(tx, who, row, command, now))
    if row["status"] != Status.ACTIVE:  # an agent who has it reads it
        before, row = row, urgent.heed(tx, row, command.body, now)
        if row["status"] == Status.OFFLINE and row["reply_by"] != before["reply_by"]:
            tell_left(tx, row, "message_left", now)  # an earlier time than they were told
    if row["status"] == Status.BOT and _only_leaves_message(tx, row, now):
        flow_offers.lapse(tx, row)
        tell_left(tx, to_inbox(tx, row, Event.LEAVE_MESSAGE, now), "message_left", now)
        row = desk.tell_move(tx, row)
    elif row["status"] == Status.BOT:
        turn = {"conversation_id": row["id"], "epoch": row["epoch"], "seq": message["seq"]}
        tx.job("bot_turn", turn, key=f"bot_turn:{row['id']}:{message['seq']}")
    if row["status"] == Status.OFFLINE:
        _wake(tx, row)
    if row["status"] == Status.WAITING:
        desk.stale(tx, "queue", row["site_id"])
    ticket_hearing.customer_spoke(tx, who, held, message, now)
    return message


def _wake(tx: Tx, row: Row) -> None:
    """Who adds to their message brings it back to those who put it off."""
    if row["snoozed_until"]:
        conversations.change(tx, row, snoozed_until=None)
        desk.tell_conversation(tx, row["id"])
    desk.stale(tx, "inbox", row["site_id"])


def _reopen(tx: Tx, row: Row, now: datetime) -> Row:
    site = people.site(tx, row["site_id"])
    if now - from_millis(row["closed_at"]) > timedelta(hours=site.reopen_hours):
        raise Conflict("This conversation was closed a while ago. Start a new one.", code="closed")
    newer = conversations.current(tx, row["customer_id"], row["site_id"])
    if newer is not None and newer["id"] != row["id"] and newer["status"] != Status.CLOSED:
        raise Conflict("Another conversation is open. Write there.", code="closed")
    status = reopened_status(desk.is_open(tx, site, now), site.bot_in_front)
    team = routing.team_for(tx, site.id, row["topic"], row["team_id"])
    admitted = waits.admission(tx, site, team, now) if status is Status.WAITING else "open"
    if admitted != "open":
        status = Status.BOT if team and team.divert == "bot" else Status.OFFLINE
    ordinary = {**dict(row), "urgent": False}  # what was an emergency is over, and so is its sooner answer
    conversations.change(
        tx,
        row,
        status=status,
        agent_id=None,
        epoch=row["epoch"] + 1,
        closed_at=None,
        outcome=None,
        score=None,
        comment=None,
        urgent=False,
        priority=waits.ORDINARY,
        first_waited_at=now if status is Status.WAITING else None,
        overflowed_at=None,
        passed_over=[],
        told_closed_at=None,
        diverted_at=None,
        **(_left(tx, ordinary, site, now) if status is Status.OFFLINE else {}),
    )
    log.add_system(tx, row, now, "reopened")
    if admitted != "open":
        turn_away(tx, row, site, team, admitted, now)
    if status is Status.WAITING:
        routing.enter(tx, row, now)
    return desk.tell_move(tx, row)


def ask_agent(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.ConversationValue:
    """Into the queue, when the desk is open. A promise made for an offline message is kept."""
    row = access.conversation_for(tx, who, command.conversation_id)
    if row["status"] not in (Status.WAITING, Status.ACTIVE):
        site = people.site(tx, row["site_id"])
        if not desk.is_open(tx, site, now):
            raise Conflict("The desk is closed now. Leave a message instead.", code="desk_closed")
        admitted, _ = may_enter(tx, row, site, now)
        _check_admitted(admitted)
        flow_offers.lapse(tx, row, "handed_over")
        row = to_queue(tx, row, now)
    return wire.ConversationValue(conversation=shapes.conversation(tx, row))


def _check_admitted(admitted: waits.Admission) -> None:
    if admitted == "closing":
        raise Conflict(
            "The desk closes in a few minutes, and your turn would not come before. Leave a message instead.",
            code="desk_closing",
        )
    if admitted == "full":
        raise Conflict("Too many people are waiting already. Leave a message instead.", code="queue_full")


def may_enter(tx: Tx, row: Row, site: Site, now: datetime) -> tuple[waits.Admission, Team | None]:
    """The queue, and whose queue that is."""
    team = routing.team_for(tx, site.id, row["topic"], row["team_id"])
    return waits.admission(tx, site, team, now, row), team


def to_queue(tx: Tx, row: Row, now: datetime) -> Row:
    """Whose message it was does not have it there, and nobody has put it off."""
    conversations.change(
        tx,
        row,
        status=move(Status(row["status"]), Event.ASK_AGENT),
        agent_id=None,
        epoch=row["epoch"] + 1,
        first_waited_at=handing.first_wait(row, now),
        told_closed_at=None,
        snoozed_until=None,
    )
    log.add_system(tx, row, now, "asked_agent")
    routing.enter(tx, row, now)
    return desk.tell_move(tx, row)


def to_inbox(tx: Tx, row: Row, event: Event, now: datetime, **values: Any) -> Row:
    """The one way into the inbox: with a promised time, and `values` that change along. Nobody is told yet."""
    site = people.site(tx, row["site_id"])
    left = _left(tx, row, site, now) | {"agent_id": None, "epoch": row["epoch"] + 1} | values
    conversations.change(tx, row, status=move(Status(row["status"]), event), **left)
    return conversations.conversation(tx, row["id"])


def _left(tx: Tx, row: Row, site: Site, now: datetime) -> dict[str, Any]:
    """Whose it is to answer and by when. Who was not answered before keeps the time they were told."""
    team = routing.team_for(tx, site.id, row["topic"], row["team_id"])
    whose = {"team_id": team.id if team else None}
    if row["left_at"] and row["reply_by"]:
        return whose | {"left_at": from_millis(row["left_at"]), "reply_by": from_millis(row["reply_by"])}
    return whose | {"left_at": now, "reply_by": promises.make(tx, row, site, now)}


def leave_message(tx: Tx, who: Who, command: wire.LeaveMessage, now: datetime) -> wire.ConversationValue:
    """Leaves a message for the agents, who find it in their inbox: a new one, or what the customer wrote before.

    Raises Invalid when there is neither, or when no reply could reach them.
    """
    customer = access.customer_of(tx, who)
    remember(customer, command.name, command.email, command.phone)
    row = held = access.conversation_for(tx, who, command.conversation_id)
    site = people.site(tx, row["site_id"])
    if conversations.said(tx, row["id"], command.client_id):
        raise Reused("This client_id was used for another message.")
    if command.body is None and (row["status"] == Status.CLOSED or row["last_author"] is None):
        raise Invalid("Write your message.")
    if row["status"] == Status.CLOSED:
        row = _reopen(tx, row, now)
    if customer.kind != "verified" and not shapes.conversation(tx, row).contact:
        raise Invalid("Leave an e-mail address or a phone number, so that the reply can reach you.", code="no_contact")
    flow_offers.lapse(tx, row, "message_left")
    before = row
    row = to_inbox(
        tx,
        before,
        _leaving(Status(before["status"])),
        now,
        agent_id=before["agent_id"] if before["status"] == Status.OFFLINE else None,
        snoozed_until=None,
        contact_name=command.name or before["contact_name"] or customer.name,
        contact_email=command.email or before["contact_email"] or customer.email,
        contact_phone=command.phone or before["contact_phone"] or customer.phone,
    )
    if command.body is not None:
        author = log.author_of(who, row["person_name"] or "")
        body = own_numbers.shown(tx, customer.id, site.id, command.body)
        message = log.add(tx, row, now, author=author, body=body, client_id=command.client_id)
        ticket_hearing.customer_spoke(tx, who, held, message, now)
        row = urgent.heed(tx, row, command.body, now)  # what was written before was heeded then
    is_open = desk.is_open(tx, site, now)
    tell_left(tx, row, "message_left_open" if is_open else "message_left", now)
    return wire.ConversationValue(conversation=shapes.conversation(tx, desk.tell_move(tx, before)))


def tell_left(tx: Tx, row: Row, code: str, now: datetime) -> None:
    """Tells who left a message by when and where it is answered; while the desk is closed, when it opens, too."""
    site = people.site(tx, row["site_id"])
    values: dict[str, Any] = {"by": "email" if row["contact_email"] or row["person_email"] else "window"}
    if not desk.is_open(tx, site, now):
        values["opens_at"] = desk.next_opening(tx, site, now)
    if row["reply_by"]:
        values["reply_by"] = from_millis(row["reply_by"]) + tx.desk_offset
    log.add_system(tx, row, now, code, **values)


def _leaving(status: Status) -> Event:
    if status is Status.WAITING:
        return Event.PREFERS_MESSAGE
    return Event.WRITE_AGAIN if status is Status.OFFLINE else Event.LEAVE_MESSAGE


def leave(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.ConversationValue:
    """The customer ends the conversation. Ending it twice is ending it.

    With the desk closed, a question that the bot could not answer is kept instead, as a message for the agents, and
    its customer is told; leaving once more ends it.
    """
    row = access.conversation_for(tx, who, command.conversation_id)
    if row["status"] == Status.BOT and inbox.is_unanswered(tx, row["id"]):
        if not desk.is_open(tx, people.site(tx, row["site_id"]), now):
            return wire.ConversationValue(conversation=shapes.conversation(tx, keep_question(tx, row, now)))
        row = end(tx, row, "unsolved", "customer", now)
    elif row["status"] != Status.CLOSED:
        outcome = "abandoned" if row["status"] == Status.WAITING else "solved"
        row = end(tx, row, outcome, "customer", now)
    return wire.ConversationValue(conversation=shapes.conversation(tx, row))


def keep_question(tx: Tx, row: Row, now: datetime) -> Row:
    """What the bot could not answer becomes a message for the agents, with a promised time."""
    tell_left(tx, to_inbox(tx, row, Event.GO_IDLE, now), "question_kept", now)
    return desk.tell_move(tx, row)


def end(tx: Tx, row: Row, outcome: str, by: str, now: datetime) -> Row:
    status = move(Status(row["status"]), Event.CLOSE)
    log.add_system(tx, row, now, "closed", by=by)
    conversations.change(
        tx,
        row,
        status=status,
        epoch=row["epoch"] + 1,
        closed_at=now,
        outcome=outcome,
        left_at=None,
        reply_by=None,
        snoozed_until=None,
    )
    assignments.end(tx, row["id"], "closed", now)
    promises.drop(tx, row, outcome, now)
    participants.remove_all(tx, row["id"])
    closed = desk.tell_move(tx, row)
    if row["status"] == Status.ACTIVE and not wrap_up.begin(tx, row, now):
        routing.fill(tx, row["agent_id"], now)
    return closed


def rate(tx: Tx, who: Who, command: wire.Rate, now: datetime) -> wire.ConversationValue:
    row = access.conversation_for(tx, who, command.conversation_id)
    if row["status"] != Status.CLOSED and not conversations.has_card(tx, row["id"], RATING):
        raise Conflict("A conversation is rated when it has ended, or an agent asks for it.", code="not_closed")
    conversations.change(tx, row, score=command.score, comment=command.comment)
    return wire.ConversationValue(conversation=shapes.conversation(tx, desk.tell_conversation(tx, row["id"])))


# -- both sides ---------------------------------------------------------------------------------------------------


def sync(tx: Tx, who: Who, command: wire.Sync, now: datetime) -> wire.Synced:
    """Everything after `after_seq`, at most PAGE at once; `more` says: ask again from the last one."""
    row = access.conversation_for(tx, who, command.conversation_id)
    messages, more = log.page(conversations.messages_after(tx, row["id"], command.after_seq, PAGE + 1), PAGE)
    if row["status"] == Status.BOT and not command.wait:  # its window may have outlived a server
        desk.wake_bot(tx)
    return wire.Synced(
        conversation=shapes.conversation(tx, row), messages=[shapes.message(found) for found in messages], more=more
    )


def history(tx: Tx, who: Who, command: wire.History, now: datetime) -> dict[str, Any]:
    """A `HistoryPage`, JSON-ready: it is nothing but rows of the log, and a model of each would take longer than all
    else about it.
    """
    access.check_sees(tx, who, command.conversation_id)
    found = conversations.messages_before(tx, command.conversation_id, command.before_seq, command.limit + 1)
    messages, more = log.page(found, command.limit, newest=True)
    return {"messages": [shapes.told_message(message) for message in messages], "more": more}


def my_conversations(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.ConversationList:
    found = conversations.of_one(tx, who.id, who.site_id, REMEMBERED)
    return wire.ConversationList(conversations=[shapes.conversation(tx, row) for row in found])


def read(tx: Tx, who: Who, command: wire.Read, now: datetime) -> wire.Nothing:
    """Moves the caller's mark. An agent's counts only in their own conversation: others just look."""
    row = access.conversation_for(tx, who, command.conversation_id)
    side = "agent" if who.kind is Caller.AGENT else "customer"
    if side == "agent" and row["agent_id"] != who.id:
        return wire.Nothing()
    version = conversations.mark_read(tx, row["id"], side, command.seq)
    if version is not None:
        mark = min(command.seq, row["last_seq"])
        event = wire.ReadEvent(conversation_id=row["id"], by=side, seq=mark, version=version)
        tx.publish("read", shapes.rooms_of(row), event)
    return wire.Nothing()


def typing(tx: Tx, who: Who, command: wire.InConversation, now: datetime) -> wire.Nothing:
    """A hint that is not stored, to the other side only."""
    row = access.conversation_for(tx, who, command.conversation_id)
    if who.kind is Caller.CUSTOMER:
        event = wire.TypingEvent(conversation_id=row["id"], by="customer", name=row["person_name"] or "")
        tx.publish("typing", shapes.staff_rooms_of(row), event)
    elif name := _name_for_customer(row, who):
        event = wire.TypingEvent(conversation_id=row["id"], by="agent", name=name)
        tx.publish("typing", [shapes.customer_room_of(row)], event)
    return wire.Nothing()


def _name_for_customer(row: Row, who: Who) -> str | None:
    """Of an agent whom the customer knows to be here."""
    if row["status"] != Status.ACTIVE:
        return None
    if row["agent_id"] == who.id:
        return str(row["agent_name"])
    beside = participants.beside(row, who.id)
    return beside.name if beside and beside.joined else None
