"""How a text is looked at: as the encoder's vector, by its characters and words, by its sound.

Each way is a sense, and turns texts into features. A linear head on them (`bots.heads`) says what the texts are about:
which article of a FAQ (`bots.fitting`), or which of the questions that customers usually ask anywhere (`bots.usual`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from bots.arrays import Floats, Ints, unit_rows
from bots.grams import Grams, letter_grams, question_grams
from bots.heads import Head
from bots.pinyin import letters_of
from bots.spelling import Spelling

SenseName = Literal["meaning", "grams", "pinyin", "usual", "usual_pinyin"]

# How fast likeness of meaning falls off with the angle: e^-2 from equal to unrelated.
_STEEPNESS = 2.0
# How much it counts to be alike; nothing moves much between half and twice. Of meaning the slope of its kernel.
_LOUDNESS: dict[SenseName, float] = {
    "meaning": _STEEPNESS * float(np.exp(-_STEEPNESS)),
    "grams": 0.25,
    "pinyin": 0.35,
    "usual": 1.0,
    "usual_pinyin": 1.0,
}
_JITTER = np.float32(1e-4)
_SEED = 20


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


class Sense(Protocol):
    def features(self, asked: Asked) -> Floats:
        """A row for each text."""
        ...


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
        least, scaled = np.float32(np.exp(-_STEEPNESS)), vectors @ (_STEEPNESS * self.landmarks).T
        near: Floats = np.exp(scaled)
        near -= 1
        near -= scaled
        near *= least
        return near


@dataclass(frozen=True)
class Letters:
    """What a text has in common with the lines letter by letter, or sound by sound."""

    spelling: Spelling
    of_sound: bool

    def features(self, asked: Asked) -> Floats:
        return self.spelling.rows(asked.letters if self.of_sound else asked.grams)


@dataclass(frozen=True)
class Size:
    landmarks: int
    columns: int


def senses_of(own: Asked, others: Asked | None, size: Size) -> dict[SenseName, Sense]:
    """The senses by which lines can be told apart; `others` are about something else."""
    found: dict[SenseName, Sense] = {}
    if own.meaning is not None:
        aside = own.meaning[:0] if others is None or others.meaning is None else others.meaning
        seen = np.vstack([own.meaning, aside])
        middle, spread = seen.mean(axis=0), seen.std(axis=0) + np.float32(1e-6)
        chosen = np.sort(np.random.default_rng(_SEED).permutation(len(own))[: size.landmarks])
        landmarks = unit_rows((own.meaning[chosen] - middle) / spread)
        found["meaning"] = Meaning(middle, spread, landmarks.astype(np.float16).astype(np.float32))
    found["grams"] = Letters(Spelling.of(own.grams, size.columns), of_sound=False)
    if own.letters:
        found["pinyin"] = Letters(Spelling.of(own.letters, size.columns), of_sound=True)
    return found


@dataclass(frozen=True)
class Weighed:
    """A sense whose features are weighed for the ridge of `bots.heads`.

    What lines have in common by nearness to landmarks becomes an inner product (Williams & Seeger, Using the Nystrom
    method to speed up kernel machines, 2000).
    """

    sense: Sense
    loudness: np.float32
    whitening: Floats  # of the first columns

    @classmethod
    def of(cls, name: SenseName, sense: Sense) -> Weighed:
        loudness, whitening = np.float32(np.sqrt(_LOUDNESS[name])), np.zeros((0, 0), np.float32)
        if isinstance(sense, Meaning):
            among = sense.nearness(sense.landmarks)
            among[np.diag_indices(len(among))] += _JITTER
            whitening = np.linalg.inv(np.linalg.cholesky(among)).T
        return cls(sense, loudness, whitening)

    def rows(self, asked: Asked) -> Floats:
        seen, first = self.sense.features(asked), len(self.whitening)
        return np.hstack([seen[:, :first] @ self.whitening, seen[:, first:] * self.loudness])

    def head(self, weights: Floats, bias: Floats) -> Head:
        """For features as they are."""
        first = len(self.whitening)
        return Head(np.vstack([self.whitening @ weights[:first], weights[first:] * self.loudness]), bias)


def heads_of(whole: Head, weighed: Mapping[SenseName, Weighed], widths: Sequence[int]) -> dict[SenseName, Head]:
    """A head for each sense out of one on their rows side by side; the bias is in the first."""
    parts = np.split(whole.weights, np.cumsum(widths)[:-1])
    biases = [whole.bias, *(np.zeros_like(whole.bias) for _ in parts[1:])]
    return {name: one.head(part, bias) for (name, one), part, bias in zip(weighed.items(), parts, biases, strict=True)}
