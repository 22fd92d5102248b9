"""One way to add to a ticket's events, and to tell those who follow it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, case_mails, case_shapes, log
from chat.actions.access import Caller, Who
from chat.store import Tx
from chat.store.events import customer_room, staff_room
from chat.store.queries import conversations, tickets
from chat.store.tx import Row

_PEOPLE = (Caller.AGENT, Caller.CUSTOMER)  # a case link's id is the ticket's


def add(
    tx: Tx,
    who: Who,
    ticket_id: str,
    code: str,
    now: datetime,
    *,
    visible: bool = False,
    reason: str | None = None,
    **data: Any,
) -> None:
    """`who` may be anybody: staff, the customer, whoever holds the case's link, or the system."""
    tickets.add_event(
        tx,
        ticket_id,
        now,
        actor_kind=who.kind.value,
        actor_id=who.id if who.kind in _PEOPLE else None,
        actor_name=access.name_of(tx, who),
        code=code,
        data=data,
        reason=reason,
        visible=visible,
    )
    if visible:
        case_mails.promise(tx, ticket_id, code, now)


def tell(tx: Tx, ticket_id: str, *, customer: bool) -> Row:
    """The ticket as it now is; consoles learn that it changed, its customer the case if there is news for them."""
    row = tickets.ticket(tx, ticket_id)
    if customer:
        tx.publish("case", [customer_room(row["customer_id"], row["site_id"])], case_shapes.case(tx, row))
    changed = wire.Notice(code="ticket_changed", values={"ticket_id": row["id"], "number": row["number"]})
    tx.publish("notice", [staff_room(row["site_id"])], changed)
    return row


def say(tx: Tx, ticket: Row, code: str, now: datetime, **values: Any) -> None:
    """A line in the newest conversation of the ticket. A closed one stays closed."""
    row = _newest_conversation(tx, ticket)
    if row is not None:
        log.add_system(tx, row, now, code, number=ticket["number"], **values)


def show_form(
    tx: Tx, who: Who, ticket: Row, now: datetime, wanted: list[wire.Wanted], message: str | None = None
) -> None:
    """A form in that conversation, in which the customer gives what is wanted. Nobody's word: it answers nothing."""
    row = _newest_conversation(tx, ticket)
    if row is None:
        return
    form = {
        "form": "evidence",
        "ticket_id": ticket["id"],
        "number": ticket["number"],
        "wanted": [each.model_dump(mode="json") for each in wanted],
        "by": access.name_of(tx, who),
        "message": message or "",
    }
    log.add(tx, row, now, author=wire.Author(kind="system", name=""), kind="form", body=message or "", data=form)


def _newest_conversation(tx: Tx, ticket: Row) -> Row | None:
    conversation_id = tickets.newest_conversation(tx, ticket["id"])
    if conversation_id is None:
        return None
    conversations.hold(tx, conversation_id)  # so that those who hear of it are those whose it is
    return conversations.conversation(tx, conversation_id)
