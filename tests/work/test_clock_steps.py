"""A clock that is set by an hour: promises are kept in time, sessions live, nobody's conversation is taken away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.actions import access, jobs, people, presence
from chat.actions.access import Caller, Who
from chat.actions.jobs import ATTEMPTS, Claimed
from chat.store import Tx
from chat.wire import CustomerSession
from chat.work.sweep import Sweep
from tests.work.conftest import NOON, House
from tests.work.test_sweep import LEASE, sweep, with_mei

HOUR = timedelta(hours=1)
STEPS = pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])


async def promise(house: House, **later: float) -> None:
    def make(tx: Tx, now: object) -> None:
        tx.job("letter", {}, run_at=house.now + timedelta(**later) if later else None)

    await house.store.write(make)


async def due(house: House) -> list[Claimed]:
    return await house.due("letter")


@STEPS
async def test_a_job_that_was_due_is_due(house: House, step: timedelta) -> None:
    await promise(house)
    await promise(house, seconds=5)
    house.now += step
    house.later(seconds=10)
    assert len(await due(house)) == 2


async def test_a_job_of_a_later_time_waits_for_it(house: House) -> None:
    await promise(house, hours=3)
    house.later(hours=2)
    assert await due(house) == []
    house.later(hours=1)
    assert len(await due(house)) == 1


async def test_a_job_whose_holder_died_before_the_clock_was_set_back_is_taken_by_another(house: House) -> None:
    await promise(house)
    [held] = await due(house)
    house.now -= HOUR
    [again] = await due(house)
    assert (again.id, again.attempt) == (held.id, 2)
    assert await due(house) == []


@pytest.mark.parametrize("seconds", [0, 30, -30, 59, -59])
async def test_a_job_in_living_hands_is_left_there_by_a_process_whose_clock_differs_a_little(
    house: House, seconds: int
) -> None:
    await promise(house)
    assert len(await due(house)) == 1
    house.later(seconds=seconds)
    assert await due(house) == []


async def test_a_job_that_was_put_back_is_tried_again_in_time(house: House) -> None:
    house.now -= timedelta(days=1)
    await promise(house)
    house.now += timedelta(days=1)  # made long ago, so that only its pause speaks of the old clock
    [job] = await due(house)
    await house.store.write(jobs.retry, job, "the server is away")
    assert await due(house) == []
    house.now -= HOUR
    [again] = await due(house)
    assert again.attempt == 2


async def test_a_job_that_waits_its_longest_pause_is_not_taken_before(house: House) -> None:
    await promise(house)
    [job] = await due(house)
    late = Claimed(job.id, job.kind, job.payload, ATTEMPTS - 1)
    await house.store.write(lambda tx, now: tx.change("UPDATE job SET attempts = :many", many=ATTEMPTS - 1))
    await house.store.write(jobs.retry, late, "the server is away")
    house.later(minutes=59)
    assert await due(house) == []
    house.later(minutes=1)
    assert len(await due(house)) == 1


@STEPS
async def test_nobodys_conversation_is_taken_away_and_no_session_ends(house: House, mei: Who, step: timedelta) -> None:
    house.now = NOON
    li_na = await house.customer()
    connection = await house.connect(mei)
    conversation_id = await with_mei(house, mei, li_na)
    opened = await house.store.write(
        people.open_customer_session, Who(Caller.PUBLIC), CustomerSession(site="shop", locale="zh-CN")
    )
    rounds = Sweep(house.store)
    for elapsed in range(0, 4 * LEASE, 5):
        house.later(seconds=5)
        if elapsed == 2 * LEASE:
            house.now += step
        if elapsed % 10 == 0:
            await house.store.write(presence.still_connected, {connection: mei.id})
        await rounds.look(elapsed, house.now)
        seen = await house.seen(li_na, conversation_id)
        assert (seen.status, seen.agent and seen.agent.name) == ("active", "陈梅"), elapsed
    assert await house.store.read(access.identify, Caller.CUSTOMER, opened.token)


async def test_an_agent_who_left_before_the_clock_was_set_back_is_gone_all_the_same(house: House, mei: Who) -> None:
    house.now = NOON
    li_na = await house.customer()
    await house.connect(mei)
    conversation_id = await with_mei(house, mei, li_na)
    house.now -= HOUR
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "waiting"
