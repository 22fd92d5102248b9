"""Our own way in and out of a websocket: no queue, no timer, no task while nothing takes time; one sweeper pings all.

python-engineio gives a socket two tasks and a queue, and a message five tasks; aiohttp keeps a task, a request, two
parsers and a queue for as long as the socket lives. Here aiohttp's part ends with the handshake: its connection is
ours from then on. An event is heard in the very call that brings it from the transport, a write goes back to the
transport a turn of the loop later, together with all else the socket gets until then, and pings leave in slices.
What python-engineio does in the handshake before `_handle_connect` stays its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import engineio
import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue  # named nowhere else, see tests/realtime/test_hooks.py
from aiohttp.http import WebSocketReader
from aiohttp.http_websocket import WSMessageTextBytes
from engineio import packet

from chat.realtime.link import CLOSE, EVENT, FRAME_BYTES, LINK, PACKETS, PAGE, PONG, REQUEST, WAITING_BYTES, Link

log = structlog.get_logger()

TICK = 1.0  # seconds between two looks of the sweeper
SLICE = 100  # pings written before others get their turn
READ_BYTES = 64 * 1024  # at once from a socket
UNREAD_BYTES = 256 * 1024  # of a socket may wait for what came before them; then its line is held up
FRAME_WEIGHT = 128  # bytes that a frame counts there beside its own
TEXT, CLOSING, PONGING = 0x81, 0x88, 0x8A  # first bytes of whole frames of a websocket
Message = WSMessage | WSMessageTextBytes


def websocket_frame(payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes((TEXT, length)) + payload
    if length < 65_536:
        return bytes((TEXT, 126, length >> 8, length & 255)) + payload
    return bytes((TEXT, 127)) + length.to_bytes(8, "big") + payload


def closing_frame(code: int) -> bytes:
    return bytes((CLOSING, 2)) + code.to_bytes(2, "big")


PING = websocket_frame(b"2")
GOODBYE = websocket_frame(CLOSE.encode()) + closing_frame(WSCloseCode.OK)


class Websocket(Link, asyncio.BufferedProtocol):
    """The protocol at its transport, and all there is of a socket. Stands in `Engine.sockets`, where python-engineio
    keeps its own, and answers to what is asked of those.
    """

    __slots__ = (
        "_engine", "_held", "_is_over", "_reader", "_task", "_transport", "_unread", "_unread_bytes", "_waiting",
        "due", "owes_pong",
    )  # fmt: skip
    frame = staticmethod(websocket_frame)
    connected = upgraded = True
    closed = False

    def __init__(self, connection_id: str, transport: asyncio.Transport, engine: Engine) -> None:
        super().__init__(connection_id)
        self._transport = transport
        transport.set_protocol(self)
        self._engine = engine
        self._reader = WebSocketReader(engine.frames, FRAME_BYTES, False, True)
        self._unread: list[Message] = []  # what takes time, and what came after it
        self._unread_bytes = 0
        self._task: asyncio.Task[None] | None = None  # that reads it
        self._is_over = False  # nothing more comes in
        self._held: list[bytes] = []  # until the post goes
        self._waiting = 0  # bytes: of these, and of those the transport could not send yet
        self.due = monotonic() + engine.ping_interval  # when the sweeper turns to it: to ping, or to end it
        self.owes_pong = False  # if it does then

    # -- out ------------------------------------------------------------------------------------------------------

    def write(self, frame: bytes) -> None:
        if self.ending:
            return
        if not self._held:
            self._waiting = self._transport.get_write_buffer_size()
            self._engine.post(self)
        waiting = self._waiting + len(frame)
        if waiting > WAITING_BYTES and self._waiting:
            self._cut_off(self._waiting)
            return
        self._held.append(frame)
        self._waiting = waiting

    def flush(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def _say_goodbye(self) -> None:
        self.write(GOODBYE)
        self.flush()

    def abort(self) -> None:
        self.ending = True
        self._transport.abort()

    def hang_up(self) -> None:
        """The other side has closed, or is gone: what waits still goes out, if it does not take long."""
        self.end()
        self._transport.close()

    # -- in -------------------------------------------------------------------------------------------------------

    def get_buffer(self, _size: int) -> memoryview:
        return self._engine.buffer

    def buffer_updated(self, size: int) -> None:
        self._reader.feed_data(self._engine.buffer[:size])
        for message in self._engine.frames.taken():
            self._hear(message)

    def connection_lost(self, _error: Exception | None) -> None:
        self._end_of_it()

    def _hear(self, message: Message) -> None:
        """Takes a frame at once, unless that takes time or something does that came before."""
        if self._is_over or self.floods():
            return
        if self._task is not None or not self._take(message):
            self._unread.append(message)
            self._unread_bytes += weight_of(message)
            if self._unread_bytes > UNREAD_BYTES:
                self._transport.pause_reading()
            self._read_on()

    def _take(self, message: Message) -> bool:
        """Does at once what a frame asks for. False: that takes time."""
        data, kind = message.data, message.type
        if kind is WSMsgType.CLOSE:
            self._end_of_it()
        elif self.ending:  # reads on, or the goodbye would be lost to a reset
            pass
        elif kind is WSMsgType.TEXT and data[:2] in PACKETS:
            if data[:2] != EVENT:
                return False
            self._engine.hear(self, data[1:])
        elif data == PONG:
            self.owes_pong = False
            self.due = monotonic() + self._engine.ping_interval
        elif data == CLOSE:
            self.end()
        elif kind is WSMsgType.PING:
            self.write(bytes((PONGING, len(data))) + data)
        elif kind is not WSMsgType.PONG:
            if kind is WSMsgType.ERROR:
                self.write(closing_frame(data.code))
            self.refuse(none_of_ours(message))
        return True

    def _end_of_it(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._read_on()

    def _read_on(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Carries out what takes time, in the order it came; and the end, which must come whatever happens."""
        try:
            await self._read_unread()
        except Exception:
            log.exception("a socket cannot be read on and is cut off")
            self._unread.clear()
            self.abort()
        if self._is_over:
            await self._engine.forget(self)
        self._task = None

    async def _read_unread(self) -> None:
        while self._unread:
            message = self._unread.pop(0)
            self._unread_bytes -= weight_of(message)
            if not self._take(message):
                await self._engine.handlers["message"](self.connection_id, message.data[1:])
            if not self._unread:
                self._transport.resume_reading()


