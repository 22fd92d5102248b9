"""Trains and calibrates a model on the articles alone; pure, repeatable, and on one processor.

The heads are solved at once, and their own exam (`bots.heads.Exam`) says how each line would have fared as a question:
left out, it is one that an article answers; with its whole article hidden, one that nobody answers. The off-topic lines
shipped in `offtopic/` are more of the latter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bots import shipped
from bots.arrays import Flags, Floats, Ints, unit_rows
from bots.calibration import Outcomes, calibrate, features
from bots.encoder import Encoder, shared_encoder
from bots.heads import Exam, Head, fit_head
from bots.model import Model
from bots.senses import Asked, Sense, SenseName, Size, Weighed, heads_of, senses_of
from bots.shelf import VIEWS, Shelf
from bots.text import normalise, readable
from bots.turn import MOST_SUGGESTIONS, Article, Locale, WhyOnlySuggest
from bots.usual import usual_senses

FEWEST_ARTICLES = 10
FEWEST_LINES = 3  # of an article, its question among them

# With many articles fewer landmarks and columns keep a fit short and a model small.
_MANY_ARTICLES = 200
_SIZE, _SIZE_WITH_MANY = Size(3584, 2048), Size(512, 512)
_MOST_LINES = 20_000

_HIDDEN_SHARE = 0.5  # of what nobody answers: lines of hidden articles, which are harder than the rest
_ANSWERED_AFTER_ALL = 0.6  # cosine of an off-topic line to the nearest line of an article
# Lines left out are harder than questions: one of few is missed, and phrasings are written to differ from each other.
# So the exam is marked as if its lines were nearer to their own article and farther from the others, until as many
# find it as customers were seen to; the fewer lines an article has, the less is taken for granted.
_USUALLY_RIGHT = 0.85
_WRONG_BY_LINES = 1.25
_MOST_EASED = 0.25
_EXAMINED = 600  # lines
_LEAST_LEFT = 0.2
_EASED_IN_STEPS_OF = 1 / 4096
_FARTHER = np.float32(2)  # so many times as far from the others as nearer to its own


def fit(
    articles: Sequence[Article],
    *,
    off_topic: Mapping[Locale, Sequence[str]] | None = None,
    target: float = 0.95,
    unanswerable: float = 0.2,
    encoder: Encoder | None = None,
) -> Model:
    """A model of these articles that keeps `target` precision on answers when this share is `unanswerable`.

    Raises ValueError for shares that are none.
    """
    if not 0 < target < 1 or not 0 <= unanswerable < 1:
        raise ValueError("target must lie between 0 and 1, and unanswerable be at least 0 and below 1")
    encoder = encoder or shared_encoder()
    shelves = {}
    for locale in sorted({article.locale for article in articles}):
        lines = _Lines.of([article for article in articles if article.locale == locale])
        if lines.keys:
            aside = off_topic.get(locale, ()) if off_topic is not None else shipped.off_topic(locale)
            shelves[locale] = _fit_shelf(lines, locale, aside, _Goal(target, unanswerable), encoder)
    return Model.from_bytes(Model(shelves).to_bytes())  # rounded the same for everybody


@dataclass(frozen=True)
class _Goal:
    target: float
    unanswerable: float


@dataclass(frozen=True)
class _Lines:
    """The lines of articles as they are read and as they are compared, each once per article, sorted by article."""

    ids: tuple[str, ...]
    texts: list[str]
    keys: list[str]
    owners: Ints

    @classmethod
    def of(cls, articles: Sequence[Article]) -> _Lines:
        ids: list[str] = []
        texts: list[str] = []
        keys: list[str] = []
        owners: list[int] = []
        for article in sorted(articles, key=lambda article: article.id):
            own: dict[str, str] = {}
            for line in (article.question, *article.phrasings):
                own.setdefault(normalise(line), readable(line))
            own.pop("", None)
            if own:
                owners += [len(ids)] * len(own)
                ids.append(article.id)
                keys += own
                texts += own.values()
        return cls(tuple(ids), texts, keys, np.array(owners, np.int32))

    @property
    def exact(self) -> dict[str, tuple[int, ...]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for key, owner in zip(self.keys, self.owners, strict=True):
            found[key].append(int(owner))
        return {key: tuple(numbers) for key, numbers in found.items()}

    def at_most(self, count: int) -> _Lines:
        """Evenly chosen among all, if there are more, and one at least of each article."""
        if len(self.keys) <= count:
            return self
        first = np.flatnonzero(np.diff(self.owners, prepend=-1))
        chosen = np.union1d(first, np.linspace(0, len(self.keys) - 1, count).astype(int))
        return _Lines(self.ids, [self.texts[n] for n in chosen], [self.keys[n] for n in chosen], self.owners[chosen])


def _fit_shelf(lines: _Lines, locale: str, aside: Sequence[str], goal: _Goal, encoder: Encoder | None) -> Shelf:
    exact, reason = lines.exact, _why_only_suggest(lines)
    lines = lines.at_most(_MOST_LINES)
    own, others = _asked(lines, [line for line in aside if normalise(line)], encoder, with_letters=locale == "zh-CN")
    others = _off_this_topic(own, others)
    senses = senses_of(own, others, _SIZE if len(lines.ids) <= _MANY_ARTICLES else _SIZE_WITH_MANY)
    if own.meaning is not None:
        senses |= usual_senses(locale)
    rows = {name: _Rows.of(name, sense, own, others) for name, sense in senses.items()}
    views = {
        view: there for view, names in VIEWS.items() if (there := {name: rows[name] for name in names if name in rows})
    }
    if "meaning" not in rows:
        del views["full"]
    heads, exams = {}, {}
    for view, there in views.items():
        heads[view], exams[view] = _fit_view(there, lines.owners)
    easing = _easing(next(iter(exams.values())), lines.owners, _left_by_usual(views.get("full", {}), lines.owners))
    calibrators = {
        view: calibrate(_outcomes(exam, lines.owners, easing, goal.unanswerable), goal.target)
        for view, exam in exams.items()
    }
    usual = _most_of_each(rows["usual"], lines.owners) if "usual" in rows else None
    return Shelf(lines.ids, exact, senses, heads, calibrators, reason, usual)


def _why_only_suggest(lines: _Lines) -> WhyOnlySuggest | None:
    if len(lines.ids) < FEWEST_ARTICLES:
        return "few_articles"
    per_article = np.bincount(lines.owners)
    return "few_phrasings" if float(np.median(per_article)) < FEWEST_LINES else None


def _asked(lines: _Lines, aside: Sequence[str], encoder: Encoder | None, *, with_letters: bool) -> tuple[Asked, Asked]:
    count, meaning = len(lines.keys), None
    if encoder:
        meaning = encoder.encode([*lines.texts, *map(readable, aside)])
    own = Asked.of(lines.keys, None if meaning is None else meaning[:count], with_letters=with_letters)
    others = [normalise(line) for line in aside]
    return own, Asked.of(others, None if meaning is None else meaning[count:], with_letters=with_letters)


def _off_this_topic(own: Asked, others: Asked) -> Asked:
    """Without those that this FAQ answers after all: one on small talk knows jokes."""
    if own.meaning is None or others.meaning is None:
        return others
    middle = np.vstack([own.meaning, others.meaning]).mean(axis=0)
    cosines = unit_rows(others.meaning - middle) @ unit_rows(own.meaning - middle).T
    return others.only(np.flatnonzero(cosines.max(axis=1, initial=-1.0) < _ANSWERED_AFTER_ALL).astype(np.int32))


@dataclass(frozen=True)
class _Rows:
    """What a sense sees in the lines, weighed."""

    weighed: Weighed
    lines: Floats
    aside: Floats

    @classmethod
    def of(cls, name: SenseName, sense: Sense, own: Asked, others: Asked) -> _Rows:
        weighed = Weighed.of(name, sense)
        return cls(weighed, weighed.rows(own), weighed.rows(others))

    def only(self, lines: Ints) -> _Rows:
        return _Rows(self.weighed, self.lines[lines], self.aside)


def _fit_view(rows: Mapping[SenseName, _Rows], owners: Ints) -> tuple[dict[SenseName, Head], Exam]:
    every = list(rows.values())
    whole, exam = fit_head(
        np.hstack([one.lines for one in every]),
        owners,
        int(owners.max()) + 1,
        np.hstack([one.aside for one in every]),
    )
    weighed = {name: one.weighed for name, one in rows.items()}
    return heads_of(whole, weighed, [one.lines.shape[1] for one in every]), exam


def _most_of_each(rows: _Rows, owners: Ints) -> Floats:
    """What is seen at most in a line of each article."""
    most: Floats = np.maximum.reduceat(rows.lines, np.flatnonzero(np.diff(owners, prepend=-1)))
    return most / rows.weighed.loudness


def _left_by_usual(rows: Mapping[SenseName, _Rows], owners: Ints) -> float:
    """What is usually asked leaves this share of the misses of lines left out; examined on some of many articles."""
    without = {name: one for name, one in rows.items() if name != "usual"}
    if len(without) == len(rows):
        return 1.0
    some = _whole_articles(owners, _EXAMINED)
    renumbered = np.unique(owners[some], return_inverse=True)[1].astype(np.int32)
    if not _have_others(renumbered).any():
        return 1.0
    left, all_of_them = (
        1 - _found(_fit_view({name: one.only(some) for name, one in those.items()}, renumbered)[1].left_out, renumbered)
        for those in (rows, without)
    )
    return min(max(left / max(all_of_them, 1e-9), _LEAST_LEFT), 1.0)


def _whole_articles(owners: Ints, lines: int) -> Ints:
    """The lines of so many articles, evenly chosen, that there are about as many lines."""
    articles = int(owners.max()) + 1
    count = max(min(articles, articles * lines // len(owners)), min(articles, 2))
    chosen = np.linspace(0, articles - 1, count).astype(np.int32)
    return np.flatnonzero(np.isin(owners, chosen)).astype(np.int32)


@dataclass(frozen=True)
class _Easing:
    """By how much the lines of a FAQ are harder than its customers' questions."""

    nearer: np.float32  # what a line gets of what it scores when it is known, 0 to 1
    hidden: float  # how many questions are as hard as lines of hidden articles, for each that would be were none harder

    def own(self, exam: Exam, owners: Ints) -> Floats:
        """Scores of lines that their article answers."""
        scores: Floats = exam.left_out + self.nearer * (exam.known - exam.left_out)
        rows = np.arange(len(owners))
        of_its_own = scores[rows, owners]
        scores *= self._farther
        scores[rows, owners] = of_its_own
        return scores

    def nobodys(self, exam: Exam) -> Floats:
        """Scores of lines whose article is hidden."""
        return exam.hidden * self._farther

    @property
    def _farther(self) -> np.float32:
        return 1 - _FARTHER * self.nearer


