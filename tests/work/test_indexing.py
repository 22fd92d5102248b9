"""What is said can be found a moment later, whichever process was there for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import pytest

from chat import wire
from chat.actions import indexing, search
from chat.actions.access import Who
from chat.hub import Hub
from chat.store import Tx
from chat.work.indexing import Indexer
from tests.conftest import PATIENCE
from tests.work.conftest import House


@asynccontextmanager
async def process(house: House, many: int = 1) -> AsyncIterator[None]:
    """So many of those that index, until they are killed at whatever they do."""
    hub = Hub()
    house.store.deliver = hub.deliver
    running = [asyncio.create_task(Indexer(house.store, hub).run()) for _ in range(many)]
    try:
        yield
    finally:
        for one in running:
            one.cancel()
            with suppress(asyncio.CancelledError):
                await one


async def bodies(house: House, agent: Who, text: str) -> list[str]:
    page = await house.store.read(search.search, agent, wire.Search(text=text, limit=50))
    return ["".join(piece.text for piece in one.pieces) for one in page.found]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_is_said_is_found_without_anybody_asking_for_it(house: House, mei: Who) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na)

    async def is_found() -> bool:
        return await bodies(house, mei, "龙猫") == ["我的龙猫不见了"]

    async with process(house):
        await house.say(li_na, conversation.id, "我的龙猫不见了")
        await until(is_found)


async def test_several_processes_that_are_killed_and_begin_again_index_each_message_once(
    house: House, mei: Who
) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na)
    said: list[str] = []

    async def all_are_found() -> bool:
        return await bodies(house, mei, "龙猫") == said[::-1]

    for round_ in range(4):
        async with process(house, many=3):
            for number in range(12):
                said.append(f"龙猫 {round_} {number}")
                await house.say(li_na, conversation.id, said[-1])
    async with process(house, many=3):
        await until(all_are_found)
    blocks = await house.store.read(lambda tx, now: tx.rows("SELECT subjects FROM searchblock"))
    slots = (bytes(row["subjects"][at : at + 16]) for row in blocks for at in range(0, len(row["subjects"]), 16))
    subjects = [slot for slot in slots if any(slot)]
    assert len(subjects) == len(set(subjects)) >= len(said)


@pytest.mark.databases("postgres")
async def test_who_finds_another_process_putting_something_in_does_not_wait_for_it(house: House, mei: Who) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "我的龙猫不见了")
    part = await house.store.read(indexing.pending)
    assert part
    is_put, may_end = threading.Event(), threading.Event()

    def slowly(tx: Tx, part: indexing.Part, now: datetime) -> bool:
        done = indexing.put(tx, part, now)
        is_put.set()
        return may_end.wait(PATIENCE) and done

    slow = asyncio.create_task(house.store.write(slowly, part))
    await asyncio.to_thread(is_put.wait, PATIENCE)
    assert await house.store.write(indexing.put, part) is False
    assert not slow.done()
    may_end.set()
    assert await slow is True
