"""Conversations and their logs. The hot ones are SQL on the driver's connection."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from chat.errors import Conflict
from chat.store.tables import new_id, to_millis
from chat.store.tx import Entry, Row, Tx

_PERSON = "u.name AS person_name, u.email AS person_email, a.name AS agent_name"
_PARTICIPANTS = (  # a line for each, as `participants.of` reads them
    "(SELECT string_agg(CAST(p.at AS TEXT) || ' ' || p.agent_id || ' ' || p.may || ' '"
    " || CASE WHEN p.joined_at IS NULL THEN '-' ELSE 'joined' END || ' '"
    " || replace((SELECT pa.name FROM agent pa WHERE pa.id = p.agent_id), '\n', ' '), '\n')"
    " FROM participant p WHERE p.conversation_id = c.id) AS participants"
)
_TOLD_STAFF = (
    "s.key AS site_key, u.kind AS customer_kind, u.phone AS person_phone, u.attributes AS person_attributes,"
    " (SELECT t.number FROM ticketconversation l JOIN ticket t ON t.id = l.ticket_id"
    " WHERE l.conversation_id = c.id ORDER BY t.created_at DESC, t.id DESC LIMIT 1) AS ticket_number"
)
# What adding to its log takes; the whole has twice as many columns, and a message is heard more often than shown.
_HEARD = f"SELECT c.*, s.urgent_words, {_PERSON}, {_PARTICIPANTS}"
_SHOWN = f"{_HEARD}, {_TOLD_STAFF}, s.safety_notice, s.reopen_hours"
# What is shown of one among others: a third of the columns less, which is a tenth of what such a list takes.
_LISTED = (
    "SELECT c.id, c.site_id, c.customer_id, c.agent_id, c.team_id, c.status, c.topic, c.priority, c.urgent, c.locale,"
    " c.page, c.form, c.epoch, c.version, c.last_seq, c.last_note, c.customer_read_seq, c.agent_read_seq,"
    " c.contact_name, c.contact_email, c.contact_phone, c.preview, c.last_at, c.last_author, c.last_said_at,"
    " c.first_waited_at, c.left_at, c.reply_by, c.snoozed_until, c.created_at, c.closed_at, c.outcome, c.score,"
    f" c.comment, {_PERSON}, {_PARTICIPANTS}, {_TOLD_STAFF}"
)
_JOINED = (
    " JOIN site s ON s.id = c.site_id JOIN customer u ON u.id = c.customer_id LEFT JOIN agent a ON a.id = c.agent_id"
)
WHOLE = f"{_SHOWN} FROM conversation c{_JOINED}"
LINE = "c.priority, c.first_waited_at, c.id"  # how the queue is ordered
_SITES_OF_AGENT = (
    "SELECT ts.site_id FROM teamsite ts JOIN teamagent ta ON ta.team_id = ts.team_id WHERE ta.agent_id = :agent"
)
AGENTS_SITES = f"c.site_id IN ({_SITES_OF_AGENT})"
# The same of one conversation: by the few teams of its site, and not by all colleagues to find the agent's.
OF_AGENT = (
    "c.id = :id AND EXISTS (SELECT 1 FROM teamsite ts JOIN teamagent ta ON ta.team_id = ts.team_id"
    " AND ta.agent_id = :agent WHERE ts.site_id = c.site_id)"
)
OF_CUSTOMER = "c.id = :id AND c.customer_id = :customer AND c.site_id = :site"
# The line of every site, by the index that begins with the site.
WAITING = "c.status = 'waiting' AND c.site_id IN (SELECT id FROM site)"
# Waiting in the queue of one of the agent's teams, or open to it by now.
AGENTS_LINE = (
    f"c.status = 'waiting' AND {AGENTS_SITES} AND (c.team_id IS NULL"
    " OR c.team_id IN (SELECT mine.team_id FROM teamagent mine WHERE mine.agent_id = :agent)"
    " OR (c.overflowed_at IS NOT NULL AND c.team_id IN (SELECT t.id FROM team t JOIN teamagent mine"
    " ON mine.team_id = t.overflow_team_id WHERE mine.agent_id = :agent)))"
)


def held(tx: Tx, which: str, *, skip: bool = False, shown: str = _SHOWN) -> str:
    """WHOLE of one conversation, or what else is `shown` of it; whether `:client` stands in its log, and whether a
    ticket holds part of it. Nobody else changes it until the end.

    The lock stands inside and the names outside, so that they are those of the row as it is once it is held.
    """
    said = "EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.client_id = :client) AS is_said"
    linked = "EXISTS (SELECT 1 FROM ticketconversation l WHERE l.conversation_id = c.id) AS is_linked"
    held_one = f"(SELECT c.* FROM conversation c WHERE {which}{tx.locking(skip=skip)}) c"
    return f"{shown}, {said}, {linked} FROM {held_one}{_JOINED}"


def hold(tx: Tx, conversation_id: str) -> None:
    """The same for who looks at more than the conversation before they change it."""
    tx.lock("conversation", conversation_id)


def conversation(tx: Tx, conversation_id: str) -> Row:
    found = tx.row(f"{WHOLE} WHERE c.id = :id", id=conversation_id)
    assert found is not None, conversation_id
    return found


def in_list(tx: Tx, ids: Sequence[str]) -> list[Row]:
    """What a list shows of those of these that there are, in this order."""
    if not ids:
        return []
    some, value = among(tx, ids)
    rows = tx.rows(f"{_LISTED} FROM conversation c{_JOINED} WHERE c.id {found_first(tx, some)}", ids=value)
    found = {row["id"]: row for row in rows}
    return [found[one] for one in ids if one in found]


def found_first(tx: Tx, some: str) -> str:
    """Is it one of `some`, a SELECT? They are found before anything else is looked at.

    Postgres, left to itself, puts everybody together before it puts them in order, and takes long to plan so many
    tables, each time anew. An array it expects to be as short whatever it is of, so what asks for one is planned once.
    """
    return f"= ANY(ARRAY({some}))" if tx.database == "postgres" else f"IN ({some})"


def among(tx: Tx, ids: Iterable[str]) -> tuple[str, str]:
    """For `IN (...)`: these as rows, and the `:ids` they are made of. One value however many they are, so that it is
    one statement; and a text, since a list takes psycopg as long to write down as Postgres to find what is in it.
    """
    if tx.database == "postgres":
        return "SELECT unnest(string_to_array(:ids, ','))", ",".join(ids)
    return "SELECT value FROM json_each(:ids)", json.dumps(list(ids))


def of_customer(
    tx: Tx, conversation_id: str, customer_id: str, site_id: str, client_id: str | None = None
) -> Row | None:
    """With a `client_id`, what adding to its log takes."""
    if client_id is not None and (found := ahead(tx, conversation_id, client_id)):
        return found
    return tx.row(
        held(tx, OF_CUSTOMER, shown=_HEARD if client_id else _SHOWN),
        id=conversation_id,
        customer=customer_id,
        site=site_id,
        client=client_id,
    )


def is_of_customer(tx: Tx, conversation_id: str, customer_id: str, site_id: str) -> bool:
    sql = "SELECT 1 FROM conversation c WHERE c.id = :id AND c.customer_id = :customer AND c.site_id = :site"
    return tx.value(sql, id=conversation_id, customer=customer_id, site=site_id) is not None


def is_seen_by(tx: Tx, conversation_id: str, agent_id: str) -> bool:
    """Does this agent have a team that serves the conversation's site?"""
    sql = f"SELECT 1 FROM conversation c WHERE {OF_AGENT}"
    return tx.value(sql, id=conversation_id, agent=agent_id) is not None