def _easing(exam: Exam, owners: Ints, left_by_usual: float = 1.0) -> _Easing:
    """What is usually asked leaves customers the share of their misses that it leaves lines left out."""
    if not _have_others(owners).any():
        return _Easing(np.float32(_MOST_EASED), 1.0)
    wrong = 1 - _found(exam.left_out, owners)
    before = min(wrong / left_by_usual, 1.0)
    wanted = 1 - left_by_usual * (1 - _customers_right(1 - before, float(np.median(np.bincount(owners)))))
    hidden = min((1 - wanted) / max(wrong, 1e-9), 1.0)
    least, most = 0.0, _MOST_EASED
    while most - least > _EASED_IN_STEPS_OF:
        middle = (least + most) / 2
        is_enough = _found(_Easing(np.float32(middle), hidden).own(exam, owners), owners) >= wanted
        least, most = (least, middle) if is_enough else (middle, most)
    return _Easing(np.float32(most), hidden)


def _customers_right(left_out: float, lines: float) -> float:
    """The share of questions expected to find their article, from that of left-out lines, with so many an article."""
    usual = min(_USUALLY_RIGHT, 1 - _WRONG_BY_LINES / lines)
    return max(usual, left_out + (1 - left_out) / lines)


def _found(scores: Floats, owners: Ints) -> float:
    """How often the best article is a line's own, where it has others."""
    return float(_is_right(scores, owners)[_have_others(owners)].mean())


