"""How long somebody in line will wait, said as a range that holds: half of such waits end before its low end, nine in
ten before its high one. Also who may still enter the line.

A team that is there has so many places, one for each conversation its agents hold at once. Whoever stands at a place in
line that is free gets it as soon as an agent picks them up. Everybody else waits until enough conversations have ended:
at `place`, with `free` free ones, for the j-th to end, j = place - free. Where agents pick by hand, the place that has
become free must then be seen as well.

How fast conversations end does not follow from the places: who has five at once is slower in each of them. It follows
from how many agents really had (Little, A Proof for the Queuing Formula L = lambda W, 1961): who has h, each for `mean`
seconds, ends h / mean a second. So c = agents * h, where h is how many of this team's their agents had as one ended, on
the average of the last, and at most their places. Somebody who works for two teams counts in each with the share that
it has of them; the time to wrap up is a part of the mean.

The ends of c such conversations together are a pooled renewal process: c / mean ends a second. Close
by it looks like a Poisson process whatever one conversation looks like (Palm and Khintchine), while over a long stretch
the number of ends spreads as one conversation does (Cox, Renewal Theory, 1962, chapters 4 to 6); v goes from the one to
the other. So the time to the j-th end, from a moment that has nothing to do with them, is taken as a Gamma distribution
with this mean and squared coefficient of variation:

    (j - (1 - v) / 2) * mean / c,    x = v / j + s / (1 + n),    v = (c + j * s) / (c + j)

where s is that of one conversation and n the number of conversations known: the second term of x says how little the
mean itself is known. Its quantiles are those of Wilson and Hilferty (The Distribution of Chi-Square, 1931):

    mean * (1 - x / 9 + z * sqrt(x) / 3) ** 3

Not in it: how long the conversations of now have already lasted, who gives up before their turn, and who is put before
others later.
Times are seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt
from statistics import fmean
from typing import Literal

UNLIMITED = 4  # places that somebody without a limit is taken to have
ENOUGH = 20  # so many of its own, and a desk needs no others to go by
HANDLING = (120.0, 240.0, 420.0, 720.0, 1_500.0)  # what it takes for its first conversations
PICKING = (10.0, 20.0, 45.0, 90.0, 180.0)  # and for the time in which its agents pick somebody up
AT_ONCE = 2.0  # and for how many its agents have at once
LONGEST = 3_600.0  # a conversation that was left open over lunch says nothing about those to come
LONGEST_PICK = 300.0  # who waited for longer waited for a place
ROUTING = (0.0, 30.0)  # nobody has to see them first
LOW, HIGH = 0.0, 1.2816  # of the standard normal distribution, at 50 % and 90 %
LEAST, MOST = 0.1, 3.0  # of the squared coefficient of variation: beyond, the formula does not hold

Admission = Literal["open", "closing", "full"]


@dataclass(frozen=True)
class Staff:
    """Who of a team is there: how many, for how many conversations they have places, and how many are taken."""

    agents: int = 0
    places: int = 0
    taken: int = 0
    by_hand: bool = True
    wrap_up: float = 0.0  # seconds that they have for themselves after each conversation

    @property
    def free(self) -> int:
        """Below zero when they have more than they have places for."""
        return self.places - self.taken


@dataclass(frozen=True)
class Pace:
    """How fast it went lately."""

    handling: float  # mean
    spread: float  # squared coefficient of variation of it
    known: int  # conversations
    picking: tuple[float, float]  # low and high end
    at_once: float  # how many an agent had as one ended, mean


@dataclass(frozen=True)
class Range:
    low: float
    high: float


@dataclass(frozen=True)
class Spell:
    """That an agent had a conversation, from when to when."""

    agent_id: str
    begun: float
    ended: float | None  # still has it


def at_once(spells: Sequence[Spell]) -> list[float]:
    """For each that has ended how many its agent had just then, that one included."""
    begun, ended = defaultdict(list), defaultdict(list)
    for spell in spells:
        begun[spell.agent_id].append(spell.begun)
        if spell.ended is not None:
            ended[spell.agent_id].append(spell.ended)
    for times in (*begun.values(), *ended.values()):
        times.sort()
    return [
        max(1.0, bisect_left(begun[spell.agent_id], spell.ended) - bisect_left(ended[spell.agent_id], spell.ended))
        for spell in spells
        if spell.ended is not None
    ]


def pace_of(handling: Sequence[float], picking: Sequence[float], held: Sequence[float] = ()) -> Pace:
    """From how long agents had conversations, how long those they picked by hand had waited, and how many they had."""
    lasted = _enough(handling, HANDLING, LONGEST)
    waited = sorted(_enough(picking, PICKING, LONGEST_PICK))
    mean = fmean(lasted)
    spread = fmean((seconds / mean - 1) ** 2 for seconds in lasted)
    return Pace(
        handling=mean,
        spread=min(max(spread, LEAST), MOST),
        known=len(handling),
        picking=(waited[(len(waited) - 1) // 2], waited[(len(waited) - 1) * 9 // 10]),
        at_once=fmean(_enough(held, [AT_ONCE] * ENOUGH, inf)),
    )


def _enough(known: Sequence[float], others: Sequence[float], longest: float) -> list[float]:
    return [*(min(seconds, longest) for seconds in known), *others][: max(len(known), ENOUGH)]


def range_of(place: int, staff: Staff, pace: Pace) -> Range | None:
    """The wait at a place in line, 1 being next. None: nobody is there who could take them."""
    if staff.places <= 0:
        return None
    rounds = ceil(min(place, max(staff.free, 1)) / staff.agents)  # agents pick up one after the other
    low, high = (seconds * rounds for seconds in (pace.picking if staff.by_hand else ROUTING))
    ends = place - staff.free
    if ends <= 0:
        return Range(low, high)
    ended = Range(_time_to_end(ends, staff, pace, LOW), _time_to_end(ends, staff, pace, HIGH))
    if staff.by_hand:
        return Range(low + ended.low, high + ended.high)
    return Range(max(low, ended.low), max(high, ended.high))


def _time_to_end(ends: int, staff: Staff, pace: Pace, z: float) -> float:
    going_on = min(staff.places, staff.agents * pace.at_once)
    v = (going_on + ends * pace.spread) / (going_on + ends)
    mean = (ends - (1 - v) / 2) * (pace.handling + staff.wrap_up) / going_on
    x = v / ends + pace.spread / (1 + pace.known)
    return mean * max(1 - x / 9 + z * sqrt(x) / 3, 0.0) ** 3


def admission(
    place: int, staff: Staff, pace: Pace, *, waiting: int, most: int | None, last_call: float, closes_in: float | None
) -> Admission:
    """May somebody enter who would stand at `place`? Of an open desk that closes in `closes_in` seconds.

    `closing`: in the last `last_call` seconds, when nobody has a place for them and their turn would hardly come.
    """
    if most is not None and waiting >= most:
        return "full"
    if closes_in is None or closes_in > last_call:
        return "open"
    wait = range_of(place, staff, pace)
    is_reached = wait is not None and (place <= staff.free or wait.low < closes_in)
    return "open" if is_reached else "closing"
