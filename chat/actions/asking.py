"""The desk asks a customer for evidence, for a ticket as a whole or while it decides on a refund of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from chat.actions import audit, case_log, evidence_shapes, ticket_kinds, tickets
from chat.actions.access import Who
from chat.domain.ticket_kinds import OTHER_EVIDENCE
from chat.domain.tickets import TicketStatus
from chat.errors import Invalid
from chat.store import Tx
from chat.store.queries import files
from chat.store.tx import Row


def ask(tx: Tx, who: Who, ticket: Row, evidence: Iterable[str], message: str | None, now: datetime) -> None:
    """The ticket waits for its customer, and a form in the conversation says for what. Raises Invalid for what its kind
    never asks for.
    """
    kind = ticket_kinds.kind(tx, ticket["kind"])
    codes = list(dict.fromkeys(evidence))
    if unknown := sorted(set(codes) - {OTHER_EVIDENCE, *kind.evidence}):
        raise Invalid(f"A case of this kind asks for no {', '.join(unknown)}.")
    wanted = list(dict.fromkeys([*json.loads(ticket["wanted"]), *codes]))
    files.set_wanted(tx, ticket["id"], json.dumps(wanted))
    case_log.add(tx, who, ticket["id"], "evidence_wanted", now, visible=True, reason=message, codes=codes)
    audit.record(tx, who, now, "evidence_wanted", "ticket", ticket["id"], evidence=codes)
    if ticket["status"] != TicketStatus.PENDING:
        tickets.set_status(tx, who, ticket, TicketStatus.PENDING, now)
    case_log.show_form(tx, who, ticket, now, evidence_shapes.wanted(kind, codes), message)
