"""What is told whole goes on being told, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chat.actions import desk
from chat.errors import Unavailable
from chat.hub import Hub
from chat.store import Clock, Store
from chat.work.summaries import Summaries
from tests.work.conftest import NIGHT


async def test_the_desks_are_watched_although_the_database_was_not_there_at_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "empty.db", Clock(lambda: NIGHT))  # without tables nothing can be read
    watching = asyncio.create_task(Summaries(store, Hub(), lambda: True).watch_desks())
    with pytest.raises(Unavailable):
        await store.read(desk.states)
    ended, _ = await asyncio.wait({watching}, timeout=1)
    assert not ended
    watching.cancel()
    await asyncio.to_thread(store.close)
