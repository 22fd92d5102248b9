"""What a message costs the server's processor: stored, acknowledged and delivered, against plain python-socketio.

    .venv/bin/python -m tests.bench.deliver [--slices 7] [--seconds 3]

Each server is a process of its own on one core, the load one on the other. 96 sockets in 48 rooms of two say as fast
as they are answered. The servers take turns in slices; the table shows medians, and ratios within the same round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

from chat import commands
from chat.app import STORE, build_app
from chat.settings import Settings
from tests.bench import people, plain

ROOMS = 48
CANDIDATES = ("lean", "stock", "plain")
BODY = "您好，我的订单昨天显示已签收，但是我没有收到包裹，麻烦帮我查一下，谢谢。"
SERVER_CORE, LOAD_CORE = 0, 1


# -- the server's process -----------------------------------------------------------------------------------------


async def serve(candidate: str, folder: Path) -> None:
    os.sched_setaffinity(0, {SERVER_CORE})
    # One person says more here than anybody may.
    unlimited = commands.Rate(10**9, 10**9)
    commands.COMMANDS = tuple(replace(command, rate=unlimited) for command in commands.COMMANDS)
    if candidate == "plain":
        app = plain.build()
    else:
        app = build_app(Settings(data_dir=folder, port=0, demo=True, at="10:30", work=False, engine=candidate))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    members = [(plain.NAMESPACE, str(room // 2)) for room in range(2 * ROOMS)]
    if candidate != "plain":
        customers = await app[STORE].write(people.customers, ROOMS)
        agents = await app[STORE].write(people.agents, ROOMS)
        pairs = zip(customers, agents, strict=True)
        members = [one for customer, agent in pairs for one in (("/customer", customer), ("/agent", agent))]
    print(json.dumps({"port": runner.addresses[0][1], "members": members}), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the load goes
    await runner.cleanup()


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
        answer = await asyncio.wait_for(self._answers[number], 10)
        assert answer["ok"], answer
        return answer["value"]

    async def say(self) -> None:
        said = {"client_id": str(uuid.uuid4()), "body": BODY}
        if self.conversation_id:
            said["conversation_id"] = self.conversation_id
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
            elif message.data == "2":
                await self._socket.send_str("3")
            elif message.data.startswith("43"):
                number, _, answer = message.data.partition(",")[2].partition("[")
                self._answers[int(number)].set_result(json.loads(f"[{answer}")[0])


@dataclass
class Load:
    """A server with everybody connected."""

    candidate: str
    process: subprocess.Popen[str]
    http: aiohttp.ClientSession
    running: bool = False
    quiet: asyncio.Event = field(default_factory=asyncio.Event)  # everything is acknowledged
    asked: int = 0
    acked: int = 0
    delivered: int = 0

    async def connect(self) -> None:
        assert self.process.stdout is not None
        told = json.loads(await asyncio.to_thread(self.process.stdout.readline))
        url = f"http://127.0.0.1:{told['port']}/socket.io/?EIO=4&transport=websocket"
        self.members = []
        for namespace, token in told["members"]:
            member = Member(self, await self.http.ws_connect(url, max_msg_size=0), namespace)
            await member.join(token)
            self.members.append(member)
        if self.candidate != "plain":
            for customer, agent in zip(self.members[::2], self.members[1::2], strict=True):
                started = (await customer.do("start", topic="other"))["conversation"]
                await agent.do("set_presence", status="online")
                await agent.do("pick", conversation_id=started["id"])
                customer.conversation_id = agent.conversation_id = started["id"]

    async def slice(self, seconds: float) -> tuple[float, float, float]:
        """Microseconds of the server's processor for a message, those of its event loop, and messages a second."""
        loop = asyncio.get_running_loop()
        acked, used, of_loop, begun = self.acked, self._cpu(), self._cpu_of_loop(), loop.time()
        self.running = True
        self.quiet.clear()
        for member in self.members:
            await member.say()
        await asyncio.sleep(seconds)
        self.running = False
        await self.quiet.wait()
        messages = self.acked - acked
        return (
            (self._cpu() - used) / messages / 1_000,
            (self._cpu_of_loop() - of_loop) / messages / 1_000,
            messages / (loop.time() - begun),
        )

    def _cpu(self) -> int:
        """Nanoseconds, of all its threads."""
        return sum(nanoseconds(thread) for thread in Path(f"/proc/{self.process.pid}/task").iterdir())

    def _cpu_of_loop(self) -> int:
        return nanoseconds(Path(f"/proc/{self.process.pid}/task/{self.process.pid}"))

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(15)


def nanoseconds(thread: Path) -> int:
    return int((thread / "schedstat").read_text().split()[0])


async def measure(slices: int, seconds: float, candidates: list[str]) -> None:
    os.sched_setaffinity(0, {LOAD_CORE})
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in candidates}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        with tempfile.TemporaryDirectory() as folder:
            loads = [Load(name, start(name, Path(folder) / name), http) for name in candidates]
            try:
                for load in loads:
                    await load.connect()
                    await load.slice(1)  # warm
                for _ in range(slices):
                    for load in loads:
                        measured[load.candidate].append(await load.slice(seconds))
            finally:
                for load in loads:
                    load.stop()
    print(
        "| server | CPU us a message (median) | lowest..highest | of it the event loop | to plain | messages a second |"
    )
    print("|---|---|---|---|---|---|")
    for name in candidates:
        costs, of_loop, speeds = zip(*measured[name], strict=True)
        to_plain = [mine[0] / base[0] for mine, base in zip(measured[name], measured[candidates[-1]], strict=True)]
        print(
            f"| {name} | {median(costs):.0f} | {min(costs):.0f}..{max(costs):.0f} | {median(of_loop):.0f}"
            f" | {median(to_plain):.2f} | {median(speeds):.0f} |"
        )


def start(candidate: str, folder: Path) -> subprocess.Popen[str]:
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.deliver", "--serve", candidate, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
        text=True,
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--slices", type=int, default=7)
    asked.add_argument("--seconds", type=float, default=3)
    asked.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    asked.add_argument("--serve", nargs=2, metavar=("SERVER", "FOLDER"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve[0], Path(given.serve[1])))
    else:
        asyncio.run(measure(given.slices, given.seconds, given.candidates))


if __name__ == "__main__":
    main()
