"""Looks through an installation, or through a backup of one, and says in words what is not as it should be."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, text

from chat.backup.archive import Reader
from chat.backup.restore import load
from chat.errors import SettingsError
from chat.files import Content, Files
from chat.store.bulk import Tables, failures_told, references, snapshot
from chat.store.migrations import is_older, migrating
from chat.store.upgrade import upgrade_to

COUNTED = ("site", "agent", "customer", "conversation", "message", "note", "ticket", "refund", "attachment", "job")
TOLD = 20  # of a kind of problem, one by one


@dataclass
class Report:
    """`counts` by table, and what is wrong, a sentence each; none: all is well."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Numbering:
    """What is numbered 1, 2, 3 ... in something that knows the last number."""

    what: str
    table: str
    of: str
    number: str
    owner: str
    last: str


NUMBERINGS = (
    Numbering("messages", "message", "conversation_id", "seq", "conversation", "last_seq"),
    Numbering("notes", "note", "conversation_id", "number", "conversation", "last_note"),
    Numbering("events", "ticketevent", "ticket_id", "number", "ticket", "last_event"),
)


def verify(where: Path | str, files: Files) -> Report:
    """The database at one moment and every file it knows, while it may be served. Raises SettingsError."""
    report = Report()
    with snapshot(where) as tables:
        if is_older(tables.connection):
            raise SettingsError("The database has an older schema: run `python -m chat migrate` first.")
        look_at(tables, report)
        with failures_told():
            sql = text("SELECT path, size, sha256, used_at IS NOT NULL AS used FROM attachment ORDER BY id")
            for row in tables.connection.execution_options(stream_results=True).execute(sql):
                content = files.open(row.path)
                if content is not None:
                    report.problems += _of_file(row.path, row.size, row.sha256, content)
                elif row.used:  # what nobody used may have been forgotten by now
                    report.problems.append(f"The file {row.path} is missing.")
    return report


def verify_file(source: Path) -> Report:
    """A backup: it is put back into a database that is thrown away, and its files are read. Raises Invalid."""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as folder, Reader(source) as archive:
        database = Path(folder) / "nightdesk.db"
        with migrating(database) as connection, failures_told():
            load(archive, connection)
            upgrade_to(connection, "head")
        with snapshot(database) as tables:
            look_at(tables, report)
            _look_at_files(archive, tables.connection, report)
    return report


def _look_at_files(archive: Reader, connection: Connection, report: Report) -> None:
    known = 0
    for path, blocks in archive.files():
        sql = "SELECT size, sha256 FROM attachment WHERE path = :path"
        row = connection.execute(text(sql), {"path": path}).one_or_none()
        size = 0 if row is None else row.size
        wrong = list(_of_file(path, size, row.sha256 if row else "", Content(size, blocks)))
        report.problems += wrong if row else [f"No message or ticket knows the file {path}."]
        known += row is not None
    manifest = archive.end()
    used = "SELECT used_at FROM attachment WHERE path = :path"
    for path in manifest.missing:
        if connection.scalar(text(used), {"path": path}) is not None:
            report.problems.append(f"The file {path} was missing, or cut short, when the backup was made.")
    if known + len(manifest.missing) != report.counts["attachment"]:
        report.problems.append("There are not as many files as the database knows.")


def _of_file(path: str, size: int, digest: str, content: Content) -> Iterator[str]:
    found, many = hashlib.sha256(), 0
    for block in content.blocks:
        found.update(block)
        many += len(block)
    if (many, found.hexdigest()) != (size, digest):
        yield f"The file {path} is not what was sent."


def look_at(tables: Tables, report: Report) -> None:
    """Everything but the files."""
    with failures_told():
        connection = tables.connection
        report.counts = {name: int(connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in COUNTED}
        for look in (_pages, _references, _numberings):
            report.problems += look(connection)


def _pages(connection: Connection) -> Iterator[str]:
    """Of SQLite, which looks through its file when asked; Postgres has `amcheck` and checksums for that."""
    if connection.dialect.name == "sqlite":
        for (told,) in connection.exec_driver_sql(f"PRAGMA integrity_check({TOLD})"):
            if told != "ok":
                yield f"SQLite finds its file damaged: {told}."


def _references(connection: Connection) -> Iterator[str]:
    for told in references(connection):
        many = connection.scalar(
            text(
                f'SELECT count(*) FROM "{told.table}" x WHERE x."{told.column}" IS NOT NULL'
                f' AND NOT EXISTS (SELECT 1 FROM "{told.of}" y WHERE y."{told.key}" = x."{told.column}")'
            )
        )
        if many:
            yield f"{many} rows of {told.table} name a {told.of} that is not there ({told.column})."


def _numberings(connection: Connection) -> Iterator[str]:
    for n in NUMBERINGS:
        found = connection.execute(
            text(
                f"SELECT o.id, o.{n.last} AS last, count(x.{n.number}) AS many, min(x.{n.number}) AS first,"
                f" max(x.{n.number}) AS highest FROM {n.owner} o LEFT JOIN {n.table} x ON x.{n.of} = o.id"
                f" GROUP BY o.id, o.{n.last} HAVING count(x.{n.number}) <> o.{n.last} OR (o.{n.last} > 0"
                f" AND (min(x.{n.number}) <> 1 OR max(x.{n.number}) <> o.{n.last})) LIMIT {TOLD}"
            )
        )
        for row in found:
            yield (
                f"The {n.owner} {row.id} should have the {n.what} 1 to {row.last},"
                f" and has {row.many}, from {row.first} to {row.highest}."
            )
