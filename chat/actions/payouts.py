"""Paying refunds that were approved: each at most once."""

from __future__ import annotations

from datetime import datetime

from chat import wire
from chat.actions import access, refunds, ticket_shapes
from chat.actions.access import Who
from chat.domain.refunds import RefundEvent, RefundState
from chat.errors import Reused
from chat.store import Tx
from chat.store.queries import orders, people
from chat.store.queries import refunds as stored
from chat.store.tables import to_millis
from chat.store.tx import Row


def pay_refund(tx: Tx, who: Who, command: wire.PayRefund, now: datetime) -> wire.RefundValue:
    """Records a payment made by hand. The client_id is the payment's key: money moves at most once under it."""
    refund = access.refund_for(tx, who, command.refund_id)
    if refund["payment_key"] == command.client_id and refund["state"] == RefundState.PAID:
        return wire.RefundValue(refund=ticket_shapes.refund(refund))
    if stored.is_key_taken(tx, command.client_id, but=refund["id"]):
        raise Reused("This client_id has paid another refund.")
    ticket = access.ticket_for(tx, who, refund["ticket_id"])
    if refund["state"] == RefundState.FAILED:
        refunds.check_still_fits(tx, ticket, refund)
    site, together = people.site(tx, ticket["site_id"]), refunds.held_for(tx, ticket, refund).counted
    refunds.check_confirmed(tx, who, site, together, now)
    paying = refunds.move(
        tx, who, refund, RefundEvent.PAY, now, payment_key=command.client_id, reference=command.reference
    )
    paid = refunds.move(tx, who, paying, RefundEvent.CONFIRM, now, paid_at=to_millis(now))
    _mark_order(tx, ticket, refund)
    return wire.RefundValue(refund=ticket_shapes.refund(paid))


def _mark_order(tx: Tx, ticket: Row, refund: Row) -> None:
    bought = refunds.held_for(tx, ticket, refund)
    if bought.of == "order" and bought.refunded >= bought.paid:
        orders.set_state(tx, bought.id, "refunded")
