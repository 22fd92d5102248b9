"""Whole tables out and in, as text that is the same of either database. Backups are made of it.

A row is a line in the text form of Postgres' COPY: columns between tabs, `\\N` for NULL, `\\` before what would be
taken for either, `t` and `f`, bytes as `\\x` and hexadecimal digits. Whatever the size of a table, a few hundred rows
of it are in memory at once.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, inspect, text, types
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError

from chat.errors import Invalid, SettingsError
from chat.store import sqlite

ROWS = 500  # at once
UNCOUNTED = {"alembic_version"}  # what says which tables there are is none of them
# Made of the other tables, anew wherever they are, and different on either database.
DERIVED = {
    *("searchblock", "searchentry", "searchmark", "searchspan", "searchtodo"),
    *("searchtext", "searchtextgone", "searchtextlist"),
}

Kind = Literal["text", "number", "truth", "real", "bytes"]
Value = str | int | float | bytes | None


@dataclass(frozen=True)
class Table:
    name: str
    columns: dict[str, Kind]

    @property
    def quoted(self) -> str:
        return ", ".join(f'"{column}"' for column in self.columns)


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another table."""

    table: str
    column: str
    of: str
    key: str


class Tables(Protocol):
    """The tables of one database, each after those it refers to, in one transaction."""

    connection: Connection
    tables: list[Table]

    def out(self, table: Table) -> Iterator[bytes]:
        """All rows as blocks of text, none of which ends within a row."""

    def take(self, table: Table, blocks: Iterable[bytes]) -> int:
        """Adds rows and says how many. Raises Invalid for text that is not of this table."""


@contextmanager
def snapshot(where: Path | str) -> Iterator[Tables]:
    """The database as it is at one moment, however long it is looked at; writers go on. Raises SettingsError."""
    with failures_told(), _sqlite_snapshot(where) if isinstance(where, Path) else _postgres_snapshot(where) as tables:
        yield tables


