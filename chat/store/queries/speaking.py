"""What saying something takes, looked up for many at once.

Most of what a desk writes is messages, and most of those are alike: somebody whose session lives speaks in a
conversation that an agent has, and nothing else hangs on it. What such a message asks of the database is read ahead,
and `people` and `conversations` answer from it. Whatever is not as plain is not found here: it is asked in the ordinary
way, and there it is told, too, what is wrong with it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from chat.store.queries.conversations import AGENTS_SITES, OF_CUSTOMER
from chat.store.queries.people import LIVE
from chat.store.tables import to_millis
from chat.store.tx import Asked, Row, Tx

_SHOWN = {
    "session_id": "s.id",
    "id": "c.id",
    "site_id": "c.site_id",
    "customer_id": "c.customer_id",
    "agent_id": "c.agent_id",
    "status": "c.status",
    "last_seq": "c.last_seq",
    "person_name": "u.name",
    "agent_name": "a.name",
    "role": "me.role",
    "active": "me.active",
}
_PLAIN: dict[str, Any] = {"left_at": None, "reply_by": None, "participants": None, "is_said": False, "is_linked": False}
_THEIRS = {True: f"c.id = :id AND {AGENTS_SITES}", False: OF_CUSTOMER}
# What all of them have in common: see `_PLAIN`.
_ALIKE = (
    "c.status = 'active' AND c.left_at IS NULL AND c.reply_by IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM participant p WHERE p.conversation_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.client_id = :client)"
    " AND NOT EXISTS (SELECT 1 FROM ticketconversation l WHERE l.conversation_id = c.id)"
)
_VALUES = ("session", "agent", "customer", "site", "id", "client")


def _select(shown: str, is_agent: bool, lock: str | None) -> str:
    """`lock` None: nobody else writes meanwhile, so that the conversation need not be a query of its own."""
    which = f"{_THEIRS[is_agent]} AND {_ALIKE}"
    conversation = "conversation c" if lock is None else f"(SELECT c.* FROM conversation c WHERE {which}{lock}) c"
    return (
        f"SELECT {shown} FROM session s CROSS JOIN {conversation} JOIN customer u ON u.id = c.customer_id"
        f" JOIN agent a ON a.id = c.agent_id LEFT JOIN agent me ON me.id = :agent WHERE s.id = :session AND {LIVE}"
        f"{f' AND {which}' if lock is None else ''}"
    )


def _values(asked: Asked) -> tuple[str | None, ...]:
    agent, customer = (asked.person_id, None) if asked.is_agent else (None, asked.person_id)
    return asked.session_id, agent, customer, asked.site_id, asked.conversation_id, asked.client_id


def of_one(tx: Tx, asked: Asked) -> Row | None:
    """None: it is not that plain. Otherwise nobody else changes the conversation until the end."""
    shown = ", ".join(f"{column} AS {name}" for name, column in _SHOWN.items())
    found = tx.row(
        _select(shown, asked.is_agent, tx.locking()),
        **dict(zip(_VALUES, _values(asked), strict=True)),
        now=to_millis(tx.now),
    )
    return None if found is None else {**dict(found), **_PLAIN}


def of_many(cursor: sqlite3.Cursor, many: Sequence[Asked], now: datetime) -> dict[Asked, dict[str, Any]]:
    """The same for all of a batch, in the one place that writes: those that are plain."""
    found: dict[Asked, dict[str, Any]] = {}
    for is_agent in (True, False):
        asked = [one for one in many if one.is_agent is is_agent]
        for first in range(0, len(asked), _AT_ONCE):
            found |= _of_some(cursor, is_agent, asked[first : first + _AT_ONCE], now)
    return found


_AT_ONCE = 64


def _of_some(
    cursor: sqlite3.Cursor, is_agent: bool, asked: Sequence[Asked], now: datetime
) -> dict[Asked, dict[str, Any]]:
    places = 1 << (len(asked) - 1).bit_length()  # few statements of different length, so that they stay prepared
    values: list[Any] = [value for place, one in enumerate(asked) for value in (place, *_values(one))]
    values += [None] * (7 * (places - len(asked)))
    # As one text: a row each would hand Python's lock to and fro a hundred times.
    (rows,) = cursor.execute(_many(is_agent, places), (*values, to_millis(now))).fetchone()
    return {asked[place]: dict(zip(_SHOWN, row, strict=True)) | _PLAIN for place, *row in json.loads(rows)}


@lru_cache
def _many(is_agent: bool, places: int) -> str:
    shown = f"json_group_array(json_array(q.place, {', '.join(_SHOWN.values())}))"
    found = _select(shown, is_agent, None).replace("FROM session s", "FROM q CROSS JOIN session s")
    found = re.sub(r":(\w+)", r"q.\1", found.replace(":now", "?"))
    return f"WITH q (place, {', '.join(_VALUES)}) AS (VALUES {', '.join(['(?, ?, ?, ?, ?, ?, ?)'] * places)}) {found}"
