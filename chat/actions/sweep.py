"""What an agent who is gone leaves behind: their unanswered conversations go back to where somebody sees them."""

from __future__ import annotations

from datetime import datetime

from chat.actions import desk, queue
from chat.domain.conversation import Event
from chat.store import Tx
from chat.store.queries import people, presence

LEASE = people.PRESENT
AT_ONCE = 100


def anything(tx: Tx, now: datetime) -> bool:
    """Is there anything to sweep? Asked on a reader, so that an idle desk writes nothing."""
    return presence.anything_abandoned(tx, now - LEASE, now + LEASE)


def sweep(tx: Tx, now: datetime) -> int:
    """Puts back what was abandoned and forgets dead connections. Gives how many conversations went back."""
    abandoned = presence.abandoned(tx, now - LEASE, now + LEASE, AT_ONCE)
    for row in abandoned:
        queue.give_back(tx, row, Event.LOSE_OWNER, now)
    gone = presence.forget_unseen(tx, now - LEASE, now + LEASE)
    for site_id in sorted({site.id for agent_id in gone for site in people.sites_of_agent(tx, agent_id)}):
        desk.stale(tx, "presence", site_id)
    return len(abandoned)
