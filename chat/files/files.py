"""What comes in is looked at, drawn anew or refused, and kept under a random name."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chat.domain.files import HEAD_BYTES, KINDS, Kind, StoredFile, cleaned_name, kind_of, plain_text
from chat.errors import Invalid, WrongType
from chat.files.bucket import Bucket
from chat.files.disk import Content, Disk

BLOCK = 256 * 1024
SCANS = 200  # of a JPEG: each is a pass over the whole picture
QUALITY = 88


@dataclass(frozen=True)
class Rules:
    """`size` in bytes; `pixels` of a picture (a JPEG may have twice as many: it is read at half its width)."""

    size: int
    pixels: int
    kinds: frozenset[str]


class Files:
    """In the folder, or in a bucket; what lay in the folder before there was a bucket is still found there.

    What the bucket does not take or give raises Unavailable.
    """

    def __init__(self, folder: Path, bucket: Bucket | None = None) -> None:
        self.disk = Disk(folder)
        self.bucket = bucket
        self._places: list[Disk | Bucket] = [bucket, self.disk] if bucket else [self.disk]

    def incoming(self) -> tuple[Path, BinaryIO]:
        """A new file to write into, which whoever asked for it removes again."""
        return self.disk.incoming()

    def keep(self, incoming: Path, name: str | None, rules: Rules) -> StoredFile:
        """Looks at what came in and takes it. Raises WrongType or Invalid; nothing is left of it then."""
        with incoming.open("rb") as head:
            found = kind_of(head.read(HEAD_BYTES))
        if found not in rules.kinds:
            raise WrongType("Files of this type cannot be sent here.")
        kind = KINDS[found]
        path, file = self.disk.incoming()
        try:
            with file:
                size = _take(incoming, file, kind, rules)
                file.flush()
                os.fsync(file.fileno())
            return self._keep(path, cleaned_name(name, kind), kind, size)
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, written: Path, name: str, kind: Kind, size: tuple[int, int] | None) -> StoredFile:
        random = secrets.token_hex(16)
        path = f"{random[:2]}/{random}"
        with written.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        bytes_ = written.stat().st_size
        self._places[0].put(written, path)
        width, height = size or (None, None)
        return StoredFile(path, name, kind.type, bytes_, digest, width, height)

    def put_back(self, path: str, blocks: Iterable[bytes]) -> None:
        """What a backup kept."""
        written, file = self.disk.incoming()
        try:
            with file:
                file.writelines(blocks)
                file.flush()
                os.fsync(file.fileno())
            self._places[0].put(written, path)
        finally:
            written.unlink(missing_ok=True)

    def open(self, path: str, part: tuple[int, int] | None = None) -> Content | None:
        """All of it, or the `part` from one byte to another, which is not in it. None when it is not there, which only
        somebody outside can have done.
        """
        return next((found for place in self._places if (found := place.open(path, part)) is not None), None)

    def remove(self, paths: list[str]) -> None:
        for place in self._places:
            place.remove(paths)

    def old(self, before: float) -> Iterator[list[str]]:
        """What was written before that time (seconds since 1970), in batches."""
        for place in self._places:
            yield from place.old(before)

    def is_empty(self) -> bool:
        return not any(batch for place in self._places for batch in place.old(float("inf")))


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
