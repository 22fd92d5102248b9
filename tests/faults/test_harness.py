"""The proxy does what it says: a fault test that no fault reached would pass for the wrong reason."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults.conftest import Serving
from tests.faults.proxy import Proxy, running
from tests.faults.senders import agent, check_log, check_shown, customer, until

PATIENCE = 10


@asynccontextmanager
async def echo(greeting: bytes = b"") -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says what it hears; its port and what it heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while data := await reader.read(65_536):
            heard.append(data)
            writer.write(data)
            await writer.drain()
        writer.write(b"end")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


async def dial(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def answer(reader: asyncio.StreamReader, size: int) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await reader.readexactly(size)


async def test_it_passes_everything_and_each_end() -> None:
    async with echo() as (port, _), Proxy(port) as proxy:
        reader, writer = await dial(proxy)
        data = bytes(range(256)) * 4_000
        writer.write(data)
        assert await answer(reader, len(data)) == data
        writer.write_eof()
        assert await answer(reader, 3) == b"end"
        assert await reader.read() == b""
        writer.close()


async def test_it_delays_and_throttles_one_way_and_keeps_the_order() -> None:
    loop = asyncio.get_running_loop()
    async with echo() as (port, _), Proxy(port, seed=1) as proxy:
        reader, writer = await dial(proxy)
        proxy.down.delay, proxy.down.jitter = 0.2, 0.1
        begun = loop.time()
        for number in range(20):
            writer.write(b"%02d" % number)
        assert await answer(reader, 40) == b"".join(b"%02d" % number for number in range(20))
        assert loop.time() - begun >= 0.2
        proxy.heal()
        proxy.up.rate = 10_000
        begun = loop.time()
        writer.write(b"x" * 5_000)
        await answer(reader, 5_000)
        assert loop.time() - begun >= 0.4
        writer.close()


@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_black_hole_swallows_one_way_and_that_connection_stays_lost(way: str) -> None:
    async with echo() as (port, heard), Proxy(port) as proxy:
        reader, writer = await dial(proxy)
        writer.write(b"one")
        await answer(reader, 3)
        getattr(proxy, way).black_hole = True
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await reader.read(1)
        assert (b"two" in heard) is (way == "down")
        proxy.heal()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await answer(reader, 1)
        reader, writer = await dial(proxy)
        writer.write(b"three")
        assert await answer(reader, 5) == b"three"
        writer.close()


async def test_what_is_stalled_arrives_afterwards() -> None:
    async with echo() as (port, heard), Proxy(port) as proxy:
        proxy.up.stalled = True
        reader, writer = await dial(proxy)
        writer.write(b"late")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        assert heard == []
        proxy.up.stalled = False
        assert await answer(reader, 4) == b"late"
        writer.close()


async def test_it_half_closes_cuts_and_refuses() -> None:
    async with echo() as (port, heard), Proxy(port) as proxy:
        reader, writer = await dial(proxy)
        writer.write(b"one")
        await answer(reader, 3)
        proxy.half_close("down")
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.write(b"two")
        await until(lambda: b"two" in heard, PATIENCE)
        proxy.cut()
        with pytest.raises(ConnectionError):
            await write_for_ever(writer)
        proxy.refusing = True
        reader, _ = await dial(proxy)
        with pytest.raises(ConnectionResetError):
            await reader.read()


async def test_it_goes_round_its_servers_and_leaves_a_dead_one_out() -> None:
    async with echo(b"A") as (first, _), echo(b"B") as (second, _), Proxy(first, second) as proxy:
        assert [await greeting(proxy) for _ in range(4)] == [b"A", b"B", b"A", b"B"]
        async with echo(b"C") as (gone, _):
            pass
        proxy.upstreams = [gone, second]
        assert [await greeting(proxy) for _ in range(4)] == [b"B"] * 4


async def greeting(proxy: Proxy) -> bytes:
    reader, writer = await dial(proxy)
    greeted = await answer(reader, 1)
    writer.close()
    return greeted


async def write_for_ever(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"more")
        await writer.drain()


HANDSHAKE = b"GET /socket.io/ HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"


async def test_websockets_alone_are_refused_cut_or_swallowed() -> None:
    async with echo() as (port, heard), Proxy(port) as proxy:
        proxy.websockets = "refuse"
        reader, writer = await dial(proxy)
        writer.write(HANDSHAKE)
        assert (await asyncio.wait_for(reader.read(), PATIENCE)).startswith(b"HTTP/1.1 502 ")
        proxy.websockets = "swallow"
        reader, writer = await dial(proxy)
        writer.write(HANDSHAKE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        assert heard == []
        proxy.websockets, proxy.websocket_seconds = "cut", 0.1
        reader, writer = await dial(proxy)
        writer.write(HANDSHAKE)
        assert await answer(reader, len(HANDSHAKE)) == HANDSHAKE
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await answer(reader, 1)
        for mode in ("refuse", "cut", "swallow"):
            proxy.websockets = mode  # type: ignore[assignment]
            reader, writer = await dial(proxy)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            await answer(reader, 18)
            writer.close()


def test_it_runs_on_a_thread_of_its_own_and_a_process_answers_through_it(nightdesk: Serving) -> None:
    process = nightdesk()
    proxy = Proxy(process.port)
    with running(proxy) as do:
        with urllib.request.urlopen(f"{proxy.url}/readyz", timeout=PATIENCE) as answered:
            assert answered.status == 200
        do(proxy.cut)
        proxy.refusing = True
        with pytest.raises(OSError):  # noqa: PT011
            urllib.request.urlopen(f"{proxy.url}/readyz", timeout=PATIENCE)


async def test_people_talk_follow_and_come_back(nightdesk: Serving) -> None:
    process = await asyncio.to_thread(nightdesk)
    async with (
        await customer(process.url) as li_na,
        await customer(process.url, over="http") as wang,
        await agent(process.url) as mei,
    ):
        hers, his = await li_na.start(), await wang.start()
        for conversation_id in (hers, his):
            await mei.pick(conversation_id)
        for number in range(20):
            li_na.say(hers, f"h{number}")
            wang.say(his, f"w{number}")
            mei.say((hers, his)[number % 2], f"m{number}")
        await asyncio.to_thread(process.restart)
        for person in (li_na, wang, mei):
            await person.all_acked(PATIENCE)
        for conversation_id, person in ((hers, li_na), (his, wang)):
            stored = await person.everything(conversation_id)
            check_log(conversation_id, stored, (li_na, wang, mei))
            for reader in (person, mei):
                await reader.has_shown(conversation_id, len(stored), PATIENCE)
                check_shown(conversation_id, stored, reader)
        assert (li_na.connections, mei.connections) == (2, 2)
