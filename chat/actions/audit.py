"""The trail that looks at personal data, tickets and money leave. It names ids and facts, never what people wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.actions.access import Who
from chat.store import Tx
from chat.store.queries import audit


def record(tx: Tx, who: Who, now: datetime, what: str, subject_kind: str, subject_id: str, **data: Any) -> None:
    audit.add(
        tx,
        now,
        actor_kind=who.kind.value,
        actor_id=who.id or None,
        what=what,
        subject_kind=subject_kind,
        subject_id=subject_id,
        data=data,
    )
