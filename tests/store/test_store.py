"""Writing: durable, in batches, one action's fault never another's, events only after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from chat.errors import Invalid, SettingsError, Unavailable
from chat.store import Clock, Event, Store, Tx
from chat.store.events import INSIDE, Room
from chat.store.migrations import migrate
from chat.store.store import database_at
from tests.databases import Databases

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = [Room(INSIDE, "here")]


@pytest.fixture
def where(databases: Databases) -> Path | str:
    return databases.new()


@pytest.fixture
async def store(where: Path | str) -> AsyncIterator[Store]:
    store = Store(where, Clock(lambda: NOON))
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


async def test_what_is_written_is_read_and_survives_a_restart(store: Store, where: Path | str) -> None:
    assert await store.write(keep, "k1") == "k1"
    assert await store.read(kept) == ["k1"]
    again = Store(where, Clock(lambda: NOON))
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
    assert sorted(event.value["key"] for event in told) == good
    assert await store.read(lambda tx, now: tx.value("SELECT count(*) FROM job")) == 0


async def test_events_leave_after_the_commit(store: Store, where: Path | str) -> None:
    seen: list[str] = []
    store.deliver = lambda events: seen.append(asked(where, "SELECT count(*) FROM meta WHERE key LIKE 'k%'"))
    await store.write(keep, "k1")
    assert seen == ["1"]


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        await store.read(keep, "k1")
    assert await store.read(kept) == []


@pytest.mark.databases("sqlite")
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


def test_the_migrations_make_just_the_tables_of_the_models(where: Path | str) -> None:
    with database_at(where).migrating() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_changes_nothing_and_a_newer_schema_is_refused(databases: Databases) -> None:
    where = databases.new("nothing")
    migrate(where)
    before = asked(where, "SELECT value FROM meta WHERE key = 'store_id'")
    migrate(where)
    assert asked(where, "SELECT value FROM meta WHERE key = 'store_id'") == before
    asked(where, "UPDATE alembic_version SET version_num = '9999' RETURNING version_num")
    with pytest.raises(SettingsError, match="schema 9999"):
        migrate(where)


def asked(where: Path | str, sql: str) -> str:
    with database_at(where).migrating() as connection:
        return str(connection.scalar(text(sql)))
