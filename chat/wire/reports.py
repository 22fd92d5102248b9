"""What came of a desk's work in a range of days."""

from __future__ import annotations

from typing import Literal

from chat.wire.values import Day, Input, Shape, SiteKey


class ReportQuery(Input):
    """Whole days of each site's own zone, both ends included, 92 at most; without `site` all that one sees."""

    site: SiteKey | None = None
    since: Day
    until: Day
    by: Literal["day", "agent", "team", "topic"] = "day"


class Spread(Shape):
    """Seconds of the `count` that were timed; absent where none was."""

    count: int
    median: float | None = None
    p90: float | None = None


class ReportRow(Shape):
    """What each figure counts is told in docs/console.md.

    `key` is a date, an id or a topic, absent on the total and for what is nobody's; `name` is an agent's or a team's.
    """

    key: str | None = None
    name: str | None = None
    started: int = 0
    answered: int = 0
    abandoned: int = 0
    closed: int = 0
    waited: Spread
    first_answer: Spread
    messages: int = 0
    ratings: int = 0
    score: float | None = None
    offline: int = 0
    offline_kept: int = 0
    bot_asked: int = 0
    bot_answered: int = 0
    bot_helped: int = 0
    bot_handed_over: int = 0


class Report(Shape):
    """Days in their order, each there; the others with the most conversations first."""

    rows: list[ReportRow]
    total: ReportRow
