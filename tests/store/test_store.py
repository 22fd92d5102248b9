"""Writing: durable, in batches, one action's fault never another's, events only after the commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from chat.errors import Invalid, SettingsError, Unavailable
from chat.store import Clock, Event, Store, Tx
from chat.store.events import INSIDE, Room
from chat.store.migrations import migrate
from chat.store.store import connect

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = [Room(INSIDE, "here")]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "nightdesk.db"
    migrate(path)
    store = Store(path, Clock(lambda: NOON))
    yield store
    store.close()


def keep(tx: Tx, key: str, now: datetime) -> str:
    tx.change("INSERT INTO meta (key, value) VALUES (:key, :value)", key=key, value=now.isoformat())
    tx.publish("kept", HERE, {"key": key})
    return key


def keep_and_fail(tx: Tx, key: str, now: datetime) -> None:
    keep(tx, key, now)
    tx.job("never", {})
    raise Invalid("No.")


def kept(tx: Tx, now: datetime) -> list[str]:
    return [row["key"] for row in tx.rows("SELECT key FROM meta WHERE key LIKE 'k%' ORDER BY key")]


async def test_what_is_written_is_read_and_survives_a_restart(store: Store, tmp_path: Path) -> None:
    assert await store.write(keep, "k1") == "k1"
    assert await store.read(kept) == ["k1"]
    again = Store(tmp_path / "nightdesk.db", Clock(lambda: NOON))
    assert await again.read(kept) == ["k1"]
    again.close()


async def test_one_failing_action_undoes_itself_and_nobody_else(store: Store) -> None:
    told: list[Event] = []
    store.deliver = told.extend
    answers = await asyncio.gather(
        *(store.write(keep_and_fail if number % 3 == 0 else keep, f"k{number:02}") for number in range(30)),
        return_exceptions=True,
    )
    assert [isinstance(answer, Invalid) for answer in answers] == [number % 3 == 0 for number in range(30)]
    good = [f"k{number:02}" for number in range(30) if number % 3]
    assert await store.read(kept) == good
    assert [event.value["key"] for event in told] == good
    assert await store.read(lambda tx, now: tx.value("SELECT count(*) FROM job")) == 0


async def test_events_leave_after_the_commit(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "nightdesk.db")
    seen: list[int] = []

    def look(events: list[Event]) -> None:
        seen.append(other.execute("SELECT count(*) FROM meta WHERE key LIKE 'k%'").fetchone()[0])

    store.deliver = look
    await store.write(keep, "k1")
    assert seen == [1]
    other.close()


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        await store.read(keep, "k1")
    assert await store.read(kept) == []


async def test_a_commit_that_fails_is_told_to_all_and_nothing_is_announced(store: Store) -> None:
    told: list[Event] = []
    store.deliver = told.extend

    def break_the_commit(tx: Tx, now: datetime) -> None:
        tx.change("PRAGMA defer_foreign_keys = ON")
        tx.change(
            "INSERT INTO presence (connection_id, agent_id, seen_at) VALUES ('c', 'nobody', 0)"
        )  # the foreign key is only looked at by the commit

    answers = await asyncio.gather(store.write(break_the_commit), store.write(keep, "k1"), return_exceptions=True)
    assert any(isinstance(answer, Unavailable) for answer in answers)
    acknowledged = [answer for answer in answers if answer == "k1"]
    assert await store.read(kept) == acknowledged
    assert [event.value["key"] for event in told] == acknowledged
    assert await store.write(keep, "k2") == "k2"


async def test_a_job_with_a_key_is_promised_once(store: Store) -> None:
    def promise(tx: Tx, now: datetime) -> None:
        tx.job("mail", {"to": "li na"}, key="mail:1")

    await store.write(promise)
    await store.write(promise)
    assert await store.read(lambda tx, now: tx.value("SELECT count(*) FROM job")) == 1


def test_the_migrations_make_just_the_tables_of_the_models(tmp_path: Path) -> None:
    migrate(tmp_path / "nightdesk.db")
    engine = connect(tmp_path / "nightdesk.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing_and_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nightdesk.db"
    migrate(path)
    before = sqlite3.connect(path).execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
    migrate(path)
    database = sqlite3.connect(path)
    assert database.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone() == before
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    with pytest.raises(SettingsError, match="schema 9999"):
        migrate(path)