class Frames(WebSocketDataQueue):
    """Where the readers of all sockets put what they read; each is emptied in the call that has it read.

    Theirs keeps what somebody will wait for, and holds up the connection of whoever sends too much.
    """

    def __init__(self) -> None:
        self._read: list[Message] = []

    def feed_data(self, message: Message, _size: int) -> None:
        self._read.append(message)

    def set_exception(self, error: BaseException, *_cause: BaseException) -> None:
        self._read.append(WSMessage(WSMsgType.ERROR, error, None))

    def taken(self) -> list[Message]:
        read, self._read = self._read, []
        return read


class Handshake(web.WebSocketResponse):
    """Is all that aiohttp has to do with a socket: what it would say at the end is not its to say any more."""

    async def write_eof(self, _data: bytes = b"") -> None:
        pass


def take_over(request: web.Request) -> asyncio.Transport:
    """The transport, which for aiohttp was closed: it lets go of it, and of all it knows about it."""
    theirs, transport = request.protocol, request.transport
    assert transport is not None
    theirs.transport = None  # or it would be closed indeed
    theirs.connection_lost(None)
    return transport


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """`hear` gets each event; every other packet goes to python-engineio's own listener."""

    frame = staticmethod(websocket_frame)
    start_service_task: bool
    hear: Callable[[Link, str], None]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.buffer = memoryview(
            bytearray(READ_BYTES)
        )  # what a socket sent is taken out of it before the next one is turned to
        self.frames = Frames()
        self._to_send: list[Websocket] = []

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> web.WebSocketResponse:
        """The handshake; after it the socket lives by itself. What a client sends before it is answered, which none
        may, is not understood.
        """
        request: web.Request = environ[REQUEST]
        # permessage-deflate would cost each connection some hundred kilobytes, and give our small frames nothing.
        answer = Handshake(compress=False)
        await answer.prepare(request)
        if request.transport is None:
            return answer
        self._begin_sweeping()
        link = Websocket(self.generate_id(), take_over(request), self)
        environ[LINK] = self.sockets[link.connection_id] = link
        link.write(self._greeting(link))
        if await self._trigger_event("connect", link.connection_id, environ) is False:
            link.abort()  # the log says why
        for name in environ.keys() - {LINK, PAGE}:  # or request and headers would be kept for as long as the socket
            del environ[name]
        return answer

    async def forget(self, link: Websocket) -> None:
        """Its line has ended."""
        try:
            await self._trigger_event("disconnect", link.connection_id, self.reason.TRANSPORT_CLOSE)
        finally:
            link.hang_up()
            del self.sockets[link.connection_id]

    def post(self, link: Websocket) -> None:
        """It has something to send. That leaves when the loop has turned once more: what is told of a commit follows
        its answers by a turn, and a socket that gets both gets them in one write.
        """
        if not self._to_send:
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._send)
        self._to_send.append(link)

    def _send(self) -> None:
        links, self._to_send = self._to_send, []
        for link in links:
            link.flush()

    def _greeting(self, link: Websocket) -> bytes:
        told = {
            "sid": link.connection_id,
            "upgrades": [],
            "pingInterval": int(self.ping_interval * 1000),
            "pingTimeout": int(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        return link.frame(packet.Packet(packet.OPEN, told).encode().encode())

    # -- pings ----------------------------------------------------------------------------------------------------

    def _begin_sweeping(self) -> None:
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)

    async def _service_task(self) -> None:
        """Pings whom it is time to ping, and ends who did not answer."""
        self.service_task_event = self.create_event()
        before = monotonic()
        while not self.service_task_event.is_set():
            await _wait(self.service_task_event, TICK)
            late = monotonic() - before - TICK
            before = monotonic()
            if late > TICK:
                # This process stood still: answers are waiting to be read, so nobody is late but us.
                for link in self.sockets.values():
                    link.due += late
            await self._sweep()

    async def _sweep(self) -> None:
        now = monotonic()
        turn_to = [link for link in self.sockets.values() if link.due <= now]
        for turned_to, link in enumerate(turn_to, 1):
            if link.owes_pong:
                link.end()
            else:
                link.owes_pong = True
                link.due = monotonic() + self.ping_timeout
                link.write(PING)
            if turned_to % SLICE == 0:
                await asyncio.sleep(0)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def weight_of(message: Message) -> int:
    return FRAME_WEIGHT + (len(message.data) if isinstance(message.data, str | bytes) else 0)


def none_of_ours(message: Message) -> str:
    return f"a frame of type {message.type.name} that is none of ours"
