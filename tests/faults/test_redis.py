"""Redis is killed, frozen, restarted while people in two processes talk to each other: it is never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import quantiles

import pytest

from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.senders import Person, agent, check_log, check_shown, customer, until
from tests.servers import Redis, wait_until

PATIENCE = 20.0
ACKS_SECONDS = 1.5  # 99 of 100 acks come sooner
BEACON_SECONDS = 25.0
AGENTS = ("mei", "david")
CUSTOMERS = 6


@dataclass
class Talks:
    """Customers at one process, their agents at the other; while they chat, everybody writes all the time."""

    customers: dict[str, Person] = field(default_factory=dict)  # conversation -> who began it
    agents: dict[str, Person] = field(default_factory=dict)
    acks: list[float] = field(default_factory=list)  # how long each took
    _chatting: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def people(self) -> list[Person]:
        return [*self.customers.values(), *dict.fromkeys(self.agents.values())]

    def chat(self) -> None:
        self._chatting = [asyncio.create_task(self._chat(person)) for person in self.people]

    async def _chat(self, person: Person) -> None:
        clock = asyncio.get_running_loop().time
        theirs = [talk for talk in self.customers if person in (self.customers[talk], self.agents[talk])]
        for number in range(100_000):
            begun = clock()
            person.say(theirs[number % len(theirs)], f"{person.door} {number}")
            await person.all_acked(PATIENCE)
            self.acks.append(clock() - begun)
            await asyncio.sleep(0.05)  # people type; it is not Redis that is to be loaded

    async def more(self, acks: int) -> None:
        wanted = len(self.acks) + acks
        await until(lambda: len(self.acks) >= wanted, PATIENCE, f"{wanted} acks")

    async def fall_silent(self) -> None:
        for task in self._chatting:
            task.cancel()
        await asyncio.gather(*self._chatting, return_exceptions=True)
        for person in self.people:
            await person.all_acked(PATIENCE)

    async def all_shown(self, seconds: float) -> None:
        """Both sides of every conversation show what is stored, each message once."""
        deadline = asyncio.get_running_loop().time() + seconds
        for talk, person in self.customers.items():
            stored = await person.everything(talk)
            check_log(talk, stored, self.people)
            for reader in (person, self.agents[talk]):
                await reader.has_shown(talk, len(stored), deadline - asyncio.get_running_loop().time())
                check_shown(talk, stored, reader)


@pytest.fixture
async def pair(nightdesk: Serving, redis: Redis, shared: dict[str, object]) -> tuple[Nightdesk, Nightdesk]:
    """Two web processes on one database."""
    one, other = [await asyncio.to_thread(nightdesk, redis_url=redis.url, **shared) for _ in range(2)]
    return one, other


@pytest.fixture
async def talks(pair: tuple[Nightdesk, Nightdesk]) -> AsyncIterator[Talks]:
    here, there = pair
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(await agent(there.url, name)) for name in AGENTS]
        for person in agents:
            await person.insist("set_presence", status="online")
        talks = Talks()
        for number in range(CUSTOMERS):
            person = await stack.enter_async_context(await customer(here.url, seed=number))
            talk = await person.start()
            talks.customers[talk], talks.agents[talk] = person, agents[number % len(agents)]
            await talks.agents[talk].pick(talk)
        yield talks


def restart(redis: Redis) -> None:
    redis.kill()
    redis.start()


# what is done to Redis -> what ends it; None: it is over at once
FAULTS: dict[str, tuple[Callable[[Redis], None], Callable[[Redis], None] | None]] = {
    "killed": (Redis.kill, Redis.start),
    "frozen": (Redis.freeze, Redis.thaw),
    "restarted": (restart, None),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_acks_do_not_wait_for_redis_and_everything_arrives_when_it_is_back(
    pair: tuple[Nightdesk, Nightdesk], talks: Talks, redis: Redis, fault: str
) -> None:
    begin, end = FAULTS[fault]
    talks.chat()
    await talks.more(100)
    await asyncio.to_thread(begin, redis)
    if end is not None:
        for process in pair:
            await asyncio.to_thread(deaf, process)
    # From now on nobody says anything that would show what is missing.
    await talks.fall_silent()
    if end is not None:
        await asyncio.to_thread(end, redis)
    await talks.all_shown(BEACON_SECONDS + 1)

    for process in pair:
        await asyncio.to_thread(hearing, process)
    talks.chat()
    await talks.more(100)
    await talks.fall_silent()
    await talks.all_shown(PATIENCE)
    print(f"acks {len(talks.acks)}, p99 {quantiles(talks.acks, n=100)[98]:.3f} s, worst {max(talks.acks):.3f} s")
    assert quantiles(talks.acks, n=100)[98] < ACKS_SECONDS


def deaf(process: Nightdesk) -> None:
    """Waits until it says so."""
    wait_until(lambda: "Redis" in (process.problem() or ""), PATIENCE, lambda: process.log[-2_000:])


def hearing(process: Nightdesk) -> None:
    wait_until(lambda: process.problem() is None, PATIENCE, lambda: process.log[-2_000:])
