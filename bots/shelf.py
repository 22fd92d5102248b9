"""The articles of one language as a trained matcher: what a text has in common with each of them.

The senses (`bots.senses`) look at a text in different ways: *meaning* at a sentence encoder's vector, *grams* at
characters and words, *pinyin* (Chinese only) at its sound in letters, *usual* at what is usually asked in such words
(`bots.usual`). A head adds up what they see into a score of each article. Which senses take part is the *view*: all of
them; the spelling alone, where the encoder cannot be loaded; or the sound alone, for text typed in pinyin, which means
nothing to the others. Each view has a head and a calibrator of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bots.arrays import Floats, Ints
from bots.calibration import Calibrator
from bots.heads import Head
from bots.senses import Asked, Sense, SenseName
from bots.turn import Mode, WhyOnlySuggest

View = Literal["full", "spelling", "pinyin"]
VIEWS: dict[View, tuple[SenseName, ...]] = {
    "full": ("meaning", "grams", "pinyin", "usual"),
    "spelling": ("grams", "pinyin"),
    "pinyin": ("pinyin", "usual_pinyin"),
}


@dataclass(frozen=True)
class Evidence:
    """What a view says to texts, a row each, a column for each article: their scores, and each sense's part of them."""

    scores: Floats
    parts: Mapping[SenseName, Floats]
    usual: Floats | None = None  # how much the texts belong to each group of what is usually asked

    def best(self, count: int) -> Ints:
        order: Ints = np.argsort(-self.scores, axis=1, kind="stable")[:, :count].astype(np.int32)
        return order


# Who clearly asks something that desks are usually asked is not answered with an article none of whose lines ask it.
_CLEARLY = 0.55
_HARDLY = 0.25


@dataclass(frozen=True)
class Shelf:
    ids: tuple[str, ...]
    exact: Mapping[str, tuple[int, ...]]  # a line, normalised -> the articles that have it
    senses: Mapping[SenseName, Sense]
    heads: Mapping[View, Mapping[SenseName, Head]]  # the bias is in a view's first
    calibrators: Mapping[View, Calibrator] = field(default_factory=dict)
    reason: WhyOnlySuggest | None = None  # why it only suggests, if it does
    usual: Floats | None = None  # articles x groups: how much a line of theirs belongs to each, at most

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
        seen = {name: self.senses[name].features(asked) for name in self.heads[view]}
        parts = {name: head.scores(seen[name]) for name, head in self.heads[view].items()}
        scores: Floats = np.sum(list(parts.values()), axis=0)
        if only is not None:
            scores[:, [number for number, name in enumerate(self.ids) if name not in only]] = -np.inf
        return Evidence(scores, parts, seen.get("usual"))

    def asks_otherwise(self, evidence: Evidence) -> bool:
        """Whether the first text clearly asks something usual that no line of its best article does."""
        if evidence.usual is None or self.usual is None:
            return False
        group, article = int(evidence.usual[0].argmax()), int(evidence.best(1)[0, 0])
        return bool(evidence.usual[0, group] >= _CLEARLY and self.usual[article, group] < _HARDLY)
