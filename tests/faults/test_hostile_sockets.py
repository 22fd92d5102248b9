"""Sockets that are nobody, speak nonsense, read nothing or shout: each pays for itself, and the process stays small."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket as sockets
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest

from chat.realtime.sockets import ENGINES
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.rounds import rounds
from tests.faults.senders import Person, agent, check_log, customer, until

PATIENCE = 20
MEGABYTE = 1024 * 1024
NOISE = 6 * MEGABYTE  # by which the memory of a process that was warmed up may differ
JOIN_SECONDS = 10  # the longest that a socket may be nobody
UNANSWERED = 400  # commands that somebody who shouts has on the way
SHOUTS_A_SECOND = 900  # far more than one may, and not so much that the socket is cut off, at twice that
HANDSHAKE = "/socket.io/?EIO=4&transport=websocket"

FRAMES: tuple[str | bytes, ...] = (
    "x",
    "42/customer,[",
    "42/customer," + "[" * 100_000,
    '42/customer,["say",' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "]",
    '451-/customer,["say",{"_placeholder":true,"num":0}]',
    "bAAAA",
    b"4",
    b"\x00" * 100_000,
    "x" * 200_000,
)
REFUSED = "a socket sent what it may not and is closed"


@asynccontextmanager
async def raw_socket(process: Nightdesk, **options: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket that was greeted and is nobody yet."""
    async with aiohttp.ClientSession(**options) as http, http.ws_connect(process.url + HANDSHAKE) as socket:
        assert (await socket.receive_str(timeout=PATIENCE)).startswith("0")
        yield socket


async def join(socket: aiohttp.ClientWebSocketResponse, person: Person) -> None:
    await socket.send_str(f"40/{person.door},{json.dumps({'token': person.token})}")
    assert (await socket.receive_str(timeout=PATIENCE)).startswith(f"40/{person.door},")


async def closed(socket: aiohttp.ClientWebSocketResponse) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass


def lines(process: Nightdesk) -> list[str]:
    return process.log.splitlines()


# -- nonsense ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
async def test_frames_that_are_none_of_ours_close_their_socket_with_a_line_each_and_cost_no_memory(
    nightdesk: Serving, engine: str
) -> None:
    process = await asyncio.to_thread(nightdesk, engine=engine)
    async with await customer(process.url) as li_na:
        await li_na.start()
        before = process.log.count(REFUSED)
        for frame in FRAMES * 6:
            await send(process, li_na, frame)
        await until(lambda: process.log.count(REFUSED) >= before + 6 * len(FRAMES), PATIENCE, "a line for each")
        small, told, refused = process.rss, len(lines(process)), process.log.count(REFUSED)
        count = rounds("frames that are none of ours")
        for frame in itertools.islice(itertools.cycle(FRAMES), count):
            await send(process, li_na, frame)
        assert process.rss - small < NOISE
        await until(lambda: process.log.count(REFUSED) >= refused + count, PATIENCE, "a line for each")
        about_sockets = [line for line in lines(process)[told:] if " socket " in line]  # the bot may say something, too
        assert [REFUSED in line for line in about_sockets] == [True] * count
        assert not any("Traceback" in line for line in lines(process))
        await li_na.do("my_cases")
        assert li_na.closes == []


async def send(process: Nightdesk, person: Person, frame: str | bytes) -> None:
    async with raw_socket(process) as socket:
        await join(socket, person)
        try:
            await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
        except ConnectionError:
            return  # closed before it was all there
        await closed(socket)


# -- nobody -----------------------------------------------------------------------------------------------------------


async def test_sockets_that_never_join_are_closed_with_a_line_each_and_cost_no_memory(nightdesk: Serving) -> None:
    process = await asyncio.to_thread(nightdesk)
    async with await customer(process.url) as li_na:
        await li_na.start()
        await nobodies(process, 50)
        small, told = process.rss, len(lines(process))
        count = rounds("sockets that never join")
        await nobodies(process, count)
        assert process.rss - small < NOISE
        assert len(lines(process)) - told == count
        await li_na.do("my_cases")
        assert li_na.closes == []


async def nobodies(process: Nightdesk, count: int) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(raw_socket(process)) for _ in range(count)]
        async with asyncio.timeout(JOIN_SECONDS + 2):
            await asyncio.gather(*(closed(socket) for socket in opened))


# -- deaf -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
async def test_who_reads_nothing_costs_a_megabyte_at_most_and_is_cut_off(nightdesk: Serving, engine: str) -> None:
    deaf = 8
    process = await asyncio.to_thread(nightdesk, engine=engine)
    async with AsyncExitStack() as stack:
        customers = [await stack.enter_async_context(await customer(process.url)) for _ in range(3)]
        mei = await stack.enter_async_context(await agent(process.url))
        talks = [await person.start() for person in customers]
        for talk in talks:
            await mei.pick(talk)
        await write(customers, talks, 5)
        small = process.rss
        for _ in range(deaf):
            connector = aiohttp.TCPConnector(socket_factory=small_window)
            await join(await stack.enter_async_context(raw_socket(process, connector=connector)), mei)
        largest = small
        for _ in range(40):
            await write(customers, talks, 5)
            largest = max(largest, process.rss)
            if len(cut_off(process)) == deaf:
                break
        waiting = [int(size) for size in cut_off(process)]
        assert len(waiting) == deaf
        assert max(waiting) < 1.2 * MEGABYTE
        assert largest - small < deaf * 1.2 * MEGABYTE + 2 * NOISE
        for talk, person in zip(talks, customers, strict=True):
            stored = await person.everything(talk)
            check_log(talk, stored, customers)
            for reader in (person, mei):
                await reader.has_shown(talk, len(stored), PATIENCE)
        assert mei.closes == []


