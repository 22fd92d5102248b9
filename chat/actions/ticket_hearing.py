"""What is said in a conversation, as the tickets that hold part of it hear it.

`say` does not know tickets: the conversation it loads brings along whether there is one (a search of an index, no
statement more), and only then it looks here. It holds the conversation already, and whoever changes a ticket takes the
conversation last; where the two meet on Postgres one of them is run again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.actions import case_log, dues, tickets
from chat.actions.access import Who
from chat.domain.tickets import TicketEvent, TicketStatus, move_ticket
from chat.store import Tx
from chat.store.queries import conversations, people
from chat.store.queries import tickets as queries
from chat.store.tx import Row

OVER = (TicketStatus.SOLVED, TicketStatus.CLOSED)


def agent_spoke(tx: Tx, conversation: Row, now: datetime) -> None:
    """The answer to all tickets that go on."""
    if conversation["is_linked"]:
        for ticket in queries.of_conversation(tx, conversation["id"]):
            if ticket["status"] not in OVER:
                dues.answered(tx, ticket["id"], now)


def customer_spoke(tx: Tx, who: Who, conversation: Row, message: dict[str, Any], now: datetime) -> None:
    """They wait for an answer, or go on with what was solved. What was closed is followed by a new ticket."""
    if not conversation["is_linked"]:
        return
    found = queries.of_conversation(tx, conversation["id"])
    going_on = [ticket for ticket in found if ticket["status"] != TicketStatus.CLOSED]
    for ticket in going_on:
        _reply(tx, who, ticket, now)
    if found and not going_on:
        _follow_up(tx, who, found[0], conversation["id"], message, now)


def _reply(tx: Tx, who: Who, ticket: Row, now: datetime) -> None:
    was = TicketStatus(ticket["status"])
    status = move_ticket(was, TicketEvent.REPLY)
    if status is not was:
        tickets.set_status(tx, who, ticket, status, now)
        case_log.tell(tx, ticket["id"], customer=True)
    dues.asked(tx, ticket["id"], now)


def _follow_up(tx: Tx, who: Who, closed: Row, conversation_id: str, message: dict[str, Any], now: datetime) -> None:
    """It begins with the message; whoever had the closed one has it, while they still may."""
    conversation = conversations.conversation(tx, conversation_id)
    ticket = tickets.open(
        tx,
        who,
        people.site(tx, closed["site_id"]),
        closed["customer_id"],
        closed["kind"],
        now,
        subject=closed["subject"],
        conversation=conversation,
        first_seq=message["seq"],
        assignee_id=tickets.still_serving(tx, closed, closed["assignee_id"]),
        priority=closed["priority"],
        follows=closed,
        team_id=closed["team_id"],
    )
    case_log.add(tx, who, ticket["id"], "follows", now, number=closed["number"])
    case_log.add(tx, who, closed["id"], "followed_up", now, number=ticket["number"])
    case_log.tell(tx, closed["id"], customer=False)
    case_log.tell(tx, ticket["id"], customer=True)
