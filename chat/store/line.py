"""Those who wait for a thread of the store, in order, and never for ever."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from chat.errors import Unavailable
from chat.store.events import Event
from chat.store.tx import Tx

log = structlog.get_logger()

PATIENCE_SECONDS = 12  # who has stood in line longer is refused; more than the database may keep a write waiting


@dataclass(slots=True, eq=False)
class Waiting:
    """An action in line, and where its answer goes."""

    run: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    since: float = field(default_factory=time.monotonic)
    events: list[Event] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        self.error, self.events = error, []

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Line:
    """First come, first served. Whoever finds it full is refused at once, who stood too long when their turn comes."""

    def __init__(self, places: int, patience: float = PATIENCE_SECONDS) -> None:
        self._line: queue.Queue[Waiting | None] = queue.Queue(places)
        self._patience = patience
        self._closed = False

    async def wait(self, run: Callable[[Tx], Any]) -> Waiting:
        """Comes back when it was carried out. Raises what the action raised, or Unavailable."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(run, loop, loop.create_future())
        if self._closed:
            raise Unavailable("The server is stopping. Try again in a moment.", retry_after=1)
        try:
            self._line.put_nowait(waiting)
        except queue.Full:
            raise overloaded() from None
        await waiting.future
        return waiting

    def take(self, most: int) -> list[Waiting]:
        """All that waits, at most `most`; blocks until there is something. Empty when the line has ended."""
        while batch := self._next(most):
            late = [waiting for waiting in batch if time.monotonic() - waiting.since > self._patience]
            for waiting in late:
                waiting.fail(overloaded())
                batch.remove(waiting)
            hand_back(late)
            if batch:
                return batch
        return []

    def _next(self, most: int) -> list[Waiting]:
        batch: list[Waiting] = []
        while len(batch) < most:
            try:
                waiting = self._line.get(block=not batch)
            except queue.Empty:
                break
            if waiting is None:
                self._line.put(None)  # for the next thread, or for this one's next look
                break
            batch.append(waiting)
        return batch

    def close(self) -> None:
        """What waits is still carried out; nobody may join any more."""
        self._closed = True
        self._line.put(None)


def hand_back(batch: list[Waiting], deliver: Callable[[list[Event]], None] | None = None) -> None:
    """From a thread of the store to the loops of those who wait; `deliver` gets the events of all of them."""
    for loop in {waiting.loop for waiting in batch}:
        mine = [waiting for waiting in batch if waiting.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, mine, deliver)
        except RuntimeError:  # the loop ended while its writes waited: they are stored, nobody asks any more
            log.warning("nobody waits for the answer any more", answers=len(mine))


def _settle(batch: list[Waiting], deliver: Callable[[list[Event]], None] | None) -> None:
    for waiting in batch:
        waiting.settle()
    events = [event for waiting in batch for event in waiting.events]
    if events and deliver is not None:
        deliver(events)


def overloaded() -> Unavailable:
    return Unavailable("The desk is overloaded. Nothing was stored; try again in a moment.", retry_after=1)
