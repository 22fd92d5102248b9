"""What a hostile customer, a hostile page or an unlucky operator may try, and what they get."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import stat
import struct
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from yarl import URL

from chat.app import REALTIME
from chat.commands import COMMANDS, Caller, Command
from chat.seed import PASSWORD
from chat.store import Tx
from chat.store.migrations import migrate
from tests.conftest import PATIENCE, Arrive, Refused, Serve, Server, Someone, new_client_id, post
from tests.hostile import VALUES, values_for
from tests.servers import START_SECONDS

SECRET = "nightdesk-demo-identity-secret-0123456789"
HANDSHAKE = "/socket.io/?EIO=4&transport=websocket"


NAMES_SOMETHING = {"conversation_id", "conversation_ids", "ticket_id", "refund_id"}
CUSTOMERS = [c for c in COMMANDS if c.caller is Caller.CUSTOMER and NAMES_SOMETHING & set(c.input.model_fields)]
# `sync` and `pick` name nothing by default; named, they are as closed as the others.
AGENTS = [c for c in COMMANDS if c.caller is Caller.AGENT and NAMES_SOMETHING & set(c.input.model_fields)]


async def ids_of_li_na(server: Server) -> dict[str, str]:
    """Ids of what belongs to a demo customer; of refunds the newest of anybody."""

    def find(tx: Tx, now: object) -> dict[str, str]:
        person = tx.value("SELECT id FROM customer WHERE external_id = 'u-1001'")
        found = {
            table: tx.value(f"SELECT id FROM {table} WHERE customer_id = :person", person=person)
            for table in ("conversation", "ticket", "purchase")
        }
        others = {table: tx.value(f"SELECT id FROM {table}") for table in ("refund", "agent", "team", "article")}
        return {**found, **others, "site": "demo"}

    return await server.store.read(find)


async def everything(server: Server) -> list[list[Any]]:
    def look(tx: Tx, now: object) -> list[list[Any]]:
        tables = ("conversation", "message", "note", "ticket", "ticketevent", "caselink", "refund", "receipt")
        return [[tuple(row) for row in tx.rows(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in tables]

    return await server.store.read(look)


async def test_no_command_reaches_what_is_another_customers(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    wang, ids = await customer(server), await ids_of_li_na(server)
    before = await everything(server)
    assert len(CUSTOMERS) > 10
    for command in CUSTOMERS:
        await check_not_found(server, wang, command, ids)
        assert await everything(server) == before, command.name


async def test_no_command_reaches_what_is_of_another_teams_sites(serve: Serve, agent: Arrive) -> None:
    server = await serve(work=False)
    ids = await ids_of_li_na(server)
    people = {"agent": await agent(server), "supervisor": await agent(server, "admin")}

    def leave_all_teams(tx: Tx, now: object) -> None:
        for person in people.values():
            tx.change("DELETE FROM teamagent WHERE agent_id = :id", id=person.session["agent"]["id"])

    await server.store.write(leave_all_teams)
    before = await everything(server)
    assert len(AGENTS) > 40
    for command in AGENTS:
        await check_not_found(server, people[command.role], command, ids)
        assert await everything(server) == before, command.name


async def check_not_found(server: Server, someone: Someone, command: Command, ids: dict[str, str]) -> None:
    """At either door."""
    given = values_for(command, ids)
    status, answer = await post(server, f"/api{someone.namespace}/{command.name}", given, someone.token)
    assert (status, answer["error"]["code"]) == (404, "not_found"), command.name
    with pytest.raises(Refused) as refused:
        await someone.do(command.name, **given)
    assert refused.value.code == "not_found", command.name


@pytest.mark.databases("sqlite")
async def test_no_value_breaks_a_door(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    """What each command makes of such values is seen at the actions."""
    server = await serve(work=False)
    ids, say = await ids_of_li_na(server), next(command for command in COMMANDS if command.name == "say")
    for someone in (await customer(server), await agent(server)):
        for field, value in itertools.product(say.input.model_fields, VALUES):
            given = {**values_for(say, ids), field: value}
            status, answer = await post(server, f"/api{someone.namespace}/say", given, someone.token)
            assert 400 <= status < 500, (field, value)
            with pytest.raises(Refused) as refused:
                await someone.do("say", **given)
            assert refused.value.error == answer["error"], (field, value)


@pytest.mark.parametrize(
    "path",
    ["/widget/frame?site=demo", "/demo?as=u-1001", "/demo/identity?site=demo&as=u-1001", "/case/0123456789abcdef"],
)
async def test_no_character_of_an_address_breaks_a_page(serve: Serve, path: str) -> None:
    server = await serve()
    async with aiohttp.ClientSession() as http:
        for nasty in ("%00", "a%00b", "%ff", "%ed%a0%80", "%f0%9f%92%a9", "%25", "%0d%0aSet-Cookie:x=y"):
            async with http.get(URL(server.url + path + nasty, encoded=True)) as answer:
                assert answer.status < 500, nasty
                assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "said", [b"1 \x00", b"1 a\x00b", b"1 \xff", b"1", b"-1 x", b"9223372036854775808 x", b"x y z", "１ x".encode()]
)
async def test_a_cursor_that_was_made_up_is_refused_or_finds_a_page(serve: Serve, agent: Arrive, said: bytes) -> None:
    server = await serve()
    lin = await agent(server, "lin")
    cursor = base64.urlsafe_b64encode(said).decode()
    status, answer = await post(server, "/api/agent/tickets", {"before": cursor}, lin.token)
    assert (status, answer["ok"]) in ((200, True), (400, False))


# -- who one is ---------------------------------------------------------------------------------------------------


async def test_a_token_from_before_signing_in_does_not_open_the_account(serve: Serve, customer: Arrive) -> None:
    """Who planted or noted an anonymous token on a shared computer must not become whoever signs in there."""
    server = await serve()
    planted = (await customer(server)).token
    claims = {"sub": "u-9001", "aud": "demo", "exp": int(time.time()) + 60, "name": "王芳"}
    wang = await customer(server, token=planted, identity=jwt.encode(claims, SECRET))
    assert wang.session["customer"]["kind"] == "verified"
    status, answer = await post(server, "/api/customer/session", {"site": "demo", "token": planted})
    assert status == 200
    assert answer["value"]["customer"]["kind"] == "anonymous"
    assert (await post(server, "/api/customer/my_orders", {}, planted))[0] == 401


@pytest.mark.parametrize("header", [b"Authorization: Bearer \xff\xfe", b"Cookie: nightdesk_agent=\xff"])
async def test_a_token_that_is_no_text_is_no_token(serve: Serve, header: bytes) -> None:
    server = await serve()
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /api/agent/sync HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n" + header + b"\r\n\r\n{}"
    )
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a_socket_whose_token_is_no_text_is_told_so(serve: Serve) -> None:
    server = await serve()
    async with aiohttp.ClientSession() as http, http.ws_connect(server.url + HANDSHAKE) as socket:
        await socket.receive()
        await socket.send_str("40/customer," + json.dumps({"token": "\ud800" * 20}))
        told = await socket.receive(PATIENCE)
    assert told.data.startswith("44/customer,")
    assert "unauthenticated" in told.data


async def test_guessing_one_accounts_password_from_many_addresses_is_held_back(serve: Serve) -> None:
    server = await serve(trusted_proxies=1)
    given = {"email": "mei@demo.example", "password": "wrong"}
    statuses = [
        (await post(server, "/api/agent/session", given, headers={"X-Forwarded-For": f"10.1.0.{n}"}))[0]
        for n in range(60)
    ]
    assert 429 in statuses


async def test_signing_in_holds_up_nobody_who_reads(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    given = {"email": "nobody@demo.example", "password": "wrong"}  # which takes as long to refuse as anybody's
    guesses = [asyncio.create_task(post(server, "/api/agent/session", given)) for _ in range(20)]
    await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    await li_na.do("history", conversation_id=conversation_id, before_seq=10)
    still_guessing = [guess for guess in guesses if not guess.done()]
    await asyncio.gather(*guesses)
    assert len(still_guessing) >= 10


# -- sockets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["connect", "disconnect"])
async def test_the_librarys_own_events_are_no_commands(serve: Serve, customer: Arrive, name: str) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    forged: Any = ({"aiohttp.request": {}}, {"token": li_na.token}) if name == "connect" else None
    answer = await li_na.socket.call(name, forged, namespace="/customer", timeout=PATIENCE)
    assert answer is not None
    assert not answer["ok"]
    await li_na.say(conversation_id, "我还在")


async def test_a_socket_cannot_become_somebody_else(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei, lin = await agent(server), await agent(server, "lin")
    forged: Any = ({"aiohttp.request": {}}, {"token": lin.token})
    await mei.socket.call("connect", forged, namespace="/agent", timeout=PATIENCE)
    assert (await mei.do("sync"))["desk"]["agent"]["id"] == mei.session["agent"]["id"]


async def _closed_by_the_server(socket: aiohttp.ClientWebSocketResponse) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
    except TimeoutError:
        return False
    return True


async def test_a_socket_that_never_says_who_it_is_is_closed(serve: Serve) -> None:
    server = await serve()
    server.app[REALTIME].io.join_seconds = 0.5
    async with aiohttp.ClientSession() as http, http.ws_connect(server.url + HANDSHAKE) as socket:
        assert await _closed_by_the_server(socket)


async def test_a_socket_that_sends_binary_parts_is_closed(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    token = (await customer(server)).token
    async with aiohttp.ClientSession() as http, http.ws_connect(server.url + HANDSHAKE) as socket:
        await socket.receive()
        await socket.send_str("40/customer," + json.dumps({"token": token}))
        await socket.receive()
        await socket.send_str('459999-/customer,["say",{"_placeholder":true,"num":0}]')
        await socket.send_bytes(b"x" * 100_000)
        assert await _closed_by_the_server(socket)


async def test_a_socket_that_does_not_read_its_answers_is_cut_off(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    """What it asked for would pile up in our memory otherwise."""
    server = await serve()
    li_na, lin = await customer(server), await agent(server, "lin")
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    for _ in range(60):
        await li_na.say(conversation_id, "好" * 8_000)
    given = {"email": "mei@demo.example", "password": PASSWORD, "bearer": True}
    mei = (await post(server, "/api/agent/session", given))[1]["value"]
    writer = await _deaf_socket(server, "/agent", mei["token"])
    writer.write(_frame('42/agent,["set_presence",{"status":"online"}]'))
    await lin.hears("presence", lambda value: _status_of(mei["agent"]["id"], value) == "online")
    lin.heard.clear()
    for number in range(200):  # more than the kernel takes for it
        asked = json.dumps(["sync", {"conversation_id": conversation_id}])
        writer.write(_frame(f"42/agent,{number}{asked}"))
    try:
        await lin.hears("presence", lambda value: _status_of(mei["agent"]["id"], value) == "offline")
    finally:
        writer.close()


def _status_of(agent_id: str, presence: dict[str, Any]) -> str:
    status: str = next(colleague["status"] for colleague in presence["colleagues"] if colleague["id"] == agent_id)
    return status


async def _deaf_socket(server: Server, namespace: str, token: str) -> asyncio.StreamWriter:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1_024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {HANDSHAKE} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")  # the last it reads: no client may send a frame before it
    writer.write(_frame(f"40{namespace}," + json.dumps({"token": token})))
    return writer


def _frame(text: str) -> bytes:
    data, mask = text.encode(), b"\0\0\0\0"
    length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + struct.pack(">H", len(data))
    return b"\x81" + length + mask + data


# -- mail ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?a=0d=0aBcc=3a_victim=40bank.example?=@b.example",
        "a@=?utf-8?q?b.example=2C_victim=40bank.example?=",
        "a\x00@b.example",
        "\x07@b.example",
        "a@b.example\u202e",
        "a@[b",
        "a@b(c)",
        "a..b@c.example",
        "a@-",
    ],
)
async def test_an_address_that_a_mail_header_would_misread_is_refused(
    serve: Serve, customer: Arrive, email: str
) -> None:
    server = await serve(at="22:30", work=False)
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    with pytest.raises(Refused) as refused:
        await li_na.do(
            "leave_message", conversation_id=conversation_id, client_id=new_client_id(), body="你好", email=email
        )
    assert refused.value.code in ("bad_request", "invalid")


# -- operators ----------------------------------------------------------------------------------------------------


@pytest.mark.databases("sqlite")
async def test_a_full_disk_says_that_nothing_was_stored_and_when_to_try_again(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]

    def fill(tx: Tx, now: object) -> None:
        tx.rows("PRAGMA max_page_count = 1")  # as far as the file has grown, and no further

    def make_room(tx: Tx, now: object) -> None:
        tx.rows("PRAGMA max_page_count = 1000000")

    await server.store.write(fill)
    refused: list[tuple[int, str]] = []
    while not refused:
        given = {"conversation_id": conversation_id, "client_id": new_client_id(), "body": "好" * 8_000}
        status, answer = await post(server, "/api/customer/say", given, li_na.token)
        if status != 200:
            refused.append((status, answer["error"]["code"]))
    assert refused == [(503, "unavailable")]
    await server.store.write(make_room)
    await li_na.say(conversation_id, "又可以了")


def test_only_its_owner_can_read_the_database(tmp_path: Path) -> None:
    database = tmp_path / "nightdesk.db"
    migrate(database)
    assert stat.S_IMODE(database.stat().st_mode) & 0o077 == 0


async def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "nightdesk.db").write_bytes(b"not a database, whatever its name says. " * 200)
    serving = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "chat", "serve", "--port", "0", "--data-dir", str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await asyncio.wait_for(serving.communicate(), 2 * START_SECONDS)
    assert serving.returncode == 1
    assert told.decode().startswith("nightdesk: ")
    assert "Traceback" not in told.decode()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_that_does_not_unpack_is_the_callers_fault(serve: Serve, encoding: str) -> None:
    server = await serve()
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/api/customer/session", data=b"abcd", headers=headers) as answer,
    ):
        assert answer.status == 400


async def test_one_customers_many_polls_are_bounded(serve: Serve, customer: Arrive) -> None:
    """Each wakes at every message and reads, so hundreds of them would take the readers from everybody else."""
    server = await serve(at="22:30", work=False)
    li_na: Someone = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    synced = await li_na.do("sync", conversation_id=conversation_id, after_seq=0)
    given = {
        "conversation_id": conversation_id,
        "after_seq": synced["conversation"]["last_seq"],
        "version": synced["conversation"]["version"],
        "wait": 25,
    }
    polls = [asyncio.create_task(post(server, "/api/customer/sync", given, li_na.token)) for _ in range(100)]
    try:
        done, _ = await asyncio.wait(polls, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        assert done, "a hundred polls of one customer all wait"
    finally:
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)
