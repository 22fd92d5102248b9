"""Our own way in and out of a websocket: no queue, no timer, no task for a message; one sweeper pings them all.

python-engineio gives a socket two tasks and a queue, and a message five tasks. Here an event is heard in the very call
that brings it from the transport, a write goes back to the transport at the end of the loop's turn, together with all
else the socket gets in that turn, and pings leave in slices. What python-engineio does in the handshake before
`_handle_connect` stays its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import engineio
from aiohttp import EofStream, WebSocketError, WSCloseCode, WSMessage, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue  # named nowhere else, see tests/realtime/test_hooks.py
from aiohttp.http import WebSocketReader
from aiohttp.http_websocket import WSMessageTextBytes
from engineio import packet

from chat.realtime.link import CLOSE, EVENT, FRAME_BYTES, GOODBYE_SECONDS, LINK, PACKETS, PONG, Link

TICK = 1.0  # seconds between two looks of the sweeper
SLICE = 100  # pings written before others get their turn
REQUEST = "aiohttp.request"
TEXT, CLOSING, PONGING = 0x81, 0x88, 0x8A  # first bytes of whole frames of a websocket
Message = WSMessage | WSMessageTextBytes
HEARD = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG})  # the others end it


def websocket_frame(text: str) -> bytes:
    payload = text.encode("utf-8", "replace")  # never fails, so that nobody's writing does
    length = len(payload)
    if length < 126:
        return bytes((TEXT, length)) + payload
    if length < 65_536:
        return bytes((TEXT, 126, length >> 8, length & 255)) + payload
    return bytes((TEXT, 127)) + length.to_bytes(8, "big") + payload


PING = websocket_frame("2")
GOODBYE = websocket_frame(CLOSE) + bytes((CLOSING, 2)) + WSCloseCode.OK.to_bytes(2, "big")


class Websocket(Link):
    """Stands in `Engine.sockets`, where python-engineio keeps its own, and answers to what is asked of those."""

    frame = staticmethod(websocket_frame)
    connected = upgraded = True
    closed = False

    def __init__(self, connection_id: str, transport: asyncio.Transport, post: Post, due: float) -> None:
        super().__init__(connection_id)
        self._transport = transport
        self._post = post
        self._held: list[bytes] = []  # until the post goes
        self._waiting = 0  # bytes: of these, and of those the transport could not send yet
        self.due = due  # when the sweeper turns to it: to ping, or to end it if it owes a pong
        self.owes_pong = False

    def _put(self, frame: bytes) -> None:
        if not self._held:
            self._waiting = self._transport.get_write_buffer_size()
            self._post.add(self)
        size = len(frame)
        if self._has_room(self._waiting, size):
            self._held.append(frame)
            self._waiting += size

    def flush(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def _say_goodbye(self) -> None:
        self._put(GOODBYE)
        self.flush()

    def abort(self) -> None:
        self.ending = True
        self._transport.abort()

    def hang_up(self) -> None:
        """The other side has closed, or is gone: what waits still goes out, if it does not take long."""
        self.end()
        self._transport.close()


class Frames(WebSocketDataQueue):
    """What came in: taken at once, unless something before it takes time. That, and what comes after it, is read.

    Who sends frames before the handshake is answered, which no client may, is not understood.
    """

    def __init__(self, request: web.Request, take: Callable[[Message], bool]) -> None:
        super().__init__(request.protocol, FRAME_BYTES, loop=asyncio.get_running_loop())
        self._take = take
        self.left = 0  # to be read

    def feed_data(self, message: Message, size: int) -> None:
        if self.left or not self._take(message):
            self.left += 1
            super().feed_data(message, size)


class Intake(asyncio.Protocol):
    """Stands in aiohttp's place at the transport from the handshake on, and hands on what that wants to know."""

    def __init__(self, theirs: web.RequestHandler, frames: Frames) -> None:
        self._frames = frames
        self._reader = WebSocketReader(frames, FRAME_BYTES, False, True)
        self.data_received = self._reader.feed_data  # type: ignore[assignment]
        self.pause_writing, self.resume_writing = theirs.pause_writing, theirs.resume_writing  # type: ignore[method-assign]
        self._theirs = theirs

    def connection_lost(self, error: Exception | None) -> None:
        self._theirs.connection_lost(error)
        self._frames.feed_eof()


