"""Sends mails: over SMTP when a mail server is set, else into the outbox folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any

import aiosmtplib
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chat import texts, wire
from chat.actions import case_mails, jobs, mail, transcripts, urgent
from chat.actions.case_mails import CaseLetter
from chat.actions.jobs import Claimed
from chat.actions.mail import Letter
from chat.actions.transcripts import Line, Transcript
from chat.actions.urgent import Alert
from chat.settings import Settings
from chat.store import Store

log = structlog.get_logger()

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates" / "mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
SEND_SECONDS = 45  # within a job's lease, so that no other process sends the same mail meanwhile


class Postman:
    """Brings a mail on its way. Raises when it could not."""

    def __init__(self, settings: Settings) -> None:
        self.sender = settings.mail_from
        self.where = "mail server" if settings.smtp_host else "outbox"
        self._settings = settings

    async def send(self, message: EmailMessage, written: datetime, name: str) -> None:
        """In the outbox a file each, in the order in which they were written; the same `name` replaces itself."""
        async with asyncio.timeout(SEND_SECONDS):
            if self._settings.smtp_host:
                await to_server(self._settings, message)
            else:
                at = written.astimezone(UTC)
                file = f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z-{name}.eml"
                await asyncio.to_thread(_write_private, self._settings.outbox, file, message.as_bytes())


class AnswerMails:
    """Keeps jobs of the kind `answer_mail`."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._postman = store, Postman(settings)

    async def keep(self, job: Claimed) -> None:
        letter = await self._store.read(mail.letter, job)
        if letter is None:
            await self._store.write(jobs.finish, job.id)
            return
        name = f"{letter.conversation_id}-{letter.last_seq}"
        await self._postman.send(compose(letter, self._postman.sender), letter.answered_at, name)
        await self._store.write(mail.sent, job, letter.last_seq)
        log.info("an answer went out", to=self._postman.where, conversation=letter.conversation_id, seq=letter.last_seq)


class CaseMails:
    """Keeps jobs of the kind `case_mail`."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._postman = store, Postman(settings)
        self._base = settings.base_url

    async def keep(self, job: Claimed) -> None:
        letter = await self._store.write(case_mails.letter, job)
        if letter is None:
            await self._store.write(jobs.finish, job.id)
            return
        name = f"{letter.case.ticket_id}-case-{letter.last_event}"
        await self._postman.send(compose_case(letter, self._postman.sender, self._base), letter.now, name)
        await self._store.write(case_mails.sent, job, letter.last_event)
        log.info("a case's steps went out", to=self._postman.where, ticket=letter.case.ticket_id)


class OnCallMails:
    """Keeps jobs of the kind `on_call_mail`."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._postman = store, Postman(settings)

    async def keep(self, job: Claimed) -> None:
        alert = await self._store.read(urgent.alert, job)
        if alert is not None:
            name = f"{alert.conversation_id}-on-call"
            await self._postman.send(compose_alert(alert, self._postman.sender), alert.at, name)
            log.info("on call was alerted", to=self._postman.where, conversation=alert.conversation_id)
        await self._store.write(jobs.finish, job.id)


class TranscriptMails:
    """Keeps jobs of the kind `transcript_mail`."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._postman = store, Postman(settings)

    async def keep(self, job: Claimed) -> None:
        asked = await self._store.read(transcripts.transcript, job)
        await self._postman.send(
            compose_transcript(asked, self._postman.sender), asked.now, f"{asked.job_id}-transcript"
        )
        await self._store.write(jobs.finish, job.id)
        log.info("a transcript went out", to=self._postman.where, conversation=asked.conversation_id)


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The mail. Raises ValueError when an address cannot stand in a header."""
    say = partial(texts.say, letter.locale)
    message = _begun(letter.to, sender, letter.locale, letter.now, say("mail.subject", site=letter.site))
    domain = _domain(sender)
    # The same mail sent twice, after a failure in between, is recognised by its id.
    message["Message-ID"] = f"<{letter.conversation_id}.{letter.last_seq}@{domain}>"
    message["References"] = f"<{letter.conversation_id}@{domain}>"
    message["Auto-Submitted"] = "auto-replied"
    told = {"letter": letter, "say": say, "promised": _promised(letter)}
    message.set_content(TEMPLATES.get_template("answer.txt").render(told))
    message.add_alternative(TEMPLATES.get_template("answer.html").render(told), subtype="html")
    return message


def _promised(letter: Letter) -> str | None:
    if letter.reply_by is None:
        return None
    at = texts.moment_and_zone(letter.locale, letter.reply_by, letter.zone)
    return texts.say(letter.locale, "mail.promised" if letter.kept else "mail.promised_late", reply_by=at)


