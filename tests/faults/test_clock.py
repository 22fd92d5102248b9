"""A clock that is set an hour forward or back under a running desk."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import Any

from chat.actions.leases import LEASE
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.rounds import SOAK
from tests.faults.senders import Person, Refused, agent, check_log, check_shown, customer, until
from tests.faults.stepped import PROGRAM, set_clock

PATIENCE = 20
HOUR = 3600
# After a start the sweep takes nothing away for a lease. Then it would, if it did not see that the clock was set:
# it looks every 5 seconds, and presence is renewed every 10.
WARM_SECONDS = LEASE.total_seconds() + 4
WATCH_SECONDS = 2 * LEASE.total_seconds() + 10 if SOAK else 12
PAUSE = 0.3  # between two lines of people who talk


async def test_a_clock_that_is_set_changes_nothing_for_anybody(nightdesk: Serving) -> None:
    await asyncio.gather(*(a_desk_lives_through(nightdesk, step) for step in (HOUR, -HOUR)))


async def a_desk_lives_through(nightdesk: Serving, step: int) -> None:
    process = nightdesk(start=False, at="03:00", program=PROGRAM)
    set_clock(process.data_dir, 0)
    await asyncio.to_thread(process.start)
    async with AsyncExitStack() as stack:
        customers = [await stack.enter_async_context(await customer(process.url, locale="en")) for _ in range(8)]
        agents = [await stack.enter_async_context(await agent(process.url, name)) for name in ("mei", "david")]
        li_na, wang, emma, *others = customers
        mei, david = agents
        for person in agents:
            await person.insist("set_presence", status="online")
        hers, his = (
            await li_na.leave_message("订单没收到", "li@mail.example"),
            await wang.leave_message("?", "w@mail.example"),
        )
        for conversation_id in (hers, his):
            await mei.pick(conversation_id)
        asked = await emma.start()
        before = await mine(mei)
        talking = asyncio.create_task(talk(li_na, mei, hers))

        await asyncio.sleep(WARM_SECONDS)
        mailed = len(mails(process))
        set_clock(process.data_dir, step)
        await the_bot_answers(emma, asked)
        await each_is_given_to_one(others, mei, david)
        await until(lambda: len(mails(process)) > mailed, PATIENCE, "a mail that was promised after the step")
        await asyncio.sleep(WATCH_SECONDS)

        talking.cancel()
        with suppress(asyncio.CancelledError):
            await talking
        held = await mine(mei)
        assert {talk: held[talk] for talk in before} == before
        for conversation_id, person in ((hers, li_na), (his, wang)):
            await check(conversation_id, (person, mei))
        check_lived_through(step, mei.logs[hers].shown)
        assert [person.closes for person in (*customers, *agents)] == [[]] * 10  # nobody was sent away


async def mine(person: Person) -> dict[str, int]:
    """The conversations an agent holds, with their epochs: a change of owner raises it."""
    desk = (await person.do("sync"))["desk"]
    return {conversation["id"]: conversation["epoch"] for conversation in desk["mine"]}


async def talk(li_na: Person, mei: Person, conversation_id: str) -> None:
    for number in itertools.count():
        author = (li_na, mei)[number % 2]
        author.say(conversation_id, f"{number}")
        await author.all_acked(PATIENCE)
        await asyncio.sleep(PAUSE)


async def the_bot_answers(emma: Person, conversation_id: str) -> None:
    emma.say(conversation_id, "How do I get a refund?")
    log = emma.logs[conversation_id]
    await until(lambda: any(message["author"]["kind"] == "bot" for message in log.shown), PATIENCE, "the bot")
    assert [message["seq"] for message in log.shown] == list(range(1, log.last + 1))


async def each_is_given_to_one(customers: list[Person], *agents: Person) -> None:
    for person in customers:
        conversation_id = await person.leave_message("在吗?", "x@mail.example")
        picks = [pick(agent, conversation_id) for agent in agents]
        assert sorted(await asyncio.gather(*picks)) == ["picked", "taken"]


async def pick(person: Person, conversation_id: str) -> str:
    try:
        await person.do("pick", conversation_id=conversation_id)
    except Refused as refused:
        return refused.code
    return "picked"


def mails(process: Nightdesk) -> list[Any]:
    return list((process.data_dir / "outbox").glob("*.eml"))


async def check(conversation_id: str, readers: tuple[Person, ...]) -> None:
    for reader in readers:
        await reader.all_acked(PATIENCE)
    stored = await readers[0].everything(conversation_id)
    check_log(conversation_id, stored, readers)
    for reader in readers:
        await reader.has_shown(conversation_id, len(stored), PATIENCE)
        check_shown(conversation_id, stored, reader)


def check_lived_through(step: int, shown: list[dict[str, Any]]) -> None:
    """Between two lines of the conversation the clock was set."""
    moments = [datetime.fromisoformat(message["created_at"]) for message in shown]
    steps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)]
    assert [round(found / step) for found in steps if abs(found) > HOUR / 2] == [1]
