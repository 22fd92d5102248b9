"""Paying refunds that were approved: each at most once.

A payout is one attempt, by hand or by the operator's payment service, and its id is the service's idempotency key. A
refund has at most one that did not fail (a rule of the table). Whatever the service does not say clearly leaves the
refund `paying`, and it is asked until it does say; only one that has failed is tried anew, by a person, as a new one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from chat import wire
from chat.actions import access, audit, case_log, case_shapes, jobs, payout_accounts, refunds, tickets
from chat.actions.access import SYSTEM, Who
from chat.actions.jobs import Claimed
from chat.domain import signature
from chat.domain.privacy import masked_text
from chat.domain.refunds import RefundEvent, RefundState
from chat.errors import BadShape, Conflict, IllegalMove, Invalid, NotFound, Reused
from chat.store import Tx
from chat.store.queries import orders, people
from chat.store.queries import refunds as stored
from chat.store.tables import new_id, to_millis
from chat.store.tx import Row

ENDED = ("paid", "failed")
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_ERROR = 200


@dataclass(frozen=True)
class Outcome:
    """What is known of a payout; `unknown` is also what a service says nothing clear of."""

    state: Literal["paid", "failed", "unknown"]
    reference: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Question:
    """To the payment service: what became of a payout? `signature` is of its id."""

    payout_id: str
    signature: str
    was_asked: bool  # may it know of it already?


@dataclass(frozen=True)
class Instruction:
    """To the payment service: pay. The body holds the account, so it is shown and logged nowhere."""

    payout_id: str
    body: str
    signature: str


def pay_refund(tx: Tx, who: Who, command: wire.PayRefund, now: datetime) -> wire.RefundValue:
    """By hand it records a payment that was made. The client_id is the payment's key: money moves once under it."""
    refund = access.refund_for(tx, who, command.refund_id)
    if refund["payment_key"] == command.client_id and refund["state"] in (RefundState.PAYING, RefundState.PAID):
        return refunds.shown(tx, refund)
    if stored.is_key_taken(tx, command.client_id, but=refund["id"]):
        raise Reused("This client_id has paid another refund.")
    if stored.is_in_doubt(tx, refund["id"]):
        raise IllegalMove(
            "The payment service said two things of a payment of this refund; a supervisor has to look into it first.",
            code="payout_doubtful",
        )
    if command.way == "service":
        _check_service(tx, command)
    ticket = tickets.going_on(access.ticket_for(tx, who, refund["ticket_id"]))
    together = _all_of_it(tx, ticket, refund)
    refunds.check_confirmed(tx, who, people.site(tx, ticket["site_id"]), together, now)
    told = {"way": command.way}
    paying = refunds.move(tx, who, refund, RefundEvent.PAY, now, told=told, payment_key=command.client_id)
    payout_id = new_id()
    stored.add_payout(tx, payout_id, refund["id"], command.way, who.id, now)
    if command.way == "service":
        tx.job("payout", {"payout_id": payout_id, "asked": 0}, key=f"payout:{payout_id}")
        return refunds.shown(tx, paying)
    return refunds.shown(tx, _end(tx, who, paying, payout_id, Outcome("paid", command.reference), now))


def _all_of_it(tx: Tx, ticket: Row, refund: Row) -> int:
    """All that goes back of what was bought, this refund with it. Raises when that is more than was paid."""
    bought = refunds.held_for(tx, ticket, refund)
    if refund["state"] == RefundState.FAILED:  # it gave its place back
        refunds.check_still_fits(tx, ticket, refund)
        return bought.counted + int(refund["amount"])
    bought.check_covered(refund["currency"], case_shapes.counts(refund["counts"]))
    return bought.counted


def _check_service(tx: Tx, command: wire.PayRefund) -> None:
    if tx.keys.payment_secret is None:
        raise Invalid("This server has no payment service; record a payment made by hand.", code="no_payment_service")
    if command.reference is not None:
        raise BadShape("The payment service gives the reference.")


def _end(tx: Tx, who: Who, refund: Row, payout_id: str, outcome: Outcome, now: datetime) -> Row:
    """The payout is over, one way or the other, and with it the refund's step."""
    # A service may quote the account it was given.
    error = masked_text(outcome.error)[:LONGEST_ERROR] if outcome.error else None
    stored.end_payout(tx, payout_id, outcome.state, outcome.reference, error, now)
    if outcome.state == "failed":
        return refunds.move(tx, who, refund, RefundEvent.FAIL, now, reason=error)
    paid = refunds.move(tx, who, refund, RefundEvent.CONFIRM, now, reference=outcome.reference, paid_at=to_millis(now))
    _mark_order(tx, access.ticket_for(tx, who, refund["ticket_id"]), refund)
    return paid


def _mark_order(tx: Tx, ticket: Row, refund: Row) -> None:
    bought = refunds.held_for(tx, ticket, refund)
    if bought.of == "order" and bought.refunded >= bought.paid:
        orders.set_state(tx, bought.id, "refunded")


# -- what the worker asks the payment service -------------------------------------------------------------------------


def question(tx: Tx, job: Claimed, now: datetime) -> Question | None:
    """None: it is known already, and nothing is to be asked."""
    payout = stored.payout(tx, job.payload["payout_id"])
    if payout is None or payout["state"] in ENDED:
        return None
    was_asked = job.payload["asked"] > 0 or job.attempt > 1
    return Question(payout["id"], _signed(tx, payout["id"], now), was_asked)


