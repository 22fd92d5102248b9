"""A line that cuts, delays, throttles, half-closes and swallows, while customers and agents talk over websockets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

from tests.faults.conftest import Serving
from tests.faults.proxy import Proxy, Way
from tests.faults.rounds import SEED, rounds
from tests.faults.senders import Person, agent, check_log, check_shown, customer

PATIENCE = 30
LINE_PATIENCE = 2.0  # so that a silent line is found dead while the test goes on
AT_A_TIME = 15  # messages said while the line has one fault
FAULT_SECONDS = 1.2  # at most; less when all are through before

Fault = Callable[[Proxy, random.Random], None]


def either(proxy: Proxy, chance: random.Random) -> Way:
    return chance.choice((proxy.up, proxy.down))


def delay(proxy: Proxy, chance: random.Random) -> None:
    way = either(proxy, chance)
    way.delay, way.jitter = chance.uniform(0.05, 0.3), 0.2


def throttle(proxy: Proxy, chance: random.Random) -> None:
    either(proxy, chance).rate = chance.uniform(500, 5_000)


def stall(proxy: Proxy, chance: random.Random) -> None:
    either(proxy, chance).stalled = True


def swallow(proxy: Proxy, chance: random.Random) -> None:
    either(proxy, chance).black_hole = True


def swallow_both_ways(proxy: Proxy, chance: random.Random) -> None:
    proxy.up.black_hole = proxy.down.black_hole = True


def cut(proxy: Proxy, chance: random.Random) -> None:
    proxy.cut()


def cut_and_refuse(proxy: Proxy, chance: random.Random) -> None:
    proxy.refusing = True
    proxy.cut()


def half_close(proxy: Proxy, chance: random.Random) -> None:
    proxy.half_close(chance.choice(("up", "down")))


FAULTS: tuple[Fault, ...] = (
    delay, throttle, stall, swallow, swallow_both_ways, cut, cut_and_refuse, half_close,
)  # fmt: skip


def weather(chance: random.Random, count: int) -> list[Fault]:
    """So many faults, each kind about as often as the others, in an order of chance."""
    faults = [FAULTS[number % len(FAULTS)] for number in range(count)]
    chance.shuffle(faults)
    return faults


async def test_each_side_ends_with_the_log_and_has_shown_each_message_once(nightdesk: Serving) -> None:
    print("seed", SEED)
    chance = random.Random(SEED)
    process = await asyncio.to_thread(nightdesk)
    async with Proxy(process.port, seed=SEED) as proxy:
        people = [await customer(proxy.url, seed=SEED + number, patience=LINE_PATIENCE) for number in range(3)]
        people += [await agent(proxy.url, name, seed=SEED, patience=LINE_PATIENCE) for name in ("mei", "david")]
        for person in people:
            await person.__aenter__()
        try:
            talks = await begin(people)
            for fault in weather(chance, rounds("messages through a bad line") // AT_A_TIME):
                fault(proxy, chance)
                say(talks, chance, AT_A_TIME)
                await through_it(people)
                proxy.heal()
            await settle(people, talks)
            check_that_it_mattered(people)
        finally:
            for person in people:
                await person.leave()


async def begin(people: list[Person]) -> dict[str, list[Person]]:
    """conversation -> its customer and its agent."""
    customers, agents = people[:3], people[3:]
    talks = {}
    for number, person in enumerate(customers):
        conversation_id = await person.start()
        owner = agents[number % len(agents)]
        await owner.pick(conversation_id)
        talks[conversation_id] = [person, owner]
    return talks


def say(talks: dict[str, list[Person]], chance: random.Random, count: int) -> None:
    for _ in range(count):
        conversation_id = chance.choice(list(talks))
        person = chance.choice(talks[conversation_id])
        person.say(conversation_id, f"{len(person.sent)}: " + "在吗?" * chance.randint(0, 40))


async def through_it(people: list[Person]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(FAULT_SECONDS):
            for person in people:
                await person.all_acked(FAULT_SECONDS)


async def settle(people: list[Person], talks: dict[str, list[Person]]) -> None:
    for person in people:
        await person.all_acked(PATIENCE)
    assert sum(len(person.sent) for person in people) == rounds("messages through a bad line")
    for conversation_id, readers in talks.items():
        stored = await readers[0].everything(conversation_id)
        check_log(conversation_id, stored, people)
        for reader in readers:
            await reader.has_shown(conversation_id, len(stored), PATIENCE)
            check_shown(conversation_id, stored, reader)


def check_that_it_mattered(people: list[Person]) -> None:
    """The faults reached everybody: they had to come back, and to say again what nobody had confirmed."""
    for person in people:
        assert person.connections > 3
        assert person.repeats > 0
