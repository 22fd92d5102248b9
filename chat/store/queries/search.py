"""What was found, as it is now, if it may be seen: by its number in the index."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from chat.store.queries import indexing
from chat.store.queries.conversations import listed
from chat.store.queries.indexing import some
from chat.store.search_index import BLOCK, Page, Wanted, index_of
from chat.store.tx import Row, Tx

NEWEST = 2**62  # above every number


@dataclass(frozen=True)
class Candidate:
    """A row of its kind with `title`, `at` and what else tells where it is, and the text that the query must be in."""

    number: int
    kind: str
    row: Row
    text: str


@dataclass(frozen=True)
class Filters:
    """What must hold beside the text; what has no such thing is not found by it. Times in milliseconds."""

    sites: dict[str, str]  # those the agent may search, by id: their keys
    kinds: tuple[str, ...] = ()  # none: all
    by: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    status: str | None = None
    since: int | None = None
    until: int | None = None


def newest(tx: Tx, wanted: Wanted, below: int, limit: int) -> Page:
    return index_of(tx).newest(tx, wanted, below, limit)


def top(tx: Tx, below: int) -> int:
    """Below this all numbers are that are below that."""
    return min(below, int(indexing.marks(tx)["top"]) + 1)


def bounds(tx: Tx, filters: Filters) -> tuple[int, int]:
    """The numbers between which there is something of that time: from the first, below the second."""
    first, below = 0, NEWEST
    if filters.since is not None:
        found = tx.value("SELECT MIN(block) FROM searchspan WHERE last_at >= :since", since=filters.since)
        first = NEWEST if found is None else found * BLOCK
    if filters.until is not None:
        found = tx.value("SELECT MAX(block) FROM searchspan WHERE first_at <= :until", until=filters.until)
        below = 0 if found is None else (found + 1) * BLOCK
    return first, below


def is_behind(tx: Tx) -> bool:
    """Is what was there before the index still being read?"""
    marks = indexing.marks(tx)
    return marks["walk"] < marks["old"]


def candidates(tx: Tx, numbers: list[int], filters: Filters) -> list[Candidate]:
    """Those that the agent may see and the filters let through, in the order of their numbers."""
    by_kind: dict[str, dict[str, int]] = {}
    for number, kind, subject in indexing.subjects_of(tx, numbers):
        if not filters.kinds or kind in filters.kinds:
            by_kind.setdefault(kind, {})[subject] = number
    found = [one for kind, of_kind in by_kind.items() for one in _READ[kind](tx, of_kind, filters)]
    return sorted(found, key=lambda one: -one.number)


def of_customer(
    tx: Tx, customer_id: str, filters: Filters, before: tuple[int, str] | None, limit: int
) -> tuple[list[Candidate], tuple[int, str] | None]:
    """What one customer and those who answered them wrote, their tickets and they themselves, the newest first: its
    `number` is when it was. And where to go on.
    """
    at, id_ = before or (NEWEST, "")
    branches = (
        f"SELECT * FROM ({sql} AND ({place}) < (:at, :id) ORDER BY 3 DESC, 2 DESC LIMIT :limit) AS of_{kind}"
        for kind, place, sql in _OF_CUSTOMER
    )
    rows = tx.rows(
        f"SELECT kind, id, at FROM ({' UNION ALL '.join(branches)}) AS theirs ORDER BY at DESC, id DESC LIMIT :limit",
        customer=customer_id,
        at=at,
        id=id_,
        limit=limit,
    )
    times: dict[str, dict[str, int]] = {}
    for row in rows:
        if not filters.kinds or row["kind"] in filters.kinds:
            times.setdefault(row["kind"], {})[row["id"]] = row["at"]
    found = [one for kind, of_kind in times.items() for one in _READ[kind](tx, of_kind, filters)]
    found.sort(key=lambda one: (one.number, one.row["id"]), reverse=True)
    return found, (rows[-1]["at"], rows[-1]["id"]) if len(rows) == limit else None


_OF_TALK = " FROM conversation c JOIN {0} x ON x.conversation_id = c.id WHERE c.customer_id = :customer"
_OF_CUSTOMER = (  # kind, what orders it, and what has it
    (
        "message",
        "x.created_at, x.id",
        f"SELECT 'message' AS kind, x.id, x.created_at AS at{_OF_TALK.format('message')} AND x.kind <> 'system'",
    ),
    ("note", "x.created_at, x.id", f"SELECT 'note' AS kind, x.id, x.created_at AS at{_OF_TALK.format('note')}"),
    (
        "ticket",
        "updated_at, id",
        "SELECT 'ticket' AS kind, id, updated_at AS at FROM ticket WHERE customer_id = :customer",
    ),
    (
        "customer",
        "created_at, id",
        "SELECT 'customer' AS kind, id, created_at AS at FROM customer WHERE id = :customer",
    ),
)


# -- by kind ------------------------------------------------------------------------------------------------------

# CROSS JOIN: SQLite goes from what was found to its conversation, not from all conversations of a site down.
_TALK = (
    " CROSS JOIN conversation c CROSS JOIN site s CROSS JOIN customer u"
    " WHERE c.id = {of}.conversation_id AND s.id = c.site_id AND u.id = c.customer_id"
)
_IN_TALK = (
    "c.id AS conversation_id, c.customer_id, c.status, s.key AS site, COALESCE(u.name, c.contact_name, '') AS title"
)


def _messages(tx: Tx, numbers: dict[str, int], filters: Filters) -> list[Candidate]:
    conditions, values = _conditions(filters, "c", "m.created_at")
    if filters.by:
        conditions += " AND m.author_kind = :by"
    if filters.agent_id:
        conditions += " AND m.author_kind = 'agent' AND m.author_id = :agent_id"
    rows = some(
        tx,
        "SELECT m.id, m.seq, m.kind, m.body, m.data, m.author_kind, m.author_id, m.author_name, m.created_at AS at,"
        f" {_IN_TALK} FROM message m{_TALK.format(of='m')}{conditions} AND m.id",
        numbers,
        **values,
    )
    return [Candidate(numbers[row["id"]], "message", row, indexing.text_of_message(row)) for row in rows]


def _notes(tx: Tx, numbers: dict[str, int], filters: Filters) -> list[Candidate]:
    if filters.by not in (None, "agent"):
        return []
    conditions, values = _conditions(filters, "c", "n.created_at")
    if filters.agent_id:
        conditions += " AND n.agent_id = :agent_id"
    rows = some(
        tx,
        "SELECT n.id, n.body, n.agent_id, n.agent_name, n.created_at AS at,"
        f" {_IN_TALK} FROM note n{_TALK.format(of='n')}{conditions} AND n.id",
        numbers,
        **values,
    )
    return [Candidate(numbers[row["id"]], "note", row, row["body"]) for row in rows]


def _tickets(tx: Tx, numbers: dict[str, int], filters: Filters) -> list[Candidate]:
    if filters.by:
        return []
    conditions, values = _conditions(filters, "t", "t.updated_at")
    if filters.agent_id:
        conditions += " AND t.assignee_id = :agent_id"
    rows = some(
        tx,
        "SELECT t.id, t.number, t.subject AS title, t.status, t.updated_at AS at, s.key AS site FROM ticket t"
        f" CROSS JOIN site s WHERE s.id = t.site_id{conditions} AND t.id",
        numbers,
        **values,
    )
    return _with_texts(rows, "ticket", numbers, indexing.sources(tx, "ticket", [row["id"] for row in rows]))


def _customers(tx: Tx, numbers: dict[str, int], filters: Filters) -> list[Candidate]:
    """Those who wrote, or have a ticket, where the agent serves."""
    if filters.by or filters.agent_id or filters.team_id or filters.status:
        return []
    names, sites = listed("site", filters.sites)
    conditions, values = _times(filters, "u.created_at")
    rows = some(
        tx,
        "SELECT x.* FROM (SELECT u.id, u.name, u.created_at AS at,"
        f" (SELECT c.id FROM conversation c WHERE c.customer_id = u.id AND c.site_id IN ({names})"
        " ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS conversation_id,"
        f" (SELECT t.id FROM ticket t WHERE t.customer_id = u.id AND t.site_id IN ({names})"
        " ORDER BY t.created_at DESC, t.id DESC LIMIT 1) AS ticket_id,"
        f" (SELECT c.contact_name FROM conversation c WHERE c.customer_id = u.id AND c.site_id IN ({names})"
        " AND c.contact_name IS NOT NULL ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS contact_name"
        " FROM customer u) x WHERE (x.conversation_id IS NOT NULL OR x.ticket_id IS NOT NULL)"
        f"{conditions.replace('u.created_at', 'x.at')} AND x.id",
        numbers,
        **sites,
        **values,
    )
    texts = indexing.customers(tx, [row["id"] for row in rows], filters.sites)
    return _with_texts(rows, "customer", numbers, texts)


def _articles(tx: Tx, numbers: dict[str, int], filters: Filters) -> list[Candidate]:
    if filters.by or filters.agent_id or filters.team_id or filters.status:
        return []
    conditions, values = _times(filters, "a.updated_at")
    rows = [
        row
        for row in some(
            tx,
            "SELECT a.id, a.question AS title, a.sites, a.updated_at AS at FROM article a WHERE (a.version > 0"
            " OR EXISTS (SELECT 1 FROM articleversion v WHERE v.article_id = a.id"
            " AND v.state IN ('draft', 'review', 'scheduled')))"
            f"{conditions} AND a.id",
            numbers,
            **values,
        )
        if not (sites := json.loads(row["sites"])) or set(sites) & set(filters.sites.values())
    ]
    return _with_texts(rows, "article", numbers, indexing.sources(tx, "article", [row["id"] for row in rows]))


_READ = {"message": _messages, "note": _notes, "ticket": _tickets, "customer": _customers, "article": _articles}


def _with_texts(
    rows: list[Row], kind: str, numbers: dict[str, int], sources: Collection[indexing.Source]
) -> list[Candidate]:
    texts = {source.id: source.text for source in sources}
    return [Candidate(numbers[row["id"]], kind, row, texts[row["id"]]) for row in rows]


def _conditions(filters: Filters, of: str, at: str) -> tuple[str, dict[str, Any]]:
    """Of a conversation or a ticket."""
    conditions, values = _times(filters, at)
    names, sites = listed("site", filters.sites)
    conditions += f" AND {of}.site_id IN ({names})"
    for name in ("team_id", "status"):
        if getattr(filters, name):
            conditions += f" AND {of}.{name} = :{name}"
            values[name] = getattr(filters, name)
    return conditions, values | sites | {"by": filters.by, "agent_id": filters.agent_id}


def _times(filters: Filters, at: str) -> tuple[str, dict[str, Any]]:
    conditions, values = "", {}
    for name, sign in (("since", ">="), ("until", "<=")):
        if getattr(filters, name) is not None:
            conditions += f" AND {at} {sign} :{name}"
            values[name] = getattr(filters, name)
    return conditions, values
