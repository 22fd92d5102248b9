"""The one way in and out of the database.

On SQLite a single writer thread takes everything that waits, runs each action in a savepoint of its own inside one
`BEGIN IMMEDIATE`, commits once with synchronous=FULL, and hands the results back together: group commit. A failing
action undoes itself and nobody else. Actions are plain functions and cannot await, so no transaction is ever held
open over the network.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from chat.errors import Unavailable
from chat.store import tables
from chat.store.events import INSIDE, Event, Room, to_text

log = structlog.get_logger()

T = TypeVar("T")
Row = sqlite3.Row

BATCH = 256  # actions a commit
BACKLOG = 10_000  # actions that may wait; the next one is refused
READERS = 4
BROKEN = (sqlite3.OperationalError, OperationalError)  # the database's own failures: full, locked, read-only
BUSY_SECONDS = 10  # another process may hold the database this long before a write fails


@dataclass(frozen=True)
class Clock:
    """`now` is real. `desk_offset` moves what calendars see, and nothing else."""

    now: Callable[[], datetime]
    desk_offset: timedelta = timedelta(0)


class Tx:
    """A transaction in the hands of an action.

    `session` is for what people edit; `rows` and its kin run SQL on the driver's connection, for what is hot.
    `publish` and `job` only collect: events leave after the commit, jobs are rows of this transaction.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.now = clock.now()
        self.desk_offset = clock.desk_offset  # of the calendar's clock
        self.events: list[Event] = []
        self._connection = connection
        self._driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        return self._session

    def rows(self, sql: str, **values: Any) -> list[Row]:
        return self._run(sql, values).fetchall()

    def row(self, sql: str, **values: Any) -> Row | None:
        found: Row | None = self._run(sql, values).fetchone()
        return found

    def value(self, sql: str, **values: Any) -> Any:
        found = self._run(sql, values).fetchone()
        return None if found is None else found[0]

    def change(self, sql: str, **values: Any) -> int:
        """Runs a statement and says how many rows it changed."""
        return self._run(sql, values).rowcount

    def publish(self, name: str, rooms: Iterable[Room], value: BaseModel | dict[str, Any]) -> None:
        self.events.append(Event(name, tuple(rooms), to_text(value)))

    def job(self, kind: str, payload: dict[str, Any], run_at: datetime | None = None, key: str | None = None) -> None:
        """A promise to be kept by `work`. With a `key` it is made once, however often it is asked for."""
        self._run(
            "INSERT INTO job (id, kind, key, payload, run_at, attempts, created_at)"
            " VALUES (:id, :kind, :key, :payload, :run_at, 0, :now) ON CONFLICT DO NOTHING",
            {
                "id": tables.new_id(),
                "kind": kind,
                "key": key,
                "payload": json.dumps(payload, ensure_ascii=False),
                "run_at": tables.to_millis(run_at or self.now),
                "now": tables.to_millis(self.now),
            },
        )
        self.publish("job", [Room(INSIDE, "jobs")], {"kind": kind})

    def _run(self, sql: str, values: dict[str, Any]) -> sqlite3.Cursor:
        if self._session is not None:
            self._session.flush()
        cursor = self._driver.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(sql, values)

    def _finish(self) -> None:
        if self._session is not None:
            self._session.commit()
            self._session.close()

    def _abandon(self) -> None:
        if self._session is not None:
            self._session.close()


