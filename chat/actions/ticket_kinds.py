"""The kinds of tickets there are: those built in, as an admin changed them, and those an admin added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit
from chat.actions.access import Who
from chat.domain.ticket_kinds import KINDS, Kind, check_kind, definition_of, kind_named, kind_of
from chat.errors import Conflict, Invalid
from chat.store import Tx
from chat.store.queries import ticket_kinds as queries
from chat.store.tx import Row


def kinds(tx: Tx) -> Mapping[str, Kind]:
    """Every kind, the inactive ones too: a ticket keeps its kind. The one way to know them."""
    return {**KINDS, **{row["code"]: _kind(row) for row in queries.every(tx)}}


def kind(tx: Tx, code: str) -> Kind:
    """Raises Invalid."""
    row = queries.one(tx, code)
    return _kind(row) if row else kind_named(code, kinds(tx))


def of_ticket(row: Row) -> Kind:
    """The kind of a ticket, which was read with it."""
    definition = row["kind_definition"]
    return kind_of(row["kind"], json.loads(definition)) if definition else kind_named(row["kind"])


def kind_to_open(tx: Tx, code: str, *, customer: bool) -> Kind:
    """One that a ticket can be opened of. Raises Invalid."""
    found = kind(tx, code)
    if not found.active or (customer and not found.customers):
        raise Invalid(f"No new ticket of the kind {code} can be opened.", code="kind_closed")
    return found


def _kind(row: Row) -> Kind:
    return kind_of(row["code"], json.loads(row["definition"]), active=bool(row["active"]))


def ticket_kinds(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.TicketKinds:
    """The built-in ones first."""
    revisions = {row["code"]: int(row["revision"]) for row in queries.every(tx)}
    return wire.TicketKinds(
        kinds=[
            wire.TicketKind(
                code=code,
                definition=wire.KindDefinition.model_validate(definition_of(found)),
                built_in=code in KINDS,
                active=found.active,
                revision=revisions.get(code, 0),
            )
            for code, found in kinds(tx).items()
        ]
    )


def case_kinds(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.CaseKinds:
    """What customers may open, each with its form; for whoever draws that form."""
    offered = [found for found in kinds(tx).values() if found.active and found.customers]
    return wire.CaseKinds(kinds=[_offered(found) for found in offered])


def _offered(found: Kind) -> wire.CaseKind:
    defined = wire.KindDefinition.model_validate(definition_of(found))
    return wire.CaseKind(code=found.name, names=defined.names, fields=defined.fields, evidence=defined.evidence)


def set_kind(tx: Tx, who: Who, command: wire.SetKind, now: datetime) -> wire.TicketKinds:
    """Raises Conflict `changed` when somebody was faster, Invalid with what is wrong. Its tickets go on as they were.

    A kind is taken out of use, never away: its tickets keep it.
    """
    access.agent_of(tx, who)
    given: dict[str, Any] = command.definition.model_dump(mode="json", exclude_none=True)
    check_kind(kind_of(command.code, given, active=command.active))
    if not queries.put(tx, command.code, given, command.active, command.revision):
        raise Conflict("Somebody changed this kind meanwhile, or it is there already. Look again.", code="changed")
    audit.record(tx, who, now, "kind_changed", "ticket_kind", command.code, revision=command.revision + 1)
    return ticket_kinds(tx, who, wire.NoInput(), now)
