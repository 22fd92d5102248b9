"""Promises and who keeps them: jobs are claimed under a lease, done once, tried again, and given up visibly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chat.store import Tx
from chat.store.tables import to_millis

LEASE = timedelta(seconds=60)
ATTEMPTS = 20  # with the pauses between them, some ten hours
LONGEST_PAUSE = timedelta(hours=1)
ENDLESS = frozenset({"payout"})  # kinds that are never given up: nobody else would ask where the money is
# A clock that is set back by an hour must not make a job wait for an hour: a lease that ends later than any lease can,
# a job made later than now, or put back for longer than it ever is, were written by the clock of before.
BY_THE_OLD_CLOCK = (
    "(attempts = 0 AND created_at > :later) OR (attempts > 0 AND run_at > :later + CASE WHEN attempts < 12"
    " THEN 1000 * (1 << attempts) ELSE 3600000 END)"
)


@dataclass(frozen=True)
class Claimed:
    """A job in somebody's hands until the lease runs out; then another process may take it."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempt: int


def claim(tx: Tx, kinds: list[str], worker: str, limit: int, now: datetime) -> list[Claimed]:
    """Due jobs of these kinds that nobody holds."""
    names = ", ".join(f":kind{index}" for index in range(len(kinds)))
    rows = tx.rows(
        f"WITH due AS (SELECT id FROM job WHERE done_at IS NULL AND failed_at IS NULL AND kind IN ({names})"
        f" AND (run_at <= :now OR {BY_THE_OLD_CLOCK})"
        " AND (leased_until IS NULL OR leased_until <= :now OR leased_until > :until + :lease)"
        f" ORDER BY run_at LIMIT :limit{tx.locking(skip=True)})"
        " UPDATE job SET leased_by = :worker, leased_until = :until, attempts = attempts + 1"
        " WHERE id IN (SELECT id FROM due) RETURNING id, kind, payload, attempts",
        worker=worker,
        until=to_millis(now + LEASE),
        now=to_millis(now),
        later=to_millis(now + LEASE),
        lease=LEASE // timedelta(milliseconds=1),
        limit=limit,
        **{f"kind{index}": kind for index, kind in enumerate(kinds)},
    )
    return [Claimed(row["id"], row["kind"], json.loads(row["payload"]), row["attempts"]) for row in rows]


def finish(tx: Tx, job_id: str, now: datetime) -> bool:
    """In the transaction of the effect, so that both happen or neither. False: it was done already."""
    return (
        tx.change(
            "UPDATE job SET done_at = :now, leased_until = NULL WHERE id = :id AND done_at IS NULL",
            id=job_id,
            now=to_millis(now),
        )
        == 1
    )


def retry(tx: Tx, job: Claimed, error: str, now: datetime) -> bool:
    """Puts a job back for later, with a longer pause each time. False: it is given up, and stays to be seen.

    One that somebody else has taken since, because the lease ran out, stays in their hands.
    """
    pause = min(timedelta(seconds=2 ** min(job.attempt, 12)), LONGEST_PAUSE)
    over = job.attempt >= ATTEMPTS and job.kind not in ENDLESS
    put_back = tx.change(
        "UPDATE job SET leased_until = NULL, leased_by = NULL, run_at = :run_at, last_error = :error,"
        " failed_at = :failed_at WHERE id = :id AND attempts = :attempt AND done_at IS NULL",
        id=job.id,
        attempt=job.attempt,
        run_at=to_millis(now + pause),
        error=error[:500],
        failed_at=to_millis(now) if over else None,
    )
    return not (over and put_back)
