"""Looks every few seconds for conversations whose agent is gone, and for what can be forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from chat.actions import sweep
from chat.store import Store

log = structlog.get_logger()

ROUND_SECONDS = 5.0
LATE_SECONDS = 10.0  # a round later than this, or a clock off by as much: presence was not renewed either
LEASE_SECONDS = sweep.LEASE.total_seconds()


class Sweep:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._calm = Calm()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self.look(loop.time(), self._store.clock.now())
            except Exception as error:
                self._calm.disturb()
                log.warning("the sweep failed, trying again after a whole lease", error=str(error))
            await asyncio.sleep(ROUND_SECONDS)

    async def look(self, elapsed: float, now: datetime) -> None:
        """One round, at that time of a clock that nobody sets and of the one that all times are stored by."""
        if not self._calm.holds(elapsed, now):
            return
        if await self._store.read(sweep.anything):
            put_back = await self._store.write(sweep.sweep)
            if put_back:
                log.info("conversations lost their agent and went back", conversations=put_back)
        await self._forget()

    async def _forget(self) -> None:
        """It may fail without holding up what people wait for."""
        try:
            if await self._store.read(sweep.any_leftovers):
                await self._store.write(sweep.forget_leftovers)
        except Exception as error:
            log.warning("what is long over was not forgotten, trying again", error=str(error))


class Calm:
    """Has one whole lease gone by without a break?

    Agents renew their presence through this very process, store and clock. After a start, a failure or a jump of
    the clock their rows may be old although they are there, so nothing is taken away before they could renew them.
    """

    def __init__(self) -> None:
        self._since = 0.0
        self._last: tuple[float, datetime] | None = None

    def holds(self, elapsed: float, now: datetime) -> bool:
        if self._last is None or _broken(self._last, (elapsed, now)):
            self._since = elapsed
        self._last = (elapsed, now)
        return elapsed - self._since >= LEASE_SECONDS

    def disturb(self) -> None:
        self._last = None


def _broken(last: tuple[float, datetime], this: tuple[float, datetime]) -> bool:
    passed, by_the_clock = this[0] - last[0], (this[1] - last[1]).total_seconds()
    return passed > ROUND_SECONDS + LATE_SECONDS or abs(by_the_clock - passed) > LATE_SECONDS
