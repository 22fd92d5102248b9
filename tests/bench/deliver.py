"""What a message costs the server's processor: stored, acknowledged and delivered, against servers that only relay.

    .venv/bin/python -m tests.bench.deliver [--slices 7] [--seconds 3] [--candidates lean plain ...]

Each server is a process of its own on one core, the load one on the other. 96 sockets in 48 rooms of two say as fast
as they are answered. The servers take turns in slices; the table shows medians, and ratios within the same round.

    lean, stock   ours, with either engine; SQLite, synchronous=FULL
    plain         python-socketio as it comes, which stores nothing; what it relays has the shape and size of ours
    node          Node's socket.io as it comes (tests/bench/node), if it can be had
    lean-two, plain-two   two processes and Redis: one half of a room is on each, and the customers' halves speak.
                  Of ours both use one SQLite file. Counted is what both take; Redis itself is not.
    lean-deflate, plain-deflate   clients offer to compress, as every browser does: plain does it then, ours declines
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from statistics import median
from string import digits
from typing import Any

import aiohttp
import socketio  # noqa: F401  (with its Redis manager: once chat has imported it, it is without)
from aiohttp import web

from chat import commands
from chat.app import STORE
from chat.store.tables import new_id
from tests.bench import people, plain
from tests.servers import Redis

ROOMS = 48
CANDIDATES = ("lean", "stock", "plain", "node", "lean-two", "plain-two", "lean-deflate", "plain-deflate")
WINDOW_BITS = 15  # of the compression that browsers offer
BODY = "您好，我的订单昨天显示已签收，但是我没有收到包裹，麻烦帮我查一下，谢谢。"
SERVER_CORE, LOAD_CORE = 0, 1
JS = Path(__file__).parent / "node"


# -- the server's process -----------------------------------------------------------------------------------------


async def serve(candidate: str, folder: Path, redis_url: str | None) -> None:
    """`+` behind a candidate makes it the second process: the people are made by the first."""
    name, is_second = candidate.removesuffix("+"), candidate.endswith("+")
    # One person says more here than anybody may.
    unlimited = commands.Rate(10**9, 10**9)
    commands.COMMANDS = tuple(replace(command, rate=unlimited) for command in commands.COMMANDS)
    app = plain.build(redis_url) if name == "plain" else people.shop(folder, engine=name, redis_url=redis_url)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    members = [] if is_second else await everybody(name, app)
    gc.collect()
    gc.freeze()  # as `python -m chat` does; for all
    if name != "plain":
        gc.set_threshold(2_000)
    print(json.dumps({"port": runner.addresses[0][1], "members": members}), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the load goes
    await runner.cleanup()


async def everybody(name: str, app: web.Application) -> list[tuple[str, str]]:
    """Namespace and token of each member, the two of a room beside each other."""
    if name == "plain":
        return relayed()
    customers = await app[STORE].write(people.customers, ROOMS)
    agents = await app[STORE].write(people.agents, ROOMS)
    pairs = zip(customers, agents, strict=True)
    return [one for customer, agent in pairs for one in (("/customer", customer), ("/agent", agent))]


def relayed() -> list[tuple[str, str]]:
    return [(plain.NAMESPACE, f"0199c2f0-7f3a-7c1e-9d2b-{member // 2:012}") for member in range(2 * ROOMS)]


# -- the load -----------------------------------------------------------------------------------------------------


class Member:
    """One socket that says the next thing as soon as the last is acknowledged."""

    def __init__(self, load: Load, socket: aiohttp.ClientWebSocketResponse, namespace: str) -> None:
        self._load, self._socket, self._namespace = load, socket, namespace
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.conversation_id = ""

    async def join(self, token: str) -> None:
        await self._socket.receive()
        await self._socket.send_str(f"40{self._namespace}," + json.dumps({"token": token}))
        joined = await self._socket.receive_str()
        assert joined.startswith("40"), joined
        self._reading = asyncio.create_task(self._read())

    async def do(self, name: str, **values: Any) -> Any:
        number = len(self._answers) + 1
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(f"42{self._namespace},{number}" + json.dumps([name, values]))
        answer = await asyncio.wait_for(self._answers[number], 30)
        assert answer["ok"], answer
        return answer["value"]

    async def say(self) -> None:
        # Ids as our own windows make them.
        said = {"conversation_id": self.conversation_id, "client_id": new_id(), "body": BODY}
        self._load.asked += 1
        await self._socket.send_str(f"42{self._namespace},0" + json.dumps(["say", said], ensure_ascii=False))

    async def _read(self) -> None:
        acknowledged, event = f"43{self._namespace},0[", f'42{self._namespace},["message"'
        async for message in self._socket:
            if message.data.startswith(acknowledged):
                assert '"ok":true' in message.data, message.data
                self._load.acked += 1
                if self._load.running:
                    await self.say()
                elif self._load.acked == self._load.asked:
                    self._load.quiet.set()
            elif message.data.startswith(event):
                self._load.delivered += 1
                if self._load.delivered == self._load.wanted:
                    self._load.there.set()
            elif message.data == "2":
                await self._socket.send_str("3")
            elif message.data.startswith("43"):
                number, _, answer = message.data.partition(",")[2].partition("[")
                self._answers[int(number)].set_result(json.loads(f"[{answer}")[0])


@dataclass(frozen=True)
class Slice:
    cpu: float  # microseconds of the server's processor for a message,
    loop: float  # and of it those of its event loop
    speed: float  # messages a second


@dataclass
class Load:
    """A server with everybody connected; of two processes, the second half of each room on the second one."""

    candidate: str
    processes: list[subprocess.Popen[str]]
    http: aiohttp.ClientSession
    running: bool = False
    quiet: asyncio.Event = field(default_factory=asyncio.Event)  # everything is acknowledged
    there: asyncio.Event = field(default_factory=asyncio.Event)  # `wanted` messages were delivered
    wanted: int = 0
    asked: int = 0
    acked: int = 0
    delivered: int = 0

    async def connect(self) -> None:
        told = [await self._told(process) for process in self.processes]
        urls = [f"http://127.0.0.1:{one['port']}/socket.io/?EIO=4&transport=websocket" for one in told]
        self.members = []
        for place, (namespace, token) in enumerate(told[0]["members"]):
            url = urls[place % len(urls)]
            compress = WINDOW_BITS if self.candidate.endswith("-deflate") else 0
            member = Member(self, await self.http.ws_connect(url, max_msg_size=0, compress=compress), namespace)
            await member.join(token)
            member.conversation_id = token  # as a plain server calls it; ours tells below
            self.members.append(member)
        self.speakers = self.members[:: len(urls)]
        if self.candidate.startswith(("lean", "stock")):
            for customer, agent in zip(self.members[::2], self.members[1::2], strict=True):
                started = (await customer.do("start", topic="other"))["conversation"]
                await agent.do("set_presence", status="online")
                await agent.do("pick", conversation_id=started["id"])
                customer.conversation_id = agent.conversation_id = started["id"]

    async def _told(self, process: subprocess.Popen[str]) -> Any:
        told = await told_by(process)
        return told if isinstance(told, dict) else {"port": told, "members": relayed()}

    async def slice(self, seconds: float) -> Slice:
        loop = asyncio.get_running_loop()
        acked, delivered, used, of_loop, begun = (
            self.acked,
            self.delivered,
            self._cpu(),
            self._cpu_of_loop(),
            loop.time(),
        )
        self.running = True
        self.quiet.clear()
        for member in self.speakers:
            await member.say()
        await asyncio.sleep(seconds)
        self.running = False
        await self.quiet.wait()
        messages = self.acked - acked
        # The last ones may still be on their way, through Redis for instance.
        await asyncio.wait_for(self._heard(delivered + messages), 10)
        return Slice(
            (self._cpu() - used) / messages / 1_000,
            (self._cpu_of_loop() - of_loop) / messages / 1_000,
            messages / (loop.time() - begun),
        )

    async def _heard(self, messages: int) -> None:
        self.wanted = messages
        if self.delivered < messages:
            self.there.clear()
            await self.there.wait()

    def _cpu(self) -> int:
        """Nanoseconds, of all threads of all its processes."""
        return sum(cpu_of(process.pid) for process in self.processes)

    def _cpu_of_loop(self) -> int:
        return sum(nanoseconds(Path(f"/proc/{process.pid}/task/{process.pid}")) for process in self.processes)

    def stop(self) -> None:
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(15)


async def told_by(process: subprocess.Popen[str]) -> Any:
    """What a server says once it can be reached. One of ours may say before how far it is."""
    assert process.stdout is not None
    line = ""
    while not line.startswith(("{", *digits)):
        line = await asyncio.to_thread(process.stdout.readline)
        assert line, "the server has ended"
    return json.loads(line)


def cpu_of(pid: int) -> int:
    """Nanoseconds of all threads that live; those of a server live as long as it does."""
    return sum(nanoseconds(thread) for thread in Path(f"/proc/{pid}/task").iterdir())


def nanoseconds(thread: Path) -> int:
    return int((thread / "schedstat").read_text().split()[0])


async def take_turns(candidates: Sequence[str], slices: int, seconds: float) -> dict[str, list[Slice]]:
    """Slices of each, those of one round at the same place. Where Node's package cannot be had, `node` is left out."""
    os.sched_setaffinity(0, {LOAD_CORE})
    node = node_with_packages() if "node" in candidates else None
    names = [name for name in candidates if name != "node" or node]
    measured: dict[str, list[Slice]] = {name: [] for name in names}
    redis = Redis() if any(name.endswith("-two") for name in names) else None
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        with tempfile.TemporaryDirectory() as folder:
            loads: list[Load] = []
            try:
                if redis:
                    redis.start()
                for name in names:
                    load = Load(name, start(name, Path(folder) / name, redis, node), http)
                    loads.append(load)
                    await load.connect()
                    await load.slice(1)  # warm
                for _ in range(slices):
                    for load in loads:
                        measured[load.candidate].append(await load.slice(seconds))
            finally:
                for load in loads:
                    load.stop()
                if redis:
                    redis.remove()
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    return measured


