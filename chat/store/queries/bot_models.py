"""Trained models: the newest, and a few before it.

Which one is the newest is said by `made_at`, and not by ids: processes have clocks of their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.store.tables import BotModel, from_millis, new_id
from chat.store.tx import Row, Tx


def newest(tx: Tx) -> Row | None:
    """Without its data, which is large."""
    return tx.row("SELECT id, edition, report, made_at FROM botmodel ORDER BY made_at DESC, id DESC LIMIT 1")


def add(tx: Tx, edition: str, report: dict[str, Any], data: bytes, now: datetime) -> None:
    """It is the newest then: if the clock of who made the one before is ahead of this one, it counts on from there."""
    before = tx.value("SELECT max(made_at) FROM botmodel")
    made_at = max(now, from_millis(before + 1)) if before is not None else now
    tx.session.add(BotModel(id=new_id(), edition=edition, report=report, data=data, made_at=made_at))
    tx.session.flush()


def training(tx: Tx) -> Row | None:
    """The newest job that trains one and is not done, also one that was given up."""
    of_kind = "SELECT created_at, run_at, attempts, leased_until, failed_at, last_error FROM job WHERE kind = 'bot_fit'"
    return tx.row(
        f"SELECT * FROM ({of_kind} AND done_at IS NULL AND failed_at IS NULL"
        f" UNION ALL {of_kind} AND done_at IS NULL AND failed_at IS NOT NULL) AS jobs ORDER BY created_at DESC LIMIT 1"
    )


def data(tx: Tx, model_id: str) -> bytes | None:
    found = tx.session.get(BotModel, model_id)
    return found.data if found else None


def before(tx: Tx, model_id: str) -> str | None:
    found = tx.row(
        "SELECT id FROM botmodel WHERE made_at < (SELECT made_at FROM botmodel WHERE id = :id)"
        " ORDER BY made_at DESC, id DESC LIMIT 1",
        id=model_id,
    )
    return found["id"] if found else None


def forget(tx: Tx, kept: int) -> None:
    """All but the newest so many."""
    tx.change(
        "DELETE FROM botmodel WHERE id NOT IN (SELECT id FROM botmodel ORDER BY made_at DESC, id DESC LIMIT :kept)",
        kept=kept,
    )
