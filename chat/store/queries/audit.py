"""Who did or saw what."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.store.tables import new_id, to_millis
from chat.store.tx import Tx


def add(
    tx: Tx,
    now: datetime,
    *,
    actor_kind: str,
    actor_id: str | None,
    what: str,
    subject_kind: str,
    subject_id: str,
    data: dict[str, Any],
) -> None:
    tx.change(
        "INSERT INTO audit (id, at, actor_kind, actor_id, what, subject_kind, subject_id, data)"
        " VALUES (:id, :now, :actor_kind, :actor_id, :what, :subject_kind, :subject_id, :data)",
        id=new_id(),
        now=to_millis(now),
        actor_kind=actor_kind,
        actor_id=actor_id,
        what=what,
        subject_kind=subject_kind,
        subject_id=subject_id,
        data=json.dumps(data, ensure_ascii=False) if data else None,
    )
