"""SIGTERM: everybody is told goodbye, what was begun is finished, and it takes less than ten seconds whatever hangs."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from chat.app import PARTS
from chat.store import Tx
from chat.web.keys import DOOR
from tests.conftest import PATIENCE, Arrive, Serve, Server, new_client_id, post
from tests.databases import Originals
from tests.faults.processes import Nightdesk, Worker
from tests.faults.senders import agent, customer, until
from tests.servers import Redis, wait_until

IN_TIME = 10  # seconds from SIGTERM to the end

Start = Callable[..., Nightdesk]


@pytest.fixture
def start(originals: Originals) -> Iterator[Start]:
    """`start(redis_url=...)`: a real process."""
    begun: list[Nightdesk] = []

    def begin(**settings: object) -> Nightdesk:
        begun.append(Nightdesk(seeded=originals.file("demo"), **settings))
        begun[-1].start()
        return begun[-1]

    yield begin
    for process in begun:
        process.remove()


@asynccontextmanager
async def held_writer(server: Server) -> AsyncIterator[None]:
    """What is written meanwhile waits."""
    begun, let_go = threading.Event(), threading.Event()

    def hold(tx: Tx, now: object) -> None:
        begun.set()
        let_go.wait(PATIENCE)

    holding = asyncio.create_task(server.store.write(hold))
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    try:
        yield
    finally:
        let_go.set()
        await holding


@pytest.mark.databases("sqlite")  # which has one writer to be held
async def test_a_command_under_way_finishes_a_later_one_is_refused_and_readyz_says_why(
    serve: Serve, customer: Arrive
) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    async with aiohttp.ClientSession() as http:
        async with held_writer(server):
            under_way = asyncio.create_task(li_na.say(conversation_id, "赶上了"))
            await until(lambda: server.app[DOOR]._gate._inside > 0, PATIENCE)
            draining = asyncio.create_task(server.app[PARTS].drain())
            await asyncio.sleep(0)
            async with http.get(f"{server.url}/readyz") as answer:
                assert answer.status == 503
                assert "draining" in (await answer.json())["problem"]
            async with http.get(f"{server.url}/healthz") as answer:
                assert answer.status == 200
            late = {"conversation_id": conversation_id, "client_id": new_client_id(), "body": "太晚了"}
            status, refusal = await post(server, "/api/customer/say", late, li_na.token)
            assert (status, refusal["error"]["code"]) == (503, "unavailable")
            assert refusal["error"]["retry_after"] > 0
        assert (await under_way)["seq"] == 1
        await draining
    await li_na.hears("bye", lambda value: value["reconnect_in"] >= 0)
    stored = await server.store.read(lambda tx, now: [row["body"] for row in tx.rows("SELECT body FROM message")])
    assert "赶上了" in stored
    assert "太晚了" not in stored


async def test_a_long_poll_is_answered_at_once_with_what_it_has(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    conversation = (await li_na.do("start", topic="other"))["conversation"]
    wait = {"conversation_id": conversation["id"], "after_seq": 0, "version": conversation["version"], "wait": 25}
    polling = asyncio.create_task(post(server, "/api/customer/sync", wait, li_na.token))
    await until(lambda: bool(server.app[PARTS].ground.hub._polls), PATIENCE)
    async with asyncio.timeout(PATIENCE):
        await server.app[PARTS].drain()
        status, answer = await polling
    assert (status, answer["value"]["messages"]) == (200, [])


async def test_everybody_hears_bye_and_is_closed_with_1000(start: Start) -> None:
    server = start()
    li_na, mei = await customer(server.url), await agent(server.url)
    async with li_na, mei:
        for someone in (li_na, mei):
            await someone.online(PATIENCE)
        li_na.say(await li_na.start(), "你好")
        await li_na.all_acked(PATIENCE)
        ended = await asyncio.to_thread(server.terminate)
        assert ended.code == 0
        assert ended.seconds < IN_TIME
        for someone in (li_na, mei):
            await until(lambda someone=someone: bool(someone.closes), PATIENCE)
            assert someone.closes[0] == 1000
            assert [name for name, _ in someone.heard].count("bye") == 1
    assert "error" not in server.log


async def test_clients_that_do_not_read_or_finish_what_they_send_hold_up_nothing(start: Start) -> None:
    server = start()
    async with aiohttp.ClientSession() as http:
        deaf = await http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket")
        with socket.create_connection(("127.0.0.1", server.port)) as slow:
            slow.sendall(b"POST /api/customer/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            ended = await asyncio.to_thread(server.terminate)
        assert ended.code == 0
        assert ended.seconds < IN_TIME
        await deaf.close()


@pytest.fixture
def hung(start: Start) -> Iterator[Nightdesk]:
    """A server whose writes wait for another process."""
    server = start()
    other = sqlite3.connect(server.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield server
    other.close()


async def _ask_in_vain(server: Nightdesk) -> asyncio.Task[Any]:
    given = {"site": "demo", "locale": "zh-CN"}

    async def ask() -> Any:
        async with aiohttp.ClientSession() as http, http.post(f"{server.url}/api/customer/session", json=given) as told:
            return await told.json()

    asking = asyncio.create_task(ask())
    await asyncio.to_thread(_says, server, "has not taken a write")
    return asking


def _says(server: Nightdesk, what: str) -> None:
    """At its next look at the latest: it looks once a second."""
    wait_until(lambda: what in (server.problem(seconds=3) or ""), PATIENCE)


async def test_readyz_answers_although_the_store_hangs_and_so_does_stopping(hung: Nightdesk) -> None:
    asking = await _ask_in_vain(hung)
    ended = await asyncio.to_thread(hung.terminate)
    assert ended.seconds < IN_TIME
    assert ended.code == 1  # not as it should be, and the log says why
    assert "stopping took too long" in hung.log
    with pytest.raises(aiohttp.ClientError):  # never told that it was done
        await asking


async def test_the_second_signal_ends_it_at_once(hung: Nightdesk) -> None:
    asking = await _ask_in_vain(hung)
    process = hung._process
    assert process is not None
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(_wait_until_nobody_is_let_in, hung.port)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, PATIENCE) == -signal.SIGTERM
    assert time.monotonic() - begun < 5
    with pytest.raises(aiohttp.ClientError):
        await asking


def _wait_until_nobody_is_let_in(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionError:
            return
        time.sleep(0.01)
    raise AssertionError("still lets in")


async def test_it_stops_in_time_while_redis_is_frozen_and_so_does_a_worker(start: Start, redis: Redis) -> None:
    server = start(redis_url=redis.url)
    worker = Worker(server)
    worker.start()
    redis.freeze()
    async with await customer(server.url) as li_na:
        li_na.say(await li_na.start(), "你好")
        await li_na.all_acked(PATIENCE)
        endings = await asyncio.gather(asyncio.to_thread(server.terminate), asyncio.to_thread(worker.terminate))
    worker.remove()
    assert [ended.code for ended in endings] == [0, 0]
    assert max(ended.seconds for ended in endings) < IN_TIME
