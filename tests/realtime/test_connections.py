"""What a websocket may send, how long it may be nobody, how much it may leave unread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from chat.app import REALTIME
from chat.realtime.link import FRAMES_A_SECOND
from chat.realtime.server import SOCKETS
from tests.conftest import PATIENCE, Arrive, Refused, Serve, Someone, new_client_id
from tests.databases import Databases
from tests.realtime.raw import HANDSHAKE, join, raw_socket, small_window, told_until_closed


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "4",
        "9",
        "2",
        "x",
        "3" + "[" * 50_000,
        "4" + "[" * 100_000,
        "42/customer,[",
        "42/customer," + "[" * 100_000,
        "42/customer,[]",
        "42/customer,{}",
        "42/customer",
        '42/customer,1{"body":"密码是 hunter2"}',
        "42/customer," + "9" * 101 + '["say"]',
        "44/customer,{}",
        '451-/customer,["say",{"_placeholder":true,"num":0}]',
        '461-/customer,1[{"_placeholder":true,"num":0}]',
        "bAAAA",
        b"4",
        b"",
        "x" * 200_000,
    ],
    ids=lambda frame: repr(frame[:20]),
)
async def test_a_frame_that_is_none_of_ours_closes_its_own_socket_with_one_line_in_the_log(
    serve: Serve, customer: Arrive, frame: str | bytes
) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as bad, raw_socket(server) as good:
        await join(bad, li_na)
        await join(good, li_na)
        with capture_logs() as logged:
            await (bad.send_bytes(frame) if isinstance(frame, bytes) else bad.send_str(frame))
            assert not [told for told in await told_until_closed(bad) if told.startswith("43")]
            await good.send_str('42/customer,1["my_cases",{}]')
            assert (await good.receive_str(timeout=PATIENCE)).startswith("43/customer,1")
            await li_na.do("my_cases")
    assert [line["event"] for line in logged if line["log_level"] != "info"] == [
        "a socket sent what it may not and is closed"
    ]
    assert "hunter2" not in repr(logged)


@pytest.mark.parametrize("sent", ["pings", "pongs", "answers to our pings", "events of another namespace"])
async def test_a_socket_that_floods_is_cut_off_with_one_line_in_the_log_and_one_that_is_quick_stays(
    serve: Serve, customer: Arrive, sent: str
) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as flood, raw_socket(server) as quick:
        send = {
            "pings": lambda socket: socket.ping(),
            "pongs": lambda socket: socket.pong(),
            "answers to our pings": lambda socket: socket.send_str("3"),
            "events of another namespace": lambda socket: socket.send_str('42/agent,["my_cases"]'),
        }[sent]
        await join(flood, li_na)
        await join(quick, li_na)
        with capture_logs() as logged:
            for _ in range(FRAMES_A_SECOND // 2):
                await send(quick)
            await quick.send_str('42/customer,1["my_cases",{}]')
            assert (await quick.receive_str(timeout=PATIENCE)).startswith("43/customer,1")
            assert not logged
            async with asyncio.timeout(PATIENCE):
                with suppress(ConnectionError):
                    while not flood.closed:
                        await send(flood)
                        await asyncio.sleep(0)
                await told_until_closed(flood)
            await li_na.do("my_cases")
        assert [line["event"] for line in logged] == ["a socket sends too much and is cut off"]


async def test_a_websockets_ping_is_answered_with_what_it_said(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with aiohttp.ClientSession() as http, http.ws_connect(server.url + HANDSHAKE, autoping=False) as socket:
        await socket.receive(PATIENCE)
        await join(socket, li_na)
        for said in (b"", b"hello", b"x" * 125):
            await socket.ping(said)
            heard = await socket.receive(PATIENCE)
            assert (heard.type, heard.data) == (aiohttp.WSMsgType.PONG, said)


@pytest.mark.parametrize("name", ["connect", "disconnect", "command", "*"])
async def test_what_the_library_calls_its_own_is_an_unknown_command_to_a_client(
    serve: Serve, agent: Arrive, name: str
) -> None:
    server = await serve()
    mei, lin = await agent(server), await agent(server, "lin")
    links = dict(server.app[REALTIME].links)
    forged: tuple[Any, ...]
    for forged in (
        (),
        ("client disconnect",),
        ({"aiohttp.request": {}}, {"token": lin.token}),
        (mei.socket.sid, "say"),
    ):
        answer = await mei.socket.call(name, forged, namespace="/agent", timeout=PATIENCE)
        assert answer["error"]["code"] == "unknown_command"
    assert server.app[REALTIME].links == links


async def test_a_socket_is_closed_when_it_is_nobody_for_long_and_stays_when_it_is_somebody(
    serve: Serve, customer: Arrive
) -> None:
    server = await serve(work=False)
    server.app[REALTIME].io.join_seconds = 0.5
    li_na = await customer(server)
    async with raw_socket(server) as nobody, raw_socket(server) as stranger, raw_socket(server) as somebody:
        await stranger.send_str('40/customer,{"token":"not-a-token-of-ours"}')
        await join(somebody, li_na)
        with capture_logs() as logged:
            await asyncio.gather(told_until_closed(nobody), told_until_closed(stranger))
        assert [line["event"] for line in logged] == ["a socket is nobody and is closed"] * 2
        await somebody.send_str('42/customer,1["my_cases",{}]')
        assert (await somebody.receive_str(timeout=PATIENCE)).startswith("43/customer,1")
        await somebody.send_str("41/customer,")
        await told_until_closed(somebody)
        await li_na.do("my_cases")


async def test_a_socket_that_was_sent_away_is_told_nothing_while_it_closes(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na, wang = await customer(server), await customer(server)
    await li_na.socket.disconnect()
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        links = server.app[REALTIME].links.values()
        hers, wangs = sorted(links, key=lambda link: link.who.id == wang.session["customer"]["id"])
        hers.dismiss()
        for link in (hers, wangs):  # hers at once, before the goodbye is written
            link.tell("typing", {"conversation_id": "any"})
        await wang.hears("typing")
        assert await told_until_closed(socket) == ["41/customer,", "1"]


async def test_of_too_many_sockets_of_a_session_the_oldest_is_sent_away(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na, wang = await customer(server), await customer(server)
    others: list[aiohttp.ClientWebSocketResponse] = []
    async with aiohttp.ClientSession() as http:
        for _ in range(SOCKETS - 1):
            socket = await http.ws_connect(server.url + HANDSHAKE)
            await socket.receive(PATIENCE)
            await join(socket, li_na)
            others.append(socket)
        await li_na.do("my_cases")  # as many as one may have

        newest = await http.ws_connect(server.url + HANDSHAKE)
        await newest.receive(PATIENCE)
        await join(newest, li_na)
        assert (await li_na.hears("bye"))["reconnect_in"] >= 30
        for socket in (others[0], newest):
            await socket.send_str('42/customer,1["my_cases",{}]')
            assert (await socket.receive_str(timeout=PATIENCE)).startswith("43/customer,1")
    await wang.do("my_cases")
    assert not [name for name, _ in wang.heard if name == "bye"]


async def test_who_reads_nothing_holds_up_nobody_and_is_cut_off(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    li_na, lin, mei = await customer(server), await agent(server, "lin"), await agent(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await lin.do("pick", conversation_id=conversation_id)
    await mei.socket.disconnect()
    async with raw_socket(server, connector=small_window()) as deaf:
        await join(deaf, mei)
        await lin.hears("presence", lambda value: _status_of(mei, value) == "online")
        await deaf.send_str('42/agent,1["sync",{"conversation_id":"' + conversation_id + '"}]')
        while not (await deaf.receive_str(timeout=PATIENCE)).startswith("43/agent,1"):
            pass
        lin.heard.clear()
        with capture_logs() as logged:
            cut: list[Any] = []
            for _ in range(220):
                sent = await li_na.say(conversation_id, "好" * 8_000)
                heard = await lin.hears("message", lambda value, seq=sent["seq"]: value["seq"] == seq)
                assert heard["body"] == "好" * 8_000
                cut = [line for line in logged if "cut off" in line["event"]]
                if cut:
                    break
        assert [line["waiting"] < 1.2 * 1024 * 1024 for line in cut] == [True]
        await lin.hears("presence", lambda value: _status_of(mei, value) == "offline")


def _status_of(agent: Someone, presence: dict[str, Any]) -> str:
    mine = agent.session["agent"]["id"]
    status: str = next(colleague["status"] for colleague in presence["colleagues"] if colleague["id"] == mine)
    return status


async def test_messages_are_heard_in_the_order_of_their_numbers(
    serve: Serve, customer: Arrive, agent: Arrive, databases: Databases
) -> None:
    server = await serve()
    li_na, lin = await customer(server), await agent(server, "lin")
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await lin.do("pick", conversation_id=conversation_id)
    both = (li_na, lin)
    said = [both[number % 2].say(conversation_id, str(number), new_client_id()) for number in range(100)]
    numbers = [answer["seq"] for answer in await asyncio.gather(*said)]
    for someone in both:
        for number in numbers:
            await someone.hears("message", lambda value, number=number: value["seq"] == number)
        heard = [value for name, value in someone.heard if name == "message"]
        if databases.kind == "postgres":
            # News of two connections may overtake each other, so that clients look at the numbers; never an author's.
            for kind in ("customer", "agent"):
                mine = [value["seq"] for value in heard if value["author"]["kind"] == kind]
                assert mine == sorted(mine)
            heard.sort(key=lambda value: value["seq"])
        assert [value["seq"] for value in heard] == list(range(1, max(numbers) + 1))


class Watched:
    """A transport that keeps what is written to it."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


