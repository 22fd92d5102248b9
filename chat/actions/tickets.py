"""What agents do with tickets: open, change, link, look."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import access, audit, case_log, desk, dues, endings, log, ticket_kinds, ticket_shapes
from chat.actions.access import Caller, Who
from chat.domain.case_steps import APPEAL_DAYS
from chat.domain.ticket_kinds import check_form
from chat.domain.tickets import TicketEvent, TicketStatus, move_ticket, number_read_out, ticket_number
from chat.errors import Conflict, IllegalMove, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import conversations, orders, people, teams, tickets
from chat.store.tables import Site
from chat.store.tx import Row

TAGS = 20
CLOSED_AT_ONCE = 50
FREED_AT_ONCE = 50
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
    first_seq: int = 1,
    assignee_id: str | None = None,
    fields: Mapping[str, str] = MappingProxyType({}),
    tags: Collection[str] = (),
    follows: Row | None = None,
    **values: Any,
) -> Row:
    """The one way a ticket is made. With a `conversation`, which is held, it is told there and has its transcript;
    `values` are further columns of it. Raises Invalid: no such kind, or `fields` that its form does not ask for.

    Agents leave empty what they do not know; a customer's form is whole. What `follows` a closed ticket has its kind,
    in use or not, and no form.
    """
    is_customers = who.kind is Caller.CUSTOMER
    if follows is None:
        opened = ticket_kinds.kind_to_open(tx, kind, customer=is_customers)
        check_form(opened, fields, whole=is_customers)
    else:
        opened = ticket_kinds.of_ticket(follows)
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
        follows_id=follows["id"] if follows else None,
        **values,
    )
    tickets.set_tags(tx, ticket_id, tags)
    dues.begin(tx, ticket_id, site)
    if conversation:
        tickets.add_transcript(tx, ticket_id, conversation["id"], conversation["last_seq"], first_seq)
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
    """What a list shows of it: the lines below say more of what is asked one by one, and would run together."""
    line = " ".join(next((line for line in text.splitlines() if line.strip()), "").split())
    return line if len(line) <= SUBJECT else f"{line[: SUBJECT - 1]}…"


def _announce(tx: Tx, conversation: Row, ticket: Row, now: datetime) -> None:
    log.add_system(tx, conversation, now, "ticket_opened", number=ticket["number"], kind=ticket["kind"])
    shown = {name: ticket[name] for name in ("number", "kind", "status")}
    log.add(
        tx,
        conversation,
        now,
        author=log.SYSTEM,
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
    ticket = going_on(access.ticket_for(tx, who, command.ticket_id))
    given = command.model_dump(include=command.model_fields_set - {"ticket_id", "reason"})
    return _value(tx, _change(tx, who, ticket, given, command.reason, now))


def update_tickets(tx: Tx, who: Who, command: wire.UpdateTickets, now: datetime) -> wire.TicketPage:
    """The same for many: what one of them refuses happens to none."""
    given = command.model_dump(include=command.model_fields_set - {"ticket_ids", "reason"})
    # In the order of their ids, so that two who change the same ones do not wait for each other.
    held = [going_on(access.ticket_for(tx, who, ticket_id)) for ticket_id in sorted(set(command.ticket_ids))]
    changed = [_change(tx, who, ticket, given, command.reason, now) for ticket in held]
    found = {row["id"]: ticket_shapes.summary(tx, row) for row in changed}
    return wire.TicketPage(tickets=[found[ticket_id] for ticket_id in dict.fromkeys(command.ticket_ids)])


def going_on(ticket: Row) -> Row:
    """Raises IllegalMove: nothing of a closed ticket changes any more."""
    if ticket["status"] == TicketStatus.CLOSED:
        raise IllegalMove(
            f"Ticket {ticket['number']} is closed: nothing of it can be changed. Open a new one.", code="ticket_closed"
        )
    return ticket


def _change(tx: Tx, who: Who, ticket: Row, given: Mapping[str, Any], reason: str | None, now: datetime) -> Row:
    """`given` by the names of the command; None takes an assignee or a team away, and else means nothing."""
    changes: dict[str, object] = {}
    for name, change in _CHANGES.items():
        means_something = name in given and (given[name] is not None or name in _CAN_BE_NOBODY)
        if means_something and change(tx, who, ticket, given[name], now):
            changes[_TRAIL.get(name, name)] = given[name]
    status = given.get("status")
    if status is not None and status != ticket["status"]:
        endings.check_can_be_over(tx, ticket, TicketStatus(status), given.get("ending"))
    if given.get("ending"):
        if TicketStatus.SOLVED not in (status, ticket["status"]):
            raise Invalid("An ending is chosen when a ticket is solved.")
        if not endings.end(tx, who, ticket, given["ending"], reason, now):
            status = None  # not yet: another person has to agree
        changes["ending"] = given["ending"]
    if status is not None and status != ticket["status"]:
        set_status(tx, who, ticket, TicketStatus(status), now, reason)
        changes["status"] = status
    if not changes:
        return ticket
    audit.record(
        tx, who, now, "ticket_changed", "ticket", ticket["id"], **{_TRAIL.get(k, k): v for k, v in changes.items()}
    )
    return case_log.tell(tx, ticket["id"], customer=bool({"status", "ending"} & set(changes)))


def _assign(tx: Tx, who: Who, ticket: Row, agent_id: str | None, now: datetime) -> bool:
    if agent_id == ticket["assignee_id"]:
        return False
    if agent_id is not None and still_serving(tx, ticket, agent_id) is None:
        raise NotFound("There is no such colleague.")
    agent = people.agent(tx, agent_id) if agent_id else None
    tickets.change(tx, ticket["id"], assignee_id=agent_id)
    if agent:
        case_log.add(tx, who, ticket["id"], "assigned", now, name=agent.name)
    else:
        case_log.add(tx, who, ticket["id"], "unassigned", now)
    return True


def still_serving(tx: Tx, ticket: Row, agent_id: str | None) -> str | None:
    """The agent, if they may have this ticket."""
    agent = people.agent(tx, agent_id) if agent_id else None
    if agent is None or not agent.active or ticket["site_id"] not in people.site_ids_of_agent(tx, agent.id):
        return None
    return agent.id


def _hand_to_team(tx: Tx, who: Who, ticket: Row, team_id: str | None, now: datetime) -> bool:
    if team_id == ticket["team_id"]:
        return False
    team = next((team for team in teams.serving(tx, ticket["site_id"]) if team.id == team_id), None)
    if team_id is not None and team is None:
        raise NotFound("No such team serves this site.")
    tickets.change(tx, ticket["id"], team_id=team_id)
    case_log.add(tx, who, ticket["id"], "team", now, name=team.name if team else None)
    return True


def _set_priority(tx: Tx, who: Who, ticket: Row, priority: int, now: datetime) -> bool:
    if priority == ticket["priority"]:
        return False
    tickets.change(tx, ticket["id"], priority=priority)
    case_log.add(tx, who, ticket["id"], "priority", now, was=ticket["priority"], to=priority)
    return True


def _set_subject(tx: Tx, who: Who, ticket: Row, subject: str, now: datetime) -> bool:
    if subject == ticket["subject"]:
        return False
    tickets.change(tx, ticket["id"], subject=subject)
    case_log.add(tx, who, ticket["id"], "subject", now, was=ticket["subject"], to=subject)
    return True


def _set_tags(tx: Tx, who: Who, ticket: Row, tags: list[str], now: datetime) -> bool:
    was = json.loads(ticket["tags"])
    if set(tags) == set(was):
        return False
    if len(set(tags)) > TAGS:
        raise Invalid(f"A ticket has at most {TAGS} tags.")
    kept = tickets.set_tags(tx, ticket["id"], tags)
    case_log.add(tx, who, ticket["id"], "tags", now, tags=kept)
    return True


def _add_tags(tx: Tx, who: Who, ticket: Row, tags: list[str], now: datetime) -> bool:
    return _set_tags(tx, who, ticket, [*json.loads(ticket["tags"]), *tags], now)


def decide_ending(tx: Tx, who: Who, command: wire.DecideEnding, now: datetime) -> wire.TicketValue:
    """Where a kind wants two people: the second one agrees, and it is solved so; or says why not, and it goes on."""
    ticket = going_on(access.ticket_for(tx, who, command.ticket_id))
    if command.agree:
        endings.check_can_be_over(tx, ticket, TicketStatus.SOLVED, ticket["ending_proposed"])
    endings.settle(tx, who, ticket, command.agree, command.reason, now)
    if command.agree and ticket["status"] != TicketStatus.SOLVED:
        set_status(tx, who, ticket, TicketStatus.SOLVED, now)
    audit.record(tx, who, now, "ending_decided", "ticket", ticket["id"], agreed=command.agree)
    return _value(tx, case_log.tell(tx, ticket["id"], customer=command.agree))


def check_off(tx: Tx, who: Who, ticket: Row, done: list[str], now: datetime) -> bool:
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


_CHANGES: Mapping[str, Callable[..., bool]] = {
    "assignee_id": _assign,
    "team_id": _hand_to_team,
    "priority": _set_priority,
    "subject": _set_subject,
    "tags": _set_tags,
    "add_tags": _add_tags,
    "done": check_off,
}
_CAN_BE_NOBODY = ("assignee_id", "team_id")
_TRAIL = {"assignee_id": "assignee"}  # in the audit trail


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
    dues.moved(tx, ticket, status, now)
    case_log.add(tx, who, ticket["id"], f"status_{status}", now, visible=told, reason=reason)
    if status is TicketStatus.SOLVED and told:
        case_log.say(tx, ticket, "ticket_solved", now)


# -- linking ------------------------------------------------------------------------------------------------------


def link(tx: Tx, who: Who, command: wire.Link, now: datetime) -> wire.TicketValue:
    """Only what is the same customer's on the same site. Linking twice is linking once."""
    if command.kind == "ticket" and command.id < command.ticket_id:
        access.ticket_for(tx, who, command.id)  # two tickets are held in the order of their ids
    ticket = going_on(access.ticket_for(tx, who, command.ticket_id))
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
    elif kind == "ticket":
        other = _same_customers_ticket(tx, who, ticket, target_id)
        added = not tickets.are_linked(tx, ticket["id"], target_id) and tickets.add_link(
            tx, ticket["id"], kind, target_id
        )
        shown = {"number": other["number"]}
        if added:
            case_log.add(tx, who, target_id, "linked_ticket", now, number=ticket["number"])
    else:
        found = _same_customers_purchase(tx, who, ticket, kind, target_id)
        added = tickets.add_link(tx, ticket["id"], kind, target_id)
        shown = {"number": found["number"]}
    if added:
        case_log.add(tx, who, ticket["id"], f"linked_{kind}", now, visible=kind == "order", **shown)
    return added


