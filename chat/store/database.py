"""What the store wants of a database, whichever it is."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Protocol

import structlog
from sqlalchemy import Connection

from chat.errors import Unavailable
from chat.store.line import Waiting
from chat.store.tx import Clock

log = structlog.get_logger()

QUIET_SECONDS = 60.0  # before the same complaint is logged again: an outage must not bury what began it
COMPLAINTS = 100  # kept at most


class Hands(Protocol):
    """One thread's own connection. `at_once` is how many actions it takes together."""

    at_once: int

    def carry_out(self, batch: list[Waiting], clock: Clock) -> None:
        """Gives each its result and events, or its error. What succeeded is durable when this returns."""

    def close(self) -> None: ...


class Database(Protocol):
    writers: int
    readers: int
    name: str  # as it may be shown: without a password

    def writer(self) -> Hands: ...
    def reader(self) -> Hands: ...

    def migrating(self) -> AbstractContextManager[Connection]:
        """A transaction to change the schema in. Who comes meanwhile waits for its end."""

    def shortage(self) -> str | None:
        """What will make writes fail, in a sentence, although small ones may still succeed."""


class Complaints:
    """What goes wrong with the database, one line a minute for each cause, and one when it is over."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], float] = {}

    def add(self, error: str, cause: str) -> None:
        now = time.monotonic()
        if now - self._told.get((error, cause), -QUIET_SECONDS) < QUIET_SECONDS:
            return
        if len(self._told) >= COMPLAINTS:
            self._told.clear()
        self._told[error, cause] = now
        log.error("the database failed", error=error, cause=cause)

    def end(self) -> None:
        """Writes succeed. Whatever comes now is told at once."""
        if self._told:
            self._told.clear()
            log.info("the database takes writes again")


complaints = Complaints()  # of this process, as the log is


def unavailable(why: str, error: BaseException) -> Unavailable:
    """What the caller is told when the database itself fails before anything was stored."""
    # Never the whole of it: a driver may quote the values of a statement, which people wrote.
    cause = str(error.__cause__ or error).partition("\n")[0][:200]
    complaints.add(type(error).__name__, cause)
    return Unavailable(f"{why} Nothing was stored; try again.", retry_after=1)
