"""What `say` takes on the thread that writes, without sockets, and where it goes.

    .venv/bin/python -m tests.bench.writer [--batches 250] [--batch 96] [--profile]

Half of a batch is said by customers, half by their agents, in 48 conversations, and committed together as the store
does it. Microseconds of CPU a message: the least (what it takes while nobody disturbs), and the median.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import pstats
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import web

from chat.actions import access
from chat.actions.access import Caller, Who
from chat.actions.perform import asked, perform
from chat.app import STORE
from chat.commands import Command, at_door
from chat.door import read_input
from chat.store import Clock, Store
from chat.store.line import Waiting
from chat.store.store import database_at
from chat.store.tables import new_id
from tests.bench import people
from tests.bench.deliver import BODY, ROOMS

Speaker = tuple[Who, Command, str]
NOBODY: Any = None  # the loop and the future of what is carried out at once


async def furnish(folder: Path) -> list[Speaker]:
    app = people.shop(folder)
    runner = web.AppRunner(app)
    await runner.setup()
    store = app[STORE]
    customers, agents = await store.write(people.customers, ROOMS), await store.write(people.agents, ROOMS)
    found = [one for pair in zip(customers, agents, strict=True) for one in await _pair(store, *pair)]
    await runner.cleanup()
    return found


async def _pair(store: Store, customer_token: str, agent_token: str) -> list[Speaker]:
    customer = await store.read(access.identify, Caller.CUSTOMER, customer_token)
    agent = await store.read(access.identify, Caller.AGENT, agent_token)

    async def do(who: Who, name: str, **values: Any) -> Any:
        command = at_door(who.kind.value)[name]
        return await store.write(perform, command, who, read_input(command.input, values), ())

    here = (await do(customer, "start", topic="other"))["conversation"]["id"]
    await do(agent, "set_presence", status="online")
    await do(agent, "pick", conversation_id=here)
    return [(customer, at_door("customer")["say"], here), (agent, at_door("agent")["say"], here)]


def batch(speakers: list[Speaker]) -> list[Waiting]:
    return [_waiting(*speaker) for speaker in speakers]


def _waiting(who: Who, command: Command, conversation_id: str) -> Waiting:
    said = {"conversation_id": conversation_id, "client_id": new_id(), "body": BODY}
    given = read_input(command.input, said)
    return Waiting(lambda tx: perform(tx, command, who, given, (), tx.now), NOBODY, NOBODY, asked(who, given))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--batches", type=int, default=250)
    asked.add_argument("--batch", type=int, default=2 * ROOMS, help="messages in a commit, at most 96")
    asked.add_argument("--profile", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        speakers = asyncio.run(furnish(folder))[: given.batch]
        writer, clock = database_at(next(folder.glob("*.db"))).writer(), Clock(lambda: datetime.now(UTC))

        def commit() -> float:
            waiting = batch(speakers)
            begun = time.thread_time()
            writer.carry_out(waiting, clock)
            taken = time.thread_time() - begun
            assert all(one.error is None for one in waiting), waiting[0].error
            return taken / len(waiting) * 1e6

        gc.collect()
        gc.freeze()
        taken = sorted(commit() for _ in range(given.batches))
        print(f"say on the writer, {len(speakers)} a commit: least {taken[0]:.0f} us, median {median(taken):.0f} us")
        if given.profile:
            profile = cProfile.Profile(time.thread_time)
            waiting = [batch(speakers) for _ in range(30)]
            profile.enable()
            for one in waiting:
                writer.carry_out(one, clock)
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        writer.close()


if __name__ == "__main__":
    main()
