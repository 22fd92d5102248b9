"""What a client catches up by: `sync` with `wait`, the beacon, `store_id`; and that notes show in none of it."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chat.realtime.rounds import BEACON_SECONDS
from tests.faults.conftest import Serving
from tests.faults.rounds import rounds
from tests.faults.senders import Person, Refused, agent, check_shown, customer, until

PATIENCE = 20
WAIT = 2.0
LONGEST_WAIT = 25.0


async def head(person: Person, conversation_id: str) -> dict[str, Any]:
    synced = await person.do("sync", conversation_id=conversation_id, after_seq=0)
    conversation: dict[str, Any] = synced["conversation"]
    return conversation


async def poll(
    person: Person, conversation_id: str, wait: float, with_version: bool = True
) -> asyncio.Task[tuple[Any, float]]:
    """A long poll for what is newer than now; what it answers, and after how many seconds."""
    there = await head(person, conversation_id)
    known = {"version": there["version"]} if with_version else {}

    async def ask() -> tuple[Any, float]:
        begun = time.monotonic()
        value = await person.insist(
            "sync", conversation_id=conversation_id, after_seq=there["last_seq"], wait=wait, **known
        )
        return value, time.monotonic() - begun

    task = asyncio.create_task(ask())
    await person.do("my_cases")  # it is on its way by now
    return task


async def test_a_long_poll_answers_when_there_is_something_newer_and_else_when_its_time_is_over(
    nightdesk: Serving,
) -> None:
    process = await asyncio.to_thread(nightdesk)
    async with await customer(process.url, over="http") as li_na, await agent(process.url) as mei:
        talk = (await li_na.do("start", topic="other"))["conversation"]["id"]
        await mei.pick(talk)

        value, seconds = await (await poll(li_na, talk, WAIT))
        assert (value["messages"], value["more"], value["conversation"]) == ([], False, await head(li_na, talk))
        assert seconds >= WAIT - 0.01

        waiting = await poll(li_na, talk, LONGEST_WAIT)
        mei.say(talk, "您好")
        value, seconds = await waiting
        assert [message["body"] for message in value["messages"]] == ["您好"]
        assert seconds < LONGEST_WAIT / 2

        for command, with_version in (("release", True), ("pick", False)):
            waiting = await poll(li_na, talk, LONGEST_WAIT, with_version)
            before = await head(li_na, talk)
            await mei.do(command, conversation_id=talk)
            value, seconds = await waiting
            assert value["conversation"]["version"] > before["version"]
            assert seconds < LONGEST_WAIT / 2

        with pytest.raises(Refused, match="bad_request"):
            await li_na.do("sync", conversation_id=talk, after_seq=0, wait=LONGEST_WAIT + 1)


async def test_who_missed_an_event_learns_it_from_the_beacon_and_a_customer_learns_nothing_of_notes(
    nightdesk: Serving,
) -> None:
    process = await asyncio.to_thread(nightdesk)
    async with AsyncExitStack() as stack:
        li_na = await stack.enter_async_context(await customer(process.url))
        window = await stack.enter_async_context(Person(process.url, "customer", li_na.session, "http"))
        wang = await stack.enter_async_context(await customer(process.url))
        mei = await stack.enter_async_context(await agent(process.url))
        hers, his = await li_na.start(), await wang.start()
        for talk in (hers, his):
            await mei.pick(talk)
        li_na.say(hers, "在吗?")
        await li_na.all_acked(PATIENCE)
        await mei.has_shown(hers, 3, PATIENCE)
        await li_na.has_shown(hers, 3, PATIENCE)

        wang.deaf_to = {"message", "conversation"}
        mei.say(his, "您好")
        await mei.all_acked(PATIENCE)
        behind = wang.logs[his].last

        waiting = await poll(window, hers, WAIT)
        before, heard = await all_she_can_see(window, hers), len(li_na.heard)
        for number in range(rounds("notes")):
            await mei.do("note", conversation_id=hers, client_id=str(uuid.uuid4()), body=f"备注 {number}")
        assert await all_she_can_see(window, hers) == before
        value, seconds = await waiting
        assert (value["messages"], value["conversation"]) == ([], before["sync"]["conversation"])
        assert seconds >= WAIT - 0.01

        # Both hear their beacon.
        known = before["sync"]["conversation"]
        await until(lambda: len(li_na.heard) > heard, BEACON_SECONDS + 2, "a beacon")
        assert li_na.heard[heard:] == [("beacon", {hers: [known["last_seq"], known["version"]]})]
        stored = await wang.everything(his)
        assert len(stored) > behind
        await wang.has_shown(his, len(stored), BEACON_SECONDS + 1)
        check_shown(his, stored, wang)

        said = await li_na.do("say", conversation_id=hers, client_id=str(uuid.uuid4()), body="还在吗?")
        assert said["seq"] == known["last_seq"] + 1
        assert len((await mei.do("sync", conversation_id=hers, after_seq=0))["notes"]) == rounds("notes")


async def all_she_can_see(person: Person, conversation_id: str) -> dict[str, Any]:
    """Everything that a customer's window, or a curious one, can ask for."""
    asked = {
        "sync": {"conversation_id": conversation_id, "after_seq": 0},
        "history": {"conversation_id": conversation_id, "before_seq": 1_000},
        "start": {"topic": "other"},
        "my_cases": {},
        "my_orders": {},
        "session": {"site": "demo", "token": person.token},
    }
    seen = {command: await person.do(command, **values) for command, values in asked.items()}
    for moving in ("now", "reply_by"):  # with the clock
        seen["session"]["desk"].pop(moving)
    return seen


async def test_the_store_id_stays_until_the_database_is_replaced(nightdesk: Serving) -> None:
    process = await asyncio.to_thread(lambda: nightdesk(bot=False))  # the new one would train it
    first = await customer(process.url)
    async with first:
        talk = await first.start()
        await asyncio.to_thread(process.restart)
        again = await customer(process.url, token=first.token)
        assert again.session["store_id"] == first.session["store_id"]
        assert (again.token, again.session["conversation"]["id"]) == (first.token, talk)
    await asyncio.to_thread(process.terminate)
    for part in ("", "-wal", "-shm"):
        process.database.with_name(process.database.name + part).unlink(missing_ok=True)
    await asyncio.to_thread(process.start)

    anew = await customer(process.url, token=first.token)
    assert anew.session["store_id"] != first.session["store_id"]
    assert anew.token != first.token
    assert "conversation" not in anew.session
    async with await agent(process.url) as mei:
        assert (await mei.do("sync"))["desk"]["store_id"] == anew.session["store_id"]
