"""A line to a server that can be made as bad as real ones are, at any time, each way by itself.

`async with Proxy(port) as proxy` listens at `proxy.url`; `running(proxy)` does the same on a thread of its own, for
tests that cannot await. Several upstream ports make it a load balancer that leaves dead ones out.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, Self

CHUNK = 16 * 1024
CHUNKS_ON_THE_WAY = 64  # in each direction of a connection; then the sender is no longer read
LOOK_SECONDS = 0.005
UPSTREAM_SECONDS = 2.0  # so long may a server take to accept

Websockets = Literal["pass", "refuse", "cut", "swallow"]


@dataclass
class Way:
    """One direction of all connections: `proxy.up` to the server, `proxy.down` to the client."""

    delay: float = 0.0  # seconds each piece is late
    jitter: float = 0.0  # at most so many seconds more; the order is kept
    rate: float | None = None  # bytes a second
    stalled: bool = False  # nothing arrives until it is over, and nothing is lost
    # Taken and thrown away, and the sender is not told. A connection that lost something stays lost: what comes later
    # could not be made sense of.
    black_hole: bool = False


class Proxy:
    """Everything but `url` and `port` may be changed at any time, and holds for open connections too."""

    def __init__(self, *upstreams: int, seed: int = 0) -> None:
        self.upstreams = list(upstreams)  # ports on loopback, taken in turn
        self.up, self.down = Way(), Way()
        self.refusing = False  # new connections are reset
        self.websockets: Websockets = "pass"  # plain HTTP passes all the same
        self.websocket_seconds = 0.0  # before one is "cut"
        self.accepted = 0  # connections since the start
        self.port = 0
        self._random = random.Random(seed)
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._open: dict[_Connection, asyncio.Task[None]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        return len(self._open)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def heal(self) -> None:
        """The line is good again; connections that lost something are cut, as they would never recover."""
        self.up, self.down = Way(), Way()
        self.refusing, self.websockets = False, "pass"
        for connection in list(self._open):
            if connection.lost:
                connection.reset()

    def cut(self) -> None:
        """Resets every open connection, both ends."""
        for connection in list(self._open):
            connection.reset()

    def half_close(self, way: Literal["up", "down"]) -> None:
        """Ends that direction of every open connection (FIN); the other goes on."""
        for connection in list(self._open):
            connection.end(way)

    # -- one connection -----------------------------------------------------------------------------------------------

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        connection = _Connection(self, _End(reader, writer))
        task = asyncio.ensure_future(connection.run())
        self._open[connection] = task
        task.add_done_callback(lambda _: self._open.pop(connection, None))

    async def dial(self) -> _End | None:
        """A connection to the next server that takes one."""
        for _ in range(len(self.upstreams)):
            port = self.upstreams[self._turn % len(self.upstreams)]
            self._turn += 1
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(UPSTREAM_SECONDS):
                    return _End(*await asyncio.open_connection("127.0.0.1", port, limit=CHUNK))
        return None

    def lateness(self, way: Way) -> float:
        return way.delay + self._random.uniform(0, way.jitter)


class _End:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        writer.transport.set_write_buffer_limits(high=CHUNK)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reset(self) -> None:
        """RST instead of FIN: what is on the way is lost."""
        with suppress(OSError):
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        self.writer.transport.abort()


class _TurnedAway(Exception):
    """A websocket that may not pass."""


class _Connection:
    def __init__(self, proxy: Proxy, client: _End) -> None:
        self.lost = False
        self._proxy = proxy
        self._client: _End | None = client
        self._server: _End | None = None
        self._swallowed: set[str] = set()  # ways on which something was lost
        self._handle: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        try:
            self._server = None if self._proxy.refusing else await self._proxy.dial()
            if self._server is not None:
                await self._carry_both_ways(self._server)
                self._close()
        except* _TurnedAway:
            self._close()
        except* OSError:
            pass  # one end is gone, so the other goes too
        finally:
            if self._handle:
                self._handle.cancel()
            self.reset()

    async def _carry_both_ways(self, server: _End) -> None:
        client = self._client
        assert client
        async with asyncio.TaskGroup() as group:
            group.create_task(self._carry("up", client, server))
            group.create_task(self._carry("down", server, client))

    def _close(self) -> None:
        """What was passed on still arrives; `reset` afterwards finds nothing to do."""
        for end in (self._client, self._server):
            if end is not None:
                end.writer.close()
        self._client, self._server = None, None

    def reset(self) -> None:
        for end in (self._client, self._server):
            if end is not None:
                end.reset()

    def end(self, way: Literal["up", "down"]) -> None:
        target = self._server if way == "up" else self._client
        if target is not None:
            _send_fin(target)

    async def _carry(self, name: Literal["up", "down"], source: _End, target: _End) -> None:
        """Until the source ends; what it sent is passed on, and then its end."""
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_ON_THE_WAY)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take(name, source, on_the_way))
            group.create_task(self._give(name, target, on_the_way))

    async def _take(
        self, name: Literal["up", "down"], source: _End, on_the_way: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            chunk = await source.reader.read(CHUNK)
            if name == "up" and is_handshake(chunk):
                self._meet_websocket(source)
            late = self._proxy.lateness(self._way(name))
            await on_the_way.put((loop.time() + late if late else 0.0, chunk))
            if not chunk:
                return

    async def _give(
        self, name: Literal["up", "down"], target: _End, on_the_way: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await on_the_way.get()
            while self._way(name).stalled or loop.time() < due:  # noqa: ASYNC110  (a flag anybody sets)
                await asyncio.sleep(LOOK_SECONDS)
            if self._way(name).black_hole:
                self._swallowed.add(name)
            if name in self._swallowed:
                self.lost = True
            elif chunk:
                await self._write(name, target, chunk)
            else:
                _send_fin(target)
            if not chunk:
                return

    async def _write(self, name: Literal["up", "down"], target: _End, chunk: bytes) -> None:
        while chunk:
            rate = self._way(name).rate
            piece = chunk if rate is None else chunk[: max(1, int(rate / 20))]
            chunk = chunk[len(piece) :]
            if target.writer.transport.is_closing():
                raise ConnectionResetError
            with suppress(RuntimeError):  # its end was sent already, by `half_close`: the rest goes nowhere
                target.writer.write(piece)
                await target.writer.drain()
            if rate is not None:
                await asyncio.sleep(len(piece) / rate)

    def _way(self, name: Literal["up", "down"]) -> Way:
        return self._proxy.up if name == "up" else self._proxy.down

    def _meet_websocket(self, source: _End) -> None:
        match self._proxy.websockets:
            case "refuse":
                source.writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                raise _TurnedAway
            case "cut":
                loop = asyncio.get_running_loop()
                self._handle = loop.call_later(self._proxy.websocket_seconds, self.reset)
            case "swallow":
                self._swallowed |= {"up", "down"}


def is_handshake(chunk: bytes) -> bool:
    """The head of a websocket's request; clients send it in one piece."""
    return chunk.startswith(b"GET ") and b"\r\nupgrade: websocket" in chunk.lower()


def _send_fin(end: _End) -> None:
    if not end.writer.transport.is_closing() and end.writer.can_write_eof():
        with suppress(OSError):
            end.writer.write_eof()


@contextmanager
def running(proxy: Proxy) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Runs it on a thread. Gives `do`: `do(proxy.cut)` carries something out there and returns when it is done."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()

    async def carry_out(action: Callable[[], object]) -> None:
        action()

    def do(action: Callable[[], object]) -> None:
        asyncio.run_coroutine_threadsafe(carry_out(action), loop).result(10)

    try:
        asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result(10)
        yield do
        asyncio.run_coroutine_threadsafe(proxy.__aexit__(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
