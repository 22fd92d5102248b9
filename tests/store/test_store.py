"""Writing: durable, in batches, one action's fault never another's, events only after the commit."""

from __future__ import annotations

import asyncio
import sqlite3
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

from chat.errors import Invalid, SettingsError, Unavailable
from chat.store import Clock, Event, Store, Tx
from chat.store.events import INSIDE, Room
from chat.store.line import Line, hand_back
from chat.store.migrations import migrate
from chat.store.store import SLOW_SECONDS, database_at
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
async def test_a_database_without_the_search_is_told_by_what_it_lacks(store: Store) -> None:
    without = "CREATE VIRTUAL TABLE words USING fts6 (text)"  # as an SQLite without FTS5 answers to `fts5`
    with pytest.raises(Unavailable, match="FTS5"):
        await store.write(lambda tx, now: tx.change(without))


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
        assert differences(connection) == []


def test_an_index_has_the_rows_that_its_model_says(where: Path | str) -> None:
    indexes = {index.name: index for table in SQLModel.metadata.tables.values() for index in table.indexes}
    indexes.pop("searchentry_subject")  # of an expression, which SQLAlchemy does not look up
    told = {f"told_{name}": (index, index.info["where"]) for name, index in indexes.items() if "where" in index.info}
    with database_at(where).migrating() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*expression-based index")
        # Postgres says conditions in its own words, so it is given the model's, too.
        for name, (index, condition) in told.items():
            connection.execute(
                text(f"CREATE INDEX {name} ON {index.table} ({index.columns[0].name}) WHERE {condition}")
            )
        found = [index for table in SQLModel.metadata.tables for index in inspect(connection).get_indexes(table)]
        condition = f"{connection.dialect.name}_where"
        connection.rollback()
    made = {index["name"]: str(index.get("dialect_options", {}).get(condition)) for index in found}
    assert len(told) > 20
    assert {name: made[name] for name in indexes} == {name: made.get(f"told_{name}", "None") for name in indexes}


def differences(connection: Connection) -> list[Any]:
    """Between the models and the tables; the search index each database makes in its own way."""
    options = {"compare_type": False, "include_name": lambda name, *_: not str(name).startswith("searchtext")}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*expression-based index")
        return compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)


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


# -- when it is too much, and when the database does not take it --------------------------------------------------


async def test_a_line_that_is_full_refuses_who_comes_and_keeps_who_waits() -> None:
    line = Line(places=2)
    waiting = [asyncio.create_task(line.wait(lambda tx: 1)) for _ in range(3)]
    _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert pending == set(waiting[:2])
    with pytest.raises(Unavailable, match="overloaded") as refused:
        await waiting[2]
    assert refused.value.retry_after
    hand_back(line.take(10))
    await asyncio.gather(*pending)


async def test_who_stood_in_line_too_long_is_refused_and_not_begun() -> None:
    line = Line(places=2, patience=0)
    late = asyncio.create_task(line.wait(lambda tx: 1))
    await asyncio.sleep(0)
    line.close()
    assert line.take(10) == []  # nobody is left: the line has ended
    with pytest.raises(Unavailable, match="overloaded"):
        await late
    with pytest.raises(Unavailable, match="stopping"):
        await line.wait(lambda tx: 1)


@pytest.mark.databases("sqlite")
async def test_a_database_that_somebody_else_holds_is_told_while_it_lasts_and_reads_go_on(
    store: Store, where: Path
) -> None:
    other = sqlite3.connect(where, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert store.trouble() is None
    writing = asyncio.create_task(store.write(keep, "k1"))
    async with asyncio.timeout(SLOW_SECONDS + 5):
        while store.trouble() is None:
            assert await store.read(kept) == []
    assert "does not answer" in str(store.trouble())
    other.execute("ROLLBACK")
    assert await writing == "k1"
    assert store.trouble() is None
    other.close()


@pytest.mark.databases("sqlite")
async def test_a_write_that_found_no_room_is_told_until_one_succeeds(store: Store) -> None:
    def fill(tx: Tx, now: datetime) -> None:
        tx.rows("PRAGMA max_page_count = 1")  # as far as the file has grown, and no further

    def make_room(tx: Tx, now: datetime) -> None:
        tx.rows("PRAGMA max_page_count = 1000000")

    def much(tx: Tx, now: datetime) -> None:
        tx.change("INSERT INTO meta (key, value) VALUES ('much', :value)", value="x" * 1_000_000)

    await store.write(fill)
    with pytest.raises(Unavailable, match="full"):
        await store.write(much)
    assert store.trouble() == "The disk is full."
    await store.write(make_room)
    assert store.trouble() is None
    await store.write(much)
