"""The range of a wait: what it depends on, and that it holds."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.waits import (
    AT_ONCE,
    HANDLING,
    LONGEST,
    PICKING,
    UNLIMITED,
    Admission,
    Pace,
    Range,
    Spell,
    Staff,
    admission,
    at_once,
    pace_of,
    range_of,
)

MINUTE = 60.0
STEADY = pace_of([300.0] * 200, [20.0] * 50, [3.0] * 200)  # five minutes each, three at once, picked up within seconds
UNKNOWN = pace_of([], [])


def wait(place: int, staff: Staff, pace: Pace = STEADY) -> Range:
    found = range_of(place, staff, pace)
    assert found is not None
    return found


def test_who_is_there_and_free_picks_the_first_up_as_fast_as_lately() -> None:
    assert wait(1, Staff(agents=2, places=4, taken=1)) == Range(20.0, 20.0)


def test_agents_pick_up_one_after_the_other() -> None:
    staff = Staff(agents=2, places=8, taken=0)
    assert [wait(place, staff).low for place in (1, 2, 3, 4, 5)] == [20.0, 20.0, 40.0, 40.0, 60.0]


def test_a_team_that_is_routed_need_not_see_them_first() -> None:
    assert wait(1, Staff(agents=1, places=3, taken=2, by_hand=False)).low == 0.0
    assert wait(1, Staff(agents=1, places=3, taken=3, by_hand=False)).low > MINUTE / 2


@pytest.mark.parametrize(
    ("place", "staff", "low", "high"),
    [
        (1, Staff(agents=1, places=1, taken=1), (2, 5), (6, 12)),
        (1, Staff(agents=2, places=6, taken=6), (0.4, 1), (1.5, 3)),
        (6, Staff(agents=2, places=6, taken=6), (4, 5.5), (6, 9)),
        (12, Staff(agents=2, places=6, taken=6), (9, 10.5), (11, 15)),
        (30, Staff(agents=10, places=30, taken=30), (4, 5.5), (5.5, 7.5)),
    ],
)
def test_a_full_desk_takes_people_as_its_conversations_end(
    place: int, staff: Staff, low: tuple[float, float], high: tuple[float, float]
) -> None:
    found = wait(place, staff)
    assert low[0] <= found.low / MINUTE <= low[1]
    assert high[0] <= found.high / MINUTE <= high[1]


@pytest.mark.parametrize("staff", [Staff(), Staff(agents=0, places=0, taken=3), Staff(agents=2, places=0, taken=0)])
def test_where_nobody_can_take_anybody_there_is_no_range(staff: Staff) -> None:
    assert range_of(1, staff, STEADY) is None


def test_more_than_there_are_places_for_have_to_end_first() -> None:
    assert wait(1, Staff(agents=1, places=3, taken=5)).low > wait(1, Staff(agents=1, places=3, taken=3)).low


def test_who_knows_little_says_a_wide_range() -> None:
    def width(known: int) -> float:
        found = wait(3, Staff(agents=1, places=3, taken=3), pace_of([sum(HANDLING) / len(HANDLING)] * known, []))
        return found.high / found.low

    assert width(0) > 3 > width(5) > width(50)


def test_a_conversation_left_open_over_night_is_no_measure() -> None:
    assert pace_of([40 * LONGEST], []) == pace_of([LONGEST], [])
    assert pace_of([], [40 * LONGEST]).picking[0] == sorted([*PICKING, LONGEST])[2]


def test_a_desk_of_some_experience_goes_by_its_own() -> None:
    assert pace_of([60.0] * 19, []).handling > 60.0 == pace_of([60.0] * 20, []).handling


def test_each_conversation_counts_those_its_agent_had_beside_it_as_it_ended() -> None:
    spells = [
        Spell("mei", 0, 60),  # the second and the third go on
        Spell("mei", 10, 90),  # the third goes on
        Spell("mei", 60, None),
        Spell("lin", 0, 60),
        Spell("lin", 60, 60),
    ]
    assert at_once(spells) == [2, 2, 1, 1]


def test_only_as_many_places_count_as_agents_fill() -> None:
    full = Staff(agents=2, places=6, taken=6, by_hand=False)
    one, two, three, nine = (wait(4, full, pace_of([300.0] * 50, [], [held] * 50)) for held in (1.0, 2.0, 3.0, 9.0))
    assert one.low == pytest.approx(2 * two.low, rel=0.1)
    assert nine == three  # no more than there are
    assert UNKNOWN.at_once == AT_ONCE


def test_the_time_to_wrap_up_is_waited_for() -> None:
    staff = Staff(agents=1, places=1, taken=1, by_hand=False)
    assert wait(5, replace(staff, wrap_up=300.0)).low == pytest.approx(2 * wait(5, staff).low)


def test_by_hand_the_place_that_has_become_free_has_to_be_seen() -> None:
    routed = wait(3, Staff(agents=1, places=3, taken=3, by_hand=False))
    assert wait(3, Staff(agents=1, places=3, taken=3)) == Range(routed.low + 20.0, routed.high + 20.0)


counts = st.integers(min_value=0, max_value=60)
lasting = st.lists(st.floats(min_value=1, max_value=20_000), max_size=30)
paces = st.builds(pace_of, lasting, lasting)


@st.composite
def staffs(draw: st.DrawFn) -> Staff:
    agents = draw(st.integers(min_value=1, max_value=40))
    places = agents * draw(st.integers(min_value=1, max_value=UNLIMITED + 2))
    return Staff(agents, places, draw(st.integers(min_value=0, max_value=places + 5)), draw(st.booleans()))


@given(staffs(), paces, st.integers(min_value=1, max_value=500))
def test_a_range_has_its_low_end_below_its_high_end(staff: Staff, pace: Pace, place: int) -> None:
    found = wait(place, staff, pace)
    assert 0 <= found.low <= found.high


@given(staffs(), paces, st.integers(min_value=1, max_value=500))
def test_who_stands_further_behind_never_waits_for_less(staff: Staff, pace: Pace, place: int) -> None:
    here, behind = wait(place, staff, pace), wait(place + 1, staff, pace)
    assert behind.low >= here.low
    assert behind.high >= here.high


@given(staffs(), paces, st.integers(min_value=1, max_value=500))
def test_whoever_takes_one_more_conversation_makes_nobody_wait_for_less(staff: Staff, pace: Pace, place: int) -> None:
    idle = replace(staff, by_hand=False)
    busy = replace(idle, taken=staff.taken + 1)
    assert wait(place, busy, pace).low >= wait(place, idle, pace).low
    assert wait(place, busy, pace).high >= wait(place, idle, pace).high


@given(staffs(), paces, st.integers(min_value=1, max_value=500))
def test_a_colleague_who_comes_makes_nobody_wait_longer(staff: Staff, pace: Pace, place: int) -> None:
    few = replace(staff, by_hand=False)  # by hand, more free places also have to be seen
    more = replace(few, agents=staff.agents + 1, places=staff.places + staff.places // staff.agents)
    assert wait(place, more, pace).low <= wait(place, few, pace).low
    assert wait(place, more, pace).high <= wait(place, few, pace).high


# -- does it hold? ------------------------------------------------------------------------------------------------


def played(chance: random.Random, places: int, spread: float, customers: int) -> list[tuple[Range, float]]:
    """A desk whose line is hardly ever empty: what each customer was told when they came, and how long they waited.

    Conversations last four minutes in the mean, log-normally; agents take the next one at once.
    """
    now, lasted, told = 0.0, deque[float](maxlen=200), []
    busy: list[float] = []  # when each taken place is free again
    line: deque[tuple[float, Range]] = deque()
    arrivals = [now := now + chance.expovariate(places / 240.0) for _ in range(customers)]

    def begin(at: float) -> None:
        seconds = 240.0 * chance.lognormvariate(-spread / 2, spread**0.5)
        lasted.append(seconds)
        heappush(busy, at + seconds)

    for came in arrivals:
        while busy and busy[0] <= came:
            ended = heappop(busy)
            if line:
                entered, said = line.popleft()
                told.append((said, ended - entered))
                begin(ended)
        if len(busy) < places:
            begin(came)
        else:
            staff = Staff(agents=places, places=places, taken=len(busy), by_hand=False)
            line.append((came, wait(len(line) + 1, staff, pace_of(lasted, []))))
    return told


@pytest.mark.parametrize(("places", "spread"), [(1, 0.5), (3, 0.3), (6, 0.8), (20, 0.5)])
def test_half_of_the_waits_end_before_the_low_end_and_nine_in_ten_before_the_high_one(
    places: int, spread: float
) -> None:
    told = played(random.Random(places), places, spread, 3_000)
    assert len(told) > 1_000, "need people who waited for this test to mean anything"
    before_low = sum(waited <= said.low for said, waited in told) / len(told)
    before_high = sum(waited <= said.high for said, waited in told) / len(told)
    assert 0.4 <= before_low <= 0.6
    assert 0.85 <= before_high <= 0.96


def shared(chance: random.Random, agents: int, limit: int, customers: int) -> list[tuple[Range, float]]:
    """Agents who have several conversations at once and do one thing at a time: each takes as much longer.

    A minute of work in the mean; mostly there is little to do, now and then more come than there are places for.
    """
    now, told = 0.0, []
    line: deque[tuple[float, Range]] = deque()
    has: list[list[list[float]]] = [[] for _ in range(agents)]  # [begun, work left] of each
    past = deque[Spell](maxlen=100)
    rush = chance.expovariate(1 / 60)
    arrivals: list[float] = []
    while len(arrivals) < customers:
        arrivals += [now + chance.uniform(0, 900) for _ in range(agents * 9)]  # 60 % of what they can do
        arrivals += [now + rush + chance.uniform(0, 30) for _ in range(agents * limit * 2)]
        now += 1_800.0
    arrivals.sort()

    def next_end() -> tuple[float, int]:
        return min(((min(left for _, left in mine) * len(mine), who) for who, mine in enumerate(has) if mine))

    def pass_time(seconds: float) -> None:
        for mine in has:
            for one in mine:
                one[1] -= seconds / len(mine)

    def begin(at: float) -> None:
        min(has, key=len).append([at, chance.expovariate(1 / 60)])

    at = 0.0
    for came in arrivals:
        while any(has) and at + next_end()[0] <= came:
            seconds, who = next_end()
            pass_time(seconds)
            at += seconds
            ended = min(has[who], key=lambda one: one[1])
            has[who].remove(ended)
            past.append(Spell(str(who), ended[0], at))
            if line:
                entered, said = line.popleft()
                told.append((said, at - entered))
                begin(at)
        pass_time(came - at)
        at = came
        if any(len(mine) < limit for mine in has):
            begin(at)
        else:
            staff = Staff(agents, agents * limit, agents * limit, by_hand=False)
            going_on = [Spell(str(who), begun, None) for who, mine in enumerate(has) for begun, _ in mine]
            lasted = [spell.ended - spell.begun for spell in past if spell.ended is not None]
            pace = pace_of(lasted, [], at_once([*past, *going_on]))
            line.append((at, wait(len(line) + 1, staff, pace)))
    return told


@pytest.mark.parametrize(("agents", "limit"), [(2, 3), (3, 5), (6, 4)])
def test_it_holds_where_agents_do_one_thing_at_a_time_and_the_line_comes_out_of_the_blue(
    agents: int, limit: int
) -> None:
    told = shared(random.Random(agents), agents, limit, 1_500)
    assert len(told) > 500
    before_low = sum(waited <= said.low for said, waited in told) / len(told)
    before_high = sum(waited <= said.high for said, waited in told) / len(told)
    assert 0.4 <= before_low <= 0.6
    assert 0.85 <= before_high <= 0.96


# -- who may enter ------------------------------------------------------------------------------------------------

FULL = Staff(agents=1, places=3, taken=3)
ONE_FREE = Staff(agents=1, places=3, taken=2)


@pytest.mark.parametrize(
    ("place", "staff", "closes_in", "decided"),
    [
        (1, ONE_FREE, None, "open"),  # never closes
        (9, FULL, 11 * MINUTE, "open"),  # not the last minutes yet
        (9, FULL, 10 * MINUTE, "closing"),
        (1, FULL, 10 * MINUTE, "open"),  # their turn should come
        (1, FULL, MINUTE / 2, "closing"),
        (1, ONE_FREE, 1.0, "open"),  # there is a place for them
        (2, ONE_FREE, 1.0, "closing"),
        (1, Staff(), 9 * MINUTE, "closing"),  # nobody is there any more
        (1, Staff(), 11 * MINUTE, "open"),  # somebody may come
    ],
)
def test_in_the_last_minutes_those_enter_whose_turn_can_come(
    place: int, staff: Staff, closes_in: float | None, decided: Admission
) -> None:
    given = {"waiting": place - 1, "most": None, "last_call": 10 * MINUTE, "closes_in": closes_in}
    assert admission(place, staff, STEADY, **given) == decided  # type: ignore[arg-type]


@pytest.mark.parametrize(("most", "decided"), [(None, "open"), (6, "open"), (5, "full"), (0, "full")])
def test_a_line_takes_as_many_as_its_team_says(most: int | None, decided: Admission) -> None:
    given = {"waiting": 5, "most": most, "last_call": 10 * MINUTE, "closes_in": None}
    assert admission(6, ONE_FREE, STEADY, **given) == decided  # type: ignore[arg-type]
