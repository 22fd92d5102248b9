"""Money going back: asked for, looked at, decided by another person. `payouts` pays what was approved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import access, asking, audit, case_log, case_shapes, desk, payout_accounts, purchases, ticket_shapes
from chat.actions import tickets as ticket_actions
from chat.actions.access import Caller, Who
from chat.domain import refund_policy
from chat.domain.calendar import first_showing
from chat.domain.purchases import Bought
from chat.domain.refund_limits import CONFIRMED_FOR, Limits, Sums, exceeded
from chat.domain.refund_policy import Verdict
from chat.domain.refunds import (
    RefundEvent,
    RefundState,
    check_appeal_person,
    check_difference,
    check_not_own,
    check_second_person,
    difference,
    move_refund,
)
from chat.domain.ticket_kinds import OTHER_EVIDENCE
from chat.domain.tickets import TicketStatus
from chat.errors import BadShape, Conflict, Forbidden, IllegalMove, Invalid
from chat.store import Tx
from chat.store.queries import people, refunds
from chat.store.tables import Site, new_id, to_millis
from chat.store.tx import Row

Asked = wire.RequestRefund | wire.OpenCase

# The steps a customer reads of in the conversation and in the history of the case.
TOLD = frozenset(
    {
        RefundState.REQUESTED,
        RefundState.IN_REVIEW,
        RefundState.SECOND_APPROVAL,
        RefundState.APPROVED,
        RefundState.REJECTED,
        RefundState.PAID,
        RefundState.WITHDRAWN,
    }
)


def request_refund(tx: Tx, who: Who, command: wire.RequestRefund, now: datetime) -> wire.RefundValue:
    ticket = access.ticket_for(tx, who, command.ticket_id)
    return shown(tx, request(tx, who, ticket, command, now))


def request(tx: Tx, who: Who, ticket: Row, asked: Asked, now: datetime) -> Row:
    """The one way a refund is asked for, by staff or by the ticket's customer; links what it is of.

    Without `lines` the whole order is meant. With `charged` and `expected` it is of their difference. An amount that
    is not given is all that may be asked for. Raises Invalid, IllegalMove or NotFound in words for who asks.
    """
    is_staffs = who.kind is Caller.AGENT
    bought = purchases.held(tx, ticket, asked.order_id, asked.transaction_id, matched=is_staffs)
    lines = bought.lines(asked.lines)
    counts = {each.line: each.count for each in asked.counts}
    currency, calculation = asked.currency or bought.currency, _calculation(asked, bought.currency)
    site = people.site(tx, ticket["site_id"])
    # What was charged too much comes back whatever a policy says of what was bought.
    judged = None if calculation else _judge(tx, site, bought, lines, now, counts)
    amount = _amount(asked, calculation, judged)
    bought.check_cost(amount, asked.lines)
    bought.check_fits(amount, currency, lines, counts)
    if judged:
        judged = _check_policy(who, site, judged, amount, currency)
    _take_up(tx, who, ticket, now)
    ticket_actions.add_link(tx, who, ticket, bought.of, bought.id, now)
    refund_id = new_id()
    refunds.insert(
        tx,
        refund_id,
        now,
        ticket_id=ticket["id"],
        order_id=bought.id if bought.of == "order" else None,
        transaction_id=bought.id if bought.of == "transaction" else None,
        amount=amount,
        currency=currency,
        lines=lines if asked.lines else bought.going(amount),
        counts=counts,
        reason=asked.reason,
        requested_by_kind=who.kind.value,
        requested_by_id=who.id,
        requested_by=access.name_of(tx, who),
        calculation=calculation.model_dump_json() if calculation else None,
        verdict=_shown(judged).model_dump_json() if judged else None,
        **payout_accounts.columns(tx, refund_id, asked.payout),
    )
    return _tell(tx, who, refund_id, now, asked.reason, {})


def _calculation(asked: Asked, currency: str) -> wire.Calculation | None:
    charged, expected = asked.charged, asked.expected
    if charged is None and expected is None:
        return None
    if charged is None or expected is None:
        raise BadShape("An amount dispute says what was charged and what was expected.")
    due = difference(charged, expected, currency)
    if asked.amount is not None:
        check_difference(asked.amount, charged, expected, currency)
    return wire.Calculation(charged=charged, expected=expected, difference=due, currency=currency)


def _amount(asked: Asked, calculation: wire.Calculation | None, judged: Verdict | None) -> int:
    if calculation is not None:
        return calculation.difference
    if asked.amount is not None or judged is None:
        return asked.amount or 0
    if not judged.allowed:
        raise Invalid(refund_policy.sentence(judged), code="policy")
    return judged.most


def _take_up(tx: Tx, who: Who, ticket: Row, now: datetime) -> None:
    """Staff who ask for a refund work on the ticket; one that is closed is over."""
    status = TicketStatus(ticket["status"])
    if status is TicketStatus.CLOSED:
        raise IllegalMove("This ticket is closed. Open a new one for the refund.")
    if who.kind is Caller.AGENT and status in (TicketStatus.NEW, TicketStatus.SOLVED):
        ticket_actions.set_status(tx, who, ticket, TicketStatus.OPEN, now)


# -- the site's policy ----------------------------------------------------------------------------------------------


def check_case(tx: Tx, who: Who, command: wire.CheckCase, now: datetime) -> wire.VerdictValue:
    """What a customer may ask for, before they do."""
    site = access.site_of(tx, who)
    customer_id = access.customer_of(tx, who).id
    bought = purchases.bought(tx, customer_id, site.id, command.order_id, command.transaction_id, matched=False)
    return wire.VerdictValue(verdict=verdict(tx, site, bought, command.lines, now))


def check_refund(tx: Tx, who: Who, command: wire.CheckRefund, now: datetime) -> wire.VerdictValue:
    """The same for staff, before they ask for a ticket's customer; they may ask for what it forbids all the same."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    customer_id, site = ticket["customer_id"], people.site(tx, ticket["site_id"])
    bought = purchases.bought(tx, customer_id, site.id, command.order_id, command.transaction_id, matched=True)
    return wire.VerdictValue(verdict=verdict(tx, site, bought, command.lines, now))


