"""When a desk is open: weekly hours, holidays, special days, emergencies, and the questions asked of them.

Hours are written in the wall clock of the calendar's zone; answers are moments in UTC. What decides, first to last:

    emergency   closed from one moment to another
    special     a date with hours of its own, or closed; or part of a date opened or closed
    makeup      a day of work that makes up for a holiday: the hours of the weekday the site names
    holiday     an official holiday, when the site says what it does and its break is long enough
    weekly      the hours of the weekday

Weekly hours, the country and what its days do are a version, which holds from its date until the next one's. Four
decisions:

Hours that run past midnight belong to the day they began on, so they run on into a special day or a holiday with hours
of its own; but a date that one of the two closes is closed from its midnight on, because nobody who declares a holiday
means "from two in the morning".

Where clocks change, a time that comes twice means its first coming, and a time that is skipped means the
moment of the skip. So a desk never opens twice for one opening time, and never misses one.

Hours that touch or overlap are one stretch: a desk that closes and opens at midnight did not close. What closes part
of a day closes it for all of them.

Emergencies that are over stay written down: how long the desk was open in a month is asked afterwards, too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chat.domain import holidays
from chat.domain.holidays import Names, OfficialDay, Override
from chat.errors import Invalid

HORIZON_DAYS = 400
EMERGENCIES_KEPT = 100
DAYS_KEPT = 1_000
FIRST_YEAR, LAST_YEAR = 2000, 2200  # the moments about a date exist in every zone
SINCE_EVER = date.min

Rule = Literal["emergency", "special", "makeup", "holiday", "weekly"]
Treatment = Literal["nothing", "hours", "closed"]
Span = tuple[datetime, datetime]

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
    """The hours of one date in place of its ordinary ones; no intervals means closed."""

    intervals: tuple[Interval, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Part:
    """Part of a date on which the desk is open or closed, whatever else the date has."""

    is_open: bool
    interval: Interval
    reason: str | None = None


@dataclass(frozen=True)
class HolidayRule:
    """What an official holiday does: nothing, hours of its own, or closed; and only in breaks of `at_least` days."""

    do: Treatment = "nothing"
    intervals: tuple[Interval, ...] = ()
    at_least: int = 1


@dataclass(frozen=True)
class Version:
    """What holds from a date on, until the next version. `makeup` is the weekday whose hours a make-up day has."""

    since: date
    weekly: Mapping[int, tuple[Interval, ...]]  # 0 is Monday
    country: str | None = None
    holidays: HolidayRule = HolidayRule()
    makeup: int = 0


@dataclass(frozen=True)
class Emergency:
    """Closed from a moment to another, whatever the calendar says."""

    since: datetime
    until: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Calendar:
    """What `calendar_document.parse` makes of a document. Answers about a date are kept, since they never change."""

    zone: str
    versions: tuple[Version, ...]  # by date; the first may begin later than the time asked about: closed until then
    specials: Mapping[date, Special] = field(default_factory=dict)
    parts: Mapping[date, tuple[Part, ...]] = field(default_factory=dict)
    overrides: Mapping[date, Override] = field(default_factory=dict)
    emergencies: tuple[Emergency, ...] = ()  # by time, none overlaps another
    _official: dict[tuple[str | None, int], dict[date, OfficialDay]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _spans: dict[date, tuple[Span, ...]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Hours:
    """What one local date has, and which rule says so."""

    rule: Rule
    intervals: tuple[Interval, ...]
    note: str | None = None
    names: Names | None = None  # of the holiday, or of the one that is made up for

    @property
    def shuts_the_day(self) -> bool:
        return self.rule in ("special", "holiday") and not self.intervals


@dataclass(frozen=True)
class Reason:
    """Why a desk is open or closed: the rule, the date it speaks of and its hours, and the words it was given.

    `intervals` of an emergency are none, of a part of a day those of the part.
    """

    rule: Rule
    day: date
    intervals: tuple[Interval, ...]
    note: str | None = None
    names: Names | None = None
    ends: datetime | None = None  # an emergency


# -- dates --------------------------------------------------------------------------------------------------------


def hours_on(calendar: Calendar, day: date) -> Hours:
    """The one place that decides which rule of a whole date comes first."""
    special = calendar.specials.get(day)
    if special is not None:
        return Hours("special", special.intervals, special.reason)
    version = version_on(calendar, day)
    if version is None:
        return Hours("weekly", ())
    official = official_on(calendar, day)
    if official is not None and official.kind == "makeup":
        return Hours("makeup", version.weekly.get(version.makeup, ()), names=official.names)
    rule = version.holidays
    if official is not None and rule.do != "nothing" and official.days >= rule.at_least:
        return Hours("holiday", rule.intervals if rule.do == "hours" else (), names=official.names)
    return Hours("weekly", version.weekly.get(day.weekday(), ()))


def version_on(calendar: Calendar, day: date) -> Version | None:
    """What holds on that date; None: it is before the first version."""
    place = bisect_right(calendar.versions, day, key=lambda version: version.since)
    return calendar.versions[place - 1] if place else None


def official_on(calendar: Calendar, day: date) -> OfficialDay | None:
    """What the country, or who corrected its list, says of that date."""
    version = version_on(calendar, day)
    return official_days(calendar, version.country, day.year).get(day) if version else None


def official_days(calendar: Calendar, country: str | None, year: int) -> dict[date, OfficialDay]:
    if country is None and not calendar.overrides:
        return {}
    known = calendar._official.get((country, year))
    if known is None:
        known = calendar._official[country, year] = holidays.days_of(country, year, calendar.overrides)
    return known


def official_of(calendar: Calendar, year: int) -> dict[date, OfficialDay]:
    """The official days of a year, each by the version that holds on it."""
    countries = {version.country for version in calendar.versions}
    dates = sorted({day for country in countries for day in official_days(calendar, country, year)})
    return {day: found for day in dates if (found := official_on(calendar, day)) is not None}


def is_announced(calendar: Calendar, year: int) -> bool:
    """Are the official days of that year what was announced, in every country of it?"""
    last = version_on(calendar, date(year, 12, 31))
    return last is None or last.country is None or holidays.published(last.country, year).announced


def midnight_after(calendar: Calendar, at: datetime) -> datetime:
    """When the date ends there."""
    zone = ZoneInfo(calendar.zone)
    return first_showing(zone, datetime.combine(at.astimezone(zone).date() + _ONE_DAY, time.min))


# -- questions ----------------------------------------------------------------------------------------------------


def is_open(calendar: Calendar, at: datetime) -> bool:
    return any(start <= at < end for start, end in _stretches(calendar, at, at))


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """The next moment after `at` when the desk goes from closed to open; None: not in 400 days."""
    latest = _horizon(at)
    return next((start for start, _ in _stretches(calendar, at, latest) if at < start <= latest), None)


def next_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """The next moment after `at` when the desk goes from open to closed; None: not in 400 days."""
    latest = _horizon(at)
    return next((end for _, end in _stretches(calendar, at, latest) if at < end <= latest), None)


def stretches(calendar: Calendar, since: datetime, until: datetime) -> list[Span]:
    """When the desk is open between two moments, in order; the first and the last are cut off there."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    cut = ((max(start, since), min(end, until)) for start, end in _stretches(calendar, since, until))
    return [(start, end) for start, end in cut if start < end]


