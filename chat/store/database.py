"""What the store wants of a database, whichever it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import structlog
from sqlalchemy import Connection

from chat.errors import Unavailable
from chat.store.line import Waiting
from chat.store.tx import Clock

log = structlog.get_logger()


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


def unavailable(why: str, error: BaseException) -> Unavailable:
    """What the caller is told when the database itself fails before anything was stored."""
    # Never the whole of it: a driver may quote the values of a statement, which people wrote.
    cause = str(error.__cause__ or error).partition("\n")[0][:200]
    log.error("the database failed", error=type(error).__name__, cause=cause)
    return Unavailable(f"{why} Nothing was stored; try again.", retry_after=1)