def verdict(tx: Tx, site: Site, bought: Bought, lines: list[int], now: datetime) -> wire.Verdict:
    """The one place where a site's policy is asked. Without `lines` the whole is meant."""
    return _shown(_judge(tx, site, bought, bought.lines(lines), now, {}))


def _judge(tx: Tx, site: Site, bought: Bought, lines: list[int], now: datetime, counts: Mapping[int, int]) -> Verdict:
    policy, zone = refund_policy.parse(site.refund_policy), ZoneInfo(desk.calendar_of(site).zone)
    return refund_policy.judge(policy, bought, lines, now + tx.desk_offset, zone, counts)


def _check_policy(who: Who, site: Site, judged: Verdict, amount: int, currency: str) -> Verdict:
    """Raises Invalid for a customer who asks for what the policy forbids; staff may, and it is recorded."""
    found = refund_policy.judge_amount(refund_policy.parse(site.refund_policy), judged, amount, currency)
    if not found.allowed and who.kind is not Caller.AGENT:
        raise Invalid(refund_policy.sentence(found), code="policy")
    return found


def _shown(found: Verdict) -> wire.Verdict:
    lines = [
        wire.LineVerdict(line=line.line, allowed=line.allowed, rule=line.rule, most=line.most) for line in found.lines
    ]
    return wire.Verdict(allowed=found.allowed, rule=found.rule, values=dict(found.values), most=found.most, lines=lines)


# -- deciding -----------------------------------------------------------------------------------------------------


def decide_refund(tx: Tx, who: Who, command: wire.DecideRefund, now: datetime) -> wire.RefundValue:
    """Never by who asked for it. Above the site's limit two different people approve, the second a supervisor."""
    refund = access.refund_for(tx, who, command.refund_id)
    ticket_actions.going_on(access.ticket_for(tx, who, refund["ticket_id"]))
    if command.decision == "review":
        return shown(tx, move(tx, who, refund, RefundEvent.REVIEW, now))
    if command.decision == "ask_evidence":
        return shown(tx, _want_evidence(tx, who, refund, command, now))
    check_not_own(refund["requested_by_id"], who.id)
    if refund["appealed_at"]:
        check_appeal_person(refund["decided_by_id"], who.id)
    if command.decision == "approve":
        return shown(tx, _approve(tx, who, refund, command.reason, now))
    if not command.reason:
        raise Invalid("Say why the refund is rejected; the customer is told.", code="reason_needed")
    decided = _decided(tx, who, command.reason, now)
    event = RefundEvent(command.decision)
    return shown(tx, move(tx, who, refund, event, now, reason=command.reason, **decided))


