from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.domain.calendar import (
    WEEKDAYS,
    Calendar,
    Interval,
    Special,
    business_seconds,
    is_open,
    next_closing,
    next_opening,
    ordinary_day_at,
    parse,
    reply_by,
    to_data,
    why,
)
from chat.errors import Invalid

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


def hours(*pairs: str) -> tuple[Interval, ...]:
    return tuple(Interval(*(time.fromisoformat(clock) for clock in pair.split("-"))) for pair in pairs)


def daily(zone: str, *pairs: str, specials: dict[date, Special] | None = None) -> Calendar:
    return Calendar(zone, dict.fromkeys(range(7), hours(*pairs)), specials or {})


def in_zone(zone: str, wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def shanghai(wall: str) -> datetime:
    return in_zone(SHANGHAI, wall)


def new_york(wall: str, fold: int = 0) -> datetime:
    return in_zone(NEW_YORK, wall, fold)


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
    never, always = Calendar(SHANGHAI, {}, {}), daily(SHANGHAI, "00:00-00:00")
    assert (is_open(never, noon), next_opening(never, noon), next_closing(never, noon)) == (False, None, None)
    assert (is_open(always, noon), next_opening(always, noon), next_closing(always, noon)) == (
        True,
        None,
        None,
    )


def test_an_opening_is_looked_for_400_days_ahead_and_no_further() -> None:
    once = Calendar(SHANGHAI, {}, {date(2027, 8, 5): Special(hours("12:00-13:00"), "周年庆")})
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
    calendar = Calendar(SHANGHAI, LATE_FRIDAY, {})
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
    calendar = Calendar(SHANGHAI, LATE_FRIDAY, {date(2026, 7, 4): saturday})
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
    calendar = Calendar(NEW_YORK, {6: hours(pair)}, {})
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
    calendar = Calendar(NEW_YORK, {6: hours(pair)}, {})
    saturday, monday = new_york("2026-10-31 12:00"), new_york("2026-11-02 12:00")
    assert (next_opening(calendar, saturday), next_closing(calendar, saturday)) == (
        new_york(opens),
        new_york(closes),
    )
    assert business_seconds(calendar, saturday, monday) == how_long * 3600


def test_a_time_that_is_skipped_altogether_opens_nothing() -> None:
    calendar = Calendar(NEW_YORK, {6: hours("02:15-02:45")}, {})
    assert next_opening(calendar, new_york("2026-03-07 12:00")) == new_york("2026-03-15 02:15")


def test_the_same_wall_time_is_kept_across_the_change() -> None:
    calendar = daily(NEW_YORK, "09:00-17:00")
    assert next_opening(calendar, new_york("2026-03-07 18:00")) == datetime(2026, 3, 8, 13, 0, tzinfo=UTC)
    assert next_opening(calendar, new_york("2026-03-06 18:00")) == datetime(2026, 3, 7, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "rule", "text"),
    [
        ("2026-07-01 12:00", "weekly", "Weekly hours on Wednesdays: 09:00-21:00."),
        ("2026-07-01 23:00", "weekly", "Weekly hours on Wednesdays: 09:00-21:00."),
        ("2027-02-06 12:00", "special", "Closed on 2027-02-06 (春节)."),
        ("2027-02-07 12:00", "special", "Special hours on 2027-02-07: 10:00-16:00."),
    ],
)
def test_why_the_desk_is_open_or_closed(wall: str, rule: str, text: str) -> None:
    reason = why(SHOP, shanghai(wall))
    assert (reason.rule, reason.text) == (rule, text)


def test_after_midnight_the_day_before_may_be_the_reason() -> None:
    calendar = Calendar(SHANGHAI, LATE_FRIDAY, {date(2026, 7, 4): Special(hours("10:00-12:00"))})
    assert why(calendar, shanghai("2026-07-04 01:00")).text == "Weekly hours on Fridays: 20:00-02:00."
    assert why(calendar, shanghai("2026-07-04 03:00")).rule == "special"
    assert why(calendar, shanghai("2026-07-05 01:00")).text == "Closed on Sundays."


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
    weekdays = Calendar(SHANGHAI, dict.fromkeys(range(5), hours("09:00-18:00")), {})
    assert ordinary_day_at(weekdays, shanghai("2026-07-04 12:00"), time(8)) == shanghai("2026-07-06 08:00")
    with pytest.raises(Invalid, match="no ordinary working day"):
        ordinary_day_at(Calendar(SHANGHAI, {}, {}), shanghai("2026-07-04 12:00"), time(8))


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
        reply_by(Calendar(SHANGHAI, {}, {}), shanghai("2026-07-01 10:00"), timedelta(hours=1))


