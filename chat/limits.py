"""What holds back whoever asks for more than their share, in this process.

All of it is memory: a limit that is forgotten with the process costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TypeVar

from chat.commands import Rate
from chat.errors import TooMany, Unavailable

T = TypeVar("T")


class Limits:
    """Token buckets."""

    KEPT = 50_000

    def __init__(self) -> None:
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()  # key -> (tokens, when)

    def take(self, key: object, rate: Rate) -> None:
        """Raises TooMany, with the seconds until there is room again."""
        now = time.monotonic()
        tokens, since = self._buckets.pop(key, (rate.burst, now))
        tokens += (now - since) * rate.per_minute / 60
        if tokens > rate.burst:
            tokens = rate.burst
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > self.KEPT:
            self._buckets.popitem(last=False)
        if tokens < 1:
            wait = round((1 - tokens) * 60 / rate.per_minute, 1)
            raise TooMany("That was a lot at once. Wait a moment.", retry_after=max(wait, 0.1))


def neighbourhood(address: str) -> str:
    """What one line to the Internet has to itself: an IPv4 address, or a /64 of IPv6 addresses to pick from."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


class SlowLine:
    """Slow work, one piece after the other on a thread of its own, so that it holds up nothing but itself."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="slow")

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """Raises Unavailable when the line is full."""
        if self._free == 0:
            raise Unavailable("Too many are waiting for this already. Try again in a moment.", retry_after=1)
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        finally:
            self._free += 1


@dataclass(eq=False)
class Place:
    """A long poll's place; once `given_up` it answers with what it has."""

    news: asyncio.Event
    given_up: bool = False


class Polls:
    """At most so many long polls of a session wait; a newer one takes the place of the oldest."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._places: dict[str, list[Place]] = {}

    def give_up_all(self) -> None:
        for place in [place for mine in self._places.values() for place in mine]:
            _give_up(place)

    @contextmanager
    def place(self, session_id: str, news: asyncio.Event) -> Iterator[Place]:
        """`news` is set when the place is given up."""
        mine, place = self._places.setdefault(session_id, []), Place(news)
        mine.append(place)
        if len(mine) > self._at_most:
            _give_up(mine.pop(0))
        try:
            yield place
        finally:
            if place in mine:
                mine.remove(place)
            if not mine:
                self._places.pop(session_id, None)


def _give_up(place: Place) -> None:
    place.given_up = True
    place.news.set()


class Gate:
    """Lets work through until it is shut."""

    def __init__(self) -> None:
        self.is_shut = False
        self._inside = 0
        self._empty = asyncio.Event()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises Unavailable once it is shut."""
        self.check()
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def check(self) -> None:
        """Raises Unavailable once it is shut."""
        if self.is_shut:
            raise Unavailable("This server is about to stop. Nothing was stored; try again.", retry_after=1)

    def enter(self) -> None:
        self._inside += 1

    def leave(self) -> None:
        self._inside -= 1
        if not self._inside:
            self._empty.set()

    def shut(self) -> None:
        self.is_shut = True

    async def empty(self) -> None:
        """Returns when the last one is out."""
        while self._inside:
            self._empty.clear()
            await self._empty.wait()
