"""When who left a message is answered: promised from the calendar, kept or missed, counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat import wire
from chat.actions import access, hours
from chat.actions.access import Who
from chat.store import Tx
from chat.store.queries import conversations, promises
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

NEWEST = 20  # missed ones that a count brings along


def due(tx: Tx, site: Site, now: datetime, *, urgent: bool = False) -> datetime | None:
    """The real moment by which a message left now is answered; None: this desk is not open long enough to say so."""
    at = hours.promised(tx, site, now, urgent=urgent)
    return None if at is None else at - tx.desk_offset


def make(tx: Tx, row: Row, site: Site, now: datetime) -> datetime | None:
    """Writes the promise down and gives it."""
    at = due(tx, site, now, urgent=bool(row["urgent"]))
    if at is not None:
        promises.make(tx, row["id"], site.id, at, now)
    return at


def hasten(tx: Tx, row: Row, site: Site, now: datetime) -> None:
    """It has become urgent: who was promised an answer has it earlier, never later."""
    at = due(tx, site, now, urgent=True)
    if row["reply_by"] and at is not None and at < from_millis(row["reply_by"]):
        promises.move(tx, row["id"], at)
        conversations.change(tx, row, reply_by=at)


def keep(tx: Tx, row: Row, now: datetime) -> None:
    """An agent has answered. Nobody waits any more, so the next message left is promised a time of its own."""
    promises.end(tx, row["id"], "answered", now)
    conversations.change(tx, row, reply_by=None)


def drop(tx: Tx, row: Row, outcome: str, now: datetime) -> None:
    """It ends: whoever has not been answered yet will not be."""
    promises.end(tx, row["id"], "spam" if outcome == "spam" else "dropped", now)


def count(tx: Tx, who: Who, command: wire.PromiseCount, now: datetime) -> wire.PromiseCounts:
    """How the promises of one's sites ended that were due in the last `days`, and those still open."""
    since = now - timedelta(days=command.days)
    sites = {site.id: site.key for site in access.sites_of(tx, who)}
    counts = promises.counts(tx, sites, since, now)
    missed = promises.missed(tx, sites, since, now, NEWEST)
    return wire.PromiseCounts(
        days=command.days,
        sites=[wire.SitePromises(site=key, **counts[site_id]) for site_id, key in sites.items()],
        missed=[_missed(tx, row) for row in missed],
    )


def _missed(tx: Tx, row: Row) -> wire.MissedPromise:
    return wire.MissedPromise(
        conversation_id=row["conversation_id"],
        site=row["site_key"],
        customer_name=row["customer_name"] or "",
        reply_by=from_millis(row["due_at"]) + tx.desk_offset,
        answered_at=from_millis(row["ended_at"]) + tx.desk_offset if row["ended_at"] else None,
        agent=wire.Person(id=row["agent_id"], name=row["agent_name"]) if row["agent_id"] else None,
    )
