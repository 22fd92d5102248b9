"""The case: what the customer sees of a ticket. Nothing of it is for staff only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chat import wire
from chat.actions import evidence_shapes, ticket_kinds
from chat.domain.case_steps import Standing, case_progress, what_they_may, who_acts_next
from chat.domain.refunds import RefundState
from chat.domain.tickets import TicketStatus
from chat.store import Tx
from chat.store.queries import tickets
from chat.store.tables import from_millis
from chat.store.tx import Row

# Staff write reasons for each other, too; these their customer is owed.
OWED_REASONS = frozenset({"refund_rejected", "ended"})
TEXTS = {"endings": "ending", "evidence": "evidence"}  # what the keys of their words begin with
TOLD_VALUES = ("kind", "amount", "currency", "ending", "number", "codes")


def case(tx: Tx, row: Row) -> wire.Case:
    return cases(tx, [row])[0]


def cases(tx: Tx, rows: list[Row]) -> list[wire.Case]:
    """The events of all of them are read at once."""
    history: dict[str, list[wire.CaseEvent]] = {row["id"]: [] for row in rows}
    for event in tickets.visible_events(tx, list(history)):
        history[event["ticket_id"]].append(event_told(event))
    return [_case(tx, row, history[row["id"]]) for row in rows]


def _case(tx: Tx, row: Row, history: list[wire.CaseEvent]) -> wire.Case:
    now, stands = tx.now, standing(row)
    following = who_acts_next(stands)
    by = from_millis(row["due_at"]) if following == "desk" and row["due_at"] else None
    return wire.Case(
        ticket_id=row["id"],
        number=row["number"],
        kind=row["kind"],
        names=dict(ticket_kinds.of_ticket(row).names),
        status=row["status"],
        next=following,
        by=by + tx.desk_offset if by else None,
        late=by is not None and by < now,
        steps=steps(row),
        history=history,
        refund=newest_refund(row),
        order_number=row["order_number"],
        wanted=evidence_shapes.wanted(ticket_kinds.of_ticket(row), json.loads(row["wanted"])),
        may=what_they_may(stands, now),
        ending=row["ending"],
        named=_named(row, history),
        created_at=from_millis(row["created_at"]),
        updated_at=from_millis(row["updated_at"]),
    )


def _named(row: Row, history: list[wire.CaseEvent]) -> dict[str, dict[Any, str]]:
    """The site's own names for what the case and its history speak of."""
    kind = ticket_kinds.of_ticket(row)
    spoken = {("endings", event.values.get("ending")) for event in history} | {("endings", row["ending"])}
    spoken |= {("evidence", code) for event in history for code in event.values.get("codes", ())}
    found = {(part, code): kind.names_of(part, code) for part, code in spoken if code}
    return {f"{TEXTS[part]}.{code}": dict(names) for (part, code), names in sorted(found.items()) if names}


def standing(row: Row) -> Standing:
    return Standing(
        steps=ticket_kinds.of_ticket(row).steps,
        status=TicketStatus(row["status"]),
        refund=RefundState(row["refund_state"]) if row["refund_state"] else None,
        ending=row["ending"],
        appealed=row["appealed_at"] is not None,
        merged=row["merged_into_id"] is not None,
        over_since=from_millis(row["solved_at"]) if row["solved_at"] else None,
    )


def steps(row: Row) -> list[wire.Step]:
    kind = ticket_kinds.of_ticket(row)
    return [
        wire.Step(code=step.code, state=step.state, names=dict(kind.names_of("steps", step.code)))
        for step in case_progress(standing(row))
    ]


def newest_refund(row: Row) -> wire.CaseRefund | None:
    if row["refund_state"] is None:
        return None
    way = row["refund_payout"]
    return wire.CaseRefund(
        amount=row["refund_amount"],
        currency=row["refund_currency"],
        state=row["refund_state"],
        payout=wire.PayoutSeen(way=way, masked=row["refund_payout_masked"]) if way else None,
        calculation=calculation(row["refund_calculation"]),
        items=_items(row) or None,
    )


def _items(row: Row) -> list[wire.CaseItem]:
    """Of an item of which nobody said how many, all go back."""
    counted = counts(row["refund_counts"])
    lines = json.loads(row["refund_lines"]) if counted else []
    items = json.loads(row["refund_items"]) if lines else []
    return [
        wire.CaseItem(name=item["name"], count=counted.get(item["line"], item["quantity"]))
        for item in items
        if item["line"] in lines
    ]


def counts(stored: str) -> dict[int, int]:
    """How many go back, by line."""
    return {int(line): count for line, count in json.loads(stored).items()}


def calculation(stored: str | None) -> wire.Calculation | None:
    return wire.Calculation.model_validate_json(stored) if stored else None


def event_told(row: Row) -> wire.CaseEvent:
    """An event as its customer may read it."""
    data: Mapping[str, Any] = json.loads(row["data"])
    values = {name: data[name] for name in TOLD_VALUES if name in data}
    if row["code"] in OWED_REASONS:
        values["reason"] = row["reason"] or ""
    return wire.CaseEvent(at=from_millis(row["at"]), code=row["code"], values=values)
