"""A process that is killed or told to stop, again and again, while twenty people write."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from chat.door import POLLS
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.rounds import SEED, rounds
from tests.faults.senders import Person, agent, check_log, check_shown, customer, until

PATIENCE = 20
AGENTS = ("mei", "david", "yun", "peter")


@dataclass
class Crowd:
    """Customers, each in their conversation, and the agents who have them. While it chats, all write all the time."""

    customers: dict[str, Person] = field(default_factory=dict)  # conversation -> who began it
    agents: dict[str, Person] = field(default_factory=dict)  # conversation -> who picked it
    _chatting: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def people(self) -> list[Person]:
        return [*self.customers.values(), *dict.fromkeys(self.agents.values())]

    @property
    def connected(self) -> list[Person]:
        return [person for person in self.people if person.over == "websocket"]

    @property
    def acks(self) -> int:
        return sum(len(person.acks) for person in self.people)

    def chat(self) -> None:
        self._chatting = [asyncio.create_task(self._chat(person)) for person in self.people]

    async def _chat(self, person: Person) -> None:
        theirs = [talk for talk in self.customers if person in (self.customers[talk], self.agents[talk])]
        for number in range(100_000):
            person.say(theirs[number % len(theirs)], f"{person.door} {number}")
            await person.all_acked(PATIENCE)

    async def more_acks(self, count: int) -> None:
        wanted = self.acks + count
        await until(lambda: self.acks >= wanted, PATIENCE, f"{wanted} acks")

    async def all_online(self) -> None:
        for person in self.connected:
            await person.online(PATIENCE)

    async def fall_silent(self) -> None:
        """All that was said is answered."""
        for task in self._chatting:
            task.cancel()
        for problem in await asyncio.gather(*self._chatting, return_exceptions=True):
            if isinstance(problem, Exception):
                raise problem
        for person in self.people:
            await person.all_acked(PATIENCE)

    async def check(self) -> None:
        for conversation_id, person in self.customers.items():
            stored = await person.everything(conversation_id)
            check_log(conversation_id, stored, self.people)
            for reader in (person, self.agents[conversation_id]):
                await reader.has_shown(conversation_id, len(stored), PATIENCE)
                check_shown(conversation_id, stored, reader)


@asynccontextmanager
async def crowd(url: str) -> AsyncIterator[Crowd]:
    """Twenty: four agents, twelve customers over websockets, four over HTTP."""
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(await agent(url, name, seed=SEED)) for name in AGENTS]
        for person in agents:
            await person.insist("set_presence", status="online")
        found = Crowd()
        for number in range(16):
            over: Any = "http" if number % 4 == 0 else "websocket"
            person = await stack.enter_async_context(await customer(url, over=over, seed=SEED + number))
            conversation_id = await person.start()
            found.customers[conversation_id] = person
            found.agents[conversation_id] = agents[number % len(agents)]
            await found.agents[conversation_id].pick(conversation_id)
        yield found


def check_database(process: Nightdesk) -> None:
    """Of a file; Postgres looks after its own."""
    if not process.database.exists():
        return
    with sqlite3.connect(process.database) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_what_was_acknowledged_outlives_kill_9_once_and_in_order(
    nightdesk: Serving, shared: dict[str, object]
) -> None:
    print("seed", SEED)
    chance = random.Random(SEED)
    process = await asyncio.to_thread(nightdesk, **shared)
    async with crowd(process.url) as everybody:
        everybody.chat()
        for _ in range(rounds("kill -9")):
            await everybody.all_online()
            await everybody.more_acks(chance.randint(20, 200))
            await asyncio.to_thread(process.restart)
        await everybody.more_acks(len(everybody.people))
        await everybody.fall_silent()
        await everybody.check()
        for person in everybody.connected:
            assert person.connections > rounds("kill -9")
        assert any(person.repeats for person in everybody.people)
    check_database(process)


async def test_a_restart_under_load_loses_nothing_and_says_goodbye(
    nightdesk: Serving, shared: dict[str, object]
) -> None:
    process = await asyncio.to_thread(nightdesk, **shared)
    async with crowd(process.url) as everybody, await customer(process.url, over="http") as quiet:
        talk = await quiet.start()
        everybody.chat()
        connected = everybody.connected
        for number in range(1, rounds("SIGTERM") + 1):
            await everybody.all_online()
            await everybody.more_acks(100)
            closed = {person: len(person.closes) for person in connected}
            waiting = await waiting_polls(quiet, talk)
            ended = await asyncio.to_thread(process.terminate)
            assert ended.code == 0
            assert ended.seconds < 10
            for answer in await asyncio.gather(*waiting):
                assert answer["messages"] == []  # what there is
            await asyncio.to_thread(process.start)
            for person in connected:
                assert person.closes[closed[person]] == 1000
                assert sum(name == "bye" for name, _ in person.heard) == number
        await everybody.fall_silent()
        await everybody.check()
    assert "Traceback" not in process.log
    check_database(process)


async def waiting_polls(person: Person, conversation_id: str) -> list[asyncio.Task[Any]]:
    """As many long polls as may wait, and they do: one more has made the oldest answer."""
    there = (await person.do("sync", conversation_id=conversation_id, after_seq=0))["conversation"]
    known = {"after_seq": there["last_seq"], "version": there["version"]}
    polls = [
        asyncio.create_task(person.do("sync", conversation_id=conversation_id, wait=25, **known))
        for _ in range(POLLS + 1)
    ]
    answered, waiting = await asyncio.wait(polls, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    assert answered
    return list(waiting)