def _same_customers_purchase(tx: Tx, who: Who, ticket: Row, kind: str, target_id: str) -> Row:
    theirs = {"customer_id": ticket["customer_id"], "site_id": ticket["site_id"]}
    if kind == "order":
        found = orders.order_of(tx, target_id, **theirs, matched=who.kind is Caller.AGENT)
    else:
        found = orders.transaction_of(tx, target_id, **theirs)
    if found is None:
        raise NotFound(f"There is no such {kind} of this customer.")
    return found


def _same_customers_ticket(tx: Tx, who: Who, ticket: Row, other_id: str) -> Row:
    if other_id == ticket["id"]:
        raise Invalid("This is the same ticket.")
    other = access.ticket_for(tx, who, other_id)
    if other["customer_id"] != ticket["customer_id"] or other["site_id"] != ticket["site_id"]:
        raise NotFound("There is no such ticket of this customer.")
    return other


def _same_customers_conversation(tx: Tx, who: Who, ticket: Row, conversation_id: str) -> Row:
    found = access.conversation_for(tx, who, conversation_id)
    if found["customer_id"] != ticket["customer_id"] or found["site_id"] != ticket["site_id"]:
        raise NotFound("There is no such conversation of this customer.")
    return found


def extend_transcript(tx: Tx, who: Who, command: wire.ExtendTranscript, now: datetime) -> wire.TicketValue:
    """What was said since goes into it."""
    ticket = going_on(access.ticket_for(tx, who, command.ticket_id))
    conversation = access.conversation_for(tx, who, command.conversation_id)
    added = tickets.extend_transcript(tx, ticket["id"], conversation["id"], conversation["last_seq"])
    if added is None:
        raise NotFound("This conversation is not linked to the ticket.")
    if added:
        case_log.add(tx, who, ticket["id"], "extended", now, conversation_id=conversation["id"], messages=added)
        ticket = case_log.tell(tx, ticket["id"], customer=False)
    return _value(tx, ticket)


