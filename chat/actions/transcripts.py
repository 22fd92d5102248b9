"""A conversation's transcript by e-mail, for its own customer.

Whoever writes here decides what the mail says, and a guest may name any address: so a guest gets one only of a
conversation in which an agent has answered, and both sides are counted by the day, in rows: what one customer asks for,
and what goes to one address, whoever asked.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chat import wire
from chat.actions import access, desk
from chat.actions.access import Who
from chat.actions.jobs import Claimed
from chat.errors import Conflict, Invalid, TooMany
from chat.store import Tx
from chat.store.queries import conversations, people, receipts
from chat.store.tables import from_millis
from chat.store.tx import Row

DAY = timedelta(days=1)
A_CUSTOMER, AN_ADDRESS = 5, 3  # mails a day
LINES = 500  # the newest; of what came before there is the file that the window saves


@dataclass(frozen=True)
class Line:
    """`data` of a line of the system is its code and values; a file and a card stand there by their name or number."""

    at: datetime
    kind: str
    author: str
    body: str
    data: dict[str, Any] | None


@dataclass(frozen=True)
class Transcript:
    conversation_id: str
    job_id: str
    to: str
    locale: str
    site: str
    zone: str
    begun: datetime
    lines: tuple[Line, ...]
    is_whole: bool
    now: datetime


def is_offered(tx: Tx) -> bool:
    return people.meta(tx, "mail") == "smtp"


def mail_transcript(tx: Tx, who: Who, command: wire.MailTranscript, now: datetime) -> wire.Nothing:
    """To `email`, else to the address that is known.

    Raises Conflict (`no_mail`, `no_agent`), Invalid (`no_contact`) and TooMany.
    """
    row = access.conversation_for(tx, who, command.conversation_id)
    customer = access.customer_of(tx, who)
    if not is_offered(tx):
        raise Conflict("This installation sends no mails.", code="no_mail")
    signed = customer.email if customer.kind == "verified" else None
    to = command.email or signed or row["contact_email"] or customer.email
    if not to:
        raise Invalid("Give an e-mail address.", code="no_contact")
    if to != signed and not conversations.has_agents_answer(tx, row["id"]):
        raise Conflict("No agent has written in this conversation yet.", code="no_agent")
    key = f"transcript_mail:{hashlib.sha256(to.lower().encode()).hexdigest()[:32]}:{now:%Y%m%d}:"
    asked = receipts.count_since(tx, who.id, "mail_transcript", now - DAY)  # this one is among them
    payload = {"conversation_id": row["id"], "to": to, "locale": command.locale or row["locale"]}
    payload |= {"last_seq": row["last_seq"]}
    # An address has so many places a day, and who asks at the same moment finds a place taken.
    if asked > A_CUSTOMER or not any(
        tx.job("transcript_mail", payload, key=f"{key}{place}") for place in range(AN_ADDRESS)
    ):
        raise TooMany("Enough transcripts were sent today. Save the conversation as a file.", retry_after=3600)
    return wire.Nothing()


def transcript(tx: Tx, job: Claimed, now: datetime) -> Transcript:
    """As it was when it was asked for."""
    row = conversations.conversation(tx, job.payload["conversation_id"])
    site, locale = people.site(tx, row["site_id"]), job.payload["locale"]
    found = conversations.messages_before(tx, row["id"], job.payload["last_seq"] + 1, LINES + 1)
    return Transcript(
        conversation_id=row["id"],
        job_id=job.id,
        to=job.payload["to"],
        locale=locale,
        site=site.name.get(locale) or site.key,
        zone=desk.calendar_of(site).zone,
        begun=from_millis(row["created_at"]),
        lines=tuple(_line(message) for message in found[-LINES:]),
        is_whole=len(found) <= LINES,
        now=now,
    )


def _line(message: Row) -> Line:
    data = json.loads(message["data"]) if message["data"] else None
    kind = "system" if message["kind"] == "system" and message["author_kind"] != "bot" else message["author_kind"]
    return Line(from_millis(message["created_at"]), kind, message["author_name"], message["body"], data)
