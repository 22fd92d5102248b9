"""Every answer of the calendar, against a desk that is walked through minute by minute.

The slow way knows nothing of spans: for each minute that the wall clock shows it says whether the desk is open and
which rule said so, in the order of precedence, lowest first, so that what comes later paints over what was there.
Then the clock on the wall is read at each minute of two years. `furthest` is the latest time it has shown, so that an
hour that comes a second time changes nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chat.domain.calendar import (
    HORIZON_DAYS,
    SINCE_EVER,
    Calendar,
    Emergency,
    HolidayRule,
    Interval,
    Part,
    Special,
    Version,
    business_seconds,
    is_open,
    next_closing,
    next_opening,
    reply_by,
    stretches,
    why,
)
from chat.domain.holidays import Override

ZONES = ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
FIRST, YEARS = date(2025, 1, 1), 2
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = (date(FIRST.year + YEARS, 1, 1) - FIRST).days
DAY = 24 * 60
MINUTES = DAYS * DAY
MARGIN = 3  # days painted before the first and after the last
RULES = ("weekly", "holiday", "makeup", "special", "emergency")


class Wall:
    """What stands on the wall, a minute a byte: is the desk open, and which rule says so."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.open = bytearray((DAYS + 2 * MARGIN) * DAY)
        self.rule = bytearray((DAYS + 2 * MARGIN) * DAY)
        dates = [FIRST + timedelta(days=ahead) for ahead in range(-MARGIN, DAYS + MARGIN)]
        self.places = {day: place * DAY for place, day in enumerate(dates)}
        for day in dates:
            self.begin(day)
        for day in dates:
            for part in self.parts(day, is_open=True):
                self.paint(*self.minutes(day, part.interval, cut=True), True, "special")
        for day in dates:
            for part in self.parts(day, is_open=False):
                self.paint(*self.minutes(day, part.interval, cut=False), False, "special")

    def begin(self, day: date) -> None:
        """What runs on from the evening before is there already, and stays unless the day is closed."""
        rule, hours = by_hand(self.calendar, day)
        shut = rule in ("special", "holiday") and not hours
        for minute in range(self.places[day], self.places[day] + DAY):
            if shut or not self.open[minute]:
                self.open[minute], self.rule[minute] = False, RULES.index(rule)
        for interval in hours:
            self.paint(*self.minutes(day, interval, cut=True), True, rule)

    def paint(self, first: int, last: int, is_it: bool, rule: str) -> None:
        for minute in range(first, min(last, len(self.open))):
            self.open[minute], self.rule[minute] = is_it, RULES.index(rule)

    def minutes(self, day: date, interval: Interval, cut: bool) -> tuple[int, int]:
        midnight = self.places[day]
        first = midnight + interval.opens.hour * 60 + interval.opens.minute
        last = midnight + interval.closes.hour * 60 + interval.closes.minute
        if last > first:
            return first, last
        tomorrow_rule, tomorrow_hours = by_hand(self.calendar, day + timedelta(days=1))
        if cut and tomorrow_rule in ("special", "holiday") and not tomorrow_hours:
            return first, midnight + DAY
        return first, last + DAY

    def parts(self, day: date, is_open: bool) -> list[Part]:
        return [part for part in self.calendar.parts.get(day, ()) if part.is_open is is_open]


def by_hand(calendar: Calendar, day: date) -> tuple[str, tuple[Interval, ...]]:
    if day in calendar.specials:
        return "special", calendar.specials[day].intervals
    version = [version for version in calendar.versions if version.since <= day][-1]
    if is_worked(calendar, version.country, day):
        return "makeup", version.weekly.get(version.makeup, ())
    do = version.holidays.do
    if do != "nothing" and days_off_about(calendar, version.country, day) >= version.holidays.at_least:
        return "holiday", version.holidays.intervals if do == "hours" else ()
    return "weekly", version.weekly.get(day.weekday(), ())


@cache
def listed(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=range(2024, 2029))


def is_worked(calendar: Calendar, country: str | None, day: date) -> bool:
    if day in calendar.overrides:
        return calendar.overrides[day].kind == "makeup"
    return country is not None and day in listed(country).weekend_workdays


