"""Each socket has a line: in order, bounded, and nobody else's is held up by it."""

from __future__ import annotations

import pytest

from chat.realtime.server import IN_LINE
from tests.conftest import Arrive, Serve, Someone, new_client_id
from tests.realtime.held import Held
from tests.realtime.raw import Socket, answers, ask, join, raw_socket


async def say(socket: Socket, number: int, conversation_id: str, body: str) -> None:
    values = {"conversation_id": conversation_id, "client_id": new_client_id(), "body": body}
    await ask(socket, "/customer", number, "say", **values)


async def bodies(someone: Someone, conversation_id: str) -> list[str]:
    messages = (await someone.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]
    return [message["body"] for message in messages if message["author"]["kind"] == "customer"]


async def test_what_is_fired_without_waiting_is_carried_out_in_order(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        for number in range(100):
            await say(socket, number, conversation_id, str(number))
        came = await answers(socket, set(range(100)))
    assert list(came) == list(range(100))
    assert [answer["value"]["seq"] for answer in came.values()] == sorted(
        answer["value"]["seq"] for answer in came.values()
    )
    assert await bodies(li_na, conversation_id) == [str(number) for number in range(100)]


@pytest.mark.parametrize("leaves", ["its namespace", "altogether"])
async def test_what_was_sent_before_leaving_is_still_carried_out(serve: Serve, customer: Arrive, leaves: str) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        for number in range(20):
            await say(socket, number, conversation_id, str(number))
        if leaves == "its namespace":
            await socket.send_str("41/customer,")
            assert len(await answers(socket, set(range(20)))) == 20
    await li_na.hears("message", lambda value: value["body"] == "19")
    assert await bodies(li_na, conversation_id) == [str(number) for number in range(20)]


@pytest.mark.databases("sqlite")
async def test_a_line_is_bounded_and_the_rest_refused_with_the_time_to_wait(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na, wang = await customer(server), await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    writer = Held(server)
    await writer.begun()
    async with raw_socket(server) as socket, raw_socket(server) as other:
        await join(socket, li_na)
        await join(other, wang)
        await say(socket, 0, conversation_id, "先到")
        for number in range(1, IN_LINE + 51):
            await ask(socket, "/customer", number, "my_cases")
        refused = await answers(socket, set(range(IN_LINE, IN_LINE + 51)))
        assert {answer["error"]["code"] for answer in refused.values()} == {"too_many"}
        assert all(answer["error"]["retry_after"] > 0 for answer in refused.values())
        await ask(other, "/customer", 1, "my_cases")
        assert (await answers(other, {1}))[1]["ok"]
        writer.let_go()
        assert all(answer["ok"] for answer in (await answers(socket, set(range(IN_LINE)))).values())


@pytest.mark.databases("sqlite")
async def test_a_line_is_bounded_in_bytes_too(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    writer = Held(server)
    await writer.begun()
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        await say(socket, 0, conversation_id, "先到")
        for number in range(1, 10):
            await say(socket, number, conversation_id, "x" * 100_000)  # too long a message, and not looked at yet
        refused = await answers(socket, set(range(3, 10)))
        assert {answer["error"]["code"] for answer in refused.values()} == {"too_many"}
        writer.let_go()
        came = await answers(socket, {0, 1, 2})
        assert came[0]["ok"]
        assert {came[1]["error"]["code"], came[2]["error"]["code"]} == {"invalid"}


async def test_waiting_for_news_holds_up_nothing_that_comes_after(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation = (await li_na.do("start", topic="other"))["conversation"]
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        waits = {"conversation_id": conversation["id"], "after_seq": conversation["last_seq"], "wait": 20}
        await ask(socket, "/customer", 1, "sync", **waits, version=conversation["version"])
        await say(socket, 2, conversation["id"], "在吗")
        came = await answers(socket, {1, 2})
    assert list(came) == [2, 1]
    assert [message["body"] for message in came[1]["value"]["messages"]] == ["在吗"]


async def test_an_answer_that_quotes_half_a_character_still_arrives(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        await ask(socket, "/customer", 1, "my_cases", **{"\ud800": 1})
        assert (await answers(socket, {1}))[1]["error"]["code"] == "bad_request"
