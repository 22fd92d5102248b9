"""What a customer sees of a ticket: the case, and the link that opens it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat import wire
from chat.actions import access, case_shapes, desk
from chat.actions.access import Who
from chat.domain import privacy
from chat.store import Tx
from chat.store.queries import people, tickets

NEWEST = 50  # cases given at once
LINK_DAYS = 30


def my_cases(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.CaseList:
    """Newest first."""
    mine = tickets.newest_of_customer(tx, access.customer_of(tx, who).id, who.site_id, NEWEST)
    return wire.CaseList(cases=case_shapes.cases(tx, mine))


def case_link(tx: Tx, who: Who, command: wire.OfTicket, now: datetime) -> wire.CaseLink:
    """A page that opens without signing in. Only the hash of its token is kept."""
    ticket = access.ticket_for(tx, who, command.ticket_id)
    token, expires_at = access.new_token(), now + timedelta(days=LINK_DAYS)
    tickets.add_case_link(tx, access.token_hash(token), ticket["id"], now, expires_at)
    return wire.CaseLink(path=f"/case/{token}", expires_at=expires_at)


def case(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.CasePage:
    """For the holder of a link, who may be anybody: nothing that says whose it is, numbers masked."""
    row = access.ticket_for(tx, who, who.id)
    site = people.site(tx, row["site_id"])
    seen = case_shapes.case(tx, row)
    hidden = {
        "history": [event.model_copy(update={"values": privacy.masked_values(event.values)}) for event in seen.history],
        "order_number": privacy.masked_number(seen.order_number) if seen.order_number else None,
    }
    return wire.CasePage(
        **(dict(seen) | hidden),
        site=site.key,
        site_names=site.name,
        zone=desk.calendar_of(site).zone,
        locale=row["customer_locale"],
    )
