"""When who left a message is answered: promised from the calendar, kept or missed, counted."""

from __future__ import annotations

from datetime import datetime

from chat.actions import hours
from chat.store import Tx
from chat.store.queries import promises
from chat.store.tables import Site
from chat.store.tx import Row


def due(tx: Tx, site: Site, now: datetime) -> datetime | None:
    """The real moment by which a message left now is answered; None: this desk is not open long enough to say so."""
    at = hours.promised(tx, site, now)
    return None if at is None else at - tx.desk_offset


def make(tx: Tx, row: Row, site: Site, now: datetime) -> datetime | None:
    """Writes the promise down and gives it."""
    at = due(tx, site, now)
    if at is not None:
        promises.make(tx, row["id"], site.id, at, now)
    return at


def keep(tx: Tx, row: Row, now: datetime) -> None:
    """An agent has answered."""
    promises.end(tx, row["id"], "answered", now)


def drop(tx: Tx, row: Row, now: datetime) -> None:
    """Nobody waits for the answer any more."""
    promises.end(tx, row["id"], "dropped", now)
