"""What words mean on a support desk, whichever of them was written: a refund is money back.

`thesaurus/` has a line of words and phrases for each concept, for texts with Chinese characters. They are found in
normalised text (see `bots.text`): those in Chinese anywhere, those in letters as whole words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bots.text import fold

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def concepts_in(key: str) -> list[int]:
    """The lines of the thesaurus that something in a normalised text belongs to, each once, as they first occur."""
    if not _HAN.search(key):
        return []
    thesaurus = _thesaurus()
    words = re.findall(r"[a-z0-9]+", key)
    return list(dict.fromkeys([*thesaurus.in_characters(key.replace(" ", "")), *thesaurus.in_words(words)]))


@dataclass(frozen=True)
class _Thesaurus:
    """The numbers of the lines that a word stands in, by how it is written."""

    lines: Mapping[str, Sequence[int]]
    most_characters: int
    most_words: int

    def in_characters(self, text: str) -> Iterator[int]:
        for start in range(len(text)):
            for end in range(start + 1, min(start + self.most_characters, len(text)) + 1):
                if _HAN.search(text, start, end):
                    yield from self.lines.get(text[start:end], ())

    def in_words(self, words: Sequence[str]) -> Iterator[int]:
        for start in range(len(words)):
            for end in range(start + 1, min(start + self.most_words, len(words)) + 1):
                yield from self.lines.get(" ".join(words[start:end]), ())


@cache
def _thesaurus() -> _Thesaurus:
    lines: dict[str, list[int]] = {}
    text = (files("bots") / "thesaurus" / "zh-CN.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines()):
        for word in () if line.startswith("#") else map(fold, line.split(",")):
            lines.setdefault(word.replace(" ", "") if _HAN.search(word) else word, []).append(number)
    return _Thesaurus(lines, max(map(len, lines)), max(len(word.split()) for word in lines))
