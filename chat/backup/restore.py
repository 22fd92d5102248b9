"""Puts a backup back, as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from chat.backup.archive import Head, Reader
from chat.errors import Invalid
from chat.files import Files
from chat.store.bulk import Table, failures_told, tables_of
from chat.store.migrations import migrating, versions
from chat.store.tables import new_id
from chat.store.upgrade import upgrade_to


@dataclass(frozen=True)
class Restored:
    head: Head
    rows: int
    files: int


def restore(source: Path, where: Path | str, files: Files, mark: Path) -> Restored:
    """Into a database without tables and storage without files. One transaction: it commits when all is there.

    `mark` is a file beside it that stands meanwhile, so that what was killed can be begun anew. Nobody may serve from
    there yet. The database gets a new `store_id`, so that whoever has seen newer messages forgets them. Raises Invalid
    for a file that is no backup or not whole, SettingsError when the database fails.
    """
    with migrating(where) as connection:
        check_empty(connection, files, mark)
    with Reader(source) as archive, placed(mark, files), migrating(where) as connection, failures_told():
        load(archive, connection)
        for path, blocks in archive.files():
            files.put_back(path, blocks)
        manifest = archive.end()
        upgrade_to(connection, "head")
        connection.execute(text("UPDATE meta SET value = :id WHERE key = 'store_id'"), {"id": new_id()})
    return Restored(archive.head, sum(manifest.rows.values()), manifest.files)


def check_empty(connection: Connection, files: Files, mark: Path) -> None:
    """Raises Invalid."""
    if tables_of(connection).tables:
        raise Invalid("There is a database already. A backup is put back into an empty place only.")
    if not mark.exists() and not files.is_empty():
        raise Invalid("There are files of people already. A backup is put back into an empty place only.")


def load(archive: Reader, connection: Connection) -> None:
    """The rows of the archive into a database without tables, at the schema they had. Raises Invalid."""
    if archive.head.schema not in versions():
        raise Invalid(
            f"The backup has schema {archive.head.schema}, which this version of Nightdesk does not know. "
            f"It was made by version {archive.head.version}: take that, or a newer one."
        )
    upgrade_to(connection, archive.head.schema)
    here = tables_of(connection)
    known = {table.name: table for table in here.tables}
    for table in reversed(here.tables):  # what the migrations filled in
        connection.exec_driver_sql(f'DELETE FROM "{table.name}"')

    def take(table: Table, blocks: Iterable[bytes]) -> None:
        own = known.get(table.name)
        if own is None or any(own.columns.get(column) != kind for column, kind in table.columns.items()):
            raise Invalid(f"The backup has a table {table.name} that is none of its schema.")
        here.take(table, blocks)

    archive.tables(take)


@contextmanager
def placed(mark: Path, files: Files) -> Iterator[None]:
    """What is put there goes again when it was in vain."""
    mark.touch()
    try:
        yield
    except BaseException:
        for batch in files.old(float("inf")):
            files.remove(batch)
        mark.unlink()
        raise
    mark.unlink()
