"""Tickets, orders and refunds as public shapes: the staff's view."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from chat import wire
from chat.actions import case_shapes, dues, evidence_shapes, log, purchases, shapes, ticket_kinds
from chat.actions.access import Caller
from chat.domain.purchases import Bought
from chat.store import Tx
from chat.store.queries import files, identity, orders, people, refunds, tickets
from chat.store.tables import from_millis
from chat.store.tx import Row

OTHERS = 20  # cases of the same customer given with a ticket
TRANSCRIPT = 500  # messages of a transcript given at once; `history` has those before


def ticket(tx: Tx, row: Row) -> wire.Ticket:
    """Everything staff see of it."""
    kind, given = ticket_kinds.kind(tx, row["kind"]), files.evidence_of(tx, row["id"])
    return wire.Ticket(
        **dict(summary(tx, row)),
        customer=shapes.customer(people.customer(tx, row["customer_id"])),
        checklist=[wire.CheckItem(code=code, done=done) for code, done in json.loads(row["checklist"]).items()],
        fields=json.loads(row["fields"]),
        due=dues.shown(tx, row),
        watchers=[wire.Person(id=found["id"], name=found["name"]) for found in tickets.watching(tx, row["id"])],
        tickets=[wire.LinkedTicket(**found) for found in map(dict, tickets.linked_tickets(tx, row))],
        others=[
            summary(tx, other)
            for other in tickets.newest_of_customer(tx, row["customer_id"], row["site_id"], OTHERS + 1)
            if other["id"] != row["id"]
        ][:OTHERS],
        identity=[_check(found) for found in identity.checks(tx, row["id"])],
        ending=row["ending"],
        ending_proposed=row["ending_proposed"],
        ending_by=_person(tx, row["ending_by_id"]),
        appealed_at=from_millis(row["appealed_at"]) if row["appealed_at"] else None,
        steps=case_shapes.steps(row),
        transcripts=[_transcript(tx, transcript) for transcript in tickets.transcripts(tx, row["id"])],
        orders=order_list(tx, orders.linked_orders(tx, row["id"]), row["customer_id"]),
        transactions=[transaction(found) for found in orders.linked_transactions(tx, row["id"])],
        refunds=refund_list(tx, refunds.of_ticket(tx, row["id"])),
        events=[_event(event) for event in tickets.events(tx, row["id"])],
        evidence=evidence_shapes.items(given),
        wanted=evidence_shapes.wanted(kind, json.loads(row["wanted"])),
        missing=evidence_shapes.missing(kind, given),
    )


def _check(row: Row) -> wire.IdentityCheck:
    return wire.IdentityCheck(
        what=row["what"], passed=bool(row["passed"]), by=row["agent_name"], at=from_millis(row["at"])
    )


def _person(tx: Tx, agent_id: str | None) -> wire.Person | None:
    agent = people.agent(tx, agent_id) if agent_id else None
    return wire.Person(id=agent.id, name=agent.name) if agent else None


def summary(tx: Tx, row: Row) -> wire.TicketSummary:
    return wire.TicketSummary(
        id=row["id"],
        number=row["number"],
        site=row["site_key"],
        kind=row["kind"],
        status=row["status"],
        subject=row["subject"],
        customer_name=row["customer_name"],
        assignee=wire.Person(id=row["assignee_id"], name=row["assignee_name"]) if row["assignee_id"] else None,
        team=wire.TeamName(id=row["team_id"], name=row["team_name"]) if row["team_id"] else None,
        priority=row["priority"],
        tags=json.loads(row["tags"]),
        due_at=from_millis(row["due_at"]) + tx.desk_offset if row["due_at"] else None,
        refund=case_shapes.newest_refund(row),
        created_at=from_millis(row["created_at"]),
        updated_at=from_millis(row["updated_at"]),
    )


def _transcript(tx: Tx, row: Row) -> wire.Transcript:
    shown, _ = log.page(tickets.transcript_messages(tx, row, TRANSCRIPT), TRANSCRIPT, newest=True)
    return wire.Transcript(
        conversation_id=row["conversation_id"],
        first_seq=row["first_seq"],
        last_seq=row["last_seq"],
        messages=[shapes.message(found) for found in shown],
        more=row["conversation_seq"] - row["last_seq"],
    )


_CUSTOMERS = frozenset({Caller.CUSTOMER.value, Caller.CASE_LINK.value})


def _event(row: Row) -> wire.TicketEvent:
    return wire.TicketEvent(
        number=row["number"],
        at=from_millis(row["at"]),
        actor=row["actor_name"],
        by_customer=row["actor_kind"] in _CUSTOMERS,
        code=row["code"],
        values=json.loads(row["data"]),
        reason=row["reason"],
        visible=bool(row["visible"]),
    )


# -- orders, transactions, refunds --------------------------------------------------------------------------------


def order_list(tx: Tx, rows: Iterable[Row], customer_id: str) -> list[wire.Order]:
    """The transactions and refunds of all of them are read at once; named are the refunds on tickets of this customer.

    An order that was matched may have some on another one's.
    """
    found = {row["id"]: row for row in rows}
    payments: dict[str, list[wire.Transaction]] = {order_id: [] for order_id in found}
    for row in orders.transactions_of(tx, list(found)):
        payments[row["order_id"]].append(transaction(row))
    counted: dict[str, list[Row]] = {order_id: [] for order_id in found}
    for row in refunds.counted(tx, list(found)):
        counted[row["order_id"]].append(row)
    return [
        _order(
            row,
            purchases.order(row, counted[order_id]),
            payments[order_id],
            [_order_refund(each) for each in counted[order_id] if each["customer_id"] == customer_id],
        )
        for order_id, row in found.items()
    ]


def _order(
    row: Row, bought: Bought, transactions: list[wire.Transaction], their_refunds: list[wire.OrderRefund]
) -> wire.Order:
    left = {item.line: bought.many_left(item) for item in bought.items}
    return wire.Order(
        id=row["id"],
        number=row["number"],
        state=row["state"],
        currency=row["currency"],
        total=row["total"],
        refunded=row["refunded"],
        refundable=bought.left,
        channel=row["channel"],
        delivery=row["delivery"],
        placed_at=bought.placed_at,
        delivered_at=bought.delivered_at,
        items=[wire.OrderItem(**item, left=left[item["line"]]) for item in json.loads(row["items"])],
        transactions=transactions,
        refunds=their_refunds,
    )


def _order_refund(row: Row) -> wire.OrderRefund:
    return wire.OrderRefund(
        id=row["id"],
        ticket_id=row["ticket_id"],
        ticket_number=row["ticket_number"],
        amount=row["amount"],
        currency=row["currency"],
        state=row["state"],
        created_at=from_millis(row["created_at"]),
    )


def transaction(row: Row) -> wire.Transaction:
    return wire.Transaction(
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        channel=row["channel"],
        amount=row["amount"],
        currency=row["currency"],
        state=row["state"],
        refunded=row["refunded"],
        refundable=0 if row["order_id"] else max(purchases.settled(row) - row["counted"], 0),
        created_at=from_millis(row["created_at"]),
    )


def refund_list(tx: Tx, rows: list[Row]) -> list[wire.Refund]:
    paid = payments(tx, rows)
    return [refund(row, paid[row["id"]]) for row in rows]


def payments(tx: Tx, found: list[Row]) -> dict[str, list[wire.Payment]]:
    """The attempts to pay each of these refunds, read at once."""
    of: dict[str, list[wire.Payment]] = {row["id"]: [] for row in found}
    for row in refunds.payouts(tx, list(of)):
        told = {name: row[name] for name in ("way", "state", "reference", "error", "said")}
        of[row["refund_id"]].append(wire.Payment(at=from_millis(row["at"]), **told))
    return of


def refund(row: Row, paid: Sequence[wire.Payment] = ()) -> wire.Refund:
    return wire.Refund(
        id=row["id"],
        ticket_id=row["ticket_id"],
        order_id=row["order_id"],
        order_number=row["order_number"],
        transaction_id=row["transaction_id"],
        transaction_number=row["transaction_number"],
        amount=row["amount"],
        currency=row["currency"],
        lines=json.loads(row["lines"]),
        counts=[wire.LineCount(line=line, count=count) for line, count in case_shapes.counts(row["counts"]).items()],
        reason=row["reason"],
        state=row["state"],
        requested_by=row["requested_by"],
        requested_by_id=row["requested_by_id"],
        first_by=row["first_by"],
        decided_by=row["decided_by"],
        decision_reason=row["decision_reason"],
        reference=row["reference"],
        verdict=wire.Verdict.model_validate_json(row["verdict"]) if row["verdict"] else None,
        calculation=case_shapes.calculation(row["calculation"]),
        payout=wire.PayoutSeen(way=row["payout"], masked=row["payout_masked"]) if row["payout"] else None,
        payments=list(paid),
        appealed_at=from_millis(row["appealed_at"]) if row["appealed_at"] else None,
        appeal_reason=row["appeal_reason"],
        created_at=from_millis(row["created_at"]),
        updated_at=from_millis(row["updated_at"]),
    )
