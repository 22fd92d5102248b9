"""By when a ticket is due, kept with it: when it moves, when somebody speaks, and anew when the hours change.

Moments are stored in real time, and `domain.due` has them on the calendar's clock.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from chat import wire
from chat.actions import hours, ticket_kinds
from chat.domain import due
from chat.domain.due import Course
from chat.domain.tickets import TicketStatus
from chat.store import Tx
from chat.store.queries import people, tickets
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

AT_ONCE = 100
MOMENTS = [field.name for field in fields(Course) if field.name != "paused_seconds"]


def begin(tx: Tx, ticket_id: str, site: Site) -> None:
    """A new ticket's."""
    _keep(tx, tickets.ticket(tx, ticket_id), site, lambda course: course)


def moved(tx: Tx, row: Row, status: TicketStatus, now: datetime) -> None:
    """`row` is the ticket, or as much as there is of it, as it was before."""
    site = people.site(tx, row["site_id"])
    at = now + tx.desk_offset
    _keep(tx, row, site, lambda course: due.moved(course, status, at, hours.calendar_of(site)))


def answered(tx: Tx, ticket_id: str, now: datetime) -> None:
    """Staff have said something that the customer can see."""
    row = tickets.ticket(tx, ticket_id)
    if row["answered_at"] is None or row["asked_at"] is not None:
        site = people.site(tx, row["site_id"])
        _keep(tx, row, site, lambda course: due.answered(course, now + tx.desk_offset))


def asked(tx: Tx, ticket_id: str, now: datetime) -> None:
    """The customer has spoken."""
    row = tickets.ticket(tx, ticket_id)
    if row["answered_at"] is not None and row["asked_at"] is None:
        site = people.site(tx, row["site_id"])
        _keep(tx, row, site, lambda course: due.asked(course, now + tx.desk_offset))


def _keep(tx: Tx, row: Row, site: Site, change: Callable[[Course], Course]) -> None:
    course = change(_course(row, tx.desk_offset))
    times = due.due_times(ticket_kinds.of_ticket(row), course, hours.calendar_of(site))
    by_name = {each.what: each.at for each in times}
    moments = {name: getattr(course, name) for name in MOMENTS if name != "created_at"}
    moments |= {f"{what}_due_at": by_name.get(what) for what in ("first", "next", "solve")}
    moments |= {"due_at": due.nearest(times)}
    tickets.change(
        tx,
        row["id"],
        paused_seconds=course.paused_seconds,
        calendar_revision=_print(json.dumps(site.calendar), _minutes(tx)),
        **{name: at and at - tx.desk_offset for name, at in moments.items()},
    )


def _course(row: Row, offset: timedelta) -> Course:
    moments: dict[str, Any] = {name: from_millis(row[name]) + offset if row[name] else None for name in MOMENTS}
    return Course(paused_seconds=row["paused_seconds"], **moments)


def shown(tx: Tx, row: Row) -> list[wire.DueTime]:
    """The arithmetic, for staff."""
    site, at = people.site(tx, row["site_id"]), tx.now + tx.desk_offset
    times = due.due_times(ticket_kinds.of_ticket(row), _course(row, tx.desk_offset), hours.calendar_of(site))
    return [
        wire.DueTime(
            what=each.what,
            of=each.of,
            since=each.since,
            paused=each.paused,
            at=each.at,
            met_at=each.met_at,
            missed=each.at is not None and (each.met_at or at) > each.at,
        )
        for each in times
    ]


# -- when the hours change ----------------------------------------------------------------------------------------


def is_any_outdated(tx: Tx, now: datetime) -> bool:
    return any(tickets.is_any_outdated(tx, site_id, current) for site_id, current in _prints(tx).items())


def recompute(tx: Tx, now: datetime) -> int:
    """Those of tickets that others hold follow in the next round."""
    done = 0
    for site_id, current in _prints(tx).items():
        site = people.site(tx, site_id)
        for row in tickets.outdated(tx, site_id, current, AT_ONCE - done):
            _keep(tx, row, site, lambda course: course)
            done += 1
    return done


def _prints(tx: Tx) -> dict[str, int]:
    """By site: what its tickets' due times are computed with, as a number."""
    minutes = _minutes(tx)
    return {row["id"]: _print(row["calendar"], minutes) for row in people.every_calendar(tx)}


def _minutes(tx: Tx) -> str:
    kinds: Mapping[str, Any] = ticket_kinds.kinds(tx)
    return json.dumps([[code, k.first_minutes, k.next_minutes, k.solve_minutes] for code, k in sorted(kinds.items())])


@lru_cache(maxsize=256)
def _print(calendar: str, minutes: str) -> int:
    """Emergencies are hours too, and raise no revision, so it is taken of the whole calendar. Never 0: none is."""
    whole = json.dumps(json.loads(calendar), sort_keys=True) + minutes
    return (zlib.crc32(whole.encode()) & 0x7FFF_FFFF) or 1
