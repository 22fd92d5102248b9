"""Brings a database to the newest schema.

A process that serves never loads what migrates: Alembic takes 8 MB that it would not give back. Whether something is
missing is told by the names of the steps, and `upgrade` applies it in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from chat.errors import SettingsError
from chat.store import tables
from chat.store.apart import apart
from chat.store.store import database_at

STEPS = Path(__file__).parent / "alembic" / "versions"


def migrate(where: Path | str) -> None:
    """Applies what is missing, once, whoever else starts now. Raises SettingsError when the database is not usable.

    That is when it cannot be reached, or was made by a newer version.
    """
    with migrating(where) as connection:
        older = is_older(connection)
    if older:
        apart("chat.store.upgrade", where)
    with migrating(where) as connection:
        connection.execute(
            text("INSERT INTO meta (key, value) VALUES ('store_id', :id) ON CONFLICT DO NOTHING"),
            {"id": tables.new_id()},
        )


@contextmanager
def migrating(where: Path | str) -> Iterator[Connection]:
    """A transaction to change the schema in, one at a time. Raises SettingsError."""
    database = database_at(where)
    try:
        with database.migrating() as connection:
            yield connection
    except DBAPIError as error:
        why = str(error.orig).strip().partition("\n")[0].rstrip(".")
        room = database.shortage()  # a full disk has many faces
        told = f"The database {database.name} cannot be opened: {why}."
        raise SettingsError(f"{told} {room}" if room else told) from None


def is_older(connection: Connection) -> bool:
    """Is there a step that this database lacks? Raises SettingsError when a newer version has made it."""
    has_any = inspect(connection).has_table("alembic_version")
    current = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_any else None
    known = versions()
    if current is not None and current not in known:
        raise SettingsError(
            f"The database has schema {current}, which this version of Nightdesk does not know. "
            "Start the version that made it, or a newer one."
        )
    return current != known[-1]


def versions() -> list[str]:
    """The steps, in their order: a file is named by its number and what it brings."""
    return sorted(step.name.partition("_")[0] for step in STEPS.glob("[0-9]*.py"))
