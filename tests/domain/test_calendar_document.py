from __future__ import annotations

import json
import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from chat.domain.calendar import SINCE_EVER, Interval, Version, next_closing, next_opening, stretches, why
from chat.domain.calendar_document import parse, to_data
from chat.errors import Invalid
from tests.domain.calendars import SHANGHAI, SHOP, YEAR, YEAR_DATA, hours, shanghai, weekly


def test_a_calendar_is_written_as_it_was_read() -> None:
    assert to_data(YEAR) == YEAR_DATA
    assert parse(to_data(YEAR)) == YEAR


def test_a_calendar_of_the_older_form_holds_since_ever() -> None:
    assert parse(to_data(SHOP)) == SHOP
    assert SHOP.versions == (Version(SINCE_EVER, dict.fromkeys(range(7), hours("09:00-21:00"))),)


def test_a_calendar_may_be_without_specials_and_may_close_at_24() -> None:
    calendar = parse({"zone": SHANGHAI, "weekly": {"mon": [["18:00", "24:00"]], "tue": []}})
    assert calendar == weekly(SHANGHAI, {0: (Interval(time(18), time(0)),)})


WEEK = {"mon": [["09:00", "21:00"]]}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, "A calendar is an object, not None"),
        ([], "A calendar is an object"),
        ({"weekly": WEEK}, "A calendar needs 'zone'"),
        ({"zone": SHANGHAI}, "A calendar needs 'versions'"),
        ({"zone": SHANGHAI, "weekly": WEEK, "holidays": []}, "A calendar has no 'holidays'"),
        ({"zone": "Mars/Olympus", "weekly": WEEK}, "'Mars/Olympus' is not a time zone"),
        ({"zone": "../etc/passwd", "weekly": WEEK}, "is not a time zone"),
        ({"zone": "America", "weekly": WEEK}, "is not a time zone"),
        ({"zone": "", "weekly": WEEK}, "is not a time zone"),
        ({"zone": "localtime", "weekly": WEEK}, "'localtime' is not a time zone"),
        ({"zone": "posix/Asia/Shanghai", "weekly": WEEK}, "is not a time zone"),
        ({"zone": "Factory", "weekly": WEEK}, "'Factory' is not a time zone"),
        ({"zone": "\ud800", "weekly": WEEK}, "is not a time zone"),
        ({"zone": 8, "weekly": WEEK}, "8 is not a time zone"),
        ({"zone": SHANGHAI, "weekly": []}, "The weekly hours is an object"),
        ({"zone": SHANGHAI, "weekly": {"monday": []}}, "has no 'monday'"),
    ],
)
def test_a_calendar_of_the_wrong_shape_is_refused(data: object, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        parse(data)


@pytest.mark.parametrize(
    ("monday", "complaint"),
    [
        ("09:00-21:00", "The hours of mon are a list"),
        (["09:00", "21:00"], "The hours of mon are pairs"),
        ([["09:00"]], "The hours of mon are pairs"),
        ([["09:00", "12:00", "13:00"]], "The hours of mon are pairs"),
        ([["9:00", "21:00"]], "'9:00' in the hours of mon is not a time"),
        ([["09:00", "25:00"]], "'25:00' in the hours of mon is not a time"),
        ([["09:60", "21:00"]], "'09:60' in the hours of mon is not a time"),
        ([["24:00", "02:00"]], "'24:00' in the hours of mon is not a time"),
        ([["\uff10\uff19:00", "21:00"]], "is not a time"),
        ([["09:00\n", "21:00"]], "is not a time"),
        ([[9, 21]], "9 in the hours of mon is not a time"),
        ([["09:00", None]], "None in the hours of mon is not a time"),
        ([["09:00", "13:00"], ["12:00", "21:00"]], "overlap or are out of order: 09:00-13:00, then 12:00"),
        ([["13:00", "21:00"], ["09:00", "12:00"]], "overlap or are out of order"),
        ([["18:00", "02:00"], ["20:00", "21:00"]], "overlap or are out of order"),
        ([["00:00", "00:00"], ["09:00", "21:00"]], "overlap or are out of order: 00:00-24:00"),
    ],
)
def test_garbled_reversed_or_overlapping_hours_are_refused(monday: object, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        parse({"zone": SHANGHAI, "weekly": {"mon": monday}})


@pytest.mark.parametrize(
    ("specials", "complaint"),
    [
        ({}, "The special days are a list"),
        (["2027-02-06"], "A special day is an object"),
        ([{"date": "2027-02-06"}], "A special day needs 'intervals'"),
        ([{"intervals": []}], "A special day needs 'date'"),
        ([{"date": "2027-02-30", "intervals": []}], "'2027-02-30' is not a date"),
        ([{"date": "20270206", "intervals": []}], "'20270206' is not a date"),
        ([{"date": 20270206, "intervals": []}], "20270206 is not a date"),
        ([{"date": "2027-02-06", "intervals": [["10:00"]]}], "The hours of 2027-02-06 are pairs"),
        ([{"date": "2027-02-06", "intervals": [], "reason": 1}], "The reason of 2027-02-06 is a text"),
        ([{"date": "2027-02-06", "intervals": [], "reason": "节" * 201}], "at most 200"),
        ([{"date": "2027-02-06", "intervals": []}] * 2, "2027-02-06 is listed twice"),
    ],
)
def test_garbled_special_days_are_refused(specials: object, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        parse({"zone": SHANGHAI, "weekly": WEEK, "specials": specials})


VERSION: dict[str, Any] = {"from": None, "weekly": WEEK}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"versions": []}, "at least one version"),
        ({"versions": VERSION}, "The versions are a list"),
        ({"versions": [{"weekly": WEEK}]}, "A version needs 'from'"),
        ({"versions": [{"from": "soon", "weekly": WEEK}]}, "'soon' is not a date"),
        ({"versions": [{"from": "1900-01-01", "weekly": WEEK}]}, "is not a date"),
        ({"versions": [VERSION, VERSION]}, "from the beginning does not come after"),
        (
            {"versions": [{**VERSION, "from": "2026-07-01"}, {**VERSION, "from": "2026-06-01"}]},
            "from 2026-06-01 does not come after the one from 2026-07-01",
        ),
        ({"versions": [{**VERSION, "country": "XX"}]}, "'XX' is not a country"),
        ({"versions": [{**VERSION, "country": "cn"}]}, "'cn' is not a country"),
        ({"versions": [{**VERSION, "country": 86}]}, "86 is not a country"),
        ({"versions": [{**VERSION, "makeup": "monday"}]}, "'monday' is not a weekday"),
        ({"versions": [{**VERSION, "holidays": {"do": "open"}}]}, "not 'open'"),
        ({"versions": [{**VERSION, "holidays": {"do": []}}]}, r"not \[\]"),
        ({"versions": [{**VERSION, "holidays": {"do": "hours"}}]}, "'hours' need intervals"),
        ({"versions": [{**VERSION, "holidays": {"do": "closed", "intervals": [["10:00", "11:00"]]}}]}, "have no inter"),
        ({"versions": [{**VERSION, "holidays": {"do": "closed", "at_least": 0}}]}, "1 to 30 days, not 0"),
        ({"versions": [{**VERSION, "holidays": {"do": "closed", "at_least": True}}]}, "not True"),
        ({"weekly": WEEK}, "A calendar has no 'versions'"),
        ({"specials": [{"date": "2026-07-01", "part": "shut", "intervals": [["10:00", "11:00"]]}]}, "not 'shut'"),
        ({"specials": [{"date": "2026-07-01", "part": "closed", "intervals": []}]}, "from when to when"),
        (
            {
                "specials": [
                    {"date": "2026-07-01", "part": "closed", "intervals": [["10:00", "12:00"]]},
                    {"date": "2026-07-01", "part": "open", "intervals": [["11:00", "13:00"]]},
                ]
            },
            "Parts of 2026-07-01 overlap: 10:00-12:00 and 11:00-13:00",
        ),
        ({"overrides": [{"date": "2026-07-01", "kind": "free"}]}, "not 'free'"),
        ({"overrides": [{"date": "2026-07-01", "kind": "holiday"}] * 2}, "listed twice"),
        ({"overrides": [{"date": "2026-07-01", "kind": "holiday", "name": 1}]}, "The name of 2026-07-01 is a text"),
        ({"overrides": [{}] * 1001}, "at most 1000"),
        ({"emergencies": [{"from": "2026-07-01", "until": "2026-07-02"}]}, "'2026-07-01' is not a moment"),
        (
            {"emergencies": [{"from": "2026-07-01T10:00:00Z", "until": "2026-07-01T10:00:00Z"}]},
            "2026-07-01T10:00:00Z ends before it begins",
        ),
        (
            {"emergencies": [{"from": "2026-07-01T10:00:00Z", "until": "2026-07-01T11:00:00Z"}] * 2},
            "overlaps or is out of order",
        ),
    ],
)
def test_garbled_versions_parts_corrections_and_emergencies_are_refused(change: object, complaint: str) -> None:
    assert isinstance(change, dict)
    with pytest.raises(Invalid, match=complaint):
        parse({"zone": SHANGHAI, "versions": [VERSION], **change})


