"""Counts of one process that the hot path can afford: less than a microsecond each."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Spread:
    """How many took how long: by the bucket whose end they did not pass, the last one for the rest."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


class Tally:
    """What came through the doors: how long commands took until their answer, by door, and what became of them."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, Spread] = defaultdict(Spread)
        self.outcomes: Counter[tuple[str, str]] = Counter()  # of (door, outcome): done, refused, failed
