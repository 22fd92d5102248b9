"""What is done when a customer writes of fraud, theft or danger: first in line and in the inbox, told at once what
they can do themselves, and, while nobody is at the desk, somebody on call is woken.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from chat.actions import desk, log, promises
from chat.actions.jobs import Claimed
from chat.domain.conversation import Status
from chat.domain.urgent import FIRST, is_urgent
from chat.store import Tx
from chat.store.queries import conversations, mail, people, presence
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

ALONE = 5  # alerts of a site in an hour; what comes on top is told together
SHARED_SECONDS = 600
QUOTED = 120  # characters of the customer's own words that an alert carries


@lru_cache(maxsize=256)
def _words(data: str) -> tuple[str, ...]:
    return tuple(json.loads(data))


def heed(tx: Tx, row: Row, text: str, now: datetime) -> Row:
    """Looks at what a customer has just written."""
    return flag(tx, row, text, now) if is_urgent(text, _words(row["urgent_words"])) else row


def flag(tx: Tx, row: Row, text: str, now: datetime) -> Row:
    """Once a conversation: who goes on writing of it has been told."""
    if row["urgent"]:
        return row
    site = people.site(tx, row["site_id"])
    conversations.change(tx, row, urgent=True, priority=FIRST)
    promises.hasten(tx, row, site, now)
    log.add_system(tx, row, now, "urgent_help", phone=site.urgent_phone or "", steps=site.urgent_steps)
    if site.on_call and not _is_somebody_there(tx, site, now):
        _wake(tx, row, text, now)
    return desk.tell_move(tx, row)


def _wake(tx: Tx, row: Row, text: str, now: datetime) -> None:
    """A mail each, until there are many: anybody can write such words, and again and again. Then they share one."""
    payload = {"conversation_id": row["id"], "words": first_line(text)}
    seconds = int(now.timestamp())
    people.hold_site(tx, row["site_id"])  # two who come at once are counted one after the other
    this_hour = f"on_call_mail:{row['site_id']}:{seconds // 3600}:"
    if mail.jobs_below(tx, this_hour, ALONE) < ALONE:
        tx.job("on_call_mail", payload, key=f"{this_hour}{row['id']}:{row['epoch']}")
        return
    ends = (seconds // SHARED_SECONDS + 1) * SHARED_SECONDS
    shared = {**payload, "shared": True}
    tx.job("on_call_mail", shared, run_at=from_millis(ends * 1_000), key=f"on_call_mail:{row['site_id']}:{ends}")


def _is_somebody_there(tx: Tx, site: Site, now: datetime) -> bool:
    return desk.is_open(tx, site, now) and presence.anyone_online(tx, site.id, now)


def first_line(text: str) -> str:
    """The beginning of a hostile text, safe to stand in a plain mail: one line, nothing but what can be seen."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    shown = "".join(character for character in line if unicodedata.category(character)[0] != "C").strip()
    return shown if len(shown) <= QUOTED else f"{shown[: QUOTED - 1]}…"


@dataclass(frozen=True)
class Alert:
    """What whoever is on call is told: enough to open the right conversation, and no more.

    How to reach the customer stays in the desk, behind its sign-in.
    """

    job_id: str
    conversation_id: str
    to: str
    locale: str
    site: str
    topic: str
    words: str
    at: datetime
    zone: str
    reply_by: datetime | None


def alert(tx: Tx, job: Claimed, now: datetime) -> Alert | None:
    """None: an agent has it by now, it has ended, or nobody is on call any more.

    One that several share is about whoever of them still needs somebody.
    """
    row, words = conversations.conversation(tx, job.payload["conversation_id"]), job.payload["words"]
    if _is_over(row) and job.payload.get("shared") and (other := mail.newest_urgent(tx, row["site_id"])):
        row, words = conversations.conversation(tx, other), first_line(mail.last_words(tx, other))
    site = people.site(tx, row["site_id"])
    if _is_over(row) or not site.on_call:
        return None
    locale = site.locales[0] if site.locales else "zh-CN"
    return Alert(
        job_id=job.id,
        conversation_id=row["id"],
        to=site.on_call,
        locale=locale,
        site=site.name.get(locale) or site.key,
        topic=row["topic"],
        words=words,
        at=now,
        zone=desk.calendar_of(site).zone,
        reply_by=from_millis(row["reply_by"]) + tx.desk_offset if row["reply_by"] else None,
    )


def _is_over(row: Row) -> bool:
    return row["status"] in (Status.ACTIVE, Status.CLOSED)