COUNTRIES = ["CN", "JP", "KR", "TW", "HK", "TH", "VN", "PH", "MY", "SG", "US"]
MINUTES = [[f"{hour:02}:{minute:02}", f"{hour:02}:{minute + 1:02}"] for hour in range(24) for minute in (0, 30)]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"versions": [{**VERSION, "weekly": {"mon": MINUTES[:25]}}]}, "at most 24 hours of mon, not 25"),
        ({"specials": [{"date": "2026-07-01", "intervals": MINUTES}]}, "at most 24 hours of 2026-07-01, not 48"),
        (
            {"specials": [{"date": "2026-07-01", "part": "open", "intervals": [pair]} for pair in MINUTES]},
            "at most 24 parts of 2026-07-01",
        ),
        (
            {
                "versions": [
                    {**VERSION, "from": f"2026-01-{day:02}", "country": country}
                    for day, country in enumerate(COUNTRIES, 1)
                ]
            },
            "at most 10 countries",
        ),
    ],
)
def test_a_calendar_that_would_take_seconds_to_read_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        parse({"zone": SHANGHAI, "versions": [VERSION], **change})


def test_so_many_hours_countries_and_years_are_no_trouble() -> None:
    versions = [
        {**VERSION, "from": f"2026-01-{day:02}", "weekly": {"mon": MINUTES[:24]}, "country": country}
        for day, country in enumerate(COUNTRIES[:10], 1)
    ]
    calendar = parse({"zone": SHANGHAI, "versions": [VERSION, *versions]})
    for year in range(2027, 2040):
        assert next_opening(calendar, datetime(year, 1, 1, tzinfo=UTC)) is not None
        assert len(stretches(calendar, datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC))) > 1_000
    assert len(calendar._spans) <= 1_000


def test_the_document_in_the_docs_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "calendar.md").read_text(encoding="utf-8")
    (document,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    calendar = parse(json.loads(document))
    assert why(calendar, shanghai("2026-11-03 12:30")).note == "Power cut"
    assert next_closing(calendar, shanghai("2026-11-11 22:00")) == shanghai("2026-11-12 03:00")
