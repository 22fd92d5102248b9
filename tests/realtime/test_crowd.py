"""A thousand windows whose connections are cut in the same instant."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import resource
import socket as sockets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.bench import people
from tests.conftest import Serve
from tests.realtime.raw import HANDSHAKE, answers, ask

WINDOWS = 1_000
BACK_SECONDS = 30
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 20.0  # our clients' back-off


class Window:
    """Comes back by itself, as our clients do."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http, self._url, self._token = http, url, token
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.online = asyncio.Event()
        self.stays = asyncio.create_task(self._stay())

    async def _stay(self) -> None:
        wait = SHORTEST_WAIT
        while True:
            try:
                async with self._http.ws_connect(self._url + HANDSHAKE) as self._socket:
                    await self._join(self._socket)
                    async for message in self._socket:
                        if message.data == "2":
                            await self._socket.send_str("3")
            except (aiohttp.ClientError, OSError, TimeoutError, TypeError):
                pass  # cut, or refused
            self.online.clear()
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(LONGEST_WAIT, 2 * wait)

    async def _join(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """A window is back when it has an answer."""
        await socket.receive_str()
        await socket.send_str("40/customer," + json.dumps({"token": self._token}))
        await ask(socket, "/customer", 1, "my_cases")
        assert (await answers(socket, {1}))[1]["ok"]
        self.online.set()

    def cut(self) -> None:
        assert self._socket is not None
        self._socket.get_extra_info("socket").shutdown(sockets.SHUT_RDWR)
        self.online.clear()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("engine", ["lean"], indirect=True)
async def test_a_thousand_sockets_cut_at_once_are_back_in_thirty_seconds(serve: Serve, tmp_path: Path) -> None:
    # Each window takes a descriptor here and one in the server, more than many machines allow a program by default.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8_192) if most > 0 else 8_192, most))
    preparing = await serve(work=False)
    tokens = await preparing.store.write(people.customers, WINDOWS)
    await preparing.stop()
    async with (
        server_process(tmp_path) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        windows = [Window(http, url, token) for token in tokens]
        try:
            await all_online(windows, 2 * BACK_SECONDS)
            for window in windows:
                window.cut()
            assert not [window for window in windows if window.online.is_set()]
            await all_online(windows, BACK_SECONDS)
        finally:
            for window in windows:
                window.stays.cancel()
            await asyncio.gather(*(window.stays for window in windows), return_exceptions=True)


async def all_online(windows: list[Window], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        for window in windows:
            await window.online.wait()


@asynccontextmanager
async def server_process(folder: Path) -> AsyncIterator[str]:
    arguments = ["serve", "--demo", "--port", "0", "--data-dir", str(folder)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chat",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NIGHTDESK_BOT": "false"},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(BACK_SECONDS):
            while (found := re.search(rb"http://\S+?:\d+", await process.stdout.readline())) is None:
                pass
        yield found.group().decode()
    finally:
        process.terminate()
        await process.wait()
