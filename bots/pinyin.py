"""Chinese in toneless pinyin letters: for people who type only those, and for characters that sound the same."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import cache

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z0-9 ]+")
_LONGEST_SYLLABLE = 6


def letters_of(key: str) -> str:
    """The normalised text as one would type it in pinyin, without spaces."""
    table = _syllables_by_character()
    return "".join(table.get(character, character) for character in key if character != " ")


def is_pinyin(key: str) -> bool:
    """Whether a normalised text can be read as nothing but pinyin syllables (and numbers)."""
    if not _LATIN.fullmatch(key):
        return False
    words = [word for word in key.split() if not word.isdigit()]
    return bool(words) and sum(map(len, words)) >= 4 and all(map(_fewest_syllables, words))


def syllables_in(key: str) -> int:
    """How many syllables a text in pinyin has at least, a number counting as one."""
    return sum(1 if word.isdigit() else _fewest_syllables(word) or 0 for word in key.split())


def _fewest_syllables(word: str) -> int | None:
    """None where the word cannot be read so."""
    syllables = _syllables()
    fewest: dict[int, int] = {0: 0}
    for end in range(1, len(word) + 1):
        starts = range(max(0, end - _LONGEST_SYLLABLE), end)
        counts = [fewest[start] for start in starts if start in fewest and word[start:end] in syllables]
        if counts:
            fewest[end] = 1 + min(counts)
    return fewest.get(len(word))


@cache
def _syllables() -> frozenset[str]:
    return frozenset(_syllables_by_character().values())


@cache
def _syllables_by_character() -> dict[str, str]:
    # Its dictionary of phrases would cost 55 MB of memory; single characters are enough for toneless letters.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.pinyin_dict import pinyin_dict

    return {
        chr(code): _toneless(readings.partition(",")[0])
        for code, readings in pinyin_dict.items()
        if _HAN.fullmatch(chr(code))
    }


def _toneless(syllable: str) -> str:
    plain = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(letter for letter in plain if letter.isascii())