def is_named(calendar: Calendar, country: str | None, day: date) -> bool:
    if day in calendar.overrides:
        return calendar.overrides[day].kind == "holiday"
    return country is not None and day in listed(country)


def is_free_weekend(calendar: Calendar, country: str | None, day: date) -> bool:
    named = is_named(calendar, country, day) or is_worked(calendar, country, day) or day in calendar.overrides
    return day.weekday() >= 5 and not named


def days_off_about(calendar: Calendar, country: str | None, day: date) -> int:
    """How long the break around a date is: 0 when it is none."""
    run = [day]
    for step in (timedelta(days=-1), timedelta(days=1)):
        at = day
        while at == day or is_named(calendar, country, at) or is_free_weekend(calendar, country, at):
            run.append(at)
            at += step
    run = sorted(set(run))
    if not any(is_named(calendar, country, one) for one in run):
        return 0
    if country != "CN":  # only the weekends between two holidays belong to them
        named = [one for one in run if is_named(calendar, country, one)]
        run = [one for one in run if named[0] <= one <= named[-1]]
    free = is_named(calendar, country, day) or is_free_weekend(calendar, country, day)
    return len(run) if day in run and free else 0


@cache
def furthest(zone: str) -> list[int]:
    """For each minute of the two years, the furthest that the wall clock has shown, as a place on the wall."""
    clock = ZoneInfo(zone)
    origin = datetime.combine(FIRST - timedelta(days=MARGIN), time.min)
    shown: list[int] = []
    latest = 0
    for minute in range(-180, MINUTES):
        if minute % 15 == 0:  # every zone's clock changes at a quarter of an hour
            wall = (BEGIN + timedelta(minutes=minute)).astimezone(clock).replace(tzinfo=None)
            quarter = int((wall - origin) / timedelta(minutes=1))
        latest = max(latest, quarter + minute % 15)
        shown.append(latest)
    return shown[180:]


def walked(calendar: Calendar) -> tuple[bytes, bytes]:
    """For each minute of two years, is the desk open, and which rule says so."""
    wall = Wall(calendar)
    places = furthest(calendar.zone)
    opened, ruled = bytearray(map(wall.open.__getitem__, places)), bytearray(map(wall.rule.__getitem__, places))
    for emergency in calendar.emergencies:
        first, last = (int((at - BEGIN) / timedelta(minutes=1)) for at in (emergency.since, emergency.until))
        for minute in range(max(first, 0), min(last, MINUTES)):
            opened[minute], ruled[minute] = False, RULES.index("emergency")
    return bytes(opened), bytes(ruled)


# -- calendars of all kinds ---------------------------------------------------------------------------------------

# Around the changes of the clock, around breaks, and anywhere.
CHANGES = [date(2025, 3, 9), date(2025, 11, 2), date(2025, 3, 30), date(2025, 10, 26), date(2026, 4, 5)]
BREAKS = [date(2025, 1, 28), date(2025, 10, 8), date(2026, 2, 14), date(2026, 4, 6), date(2026, 12, 25)]
dates = st.one_of(
    st.sampled_from(CHANGES + BREAKS).flatmap(lambda day: st.integers(-2, 2).map(lambda by: day + timedelta(days=by))),
    st.integers(0, DAYS - 1).map(lambda ahead: FIRST + timedelta(days=ahead)),
)
clocks = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
intervals = st.builds(Interval, clocks, clocks)
some_hours = st.lists(intervals, max_size=3).map(tuple)
holiday_rules = st.one_of(
    st.builds(HolidayRule, st.sampled_from(["nothing", "closed"]), st.just(()), st.integers(1, 5)),
    st.builds(HolidayRule, st.just("hours"), st.lists(intervals, min_size=1, max_size=2).map(tuple), st.integers(1, 5)),
)
weeks = st.dictionaries(st.integers(0, 6), some_hours, min_size=3)
countries = st.sampled_from([None, "CN", "CN", "US", "DE"])


def version_from(since: date) -> st.SearchStrategy[Version]:
    return st.builds(Version, st.just(since), weeks, countries, holiday_rules, st.integers(0, 6))


