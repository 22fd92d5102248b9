"""When the desk closes over people who wait, and when they have waited for too long: steps of the sweep.

At closing time, whatever closed the desk, whoever waits is told when it opens and by when a message is answered, and
chooses: leave a message, or go. Agents may still take them meanwhile. Who has not chosen after CHOICE is not left
standing in front of a closed door: what they wrote goes into the inbox with a promised time, and who wrote nothing has
gone. Who left a message keeps the time of their first wait: asking for a person the next morning, they stand before
everybody who came later. When the desk opens before, they wait on as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chat.actions import conversations as talk
from chat.actions import desk, hours, log
from chat.domain.conversation import Event, Status, move
from chat.store import Tx
from chat.store.queries import closings, conversations, people
from chat.store.tables import Team, from_millis
from chat.store.tx import Row

CHOICE = timedelta(minutes=10)  # that somebody who waits has to choose after closing time
AT_ONCE = 100


@dataclass(frozen=True)
class Over:
    """Those who wait at desks that are open, or closed, and what is done about each."""

    which: str
    desk_open: bool
    act: Callable[[Tx, Row, datetime], None]
    after: timedelta = timedelta(0)

    def is_due(self, tx: Tx, now: datetime) -> bool:
        return closings.is_any_waiting(tx, self.which, hours.sites(tx, now, open=self.desk_open), now - self.after)

    def do(self, tx: Tx, now: datetime) -> int:
        rows = closings.waiting(tx, self.which, hours.sites(tx, now, open=self.desk_open), now - self.after, AT_ONCE)
        for row in rows:
            self.act(tx, row, now)
        return len(rows)


def _tell_closed(tx: Tx, row: Row, now: datetime) -> None:
    site = people.site(tx, row["site_id"])
    conversations.change(tx, row, told_closed_at=now)
    opens_at, reply_by = hours.next_opening(tx, site, now), hours.promised(tx, site, now, urgent=bool(row["urgent"]))
    _line(tx, row, now, "closed_waiting", opens_at=opens_at, reply_by=reply_by, minutes=_minutes(CHOICE))
    desk.tell_move(tx, row)


def _settle(tx: Tx, row: Row, now: datetime) -> None:
    """They have not chosen."""
    if row["last_author"] is None:
        talk.end(tx, row, "abandoned", "idle", now)
        return
    left = talk.to_inbox(tx, row, Event.DESK_CLOSES, now)
    opens_at = hours.next_opening(tx, people.site(tx, row["site_id"]), now)
    _line(tx, left, now, "wait_kept", opens_at=opens_at, reply_by=_promise(tx, left))
    desk.tell_move(tx, row)


def _tell_open(tx: Tx, row: Row, now: datetime) -> None:
    conversations.change(tx, row, told_closed_at=None)
    log.add_system(tx, row, now, "open_again")
    desk.tell_move(tx, row)


def _divert(tx: Tx, row: Row, now: datetime) -> None:
    """To where the team sends those who have waited too long; without a word of theirs there is no message."""
    team = tx.session.get_one(Team, row["team_id"])
    if team.divert == "bot" or row["last_author"] is None:
        status = move(Status(row["status"]), Event.PREFERS_BOT)
        conversations.change(tx, row, status=status, epoch=row["epoch"] + 1, diverted_at=now)
        log.add_offer(tx, row, now, "waited_too_long_bot", "leave_message")
    else:
        left = talk.to_inbox(tx, row, Event.LIMIT_REACHED, now, diverted_at=now)
        _line(tx, left, now, "waited_too_long", reply_by=_promise(tx, left))
    desk.tell_move(tx, row)


def _line(tx: Tx, row: Row, now: datetime, code: str, *, reply_by: datetime | None, **values: Any) -> None:
    """A desk that is hardly ever open promises nothing, and says it without a time."""
    if reply_by is None:
        log.add_system(tx, row, now, f"{code}_unpromised", **values)
    else:
        log.add_system(tx, row, now, code, reply_by=reply_by, **values)


def _promise(tx: Tx, row: Row) -> datetime | None:
    return from_millis(row["reply_by"]) + tx.desk_offset if row["reply_by"] else None


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)


TOLD_CLOSED = Over(closings.UNTOLD, False, _tell_closed)
SETTLED = Over(closings.TOLD, False, _settle, after=CHOICE)
TOLD_OPEN = Over(closings.TOLD, True, _tell_open)
DIVERTED = Over(closings.TOO_LONG, True, _divert)
