"""Files: what they are, by their content, and what they may be called. What a sender claims of them counts little.

Plain text is UTF-8 or GBK without control characters that does not begin as markup or as a script: HTML, SVG, XML and
what starts with `#!` are none. Whatever a file is called, its name ends as its type does, so `invoice.html` with the
content of a PDF becomes `invoice.html.pdf`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

NAME_LENGTH = 120  # characters
HEAD_BYTES = 64  # of a file tell what it is, unless it is text


@dataclass(frozen=True)
class Kind:
    type: str
    endings: tuple[str, ...]  # the first one is added to a name that has none of them
    picture: str | None = None  # the name of its format, when it is drawn anew


KINDS: Mapping[str, Kind] = {
    "png": Kind("image/png", ("png",), "PNG"),
    "jpeg": Kind("image/jpeg", ("jpg", "jpeg"), "JPEG"),
    "webp": Kind("image/webp", ("webp",), "WEBP"),
    "gif": Kind("image/gif", ("gif",), "GIF"),
    "pdf": Kind("application/pdf", ("pdf",)),
    "text": Kind("text/plain", ("txt", "log", "csv", "md")),
    # Only where the operator allows them: nobody can see what is in them, and they are handed on as they came.
    "zip": Kind("application/zip", ("zip", "docx", "xlsx", "pptx")),
    "heic": Kind("image/heic", ("heic", "heif")),
    "mp4": Kind("video/mp4", ("mp4", "m4v", "mov")),
}
SHOWN = frozenset(kind.type for kind in KINDS.values() if kind.picture)  # what a browser may show in place


@dataclass(frozen=True)
class StoredFile:
    """A file in the folder, before anybody has sent it anywhere. `path` is within the folder."""

    path: str
    name: str
    type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None


def kind_of(head: bytes) -> str:
    """The kind whose signature the file begins with; `text` when it has none, and then its content decides."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in (b"heic", b"heix", b"mif1", b"heim", b"msf1") else "mp4"
    return "text"


_MARKUP = re.compile(r"\s*(<[a-z!?/]|#!|%!PS)", re.IGNORECASE)


def plain_text(content: bytes) -> str | None:
    """What it says, when it is plain text."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        controls = (character for character in set(text) if unicodedata.category(character) in ("Cc", "Cn", "Co"))
        if set(controls) <= set("\t\n\r\f\x1b\x85") and _MARKUP.match(text) is None:
            return text
        return None
    return None


def cleaned_name(given: str | None, kind: Kind) -> str:
    """No folders, no control characters, not too long, and with the ending of its kind."""
    text = unicodedata.normalize("NFC", given or "").replace("\\", "/").rpartition("/")[2]
    text = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    text = re.sub(r'[<>:"|?*]', "_", " ".join(text.split())).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if dot and ending.lower() in kind.endings:
        return f"{stem[: NAME_LENGTH - len(ending) - 1].strip('. ') or 'file'}.{ending}"
    return f"{text[: NAME_LENGTH - len(kind.endings[0]) - 1].strip('. ') or 'file'}.{kind.endings[0]}"


def address_of(attachment_id: str, name: str) -> str:
    """Where it is opened. The name is for people: the id finds it."""
    return f"/files/{attachment_id}/{quote(name, safe='')}"
