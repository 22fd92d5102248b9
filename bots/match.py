"""Finds the articles a message may be about: exact phrasing first, then weighted character n-grams.

An article's score has two parts. Its best phrasing (the question is one of them) is compared with the
message by cosine, n-grams weighted by how few articles share them. To that comes the cover: how much of the
message the article knows at all, from any of its phrasings or its answer. The cosine alone trips over shared
frames ("how long does a ... take"), the cover alone over single rare words.

Lists of postings keep the work to what shares something with the message, and to a fixed number even then.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bots.features import family_weight, features_of_answer, features_of_question
from bots.text import fold, normalise
from bots.turn import Article, Locale

# Chosen over a grid with the shipped articles: phrasings asked of an index that does not have them must be
# answered rightly nine times in ten, and no off-topic line may be answered. Per language, because English
# shares letters between any two words and so scores higher. The lead keeps out the usual mistake, a
# neighbouring article; one word alone names a subject and is sure only as an exact phrasing.
# tests/bots/test_bot_quality.py holds the figures.
ANSWER_AT: dict[Locale, float] = {"zh-CN": 0.26, "en": 0.36}
SUGGEST_AT: dict[Locale, float] = {"zh-CN": 0.15, "en": 0.2}
CLEAR_LEAD = 0.1
SHORTEST_QUESTION = 4
EXACT = 1.0

_COSINE_SHARE = 0.3
# What an article knows of a feature: more with each phrasing that has it; from its answer alone, half.
_MISSED_BY_ONE_PHRASING = 0.7
_KNOWN_FROM_ANSWER = 0.5

# Rare n-grams come first, so what a very large collection leaves out is what nearly all its articles share.
_MOST_POSTINGS = 25_000


@dataclass(frozen=True)
class Match:
    article: Article
    score: float


class Index:
    """An unchanging snapshot of articles; to change one, build another."""

    def __init__(self, articles: Iterable[Article]) -> None:
        by_locale: dict[Locale, list[Article]] = defaultdict(list)
        for article in articles:
            by_locale[article.locale].append(article)
        self._shelves = {locale: _Shelf(found) for locale, found in by_locale.items()}

    def matches(self, key: str, locale: Locale) -> list[Match]:
        """Articles in this language that share something with the normalised text, best first."""
        shelf = self._shelves.get(locale)
        return shelf.matches(key) if shelf else []

    def matches_elsewhere(self, key: str, locale: Locale) -> list[Match]:
        """The same among the articles in all other languages."""
        others = [shelf.matches(key) for other, shelf in self._shelves.items() if other != locale]
        return _best_first(match for matches in others for match in matches)


class _Postings:
    """For each feature, who has it and how strongly."""

    def __init__(self) -> None:
        self._lists: dict[str, tuple[array[int], array[float]]] = {}

    def add(self, feature: str, number: int, weight: float) -> None:
        numbers, weights = self._lists.setdefault(feature, (array("i"), array("f")))
        numbers.append(number)
        weights.append(weight)

    def sums(self, vector: dict[str, float]) -> dict[int, float]:
        """The dot product of the vector with everyone who shares a feature with it."""
        shared = sorted((len(self._lists[feature][0]), feature) for feature in vector.keys() & self._lists.keys())
        sums: dict[int, float] = defaultdict(float)
        left = _MOST_POSTINGS
        for length, feature in shared:
            left -= length
            if left < 0:
                break
            weight = vector[feature]
            for number, other in zip(*self._lists[feature], strict=True):
                sums[number] += weight * other
        return sums


class _Shelf:
    """The articles of one language."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._owners: list[int] = []
        phrasings: list[Counter[str]] = []
        for number, article in enumerate(articles):
            for key in _keys(article):
                self._exact[key].append(number)
                self._owners.append(number)
                phrasings.append(features_of_question(key))
        known = self._known(phrasings)
        self._rarity = self._rarities(known)
        self._by_phrasing = self._post_phrasings(phrasings)
        self._by_article = self._post_articles(known)

    def _known(self, phrasings: Sequence[Counter[str]]) -> list[Counter[str]]:
        """For each article, in how many of its phrasings a feature occurs."""
        known: list[Counter[str]] = [Counter() for _ in self._articles]
        for owner, features in zip(self._owners, phrasings, strict=True):
            known[owner].update(features.keys())
        return known

    def _rarities(self, known: Sequence[Counter[str]]) -> dict[str, float]:
        sharers = Counter(feature for features in known for feature in features)
        return {feature: self._rarity_of(count) for feature, count in sharers.items()}

    def _rarity_of(self, sharers: int) -> float:
        return math.log(1 + len(self._articles) / sharers)

    def _post_phrasings(self, phrasings: Sequence[Counter[str]]) -> _Postings:
        postings = _Postings()
        for number, features in enumerate(phrasings):
            for feature, weight in _unit(self._weights(features)).items():
                postings.add(feature, number, weight)
        return postings

    def _post_articles(self, known: Sequence[Counter[str]]) -> _Postings:
        postings = _Postings()
        for number, (article, features) in enumerate(zip(self._articles, known, strict=True)):
            knowledge = dict.fromkeys(features_of_answer(fold(article.answer)), _KNOWN_FROM_ANSWER)
            for feature, count in features.items():
                knowledge[feature] = max(knowledge.get(feature, 0.0), 1 - _MISSED_BY_ONE_PHRASING**count)
            for feature, share in knowledge.items():
                postings.add(feature, number, share)
        return postings

    def _weights(self, features: Counter[str]) -> dict[str, float]:
        # What no phrasing has counts as if one article did, so that a message about other things scores low.
        unknown = self._rarity_of(1)
        return {
            feature: (1 + math.log(count)) * self._rarity.get(feature, unknown) * family_weight(feature)
            for feature, count in features.items()
        }

    def matches(self, key: str) -> list[Match]:
        scores = self._scores(features_of_question(key))
        scores.update(dict.fromkeys(self._exact.get(key, ()), EXACT))
        return _best_first(Match(self._articles[number], score) for number, score in scores.items())

    def _scores(self, features: Counter[str]) -> dict[int, float]:
        weights = self._weights(features)
        cosines = self._best_of_each_article(self._by_phrasing.sums(_unit(weights)))
        covers = self._by_article.sums(_shares(weights))
        return {
            number: _COSINE_SHARE * cosines.get(number, 0.0) + (1 - _COSINE_SHARE) * covers.get(number, 0.0)
            for number in cosines.keys() | covers.keys()
        }

    def _best_of_each_article(self, by_phrasing: dict[int, float]) -> dict[int, float]:
        best: dict[int, float] = defaultdict(float)
        for phrasing, score in by_phrasing.items():
            owner = self._owners[phrasing]
            best[owner] = max(best[owner], score)
        return best


def _keys(article: Article) -> list[str]:
    keys = dict.fromkeys(normalise(line) for line in (article.question, *article.phrasings))
    return [key for key in keys if key]


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = math.hypot(*weights.values())
    return {feature: weight / length for feature, weight in weights.items()}


def _shares(weights: dict[str, float]) -> dict[str, float]:
    total = math.fsum(weights.values())
    return {feature: weight / total for feature, weight in weights.items()}


def _best_first(matches: Iterable[Match]) -> list[Match]:
    return sorted(matches, key=lambda match: (-match.score, match.article.id))
