"""What words mean on a support desk, whichever of them was written: a refund is money back.

`thesaurus/` has a file a language, and in it a line of words and phrases for each concept. They are found in normalised
text (see `bots.text`): those in Chinese anywhere, those in letters as whole words with any usual ending. A text with
Chinese characters is read by the Chinese file, every other by the English one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bots.text import fold

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_ENDINGS = ("ation", "ments", "ment", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e")
_SHORTEST_STEM = 3


def concepts_in(key: str) -> list[int]:
    """The lines of the thesaurus that something in a normalised text belongs to, each once, as they first occur."""
    has_han = bool(_HAN.search(key))
    thesaurus = _thesaurus("zh-CN" if has_han else "en")
    found = [*thesaurus.in_characters(key.replace(" ", ""))] if has_han else []
    return list(dict.fromkeys([*found, *thesaurus.in_words(re.findall(r"[a-z0-9]+", key))]))


@dataclass(frozen=True)
class _Thesaurus:
    """The numbers of the lines that a word stands in: by characters, and by stems with a space between."""

    by_characters: Mapping[str, Sequence[int]]
    by_stems: Mapping[str, Sequence[int]]
    most_characters: int
    most_stems: int

    def in_characters(self, text: str) -> Iterator[int]:
        for start in range(len(text)):
            for end in range(start + 1, min(start + self.most_characters, len(text)) + 1):
                yield from self.by_characters.get(text[start:end], ())

    def in_words(self, words: Sequence[str]) -> Iterator[int]:
        stems = [_stem(word) for word in words]
        for start in range(len(stems)):
            for end in range(start + 1, min(start + self.most_stems, len(stems)) + 1):
                yield from self.by_stems.get(" ".join(stems[start:end]), ())


@cache
def _thesaurus(language: str) -> _Thesaurus:
    by_characters: dict[str, list[int]] = {}
    by_stems: dict[str, list[int]] = {}
    text = (files("bots") / "thesaurus" / f"{language}.txt").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines()):
        for word in () if line.startswith("#") else map(fold, line.split(",")):
            if _HAN.search(word):
                by_characters.setdefault(word.replace(" ", ""), []).append(number)
            else:
                by_stems.setdefault(" ".join(map(_stem, word.split())), []).append(number)
    return _Thesaurus(
        by_characters,
        by_stems,
        max(map(len, by_characters), default=0),
        max((len(stems.split()) for stems in by_stems), default=0),
    )


def _stem(word: str) -> str:
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= _SHORTEST_STEM), "")
    stem = word.removesuffix(ending)
    # Stopped is of stop, but called of call.
    doubled = len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2] and stem[-1] not in "sl"
    return stem[:-1] if doubled else stem