def of_agent(tx: Tx, conversation_id: str, agent_id: str, client_id: str | None = None) -> Row | None:
    if client_id is not None and (found := ahead(tx, conversation_id, client_id)):
        return found
    sql = held(tx, OF_AGENT, shown=_HEARD if client_id else _SHOWN)
    return tx.row(sql, id=conversation_id, agent=agent_id, client=client_id)


def ahead(tx: Tx, conversation_id: str, client_id: str) -> Row | None:
    """What was read ahead, once: what is asked later is read anew."""
    found, tx.ahead = tx.ahead, None
    is_this = tx.asked is not None and (tx.asked.conversation_id, tx.asked.client_id) == (conversation_id, client_id)
    return found if is_this else None


def current(tx: Tx, customer_id: str, site_id: str) -> Row | None:
    """The customer's open conversation, else the one that closed last."""
    return tx.row(
        f"{WHOLE} WHERE c.customer_id = :customer AND c.site_id = :site"
        " ORDER BY c.status = 'closed', c.created_at DESC, c.id DESC LIMIT 1",
        customer=customer_id,
        site=site_id,
    )


def of_one(tx: Tx, customer_id: str, site_id: str, limit: int) -> list[Row]:
    """The customer's conversations, the newest first."""
    return tx.rows(
        f"{WHOLE} WHERE c.customer_id = :customer AND c.site_id = :site"
        " ORDER BY c.created_at DESC, c.id DESC LIMIT :limit",
        customer=customer_id,
        site=site_id,
        limit=limit,
    )


