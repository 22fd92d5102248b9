"""Keeps the search index up with what is written, in the pauses of everything else; see `actions.indexing`.

Each process does so on its own. Whoever was faster has done it, and the others look away for a while.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress

import structlog

from chat.actions import indexing
from chat.errors import Unavailable
from chat.hub import Event, Hub
from chat.store import Store

log = structlog.get_logger()

LINGER_SECONDS = 0.5  # after something was said: what follows soon is read with it
LOOK_SECONDS = 5.0  # for what nobody told of
# It rests so many times as long as it worked. So it costs a tenth of a core at most, whatever there is to do, and a
# busy desk answers its people first.
REST = 9


class Indexer:
    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._news = asyncio.Event()
        self._before = ""  # how far the look for strays has come
        self._is_failing = False
        self.done: Counter[str] = Counter()  # what was put into the index, by kind
        hub.listen(self._hear, "message", "note")

    def _hear(self, _event: Event) -> None:
        self._news.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                is_done = await self.look()
                self._is_failing = False
            except Exception as error:
                is_done = True
                self._complain(error)
            await asyncio.sleep(REST * (loop.time() - began))
            if is_done:
                await self._wait()

    async def look(self) -> bool:
        """One step. True: there is nothing more to do, or somebody else does it."""
        part = await self._store.read(indexing.pending)
        if part is not None:
            is_put = await self._store.write(indexing.put, part)
            if is_put:
                self.done.update(document.kind for document in part.documents)
            return not is_put
        stray, self._before = await self._store.read(indexing.strays, self._before)
        if stray is not None:
            await self._store.write(indexing.put, stray)
        return True

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS * random.uniform(0.8, 1.2)):
                await self._news.wait()
                await asyncio.sleep(LINGER_SECONDS)
        self._news.clear()

    def _complain(self, error: Exception) -> None:
        if not self._is_failing:  # one line for each outage
            told = log.warning if isinstance(error, Unavailable) else log.exception
            told("nothing was indexed, trying again and again", error=type(error).__name__)
        self._is_failing = True
