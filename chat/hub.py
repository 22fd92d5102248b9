"""Carries committed events to whoever listens: sockets, long polls, the work of this process, the other processes.

The store hands over the events of each commit, in order, on the event loop. A listener is a plain function and may
not wait. An event is a hint; whoever missed it asks the database.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from chat.store import Event
from chat.store.events import (
    AGENT,
    CUSTOMER,
    INSIDE,
    Room,
    agent_room,
    customer_room,
    owner_room,
    session_room,
    staff_room,
    viewers_room,
    visitors_room,
)

log = structlog.get_logger()
Listener = Callable[[Event], None]

__all__ = [
    "AGENT",
    "CUSTOMER",
    "INSIDE",
    "Event",
    "Hub",
    "Listener",
    "Room",
    "agent_room",
    "customer_room",
    "owner_room",
    "session_room",
    "staff_room",
    "viewers_room",
    "visitors_room",
]


class Hub:
    """`relay` gets what was committed here, for the other processes; it is set by the app when there are any."""

    def __init__(self) -> None:
        self.said: Counter[str] = Counter()  # messages of this process, by the kind of their author
        self.relay: Callable[[list[Event]], None] = lambda events: None
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)  # by the name of what they hear
        self._listeners_to_all: list[Listener] = []
        self._polls: dict[Room, set[asyncio.Event]] = defaultdict(set)

    def listen(self, listener: Listener, *names: str) -> None:
        """To events of these names; to all when none is given."""
        for heard in [self._listeners[name] for name in names] or [self._listeners_to_all]:
            heard.append(listener)

    def deliver(self, events: list[Event]) -> None:
        """What happened here: to those who listen here, and to the other processes."""
        for event in events:
            if event.name == "message":
                self.said[_author_of(event.json)] += 1
        self.tell(events)
        self.relay(events)

    def tell(self, events: list[Event]) -> None:
        """To those who listen in this process alone."""
        for event in events:
            for listener in (*self._listeners_to_all, *self._listeners.get(event.name, ())):
                try:
                    listener(event)
                except Exception:
                    log.exception("a listener failed, the others go on", event_name=event.name)
            for room in event.rooms if self._polls else ():
                for news in self._polls.get(room, ()):
                    news.set()

    def wake(self) -> None:
        """Every long poll looks again: something may have happened that nobody told of."""
        for polls in self._polls.values():
            for news in polls:
                news.set()

    @contextmanager
    def poll(self, room: Room) -> Iterator[asyncio.Event]:
        """An event that is set when something happens in the room. Enter first and read afterwards."""
        news = asyncio.Event()
        self._polls[room].add(news)
        try:
            yield news
        finally:
            self._polls[room].discard(news)
            if not self._polls[room]:
                del self._polls[room]


_AUTHOR = b'"author":{"kind":"'  # a text that quotes it has a backslash before each quotation mark


def _author_of(message: bytes) -> str:
    """Without reading the whole: this is done for every message."""
    start = message.find(_AUTHOR) + len(_AUTHOR)
    return message[start : message.index(b'"', start)].decode()
