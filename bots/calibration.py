"""How sure is sure: confidences from evidence, and the confidence from which on the bot may answer or suggest.

A calibrator is a logistic regression from a handful of features of a best match to whether it is right. It is fitted,
and the thresholds are set, on lines the heads have not seen (see `bots.fitting`): thresholds borrowed from another FAQ
were measured to keep 83 % of their promises instead of 95.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bots.arrays import Doubles, Flags, Floats

# The rounds are harder than life, as their heads know fewer lines, so nearly all the errors they allow may be made.
_SHARE_OF_ERRORS_ALLOWED = 0.9
# Suggestions are worth a customer's glance while about every second list holds what was meant.
_WORTH_SUGGESTING = 0.5
NEVER = 1.01  # above every confidence

_RIDGE = 1.0
_STEPS = 30


@dataclass(frozen=True)
class Outcomes:
    """What became of lines the heads had not seen: a row of features each, and whether the best match was right.

    `among_three` says the same of the best three, `answerable` whether anything could be right; `weights` make up for
    the shares of the kinds of lines.
    """

    features: Floats
    right: Flags
    among_three: Flags
    answerable: Flags
    weights: Floats


@dataclass(frozen=True)
class Calibrator:
    means: Floats
    scales: Floats
    weights: Floats
    bias: float
    listing_weights: Floats
    listing_bias: float
    answer_at: float  # NEVER when no confidence keeps the promise
    suggest_at: float
    precision: float  # expected of the answers
    coverage: float  # expected share of the answerable questions that are answered, and rightly

    def confidence(self, features: Floats) -> Floats:
        """How likely the best match is right, 0 to 1."""
        return _sigmoid((features - self.means) / self.scales @ self.weights + np.float32(self.bias))

    def listing_confidence(self, features: Floats) -> Floats:
        """How likely the right article is among the best three."""
        return _sigmoid((features - self.means) / self.scales @ self.listing_weights + np.float32(self.listing_bias))


def calibrate(outcomes: Outcomes, target: float) -> Calibrator:
    """`target` is the precision the operator wants on answers."""
    means, scales = outcomes.features.mean(axis=0), outcomes.features.std(axis=0) + 1e-6
    weights, bias = _logistic((outcomes.features - means) / scales, outcomes.right, outcomes.weights)
    confidence = _sigmoid((outcomes.features - means) / scales @ weights + bias)
    answer_at = _lowest_keeping(
        confidence, outcomes.right, outcomes.weights, 1 - (1 - target) * _SHARE_OF_ERRORS_ALLOWED
    )
    listing, listing_bias = _logistic((outcomes.features - means) / scales, outcomes.among_three, outcomes.weights)
    answered = confidence >= answer_at
    right = float(outcomes.weights[answered & outcomes.right].sum())
    return Calibrator(
        means.astype(np.float32),
        scales.astype(np.float32),
        weights.astype(np.float32),
        bias,
        listing.astype(np.float32),
        listing_bias,
        answer_at,
        _WORTH_SUGGESTING,
        right / max(float(outcomes.weights[answered].sum()), 1e-9),
        right / max(float(outcomes.weights[outcomes.answerable].sum()), 1e-9),
    )


def _lowest_keeping(confidence: Floats, good: Flags, weights: Floats, share: float) -> float:
    """The lowest confidence at and above which at least this share is good; NEVER when there is none."""
    order = np.argsort(-confidence, kind="stable")
    total = np.cumsum(weights[order])
    kept = np.flatnonzero(np.cumsum(weights[order] * good[order]) >= share * total)
    return float(confidence[order[kept[-1]]]) if len(kept) else NEVER


def _logistic(features: Floats, right: Flags, weights: Floats) -> tuple[Doubles, float]:
    """Newton's method on the weighted log-loss; the weights are brought to the number of lines."""
    rows = np.hstack([features, np.ones((len(features), 1))]).astype(np.float64)
    shares = weights.astype(np.float64) * len(weights) / weights.sum()
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[-1] = 1e-3
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (shares * (guess - right)) + ridge * found
        bend = (rows * (shares * np.maximum(guess * (1 - guess), 1e-4))[:, None]).T @ rows + np.diag(ridge)
        found -= np.linalg.solve(bend, slope)
    return found[:-1], float(found[-1])


def _sigmoid(logits: Floats | Doubles) -> Floats:
    shares: Floats = (1 / (1 + np.exp(np.clip(-1 * logits, -30, 30)))).astype(np.float32)
    return shares
