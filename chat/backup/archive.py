"""The file of a backup: a tar archive that any tar reads.

    head.json                 what it is: format, version, schema, when, which key, the columns of each table
    tables/<name>/<n>.gz      the rows, in the form of `store.bulk`, in parts of some MB, each table after those it
                              refers to
    files/<ab>/<random>       what people sent, under the paths their rows name
    manifest.json             last, so a file without it is not whole: rows of each table, SHA-256 of each part, files

The SHA-256 of a file is in its row.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from chat.errors import Invalid
from chat.store.bulk import Kind, Table

FORMAT = 1
PART = 4 * 1024 * 1024  # bytes of rows before they are packed
BLOCK = 256 * 1024
LARGEST_PART = 1024 * 1024 * 1024  # one row may be long, but not longer than Postgres lets it be
HEAD, MANIFEST = "head.json", "manifest.json"
FILE = re.compile(r"files/([0-9a-f]{2}/[0-9a-f]{32})")
PACKED = re.compile(r"tables/([a-z_]+)/([0-9]+)\.gz")


@dataclass(frozen=True)
class Head:
    version: str  # of Nightdesk
    schema: str
    taken_at: str
    key: str | None  # tells which key opens what is sealed; None: nothing is
    tables: dict[str, dict[str, Kind]]
    format: int = FORMAT


@dataclass
class Manifest:
    head: str = ""  # its SHA-256
    rows: dict[str, int] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)  # by name, the SHA-256 as it lies in the archive
    files: int = 0
    file_bytes: int = 0
    missing: list[str] = field(default_factory=list)  # files with a row that were not there, or not whole


class Writer:
    """Writes beside the target and takes its name at the end, when everything is on the disk. Never over anything."""

    def __init__(self, target: Path) -> None:
        self._target, self._partial = target, target.with_name(f"{target.name}.partial")
        self.manifest = Manifest()

    def __enter__(self) -> Self:
        """Raises Invalid."""
        if self._target.exists():
            raise Invalid(f"{self._target} is there already; a backup is written over nothing.")
        self._file = Out(self._partial)
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # type: ignore[call-overload]
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._add(MANIFEST, json.dumps(asdict(self.manifest)).encode())
                self._tar.close()
                self._file.take_name(self._target)
        finally:
            self._file.close()
            self._partial.unlink()

    def head(self, head: Head) -> None:
        content = json.dumps(asdict(head), indent=1).encode()
        self.manifest.head = hashlib.sha256(content).hexdigest()
        self._add(HEAD, content)

    def table(self, table: Table, blocks: Iterable[bytes]) -> None:
        self.manifest.rows[table.name] = 0
        for number, part in enumerate(_parts(blocks)):
            packed, name = gzip.compress(part, 1, mtime=0), f"tables/{table.name}/{number}.gz"
            self.manifest.rows[table.name] += part.count(b"\n")
            self.manifest.parts[name] = hashlib.sha256(packed).hexdigest()
            self._add(name, packed)

    def file(self, path: str, size: int, blocks: Iterable[bytes]) -> None:
        self._add_from(f"files/{path}", size, Source(blocks))
        self.manifest.files += 1
        self.manifest.file_bytes += size

    def _add(self, name: str, content: bytes) -> None:
        self._add_from(name, len(content), io.BytesIO(content))

    def _add_from(self, name: str, size: int, content: Any) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, content)
        forget_members(self._tar)


class Out:
    """A file that is written, as far as tarfile writes. What the disk does not take raises Invalid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            self._file = open(path, "wb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115

    def write(self, content: bytes) -> int:
        left = memoryview(content)
        while left:
            with self._told():
                left = left[self._file.write(left) :]
        return len(content)

    def tell(self) -> int:
        return self._file.tell()

    def take_name(self, target: Path) -> None:
        with self._told():
            os.fsync(self._file.fileno())
            os.link(self._path, target)  # which, unlike a rename, replaces nobody's
            _sync(target.parent)

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Invalid(f"{self._path} cannot be written: {error.strerror}.") from None


class Source:
    """Blocks as something that is read from, as far as tarfile reads."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._left = iter(blocks), b""

    def read(self, size: int) -> bytes:
        while len(self._left) < size and (block := next(self._blocks, b"")):
            self._left += block
        taken, self._left = self._left[:size], self._left[size:]
        return taken


def _parts(blocks: Iterable[bytes]) -> Iterator[bytes]:
    part = bytearray()
    for block in blocks:
        part += block
        if len(part) >= PART:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)


def forget_members(tar: tarfile.TarFile) -> None:
    """It would keep one for each file, for ever."""
    tar.members = []  # type: ignore[attr-defined]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Reader:
    """Reads an archive from its beginning to its end, once. Whatever is not as it was written raises Invalid."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: dict[str, str] = {}
        self._rows: dict[str, int] = {}
        self._next: tarfile.TarInfo | None = None

    def __enter__(self) -> Self:
        try:
            self._tar = tarfile.open(self._path, "r:")
        except FileNotFoundError:
            raise Invalid(f"There is no file {self._path}.") from None
        except (OSError, tarfile.TarError):
            raise Invalid(f"{self._path} is no backup.") from None
        self._step()
        try:
            content = self._content(HEAD)
            self.head = Head(**json.loads(content))
        except (ValueError, TypeError):
            raise Invalid(f"{self._path} is no backup.") from None
        if self.head.format != FORMAT:
            raise Invalid(f"{self._path} was made by a newer version of Nightdesk ({self.head.version}).")
        self._head_hash = hashlib.sha256(content).hexdigest()
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()

    def tables(self, take: Callable[[Table, Iterable[bytes]], object]) -> None:
        """Calls `take` for each table that has rows, in the archive's order."""
        while self._next is not None and (found := PACKED.fullmatch(self._next.name)):
            name = found[1]
            if name not in self.head.tables or name in self._rows:
                raise self._damaged()
            self._rows[name] = 0
            take(Table(name, self.head.tables[name]), self._blocks(name))

    def _blocks(self, table: str) -> Iterator[bytes]:
        number = 0
        while self._next is not None and self._next.name == f"tables/{table}/{number}.gz":
            name = self._next.name
            packed = self._content(name)
            self._parts[name] = hashlib.sha256(packed).hexdigest()
            try:
                rows = gzip.decompress(packed)
            except (OSError, EOFError, ValueError, zlib.error):
                raise self._damaged() from None
            self._rows[table] += rows.count(b"\n")
            yield rows
            number += 1

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Path and content of each file; a content is read before the next one is asked for."""
        self.count = 0
        while self._next is not None and (found := FILE.fullmatch(self._next.name)):
            self.count += 1
            here = self._next
            yield found[1], self._read(here)
            self._step()

    def end(self) -> Manifest:
        """What it says of itself at its end, which is so."""
        content = self._content(MANIFEST)
        try:
            manifest = Manifest(**json.loads(content))
        except (ValueError, TypeError):
            raise self._damaged() from None
        told = {name: many for name, many in manifest.rows.items() if many}
        if (manifest.head, manifest.parts, told, manifest.files) != (
            self._head_hash,
            self._parts,
            self._rows,
            self.count,
        ):
            raise self._damaged()
        return manifest

    def _content(self, name: str) -> bytes:
        """Of the next member, which has to be that one."""
        if self._next is None or self._next.name != name or self._next.size > LARGEST_PART:
            raise Invalid(f"{self._path} is not whole: it ends before {name}." if self._next is None else self._wrong())
        content = b"".join(self._read(self._next))
        self._step()
        return content

    def _read(self, member: tarfile.TarInfo) -> Iterator[bytes]:
        file: BinaryIO | None = self._tar.extractfile(member)  # type: ignore[assignment]
        if file is None:
            raise self._damaged()
        left = member.size
        while left:
            try:
                block = file.read(min(BLOCK, left))
            except (OSError, tarfile.TarError):
                raise self._damaged() from None
            if not block:
                raise self._damaged()
            left -= len(block)
            yield block

    def _step(self) -> None:
        try:
            self._next = self._tar.next()
        except (OSError, tarfile.TarError):
            raise self._damaged() from None
        forget_members(self._tar)

    def _wrong(self) -> str:
        return f"{self._path} is damaged or no backup."

    def _damaged(self) -> Invalid:
        return Invalid(self._wrong())
