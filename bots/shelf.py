"""The articles of one language as a trained matcher: what a text has in common with each of them.

Three heads look at a text in different ways: the *meaning* head at a sentence encoder's vector, the *grams* head at
characters and words, the *pinyin* head (Chinese only) at its sound in letters. Their logits are added. Which of them
take part is the *view*: all of them; all but the encoder, where it cannot be loaded; or the sound alone, for text typed
in pinyin, which means nothing to the others. Each view has a calibrator of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bots.arrays import Floats, Ints, unit_rows
from bots.calibration import Calibrator
from bots.grams import Grams, letter_grams, question_grams
from bots.heads import Head
from bots.pinyin import letters_of
from bots.spelling import Spelling
from bots.turn import Mode, WhyOnlySuggest

# The encoder knows most, so it has the loudest voice; the sum is better than any of them by one to three in a hundred.
VOICES = {"meaning": 1.0, "grams": 0.4, "pinyin": 0.4}
VIEWS: dict[str, tuple[str, ...]] = {
    "full": ("meaning", "grams", "pinyin"),
    "spelling": ("grams", "pinyin"),
    "pinyin": ("pinyin",),
}
_FARTHEST_ODDS = 15.0
FEATURES_OF_LOGITS = 3


@dataclass(frozen=True)
class Asked:
    """Texts prepared for the heads, a row each: normalised, the encoder's vectors, and the grams."""

    keys: Sequence[str]
    meaning: Floats | None = None  # as the encoder gave them
    grams: Sequence[Grams] = ()
    letters: Sequence[Grams] = ()

    @classmethod
    def of(cls, keys: Sequence[str], meaning: Floats | None, *, with_letters: bool) -> Asked:
        letters = [letter_grams(letters_of(key)) for key in keys] if with_letters else ()
        return cls(keys, meaning, [question_grams(key) for key in keys], letters)

    def only(self, rows: Ints) -> Asked:
        return Asked(
            [self.keys[row] for row in rows],
            None if self.meaning is None else self.meaning[rows],
            [self.grams[row] for row in rows],
            [self.letters[row] for row in rows] if self.letters else (),
        )

    def joined(self, other: Asked) -> Asked:
        both = None if self.meaning is None or other.meaning is None else np.vstack([self.meaning, other.meaning])
        return Asked([*self.keys, *other.keys], both, [*self.grams, *other.grams], [*self.letters, *other.letters])


@dataclass(frozen=True)
class Sense:
    """One way of looking at a text: vectors, the lines' own among them, and the head over them."""

    lines: Floats  # the training lines' vectors at length one, sorted by article; at most some per article
    starts: Ints  # where each article's lines begin
    head: Head
    middle: Floats  # what is taken off a vector, and by what it is divided, before the head looks at it
    spread: Floats
    spelling: Spelling | None = None  # how the vectors are made; None for the encoder's

    def vectors(self, asked: Asked, name: str) -> tuple[Floats, Floats]:
        """At length one; and how much of each text they stand for, 0 to 1."""
        if self.spelling is None:
            assert asked.meaning is not None
            vectors = unit_rows((asked.meaning - self.middle) / self.spread)
            return vectors, np.ones(len(vectors), np.float32)
        return self.spelling.rows(asked.grams if name == "grams" else asked.letters)

    def logits(self, vectors: Floats) -> Floats:
        return self.head.logits(vectors if self.spelling is None else vectors - self.middle)

    def cosines(self, vectors: Floats) -> Floats:
        """The best cosine to a line of each article."""
        best: Floats = np.maximum.reduceat(vectors @ self.lines.T, self.starts, axis=1)
        return best


@dataclass(frozen=True)
class Evidence:
    """What a view says to texts, a row each, a column for each article."""

    logits: Floats
    cosines: Mapping[str, Floats]
    by_head: Mapping[str, Floats]

    def best(self, count: int) -> Ints:
        order: Ints = np.argsort(-self.logits, axis=1, kind="stable")[:, :count].astype(np.int32)
        return order

    def features(self) -> Floats:
        """For each text, of its best match: the odds, the lead, the height, and the cosines to it and to any."""
        rows = np.arange(len(self.logits))
        ordered = np.sort(self.logits, axis=1)[:, ::-1]
        first, second = ordered[:, 0], ordered[:, min(1, ordered.shape[1] - 1)]
        others = np.log(np.exp(ordered[:, 1:] - first[:, None]).sum(axis=1) + np.exp(-_FARTHEST_ODDS))
        top = self.logits.argmax(axis=1)
        columns = [-others, np.minimum(first - second, _FARTHEST_ODDS), first]
        for cosines in self.cosines.values():
            columns += [cosines[rows, top], cosines.max(axis=1)]
        return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True)
class Shelf:
    ids: tuple[str, ...]
    exact: Mapping[str, tuple[int, ...]]  # a line, normalised -> the articles that have it
    senses: Mapping[str, Sense]
    calibrators: Mapping[str, Calibrator] = field(default_factory=dict)
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

    def evidence(self, asked: Asked, view: str, only: frozenset[str] | None = None) -> Evidence:
        """`only` are the articles that may be meant, at least one of them here; None for all."""
        logits: Floats = np.zeros((len(asked.keys), len(self.ids)), np.float32)
        cosines, by_head = {}, {}
        for name in VIEWS[view]:
            if sense := self.senses.get(name):
                vectors, known = sense.vectors(asked, name)
                by_head[name] = sense.logits(vectors)
                logits += np.float32(VOICES[name] if view != "pinyin" else 1.0) * by_head[name]
                cosines[name] = sense.cosines(vectors) * known[:, None]
        if only is not None:
            apart = np.array([article_id not in only for article_id in self.ids])
            logits[:, apart] = -np.inf
            cosines = {name: np.where(apart, np.float32(0), each) for name, each in cosines.items()}
        return Evidence(logits, cosines, by_head)
