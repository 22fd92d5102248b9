"""What the watchdog found and could not mend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx


def at_site(tx: Tx, site_id: str) -> list[Row]:
    """Of each kind how many, since when, and where it began: the conversation and its status, or the ticket; neither is
    the site.
    """
    return tx.rows(
        "SELECT f.kind, f.how_many, f.since, c.id AS conversation_id, c.status, t.id AS ticket_id"
        " FROM (SELECT kind, subject_id, since,"
        " count(*) OVER (PARTITION BY kind) AS how_many,"
        " row_number() OVER (PARTITION BY kind ORDER BY since, subject_id) AS place"
        " FROM finding WHERE site_id = :site) f LEFT JOIN conversation c ON c.id = f.subject_id"
        " LEFT JOIN ticket t ON t.id = f.subject_id"
        " WHERE f.place = 1 ORDER BY f.since, f.kind",
        site=site_id,
    )


def known(tx: Tx) -> dict[str, set[str]]:
    """The subjects that are recorded, by kind."""
    found = defaultdict[str, set[str]](set)
    for row in tx.rows("SELECT kind, subject_id FROM finding"):
        found[row["kind"]].add(row["subject_id"])
    return found


def add(tx: Tx, kind: str, subject_id: str, site_id: str, now: datetime) -> bool:
    """Once a kind and subject, with the time it was found first."""
    return (
        tx.change(
            "INSERT INTO finding (id, kind, subject_id, site_id, since)"
            " VALUES (:id, :kind, :subject, :site, :now) ON CONFLICT DO NOTHING",
            id=new_id(),
            kind=kind,
            subject=subject_id,
            site=site_id,
            now=to_millis(now),
        )
        == 1
    )


def remove(tx: Tx, kind: str, subject_ids: Iterable[str]) -> list[str]:
    """What is not so any more. Gives the sites of those that were there."""
    names = {f"id{index}": subject_id for index, subject_id in enumerate(subject_ids)}
    rows = tx.rows(
        f"DELETE FROM finding WHERE kind = :kind AND subject_id IN ({', '.join(f':{name}' for name in names)})"
        " RETURNING site_id",
        kind=kind,
        **names,
    )
    return [row["site_id"] for row in rows]
