"""What a server takes while nobody says anything: resident memory, sockets, pings.

    .venv/bin/python -m tests.bench.idle [--sockets 10000]

The server is a process of its own on one core, the sockets are held on the other; each offers permessage-deflate, as
browsers do, and answers pings. Of `plain`, python-socketio as it comes, there are fewer: its sockets are large.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.bench.deliver import LOAD_CORE, SERVER_CORE, cpu_of, told_by

AT_ONCE = 100  # handshakes
FEWER = 2_000  # sockets of the plain server
ROUND = 23  # seconds from one ping of a socket to the next, at most


@dataclass(frozen=True)
class Idle:
    """Of sockets: bytes each, and the share of a core that all of them take."""

    bytes_each: float
    share: float


@dataclass(frozen=True)
class Resident:
    """MB of the serving process with demo data."""

    first: float  # in the process that made them
    without_bot: float
    with_bot: float


# -- the server's process -----------------------------------------------------------------------------------------


async def serve(candidate: str, folder: Path, sockets: int) -> None:
    import gc

    from aiohttp import web

    from chat.app import STORE
    from tests.bench import people, plain

    app = plain.build() if candidate == "plain" else people.shop(folder)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1_024).start()
    members = [(plain.NAMESPACE, "room")] * sockets
    if candidate != "plain":
        members = []
        while len(members) < sockets:
            tokens = await app[STORE].write(people.customers, min(500, sockets - len(members)))
            members += [("/customer", token) for token in tokens]
    gc.collect()
    gc.freeze()
    print(json.dumps({"port": runner.addresses[0][1], "members": members}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # saying goodbye to ten thousand takes a while, and nobody asks


# -- sockets ------------------------------------------------------------------------------------------------------


async def sockets_of(candidate: str, sockets: int) -> Idle:
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder:
        process = _started(candidate, folder, sockets)
        assert process.stdin is not None
        try:
            told = await told_by(process)
            url = f"http://127.0.0.1:{told['port']}/socket.io/?EIO=4&transport=websocket"
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
                return await _measured(process.pid, http, url, told["members"])
        finally:
            process.stdin.close()
            process.wait(30)


def _started(candidate: str, folder: str, sockets: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "tests.bench.idle", "--serve", candidate, folder, str(sockets)]
    pinned = ["taskset", "-c", str(SERVER_CORE), *arguments]
    return subprocess.Popen(pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def _measured(pid: int, http: aiohttp.ClientSession, url: str, members: list[list[str]]) -> Idle:
    await _hold(http, url, members[:20])  # what is loaded by the first of them is loaded
    before, begun = psutil.Process(pid).memory_info().rss, 20
    held = []
    for first in range(begun, len(members), AT_ONCE):
        held += await _hold(http, url, members[first : first + AT_ONCE])
    each = (psutil.Process(pid).memory_info().rss - before) / (len(members) - begun)
    await asyncio.sleep(ROUND)  # the wave of handshakes is over
    used, since = cpu_of(pid), time.monotonic()
    await asyncio.sleep(2 * ROUND)
    share = (cpu_of(pid) - used) / 1e9 / (time.monotonic() - since)
    assert not any(one.done() for one in held), "some sockets were closed"
    return Idle(each, share)


async def _hold(http: aiohttp.ClientSession, url: str, members: list[list[str]]) -> list[asyncio.Task[None]]:
    return await asyncio.gather(*(_join(http, url, *member) for member in members))


async def _join(http: aiohttp.ClientSession, url: str, namespace: str, token: str) -> asyncio.Task[None]:
    socket = await http.ws_connect(url, compress=15, max_msg_size=0)
    await socket.receive()
    await socket.send_str(f"40{namespace}," + json.dumps({"token": token}))
    joined = await socket.receive_str()
    assert joined.startswith("40"), joined
    return asyncio.create_task(_answer_pings(socket))


async def _answer_pings(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for message in socket:
        if message.data == "2":
            await socket.send_str("3")


# -- an idle server -----------------------------------------------------------------------------------------------


async def resident() -> Resident:
    """Of `python -m chat serve --demo`: started in an empty folder, and started anew in it, when the demo data and the
    bot's model are there; with the bot once a customer has opened the window."""
    with tempfile.TemporaryDirectory() as folder:
        process, _ = await _start(Path(folder))
        try:
            first = await _settled(process.pid)
        finally:
            process.terminate()
            process.wait(15)
        process, url = await _start(Path(folder))
        try:
            without = await _settled(process.pid)
            async with aiohttp.ClientSession() as http:
                await _wake_bot(http, url)
            return Resident(first, without, await _settled(process.pid))
        finally:
            process.terminate()
            process.wait(15)


async def _start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A server as people start it, at night, and its address."""
    process = _demo(folder)
    assert process.stdout is not None
    url = ""
    while not url:
        line = await asyncio.to_thread(process.stdout.readline)
        found = [word for word in line.split() if word.startswith("http://127.0.0.1:")]
        url = found[0].split("/demo")[0].rstrip("/") if found else ""
    return process, url


def _demo(folder: Path) -> subprocess.Popen[str]:
    arguments = ["-m", "chat", "serve", "--demo", "--at", "23:30", "--port", "0", "--data-dir", str(folder)]
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


async def _wake_bot(http: aiohttp.ClientSession, url: str) -> None:
    async def ask(command: str, token: str = "", **values: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with http.post(f"{url}/api/customer/{command}", json=values, headers=headers) as answer:
            return (await answer.json())["value"]

    token = (await ask("session", site="demo", locale="zh-CN"))["token"]
    started = (await ask("start", token, topic="other"))["conversation"]
    if started["status"] == "bot":
        said = {"conversation_id": started["id"], "client_id": "00000000-0000-4000-8000-000000000001"}
        await ask("say", token, body="怎么申请退款", **said)


async def _settled(pid: int) -> float:
    """MB, once they have not grown for ten seconds; with them those of its children."""
    process, size, still = psutil.Process(pid), 0.0, 0
    while still < 10:
        await asyncio.sleep(1)
        now = process.memory_info().rss / 2**20
        still = still + 1 if now < size + 1 and not process.children() else 0
        size = max(size, now) if still else now
    return size


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sockets", type=int, default=10_000)
    asked.add_argument("--serve", nargs=3, metavar=("SERVER", "FOLDER", "SOCKETS"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve[0], Path(given.serve[1]), int(given.serve[2])))
        return
    found = asyncio.run(resident())
    print(
        f"resident with demo data: {found.first:.1f} MB at the first start, {found.without_bot:.1f} MB at the next,"
        f" {found.with_bot:.0f} MB with the bot"
    )
    for candidate, many in (("lean", given.sockets), ("plain", min(FEWER, given.sockets))):
        idle = asyncio.run(sockets_of(candidate, many))
        print(
            f"{candidate}: {idle.bytes_each / 1024:.1f} KB a socket, {many} of them {100 * idle.share:.1f} % of a core",
            flush=True,
        )


if __name__ == "__main__":
    main()
