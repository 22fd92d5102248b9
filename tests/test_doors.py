"""Both doors refuse alike: a clear error with a stable code, nothing stored, the connection unharmed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import psycopg
import pytest

from chat.door import AGENT_COOKIE
from tests.conftest import PATIENCE, Arrive, Refused, Serve, Server, Someone, new_client_id, post

Ask = Callable[[str, Any], Awaitable[tuple[int | None, dict[str, Any]]]]
NOBODYS = "01a20310-0000-7000-8000-000000000000"

# what is sent as `say`, with LI_NAS standing for her conversation -> (HTTP status, code)
BAD_SAYS: dict[str, tuple[Any, int, str]] = {
    "an unknown field": ({"body": "x", "colour": "red"}, 400, "bad_request"),
    "a number for a text": ({"body": 5}, 400, "bad_request"),
    "a list for an object": ([1, 2], 400, "bad_request"),
    "a text for an object": ("say", 400, "bad_request"),
    "no body": ({}, 400, "bad_request"),
    "an id that is none": ({"body": "x", "conversation_id": "1 OR 1=1"}, 400, "bad_request"),
    "an over-long text": ({"body": "好" * 8001}, 422, "invalid"),
    "a blank text": ({"body": " \n "}, 422, "invalid"),
    "a NUL": ({"body": "a\x00b"}, 422, "invalid"),
    "a lone surrogate": ({"body": "a\ud800b"}, 422, "invalid"),
    "an unknown conversation": ({"body": "x", "conversation_id": NOBODYS}, 404, "not_found"),
}


async def log_of(someone: Someone, conversation_id: str) -> list[dict[str, Any]]:
    synced = await someone.do("sync", conversation_id=conversation_id, after_seq=0)
    messages: list[dict[str, Any]] = synced["messages"]
    return messages


@pytest.mark.parametrize("door", ["http", "socket"])
@pytest.mark.parametrize("what", BAD_SAYS)
async def test_bad_input_is_refused_and_nothing_is_stored(serve: Serve, customer: Arrive, door: str, what: str) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    bad, status, code = BAD_SAYS[what]
    if isinstance(bad, dict):
        bad = {"conversation_id": conversation_id, "client_id": new_client_id(), **bad}

    if door == "http":
        told, answer = await post(server, "/api/customer/say", bad, li_na.token)
        assert told == status
    else:
        answer = await li_na.socket.call("say", bad, namespace="/customer")
    assert not answer["ok"]
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]

    assert await log_of(li_na, conversation_id) == []
    await li_na.say(conversation_id, "这一句没问题")


@pytest.mark.parametrize("command", ["say", "sync", "history", "read", "typing", "leave", "rate", "leave_message"])
async def test_nobody_reaches_into_somebody_elses_conversation(serve: Serve, customer: Arrive, command: str) -> None:
    server = await serve()
    li_na, wang = await customer(server), await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await li_na.say(conversation_id, "只有我能看")
    values: dict[str, dict[str, Any]] = {
        "say": {"client_id": new_client_id(), "body": "x"},
        "sync": {"after_seq": 0},
        "history": {"before_seq": 10},
        "read": {"seq": 1},
        "rate": {"score": 5},
        "leave_message": {"client_id": new_client_id(), "body": "x", "email": "wang@demo.example"},
    }
    given = {"conversation_id": conversation_id, **values.get(command, {})}
    with pytest.raises(Refused) as refused:
        await wang.do(command, **given)
    assert refused.value.code == "not_found"
    status, _ = await post(server, f"/api/customer/{command}", given, wang.token)
    assert status == 404
    assert [message["body"] for message in await log_of(li_na, conversation_id)] == ["只有我能看"]


async def test_a_customer_of_one_site_is_nobody_at_the_other(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    elsewhere = await customer(server, token=li_na.token, site="demo-wallet")
    assert elsewhere.token != li_na.token
    with pytest.raises(Refused, match="no such conversation"):
        await elsewhere.do("sync", conversation_id=conversation_id, after_seq=0)


async def test_unknown_commands_and_the_other_doors_commands_are_not_there(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server)
    for someone, command in ((li_na, "pick"), (li_na, "nonsense"), (li_na, "session"), (mei, "start")):
        with pytest.raises(Refused) as refused:
            await someone.do(command)
        assert refused.value.code == "unknown_command"


async def test_a_token_opens_its_own_door_only_and_ends_with_its_session(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server)
    for door, token in (("agent", li_na.token), ("customer", mei.token), ("agent", "x" * 43), ("agent", None)):
        status, answer = await post(server, f"/api/{door}/sync", {}, token)
        assert (status, answer["error"]["code"]) == (401, "unauthenticated")
    assert (await post(server, "/api/agent/sync", {}, mei.token))[0] == 200
    await mei.do("sign_out")
    assert (await post(server, "/api/agent/sync", {}, mei.token))[0] == 401
    await mei.hears("bye")


async def test_a_socket_without_a_valid_token_is_refused_with_our_error(serve: Serve) -> None:
    server = await serve()
    stranger = Someone("/customer")
    stranger.token = "not-a-token-of-ours"
    told: list[Any] = []
    stranger.socket.on("connect_error", told.append, namespace="/customer")
    with pytest.raises(Exception, match="namespaces failed to connect"):
        await stranger.connect(server)
    assert told[0]["data"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"site": NaN}', 400, "bad_request"),
        (b'{"site": ' + b"9" * 5_000 + b"}", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b'"' + b"x" * 300_000 + b'"', 413, "too_large"),
        (b'{"site": "nowhere"}', 404, "not_found"),
        (b'{"site": "demo", "\\ud800": 1}', 400, "bad_request"),
    ],
)
async def test_a_malformed_body_is_told_so(serve: Serve, body: bytes, status: int, code: str) -> None:
    server = await serve()
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{server.url}/api/customer/session", data=body, headers={"Content-Type": "application/json"}
        ) as answer,
    ):
        told = await answer.json()
    assert (answer.status, told["error"]["code"]) == (status, code)


async def test_a_form_of_another_page_cannot_post_a_command(serve: Serve) -> None:
    server = await serve()
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/api/customer/session", data={"site": "demo"}) as answer,
    ):
        assert answer.status == 400


async def test_a_page_that_no_site_knows_is_refused_and_our_own_is_not(serve: Serve) -> None:
    server = await serve()
    own, foreign = {"Origin": server.url}, {"Origin": "https://evil.example"}
    assert (await post(server, "/api/customer/session", {"site": "demo"}, headers=own))[0] == 200
    status, answer = await post(server, "/api/customer/session", {"site": "demo"}, headers=foreign)
    assert (status, answer["error"]["code"]) == (403, "foreign_origin")
    status, answer = await post(server, "/api/agent/sync", {}, headers=foreign)
    assert (status, answer["error"]["code"]) == (403, "foreign_origin")
    assert await _handshake(server, foreign) == 400
    assert await _handshake(server, own) == 101


async def _handshake(server: Server, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as http:
        try:
            async with http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket", headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status


async def test_the_consoles_cookie_opens_no_socket_for_the_page_of_a_site(serve: Serve) -> None:
    shop = "https://shop.example"
    first = await serve()
    await first.store.write(lambda tx, now: tx.change("UPDATE site SET origins = :known", known=json.dumps([shop])))
    server = await serve()
    given = {"email": "mei@demo.example", "password": "nightdesk-demo", "bearer": True}
    token = (await post(server, "/api/agent/session", given))[1]["value"]["token"]
    cookie = {"Cookie": f"{AGENT_COOKIE}={token}"}
    assert '"code":"foreign_origin"' in await _joined(server, {**cookie, "Origin": shop})
    assert '"sid"' in await _joined(server, {**cookie, "Origin": server.url})
    assert '"sid"' in await _joined(server, {"Origin": shop}, {"token": token})


async def _joined(server: Server, headers: dict[str, str], auth: dict[str, str] | None = None) -> str:
    """What a socket is told that wants to be an agent's."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket", headers=headers) as socket,
    ):
        await socket.receive()
        await socket.send_str("40/agent," + json.dumps(auth or {}))
        return await socket.receive_str(timeout=PATIENCE)


