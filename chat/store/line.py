"""Those who wait for a thread of the store, in order, and never for ever."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from chat.errors import Unavailable
from chat.store.events import Event
from chat.store.tx import Asked, Tx

log = structlog.get_logger()

PATIENCE_SECONDS = 12  # who has stood in line longer is refused; more than the database may keep a write waiting


@dataclass(slots=True, eq=False)
class Waiting:
    """An action in line, and where its answer goes."""

    run: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    asked: Asked | None = None
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
    """First come, first served. Whoever finds it full is refused at once, who stood too long when their turn comes.

    Of the threads that have nothing to do the last to have worked is called first: its connection is open and warm,
    and a desk with little to do keeps few of them.
    """

    def __init__(self, places: int, patience: float = PATIENCE_SECONDS) -> None:
        self._places, self._patience = places, patience
        self._line: deque[Waiting] = deque()
        self._idle: list[threading.Lock] = []  # each is held until its thread is called
        self._lock = threading.Lock()
        self._closed = False

    async def wait(self, run: Callable[[Tx], Any], asked: Asked | None = None) -> Waiting:
        """Comes back when it was carried out. Raises what the action raised, or Unavailable."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(run, loop, loop.create_future(), asked)
        self._join(waiting)
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

    def __len__(self) -> int:
        return len(self._line)

    def close(self) -> None:
        """What waits is still carried out; nobody may join any more."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().release()

    def _join(self, waiting: Waiting) -> None:
        with self._lock:
            if self._closed:
                raise Unavailable("The server is stopping. Try again in a moment.", retry_after=1)
            if len(self._line) >= self._places:
                raise overloaded()
            self._line.append(waiting)
            if self._idle:
                self._idle.pop().release()

    def _next(self, most: int) -> list[Waiting]:
        call = threading.Lock()
        while True:
            with self._lock:
                if self._line or self._closed:
                    return [self._line.popleft() for _ in range(min(most, len(self._line)))]
                call.acquire()
                self._idle.append(call)
            with call:  # until somebody calls
                pass


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