def merge_tickets(tx: Tx, who: Who, command: wire.MergeTickets, now: datetime) -> wire.TicketValue:
    """All that hangs on the one goes on in the other; the one is closed and says where. Gives the other."""
    if command.ticket_id == command.into_id:
        raise Invalid("A ticket cannot be merged into itself.")
    both = {
        ticket_id: access.ticket_for(tx, who, ticket_id) for ticket_id in sorted((command.ticket_id, command.into_id))
    }
    ticket, into = going_on(both[command.ticket_id]), going_on(both[command.into_id])
    _same_customers_ticket(tx, who, ticket, into["id"])
    endings.check_appeal_answered(ticket)
    if into["status"] == TicketStatus.SOLVED and ticket["status"] != TicketStatus.SOLVED:
        set_status(tx, who, into, TicketStatus.OPEN, now)  # there is more to do
    tickets.move_all(tx, ticket["id"], into["id"])
    status = move_ticket(TicketStatus(ticket["status"]), TicketEvent.MERGE)
    tickets.change(tx, ticket["id"], status=status.value, merged_into_id=into["id"], wanted=[])
    dues.moved(tx, ticket, status, now)
    wanted = list(dict.fromkeys([*json.loads(into["wanted"]), *json.loads(ticket["wanted"])]))
    tickets.change(tx, into["id"], wanted=wanted)
    case_log.add(tx, who, ticket["id"], "merged_into", now, visible=True, reason=command.reason, number=into["number"])
    case_log.add(tx, who, into["id"], "merged", now, reason=command.reason, number=ticket["number"])
    audit.record(tx, who, now, "ticket_merged", "ticket", ticket["id"], into=into["id"])
    case_log.tell(tx, ticket["id"], customer=True)
    return _value(tx, case_log.tell(tx, into["id"], customer=True))


