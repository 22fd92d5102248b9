"""A text as hashed n-grams: what two texts can have in common without a word-by-word match.

Chinese characters alone, in twos and in threes; English words and pairs of words; and letters within words, which
forgive endings and typos. A gram is known by its CRC-32 alone, the same in every process and on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np

from bots.arrays import Flags, Floats, Hashes
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
    """The grams of one text, each once: their hashes, their damped counts, and which are letters within words."""

    hashes: Hashes
    counts: Floats
    are_letters: Flags


def question_grams(key: str) -> Grams:
    words: list[str] = []
    chief: list[str] = []
    for run in _RUNS.finditer(_LONG_NUMBER.sub(" ", without_courtesies(key))):
        if run["han"]:
            chief += _slices(run["han"], 1, 3)
        else:
            words.append(run["word"])
    chief += words
    chief += (f"{first} {second}" for first, second in pairwise(words))
    return _grams(chief, [piece for word in words for piece in _slices(f"_{word}_", 2, 5)])


def letter_grams(letters: str) -> Grams:
    """Of pinyin written without spaces, as most people type it."""
    return _grams(list(_slices(letters, 2, 5)), [])


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


def _grams(chief: list[str], letters: list[str]) -> Grams:
    # A sign in front keeps a short word apart from the same letters within a longer one.
    signed = [*("w" + gram for gram in chief), *("l" + gram for gram in letters)]
    every = np.fromiter((crc32(gram.encode("utf-8", "replace")) for gram in signed), np.uint32, len(signed))
    hashes, first, counts = np.unique(every, return_index=True, return_counts=True)
    return Grams(hashes, (1 + np.log(counts)).astype(np.float32), first >= len(chief))
