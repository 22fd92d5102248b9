"""Trains and calibrates a model on the articles alone; pure, repeatable, and on one processor.

The calibration asks the heads what they cannot know: in each of several rounds a sixth of the articles is hidden whole,
so that their lines become questions nobody answers, and a fifth of the other lines is held out. Heads fitted on the
rest say how they do on both, and on the off-topic lines shipped in `offtopic/`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np

from bots.arrays import Floats, Ints
from bots.calibration import NEVER, Calibrator, Outcomes, calibrate
from bots.encoder import Encoder, VectorCache, shared_encoder
from bots.heads import Head, fit_head
from bots.model import Model
from bots.shelf import FEATURES_OF_LOGITS, Asked, Evidence, Sense, Shelf
from bots.spelling import Spelling
from bots.text import normalise
from bots.turn import MOST_SUGGESTIONS, Article, Locale, WhyOnlySuggest

FEWEST_ARTICLES = 10
FEWEST_LINES = 3  # of an article, its question among them

# C = 20 in scikit-learn's words; figures hardly move between a half and twice of it.
_RIDGE = 0.05
_STEPS = 20
_STEPS_WITH_MANY_LINES = 40
_MANY_LINES = 5000
_COLUMNS = {"few": 1024, "many": 2048, "wide": 512}
_WIDE = 400_000  # lines times articles from which on fewer columns keep a fit short and a model small
_MOST_LINES_PER_ARTICLE = 20  # kept to compare with; all of them train

_HIDDEN_ARTICLES = 6
_HELD_OUT_LINES = 5
_MOST_ROUNDS = 6
_ENOUGH_HELD_OUT = 800
_OFF_TOPIC_SHARE = 0.25  # of what nobody answers; the rest are lines of hidden articles, which are harder
_SEED = 20
_ABOVE_OFF_TOPIC = 0.01


def fit(
    articles: Sequence[Article],
    *,
    off_topic: Mapping[Locale, Sequence[str]] | None = None,
    target: float = 0.95,
    unanswerable: float = 0.2,
    vectors: VectorCache | None = None,
    encoder: Encoder | None = None,
) -> Model:
    """A model of these articles that keeps `target` precision on answers when this share is `unanswerable`.

    `vectors` saves encoding what is known already; it learns what is not. Raises ValueError for shares that are none.
    """
    if not 0 < target < 1 or not 0 <= unanswerable < 1:
        raise ValueError("target must lie between 0 and 1, and unanswerable be at least 0 and below 1")
    cache, encoder = vectors or VectorCache(), encoder or shared_encoder()
    shelves = {}
    for locale in sorted({article.locale for article in articles}):
        lines = _Lines.of([article for article in articles if article.locale == locale])
        if lines.keys:
            aside = off_topic.get(locale, ()) if off_topic is not None else shipped_off_topic(locale)
            shelves[locale] = _fit_shelf(lines, locale, aside, Goal(target, unanswerable), cache, encoder)
    return Model.from_bytes(Model(shelves).to_bytes())  # rounded the same for everybody


def shipped_off_topic(locale: str) -> list[str]:
    """Lines about something else in this language; the English ones for a language that has none."""
    folder = files("bots") / "offtopic"
    file = folder / f"{locale}.txt"
    text = (file if file.is_file() else folder / "en.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@dataclass(frozen=True)
class Goal:
    target: float
    unanswerable: float


@dataclass(frozen=True)
class _Lines:
    """The lines of articles, normalised and each once per article, sorted by article."""

    ids: tuple[str, ...]
    keys: list[str]
    owners: Ints

    @classmethod
    def of(cls, articles: Sequence[Article]) -> _Lines:
        ids: list[str] = []
        keys: list[str] = []
        owners: list[int] = []
        for article in sorted(articles, key=lambda article: article.id):
            own = dict.fromkeys(map(normalise, (article.question, *article.phrasings)))
            own.pop("", None)
            if own:
                owners += [len(ids)] * len(own)
                ids.append(article.id)
                keys += own
        return cls(tuple(ids), keys, np.array(owners, np.int32))


def _fit_shelf(
    lines: _Lines, locale: str, aside: Sequence[str], goal: Goal, cache: VectorCache, encoder: Encoder | None
) -> Shelf:
    aside_keys = [key for key in map(normalise, aside) if key]
    keys = [*lines.keys, *aside_keys]
    meaning = cache.rows(keys, encoder) if encoder else None
    asked = Asked.of(keys, meaning, with_letters=locale == "zh-CN")
    own, aside_asked = asked.only(_numbers(0, len(lines.keys))), asked.only(_numbers(len(lines.keys), len(keys)))
    shelf = _train(lines.ids, own, lines.owners, aside_asked.meaning)
    calibrators = _calibrators(lines, own, aside_asked, shelf, goal)
    return replace(shelf, calibrators=calibrators, reason=_why_only_suggest(lines))


def _numbers(start: int, end: int) -> Ints:
    return np.arange(start, end, dtype=np.int32)


def _why_only_suggest(lines: _Lines) -> WhyOnlySuggest | None:
    if len(lines.ids) < FEWEST_ARTICLES:
        return "few_articles"
    per_article = np.bincount(lines.owners)
    return "few_phrasings" if float(np.median(per_article)) < FEWEST_LINES else None


def _train(ids: tuple[str, ...], asked: Asked, owners: Ints, background: Floats | None) -> Shelf:
    """A shelf without calibrators from its lines, sorted by article."""
    exact: defaultdict[str, list[int]] = defaultdict(list)
    for key, owner in zip(asked.keys, owners, strict=True):
        exact[key].append(int(owner))
    kept = _spread_out(owners)
    starts = np.searchsorted(owners[kept], np.arange(len(ids))).astype(np.int32)
    senses = {}
    for name, spelling in _spellings(asked, len(ids)).items():
        middle, spread = np.zeros(1, np.float32), np.ones(1, np.float32)
        if spelling is None:
            assert asked.meaning is not None
            seen = asked.meaning if background is None else np.vstack([asked.meaning, background])
            middle, spread = seen.mean(axis=0), seen.std(axis=0) + np.float32(1e-6)
        blank = Sense(np.zeros((0, 0), np.float32), starts, _NO_HEAD, middle, spread, spelling)
        vectors, _ = blank.vectors(asked, name)
        if spelling:
            middle = vectors.mean(axis=0)
        steps = _STEPS_WITH_MANY_LINES if len(owners) > _MANY_LINES else _STEPS
        head = fit_head(vectors - middle if spelling else vectors, owners, len(ids), ridge=_RIDGE, steps=steps)
        senses[name] = replace(blank, lines=vectors[kept], head=head, middle=middle)
    return Shelf(ids, {key: tuple(numbers) for key, numbers in exact.items()}, senses)


_NO_HEAD = Head(np.zeros((0, 0), np.float32), np.zeros(0, np.float32))


def _spellings(asked: Asked, articles: int) -> dict[str, Spelling | None]:
    columns = _COLUMNS["few"]
    if len(asked.keys) > _MANY_LINES:
        columns = _COLUMNS["many"]
    elif len(asked.keys) * articles > _WIDE:
        columns = _COLUMNS["wide"]
    found: dict[str, Spelling | None] = {} if asked.meaning is None else {"meaning": None}
    found["grams"] = Spelling.of(asked.grams, columns)
    if asked.letters:
        found["pinyin"] = Spelling.of(asked.letters, columns)
    return found


def _spread_out(owners: Ints) -> Ints:
    """Up to so many lines of each article, evenly chosen."""
    kept = []
    for lines in np.split(np.arange(len(owners)), np.flatnonzero(np.diff(owners)) + 1):
        few = min(len(lines), _MOST_LINES_PER_ARTICLE)
        kept.append(lines[np.linspace(0, len(lines) - 1, few).astype(int)])
    return np.concatenate(kept).astype(np.int32)


@dataclass(frozen=True)
class _Split:
    """One round: lines to train on, lines held out that some article answers, and lines of hidden articles."""

    trained: Ints
    held_out: Ints
    hidden: Ints


def _splits(owners: Ints) -> list[_Split]:
    articles = int(owners.max()) + 1
    chance = np.random.default_rng(_SEED)
    order = chance.permutation(articles)
    rounds = min(_MOST_ROUNDS, 1 + _ENOUGH_HELD_OUT * _HELD_OUT_LINES // len(owners)) if articles > 1 else 0
    return [_split(owners, order[number::_HIDDEN_ARTICLES].astype(np.int32), chance) for number in range(rounds)]


def _split(owners: Ints, hidden_articles: Ints, chance: np.random.Generator) -> _Split:
    is_hidden = np.isin(owners, hidden_articles)
    is_held_out = np.zeros(len(owners), np.bool_)
    for article in np.unique(owners[~is_hidden]):
        lines = chance.permutation(np.flatnonzero(owners == article))
        # A fifth of the lines on the average, and never the only one.
        share = len(lines) / _HELD_OUT_LINES
        count = int(share) + int(chance.random() < share - int(share))
        is_held_out[lines[: min(count, len(lines) - 1)]] = True
    held_out, hidden = np.flatnonzero(is_held_out), np.flatnonzero(is_hidden)
    enough = 2 * _ENOUGH_HELD_OUT
    return _Split(
        np.flatnonzero(~is_hidden & ~is_held_out).astype(np.int32),
        np.sort(chance.permutation(held_out)[:enough]).astype(np.int32),
        np.sort(chance.permutation(hidden)[:enough]).astype(np.int32),
    )


def _calibrators(lines: _Lines, own: Asked, aside: Asked, shelf: Shelf, goal: Goal) -> dict[str, Calibrator]:
    found: dict[str, list[Outcomes]] = {view: [] for view in _views_of(shelf)}
    for split in _splits(lines.owners):
        present, owners = np.unique(lines.owners[split.trained], return_inverse=True)
        ids = tuple(lines.ids[number] for number in present)
        there = _train(ids, own.only(split.trained), owners.astype(np.int32), aside.meaning)
        asked = own.only(np.concatenate([split.held_out, split.hidden])).joined(aside)
        nobodys = len(split.hidden) + len(aside.keys)
        wanted = np.concatenate([np.searchsorted(present, lines.owners[split.held_out]), np.full(nobodys, -1)])
        weights = _weights(len(split.held_out), len(split.hidden), len(aside.keys), goal.unanswerable)
        for view, outcomes in found.items():
            outcomes.append(_outcomes(there.evidence(asked, view), wanted, weights))
    return {
        view: calibrate(_all(outcomes), goal.target) if _says_enough(outcomes) else _by_cosines(shelf, aside, view)
        for view, outcomes in found.items()
    }


def _views_of(shelf: Shelf) -> list[str]:
    """Those that have a head to look with and differ from another."""
    views = ["full", "spelling"] if "meaning" in shelf.senses else ["spelling"]
    return [*views, "pinyin"] if shelf.has_letters else views


def _weights(held_out: int, hidden: int, off_topic: int, unanswerable: float) -> Floats:
    share = _OFF_TOPIC_SHARE if off_topic else 0.0
    parts = ((held_out, 1 - unanswerable), (hidden, unanswerable * (1 - share)), (off_topic, unanswerable * share))
    return np.concatenate([np.full(count, part / max(count, 1)) for count, part in parts]).astype(np.float32)


def _outcomes(evidence: Evidence, wanted: Ints, weights: Floats) -> Outcomes:
    best = evidence.best(MOST_SUGGESTIONS)
    hits = best == wanted[:, None]
    return Outcomes(evidence.features(), hits[:, 0], hits.any(axis=1), wanted >= 0, weights)


def _all(rounds: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(
        np.concatenate([one.features for one in rounds]),
        np.concatenate([one.right for one in rounds]),
        np.concatenate([one.among_three for one in rounds]),
        np.concatenate([one.answerable for one in rounds]),
        np.concatenate([one.weights for one in rounds]),
    )


def _says_enough(rounds: Sequence[Outcomes]) -> bool:
    return sum(int(one.right.sum()) for one in rounds) >= FEWEST_ARTICLES


def _by_cosines(shelf: Shelf, aside: Asked, view: str) -> Calibrator:
    """For too few articles to calibrate on: suggest what is more like a line than off-topic lines are, never answer."""
    evidence = shelf.evidence(aside, view)
    weights = np.zeros(FEATURES_OF_LOGITS + 2 * len(evidence.cosines), np.float32)
    weights[FEATURES_OF_LOGITS::2] = 1.0  # to the best match's own lines
    nothing, ones = np.zeros_like(weights), np.ones_like(weights)
    bare = Calibrator(nothing, ones, weights, 0.0, weights, 0.0, NEVER, NEVER, 0.0, 0.0)
    if not aside.keys:
        return bare
    return replace(bare, suggest_at=float(bare.confidence(evidence.features()).max()) + _ABOVE_OFF_TOPIC)
