"""What somebody who waits, or is about to, can be told: their place, how long it takes, and whether they may enter.

The one place where this is worked out, for events, answers and lists alike. A place counts the line of a team, over all
the sites it serves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat import wire
from chat.actions import hours
from chat.actions.crew import most_fitting
from chat.domain import waits
from chat.domain.conversation import Topic
from chat.domain.routing import Policy
from chat.domain.waits import Admission as Admission
from chat.domain.waits import Pace, Staff
from chat.store import Tx
from chat.store.queries import assignments, lines, people, teams
from chat.store.tables import Site, Team, to_millis
from chat.store.tx import Row

TOLD = 300  # customers of a site who hear of their place
RECENT = 100  # conversations that tell how fast it goes
ORDINARY = 3  # the priority of who comes anew, and of what is not urgent
_LAST = "g"  # after every id: they are hexadecimal, and a collation may put signs before letters


@dataclass(frozen=True)
class Outlook:
    """All that a line's ranges depend on but the place, looked up once for everybody who stands in it."""

    staff: Staff
    pace: Pace
    at: datetime  # on the calendar's clock
    closes_at: datetime | None

    def waiting(self, place: int) -> wire.Waiting:
        wait = waits.range_of(place, self.staff, self.pace)
        too_late = wait is not None and self.closes_at and self.at + timedelta(seconds=wait.low) > self.closes_at
        return wire.Waiting(place=place, range=_sent(wait), unlikely_before=self.closes_at if too_late else None)


def of(tx: Tx, row: Row) -> wire.Waiting:
    """Of one who waits."""
    line = row["team_id"] or row["site_id"]
    place = lines.place(tx, line, row["site_id"], row["priority"], row["first_waited_at"], row["id"])
    return _outlook(tx, people.site(tx, row["site_id"]), row["team_id"], row["locale"], tx.now).waiting(place)


def of_all(tx: Tx, sites: list[Site], rows: list[Row]) -> dict[str, wire.Waiting]:
    """Of those who wait at these sites, by conversation."""
    if not rows:
        return {}
    places = lines.places(tx, [site.id for site in sites], [row["id"] for row in rows])
    known = {site.id: site for site in sites}
    outlooks = {
        line: _outlook(tx, known[line[0]], line[1], line[2], tx.now) for line in {_line_of(row) for row in rows}
    }
    return {row["id"]: outlooks[_line_of(row)].waiting(places[row["id"]]) for row in rows if row["id"] in places}


def _line_of(row: Row) -> tuple[str, str | None, str | None]:
    """What all have in common who can expect the same, but for their place."""
    return row["site_id"], row["team_id"], row["locale"]


def admission(tx: Tx, site: Site, team: Team | None, now: datetime, row: Row | None = None) -> Admission:
    """May somebody enter this team's line, at a desk that is open?

    What is urgent always may. Who stood in line before keeps that place, so the line cannot be too full for them.
    """
    if team is None or (row is not None and row["urgent"]):
        return "open"
    has_place = row is not None and row["first_waited_at"]
    if team.max_queue is not None and not has_place:
        teams.hold(tx, [team.id])  # as whoever routes to it does: two who come at once would both be the last one
    state, _ = _entering(tx, site, team, now, row)
    return "open" if state == "full" and has_place else state


def at_desk(tx: Tx, site: Site, now: datetime) -> dict[str, object]:
    """What who comes anew can expect of an open desk, before they have said what it is about: fields of `wire.Desk`.

    Open if one of its teams is; the range spans those of all teams that are. None of them takes anybody and each has
    the bot answer instead: so does the desk.
    """
    receiving = _receiving(tx, site)
    found = [_entering(tx, site, team, now, None) for team in receiving]
    best: Admission = min((state for state, _ in found), key=_BEST.index, default="open")
    ranges = [wait for state, wait in found if state == best and wait]
    spanned = waits.Range(min(wait.low for wait in ranges), max(wait.high for wait in ranges)) if ranges else None
    to_bot = best != "open" and all(team.divert == "bot" for team in receiving)
    return {"queue": best, "range": _sent(spanned), "divert": "bot" if to_bot else None}


