"""The articles of one language as a trained matcher: what a text has in common with each of them.

Three senses look at a text in different ways: *meaning* at a sentence encoder's vector, *grams* at characters and
words, *pinyin* (Chinese only) at its sound in letters. A head adds up what they see into a score of each article. Which
senses take part is the *view*: all of them; all but the encoder, where it cannot be loaded; or the sound alone, for
text typed in pinyin, which means nothing to the others. Each view has a head and a calibrator of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bots.arrays import Floats, Ints, unit_rows
from bots.calibration import Calibrator
from bots.grams import Grams, letter_grams, question_grams
from bots.heads import Head
from bots.pinyin import letters_of
from bots.spelling import Spelling
from bots.turn import Mode, WhyOnlySuggest

SenseName = Literal["meaning", "grams", "pinyin"]
View = Literal["full", "spelling", "pinyin"]
VIEWS: dict[View, tuple[SenseName, ...]] = {
    "full": ("meaning", "grams", "pinyin"),
    "spelling": ("grams", "pinyin"),
    "pinyin": ("pinyin",),
}
# How fast likeness of meaning falls off with the angle: e^-2 from equal to unrelated.
STEEPNESS = 2.0


@dataclass(frozen=True)
class Asked:
    """Texts prepared for the senses, a row each: the encoder's vectors, and the grams."""

    meaning: Floats | None  # as the encoder gave them
    grams: Sequence[Grams]
    letters: Sequence[Grams] = ()

    @classmethod
    def of(cls, keys: Sequence[str], meaning: Floats | None, *, with_letters: bool) -> Asked:
        letters = [letter_grams(letters_of(key)) for key in keys] if with_letters else ()
        return cls(meaning, [question_grams(key) for key in keys], letters)

    def only(self, rows: Ints) -> Asked:
        letters = [self.letters[row] for row in rows] if self.letters else ()
        return Asked(None if self.meaning is None else self.meaning[rows], [self.grams[row] for row in rows], letters)

    def __len__(self) -> int:
        return len(self.grams)


@dataclass(frozen=True)
class Meaning:
    """Vectors of the encoder, centred and scaled, and how near they are to some lines.

    The nearness is what exp(steepness (cosine - 1)) has beyond its first two terms, which the vectors themselves are
    for: so a linear head on both is a kernel machine with that kernel, and exact where every line is a landmark.
    """

    middle: Floats
    spread: Floats
    landmarks: Floats  # lines' vectors at length one

    def features(self, asked: Asked) -> Floats:
        assert asked.meaning is not None
        vectors = unit_rows((asked.meaning - self.middle) / self.spread)
        return np.hstack([self.nearness(vectors), vectors])

    def nearness(self, vectors: Floats) -> Floats:
        cosines = vectors @ self.landmarks.T
        near: Floats = np.exp(STEEPNESS * (cosines - 1)) - np.float32(np.exp(-STEEPNESS)) * (1 + STEEPNESS * cosines)
        return near


@dataclass(frozen=True)
class Letters:
    """What a text has in common with the lines letter by letter, or sound by sound."""

    spelling: Spelling
    of_sound: bool

    def features(self, asked: Asked) -> Floats:
        return self.spelling.rows(asked.letters if self.of_sound else asked.grams)


@dataclass(frozen=True)
class Evidence:
    """What a view says to texts, a row each, a column for each article: their scores, and each sense's part of them."""

    scores: Floats
    parts: Mapping[SenseName, Floats]

    def best(self, count: int) -> Ints:
        order: Ints = np.argsort(-self.scores, axis=1, kind="stable")[:, :count].astype(np.int32)
        return order


@dataclass(frozen=True)
class Shelf:
    ids: tuple[str, ...]
    exact: Mapping[str, tuple[int, ...]]  # a line, normalised -> the articles that have it
    senses: Mapping[SenseName, Meaning | Letters]
    heads: Mapping[View, Mapping[SenseName, Head]]  # the bias is in a view's first
    calibrators: Mapping[View, Calibrator] = field(default_factory=dict)
    reason: WhyOnlySuggest | None = None  # why it only suggests, if it does

    @property
    def mode(self) -> Mode:
        return "suggest_only" if self.reason else "full"

    @property
    def main_calibrator(self) -> Calibrator:
        """Of the view that most questions are looked at in."""
        return self.calibrators["full" if "meaning" in self.senses else "spelling"]

    @property
    def has_letters(self) -> bool:
        return "pinyin" in self.senses

    def evidence(self, asked: Asked, view: View, only: frozenset[str] | None = None) -> Evidence:
        """`only` are the articles that may be meant, at least one of them here; None for all."""
        parts = {name: head.scores(self.senses[name].features(asked)) for name, head in self.heads[view].items()}
        scores: Floats = np.sum(list(parts.values()), axis=0)
        if only is not None:
            scores[:, [number for number, name in enumerate(self.ids) if name not in only]] = -np.inf
        return Evidence(scores, parts)
