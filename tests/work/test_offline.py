"""Offline messages: left at night, found in the morning, answered in the same conversation."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chat import wire
from chat.actions import conversations as talk
from chat.actions import queue
from chat.actions.access import Caller, Who
from chat.errors import Conflict, IllegalMove, Invalid, NotFound, Reused
from chat.store import Tx
from tests.work.conftest import NOON, House, codes


async def inbox(house: House, who: Who) -> list[wire.AgentConversation]:
    desk = (await house.store.read(queue.sync, who, wire.AgentSync())).desk
    assert desk
    assert desk.counts.inbox == len(desk.inbox)
    return desk.inbox


async def test_a_message_left_at_night_waits_in_the_inbox(house: House, mei: Who) -> None:
    li_na = await house.customer("李娜")
    conversation = await house.start(li_na)
    left = await house.leave_message(li_na, conversation.id, "订单没收到", email="li@mail.example", name="李小娜")
    assert (left.status, left.contact) == ("offline", True)
    messages = await house.log(li_na, conversation.id)
    assert codes(messages) == ["bot_hello", "customer", "message_left"]
    assert messages[-1].data == {
        "code": "message_left",
        "values": {"by": "email", "opens_at": "2026-03-03T01:00:00.000Z", "reply_by": "2026-03-03T05:00:00.000Z"},
    }
    [waiting] = await inbox(house, mei)
    assert (waiting.preview, waiting.left_at) == ("订单没收到", house.now)
    assert waiting.contact_details == wire.Contact(name="李小娜", email="li@mail.example")
    assert {"summary": "inbox", "site_id": house.site_id} in house.told_of("stale")


async def test_without_a_contact_nothing_is_left_and_nothing_stored(house: House, mei: Who) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na)
    with pytest.raises(Invalid) as refused:
        await house.leave_message(li_na, conversation.id, "请回复我")
    assert refused.value.code == "no_contact"
    assert codes(await house.log(li_na, conversation.id)) == ["bot_hello"]
    assert (await house.seen(li_na, conversation.id)).status == "bot"
    assert await inbox(house, mei) == []


async def test_a_verified_customer_needs_no_contact_and_reads_the_answer_in_the_window(house: House) -> None:
    li_na = await house.customer()
    await house.store.write(verify, li_na.id)
    conversation = await house.start(li_na)
    assert (await house.leave_message(li_na, conversation.id, "请回复我")).status == "offline"
    [*_, line] = await house.log(li_na, conversation.id)
    assert line.data
    assert line.data["values"]["by"] == "window"


def verify(tx: Tx, customer_id: str, now: object) -> None:
    tx.change("UPDATE customer SET kind = 'verified' WHERE id = :id", id=customer_id)


async def test_who_waits_by_day_may_leave_a_message_instead(house: House, mei: Who) -> None:
    house.now = NOON
    li_na = await house.customer(email="li@mail.example")
    conversation = await house.start(li_na)
    left = await house.leave_message(li_na, conversation.id, "我晚点再看")
    assert (left.status, left.waiting) == ("offline", None)
    [*_, line] = await house.log(li_na, conversation.id)
    assert line.data == {
        "code": "message_left_open",
        "values": {"by": "email", "reply_by": "2026-03-02T08:00:00.000Z"},
    }
    with pytest.raises(NotFound):
        await house.store.write(queue.pick, mei, wire.Pick())
    assert len(await inbox(house, mei)) == 1


async def test_more_is_added_to_the_message_and_it_keeps_its_place(house: House, mei: Who) -> None:
    li_na, wang = await house.customer(), await house.customer("王强")
    first = await house.start(li_na)
    await house.leave_message(li_na, first.id, "第一句", email="li@mail.example")
    left_at = house.now
    house.later(minutes=10)
    second = await house.start(wang)
    await house.leave_message(wang, second.id, "我也留言", phone="400-820-0001")
    house.later(minutes=10)
    await house.say(li_na, first.id, "补充一句")
    await house.leave_message(li_na, first.id, "再补充一句")
    waiting = await inbox(house, mei)
    assert [entry.id for entry in waiting] == [first.id, second.id]
    assert (waiting[0].left_at, waiting[0].preview) == (left_at, "再补充一句")


async def test_a_conversation_with_an_agent_takes_no_offline_message(house: House, mei: Who) -> None:
    li_na = await house.customer(email="li@mail.example")
    conversation = await house.start(li_na)
    await house.leave_message(li_na, conversation.id, "在吗")
    await house.pick(mei, conversation.id)
    with pytest.raises(IllegalMove):
        await house.leave_message(li_na, conversation.id, "还在吗")


async def test_somebody_else_cannot_leave_a_message_there(house: House) -> None:
    li_na, wang = await house.customer(), await house.customer("王强", email="wang@mail.example")
    conversation = await house.start(li_na)
    with pytest.raises(NotFound):
        await house.leave_message(wang, conversation.id, "我不是李娜")
    stranger = Who(Caller.CUSTOMER, li_na.id, site_id="another site")
    with pytest.raises(NotFound):
        await house.leave_message(stranger, conversation.id, "别的网站")


async def test_a_client_id_that_said_something_leaves_no_message(house: House) -> None:
    li_na, client_id = await house.customer(email="li@mail.example"), str(uuid4())
    conversation = await house.start(li_na)
    said = {"conversation_id": conversation.id, "client_id": client_id, "body": "你好"}
    await house.store.write(talk.say, li_na, wire.Say(**said))
    with pytest.raises(Reused):
        await house.store.write(talk.leave_message, li_na, wire.LeaveMessage(**said))


async def test_the_answer_is_in_the_same_conversation_and_closing_ends_it(house: House, mei: Who) -> None:
    li_na = await house.customer(email="li@mail.example")
    conversation = await house.start(li_na)
    await house.leave_message(li_na, conversation.id, "订单没收到")
    house.later(hours=11)
    picked = await house.pick(mei, conversation.id)
    assert (picked.status, picked.agent and picked.agent.name) == ("active", "陈梅")
    assert await inbox(house, mei) == []
    await house.say(mei, conversation.id, "今天送达")
    closed = await house.close(mei, conversation.id)
    assert (closed.status, closed.outcome) == ("closed", "solved")

    seen = await house.seen(li_na, conversation.id)
    assert seen.status == "closed"
    assert codes(await house.log(li_na, conversation.id)) == [
        "bot_hello", "customer", "message_left", "agent_joined", "safety_notice", "agent", "closed",
    ]  # fmt: skip
    assert await inbox(house, mei) == []


async def test_one_agent_wins_an_offline_message(house: House, mei: Who, david: Who) -> None:
    li_na = await house.customer(email="li@mail.example")
    conversation = await house.start(li_na)
    await house.leave_message(li_na, conversation.id, "在吗")
    await house.pick(mei, conversation.id)
    with pytest.raises(Conflict, match="陈梅"):
        await house.pick(david, conversation.id)


async def test_released_by_night_it_becomes_a_message_and_the_customer_is_told_when(house: House, mei: Who) -> None:
    li_na = await house.customer(email="li@mail.example")
    house.now = NOON
    conversation = await house.start(li_na)
    await house.pick(mei, conversation.id)
    house.later(hours=10)
    released = await house.store.write(queue.release, mei, wire.InConversation(conversation_id=conversation.id))
    assert (released.conversation.status, released.conversation.left_at) == ("offline", house.now)
    [*_, line] = await house.log(li_na, conversation.id)
    assert line.data == {
        "code": "agent_left_closed",
        "values": {"name": "陈梅", "opens_at": "2026-03-03T01:00:00.000Z"},
    }
