"""Makes a backup while the installation serves."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from sqlalchemy import text

from chat import __version__
from chat.backup.archive import Head, Writer
from chat.errors import SettingsError
from chat.files import Content, Files
from chat.store.bulk import Tables, failures_told, revision, snapshot
from chat.store.migrations import versions

IN_MEMORY = 8 * 1024 * 1024  # of the list of files; a longer one lies on the disk
FILES = "SELECT path, size, sha256, used_at IS NOT NULL FROM attachment ORDER BY id"


@dataclass(frozen=True)
class Taken:
    """`missing` are files that a message shows and that are not there, or not as they were sent."""

    rows: int
    files: int
    file_bytes: int
    key: str | None
    missing: list[str]


def take(where: Path | str, files: Files, target: Path, now: datetime) -> Taken:
    """Writes `target`: the database as it is at one moment, and the files it knows then. Writers go on meanwhile.

    Raises SettingsError when the database cannot be read, Invalid when the file cannot be written. What failed leaves
    no file.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY, mode="w+") as listed, Writer(target) as archive:
        with snapshot(where) as tables:
            head = _head(tables, now)
            archive.head(head)
            for table in tables.tables:
                archive.table(table, tables.out(table))
            _list_files(tables, listed)
        # Now that nobody has to keep what it was any more. A file never changes, and it lies there before its row is.
        lost = list(_add_files(listed, files, archive))
        manifest = archive.manifest
    return Taken(sum(manifest.rows.values()), manifest.files, manifest.file_bytes, head.key, lost)


def _head(tables: Tables, now: datetime) -> Head:
    schema = revision(tables.connection)
    if schema not in versions():
        known = f"schema {schema}, which this version of Nightdesk does not know" if schema else "no tables"
        raise SettingsError(f"The database has {known}, so it cannot be backed up.")
    columns = {table.name: table.columns for table in tables.tables}
    # Tells which key opens what is sealed, and nothing else about it.
    key = tables.connection.scalar(text("SELECT value FROM meta WHERE key = 'sealed_by'"))
    return Head(__version__, schema, now.isoformat(), key, columns)


def _list_files(tables: Tables, listed: IO[str]) -> None:
    if "attachment" not in {table.name for table in tables.tables}:  # of an older schema
        return
    with failures_told():
        for row in tables.connection.execution_options(stream_results=True).execute(text(FILES)):
            listed.write(json.dumps(list(row)) + "\n")


def _add_files(listed: IO[str], files: Files, archive: Writer) -> Iterator[str]:
    """Gives those that are not there, but for what nobody used, which may have been forgotten since the snapshot."""
    listed.seek(0)
    for line in listed:
        path, size, digest, used = json.loads(line)
        content = files.open(path)
        if content is None or content.size != size:
            archive.manifest.missing.append(path)
            if used:
                yield path
            continue
        looked = Looked(content)
        archive.file(path, size, looked.blocks())
        if looked.digest != digest:
            yield path


class Looked:
    """A content that is hashed as it passes."""

    def __init__(self, content: Content) -> None:
        self._content, self._hash = content, sha256()

    def blocks(self) -> Iterator[bytes]:
        for block in self._content.blocks:
            self._hash.update(block)
            yield block

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()