def business_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """How long the desk was open between two moments; nothing when `end` is not after `start`."""
    if end <= start:
        return 0.0
    return sum(((closes - opens).total_seconds() for opens, closes in stretches(calendar, start, end)), 0.0)


def reply_by(calendar: Calendar, at: datetime, business: timedelta) -> datetime:
    """The moment when that much opening time has passed since `at`.

    Raises Invalid when the desk is not open for that long within 400 days: such a promise could not be kept.
    """
    if business <= timedelta(0):
        return at.astimezone(UTC)
    for start, end in _stretches(calendar, at, _horizon(at)):
        begins = max(start, at.astimezone(UTC))
        if end - begins >= business:
            return begins + business
        business -= max(end - begins, timedelta(0))
    raise Invalid(f"The desk is not open long enough in the next {HORIZON_DAYS} days to promise a time.")


def why(calendar: Calendar, at: datetime) -> Reason:
    """Which rule decided, open or closed."""
    zone = ZoneInfo(calendar.zone)
    today = at.astimezone(zone).date()
    if (emergency := emergency_at(calendar, at)) is not None:
        return Reason("emergency", today, (), emergency.reason, ends=emergency.until)
    # After midnight the hours of the day before may still be what keeps the desk open or closed.
    days = (today, today - _ONE_DAY)
    for is_it in (False, True):
        for day in days:
            for part in calendar.parts.get(day, ()):
                if part.is_open is is_it and _covers(_span_of_part(calendar, zone, day, part), at):
                    return Reason("special", day, (part.interval,), part.reason)
    for day in days:
        hours = hours_on(calendar, day)
        if any(_covers(_span(calendar, zone, day, interval), at) for interval in hours.intervals):
            break
    else:
        day, hours = today, hours_on(calendar, today)
    return Reason(hours.rule, day, hours.intervals, hours.note, hours.names)


def emergency_at(calendar: Calendar, at: datetime) -> Emergency | None:
    place = bisect_right(calendar.emergencies, at, key=lambda emergency: emergency.since)
    latest = calendar.emergencies[place - 1] if place else None
    return latest if latest is not None and at < latest.until else None


def ordinary_day_at(calendar: Calendar, after: datetime, clock: time) -> datetime:
    """That wall time on the next local date, today included, that has weekly hours and is nothing special."""
    zone = ZoneInfo(calendar.zone)
    today = after.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(HORIZON_DAYS)):
        hours = hours_on(calendar, day)
        if hours.rule == "weekly" and hours.intervals and day not in calendar.parts:
            return first_showing(zone, datetime.combine(day, clock))
    raise Invalid(f"This calendar has no ordinary working day in the next {HORIZON_DAYS} days.")


# -- how ----------------------------------------------------------------------------------------------------------


def _horizon(at: datetime) -> datetime:
    return at.astimezone(UTC) + timedelta(days=HORIZON_DAYS)


