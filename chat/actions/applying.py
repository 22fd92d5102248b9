"""What customers do with their cases: apply by day and by night, withdraw, appeal.

A refund that the site's policy forbids is refused with the rule's words, and nothing is stored: nobody should wait for
days to hear what can be said at once. Who thinks that the policy is wrong for them applies with another kind, an amount
dispute or `other`; these have no policy and people look at them. What the policy allows is asked for at once, and
people decide.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from chat import wire
from chat.actions import (
    access,
    audit,
    case_log,
    case_shapes,
    cases,
    conversations,
    evidence,
    own_numbers,
    refunds,
    tickets,
)
from chat.actions.access import Who
from chat.domain.case_steps import WITHDRAWN, can_be_appealed, can_be_withdrawn
from chat.domain.conversation import Status
from chat.domain.refunds import OPEN_REFUND, check_difference, difference, digits
from chat.domain.ticket_kinds import OTHER_EVIDENCE
from chat.domain.tickets import TicketStatus
from chat.errors import BadShape, IllegalMove, Invalid, NotFound, TooMany
from chat.store import Tx
from chat.store.queries import cases as queries
from chat.store.queries import conversations as talks
from chat.store.queries import refunds as money
from chat.store.queries import tickets as ticket_rows
from chat.store.tables import Customer
from chat.store.tx import Row

OPEN_AT_ONCE = 20  # of one customer
A_DAY = 10  # that they open themselves
UNNAMED = "CNY"  # the currency of amounts without one, as in the window's forms
MONEY_KINDS = frozenset({"refund", "amount_dispute"})


def open_case(tx: Tx, who: Who, command: wire.OpenCase, now: datetime) -> wire.CaseValue:
    """Number, steps and by when, at once. It is told in the customer's open conversation, if there is one."""
    talk = _open_talk(tx, who)
    customer, site = access.customer_of(tx, who), access.site_of(tx, who)
    reason = own_numbers.shown(tx, customer.id, site.id, command.reason)
    fields = own_numbers.in_form(tx, customer.id, site.id, command.fields)
    command = command.model_copy(update={"reason": reason, "fields": fields})
    _check_asked(customer, command)
    _check_room(tx, customer, now)
    contact = _contact(customer, talk, command)
    conversations.remember(customer, command.name, command.email, command.phone)
    tx.session.flush()
    ticket = tickets.open(
        tx,
        who,
        site,
        customer.id,
        command.kind,
        now,
        subject=tickets.first_line(command.reason),
        conversation=talk,
        fields=command.fields,
        contact=contact,
    )
    case_log.add(tx, who, ticket["id"], "applied", now, reason=command.reason)
    _ask_for(tx, who, ticket, command, now)
    if command.attachment_ids:
        evidence.add(tx, who, ticket, OTHER_EVIDENCE, None, command.attachment_ids, command.client_id, now)
    return wire.CaseValue(case=case_shapes.case(tx, case_log.tell(tx, ticket["id"], customer=True)))


def _open_talk(tx: Tx, who: Who) -> Row | None:
    """The customer's open conversation, held."""
    current = talks.current(tx, who.id, who.site_id)
    if current is None:
        return None
    held = access.conversation_for(tx, who, current["id"])
    return None if held["status"] == Status.CLOSED else held


def _check_asked(customer: Customer, command: wire.OpenCase) -> None:
    of_something = command.order_id or command.transaction_id
    if of_something and customer.kind != "verified":
        raise NotFound("There is no such order of yours. Sign in on the site first.")
    if (command.charged is not None or command.expected is not None) and command.kind != "amount_dispute":
        raise BadShape("Only an amount dispute says what was charged and what was expected.")


def _check_room(tx: Tx, customer: Customer, now: datetime) -> None:
    """The customer is held, so that two at once do not both take the last place."""
    if queries.count_open(tx, customer.id, OPEN_AT_ONCE) >= OPEN_AT_ONCE:
        raise TooMany(f"There are {OPEN_AT_ONCE} open cases already. Wait until some are done.", code="too_many_cases")
    day = timedelta(days=1)
    opened = queries.opened_since(tx, customer.id, now - day, A_DAY)
    if len(opened) >= A_DAY:
        again = max((opened[-1] + day - now).total_seconds(), 1)
        raise TooMany(f"One can open {A_DAY} cases a day.", code="too_many_cases", retry_after=again)


def _contact(customer: Customer, talk: Row | None, command: wire.OpenCase) -> dict[str, str]:
    """What was given for this case. Raises Invalid when the desk could not reach its customer."""
    given = {"name": command.name, "email": command.email, "phone": command.phone}
    known = [customer.email, customer.phone, talk and talk["contact_email"], talk and talk["contact_phone"]]
    if customer.kind != "verified" and not (command.email or command.phone or any(known)):
        raise Invalid("Leave an e-mail address or a phone number, so that we can reach you.", code="no_contact")
    return {name: value for name, value in given.items() if value}