async def test_a_command_without_an_object_is_one_with_an_empty_one(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    for given in ((), (None,), ({},)):
        answer = await mei.socket.call("sync", given, namespace="/agent", timeout=PATIENCE)
        assert answer["value"]["desk"]["agent"]["name"] == "陈梅"


async def test_who_waits_without_naming_a_version_waits_all_the_same(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    nothing = await li_na.do("sync", conversation_id=conversation_id, after_seq=0, wait=0.3)
    assert nothing["messages"] == []
    assert loop.time() - begun >= 0.3
    waiting = asyncio.create_task(li_na.do("sync", conversation_id=conversation_id, after_seq=0, wait=20))
    await li_na.say(conversation_id, "在吗")
    assert [message["body"] for message in (await waiting)["messages"]] == ["在吗"]


async def test_polling_is_refused_with_a_sentence(serve: Serve) -> None:
    server = await serve()
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/socket.io/?EIO=4&transport=polling") as answer:
        assert answer.status == 400
        assert "websocket" in await answer.text()


@pytest.mark.parametrize(
    "frame", ["4", "42", "42/customer,[", "4" + "[" * 50_000, "9", "42/nowhere,[]", "451-/customer,[]"]
)
async def test_a_malformed_frame_harms_nobody_else(serve: Serve, customer: Arrive, frame: str) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        await socket.receive()
        await socket.send_str("40/customer," + json.dumps({"token": li_na.token}))
        await socket.receive()
        await socket.send_str(frame)
        await li_na.say(conversation_id, "还在")
    assert len(await log_of(li_na, conversation_id)) == 1


async def test_a_server_that_stops_says_goodbye_and_closes_the_socket(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket") as socket,
    ):
        await socket.receive()
        await socket.send_str("40/customer," + json.dumps({"token": li_na.token}))
        await socket.receive()
        await server.stop()
        told = [await socket.receive(timeout=PATIENCE) for _ in range(3)]
    name, value = json.loads(told[0].data.removeprefix("42/customer,"))
    assert name == "bye"
    assert value["reconnect_in"] >= 1
    assert (told[-1].type, told[-1].data) == (aiohttp.WSMsgType.CLOSE, 1000)


async def test_a_flood_is_held_back_with_the_time_to_wait(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na, wang = await customer(server), await customer(server)
    mine = (await li_na.do("start", topic="other"))["conversation"]["id"]
    theirs = (await wang.do("start", topic="other"))["conversation"]["id"]
    answers = await asyncio.gather(*(li_na.say(mine, f"{n}") for n in range(250)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert 1 <= len(refused) <= 10
    assert {answer.code for answer in refused} == {"too_many"}
    assert refused[0].error["retry_after"] > 0
    await wang.say(theirs, "我不受影响")


async def test_html_travels_as_the_text_it_is(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    nasty = '<img src=x onerror=alert(1)> & "quotes" </script>'
    await li_na.say(conversation_id, nasty)
    assert [message["body"] for message in await log_of(li_na, conversation_id)] == [nasty]


async def test_a_wrong_password_is_refused_like_an_unknown_address(serve: Serve) -> None:
    server = await serve()
    answers = [
        await post(server, "/api/agent/session", {"email": email, "password": "wrong"})
        for email in ("mei@demo.example", "nobody@demo.example")
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


async def test_the_consoles_cookie_cannot_be_read_by_scripts(serve: Serve) -> None:
    server = await serve()
    given = {"email": "mei@demo.example", "password": "nightdesk-demo"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{server.url}/api/agent/session", json=given) as answer:
            assert "token" not in (await answer.json())["value"]
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        async with http.post(f"{server.url}/api/agent/sync", json={}) as answer:
            assert (await answer.json())["value"]["desk"]["agent"]["name"] == "陈梅"


@pytest.mark.databases("postgres")
async def test_an_agent_over_http_reads_from_a_database_that_takes_no_writes(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    url = str(server.settings.database_url)
    with psycopg.connect(url, autocommit=True) as database:
        name = database.info.dbname
        database.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')  # type: ignore[call-overload]
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(2):  # the first of them is a sign of life as well, which would be written down
        status, answer = await post(server, "/api/agent/sync", {}, mei.token)
        assert (status, answer["ok"]) == (200, True)
    status, answer = await post(server, "/api/agent/set_presence", {"status": "away"}, mei.token)
    assert (status, answer["error"]["code"]) == (503, "unavailable")
