from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from chat.domain.calendar import (
    SINCE_EVER,
    Calendar,
    Interval,
    Special,
    Version,
    business_seconds,
    closed_between,
    forbid_past,
    hours_on,
    is_open,
    next_closing,
    next_opening,
    ordinary_day_at,
    reopened,
    reply_by,
    stretches,
    why,
)
from chat.domain.calendar_document import WEEKDAYS, parse, to_data
from chat.errors import Invalid
from tests.domain.calendars import (
    EVERY_DAY,
    NEW_YORK,
    SHANGHAI,
    SHOP,
    YEAR,
    YEAR_DATA,
    daily,
    hours,
    new_york,
    shanghai,
    weekly,
)


@pytest.mark.parametrize(
    ("wall", "open_then"),
    [
        ("2026-07-01 08:59", False),
        ("2026-07-01 09:00", True),
        ("2026-07-01 20:59", True),
        ("2026-07-01 21:00", False),
        ("2027-02-06 12:00", False),
        ("2027-02-07 09:30", False),
        ("2027-02-07 10:00", True),
        ("2027-02-07 16:00", False),
        ("2027-02-08 09:30", True),
    ],
)
def test_the_desk_is_open_within_its_hours_only(wall: str, open_then: bool) -> None:
    assert is_open(SHOP, shanghai(wall)) is open_then


def test_the_zone_of_the_question_does_not_matter() -> None:
    assert is_open(SHOP, datetime(2026, 7, 1, 1, 0, tzinfo=UTC))
    assert is_open(SHOP, datetime(2026, 6, 30, 21, 0, tzinfo=ZoneInfo(NEW_YORK)))
    assert not is_open(SHOP, datetime(2026, 7, 1, 12, 0, tzinfo=ZoneInfo(NEW_YORK)))


@pytest.mark.parametrize(
    ("wall", "opening", "closing"),
    [
        ("2026-07-01 08:00", "2026-07-01 09:00", "2026-07-01 21:00"),
        ("2026-07-01 09:00", "2026-07-02 09:00", "2026-07-01 21:00"),
        ("2026-07-01 12:00", "2026-07-02 09:00", "2026-07-01 21:00"),
        ("2026-07-01 21:00", "2026-07-02 09:00", "2026-07-02 21:00"),
        ("2026-07-01 22:30", "2026-07-02 09:00", "2026-07-02 21:00"),
        ("2027-02-05 22:00", "2027-02-07 10:00", "2027-02-07 16:00"),
    ],
)
def test_the_next_opening_and_closing(wall: str, opening: str, closing: str) -> None:
    assert next_opening(SHOP, shanghai(wall)) == shanghai(opening)
    assert next_closing(SHOP, shanghai(wall)) == shanghai(closing)


def test_answers_are_in_utc() -> None:
    opening = next_opening(SHOP, datetime(2026, 7, 1, 23, 0, tzinfo=ZoneInfo(SHANGHAI)))
    assert opening is not None
    assert opening.tzinfo is UTC


def test_a_desk_that_never_opens_or_never_closes_has_no_next_time() -> None:
    noon = shanghai("2026-07-01 12:00")
    never, always = weekly(SHANGHAI, {}, {}), daily(SHANGHAI, "00:00-00:00")
    assert (is_open(never, noon), next_opening(never, noon), next_closing(never, noon)) == (False, None, None)
    assert (is_open(always, noon), next_opening(always, noon), next_closing(always, noon)) == (
        True,
        None,
        None,
    )


def test_an_opening_is_looked_for_400_days_ahead_and_no_further() -> None:
    once = weekly(SHANGHAI, {}, {date(2027, 8, 5): Special(hours("12:00-13:00"), "周年庆")})
    assert next_opening(once, shanghai("2026-07-01 12:00")) == shanghai("2027-08-05 12:00")
    assert next_opening(once, shanghai("2026-07-01 11:59")) is None


@pytest.mark.parametrize(
    ("pairs", "wall", "closing"),
    [
        (("09:00-12:00", "12:00-21:00"), "2026-07-01 10:00", "2026-07-01 21:00"),
        (("09:00-15:00", "12:00-21:00"), "2026-07-01 10:00", "2026-07-01 21:00"),
        (("12:00-21:00", "09:00-12:00"), "2026-07-01 10:00", "2026-07-01 21:00"),
        (("18:00-00:00", "00:00-02:00"), "2026-07-01 19:00", "2026-07-02 02:00"),
        (("22:00-04:00", "03:00-05:00"), "2026-07-01 23:00", "2026-07-02 05:00"),
    ],
)
def test_hours_that_touch_or_overlap_are_one_stretch(pairs: tuple[str, ...], wall: str, closing: str) -> None:
    calendar = daily(SHANGHAI, *pairs)
    assert next_closing(calendar, shanghai(wall)) == shanghai(closing)


