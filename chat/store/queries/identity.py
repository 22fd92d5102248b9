"""Who was recognised, and who decided how a ticket ends."""

from __future__ import annotations

from datetime import datetime

from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx


def checks(tx: Tx, ticket_id: str) -> list[Row]:
    """In the order in which they were made."""
    return tx.rows("SELECT * FROM identitycheck WHERE ticket_id = :ticket ORDER BY at, id", ticket=ticket_id)


def add_check(tx: Tx, ticket_id: str, what: str, passed: bool, agent_id: str, agent_name: str, now: datetime) -> None:
    tx.change(
        "INSERT INTO identitycheck (id, ticket_id, what, passed, agent_id, agent_name, at)"
        " VALUES (:id, :ticket, :what, :passed, :agent, :name, :now)",
        id=new_id(),
        ticket=ticket_id,
        what=what,
        passed=passed,
        agent=agent_id,
        name=agent_name,
        now=to_millis(now),
    )


def deciders_before(tx: Tx, ticket_id: str, appealed_at: int) -> set[str]:
    """Who proposed or decided an ending before the appeal."""
    rows = tx.rows(
        "SELECT DISTINCT actor_id FROM ticketevent WHERE ticket_id = :ticket AND at <= :at"
        " AND code IN ('ended', 'ending_proposed') AND actor_kind = 'agent'",
        ticket=ticket_id,
        at=appealed_at,
    )
    return {row["actor_id"] for row in rows}


def proposed_why(tx: Tx, ticket_id: str) -> str | None:
    """The reason that was given with the newest proposal."""
    found: str | None = tx.value(
        "SELECT reason FROM ticketevent WHERE ticket_id = :ticket AND code = 'ending_proposed'"
        " ORDER BY number DESC LIMIT 1",
        ticket=ticket_id,
    )
    return found