def _stretches(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    """Stretches of opening in order, merged, at least from `since` to `until`.

    Two days more on either side cover hours past midnight and zones whose date jumps, and keep the ends of a
    stretch that never ends out of the time asked for.
    """
    zone = ZoneInfo(calendar.zone)
    day = since.astimezone(zone).date() - 2 * _ONE_DAY
    last = until.astimezone(zone).date() + 2 * _ONE_DAY
    held: Span | None = None
    while day <= last:
        spans = calendar._spans.get(day)
        if spans is None:
            if len(calendar._spans) >= DAYS_KEPT:  # whoever tries out all the years there are does not fill the memory
                calendar._spans.clear()
            spans = calendar._spans[day] = tuple(_spans_on(calendar, zone, day))
        for start, end in spans:
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
    """The stretches that begin on that date, in order; what closes part of them is taken out."""
    spans = [_span(calendar, zone, day, interval) for interval in hours_on(calendar, day).intervals]
    spans += [_span_of_part(calendar, zone, day, part) for part in calendar.parts.get(day, ()) if part.is_open]
    closed = list(_closed_about(calendar, zone, day))
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        for shut, opens in closed:
            if opens <= start or shut >= end:
                continue
            if start < shut:
                yield start, shut
            start = opens
        if start < end:
            yield start, end


def _closed_about(calendar: Calendar, zone: ZoneInfo, day: date) -> Iterator[Span]:
    """What closes something of the stretches that begin on that date, in order."""
    spans = [(emergency.since, emergency.until) for emergency in calendar.emergencies]
    for near in (day - _ONE_DAY, day, day + _ONE_DAY):
        spans += [
            _span_of_part(calendar, zone, near, part) for part in calendar.parts.get(near, ()) if not part.is_open
        ]
    yield from sorted(spans)


def _span(calendar: Calendar, zone: ZoneInfo, day: date, interval: Interval) -> Span:
    """From when to when; without length when clocks skip it."""
    tomorrow = day + _ONE_DAY
    closes = datetime.combine(tomorrow if interval.past_midnight else day, interval.closes)
    if interval.past_midnight and hours_on(calendar, tomorrow).shuts_the_day:
        closes = datetime.combine(tomorrow, time.min)
    return first_showing(zone, datetime.combine(day, interval.opens)), first_showing(zone, closes)


def _span_of_part(calendar: Calendar, zone: ZoneInfo, day: date, part: Part) -> Span:
    if part.is_open:
        return _span(calendar, zone, day, part.interval)
    closes = day + _ONE_DAY if part.interval.past_midnight else day
    return (
        first_showing(zone, datetime.combine(day, part.interval.opens)),
        first_showing(zone, datetime.combine(closes, part.interval.closes)),
    )


def _covers(span: Span, at: datetime) -> bool:
    return span[0] <= at < span[1]


def first_showing(zone: ZoneInfo, wall: datetime) -> datetime:
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


# -- changes ------------------------------------------------------------------------------------------------------


def closed_between(calendar: Calendar, since: datetime, until: datetime, reason: str | None) -> Calendar:
    """The same with an emergency from now on; one that runs is replaced. Raises Invalid."""
    since, until = _whole(since), _whole(until)
    if until <= since:
        raise Invalid("An emergency ends after it begins.")
    if until > since + timedelta(days=HORIZON_DAYS):
        raise Invalid(f"An emergency ends within {HORIZON_DAYS} days; close with special days or a version instead.")
    earlier = reopened(calendar, since).emergencies
    kept = (*earlier, Emergency(since, until, reason))
    return replace(calendar, emergencies=kept[-EMERGENCIES_KEPT:], _spans={}, _official={})


def reopened(calendar: Calendar, at: datetime) -> Calendar:
    """The same with no emergency from `at` on; one that runs ends there."""
    over = (replace(emergency, until=min(emergency.until, _whole(at))) for emergency in calendar.emergencies)
    kept = tuple(emergency for emergency in over if emergency.since < emergency.until)
    return replace(calendar, emergencies=kept, _spans={}, _official={})


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def forbid_past(before: Calendar, after: Calendar, today: date) -> None:
    """What was stays as it was, since reports and promises count on it. Raises Invalid, naming the place."""
    for what, old, new in (
        ("version from", _by(before.versions), _by(after.versions)),
        ("special day", before.specials, after.specials),
        ("part of", before.parts, after.parts),
        ("correction of", before.overrides, after.overrides),
    ):
        _forbid_past(what, old, new, today)


def _by(versions: tuple[Version, ...]) -> dict[date, Version]:
    return {version.since: version for version in versions}


def _forbid_past(what: str, old: Mapping[date, object], new: Mapping[date, object], today: date) -> None:
    for day in sorted({*old, *new}):
        if day < today and old.get(day) != new.get(day):
            if day == SINCE_EVER:
                raise Invalid(f"The first hours hold since ever; to change them, add a version from {today} or later.")
            done = "added" if day not in old else "taken away" if day not in new else "changed"
            raise Invalid(f"The {what} {day.isoformat()} lies in the past and cannot be {done}.")
