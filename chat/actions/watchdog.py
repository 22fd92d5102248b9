"""The watchdog: every open conversation has a living owner, a place in line or a promised time.

The actions see to that. This looks for what they, a crash or somebody at the database left undone: KINDS is a table of
the ways to be stranded. `sighted` searches for them on a reader, for the costly ones once a minute. What can be mended
is mended one by one, each in a transaction of its own, so that one that cannot be mended holds up no other. That one,
and what only people can decide, becomes a finding: agents see it as an alert, until it is not so any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.actions import conversations as talk
from chat.actions import desk, handing, hours, log, promises, queue, routing
from chat.domain.conversation import Event, Status
from chat.errors import Conflict
from chat.store import Tx
from chat.store.queries import assignments, conversations, findings, people, stranded
from chat.store.queries.stranded import Stranded
from chat.store.tables import from_millis
from chat.store.tx import Row

MENDED_AT_ONCE = 100  # of a kind, in a round
COUNTED = 1_000  # of a kind that is only reported
RECORDED_AT_ONCE = 200
SELDOM = 12  # rounds: once a minute
CLOSED_FOR = timedelta(minutes=15)  # nobody stands in line for so long after closing: they have chosen by then

Search = Callable[[Tx, datetime, int, str | None], list[Stranded]]
Mend = Callable[[Tx, Row, datetime], None]


@dataclass(frozen=True)
class Kind:
    """One way to be stranded.

    `search(tx, now, limit, only)` finds so many of them, or tells whether `only` is one. Without a `mend` it is for
    people to decide. What `takes_away` somebody's conversation waits for a quiet lease, as in the sweep. `every` is the
    rounds from one search to the next: more than one where it looks at each open message.
    """

    name: str
    search: Search
    mend: Mend | None = None
    takes_away: bool = False
    every: int = 1


@dataclass(frozen=True)
class News:
    """How the findings of a kind change."""

    kind: str
    more: list[Stranded]
    no_more: list[str]


@dataclass(frozen=True)
class ToMend:
    kind: str
    which: Stranded
    is_known: bool  # it was tried before, in vain


def sighted(tx: Tx, is_calm: bool, number: int, now: datetime) -> tuple[list[ToMend], list[News]]:
    """All that is wrong, and what is not wrong any more, of the kinds that this round is about. On a reader."""
    to_mend: list[ToMend] = []
    news: list[News] = []
    recorded = findings.known(tx)
    for kind in KINDS:
        if number % kind.every or (kind.takes_away and not is_calm):
            continue
        limit = COUNTED if kind.mend is None else MENDED_AT_ONCE
        found, known = kind.search(tx, now, limit, None), recorded[kind.name]
        more: list[Stranded] = []
        if kind.mend is None:
            more = [one for one in found if one.subject_id not in known]
        else:
            to_mend += [ToMend(kind.name, one, one.subject_id in known) for one in found]
        # Of what was cut off nobody knows whether it is still so.
        no_more = sorted(known - {one.subject_id for one in found}) if len(found) < limit else []
        if more or no_more:
            news.append(News(kind.name, more[:RECORDED_AT_ONCE], no_more[:RECORDED_AT_ONCE]))
    return to_mend, news


def mend(tx: Tx, name: str, subject_id: str, now: datetime) -> None:
    """Mends one, if it is still so. Raises Conflict when that does not help; nothing is changed then."""
    kind = next(kind for kind in KINDS if kind.name == name)
    assert kind.mend is not None
    conversations.hold(tx, subject_id)
    if kind.search(tx, now, 1, subject_id):
        kind.mend(tx, conversations.conversation(tx, subject_id), now)
        if kind.search(tx, now, 1, subject_id):
            raise Conflict(f"It is {name} all the same.")


def record(tx: Tx, news: News, now: datetime) -> None:
    """Writes down what is found and what is not so any more; agents of those sites hear of it."""
    added = [one.site_id for one in news.more if findings.add(tx, news.kind, one.subject_id, one.site_id, now)]
    removed = findings.remove(tx, news.kind, news.no_more) if news.no_more else []
    for site_id in sorted({*added, *removed}):
        desk.stale(tx, "alerts", site_id)


# -- searches -----------------------------------------------------------------------------------------------------


def _anywhere(name: str) -> Search:
    return lambda tx, now, limit, only: stranded.those(tx, name, now, limit, only)


def _where(name: str, sites: Callable[[Tx, datetime], list[str]]) -> Search:
    """At those sites."""

    def search(tx: Tx, now: datetime, limit: int, only: str | None) -> list[Stranded]:
        found = [one for site_id in sites(tx, now) for one in stranded.those(tx, name, now, limit, only, site_id)]
        return found[:limit]

    return search


def _open(tx: Tx, now: datetime) -> list[str]:
    return hours.sites(tx, now, open=True)


def _long_closed(tx: Tx, now: datetime) -> list[str]:
    before = hours.sites(tx, now - CLOSED_FOR, open=False)
    return [site_id for site_id in hours.sites(tx, now, open=False) if site_id in before]


def _never_opens(tx: Tx, now: datetime, limit: int, only: str | None) -> list[Stranded]:
    """Sites that somebody waits for although no opening is in sight."""
    return [
        Stranded(site_id, site_id)
        for site_id in hours.sites_without_opening(tx, now)
        if stranded.is_anybody_at(tx, site_id)
    ][:limit]


# -- what is done about it ----------------------------------------------------------------------------------------


def _give_back(tx: Tx, row: Row, now: datetime) -> None:
    queue.give_back(tx, row, Event.LOSE_OWNER, now)


def _give_back_ownerless(tx: Tx, row: Row, now: datetime) -> None:
    released = handing.unassign(tx, row, Event.LOSE_OWNER, now)
    if hours.is_open(tx, people.site(tx, row["site_id"]), now):
        log.add_system(tx, released, now, "back_in_line")
        routing.enter(tx, released, now)
    else:
        _keep_as_message(tx, released, Event.DESK_CLOSES, now)
    desk.tell_move(tx, row)


def _keep_as_message(tx: Tx, row: Row, event: Event, now: datetime) -> None:
    log.add_system(tx, talk.to_inbox(tx, row, event, now), now, "kept_as_message")


def _give_place(tx: Tx, row: Row, now: datetime) -> None:
    conversations.change(tx, row, first_waited_at=from_millis(row["last_said_at"] or row["created_at"]))
    desk.tell_move(tx, row)


def _free(tx: Tx, row: Row, now: datetime) -> None:
    conversations.change(tx, row, agent_id=None, epoch=row["epoch"] + 1)
    assignments.end(tx, row["id"], "lost", now)
    desk.tell_move(tx, row)


def _give_team(tx: Tx, row: Row, now: datetime) -> None:
    routing.enter(tx, row, now)
    desk.tell_move(tx, row)


def _end_wait(tx: Tx, row: Row, now: datetime) -> None:
    _keep_as_message(tx, row, Event.DESK_CLOSES, now)
    desk.tell_move(tx, row)


def _promise(tx: Tx, row: Row, now: datetime) -> None:
    """By the calendar, from now on: a time that has passed already would help nobody."""
    reply_by = promises.make(tx, row, people.site(tx, row["site_id"]), now)
    left_at = from_millis(row["left_at"] or row["last_said_at"] or row["last_at"])
    conversations.change(tx, row, left_at=left_at, reply_by=reply_by)
    desk.tell_move(tx, row)


def _wake(tx: Tx, row: Row, now: datetime) -> None:
    conversations.change(tx, row, snoozed_until=None)
    desk.tell_move(tx, row)


def _free_message(tx: Tx, row: Row, now: datetime) -> None:
    conversations.change(tx, row, agent_id=None, epoch=row["epoch"] + 1)
    desk.tell_move(tx, row)


def _answer(tx: Tx, row: Row, now: datetime) -> None:
    """A turn that was lost is promised again, once; where it keeps failing a person takes over."""
    turns = stranded.bots_jobs(tx, row["id"])
    key = f"bot_turn:{row['id']}:{row['last_seq']}:again"
    if any(turn["failed_at"] or turn["key"] == key or not turn["done_at"] for turn in turns):
        _hand_over(tx, row, now)
    else:
        tx.job("bot_turn", {"conversation_id": row["id"], "epoch": row["epoch"], "seq": row["last_seq"]}, key=key)


def _hand_over(tx: Tx, row: Row, now: datetime) -> None:
    if hours.is_open(tx, people.site(tx, row["site_id"]), now):
        talk.to_queue(tx, row, now)
    else:
        _keep_as_message(tx, row, Event.GO_IDLE, now)
        desk.tell_move(tx, row)


def _end_assignments(tx: Tx, row: Row, now: datetime) -> None:
    if row["status"] == Status.ACTIVE:
        assignments.end_others(tx, row["id"], row["agent_id"], now)
    else:
        assignments.end(tx, row["id"], "lost", now)


def _end_promise(tx: Tx, row: Row, now: datetime) -> None:
    promises.drop(tx, row, row["outcome"], now)


KINDS: tuple[Kind, ...] = (
    Kind("no_owner", _anywhere("no_owner"), _give_back_ownerless),
    Kind("owner_left", _anywhere("owner_left"), _give_back),
    Kind("owner_gone", _anywhere("owner_gone"), _give_back, takes_away=True),
    Kind("no_place", _anywhere("no_place"), _give_place),
    Kind("two_places", _anywhere("two_places"), _free),
    Kind("no_team", _anywhere("no_team"), _give_team),
    Kind("nobody_there", _where("nobody_there", _open)),
    Kind("waits_at_closed_desk", _where("waits_at_closed_desk", _long_closed), _end_wait),
    Kind("no_promise", _anywhere("no_promise"), _promise),
    Kind("overdue", _anywhere("overdue")),
    Kind("message_owner_left", _anywhere("message_owner_left"), _free_message, every=SELDOM),
    Kind("snoozed_out", _anywhere("snoozed_out"), _wake),
    Kind("bot_silent", _anywhere("bot_silent"), _answer),
    Kind("open_assignment", _anywhere("open_assignment"), _end_assignments, every=SELDOM),
    Kind("open_promise", _anywhere("open_promise"), _end_promise, every=SELDOM),
    Kind("desk_never_opens", _never_opens),
    Kind("payout_doubtful", _anywhere("payout_doubtful")),
    Kind("payout_silent", _anywhere("payout_silent")),
)
