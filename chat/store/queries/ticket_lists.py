"""Lists of tickets: filtered, in an order, page by page; and the filters somebody keeps."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.store.queries import tickets
from chat.store.queries.conversations import found_first, listed
from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx

UNSOLVED = ("new", "open", "pending", "on_hold")
EVERY_STATUS = (*UNSOLVED, "solved", "closed")
# filter -> what must hold of a ticket `t`
CONDITIONS = {
    "kind": "t.kind = :kind",
    "nobody": "t.assignee_id IS NULL",
    "assignee": "t.assignee_id = :assignee",
    "team_id": "t.team_id = :team_id",
    "priority": "t.priority = :priority",
    "customer_id": "t.customer_id = :customer_id",
    "overdue": "t.due_at < :overdue",
    "tag": "t.id IN (SELECT g.ticket_id FROM tickettag g WHERE g.tag = :tag)",
    "watched": "TRUE",
}
# What somebody watches is little: it is found first, by its own index, and filtered and put in order then.
WATCHED = (
    "SELECT t.id, t.site_id, t.status, t.kind, t.assignee_id, t.team_id, t.priority, t.customer_id, t.due_at,"
    " t.updated_at FROM ticketwatcher w JOIN ticket t ON t.id = w.ticket_id WHERE w.agent_id = :watched"
)
# The indexes of these have the status before the order: what is asked for most is what is left to do.
BY_STATUS = frozenset({"assignee", "nobody"})
ORDERS = {  # order -> its column, direction, what goes on after the last one seen
    "changed": ("updated_at", "DESC", "(t.updated_at, t.id) < (:seen, :seen_id)"),
    "due": ("due_at", "ASC", "(t.due_at, t.id) > (:seen, :seen_id)"),
}


def page_sql(sites: int, statuses: int, filters: list[str], order: str, *, further: bool) -> str:
    """The ids of a page. Each site and status gives its first from an index, and the first of those are the page."""
    column, direction, after = ORDERS[order]
    wanted = "".join(f" AND {CONDITIONS[name]}" for name in filters)
    wanted += (" AND t.due_at IS NOT NULL" if order == "due" else "") + (f" AND {after}" if further else "")
    few = f"WITH few AS MATERIALIZED ({WATCHED}) " if "watched" in filters else ""
    source = "few" if few else "ticket"
    branches = [
        f"SELECT * FROM (SELECT t.id, t.{column} FROM {source} t WHERE t.site_id = :site{site}"
        f"{f' AND t.status = :status{status}' if status is not None else ''}{wanted}"
        f" ORDER BY t.{column} {direction}, t.id {direction} LIMIT :limit) AS branch{site}_{status or 0}"
        for site in range(sites)
        for status in (range(statuses) if statuses else [None])
    ]
    found = " UNION ALL ".join(branches)
    return f"{few}SELECT id FROM ({found}) AS found ORDER BY {column} {direction}, id {direction} LIMIT :limit"


def page(
    tx: Tx,
    site_ids: list[str],
    statuses: tuple[str, ...],
    filters: dict[str, Any],
    order: str,
    seen: tuple[int, str] | None,
    limit: int,
) -> list[Row]:
    """`seen` is the place of the last one of the page before. Without `statuses` all are meant."""
    if not site_ids:
        return []
    if not statuses and (order == "due" or BY_STATUS & set(filters)):
        statuses = EVERY_STATUS
    column, direction, _ = ORDERS[order]
    values: dict[str, Any] = {f"site{index}": site_id for index, site_id in enumerate(site_ids)}
    values |= {f"status{index}": status for index, status in enumerate(statuses)}
    values |= {name: value for name, value in filters.items() if name != "nobody"}
    if seen:
        values |= {"seen": seen[0], "seen_id": seen[1]}
    ids = page_sql(len(site_ids), len(statuses), list(filters), order, further=seen is not None)
    return tx.rows(
        f"{tickets.IN_LIST} WHERE t.id {found_first(tx, ids)} ORDER BY t.{column} {direction}, t.id {direction}",
        limit=limit,
        **values,
    )


def unsolved_count(tx: Tx, site_ids: list[str]) -> int:
    """Of these sites; from an index alone."""
    names, sites = listed("site", site_ids)
    wanted = f"site_id IN ({names}) AND status NOT IN ('solved', 'closed')"
    return int(tx.value(f"SELECT count(*) FROM ticket WHERE {wanted}", **sites))


# -- views --------------------------------------------------------------------------------------------------------


def views(tx: Tx, agent_id: str) -> list[Row]:
    """One's own, and those that colleagues of one of one's sites share."""
    return tx.rows(
        "SELECT v.*, a.name AS agent_name FROM ticketview v JOIN agent a ON a.id = v.agent_id"
        " WHERE v.agent_id = :agent OR (v.shared AND v.agent_id IN"
        " (SELECT ta.agent_id FROM teamagent ta JOIN teamsite ts ON ts.team_id = ta.team_id WHERE ts.site_id IN"
        " (SELECT ms.site_id FROM teamagent ma JOIN teamsite ms ON ms.team_id = ma.team_id"
        " WHERE ma.agent_id = :agent))) ORDER BY v.name, v.id",
        agent=agent_id,
    )


def count_views(tx: Tx, agent_id: str) -> int:
    return int(tx.value("SELECT COUNT(*) FROM ticketview WHERE agent_id = :agent", agent=agent_id))


def add_view(tx: Tx, agent_id: str, name: str, kept: dict[str, Any], shared: bool, now: datetime) -> None:
    tx.change(
        "INSERT INTO ticketview (id, agent_id, name, filter, shared, created_at)"
        " VALUES (:id, :agent, :name, :kept, :shared, :now)",
        id=new_id(),
        agent=agent_id,
        name=name,
        kept=json.dumps(kept, ensure_ascii=False),
        shared=shared,
        now=to_millis(now),
    )


def set_view(tx: Tx, view_id: str, agent_id: str, name: str, kept: dict[str, Any], shared: bool) -> bool:
    """False: it is not theirs, or not there."""
    changed = tx.change(
        "UPDATE ticketview SET name = :name, filter = :kept, shared = :shared WHERE id = :id AND agent_id = :agent",
        id=view_id,
        agent=agent_id,
        name=name,
        kept=json.dumps(kept, ensure_ascii=False),
        shared=shared,
    )
    return changed == 1


def drop_view(tx: Tx, view_id: str, agent_id: str) -> bool:
    """False: it is not theirs, or not there."""
    return tx.change("DELETE FROM ticketview WHERE id = :id AND agent_id = :agent", id=view_id, agent=agent_id) == 1