def test_hours_with_a_lunch_break_are_two_stretches() -> None:
    calendar = daily(SHANGHAI, "09:00-12:00", "13:00-18:00")
    assert next_closing(calendar, shanghai("2026-07-01 10:00")) == shanghai("2026-07-01 12:00")
    assert next_opening(calendar, shanghai("2026-07-01 12:30")) == shanghai("2026-07-01 13:00")


LATE_FRIDAY = {4: hours("20:00-02:00")}  # 2026-07-03 is a Friday


def test_hours_past_midnight_belong_to_the_day_they_began_on() -> None:
    calendar = weekly(SHANGHAI, LATE_FRIDAY, {})
    assert is_open(calendar, shanghai("2026-07-04 01:59"))
    assert not is_open(calendar, shanghai("2026-07-04 02:00"))
    assert not is_open(calendar, shanghai("2026-07-03 01:00"))


@pytest.mark.parametrize(
    ("saturday", "closing"),
    [
        (Special(hours("10:00-12:00"), "促销"), "2026-07-04 02:00"),
        (Special(hours("01:00-05:00"), "促销"), "2026-07-04 05:00"),
        (Special((), "放假"), "2026-07-04 00:00"),
    ],
)
def test_a_late_night_runs_on_into_a_special_day_unless_that_day_is_closed(saturday: Special, closing: str) -> None:
    calendar = weekly(SHANGHAI, LATE_FRIDAY, {date(2026, 7, 4): saturday})
    assert next_closing(calendar, shanghai("2026-07-03 21:00")) == shanghai(closing)


def test_a_sales_night_of_a_special_day_runs_past_midnight_too() -> None:
    calendar = daily(SHANGHAI, "09:00-21:00", specials={date(2026, 11, 11): Special(hours("09:00-03:00"))})
    assert is_open(calendar, shanghai("2026-11-12 02:30"))
    assert not is_open(calendar, shanghai("2026-11-11 02:30"))


def test_closing_the_day_after_leaves_hours_before_midnight_alone() -> None:
    closed_tomorrow = {date(2026, 7, 2): Special(())}
    calendar = daily(SHANGHAI, "09:00-21:00", specials=closed_tomorrow)
    assert next_closing(calendar, shanghai("2026-07-01 10:00")) == shanghai("2026-07-01 21:00")


@pytest.mark.parametrize(
    ("pair", "opens", "closes"),
    [
        # Clocks jump from 02:00 to 03:00: the day is short, and 02:30 comes at the jump.
        ("00:00-06:00", new_york("2026-03-08 00:00"), new_york("2026-03-08 06:00")),
        ("02:30-06:00", new_york("2026-03-08 03:00"), new_york("2026-03-08 06:00")),
        ("01:00-02:15", new_york("2026-03-08 01:00"), new_york("2026-03-08 03:00")),
    ],
)
def test_on_the_day_clocks_go_forward(pair: str, opens: datetime, closes: datetime) -> None:
    calendar = weekly(NEW_YORK, {6: hours(pair)}, {})
    saturday = new_york("2026-03-07 12:00")
    assert (next_opening(calendar, saturday), next_closing(calendar, saturday)) == (opens, closes)


@pytest.mark.parametrize(
    ("pair", "opens", "closes", "how_long"),
    [
        # Clocks go back from 02:00 to 01:00: between the two 01:30s lies an hour.
        ("00:00-06:00", "2026-11-01 00:00", "2026-11-01 06:00", 7.0),
        ("01:30-06:00", "2026-11-01 01:30", "2026-11-01 06:00", 5.5),
        ("00:00-01:30", "2026-11-01 00:00", "2026-11-01 01:30", 1.5),
    ],
)
def test_on_the_day_clocks_go_back(pair: str, opens: str, closes: str, how_long: float) -> None:
    calendar = weekly(NEW_YORK, {6: hours(pair)}, {})
    saturday, monday = new_york("2026-10-31 12:00"), new_york("2026-11-02 12:00")
    assert (next_opening(calendar, saturday), next_closing(calendar, saturday)) == (
        new_york(opens),
        new_york(closes),
    )
    assert business_seconds(calendar, saturday, monday) == how_long * 3600


