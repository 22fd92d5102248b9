"""Sends the answers to offline messages: over SMTP when a mail server is set, else into the outbox folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial
from pathlib import Path

import aiosmtplib
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chat import texts
from chat.actions import jobs, mail
from chat.actions.jobs import Claimed
from chat.actions.mail import Letter
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

Post = Callable[[EmailMessage, Letter], Awaitable[None]]


class AnswerMails:
    """Keeps jobs of the kind `answer_mail`."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._sender = settings.mail_from
        self._where = "mail server" if settings.smtp_host else "outbox"
        self._post: Post = partial(to_server, settings) if settings.smtp_host else partial(to_outbox, settings.outbox)

    async def keep(self, job: Claimed) -> None:
        letter = await self._store.read(mail.letter, job)
        if letter is None:
            await self._store.write(jobs.finish, job.id)
            return
        async with asyncio.timeout(SEND_SECONDS):
            await self._post(compose(letter, self._sender), letter)
        await self._store.write(mail.sent, job, letter.last_seq)
        log.info("an answer went out", to=self._where, conversation=letter.conversation_id, seq=letter.last_seq)


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The mail. Raises ValueError when an address cannot stand in a header."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2] or "localhost"
    say = partial(texts.say, letter.locale)
    message = EmailMessage(policy.SMTP if letter.to.isascii() else policy.SMTPUTF8)
    message["Subject"] = say("mail.subject", site=letter.site)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = _address(letter.to)
    message["Date"] = letter.now
    # The same mail sent twice, after a failure in between, is recognised by its id.
    message["Message-ID"] = f"<{letter.conversation_id}.{letter.last_seq}@{domain}>"
    message["References"] = f"<{letter.conversation_id}@{domain}>"
    message["Auto-Submitted"] = "auto-replied"
    message["Content-Language"] = letter.locale
    message.set_content(TEMPLATES.get_template("answer.txt").render(letter=letter, say=say))
    message.add_alternative(TEMPLATES.get_template("answer.html").render(letter=letter, say=say), subtype="html")
    return message


def _address(email: str) -> Address:
    user, _, domain = email.rpartition("@")
    # `=?` begins an encoded word, which the header would decode, line breaks and all.
    if not user or not domain or not email.isprintable() or " " in email or "=?" in email:
        raise ValueError("this is not an e-mail address")
    return Address(username=user, domain=domain)


async def to_server(settings: Settings, message: EmailMessage, _letter: Letter) -> None:
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


async def to_outbox(folder: Path, message: EmailMessage, letter: Letter) -> None:
    """A file each, in the order of the answers; the same mail again replaces itself."""
    written = letter.answered_at.astimezone(UTC)
    name = f"{written:%Y%m%dT%H%M%S}{written.microsecond // 1000:03}Z-{letter.conversation_id}-{letter.last_seq}.eml"
    await asyncio.to_thread(_write_private, folder, name, message.as_bytes())


def _write_private(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial_file = folder / f".{name}.{os.getpid()}"
    descriptor = os.open(partial_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial_file.replace(folder / name)
