"""One way to add to a ticket's events, and to tell those who follow it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, case_mails, case_shapes, dues, log
from chat.actions.access import Caller, Who
from chat.store import Tx
from chat.store.events import agent_room, customer_room, staff_room
from chat.store.queries import conversations, tickets
from chat.store.tx import Row

# An agent who does this has not said anything to the customer yet.
_NO_ANSWER = frozenset({"opened", "linked_order", "followed_up"})
_WORDS_OF_THEIRS = frozenset({"evidence_added", "appealed"})
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
    _tell_watchers(tx, who, ticket_id, code)
    if visible:
        case_mails.promise(tx, ticket_id, code, now)
    if visible and who.kind is Caller.AGENT and code not in _NO_ANSWER:
        dues.answered(tx, ticket_id, now)
    if code in _WORDS_OF_THEIRS and who.kind in (Caller.CUSTOMER, Caller.CASE_LINK):
        dues.asked(tx, ticket_id, now)


def _tell_watchers(tx: Tx, who: Who, ticket_id: str, code: str) -> None:
    """All but who did it."""
    watching = [agent_room(row["id"]) for row in tickets.watching(tx, ticket_id) if row["id"] != who.id]
    if watching:
        number = tickets.ticket(tx, ticket_id)["number"]
        happened = wire.Notice(code="watched_ticket", values={"ticket_id": ticket_id, "number": number, "event": code})
        tx.publish("notice", watching, happened)


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
    log.add(tx, row, now, author=log.SYSTEM, kind="form", body=message or "", data=form)


def _newest_conversation(tx: Tx, ticket: Row) -> Row | None:
    conversation_id = tickets.newest_conversation(tx, ticket["id"])
    if conversation_id is None:
        return None
    conversations.hold(tx, conversation_id)  # so that those who hear of it are those whose it is
    return conversations.conversation(tx, conversation_id)
