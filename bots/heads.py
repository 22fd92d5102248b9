"""A linear head: multinomial logistic regression from vectors to articles, fitted by L-BFGS.

Scikit-learn's solver gives the same heads; this one works in single precision on a few matrix products and stops
after a fixed number of steps, which is what lets five hundred articles be fitted, several times over, in seconds
(Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 3.1).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from bots.arrays import Floats, Ints

_MEMORY = 6  # pairs of steps and changes of slope that L-BFGS looks back on
_SUFFICIENT = 1e-4  # of the expected decrease, or the step is shortened
_SHORTER = 0.4
_SHORTEST = 1e-3


@dataclass(frozen=True)
class Head:
    """Logits of each article: `vectors @ weights + bias`."""

    weights: Floats  # features x articles
    bias: Floats  # articles

    def logits(self, vectors: Floats) -> Floats:
        return vectors @ self.weights + self.bias


def fit_head(vectors: Floats, owners: Ints, articles: int, *, ridge: float, steps: int) -> Head:
    """`vectors` are the training lines in rows, `owners` their articles (0 to `articles` - 1).

    Minimises the cross-entropy, summed over the lines, plus ridge/2 times the squared weights (the bias is free).
    """
    loss = _Loss(vectors, owners, articles, ridge)
    weights = np.zeros((vectors.shape[1] + 1, articles), np.float32)
    value, slope = loss(weights)
    memory: deque[tuple[Floats, Floats, float]] = deque(maxlen=_MEMORY)
    for _ in range(steps):
        direction = _downhill(slope, memory, len(vectors))
        fall = float(np.vdot(slope, direction))
        step = 1.0
        while True:
            new = weights - np.float32(step) * direction
            new_value, new_slope = loss(new)
            if new_value <= value - _SUFFICIENT * step * fall or step < _SHORTEST:
                break
            step *= _SHORTER
        moved, bent = new - weights, new_slope - slope
        curvature = float(np.vdot(moved, bent))
        if curvature > 1e-10:
            memory.append((moved, bent, 1 / curvature))
        weights, value, slope = new, new_value, new_slope
    return Head(weights[:-1], weights[-1])


def _downhill(slope: Floats, memory: deque[tuple[Floats, Floats, float]], lines: int) -> Floats:
    direction = slope.copy()
    if not memory:
        return direction * np.float32(np.sqrt(lines) / max(1.0, float(np.linalg.norm(slope))))
    shares = []
    for moved, bent, scale in reversed(memory):
        share = np.float32(scale * np.vdot(moved, direction))
        direction -= share * bent
        shares.append(share)
    moved, bent, scale = memory[-1]
    direction *= np.float32(1 / (scale * np.vdot(bent, bent)))
    for (moved, bent, scale), share in zip(memory, reversed(shares), strict=True):
        direction += (share - np.float32(scale * np.vdot(bent, direction))) * moved
    return direction


class _Loss:
    def __init__(self, vectors: Floats, owners: Ints, articles: int, ridge: float) -> None:
        self._vectors = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
        self._owners, self._lines = owners, np.arange(len(owners))
        self._ridge = np.float32(ridge)

    def __call__(self, weights: Floats) -> tuple[float, Floats]:
        scores = self._vectors @ weights
        scores -= scores.max(axis=1, keepdims=True)
        own = scores[self._lines, self._owners]
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1)
        value = float((np.log(sums) - own).sum(dtype=np.float64))
        scores /= sums[:, None]
        scores[self._lines, self._owners] -= 1
        slope = self._vectors.T @ scores
        slope[:-1] += self._ridge * weights[:-1]
        return value + 0.5 * float(self._ridge) * float(np.vdot(weights[:-1], weights[:-1])), slope
