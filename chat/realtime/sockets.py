"""Packets of a socket, by python-socketio's rules and ours: what may come in, who is in a namespace, who must go.

Events are read here and handed on as commands; every other packet goes to python-socketio. It is the same for both
engines.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, Literal

import socketio
import structlog
from aiohttp import web
from socketio import packet

from chat.door import Answer, refusal
from chat.errors import Conflict, NotFound
from chat.realtime.engine import Engine
from chat.realtime.link import FRAME_BYTES, LINK, PAGE, REQUEST, Asked, Link, Page, as_bytes
from chat.realtime.manager import Manager
from chat.realtime.stock import StockEngine

log = structlog.get_logger()

PING_SECONDS = 15  # between two pings
PONG_SECONDS = 8  # may an answer take; both together are when a client notices that it hears nothing: within a beacon
JOIN_SECONDS = 10.0  # so long may a socket be in no namespace
COMMAND = re.compile(r"2(/[^,]*),(\d{0,15})(?=\[)")

EngineName = Literal["lean", "stock"]
EngineClass = type[Engine] | type[StockEngine]
ENGINES: dict[EngineName, EngineClass] = {"lean": Engine, "stock": StockEngine}
IsAllowed = Callable[[str | None, dict[str, Any]], bool]
PageOf = Callable[[web.Request], Page]


class Sockets(socketio.AsyncServer):  # type: ignore[misc]
    manager: Manager

    def __init__(
        self, engine: EngineName, is_allowed: IsAllowed, page_of: PageOf, take: Callable[[Link, Asked], None]
    ) -> None:
        self._engine = ENGINES[engine]  # the base class asks for it at once
        super().__init__(
            client_manager=Manager(self._engine.frame),
            async_mode="aiohttp",
            transports=["websocket"],
            cors_allowed_origins=is_allowed,
            cors_credentials=False,
            http_compression=False,
            max_http_buffer_size=FRAME_BYTES,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            logger=False,
            engineio_logger=False,
        )
        self.join_seconds = JOIN_SECONDS
        self._empty = asyncio.Event()  # no websocket is open
        self._page_of, self._take = page_of, take
        self.eio.hear = self._hear

    def _engineio_server_class(self) -> EngineClass:
        return self._engine

    def open_links(self) -> list[Link]:
        """Every websocket there is, whether somebody or nobody."""
        return [environ[LINK] for environ in self.environ.values() if LINK in environ]

    async def until_empty(self, seconds: float) -> None:
        """Waits until every websocket has closed; those that take longer are cut."""
        if not self.environ:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            for link in self.open_links():
                link.abort()

    # -- a socket must be somebody --------------------------------------------------------------------------------

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        environ[PAGE] = self._page_of(environ[REQUEST])
        await super()._handle_eio_connect(eio_sid, environ)
        self._empty.clear()
        self._expect_to_join(eio_sid)

    def _expect_to_join(self, eio_sid: str) -> None:
        asyncio.get_running_loop().call_later(self.join_seconds, self._end_unless_joined, eio_sid)

    def _end_unless_joined(self, eio_sid: str) -> None:
        link = self._link(eio_sid)
        if link is not None and not link.joined and not link.ending:
            log.warning("a socket is nobody and is closed", seconds=self.join_seconds)
            link.end()

    def _link(self, eio_sid: str) -> Link | None:
        found: Link | None = self.environ.get(eio_sid, {}).get(LINK)
        return found

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        link = self.environ[eio_sid][LINK]
        if namespace not in self.namespace_handlers:
            await self._turn_down(eio_sid, namespace, refusal(NotFound("There is no such namespace.")))
        elif link.namespace:
            await self._turn_down(eio_sid, namespace, refusal(Conflict("This connection is in a namespace already.")))
        else:
            await super()._handle_connect(eio_sid, namespace, data)

    async def _turn_down(self, eio_sid: str, namespace: str | None, answer: Answer) -> None:
        told = answer.envelope["error"]
        turned_down = self.packet_class(
            packet.CONNECT_ERROR, data={"message": told["message"], "data": told}, namespace=namespace
        )
        await self._send_packet(eio_sid, turned_down)

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:
        link = self._link(eio_sid)
        if link is not None and link.joined and link.namespace == namespace:
            await super()._handle_disconnect(eio_sid, namespace, reason)
            self._expect_to_join(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        link = self._link(eio_sid)
        if link is not None:
            await link.until_idle()  # what somebody sent and then left is still done
            link.end()  # python-engineio leaves the websocket open when a socket does not answer its pings
            if link.joined:
                await super()._handle_disconnect(eio_sid, link.namespace, reason)
        self.environ.pop(eio_sid, None)
        if not self.environ:
            self._empty.set()

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        link = self._link(eio_sid)
        if link is not None:
            link.write(link.frame(as_bytes(f"4{pkt.encode()}")))

    # -- in -------------------------------------------------------------------------------------------------------

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        link = self._link(eio_sid)
        if link is None or link.ending:
            return
        if data[:1] == "2":
            self._hear(link, data)
            return
        try:
            await link.until_idle()  # coming and going, too, have their turn
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:  # the library would log it and go on reading
            link.refuse(_unread(error))

    def _hear(self, link: Link, data: str) -> None:
        try:
            asked = read_event(link, data)
            if asked is not None:
                self._take(link, asked)
        except Exception as error:
            link.refuse(_unread(error))


def _unread(error: Exception) -> str:
    return f"a packet that cannot be read ({type(error).__name__})"


_read = json.JSONDecoder().raw_decode


def read_event(link: Link, data: str) -> Asked | None:
    """A command, or None when the socket is not in the namespace. Raises ValueError, or RecursionError when it is deep.

    A client names its events as it likes: `connect` is a command like others, though there is none of that name.
    """
    found = COMMAND.match(data)
    if found is None:
        raise ValueError("an event without a list")
    namespace, ack = found.groups()
    (name, *given), end = _read(data, found.end())
    if data[end:].strip():
        raise ValueError("an event with something behind its list")
    if not link.joined or namespace != link.namespace:
        return None
    return Asked(int(ack) if ack else None, name, given[0] if len(given) == 1 else given or None, len(data))