def _want_evidence(tx: Tx, who: Who, refund: Row, command: wire.DecideRefund, now: datetime) -> Row:
    waits = _wait_for_evidence(tx, who, refund, now, command.reason)
    ticket = access.ticket_for(tx, who, refund["ticket_id"])
    asking.ask(tx, who, ticket, command.evidence or [OTHER_EVIDENCE], command.reason, now)
    case_log.tell(tx, ticket["id"], customer=True)
    return waits


def _wait_for_evidence(tx: Tx, who: Who, refund: Row, now: datetime, reason: str | None = None) -> Row:
    """Whoever approved first did so without it: two approve anew."""
    nobody: dict[str, Any] = {"first_by_id": None, "first_by": None}
    return move(tx, who, refund, RefundEvent.ASK_EVIDENCE, now, reason=reason, **nobody)


def _approve(tx: Tx, who: Who, refund: Row, reason: str | None, now: datetime) -> Row:
    if _is_beyond(refund) and not reason:
        raise Invalid("Say why this goes beyond the refund policy; it is recorded.", code="reason_needed")
    if passed := _passed_limits(tx, who, refund, now):
        first: dict[str, Any] = {"first_by_id": who.id, "first_by": access.name_of(tx, who)}
        told = {"limits": passed}
        return move(tx, who, refund, RefundEvent.ASK_SECOND, now, reason=reason, told=told, **first)
    decided = _decided(tx, who, reason, now)
    return move(tx, who, refund, RefundEvent.APPROVE, now, reason=reason, **decided)


def _is_beyond(refund: Row) -> bool:
    """Did the policy forbid it when it was asked for?"""
    return refund["verdict"] is not None and not json.loads(refund["verdict"])["allowed"]


def _passed_limits(tx: Tx, who: Who, refund: Row, now: datetime) -> list[str]:
    """The limits for which this approval is not enough and a second one has to follow.

    Raises when it is not this person's to give, or not before they have given their password again.
    """
    ticket = access.ticket_for(tx, who, refund["ticket_id"])
    site, role = people.site(tx, ticket["site_id"]), access.agent_of(tx, who).role
    # All that goes back of this order counts together, or several small refunds would pass where one large may not.
    bought = held_for(tx, ticket, refund)
    bought.check_covered(refund["currency"], case_shapes.counts(refund["counts"]))
    together = bought.counted
    check_confirmed(tx, who, site, together, now)
    if refund["state"] == RefundState.SECOND_APPROVAL:
        # The version before this one wrote down who decided, and nothing of who was first.
        check_second_person(refund["first_by_id"] or refund["decided_by_id"], who.id)
        if role == "agent":
            raise Forbidden("The second approval is a supervisor's to give.")
    if refund["state"] != RefundState.IN_REVIEW:
        return []
    limits = limits_of(site)
    return exceeded(limits, role, _sums(tx, who, site, ticket, refund, together, now, counts=limits.counts_days()))


def _sums(
    tx: Tx, who: Who, site: Site, ticket: Row, refund: Row, together: int, now: datetime, *, counts: bool
) -> Sums:
    amount = refund["amount"]
    if not counts:
        return Sums(amount, together, 0, 0)
    # One approval of a site after the other, or two at once would both find room in the same day.
    tx.lock("site", site.id)
    zone = ZoneInfo(desk.calendar_of(site).zone)
    since = first_showing(zone, datetime.combine(now.astimezone(zone).date(), time.min))
    by_agent = refunds.approved_by_agent(tx, who.id, site.id, since)
    to_customer = refunds.approved_to_customer(tx, ticket["customer_id"], site.id, since)
    return Sums(amount, together, by_agent + amount, to_customer + amount)


def limits_of(site: Site) -> Limits:
    return Limits(order=site.refund_limit, **site.refund_limits)


def check_confirmed(tx: Tx, who: Who, site: Site, together: int, now: datetime) -> None:
    """Above the second limit who decides or pays has given their password a moment ago. Raises Forbidden."""
    if limits_of(site).wants_password(together) and not people.has_confirmed(tx, who.session_id, now - CONFIRMED_FOR):
        raise Forbidden("This sum takes your password once more.", code="confirm_needed")


def _decided(tx: Tx, who: Who, reason: str | None, now: datetime) -> dict[str, Any]:
    return {
        "decided_by_id": who.id,
        "decided_by": access.name_of(tx, who),
        "decision_reason": reason,
        "decided_at": to_millis(now),
    }


# -- what the customer does, and what others do to the refund of a ticket -------------------------------------------


