"""Looks at something as often as is good for it, however often one asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Generic, TypeVar

T = TypeVar("T")


class Probe(Generic[T]):
    """One look after the other, a new one `every` so many seconds at most; who asks waits for `patience` at most."""

    def __init__(self, look: Callable[[], Awaitable[T]], every: float, patience: float) -> None:
        self._look, self._every, self._patience = look, every, patience
        self._last: asyncio.Task[T] | None = None
        self._begun = 0.0

    async def ask(self) -> asyncio.Task[T]:
        """The last look. One that is not done yet hangs."""
        if self._last is None or (self._last.done() and perf_counter() - self._begun >= self._every):
            self._last, self._begun = asyncio.create_task(self._one()), perf_counter()
        await asyncio.wait({self._last}, timeout=self._patience)
        return self._last

    async def _one(self) -> T:
        return await self._look()
