"""Searching in all that an agent may see: messages, notes, tickets, customers, articles.

The index gives candidates, newest first; each is looked at as it is now: may the agent see it, do the filters let it
through, is the query in its text? So the index can neither leak nor be out of date, only be behind. However much of
what it gives is turned down, a page is given after so many: it is short then, and goes on at `next`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chat import wire
from chat.actions import access, cursor
from chat.actions.access import Who
from chat.domain import search as rules
from chat.domain.markdown import plain_text
from chat.errors import Invalid
from chat.store import Tx
from chat.store.queries import indexing, people
from chat.store.queries import search as queries
from chat.store.queries.search import Candidate, Filters
from chat.store.search_index import Wanted
from chat.store.tables import from_millis, to_millis

AT_ONCE = 50  # candidates
AT_ONCE_OF_ONE = 250  # the same of one customer, most of which are none
SCANNED = (50, 150, 200)  # the newest, without the index: each time as many more
MOST = 1_000  # candidates of a page

Place = tuple[int, str]  # of a candidate: its number, and its id
Step = tuple[list[Candidate], Place | None]  # candidates, and where it goes on after them


def search(tx: Tx, who: Who, command: wire.Search, now: datetime) -> wire.FoundPage:
    """Raises Invalid when there is no word in the text."""
    query = rules.terms(command.text)
    if not query:
        raise Invalid("Search for a word or a number.")
    filters = _filters(tx, who, command)
    before = cursor.read(command.before) if command.before else None
    if command.customer_id:
        steps = _of_customer(tx, command.customer_id, filters, before)
    else:
        steps = _indexed(tx, Wanted(rules.wanted(query), _marks(tx, command, filters)), filters, before)
    found: list[wire.Found] = []
    rest: Place | None = None
    for step in steps:
        candidates, rest = step
        for candidate in candidates:
            text = plain_text(candidate.text) if candidate.kind == "article" else candidate.text
            spans = rules.find(query, text)
            if spans is not None:
                found.append(_shown(candidate, text, spans))
            if len(found) == command.limit:
                return _page(tx, found, (candidate.number, candidate.row["id"]))
    return _page(tx, found, rest)


def _indexed(tx: Tx, wanted: Wanted, filters: Filters, before: Place | None) -> Iterator[Step]:
    """What the index says has the words, until there is no more or so many were looked at."""
    first, below = queries.bounds(tx, filters)
    rest: int | None = below if before is None else min(below, before[0])
    looked = 0
    if rest is not None and _is_everywhere(wanted, filters):
        rest = queries.top(tx, rest)
        for many in SCANNED:
            upper, rest, looked = rest, max(first, rest - many), looked + many
            candidates = queries.candidates(tx, list(range(upper - 1, rest - 1, -1)), filters)
            yield candidates, (rest, "") if rest > first else None
            if rest == first:
                return
    while rest is not None and rest > first and looked < MOST:
        page = queries.newest(tx, wanted, rest, AT_ONCE)
        rest, looked = page.rest, looked + max(len(page.numbers), 1)
        yield queries.candidates(tx, page.numbers, filters), (rest, "") if rest is not None and rest > first else None


def _is_everywhere(wanted: Wanted, filters: Filters) -> bool:
    """One character begins thousands of pairs, and gathering them takes longer than to look at what was said last."""
    is_said = not filters.kinds or "message" in filters.kinds
    return is_said and len(wanted.words) == 1 and wanted.words[0].is_open and len(wanted.words[0].text) == 1


def _of_customer(tx: Tx, customer_id: str, filters: Filters, before: Place | None) -> Iterator[Step]:
    """All that one customer and those who answered them wrote, without the index: that is not much."""
    looked = 0
    while looked < MOST:
        candidates, before = queries.of_customer(tx, customer_id, filters, before, AT_ONCE_OF_ONE)
        looked += AT_ONCE_OF_ONE
        yield candidates, before
        if before is None:
            return


def _page(tx: Tx, found: list[wire.Found], rest: Place | None) -> wire.FoundPage:
    more = None if rest is None else cursor.written(*rest)
    return wire.FoundPage(found=found, next=more, behind=queries.is_behind(tx))


def _filters(tx: Tx, who: Who, command: wire.Search) -> Filters:
    sites = [access.site_for(tx, who, command.site)] if command.site else access.sites_of(tx, who)
    return Filters(
        {site.id: site.key for site in sites},
        kinds=tuple(command.kinds),
        **command.model_dump(include={"by", "agent_id", "team_id", "status"}),
        since=to_millis(command.since) if command.since else None,
        until=to_millis(command.until) if command.until else None,
    )


def _marks(tx: Tx, command: wire.Search, filters: Filters) -> list[list[str]]:
    """What the index knows of the filters: it spares looking at what they would turn down anyway."""
    marks = []
    if command.kinds:
        marks.append([indexing.kind_mark(kind) for kind in command.kinds])
    if len(filters.sites) < len(people.every_site(tx)):
        marks.append([indexing.EVERYWHERE, *map(indexing.site_mark, filters.sites)])
    if command.by:
        marks.append([indexing.writer_mark(command.by)])
    if command.agent_id:
        marks.append([indexing.agent_mark(command.agent_id), indexing.kind_mark("ticket")])
    return marks


def _shown(candidate: Candidate, text: str, spans: list[tuple[int, int]]) -> wire.Found:
    row = candidate.row
    return wire.Found(
        kind=candidate.kind,
        id=row["id"],
        title=_title(candidate),
        pieces=[wire.FoundPiece(text=one.text, hit=one.is_hit) for one in rules.excerpt(text, spans)],
        at=from_millis(row["at"]),
        author=_author(candidate),
        **{name: row[name] for name in SHOWN[candidate.kind]},
        **({"ticket_id": row["id"]} if candidate.kind == "ticket" else {}),
    )


SHOWN = {  # beside what all have
    "message": ("conversation_id", "customer_id", "seq", "status", "site"),
    "note": ("conversation_id", "customer_id", "status", "site"),
    "ticket": ("number", "status", "site"),
    "customer": ("conversation_id", "ticket_id"),
    "article": (),
}


def _title(candidate: Candidate) -> str:
    row = candidate.row
    return (row["name"] or row["contact_name"] or "") if candidate.kind == "customer" else row["title"]


def _author(candidate: Candidate) -> wire.Author | None:
    row = candidate.row
    if candidate.kind == "message":
        return wire.Author(kind=row["author_kind"], id=row["author_id"], name=row["author_name"])
    return wire.Author(kind="agent", id=row["agent_id"], name=row["agent_name"]) if candidate.kind == "note" else None