def mine(tx: Tx, agent_id: str) -> list[str]:
    rows = tx.rows(
        f"SELECT c.id FROM conversation c WHERE c.agent_id = :agent AND c.status = 'active' AND {AGENTS_SITES}"
        " ORDER BY c.last_at DESC, c.id",
        agent=agent_id,
    )
    return [row["id"] for row in rows]


def waiting_at(tx: Tx, site_ids: Iterable[str], limit: int) -> list[str]:
    """The first of those who wait at these sites."""
    return [row["id"] for row in first_of(tx, site_ids, ["c.status = 'waiting'"], LINE, limit=limit)]


def first_of(tx: Tx, site_ids: Iterable[str], kinds: Sequence[str], order: str, **values: Any) -> list[Row]:
    """The first `:limit` of those of these sites that are of one of these kinds, in this order, nothing after
    everything: what orders them, and their `id`. Each site gives its first of each kind by an index that begins with
    the site.
    """
    shown = ", ".join(dict.fromkeys([*order.split(", "), "c.id"]))
    _, sites = listed("site", site_ids)
    of_each = [
        f"SELECT * FROM (SELECT {shown} FROM conversation c WHERE c.site_id = :{site} AND {kind}"
        f" ORDER BY {order} LIMIT :limit) AS at_{site}_{index}"
        for site in sites
        for index, kind in enumerate(kinds)
    ]
    if not of_each:
        return []
    # Databases do not agree on where nothing stands unless it is said; that they find no index for is but these few.
    of_all = order.replace(",", " NULLS LAST,") + " NULLS LAST"
    return tx.rows(
        f"SELECT * FROM ({' UNION ALL '.join(of_each)}) AS c ORDER BY {of_all} LIMIT :limit", **sites, **values
    )


def waiting_count(tx: Tx, site_ids: Iterable[str]) -> int:
    """How many wait at these sites; from an index alone."""
    names, sites = listed("site", site_ids)
    return int(
        tx.value(f"SELECT count(*) FROM conversation WHERE site_id IN ({names}) AND status = 'waiting'", **sites)
    )


LIVE = ("bot", "waiting", "active")  # what goes on: neither ended nor an offline message


def live_counts(tx: Tx, agent_id: str) -> Row:
    """How many go on at the agent's sites, by status; from an index alone."""
    counts = ", ".join(f"count(*) FILTER (WHERE c.status = '{status}') AS {status}" for status in LIVE)
    found = tx.row(f"SELECT {counts} FROM conversation c WHERE {_going_on(tx)}", agent=agent_id)
    assert found is not None
    return found


# Those who wait for an agent's word, longest first; then the others, where something was said last first.
URGENCY = (
    "CASE WHEN c.status = 'bot' OR c.last_author = 'agent' THEN 10000000000000 - c.last_at"
    " ELSE coalesce(c.last_said_at, c.first_waited_at, c.created_at) END"
)


def live(tx: Tx, agent_id: str, after: tuple[int, str] | None, limit: int) -> list[Row]:
    """What a list shows of those that go on at the agent's sites behind `after`, and their place in this order as
    `urgency`.
    """
    behind = f" AND ({URGENCY}, c.id) > (:urgency, :id)" if after else ""
    some = f"SELECT c.id FROM conversation c WHERE {_going_on(tx)}{behind} ORDER BY {URGENCY}, c.id LIMIT :limit"
    return tx.rows(
        f"{_LISTED}, {URGENCY} AS urgency FROM conversation c{_JOINED} WHERE c.id {found_first(tx, some)}"
        " ORDER BY urgency, c.id",
        agent=agent_id,
        limit=limit,
        **(dict(zip(("urgency", "id"), after, strict=True)) if after else {}),
    )


