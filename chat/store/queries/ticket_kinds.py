"""The kinds that an admin made or changed."""

from __future__ import annotations

import json
from typing import Any

from chat.store.tx import Row, Tx


def every(tx: Tx) -> list[Row]:
    return tx.rows("SELECT code, definition, revision, active FROM ticketkind ORDER BY code")


def one(tx: Tx, code: str) -> Row | None:
    return tx.row("SELECT code, definition, revision, active FROM ticketkind WHERE code = :code", code=code)


def put(tx: Tx, code: str, definition: dict[str, Any], active: bool, seen: int) -> bool:
    """A new row where none was seen (0), or the one of that revision. False: it is another one by now."""
    values = {"code": code, "definition": json.dumps(definition, ensure_ascii=False), "active": active}
    if seen == 0:
        added = tx.change(
            "INSERT INTO ticketkind (code, definition, revision, active) VALUES (:code, :definition, 1, :active)"
            " ON CONFLICT DO NOTHING",
            **values,
        )
        return added == 1
    changed = tx.change(
        "UPDATE ticketkind SET definition = :definition, active = :active, revision = revision + 1"
        " WHERE code = :code AND revision = :seen",
        seen=seen,
        **values,
    )
    return changed == 1
