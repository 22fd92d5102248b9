"""Money going back: asked for, looked at, decided by another person, paid once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit, case_log, ticket_shapes
from chat.actions import tickets as ticket_actions
from chat.actions.access import Who
from chat.domain.refunds import (
    RefundEvent,
    RefundState,
    check_lines_cost,
    check_lines_free,
    check_not_own,
    check_refund_amount,
    check_second_person,
    move_refund,
    needs_second_person,
)
from chat.domain.tickets import TicketStatus
from chat.errors import Conflict, Forbidden, IllegalMove, Invalid, NotFound, Reused
from chat.store import Tx
from chat.store.queries import orders, refunds
from chat.store.tx import Row

# The steps a customer reads of in the conversation and in the history of the case.
TOLD = frozenset(
    {
        RefundState.REQUESTED,
        RefundState.IN_REVIEW,
        RefundState.SECOND_APPROVAL,
        RefundState.APPROVED,
        RefundState.REJECTED,
        RefundState.PAID,
    }
)


def request_refund(tx: Tx, who: Who, command: wire.RequestRefund, now: datetime) -> wire.RefundValue:
    """Without `lines` the whole order is meant. It links the order and takes up the ticket."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    agent = access.agent_of(tx, who)
    order = _order_held(tx, ticket, command.order_id or "")
    lines = _lines_of(order, command.lines)
    if command.lines:
        cost = sum(item["amount"] for item in json.loads(order["items"]) if item["line"] in lines)
        check_lines_cost(command.amount, cost, order["currency"])
    _check_fits(tx, order, command.amount, command.currency, lines)
    _take_up(tx, who, ticket, now)
    ticket_actions.add_link(tx, who, ticket, "order", order["id"], now)
    refund_id = refunds.insert(
        tx,
        ticket_id=ticket["id"],
        order_id=order["id"],
        amount=command.amount,
        currency=command.currency,
        lines=lines,
        reason=command.reason,
        requested_by_kind=who.kind.value,
        requested_by_id=agent.id,
        requested_by=agent.name,
        now=now,
    )
    return _tell(tx, who, refund_id, now, command.reason)


def _order_held(tx: Tx, ticket: Row, order_id: str) -> Row:
    """The order, with its refunds counted while nobody else can add one. Raises NotFound."""
    orders.hold(tx, order_id)
    order = orders.order_of(tx, order_id, ticket["customer_id"], ticket["site_id"])
    if order is None:
        raise NotFound("There is no such order of this customer.")
    return order


def _lines_of(order: Row, wanted: list[int]) -> list[int]:
    has = [item["line"] for item in json.loads(order["items"])]
    if unknown := sorted(set(wanted) - set(has)):
        raise Invalid(f"The order has no line {', '.join(map(str, unknown))}.")
    return sorted(set(wanted)) or has


def _check_fits(tx: Tx, order: Row, amount: int, currency: str, lines: list[int]) -> None:
    check_refund_amount(amount, currency, ticket_shapes.paid_for(order), order["currency"], order["counted"])
    check_lines_free(_named(lines), _named(refunds.open_lines(tx, order["id"])))


def _named(lines: list[int] | set[int]) -> list[str]:
    return [f"line {line}" for line in lines]


def _take_up(tx: Tx, who: Who, ticket: Row, now: datetime) -> None:
    """Who asks for a refund works on the ticket; one that is closed is over."""
    status = TicketStatus(ticket["status"])
    if status is TicketStatus.CLOSED:
        raise IllegalMove("This ticket is closed. Open a new one for the refund.")
    if status in (TicketStatus.NEW, TicketStatus.SOLVED):
        ticket_actions.set_status(tx, who, ticket, TicketStatus.OPEN, now)


# -- deciding -----------------------------------------------------------------------------------------------------


def decide_refund(tx: Tx, who: Who, command: wire.DecideRefund, now: datetime) -> wire.RefundValue:
    """Never by who asked for it. Above the site's limit two different people approve, the second a supervisor."""
    refund = access.refund_for(tx, who, command.refund_id)
    if command.decision == "review":
        return _move(tx, who, refund, RefundEvent.REVIEW, now)
    check_not_own(refund["requested_by_id"], who.id)
    decided = _decided(tx, who, command.reason)
    if command.decision == "approve":
        return _move(tx, who, refund, _approval(tx, who, refund), now, **decided)
    if not command.reason:
        raise Invalid("Say why the refund is rejected; the customer is told.", code="reason_needed")
    return _move(tx, who, refund, RefundEvent.REJECT, now, **decided)