def _going_on(tx: Tx) -> str:
    return f"c.site_id {found_first(tx, _SITES_OF_AGENT)} AND c.status IN {LIVE}"


def next_in_line(tx: Tx, agent_id: str) -> Row | None:
    """Held. One that somebody else is changing right now is left to them, unless it is the only one."""
    which = f"{AGENTS_LINE} ORDER BY {LINE} LIMIT 1"
    values = {"agent": agent_id, "client": None}
    return tx.row(held(tx, which, skip=True), **values) or tx.row(held(tx, which), **values)


# Does the team to which theirs overflows serve their site?
_HELPED = (
    "EXISTS (SELECT 1 FROM team f JOIN teamsite o ON o.team_id = f.overflow_team_id"
    " WHERE f.id = c.team_id AND o.site_id = c.site_id)"
)


def waiting_for(
    tx: Tx,
    agent_id: str,
    *,
    languages: Iterable[str],
    teams: Iterable[str],
    overflowing: Iterable[str],
    sites: Iterable[str],
    limit: int,
) -> list[Row]:
    """Held, in order: those of `teams`, and of `overflowing` those that may come over, which this agent can have.

    What somebody else is changing right now is left out.
    """
    of_sites, site_values = listed("site", sites)
    of_teams, team_values = listed("team", teams)
    coming_over, over_values = listed("over", overflowing)
    spoken, language_values = listed("locale", languages)
    which = (
        f"c.status = 'waiting' AND c.site_id IN ({of_sites}) AND (c.team_id IN ({of_teams})"
        # Nobody else is left out by one whom that team may not have.
        f" OR (c.overflowed_at IS NOT NULL AND c.team_id IN ({coming_over}) AND {_HELPED}))"
        f"{f' AND c.locale IN ({spoken})' if language_values else ''}"
        f" AND c.passed_over NOT LIKE :me ORDER BY {LINE} LIMIT :limit"
    )
    return tx.rows(
        f"{held(tx, which, skip=True)} ORDER BY {LINE}",
        client=None,
        me=f"%{agent_id}%",
        limit=limit,
        **site_values,
        **team_values,
        **over_values,
        **language_values,
    )


def waiting_before(tx: Tx, row: Row, sites: Iterable[str], limit: int) -> list[Row]:
    """Held, in order: those of its team who stand before it. What somebody else is changing right now is left out."""
    of_sites, site_values = listed("site", sites)
    which = (
        f"c.status = 'waiting' AND c.team_id = :team AND c.site_id IN ({of_sites})"
        f" AND ({LINE}) < (:priority, :first, :id) ORDER BY {LINE} LIMIT :limit"
    )
    return tx.rows(
        f"{held(tx, which, skip=True)} ORDER BY {LINE}",
        client=None,
        team=row["team_id"],
        priority=row["priority"],
        first=row["first_waited_at"],
        id=row["id"],
        limit=limit,
        **site_values,
    )


