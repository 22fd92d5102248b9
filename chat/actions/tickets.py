"""What agents do with tickets: open, change, link, look."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import access, audit, case_log, cursor, desk, log, ticket_kinds, ticket_shapes
from chat.actions.access import Caller, Who
from chat.domain.ticket_kinds import check_form
from chat.domain.tickets import TicketEvent, TicketStatus, move_ticket, ticket_number
from chat.errors import Conflict, IllegalMove, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import conversations, orders, people, tickets
from chat.store.tables import Site
from chat.store.tx import Row

SUBJECT = 80  # characters of the customer's first words that become the subject


def open_ticket(tx: Tx, who: Who, command: wire.OpenTicket, now: datetime) -> wire.TicketValue:
    """From a conversation, open or closed. The transcript is its log as it stands; what is said later is not in it."""
    conversation = access.conversation_for(tx, who, command.conversation_id)
    ticket = open(
        tx,
        who,
        people.site(tx, conversation["site_id"]),
        conversation["customer_id"],
        command.kind,
        now,
        subject=command.subject or first_line(tickets.first_words(tx, conversation["id"])),
        conversation=conversation,
        assignee_id=who.id,
        fields=command.fields,
        tags=command.tags,
        priority=command.priority,
    )
    for kind, target_id in (("order", command.order_id), ("transaction", command.transaction_id)):
        if target_id:
            add_link(tx, who, ticket, kind, target_id, now)
    return _value(tx, case_log.tell(tx, ticket["id"], customer=True))


def open(
    tx: Tx,
    who: Who,
    site: Site,
    customer_id: str,
    kind: str,
    now: datetime,
    *,
    subject: str,
    conversation: Row | None = None,
    assignee_id: str | None = None,
    fields: Mapping[str, str] = MappingProxyType({}),
    tags: Collection[str] = (),
    **values: Any,
) -> Row:
    """The one way a ticket is made. With a `conversation`, which is held, it is told there and has its transcript;
    `values` are further columns of it. Raises Invalid: no such kind, or `fields` that its form does not ask for.

    Agents leave empty what they do not know; a customer's form is whole.
    """
    is_customers = who.kind is Caller.CUSTOMER
    opened = ticket_kinds.kind_to_open(tx, kind, customer=is_customers)
    check_form(opened, fields, whole=is_customers)
    ticket_id = tickets.insert(
        tx,
        now,
        number=_next_number(tx, site, now),
        site_id=site.id,
        customer_id=customer_id,
        assignee_id=assignee_id,
        kind=kind,
        subject=subject,
        checklist=dict.fromkeys(opened.checklist, False),
        fields=dict(fields),
        opened_by="customer" if is_customers else "agent",
        **values,
    )
    tickets.set_tags(tx, ticket_id, tags)
    if conversation:
        tickets.add_transcript(tx, ticket_id, conversation["id"], conversation["last_seq"])
    case_log.add(tx, who, ticket_id, "opened", now, visible=True, kind=kind)
    origin = {"conversation_id": conversation["id"]} if conversation else {}
    audit.record(tx, who, now, "ticket_opened", "ticket", ticket_id, **origin)
    ticket = tickets.ticket(tx, ticket_id)
    if conversation:
        _announce(tx, conversation, ticket, now)
    return ticket


def _next_number(tx: Tx, site: Site, now: datetime) -> str:
    year = now.astimezone(ZoneInfo(desk.calendar_of(site).zone)).year
    return ticket_number(site.ticket_prefix, year, tickets.next_running(tx, site.ticket_prefix, year))


def first_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT else f"{line[: SUBJECT - 1]}…"


def _announce(tx: Tx, conversation: Row, ticket: Row, now: datetime) -> None:
    log.add_system(tx, conversation, now, "ticket_opened", number=ticket["number"], kind=ticket["kind"])
    shown = {name: ticket[name] for name in ("number", "kind", "status")}
    log.add(
        tx,
        conversation,
        now,
        author=wire.Author(kind="system", name=""),
        kind="card",
        body=ticket["number"],
        data={"card": "case", "ticket_id": ticket["id"], **shown},
    )
    # Its lists show the ticket's number, so they and its readers see it anew.
    conversations.change(tx, conversation)
    desk.tell_move(tx, conversation)


# -- changing -----------------------------------------------------------------------------------------------------


def update_ticket(tx: Tx, who: Who, command: wire.UpdateTicket, now: datetime) -> wire.TicketValue:
    """Each thing that changes is an event; what stays as it was is none."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    changes: dict[str, object] = {}
    if command.assignee_id is not None and command.assignee_id != ticket["assignee_id"]:
        changes["assignee"] = _assign(tx, who, ticket, command.assignee_id, now)
    if command.done is not None and _check_off(tx, who, ticket, command.done, now):
        changes["done"] = command.done
    if command.status is not None and command.status != ticket["status"]:
        set_status(tx, who, ticket, TicketStatus(command.status), now, command.reason)
        changes["status"] = command.status
    if changes:
        audit.record(tx, who, now, "ticket_changed", "ticket", ticket["id"], **changes)
        ticket = case_log.tell(tx, ticket["id"], customer="status" in changes)
    return _value(tx, ticket)


