"""Trained models: the newest, and a few before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.store.tables import BotModel, new_id
from chat.store.tx import Row, Tx


def newest(tx: Tx) -> Row | None:
    """Without its data, which is large."""
    return tx.row("SELECT id, edition, report, made_at FROM botmodel ORDER BY id DESC LIMIT 1")


def add(tx: Tx, edition: str, report: dict[str, Any], data: bytes, now: datetime) -> None:
    tx.session.add(BotModel(id=new_id(), edition=edition, report=report, data=data, made_at=now))
    tx.session.flush()


def data(tx: Tx, model_id: str) -> bytes | None:
    found = tx.session.get(BotModel, model_id)
    return found.data if found else None


def forget(tx: Tx, kept: int) -> None:
    """All but the newest so many."""
    tx.change(
        "DELETE FROM botmodel WHERE id NOT IN (SELECT id FROM botmodel ORDER BY id DESC LIMIT :kept)",
        kept=kept,
    )
