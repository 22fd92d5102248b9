"""By when a ticket's customer has an answer: minutes of the site's opening hours, which stand still while it is theirs.

    first   since it was opened, until staff first say something the customer can see
    next    since the customer last spoke unanswered, after the first answer
    solve   since it was opened, until it is solved; without the opening time in which the customer was waited for

Who waits for the customer, or is done, owes nothing: then no time runs. All moments are of the calendar's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from chat.domain import calendar
from chat.domain.calendar import Calendar
from chat.domain.ticket_kinds import Kind
from chat.domain.tickets import TicketStatus
from chat.errors import Invalid

What = Literal["first", "next", "solve"]
STILL = frozenset({TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED})


@dataclass(frozen=True)
class Course:
    """What happened to a ticket, as far as its due times depend on it."""

    created_at: datetime
    answered_at: datetime | None = None  # first
    asked_at: datetime | None = None  # since when the customer waits for the next answer
    paused_at: datetime | None = None
    paused_seconds: int = 0  # of opening time, before the pause that runs
    solved_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """`of` minutes since then, and `paused` seconds that do not count. `at` None: it stands still, or never comes."""

    what: What
    of: int
    since: datetime
    paused: int
    at: datetime | None
    met_at: datetime | None = None


def answered(course: Course, at: datetime) -> Course:
    return replace(course, answered_at=course.answered_at or at, asked_at=None)


def asked(course: Course, at: datetime) -> Course:
    """The customer has spoken. Who waits already waits since their first word; before the first answer that runs."""
    return course if course.answered_at is None else replace(course, asked_at=course.asked_at or at)


def moved(course: Course, status: TicketStatus, at: datetime, hours: Calendar) -> Course:
    """The clock of a ticket that has this status from now on."""
    if status in STILL and course.paused_at is None:
        course = replace(course, paused_at=at)
    elif status not in STILL and course.paused_at is not None:
        passed = round(calendar.business_seconds(hours, course.paused_at, at))
        course = replace(course, paused_at=None, paused_seconds=course.paused_seconds + passed)
    if status is TicketStatus.CLOSED:
        return replace(course, solved_at=course.solved_at or at)
    return replace(course, solved_at=at if status is TicketStatus.SOLVED else None)


def due_times(kind: Kind, course: Course, hours: Calendar) -> list[Due]:
    found = []
    if kind.first_minutes:
        found.append(_due("first", kind.first_minutes, course.created_at, 0, course.answered_at, course, hours))
    if kind.next_minutes and course.asked_at is not None:
        found.append(_due("next", kind.next_minutes, course.asked_at, 0, None, course, hours))
    if kind.solve_minutes:
        paused = course.paused_seconds
        found.append(_due("solve", kind.solve_minutes, course.created_at, paused, course.solved_at, course, hours))
    return found


def _due(
    what: What, of: int, since: datetime, paused: int, met_at: datetime | None, course: Course, hours: Calendar
) -> Due:
    at = None
    if met_at is not None or course.paused_at is None:
        at = _after(hours, since, timedelta(minutes=of, seconds=paused))
    return Due(what, of, since, paused, at, met_at)


def _after(hours: Calendar, since: datetime, business: timedelta) -> datetime | None:
    try:
        return calendar.reply_by(hours, since, business)
    except Invalid:
        return None


def nearest(times: Iterable[Due]) -> datetime | None:
    """Of those that run."""
    return min((due.at for due in times if due.at is not None and due.met_at is None), default=None)