def _assign(tx: Tx, who: Who, ticket: Row, agent_id: str, now: datetime) -> str:
    agent = people.agent(tx, agent_id)
    serves = people.site_ids_of_agent(tx, agent_id)
    if agent is None or not agent.active or ticket["site_id"] not in serves:
        raise NotFound("There is no such colleague.")
    tickets.change(tx, ticket["id"], assignee_id=agent.id)
    case_log.add(tx, who, ticket["id"], "assigned", now, name=agent.name)
    return agent.id


def _check_off(tx: Tx, who: Who, ticket: Row, done: list[str], now: datetime) -> bool:
    """`done` is the whole of what is done; the others are open again. False: so it was already."""
    before: dict[str, bool] = json.loads(ticket["checklist"])
    if unknown := sorted(set(done) - set(before)):
        raise Invalid(f"The checklist of this ticket has no {', '.join(unknown)}.")
    after = {code: code in done for code in before}
    if after == before:
        return False
    tickets.change(tx, ticket["id"], checklist=after)
    checked = [code for code in after if after[code]]
    case_log.add(tx, who, ticket["id"], "checklist", now, done=checked, of=len(after))
    return True


_MOVE_TO: Mapping[TicketStatus, TicketEvent] = {
    TicketStatus.OPEN: TicketEvent.RESUME,
    TicketStatus.PENDING: TicketEvent.ASK_CUSTOMER,
    TicketStatus.ON_HOLD: TicketEvent.HOLD,
    TicketStatus.SOLVED: TicketEvent.SOLVE,
    TicketStatus.CLOSED: TicketEvent.CLOSE,
}


def set_status(
    tx: Tx,
    who: Who,
    ticket: Row,
    wanted: TicketStatus,
    now: datetime,
    reason: str | None = None,
    *,
    told: bool = True,
) -> None:
    """The one way to move a ticket. What is not `told` its customer hears in other words."""
    if wanted is TicketStatus.NEW:
        raise IllegalMove("A ticket cannot become new again.")
    was = TicketStatus(ticket["status"])
    taken_up = was is TicketStatus.NEW and wanted is TicketStatus.OPEN
    status = move_ticket(was, TicketEvent.TAKE_UP if taken_up else _MOVE_TO[wanted])
    if not tickets.set_status(tx, ticket, status):
        raise Conflict("Somebody else changed this ticket just now. Look again.")
    case_log.add(tx, who, ticket["id"], f"status_{status}", now, visible=told, reason=reason)
    if status is TicketStatus.SOLVED and told:
        case_log.say(tx, ticket, "ticket_solved", now)


# -- linking ------------------------------------------------------------------------------------------------------


def link(tx: Tx, who: Who, command: wire.Link, now: datetime) -> wire.TicketValue:
    """Only what is the same customer's on the same site. Linking twice is linking once."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    if add_link(tx, who, ticket, command.kind, command.id, now):
        audit.record(tx, who, now, "ticket_linked", "ticket", ticket["id"], kind=command.kind, target=command.id)
        ticket = case_log.tell(tx, ticket["id"], customer=command.kind == "order")
    return _value(tx, ticket)


def add_link(tx: Tx, who: Who, ticket: Row, kind: str, target_id: str, now: datetime) -> bool:
    """Whether it is new."""
    if kind == "conversation":
        conversation = _same_customers_conversation(tx, who, ticket, target_id)
        added = tickets.add_transcript(tx, ticket["id"], target_id, conversation["last_seq"])
        shown = {"conversation_id": target_id}
    else:
        find = orders.order_of if kind == "order" else orders.transaction_of
        found = find(tx, target_id, ticket["customer_id"], ticket["site_id"])
        if found is None:
            raise NotFound(f"There is no such {kind} of this customer.")
        added = tickets.add_link(tx, ticket["id"], kind, target_id)
        shown = {"number": found["number"]}
    if added:
        case_log.add(tx, who, ticket["id"], f"linked_{kind}", now, visible=kind == "order", **shown)
    return added


def _same_customers_conversation(tx: Tx, who: Who, ticket: Row, conversation_id: str) -> Row:
    found = access.conversation_for(tx, who, conversation_id)
    if found["customer_id"] != ticket["customer_id"] or found["site_id"] != ticket["site_id"]:
        raise NotFound("There is no such conversation of this customer.")
    return found


# -- looking ------------------------------------------------------------------------------------------------------


def ticket(tx: Tx, who: Who, command: wire.OfTicket, now: datetime) -> wire.TicketValue:
    """It shows whose it is and what they bought, so the look leaves a trace."""
    row = access.ticket_for(tx, who, command.ticket_id)
    audit.record(tx, who, now, "ticket_seen", "ticket", row["id"])
    return _value(tx, row)


def tickets_page(tx: Tx, who: Who, command: wire.TicketList, now: datetime) -> wire.TicketPage:
    """The tickets of the agent's sites, last changed first; `next` is handed back as `before`."""
    before = cursor.read(command.before) if command.before else None
    site_ids = access.site_ids_of(tx, who)
    rows = tickets.page(tx, site_ids, command.status, command.customer_id, before, command.limit + 1)
    shown = rows[: command.limit]
    return wire.TicketPage(
        tickets=[ticket_shapes.summary(row) for row in shown],
        next=cursor.written(shown[-1]["updated_at"], shown[-1]["id"]) if len(rows) > command.limit else None,
    )


def _value(tx: Tx, row: Row) -> wire.TicketValue:
    return wire.TicketValue(ticket=ticket_shapes.ticket(tx, row))
