"""Postgres through psycopg 3: a few connections, one transaction an action, no batches (those deadlock).

READ COMMITTED with row locks. An action that was overtaken (a unique constraint, a deadlock) or whose connection was
lost before its COMMIT is run again on a fresh transaction, and finds what the other one stored. A connection lost
during COMMIT is the one case where nobody can tell; the caller is told so and sends the same `client_id` again.

Nothing waits for ever. Postgres itself ends a statement after STATEMENT_SECONDS, a wait for somebody's lock after
LOCK_SECONDS, and a transaction of ours that stands still (a frozen process holding locks) after IDLE_SECONDS. It
cannot do so when it is frozen itself or the line is cut, so each wait for its answer has an end on our side too,
ANSWER_SECONDS, after which the connection is given up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
import structlog
from psycopg import IsolationLevel, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine, RootTransaction, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from chat.errors import Unavailable
from chat.store.database import unavailable
from chat.store.events import Event
from chat.store.line import Waiting
from chat.store.queries import speaking
from chat.store.tx import Clock, Cursor, Tx

log = structlog.get_logger()

WRITERS, READERS = 8, 4
CONNECT_SECONDS = 3
STATEMENT_SECONDS = 5  # no action touches more than some hundred rows
LOCK_SECONDS = 3
IDLE_SECONDS = 10
ANSWER_SECONDS = 8
LIMITS = (
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '{LOCK_SECONDS}s';"
    f" SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
)
TRIES = 8  # of an action that others overtake; each deadlock costs it a second
MIGRATION = 0x6E69676874  # the advisory lock of whoever migrates

OVERTAKEN = (errors.UniqueViolation, errors.SerializationFailure, errors.DeadlockDetected)
# A prepared plan of a table that another version has just given a column: a fresh connection plans anew.
OUTDATED = errors.FeatureNotSupported
# The database's own failures, and what is said of them.
BROKEN = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)
AWAY = "The database is away."
WHY: dict[type[psycopg.Error], str] = {
    errors.DiskFull: "The disk is full.",
    errors.LockNotAvailable: "The database is busy.",
    errors.QueryCanceled: "The database is busy.",
    errors.ReadOnlySqlTransaction: "The database is read-only.",
}


class PostgresTx(Tx):
    session_mode = "rollback_only"
    database = "postgres"
    chains = True

    def __init__(self, connection: Connection, clock: Clock, writes: bool) -> None:
        super().__init__(connection, clock, clock.now())
        self._writes = writes
        self._driver = _driver(connection)

    def locking(self, skip: bool = False) -> str:
        if not self._writes:
            return ""
        return " FOR NO KEY UPDATE SKIP LOCKED" if skip else " FOR NO KEY UPDATE"

    def lock(self, table: str, row_id: str) -> None:
        if self._writes:
            self.value(f"SELECT 1 FROM {table} WHERE id = :id{self.locking()}", id=row_id)

    def _execute(self, sql: str, values: dict[str, Any]) -> Cursor:
        return self._driver.cursor(row_factory=dict_row).execute(translated(sql), values)


_TOKEN = re.compile(r"'(?:[^']|'')*'|%|(?<!:):(?P<name>[a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1_000)
def translated(sql: str) -> bytes:
    """`:name` as psycopg writes it. What stands in quotes is left as it is, but for its per cent signs."""
    return _TOKEN.sub(
        lambda found: f"%({found['name']})s" if found["name"] else found[0].replace("%", "%%"), sql
    ).encode()


class Patient(psycopg.Connection[Any]):
    """A connection whose every answer is waited for so long and no longer."""

    answer_seconds: float | None = ANSWER_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # its answer may still come, to a question nobody remembers
            raise


class Postgres:
    writers, readers = WRITERS, READERS

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self.name = f"{parts.get('dbname', '')} at {parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
        self._to_write, self._to_read = engine_at(url), engine_at(url, read_only=True)

    def writer(self) -> Hands:
        return Hands(self._to_write, writes=True)

    def reader(self) -> Hands:
        return Hands(self._to_read, writes=False)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        with self._to_write.connect() as connection, connection.begin():
            take_time(connection)  # others migrate too, or still talk to the tables
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION})")
            yield connection

    def shortage(self) -> str | None:
        return None


def take_time(connection: Connection) -> None:
    """Its transaction takes as long as it takes."""
    _driver(connection).answer_seconds = None
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {limit} = 0")


class Hands:
    """A connection that is opened when it is wanted, and another one when it is lost."""

    at_once = 1

    def __init__(self, engine: Engine, writes: bool) -> None:
        self._engine, self._writes = engine, writes
        self._connection: Connection | None = None

    def carry_out(self, batch: list[Waiting], clock: Clock) -> None:
        for waiting in batch:
            try:
                waiting.result, waiting.events = self._until_done(waiting, clock)
            except Exception as error:
                waiting.fail(_told(error))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _until_done(self, waiting: Waiting, clock: Clock) -> tuple[Any, list[Event]]:
        for _ in range(TRIES - 1):
            try:
                return self._once(waiting, clock)
            except (psycopg.Error, DBAPIError) as error:
                is_lost = self._connection is None
                if not is_lost and not isinstance(_cause(error), OVERTAKEN):
                    raise
        return self._once(waiting, clock)

    def _once(self, waiting: Waiting, clock: Clock) -> tuple[Any, list[Event]]:
        connection = self._open()
        driver = _driver(connection)
        with connection.begin() as transaction:
            tx = PostgresTx(connection, clock, self._writes)
            try:
                if waiting.asked is not None:
                    tx.asked, tx.ahead = waiting.asked, speaking.of_one(tx, waiting.asked)
                result = waiting.run(tx)
                tx.finish()
                if driver.info.transaction_status == TransactionStatus.INERROR:
                    raise psycopg.InternalError("a statement failed and nobody minded")  # COMMIT would say nothing
            except BaseException as error:
                tx.abandon()
                self._undo(transaction, driver, error)
                raise
            self._commit(transaction, driver)
        return result, tx.events

    def _open(self) -> Connection:
        """Raises Unavailable."""
        if self._connection is None:
            try:
                self._connection = self._engine.connect()
            except (psycopg.Error, DBAPIError) as error:
                raise _told(error) from None
        return self._connection

    def _undo(self, transaction: RootTransaction, driver: Patient, error: BaseException) -> None:
        if driver.closed or isinstance(_cause(error), OUTDATED):
            self._give_up()
            return
        try:
            if transaction.is_active:  # an ORM session that failed has undone it already
                transaction.rollback()
        except (psycopg.Error, DBAPIError):
            self._give_up()

    def _commit(self, transaction: RootTransaction, driver: Patient) -> None:
        try:
            transaction.commit()
        except (psycopg.Error, DBAPIError) as error:
            is_lost = driver.closed
            self._give_up()
            if is_lost and self._writes:
                raise in_doubt(_cause(error)) from None
            raise

    def _give_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def in_doubt(error: BaseException) -> Unavailable:
    log.error("the connection was lost during a commit", error=type(error).__name__)
    return Unavailable(
        "The database went away while it stored this, so it may be stored or not. "
        "Send it again with the same client_id to be sure.",
        retry_after=1,
    )


def _told(error: Exception) -> Exception:
    cause = _cause(error)
    if not isinstance(cause, BROKEN):
        return _discreet(error)
    return unavailable(next((why for kind, why in WHY.items() if isinstance(cause, kind)), AWAY), cause)


def _discreet(error: Exception) -> Exception:
    """For the log: after the first line Postgres quotes whole rows, which people wrote."""
    for told in (error, _cause(error)):
        if isinstance(told, psycopg.Error | DBAPIError):
            told.args = (str(told.args[0]).partition("\n")[0],)
    return error


def _cause(error: BaseException) -> BaseException:
    """The driver's error inside SQLAlchemy's."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _driver(connection: Connection) -> Patient:
    driver = connection.connection.driver_connection
    assert isinstance(driver, Patient)
    return driver


def engine_at(url: str, read_only: bool = False) -> Engine:
    """Connections to this address, set up as the store needs them; each is its user's own."""

    def connect() -> Patient:
        driver = Patient.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="nightdesk", client_encoding="UTF8"
        )
        # Not as `options` of the connection: a pooler refuses those, and the address may have its own.
        driver.execute(LIMITS)
        driver.autocommit = False
        if read_only:
            driver.isolation_level, driver.read_only = IsolationLevel.REPEATABLE_READ, True
        return driver

    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=NullPool,
        hide_parameters=True,  # an error that is logged must not quote what people wrote
        use_native_hstore=False,
    )
