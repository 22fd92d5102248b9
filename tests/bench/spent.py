"""What something takes, by the clock and of the processor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from chat.store import Tx
from tests.bench.deliver import nanoseconds


class Spent(NamedTuple):
    """Milliseconds, by the clock and of the processor: what this thread takes, and Postgres' process for it."""

    clock: float
    processor: float

    def __sub__(self, before: Spent) -> Spent:
        return Spent(self.clock - before.clock, self.processor - before.processor)

    @classmethod
    def usually(cls, some: Iterable[Spent]) -> Spent:
        return cls(*map(median, zip(*some, strict=True)))


def pace() -> float:
    """Milliseconds that the same sum takes now. A machine that is shared runs at more than one speed, idle or not: by
    this it is seen whether one figure was taken at that of another.
    """
    begun = time.perf_counter()
    sum(range(100_000))
    return 1e3 * (time.perf_counter() - begun)


def watch(tx: Tx, now: Any) -> Callable[[], Spent]:
    """Tells what has been spent until then. On a busy machine the clock says little, so ratios are of the processor."""
    of_postgres = [Path(f"/proc/{tx.value('SELECT pg_backend_pid()')}")] if tx.database == "postgres" else []
    return lambda: Spent(1e3 * time.perf_counter(), 1e3 * time.thread_time() + sum(map(nanoseconds, of_postgres)) / 1e6)
