"""The one way in and out of the database, whichever it is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from chat.errors import Unavailable
from chat.store.database import Database, complaints
from chat.store.events import Event
from chat.store.line import Line, Waiting, hand_back
from chat.store.sqlite import Sqlite
from chat.store.tx import Asked, Clock

T = TypeVar("T")

WRITES_WAITING, READS_WAITING = 10_000, 2_000  # the next one is refused
SLOW_SECONDS = 3.0  # a write that is under way for longer says that something holds the database up


class Store:
    """The door to the database; open it with `Store(where, clock)` and `close()` it.

    `where` is a file (SQLite) or an address (Postgres); it is migrated already. `deliver` is set by the hub and gets
    the events of each commit on the event loop: on SQLite in commit order, on Postgres those of one commit together.
    """

    def __init__(self, where: Path | str, clock: Clock) -> None:
        self.clock = clock
        self.deliver: Callable[[list[Event]], None] = lambda events: None
        self._database = database_at(where)
        self._writes, self._reads = Line(WRITES_WAITING), Line(READS_WAITING)
        self._health = Health()
        self._threads = [
            threading.Thread(target=serve, name=name, daemon=True)
            for name, serve, many in (
                ("writer", self._serve_writes, self._database.writers),
                ("reader", self._serve_reads, self._database.readers),
            )
            for _ in range(many)
        ]
        for thread in self._threads:
            thread.start()

    async def write(self, action: Callable[..., T], /, *args: Any, asked: Asked | None = None) -> T:
        """Runs `action(tx, *args, now)` in a transaction and returns its answer once it is on the disk.

        `asked` is what it will look up, where that can be told: several actions' is looked up at once then.

        Raises what the action raised (nothing is stored then), or Unavailable when the store cannot take it. Unless
        its message says that nobody can know, nothing is stored then either.
        """
        waiting = await self._writes.wait(lambda tx: action(tx, *args, tx.now), asked)
        result: T = waiting.result
        return result

    def write_soon(
        self, settle: Callable[[Waiting], None], action: Callable[..., Any], /, *args: Any, asked: Asked | None = None
    ) -> None:
        """The same without anybody waiting: `settle` gets its `result` or `error`. Raises Unavailable at once."""
        loop = asyncio.get_running_loop()
        self._writes.join(Waiting(lambda tx: action(tx, *args, tx.now), loop, settle, asked))

    async def read(self, action: Callable[..., T], /, *args: Any) -> T:
        """Runs `action(tx, *args, now)` on a reader thread against a consistent view; it cannot change anything.

        What it publishes (hints that are not stored, such as typing) leaves when it returns.
        """
        waiting = await self._reads.wait(lambda tx: action(tx, *args, tx.now))
        if waiting.events:
            self.deliver(waiting.events)
        result: T = waiting.result
        return result

    async def hints(self, action: Callable[..., object], /, *args: Any) -> list[Event]:
        """The same, but what it publishes is handed to the caller alone, and its answer to nobody."""
        return (await self._reads.wait(lambda tx: action(tx, *args, tx.now))).events

    def trouble(self) -> str | None:
        """Why writes fail now, or would, in a sentence for the operator; it ends by itself once they succeed."""
        return self._database.shortage() or self._health.trouble()

    def in_line(self) -> dict[str, int]:
        """How many actions wait for their turn."""
        return {"writes": len(self._writes), "reads": len(self._reads)}

    def broken(self) -> str | None:
        """What only a new process mends, in a sentence."""
        if all(thread.is_alive() for thread in self._threads):
            return None
        return "A thread of the store has ended."

    def close(self) -> None:
        """Finishes what waits, then lets go of the database."""
        self._writes.close()
        self._reads.close()
        for thread in self._threads:
            thread.join()

    # -- on the store's threads -----------------------------------------------------------------------------------

    def _serve_writes(self) -> None:
        with closing(self._database.writer()) as hands:
            while batch := self._writes.take(hands.at_once):
                with self._health.watching(batch):
                    hands.carry_out(batch, self.clock)
                hand_back(batch, self._announce)

    def _announce(self, events: list[Event]) -> None:
        self.deliver(events)  # looked up late: the hub is joined to a store that is open already

    def _serve_reads(self) -> None:
        with closing(self._database.reader()) as hands:
            while batch := self._reads.take(hands.at_once):
                hands.carry_out(batch, self.clock)
                hand_back(batch)


class Health:
    """How the writers fare, seen from outside: how long they have been at it, and what their last write came to."""

    def __init__(self) -> None:
        self._begun: dict[int, float] = {}
        self._failure: str | None = None

    @contextmanager
    def watching(self, batch: list[Waiting]) -> Iterator[None]:
        me = threading.get_ident()
        self._begun[me] = time.monotonic()
        yield
        del self._begun[me]
        failed = [waiting.error for waiting in batch if isinstance(waiting.error, Unavailable)]
        if failed:
            self._failure = str(failed[-1]).partition(". ")[0] + "."
        elif any(waiting.error is None for waiting in batch):
            self._failure = None
            complaints.end()

    def trouble(self) -> str | None:
        begun = min(self._begun.copy().values(), default=None)
        if begun is not None and time.monotonic() - begun > SLOW_SECONDS:
            return "The database does not answer."
        return self._failure


def database_at(where: Path | str) -> Database:
    if isinstance(where, Path):
        return Sqlite(where)
    from chat.store.postgres import Postgres  # only who uses it carries the driver: 9 MB

    return Postgres(where)
