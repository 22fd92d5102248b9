"""Colleagues beside the one who has a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chat.store.queries.conversations import AGENTS_SITES
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx


class Beside(NamedTuple):
    agent_id: str
    name: str
    may: str  # note, or say
    joined: bool  # the customer knows of them


def of(row: Row) -> list[Beside]:
    """Those of a conversation that was loaded whole, in the order they came."""
    return listed(row["participants"])


def listed(participants: str | None) -> list[Beside]:
    """The same of the column of such a row."""
    if not participants:
        return []
    lines = sorted(line.split(" ", 4) for line in participants.split("\n"))
    return [Beside(agent_id, name, may, joined == "joined") for _at, agent_id, may, joined, name in lines]


def beside(row: Row, agent_id: str) -> Beside | None:
    return next((one for one in of(row) if one.agent_id == agent_id), None)


def now_beside(tx: Tx, conversation_id: str, agent_id: str) -> Row | None:
    """`may` and `joined_at` as they are at this very moment, for who holds the conversation.

    What stands in the row that was loaded with it may be older: it was read before the hold.
    """
    return tx.row(
        "SELECT may, joined_at FROM participant WHERE conversation_id = :conversation AND agent_id = :agent",
        conversation=conversation_id,
        agent=agent_id,
    )


def put(
    tx: Tx,
    conversation_id: str,
    agent_id: str,
    may: str,
    invited_by_id: str | None,
    joined_at: datetime | None,
    now: datetime,
) -> None:
    """Adds them, or changes what they may."""
    tx.change(
        "INSERT INTO participant (conversation_id, agent_id, may, invited_by_id, at, joined_at)"
        " VALUES (:conversation, :agent, :may, :by, :now, :joined) ON CONFLICT (conversation_id, agent_id)"
        " DO UPDATE SET may = excluded.may, invited_by_id = excluded.invited_by_id, joined_at = excluded.joined_at",
        conversation=conversation_id,
        agent=agent_id,
        may=may,
        by=invited_by_id,
        now=to_millis(now),
        joined=None if joined_at is None else to_millis(joined_at),
    )


def joined(tx: Tx, conversation_id: str, agent_id: str, now: datetime) -> None:
    tx.change(
        "UPDATE participant SET joined_at = :now WHERE conversation_id = :conversation AND agent_id = :agent",
        conversation=conversation_id,
        agent=agent_id,
        now=to_millis(now),
    )


def remove(tx: Tx, conversation_id: str, agent_id: str) -> None:
    tx.change(
        "DELETE FROM participant WHERE conversation_id = :conversation AND agent_id = :agent",
        conversation=conversation_id,
        agent=agent_id,
    )


def remove_all(tx: Tx, conversation_id: str) -> None:
    tx.change("DELETE FROM participant WHERE conversation_id = :conversation", conversation=conversation_id)


def conversations_of(tx: Tx, agent_id: str) -> list[str]:
    """What this colleague was asked into, of the sites they see."""
    rows = tx.rows(
        "SELECT c.id FROM conversation c"
        " WHERE c.id IN (SELECT conversation_id FROM participant WHERE agent_id = :agent)"
        f" AND c.status <> 'closed' AND {AGENTS_SITES} ORDER BY c.last_at DESC, c.id LIMIT 100",
        agent=agent_id,
    )
    return [row["id"] for row in rows]
