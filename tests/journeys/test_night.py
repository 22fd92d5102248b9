"""By night: the bot answers what it can, takes a message for the rest, and the answer finds its customer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from chat.actions.bot_turn import Ask, Decision, Turn
from chat.hub import Hub
from chat.work.bot_turns import Answering, BotTurns
from chat.work.jobs import Jobs
from tests.conftest import PATIENCE, Arrive, Refused, Serve, Server, Someone, awake, new_client_id, post

ADDRESS = "li.na@mail.example"
REPLY = "您好，重置链接已经发到您的邮箱。"


def said_by(kind: str, after: int = 0) -> Any:
    return lambda message: message["author"]["kind"] == kind and message["seq"] > after


def line(code: str) -> Any:
    return lambda message: message.get("data", {}).get("code") == code


async def begin(who: Someone, **given: Any) -> str:
    conversation = (await who.do("start", **{"topic": "other", **given}))["conversation"]
    assert conversation["status"] == "bot"
    conversation_id: str = conversation["id"]
    return conversation_id


async def first_mail(server: Server, agent: Someone) -> EmailMessage:
    """The first mail in the outbox, once its agent has heard that it went out; a file appears there whole."""
    await agent.hears("notice", lambda value: value["code"] == "answer_mailed")
    [found] = server.settings.outbox.glob("*.eml")
    return message_from_bytes(found.read_bytes(), _class=EmailMessage, policy=policy.default)


@asynccontextmanager
async def bot_at_work(server: Server, bot: Answering) -> AsyncIterator[None]:
    """Another process that does the bot's turns, with a bot of our own."""

    jobs = asyncio.create_task(Jobs(server.store, Hub(), {"bot_turn": BotTurns(server.store, bot).keep}).run())
    yield
    jobs.cancel()
    await asyncio.gather(jobs, return_exceptions=True)


class HeldUp:
    """Thinks until it is let go."""

    def __init__(self) -> None:
        self.thinking, self.let_go = threading.Event(), threading.Event()

    async def decide(self, turn: Turn) -> Decision:
        self.thinking.set()
        await asyncio.to_thread(self.let_go.wait, PATIENCE)
        return Ask("bot_greeting")


class Polite:
    async def decide(self, turn: Turn) -> Decision:
        return Ask("bot_greeting")


async def answered_where_there_is_an_article(li_na: Someone, conversation_id: str) -> None:
    asked = await li_na.say(conversation_id, "忘记密码怎么办")
    answer = await li_na.hears("message", said_by("bot", after=asked["seq"]))
    assert (answer["kind"], answer["data"]["slug"]) == ("text", "reset-password")
    assert "登录页" in answer["body"]
    asked = await li_na.say(conversation_id, "今天月亮真圆啊")
    handed_over = await li_na.hears("message", said_by("bot", after=asked["seq"]))
    assert handed_over["data"] == {"code": "no_answer", "values": {}, "offer": "leave_message"}


async def refused_without_a_way_to_reply(li_na: Someone, conversation_id: str) -> None:
    last = (await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["messages"][-1]
    with pytest.raises(Refused) as refused:
        await li_na.do("leave_message", conversation_id=conversation_id, client_id=new_client_id(), body="请回复我")
    assert refused.value.code == "no_contact"
    nothing_new = await li_na.do("sync", conversation_id=conversation_id, after_seq=last["seq"])
    assert nothing_new["messages"] == []


async def mailed(server: Server, mei: Someone) -> None:
    mail = await first_mail(server, mei)
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "晴野商城客服回复了您的留言")
    text = mail.get_body(("plain",))
    assert text is not None
    assert REPLY in text.get_content()


async def test_a_customer_is_answered_by_the_bot_and_then_by_a_person(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="22:30")
    li_na, mei = await customer(server), await agent(server, "mei")
    desk = li_na.session["desk"]
    assert not desk["open"]

    await awake(server)
    conversation_id = await begin(li_na)
    hello = await li_na.hears("message", line("bot_hello"))
    assert hello["data"]["values"]["opens_at"] == desk["opens_at"]
    await answered_where_there_is_an_article(li_na, conversation_id)
    await refused_without_a_way_to_reply(li_na, conversation_id)

    inbox_before = (await mei.do("sync"))["desk"]["counts"]["inbox"]
    left = await li_na.do(
        "leave_message", conversation_id=conversation_id, client_id=new_client_id(), body="请回复我", email=ADDRESS
    )
    assert left["conversation"]["status"] == "offline"
    told = await li_na.hears("message", line("message_left"))
    assert told["data"]["values"] == {
        "opens_at": desk["opens_at"],
        "reply_by": left["conversation"]["reply_by"],
        "by": "email",
    }

    inbox = await mei.hears("inbox", lambda value: conversation_id in [entry["id"] for entry in value["inbox"]])
    [entry] = [entry for entry in inbox["inbox"] if entry["id"] == conversation_id]
    assert (entry["preview"], entry["contact_details"]["email"]) == ("请回复我", ADDRESS)
    view = (await mei.do("sync"))["desk"]
    assert (view["counts"]["inbox"], view["mail"]) == (inbox_before + 1, "outbox")
    assert conversation_id in [entry["id"] for entry in view["inbox"]]

    await mei.do("pick", conversation_id=conversation_id)
    said = await mei.say(conversation_id, REPLY)
    heard = await li_na.hears("message", said_by("agent"))
    assert (heard["seq"], heard["conversation_id"]) == (said["seq"], conversation_id)
    await mailed(server, mei)

    closed = await mei.do("close", conversation_id=conversation_id)
    assert closed["conversation"]["outcome"] == "solved"
    view = (await mei.do("sync"))["desk"]
    assert conversation_id not in [entry["id"] for entry in view["inbox"] + view["mine"]]