def test_a_time_that_is_skipped_altogether_opens_nothing() -> None:
    calendar = weekly(NEW_YORK, {6: hours("02:15-02:45")}, {})
    assert next_opening(calendar, new_york("2026-03-07 12:00")) == new_york("2026-03-15 02:15")


def test_the_same_wall_time_is_kept_across_the_change() -> None:
    calendar = daily(NEW_YORK, "09:00-17:00")
    assert next_opening(calendar, new_york("2026-03-07 18:00")) == datetime(2026, 3, 8, 13, 0, tzinfo=UTC)
    assert next_opening(calendar, new_york("2026-03-06 18:00")) == datetime(2026, 3, 7, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "rule", "intervals", "note"),
    [
        ("2026-07-01 12:00", "weekly", hours("09:00-21:00"), None),
        ("2026-07-01 23:00", "weekly", hours("09:00-21:00"), None),
        ("2027-02-06 12:00", "special", (), "春节"),
        ("2027-02-07 12:00", "special", hours("10:00-16:00"), None),
    ],
)
def test_why_the_desk_is_open_or_closed(wall: str, rule: str, intervals: tuple[Interval, ...], note: str) -> None:
    reason = why(SHOP, shanghai(wall))
    assert (reason.rule, reason.intervals, reason.note) == (rule, intervals, note)


def test_after_midnight_the_day_before_may_be_the_reason() -> None:
    calendar = weekly(SHANGHAI, LATE_FRIDAY, {date(2026, 7, 4): Special(hours("10:00-12:00"))})
    assert why(calendar, shanghai("2026-07-04 01:00")).day == date(2026, 7, 3)
    assert why(calendar, shanghai("2026-07-04 03:00")).rule == "special"
    assert why(calendar, shanghai("2026-07-05 01:00")).day == date(2026, 7, 5)


@pytest.mark.parametrize(
    ("day", "rule", "intervals"),
    [
        ("2026-01-02", "weekly", "09:00-21:00"),  # a break of three days changes nothing here
        ("2026-02-16", "holiday", "10:00-18:00"),
        ("2026-02-21", "holiday", "10:00-18:00"),  # a Saturday inside the break
        ("2026-02-24", "weekly", "09:00-21:00"),
        ("2026-02-28", "makeup", "09:00-21:00"),
        ("2026-03-21", "makeup", "09:00-21:00"),  # corrected by hand
        ("2026-05-01", "holiday", "10:00-18:00"),
        ("2026-05-02", "special", ""),  # before the holiday
        ("2026-05-05", "weekly", "09:00-21:00"),  # said to be ordinary, so the break has four days
        ("2026-06-01", "weekly", "09:00-21:00"),  # a holiday of one day
        ("2026-06-30", "weekly", "09:00-21:00"),
        ("2026-07-01", "weekly", ""),  # a Wednesday of the new hours
        ("2026-07-02", "weekly", "09:00-18:00"),
        ("2026-09-20", "makeup", "09:00-12:00,13:00-02:00"),  # a Sunday with a Friday's hours
        ("2026-09-25", "holiday", ""),
        ("2026-10-02", "special", "10:00-12:00"),
    ],
)
def test_the_rule_that_comes_first_decides_over_a_date(day: str, rule: str, intervals: str) -> None:
    found = hours_on(YEAR, date.fromisoformat(day))
    assert (found.rule, ",".join(map(str, found.intervals))) == (rule, intervals)


@pytest.mark.parametrize(
    ("wall", "open_then", "rule", "note"),
    [
        ("2026-03-10 13:59", True, "weekly", None),
        ("2026-03-10 14:00", False, "special", "全员培训"),
        ("2026-03-10 16:00", True, "weekly", None),
        ("2026-03-10 21:30", True, "special", "会员夜"),
        ("2026-03-11 00:30", True, "special", "会员夜"),
        ("2026-03-11 01:30", False, "weekly", None),
        ("2026-03-11 09:59", True, "weekly", None),
        ("2026-03-11 10:00", False, "emergency", "电话系统故障"),
        ("2026-03-11 11:30", True, "weekly", None),
        ("2026-02-17 12:00", True, "holiday", None),
        ("2026-02-17 19:00", False, "holiday", None),
        ("2026-02-28 12:00", True, "makeup", None),
    ],
)
def test_why_at_a_moment(wall: str, open_then: bool, rule: str, note: str | None) -> None:
    reason = why(YEAR, shanghai(wall))
    assert (is_open(YEAR, shanghai(wall)), reason.rule, reason.note) == (open_then, rule, note)


