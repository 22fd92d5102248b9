"""Calendars that the tests of the rules and of the document ask, and times in their zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from chat.domain.calendar import SINCE_EVER, Calendar, Interval, Special, Version
from chat.domain.calendar_document import WEEKDAYS, parse

SHANGHAI = "Asia/Shanghai"
NEW_YORK = "America/New_York"

SHOP_DATA = {
    "zone": SHANGHAI,
    "weekly": {day: [["09:00", "21:00"]] for day in WEEKDAYS},
    "specials": [
        {"date": "2027-02-06", "intervals": [], "reason": "春节"},
        {"date": "2027-02-07", "intervals": [["10:00", "16:00"]], "reason": None},
    ],
}
SHOP = parse(SHOP_DATA)

EVERY_DAY = {day: [["09:00", "21:00"]] for day in WEEKDAYS}
YEAR_DATA: dict[str, Any] = {
    "zone": SHANGHAI,
    "versions": [
        {
            "from": None,
            "weekly": EVERY_DAY,
            "country": "CN",
            "holidays": {"do": "hours", "intervals": [["10:00", "18:00"]], "at_least": 4},
            "makeup": "mon",
        },
        {
            "from": "2026-07-01",
            "weekly": {
                "mon": [["09:00", "18:00"]],
                "thu": [["09:00", "18:00"]],
                "fri": [["09:00", "12:00"], ["13:00", "02:00"]],
            },
            "country": "CN",
            "holidays": {"do": "closed", "intervals": [], "at_least": 1},
            "makeup": "fri",
        },
    ],
    "specials": [
        {"date": "2026-03-10", "part": "closed", "intervals": [["14:00", "16:00"]], "reason": "全员培训"},
        {"date": "2026-03-10", "part": "open", "intervals": [["21:00", "01:00"]], "reason": "会员夜"},
        {"date": "2026-05-02", "intervals": [], "reason": "搬家"},
        {"date": "2026-10-02", "intervals": [["10:00", "12:00"]], "reason": None},
    ],
    "overrides": [
        {"date": "2026-03-21", "kind": "makeup", "name": None},
        {"date": "2026-05-05", "kind": "ordinary", "name": None},
        {"date": "2026-06-01", "kind": "holiday", "name": "店庆"},
    ],
    "emergencies": [
        {"from": "2026-03-11T02:00:00Z", "until": "2026-03-11T03:30:00Z", "reason": "电话系统故障"},
    ],
}
YEAR = parse(YEAR_DATA)


def hours(*pairs: str) -> tuple[Interval, ...]:
    return tuple(Interval(*(time.fromisoformat(clock) for clock in pair.split("-"))) for pair in pairs)


def weekly(zone: str, week: dict[int, tuple[Interval, ...]], specials: dict[date, Special] | None = None) -> Calendar:
    return Calendar(zone, (Version(SINCE_EVER, week),), specials or {})


def daily(zone: str, *pairs: str, specials: dict[date, Special] | None = None) -> Calendar:
    return weekly(zone, dict.fromkeys(range(7), hours(*pairs)), specials)


def in_zone(zone: str, wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def shanghai(wall: str) -> datetime:
    return in_zone(SHANGHAI, wall)


def new_york(wall: str, fold: int = 0) -> datetime:
    return in_zone(NEW_YORK, wall, fold)