def withdraw(tx: Tx, who: Who, refund: Row, now: datetime, reason: str | None = None) -> Row:
    """Until it is being paid. What it spoke for is free again."""
    return move(tx, who, refund, RefundEvent.WITHDRAW, now, reason=reason)


def appeal(tx: Tx, who: Who, refund: Row, reason: str, now: datetime) -> Row:
    """The one appeal against a rejection. Another refund may have taken its place meanwhile."""
    move_refund(RefundState(refund["state"]), RefundEvent.APPEAL, appealed=refund["appealed_at"] is not None)
    check_still_fits(tx, access.ticket_for(tx, who, refund["ticket_id"]), refund)
    anew: dict[str, Any] = {
        "appealed_at": to_millis(now),
        "appeal_reason": reason,
        "first_by_id": None,
        "first_by": None,
    }
    return move(tx, who, refund, RefundEvent.APPEAL, now, reason=reason, **anew)


def ask_evidence(tx: Tx, who: Who, ticket: Row, now: datetime) -> None:
    """What nobody has approved yet waits for what its customer was asked for. Who asks has begun to review it."""
    for refund in refunds.of_ticket(tx, ticket["id"]):
        if refund["state"] == RefundState.REQUESTED:
            _wait_for_evidence(tx, who, move(tx, who, refund, RefundEvent.REVIEW, now), now)
        elif refund["state"] in (RefundState.IN_REVIEW, RefundState.SECOND_APPROVAL):
            _wait_for_evidence(tx, who, refund, now)


def give_evidence(tx: Tx, who: Who, ticket: Row, now: datetime) -> None:
    """What was asked for has come: the review goes on."""
    for refund in refunds.of_ticket(tx, ticket["id"]):
        if refund["state"] == RefundState.EVIDENCE_WANTED:
            move(tx, who, refund, RefundEvent.GIVE_EVIDENCE, now)


# -- every move ---------------------------------------------------------------------------------------------------


def held_for(tx: Tx, ticket: Row, refund: Row) -> Bought:
    """What a refund is of, held."""
    return purchases.held(tx, ticket, refund["order_id"], refund["transaction_id"])


def check_still_fits(tx: Tx, ticket: Row, refund: Row) -> None:
    """A refund that was rejected, or whose payment failed, gave its place back; another one may have taken it."""
    lines, counts = json.loads(refund["lines"]), case_shapes.counts(refund["counts"])
    held_for(tx, ticket, refund).check_fits(refund["amount"], refund["currency"], lines, counts)


def move(
    tx: Tx,
    who: Who,
    refund: Row,
    event: RefundEvent,
    now: datetime,
    *,
    reason: str | None = None,
    told: Mapping[str, Any] | None = None,
    **values: Any,
) -> Row:
    """The one way a refund moves; sets the columns `values`, and `told` stands in the event and the trail.

    Raises IllegalMove where the table has no such move.
    """
    state = move_refund(RefundState(refund["state"]), event)
    if not refunds.change(tx, refund, now, state=state.value, **values):
        raise Conflict("Somebody else decided on this refund just now. Look again.")
    return _tell(tx, who, refund["id"], now, reason, told or {})


def _tell(tx: Tx, who: Who, refund_id: str, now: datetime, reason: str | None, told: Mapping[str, Any]) -> Row:
    """The event, the trail, the line in the conversation, the case. Gives the refund as it now is."""
    refund = access.refund_for(tx, who, refund_id)
    ticket = access.ticket_for(tx, who, refund["ticket_id"])
    code, is_told = f"refund_{refund['state']}", refund["state"] in TOLD
    money = {"amount": refund["amount"], "currency": refund["currency"]}
    beyond = {"beyond": json.loads(refund["verdict"])["rule"]} if _is_beyond(refund) else {}
    facts = {**money, **beyond, **told}
    case_log.add(tx, who, ticket["id"], code, now, visible=is_told, reason=reason, refund_id=refund_id, **facts)
    audit.record(tx, who, now, code, "refund", refund_id, ticket_id=ticket["id"], **facts)
    if is_told:
        why = {"reason": reason} if refund["state"] == RefundState.REJECTED else {}
        case_log.say(tx, ticket, code, now, **money, **why)
    case_log.tell(tx, ticket["id"], customer=is_told)
    return refund


def shown(tx: Tx, refund: Row) -> wire.RefundValue:
    (only,) = ticket_shapes.refund_list(tx, [refund])
    return wire.RefundValue(refund=only)
