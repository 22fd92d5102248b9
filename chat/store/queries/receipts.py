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


def count_since(tx: Tx, person_id: str, command: str, since: datetime) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM receipt WHERE person_id = :person AND command = :command AND created_at > :since",
            person=person_id,
            command=command,
            since=to_millis(since),
        )
    )


def take(tx: Tx, person_id: str, client_id: str, command: str, digest: str, now: datetime) -> bool:
    """A receipt to be filled in. False: there is one, and it is filled in."""
    return (
        tx.change(
            "INSERT INTO receipt (person_id, client_id, command, digest, answer, created_at)"
            " VALUES (:person, :client, :command, :digest, '{}', :now) ON CONFLICT DO NOTHING",
            person=person_id,
            client=client_id,
            command=command,
            digest=digest,
            now=to_millis(now),
        )
        == 1
    )


def fill_in(tx: Tx, person_id: str, client_id: str, answer: dict[str, Any]) -> None:
    tx.change(
        "UPDATE receipt SET answer = :answer WHERE person_id = :person AND client_id = :client",
        person=person_id,
        client=client_id,
        answer=json.dumps(answer, ensure_ascii=False),
    )
