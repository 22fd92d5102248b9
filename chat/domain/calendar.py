"""When a desk is open: weekly hours, special days, and the questions asked of them.

Hours are written in the wall clock of the calendar's zone; answers are moments in UTC. Three decisions:

A special day replaces the weekly hours of its date. Hours that run past midnight belong to the day they
began on, so they run on into a special day with hours of its own; but a special day without hours is closed
from its midnight on, because nobody who declares a holiday means "from two in the morning".

Where clocks change, a time that comes twice means its first coming, and a time that is skipped means the
moment of the skip. So a desk never opens twice for one opening time, and never misses one.

Hours that touch or overlap are one stretch: a desk that closes and opens at midnight did not close.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from chat.domain.conversation import clean_text
from chat.errors import Invalid

HORIZON_DAYS = 400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Rule = Literal["special", "weekly"]
Span = tuple[datetime, datetime]

_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
    """Hours of one day; `closes` at or before `opens` is on the next day, so equal times are 24 hours."""

    opens: time
    closes: time

    @property
    def past_midnight(self) -> bool:
        return self.closes <= self.opens

    def __str__(self) -> str:
        closes = "24:00" if self.closes == time.min else f"{self.closes:%H:%M}"
        return f"{self.opens:%H:%M}-{closes}"


@dataclass(frozen=True)
class Special:
    """The hours of one date in place of its weekly ones; no intervals means closed."""

    intervals: tuple[Interval, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Calendar:
    zone: str
    weekly: Mapping[int, tuple[Interval, ...]]  # 0 is Monday
    specials: Mapping[date, Special]


@dataclass(frozen=True)
class Hours:
    """What one local date has, and which rule says so."""

    rule: Rule
    intervals: tuple[Interval, ...]
    note: str | None = None

    @property
    def shuts_the_day(self) -> bool:
        return self.rule == "special" and not self.intervals


@dataclass(frozen=True)
class Reason:
    """Why a desk is open or closed: `text` for staff, the rest to word it in the reader's language."""

    rule: Rule
    text: str
    day: date
    intervals: tuple[Interval, ...]
    note: str | None


def hours_on(calendar: Calendar, day: date) -> Hours:
    """The one place that decides which rule comes first."""
    special = calendar.specials.get(day)
    if special is not None:
        return Hours("special", special.intervals, special.reason)
    return Hours("weekly", calendar.weekly.get(day.weekday(), ()))


def is_open(calendar: Calendar, at: datetime) -> bool:
    return any(start <= at < end for start, end in _spans(calendar, at, at))


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """The next moment after `at` when the desk goes from closed to open; None: not in 400 days."""
    latest = _horizon(at)
    return next((start for start, _ in _spans(calendar, at, latest) if at < start <= latest), None)


def next_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """The next moment after `at` when the desk goes from open to closed; None: not in 400 days."""
    latest = _horizon(at)
    return next((end for _, end in _spans(calendar, at, latest) if at < end <= latest), None)


def why(calendar: Calendar, at: datetime) -> Reason:
    zone = ZoneInfo(calendar.zone)
    today = at.astimezone(zone).date()
    # After midnight the hours of the day before may still be what keeps the desk open.
    for day in (today, today - _ONE_DAY):
        if any(start <= at < end for start, end in _spans_on(calendar, zone, day)):
            return _reason(calendar, day)
    return _reason(calendar, today)


def ordinary_day_at(calendar: Calendar, after: datetime, clock: time) -> datetime:
    """That wall time on the next local date, today included, that has weekly hours and is nothing special."""
    zone = ZoneInfo(calendar.zone)
    today = after.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(HORIZON_DAYS)):
        hours = hours_on(calendar, day)
        if hours.rule == "weekly" and hours.intervals:
            return _first_showing(zone, datetime.combine(day, clock))
    raise Invalid(f"This calendar has no ordinary working day in the next {HORIZON_DAYS} days.")


