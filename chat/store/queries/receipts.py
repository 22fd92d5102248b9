"""What creating commands answered, by the caller's client_id."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.store.tables import to_millis
from chat.store.tx import Row, Tx


def receipt(tx: Tx, person_id: str, client_id: str) -> Row | None:
    return tx.row(
        "SELECT * FROM receipt WHERE person_id = :person AND client_id = :client",
        person=person_id,
        client=client_id,
    )


def keep(
    tx: Tx, person_id: str, client_id: str, command: str, digest: str, answer: dict[str, Any], now: datetime
) -> None:
    tx.change(
        "INSERT INTO receipt (person_id, client_id, command, digest, answer, created_at)"
        " VALUES (:person, :client, :command, :digest, :answer, :now)",
        person=person_id,
        client=client_id,
        command=command,
        digest=digest,
        answer=json.dumps(answer, ensure_ascii=False),
        now=to_millis(now),
    )
