"""Two processes behind a balancer: one of them dies or is restarted, and nobody loses anything by it."""

from __future__ import annotations

import asyncio
import urllib.error
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from chat.app import real_now
from chat.store import Clock, Store, Tx
from chat.store.tables import new_id
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk, Worker
from tests.faults.proxy import Proxy
from tests.faults.senders import Person, agent, customer, until
from tests.faults.test_redis import PATIENCE, Talks
from tests.servers import Redis, free_port

GRACE_SECONDS = 30  # an agent may be gone so long
SWEEP_SECONDS = 20  # and somebody notices that soon after


@dataclass
class House:
    """Two web processes and the balancer in front of them."""

    one: Nightdesk
    other: Nightdesk
    proxy: Proxy

    @property
    def url(self) -> str:
        return self.proxy.url


@pytest.fixture
async def house(nightdesk: Serving, redis: Redis, shared: dict[str, object]) -> AsyncIterator[House]:
    one, other = [await asyncio.to_thread(nightdesk, redis_url=redis.url, **shared) for _ in range(2)]
    async with Proxy(one.port, other.port) as proxy:
        yield House(one, other, proxy)


@pytest.fixture
async def talks(house: House) -> AsyncIterator[Talks]:
    """Six customers and two agents, spread over both by the balancer."""
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(await agent(house.url, name)) for name in ("mei", "david")]
        for person in agents:
            await person.insist("set_presence", status="online")
        talks = Talks()
        for number in range(6):
            over: Any = "http" if number % 3 == 0 else "websocket"
            person = await stack.enter_async_context(await customer(house.url, over=over, seed=number))
            talk = await person.start()
            talks.customers[talk], talks.agents[talk] = person, agents[number % 2]
            await talks.agents[talk].pick(talk)
        yield talks


async def owners(talks: Talks) -> dict[str, tuple[str | None, int]]:
    """conversation -> whose it is, and how often that has changed"""
    found = {}
    for talk, person in talks.customers.items():
        conversation = (await person.insist("sync", conversation_id=talk, after_seq=0))["conversation"]
        found[talk] = (conversation.get("agent", {}).get("id"), conversation["epoch"])
    return found


async def test_when_one_is_killed_everybody_moves_over_and_keeps_their_conversations(
    house: House, talks: Talks
) -> None:
    before = await owners(talks)
    talks.chat()
    await talks.more(100)
    await asyncio.to_thread(house.one.kill)
    await talks.more(100)
    await asyncio.to_thread(house.one.start)
    await talks.more(100)
    await asyncio.to_thread(house.other.kill)
    await talks.more(100)
    await talks.fall_silent()
    await talks.all_shown(PATIENCE)
    assert await owners(talks) == before
    assert all(person.connections >= 2 for person in talks.people if person.over == "websocket")


@pytest.mark.databases("postgres")  # it takes the whole grace time
async def test_an_agent_who_comes_back_in_the_grace_time_keeps_theirs_and_one_who_does_not_loses_it(
    house: House,
) -> None:
    async with AsyncExitStack() as stack:
        come = stack.enter_async_context
        li_na, wang = [await come(await customer(house.url)) for _ in range(2)]
        # Both agents are at the one that will die. Only the line of one of them leads to the other as well.
        mei = await come(await agent(house.one.url, "mei"))
        david = await come(await agent(house.one.url, "david"))
        meis, davids = await li_na.start(), await wang.start()
        await mei.pick(meis)
        await david.pick(davids)
        for person, talk in ((li_na, meis), (wang, davids)):  # unanswered, or nothing would be taken from anybody
            person.say(talk, "在吗")
            await person.all_acked(PATIENCE)
        wang.heard.clear()
        epoch = (await li_na.do("sync", conversation_id=meis, after_seq=0))["conversation"]["epoch"]

        mei.url = house.url
        await asyncio.to_thread(house.one.kill)
        await mei.online(PATIENCE)

        def was_put_back() -> bool:
            return any(name == "conversation" and value["status"] == "waiting" for name, value in wang.heard)

        await until(was_put_back, GRACE_SECONDS + SWEEP_SECONDS, "David's conversation goes back to the queue")
        conversation = (await li_na.do("sync", conversation_id=meis, after_seq=0))["conversation"]
        assert (conversation["status"], conversation["agent"]["id"]) == ("active", mei.id)
        assert conversation["epoch"] == epoch


async def test_a_restart_of_one_under_load_hurts_nobody(house: House, talks: Talks) -> None:
    talks.chat()
    for process in (house.one, house.other):
        await talks.more(60)
        ended = await asyncio.to_thread(process.terminate)
        assert ended.code == 0
        assert ended.seconds < 10
        await talks.more(60)
        await asyncio.to_thread(process.start)
    await talks.more(60)
    await talks.fall_silent()
    await talks.all_shown(PATIENCE)
    closes = [code for person in talks.people for code in person.closes]
    assert set(closes) == {1000}
    for process in (house.one, house.other):
        assert "Traceback" not in process.log


# -- colleagues -------------------------------------------------------------------------------------------------------


