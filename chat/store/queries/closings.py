"""Who waits although the desk has closed, or has waited for longer than their team lets anybody wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.store.queries.conversations import LINE, held
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

# Each `before` a moment: told before, waiting too long before.
UNTOLD = "c.told_closed_at IS NULL AND c.first_waited_at <= :before"
TOLD = "c.told_closed_at <= :before"
# Since they came, or their last agent left them. Who left a message has been promised an answer already.
TOO_LONG = (
    "c.diverted_at IS NULL AND c.left_at IS NULL AND coalesce((SELECT max(a.ended_at) FROM assignment a"
    " WHERE a.conversation_id = c.id AND a.ended_at IS NOT NULL), c.first_waited_at)"
    " <= :before - 1000 * (SELECT t.max_wait_seconds FROM team t WHERE t.id = c.team_id)"
)


def waiting(tx: Tx, which: str, site_ids: list[str], before: datetime, limit: int) -> list[Row]:
    """Some of those at these sites, in the order of the line. Held; whom somebody else takes right now is left out."""
    those, values = _those(which, site_ids, before)
    return tx.rows(held(tx, f"{those} ORDER BY {LINE} LIMIT :limit", skip=True), client=None, limit=limit, **values)


def is_any_waiting(tx: Tx, which: str, site_ids: list[str], before: datetime) -> bool:
    those, values = _those(which, site_ids, before)
    return bool(tx.value(f"SELECT EXISTS (SELECT 1 FROM conversation c WHERE {those})", **values))


def _those(which: str, site_ids: list[str], before: datetime) -> tuple[str, dict[str, Any]]:
    names = {f"site{index}": site_id for index, site_id in enumerate(site_ids)}
    sites = ", ".join(f":{name}" for name in names) or "NULL"
    return f"c.site_id IN ({sites}) AND c.status = 'waiting' AND {which}", {**names, "before": to_millis(before)}
