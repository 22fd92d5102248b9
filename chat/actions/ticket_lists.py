"""The tickets of an agent's sites: filtered, in an order, page by page; and the filters they keep and share."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, cursor, ticket_shapes
from chat.actions.access import Who
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import ticket_lists as queries
from chat.store.tables import to_millis
from chat.store.tx import Row

VIEWS = 50  # of one agent


def tickets_page(tx: Tx, who: Who, command: wire.TicketList, now: datetime) -> wire.TicketPage:
    """Last changed first, or what is due first; `next` is handed back as `before`. What is not due is in no list of
    what is due.
    """
    seen = cursor.read(command.before) if command.before else None
    site_ids = [access.site_for(tx, who, command.site).id] if command.site else access.site_ids_of(tx, who)
    rows = queries.page(
        tx, site_ids, _statuses(command), _filters(who, command, now), command.order, seen, command.limit + 1
    )
    shown = rows[: command.limit]
    column, _, _ = queries.ORDERS[command.order]
    return wire.TicketPage(
        tickets=[ticket_shapes.summary(tx, row) for row in shown],
        next=cursor.written(shown[-1][column], shown[-1]["id"]) if len(rows) > command.limit else None,
    )


def _statuses(command: wire.TicketFilter) -> tuple[str, ...]:
    if not command.unsolved:
        return (command.status,) if command.status else ()
    if command.status and command.status not in queries.UNSOLVED:
        raise Invalid(f"What is {command.status} is not unsolved.")
    return (command.status,) if command.status else queries.UNSOLVED


def _filters(who: Who, command: wire.TicketFilter, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: value
        for name in ("kind", "team_id", "priority", "tag", "customer_id")
        if (value := getattr(command, name)) is not None
    }
    if command.assignee == "nobody":
        found["nobody"] = True
    elif command.assignee:
        found["assignee"] = who.id if command.assignee == "me" else command.assignee
    if command.overdue:
        found["overdue"] = to_millis(now)
    if command.watched:
        found["watched"] = who.id
    return found


# -- views --------------------------------------------------------------------------------------------------------


def ticket_views(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.TicketViews:
    """One's own, and those that colleagues share."""
    return wire.TicketViews(views=[_view(row, who) for row in queries.views(tx, who.id)])


def save_view(tx: Tx, who: Who, command: wire.SaveView, now: datetime) -> wire.TicketViews:
    """Raises NotFound for a view that is not one's own."""
    kept = {"filter": command.filter.model_dump(exclude_defaults=True), "order": command.order}
    if command.view_id:
        if not queries.set_view(tx, command.view_id, who.id, command.name, kept, command.shared):
            raise NotFound("There is no such view of yours.")
    else:
        if queries.count_views(tx, who.id) >= VIEWS:
            raise Conflict(f"There are {VIEWS} views of yours already. Drop one first.", code="too_many_views")
        queries.add_view(tx, who.id, command.name, kept, command.shared, now)
    return ticket_views(tx, who, wire.NoInput(), now)


def drop_view(tx: Tx, who: Who, command: wire.OfView, now: datetime) -> wire.TicketViews:
    if not queries.drop_view(tx, command.view_id, who.id):
        raise NotFound("There is no such view of yours.")
    return ticket_views(tx, who, wire.NoInput(), now)


def _view(row: Row, who: Who) -> wire.TicketView:
    kept = json.loads(row["filter"])
    return wire.TicketView(
        id=row["id"],
        name=row["name"],
        filter=wire.TicketFilter.model_validate(kept["filter"]),
        order=kept["order"],
        shared=bool(row["shared"]),
        mine=row["agent_id"] == who.id,
        by=row["agent_name"],
    )
