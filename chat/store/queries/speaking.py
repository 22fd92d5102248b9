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
from itertools import chain
from typing import Any

from chat.store.queries.conversations import OF_AGENT, OF_CUSTOMER
from chat.store.queries.people import LIVE
from chat.store.tables import to_millis
from chat.store.tx import Asked, Row, Tx

_SHOWN = {
    "site_id": "c.site_id",
    "customer_id": "c.customer_id",
    "agent_id": "c.agent_id",
    "last_seq": "c.last_seq",
    "person_name": "u.name",
    "agent_name": "a.name",
    "role": "me.role",
    "active": "me.active",
}
# What all of them have in common: see `_ALIKE`.
_PLAIN: dict[str, Any] = {
    "status": "active",
    "left_at": None,
    "reply_by": None,
    "participants": None,
    "is_said": False,
    "is_linked": False,
}
_ALIKE = (
    "c.status = 'active' AND c.left_at IS NULL AND c.reply_by IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM participant p WHERE p.conversation_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.client_id = :client)"
    " AND NOT EXISTS (SELECT 1 FROM ticketconversation l WHERE l.conversation_id = c.id)"
)
_NAMES = ("session_id", "id", *_SHOWN, *_PLAIN)
_VALUES = ("is_agent", "session", "person", "site", "id", "client")  # of `Asked`


def _select(shown: str, theirs: str, lock: str | None) -> str:
    """`lock` None: nobody else writes meanwhile, so that the conversation need not be a query of its own."""
    which = f"{theirs.replace(':agent', ':person').replace(':customer', ':person')} AND {_ALIKE}"
    conversation = "conversation c" if lock is None else f"(SELECT c.* FROM conversation c WHERE {which}{lock}) c"
    return (
        f"SELECT {shown} FROM session s CROSS JOIN {conversation} JOIN customer u ON u.id = c.customer_id"
        f" JOIN agent a ON a.id = c.agent_id LEFT JOIN agent me ON me.id = :person WHERE s.id = :session AND {LIVE}"
        f"{f' AND {which}' if lock is None else ''}"
    )


def of_one(tx: Tx, asked: Asked) -> Row | None:
    """None: it is not that plain. Otherwise nobody else changes the conversation until the end."""
    shown = ", ".join(f"{column} AS {name}" for name, column in _SHOWN.items())
    values = dict(zip(_VALUES, asked, strict=True))
    sql = _select(shown, OF_AGENT if values.pop("is_agent") else OF_CUSTOMER, tx.locking())
    found = tx.row(sql, **values, now=to_millis(tx.now))
    return None if found is None else _row(asked, [found[name] for name in _SHOWN])


def of_many(cursor: sqlite3.Cursor, many: Sequence[Asked], now: datetime) -> dict[Asked, dict[str, Any]]:
    """The same for all of a batch, in the one place that writes: those that are plain."""
    if not many:
        return {}
    places = 1 << (len(many) - 1).bit_length()  # few statements of different length, so that they stay prepared
    nobody = [None] * (len(_VALUES) * (places - len(many)))
    # As one text: a row each would hand Python's lock to and fro a hundred times.
    (rows,) = cursor.execute(many_sql(places), (*chain.from_iterable(many), *nobody, to_millis(now))).fetchone()
    return {many[place]: _row(many[place], row) for place, *row in json.loads(rows)}


def _row(asked: Asked, shown: list[Any]) -> dict[str, Any]:
    return dict(zip(_NAMES, (asked.session_id, asked.conversation_id, *shown, *_PLAIN.values()), strict=True))


@lru_cache
def many_sql(places: int) -> str:
    shown = f"json_group_array(json_array(q.place, {', '.join(_SHOWN.values())}))"
    theirs = f"c.id = :id AND CASE WHEN :is_agent THEN {OF_AGENT} ELSE {OF_CUSTOMER} END"
    found = _select(shown, theirs, None).replace("FROM session s", "FROM q CROSS JOIN session s")
    found = re.sub(r":(\w+)", r"q.\1", found.replace(":now", "?"))
    values = ", ".join(f"({place}, {', '.join('?' * len(_VALUES))})" for place in range(places))
    return f"WITH q (place, {', '.join(_VALUES)}) AS (VALUES {values}) {found}"