def overflowing(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """Held: those who have waited for so long that another team may take them, and are not known to."""
    which = (
        f"{WAITING} AND c.overflowed_at IS NULL AND EXISTS (SELECT 1 FROM team t JOIN teamsite o"
        " ON o.team_id = t.overflow_team_id AND o.site_id = c.site_id WHERE t.id = c.team_id"
        f" AND c.first_waited_at <= :now - t.overflow_seconds * 1000) ORDER BY {LINE} LIMIT :limit"
    )
    return tx.rows(f"{held(tx, which, skip=True)} ORDER BY {LINE}", client=None, now=to_millis(now), limit=limit)


_PASSED_OVER = (
    f"{WAITING} AND c.passed_over <> '[]' AND NOT EXISTS"
    " (SELECT 1 FROM assignment h WHERE h.conversation_id = c.id AND h.ended_at > :before)"
)


def is_any_passed_over(tx: Tx, before: datetime) -> bool:
    """Does somebody wait who was passed over then, and whom nobody has had since?"""
    sql = f"SELECT EXISTS (SELECT 1 FROM conversation c WHERE {_PASSED_OVER})"
    return bool(tx.value(sql, before=to_millis(before)))


def forget_passed_over(tx: Tx, before: datetime, limit: int) -> int:
    """Nobody sees it, so the version stays."""
    return tx.change(
        "UPDATE conversation SET passed_over = '[]' WHERE id IN"
        f" (SELECT c.id FROM conversation c WHERE {_PASSED_OVER} ORDER BY c.id LIMIT :limit{tx.locking(skip=True)})",
        before=to_millis(before),
        limit=limit,
    )


def misplaced(tx: Tx, limit: int) -> list[Row]:
    """Held: those in no team's queue, or in that of a team that does not serve their site, while another does."""
    which = (
        f"{WAITING} AND NOT EXISTS (SELECT 1 FROM teamsite s WHERE s.team_id = c.team_id"
        " AND s.site_id = c.site_id) AND EXISTS (SELECT 1 FROM teamsite s WHERE s.site_id = c.site_id)"
        f" ORDER BY {LINE} LIMIT :limit"
    )
    return tx.rows(f"{held(tx, which, skip=True)} ORDER BY {LINE}", client=None, limit=limit)


def out_of_sight(tx: Tx, limit: int) -> list[Row]:
    """Held: those whose agent is in no team of their site any more."""
    which = (
        "c.status = 'active' AND c.agent_id IN (SELECT id FROM agent) AND NOT EXISTS"
        " (SELECT 1 FROM teamsite s JOIN teamagent m ON m.team_id = s.team_id"
        " WHERE s.site_id = c.site_id AND m.agent_id = c.agent_id) ORDER BY c.id LIMIT :limit"
    )
    return tx.rows(f"{held(tx, which, skip=True)} ORDER BY {LINE}", client=None, limit=limit)


def insert(tx: Tx, **values: Any) -> str:
    conversation_id = new_id()
    values = {"id": conversation_id, **_plain(values)}
    names = ", ".join(values)
    tx.change(
        f"INSERT INTO conversation ({names}, epoch, version, last_seq, last_note, customer_read_seq, agent_read_seq,"
        f" bot_misses, preview, mailed_seq, warned) VALUES ({', '.join(':' + name for name in values)},"
        " 0, 1, 0, 0, 0, 0, 0, '', 0, FALSE)",
        **values,
    )
    return conversation_id


def change(tx: Tx, row: Row, **values: Any) -> None:
    """Sets the columns and raises the version. Raises Conflict when status or epoch are no longer those of `row`."""
    if not try_change(tx, row, **values):
        raise Conflict("This conversation changed just now. Look again.", code="changed")


def try_change(tx: Tx, row: Row, **values: Any) -> bool:
    """The same for who has to know about it: False when somebody was faster."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    return (
        tx.change(
            f"UPDATE conversation SET version = version + 1{', ' if sets else ''}{sets}"
            " WHERE id = :row_id AND status = :row_status AND epoch = :row_epoch",
            row_id=row["id"],
            row_status=row["status"],
            row_epoch=row["epoch"],
            **_plain(values),
        )
        == 1
    )


PEOPLE = ("customer", "agent")
_NUMBER = "UPDATE conversation SET last_seq = last_seq + 1, last_at = :created_at{marks} WHERE id = :conversation_id"
_ENTRY = (
    "INSERT INTO message (conversation_id, seq, id, client_id, author_kind, author_id, author_name, kind, body, data,"
    " created_at) SELECT :conversation_id, {seq}, :id, :client_id, :author_kind, :author_id, :author_name, :kind,"
    " :body, :data, :created_at{of}"
)


def _appending(author_kind: str) -> tuple[str, str, str]:
    """The number is taken, the entry written; and both together."""
    marks = (
        f", {author_kind}_read_seq = last_seq + 1, preview = coalesce(:preview, preview), last_author = :author_kind,"
        " last_said_at = :created_at"
        if author_kind in PEOPLE
        else ""
    )
    number = f"{_NUMBER.format(marks=marks)} RETURNING last_seq"
    together = f"WITH number AS ({number}) {_ENTRY.format(seq='number.last_seq', of=' FROM number')} RETURNING seq"
    return number, _ENTRY.format(seq=":seq", of=""), together


_APPENDING = {kind: _appending(kind) for kind in (*PEOPLE, "bot", "system")}
_NUMBERS = (
    "UPDATE conversation SET last_seq = ?, last_at = ?, customer_read_seq = coalesce(?, customer_read_seq),"
    " agent_read_seq = coalesce(?, agent_read_seq), preview = coalesce(?, preview),"
    " last_author = coalesce(?, last_author), last_said_at = coalesce(?, last_said_at) WHERE id = ?"
)
_UNCHANGED: tuple[Any, ...] = (None,) * 7
_ENTRIES = (
    "INSERT INTO message (conversation_id, seq, id, client_id, author_kind, author_id, author_name, kind, body, data,"
    " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def append(
    tx: Tx,
    conversation_id: str,
    *,
    client_id: str | None,
    author_kind: str,
    author_id: str | None,
    author_name: str,
    kind: str,
    body: str,
    data: dict[str, Any] | None,
    now: datetime,
) -> Row:
    """Adds the next entry to the log and gives it back. The number is taken and the entry written together.

    Who writes has read what stands before: their mark moves along, which every reader can tell from the message.
    """
    row: dict[str, Any] = {
        "conversation_id": conversation_id,
        "seq": None if tx.together is None else tx.together.next_seq(conversation_id),
        "id": new_id(),
        "client_id": client_id,
        "author_kind": author_kind,
        "author_id": author_id,
        "author_name": author_name,
        "kind": kind,
        "body": body,
        "data": None if data is None else json.dumps(data, ensure_ascii=False),
        "created_at": to_millis(now),
    }
    # A card without words leaves in the lists what was said before it.
    preview = (body or (data or {}).get("attachment", {}).get("name", ""))[:120] or None
    if tx.together is not None and row["seq"] is not None:
        tx.together.put_off(Entry(row, preview))
        return row
    del row["seq"]  # the database gives it
    number, entry, together = _APPENDING[author_kind]
    if tx.chains:
        row["seq"] = tx.value(together, **row, preview=preview)
    else:
        row["seq"] = tx.value(number, **row, preview=preview)
        tx.change(entry, **row)
    assert row["seq"] is not None, conversation_id
    return row


def append_all(cursor: sqlite3.Cursor, entries: Sequence[Entry]) -> None:
    """What `append` does, for entries that have their numbers, in order: each conversation is changed once."""
    changed: dict[str, tuple[Any, ...]] = {}
    for row, shown in entries:
        conversation_id, seq, at = row["conversation_id"], row["seq"], row["created_at"]
        _, _, by_customer, by_agent, preview, author, said_at = changed.get(conversation_id, _UNCHANGED)
        if row["author_kind"] in PEOPLE:
            preview, author, said_at = shown or preview, row["author_kind"], at
            by_customer = seq if author == "customer" else by_customer
            by_agent = seq if author == "agent" else by_agent
        changed[conversation_id] = (seq, at, by_customer, by_agent, preview, author, said_at)
    cursor.executemany(_NUMBERS, [(*values, conversation_id) for conversation_id, values in changed.items()])
    cursor.executemany(_ENTRIES, [tuple(row.values()) for row, _ in entries])


def said(tx: Tx, conversation_id: str, client_id: str) -> Row | None:
    return tx.row(
        "SELECT * FROM message WHERE conversation_id = :conversation AND client_id = :client",
        conversation=conversation_id,
        client=client_id,
    )


def messages_after(tx: Tx, conversation_id: str, after: int, limit: int) -> list[Row]:
    return tx.rows(
        "SELECT * FROM message WHERE conversation_id = :conversation AND seq > :after ORDER BY seq LIMIT :limit",
        conversation=conversation_id,
        after=after,
        limit=limit,
    )


def messages_before(tx: Tx, conversation_id: str, before: int, limit: int) -> list[Row]:
    """The last `limit` before `before`, oldest first."""
    found = tx.rows(
        "SELECT * FROM message WHERE conversation_id = :conversation AND seq < :before ORDER BY seq DESC LIMIT :limit",
        conversation=conversation_id,
        before=before,
        limit=limit,
    )
    return found[::-1]


def mark_read(tx: Tx, conversation_id: str, side: str, seq: int) -> int | None:
    """Moves a side's mark forward, never past the log and never back. Gives the new version; None: nothing moved."""
    column = {"customer": "customer_read_seq", "agent": "agent_read_seq"}[side]
    version: int | None = tx.value(
        f"UPDATE conversation SET {column} = CASE WHEN :seq < last_seq THEN :seq ELSE last_seq END,"
        f" version = version + 1 WHERE id = :id AND {column} < :seq AND {column} < last_seq RETURNING version",
        id=conversation_id,
        seq=seq,
    )
    return version


def append_note(
    tx: Tx, conversation_id: str, client_id: str, agent_id: str, agent_name: str, body: str, now: datetime
) -> Row:
    number = tx.value(
        "UPDATE conversation SET last_note = last_note + 1 WHERE id = :id RETURNING last_note",
        id=conversation_id,
    )
    row = tx.row(
        "INSERT INTO note (conversation_id, number, id, client_id, agent_id, agent_name, body, created_at)"
        " VALUES (:conversation, :number, :id, :client, :agent, :name, :body, :now) RETURNING *",
        conversation=conversation_id,
        number=number,
        id=new_id(),
        client=client_id,
        agent=agent_id,
        name=agent_name,
        body=body,
        now=to_millis(now),
    )
    assert row is not None
    return row


def noted(tx: Tx, conversation_id: str, client_id: str) -> Row | None:
    return tx.row(
        "SELECT * FROM note WHERE conversation_id = :conversation AND client_id = :client",
        conversation=conversation_id,
        client=client_id,
    )


def notes(tx: Tx, conversation_id: str) -> list[Row]:
    return tx.rows(
        "SELECT * FROM note WHERE conversation_id = :conversation ORDER BY number",
        conversation=conversation_id,
    )


def heads_of_customer(tx: Tx, customer_id: str, site_id: str) -> list[Row]:
    """What a beacon tells a customer: the newest numbers of the conversation they see."""
    return tx.rows(
        "SELECT id, last_seq, version FROM conversation WHERE customer_id = :customer AND site_id = :site"
        " ORDER BY status = 'closed', created_at DESC, id DESC LIMIT 1",
        customer=customer_id,
        site=site_id,
    )


def heads_of_agent(tx: Tx, agent_id: str, viewed: list[str]) -> list[Row]:
    names = ", ".join(f":v{index}" for index in range(len(viewed)))
    return tx.rows(
        "SELECT c.id, c.last_seq, c.version FROM conversation c WHERE (c.agent_id = :agent AND c.status = 'active'"
        " OR c.id IN (SELECT conversation_id FROM participant WHERE agent_id = :agent)"
        f"{f' OR c.id IN ({names})' if viewed else ''}) AND {AGENTS_SITES}",
        agent=agent_id,
        **{f"v{index}": conversation_id for index, conversation_id in enumerate(viewed)},
    )


def listed(name: str, values: Iterable[str]) -> tuple[str, dict[str, str]]:
    """For `IN (...)`: names for these values, and the values by name."""
    named = {f"{name}{number}": value for number, value in enumerate(sorted(set(values)))}
    return ", ".join(f":{key}" for key in named) or "NULL", named


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: to_millis(value)
        if isinstance(value, datetime)
        else json.dumps(value, ensure_ascii=False)
        if isinstance(value, dict | list)
        else value
        for name, value in values.items()
    }


def has_card(tx: Tx, conversation_id: str, data: dict[str, Any]) -> bool:
    """Exactly this one."""
    found = "SELECT 1 FROM message WHERE conversation_id = :id AND kind = 'card' AND data = :data LIMIT 1"
    return bool(tx.value(found, id=conversation_id, data=json.dumps(data, ensure_ascii=False)))


def has_agents_answer(tx: Tx, conversation_id: str) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM message WHERE conversation_id = :id AND author_kind = 'agent' AND kind <> 'system' LIMIT 1",
            id=conversation_id,
        )
    )