def _approval(tx: Tx, who: Who, refund: Row) -> RefundEvent:
    """Whether this approval is enough, or a second one has to follow. Raises when it is not this person's to give."""
    state = RefundState(refund["state"])
    ticket = access.ticket_for(tx, who, refund["ticket_id"])
    # All that goes back of this order counts together, or several small refunds would pass where one large may not.
    together = _order_held(tx, ticket, refund["order_id"])["counted"]
    if state is RefundState.IN_REVIEW and needs_second_person(together, ticket["refund_limit"]):
        return RefundEvent.ASK_SECOND
    if state is RefundState.SECOND_APPROVAL:
        check_second_person(refund["decided_by_id"], who.id)
        if access.agent_of(tx, who).role == "agent":
            raise Forbidden("The second approval is a supervisor's to give.")
    return RefundEvent.APPROVE


def _decided(tx: Tx, who: Who, reason: str | None) -> dict[str, Any]:
    agent = access.agent_of(tx, who)
    return {"decided_by_id": agent.id, "decided_by": agent.name, "decision_reason": reason}


# -- paying -------------------------------------------------------------------------------------------------------


def pay_refund(tx: Tx, who: Who, command: wire.PayRefund, now: datetime) -> wire.RefundValue:
    """Records a payment made by hand. The client_id is the payment's key: money moves at most once under it."""
    refund = access.refund_for(tx, who, command.refund_id)
    if refund["payment_key"] == command.client_id and refund["state"] == RefundState.PAID:
        return wire.RefundValue(refund=ticket_shapes.refund(refund))
    if refunds.is_key_taken(tx, command.client_id, but=refund["id"]):
        raise Reused("This client_id has paid another refund.")
    if refund["state"] == RefundState.FAILED:
        _check_still_fits(tx, who, refund)
    _move(tx, who, refund, RefundEvent.PAY, now, payment_key=command.client_id, reference=command.reference)
    paid = _move(tx, who, access.refund_for(tx, who, refund["id"]), RefundEvent.CONFIRM, now)
    _mark_order(tx, who, refund)
    return paid


def _check_still_fits(tx: Tx, who: Who, refund: Row) -> None:
    """A payment that failed gave its place back; another refund may have taken it."""
    order = _order_held(tx, access.ticket_for(tx, who, refund["ticket_id"]), refund["order_id"])
    _check_fits(tx, order, refund["amount"], refund["currency"], json.loads(refund["lines"]))


def _mark_order(tx: Tx, who: Who, refund: Row) -> None:
    order = _order_held(tx, access.ticket_for(tx, who, refund["ticket_id"]), refund["order_id"])
    if order["refunded"] >= ticket_shapes.paid_for(order):
        orders.set_state(tx, order["id"], "refunded")


def _move(tx: Tx, who: Who, refund: Row, event: RefundEvent, now: datetime, **values: Any) -> wire.RefundValue:
    state = move_refund(RefundState(refund["state"]), event)
    if not refunds.change(tx, refund, now, state=state.value, **values):
        raise Conflict("Somebody else decided on this refund just now. Look again.")
    return _tell(tx, who, refund["id"], now, values.get("decision_reason"))


def _tell(tx: Tx, who: Who, refund_id: str, now: datetime, reason: str | None) -> wire.RefundValue:
    """The event, the trail, the line in the conversation, the case."""
    refund = access.refund_for(tx, who, refund_id)
    ticket = access.ticket_for(tx, who, refund["ticket_id"])
    code, told = f"refund_{refund['state']}", refund["state"] in TOLD
    money = {"amount": refund["amount"], "currency": refund["currency"]}
    case_log.add(tx, who, ticket["id"], code, now, visible=told, reason=reason, refund_id=refund_id, **money)
    audit.record(tx, who, now, code, "refund", refund_id, ticket_id=ticket["id"], **money)
    if told:
        why = {"reason": reason} if refund["state"] == RefundState.REJECTED else {}
        case_log.say(tx, ticket, code, now, **money, **why)
    case_log.tell(tx, ticket["id"], customer=told)
    return wire.RefundValue(refund=ticket_shapes.refund(refund))
