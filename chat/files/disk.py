"""Files in a folder, which several processes share."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

INCOMING = "incoming"
AT_ONCE = 500  # paths of one batch of `old`
BLOCK = 256 * 1024


@dataclass(frozen=True)
class Content:
    """What lies there: `blocks` of `size` bytes in all, to be read once; `file` when it is one of this machine."""

    size: int
    blocks: Iterator[bytes]
    file: Path | None = None


class Disk:
    def __init__(self, root: Path) -> None:
        self.root = root

    def incoming(self) -> tuple[Path, BinaryIO]:
        folder = self.root / INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / secrets.token_hex(16)
        return path, os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")

    def put(self, written: Path, path: str) -> None:
        """Moves there what lies among the incoming files, whole and on the disk."""
        place = self.root / path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written.rename(place)
        _sync_folder(place.parent)

    def open(self, path: str, part: tuple[int, int] | None = None) -> Content | None:
        found = self.root / path
        if not found.is_file():
            return None
        first, end = part or (0, found.stat().st_size)
        return Content(end - first, _blocks(found, first, end), found)

    def remove(self, paths: list[str]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                (self.root / path).unlink()

    def old(self, before: float) -> Iterator[list[str]]:
        batch: list[str] = []
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else []:
            for entry in os.scandir(folder):
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < before:
                        batch.append(f"{folder.name}/{entry.name}")
                if len(batch) == AT_ONCE:
                    yield batch
                    batch = []
        yield batch


def _blocks(path: Path, first: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while block := file.read(min(BLOCK, end - file.tell())):
            yield block


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
