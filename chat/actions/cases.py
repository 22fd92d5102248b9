"""What a customer sees of a ticket: the case, and the link that opens it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat import wire
from chat.actions import access, audit, case_log, case_mails, case_shapes, desk
from chat.actions.access import Who
from chat.domain import privacy
from chat.errors import TooMany
from chat.store import Tx
from chat.store.queries import people, tickets
from chat.store.tx import Row

LINKS_A_DAY = 20  # of one case, those in mails among them
NEWEST = 50  # cases given at once


def my_cases(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.CaseList:
    """Newest first."""
    mine = tickets.newest_of_customer(tx, access.customer_of(tx, who).id, who.site_id, NEWEST)
    return wire.CaseList(cases=case_shapes.cases(tx, mine))


def case_link(tx: Tx, who: Who, command: wire.OfTicket, now: datetime) -> wire.CaseLink:
    """A page that opens without signing in. Raises TooMany."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    if tickets.case_links_since(tx, ticket["id"], now - timedelta(days=1)) >= LINKS_A_DAY:
        raise TooMany(f"One can have {LINKS_A_DAY} links of a case a day; those there are go on working.")
    return case_mails.new_link(tx, ticket["id"], now)


def revoke_case_links(tx: Tx, who: Who, command: wire.OfTicket, now: datetime) -> wire.Nothing:
    """None of the links made so far opens the case any more; the next mail brings a new one."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    revoked = tickets.revoke_case_links(tx, ticket["id"], now)
    if revoked:
        case_log.add(tx, who, ticket["id"], "links_revoked", now, count=revoked)
        audit.record(tx, who, now, "case_links_revoked", "ticket", ticket["id"], count=revoked)
        case_log.tell(tx, ticket["id"], customer=False)
    return wire.Nothing()


def case(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.CasePage:
    return page(tx, access.ticket_for(tx, who, who.id))


def page(tx: Tx, row: Row) -> wire.CasePage:
    """For the holder of a link, who may be anybody: nothing that says whose it is, numbers masked."""
    site = people.site(tx, row["site_id"])
    seen = case_shapes.case(tx, row)
    hidden = {
        "history": [event.model_copy(update={"values": privacy.masked_values(event.values)}) for event in seen.history],
        "refund": seen.refund.model_copy(update={"payout": None}) if seen.refund else None,
        "order_number": privacy.masked_number(seen.order_number) if seen.order_number else None,
    }
    return wire.CasePage(
        **(dict(seen) | hidden),
        site=site.key,
        site_names=site.name,
        zone=desk.calendar_of(site).zone,
        locale=row["customer_locale"],
    )
