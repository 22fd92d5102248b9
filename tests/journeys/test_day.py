"""By day: a customer is helped, through the standard Socket.IO client."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import Arrive, Refused, Serve, new_client_id, post


async def test_a_customer_is_helped_from_the_first_word_to_the_rating(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server, "mei")
    assert li_na.session["desk"]["open"]

    started = await li_na.do("start", topic="refund", form={"name": "李娜", "order_number": "QY-1"})
    conversation = started["conversation"]
    assert (conversation["status"], conversation["waiting"]["place"]) == ("waiting", 1)
    await li_na.say(conversation["id"], "我想退款")

    queue = await mei.hears("queue", lambda value: value["total"] == 1 and value["waiting"][0]["preview"])
    assert queue["waiting"][0]["customer_name"] == "李娜"
    assert queue["waiting"][0]["form"] == {"name": "李娜", "order_number": "QY-1"}

    await mei.do("pick")
    joined = await li_na.hears("message", lambda value: value["kind"] == "system")
    assert joined["data"] == {"code": "agent_joined", "values": {"name": "陈梅"}}
    await li_na.hears("message", lambda value: value.get("data", {}).get("code") == "safety_notice")

    await li_na.do("typing", conversation_id=conversation["id"])
    assert (await mei.hears("typing"))["name"] == "李娜"
    await mei.do("typing", conversation_id=conversation["id"])
    assert (await li_na.hears("typing"))["name"] == "陈梅"

    said = await mei.say(conversation["id"], "您好，请问订单号是多少？")
    heard = await li_na.hears("message", lambda value: value["author"]["kind"] == "agent")
    assert (heard["seq"], heard["author"]["name"]) == (said["seq"], "陈梅")
    await li_na.do("read", conversation_id=conversation["id"], seq=said["seq"])
    mark = await mei.hears("read")
    assert (mark["by"], mark["seq"]) == ("customer", said["seq"])

    closed = await mei.do("close", conversation_id=conversation["id"])
    assert closed["conversation"]["outcome"] == "solved"
    await li_na.hears("conversation", lambda value: value["status"] == "closed")
    await li_na.do("rate", conversation_id=conversation["id"], score=5, comment="很快")
    rated = await mei.hears("conversation", lambda value: value.get("score") == 5)
    assert rated["comment"] == "很快"


async def test_the_safety_notice_is_read_once_however_many_agents_join(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await mei.do("pick", conversation_id=conversation_id)
    await mei.do("release", conversation_id=conversation_id)
    await david.do("pick", conversation_id=conversation_id)

    log = (await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]
    codes = [message["data"]["code"] for message in log]
    assert codes == ["agent_joined", "safety_notice", "agent_left", "agent_joined"]


async def test_two_tabs_and_a_reload_show_the_same(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    first, mei = await customer(server), await agent(server, "mei")
    conversation_id = (await first.do("start", topic="other"))["conversation"]["id"]
    second = await customer(server, token=first.token)
    assert second.session["conversation"]["id"] == conversation_id
    await first.say(conversation_id, "第一个窗口")
    assert (await second.hears("message"))["body"] == "第一个窗口"
    await mei.do("pick")
    await mei.say(conversation_id, "都看得到")
    for tab in (first, second):
        await tab.hears("message", lambda value: value["body"] == "都看得到")

    reloaded = await customer(server, token=first.token)
    synced = [await tab.do("sync", conversation_id=conversation_id, after_seq=0) for tab in (first, reloaded)]
    assert synced[0] == synced[1]
    assert [message["seq"] for message in synced[0]["messages"]] == [1, 2, 3, 4]


async def test_messages_typed_at_once_keep_their_order(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    bodies = [f"第{number}句" for number in range(100)]
    await asyncio.gather(*(li_na.say(conversation_id, body) for body in bodies))
    log = (await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]
    assert [message["body"] for message in log] == bodies
    assert [message["seq"] for message in log] == list(range(1, 101))


async def test_a_message_sent_twice_is_there_once(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    client_id = new_client_id()
    once = await li_na.say(conversation_id, "只发一次", client_id)
    assert await li_na.say(conversation_id, "只发一次", client_id) == once
    with pytest.raises(Refused) as refused:
        await li_na.say(conversation_id, "另一句话", client_id)
    assert refused.value.code == "client_id_reused"
    assert len((await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]) == 1


async def test_two_agents_pick_and_one_is_told_who_won(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    answers = await asyncio.gather(
        mei.do("pick", conversation_id=conversation_id),
        david.do("pick", conversation_id=conversation_id),
        return_exceptions=True,
    )
    [lost] = [answer for answer in answers if isinstance(answer, Refused)]
    [won] = [answer for answer in answers if isinstance(answer, dict)]
    assert lost.code == "taken"
    assert won["conversation"]["agent"]["name"] in str(lost)


async def test_an_agent_hands_over_to_a_colleague_who_is_there_and_to_nobody_else(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await mei.do("pick")
    colleagues = {c["name"]: c for c in (await mei.do("sync"))["desk"]["colleagues"]}
    with pytest.raises(Refused, match="孙云 is not there"):
        await mei.do("transfer", conversation_id=conversation_id, agent_id=colleagues["孙云"]["id"])
    await mei.do("transfer", conversation_id=conversation_id, agent_id=colleagues["David Wu"]["id"])
    await david.hears("conversation", lambda value: value["agent"]["name"] == "David Wu")
    await david.say(conversation_id, "I am taking over.")
    with pytest.raises(Refused, match="David Wu has this conversation"):
        await mei.say(conversation_id, "还有一句")


async def test_the_same_journey_over_http_alone_with_a_long_poll(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server, "mei")
    _, session = await post(server, "/api/customer/session", {"site": "demo", "locale": "en"})
    token = session["value"]["token"]

    async def do(command: str, **values: object) -> dict[str, object]:
        status, answer = await post(server, f"/api/customer/{command}", values, token)
        assert status == 200, answer
        value: dict[str, object] = answer["value"]
        return value

    conversation_id = (await do("start", topic="other"))["conversation"]["id"]
    await mei.do("pick")
    before = await do("sync", conversation_id=conversation_id, after_seq=0)
    version, seq = before["conversation"]["version"], before["conversation"]["last_seq"]
    waiting = asyncio.create_task(do("sync", conversation_id=conversation_id, after_seq=seq, version=version, wait=20))
    await mei.say(conversation_id, "Good morning!")
    news = await asyncio.wait_for(waiting, 10)
    assert [message["body"] for message in news["messages"]] == ["Good morning!"]
