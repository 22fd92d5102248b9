"""A linear head: regularised least squares from features to articles, solved at once, with its own exam in the answer.

A line's own article is to score one and every other nought; lines about something else are to score nought everywhere.
Solved in closed form it also says, without another fit, what each line would have scored had it not been among the
lines, or had its whole article not been there: by the leverages of the rows (Rifkin & Lippert, Notes on Regularized
Least Squares, 2007, section 4), for one row or for a block of them. That is what the confidences are learned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from bots.arrays import Floats, Ints

# Figures hardly move between a third and three times of it.
_RIDGE = np.float32(0.1)
# Lines about something else count less than lines of articles: what they share with an article is the article's.
_ASIDE = np.float32(0.3)
_SMALL = 128  # rows of a triangle that is not worth halving


@dataclass(frozen=True)
class Head:
    """Scores of each article: `features @ weights + bias`; about how likely each is meant."""

    weights: Floats  # features x articles
    bias: Floats  # articles

    def scores(self, features: Floats) -> Floats:
        return features @ self.weights + self.bias


@dataclass(frozen=True)
class Exam:
    """Scores of lines, a row each, by heads that knew all lines, all but this one, or none of its article."""

    known: Floats
    left_out: Floats
    hidden: Floats  # the hidden article scores minus infinity
    aside: Floats  # of the lines about something else, each left out


def fit_head(lines: Floats, owners: Ints, articles: int, aside: Floats) -> tuple[Head, Exam]:
    """`lines` are features in rows, `owners` their articles (0 to `articles` - 1, ascending)."""
    count = len(lines)
    rows = np.hstack([np.vstack([lines, aside]), np.ones((count + len(aside), 1), np.float32)])
    rows[count:] *= np.sqrt(_ASIDE)
    wanted = np.zeros((len(rows), articles), np.float32)
    wanted[np.arange(count), owners] = 1
    shares = _shares(rows)
    weights = np.add.reduceat(shares[:count], np.flatnonzero(np.diff(owners, prepend=-1))).T  # as shares.T @ wanted
    scores = rows @ weights
    leverages = np.einsum("ij,ij->i", shares, rows)[:, None]
    left_out = (scores - leverages * wanted) / (1 - leverages)
    hidden = np.empty_like(scores[:count])
    for block in _blocks(owners):
        among = shares[block] @ rows[block].T
        hidden[block] = np.linalg.solve(
            np.eye(len(among), dtype=np.float32) - among, scores[block] - among @ wanted[block]
        )
    hidden[np.arange(count), owners] = -np.inf
    exam = Exam(scores[:count], left_out[:count], hidden, left_out[count:] / np.sqrt(_ASIDE))
    return Head(weights[:-1], weights[-1]), exam


def learn_head(parts: Iterable[tuple[Floats, Ints]], width: int, kinds: int) -> Head:
    """Of many lines, brought in parts (features in rows, and their kinds), without an exam."""
    products = np.zeros((width + 1, width + 1), np.float32)
    wanted = np.zeros((width + 1, kinds), np.float32)
    for lines, owners in parts:
        rows = np.hstack([lines, np.ones((len(lines), 1), np.float32)])
        products += rows.T @ rows
        told = (owners[:, None] == np.arange(kinds)).astype(np.float32)
        wanted += rows.T @ told
    products[np.diag_indices(len(products))] += _RIDGE
    weights = np.linalg.solve(products, wanted).astype(np.float32)
    return Head(weights[:-1], weights[-1])


def _shares(rows: Floats) -> Floats:
    """What each row has of the weights: rows (rows' rows + ridge)^-1, by whichever product of the two is smaller."""
    wide = len(rows) <= rows.shape[1]
    products = rows @ rows.T if wide else rows.T @ rows
    products[np.diag_indices(len(products))] += _RIDGE
    lower: Floats = _inverse(np.linalg.cholesky(products))
    inverse: Floats = lower.T @ lower
    return inverse @ rows if wide else rows @ inverse


def _inverse(lower: Floats) -> Floats:
    """Of a lower triangle, by halves: nearly all of it is products, which take a third of the time of LAPACK's way."""
    if len(lower) <= _SMALL:
        small: Floats = np.linalg.inv(lower)
        return small
    half = len(lower) // 2
    first, second = _inverse(lower[:half, :half]), _inverse(lower[half:, half:])
    whole = np.zeros_like(lower)
    whole[:half, :half], whole[half:, half:] = first, second
    whole[half:, :half] = -second @ (lower[half:, :half] @ first)
    return whole


def _blocks(owners: Ints) -> Iterator[slice]:
    starts = [0, *(np.flatnonzero(np.diff(owners)) + 1).tolist(), len(owners)]
    return map(slice, starts[:-1], starts[1:])
