"""A text as hashed n-grams: what two texts can have in common without a word-by-word match.

Chinese characters alone, in twos and in threes; English words and pairs of words; letters within words, which forgive
endings and typos; and concepts (see `bots.concepts`) and pairs of them, which forgive other words. A gram is known by
its CRC-32 alone, the same in every process and on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from zlib import crc32

import numpy as np

from bots.arrays import Families, Floats, Hashes
from bots.concepts import concepts_in
from bots.signals import without_courtesies

_RUNS = re.compile(r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)|(?P<word>[^\W_\u3400-\u4dbf\u4e00-\u9fff]+)")
# Somebody's order, not part of the question.
_LONG_NUMBER = re.compile(r"[0-9a-z]*\d{5,}[0-9a-z]*")

# Words that say nothing about the subject. How, when, where and who stay: they tell questions apart.
_FUNCTION_CHARACTERS = frozenset(
    "的了吗呢吧啊呀我你您他是在有么个就都也还把被给能要会可以们这那上下里到得着过啦嘛很再又之"
)
_LITTLE_WORDS = """
a an the i im ive my me we you your it its is are was were be been am do does did to of for on
in at and or can could would will should have has had this that these with from but so if as by
about there some any
"""
_FUNCTION_WORDS = frozenset(_LITTLE_WORDS.split())


@dataclass(frozen=True)
class Grams:
    """The grams of one text, each once: their hashes, their damped counts, and which of the families they are of."""

    hashes: Hashes
    counts: Floats
    families: Families


_WORDS_REMEMBERED = 1024  # and the hashes of their letters, which most of the time of English would go into

# What is written, letters within words, concepts.
FAMILIES = range(3)


def question_grams(key: str) -> Grams:
    words: list[str] = []
    chief: list[str] = []
    key = _LONG_NUMBER.sub(" ", without_courtesies(key))
    for run in _RUNS.finditer(key):
        if run["han"]:
            chief += _slices(run["han"], 1, 3)
        else:
            words.append(run["word"])
    chief += words
    chief += (f"{first} {second}" for first, second in pairwise(words))
    concepts = concepts_in(key)
    meant = [*map(str, concepts), *(f"{min(pair)} {max(pair)}" for pair in combinations(concepts, 2))]
    return _grams(
        _hashed("w", chief), [piece for word in words for piece in _hashed_letters(word)], _hashed("c", meant)
    )


def letter_grams(letters: str) -> Grams:
    """Of pinyin written without spaces, as most people type it."""
    return _grams(_hashed("w", _slices(letters, 2, 5)))


def substance(key: str) -> int:
    """How much a message says, in Chinese characters; an English word counts as two."""
    runs = list(_RUNS.finditer(without_courtesies(key)))
    characters = sum(character not in _FUNCTION_CHARACTERS for run in runs for character in run["han"] or "")
    words = sum(run["word"] not in _FUNCTION_WORDS for run in runs if run["word"])
    return characters + 2 * words


def _slices(text: str, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(text) - size + 1):
            yield text[start : start + size]


def _hashed(sign: str, grams: Iterable[str]) -> list[int]:
    """A letter in front keeps a short word apart from the same letters within a longer one."""
    begun = crc32(sign.encode())
    return [crc32(gram.encode("utf-8", "replace"), begun) for gram in grams]


@lru_cache(_WORDS_REMEMBERED)
def _hashed_letters(word: str) -> tuple[int, ...]:
    return tuple(_hashed("l", _slices(f"_{word}_", 2, 5)))


def _grams(*families: list[int]) -> Grams:
    every = np.array([each for hashes in families for each in hashes], np.uint32)
    hashes, first, counts = np.unique(every, return_index=True, return_counts=True)
    ends = np.cumsum([len(hashes) for hashes in families])
    return Grams(hashes, (1 + np.log(counts)).astype(np.float32), np.searchsorted(ends, first, "right").astype(np.int8))
