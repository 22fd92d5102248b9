"""Carries the events of one process to the others, over a Redis channel.

An event crosses once, from hub to hub: sockets, long polls and work of the other processes hear of it as if it had
happened there. It travels as the text it already is, so nobody writes or reads its value anew.

Nothing waits for Redis. `relay` only puts events in line; one task sends whatever stands there as one message. What
cannot be sent is dropped, because events are hints: each process numbers its messages, whoever finds a gap calls
`on_missed`, and clients are told to catch up. That is why plain pub/sub is enough. Streams would keep what was missed,
but the database does that already, and they would have to be trimmed and every reader's place kept.

Each process also listens to itself. Who has not heard itself for a while is deaf: `trouble()` says so, the
subscription is made anew, again and again, and when it stands `on_missed` is called, since nobody knows what was said
meanwhile.

Messages are signed with a key from the database. Who can write to Redis but not read the database is not believed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
import random
import secrets
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chat.errors import SettingsError
from chat.hub import Event, Hub, Room
from chat.logs import in_short

log = structlog.get_logger()

HEARTBEAT_SECONDS = 2.0
DEAF_SECONDS = 6.0  # without a word from oneself
SEND_SECONDS = 1.0  # for one message; a frozen Redis takes what it is sent and never answers
CONNECT_SECONDS = 2.0
PAUSE_SECONDS = 0.5  # between two attempts to connect, more or less
CATCH_UP_SECONDS = 1.0  # between two calls of `on_missed`
MESSAGE_BYTES = 256 * 1024  # what stands in line is sent in messages of about this size
WAITING_BYTES = 8 * 1024 * 1024  # while Redis cannot be reached; more is dropped
HEAD_BYTES = 400  # what an event takes beside its text: many small ones are as heavy as few large ones
HEADINGS = 2_048  # kept as they are written
PROCESSES = 256  # remembered by the number of their last message
FAILURES = (RedisError, OSError, TimeoutError)


class Bus:
    """`open()` it once the loop runs; `close()` sends what still waits. Raises SettingsError for a URL that is none."""

    def __init__(self, url: str, hub: Hub, store_id: str, key: str, on_missed: Callable[[], Awaitable[None]]) -> None:
        self._connections = connections(url)
        self._hub, self._seal, self._on_missed = hub, Seal(key), on_missed
        self._channel = f"nightdesk:{store_id}"
        self._me = secrets.token_hex(8)
        self._number = 0
        self._waiting: deque[Event] = deque()
        self._size = 0
        self._due, self._sent, self._missed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._heard_at: float | None = None
        self._is_failing = False
        self._foreign = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        self._hub.relay = self.relay
        for work in (self._keep_up(self._listen), self._keep_up(self._send_all), self._catch_up()):
            self._tasks.append(asyncio.create_task(work))

    async def close(self) -> None:
        """Sends what waits, or gives it up after SEND_SECONDS."""
        self._sent.clear()
        self._due.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await self._sent.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=SEND_SECONDS)

    def trouble(self) -> str | None:
        """Why this process may not hear the others, in a sentence."""
        if self._heard_at is None:
            return "Redis has not been reached yet; what happens in other processes is not heard here."
        silence = asyncio.get_running_loop().time() - self._heard_at
        if silence < DEAF_SECONDS:
            return None
        return f"Nothing has come through Redis for {silence:.0f} seconds; other processes are not heard here."

    def relay(self, events: list[Event]) -> None:
        """Puts them in line for the other processes, and never waits."""
        self._waiting.extend(events)
        self._size += sum(map(_weight, events))
        if self._size > WAITING_BYTES:
            self._drop([])
        self._due.set()

    # -- connections ------------------------------------------------------------------------------------------------

    async def _keep_up(self, work: Callable[[AbstractConnection], Awaitable[None]]) -> None:
        """Does the work on a connection that is made anew whenever it breaks, for ever."""
        while True:
            connection: AbstractConnection = self._connections.make_connection()  # type: ignore[no-untyped-call]
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await connection.connect()  # type: ignore[no-untyped-call]
                await work(connection)
            except FAILURES as error:
                self._failed(error)
            except Exception:
                log.exception("the bus stumbled, it connects anew")
            finally:
                await connection.disconnect(nowait=True)
            await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))

    def _failed(self, error: Exception) -> None:
        """One line for each outage."""
        if not self._is_failing:
            self._is_failing = True
            log.warning("redis does not answer, trying again and again", error=f"{type(error).__name__}: {error}")

    # -- out --------------------------------------------------------------------------------------------------------

    async def _send_all(self, connection: AbstractConnection) -> None:
        """All that waits, in one message after the other; with nothing to say, a heartbeat."""
        while True:
            self._due.clear()
            await self._send(connection, self._take())
            if not self._waiting:
                self._sent.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await self._due.wait()

    def _take(self) -> list[Event]:
        taken, size = [], 0
        while self._waiting and size < MESSAGE_BYTES:
            taken.append(self._waiting.popleft())
            size += _weight(taken[-1])
        self._size -= size
        return taken

    async def _send(self, connection: AbstractConnection, events: list[Event]) -> None:
        self._number += 1
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await connection.send_command("PUBLISH", self._channel, self._seal.pack(self._me, self._number, events))
                await connection.read_response(timeout=math.inf)
        except FAILURES:
            self._drop(events)
            raise

    def _drop(self, unsent: list[Event]) -> None:
        """Gives up these and what waits: too late they would say less than the log does."""
        lost = len(unsent) + len(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._number += 1  # a number that is never sent: the others notice the gap
        if lost:
            log.warning("events did not reach the other processes, clients catch up by sync", events=lost)

    # -- in ---------------------------------------------------------------------------------------------------------

    async def _listen(self, connection: AbstractConnection) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.send_command("SUBSCRIBE", self._channel)
            await connection.read_response()
        self._missed.set()
        self._due.set()  # a word to oneself, now that it is heard
        loop = asyncio.get_running_loop()
        # Not a time-out of reading: others may be heard while one's own words do not arrive.
        async with asyncio.timeout(DEAF_SECONDS) as deafness:
            while True:
                _, _, payload = await connection.read_response(timeout=math.inf)
                if self._receive(payload):
                    deafness.reschedule(loop.time() + DEAF_SECONDS)

    def _receive(self, payload: object) -> bool:
        """Tells what others say. True: it was our own voice."""
        message = self._seal.open(payload, self._me)
        if message is None:
            self._foreign += 1
            return False
        if message.sender == self._me:
            self._hear_oneself()
            return True
        last = self._numbers.pop(message.sender, 0)
        self._numbers[message.sender] = max(last, message.number)
        if len(self._numbers) > PROCESSES:
            self._numbers.popitem(last=False)
        if message.number <= last:
            return False  # overtaken; that it was missing has been noticed
        if message.number > last + 1:
            self._missed.set()
        self._hub.tell(message.events)
        return False

    def _hear_oneself(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if self._is_failing:
            self._is_failing = False
            log.info("redis answers again")
        if self._foreign:
            log.warning("messages that cannot be read were ignored", channel=self._channel, messages=self._foreign)
            self._foreign = 0

    async def _catch_up(self) -> None:
        is_failing = False
        while True:
            await self._missed.wait()
            self._missed.clear()
            try:
                await self._on_missed()
                is_failing = False
            except Exception as error:
                if not is_failing:  # one line for each outage
                    log.warning("clients were not told to catch up, trying again and again", error=in_short(error))
                is_failing = True
                self._missed.set()
            await asyncio.sleep(CATCH_UP_SECONDS)


def connections(url: str) -> ConnectionPool:
    """Of a kind that never tries again by itself: that takes long, and takes up a lost subscription without a word."""
    try:
        # Nor with time-outs of its own, in whose `wait_for` a cancellation may get lost.
        pool = ConnectionPool.from_url(
            url, protocol=2, driver_info=None, retry=Retry(NoBackoff(), 0), socket_timeout=None
        )
        pool.make_connection()  # type: ignore[no-untyped-call]  # which reads what the URL says behind `?`
    except (TypeError, ValueError):
        raise SettingsError("Wrong setting REDIS_URL: must look like redis://host:6379/0.") from None
    return pool


@dataclass(frozen=True)
class Message:
    sender: str
    number: int
    events: list[Event]


class Seal:
    """Packs events into a signed message and opens it again: lines, and values are not looked into."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def pack(self, sender: str, number: int, events: Iterable[Event]) -> bytes:
        lines = [_line({"from": sender, "number": number})]
        for event in events:
            lines += (_headline(event.name, event.rooms), event.json)
        body = b"\n".join(lines)
        return self._sign(body) + b"\n" + body

    def open(self, payload: object, me: str = "") -> Message | None:
        """Without the events when it is from `me`. None: it is not from one of our processes, or cannot be read."""
        if not isinstance(payload, bytes):
            return None
        signature, _, body = payload.partition(b"\n")
        if not hmac.compare_digest(signature, self._sign(body)):
            return None
        try:
            head, _, told = body.partition(b"\n")
            said = json.loads(head)
            lines = told.split(b"\n") if told and said["from"] != me else []
            events = zip(map(_heading, lines[::2]), lines[1::2], strict=True)
            return Message(said["from"], said["number"], [Event(*heading, value) for heading, value in events])
        except (ValueError, KeyError, TypeError):  # another version of us, which speaks otherwise
            return None

    def _sign(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, key=self._key, digest_size=16).hexdigest().encode()


def _weight(event: Event) -> int:
    return HEAD_BYTES + len(event.json)


# What is told in a conversation is told under the same heading again and again.


@lru_cache(HEADINGS)
def _headline(name: str, rooms: tuple[Room, ...]) -> bytes:
    return _line([name, rooms])


@lru_cache(HEADINGS)
def _heading(headline: bytes) -> tuple[str, tuple[Room, ...]]:
    name, rooms = json.loads(headline)
    return name, tuple(Room(namespace, room) for namespace, room in rooms)


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
