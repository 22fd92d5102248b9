"""SQLite in the data folder: one writer, group commit.

A single writer thread takes everything that waits, runs each action in a savepoint of its own inside one
`BEGIN IMMEDIATE`, commits once with synchronous=FULL, and hands the results back together. A failing action undoes
itself and nobody else. Readers have connections of their own and never wait for the writer.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from chat.store.batch import Batch, Spoilt
from chat.store.database import unavailable
from chat.store.events import Event
from chat.store.line import Waiting
from chat.store.tx import Asked, Clock, Cursor, Row, Tx

log = structlog.get_logger()

T = TypeVar("T")

BATCH = 256  # actions a commit
BUSY_SECONDS = 10  # another process may hold the database this long before a write fails
# A batch touches some hundred pages of indexes, the same ones again and again. What SQLite keeps by itself (2 MB, and
# 1,000 pages of log) has it read them back within a second, and write them into the file ten times as often.
CACHE_KILOBYTES = 16_384
CHECKPOINT_PAGES = 4_000  # 16 MB of log
LEAST_FREE = 1024 * 1024  # bytes; a page or two of the log fits into less, a batch of messages does not
BROKEN = (sqlite3.OperationalError, OperationalError)  # the database's own failures: full, locked, read-only
WHY = {
    "full": "The disk is full.",
    "locked": "The database is busy.",
    "readonly": "The database is read-only.",
    "disk I/O": "The disk cannot be written.",
    "no such module": "This SQLite was built without FTS5, which the search needs.",
}


class SqliteTx(Tx):
    """`cursor` is one for all: what a statement finds is read before the next one."""

    session_mode = "create_savepoint"
    database = "sqlite"

    def __init__(self, connection: Connection, cursor: sqlite3.Cursor, clock: Clock, now: datetime) -> None:
        super().__init__(connection, clock, now)
        self._cursor = cursor

    # `sqlite3.Row` looks through the names of all columns each time it is asked for one, so rows are dicts.

    def rows(self, sql: str, **values: Any) -> list[Row]:
        found = self._run(sql, values).fetchall()
        names = self._names()
        return [dict(zip(names, row, strict=True)) for row in found]

    def row(self, sql: str, **values: Any) -> Row | None:
        found = self._run(sql, values).fetchone()
        return None if found is None else dict(zip(self._names(), found, strict=True))

    def value(self, sql: str, **values: Any) -> Any:
        found = self._run(sql, values).fetchone()
        return None if found is None else found[0]

    def _names(self) -> list[str]:
        return [column[0] for column in self._cursor.description]

    def locking(self, skip: bool = False) -> str:
        return ""

    def lock(self, table: str, row_id: str) -> None:
        pass

    def _execute(self, sql: str, values: dict[str, Any]) -> Cursor:
        return self._cursor.execute(sql, values)


class ReadTx(SqliteTx):
    session_mode = "rollback_only"  # there is nothing to undo that a savepoint would be for


class WriteTx(SqliteTx):
    """One action of a batch, in a savepoint of its own from its first statement on."""

    def __init__(
        self, connection: Connection, cursor: sqlite3.Cursor, clock: Clock, batch: Batch, asked: Asked | None
    ) -> None:
        super().__init__(connection, cursor, clock, batch.now)
        self.together = self._batch = batch
        self._put_off_before = len(batch)
        self._has_begun = False
        if asked is not None:
            self.asked, self.ahead = asked, batch.ahead(asked)

    @property
    def session(self) -> Session:
        if self._session is None:
            self._begin()
            self._batch.forget()  # what it will change, and when, is its own affair
        return super().session

    def finish(self) -> None:
        if self._has_begun:
            super().finish()
            self._cursor.execute("RELEASE action")

    def undo(self) -> None:
        self.abandon()
        self._batch.take_back(0 if self._has_begun else self._put_off_before)
        if self._has_begun:
            self._cursor.execute("ROLLBACK TO action")
            self._cursor.execute("RELEASE action")

    def _run(self, sql: str, values: dict[str, Any]) -> Cursor:
        self._begin()
        if not sql.startswith("SELECT"):
            self._batch.forget()
        return super()._run(sql, values)

    def _begin(self) -> None:
        """Before a statement: it sees what was put off, and what the others did is not undone with this action."""
        if not self._has_begun:
            self._batch.write(self._put_off_before)
            self._cursor.execute("SAVEPOINT action")
            self._has_begun = True
        self._batch.write()


class Sqlite:
    writers, readers = 1, 4

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)

    def writer(self) -> Writer:
        return Writer(connect(self._path))

    def reader(self) -> Reader:
        return Reader(self._path)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        engine = connect(self._path)
        try:
            with engine.begin() as connection:  # BEGIN IMMEDIATE
                yield connection
        finally:
            engine.dispose()

    def shortage(self) -> str | None:
        try:
            disk = os.statvfs(self._path.parent)
        except OSError as error:
            return f"The data folder cannot be looked at: {error.strerror}."
        return WHY["full"] if disk.f_bavail * disk.f_frsize < LEAST_FREE else None


class Writer:
    at_once = BATCH

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._driver: sqlite3.Connection = self._connection.connection.driver_connection  # type: ignore[assignment]
        self._cursor = self._driver.cursor()

    def carry_out(self, batch: list[Waiting], clock: Clock) -> None:
        batch.sort(key=_is_asking_more)  # what is looked up ahead lasts until something else is written
        try:
            self._commit(batch, clock, [waiting.asked for waiting in batch if waiting.asked])
        except Spoilt as error:
            log.error("a batch could not be written as one, so each is written by itself", cause=repr(error.__cause__))
            self._driver.rollback()
            self._carry_out_plainly(batch, clock)
        except Exception as error:
            self._refuse(batch, error)

    def _carry_out_plainly(self, batch: list[Waiting], clock: Clock) -> None:
        try:
            self._commit(batch, clock, [])
        except Exception as error:
            self._refuse(batch, error)

    def _commit(self, batch: list[Waiting], clock: Clock, asked: list[Asked]) -> None:
        with self._connection.begin():
            shared = Batch(self._cursor, asked, clock.now())
            for waiting in batch:
                self._attempt(waiting, clock, shared)
            shared.write()

    def _attempt(self, waiting: Waiting, clock: Clock, shared: Batch) -> None:
        tx = WriteTx(self._connection, self._cursor, clock, shared, waiting.asked)
        waiting.error = None
        try:
            waiting.result = waiting.run(tx)
            tx.finish()
            waiting.events = tx.events
        except Exception as error:
            if not self._driver.in_transaction:  # for want of room SQLite has undone the whole batch by itself
                tx.abandon()
                raise
            tx.undo()
            shared.check()
            waiting.fail(unavailable(why(error), error) if isinstance(error, BROKEN) else error)

    def _refuse(self, batch: list[Waiting], error: Exception) -> None:
        self._driver.rollback()  # SQLite keeps a transaction open whose COMMIT failed
        told = unavailable(why(error), error)
        for waiting in batch:
            waiting.fail(told)

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


class Reader:
    """A connection that is opened when it is wanted."""

    at_once = 1

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None

    def carry_out(self, batch: list[Waiting], clock: Clock) -> None:
        for waiting in batch:
            try:
                waiting.result, waiting.events = self._look(waiting.run, clock)
            except Exception as error:
                waiting.fail(unavailable(why(error), error) if isinstance(error, BROKEN) else error)

    def _look(self, run: Callable[[Tx], T], clock: Clock) -> tuple[T, list[Event]]:
        if self._connection is None:
            self._connection = connect(self._path, read_only=True).connect()
        driver: sqlite3.Connection = self._connection.connection.driver_connection  # type: ignore[assignment]
        tx = ReadTx(self._connection, driver.cursor(), clock, clock.now())
        driver.execute("BEGIN")  # past SQLAlchemy, which takes ten times as long, unless an ORM session is wanted
        try:
            return run(tx), tx.events
        finally:
            tx.abandon()
            driver.rollback()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection.engine.dispose()


def _is_asking_more(waiting: Waiting) -> bool:
    return waiting.asked is None


def why(error: Exception) -> str:
    return next((told for cause, told in WHY.items() if cause in str(error)), "The database did not take it.")


class StringAgg:
    """Postgres' `string_agg`, which SQLite has under this name from 3.44 on."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def step(self, part: str, between: str) -> None:
        self._parts += [between, part] if self._parts else [part]

    def finalize(self) -> str:
        return "".join(self._parts)


def connect(path: Path, read_only: bool = False) -> Engine:
    """An engine with one connection, set up the way both the store and the migrations need it."""
    if not path.exists():
        path.touch(mode=0o600)  # passwords' hashes and sites' secrets are the owner's alone; -wal and -shm follow it
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        hide_parameters=True,  # an error that is logged must not quote what people wrote
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: Any, _record: Any) -> None:
        driver.isolation_level = None  # we say BEGIN ourselves: sqlite3's own is deferred, and fails when upgraded
        _use_wal(driver)
        driver.execute("PRAGMA synchronous=FULL")
        driver.execute("PRAGMA foreign_keys=ON")
        driver.create_aggregate("string_agg", 2, StringAgg)
        if read_only:
            driver.execute("PRAGMA query_only=ON")
        else:
            driver.execute(f"PRAGMA cache_size=-{CACHE_KILOBYTES}")
            driver.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if read_only:
            return  # the reader has said it
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _use_wal(driver: sqlite3.Connection) -> None:
    """Several processes that make the same file at once turn each other away here, without SQLite's own waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            driver.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
