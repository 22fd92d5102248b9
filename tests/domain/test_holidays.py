from __future__ import annotations

from datetime import date

import pytest

from chat.domain.holidays import Override, countries, days_of, published

# As the State Council announced them: name, first and last day of the break, and the days of work for it.
NOTICES = [
    (2025, "元旦", "2025-01-01", "2025-01-01", []),
    (2025, "春节", "2025-01-28", "2025-02-04", ["2025-01-26", "2025-02-08"]),
    (2025, "清明节", "2025-04-04", "2025-04-06", []),
    (2025, "劳动节", "2025-05-01", "2025-05-05", ["2025-04-27"]),
    (2025, "端午节", "2025-05-31", "2025-06-02", []),
    (2025, "国庆节", "2025-10-01", "2025-10-08", ["2025-09-28", "2025-10-11"]),
    (2026, "元旦", "2026-01-01", "2026-01-03", ["2026-01-04"]),
    (2026, "春节", "2026-02-15", "2026-02-23", ["2026-02-14", "2026-02-28"]),
    (2026, "清明节", "2026-04-04", "2026-04-06", []),
    (2026, "劳动节", "2026-05-01", "2026-05-05", ["2026-05-09"]),
    (2026, "端午节", "2026-06-19", "2026-06-21", []),
    (2026, "中秋节", "2026-09-25", "2026-09-27", []),
    (2026, "国庆节", "2026-10-01", "2026-10-07", ["2026-09-20", "2026-10-10"]),
]


@pytest.mark.parametrize(("year", "name", "first", "last", "worked"), NOTICES)
def test_a_chinese_break_is_as_long_as_it_was_announced(
    year: int, name: str, first: str, last: str, worked: list[str]
) -> None:
    days = days_of("CN", year, {})
    found = days[date.fromisoformat(last)]
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert name in {day.names["zh-CN"] for day in days.values() if day.first == found.first}
    made_up = [day.isoformat() for day, known in days.items() if known.kind == "makeup" and known.first == found.first]
    assert made_up == worked
    assert {days[date.fromisoformat(day)].names["zh-CN"] for day in worked} <= {name}


@pytest.mark.parametrize("year", [2025, 2026])
def test_no_other_day_of_the_year_is_off_or_worked(year: int) -> None:
    days = days_of("CN", year, {})
    announced = [notice for notice in NOTICES if notice[0] == year]
    off = sum((date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for _, _, first, last, _ in announced)
    assert sum(day.kind == "holiday" for day in days.values()) == off
    assert sum(day.kind == "makeup" for day in days.values()) == sum(len(worked) for *_, worked in announced)


@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        (date(2025, 10, 6), "中秋节", "Mid-Autumn Festival"),  # a feast of its own within the break
        (date(2025, 10, 8), "国庆节", "National Day"),  # "a day off, substituted from 2025-10-11"
        (date(2025, 6, 2), "端午节", "Dragon Boat Festival"),  # "observed"
        (date(2026, 2, 16), "农历除夕", "Chinese New Year's Eve"),
        (date(2026, 2, 22), "春节", "Chinese New Year (Spring Festival)"),  # a Sunday
        (date(2026, 9, 20), "国庆节", "National Day"),  # worked: nearer to the Mid-Autumn Festival, but not for it
    ],
)
def test_a_day_has_the_name_people_know_it_by(day: date, chinese: str, english: str) -> None:
    assert days_of("CN", day.year, {})[day].names == {"zh-CN": chinese, "en": english}


def test_elsewhere_only_a_weekend_between_two_holidays_belongs_to_them() -> None:
    german = days_of("DE", 2026, {})
    assert (german[date(2026, 4, 4)].first, german[date(2026, 4, 4)].days) == (date(2026, 4, 3), 4)  # Easter
    assert german[date(2026, 5, 1)].days == 1  # a Friday
    assert date(2026, 5, 2) not in german


def test_a_year_without_a_notice_is_computed_and_says_so() -> None:
    assert published("CN", 2026).announced
    assert not published("CN", 2030).announced
    assert days_of("CN", 2030, {})[date(2030, 10, 1)].names["zh-CN"] == "国庆节"
    assert published("DE", 2030).announced


def test_corrections_change_the_breaks() -> None:
    late = {
        date(2030, 10, 4): Override("holiday"),
        date(2030, 10, 7): Override("holiday"),
        date(2030, 9, 28): Override("makeup"),
        date(2030, 5, 1): Override("ordinary"),
        date(2030, 11, 13): Override("holiday", "店庆"),
    }
    days = days_of("CN", 2030, late)
    national = days[date(2030, 10, 7)]
    assert (national.kind, national.names["zh-CN"], national.last) == ("holiday", "国庆节", date(2030, 10, 7))
    assert days[date(2030, 9, 28)].names["zh-CN"] == "国庆节"
    assert date(2030, 5, 1) not in days
    assert (days[date(2030, 11, 13)].names["en"], days[date(2030, 11, 13)].days) == ("店庆", 1)


def test_a_site_without_a_country_has_the_holidays_it_names() -> None:
    days = days_of(None, 2026, {date(2026, 3, 10): Override("holiday", "店庆"), date(2026, 8, 1): Override("makeup")})
    assert [(day.isoformat(), known.kind, known.names["zh-CN"]) for day, known in days.items()] == [
        ("2026-03-10", "holiday", "店庆"),
        ("2026-08-01", "makeup", "节假日"),
    ]


@pytest.mark.parametrize("country", ["CN", "TW", "JP", "US", "DE", "HU", "IL", "SA", "NG"])
def test_countries_have_names_in_both_languages(country: str) -> None:
    assert country in countries()
    days = days_of(country, 2026, {})
    assert days
    assert all(day.names["zh-CN"] and day.names["en"] for day in days.values())
    assert not [day.names for day in days.values() if "substituted" in day.names["en"]]