def _ask_for(tx: Tx, who: Who, ticket: Row, command: wire.OpenCase, now: datetime) -> None:
    """The refund, where it is clear of what; else what the case is about is linked, and people find out."""
    if not (command.order_id or command.transaction_id):
        _note_amounts(tx, ticket, command)
        return
    is_clear = command.kind == "refund" or command.charged is not None or command.expected is not None
    if command.kind in MONEY_KINDS and is_clear:
        refunds.request(tx, who, ticket, command, now)
        return
    for kind, target_id in (("order", command.order_id), ("transaction", command.transaction_id)):
        if target_id:
            tickets.add_link(tx, who, ticket, kind, target_id, now)


def _note_amounts(tx: Tx, ticket: Row, command: wire.OpenCase) -> None:
    """Of a dispute about what nobody has looked up yet: the figures go into its form, for whoever finds the order."""
    if command.charged is None and command.expected is None:
        return
    if command.charged is None or command.expected is None:
        raise BadShape("An amount dispute says what was charged and what was expected.")
    currency = command.currency or UNNAMED
    due = difference(command.charged, command.expected, currency)
    if command.amount is not None:
        check_difference(command.amount, command.charged, command.expected, currency)
    figures = {"amount_charged": command.charged, "amount_expected": command.expected, "amount": due}
    noted = {name: digits(amount, currency) for name, amount in figures.items()}
    ticket_rows.change(tx, ticket["id"], fields={**json.loads(ticket["fields"]), **noted})


# -- afterwards ---------------------------------------------------------------------------------------------------


def withdraw_case(tx: Tx, who: Who, command: wire.WithdrawCase, now: datetime) -> wire.CaseValue:
    return wire.CaseValue(case=case_shapes.case(tx, _withdraw(tx, who, command, now)))


def withdraw_by_link(tx: Tx, who: Who, command: wire.WithdrawCase, now: datetime) -> wire.CasePage:
    return cases.page(tx, _withdraw(tx, who, command, now))


def _withdraw(tx: Tx, who: Who, command: wire.WithdrawCase, now: datetime) -> Row:
    ticket = access.ticket_for(tx, who, command.ticket_id)
    stands = case_shapes.standing(ticket)
    if stands.is_over or stands.merged:
        raise IllegalMove("This case is over; there is nothing to withdraw.")
    if not can_be_withdrawn(stands):
        raise IllegalMove("This case cannot be withdrawn any more: it was decided, or its payment is under way.")
    asked_for = [found for found in money.of_ticket(tx, ticket["id"]) if found["state"] in OPEN_REFUND]
    for refund in asked_for:
        refunds.withdraw(tx, who, refund, now, command.reason)
    queries.set_withdrawn(tx, ticket["id"], WITHDRAWN)
    tickets.set_status(tx, who, ticket, TicketStatus.SOLVED, now, told=False)
    case_log.add(tx, who, ticket["id"], "withdrawn", now, visible=True, reason=command.reason)
    if not asked_for:  # a refund has said so itself
        case_log.say(tx, ticket, "case_withdrawn", now)
    audit.record(tx, who, now, "case_withdrawn", "ticket", ticket["id"])
    return case_log.tell(tx, ticket["id"], customer=True)


def appeal_case(tx: Tx, who: Who, command: wire.AppealCase, now: datetime) -> wire.CaseValue:
    return wire.CaseValue(case=case_shapes.case(tx, _appeal(tx, who, command, now)))


def appeal_by_link(tx: Tx, who: Who, command: wire.AppealCase, now: datetime) -> wire.CasePage:
    return cases.page(tx, _appeal(tx, who, command, now))


def _appeal(tx: Tx, who: Who, command: wire.AppealCase, now: datetime) -> Row:
    """Back to people. Who refused it does not have it any more, and the ending is another person's to decide."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    stands = case_shapes.standing(ticket)
    if stands.appealed:
        raise IllegalMove("This case has already been appealed; there is one appeal only.")
    if not can_be_appealed(stands, now):
        raise IllegalMove("One can appeal against a refusal, for 30 days, until the case is closed.")
    refused = money.newest(tx, ticket["id"]) if stands.refund else None
    queries.set_appealed(tx, ticket, refused["decided_by_id"] if refused else ticket["ending_by_id"], now)
    if stands.status is not TicketStatus.OPEN:
        tickets.set_status(tx, who, ticket, TicketStatus.OPEN, now, told=False)
    case_log.add(tx, who, ticket["id"], "appealed", now, visible=True, reason=command.reason)
    case_log.say(tx, ticket, "case_appealed", now)
    if refused:
        refunds.appeal(tx, who, refused, command.reason, now)
    audit.record(tx, who, now, "case_appealed", "ticket", ticket["id"])
    return case_log.tell(tx, ticket["id"], customer=True)
