"""`/healthz` and `/readyz` say how it is, and cost nothing to ask."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from chat.actions import workers
from chat.app import PARTS
from tests.conftest import PATIENCE, Serve, Server


async def ask(server: Server, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.get(server.url + path) as answer:
        return answer.status, await answer.json()


async def set_schema(server: Server, revision: str) -> None:
    sql = "UPDATE alembic_version SET version_num = :revision"
    await server.store.write(lambda tx, now: tx.change(sql, revision=revision))


async def until_probed_anew(server: Server, status: int) -> Any:
    async with asyncio.timeout(10):
        while True:
            answered, told = await ask(server, "/readyz")
            if answered == status:
                return told
            await asyncio.sleep(0.1)


async def test_it_is_ready_and_alive_and_says_so(serve: Serve) -> None:
    server = await serve()
    assert await ask(server, "/readyz") == (200, {"ok": True})
    assert await ask(server, "/healthz") == (200, {"ok": True})


async def test_a_database_that_waits_for_its_migration_is_told_and_a_newer_one_is_served(serve: Serve) -> None:
    server = await serve()
    await set_schema(server, "0002")
    told = await until_probed_anew(server, 503)
    assert told["problem"] == ("The database has schema 0002, older than this version's: run `python -m chat migrate`.")
    assert (await ask(server, "/healthz"))[0] == 200  # a new process would not mend it
    await set_schema(server, "9999")  # the next version is about to take over
    assert await until_probed_anew(server, 200) == {"ok": True}


async def test_who_asks_often_makes_no_more_than_a_write_a_second(serve: Serve) -> None:
    server = await serve(work=False)
    begun, seen = time.monotonic(), set()
    for _ in range(30):
        assert (await ask(server, "/readyz"))[0] == 200
        sql = "SELECT value FROM meta WHERE key = 'probed'"
        seen.add(await server.store.read(lambda tx, now, sql=sql: tx.value(sql)))
    assert 1 <= len(seen) <= time.monotonic() - begun + 1


@pytest.mark.databases("sqlite")
async def test_a_process_whose_work_has_ended_asks_to_be_replaced(serve: Serve) -> None:
    server = await serve()
    sweep, *_ = server.app[PARTS]._work._sweeping  # type: ignore[union-attr]
    sweep.cancel()
    await asyncio.wait({sweep})
    status, told = await ask(server, "/healthz")
    assert (status, told["problem"]) == (503, "A part of the background work has ended.")


async def test_that_nobody_does_the_background_work_is_told_and_no_reason_to_go_elsewhere(serve: Serve) -> None:
    lonely = await serve(work=False)
    status, told = await ask(lonely, "/readyz")
    assert (status, told["ok"], "No process does the background work" in told["degraded"]) == (200, True, True)
    await lonely.stop()
    helped = await serve(work=False)
    await helped.store.write(workers.seen, "elsewhere:7", {})
    assert await ask(helped, "/readyz") == (200, {"ok": True})


async def test_a_process_that_works_says_so_and_takes_its_leave(serve: Serve) -> None:
    working, looking_on = await serve(), await serve(work=False)

    async def are_there(any_of_them: bool) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                if await looking_on.store.read(workers.nobody) != any_of_them:
                    return
                await asyncio.sleep(0.01)

    await are_there(True)
    await working.stop()
    await are_there(False)


@pytest.mark.databases("sqlite")
async def test_a_process_that_stops_is_alive_and_not_ready(serve: Serve) -> None:
    server = await serve()
    await server.app[PARTS].drain()
    assert (await ask(server, "/healthz"))[0] == 200
    status, told = await ask(server, "/readyz")
    assert (status, "about to stop" in told["problem"]) == (503, True)
