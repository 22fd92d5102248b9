"""Which agent gets a conversation: what is so of each in, a decision and its reasons out.

Left out is whoever cannot take it, with the first reason of REASONS that holds. The others stand in order of their
score, the smallest first, and the first of them gets it, unless the team takes its conversations by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    BY_HAND = "by_hand"  # agents pick for themselves
    LEAST_LOADED = "least_loaded"  # who has fewest; of those, who waits longest for the next
    ROUND_ROBIN = "round_robin"  # who waits longest for the next, whatever they have


@dataclass(frozen=True)
class Candidate:
    """An agent, and what is so of them when it is decided. `capacity` None: no limit. `languages` empty: every one."""

    id: str
    name: str
    in_team: bool = True
    by_hand: bool = False  # of a team that takes its conversations by hand
    online: bool = True  # as they chose
    on_break: bool = False
    present: bool = True  # by their connections
    wrapping_up: bool = False
    passed_over: bool = False  # had it before and did not answer, or gave it back
    load: int = 0
    capacity: int | None = None
    languages: frozenset[str] = frozenset()
    had_it_last: bool = False
    last_assigned_at: int | None = None  # milliseconds

    @property
    def is_ready(self) -> bool:
        return self.online and self.present and not self.on_break and not self.wrapping_up

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and self.load >= self.capacity


@dataclass(frozen=True)
class Needs:
    locale: str


Score = tuple[int, ...]


@dataclass(frozen=True)
class Decision:
    policy: Policy
    chosen: Candidate | None
    ranked: tuple[tuple[Candidate, Score], ...]
    left_out: tuple[tuple[Candidate, str], ...]


REASONS: Mapping[str, Callable[[Needs, Candidate], bool]] = {
    "other_team": lambda needs, candidate: not candidate.in_team,
    "by_hand": lambda needs, candidate: candidate.by_hand,
    "on_break": lambda needs, candidate: candidate.on_break,
    "offline": lambda needs, candidate: not candidate.online,
    "absent": lambda needs, candidate: not candidate.present,
    "language": lambda needs, candidate: bool(candidate.languages) and needs.locale not in candidate.languages,
    "passed_over": lambda needs, candidate: candidate.passed_over,
    "wrapping_up": lambda needs, candidate: candidate.wrapping_up,
    "full": lambda needs, candidate: candidate.is_full,
}


def decide(needs: Needs, candidates: Iterable[Candidate], policy: Policy) -> Decision:
    """The same facts give the same decision, in whatever order they come."""
    judged = [(candidate, _reason(needs, candidate)) for candidate in sorted(candidates, key=lambda one: one.id)]
    able = [(candidate, _score(needs, candidate, policy)) for candidate, reason in judged if reason is None]
    ranked = sorted(able, key=lambda pair: pair[1])
    chosen = ranked[0][0] if ranked and policy is not Policy.BY_HAND else None
    return Decision(policy, chosen, tuple(ranked), tuple((one, reason) for one, reason in judged if reason is not None))


def _reason(needs: Needs, candidate: Candidate) -> str | None:
    return next((reason for reason, holds in REASONS.items() if holds(needs, candidate)), None)


def _score(needs: Needs, candidate: Candidate, policy: Policy) -> Score:
    """Who had it last comes first: they know it, and they are there and free, or they would have been left out."""
    is_other, since = int(not candidate.had_it_last), candidate.last_assigned_at or 0
    if policy is Policy.ROUND_ROBIN:
        return (is_other, since)
    # Among equals who is known to speak the language. Ahead of the load it would pile everything on them.
    return (is_other, candidate.load, int(needs.locale not in candidate.languages), since)
