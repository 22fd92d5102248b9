"""Answers to offline messages: which have gone out by mail, and which have not."""

from __future__ import annotations

from datetime import datetime

from chat.store.tables import to_millis
from chat.store.tx import Tx


def mark_mailed(tx: Tx, conversation_id: str, seq: int) -> None:
    """No customer sees it, so the version stays."""
    tx.change(
        "UPDATE conversation SET mailed_seq = :seq WHERE id = :id AND mailed_seq < :seq", id=conversation_id, seq=seq
    )


def first_answer_after(tx: Tx, conversation_id: str, seq: int) -> int | None:
    found: int | None = tx.value(
        "SELECT min(seq) FROM message WHERE conversation_id = :id AND seq > :seq AND author_kind = 'agent'",
        id=conversation_id,
        seq=seq,
    )
    return found


def try_again(tx: Tx, key: str, run_at: datetime) -> None:
    """A job that was given up, or found nothing to do, gets another chance."""
    tx.change(
        "UPDATE job SET done_at = NULL, failed_at = NULL, attempts = 0, run_at = :run_at, created_at = :now"
        " WHERE key = :key AND (done_at IS NOT NULL OR failed_at IS NOT NULL)",
        key=key,
        run_at=to_millis(run_at),
        now=to_millis(tx.now),
    )
