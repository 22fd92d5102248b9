"""Tells the database that this process does the background work, and what it has done."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

import structlog

from chat.actions import workers
from chat.actions.workers import Counts
from chat.logs import in_short
from chat.store import Store

log = structlog.get_logger()

BEAT_SECONDS = 10.0


class Heartbeat:
    """`counts` is asked at each beat. A process whose work is `broken` falls silent."""

    def __init__(self, store: Store, counts: Callable[[], Counts], broken: Callable[[], str | None]) -> None:
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.counts = counts
        self._store, self._broken = store, broken

    async def run(self) -> None:
        while True:
            if not self._broken():
                await self._beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def _beat(self) -> None:
        try:
            await self._store.write(workers.seen, self.worker, self.counts())
        except Exception as error:  # who does not get through is seen to be silent
            log.warning("a heartbeat was not stored", error=in_short(error))

    async def end(self) -> None:
        """A last word, so that nobody looks for it."""
        try:
            await self._store.write(workers.gone, self.worker)
        except Exception as error:
            log.warning("the end of this worker was not stored", error=in_short(error))