def instruction(tx: Tx, payout_id: str, now: datetime) -> Instruction | None:
    """What is to be paid, and where to. Opening the account leaves a trace. None: it is over already."""
    payout = stored.payout(tx, payout_id)
    if payout is None or payout["state"] in ENDED:
        return None
    refund = access.refund_for(tx, SYSTEM, payout["refund_id"])
    ticket = access.ticket_for(tx, SYSTEM, refund["ticket_id"])
    bought = refunds.held_for(tx, ticket, refund)
    to = payout_accounts.opened(tx, refund)
    if to.account is not None:
        audit.record(tx, SYSTEM, now, "payout_account_opened", "refund", refund["id"], payout_id=payout_id)
    told = {
        "id": payout_id,
        "refund_id": refund["id"],
        "amount": refund["amount"],
        "currency": refund["currency"],
        "ticket": ticket["number"],
        "of": {"kind": bought.of, "number": bought.number, "channel": bought.channel},
        "to": to.model_dump(exclude_none=True),
    }
    body = json.dumps(told, ensure_ascii=False)
    return Instruction(payout_id, body, _signed(tx, body, now))


def _signed(tx: Tx, body: str, now: datetime) -> str:
    if tx.keys.payment_secret is None:
        raise Invalid("This server has no payment service any more; payouts wait for it.")
    return signature.signed(tx.keys.payment_secret, body, now)


def answered(tx: Tx, job: Claimed, outcome: Outcome, now: datetime) -> None:
    """Ends the job with what the service said; as long as that is nothing clear, another one asks later."""
    if not jobs.finish(tx, job.id, now):
        return
    payout_id, asked = job.payload["payout_id"], job.payload["asked"] + 1
    if not settle(tx, payout_id, outcome, now):
        later = now + min(timedelta(seconds=2 ** min(asked, 12)), LONGEST_PAUSE)
        again = {"payout_id": payout_id, "asked": asked}
        tx.job("payout", again, run_at=later, key=f"payout:{payout_id}:{asked}")


# -- what the payment service tells -----------------------------------------------------------------------------------


def hear(tx: Tx, who: Who, command: wire.PaymentHook, now: datetime) -> wire.Nothing:
    """Told by the service itself. The same again changes nothing. Raises Unauthenticated, BadShape or NotFound."""
    if tx.keys.payment_secret is None:
        raise NotFound("There is no payment service here.")
    signature.check(tx.keys.payment_secret, command.body, command.signature, now)
    try:
        told = wire.PayoutTold.model_validate_json(command.body)
    except ValidationError:
        raise BadShape("Tell payout_id, state (paid, failed or pending), and reference or error.") from None
    settle(tx, told.payout_id, outcome_of(told), now)
    return wire.Nothing()


def outcome_of(told: wire.PayoutTold) -> Outcome:
    return Outcome("unknown" if told.state == "pending" else told.state, told.reference, told.error)


def settle(tx: Tx, payout_id: str, outcome: Outcome, now: datetime) -> bool:
    """Is it known now what became of the payout?"""
    payout = stored.payout(tx, payout_id)
    if payout is None:
        raise NotFound("There is no such payout.")
    refund = access.refund_for(tx, SYSTEM, payout["refund_id"])
    payout = stored.payout(tx, payout_id)  # as it is now that nobody else changes it
    assert payout is not None
    if payout["state"] in ENDED:
        if outcome.state in ENDED and outcome.state != payout["state"]:
            _contradicted(tx, refund, payout, outcome, now)
        return True
    if outcome.state == "unknown":
        stored.doubt_payout(tx, payout_id, masked_text(outcome.error or "")[:LONGEST_ERROR] or None)
        return False
    _end(tx, SYSTEM, refund, payout_id, outcome, now)
    return True


# -- what cannot both be true -----------------------------------------------------------------------------------------


def _contradicted(tx: Tx, refund: Row, payout: Row, outcome: Outcome, now: datetime) -> None:
    """The service says otherwise than it did. Money that has moved after all counts, where the refund still waits for
    it and nothing has taken its place. All else is for people: the refund is not paid until a supervisor has looked.
    """
    if payout["said"] != outcome.state:
        stored.set_said(tx, payout["id"], outcome.state)
        told = {"was": payout["state"], "said": outcome.state}
        case_log.add(tx, SYSTEM, refund["ticket_id"], "payout_contradicted", now, **told)
        audit.record(tx, SYSTEM, now, "payout_contradicted", "refund", refund["id"], payout_id=payout["id"], **told)
        case_log.tell(tx, refund["ticket_id"], customer=False)
    if outcome.state == "paid" and _counts_after_all(tx, refund):
        stored.set_said(tx, payout["id"], None)
        _end(tx, SYSTEM, refund, payout["id"], outcome, now)


def _counts_after_all(tx: Tx, refund: Row) -> bool:
    if refund["state"] != RefundState.FAILED:
        return False
    try:
        refunds.check_still_fits(tx, access.ticket_for(tx, SYSTEM, refund["ticket_id"]), refund)
    except (IllegalMove, Invalid):
        return False
    return True


def clear_payout(tx: Tx, who: Who, command: wire.ClearPayout, now: datetime) -> wire.RefundValue:
    """A supervisor has found out what is true, and says it. Raises Conflict when nothing is in doubt."""
    refund = access.refund_for(tx, who, command.refund_id)
    if not stored.clear_payouts(tx, refund["id"]):
        raise Conflict("Nothing is in doubt about the payments of this refund.", code="changed")
    case_log.add(tx, who, refund["ticket_id"], "payout_cleared", now, reason=command.reason)
    audit.record(tx, who, now, "payout_cleared", "refund", refund["id"])
    case_log.tell(tx, refund["ticket_id"], customer=False)
    return refunds.shown(tx, refund)
