"""What a site's calendar says. Below everything that shows or decides something by it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache

from chat.domain import calendar
from chat.errors import Invalid
from chat.store import Tx
from chat.store.tables import Site


@lru_cache(maxsize=256)
def _parsed(data: str) -> calendar.Calendar:
    return calendar.parse(json.loads(data))


def calendar_of(site: Site) -> calendar.Calendar:
    return _parsed(json.dumps(site.calendar))


def is_open(tx: Tx, site: Site, now: datetime) -> bool:
    return calendar.is_open(calendar_of(site), now + tx.desk_offset)


def next_opening(tx: Tx, site: Site, now: datetime) -> datetime | None:
    """On the calendar's clock, as customers are told it."""
    return calendar.next_opening(calendar_of(site), now + tx.desk_offset)


def closing(tx: Tx, site: Site, now: datetime) -> datetime | None:
    """When a desk that is open closes, on the calendar's clock. None: it is closed, or does not close."""
    hours, at = calendar_of(site), now + tx.desk_offset
    return calendar.next_closing(hours, at) if calendar.is_open(hours, at) else None


def promised(tx: Tx, site: Site, now: datetime) -> datetime | None:
    """By when a message left now is answered, on the calendar's clock; None: this desk is not open long enough."""
    try:
        return calendar.reply_by(calendar_of(site), now + tx.desk_offset, timedelta(minutes=site.promise_minutes))
    except Invalid:
        return None
