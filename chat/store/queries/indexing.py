"""What has to be indexed, the texts it is found by, and what the index is told. See `actions.indexing`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple
from zlib import crc32

from chat.store.queries.conversations import listed
from chat.store.search_index import BLOCK, MARK, index_of
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

LETTERS = {"message": "m", "note": "n", "ticket": "t", "customer": "c", "article": "a"}
KINDS = {letter: kind for kind, letter in LETTERS.items()}
KEY = 8  # bytes of an id that its entry is found by: when it was made, and some chance
SLOTS, ID = 100, 16  # messages of a block, and the bytes of each
NEIGHBOURS = 64  # blocks; if messages are spread over more than these, they are looked up one by one
MOST_PARTS = 200  # notes of a ticket, contacts of a customer
EVERYWHERE = f"{MARK}s"  # the site of what belongs to none


@dataclass(frozen=True)
class Source:
    """What is to be found: a text, and what it can be filtered by."""

    kind: str
    id: str
    text: str
    at: int  # milliseconds
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A source, ready for the index: above all that is there, among the old ones, or under its `number`."""

    kind: str
    id: str
    words: str
    at: int
    is_old: bool = False
    number: int | None = None


class Entry(NamedTuple):
    """What is in the index; the `words` it was put in with, of what is no message."""

    number: int
    words: str | None = None


# -- marks: words that are no text --------------------------------------------------------------------------------


def kind_mark(kind: str) -> str:
    return f"{MARK}k{LETTERS[kind]}"


def site_mark(site_id: str) -> str:
    return f"{EVERYWHERE}{crc32(site_id.encode()):x}"


def writer_mark(kind: str) -> str:
    return f"{MARK}w{kind}"


def agent_mark(agent_id: str) -> str:
    return f"{MARK}a{crc32(agent_id.encode()):x}"


# -- how far it is ------------------------------------------------------------------------------------------------


def marks(tx: Tx) -> dict[str, str]:
    return {row["name"]: row["value"] for row in tx.rows("SELECT name, value FROM searchmark")}


def set_mark(tx: Tx, name: str, value: str) -> None:
    tx.change("UPDATE searchmark SET value = :value WHERE name = :name", name=name, value=value)


def take_turn(tx: Tx, turn: int) -> bool:
    """False: somebody else has put something into the index since that turn, or is about to."""
    free = f"SELECT name FROM searchmark WHERE name = 'puts'{tx.locking(skip=True)}"
    taken = f"UPDATE searchmark SET value = :next WHERE name IN ({free}) AND value = :turn"
    return tx.change(taken, turn=str(turn), next=str(turn + 1)) == 1


# -- what is to be done -------------------------------------------------------------------------------------------


def todo(tx: Tx, limit: int) -> list[Row]:
    return tx.rows("SELECT * FROM searchtodo ORDER BY number LIMIT :limit", limit=limit)


def drop_todo(tx: Tx, numbers: Sequence[int]) -> None:
    if numbers:
        names, values = _numbered(numbers)
        tx.change(f"DELETE FROM searchtodo WHERE number IN ({names})", **values)


def messages_after(tx: Tx, after: str, limit: int) -> list[str]:
    """Ids of what may be found, oldest first."""
    rows = tx.rows(
        "SELECT id FROM message WHERE id > :after AND kind <> 'system' ORDER BY id LIMIT :limit",
        after=after,
        limit=limit,
    )
    return [row["id"] for row in rows]


def messages_before(tx: Tx, before: str, limit: int) -> list[str]:
    """The same, newest first."""
    rows = tx.rows(
        "SELECT id FROM message WHERE id < :before AND kind <> 'system' ORDER BY id DESC LIMIT :limit",
        before=before,
        limit=limit,
    )
    return [row["id"] for row in rows]


def talk_after(tx: Tx, after: str, until: str, limit: int) -> list[tuple[str, str]]:
    """The kinds and ids of messages and notes, oldest first."""
    found = " UNION ALL ".join(
        f"SELECT * FROM (SELECT '{table}' AS kind, id FROM {table}"
        f" WHERE id > :after AND id <= :until{condition} ORDER BY id LIMIT :limit) AS {table}s"
        for table, condition in (("message", " AND kind <> 'system'"), ("note", ""))
    )
    rows = tx.rows(
        f"SELECT kind, id FROM ({found}) AS found ORDER BY id LIMIT :limit", after=after, until=until, limit=limit
    )
    return [(row["kind"], row["id"]) for row in rows]


