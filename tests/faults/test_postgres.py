"""Postgres goes away while people write: nothing is acknowledged that is not there, and it heals by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.databases import fill, new_name
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.rounds import rounds
from tests.faults.senders import Person, Refused, check_log, customer, until
from tests.servers import Postgres

pytestmark = pytest.mark.databases("postgres")

GONE_SECONDS = 5
BACK_SECONDS = 10
PEOPLE = 8


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A durable server of these tests' own, which they may break and bring back."""
    postgres = Postgres(durable=True)
    postgres.start()
    fill(postgres.create("demo"), "demo")
    yield postgres
    postgres.remove()


@pytest.fixture
def process(postgres: Postgres, nightdesk: Serving) -> Nightdesk:
    return nightdesk(database_url=postgres.create(new_name(), "demo"))


@pytest.mark.parametrize("fault", ["stopped", "killed", "frozen"])
async def test_while_postgres_is_gone_nothing_is_acknowledged_and_afterwards_all_is_there_once(
    postgres: Postgres, process: Nightdesk, fault: str
) -> None:
    take_away, bring_back = {
        "stopped": (postgres.stop, postgres.start),
        "killed": (postgres.kill, postgres.start),
        "frozen": (postgres.freeze, postgres.thaw),
    }[fault]
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(await customer(process.url, over="http")) for _ in range(PEOPLE)]
        talks = [await person.start() for person in people]
        talking = [asyncio.create_task(talk(person, place)) for person, place in zip(people, talks, strict=True)]
        for _ in range(rounds("a Postgres that goes away")):
            await acks_come(people)
            await asyncio.to_thread(take_away)
            gone = time.monotonic()
            async with asyncio.timeout(GONE_SECONDS):
                while (told := await problem_of(process)) is None:  # noqa: ASYNC110  (it looks once a second)
                    await asyncio.sleep(0.1)
            assert any(word in told for word in ("database", "store")), told
            known = [len(person.acks) for person in people]
            await asyncio.sleep(max(0, gone + GONE_SECONDS - time.monotonic()))
            # At most the one answer that was on its way when we looked.
            assert all(len(person.acks) - acks <= 1 for person, acks in zip(people, known, strict=True))
            await asyncio.to_thread(bring_back)
            async with asyncio.timeout(BACK_SECONDS):
                await acks_come(people)
                while await problem_of(process) is not None:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        for person, place in zip(people, talks, strict=True):
            await person.all_acked(BACK_SECONDS)
            stored = await person.everything(place)
            check_log(place, stored, people)
            assert len(person.acks) == len(person.sent) == len([line for line in stored if "client_id" in line])
    assert process.is_running


async def talk(person: Person, place: str) -> None:
    """Line after line, each as soon as the one before is answered."""
    number = 0
    while True:
        person.say(place, f"{number}")
        number += 1
        await person.all_acked(60)


async def acks_come(people: list[Person]) -> None:
    """Everybody gets some answers."""
    known = [len(person.acks) for person in people]
    for person, acks in zip(people, known, strict=True):
        await until(lambda person=person, acks=acks: len(person.acks) >= acks + 3, BACK_SECONDS, "acks")  # type: ignore[misc]


async def problem_of(process: Nightdesk) -> str | None:
    return await asyncio.to_thread(process.problem, 5)


async def test_who_asks_while_postgres_is_gone_is_told_when_to_come_back(
    postgres: Postgres, process: Nightdesk
) -> None:
    async with await customer(process.url, over="http") as li_na:
        place = await li_na.start()
        await asyncio.to_thread(postgres.stop)
        for command, values in (
            ("sync", {"conversation_id": place, "after_seq": 0}),
            ("say", {"conversation_id": place, "client_id": place, "body": "在吗"}),
        ):
            with pytest.raises(Refused) as refused:
                await li_na.do(command, **values)
            assert (refused.value.code, refused.value.retry_after) == ("unavailable", 1)
            assert "Nothing was stored" in str(refused.value)
        await asyncio.to_thread(postgres.start)
        await li_na.insist("say", conversation_id=place, client_id=place, body="在吗")
        assert [line["body"] for line in await li_na.everything(place) if "client_id" in line] == ["在吗"]
