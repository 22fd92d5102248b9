"""The ledger of reply times."""

from __future__ import annotations

from datetime import datetime

from chat.store.tables import new_id, to_millis
from chat.store.tx import Tx


def make(tx: Tx, conversation_id: str, site_id: str, due_at: datetime, now: datetime) -> None:
    """One open promise a conversation: who adds to their message keeps the time they were told."""
    tx.change(
        "INSERT INTO promise (id, conversation_id, site_id, made_at, due_at)"
        " VALUES (:id, :conversation, :site, :now, :due) ON CONFLICT DO NOTHING",
        id=new_id(),
        conversation=conversation_id,
        site=site_id,
        due=to_millis(due_at),
        now=to_millis(now),
    )


def end(tx: Tx, conversation_id: str, how: str, now: datetime) -> None:
    tx.change(
        "UPDATE promise SET ended_at = :now, ended_how = :how"
        " WHERE conversation_id = :conversation AND ended_at IS NULL",
        conversation=conversation_id,
        how=how,
        now=to_millis(now),
    )
