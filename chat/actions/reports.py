"""What came of the conversations, the messages left and the bot's turns of whole days, for who leads a desk.

A conversation counts on the day it was started, with all that became of it since: `answered` by an agent at least once;
`abandoned`: it ended as such, after it had stood in the queue, and no agent had written; `closed`; `messages` are the
entries of its log; ratings are those of its customer. `waited` is from its first place in the queue until an agent had
it, `first_answer` from there until an agent first wrote, in seconds, by the clock. Neither is timed of who left a
message, whose measure is the promise, and of who came back after the end, whose first wait is not kept.

A message that was left counts on the day it was promised an answer, unless it was spam; it is kept when an agent
answered by then. A question to the bot counts on its own day; it helped when its customer said so, and it was handed
over when the bot called for an agent or a guided flow ended with one.

By agent, what is somebody's is who has the conversation, or had it last; the bot's turns are nobody's.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import access, hours
from chat.actions.access import Who
from chat.domain.calendar import FIRST_YEAR, LAST_YEAR, first_showing
from chat.errors import Invalid
from chat.store import Tx
from chat.store.queries import reports
from chat.store.queries.reports import Span
from chat.store.tables import Site, to_millis
from chat.store.tx import Row

MOST_DAYS = 92
DAY = timedelta(days=1)


def report(tx: Tx, who: Who, command: wire.ReportQuery, now: datetime) -> wire.Report:
    """Raises NotFound for a site that one does not see, Invalid for a range that is none or too long."""
    days = _days(command.since, command.until)
    sites = access.sites_of(tx, who) if command.site is None else [access.site_for(tx, who, command.site)]
    spans = [span for site in sites for span in _spans(site, days, tx.desk_offset)]
    if not spans:
        return wire.Report(rows=[], total=_row(Counter()))
    found: dict[str | None, Counter[str]] = {str(day.toordinal()): Counter() for day in days if command.by == "day"}
    total: Counter[str] = Counter()
    for row in reports.conversations(tx, spans, command.by):
        (total if row["is_total"] else found.setdefault(row["grp"], Counter())).update(_counts(row))
    for row in [*reports.promises(tx, spans, command.by), *reports.bot_turns(tx, spans, command.by)]:
        found.setdefault(row["grp"], Counter()).update(_counts(row))
        total.update(_counts(row))
    names = reports.names(tx, command.by)
    rows = [_row(counts, _key(command, grp), names.get(grp or "")) for grp, counts in found.items()]
    rows.sort(
        key=lambda row: (row.key or "") if command.by == "day" else (row.key is None, -row.started, row.name or "")
    )
    return wire.Report(rows=rows, total=_row(total))


def _days(since: str, until: str) -> list[date]:
    first, last = _date(since), _date(until)
    if last < first:
        raise Invalid("The range ends before it begins.")
    if last - first >= MOST_DAYS * DAY:
        raise Invalid(f"A report is of {MOST_DAYS} days at most.")
    return [first + n * DAY for n in range((last - first).days + 1)]


def _date(given: str) -> date:
    try:
        found = date.fromisoformat(given)
    except ValueError:
        raise Invalid(f"There is no day {given}.") from None
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise Invalid(f"A report is of days from {FIRST_YEAR} to {LAST_YEAR - 1}.")
    return found


def _spans(site: Site, days: list[date], offset: timedelta) -> list[Span]:
    """Its days, those of one length that follow each other together: clocks are changed twice a year."""
    zone = ZoneInfo(hours.calendar_of(site).zone)
    begin = [
        to_millis(first_showing(zone, datetime.combine(day, time.min)) - offset) for day in [*days, days[-1] + DAY]
    ]
    spans: list[Span] = []
    for day, begins, ends in zip(days, begin, begin[1:], strict=False):
        length = ends - begins
        if length == 0:  # a zone that moved over the date line has no such day
            continue
        if spans and spans[-1].length == length and spans[-1].ends == begins:
            begins, number = spans[-1].begins, spans.pop().day
        else:
            number = day.toordinal()
        spans.append(Span(site.id, begins, ends, number, length))
    return spans


_GROUPING = ("grp", "is_total")


def _counts(row: Row) -> dict[str, int]:
    """Without what groups, and without what was not timed."""
    return {name: int(value) for name, value in dict(row).items() if name not in _GROUPING and value is not None}


def _key(command: wire.ReportQuery, grp: str | None) -> str | None:
    return date.fromordinal(int(grp)).isoformat() if grp and command.by == "day" else grp


_PLAIN = [name for name, field in wire.ReportRow.model_fields.items() if field.annotation is int]


def _row(counts: Counter[str], key: str | None = None, name: str | None = None) -> wire.ReportRow:
    return wire.ReportRow(
        key=key,
        name=name,
        waited=_spread(counts, "waited"),
        first_answer=_spread(counts, "first_answer"),
        score=round(counts["scores"] / counts["ratings"], 2) if counts["ratings"] else None,
        **{plain: counts[plain] for plain in _PLAIN},
    )


def _spread(counts: Counter[str], what: str) -> wire.Spread:
    many = counts[f"{what}_count"]
    known: dict[str, Any] = {name: counts[f"{what}_{name}"] / 1_000 for name in ("median", "p90")} if many else {}
    return wire.Spread(count=many, **known)
