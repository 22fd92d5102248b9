"""What nobody asks for any more goes, a slice at a time; what somebody may still ask for stays."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from chat.actions import access, jobs, people
from chat.actions.access import Caller
from chat.actions.perform import perform
from chat.actions.sweep import FORGOTTEN_AT_ONCE
from chat.commands import at_door
from chat.store import Tx
from chat.store.tables import Session, new_id
from chat.wire import CustomerSession, Start
from tests.work.conftest import House
from tests.work.test_sweep import sweep

TABLES = ("job", "receipt", "session")


async def count(house: House) -> Counter[str]:
    def rows(tx: Tx, now: datetime) -> Counter[str]:
        return Counter({table: tx.value(f"SELECT count(*) FROM {table}") for table in TABLES})

    return await house.store.read(rows)


async def promise(house: House, key: str | None = None) -> None:
    def make(tx: Tx, now: datetime) -> None:
        tx.job("letter", {}, key=key)

    await house.store.write(make)


@pytest.mark.parametrize(("days", "kept"), [(6.9, 1), (7.1, 0)])
async def test_a_job_that_was_done_stays_for_a_week(house: House, days: float, kept: int) -> None:
    await promise(house)
    [job] = await house.due("letter")
    await house.store.write(jobs.finish, job.id)
    house.later(days=days)
    await sweep(house)
    assert (await count(house))["job"] == kept


async def test_a_job_that_is_not_done_or_was_given_up_stays(house: House) -> None:
    await promise(house)
    [job] = await house.due("letter")
    for attempt in range(job.attempt, jobs.ATTEMPTS + 1):
        house.later(hours=2)
        given_up = not await house.store.write(jobs.retry, job, "the mail server is away")
        if attempt < jobs.ATTEMPTS:
            house.later(hours=2)
            [job] = await house.due("letter")
    assert given_up
    await promise(house)
    house.later(days=300)
    await sweep(house)
    assert (await count(house))["job"] == 2


async def test_a_promise_may_be_made_again_when_the_job_of_before_is_forgotten(house: House) -> None:
    await promise(house, "once")
    [job] = await house.due("letter")
    await house.store.write(jobs.finish, job.id)
    house.later(days=8)
    await promise(house, "once")
    assert await house.due("letter") == []
    await sweep(house)
    await promise(house, "once")
    assert len(await house.due("letter")) == 1


@pytest.mark.parametrize(("days", "kept"), [(29.9, 1), (30.1, 0)])
async def test_a_receipt_stays_for_thirty_days(house: House, days: float, kept: int) -> None:
    visitor = await house.store.write(
        people.open_customer_session, access.Who(Caller.PUBLIC), CustomerSession(site="shop", locale="en")
    )
    who = await house.store.read(access.identify, Caller.CUSTOMER, visitor.token)
    given = Start(client_id=new_id(), topic="other", locale="en")
    answer = await house.store.write(perform, at_door("customer")["start"], who, given, ())
    house.later(days=days)
    await sweep(house)
    assert (await count(house))["receipt"] == kept
    again = await house.store.write(perform, at_door("customer")["start"], who, given, ())
    # The conversation itself, in which nothing was said, has ended by then: only the receipt still names it.
    assert (again["conversation"]["id"] == answer["conversation"]["id"]) == bool(kept)


@pytest.mark.parametrize(("days", "kept"), [(29.9, 3), (30.1, 1)])
async def test_a_session_stays_for_thirty_days_after_its_end(house: House, days: float, kept: int) -> None:
    """Wherever it ended: one ran out, one was signed out of, one goes on."""

    def three(tx: Tx, now: datetime) -> None:
        for lasts, revoked_at in ((0, None), (180, now), (180, None)):
            ends = now + timedelta(days=lasts)
            tx.session.add(
                Session(
                    token_hash=new_id(),
                    kind="customer",
                    person_id=new_id(),
                    created_at=now,
                    expires_at=ends,
                    revoked_at=revoked_at,
                )
            )

    await house.store.write(three)
    house.later(days=days)
    await sweep(house)
    assert (await count(house))["session"] == kept


async def test_much_goes_in_slices(house: House) -> None:
    def many(tx: Tx, now: datetime) -> None:
        for _ in range(FORGOTTEN_AT_ONCE + 1):
            tx.job("letter", {})
        tx.change("UPDATE job SET done_at = created_at")

    await house.store.write(many)
    house.later(days=8)
    await sweep(house)
    assert (await count(house))["job"] == 1
    await sweep(house)
    assert (await count(house))["job"] == 0