def _receiving(tx: Tx, site: Site) -> list[Team]:
    """The teams that somebody who comes anew may get to."""
    serving = teams.serving(tx, site.id)
    chosen = {team.id for topic in Topic if (team := most_fitting(serving, topic))}
    return [team for team in serving if team.id in chosen]


_BEST: tuple[Admission, ...] = ("open", "closing", "full")


def _entering(tx: Tx, site: Site, team: Team, now: datetime, row: Row | None) -> tuple[Admission, waits.Range | None]:
    outlook = _outlook(tx, site, team.id, None if row is None else row["locale"], now)
    first = row["first_waited_at"] if row is not None and row["first_waited_at"] else to_millis(now)
    priority = ORDINARY if row is None else row["priority"]
    place = lines.place(tx, team.id, site.id, priority, first, _LAST if row is None else row["id"])
    closes_in = None if outlook.closes_at is None else (outlook.closes_at - outlook.at).total_seconds()
    state = waits.admission(
        place,
        outlook.staff,
        outlook.pace,
        waiting=lines.length(tx, team.id, site.id),
        most=team.max_queue,
        last_call=site.last_call_minutes * 60,
        closes_in=closes_in,
    )
    return state, waits.range_of(place, outlook.staff, outlook.pace)


def _outlook(tx: Tx, site: Site, team_id: str | None, locale: str | None, now: datetime) -> Outlook:
    """For a customer who speaks `locale`; None: it is not known who asks."""
    # After closing time nobody can be counted on, although some may still be taken.
    staff = _staff(tx, site, team_id, locale, now) if hours.is_open(tx, site, now) else Staff()
    return Outlook(
        staff=staff,
        pace=_pace(tx, team_id, staff),
        at=now + tx.desk_offset,
        closes_at=hours.closing(tx, site, now),
    )


def _staff(tx: Tx, site: Site, team_id: str | None, locale: str | None, now: datetime) -> Staff:
    """Who of the team can take them: those who speak the language, or by hand, when none of them is there, anybody."""
    if team_id is None:
        team_id = next((team.id for team in teams.serving(tx, site.id)), "")
    theirs = [row for row in teams.crew(tx, [team_id], now) if row["team_id"] == team_id]
    by_hand = any(row["policy"] == Policy.BY_HAND for row in theirs)
    online = [row for row in theirs if row["is_there"] and row["status"] == "online"]
    speaking = [row for row in online if _speaks(row, locale)]
    there = online if by_hand and not speaking else speaking
    places = [_places(row, now) for row in there]
    return Staff(
        agents=len(places),
        places=sum(all_of_them for all_of_them, _ in places),
        taken=sum(taken for _, taken in places),
        by_hand=by_hand,
        wrap_up=max((row["wrap_up_seconds"] for row in theirs), default=0),
    )


def _speaks(row: Row, locale: str | None) -> bool:
    languages = json.loads(row["languages"])
    return locale is None or not languages or locale in languages


def _pace(tx: Tx, team_id: str | None, staff: Staff) -> Pace:
    if not staff.places:  # nothing depends on it
        return waits.pace_of([], [])
    picking = lines.picking_seconds(tx, team_id, RECENT) if staff.by_hand else []
    recent = assignments.recent(tx, team_id, RECENT)
    spells = [waits.Spell(row["agent_id"], row["at"], row["ended_at"]) for row in recent]
    closed = [(row["ended_at"] - row["at"]) / 1_000 for row in recent if row["ended_how"] == "closed"]
    return waits.pace_of(closed, picking, waits.at_once(spells))


def _places(row: Row, now: datetime) -> tuple[int, int]:
    """How many an agent has, and how many of them are taken."""
    limit = row["team_capacity"] if row["capacity"] is None else row["capacity"]
    places = waits.UNLIMITED if limit is None else int(limit)
    if (row["wrap_up_until"] or 0) > to_millis(now):
        return places, max(places, row["load"])
    return places, min(places, row["load"]) if limit is None else int(row["load"])


def _sent(wait: waits.Range | None) -> wire.Range | None:
    return None if wait is None else wire.Range(low=round(wait.low), high=round(wait.high))