@dataclass
class _Waiting:
    """An action in line for the writer, and where its answer goes."""

    run: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    events: list[Event] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Store:
    """The door to the database; open it with `Store(path, clock)` and `close()` it.

    `deliver` is set by the hub and gets the events of each commit, in commit order, on the event loop.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.clock = clock
        self.deliver: Callable[[list[Event]], None] = lambda events: None
        self._engine = connect(path)
        self._line: queue.Queue[_Waiting | None] = queue.Queue(BACKLOG)
        self._reader_state = threading.local()
        self._path = path
        self._reader_engines: list[Engine] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writer = threading.Thread(target=self._write_batches, name="writer", daemon=True)
        self._writer.start()

    async def write(self, action: Callable[..., T], /, *args: Any) -> T:
        """Runs `action(tx, *args, now)` in a transaction and returns its answer once it is on the disk.

        Raises what the action raised (nothing is stored then), or Unavailable when the store cannot take it.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(lambda tx: action(tx, *args, tx.now), loop, loop.create_future())
        try:
            self._line.put_nowait(waiting)
        except queue.Full:
            raise Unavailable("The desk is overloaded. Try again in a moment.", retry_after=1) from None
        result: T = await waiting.future
        return result

    async def read(self, action: Callable[..., T], /, *args: Any) -> T:
        """Runs `action(tx, *args, now)` on a reader thread against a consistent view; it cannot change anything.

        What it publishes (hints that are not stored, such as typing) leaves when it returns.
        """
        result, events = await self._look(action, *args)
        if events:
            self.deliver(events)
        return result

    async def hints(self, action: Callable[..., object], /, *args: Any) -> list[Event]:
        """The same, but what it publishes is handed to the caller alone, and its answer to nobody."""
        _, events = await self._look(action, *args)
        return events

    def close(self) -> None:
        """Finishes what waits, then lets go of the database."""
        self._line.put(None)
        self._writer.join()
        self._readers.shutdown()
        for engine in [self._engine, *self._reader_engines]:
            engine.dispose()

    # -- writing --------------------------------------------------------------------------------------------------

    def _write_batches(self) -> None:
        with self._engine.connect() as connection:
            while batch := self._next_batch():
                self._write_batch(connection, batch)

    def _next_batch(self) -> list[_Waiting]:
        """All that waits, at most BATCH; empty when the store is closing."""
        first = self._line.get()
        batch = [first] if first else []
        while batch and len(batch) < BATCH:
            try:
                following = self._line.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._line.put(None)
                break
            batch.append(following)
        return batch

    def _write_batch(self, connection: Connection, batch: list[_Waiting]) -> None:
        try:
            with connection.begin():
                for waiting in batch:
                    self._attempt(connection, waiting)
        except Exception as error:
            log.error("commit failed, its writes are refused", writes=len(batch))
            driver = connection.connection.driver_connection
            driver.rollback()  # type: ignore[union-attr]  # SQLite keeps a transaction open whose COMMIT failed
            for waiting in batch:
                waiting.error = unavailable(error)
                waiting.events = []
        for loop in {waiting.loop for waiting in batch}:
            mine = [waiting for waiting in batch if waiting.loop is loop]
            try:
                loop.call_soon_threadsafe(self._hand_back, mine)
            except RuntimeError:  # the loop ended while its writes waited: they are stored, nobody asks any more
                log.warning("nobody waits for the answer any more", writes=len(mine))

    def _attempt(self, connection: Connection, waiting: _Waiting) -> None:
        connection.exec_driver_sql("SAVEPOINT action")
        tx = Tx(connection, self.clock)
        try:
            waiting.result = waiting.run(tx)
            tx._finish()
            waiting.events = tx.events
        except Exception as error:
            tx._abandon()
            connection.exec_driver_sql("ROLLBACK TO action")
            waiting.error = unavailable(error) if isinstance(error, BROKEN) else error
        connection.exec_driver_sql("RELEASE action")

    def _hand_back(self, batch: list[_Waiting]) -> None:
        for waiting in batch:
            waiting.settle()
        events = [event for waiting in batch for event in waiting.events]
        if events:
            self.deliver(events)

    # -- reading --------------------------------------------------------------------------------------------------

    async def _look(self, action: Callable[..., T], /, *args: Any) -> tuple[T, list[Event]]:
        run: Callable[[Tx], T] = lambda tx: action(tx, *args, tx.now)  # noqa: E731
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, run)

    def _read(self, run: Callable[[Tx], T]) -> tuple[T, list[Event]]:
        connection = self._reader_connection()
        with connection.begin():
            tx = Tx(connection, self.clock)
            try:
                return run(tx), tx.events
            except BROKEN as error:
                raise unavailable(error) from error
            finally:
                tx._abandon()

    def _reader_connection(self) -> Connection:
        connection: Connection | None = getattr(self._reader_state, "connection", None)
        if connection is None:
            engine = connect(self._path, read_only=True)
            self._reader_engines.append(engine)
            connection = self._reader_state.connection = engine.connect()
        return connection


def unavailable(error: Exception) -> Unavailable:
    """What the caller is told when the database itself fails."""
    log.error("the database failed", error=type(error).__name__, cause=str(error.__cause__ or error)[:200])
    causes = {"full": "The disk is full.", "locked": "The database is busy.", "readonly": "The database is read-only."}
    why = next((told for cause, told in causes.items() if cause in str(error)), "The database did not take it.")
    return Unavailable(f"{why} Nothing was stored; try again.", retry_after=1)


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
        driver.execute("PRAGMA journal_mode=WAL")
        driver.execute("PRAGMA synchronous=FULL")
        driver.execute("PRAGMA foreign_keys=ON")
        if read_only:
            driver.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
