"""Finds the articles a message may be about, and says whether to answer, to suggest or to leave it."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import numpy as np

from bots.arrays import Floats
from bots.encoder import Encoder, shared_encoder
from bots.grams import substance
from bots.model import Model
from bots.pinyin import is_pinyin, syllables_in
from bots.senses import Asked
from bots.shelf import Evidence, Shelf, View
from bots.text import normalise, readable
from bots.turn import MOST_SUGGESTIONS, Locale, Ranked, Ranking, Why

log = logging.getLogger(__name__)

# One word alone names a subject and asks nothing; it is sure only as an exact phrasing, or with a word that asks.
SHORTEST_QUESTION = 4
_ASKS = re.compile("[吗呢几哪谁咋啥]|怎|什么|多久|多少|如何|能|可以")
# The second and third of a list of suggestions must be this likely at least.
_LEAST_LIKELY = 0.05


class Matcher:
    """`encoder` is this process's own unless given; one that fails is not asked again."""

    def __init__(self, model: Model, encoder: Encoder | None = None) -> None:
        self._shelves = model.shelves
        self._given, self._has_failed = encoder, False

    def knows(self, key: str, locale: Locale, only: frozenset[str] | None = None) -> bool:
        """Whether a normalised text is a line of one article of this language."""
        shelf = self._shelves.get(locale)
        return shelf is not None and len(_owners(shelf, key, only)) == 1

    def rank(self, text: str, locale: Locale, only: frozenset[str] | None = None) -> Ranking:
        """`text` is as it was typed; `only` are the articles that may be found, None for all of them.

        Articles in this language first; one in another is only ever suggested.
        """
        key = normalise(text)
        if not key:
            return Ranking("empty", None, (), 0.0)
        meaning = self._meaning(text)
        shelves = {name: shelf for name, shelf in self._shelves.items() if only is None or only.intersection(shelf.ids)}
        own = _rank(shelves[locale], key, meaning, only) if locale in shelves else None
        if own and own.sure:
            return own
        elsewhere = [_rank(shelf, key, meaning, only) for other, shelf in shelves.items() if other != locale]
        exact = [one for one in elsewhere if one.why in ("exact", "exact_shared")]
        if exact or not own or not own.likely:
            liked = exact or [one for one in elsewhere if one.likely]
            if liked:
                return _only_suggested(max(liked, key=lambda one: one.confidence), own)
        return own or Ranking("unlike", None, (), 0.0)

    def _meaning(self, text: str) -> Floats | None:
        encoder = None if self._has_failed else self._given or shared_encoder()
        if encoder is None or not any("meaning" in shelf.senses for shelf in self._shelves.values()):
            return None
        try:
            return encoder.encode([readable(text)])
        except Exception:
            log.exception("the sentence encoder failed; articles are matched by their letters alone from now on")
            self._has_failed = True
            return None


def _only_suggested(other: Ranking, own: Ranking | None) -> Ranking:
    likely = (*other.likely, *(own.likely if own else ()))[:MOST_SUGGESTIONS]
    return replace(other, why="other_language", sure=None, likely=likely, elsewhere=other.sure)


def _rank(shelf: Shelf, key: str, meaning: Floats | None, only: frozenset[str] | None) -> Ranking:
    view = _view(shelf, key, meaning)
    evidence = shelf.evidence(Asked.of([key], meaning, with_letters=shelf.has_letters), view, only)
    calibrator = shelf.calibrators[view]
    best = _best(shelf, evidence)
    if ids := _owners(shelf, key, only):
        if len(ids) == 1:
            return Ranking("exact", ids[0], ids, 1.0, best, calibrator.answer_at, calibrator.suggest_at, 1.0)
        return Ranking(
            "exact_shared", None, ids[:MOST_SUGGESTIONS], 1.0, best, calibrator.answer_at, calibrator.suggest_at, 1.0
        )
    confidence = float(calibrator.confidence(evidence.scores)[0])
    listing = float(calibrator.listing_confidence(evidence.scores)[0])
    is_sure = shelf.mode == "full" and confidence >= calibrator.answer_at
    why: Why = "sure" if is_sure else "unsure" if listing >= calibrator.suggest_at else "unlike"
    if is_sure and not _ASKS.search(key) and _length(key, view) < SHORTEST_QUESTION:
        is_sure, why = False, "single_word"
    if is_sure and shelf.asks_otherwise(evidence):
        is_sure, why = False, "other_question"
    likely = (
        ()
        if why == "unlike"
        else (best[0].article_id, *(one.article_id for one in best[1:] if one.score >= _LEAST_LIKELY))
    )
    return Ranking(
        why,
        best[0].article_id if is_sure else None,
        likely,
        confidence,
        best,
        calibrator.answer_at,
        calibrator.suggest_at,
        listing,
    )


def _length(key: str, view: View) -> int:
    return syllables_in(key) if view == "pinyin" else substance(key)


def _owners(shelf: Shelf, key: str, only: frozenset[str] | None) -> tuple[str, ...]:
    """The articles that have this very line."""
    ids = (shelf.ids[owner] for owner in shelf.exact.get(key, ()))
    return tuple(article_id for article_id in ids if only is None or article_id in only)


def _view(shelf: Shelf, key: str, meaning: Floats | None) -> View:
    if shelf.has_letters and is_pinyin(key):
        return "pinyin"
    return "full" if meaning is not None and "meaning" in shelf.senses else "spelling"


def _best(shelf: Shelf, evidence: Evidence) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(
            shelf.ids[number],
            _share(evidence.scores[0, number]),
            {name: _share(part[0, number]) for name, part in evidence.parts.items()},
        )
        for number in evidence.best(MOST_SUGGESTIONS)[0]
        if np.isfinite(evidence.scores[0, number])
    )


def _share(score: float) -> float:
    return min(max(float(score), 0.0), 1.0)