def node_with_packages() -> str | None:
    """Where Node is, with what is pinned for it there; None, and a line that says so, when there is no way to them."""
    sys.path.insert(0, str(JS.parents[2] / "scripts"))  # before the `setup` of the checkout itself
    setup = import_module("setup")
    try:
        node = setup.find_node()
        setup.install_front(node, JS)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Node's socket.io is left out, it cannot be had: {type(error).__name__}", flush=True)
        return None
    return str(node)


def start(candidate: str, folder: Path, redis: Redis | None, node: str | None) -> list[subprocess.Popen[str]]:
    folder.mkdir()
    if candidate == "node":
        return [_process([str(node), str(JS / "plain.mjs")], folder)]
    name = candidate.partition("-")[0]
    parts = [name, f"{name}+"] if candidate.endswith("-two") else [name]
    url = redis.url if redis and len(parts) > 1 else ""
    return [
        _process([sys.executable, "-m", "tests.bench.deliver", "--serve", part, str(folder), url], folder)
        for part in parts
    ]


def _process(arguments: list[str], folder: Path) -> subprocess.Popen[str]:
    """Pinned to its core before it begins, so that all its threads are."""
    pinned = ["taskset", "-c", str(SERVER_CORE), *arguments]
    log = (folder / "log").open("a")
    return subprocess.Popen(pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)