@pytest.mark.parametrize("engine", ["lean"], indirect=True)
async def test_an_answer_and_what_is_heard_of_it_leave_in_one_write(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    (link,) = server.app[REALTIME].links.values()
    link._transport = watched = Watched(link._transport)
    await li_na.say(conversation_id, "我想退款", new_client_id())
    await li_na.hears("message", lambda value: value["body"] == "我想退款")
    (answered,) = [data for data in watched.written if b"43/customer," in data]
    assert answered.index(b"43/customer,") < answered.index(b'42/customer,["message"')


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_what_is_no_handshake_is_told_so(serve: Serve, version: str) -> None:
    server = await serve(work=False)
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = "" if version == "1.1" else "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    writer.write(
        f"GET {HANDSHAKE} HTTP/{version}\r\nHost: x\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade, close\r\n{key}\r\n".encode()
    )
    answer = await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.close()
    assert answer.split()[1] == b"400"
    assert server.app[REALTIME].io.eio.sockets == {}


async def test_a_command_takes_one_object(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    for given in (({}, {}), ([],), ("x",)):
        answer = await mei.socket.call("sync", given, namespace="/agent", timeout=PATIENCE)
        assert answer["error"]["code"] == "bad_request"
    with pytest.raises(Refused) as refused:
        await mei.do("sync", conversation_id=5)
    assert refused.value.code == "bad_request"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
async def test_nobody_reaches_a_socket_by_its_id(serve: Serve, customer: Arrive, method: str) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    (sid,) = server.app[REALTIME].io.eio.sockets
    async with aiohttp.ClientSession() as http:
        async with http.request(method, f"{server.url}{HANDSHAKE}&sid={sid}", data="41/customer,") as answer:
            assert answer.status == 400
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{server.url}{HANDSHAKE}&sid={sid}")
        assert refused.value.status == 400
    await li_na.do("my_cases")