async def test_colleagues_at_two_processes_see_each_other_at_work_and_hear_the_same_customer(house: House) -> None:
    async with AsyncExitStack() as stack:
        come = stack.enter_async_context
        li_na, mei = await come(await customer(house.one.url)), await come(await agent(house.one.url, "mei"))
        david = await come(await agent(house.other.url, "david"))
        talk = await li_na.start()
        await mei.pick(talk)
        here = {"conversation_id": talk}

        def sees(someone: Person, doing: dict[str, str]) -> Callable[[], bool]:
            """The last they heard of who has it open."""

            def does() -> bool:
                told = [value for name, value in someone.heard if name == "viewers"]
                return bool(told) and {one["name"]: one["doing"] for one in told[-1]["viewers"]} == doing

            return does

        for person in (mei, david):
            await person.do("sync", after_seq=0, **here)
            await person.do("look", **here)
        both = {"陈梅": "viewing", "David Wu": "viewing"}
        for person in (mei, david):
            await until(sees(person, both), PATIENCE, "they see each other")
        await david.do("look", doing="typing", **here)
        await until(sees(mei, both | {"David Wu": "typing"}), PATIENCE, "Mei sees David type")

        await mei.insist("invite", client_id=new_id(), agent_id=david.id, may="say", **here)
        li_na.say(talk, "有人吗")
        await until(lambda: _bodies(david, "有人吗"), PATIENCE, "David hears the customer")
        await david.insist("say", client_id=new_id(), body="我是大卫", **here)
        await until(lambda: _bodies(mei, "我是大卫"), PATIENCE, "Mei hears David")

        await david.leave()
        await until(sees(mei, {"陈梅": "viewing"}), PATIENCE, "David is gone from Mei's screen")


def _bodies(someone: Person, body: str) -> bool:
    return any(name == "message" and value["body"] == body for name, value in someone.heard)


# -- work -------------------------------------------------------------------------------------------------------------


class Mailbox:
    """A mail server that keeps what it is sent, or one that says nothing at all."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope.content)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


async def test_a_job_claimed_by_a_process_that_dies_is_done_once_by_another(
    nightdesk: Serving, redis: Redis, shared: dict[str, object], mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    claimed = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        claimed.set()
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    mail = {"smtp_host": "127.0.0.1", "smtp_tls": "none"}
    web = await asyncio.to_thread(nightdesk, redis_url=redis.url, at="22:30", work=False, **shared, **mail)
    store = Store(shared.get("database_url") or web.database, Clock(real_now))
    dies = Worker(web, smtp_port=silent.sockets[0].getsockname()[1])
    others = [Worker(web, smtp_port=port) for _ in range(2)]
    try:
        await asyncio.to_thread(dies.start)
        talk = await _answer_a_message_left(web)
        await asyncio.wait_for(claimed.wait(), PATIENCE)  # it holds the job, and the mail is not out
        await asyncio.to_thread(dies.kill)
        for worker in others:
            await asyncio.to_thread(worker.start)
        assert await store.write(_let_the_lease_run_out) == 1
        await until(lambda: bool(box.received), PATIENCE, "the mail is out")
        for worker in others:  # they finish what they have begun
            assert (await asyncio.to_thread(worker.terminate)).code == 0
        job = await store.read(_mailing)
        assert job["done_at"] is not None
        assert job["attempts"] == 2
        assert len(box.received) == 1
        assert talk.encode() in box.received[0]
    finally:
        store.close()
        for worker in (dies, *others):
            worker.remove()
        silent.close()


async def _answer_a_message_left(web: Nightdesk) -> str:
    async with await customer(web.url) as li_na, await agent(web.url) as mei:
        talk = await li_na.leave_message("请回复我", "li.na@mail.example")
        await mei.pick(talk)
        mei.say(talk, "好的")
        await mei.all_acked(PATIENCE)
        return talk


def _mailing(tx: Tx, now: datetime) -> dict[str, Any]:
    (row,) = tx.rows("SELECT attempts, done_at FROM job WHERE kind = 'answer_mail'")
    return dict(row)


def _let_the_lease_run_out(tx: Tx, now: datetime) -> int:
    return tx.change("UPDATE job SET leased_until = 1 WHERE kind = 'answer_mail' AND done_at IS NULL")


class Honcho(Nightdesk):
    """What the Procfile names. Its processes are in sessions of their own, so it is always ended politely."""

    def __init__(self, **settings: object) -> None:
        super().__init__(program=("-m", "honcho", "start"), name="honcho", **settings)

    def remove(self) -> None:
        if self.is_running:
            self.terminate()
        super().remove()


@pytest.mark.parametrize("with_redis", [True, False])
async def test_honcho_runs_web_and_worker_and_the_bot_answers(redis: Redis, seeded: Path, with_redis: bool) -> None:
    shared = {"redis_url": redis.url, "work": False} if with_redis else {}
    honcho = Honcho(at="22:30", seeded=seeded, **shared)
    try:
        await asyncio.to_thread(honcho.start)
        async with await customer(honcho.url) as li_na:
            talk = await li_na.start()
            li_na.say(talk, "忘记密码怎么办")
            answered = lambda: any(  # noqa: E731
                name == "message" and value["author"]["kind"] == "bot" and value["seq"] > 1
                for name, value in li_na.heard
            )
            await until(answered, PATIENCE, "the bot answers")
        assert ("works in the background" in honcho.log) == with_redis
        assert ("stands by" in honcho.log) != with_redis
        ended = await asyncio.to_thread(honcho.terminate)
        assert ended.seconds < 10
        for process in ("web.1", "worker.1"):  # honcho waited for them, and not for a shell around them
            assert f"{process} stopped (rc=0)" in honcho.log
        with pytest.raises(urllib.error.URLError):
            honcho.problem()
    finally:
        honcho.remove()


def _articles(someone: Person) -> list[str]:
    """What the bot told them."""
    told = [value for name, value in someone.heard if name == "message" and value["author"]["kind"] == "bot"]
    return [message.get("data", {}).get("slug") for message in told]