def test_a_calendar_is_written_as_it_was_read() -> None:
    assert to_data(SHOP) == SHOP_DATA
    assert parse(to_data(SHOP)) == SHOP


def test_a_calendar_may_be_without_specials_and_may_close_at_24() -> None:
    calendar = parse({"zone": SHANGHAI, "weekly": {"mon": [["18:00", "24:00"]], "tue": []}})
    assert calendar == Calendar(SHANGHAI, {0: (Interval(time(18), time(0)),)}, {})


WEEK = {"mon": [["09:00", "21:00"]]}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, "A calendar is an object, not None"),
        ([], "A calendar is an object"),
        ({"weekly": WEEK}, "A calendar needs 'zone'"),
        ({"zone": SHANGHAI}, "A calendar needs 'weekly'"),
        ({"zone": SHANGHAI, "weekly": WEEK, "holidays": []}, "A calendar has no 'holidays'"),
        ({"zone": "Mars/Olympus", "weekly": WEEK}, "'Mars/Olympus' is not a time zone"),
        ({"zone": "../etc/passwd", "weekly": WEEK}, "is not a time zone"),
        ({"zone": "America", "weekly": WEEK}, "is not a time zone"),
        ({"zone": "", "weekly": WEEK}, "is not a time zone"),
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


# The slow way: walk minute by minute and read the wall clock. `furthest` is the latest time it has shown, so
# that an hour that comes a second time changes nothing.
def open_minutes(calendar: Calendar, start: datetime, minutes: int) -> list[bool]:
    zone = ZoneInfo(calendar.zone)
    warm_up = 3 * 60
    furthest = datetime.min
    answers = []
    for minute in range(-warm_up, minutes):
        shown = (start + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None)
        furthest = max(furthest, shown)
        answers.append(open_by_the_wall_clock(calendar, furthest))
    return answers[warm_up:]


def open_by_the_wall_clock(calendar: Calendar, shown: datetime) -> bool:
    today, yesterday, clock = shown.date(), shown.date() - timedelta(days=1), shown.time()
    if any(
        interval.opens <= clock and (clock < interval.closes or interval.closes <= interval.opens)
        for interval in hours_by_hand(calendar, today)
    ):
        return True
    closed_today = today in calendar.specials and not calendar.specials[today].intervals
    return not closed_today and any(
        interval.closes <= interval.opens and clock < interval.closes for interval in hours_by_hand(calendar, yesterday)
    )


def hours_by_hand(calendar: Calendar, day: date) -> tuple[Interval, ...]:
    if day in calendar.specials:
        return calendar.specials[day].intervals
    return calendar.weekly.get(day.weekday(), ())


FIRST_DAYS = [date(2026, 3, 7), date(2026, 10, 31), date(2026, 7, 2)]
clocks = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
some_hours = st.lists(st.builds(Interval, clocks, clocks), max_size=3).map(tuple)


@st.composite
def calendars_with_a_day(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    zone, first = draw(st.sampled_from([SHANGHAI, NEW_YORK])), draw(st.sampled_from(FIRST_DAYS))
    nearby = st.integers(-1, 4).map(lambda ahead: first + timedelta(days=ahead))
    weekly = draw(st.dictionaries(st.integers(0, 6), some_hours))
    specials = draw(st.dictionaries(nearby, st.builds(Special, some_hours), max_size=2))
    return Calendar(zone, weekly, specials), in_zone(zone, f"{first} 00:00")


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(calendars_with_a_day(), st.integers(0, 24 * 60), st.integers(0, 30 * 60))
def test_every_answer_agrees_with_walking_minute_by_minute(
    case: tuple[Calendar, datetime], asked: int, business: int
) -> None:
    calendar, start = case
    walked = open_minutes(calendar, start, 3 * 24 * 60)
    at = start + timedelta(minutes=asked)

    sampled = range(0, len(walked), 5)
    assert [is_open(calendar, start + timedelta(minutes=minute)) for minute in sampled] == walked[::5]

    for answer, now_open in ((next_opening(calendar, at), True), (next_closing(calendar, at), False)):
        turns = (
            minute
            for minute in range(asked + 1, len(walked))
            if walked[minute] is now_open and walked[minute - 1] is not now_open
        )
        turn = next(turns, None)
        if turn is not None:
            assert answer == start + timedelta(minutes=turn)
        else:
            assert answer is None or answer >= start + timedelta(minutes=len(walked))

    end = start + timedelta(minutes=len(walked))
    assert business_seconds(calendar, at, end) == 60 * sum(walked[asked:])

    passed = [minute for minute in range(asked, len(walked)) if walked[minute]]
    if 0 < business <= len(passed):
        due = start + timedelta(minutes=passed[business - 1] + 1)
        assert reply_by(calendar, at, timedelta(minutes=business)) == due
