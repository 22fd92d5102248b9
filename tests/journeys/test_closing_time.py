"""Across 21:00 with a clock that moves: who talks goes on, who waits chooses, nobody comes in for nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chat.actions.closing import CHOICE
from chat.work.sweep import Sweep
from tests.conftest import Arrive, Refused, Serve, Server, Someone, new_client_id

ADDRESS = "wang.wei@mail.example"


class Clock:
    """Moves a server's clock, and does a round of what it looks after by itself."""

    def __init__(self, server: Server) -> None:
        self._store, self._sweep = server.store, Sweep(server.store)

    async def goes_on(self, **distance: float) -> None:
        past, now = timedelta(**distance), self._store.clock.now
        self._store.clock = replace(self._store.clock, now=lambda: now() + past)
        await self._sweep.look(asyncio.get_running_loop().time(), self._store.clock.now())


async def waits(who: Someone, *lines: str) -> str:
    conversation = (await who.do("start", topic="other", client_id=new_client_id()))["conversation"]
    for line in lines:
        await who.say(conversation["id"], line)
    conversation_id: str = conversation["id"]
    return conversation_id


async def stands(who: Someone, conversation_id: str) -> Any:
    return (await who.do("sync", conversation_id=conversation_id, after_seq=0))["conversation"]


def line(code: str) -> Any:
    return lambda message: (message.get("data") or {}).get("code") == code


async def test_closing_time_strands_nobody(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve(at="20:45", work=False)
    clock, mei = Clock(server), await agent(server, "mei")
    li_na, wang, zhou, sun, qian = [await customer(server) for _ in range(5)]

    talking = await waits(li_na, "我想退款")
    await mei.do("pick", conversation_id=talking)
    rooms = {who: await waits(who, "在吗", "我的订单还没到") for who in (wang, zhou, sun)}
    rooms[qian] = await waits(qian)
    assert [(await stands(who, room))["waiting"]["place"] for who, room in rooms.items()] == [1, 2, 3, 4]
    assert (await stands(wang, rooms[wang]))["waiting"]["range"]

    # The last minutes: nobody sits there any more who could take one more. The window says so, and nobody new comes in.
    await mei.do("set_presence", status="away")
    await clock.goes_on(minutes=8)
    await li_na.hears("desk", lambda desk: desk["open"] and desk["queue"] == "closing")
    late = await customer(server)
    assert (late.session["desk"]["open"], late.session["desk"]["queue"]) == (True, "closing")
    turned_away = await waits(late)
    assert (await stands(late, turned_away))["status"] == "bot"
    said = await late.hears("message", line("desk_closing"))
    assert said["data"]["offer"] == "leave_message"
    with pytest.raises(Refused) as refused:
        await late.do("ask_agent", conversation_id=turned_away)
    assert refused.value.code == "desk_closing"

    # 21:00. Who waits is told when it opens and by when a message is answered; who talks notices nothing.
    await clock.goes_on(minutes=8)
    desk = await wang.hears("desk", lambda desk: not desk["open"])
    for who in rooms:
        told = (await who.hears("message", line("closed_waiting")))["data"]["values"]
        assert told["opens_at"] == desk["opens_at"]
        assert told["reply_by"] == desk["reply_by"]
    answer = await mei.say(talking, "您的退款已经办好了。")
    await li_na.hears("message", lambda message: message["seq"] == answer["seq"])
    assert not [message for event, message in li_na.heard if event == "message" and line("closed_waiting")(message)]

    # One leaves a message, one goes, one is taken after all; who says nothing is looked after.
    left = await wang.do(
        "leave_message", conversation_id=rooms[wang], client_id=new_client_id(), body="请明天联系我", email=ADDRESS
    )
    assert (left["conversation"]["status"], left["conversation"]["reply_by"]) == ("offline", desk["reply_by"])
    gone = await zhou.do("leave", conversation_id=rooms[zhou])
    assert (gone["conversation"]["status"], gone["conversation"]["outcome"]) == ("closed", "abandoned")
    await clock.goes_on(seconds=CHOICE.total_seconds())
    kept = await sun.hears("conversation", lambda value: value["status"] == "offline")
    assert kept["reply_by"] >= desk["reply_by"]
    await sun.hears("message", line("wait_kept"))
    nobody = await qian.hears("conversation", lambda value: value["status"] == "closed")
    assert nobody["outcome"] == "abandoned"
    assert (await stands(li_na, talking))["status"] == "active"
    inbox = [one["id"] for one in (await mei.do("sync"))["desk"]["inbox"]]
    assert {rooms[wang], rooms[sun]} <= set(inbox)

    # The next morning whoever kept their place stands before those who came since.
    await clock.goes_on(hours=12)
    early = await customer(server)
    place = await waits(early, "早上好")
    assert (await stands(early, place))["waiting"]["place"] == 1
    asked = await wang.do("ask_agent", conversation_id=rooms[wang])
    assert (asked["conversation"]["status"], asked["conversation"]["waiting"]["place"]) == ("waiting", 1)
    assert asked["conversation"]["reply_by"] == desk["reply_by"]
    await early.hears("conversation", lambda value: value.get("waiting", {}).get("place") == 2)


async def test_who_waits_may_still_be_taken_after_closing_time(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve(at="20:55", work=False)
    clock, mei, li_na = Clock(server), await agent(server, "mei"), await customer(server)
    room = await waits(li_na, "我想退款")
    await clock.goes_on(minutes=6)
    await li_na.hears("message", line("closed_waiting"))
    await mei.do("pick", conversation_id=room)
    await clock.goes_on(seconds=CHOICE.total_seconds())
    assert (await stands(li_na, room))["status"] == "active"
