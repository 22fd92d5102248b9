"""The evidence of a ticket as staff see it, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable

from chat import wire
from chat.actions import attachments
from chat.domain.ticket_kinds import Kind
from chat.store.tables import from_millis
from chat.store.tx import Row


def items(rows: Iterable[Row]) -> list[wire.EvidenceItem]:
    return [
        wire.EvidenceItem(
            id=row["evidence_id"],
            code=row["code"],
            body=row["body"],
            attachment=attachments.shape(row) if row["id"] else None,
            by=row["by_name"],
            by_kind=row["by_kind"],
            at=from_millis(row["at"]),
        )
        for row in rows
    ]


def wanted(kind: Kind, codes: Iterable[str]) -> list[wire.Wanted]:
    """What the customer was asked for, with the names of a kind that the site made."""
    return [wire.Wanted.model_validate({"code": code, "names": kind.names_of("evidence", code)}) for code in codes]


def missing(kind: Kind, rows: Iterable[Row]) -> list[str]:
    """What this kind asks for and nobody has given."""
    given = {row["code"] for row in rows}
    return [code for code in kind.evidence if code not in given]