async def test_in_english_the_bot_answers_in_english(serve: Serve, customer: Arrive) -> None:
    server = await serve(at="22:30")
    ann = await customer(server, locale="en")
    conversation_id = await begin(ann)
    asked = await ann.say(conversation_id, "I forgot my password. How do I reset it?")
    answer = await ann.hears("message", said_by("bot", after=asked["seq"]))
    assert answer["body"].startswith("You can reset it yourself")


async def test_who_closed_the_window_finds_the_answer_when_they_come_back(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="22:30")
    li_na, mei = await customer(server), await agent(server, "mei")
    conversation_id = await begin(li_na)
    await li_na.do(
        "leave_message",
        conversation_id=conversation_id,
        client_id=new_client_id(),
        body="请回复我",
        phone="400-820-0001",
    )
    await li_na.socket.disconnect()
    await mei.do("pick", conversation_id=conversation_id)
    await mei.say(conversation_id, "已经为您处理好了。")
    await mei.do("close", conversation_id=conversation_id)

    back = await customer(server, token=li_na.token)
    assert back.session["conversation"]["id"] == conversation_id
    synced = await back.do("sync", conversation_id=conversation_id, after_seq=0)
    assert [message["body"] for message in synced["messages"] if message["author"]["kind"] == "agent"] == [
        "已经为您处理好了。"
    ]


async def test_asking_for_a_person_is_refused_while_the_desk_is_closed(serve: Serve, customer: Arrive) -> None:
    li_na = await customer(await serve(at="22:30"))
    conversation_id = await begin(li_na)
    with pytest.raises(Refused) as refused:
        await li_na.do("ask_agent", conversation_id=conversation_id)
    assert refused.value.code == "desk_closed"


async def test_a_bot_held_up_never_speaks_after_an_agent_took_over(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="22:30", work=False)
    li_na, mei, bot = await customer(server), await agent(server, "mei"), HeldUp()
    async with bot_at_work(server, bot):
        conversation_id = await begin(li_na)
        await li_na.say(conversation_id, "你好")
        assert await asyncio.to_thread(bot.thinking.wait, PATIENCE)
        await li_na.do(
            "leave_message", conversation_id=conversation_id, client_id=new_client_id(), body="请回复我", email=ADDRESS
        )
        await mei.do("pick", conversation_id=conversation_id)
        bot.let_go.set()

        # Another customer's turn, made later, is answered: so the first one has had its time.
        wang = await customer(server)
        asked = await wang.say(await begin(wang), "你好")
        await wang.hears("message", said_by("bot", after=asked["seq"]))
    synced = await li_na.do("sync", conversation_id=conversation_id, after_seq=0)
    assert [message["author"]["kind"] for message in synced["messages"]].count("bot") == 0
    assert synced["conversation"]["status"] == "active"


async def test_two_processes_give_one_answer(serve: Serve, customer: Arrive) -> None:
    server = await serve(at="22:30")
    li_na = await customer(server)
    async with bot_at_work(server, Polite()), bot_at_work(server, Polite()):
        conversation_id = await begin(li_na)
        for question in ("谢谢", "你好", "好的，谢谢"):
            asked = await li_na.say(conversation_id, question)
            await li_na.hears("message", said_by("bot", after=asked["seq"]))
    synced = await li_na.do("sync", conversation_id=conversation_id, after_seq=0)
    kinds = [message["author"]["kind"] for message in synced["messages"]]
    assert kinds == ["system", *["customer", "bot"] * 3]


async def test_a_command_over_http_is_an_agents_sign_of_life(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    david = await agent(server, "david")
    given = {"email": "mei@demo.example", "password": "nightdesk-demo", "bearer": True}
    _, signed_in = await post(server, "/api/agent/session", given)
    token = signed_in["value"]["token"]

    async def seen_by_david() -> str:
        colleagues = (await david.do("sync"))["desk"]["colleagues"]
        status: str = next(found["status"] for found in colleagues if found["name"] == "陈梅")
        return status

    assert await seen_by_david() == "offline"
    status, _ = await post(server, "/api/agent/set_presence", {"status": "online"}, token)
    assert (status, await seen_by_david()) == (200, "online")
