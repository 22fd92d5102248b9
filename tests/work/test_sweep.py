"""An agent who is gone keeps nobody waiting; one who is there loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chat import wire
from chat.actions import desk, presence, queue
from chat.actions.access import Who
from chat.actions.sweep import Step
from chat.errors import Unavailable
from chat.store import Tx
from chat.work.sweep import Calm, Sweep
from tests.work.conftest import NIGHT, NOON, House, codes

LEASE = 30


async def sweep(house: House) -> None:
    """One round of a process that has been up for long."""
    rounds = Sweep(house.store)
    for elapsed in range(0, LEASE + 1, 5):
        await rounds.look(elapsed, house.now + timedelta(seconds=elapsed - LEASE))


async def with_mei(house: House, mei: Who, customer: Who) -> str:
    conversation = await house.start(customer)
    await house.say(customer, conversation.id, "在吗")
    await house.pick(mei, conversation.id)
    return conversation.id


def presence_rows(tx: Tx, now: object) -> int:
    return int(tx.value("SELECT count(*) FROM presence"))


async def test_unanswered_conversations_go_back_to_their_first_place_once(house: House, mei: Who) -> None:
    house.now = NOON
    li_na, wang = await house.customer(), await house.customer("王强")
    await house.connect(mei)
    first = await with_mei(house, mei, li_na)
    epoch = (await house.seen(li_na, first)).epoch
    house.later(seconds=5)
    second = await house.start(wang)

    house.later(seconds=31)
    await sweep(house)
    await sweep(house)
    seen = await house.seen(li_na, first)
    assert (seen.status, seen.agent, seen.epoch, seen.waiting) == ("waiting", None, epoch + 1, wire.Waiting(place=1))
    assert (await house.seen(wang, second.id)).waiting == wire.Waiting(place=2)
    assert codes(await house.log(li_na, first)).count("agent_left") == 1
    assert {"summary": "queue", "site_id": house.site_id} in house.told_of("stale")
    assert {"summary": "presence", "site_id": house.site_id} in house.told_of("stale")
    assert await house.store.read(presence_rows) == 0


async def test_an_agent_who_is_there_loses_nothing(house: House, mei: Who) -> None:
    house.now = NOON
    li_na = await house.customer()
    connection = await house.connect(mei)
    conversation_id = await with_mei(house, mei, li_na)
    house.later(seconds=25)
    await house.store.write(presence.still_connected, {connection: mei.id})
    house.later(seconds=29)
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "active"


async def test_answered_conversations_stay_until_the_customer_writes(house: House, mei: Who) -> None:
    house.now = NOON
    li_na = await house.customer()
    await house.connect(mei)
    conversation_id = await with_mei(house, mei, li_na)
    await house.say(mei, conversation_id, "请稍等")
    house.later(seconds=60)
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "active"
    await house.say(li_na, conversation_id, "还在吗")
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "waiting"


async def test_reloading_the_page_costs_nothing_and_leaving_costs_all_after_a_lease(house: House, mei: Who) -> None:
    house.now = NOON
    li_na = await house.customer()
    connection = await house.connect(mei)
    conversation_id = await with_mei(house, mei, li_na)
    await house.store.write(presence.disconnected, mei, connection)
    [colleague] = [found for found in await house.store.read(desk.colleagues_of, mei.id) if found.id == mei.id]
    assert colleague.status == "offline", "others see at once that she is gone"
    house.later(seconds=10)
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "active"
    house.later(seconds=21)
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "waiting"


async def test_with_the_desk_closed_it_becomes_an_offline_message(house: House, mei: Who) -> None:
    house.now = NIGHT - timedelta(hours=1, minutes=31)
    li_na = await house.customer(email="li@mail.example")
    await house.connect(mei)
    conversation_id = await with_mei(house, mei, li_na)
    house.now = NIGHT
    await sweep(house)
    assert (await house.seen(li_na, conversation_id)).status == "offline"
    synced = await house.store.read(queue.sync, mei, wire.AgentSync())
    assert synced.desk
    assert [entry.id for entry in synced.desk.inbox] == [conversation_id]
    [*_, line] = await house.log(li_na, conversation_id)
    assert line.data
    assert line.data["code"] == "agent_left_closed"


async def test_after_a_start_nothing_is_taken_for_a_whole_lease(house: House, mei: Who) -> None:
    house.now = NOON
    li_na = await house.customer()
    conversation_id = await with_mei(house, mei, li_na)
    rounds = Sweep(house.store)
    for elapsed in range(0, LEASE, 5):
        await rounds.look(elapsed, house.now + timedelta(seconds=elapsed))
        assert (await house.seen(li_na, conversation_id)).status == "active", elapsed
    await rounds.look(LEASE, house.now + timedelta(seconds=LEASE))
    assert (await house.seen(li_na, conversation_id)).status == "waiting"


def quiet_for(calm: Calm, start: float, seconds: int, clock: float = 0) -> list[bool]:
    return [
        calm.holds(start + passed, NOON + timedelta(seconds=start + passed + clock)) for passed in range(0, seconds, 5)
    ]


def test_a_jump_of_the_clock_begins_another_lease() -> None:
    for jump in (3600, -3600):
        calm = Calm()
        assert quiet_for(calm, 0, 40)[-1]
        assert not any(quiet_for(calm, 40, 30, clock=jump))
        assert quiet_for(calm, 70, 5, clock=jump) == [True]


def test_a_process_that_stood_still_begins_another_lease() -> None:
    calm = Calm()
    assert quiet_for(calm, 0, 40)[-1]
    assert not any(quiet_for(calm, 100, 30))


def test_a_failure_begins_another_lease() -> None:
    calm = Calm()
    assert quiet_for(calm, 0, 40)[-1]
    calm.disturb()
    assert not any(quiet_for(calm, 40, 30))


def step_that(
    do: Callable[[Tx, datetime], int], *, is_due: bool = True, takes_away: bool = False, slice: int | None = 2
) -> Step:
    return Step("a step of the test", lambda tx, now: is_due, do, takes_away, slice)


def fails(error: Exception) -> Callable[[Tx, datetime], int]:
    def do(tx: Tx, now: datetime) -> int:
        raise error

    return do


@pytest.mark.parametrize(
    ("error", "taken"), [(LookupError("no such thing"), 1), (Unavailable("The disk is full."), 0)], ids=str
)
async def test_a_step_that_fails_holds_up_no_other_one_but_a_failing_store_is_a_reason_to_take_nothing_away(
    house: House, error: Exception, taken: int
) -> None:
    done: list[str] = []

    def note(what: str) -> Step:
        def do(tx: Tx, now: datetime) -> int:
            done.append(what)
            return 0

        return step_that(do, takes_away=what == "taken")

    quiet = Sweep(house.store, [note("done"), note("taken")])
    failing = Sweep(house.store, [step_that(fails(error)), note("done"), note("taken")])
    for rounds, elapsed in ((quiet, LEASE), (failing, LEASE)):
        done.clear()
        for passed in range(0, elapsed + 1, 5):
            await rounds.look(passed, house.now + timedelta(seconds=passed))
        assert done.count("done") == 7
        assert done.count("taken") == (1 if rounds is quiet else taken)


async def test_a_full_slice_is_followed_by_the_next_one_at_once(house: House) -> None:
    left = [2, 2, 1, 2]
    rounds = Sweep(house.store, [step_that(lambda tx, now: left.pop(0))])
    await rounds.look(0, house.now)
    assert left == [2]


async def test_a_step_that_needs_no_haste_takes_one_slice_a_round(house: House) -> None:
    left = [2, 2]
    rounds = Sweep(house.store, [step_that(lambda tx, now: left.pop(0), slice=None)])
    await rounds.look(0, house.now)
    assert left == [2]


async def test_what_is_not_due_is_not_done(house: House) -> None:
    rounds = Sweep(house.store, [step_that(fails(AssertionError("it was done")), is_due=False)])
    await rounds.look(0, house.now)


async def test_a_look_that_fails_holds_up_no_other_step(house: House) -> None:
    done: list[str] = []

    def note(tx: Tx, now: datetime) -> int:
        done.append("done")
        return 0

    def is_broken(tx: Tx, now: datetime) -> bool:
        return bool(tx.value("SELECT 1 FROM nowhere"))

    broken = Step("a step of the test", is_broken, fails(AssertionError("it was done")))
    await Sweep(house.store, [step_that(note), broken, step_that(note)]).look(0, house.now)
    assert done == ["done", "done"]
