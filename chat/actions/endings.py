"""How a ticket ends: who may say so, what must have been checked, and when a second person has to agree."""

from __future__ import annotations

from datetime import datetime

from chat import wire
from chat.actions import access, audit, case_log, ticket_kinds, ticket_shapes
from chat.actions.access import Who
from chat.domain.case_steps import REFUSED, WITHDRAWN
from chat.domain.refunds import RefundState, refund_worded, unfinished
from chat.domain.ticket_kinds import Kind
from chat.domain.tickets import TicketStatus
from chat.errors import Conflict, IllegalMove, Invalid
from chat.store import Tx
from chat.store.events import staff_room
from chat.store.queries import identity, people, refunds, tickets
from chat.store.tx import Row

ASKS_WHO = "identity_check"  # a kind with this step ends well only for somebody who was recognised
PASSED_ON = "passed_on"


def check_can_be_over(tx: Tx, ticket: Row, status: TicketStatus, ending: str | None) -> None:
    """Nothing of a case is lost because its ticket is solved or closed. Raises IllegalMove: money is still to be
    decided or paid (`refund_unfinished`), an appeal was not answered (`appeal_open`), or somebody has to answer for
    how it ends and nobody says how (`ending_needed`).
    """
    if status not in (TicketStatus.SOLVED, TicketStatus.CLOSED):
        return
    if state := unfinished([RefundState(row["state"]) for row in refunds.of_ticket(tx, ticket["id"])]):
        raise IllegalMove(
            f"A refund of ticket {ticket['number']} is {refund_worded(state)}: decide on it or pay it first.",
            code="refund_unfinished",
        )
    if status is TicketStatus.SOLVED and not (ending or ticket["ending"]):
        check_appeal_answered(ticket)
        if _somebody_answers_for(tx, ticket):
            raise IllegalMove(f"Say how ticket {ticket['number']} ends.", code="ending_needed")


def check_appeal_answered(ticket: Row) -> None:
    """An appeal is answered by the ending, or by the decision on the refund that it is about."""
    if ticket["appealed_at"] and not ticket["ending"] and ticket["refund_state"] is None:
        raise IllegalMove(
            f"The customer has appealed in ticket {ticket['number']}: say how it ends now.", code="appeal_open"
        )


def _somebody_answers_for(tx: Tx, ticket: Row) -> bool:
    """Where somebody must have been recognised, or two people agree, a ticket without an ending would pass both by."""
    site = people.site(tx, ticket["site_id"])
    return ASKS_WHO in ticket_kinds.of_ticket(ticket).steps or ticket["kind"] in site.second_person


def end(tx: Tx, who: Who, ticket: Row, ending: str, reason: str | None, now: datetime) -> bool:
    """True: it has ended so. False: that is proposed, and another person has to agree.

    Raises Invalid for an ending its kind does not have or a refusal without a reason, IllegalMove for somebody who
    was not recognised (`identity_first`) or for whoever decided before an appeal (`same_person`).
    """
    kind = ticket_kinds.of_ticket(ticket)
    if ending not in kind.endings:
        raise Invalid(f"A ticket of the kind {ticket['kind']} ends as {', '.join(kind.endings)}, not as {ending}.")
    if ending in REFUSED and not reason:
        raise Invalid("Say why it is refused; the customer is told.", code="reason_needed")
    _check_recognised(tx, ticket, kind, ending)
    _check_other_person(tx, who, ticket)
    if ending != WITHDRAWN and ticket["kind"] in people.site(tx, ticket["site_id"]).second_person:
        _propose(tx, who, ticket, ending, reason, now)
        return False
    tickets.change(tx, ticket["id"], ending=ending, ending_by_id=who.id, ending_proposed=None)
    case_log.add(tx, who, ticket["id"], "ended", now, visible=True, reason=reason, ending=ending)
    return True


def _check_recognised(tx: Tx, ticket: Row, kind: Kind, ending: str) -> None:
    """The newest result of everything that was checked counts, and there must be one."""
    if ASKS_WHO not in kind.steps or ending in REFUSED | {PASSED_ON, WITHDRAWN}:
        return
    newest = {row["what"]: row["passed"] for row in identity.checks(tx, ticket["id"])}
    if failed := sorted(what for what, passed in newest.items() if not passed):
        raise IllegalMove(f"What was checked was not right: {', '.join(failed)}.", code="identity_first")
    if not newest:
        raise IllegalMove("Check first who they are, and record what was checked.", code="identity_first")


def _check_other_person(tx: Tx, who: Who, ticket: Row) -> None:
    if ticket["appealed_at"] and who.id in identity.deciders_before(tx, ticket["id"], ticket["appealed_at"]):
        raise IllegalMove("After an appeal another person decides than the one who refused.", code="same_person")


def _propose(tx: Tx, who: Who, ticket: Row, ending: str, reason: str | None, now: datetime) -> None:
    tickets.change(tx, ticket["id"], ending_proposed=ending, ending_by_id=who.id)
    case_log.add(tx, who, ticket["id"], "ending_proposed", now, reason=reason, ending=ending)
    told = wire.Notice(code="ending_proposed", values={"ticket_id": ticket["id"], "number": ticket["number"]})
    tx.publish("notice", [staff_room(ticket["site_id"])], told)


def settle(tx: Tx, who: Who, ticket: Row, agree: bool, reason: str | None, now: datetime) -> None:
    """A second person agrees, and it has ended so; or does not, with a reason, and it goes on."""
    proposed = ticket["ending_proposed"]
    if proposed is None:
        raise Conflict("No ending waits for a second person.", code="changed")
    if ticket["ending_by_id"] == who.id:
        raise IllegalMove("Nobody agrees to what they proposed themselves; ask a colleague.", code="own_request")
    _check_other_person(tx, who, ticket)
    if not agree:
        if not reason:
            raise Invalid("Say why you do not agree.", code="reason_needed")
        tickets.change(tx, ticket["id"], ending_proposed=None)
        case_log.add(tx, who, ticket["id"], "ending_refused", now, reason=reason, ending=proposed)
        return
    _check_recognised(tx, ticket, ticket_kinds.of_ticket(ticket), proposed)
    tickets.change(tx, ticket["id"], ending=proposed, ending_proposed=None)
    why = identity.proposed_why(tx, ticket["id"])
    case_log.add(tx, who, ticket["id"], "ended", now, visible=True, reason=why, ending=proposed)


def check_identity(tx: Tx, who: Who, command: wire.CheckIdentity, now: datetime) -> wire.TicketValue:
    """What was checked of who asks and whether it was right; what they answered is kept nowhere."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    if ticket["status"] == TicketStatus.CLOSED:
        raise IllegalMove(f"Ticket {ticket['number']} is closed.", code="ticket_closed")
    if ASKS_WHO not in ticket_kinds.of_ticket(ticket).steps:
        raise Invalid(f"A ticket of the kind {ticket['kind']} asks for no identity.")
    agent = access.agent_of(tx, who)
    identity.add_check(tx, ticket["id"], command.what, command.passed, agent.id, agent.name, now)
    case_log.add(tx, who, ticket["id"], "identity_checked", now, what=command.what, passed=command.passed)
    told = {"checked": command.what, "passed": command.passed}
    audit.record(tx, who, now, "identity_checked", "ticket", ticket["id"], **told)
    return wire.TicketValue(ticket=ticket_shapes.ticket(tx, case_log.tell(tx, ticket["id"], customer=False)))
