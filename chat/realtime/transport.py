"""python-socketio, stricter: what may come in on a websocket, how much may wait to go out, and how it ends.

Overrides methods of the pinned versions of python-socketio and python-engineio; nothing else here reaches into them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import socketio
import structlog
from aiohttp import WebSocketError, WSMsgType, web
from engineio import packet as engine_packet
from engineio.async_drivers import aiohttp as driver
from socketio import packet

log = structlog.get_logger()

FRAME_BYTES = 128 * 1024
WAITING_BYTES = 1024 * 1024  # may wait for a socket that reads slowly
JOIN_SECONDS = 8.0  # so long may a socket be in no namespace
GOODBYE_SECONDS = 2.0  # so long may a socket take to close
FRAME = re.compile(r"[13]|4[0-3].*", re.DOTALL)  # close, pong; connect, disconnect, event, ack: all a client may send
CONNECTION = "nightdesk.connection"  # where an environ keeps its Connection
COMMAND = "command"  # every event of a client, to the library

IsAllowed = Callable[[str | None, dict[str, Any]], bool]


class Connection(driver.WebSocket):  # type: ignore[misc]
    """One websocket.

    Without permessage-deflate, which costs each connection some hundred kilobytes and our small frames nothing.
    """

    def __init__(self, all_open: set[Connection], handler: Any, engine: Any) -> None:
        super().__init__(handler, engine)
        self.ending = False
        self.over = asyncio.Event()
        self._all_open = all_open
        self._queue: asyncio.Queue[Any] = handler.__self__.queue  # the handler is a method of the engine's socket
        self._waiting = 0  # bytes taken and not yet written

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self._request: web.Request = environ["aiohttp.request"]
        self._sock = web.WebSocketResponse(max_msg_size=FRAME_BYTES, compress=False, timeout=GOODBYE_SECONDS)
        await self._sock.prepare(self._request)
        environ[CONNECTION] = self
        self._all_open.add(self)
        try:
            await self.handler(self)
        finally:
            self._all_open.discard(self)
            self.over.set()
        return self._sock

    async def wait(self) -> str:
        """The next frame. Raises OSError when there is none to come; what is no frame of ours ends the connection."""
        message = await self._sock.receive()
        if message.type is WSMsgType.TEXT and FRAME.fullmatch(message.data):
            return str(message.data)
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) or isinstance(message.data, WebSocketError):
            self.refuse(f"a frame of type {message.type.name} that is none of ours")
        raise OSError

    async def send(self, message: str) -> None:
        await super().send(message)
        if message.startswith("4"):  # the engine's own are not counted
            self._waiting -= len(message)

    def takes(self, frame: str) -> bool:
        """Is there room for one more? Whoever lets too much wait is cut off, and catches up by `sync`."""
        if self.ending:
            return False
        if self._waiting > WAITING_BYTES:
            log.warning("a socket does not read and is cut off, it catches up by sync", waiting=self._waiting)
            self.abort()
            return False
        self._waiting += len(frame)
        return True

    def refuse(self, sent: str) -> None:
        """Ends the connection of a client that does not speak our protocol."""
        if not self.ending:
            log.warning("a socket sent what it may not and is closed", sent=sent)
        self.end()

    def end(self) -> None:
        """Takes nothing more, writes what waits and closes; by force if that takes too long."""
        if self.ending:
            return
        self.ending = True
        self._queue.put_nowait(engine_packet.Packet(engine_packet.CLOSE))
        self._queue.put_nowait(None)  # ends the engine's writer, which closes the websocket
        asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self.abort)

    def abort(self) -> None:
        self.ending = True
        if self._request.transport is not None:
            self._request.transport.abort()


class Sockets(socketio.AsyncServer):  # type: ignore[misc]
    def __init__(self, is_allowed: IsAllowed) -> None:
        super().__init__(
            async_mode="aiohttp",
            transports=["websocket"],
            cors_allowed_origins=is_allowed,
            cors_credentials=False,
            http_compression=False,
            max_http_buffer_size=FRAME_BYTES,
            logger=False,
            engineio_logger=False,
        )
        self._all_open: set[Connection] = set()
        self.eio._async = {**self.eio._async, "websocket": partial(Connection, self._all_open)}

    def connection_of(self, sid: str, namespace: str) -> Connection | None:
        return self._connection(self.manager.eio_sid_from_sid(sid, namespace))

    async def dismiss(self, sid: str, namespace: str) -> None:
        """Sends a socket away that said or heard `bye`; from now on it is told nothing more."""
        connection = self.connection_of(sid, namespace)
        if connection is not None:
            eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
            await self._send_packet(eio_sid, self.packet_class(packet.DISCONNECT, namespace=namespace))
            connection.end()

    async def end_all(self) -> None:
        for connection in list(self._all_open):
            connection.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * GOODBYE_SECONDS):
                await asyncio.gather(*(connection.over.wait() for connection in self._all_open))

    def _connection(self, eio_sid: str | None) -> Connection | None:
        found: Connection | None = self.environ.get(eio_sid, {}).get(CONNECTION)
        return found

    # -- a socket must be somebody --------------------------------------------------------------------------------

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        self._expect_to_join(eio_sid)

    def _expect_to_join(self, eio_sid: str) -> None:
        asyncio.get_running_loop().call_later(JOIN_SECONDS, self._end_unless_joined, eio_sid)

    def _end_unless_joined(self, eio_sid: str) -> None:
        connection = self._connection(eio_sid)
        if connection is not None and not any(self._is_in(eio_sid, name) for name in self.namespace_handlers):
            connection.end()

    def _is_in(self, eio_sid: str, namespace: str) -> bool:
        return bool(self.manager.is_connected(self.manager.sid_from_eio_sid(eio_sid, namespace), namespace))

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:
        await super()._handle_disconnect(eio_sid, namespace, reason)
        self._expect_to_join(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        # The engine forgets a socket that does not answer its pings, and leaves the websocket open.
        connection = self._connection(eio_sid)
        if connection is not None:
            connection.end()
        await super()._handle_eio_disconnect(eio_sid, reason)

    # -- in -------------------------------------------------------------------------------------------------------

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        connection = self._connection(eio_sid)
        if connection is None or connection.ending:
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:  # the library would log it and go on reading
            connection.refuse(f"a packet that cannot be read ({type(error).__name__})")

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        if not isinstance(data, list) or not data:
            raise ValueError("an event without a name")
        # A client names its events as it likes; `connect` and `disconnect` would pass for the library's own.
        await super()._handle_event(eio_sid, namespace, id, [COMMAND, *data])

    # -- out ------------------------------------------------------------------------------------------------------

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        await self._send_eio_packet(eio_sid, engine_packet.Packet(engine_packet.MESSAGE, pkt.encode()))

    async def _send_eio_packet(self, eio_sid: str, eio_pkt: Any) -> None:
        connection = self._connection(eio_sid)
        if connection is not None and connection.takes(eio_pkt.encode()):
            await super()._send_eio_packet(eio_sid, eio_pkt)
