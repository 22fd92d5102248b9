"""The search index follows what is written, behind everybody's back: nothing of it is done while somebody waits.

A part is read and worded on a reader (`pending`), and put into the index by the writer (`put`) unless another process
was faster: each `put` takes the turn that its `pending` saw, so nothing is done twice and nothing is left out. After a
crash the next one begins where the last one was stored.

What comes first:
1. what triggers noted: all that changed or went, and everything new but messages;
2. new messages, by their ids. Ids are made before a commit, so those of the last seconds are looked at again and again;
3. the walk: what was there before the index, from the first to the last. It is numbered below all that came later.

And now and then `strays` goes through the messages for any that a wrong clock or a very slow commit kept from being
seen.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from chat.domain import search
from chat.store import Tx
from chat.store.queries import indexing
from chat.store.queries.indexing import Document
from chat.store.tx import Row

NOTED = 100  # of what triggers noted, at once
LOOKED_AT = 1_000  # ids at once, most of which are in the index already
STAYS = "message"  # keeps its place when it is changed; other things are the newest then
SETTLED = timedelta(seconds=10)  # after which no transaction that was under way is still to be stored


@dataclass(frozen=True)
class Part:
    """What is to be told to the index as it was at that turn."""

    turn: int
    documents: list[Document] = field(default_factory=list)
    forgotten: list[tuple[int, str]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)  # of what triggers noted
    marks: dict[str, str] = field(default_factory=dict)


def pending(tx: Tx, now: datetime) -> Part | None:
    """None: the index has everything that can be seen from here."""
    marks = indexing.marks(tx)
    turn = int(marks["puts"])
    if noted := indexing.todo(tx, NOTED):
        return _noted(tx, turn, noted)
    fresh = _fresh(tx, turn, marks["head"], now) or _walk(tx, turn, marks["walk"], marks["old"])
    return fresh or (Part(turn) if indexing.is_untidy(tx) else None)


def put(tx: Tx, part: Part, now: datetime) -> bool:
    """False: another process put something in since; look again."""
    if not indexing.take_turn(tx, part.turn):
        return False
    indexing.forget(tx, part.forgotten)
    indexing.put(tx, part.documents)
    indexing.drop_todo(tx, part.done)
    for name, value in part.marks.items():
        indexing.set_mark(tx, name, value)
    if indexing.is_untidy(tx):
        indexing.tidy(tx)
    return True


def strays(tx: Tx, before: str, now: datetime) -> tuple[Part | None, str]:
    """Those among the messages before this id, and where to go on. From the first on it begins again."""
    found = indexing.messages_before(tx, before or "z", LOOKED_AT)
    documents = _worded(tx, "message", _missing(tx, found))[: indexing.at_once(tx)]
    part = Part(int(indexing.marks(tx)["puts"]), documents) if documents else None
    return part, found[-1] if len(found) == LOOKED_AT else ""


def _noted(tx: Tx, turn: int, noted: list[Row]) -> Part:
    kinds = {row["subject"]: row["kind"] for row in noted}  # in the order in which it was noted
    was = {row["subject"]: row["was"] for row in reversed(noted)}  # the first is what is in the index
    entries = indexing.entries_of(tx, kinds)
    worded = {
        document.id: document
        for kind in set(kinds.values())
        for document in _worded(tx, kind, [one for one in kinds if kinds[one] == kind])
    }
    documents, forgotten = [], []
    for subject, kind in kinds.items():
        document, entry = worded.get(subject), entries.get(subject)
        if entry and document and entry.words == document.words:
            continue
        if entry:
            forgotten.append((entry.number, entry.words or _words_it_was(was[subject])))
        if document and kind == STAYS:
            # What the index has not seen yet is found there by itself, in its place.
            documents += [replace(document, number=entry.number)] if entry else []
        elif document:
            documents.append(document)
    return Part(turn, documents, forgotten, done=[row["number"] for row in noted])


def _fresh(tx: Tx, turn: int, head: str, now: datetime) -> Part | None:
    documents: list[Document] = []
    looked, reached, most = 0, head, indexing.at_once(tx)
    while len(documents) < most:
        seen = indexing.messages_after(tx, reached, LOOKED_AT)
        looked += len(seen)
        missing = _missing(tx, seen)
        some = missing[: most - len(documents)]  # to word takes longer than to look
        documents += _worded(tx, "message", some)
        is_all = len(some) == len(missing)
        reached = (seen[-1] if seen else reached) if is_all else some[-1]
        if is_all and len(seen) < LOOKED_AT:
            break
    # What came later than this may still be followed by something earlier.
    reached = min(reached, indexing.id_at(now - SETTLED))
    marks = {"head": reached} if reached > head else {}
    return Part(turn, documents, marks=marks) if documents or (marks and looked >= LOOKED_AT) else None


def _walk(tx: Tx, turn: int, after: str, until: str) -> Part | None:
    if after >= until:
        return None
    most = indexing.at_once(tx)
    found = indexing.talk_after(tx, after, until, most)
    missing = set(_missing(tx, [one for _, one in found]))
    documents = [
        replace(document, is_old=True)
        for table in ("message", "note")
        for document in _worded(tx, table, [one for kind, one in found if kind == table and one in missing])
    ]
    reached = found[-1][1] if len(found) == most else until
    return Part(turn, sorted(documents, key=attrgetter("id")), marks={"walk": reached})


def _missing(tx: Tx, ids: list[str]) -> list[str]:
    known = indexing.entries_of(tx, ids)
    return [one for one in ids if one not in known]


def _worded(tx: Tx, kind: str, ids: Collection[str]) -> list[Document]:
    """Those of these in which there is a word, oldest first."""
    sources = indexing.sources(tx, kind, ids)
    documents = [Document(kind, one.id, _words(one.text, one.marks), one.at) for one in sources]
    return sorted((one for one in documents if one.words), key=attrgetter("id"))


def _words(text: str, marks: tuple[str, ...]) -> str:
    """Empty when there is nothing to find it by."""
    found = sorted(search.words(text))
    return " ".join([*found, *marks]) if found else ""


def _words_it_was(was: str | None) -> str:
    message = json.loads(was) if was else None
    return _words(indexing.text_of_message(message), indexing.marks_of_message(message)) if message else ""