@st.composite
def calendars(draw: st.DrawFn, zone: str) -> Calendar:
    later = sorted(draw(st.sets(dates, max_size=2)))
    moments = sorted(draw(st.sets(st.integers(0, MINUTES), max_size=4)))
    return Calendar(
        zone,
        versions=tuple(draw(version_from(since)) for since in [SINCE_EVER, *later]),
        specials=draw(st.dictionaries(dates, st.builds(Special, some_hours), max_size=6)),
        parts=draw(
            st.dictionaries(
                dates, st.lists(st.builds(Part, st.booleans(), intervals), max_size=2).map(tuple), max_size=6
            )
        ),
        overrides=draw(
            st.dictionaries(dates, st.builds(Override, st.sampled_from(["holiday", "makeup", "ordinary"])), max_size=6)
        ),
        emergencies=tuple(
            Emergency(BEGIN + timedelta(minutes=first), BEGIN + timedelta(minutes=last))
            for first, last in zip(moments[::2], moments[1::2], strict=False)
        ),
    )


def a_few(examples: int) -> settings:
    # Looking for the smallest calendar that fails would walk through two years a thousand times.
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
    )


@pytest.mark.parametrize("zone", ZONES)
@a_few(4)
@given(data=st.data())
def test_every_minute_of_two_years_agrees(zone: str, data: st.DataObject) -> None:
    calendar = data.draw(calendars(zone))
    opened, ruled = walked(calendar)

    spans = bytearray(MINUTES)
    for start, end in stretches(calendar, BEGIN, BEGIN + timedelta(days=DAYS)):
        first, last = minute_of(start), minute_of(end)
        spans[first:last] = b"\1" * (last - first)
    assert bytes(spans) == opened

    for asked in data.draw(st.lists(st.integers(0, MINUTES - (HORIZON_DAYS + 1) * DAY), min_size=8, max_size=8)):
        at = BEGIN + timedelta(minutes=asked)
        assert is_open(calendar, at) is bool(opened[asked])
        assert next_opening(calendar, at) == moment_of(opened.find(b"\0\1", asked, asked + HORIZON_DAYS * DAY + 1))
        assert next_closing(calendar, at) == moment_of(opened.find(b"\1\0", asked, asked + HORIZON_DAYS * DAY + 1))
        until = data.draw(st.integers(asked, MINUTES))
        assert business_seconds(calendar, at, BEGIN + timedelta(minutes=until)) == 60 * opened.count(1, asked, until)

    for asked in [*range(0, MINUTES, 3_607), *near_turns(opened), *near_turns(ruled)]:
        assert why(calendar, BEGIN + timedelta(minutes=asked)).rule == RULES[ruled[asked]], asked


@a_few(5)
@given(data=st.data())
def test_a_promise_is_due_when_the_desk_was_open_for_that_many_minutes(data: st.DataObject) -> None:
    calendar = data.draw(calendars(data.draw(st.sampled_from(ZONES))))
    opened, _ = walked(calendar)
    for asked in data.draw(st.lists(st.integers(0, 300 * DAY), min_size=4, max_size=4)):
        business = data.draw(st.integers(1, 3 * DAY))
        due, passed = asked, 0
        while passed < business:
            passed += opened[due]
            due += 1
            if due > asked + 399 * DAY:
                break
        else:
            promised = reply_by(calendar, BEGIN + timedelta(minutes=asked), timedelta(minutes=business))
            assert promised == BEGIN + timedelta(minutes=due)


def near_turns(walk: bytes) -> list[int]:
    """The minutes before and after each change of the first months; the rest is looked at here and there."""
    seen = walk[: 120 * DAY]
    turns = [minute for minute in range(1, len(seen)) if seen[minute] != seen[minute - 1]]
    return [minute + by for minute in turns for by in (-1, 0)]


def minute_of(at: datetime) -> int:
    return int((at - BEGIN) / timedelta(minutes=1))


def moment_of(turn: int) -> datetime | None:
    """The moment after the pair that `find` found."""
    return None if turn < 0 else BEGIN + timedelta(minutes=turn + 1)
