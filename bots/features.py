"""A text as weighted n-grams: what two texts can have in common without a word-by-word match.

Chinese characters alone, in twos and in threes; English words, pairs of words, and letters within words,
which forgive endings and typos. The sign in front of a feature keeps the families apart.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

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

_HAN_WEIGHTS = {1: 0.7, 2: 1.0, 3: 0.7}
_WORD_WEIGHT = 1.6
_PAIR_WEIGHT = 0.6
_LETTERS_WEIGHT = 0.35
_FUNCTION_WORD_FACTOR = 0.15


def features_of_question(key: str) -> Counter[str]:
    return _features(_LONG_NUMBER.sub(" ", without_courtesies(key)), letters=True)


def features_of_answer(folded: str) -> Counter[str]:
    """Without letters: a long text has nearly all of them, so they say nothing and cost the most memory."""
    return _features(folded, letters=False)


def family_weight(feature: str) -> float:
    match feature[0]:
        case "h":
            return _HAN_WEIGHTS[len(feature) - 1]
        case "w":
            return _WORD_WEIGHT * _word_factor(feature)
        case "p":
            return _PAIR_WEIGHT * _word_factor(feature)
        case _:
            return _LETTERS_WEIGHT


def _word_factor(feature: str) -> float:
    return _FUNCTION_WORD_FACTOR if _FUNCTION_WORDS.issuperset(feature[1:].split()) else 1.0


def substance(key: str) -> int:
    """How much a message says, in Chinese characters; an English word counts as two."""
    runs = list(_RUNS.finditer(without_courtesies(key)))
    characters = sum(character not in _FUNCTION_CHARACTERS for run in runs for character in run["han"] or "")
    words = sum(run["word"] not in _FUNCTION_WORDS for run in runs if run["word"])
    return characters + 2 * words


def _features(text: str, *, letters: bool) -> Counter[str]:
    features: Counter[str] = Counter()
    words: list[str] = []
    for run in _RUNS.finditer(text):
        if run["han"]:
            features.update(_han_grams(run["han"]))
        else:
            words.append(run["word"])
    features.update(f"w{word}" for word in words)
    features.update(f"p{first} {second}" for first, second in pairwise(words))
    if letters:
        for word in words:
            if word not in _FUNCTION_WORDS:
                features.update(_grams("l", f"_{word}_", shortest=2, longest=5))
    return features


def _han_grams(run: str) -> Iterator[str]:
    yield from ("h" + character for character in run if character not in _FUNCTION_CHARACTERS)
    yield from _grams("h", run, shortest=2, longest=3)


def _grams(family: str, text: str, *, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(text) - size + 1):
            yield family + text[start : start + size]