def compose_case(letter: CaseLetter, sender: str, base: str) -> EmailMessage:
    """The mail about a case's steps. Raises ValueError when an address cannot stand in a header."""
    say, named, case = partial(texts.say, letter.locale), partial(texts.named, letter.locale), letter.case
    steps = [(step.state, named("step", step.code, step.names)) for step in case.steps]
    subject = say("case_mail.subject", number=case.number, state=_state_of(say, case, steps))
    message = _begun(letter.to, sender, letter.locale, letter.now, subject)
    domain = _domain(sender)
    message["Message-ID"] = f"<{case.ticket_id}.{letter.last_event}@{domain}>"
    message["References"] = f"<{case.ticket_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    names = {**case.named, f"topic.{case.kind}": case.names}
    lines = [texts.history_line(letter.locale, each.code, each.values, letter.zone, names) for each in letter.news]
    values = {
        "letter": letter,
        "case": case,
        "say": say,
        "subject": subject,
        "kind": named("topic", case.kind, case.names),
        "news": [line for line in lines if line],
        "steps": steps,
        "wanted": [named("evidence", each.code, each.names) for each in case.wanted if not each.given],
        "following": texts.what_next(letter.locale, case.next, case.by, case.late, letter.zone),
        "link": base + letter.path,
        "until": texts.moment_and_zone(letter.locale, letter.until, letter.zone),
    }
    message.set_content(TEMPLATES.get_template("case.txt").render(values))
    message.add_alternative(TEMPLATES.get_template("case.html").render(values), subtype="html")
    return message


def _state_of(say: Callable[..., str], case: wire.Case, steps: Sequence[tuple[str, str]]) -> str:
    """Where it stands, in a few words: what is wanted, the step it is at, or how it ended."""
    if case.next == "customer":
        return say("case.status_pending")
    at = next((name for state, name in steps if state == "current"), None)
    return at or (say(f"refund_state.{case.refund.state}") if case.refund else say(f"case.status_{case.status}"))


def compose_alert(alert: Alert, sender: str) -> EmailMessage:
    """Plain text: what customers write is hostile. Raises ValueError when an address cannot stand in a header."""
    say = partial(texts.say, alert.locale)
    told = partial(texts.moment_and_zone, alert.locale, zone=alert.zone)
    message = _begun(alert.to, sender, alert.locale, alert.at, say("on_call.subject", site=alert.site))
    message["Message-ID"] = f"<{alert.job_id}@{_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Importance"] = "high"
    message.set_content(
        TEMPLATES.get_template("on_call.txt").render(
            alert=alert, say=say, at=told(at=alert.at), reply_by=alert.reply_by and told(at=alert.reply_by)
        )
    )
    return message


def compose_transcript(asked: Transcript, sender: str) -> EmailMessage:
    """Plain text: half of it is what a customer wrote. Raises ValueError when an address cannot stand in a header."""
    say = partial(texts.say, asked.locale)
    told = partial(texts.moment, asked.locale, zone=asked.zone)
    day = told(at=asked.begun)
    message = _begun(asked.to, sender, asked.locale, asked.now, say("transcript.subject", site=asked.site, day=day))
    message["Message-ID"] = f"<{asked.job_id}@{_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [(told(at=line.at), text) for line in asked.lines if (text := _in_words(line, asked))]
    zone = texts.zone_name(asked.locale, asked.zone, asked.now)
    message.set_content(TEMPLATES.get_template("transcript.txt").render(asked=asked, say=say, lines=lines, zone=zone))
    message["Content-Language"] = asked.locale  # which the content takes away with it
    return message


def _in_words(line: Line, asked: Transcript) -> str:
    """A line of the log; nothing of one that says nothing by itself."""
    data = line.data or {}
    body = line.body or _worded(data, asked) or str(data.get("title") or data.get("number") or "")
    file = f"[{data['attachment']['name']}]" if "attachment" in data else ""
    text = " ".join(part for part in (file, body) if part)
    if not text or line.kind == "system":
        return text and f"· {text}"
    name = texts.say(asked.locale, f"transcript.{line.kind}", name=line.author)
    return texts.say(asked.locale, "transcript.says", name=name, text=text)


def _worded(data: Mapping[str, Any], asked: Transcript) -> str:
    try:
        return texts.system_text(asked.locale, data, asked.zone) if "code" in data else ""
    except KeyError:  # of a version that we do not know
        return ""


def _begun(to: str, sender: str, locale: str, at: datetime, subject: str) -> EmailMessage:
    name, address = parseaddr(sender)
    message = EmailMessage(policy.SMTP if to.isascii() else policy.SMTPUTF8)
    message["Subject"] = subject
    message["From"] = Address(name, addr_spec=address)
    message["To"] = _address(to)
    message["Date"] = at
    message["Content-Language"] = locale
    return message


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _address(email: str) -> Address:
    user, _, domain = email.rpartition("@")
    # `=?` begins an encoded word, which the header would decode, line breaks and all.
    if not user or not domain or not email.isprintable() or " " in email or "=?" in email:
        raise ValueError("this is not an e-mail address")
    return Address(username=user, domain=domain)


async def to_server(settings: Settings, message: EmailMessage) -> None:
    password = settings.smtp_password
    await aiosmtplib.send(
        message,
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        timeout=SEND_SECONDS / 3,
    )


def _write_private(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial_file = folder / f".{name}.{os.getpid()}"
    descriptor = os.open(partial_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial_file.replace(folder / name)