class Post:
    """Sockets that have something to send: it leaves at the end of the loop's turn."""

    def __init__(self) -> None:
        self._waiting: list[Websocket] = []

    def add(self, link: Websocket) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._go)
        self._waiting.append(link)

    def _go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for link in waiting:
            link.flush()


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """`hear` gets each event; every other packet goes to python-engineio's own listener."""

    frame = staticmethod(websocket_frame)
    start_service_task: bool
    hear: Callable[[Link, str], None]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._post = Post()

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> web.WebSocketResponse:
        """The handshake, and the whole life of one socket after it."""
        request: web.Request = environ[REQUEST]
        # permessage-deflate would cost each connection some hundred kilobytes, and give our small frames nothing.
        websocket = web.WebSocketResponse(
            max_msg_size=FRAME_BYTES, compress=False, autoclose=False, autoping=False, timeout=GOODBYE_SECONDS
        )
        await websocket.prepare(request)
        if request.transport is None:
            return websocket
        self._begin_sweeping()
        due = asyncio.get_running_loop().time() + self.ping_interval
        link = Websocket(self.generate_id(), request.transport, self._post, due)
        environ.clear()  # headers once more, for as long as the socket lives
        environ.update({REQUEST: request, LINK: link})
        self.sockets[link.connection_id] = link
        frames = Frames(request, partial(self.take, link))
        # Kept here: the transport lets go of it when the line breaks, and some of what came may still be in it.
        intake = Intake(request.protocol, frames)
        request.transport.set_protocol(intake)
        link.write(self._greeting(link))
        try:
            await self._trigger_event("connect", link.connection_id, environ)
            await self._read(link, frames)
        finally:
            await self._trigger_event("disconnect", link.connection_id, self.reason.TRANSPORT_CLOSE)
            link.hang_up()
            del self.sockets[link.connection_id]
        return websocket

    def _greeting(self, link: Websocket) -> bytes:
        told = {
            "sid": link.connection_id,
            "upgrades": [],
            "pingInterval": int(self.ping_interval * 1000),
            "pingTimeout": int(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        return link.frame(packet.Packet(packet.OPEN, told).encode())

    async def _read(self, link: Websocket, frames: Frames) -> None:
        """Carries out what `take` leaves, until the socket ends."""
        try:
            while (message := await frames.read()).type in HEARD:
                if not self.take(link, message):
                    await self.handlers["message"](link.connection_id, message.data[1:])
                frames.left -= 1
        except EofStream:
            pass
        except WebSocketError as error:
            link.write(bytes((CLOSING, 2)) + error.code.to_bytes(2, "big"))
            link.refuse(none_of_ours(WSMessage(WSMsgType.ERROR, error, None)))

    def take(self, link: Websocket, message: Message) -> bool:
        """Does at once what a frame asks for. False: that takes time, or ends the socket."""
        data, kind = message.data, message.type
        if kind not in HEARD:
            return False
        is_packet = kind is WSMsgType.TEXT and data[:2] in PACKETS
        if is_packet and data[:2] != EVENT and not link.ending:
            return link.floods()
        if link.floods() or link.ending:  # reads on, or the goodbye would be lost to a reset
            return True
        if is_packet:
            self.hear(link, data[1:])
        elif data == PONG:
            link.owes_pong = False
            link.due = asyncio.get_running_loop().time() + self.ping_interval
        elif data == CLOSE:
            link.end()
        elif kind is WSMsgType.PING:
            link.write(bytes((PONGING, len(data))) + data)
        elif kind is not WSMsgType.PONG:
            link.refuse(none_of_ours(message))
        return True

    # -- pings ----------------------------------------------------------------------------------------------------

    def _begin_sweeping(self) -> None:
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)

    async def _service_task(self) -> None:
        """Pings whom it is time to ping, and ends who did not answer."""
        loop = asyncio.get_running_loop()
        self.service_task_event = self.create_event()
        before = loop.time()
        while not self.service_task_event.is_set():
            await _wait(self.service_task_event, TICK)
            late = loop.time() - before - TICK
            before = loop.time()
            if late > TICK:
                # This process stood still: answers are waiting to be read, so nobody is late but us.
                for link in self.sockets.values():
                    link.due += late
            await self._sweep(loop)

    async def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        turned_to = 0
        for link in list(self.sockets.values()):
            if link.due > loop.time() or link.ending:
                continue
            if link.owes_pong:
                link.end()
                continue
            link.owes_pong = True
            link.due = loop.time() + self.ping_timeout
            link.write(PING)
            turned_to += 1
            if turned_to % SLICE == 0:
                await asyncio.sleep(0)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def none_of_ours(message: Message) -> str:
    return f"a frame of type {message.type.name} that is none of ours"
