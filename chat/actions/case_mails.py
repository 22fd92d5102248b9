"""What happened in a case, by e-mail: each step once, those of a minute together, each mail with a link of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat import wire
from chat.actions import access, case_shapes, desk, jobs
from chat.actions.jobs import Claimed
from chat.domain import privacy
from chat.store import Tx
from chat.store.queries import mail, people, tickets
from chat.store.tx import Row

WAIT = timedelta(minutes=1)  # steps within this time share a mail
LINK_DAYS = 30
# Told in the case's history, and no reason to write: the customer does it, or sees it in what comes with it.
QUIET = frozenset({"linked_order", "evidence_added"})


@dataclass(frozen=True)
class CaseLetter:
    """All a mail says and where it goes: what happened since the last one, where the case stands, and `path`, which
    opens it `until` then. `last_event` is the newest in it.
    """

    to: str
    locale: str
    site: str
    zone: str
    customer: str | None
    case: wire.Case
    news: tuple[wire.CaseEvent, ...]
    path: str
    until: datetime
    last_event: int
    now: datetime


def promise(tx: Tx, ticket_id: str, code: str, now: datetime) -> None:
    """A mail with this step and those that follow soon, to a customer who left an address."""
    if code in QUIET:
        return
    ticket = tickets.ticket(tx, ticket_id)
    if address_of(tx, ticket):
        _promise(tx, ticket, now)


def _promise(tx: Tx, ticket: Row, now: datetime) -> None:
    # One job for all that has not been mailed: while it waits, further steps need none of their own.
    key = f"case_mail:{ticket['id']}:{ticket['mailed_event']}"
    mail.try_again(tx, key, now + WAIT)
    tx.job("case_mail", {"ticket_id": ticket["id"]}, run_at=now + WAIT, key=key)


def address_of(tx: Tx, ticket: Row) -> str | None:
    """What was given for this case goes before what was given in its conversations, and that before the profile's."""
    given: str | None = json.loads(ticket["contact"]).get("email")
    return given or mail.address_in_case(tx, ticket["id"])


def letter(tx: Tx, job: Claimed, now: datetime) -> CaseLetter | None:
    """The mail to be sent, with a link that nobody else has; None when there is nothing to tell any more.

    A mail that fails gets another link when it is tried again: that of a mail which may have arrived goes on working.
    """
    access.ticket_for(tx, access.SYSTEM, job.payload["ticket_id"])
    ticket = tickets.ticket(tx, job.payload["ticket_id"])
    since = [event for event in tickets.visible_events(tx, [ticket["id"]]) if event["number"] > ticket["mailed_event"]]
    address = address_of(tx, ticket)
    if address is None or all(event["code"] in QUIET for event in since):
        return None
    site = people.site(tx, ticket["site_id"])
    locale, link = ticket["customer_locale"], new_link(tx, ticket["id"], now)
    return CaseLetter(
        to=address,
        locale=locale,
        site=site.name.get(locale) or site.key,
        zone=desk.calendar_of(site).zone,
        customer=json.loads(ticket["contact"]).get("name") or ticket["customer_name"] or None,
        case=case_shapes.case(tx, ticket),
        news=tuple(_masked(case_shapes.event_told(event)) for event in since if event["code"] not in QUIET),
        path=link.path,
        until=link.expires_at + tx.desk_offset,
        last_event=max(event["number"] for event in since),
        now=now,
    )


def _masked(event: wire.CaseEvent) -> wire.CaseEvent:
    """Mails are read on the way, and over shoulders: no address or number that somebody wrote into a reason."""
    return event.model_copy(update={"values": privacy.masked_reason(event.values)})


def sent(tx: Tx, job: Claimed, last_event: int, now: datetime) -> None:
    """Marks steps up to `last_event` as mailed and finishes the job; those made meanwhile get another mail."""
    ticket_id = job.payload["ticket_id"]
    access.ticket_for(tx, access.SYSTEM, ticket_id)
    if not jobs.finish(tx, job.id, now):
        return
    mail.mark_case_mailed(tx, ticket_id, last_event)
    following = mail.loud_event_after(tx, ticket_id, last_event, QUIET)
    if following:
        _promise(tx, tickets.ticket(tx, ticket_id), now)


def new_link(tx: Tx, ticket_id: str, now: datetime) -> wire.CaseLink:
    """A page that opens without signing in. Only the hash of its token is kept."""
    token, expires_at = access.new_token(), now + timedelta(days=LINK_DAYS)
    tickets.add_case_link(tx, access.token_hash(token), ticket_id, now, expires_at)
    return wire.CaseLink(path=f"/case/{token}", expires_at=expires_at)
