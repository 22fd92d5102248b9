"""A job in the hands of a process that dies: another does it, and it is done once.

Its lease is a minute. A test does not wait for that: the process that comes after it has a clock that is later.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from chat.actions.jobs import LEASE
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.senders import agent, customer, until
from tests.faults.stepped import PROGRAM, set_clock

PATIENCE = 20


@dataclass
class MailServer:
    """Takes a mail's text and says nothing for as long as it hangs."""

    port: int = 0
    tried: list[str] = field(default_factory=list)  # Message-IDs
    taken: list[str] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message_id = str(message_from_bytes(envelope.content)["Message-ID"])
        self.tried.append(message_id)
        await self.answers.wait()
        self.taken.append(message_id)
        return "250 OK"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    mail = MailServer()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mail), "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()


async def after_its_lease(process: Nightdesk) -> None:
    await asyncio.to_thread(process.kill)
    set_clock(process.data_dir, LEASE.total_seconds() + 1)
    await asyncio.to_thread(process.start)


def job_of(process: Nightdesk, kind: str) -> tuple[bool, bool]:
    """Is it in somebody's hands, and is it done?"""
    with sqlite3.connect(f"file:{process.database}?mode=ro", uri=True) as database:
        sql = "SELECT leased_until IS NOT NULL, done_at IS NOT NULL FROM job WHERE kind = ?"
        found = database.execute(sql, (kind,)).fetchone()
    database.close()
    return (False, False) if found is None else (bool(found[0]), bool(found[1]))


async def test_an_answer_whose_sender_died_while_the_mail_server_hung_is_mailed_once(nightdesk: Serving) -> None:
    async with mail_server() as mail:
        smtp = {"smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_tls": "none"}
        process = nightdesk(start=False, at="22:30", program=PROGRAM, **smtp)
        set_clock(process.data_dir, 0)
        await asyncio.to_thread(process.start)
        async with await customer(process.url) as li_na, await agent(process.url) as mei:
            conversation_id = await li_na.leave_message("订单没收到", "li@mail.example")
            await mei.pick(conversation_id)
            mei.say(conversation_id, "今天送达")
            await until(lambda: len(mail.tried) == 1, PATIENCE, "the mail server is asked")
            assert job_of(process, "answer_mail") == (True, False)

            await asyncio.to_thread(process.restart)
            await mei.online(PATIENCE)
            assert job_of(process, "answer_mail") == (True, False)  # nobody takes it before its lease has ended
            assert len(mail.tried) == 1
            # The dead process's connection ended without an answer. From here on the server takes mail.
            mail.answers = asyncio.Event()
            mail.answers.set()
            await after_its_lease(process)
            await until(lambda: job_of(process, "answer_mail") == (False, True), PATIENCE, "the job is done")
            assert mail.tried == [mail.taken[0]] * 2
            assert len(mail.taken) == 1
            assert conversation_id in mail.taken[0]


async def test_a_question_whose_bot_died_is_answered_once(nightdesk: Serving) -> None:
    process = nightdesk(start=False, at="22:30", program=PROGRAM)
    set_clock(process.data_dir, 0)
    await asyncio.to_thread(process.start)
    async with await customer(process.url, locale="en") as emma:
        conversation_id = await emma.start()
        emma.say(conversation_id, "How do I get a refund?")
        # The first question of a process takes long: the bot is made then.
        await until(lambda: job_of(process, "bot_turn") != (False, False), PATIENCE, "somebody takes the turn")
        await asyncio.to_thread(process.kill)
        assert job_of(process, "bot_turn") == (True, False)

        await after_its_lease(process)
        await until(lambda: job_of(process, "bot_turn") == (False, True), PATIENCE, "the job is done")
        await emma.all_acked(PATIENCE)
        stored = await emma.everything(conversation_id)
        assert [message["author"]["kind"] for message in stored] == ["system", "customer", "bot"]
