"""What is looked after by itself, every few seconds: one line in STEPS for each thing.

Every process asks every step, and several may be at the same one: `do` is safe to run twice, anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chat.actions import articles, closing, desk, dues, inbox, leases, routing, tickets
from chat.store import Tx
from chat.store.queries import leftovers, people, presence

FORGOTTEN_AT_ONCE = 300  # of each kind


@dataclass(frozen=True)
class Step:
    """One thing that is looked after.

    `is_due` is asked on a reader, so that an idle desk writes nothing. `do` does a part of it that is small enough for
    one transaction and gives how much that was: where it was `slice` or more, the rest follows at once. A step that
    `takes_away` what somebody has waits for a whole lease after a start, a failure of the store or a jump of the clock.
    """

    name: str
    is_due: Callable[[Tx, datetime], bool]
    do: Callable[[Tx, datetime], int]
    takes_away: bool = False
    slice: int | None = leases.AT_ONCE  # None: once a round will do


def not_due(tx: Tx, steps: Sequence[Step], now: datetime) -> int:
    """How many are not due before the first that is. On a reader."""
    return next((index for index, step in enumerate(steps) if step.is_due(tx, now)), len(steps))


def _forget_unseen(tx: Tx, now: datetime) -> int:
    """Connections that are dead; colleagues hear of it."""
    gone = presence.forget_unseen(tx, now)
    for site_id in sorted({one for agent_id in gone for one in people.site_ids_of_agent(tx, agent_id)}):
        desk.stale(tx, "presence", site_id)
    return 0


def _forget_leftovers(tx: Tx, now: datetime) -> int:
    """What is long over: jobs that were done, receipts, sessions that have ended."""
    leftovers.forget(tx, now, FORGOTTEN_AT_ONCE)
    return 0


STEPS: tuple[Step, ...] = (
    Step("back", presence.is_any_back, leases.note_back, slice=None),
    Step("gone", presence.is_any_newly_gone, leases.note_gone, takes_away=True, slice=None),
    Step("abandoned", presence.is_any_abandoned, leases.give_back_abandoned, takes_away=True),
    Step("slow", presence.is_any_slow, leases.pass_over_slow, takes_away=True),
    Step("told closed", closing.TOLD_CLOSED.is_due, closing.TOLD_CLOSED.do),
    Step("told open again", closing.TOLD_OPEN.is_due, closing.TOLD_OPEN.do),
    Step("waited after closing", closing.SETTLED.is_due, closing.SETTLED.do),
    Step("waited too long", closing.DIVERTED.is_due, closing.DIVERTED.do),
    Step("dead connections", presence.is_any_unseen, _forget_unseen, takes_away=True, slice=None),
    Step("queue", routing.is_due, routing.drain, slice=routing.AT_ONCE),
    Step("snoozed messages", inbox.anyone_to_wake, inbox.wake),
    Step("idle bot conversations", inbox.anyone_idle, inbox.end_idle),
    Step("solved tickets", tickets.is_any_to_close, tickets.close_solved, slice=tickets.CLOSED_AT_ONCE),
    Step("tickets of who left", tickets.is_any_left_behind, tickets.free_left_behind, slice=tickets.FREED_AT_ONCE),
    Step("due times", dues.is_any_outdated, dues.recompute, slice=dues.AT_ONCE),
    Step("articles", articles.is_any_due, articles.take_effect, slice=articles.AT_ONCE),
    Step("leftovers", leftovers.is_any, _forget_leftovers, takes_away=True, slice=None),
)
