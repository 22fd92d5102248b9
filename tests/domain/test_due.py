"""By when a ticket is due: against a reference that counts every minute, and the cases people ask about."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chat.domain import calendar_document
from chat.domain.calendar import Calendar, is_open
from chat.domain.due import Course, answered, asked, due_times, moved, nearest
from chat.domain.ticket_kinds import KINDS, Kind
from chat.domain.tickets import TicketStatus

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)  # a Tuesday in Shanghai
WEEK = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
KIND = replace(KINDS["refund"], first_minutes=60, next_minutes=120, solve_minutes=600)


def hours(weekly: dict[str, list[list[str]]] = WEEK, zone: str = "Asia/Shanghai") -> Calendar:
    return calendar_document.parse({"zone": zone, "weekly": weekly, "specials": []})


def at_of(what: str, course: Course, kind: Kind = KIND, calendar: Calendar | None = None) -> datetime | None:
    return next(due.at for due in due_times(kind, course, calendar or hours()) if due.what == what)


def by_the_minute(
    calendar: Calendar, since: datetime, minutes: int, still: list[tuple[datetime, datetime]]
) -> datetime:
    """The end of the minute in which that many open minutes outside of `still` are full."""
    at, left = since, minutes
    while left:
        if is_open(calendar, at) and not any(start <= at < end for start, end in still):
            left -= 1
        at += MINUTE
    return at


@pytest.mark.parametrize("seed", range(25))
def test_the_time_to_solve_is_what_counting_every_minute_gives(seed: int) -> None:
    """Random hours, random pauses: the same moment, whenever the clock runs."""
    chance = random.Random(seed)
    opens = chance.randrange(0, 20)
    weekly = {day: [[f"{opens:02}:00", f"{opens + chance.randrange(1, 5):02}:30"]] for day in WEEK}
    calendar = hours(weekly, chance.choice(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]))
    # Across a change of clocks, in Europe and in America.
    now = datetime(2026, 3, 5, tzinfo=UTC) + MINUTE * chance.randrange(0, 40_000)
    course, still = Course(created_at=now), []
    kind = replace(KIND, solve_minutes=chance.randrange(30, 2_000))
    for _ in range(chance.randrange(0, 4)):
        waits = now + MINUTE * chance.randrange(1, 3_000)
        now = waits + MINUTE * chance.randrange(1, 3_000)
        course = moved(course, TicketStatus.PENDING, waits, calendar)
        assert at_of("solve", course, kind, calendar) is None
        course = moved(course, TicketStatus.OPEN, now, calendar)
        still.append((waits, now))
    expected = by_the_minute(calendar, course.created_at, kind.solve_minutes or 0, still)
    found = at_of("solve", course, kind, calendar)
    assert found is not None
    if expected > now:  # else it was missed before a later pause began, and stays so
        assert found == expected
    else:
        assert found <= now


@pytest.mark.parametrize("seed", range(10))
def test_the_first_and_the_next_answer_are_what_counting_every_minute_gives(seed: int) -> None:
    chance = random.Random(seed)
    opened = NOON + MINUTE * chance.randrange(0, 10_000)
    first_answer = opened + MINUTE * chance.randrange(1, 5_000)
    word = first_answer + MINUTE * chance.randrange(1, 5_000)
    course = Course(created_at=opened)
    assert at_of("first", course) == by_the_minute(hours(), opened, 60, [])
    course = asked(asked(answered(course, first_answer), word), word + MINUTE * 7)
    assert at_of("next", course) == by_the_minute(hours(), word, 120, [])
    assert nearest(due_times(KIND, course, hours())) == min(
        by_the_minute(hours(), word, 120, []), by_the_minute(hours(), opened, 600, [])
    )


def test_who_asks_again_before_the_first_answer_waits_for_that_one() -> None:
    course = asked(Course(created_at=NOON), NOON + MINUTE)
    assert [due.what for due in due_times(KIND, course, hours())] == ["first", "solve"]


def test_an_answer_ends_the_wait_and_only_the_first_one_counts_as_first() -> None:
    course = answered(Course(created_at=NOON), NOON + MINUTE)
    course = answered(asked(course, NOON + 2 * MINUTE), NOON + 3 * MINUTE)
    assert (course.answered_at, course.asked_at) == (NOON + MINUTE, None)


@pytest.mark.parametrize("status", ["pending", "solved", "closed"])
def test_nothing_is_due_while_the_customer_is_waited_for_or_it_is_done(status: str) -> None:
    course = moved(answered(Course(created_at=NOON), NOON), TicketStatus(status), NOON + MINUTE, hours())
    assert nearest(due_times(KIND, course, hours())) is None
    assert nearest(due_times(KIND, moved(course, TicketStatus.OPEN, NOON + MINUTE, hours()), hours())) is not None


def test_a_ticket_on_hold_goes_on_counting_for_it_is_not_the_customers_turn() -> None:
    course = moved(Course(created_at=NOON), TicketStatus.ON_HOLD, NOON + MINUTE, hours())
    assert nearest(due_times(KIND, course, hours())) == nearest(due_times(KIND, Course(created_at=NOON), hours()))


def test_from_pending_to_solved_is_one_pause() -> None:
    course = moved(Course(created_at=NOON), TicketStatus.PENDING, NOON, hours())
    course = moved(course, TicketStatus.SOLVED, NOON + 30 * MINUTE, hours())
    assert (course.paused_at, course.paused_seconds, course.solved_at) == (NOON, 0, NOON + 30 * MINUTE)


def test_other_hours_give_other_times_and_none_gives_none() -> None:
    course = Course(created_at=NOON)
    assert at_of("first", course) == datetime(2026, 3, 3, 6, 30, tzinfo=UTC)  # from 13:30 on, lunch does not count
    assert at_of("first", course, calendar=hours({"wed": [["10:00", "11:00"]]})) == datetime(2026, 3, 4, 3, tzinfo=UTC)
    assert at_of("first", course, calendar=hours({})) is None


def test_a_kind_without_times_owes_none() -> None:
    assert (
        due_times(replace(KIND, first_minutes=None, next_minutes=None, solve_minutes=None), Course(NOON), hours()) == []
    )
