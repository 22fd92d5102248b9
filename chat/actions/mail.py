"""Answers to offline messages, by e-mail: promised with the answer, read together, marked as sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat import wire
from chat.actions import desk, jobs, shapes
from chat.actions.jobs import Claimed
from chat.store import Tx
from chat.store.queries import conversations, mail, people
from chat.store.tables import from_millis
from chat.store.tx import Row

WAIT = timedelta(seconds=5)  # answers written within this time share one mail
QUOTED = 5  # lines of the customer, above the answer
PAGE = 100  # log entries a mail looks through; what comes after goes into the next one


@dataclass(frozen=True)
class Words:
    author: str
    body: str


@dataclass(frozen=True)
class Letter:
    """All a mail says and where it goes. `last_seq` is that of the newest answer in it, written at `answered_at`.

    `reply_by` is what was promised, on the calendar's clock, when this mail brings the answer to that.
    """

    conversation_id: str
    to: str
    locale: str
    site: str
    customer: str | None
    message: str | None
    answers: tuple[Words, ...]
    last_seq: int
    answered_at: datetime
    now: datetime
    zone: str
    reply_by: datetime | None = None
    kept: bool = True


def promise(tx: Tx, row: Row, seq: int, now: datetime) -> None:
    """A mail with the answer `seq` and those that follow soon, to a customer who left an address with their message."""
    if _address(row):
        _promise(tx, row, seq, now)


def _promise(tx: Tx, row: Row, seq: int, now: datetime) -> None:
    # One job for all that has not been mailed: while it waits, further answers need none of their own.
    key = f"answer_mail:{row['id']}:{row['mailed_seq']}"
    mail.try_again(tx, key, now + WAIT)
    payload = {"conversation_id": row["id"], "seq": seq, "reply_by": row["reply_by"]}
    tx.job("answer_mail", payload, run_at=now + WAIT, key=key)


def letter(tx: Tx, job: Claimed, now: datetime) -> Letter | None:
    """The mail to be sent; None when there is nothing to send any more."""
    row = conversations.conversation(tx, job.payload["conversation_id"])
    first = max(job.payload["seq"], row["mailed_seq"] + 1)
    found = conversations.messages_after(tx, row["id"], first - 1, PAGE)
    answers = [one for one in found if one["author_kind"] == "agent" and one["kind"] in ("text", "file")]
    address = _address(row)
    if not answers or not address:
        return None
    due = job.payload.get("reply_by")
    site = people.site(tx, row["site_id"])
    return Letter(
        conversation_id=row["id"],
        to=address,
        locale=row["locale"],
        site=site.name.get(row["locale"]) or site.key,
        customer=row["contact_name"] or row["person_name"],
        message=_asked(tx, row["id"], first),
        answers=tuple(Words(message["author_name"], _in_words(message)) for message in answers),
        last_seq=answers[-1]["seq"],
        answered_at=from_millis(answers[-1]["created_at"]),
        now=now,
        zone=desk.calendar_of(site).zone,
        reply_by=from_millis(due) + tx.desk_offset if due else None,
        kept=not due or answers[0]["created_at"] <= due,
    )


def _asked(tx: Tx, conversation_id: str, before: int) -> str | None:
    """What the customer wrote since an agent last did: the message that was left, and what they added to it."""
    lines: list[str] = []
    for message in reversed(conversations.messages_before(tx, conversation_id, before, PAGE)):
        if message["author_kind"] == "agent":
            break
        if message["author_kind"] == "customer":
            lines.append(_in_words(message))
    return "\n".join(reversed(lines[:QUOTED])) or None


def _in_words(message: Row) -> str:
    """Of a file its name: it is opened in the window, where one may see who asks for it."""
    if message["kind"] != "file":
        return str(message["body"])
    name = json.loads(message["data"])["attachment"]["name"]
    return "\n".join(part for part in (message["body"], f"[{name}]") if part)


def sent(tx: Tx, job: Claimed, last_seq: int, now: datetime) -> None:
    """Marks answers up to `last_seq` as mailed and finishes the job; those written meanwhile get another mail."""
    conversation_id = job.payload["conversation_id"]
    conversations.hold(tx, conversation_id)
    if not jobs.finish(tx, job.id, now):
        return
    mail.mark_mailed(tx, conversation_id, last_seq)
    row = conversations.conversation(tx, conversation_id)
    told = {"conversation_id": conversation_id, "seq": last_seq}
    tx.publish("notice", shapes.staff_rooms_of(row), wire.Notice(code="answer_mailed", values=told))
    following = mail.first_answer_after(tx, conversation_id, last_seq)
    if following is not None:
        _promise(tx, row, following, now)


def _address(row: Row) -> str | None:
    address: str | None = row["contact_email"] or row["person_email"]
    return address
