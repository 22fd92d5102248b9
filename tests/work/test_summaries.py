"""What is told whole goes on being told, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chat import wire
from chat.actions import desk, workers
from chat.errors import Unavailable
from chat.hub import Hub
from chat.store import Clock, Store
from chat.work.summaries import Summaries
from tests.work.conftest import NIGHT, House


async def test_the_desks_are_watched_although_the_database_was_not_there_at_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "empty.db", Clock(lambda: NIGHT))  # without tables nothing can be read
    watching = asyncio.create_task(Summaries(store, Hub(), lambda: True).watch_desks())
    with pytest.raises(Unavailable):
        await store.read(desk.states)
    ended, _ = await asyncio.wait({watching}, timeout=1)
    assert not ended
    watching.cancel()
    await asyncio.to_thread(store.close)


async def test_agents_hear_that_nobody_does_the_background_work_and_that_somebody_does_again(house: House) -> None:
    hub, heard = Hub(), asyncio.Queue[Any]()
    hub.listen(lambda event: heard.put_nowait(event.value.get("standstill")))
    summaries = Summaries(house.store, hub, lambda: True)
    await house.store.write(workers.seen, "here:7", {})

    async def looks() -> Any:
        await summaries.watch_work([house.site_id])
        async with asyncio.timeout(10):
            return await heard.get()

    assert await looks() is None
    house.later(minutes=1)
    assert await looks() == {"since": wire.utc(NIGHT)}
    await summaries.watch_work([house.site_id])  # and no more is said while it stays so
    await house.store.write(workers.seen, "here:8", {})
    assert await looks() is None
    summaries.close()