@contextmanager
def failures_told() -> Iterator[None]:
    """What the database itself says went wrong, as SettingsError. Only its first line: the others quote rows."""
    try:
        yield
    except Exception as error:
        is_psycopg = type(error).__module__.startswith("psycopg")  # which SQLite does without
        if not is_psycopg and not isinstance(error, (DBAPIError, sqlite3.Error)):
            raise
        raise SettingsError(f"The database failed: {_first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    told = error.orig if isinstance(error, DBAPIError) else error
    return str(told).strip().partition("\n")[0].rstrip(".")


def tables_of(connection: Connection) -> Tables:
    """Those on a connection that is in a transaction."""
    return SqliteTables(connection) if connection.dialect.name == "sqlite" else PostgresTables(connection)


def revision(connection: Connection) -> str | None:
    """Of the schema; None: there are no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def references(connection: Connection) -> list[Reference]:
    inspector = inspect(connection)
    return [
        Reference(name, key["constrained_columns"][0], key["referred_table"], key["referred_columns"][0])
        for name in inspector.get_table_names()
        for key in inspector.get_foreign_keys(name)
    ]


def _reflected(connection: Connection, left_out: set[str]) -> list[Table]:
    inspector = inspect(connection)
    names = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]
    wanted = [name for name in names if name not in left_out | UNCOUNTED | DERIVED]
    return [
        Table(name, {c["name"]: _kind(name, c) for c in inspector.get_columns(name) if not c.get("computed")})
        for name in wanted
    ]


def _kind(table: str, column: ReflectedColumn) -> Kind:
    kinds: list[tuple[type[types.TypeEngine[Any]], Kind]] = [
        (types.Boolean, "truth"),
        (types.Integer, "number"),
        (types.Float, "real"),
        (types.LargeBinary, "bytes"),
        (types.String, "text"),
    ]
    for type_, kind in kinds:
        if isinstance(column["type"], type_):
            return kind
    raise TypeError(f"{table}.{column['name']} is of a type that no backup knows: {column['type']}")


# -- SQLite -------------------------------------------------------------------------------------------------------


@contextmanager
def _sqlite_snapshot(where: Path) -> Iterator[Tables]:
    if not where.exists():
        raise SettingsError(f"There is no database {where}.")
    engine = sqlite.connect(where, read_only=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master").fetchall()  # the moment that is seen from now on
            yield SqliteTables(connection)
            connection.rollback()
    finally:
        engine.dispose()


class SqliteTables:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        # Those of the full-text search, and what they are made of.
        listed = self._driver.execute("SELECT name FROM pragma_table_list WHERE type <> 'table'").fetchall()
        self.tables = _reflected(connection, {name for (name,) in listed})

    def out(self, table: Table) -> Iterator[bytes]:
        found = self._driver.execute(f'SELECT {table.quoted} FROM "{table.name}"')
        kinds = list(table.columns.values())
        while rows := found.fetchmany(ROWS):
            yield b"".join(to_line(row, kinds) for row in rows)

    def take(self, table: Table, blocks: Iterable[bytes]) -> int:
        kinds = list(table.columns.values())
        values = ", ".join("?" for _ in kinds)
        # Until the commit: rows that refer to others of their table may come before those.
        self._driver.execute("PRAGMA defer_foreign_keys = ON")
        added = self._driver.executemany(
            f'INSERT INTO "{table.name}" ({table.quoted}) VALUES ({values})',
            (from_line(line, kinds) for line in _lines(blocks)),
        )
        return max(added.rowcount, 0)


def to_line(row: Iterable[Value], kinds: Iterable[Kind]) -> bytes:
    return "\t".join([_to_field(value, kind) for value, kind in zip(row, kinds, strict=True)]).encode() + b"\n"


def _to_field(value: Value, kind: Kind) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    if not isinstance(value, str):
        return ("t" if value else "f") if kind == "truth" else repr(value)
    return _TAKEN.sub(lambda found: _WRITTEN[found[0]], value) if _TAKEN.search(value) else value


def from_line(line: bytes, kinds: list[Kind]) -> list[Value]:
    """Raises Invalid."""
    fields = line.decode().split("\t")
    if len(fields) != len(kinds):
        raise Invalid(f"A row has {len(fields)} columns instead of {len(kinds)}.")
    return [_from_field(field, kind) for field, kind in zip(fields, kinds, strict=True)]


_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_TAKEN = re.compile(r"[\\\b\f\n\r\t\v]")
_WRITTEN = {"\\": "\\\\"} | {meant: f"\\{name}" for name, meant in _MEANT.items()}


def _from_field(field: str, kind: Kind) -> Value:
    if field == "\\N":
        return None
    plain = _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), field) if "\\" in field else field
    try:
        match kind:
            case "text":
                return plain
            case "number":
                return int(plain)
            case "truth":
                return int({"t": True, "f": False}[plain])
            case "real":
                return float(plain)
            case "bytes":
                return bytes.fromhex(plain.removeprefix("\\x"))
    except (ValueError, KeyError):
        raise Invalid(f"A column holds {plain[:20]!r} where a value of another kind belongs.") from None


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield from block[:-1].split(b"\n") if block else ()


# -- Postgres -----------------------------------------------------------------------------------------------------


@contextmanager
def _postgres_snapshot(where: str) -> Iterator[Tables]:
    from chat.store import postgres  # only who uses it carries the driver

    with postgres.engine_at(where, read_only=True).connect() as connection, connection.begin():
        postgres.take_time(connection)
        yield PostgresTables(connection)


class PostgresTables:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._driver: Any = connection.connection.driver_connection
        self.tables = _reflected(connection, set())

    def out(self, table: Table) -> Iterator[bytes]:
        with (
            self._driver.cursor() as cursor,
            cursor.copy(f'COPY (SELECT {table.quoted} FROM "{table.name}") TO STDOUT') as rows,
        ):
            yield from map(bytes, rows)

    def take(self, table: Table, blocks: Iterable[bytes]) -> int:
        with self._driver.cursor() as cursor:
            # One statement for the whole table, at whose end its references are looked at.
            with cursor.copy(f'COPY "{table.name}" ({table.quoted}) FROM STDIN') as copy:
                for block in blocks:
                    copy.write(block)
            return int(cursor.rowcount)
