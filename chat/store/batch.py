"""What the actions of one batch share on SQLite: looked up for all of them at once, written for all of them at once.

Nobody else writes while a batch has the database. So what was looked up holds until one of its own actions changes
something, and an entry of a log whose number is known may be written later, with those of the others, in three
statements for all of them. Before any other statement, and before the commit, what was put off is written, so nobody
ever sees that it was; and once anything else was changed, nothing that was looked up before counts any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chat.store.queries import conversations, speaking
from chat.store.tx import Asked, Entry


class Spoilt(Exception):
    """What was put off could not be written, so nothing of the batch may stand."""


class Batch:
    def __init__(self, cursor: sqlite3.Cursor, asked: Iterable[Asked], now: datetime) -> None:
        self.now = now
        self._cursor = cursor
        self._found = speaking.of_many(cursor, list(asked), now)
        self._seqs: dict[str, int] = {row["id"]: row["last_seq"] for row in self._found.values()}
        self._said: set[tuple[str, str | None]] = set()
        self._put_off: list[Entry] = []
        self._spoilt = False

    def ahead(self, asked: Asked) -> dict[str, Any] | None:
        """What was looked up, as it stands by now. None: the action asks itself."""
        found = self._found.get(asked)
        if found is None or (asked.conversation_id, asked.client_id) in self._said:
            return None
        found["last_seq"] = self._seqs[asked.conversation_id]
        return found

    def next_seq(self, conversation_id: str) -> int | None:
        last = self._seqs.get(conversation_id)
        return None if last is None else last + 1

    def put_off(self, entry: Entry) -> None:
        self._put_off.append(entry)
        row = entry.row
        self._seqs[row["conversation_id"]] = row["seq"]
        self._said.add((row["conversation_id"], row["client_id"]))

    def __len__(self) -> int:
        """How many entries are put off."""
        return len(self._put_off)

    def take_back(self, keep: int) -> None:
        """An action failed: what it put off, after the first `keep`, is not written."""
        del self._put_off[keep:]
        self.forget()

    def forget(self) -> None:
        """Something was changed."""
        self._found.clear()
        self._seqs.clear()

    def write(self, most: int | None = None) -> None:
        """Writes what was put off. Raises Spoilt, then and whenever it is asked again."""
        due = self._put_off[:most]
        if due and not self._spoilt:
            try:
                conversations.append_all(self._cursor, due)
            except sqlite3.Error as error:
                self._spoilt = True
                raise Spoilt from error
            del self._put_off[:most]
        self.check()

    def check(self) -> None:
        if self._spoilt:
            raise Spoilt