def test_a_holiday_is_told_by_the_name_people_know() -> None:
    moved = why(YEAR, shanghai("2026-02-23 12:00"))
    made_up_for = why(YEAR, shanghai("2026-02-28 12:00"))
    assert moved.names == made_up_for.names == {"zh-CN": "春节", "en": "Chinese New Year (Spring Festival)"}
    assert why(YEAR, shanghai("2026-03-03 12:00")).names is None


def test_a_part_opened_late_joins_the_hours_before_it() -> None:
    assert next_closing(YEAR, shanghai("2026-03-10 17:00")) == shanghai("2026-03-11 01:00")
    assert next_closing(YEAR, shanghai("2026-03-10 10:00")) == shanghai("2026-03-10 14:00")
    assert next_opening(YEAR, shanghai("2026-03-10 10:00")) == shanghai("2026-03-10 16:00")


def test_a_late_night_ends_at_the_midnight_of_a_closed_holiday() -> None:
    nightly = {**YEAR_DATA["versions"][1], "from": None, "weekly": {day: [["20:00", "02:00"]] for day in WEEKDAYS}}
    calendar = parse({"zone": SHANGHAI, "versions": [nightly]})
    assert next_closing(calendar, shanghai("2026-09-24 21:00")) == shanghai("2026-09-25 00:00")
    assert next_opening(calendar, shanghai("2026-09-24 21:00")) == shanghai("2026-09-28 20:00")
    assert next_closing(calendar, shanghai("2026-09-28 21:00")) == shanghai("2026-09-29 02:00")


def test_late_hours_of_the_old_version_run_into_the_new_one() -> None:
    calendar = Calendar(
        SHANGHAI,
        (Version(SINCE_EVER, dict.fromkeys(range(7), hours("20:00-02:00"))), Version(date(2026, 7, 1), {})),
    )
    assert next_closing(calendar, shanghai("2026-06-30 21:00")) == shanghai("2026-07-01 02:00")
    assert next_opening(calendar, shanghai("2026-06-30 21:00")) is None


def test_before_its_first_version_a_calendar_is_closed() -> None:
    calendar = Calendar(SHANGHAI, (Version(date(2026, 7, 1), dict.fromkeys(range(7), hours("09:00-21:00"))),))
    assert next_opening(calendar, shanghai("2026-06-01 12:00")) == shanghai("2026-07-01 09:00")
    assert why(calendar, shanghai("2026-06-01 12:00")).rule == "weekly"


def test_an_emergency_closes_until_it_ends_and_is_not_forgotten() -> None:
    closed = closed_between(SHOP, shanghai("2026-07-01 10:00"), shanghai("2026-07-01 12:00"), "停电")
    assert next_closing(closed, shanghai("2026-07-01 09:30")) == shanghai("2026-07-01 10:00")
    assert next_opening(closed, shanghai("2026-07-01 10:00")) == shanghai("2026-07-01 12:00")
    assert (is_open(closed, shanghai("2026-07-01 11:00")), is_open(SHOP, shanghai("2026-07-01 11:00"))) == (False, True)
    day = shanghai("2026-07-01 00:00"), shanghai("2026-07-02 00:00")
    assert business_seconds(closed, *day) == 10 * 3600
    assert parse(to_data(closed)) == closed


def test_reopening_ends_an_emergency_at_once_and_a_second_one_replaces_the_first() -> None:
    closed = closed_between(SHOP, shanghai("2026-07-01 10:00"), shanghai("2026-07-01 18:00"), "停电")
    again = closed_between(closed, shanghai("2026-07-01 11:00"), shanghai("2026-07-01 12:00"), "演习")
    assert [emergency.reason for emergency in again.emergencies] == ["停电", "演习"]
    assert is_open(again, shanghai("2026-07-01 12:00"))
    opened = reopened(again, shanghai("2026-07-01 11:15"))
    assert is_open(opened, shanghai("2026-07-01 11:15"))
    assert not is_open(opened, shanghai("2026-07-01 11:14"))
    assert reopened(closed, shanghai("2026-07-01 10:00")) == SHOP


