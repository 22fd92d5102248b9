"""Reading, changing and trying out a site's calendar, and closing its desk in an emergency.

Whoever changes it says which revision they saw; emergencies are not part of that, so that a desk can be closed while
somebody edits its hours.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import access, audit, desk, hours
from chat.actions.access import Who
from chat.domain import calendar, calendar_document, holidays
from chat.domain.calendar import Calendar
from chat.errors import Conflict, Invalid
from chat.store import Tx
from chat.store.tables import Site

PREVIEWED_DAYS, PREVIEWED_STRETCHES = 30, 6


def calendar_view(tx: Tx, who: Who, command: wire.OneSite, now: datetime) -> wire.CalendarView:
    return _view(access.site_for(tx, who, command.site), _at(tx, now))


def set_calendar(tx: Tx, who: Who, command: wire.SetCalendar, now: datetime) -> wire.CalendarView:
    """Raises Conflict `changed` when somebody was faster, Invalid with the place that is wrong.

    One that cannot be read is written over by who says that they mean to, with any past: nobody knows what it was.
    """
    site = access.hold_site(tx, who, command.site)
    if site.calendar_revision != command.revision:
        raise Conflict("Somebody changed this calendar meanwhile. Look at it again.", code="changed")
    before, problem = hours.as_far_as_it_goes(site) if command.mends else (hours.calendar_to_change(site), None)
    after = _given(command.calendar, before)
    if problem is None:
        calendar.forbid_past(before, after, _today(after, _at(tx, now)))
    site.calendar_revision += 1
    was = {"mended": problem} if problem else {}
    _keep(tx, who, site, after, now, "calendar_changed", revision=site.calendar_revision, **was)
    return _view(site, _at(tx, now))


def close_desk(tx: Tx, who: Who, command: wire.CloseDesk, now: datetime) -> wire.DeskValue:
    """Raises Invalid: an end that has passed, or is far off."""
    site, at = access.hold_site(tx, who, command.site), _at(tx, now)
    until = _end(command, hours.calendar_to_change(site), at)
    closed = calendar.closed_between(hours.calendar_to_change(site), at, until, command.reason or None)
    _keep(tx, who, site, closed, now, "desk_closed", until=wire.utc(until))
    return wire.DeskValue(desk=desk.desk_of(tx, site, now))


def reopen_desk(tx: Tx, who: Who, command: wire.OneSite, now: datetime) -> wire.DeskValue:
    """Raises Conflict when there is no emergency."""
    site = access.hold_site(tx, who, command.site)
    closed = hours.calendar_to_change(site)
    if calendar.emergency_at(closed, _at(tx, now)) is None:
        raise Conflict("There is no emergency that could end.")
    _keep(tx, who, site, calendar.reopened(closed, _at(tx, now)), now, "desk_reopened")
    return wire.DeskValue(desk=desk.desk_of(tx, site, now))


def preview_desk(tx: Tx, who: Who, command: wire.PreviewDesk, now: datetime) -> wire.DeskPreview:
    """Raises Invalid: not a zone, or no such time."""
    site = access.site_for(tx, who, command.site)
    theirs = hours.calendar_to_change(site)
    at = calendar_document.moment_shown(command.zone or theirs.zone, command.at)
    end = at + timedelta(days=PREVIEWED_DAYS)
    return wire.DeskPreview(
        desk=desk.desk_without_line(tx, site, at - tx.desk_offset),
        why=_decided(calendar.why(theirs, at)),
        stretches=[
            wire.Stretch(opens=opens, closes=closes)
            for opens, closes in islice(calendar.stretches(theirs, at, end), PREVIEWED_STRETCHES)
        ],
    )


def _end(command: wire.CloseDesk, theirs: Calendar, at: datetime) -> datetime:
    if (command.minutes is None) is (command.until is None):
        raise Invalid("An emergency lasts so many minutes, or until a moment: give one of the two.")
    if command.minutes is not None:
        return at + timedelta(minutes=command.minutes)
    if command.until == "midnight":
        return calendar.midnight_after(theirs, at)
    try:
        return datetime.fromisoformat(str(command.until))
    except ValueError:
        raise Invalid(f"{command.until} is not a moment.") from None


def _given(document: dict[str, object], before: Calendar) -> Calendar:
    """What was sent, with the emergencies there are."""
    if "weekly" in document:
        raise Invalid("A calendar needs 'versions'.")
    emergencies = calendar_document.to_data(before)["emergencies"]
    return calendar_document.parse({**document, "emergencies": emergencies})


def _keep(tx: Tx, who: Who, site: Site, kept: Calendar, now: datetime, what: str, **data: object) -> None:
    site.calendar = calendar_document.to_data(kept)
    tx.session.flush()
    audit.record(tx, who, now, what, "site", site.id, **data)
    desk.tell_desk(tx, site.id, now)
    for summary in ("queue", "inbox"):
        desk.stale(tx, summary, site.id)


def _at(tx: Tx, now: datetime) -> datetime:
    """On the calendar's clock."""
    return now + tx.desk_offset


def _today(theirs: Calendar, at: datetime) -> date:
    return at.astimezone(ZoneInfo(theirs.zone)).date()


def _view(site: Site, at: datetime) -> wire.CalendarView:
    theirs, problem = hours.as_far_as_it_goes(site)
    today = _today(theirs, at)
    years = (today.year, today.year + 1)
    return wire.CalendarView(
        site=site.key,
        revision=site.calendar_revision,
        calendar=calendar_document.to_data(theirs),
        today=today.isoformat(),
        days=[
            _official(theirs, day, found) for year in years for day, found in calendar.official_of(theirs, year).items()
        ],
        unannounced=[year for year in years if not calendar.is_announced(theirs, year)],
        countries=list(holidays.countries()),
        problem=problem,
    )


def _official(theirs: Calendar, day: date, found: holidays.OfficialDay) -> wire.OfficialDay:
    here = calendar.hours_on(theirs, day)
    return wire.OfficialDay(
        date=day.isoformat(),
        kind=found.kind,
        names=dict(found.names),
        first=found.first.isoformat(),
        last=found.last.isoformat(),
        rule=here.rule,
        hours=calendar_document.pairs(here.intervals),
        corrected=day in theirs.overrides,
    )


def _decided(why: calendar.Reason) -> wire.Decided:
    return wire.Decided(
        rule=why.rule,
        date=why.day.isoformat(),
        hours=calendar_document.pairs(why.intervals),
        reason=why.note,
        holiday=dict(why.names) if why.names else None,
        until=why.ends,
    )
