"""Processes that do the background work, as the database knows them: those that have no door are seen only here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat import wire
from chat.store import Tx
from chat.store.queries import people
from chat.store.tables import from_millis, to_millis

LIVES = timedelta(seconds=30)  # since it was heard last
FORGOTTEN = timedelta(hours=1)

Counts = Mapping[str, Mapping[str, int]]
"""By what was done, then by its kind."""


@dataclass(frozen=True)
class Worker:
    id: str
    silent: timedelta
    counts: Counts

    @property
    def lives(self) -> bool:
        return self.silent <= LIVES


def seen(tx: Tx, worker: str, counts: Counts, now: datetime) -> None:
    tx.change(
        "INSERT INTO worker (id, seen_at, counts) VALUES (:id, :now, :counts)"
        " ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, counts = excluded.counts",
        id=worker,
        now=to_millis(now),
        counts=json.dumps(counts),
    )
    tx.change("DELETE FROM worker WHERE seen_at < :long_ago", long_ago=to_millis(now - FORGOTTEN))


def gone(tx: Tx, worker: str, now: datetime) -> None:
    """It has ended as it should, and nobody need look for it."""
    tx.change("DELETE FROM worker WHERE id = :id", id=worker)
    people.set_meta(tx, "worked_at", wire.utc(now))


def workers(tx: Tx, now: datetime) -> list[Worker]:
    """Those that live, and those that fell silent within the last hour."""
    return [
        Worker(row["id"], max(timedelta(0), now - from_millis(row["seen_at"])), json.loads(row["counts"]))
        for row in tx.rows("SELECT id, seen_at, counts FROM worker ORDER BY id")
    ]


def nobody(tx: Tx, now: datetime) -> bool:
    """Does no process do the background work?"""
    return not any(worker.lives for worker in workers(tx, now))


def standstill(tx: Tx, now: datetime) -> wire.Standstill | None:
    """What is told to people: while one process takes the place of another, nothing."""
    left = people.meta(tx, "worked_at")
    heard = [now - worker.silent for worker in workers(tx, now)] + ([datetime.fromisoformat(left)] if left else [])
    since = max(heard, default=None)
    return wire.Standstill(since=since) if since is None or now - since > LIVES else None