@pytest.mark.parametrize(
    ("until", "complaint"), [("2026-07-01 10:00", "ends after it begins"), ("2027-10-01 10:00", "within 400 days")]
)
def test_an_emergency_has_an_end(until: str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        closed_between(SHOP, shanghai("2026-07-01 10:00"), shanghai(until), None)


def test_stretches_are_cut_off_where_one_looks() -> None:
    assert stretches(SHOP, shanghai("2026-07-01 20:00"), shanghai("2026-07-02 10:00")) == [
        (shanghai("2026-07-01 20:00"), shanghai("2026-07-01 21:00")),
        (shanghai("2026-07-02 09:00"), shanghai("2026-07-02 10:00")),
    ]


@pytest.mark.parametrize(
    ("after", "clock", "expected"),
    [
        ("2026-07-01 12:00", "22:30", "2026-07-01 22:30"),
        ("2026-07-01 23:00", "22:30", "2026-07-01 22:30"),
        ("2027-02-06 12:00", "10:00", "2027-02-08 10:00"),
        ("2027-02-07 00:00", "10:00", "2027-02-08 10:00"),
    ],
)
def test_an_ordinary_day_is_today_or_the_next_that_is_nothing_special(after: str, clock: str, expected: str) -> None:
    assert ordinary_day_at(SHOP, shanghai(after), time.fromisoformat(clock)) == shanghai(expected)


def test_an_ordinary_day_has_weekly_hours() -> None:
    weekdays = weekly(SHANGHAI, dict.fromkeys(range(5), hours("09:00-18:00")), {})
    assert ordinary_day_at(weekdays, shanghai("2026-07-04 12:00"), time(8)) == shanghai("2026-07-06 08:00")
    with pytest.raises(Invalid, match="no ordinary working day"):
        ordinary_day_at(weekly(SHANGHAI, {}, {}), shanghai("2026-07-04 12:00"), time(8))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-07-01 10:00", "2026-07-01 11:30", 1.5),
        ("2026-07-01 20:00", "2026-07-02 10:00", 2.0),
        ("2026-07-01 22:00", "2026-07-02 08:00", 0.0),
        ("2026-07-01 00:00", "2026-07-08 00:00", 84.0),
        ("2027-02-05 20:00", "2027-02-08 10:00", 8.0),
        ("2026-07-01 11:00", "2026-07-01 11:00", 0.0),
        ("2026-07-05 11:00", "2026-07-01 11:00", 0.0),
    ],
)
def test_business_time_counts_open_hours_only(start: str, end: str, expected: float) -> None:
    assert business_seconds(SHOP, shanghai(start), shanghai(end)) == expected * 3600


@pytest.mark.parametrize(
    ("asked", "business", "due"),
    [
        ("2026-07-01 10:00", 4, "2026-07-01 14:00"),
        ("2026-07-01 19:00", 4, "2026-07-02 11:00"),
        ("2026-07-01 22:30", 4, "2026-07-02 13:00"),
        ("2026-07-01 17:00", 4, "2026-07-01 21:00"),
        ("2026-07-01 09:00", 24, "2026-07-02 21:00"),
        ("2027-02-05 19:00", 9, "2027-02-08 10:00"),
        ("2026-07-01 22:30", 0, "2026-07-01 22:30"),
    ],
)
def test_a_reply_is_due_when_that_much_open_time_has_passed(asked: str, business: int, due: str) -> None:
    assert reply_by(SHOP, shanghai(asked), timedelta(hours=business)) == shanghai(due)


def test_a_desk_that_never_opens_promises_no_time() -> None:
    with pytest.raises(Invalid, match="not open long enough"):
        reply_by(weekly(SHANGHAI, {}, {}), shanghai("2026-07-01 10:00"), timedelta(hours=1))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            {"versions": [{**YEAR_DATA["versions"][0], "makeup": "tue"}]},
            "hold since ever; to change them, add a version",
        ),
        ({"versions": YEAR_DATA["versions"][:1]}, "version from 2026-07-01 lies in the past and cannot be taken away"),
        ({"specials": []}, "special day 2026-05-02 lies in the past and cannot be taken away"),
        (
            {"specials": [*YEAR_DATA["specials"], {"date": "2026-08-01", "intervals": []}]},
            "special day 2026-08-01 lies in the past and cannot be added",
        ),
        ({"overrides": []}, "correction of 2026-03-21 lies in the past"),
    ],
)
def test_what_was_stays_as_it_was(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        forbid_past(YEAR, parse({**YEAR_DATA, **change}), date(2026, 8, 2))


def test_what_is_to_come_may_change_today_included() -> None:
    today = date(2026, 10, 2)
    specials = [*YEAR_DATA["specials"][:3], {"date": "2026-10-02", "intervals": []}]
    versions = [*YEAR_DATA["versions"], {"from": "2026-10-02", "weekly": EVERY_DAY}]
    forbid_past(YEAR, parse({**YEAR_DATA, "specials": specials, "versions": versions}), today)
