"""A store that is kept waiting."""

from __future__ import annotations

import asyncio
import threading

from chat.store import Tx
from tests.conftest import PATIENCE, Server


class Held:
    """A write that keeps the one writer SQLite has until it is let go."""

    def __init__(self, server: Server) -> None:
        self._begun, self._let_go = threading.Event(), threading.Event()
        self.written = asyncio.create_task(server.store.write(self._hold))

    def _hold(self, tx: Tx, now: object) -> None:
        self._begun.set()
        self._let_go.wait(PATIENCE)

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, PATIENCE)

    def let_go(self) -> None:
        self._let_go.set()


class HeldReaders:
    """`async with`: nothing is read meanwhile."""

    NUMBER = 16  # more than a store has

    def __init__(self, server: Server) -> None:
        self._server = server
        self._begun, self._let_go = threading.Event(), threading.Event()

    def _hold(self, tx: Tx, now: object) -> None:
        self._begun.set()
        self._let_go.wait(PATIENCE)

    async def __aenter__(self) -> None:
        self._reads = [asyncio.create_task(self._server.store.read(self._hold)) for _ in range(self.NUMBER)]
        assert await asyncio.to_thread(self._begun.wait, PATIENCE)

    async def __aexit__(self, *_: object) -> None:
        self._let_go.set()
        await asyncio.gather(*self._reads)
