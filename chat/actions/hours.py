"""What a site's calendar says. Below everything that shows or decides something by it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import structlog

from chat.domain import calendar, calendar_document
from chat.errors import Invalid
from chat.store import Tx
from chat.store.queries import people
from chat.store.tables import Site

log = structlog.get_logger()

# Of the time in which a site answers messages, this part has to do for an emergency; but nobody answers within no time.
URGENT_SHARE = 8
URGENT_LEAST = timedelta(minutes=15)
# What stands for a calendar that cannot be read: that of one site, changed by hand, stops no other.
NEVER_OPEN: dict[str, object] = {"zone": "UTC", "versions": [{"from": None, "weekly": {}}]}


@dataclass(frozen=True)
class Stretch:
    """From when on, and until when, a calendar says the same; `changes_at` None: not in its horizon."""

    since: datetime
    until: datetime
    open: bool
    changes_at: datetime | None


@dataclass
class Known:
    """A calendar, and what it answered last: it is asked many times a second, and changes its mind twice a day."""

    calendar: calendar.Calendar
    problem: str | None = None  # why it could not be read
    last: Stretch | None = None

    def at(self, at: datetime) -> Stretch:
        last = self.last
        if last is None or not last.since <= at < last.until:
            self.last = last = _stretch(self.calendar, at)
        return last


def _stretch(hours: calendar.Calendar, at: datetime) -> Stretch:
    is_it = calendar.is_open(hours, at)
    changes_at = calendar.next_closing(hours, at) if is_it else calendar.next_opening(hours, at)
    return Stretch(at, changes_at or at + timedelta(days=1), is_it, changes_at)


@lru_cache(maxsize=256)
def _known_by(data: str) -> Known:
    try:
        return Known(calendar_document.parse(json.loads(data)))
    except Invalid as error:
        log.error("a calendar cannot be read, the desks that have it stay closed", error=str(error))
        return Known(calendar_document.parse(NEVER_OPEN), problem=str(error))


def _known(site: Site) -> Known:
    return _known_by(json.dumps(site.calendar))


def calendar_of(site: Site) -> calendar.Calendar:
    return _known(site).calendar


def as_far_as_it_goes(site: Site) -> tuple[calendar.Calendar, str | None]:
    """The calendar, and None; or what can be read of it, and why not all can."""
    known = _known(site)
    return (calendar_document.readable(site.calendar), known.problem) if known.problem else (known.calendar, None)


def calendar_to_change(site: Site) -> calendar.Calendar:
    """Raises Invalid when it cannot be read: nobody writes over it unseen."""
    known = _known(site)
    if known.problem:
        raise Invalid(f"The calendar of {site.key} cannot be read, so its desk stays closed: {known.problem}")
    return known.calendar


def is_open(tx: Tx, site: Site, now: datetime) -> bool:
    return _known(site).at(now + tx.desk_offset).open


def sites(tx: Tx, now: datetime, *, open: bool) -> list[str]:
    """Whose desks are open, or closed."""
    at = now + tx.desk_offset
    return [row["id"] for row in people.every_calendar(tx) if _known_by(row["calendar"]).at(at).open == open]


def sites_without_opening(tx: Tx, now: datetime) -> list[str]:
    """Whose desks are closed, and no opening is in sight."""
    stretches = {row["id"]: _known_by(row["calendar"]).at(now + tx.desk_offset) for row in people.every_calendar(tx)}
    return [site_id for site_id, stretch in stretches.items() if not stretch.open and stretch.changes_at is None]


def next_opening(tx: Tx, site: Site, now: datetime) -> datetime | None:
    """On the calendar's clock, as customers are told it."""
    known, at = _known(site), now + tx.desk_offset
    stretch = known.at(at)
    return calendar.next_opening(known.calendar, at) if stretch.open else stretch.changes_at


def closing(tx: Tx, site: Site, now: datetime) -> datetime | None:
    """When a desk that is open closes, on the calendar's clock. None: it is closed, or does not close."""
    stretch = _known(site).at(now + tx.desk_offset)
    return stretch.changes_at if stretch.open else None


def promised(tx: Tx, site: Site, now: datetime, *, urgent: bool = False) -> datetime | None:
    """By when a message left now is answered, on the calendar's clock; None: this desk is not open long enough."""
    usual = timedelta(minutes=site.promise_minutes)
    opening_time = min(usual, max(usual / URGENT_SHARE, URGENT_LEAST)) if urgent else usual
    try:
        return calendar.reply_by(calendar_of(site), now + tx.desk_offset, opening_time)
    except Invalid:
        return None
