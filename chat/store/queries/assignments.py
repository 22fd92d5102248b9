"""Who had which conversation, from when to when, and how that was decided."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx


def begin(tx: Tx, row: Row, agent_id: str, how: str, explanation: dict[str, Any], now: datetime) -> None:
    """`row` is the conversation as it now is, with its new epoch."""
    tx.change("UPDATE agent SET last_assigned_at = :now WHERE id = :agent", agent=agent_id, now=to_millis(now))
    tx.change(
        "INSERT INTO assignment (id, conversation_id, site_id, team_id, agent_id, epoch, how, explanation, at)"
        " VALUES (:id, :conversation, :site, :team, :agent, :epoch, :how, :explanation, :now)",
        id=new_id(),
        conversation=row["id"],
        site=row["site_id"],
        team=row["team_id"],
        agent=agent_id,
        epoch=row["epoch"],
        how=how,
        explanation=json.dumps(explanation, ensure_ascii=False),
        now=to_millis(now),
    )


def end(tx: Tx, conversation_id: str, how: str, now: datetime) -> None:
    tx.change(
        "UPDATE assignment SET ended_at = :now, ended_how = :how"
        " WHERE conversation_id = :conversation AND ended_at IS NULL",
        conversation=conversation_id,
        how=how,
        now=to_millis(now),
    )


def of_conversation(tx: Tx, conversation_id: str) -> list[Row]:
    """Everybody who had it, in order."""
    return tx.rows(
        "SELECT h.agent_id, a.name AS agent_name, h.how, h.at, h.ended_at, h.ended_how, h.explanation"
        " FROM assignment h JOIN agent a ON a.id = h.agent_id WHERE h.conversation_id = :conversation ORDER BY h.id",
        conversation=conversation_id,
    )


def end_others(tx: Tx, conversation_id: str, agent_id: str, now: datetime) -> None:
    """Of agents who do not have it any more."""
    tx.change(
        "UPDATE assignment SET ended_at = :now, ended_how = 'lost'"
        " WHERE conversation_id = :conversation AND agent_id <> :agent AND ended_at IS NULL",
        conversation=conversation_id,
        agent=agent_id,
        now=to_millis(now),
    )


def recent(tx: Tx, team_id: str | None, limit: int) -> list[Row]:
    """Who had the conversations of this team from when to when: all that go on, and the last that have ended."""
    columns = "agent_id, at, ended_at, ended_how"
    return tx.rows(
        f"SELECT {columns} FROM assignment WHERE team_id = :team AND ended_at IS NULL"
        f" UNION ALL SELECT {columns} FROM (SELECT {columns} FROM assignment"
        " WHERE team_id = :team AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT :limit) AS past",
        team=team_id,
        limit=limit,
    )
