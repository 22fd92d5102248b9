"""Sites and teams: asked for in nearly every transaction, and changed a few times a year.

They are read as rows, so what one gets is always what is stored. The object that a row makes is made once and kept for
as long as the row says the same: one of a session costs ten times as much as reading the row. It is everybody's, so it
cannot be changed; who changes a site or a team loads it with `tx.session`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Boolean, event, inspect
from sqlmodel import SQLModel

from chat.store.tables import Site, Team
from chat.store.tables.columns import Json
from chat.store.tx import Tx

T = TypeVar("T", Site, Team)

_TYPES = {table: {column.name: column.type for column in inspect(table).columns} for table in (Site, Team)}
_KEPT = "kept"  # in the notes that SQLAlchemy lets one write about an object


def read(tx: Tx, table: type[T], rest: str, **values: Any) -> list[T]:
    """Those that `rest` of a SELECT finds, in its order; there the table is `kept`."""
    names = _TYPES[table]
    columns = ", ".join(f"kept.{name}" for name in names)
    rows = tx.rows(f"SELECT {columns} FROM {inspect(table).local_table.name} kept {rest}", **values)
    return [_object(table, tuple(row[name] for name in names)) for row in rows]


@lru_cache(maxsize=1_000)
def _object(table: type[T], values: tuple[Any, ...]) -> T:
    types = _TYPES[table].items()
    made = table(**{name: _value(kind, value) for (name, kind), value in zip(types, values, strict=True)})
    inspect(made).info[_KEPT] = True
    return made


def _value(kind: Any, value: Any) -> Any:
    """As a session would read it. There are no times in these tables."""
    if isinstance(kind, Json):
        return None if value is None else json.loads(value)
    return bool(value) if isinstance(kind, Boolean) else value


def _refuse(made: SQLModel, value: Any, before: Any, initiator: Any) -> None:
    if inspect(made).info.get(_KEPT):
        raise TypeError("This one is everybody's and stored nowhere. To change it, load it with the session.")


for _table, _columns in _TYPES.items():
    for _name in _columns:
        event.listen(getattr(_table, _name), "set", _refuse)
