"""What has gone out by mail and what has not: answers to offline messages, and steps of cases."""

from __future__ import annotations

from collections.abc import Collection
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


def jobs_below(tx: Tx, key: str, most: int) -> int:
    """How many jobs have a key that begins with this one and goes on with an id, counted up to `most`."""
    found = "SELECT 1 FROM job WHERE key >= :key AND key < :beyond LIMIT :most"
    return int(tx.value(f"SELECT count(*) FROM ({found}) found", key=key, beyond=f"{key}g", most=most))


def newest_urgent(tx: Tx, site_id: str) -> str | None:
    """The conversation in which somebody urgently wants help and no agent is yet."""
    found: str | None = tx.value(
        "SELECT id FROM conversation WHERE site_id = :site AND status IN ('bot', 'waiting', 'offline') AND urgent"
        " ORDER BY last_at DESC, id DESC LIMIT 1",
        site=site_id,
    )
    return found


def last_words(tx: Tx, conversation_id: str) -> str:
    """What the customer wrote last."""
    theirs = "SELECT body FROM message WHERE conversation_id = :id AND author_kind = 'customer'"
    return str(tx.value(f"{theirs} ORDER BY seq DESC LIMIT 1", id=conversation_id) or "")


# -- cases --------------------------------------------------------------------------------------------------------


def address_in_case(tx: Tx, ticket_id: str) -> str | None:
    """What its customer gave in the newest of its conversations where they gave one, else in general."""
    found: str | None = tx.value(
        "SELECT COALESCE((SELECT c.contact_email FROM ticketconversation l JOIN conversation c"
        " ON c.id = l.conversation_id WHERE l.ticket_id = t.id AND c.contact_email IS NOT NULL"
        " ORDER BY c.created_at DESC LIMIT 1), u.email)"
        " FROM ticket t JOIN customer u ON u.id = t.customer_id WHERE t.id = :id",
        id=ticket_id,
    )
    return found


def mark_case_mailed(tx: Tx, ticket_id: str, number: int) -> None:
    tx.change(
        "UPDATE ticket SET mailed_event = :number WHERE id = :id AND mailed_event < :number",
        id=ticket_id,
        number=number,
    )


def loud_event_after(tx: Tx, ticket_id: str, number: int, quiet: Collection[str]) -> bool:
    """Has the customer something new to read?"""
    names = {f"code{index}": code for index, code in enumerate(sorted(quiet))}
    return bool(
        tx.value(
            "SELECT 1 FROM ticketevent WHERE ticket_id = :ticket AND number > :number AND visible"
            f" AND code NOT IN ({', '.join(f':{name}' for name in names)}) LIMIT 1",
            ticket=ticket_id,
            number=number,
            **names,
        )
    )
