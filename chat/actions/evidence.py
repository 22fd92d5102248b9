"""Evidence: what a case still needs of its customer, asked for in one click and given in the conversation, in the
window's list of cases or through the case's link.

A ticket's `wanted` is what its customer was asked for and has not given; while something is, the ticket waits for them,
and so does its refund. What was asked for anew has to be given anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from chat import wire
from chat.actions import (
    access,
    asking,
    attachments,
    audit,
    case_log,
    case_shapes,
    cases,
    refunds,
    ticket_kinds,
    ticket_shapes,
    tickets,
)
from chat.actions.access import Caller, Who
from chat.domain.case_steps import what_they_may
from chat.domain.ticket_kinds import OTHER_EVIDENCE
from chat.domain.tickets import TicketEvent, TicketStatus, move_ticket
from chat.errors import IllegalMove, Invalid, TooMany
from chat.store import Tx
from chat.store.queries import files
from chat.store.tx import Row

MOST = 200  # entries of one ticket: each look at it, and each answer that is kept, carries them all


# -- the customer gives -------------------------------------------------------------------------------------------


def add_evidence(tx: Tx, who: Who, command: wire.AddEvidence, now: datetime) -> wire.CaseValue:
    return wire.CaseValue(case=case_shapes.case(tx, _add_evidence(tx, who, command, now)))


def add_by_link(tx: Tx, who: Who, command: wire.AddEvidence, now: datetime) -> wire.CasePage:
    return cases.page(tx, _add_evidence(tx, who, command, now))


def _add_evidence(tx: Tx, who: Who, command: wire.AddEvidence, now: datetime) -> Row:
    ticket = access.ticket_for(tx, who, command.ticket_id)
    if "add_evidence" not in what_they_may(case_shapes.standing(ticket), now):
        raise IllegalMove("This case is over: nothing can be added to it.")
    add(tx, who, ticket, command.code, command.body, command.attachment_ids, command.client_id, now)
    case_log.say(tx, ticket, "evidence_added", now, ticket_id=ticket["id"], evidence=command.code)
    _given(tx, who, ticket, command.code, now)
    return case_log.tell(tx, ticket["id"], customer=True)


def add(
    tx: Tx,
    who: Who,
    ticket: Row,
    code: str,
    body: str | None,
    attachment_ids: Iterable[str],
    client_id: str,
    now: datetime,
) -> None:
    """Words, files or both, as one entry a file. Raises Invalid, or NotFound for files of somebody else."""
    ids = list(dict.fromkeys(attachment_ids))
    if not body and not ids:
        raise Invalid("Write something or choose a file.")
    if code not in (OTHER_EVIDENCE, *ticket_kinds.kind(tx, ticket["kind"]).evidence, *json.loads(ticket["wanted"])):
        raise Invalid("This is nothing that a case of this kind asks for.")
    entries: list[str | None] = [*ids] or [None]
    if files.count_evidence(tx, ticket["id"]) + len(entries) > MOST:
        raise TooMany(f"A case holds {MOST} words and files at most.", code="too_many_evidence")
    attachments.use(tx, who, ids, "ticket", ticket["id"], now)
    for number, attachment_id in enumerate(entries):
        files.add_evidence(
            tx,
            now,
            ticket_id=ticket["id"],
            client_id=f"{client_id}:{number}",
            code=code,
            body=(body or "") if number == 0 else "",
            attachment_id=attachment_id,
            by_kind=who.kind.value,
            by_id=None if who.kind is Caller.CASE_LINK else who.id,
        )
    case_log.add(tx, who, ticket["id"], "evidence_added", now, visible=True, codes=[code], files=len(ids))
    audit.record(tx, who, now, "evidence_added", "ticket", ticket["id"], evidence=code, files=len(ids))


def _given(tx: Tx, who: Who, ticket: Row, code: str, now: datetime) -> None:
    """The desk's turn again, once nothing is wanted any more."""
    wanted: list[str] = json.loads(ticket["wanted"])
    left = [each for each in wanted if each != code]
    if left != wanted:
        files.set_wanted(tx, ticket["id"], json.dumps(left))
    if left:
        return
    refunds.give_evidence(tx, who, ticket, now)
    held = access.ticket_for(tx, who, ticket["id"])
    status = TicketStatus(held["status"])
    if status is TicketStatus.PENDING:
        tickets.set_status(tx, who, held, move_ticket(status, TicketEvent.REPLY), now)


# -- the desk asks ------------------------------------------------------------------------------------------------


def ask_evidence(tx: Tx, who: Who, command: wire.AskEvidence, now: datetime) -> wire.TicketValue:
    """One click: the ticket waits for its customer, its refund too, and a form in the conversation says for what."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    asking.ask(tx, who, ticket, command.evidence, command.message, now)
    refunds.ask_evidence(tx, who, ticket, now)
    return wire.TicketValue(ticket=ticket_shapes.ticket(tx, case_log.tell(tx, ticket["id"], customer=True)))