def ratio(mine: Sequence[Slice], floor: Sequence[Slice]) -> float:
    """Median of the ratios within the rounds."""
    return median(one.cpu / other.cpu for one, other in zip(mine, floor, strict=True))


def table(measured: dict[str, list[Slice]]) -> str:
    lines = [
        "| server | CPU us a message, median | lowest..highest | of it the event loop | to plain | messages a second |",
        "|---|---|---|---|---|---|",
    ]
    for name, slices in measured.items():
        costs = [one.cpu for one in slices]
        plain_one = measured.get("-".join(["plain", *name.split("-")[1:]]))
        to_plain = f"{ratio(slices, plain_one):.2f}" if plain_one else ""
        lines.append(
            f"| {name} | {median(costs):.0f} | {min(costs):.0f}..{max(costs):.0f}"
            f" | {median(one.loop for one in slices):.0f} | {to_plain} | {median(one.speed for one in slices):.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--slices", type=int, default=7)
    asked.add_argument("--seconds", type=float, default=3)
    asked.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=["lean", "stock", "plain"])
    asked.add_argument("--serve", nargs=3, metavar=("SERVER", "FOLDER", "REDIS"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve[0], Path(given.serve[1]), given.serve[2] or None))
    else:
        print(table(asyncio.run(take_turns(given.candidates, given.slices, given.seconds))))


if __name__ == "__main__":
    main()
