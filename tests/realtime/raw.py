"""A websocket without a client library: what really crosses the wire."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.conftest import PATIENCE, Server, Someone

HANDSHAKE = "/socket.io/?EIO=4&transport=websocket"
Socket = aiohttp.ClientWebSocketResponse


@asynccontextmanager
async def raw_socket(server: Server, **options: Any) -> AsyncIterator[Socket]:
    """A websocket that has been greeted and is nobody yet."""
    async with aiohttp.ClientSession(**options) as http, http.ws_connect(server.url + HANDSHAKE) as socket:
        await socket.receive(PATIENCE)
        yield socket


async def join(socket: Socket, someone: Someone) -> None:
    await ask_to_join(socket, someone)
    told = await socket.receive_str(timeout=PATIENCE)
    assert told.startswith(f"40{someone.namespace},")


async def ask_to_join(socket: Socket, someone: Someone) -> None:
    await socket.send_str(f"40{someone.namespace}," + json.dumps({"token": someone.token}))


async def ask(socket: Socket, namespace: str, number: int, name: str, **values: Any) -> None:
    await socket.send_str(f"42{namespace},{number}" + json.dumps([name, values]))


async def answers(socket: Socket, numbers: set[int]) -> dict[int, dict[str, Any]]:
    """The answers with those numbers, in the order they came."""
    came: dict[int, dict[str, Any]] = {}
    async with asyncio.timeout(PATIENCE):
        while came.keys() < numbers:
            told = await socket.receive_str()
            if told.startswith("43"):
                number, _, text = told.partition(",")[2].partition("[")
                came[int(number)] = json.loads(f"[{text}")[0]
            elif told == "2":
                await socket.send_str("3")
    return came


async def told_until_closed(socket: Socket) -> list[str]:
    """The frames up to the end, which must come."""
    told = []
    async with asyncio.timeout(PATIENCE):
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            told.append(message.data)
    return told


def code_of(last: aiohttp.WSMessage) -> int | None:
    """The code that the other side closed with; None: it just ended. (aiohttp's `close_code` guesses then.)"""
    return last.data if last.type is aiohttp.WSMsgType.CLOSE else None


def small_window() -> aiohttp.TCPConnector:
    """Connections whose kernel takes little for a program that does not read."""

    def open_socket(address: Any) -> sockets.socket:
        opened = sockets.socket(*address[:3])
        opened.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        return opened

    return aiohttp.TCPConnector(socket_factory=open_socket)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
