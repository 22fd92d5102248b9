"""The desk: open or closed, who is there, what waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import access, hours, shapes, waits, workers
from chat.actions.access import Caller, Who
from chat.actions.hours import calendar_of as calendar_of
from chat.actions.hours import is_open as is_open
from chat.actions.hours import next_opening as next_opening
from chat.domain import calendar, calendar_document
from chat.domain.conversation import Status
from chat.errors import Unauthenticated
from chat.store import Tx
from chat.store.events import INSIDE, Room, agent_room, staff_room, visitors_room
from chat.store.queries import conversations, findings, inbox, lines, participants, people, teams, ticket_lists
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

Summary = Literal["queue", "places", "inbox", "presence", "alerts"]
QUEUE_HEAD, INBOX_HEAD = 100, 50  # the first ones, which everybody is sent; the command `inbox` gives the rest

_DAY_AND_NIGHT = {day: [["00:00", "24:00"]] for day in calendar_document.WEEKDAYS}
ANY_DAY = calendar_document.parse({"zone": "UTC", "weekly": _DAY_AND_NIGHT})


def clock_offset(tx: Tx, at: time | datetime, now: datetime) -> timedelta:
    """How far the calendar's clock is moved to read `at` now: a bare time is that of an ordinary working day.

    In the zone of the site that was made first; while there is none, any day in UTC will do. In whole seconds: a time
    that is stored by the real clock, in milliseconds, is the same time again when it is told.
    """
    now = now.replace(microsecond=0)
    sites = people.every_site(tx)
    first = min(sites, key=lambda site: site.id, default=None)
    weekly = calendar_of(first) if first else ANY_DAY
    if isinstance(at, time):
        return calendar.ordinary_day_at(weekly, now, at) - now
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(weekly.zone))) - now


def desk_of(tx: Tx, site: Site, now: datetime) -> wire.Desk:
    line = waits.at_desk(tx, site, now) if is_open(tx, site, now) else {}
    return desk_without_line(tx, site, now).model_copy(update=line)


def desk_without_line(tx: Tx, site: Site, now: datetime) -> wire.Desk:
    """The desk as its calendar alone has it."""
    theirs, at = calendar_of(site), now + tx.desk_offset
    why = calendar.why(theirs, at)
    is_it = calendar.is_open(theirs, at)
    return wire.Desk(
        site=site.key,
        names=site.name,
        open=is_it,
        now=at,
        zone=theirs.zone,
        opens_at=None if is_it else calendar.next_opening(theirs, at),
        closes_at=hours.closing(tx, site, now),
        reason=why.note,
        rule=why.rule,
        holiday=dict(why.names) if why.names else None,
        reply_by=hours.promised(tx, site, now),
        message_topics=None if is_it else site.message_topics or None,
    )


def wake_bot(tx: Tx) -> None:
    """Has it loaded in every process while a customer still types, should that not be done yet."""
    tx.publish("bot_wanted", [Room(INSIDE, "bot")], {})


def stale(tx: Tx, summary: Summary, site_id: str) -> None:
    """Says that a summary changed; `work.summaries` sends it whole, at most once a second."""
    tx.publish("stale", [Room(INSIDE, site_id)], {"summary": summary, "site_id": site_id})


def stale_presence(tx: Tx, agent_id: str) -> None:
    """Something is so of an agent now that colleagues see, at whatever site."""
    for site_id in people.site_ids_of_agent(tx, agent_id):
        stale(tx, "presence", site_id)


# -- agents -------------------------------------------------------------------------------------------------------


def view(tx: Tx, who: Who, now: datetime) -> wire.DeskView:
    """All an agent needs to draw the console from nothing."""
    agent, sites = shapes.own_agent(people.shown(tx, who.id)), access.sites_of(tx, who)
    mine, invited = conversations.mine(tx, who.id), participants.conversations_of(tx, who.id)
    site_ids = [site.id for site in sites]
    waiting, left = conversations.waiting_at(tx, site_ids, QUEUE_HEAD), _inbox_head(tx, site_ids, now)
    shown = _shown(tx, sites, dict.fromkeys([*mine, *invited, *waiting, *left]))
    return wire.DeskView(
        agent=agent,
        mine=_those(mine, shown),
        teams=_teams_of(tx, sites),
        invited=_those(invited, shown),
        waiting=_those(waiting, shown),
        inbox=_those(left, shown),
        counts=wire.Counts(
            mine=len(mine),
            waiting=conversations.waiting_count(tx, site_ids),
            inbox=sum(inbox.count(tx, site.id, now) for site in sites),
            tickets=ticket_lists.unsolved_count(tx, site_ids),
        ),
        colleagues=colleagues_of(tx, who.id, now),
        alerts=[alert for site in sites for alert in alerts_of(tx, site)],
        standstill=workers.standstill(tx, now) if access.leads_as(agent.role) else None,
        desks=[desk_of(tx, site, now) for site in sites],
        mail=people.meta(tx, "mail"),
        store_id=people.meta(tx, "store_id"),
    )


def _teams_of(tx: Tx, sites: list[Site]) -> list[wire.TeamOfSites]:
    """To whose queues a conversation may be handed."""
    names: dict[str, str] = {}
    served: dict[str, list[str]] = {}
    for site in sites:
        for team in teams.serving(tx, site.id):
            names[team.id] = team.name
            served.setdefault(team.id, []).append(site.key)
    return [wire.TeamOfSites(id=id_, name=names[id_], sites=keys) for id_, keys in served.items()]


def colleagues_of(tx: Tx, agent_id: str, now: datetime) -> list[wire.Colleague]:
    rows = people.colleagues(tx, agent_id, now)
    return [
        wire.Colleague(
            **dict(row) | {"wrap_up_until": from_millis(row["wrap_up_until"]) if row["wrap_up_until"] else None}
        )
        for row in rows
    ]


def alerts_of(tx: Tx, site: Site) -> list[wire.Alert]:
    return [
        wire.Alert(
            site=site.key,
            kind=row["kind"],
            count=row["how_many"],
            since=from_millis(row["since"]),
            conversation_id=row["conversation_id"],
            list=_LIST.get(row["status"]),
            ticket_id=row["ticket_id"],
        )
        for row in findings.at_site(tx, site.id)
    ]


_LIST: dict[str | None, Literal["queue", "inbox"]] = {"waiting": "queue", "offline": "inbox"}


def origins(tx: Tx, now: datetime) -> set[str]:
    """The pages of all sites that may talk to us."""
    return people.every_origin(tx)


def site_names(tx: Tx, key: str, now: datetime) -> dict[str, str] | None:
    site = people.site_by_key(tx, key)
    return None if site is None else site.name


def site_origins(tx: Tx, key: str, now: datetime) -> list[str] | None:
    site = people.site_by_key(tx, key)
    return None if site is None else site.origins


def probe(tx: Tx, now: datetime) -> str:
    """A write that changes nothing anybody sees. Gives the schema the database has."""
    people.set_meta(tx, "probed", wire.utc(now))
    return people.schema(tx)


def set_mail(tx: Tx, mail: Literal["smtp", "outbox"], now: datetime) -> None:
    """How this installation sends mail; the console says so."""
    people.set_meta(tx, "mail", mail)


def heads(
    tx: Tx, listeners: list[tuple[Who, list[str]]], now: datetime
) -> list[tuple[dict[str, tuple[int, int]], set[str]] | None]:
    """What those who are connected may hear, for each with the conversations they have open.

    The newest numbers of the conversations they follow, conversation -> (last_seq, version), and the sites whose desk
    an agent hears of. None: their rights have ended. What they have open and is not among the numbers is not theirs.
    """
    return [_hearing(tx, who, viewed, now) for who, viewed in listeners]


def _hearing(tx: Tx, who: Who, viewed: list[str], now: datetime) -> tuple[dict[str, tuple[int, int]], set[str]] | None:
    try:
        access.admit(tx, who, "agent", now)
    except Unauthenticated:
        return None
    if who.kind is Caller.CUSTOMER:
        rows, site_ids = conversations.heads_of_customer(tx, who.id, who.site_id), set()
    else:
        rows = conversations.heads_of_agent(tx, who.id, viewed)
        site_ids = set(access.site_ids_of(tx, who))
    return {row["id"]: (row["last_seq"], row["version"]) for row in rows}, site_ids


# -- summaries, published whole -----------------------------------------------------------------------------------


def tell_queue(tx: Tx, site_id: str, now: datetime) -> None:
    """To agents the head of the queue; to each waiting customer their place, also on other sites of the same teams."""
    site, total = people.site(tx, site_id), conversations.waiting_count(tx, [site_id])
    waiting = conversations.waiting_at(tx, [site_id], QUEUE_HEAD)
    shown = _those(waiting, _shown(tx, [site], waiting))
    tx.publish("queue", [staff_room(site_id)], wire.QueueEvent(site=site.key, waiting=shown, total=total))
    for beside_id in lines.beside(tx, site_id):
        stale(tx, "places", beside_id)


def _shown(tx: Tx, sites: list[Site], ids: Iterable[str]) -> dict[str, wire.AgentConversation]:
    """Of these sites, by their ids."""
    rows = conversations.in_list(tx, list(ids))
    waiting = waits.of_all(tx, sites, [row for row in rows if row["status"] == Status.WAITING])
    return {row["id"]: shapes.agent_conversation(tx, row, waiting.get(row["id"])) for row in rows}


def _those(ids: Iterable[str], shown: dict[str, wire.AgentConversation]) -> list[wire.AgentConversation]:
    return [shown[one] for one in ids if one in shown]


def _inbox_head(tx: Tx, site_ids: list[str], now: datetime) -> list[str]:
    return [row["id"] for row in inbox.page(tx, site_ids, now, INBOX_HEAD)]


def tell_places(tx: Tx, site_id: str, now: datetime) -> None:
    """To each waiting customer their place and the range of their wait."""
    rows = conversations.in_list(tx, conversations.waiting_at(tx, [site_id], waits.TOLD))
    waiting = waits.of_all(tx, [people.site(tx, site_id)], rows)
    for row in rows:
        tell_customer(tx, row, waiting.get(row["id"]))


def tell_inbox(tx: Tx, site_id: str, now: datetime) -> None:
    site, total = people.site(tx, site_id), inbox.count(tx, site_id, now)
    left = _inbox_head(tx, [site_id], now)
    shown = _those(left, _shown(tx, [site], left))
    tx.publish("inbox", [staff_room(site_id)], wire.InboxEvent(site=site.key, inbox=shown, total=total))


def tell_presence(tx: Tx, site_id: str, now: datetime) -> None:
    for row in people.staff_of(tx, site_id):
        colleagues = colleagues_of(tx, row["id"], now)
        tx.publish("presence", [agent_room(row["id"])], wire.PresenceEvent(colleagues=colleagues))
    stale(tx, "places", site_id)  # who is there decides how long it takes


def tell_alerts(tx: Tx, site_id: str, now: datetime) -> None:
    """That nobody does the background work is for those who lead, as in `view`."""
    site, standstill = people.site(tx, site_id), workers.standstill(tx, now)
    told = wire.AlertsEvent(site=site.key, alerts=alerts_of(tx, site))
    if standstill is None:
        tx.publish("alerts", [staff_room(site_id)], told)
        return
    staff = people.staff_of(tx, site_id)
    leading = [agent_room(row["id"]) for row in staff if access.leads_as(row["role"])]
    others = [agent_room(row["id"]) for row in staff if not access.leads_as(row["role"])]
    tx.publish("alerts", leading, told.model_copy(update={"standstill": standstill}))
    tx.publish("alerts", others, told)


def tell_desk(tx: Tx, site_id: str, now: datetime) -> None:
    """Opening and closing, of the desk and of its queue; to customers and agents alike."""
    site = people.site(tx, site_id)
    tx.publish("desk", [visitors_room(site_id), staff_room(site_id)], desk_of(tx, site, now))


def tell_customer(tx: Tx, row: Row, waiting: wire.Waiting | None = None) -> None:
    tx.publish("conversation", [shapes.customer_room_of(row)], shapes.conversation(tx, row, waiting))


def tell_conversation(tx: Tx, conversation_id: str) -> Row:
    """The conversation as it now is, to its customer, its agent and those who have it open."""
    row = conversations.conversation(tx, conversation_id)
    waiting = shapes.waiting_of(tx, row)
    tell_customer(tx, row, waiting)
    tx.publish("conversation", shapes.staff_rooms_of(row), shapes.agent_conversation(tx, row, waiting))
    return row


def tell_taker(tx: Tx, agent_id: str, conversation_id: str) -> None:
    """Before the rest is told: what an agent takes is no news to them, on whatever device."""
    values = {"conversation_id": conversation_id}
    tx.publish("notice", [agent_room(agent_id)], wire.Notice(code="taken_by_you", values=values))


def tell_move(tx: Tx, before: Row) -> Row:
    """After a change of status: both sides hear of it, and the lists it stood or stands in are sent anew.

    Staff who had to do with it and do not any more hear it, too.
    """
    after = tell_conversation(tx, before["id"])
    former = [room for room in shapes.staff_rooms_of(before) if room not in shapes.staff_rooms_of(after)]
    if former:
        tx.publish("conversation", former, shapes.agent_conversation(tx, after))
    statuses = (before["status"], after["status"])
    if "waiting" in statuses:
        stale(tx, "queue", after["site_id"])
    elif "active" in statuses:  # an agent has a place more, or one less
        for beside_id in lines.beside(tx, after["site_id"]):
            stale(tx, "places", beside_id)
    if "offline" in statuses:
        stale(tx, "inbox", after["site_id"])
    return after


def states(tx: Tx, now: datetime) -> dict[str, tuple[object, ...]]:
    """site -> what everybody is told anew when it changes: open, until when, why, the queue, is anybody there."""
    return {site.id: _state(desk_of(tx, site, now)) for site in people.every_site(tx)}


def _state(seen: wire.Desk) -> tuple[object, ...]:
    is_anybody_there = seen.range is not None
    why = seen.rule, seen.reason, seen.holiday, tuple(seen.message_topics or ())
    return seen.open, seen.opens_at, seen.closes_at, *why, seen.divert, seen.queue, is_anybody_there