async def write(customers: list[Person], talks: list[str], count: int) -> None:
    for person, talk in zip(customers, talks, strict=True):
        for _ in range(count):
            person.say(talk, "好" * 8_000)
    for person in customers:
        await person.all_acked(PATIENCE)


def small_window(address: Any) -> sockets.socket:
    """Its kernel takes little for a program that does not read."""
    opened = sockets.socket(*address[:3])
    opened.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    return opened


def cut_off(process: Nightdesk) -> list[str]:
    """How much waited for each that was cut off."""
    return [found.group(1) for line in lines(process) if (found := re.search(r"cut off.*waiting=(\d+)", line))]


# -- loud -------------------------------------------------------------------------------------------------------------


async def test_more_than_can_be_done_is_refused_with_a_time_to_come_back_and_nothing_is_left_afterwards(
    nightdesk: Serving,
) -> None:
    # Without the index, which takes in what was said long after it was, at its own pace.
    process = await asyncio.to_thread(nightdesk, work=False)
    async with AsyncExitStack() as stack:
        shouting = [await stack.enter_async_context(await customer(process.url, over="http")) for _ in range(24)]
        quiet = await stack.enter_async_context(await customer(process.url))
        talks = [(await person.do("start", topic="other"))["conversation"]["id"] for person in shouting]
        hers = await quiet.start()
        loop = asyncio.get_running_loop()
        until_then = loop.time() + rounds("seconds of a flood")
        answers = await asyncio.gather(
            *(shout(process, person, talk, until_then) for person, talk in zip(shouting, talks, strict=True))
        )
        assert loop.time() - until_then < PATIENCE  # what waited at the end was answered soon
        told = Counter(code for of_one in answers for code in of_one.values())
        assert told.keys() == {"ok", "too_many"} or told.keys() == {"ok", "too_many", "unavailable"}
        assert told["too_many"] > 1_000
        assert told["ok"] > 1_000
        for person, talk, of_one in zip(shouting, talks, answers, strict=True):
            stored = [message["client_id"] for message in await person.everything(talk)]
            assert stored == [client_id for client_id, code in of_one.items() if code == "ok"]

        quiet.say(hers, "在吗?")
        await quiet.all_acked(2)
        await rests(process)


async def rests(process: Nightdesk) -> None:
    """Until nothing is left to do."""
    async with asyncio.timeout(PATIENCE):
        while await used_in_a_second(process) > 0.5:
            pass


async def used_in_a_second(process: Nightdesk) -> float:
    """Of the processor, in seconds."""
    loop = asyncio.get_running_loop()
    busy, begun = process.cpu, loop.time()
    await until(lambda: loop.time() - begun > 1, 2)
    return process.cpu - busy


async def shout(process: Nightdesk, person: Person, talk: str, until_then: float) -> dict[str, str]:
    """Far more than one may, hardly waiting for answers. What came of each, in the order it was sent."""
    loop, sent, answers = asyncio.get_running_loop(), dict[int, str](), dict[int, str]()
    async with raw_socket(process) as socket:
        await join(socket, person)
        listening = asyncio.create_task(listen(socket, answers))
        begun = loop.time()
        for number in itertools.count(1):
            if loop.time() > until_then:
                break
            sent[number] = str(uuid.uuid4())
            given = {"conversation_id": talk, "client_id": sent[number], "body": "!"}
            await socket.send_str(f"42/customer,{number}{json.dumps(['say', given])}")
            await until(lambda: len(sent) - len(answers) < UNANSWERED, PATIENCE, "an answer")
            await until(lambda: len(sent) < SHOUTS_A_SECOND * (1 + loop.time() - begun), PATIENCE, "its pace")
        await until(lambda: len(answers) == len(sent), PATIENCE, "each is answered")
        listening.cancel()
    return {client_id: answers[number] for number, client_id in sent.items()}


async def listen(socket: aiohttp.ClientWebSocketResponse, answers: dict[int, str]) -> None:
    async for message in socket:
        if message.data.startswith("2"):
            await socket.send_str("3" + message.data[1:])
        elif found := re.fullmatch(r"43/customer,(\d+)(.*)", message.data):
            [envelope] = json.loads(found.group(2))
            assert envelope["ok"] or envelope["error"]["retry_after"] > 0
            answers[int(found.group(1))] = "ok" if envelope["ok"] else envelope["error"]["code"]


# -- silent -----------------------------------------------------------------------------------------------------------

IMPATIENT = """
import asyncio
from chat.cli import serve
from chat.settings import load_settings
asyncio.run(serve(load_settings(), idle_seconds=1))
"""


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /healthz HT",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n",
    ],
    ids=repr,
)
async def test_a_connection_without_a_whole_request_is_closed_however_it_drips_and_a_websocket_stays(
    nightdesk: Serving, head: bytes
) -> None:
    process = await asyncio.to_thread(nightdesk, program=("-c", IMPATIENT))
    async with await customer(process.url) as li_na:
        await li_na.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
        writer.write(head)
        reading = asyncio.create_task(reader.read())  # to the end
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while not reading.done():
                    await asyncio.wait([reading], timeout=0.2)
                    writer.write(b"X" if head else b"")  # never the end of a line
                await reading
        await li_na.do("my_cases")
        assert li_na.closes == []
