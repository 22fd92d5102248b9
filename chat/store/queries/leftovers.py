"""What nobody asks for any more, and how long it is kept nevertheless."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.store.tables import to_millis
from chat.store.tx import Tx

JOBS, RECEIPTS, SESSIONS = timedelta(days=7), timedelta(days=30), timedelta(days=30)
CASE_LINKS = timedelta(0)
IDENTITIES = timedelta(0)  # a token that has run out opens nothing anyway
SHOP_EVENTS = timedelta(days=30)  # one that is told again after that is taken by its time alone

# table -> its key, what of it is over, and how long it stays then. Jobs that were given up stay to be seen.
OVER = {
    "job": ("id", "done_at <= :since", JOBS),
    "receipt": ("person_id, client_id", "created_at <= :since", RECEIPTS),
    "session": ("id", "(expires_at <= :since OR revoked_at <= :since)", SESSIONS),
    "caselink": ("token_hash", "expires_at <= :since", CASE_LINKS),
    "identityuse": ("hash, session_id", "expires_at <= :since", IDENTITIES),
    "shopevent": ("site_id, event_id", "at <= :since", SHOP_EVENTS),
}


def is_any(tx: Tx, now: datetime) -> bool:
    return any(
        tx.value(f"SELECT 1 FROM {table} WHERE {over} LIMIT 1", since=to_millis(now - kept))
        for table, (_, over, kept) in OVER.items()
    )


def forget(tx: Tx, now: datetime, limit: int) -> None:
    """Deletes at most so many of each table; those that another process deletes right now are left to it."""
    for table, (key, over, kept) in OVER.items():
        # Found once, before anything is deleted: Postgres may look into a plain subquery again and again.
        found = f"WITH found AS (SELECT {key} FROM {table} WHERE {over} LIMIT :limit{tx.locking(skip=True)})"
        tx.change(
            f"{found} DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM found)",
            since=to_millis(now - kept),
            limit=limit,
        )