def _have_others(owners: Ints) -> Flags:
    """Which lines are not their article's only one: without it, nothing could be right."""
    return np.bincount(owners)[owners] > 1


def _is_right(scores: Floats, owners: Ints) -> Flags:
    right: Flags = scores.argmax(axis=1) == owners
    return right


def _outcomes(exam: Exam, owners: Ints, easing: _Easing, unanswerable: float) -> Outcomes:
    fair = _have_others(owners)
    hidden = _HIDDEN_SHARE * easing.hidden if len(exam.aside) else 1.0
    nobodys = np.full(max(len(owners), len(exam.aside)), -1, np.int32)
    kinds = [  # scores, the right articles, the share of all questions
        (easing.own(exam, owners)[fair], owners[fair], 1 - unanswerable),
        (easing.nobodys(exam), nobodys[: len(owners)], unanswerable * hidden),
        (exam.aside, nobodys[: len(exam.aside)], unanswerable * (1 - hidden)),
    ]
    ranks = [_ranks(scores, wanted) for scores, wanted, _ in kinds]
    weights = [np.full(len(wanted), share / max(len(wanted), 1)) for _, wanted, share in kinds]
    return Outcomes(
        np.concatenate([features(scores) for scores, _, _ in kinds]),
        np.concatenate([rank < 1 for rank in ranks]),
        np.concatenate([rank < MOST_SUGGESTIONS for rank in ranks]),
        np.concatenate([wanted >= 0 for _, wanted, _ in kinds]),
        np.concatenate(weights).astype(np.float32),
    )


def _ranks(scores: Floats, wanted: Ints) -> Ints:
    """How many articles score above the wanted one; above all where none is wanted."""
    above = (scores > scores[np.arange(len(scores)), wanted][:, None]).sum(axis=1, dtype=np.int32)
    ranks: Ints = np.where(wanted < 0, scores.shape[1] + MOST_SUGGESTIONS, above).astype(np.int32)
    return ranks