def entries_of(tx: Tx, ids: Collection[str]) -> dict[str, Entry]:
    """Of those that are in the index."""
    subjects = {uuid.UUID(one).bytes: one for one in ids}
    sql = f"SELECT number, subject, words FROM searchentry WHERE substr(subject, 1, {KEY})"
    rows = some(tx, sql, [subject[:KEY] for subject in subjects])
    found = {one: Entry(row["number"], row["words"]) for row in rows if (one := subjects.get(bytes(row["subject"])))}
    others = [subject for subject, one in subjects.items() if one not in found]
    return found | {subjects[subject]: Entry(number) for subject, number in _numbers_of(tx, others).items()}


def _numbers_of(tx: Tx, subjects: Collection[bytes]) -> dict[bytes, int]:
    """Of the messages among these that are in the index."""
    keys = [_key(subject) for subject in subjects]
    if not keys:
        return {}
    blocks = _blocks_between(tx, min(keys), max(keys))
    if len(blocks) == NEIGHBOURS:
        blocks = [block for key in keys for block in _blocks_between(tx, key, key)]
    found: dict[bytes, int] = {}
    for block in blocks:
        slots = _slots(block)
        found |= {
            subject: block["block"] * SLOTS + slots.index(subject) for subject in set(slots).intersection(subjects)
        }
    return found


def _blocks_between(tx: Tx, low: int, high: int) -> list[Row]:
    return tx.rows(
        "SELECT * FROM searchblock WHERE high >= :low AND low <= :high LIMIT :limit",
        low=low,
        high=high,
        limit=NEIGHBOURS,
    )


def _key(subject: bytes) -> int:
    """In the order in which ids were made, in what both databases call a number."""
    return int.from_bytes(subject[:KEY]) >> 1


def _slots(block: Row) -> list[bytes]:
    subjects = bytes(block["subjects"])
    return [subjects[at : at + ID] for at in range(0, len(subjects), ID)]


