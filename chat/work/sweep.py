"""Goes round every few seconds and does what is due of `actions.sweep.STEPS`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import structlog

from chat.actions import leases, sweep
from chat.actions.sweep import Step
from chat.errors import Unavailable
from chat.store import Store
from chat.work.watchdog import Watchdog

log = structlog.get_logger()

ROUND_SECONDS = 5.0
LATE_SECONDS = 10.0  # a round later than this, or a clock off by as much: presence was not renewed either
LEASE_SECONDS = leases.LEASE.total_seconds()
SLICES = 50  # of one step in a round, so that the others have their turn


class Sweep:
    """`done` counts what was done, by step, for the metrics."""

    def __init__(self, store: Store, steps: Sequence[Step] = sweep.STEPS) -> None:
        self._store, self._steps = store, steps
        self._calm = Calm()
        self.watchdog = Watchdog(store)
        self.done: Counter[str] = Counter()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.look(loop.time(), self._store.clock.now())
            await asyncio.sleep(ROUND_SECONDS)

    async def look(self, elapsed: float, now: datetime) -> None:
        """One round, at that time of a clock that nobody sets and of the one that all times are stored by."""
        rest, is_asked_at_once = list(self._steps), True
        while rest:
            if is_asked_at_once:
                try:
                    # One look at all of them, for mostly nothing is due.
                    rest = rest[await self._store.read(sweep.not_due, rest) :]
                except Exception as error:
                    is_asked_at_once = False  # each is looked at alone, and says what is wrong
                    if isinstance(error, Unavailable):
                        self._disturb(error)
            if not self._calm.holds(elapsed, now):
                rest = [step for step in rest if not step.takes_away]
            if rest:
                await self._take(rest.pop(0))
        await self._watch(self._calm.holds(elapsed, now))

    async def _watch(self, is_calm: bool) -> None:
        try:
            await self.watchdog.look(is_calm)
        except Unavailable as error:
            self._calm.disturb()
            log.warning("the store failed the watchdog", error=str(error))
        except Exception:
            log.exception("the watchdog failed, the next round tries again")

    async def _take(self, step: Step) -> None:
        """It may fail without holding up the others."""
        try:
            if await self._store.read(step.is_due):
                await self._do(step)
        except Unavailable as error:
            self._disturb(error)
        except Exception:
            log.exception("a step of the sweep failed, the next round tries again", step=step.name)

    def _disturb(self, error: Unavailable) -> None:
        self._calm.disturb()
        log.warning("the store failed the sweep, nothing is taken away for a lease", error=str(error))

    async def _do(self, step: Step) -> None:
        done = 0
        for _ in range(SLICES):
            this_time = await self._store.write(step.do)
            done += this_time
            if step.slice is None or this_time < step.slice:
                break
        if done:
            self.done[step.name] += done
            log.info("swept", step=step.name, done=done)


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
