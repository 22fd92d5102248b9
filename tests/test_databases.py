"""That a database which is put back is as it was."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.actions.conftest import Desk, furnish
from tests.databases import Kept, Originals

pytestmark = pytest.mark.databases("postgres")


@pytest.fixture
def kept(originals: Originals) -> Iterator[Kept]:
    with originals.lent(furnish) as kept:
        yield kept


def content(kept: Kept) -> dict[str, Any]:
    """Every row of every table, and where the sequences stand."""
    with psycopg.connect(kept.where, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found: dict[str, Any] = {
            name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))  # type: ignore[call-overload]
            for (name,) in tables
        }
        return {
            **found,
            "sequences": connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall(),
        }


def test_whatever_a_test_wrote_changed_and_removed_is_as_it_was(kept: Kept, originals: Originals) -> None:
    before = content(kept)
    desk = Desk(kept.where, originals.furnished("postgres", furnish)[1], kept.store)
    desk.ticket(desk.mei, desk.li_na)
    desk.change("UPDATE agent SET name = 'somebody'")
    desk.change("DELETE FROM teamagent")
    desk.close()
    left = content(kept)
    assert {name for name in before if left[name] != before[name]} > {"agent", "teamagent", "ticket", "message"}
    assert left["sequences"] != before["sequences"]
    assert kept.put_back()
    assert content(kept) == before


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE message ADD COLUMN later TEXT",
        "ALTER TABLE promise DROP COLUMN due_at CASCADE",
        "CREATE TABLE another (id TEXT)",
        "CREATE INDEX another ON message (body)",
    ],
)
def test_one_whose_tables_are_others_now_is_not_lent_again(kept: Kept, change: str) -> None:
    assert kept.put_back()
    with psycopg.connect(kept.where, autocommit=True) as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert not kept.put_back()


def test_one_that_somebody_still_writes_to_is_not_lent_again(kept: Kept) -> None:
    with psycopg.connect(kept.where) as connection:
        connection.execute("UPDATE agent SET name = %s", [str(uuid.uuid4())])
        assert not kept.put_back()