def subjects_of(tx: Tx, numbers: Sequence[int]) -> list[tuple[int, str, str]]:
    """Number, kind and id of what these stand for."""
    rows = some(tx, "SELECT number, kind, subject FROM searchentry WHERE number", numbers)
    found = [(row["number"], KINDS[row["kind"]], bytes(row["subject"])) for row in rows]
    blocks = some(tx, "SELECT * FROM searchblock WHERE block", {number // SLOTS for number in numbers})
    slots = {block["block"]: _slots(block) for block in blocks}
    for number in numbers:
        of_block = slots.get(number // SLOTS, [])
        if number % SLOTS < len(of_block) and any(subject := of_block[number % SLOTS]):
            found.append((number, "message", subject))
    return [(number, kind, str(uuid.UUID(bytes=subject))) for number, kind, subject in found]


# -- sources ------------------------------------------------------------------------------------------------------


def sources(tx: Tx, kind: str, ids: Collection[str]) -> list[Source]:
    """Those of these that there are."""
    return _READ[kind](tx, ids)


def customers(tx: Tx, ids: Collection[str], site_ids: Collection[str] | None = None) -> list[Source]:
    """What they gave as their contact is of all sites, or of these."""
    of_sites, values = ("", {}) if site_ids is None else _of_sites(site_ids)
    rows = some(tx, "SELECT * FROM customer WHERE id", ids)
    contacts = _parts(
        [
            row
            for column in ("contact_name", "contact_email", "contact_phone")
            for row in some(
                tx,
                f"SELECT DISTINCT customer_id AS id, {column} AS part FROM conversation WHERE {column} IS NOT NULL"
                f"{of_sites} AND customer_id",
                ids,
                **values,
            )
        ]
    )
    marks = kind_mark("customer"), EVERYWHERE
    return [
        Source("customer", row["id"], _text_of_customer(row, contacts.get(row["id"], [])), row["created_at"], marks)
        for row in rows
    ]


def _of_sites(site_ids: Collection[str]) -> tuple[str, dict[str, str]]:
    names, values = listed("site", site_ids)
    return f" AND site_id IN ({names})", values


def _text_of_customer(row: Row, contacts: list[str]) -> str:
    known = (row["name"], row["email"], row["phone"], row["external_id"], *contacts)
    return "\n".join(dict.fromkeys(filter(None, known)))


def text_of_message(row: Row | dict[str, Any]) -> str:
    """What somebody wrote, and the name of the file they sent; what is worded in each reader's language is no text."""
    attachment = json.loads(row["data"]).get("attachment") if row["kind"] == "file" and row["data"] else None
    return "\n".join(filter(None, (row["body"], attachment and attachment["name"])))


def marks_of_message(row: Row | dict[str, Any]) -> tuple[str, ...]:
    by_agent = (agent_mark(row["author_id"]),) if row["author_kind"] == "agent" and row["author_id"] else ()
    return kind_mark("message"), site_mark(row["site_id"]), writer_mark(row["author_kind"]), *by_agent


def _messages(tx: Tx, ids: Collection[str]) -> list[Source]:
    rows = some(
        tx,
        "SELECT m.id, m.kind, m.body, m.data, m.author_kind, m.author_id, m.created_at, c.site_id"
        " FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.kind <> 'system' AND m.id",
        ids,
    )
    return [
        Source("message", row["id"], text_of_message(row), row["created_at"], marks_of_message(row)) for row in rows
    ]


def _notes(tx: Tx, ids: Collection[str]) -> list[Source]:
    rows = some(
        tx,
        "SELECT n.id, n.body, n.agent_id, n.created_at, c.site_id"
        " FROM note n JOIN conversation c ON c.id = n.conversation_id WHERE n.id",
        ids,
    )
    return [
        Source(
            "note",
            row["id"],
            row["body"],
            row["created_at"],
            (kind_mark("note"), site_mark(row["site_id"]), writer_mark("agent"), agent_mark(row["agent_id"])),
        )
        for row in rows
    ]


def _tickets(tx: Tx, ids: Collection[str]) -> list[Source]:
    rows = some(tx, "SELECT * FROM ticket WHERE id", ids)
    notes = _parts(
        some(tx, "SELECT ticket_id AS id, reason AS part FROM ticketevent WHERE code = 'note' AND ticket_id", ids)
    )
    linked = _parts(
        some(
            tx,
            "SELECT l.ticket_id AS id, COALESCE(o.number, p.number) AS part FROM ticketlink l"
            " LEFT JOIN purchase o ON o.id = l.target_id LEFT JOIN payment p ON p.id = l.target_id WHERE l.ticket_id",
            ids,
        )
    )
    return [
        Source(
            "ticket",
            row["id"],
            "\n".join(
                [
                    f"{row['number']} {row['subject']}",
                    *_strings(json.loads(row["contact"])),
                    *_strings(json.loads(row["fields"])),
                    *json.loads(row["tags"]),
                    *linked.get(row["id"], []),
                    *notes.get(row["id"], []),
                    row["number"].replace("-", ""),  # as it is typed without a look at the keyboard
                ]
            ),
            row["updated_at"],
            (kind_mark("ticket"), site_mark(row["site_id"])),
        )
        for row in rows
    ]


def _articles(tx: Tx, ids: Collection[str]) -> list[Source]:
    rows = some(tx, "SELECT * FROM article WHERE id", ids)
    drafts = {
        row["article_id"]: row
        for row in some(
            tx, "SELECT * FROM articleversion WHERE state IN ('draft', 'review', 'scheduled') AND article_id", ids
        )
    }
    return [
        Source(
            "article",
            row["id"],
            "\n".join(
                dict.fromkeys(
                    part
                    for one in (row, drafts.get(row["id"]))
                    if one
                    for part in (one["question"], *json.loads(one["phrasings"]), one["answer"])
                )
            ),
            row["updated_at"],
            (kind_mark("article"), EVERYWHERE),
        )
        for row in rows
    ]


_READ = {"message": _messages, "note": _notes, "ticket": _tickets, "customer": customers, "article": _articles}


def some(tx: Tx, sql: str, given: Collection[Any], **values: Any) -> list[Row]:
    """`sql` and that the column it ends with is one of these."""
    if not given:
        return []
    wanted = list(given)
    if tx.database == "postgres":
        return tx.rows(f"{sql} = ANY(:ones)", ones=wanted, **values)
    # As many names as the next power of two, lest every length becomes a statement that is kept.
    wanted += wanted[:1] * ((1 << (len(wanted) - 1).bit_length()) - len(wanted))
    names = {f"one{index}": value for index, value in enumerate(wanted)}
    return tx.rows(f"{sql} IN ({', '.join(f':{name}' for name in names)})", **names, **values)


def _parts(rows: Iterable[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        parts = found.setdefault(row["id"], [])
        if row["part"] and len(parts) < MOST_PARTS:
            parts.append(row["part"])
    return found


def _strings(values: dict[str, Any]) -> list[str]:
    return [str(value) for value in values.values() if isinstance(value, str | int) and not isinstance(value, bool)]


# -- the index ----------------------------------------------------------------------------------------------------


def at_once(tx: Tx) -> int:
    """How much is best put in together."""
    return index_of(tx).at_once


def put(tx: Tx, documents: Sequence[Document]) -> None:
    old = [document for document in documents if document.is_old]
    new = [document for document in documents if not document.is_old and document.number is None]
    kept = [(document.number, document) for document in documents if document.number is not None]
    came_to = marks(tx)
    bottom, top = int(came_to["bottom"]), int(came_to["top"])
    room = max(
        0, int(came_to["middle"]) - bottom
    )  # for old ones; if there are more than were counted, they are new ones
    old, new = old[:room], [*old[room:], *new]
    numbered = sorted([*kept, *enumerate(old, bottom + 1), *enumerate(new, top + 1)], key=itemgetter(0))
    if numbered:
        set_mark(tx, "bottom", str(bottom + len(old)))
        set_mark(tx, "top", str(top + len(new)))
        _add_entries(tx, [(number, document) for number, document in numbered if document.kind != "message"])
        _add_messages(tx, {number: document.id for number, document in numbered if document.kind == "message"})
        index_of(tx).put(tx, [(number, document.words) for number, document in numbered])
        _add_spans(tx, numbered)


def forget(tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
    """Numbers, and the words they were put in with."""
    if entries:
        names, values = _numbered([number for number, _ in entries])
        tx.change(f"DELETE FROM searchentry WHERE number IN ({names})", **values)
        _set_slots(tx, {number: bytes(ID) for number, _ in entries}, makes=False)
        index_of(tx).forget(tx, entries)


def is_untidy(tx: Tx) -> bool:
    return index_of(tx).is_untidy(tx)


def tidy(tx: Tx) -> None:
    index_of(tx).tidy(tx)


def _add_entries(tx: Tx, numbered: Sequence[tuple[int, Document]]) -> None:
    if not numbered:
        return
    values: dict[str, Any] = {}
    for index, (number, document) in enumerate(numbered):
        values |= {
            f"n{index}": number,
            f"k{index}": LETTERS[document.kind],
            f"s{index}": uuid.UUID(document.id).bytes,
            f"w{index}": document.words,
        }
    rows = ", ".join(f"(:n{index}, :k{index}, :s{index}, :w{index})" for index in range(len(numbered)))
    tx.change(f"INSERT INTO searchentry (number, kind, subject, words) VALUES {rows}", **values)


def _add_messages(tx: Tx, ids: dict[int, str]) -> None:
    _set_slots(tx, {number: uuid.UUID(one).bytes for number, one in ids.items()})


def _set_slots(tx: Tx, subjects: dict[int, bytes], *, makes: bool = True) -> None:
    """In the blocks that there are, and in new ones if it `makes` them."""
    of_block: dict[int, dict[int, bytes]] = {}
    for number, subject in subjects.items():
        of_block.setdefault(number // SLOTS, {})[number % SLOTS] = subject
    there = {row["block"]: row for row in some(tx, "SELECT * FROM searchblock WHERE block", of_block)}
    for block, given in of_block.items():
        if block in there or makes:
            slots = dict(enumerate(_slots(there[block]) if block in there else [])) | given
            keys = [_key(subject) for subject in slots.values() if any(subject)] or [0]
            tx.change(
                "INSERT INTO searchblock (block, low, high, subjects) VALUES (:block, :low, :high, :subjects)"
                " ON CONFLICT (block) DO UPDATE SET low = excluded.low, high = excluded.high,"
                " subjects = excluded.subjects",
                block=block,
                low=min(keys),
                high=max(keys),
                subjects=b"".join(slots.get(slot, bytes(ID)) for slot in range(max(slots) + 1)),
            )


def _add_spans(tx: Tx, numbered: Sequence[tuple[int, Document]]) -> None:
    blocks: dict[int, list[int]] = {}
    for number, document in numbered:
        blocks.setdefault(number // BLOCK, []).append(document.at)
    for block, times in blocks.items():
        tx.change(
            "INSERT INTO searchspan (block, first_at, last_at) VALUES (:block, :first, :last)"
            " ON CONFLICT (block) DO UPDATE SET"
            " first_at = CASE WHEN excluded.first_at < searchspan.first_at THEN excluded.first_at"
            " ELSE searchspan.first_at END,"
            " last_at = CASE WHEN excluded.last_at > searchspan.last_at THEN excluded.last_at"
            " ELSE searchspan.last_at END",
            block=block,
            first=min(times),
            last=max(times),
        )


def _numbered(numbers: Sequence[int]) -> tuple[str, dict[str, Any]]:
    values = {f"number{index}": number for index, number in enumerate(numbers)}
    return ", ".join(f":{name}" for name in values), values


def id_at(at: datetime) -> str:
    """What the ids made from then on come after."""
    made = f"{max(0, to_millis(at)):012x}"
    return f"{made[:8]}-{made[8:]}"
