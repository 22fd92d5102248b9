"""The folder of files: what comes in is looked at, drawn anew or refused, and lies there under a random name.

A file is whole on the disk before its row is written, so a row always finds its file. What a crash leaves is a file
without a row, which `old` finds and the sweep removes. Several processes share the folder. Nothing here is quick:
call it on a thread.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chat.domain.files import HEAD_BYTES, KINDS, Kind, StoredFile, cleaned_name, kind_of, plain_text
from chat.errors import Invalid, WrongType

INCOMING = "incoming"
BLOCK = 256 * 1024
AT_ONCE = 500  # paths of one batch of `old`
SCANS = 200  # of a JPEG: each is a pass over the whole picture
QUALITY = 88


@dataclass(frozen=True)
class Rules:
    """`size` in bytes; `pixels` of a picture (a JPEG may have twice as many: it is read at half its width)."""

    size: int
    pixels: int
    kinds: frozenset[str]


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def incoming(self) -> tuple[Path, BinaryIO]:
        """A new file to write into, which whoever asked for it removes again."""
        return self._create(self.root / INCOMING)

    def keep(self, incoming: Path, name: str | None, rules: Rules) -> StoredFile:
        """Looks at what came in and takes it. Raises WrongType or Invalid; nothing is left in the folder then."""
        with incoming.open("rb") as head:
            found = kind_of(head.read(HEAD_BYTES))
        if found not in rules.kinds:
            raise WrongType("Files of this type cannot be sent here.")
        kind = KINDS[found]
        path, file = self._create(self.root / INCOMING)
        try:
            with file:
                size = _take(incoming, file, kind, rules)
                file.flush()
                os.fsync(file.fileno())
            return self._put(path, cleaned_name(name, kind), kind, size)
        finally:
            path.unlink(missing_ok=True)

    def _create(self, folder: Path) -> tuple[Path, BinaryIO]:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / secrets.token_hex(16)
        return path, os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")

    def _put(self, written: Path, name: str, kind: Kind, size: tuple[int, int] | None) -> StoredFile:
        random = secrets.token_hex(16)
        place = self.root / random[:2]
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with written.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        bytes_ = written.stat().st_size
        written.rename(place / random)
        _sync_folder(place)
        width, height = size or (None, None)
        return StoredFile(f"{random[:2]}/{random}", name, kind.type, bytes_, digest, width, height)

    def find(self, path: str) -> Path | None:
        """Where it lies; None when it is not there, which only somebody outside can have done."""
        found = self.root / path
        return found if found.is_file() else None

    def remove(self, paths: list[str]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                (self.root / path).unlink()

    def old(self, before: float) -> Iterator[list[str]]:
        """What was written before that time (seconds since 1970), in batches."""
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(incoming: Path, file: BinaryIO, kind: Kind, rules: Rules) -> tuple[int, int] | None:
    """Writes what is kept of it; of a picture its width and height."""
    if kind.picture:
        return _draw(incoming, file, kind.picture, rules.pixels)
    if kind is KINDS["text"]:
        text = plain_text(incoming.read_bytes())
        if text is None:
            raise WrongType("Files of this type cannot be sent here.")
        file.write(text.encode())
        return None
    with incoming.open("rb") as source:
        while block := source.read(BLOCK):
            file.write(block)
    return None


def _draw(incoming: Path, file: BinaryIO, form: str, pixels: int) -> tuple[int, int]:
    """The picture drawn anew, upright: of what came in nothing is left but what one sees. One that moves stands still.

    Its size is read from the header and checked before anything is unpacked.
    """
    from PIL import Image, ImageOps  # only who gets a picture carries them

    try:
        with Image.open(incoming, formats=(form,)) as image:
            width, height = image.size
            if width * height > (2 if form == "JPEG" else 1) * pixels:
                raise Invalid(
                    f"The picture has too many pixels ({width} x {height}). Make it smaller.", code="too_many_pixels"
                )
            if form == "JPEG" and incoming.read_bytes().count(b"\xff\xda") > SCANS:
                raise Invalid("This picture cannot be read.", code="broken_picture")
            if width * height > pixels:
                image.draft(None, (width // 2, height // 2))
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            drawn = image if image.mode in _MODES[form] else image.convert("RGB")
            drawn.info = {name: value for name, value in image.info.items() if name == "transparency"}
            drawn.save(file, form, **({"quality": QUALITY} if form in ("JPEG", "WEBP") else {}))
            return drawn.size
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid("The picture has too many pixels. Make it smaller.", code="too_many_pixels") from None
    except OSError as error:
        if error.errno is not None:  # the disk, not the picture
            raise
        raise Invalid("This picture cannot be read.", code="broken_picture") from None
    except Exception:  # what a decoder raises on bytes made to break it is written nowhere
        raise Invalid("This picture cannot be read.", code="broken_picture") from None


_MODES = {
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA"},
    "JPEG": {"L", "RGB"},
    "WEBP": {"RGB", "RGBA"},
    "GIF": {"L", "P"},
}
