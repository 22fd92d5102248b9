"""What is left behind: unanswered conversations of an agent who is gone, and what nobody asks for any more."""

from __future__ import annotations

from datetime import datetime

from chat.actions import desk, queue
from chat.domain.conversation import Event
from chat.store import Tx
from chat.store.queries import leftovers, people, presence

LEASE = people.PRESENT
AT_ONCE = 100
FORGOTTEN_AT_ONCE = 300  # of each kind


def anything(tx: Tx, now: datetime) -> bool:
    """Is there anything to sweep? Asked on a reader, so that an idle desk writes nothing."""
    return presence.anything_abandoned(tx, now - LEASE, now + LEASE)


def any_leftovers(tx: Tx, now: datetime) -> bool:
    return leftovers.is_any(tx, now)


def sweep(tx: Tx, now: datetime) -> int:
    """Puts back what was abandoned and forgets dead connections. Gives how many conversations went back."""
    abandoned = presence.abandoned(tx, now - LEASE, now + LEASE, AT_ONCE)
    for row in abandoned:
        queue.give_back(tx, row, Event.LOSE_OWNER, now)
    gone = presence.forget_unseen(tx, now - LEASE, now + LEASE)
    for site_id in sorted({site.id for agent_id in gone for site in people.sites_of_agent(tx, agent_id)}):
        desk.stale(tx, "presence", site_id)
    return len(abandoned)


def forget_leftovers(tx: Tx, now: datetime) -> None:
    """A slice of what is long over: jobs that were done, receipts, sessions that have ended."""
    leftovers.forget(tx, now, FORGOTTEN_AT_ONCE)
