"""The fallback: python-engineio's own sockets, with its queue and tasks, kept as strict as ours where it can be.

Takes more CPU and memory; what it sends and refuses is the same. Tells a socket that does not answer pings by the
machine's clock, which a step of that clock upsets.
"""

from __future__ import annotations

import asyncio
from typing import Any

import engineio
from aiohttp import WebSocketError, WSMsgType, web
from engineio import packet
from engineio.async_drivers import aiohttp as driver

from chat.realtime.engine import none_of_ours
from chat.realtime.link import CLOSE, FRAME_BYTES, GOODBYE_SECONDS, LINK, PACKETS, PONG, REQUEST, WAITING_BYTES, Link


class Queued(Link):
    """What goes out stands in the engine's queue; how much of it is counted here."""

    def __init__(self, connection_id: str, queue: asyncio.Queue[Any], request: web.Request) -> None:
        super().__init__(connection_id)
        self._queue = queue
        self._request = request
        self._waiting = 0  # bytes taken and not yet written

    @staticmethod
    def frame(payload: bytes) -> packet.Packet:
        return packet.Packet(packet.MESSAGE, payload[1:].decode())

    def write(self, frame: packet.Packet) -> None:
        if self.ending:
            return
        size = len(frame.encode().encode())
        if self._waiting and self._waiting + size > WAITING_BYTES:
            self._cut_off(self._waiting)
            return
        self._waiting += size
        self._queue.put_nowait(frame)

    def written(self, text: str) -> None:
        self._waiting -= len(text.encode())

    def _say_goodbye(self) -> None:
        self._queue.put_nowait(packet.Packet(packet.CLOSE))
        self._queue.put_nowait(None)  # ends the engine's writer, which closes the websocket

    def abort(self) -> None:
        self.ending = True
        if self._request.transport is not None:
            self._request.transport.abort()


class Connection(driver.WebSocket):  # type: ignore[misc]
    """One websocket of the engine's, without permessage-deflate."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request: web.Request = environ[REQUEST]
        socket = self.handler.__self__  # the handler is a method of the engine's socket
        self._sock = web.WebSocketResponse(
            max_msg_size=FRAME_BYTES, compress=False, autoping=False, timeout=GOODBYE_SECONDS
        )
        await self._sock.prepare(request)
        self._link = environ[LINK] = Queued(socket.sid, socket.queue, request)
        await self.handler(self)
        return self._sock

    async def wait(self) -> str:
        """The next frame. Raises OSError when there is none to come; what is no frame of ours ends the connection."""
        while (message := await self._sock.receive()).type in (WSMsgType.PING, WSMsgType.PONG):
            self._count()
            if message.type is WSMsgType.PING:
                await self._sock.pong(message.data)
        self._count()
        data = message.data
        if message.type is WSMsgType.TEXT and (data[:2] in PACKETS or data in (PONG, CLOSE)):
            return str(data)
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) or isinstance(data, WebSocketError):
            self._link.refuse(none_of_ours(message))
        raise OSError

    def _count(self) -> None:
        if self._link.floods():
            raise OSError

    async def send(self, message: str) -> None:
        await super().send(message)
        if message.startswith("4"):  # the engine's own are not counted
            self._link.written(message)


class StockEngine(engineio.AsyncServer):  # type: ignore[misc]
    frame = staticmethod(Queued.frame)
    _async: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async = {**self._async, "websocket": Connection}
