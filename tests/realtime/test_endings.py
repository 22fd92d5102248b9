"""How sockets end: with a goodbye, with code 1000, and in time even when nobody listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from chat.app import REALTIME
from chat.realtime.engine import Websocket
from chat.realtime.rounds import BEACON_SECONDS
from chat.realtime.server import SOCKETS
from tests.conftest import PATIENCE, Arrive, Serve, Server, Someone
from tests.realtime.held import HeldReaders
from tests.realtime.raw import (
    HANDSHAKE,
    Socket,
    answers,
    ask,
    ask_to_join,
    code_of,
    join,
    raw_socket,
    small_window,
    told_until_closed,
    until,
)

OK = 1000


async def bye_and_code(socket: Socket) -> tuple[float | None, int | None]:
    """What a socket was told of coming back, and the code its websocket ended with."""
    wait = None
    async with asyncio.timeout(PATIENCE):
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            if '["bye",' in message.data:
                wait = json.loads(message.data[message.data.index("[") :])[1]["reconnect_in"]
    return wait, code_of(message)


@pytest.mark.parametrize("engine", ["lean"], indirect=True)
async def test_a_line_that_breaks_while_much_waits_to_be_read_is_no_fault(
    serve: Serve, customer: Arrive, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with HeldReaders(server), raw_socket(server) as socket:
        await ask_to_join(socket, li_na)
        [link] = [one for one in server.app[REALTIME].io.open_links() if not one.joined]
        assert isinstance(link, Websocket)
        for _ in range(60):
            await socket.send_str("42/customer," + "x" * 9_000)
        await until(lambda: not link._transport.is_reading())
        link.abort()
        await told_until_closed(socket)
    await server.app[REALTIME].io.until_empty(PATIENCE)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


# -- one by one ---------------------------------------------------------------------------------------------------


async def signs_out(server: Server, someone: Someone, socket: Socket) -> None:
    await someone.do("sign_out")


async def is_revoked(server: Server, someone: Someone, socket: Socket) -> None:
    await server.store.write(lambda tx, now: tx.change("UPDATE session SET revoked_at = 1"))
    await server.app[REALTIME].rounds.light_beacon()


async def opens_too_many(server: Server, someone: Someone, socket: Socket) -> None:
    async with aiohttp.ClientSession() as http:
        opened = [await http.ws_connect(server.url + HANDSHAKE) for _ in range(SOCKETS + 1)]
        for another in opened:
            await another.receive(PATIENCE)
            await join(another, someone)


@pytest.mark.parametrize("ending", [signs_out, is_revoked, opens_too_many])
async def test_who_is_sent_away_hears_bye_and_sees_1000(
    serve: Serve, customer: Arrive, ending: Callable[[Server, Someone, Socket], Awaitable[None]]
) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        ended = asyncio.create_task(ending(server, li_na, socket))
        wait, code = await bye_and_code(socket)
        await ended
    assert wait is not None
    assert code == OK


async def test_who_signs_out_gets_the_answer_before_the_goodbye(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        await ask(socket, "/customer", 1, "sign_out")
        assert (await socket.receive_str(timeout=PATIENCE)).startswith('43/customer,1[{"ok":true')
        assert await bye_and_code(socket) == (0, OK)


async def test_a_client_that_closes_sees_1000_and_its_agent_is_gone(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei, lin = await agent(server), await agent(server, "lin")
    mine = mei.session["agent"]["id"]
    await mei.socket.disconnect()
    await lin.hears(
        "presence", lambda value: "offline" in [c["status"] for c in value["colleagues"] if c["id"] == mine]
    )
    async with raw_socket(server) as socket:
        await join(socket, mei)
        await socket.send_str("1")
        assert (await bye_and_code(socket))[1] == OK


# -- pings --------------------------------------------------------------------------------------------------------


async def test_the_handshake_lets_a_client_notice_silence_within_a_beacon(serve: Serve) -> None:
    server = await serve(work=False)
    async with aiohttp.ClientSession() as http, http.ws_connect(server.url + HANDSHAKE) as socket:
        told = json.loads((await socket.receive_str(timeout=PATIENCE)).removeprefix("0"))
    assert (told["pingInterval"], told["pingTimeout"]) == (15_000, 8_000)
    assert (told["pingInterval"] + told["pingTimeout"]) / 1_000 < BEACON_SECONDS
    assert told["upgrades"] == []


async def test_who_does_not_answer_pings_is_closed_and_who_does_stays(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    engine = server.app[REALTIME].io.eio
    engine.ping_interval, engine.ping_timeout = 0.5, 1
    li_na = await customer(server)
    async with raw_socket(server) as silent, raw_socket(server) as lively:
        await join(silent, li_na)
        await join(lively, li_na)
        stays = asyncio.create_task(answers_pings(lively))
        told = []
        async with asyncio.timeout(PATIENCE):
            while (message := await silent.receive()).type is aiohttp.WSMsgType.TEXT:
                told.append(message.data)
        assert "2" in told
        assert code_of(message) == OK
        assert not stays.done()
        stays.cancel()
        await asyncio.wait([stays])
        await ask(lively, "/customer", 1, "my_cases")
        assert (await answers(lively, {1}))[1]["ok"]


async def answers_pings(socket: Socket) -> None:
    async for message in socket:
        if message.data == "2":
            await socket.send_str("3")


# -- all at once --------------------------------------------------------------------------------------------------


async def test_a_server_that_stops_spreads_the_return_of_its_sockets(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    await li_na.socket.disconnect()
    async with aiohttp.ClientSession() as http:
        opened = [await http.ws_connect(server.url + HANDSHAKE) for _ in range(SOCKETS)]
        for socket in opened:
            await socket.receive(PATIENCE)
            await join(socket, li_na)
        ends = [asyncio.create_task(bye_and_code(socket)) for socket in opened]
        await server.app[REALTIME].close()
        told = await asyncio.gather(*ends)
    assert {code for _, code in told} == {OK}
    waits = [wait for wait, _ in told if wait is not None]
    assert len(waits) == SOCKETS
    assert min(waits) >= 1
    assert len(set(waits)) > SOCKETS / 2


async def test_what_is_being_carried_out_when_a_server_stops_is_still_answered(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        link = list(server.app[REALTIME].links.values())[-1]
        async with HeldReaders(server):
            await ask(socket, "/customer", 1, "my_cases")
            await until(lambda: link.in_line == 1)
            closing = asyncio.create_task(server.app[REALTIME].close())
            await asyncio.sleep(0)  # it has begun
        assert (await answers(socket, {1}))[1]["ok"]
        wait, code = await bye_and_code(socket)
        await closing
    assert (wait is not None, code) == (True, OK)


async def test_a_server_that_stops_waits_for_nobody_who_does_not_read(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(work=False)
    li_na, lin = await customer(server), await agent(server, "lin")
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    for _ in range(20):
        await li_na.say(conversation_id, "好" * 8_000)
    async with raw_socket(server, connector=small_window()) as deaf, raw_socket(server) as nobody:
        await join(deaf, lin)
        for number in range(60):
            await ask(deaf, "/agent", number, "sync", conversation_id=conversation_id)
        link = list(server.app[REALTIME].links.values())[-1]
        while link.in_line > 0 and not link.ending:
            await lin.do("sync")
        ends = asyncio.create_task(bye_and_code(nobody))
        begun = asyncio.get_running_loop().time()
        await server.app[REALTIME].close()
        assert asyncio.get_running_loop().time() - begun < PATIENCE / 2
        assert not server.app[REALTIME].io.eio.sockets
        assert await ends == (None, OK)


async def test_a_server_that_stops_lets_nobody_in_any_more(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    closing = asyncio.create_task(server.app[REALTIME].close())
    await li_na.hears("bye")
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(server.url + HANDSHAKE)
    assert refused.value.status == 503
    await closing