def business_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """How long the desk was open between two moments; nothing when `end` is not after `start`."""
    overlaps = (min(closes, end) - max(opens, start) for opens, closes in _spans(calendar, start, end))
    return sum((max(overlap.total_seconds(), 0.0) for overlap in overlaps), 0.0)


def reply_by(calendar: Calendar, at: datetime, business: timedelta) -> datetime:
    """The moment when that much opening time has passed since `at`.

    Raises Invalid when the desk is not open for that long within 400 days: such a promise could not be kept.
    """
    if business <= timedelta(0):
        return at.astimezone(UTC)
    for start, end in _spans(calendar, at, _horizon(at)):
        begins = max(start, at.astimezone(UTC))
        if end - begins >= business:
            return begins + business
        business -= max(end - begins, timedelta(0))
    raise Invalid(f"The desk is not open long enough in the next {HORIZON_DAYS} days to promise a time.")


def _horizon(at: datetime) -> datetime:
    return at.astimezone(UTC) + timedelta(days=HORIZON_DAYS)


def _spans(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    """Stretches of opening in order, merged, at least from `since` to `until`.

    Two days more on either side cover hours past midnight and zones whose date jumps, and keep the ends of a
    stretch that never ends out of the time asked for.
    """
    zone = ZoneInfo(calendar.zone)
    day = since.astimezone(zone).date() - 2 * _ONE_DAY
    last = until.astimezone(zone).date() + 2 * _ONE_DAY
    held: Span | None = None
    while day <= last:
        for start, end in _spans_on(calendar, zone, day):
            if held is not None and start <= held[1]:
                held = (held[0], max(held[1], end))
                continue
            if held is not None:
                yield held
            held = (start, end)
        day += _ONE_DAY
    if held is not None:
        yield held


def _spans_on(calendar: Calendar, zone: ZoneInfo, day: date) -> Iterator[Span]:
    tomorrow = day + _ONE_DAY
    stops_at_midnight = hours_on(calendar, tomorrow).shuts_the_day
    for interval in sorted(hours_on(calendar, day).intervals, key=lambda interval: interval.opens):
        closes = datetime.combine(tomorrow if interval.past_midnight else day, interval.closes)
        if stops_at_midnight:
            closes = min(closes, datetime.combine(tomorrow, time.min))
        start = _first_showing(zone, datetime.combine(day, interval.opens))
        end = _first_showing(zone, closes)
        if start < end:
            yield start, end


def _first_showing(zone: ZoneInfo, wall: datetime) -> datetime:
    """The first moment at which the zone's wall clock shows `wall` or has passed it."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # Twice shown: first < second. Skipped: the readings cross over, and the skip lies between them.
    return first if first <= second else _clock_change(zone, second, first)


def _clock_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    new_offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after


def _reason(calendar: Calendar, day: date) -> Reason:
    hours = hours_on(calendar, day)
    listed = ", ".join(str(interval) for interval in hours.intervals)
    if hours.rule == "special":
        named = f"{day.isoformat()} ({hours.note})" if hours.note else day.isoformat()
        text = f"Special hours on {named}: {listed}." if listed else f"Closed on {named}."
    else:
        named = f"{_WEEKDAY_NAMES[day.weekday()]}s"
        text = f"Weekly hours on {named}: {listed}." if listed else f"Closed on {named}."
    return Reason(hours.rule, text, day, hours.intervals, hours.note)


def parse(data: object) -> Calendar:
    """A calendar from its JSON; anything doubtful is refused with a sentence that names the place."""
    known = _members(data, "A calendar", required={"zone", "weekly"}, optional={"specials"})
    return Calendar(
        zone=_parse_zone(known["zone"]),
        weekly=_parse_weekly(known["weekly"]),
        specials=_parse_specials(known.get("specials", [])),
    )


def to_data(calendar: Calendar) -> dict[str, object]:
    """The JSON that `parse` reads back to the same calendar."""
    return {
        "zone": calendar.zone,
        "weekly": {WEEKDAYS[day]: _pairs(hours) for day, hours in sorted(calendar.weekly.items()) if hours},
        "specials": [
            {"date": day.isoformat(), "intervals": _pairs(special.intervals), "reason": special.reason}
            for day, special in sorted(calendar.specials.items())
        ],
    }


def _pairs(intervals: tuple[Interval, ...]) -> list[list[str]]:
    return [[f"{interval.opens:%H:%M}", f"{interval.closes:%H:%M}"] for interval in intervals]


def _members(data: object, what: str, required: set[str], optional: set[str]) -> dict[str, object]:
    if not isinstance(data, dict):
        raise Invalid(f"{what} is an object, not {_shown(data)}.")
    if missing := sorted(required - data.keys()):
        raise Invalid(f"{what} needs {missing[0]!r}.")
    if unknown := [key for key in data if key not in required | optional]:
        raise Invalid(f"{what} has no {_shown(unknown[0])}.")
    return data


def _parse_zone(name: object) -> str:
    try:
        # Zone names are files below a folder: a folder's name or a path out of it is no zone either.
        return ZoneInfo(name).key if isinstance(name, str) and name else _no_zone(name)
    except (KeyError, ValueError, OSError):
        return _no_zone(name)


def _no_zone(name: object) -> str:
    raise Invalid(f"{_shown(name)} is not a time zone; a zone is named like Asia/Shanghai.") from None


def _parse_weekly(weekly: object) -> dict[int, tuple[Interval, ...]]:
    days = _members(weekly, "The weekly hours", required=set(), optional=set(WEEKDAYS))
    parsed = {WEEKDAYS.index(day): _parse_intervals(hours, day) for day, hours in days.items()}
    return {day: hours for day, hours in parsed.items() if hours}


def _parse_specials(specials: object) -> dict[date, Special]:
    if not isinstance(specials, list):
        raise Invalid(f"The special days are a list, not {_shown(specials)}.")
    parsed: dict[date, Special] = {}
    for entry in specials:
        known = _members(entry, "A special day", required={"date", "intervals"}, optional={"reason"})
        day = _parse_date(known["date"])
        if day in parsed:
            raise Invalid(f"The special day {day.isoformat()} is listed twice.")
        intervals = _parse_intervals(known["intervals"], day.isoformat())
        parsed[day] = Special(intervals, _parse_note(known.get("reason"), day))
    return parsed


def _parse_intervals(hours: object, where: str) -> tuple[Interval, ...]:
    if not isinstance(hours, list):
        raise Invalid(f"The hours of {where} are a list, not {_shown(hours)}.")
    intervals = tuple(_parse_interval(pair, where) for pair in hours)
    for earlier, later in pairwise(intervals):
        if earlier.past_midnight or later.opens < earlier.closes:
            raise Invalid(f"The hours of {where} overlap or are out of order: {earlier}, then {later}.")
    return intervals


def _parse_interval(pair: object, where: str) -> Interval:
    if not isinstance(pair, list) or len(pair) != 2:
        raise Invalid(f'The hours of {where} are pairs like ["09:00", "21:00"], not {_shown(pair)}.')
    opens, closes = pair
    return Interval(_parse_time(opens, where), time.min if closes == "24:00" else _parse_time(closes, where))


def _parse_time(text: object, where: str) -> time:
    if isinstance(text, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        return time(int(text[:2]), int(text[3:]))
    raise Invalid(f"{_shown(text)} in the hours of {where} is not a time; write it like 09:00.")


def _parse_date(text: object) -> date:
    try:
        if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Invalid(f"{_shown(text)} is not a date; write it like 2027-02-06.")


def _parse_note(note: object, day: date) -> str | None:
    if note is None:
        return None
    if not isinstance(note, str):
        raise Invalid(f"The reason of {day.isoformat()} is a text, not {_shown(note)}.")
    return clean_text(note, limit=200)


def _shown(value: object) -> str:
    # The sentence goes back to whoever sent the value, which may be long.
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
