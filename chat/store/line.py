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
    """An action in line. `settle` gets it back on the loop, with its result or its error."""

    run: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    settle: Callable[[Waiting], None]
    asked: Asked | None = None
    since: float = field(default_factory=time.monotonic)
    events: list[Event] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        self.error, self.events = error, []


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
        self._calling: asyncio.AbstractEventLoop | None = None  # at the end of its turn
        self._uncalled = 0  # joined since then

    async def wait(self, run: Callable[[Tx], Any], asked: Asked | None = None) -> Waiting:
        """Comes back when it was carried out. Raises what the action raised, or Unavailable."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def settle(_: Waiting) -> None:
            if not done.done():
                done.set_result(None)

        waiting = Waiting(run, loop, settle, asked)
        self.join(waiting)
        await done
        if waiting.error is not None:
            raise waiting.error
        return waiting

    def join(self, waiting: Waiting) -> None:
        """Raises Unavailable."""
        with self._lock:
            if self._closed:
                raise Unavailable("The server is stopping. Try again in a moment.", retry_after=1)
            if len(self._line) >= self._places:
                raise overloaded()
            self._line.append(waiting)
            self._uncalled += 1
            if self._calling is waiting.loop:
                return
            self._calling = waiting.loop
        # At the end of the loop's turn, so that all that came in it is taken together.
        waiting.loop.call_soon(self._call)

    def _call(self) -> None:
        with self._lock:
            for _ in range(min(self._uncalled, len(self._idle))):
                self._idle.pop().release()
            self._uncalled, self._calling = 0, None

    def take(self, most: int) -> list[Waiting]:
        """All that waits, at most `most`; blocks until there is something. Empty when the line has ended."""
        while batch := self._next(most):
            too_long_ago = time.monotonic() - self._patience
            late = [waiting for waiting in batch if waiting.since < too_long_ago]
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
        try:
            waiting.settle(waiting)
        except Exception:
            log.exception("an answer got lost on its way back")
    events = [event for waiting in batch for event in waiting.events]
    if events and deliver is not None:
        deliver(events)


def overloaded() -> Unavailable:
    return Unavailable("The desk is overloaded. Nothing was stored; try again in a moment.", retry_after=1)
