"""A calendar as the JSON that is stored and sent (docs/calendar.md), and the rules' values made of it and back.

Anything doubtful is refused with a sentence that names the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from chat.domain import holidays
from chat.domain.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    SINCE_EVER,
    Calendar,
    Emergency,
    HolidayRule,
    Interval,
    Part,
    Special,
    Version,
    first_showing,
)
from chat.domain.conversation import clean_text
from chat.domain.holidays import Override
from chat.errors import Invalid

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_LIST = 1_000
MOST_INTERVALS, MOST_COUNTRIES = 24, 10  # of a date, and of a calendar: what takes seconds to work out stops everybody


def parse(data: object) -> Calendar:
    """A calendar from its document. Raises Invalid.

    `weekly` in place of `versions` is the older form: hours that hold since ever, in no country.
    """
    since_ever = isinstance(data, dict) and "weekly" in data
    known = _members(
        data,
        "A calendar",
        required={"zone", "weekly" if since_ever else "versions"},
        optional={"specials"} if since_ever else {"specials", "overrides", "emergencies"},
    )
    versions = [{"from": None, "weekly": known["weekly"]}] if since_ever else known["versions"]
    specials = _listed(known.get("specials", []), "special days")
    whole, parts = _parse_specials(specials)
    return Calendar(
        zone=_parse_zone(known["zone"]),
        versions=_parse_versions(versions),
        specials=whole,
        parts=parts,
        overrides=_parse_overrides(known.get("overrides", [])),
        emergencies=_parse_emergencies(known.get("emergencies", [])),
    )


def readable(data: object) -> Calendar:
    """What can be read of a document that `parse` refuses, member by member. Without its hours it never opens."""
    kept: dict[str, object] = {"zone": "UTC", "versions": [{"from": None, "weekly": {}}]}
    for name, value in data.items() if isinstance(data, dict) else ():
        member = {"versions": [{"from": None, "weekly": value}]} if name == "weekly" else {name: value}
        with suppress(Invalid):
            parse(kept | member)
            kept |= member
    return parse(kept)


def to_data(calendar: Calendar) -> dict[str, object]:
    """The JSON that `parse` reads back to the same calendar."""
    return {
        "zone": calendar.zone,
        "versions": [_version_data(version) for version in calendar.versions],
        "specials": [entry for day in sorted({*calendar.specials, *calendar.parts}) for entry in _on(calendar, day)],
        "overrides": [
            {"date": day.isoformat(), "kind": override.kind, "name": override.name}
            for day, override in sorted(calendar.overrides.items())
        ],
        "emergencies": [
            {"from": _moment(emergency.since), "until": _moment(emergency.until), "reason": emergency.reason}
            for emergency in calendar.emergencies
        ],
    }


def _version_data(version: Version) -> dict[str, object]:
    rule = version.holidays
    return {
        "from": None if version.since == SINCE_EVER else version.since.isoformat(),
        "weekly": {WEEKDAYS[day]: pairs(hours) for day, hours in sorted(version.weekly.items()) if hours},
        "country": version.country,
        "holidays": {"do": rule.do, "intervals": pairs(rule.intervals), "at_least": rule.at_least},
        "makeup": WEEKDAYS[version.makeup],
    }


def _on(calendar: Calendar, day: date) -> Iterator[dict[str, object]]:
    if (special := calendar.specials.get(day)) is not None:
        yield {"date": day.isoformat(), "intervals": pairs(special.intervals), "reason": special.reason}
    for part in calendar.parts.get(day, ()):
        shown = {"part": "open" if part.is_open else "closed", "intervals": pairs((part.interval,))}
        yield {"date": day.isoformat(), **shown, "reason": part.reason}


def pairs(intervals: tuple[Interval, ...]) -> list[list[str]]:
    return [[f"{interval.opens:%H:%M}", f"{interval.closes:%H:%M}"] for interval in intervals]


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def moment_shown(zone: str, wall: str) -> datetime:
    """When a clock on the wall there shows `2027-02-06T09:30`, for the first time. Raises Invalid."""
    where = ZoneInfo(_parse_zone(zone))
    try:
        shown = datetime.fromisoformat(wall)
    except ValueError:
        raise Invalid(f"{_shown(wall)} is not a time; write it like 2027-02-06T09:30.") from None
    if not FIRST_YEAR <= shown.year <= LAST_YEAR:
        raise Invalid(f"The year {shown.year} is too far off.")
    return first_showing(where, shown)


def _members(data: object, what: str, required: set[str], optional: set[str]) -> dict[str, object]:
    if not isinstance(data, dict):
        raise Invalid(f"{what} is an object, not {_shown(data)}.")
    if missing := sorted(required - data.keys()):
        raise Invalid(f"{what} needs {missing[0]!r}.")
    if unknown := [key for key in data if key not in required | optional]:
        raise Invalid(f"{what} has no {_shown(unknown[0])}.")
    return data


def _listed(entries: object, what: str) -> list[object]:
    if not isinstance(entries, list):
        raise Invalid(f"The {what} are a list, not {_shown(entries)}.")
    if len(entries) > LONGEST_LIST:
        raise Invalid(f"There are at most {LONGEST_LIST} {what}, not {len(entries)}.")
    return entries


def _parse_zone(name: object) -> str:
    if isinstance(name, str) and _may_be_a_zone(name):
        # Zone names are files below a folder: a folder's name or a path out of it is no zone either.
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(name).key
    raise Invalid(f"{_shown(name)} is not a time zone; a zone is named like Asia/Shanghai.")


def _may_be_a_zone(name: str) -> bool:
    """Browsers refuse what some machines keep beside the zones, such as `localtime` and `right/Asia/Shanghai`."""
    return name[:1].isupper() and name != "Factory"


def _parse_versions(entries: object) -> tuple[Version, ...]:
    versions = tuple(_parse_version(entry) for entry in _listed(entries, "versions"))
    if not versions:
        raise Invalid("A calendar needs at least one version.")
    for earlier, later in pairwise(versions):
        if later.since <= earlier.since:
            raise Invalid(f"The version from {_since(later)} does not come after the one from {_since(earlier)}.")
    if len({version.country for version in versions} - {None}) > MOST_COUNTRIES:
        raise Invalid(f"A calendar has the holidays of at most {MOST_COUNTRIES} countries.")
    return versions


def _parse_version(entry: object) -> Version:
    known = _members(entry, "A version", required={"from", "weekly"}, optional={"country", "holidays", "makeup"})
    since = SINCE_EVER if known["from"] is None else _parse_date(known["from"])
    return Version(
        since=since,
        weekly=_parse_weekly(known["weekly"]),
        country=_parse_country(known.get("country")),
        holidays=_parse_holidays(known.get("holidays")),
        makeup=_parse_weekday(known.get("makeup", "mon")),
    )


def _since(version: Version) -> str:
    return "the beginning" if version.since == SINCE_EVER else version.since.isoformat()


def _parse_country(code: object) -> str | None:
    if code is None or (isinstance(code, str) and code in holidays.countries()):
        return code
    raise Invalid(f"{_shown(code)} is not a country whose holidays are known; write it like CN.")


def _parse_holidays(rule: object) -> HolidayRule:
    if rule is None:
        return HolidayRule()
    known = _members(rule, "What holidays do", required={"do"}, optional={"intervals", "at_least"})
    do, at_least = known["do"], known.get("at_least", 1)
    if do not in ("nothing", "hours", "closed"):
        raise Invalid(f"Holidays do 'nothing', have 'hours' or are 'closed', not {_shown(do)}.")
    intervals = _parse_intervals(known.get("intervals", []), "holidays")
    if (do == "hours") != bool(intervals):
        raise Invalid(f"Holidays that are {do!r} {'need' if do == 'hours' else 'have no'} intervals.")
    if type(at_least) is not int or not 1 <= at_least <= 30:
        raise Invalid(f"A break of holidays lasts at least 1 to 30 days, not {_shown(at_least)}.")
    return HolidayRule(do, intervals, at_least)


def _parse_weekday(day: object) -> int:
    if isinstance(day, str) and day in WEEKDAYS:
        return WEEKDAYS.index(day)
    raise Invalid(f"{_shown(day)} is not a weekday; write it like mon.")


def _parse_weekly(weekly: object) -> dict[int, tuple[Interval, ...]]:
    days = _members(weekly, "The weekly hours", required=set(), optional=set(WEEKDAYS))
    parsed = {WEEKDAYS.index(day): _parse_intervals(hours, day) for day, hours in days.items()}
    return {day: hours for day, hours in parsed.items() if hours}


def _parse_specials(entries: list[object]) -> tuple[dict[date, Special], dict[date, tuple[Part, ...]]]:
    whole: dict[date, Special] = {}
    parts: dict[date, tuple[Part, ...]] = {}
    for entry in entries:
        known = _members(entry, "A special day", required={"date", "intervals"}, optional={"part", "reason"})
        day = _parse_date(known["date"])
        intervals = _parse_intervals(known["intervals"], day.isoformat())
        reason = _parse_text(known.get("reason"), f"reason of {day.isoformat()}")
        if known.get("part") is not None:
            parts[day] = (*parts.get(day, ()), *_parse_parts(known["part"], intervals, reason, day))
        elif day in whole:
            raise Invalid(f"The special day {day.isoformat()} is listed twice.")
        else:
            whole[day] = Special(intervals, reason)
    return whole, {day: _in_order(day, of_day) for day, of_day in parts.items()}


def _parse_parts(part: object, intervals: tuple[Interval, ...], reason: str | None, day: date) -> Iterator[Part]:
    if part not in ("open", "closed"):
        raise Invalid(f"Part of {day.isoformat()} is 'open' or 'closed', not {_shown(part)}.")
    if not intervals:
        raise Invalid(f"Part of {day.isoformat()} is {part}, but it does not say from when to when.")
    return (Part(part == "open", interval, reason) for interval in intervals)


def _in_order(day: date, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    ordered = tuple(sorted(parts, key=lambda part: part.interval.opens))
    for earlier, later in pairwise(part.interval for part in ordered):
        if earlier.past_midnight or later.opens < earlier.closes:
            raise Invalid(f"Parts of {day.isoformat()} overlap: {earlier} and {later}.")
    _check_few(ordered, f"parts of {day.isoformat()}")
    return ordered


def _parse_overrides(entries: object) -> dict[date, Override]:
    parsed: dict[date, Override] = {}
    for entry in _listed(entries, "corrections of official days"):
        known = _members(entry, "A correction", required={"date", "kind"}, optional={"name"})
        day, kind = _parse_date(known["date"]), known["kind"]
        if day in parsed:
            raise Invalid(f"The correction of {day.isoformat()} is listed twice.")
        if kind not in ("holiday", "makeup", "ordinary"):
            raise Invalid(f"{day.isoformat()} is a 'holiday', 'makeup' or 'ordinary' day, not {_shown(kind)}.")
        parsed[day] = Override(kind, _parse_text(known.get("name"), f"name of {day.isoformat()}"))
    return parsed


def _parse_emergencies(entries: object) -> tuple[Emergency, ...]:
    parsed = tuple(_parse_emergency(entry) for entry in _listed(entries, "emergencies"))
    for earlier, later in pairwise(parsed):
        if later.since < earlier.until:
            raise Invalid(f"The emergency from {_moment(later.since)} overlaps or is out of order.")
    return parsed


def _parse_emergency(entry: object) -> Emergency:
    known = _members(entry, "An emergency", required={"from", "until"}, optional={"reason"})
    since, until = _parse_moment(known["from"]), _parse_moment(known["until"])
    if until <= since:
        raise Invalid(f"The emergency from {_moment(since)} ends before it begins.")
    return Emergency(since, until, _parse_text(known.get("reason"), f"reason of the emergency from {_moment(since)}"))


def _parse_intervals(hours: object, where: str) -> tuple[Interval, ...]:
    if not isinstance(hours, list):
        raise Invalid(f"The hours of {where} are a list, not {_shown(hours)}.")
    _check_few(hours, f"hours of {where}")
    intervals = tuple(_parse_interval(pair, where) for pair in hours)
    for earlier, later in pairwise(intervals):
        if earlier.past_midnight or later.opens < earlier.closes:
            raise Invalid(f"The hours of {where} overlap or are out of order: {earlier}, then {later}.")
    return intervals


def _check_few(listed: Sequence[object], what: str) -> None:
    if len(listed) > MOST_INTERVALS:
        raise Invalid(f"There are at most {MOST_INTERVALS} {what}, not {len(listed)}.")


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
            day = date.fromisoformat(text)
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return day
    except ValueError:
        pass
    raise Invalid(f"{_shown(text)} is not a date; write it like 2027-02-06.")


def _parse_moment(text: object) -> datetime:
    try:
        if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}Z", text):
            moment = datetime.fromisoformat(text)
            if FIRST_YEAR <= moment.year <= LAST_YEAR:
                return moment.astimezone(UTC)
    except ValueError:
        pass
    raise Invalid(f"{_shown(text)} is not a moment; write it like 2027-02-06T13:00:00Z.")


def _parse_text(text: object, what: str) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise Invalid(f"The {what} is a text, not {_shown(text)}.")
    return clean_text(text, limit=200).strip() or None


def _shown(value: object) -> str:
    # The sentence goes back to whoever sent the value, which may be long.
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