# -- among staff --------------------------------------------------------------------------------------------------


def note_ticket(tx: Tx, who: Who, command: wire.NoteTicket, now: datetime) -> wire.TicketValue:
    ticket = going_on(access.ticket_for(tx, who, command.ticket_id))
    case_log.add(tx, who, ticket["id"], "note", now, reason=command.body)
    return _value(tx, case_log.tell(tx, ticket["id"], customer=False))


def watch_ticket(tx: Tx, who: Who, command: wire.WatchTicket, now: datetime) -> wire.TicketValue:
    """Who watches hears of each event, whoever has it."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    tickets.watch(tx, ticket["id"], who.id, command.watch)
    return _value(tx, ticket)


# -- what happens by itself ---------------------------------------------------------------------------------------


def is_any_to_close(tx: Tx, now: datetime) -> bool:
    appealable = now - timedelta(days=APPEAL_DAYS)
    return any(tickets.solved_since(tx, site_id, until, appealable, 1) for site_id, until in _windows(tx, now))


def close_solved(tx: Tx, now: datetime) -> int:
    """Who has not come back for as long as a conversation can be opened again starts a new one. What was refused waits
    for the appeal there may be.
    """
    done, appealable = 0, now - timedelta(days=APPEAL_DAYS)
    for site_id, until in _windows(tx, now):
        for row in tickets.solved_since(tx, site_id, until, appealable, CLOSED_AT_ONCE - done):
            set_status(tx, access.SYSTEM, row, TicketStatus.CLOSED, now, told=False)
            case_log.tell(tx, row["id"], customer=True)
            done += 1
    return done


def is_any_left_behind(tx: Tx, now: datetime) -> bool:
    return tickets.is_any_left_behind(tx)


def free_left_behind(tx: Tx, now: datetime) -> int:
    """Who was removed goes on with none; what is over stays theirs."""
    rows = tickets.left_behind(tx, FREED_AT_ONCE)
    for row in rows:
        _assign(tx, access.SYSTEM, row, None, now)
        case_log.tell(tx, row["id"], customer=False)
    return len(rows)


def _windows(tx: Tx, now: datetime) -> list[tuple[str, datetime]]:
    return [(site.id, now - timedelta(hours=site.reopen_hours)) for site in people.every_site(tx)]


# -- looking ------------------------------------------------------------------------------------------------------


def ticket(tx: Tx, who: Who, command: wire.OfTicket, now: datetime) -> wire.TicketValue:
    """It shows whose it is and what they bought, so the look leaves a trace."""
    row = access.ticket_for(tx, who, command.ticket_id)
    audit.record(tx, who, now, "ticket_seen", "ticket", row["id"])
    return _value(tx, row)


def find_ticket(tx: Tx, who: Who, command: wire.FindTicket, now: datetime) -> wire.TicketValue:
    """By the number somebody reads out. Raises Invalid for a slip of the tongue."""
    number = number_read_out(command.number)
    row = tickets.numbered(tx, number, who.id)
    if row is None:
        raise NotFound(f"There is no ticket {number}.")
    audit.record(tx, who, now, "ticket_seen", "ticket", row["id"])
    return _value(tx, row)


def _value(tx: Tx, row: Row) -> wire.TicketValue:
    return wire.TicketValue(ticket=ticket_shapes.ticket(tx, row))
