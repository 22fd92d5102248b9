"""How sure is sure: confidences from scores, and the confidence from which on the bot may answer or suggest.

A calibrator is a logistic regression from the best score and its lead to whether the best match is right. It is fitted
on lines that the scores were not made of (see `bots.heads.Exam`). Thresholds borrowed from another FAQ were measured to
keep 83 % of their promises instead of 95, so each FAQ has its own; only where it has next to no lines does it lean on
what FAQs have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bots.arrays import Doubles, Flags, Floats

# Customers differ a little from any exam, so a tenth of the errors allowed is kept back.
_SHARE_OF_ERRORS_ALLOWED = 0.9
# Suggestions are worth a customer's glance while about every second list holds what was meant.
_WORTH_SUGGESTING = 0.5
NEVER = 1.01  # above every confidence

# Beyond these a higher score or a longer lead says little more.
_HIGH = 0.3
_CLEAR = 0.25
# The mean of sixteen FAQs in two languages; a calibrator's weights are drawn to it a little.
_USUAL = np.array([0.0, 5.0, 4.0, 7.0, -2.5])
_PULL = 1.0
_FEWEST = 40  # texts under which a FAQ says nothing about itself
_STEPS = 40


@dataclass(frozen=True)
class Outcomes:
    """What became of texts: the scores of the articles, whether the best was right, and one of the best three.

    `answerable` says whether anything could be right; `weights` make up for the shares of the kinds of texts.
    """

    features: Floats
    right: Flags
    among_three: Flags
    answerable: Flags
    weights: Floats


@dataclass(frozen=True)
class Calibrator:
    weights: Floats
    listing_weights: Floats
    answer_at: float  # NEVER when no confidence keeps the promise
    suggest_at: float
    precision: float  # expected of the answers
    coverage: float  # expected share of the answerable questions that are answered, and rightly

    def confidence(self, scores: Floats) -> Floats:
        """How likely the best article is right, 0 to 1."""
        return _sigmoid(features(scores) @ self.weights)

    def listing_confidence(self, scores: Floats) -> Floats:
        """How likely the right article is among the best three."""
        return _sigmoid(features(scores) @ self.listing_weights)


def features(scores: Floats) -> Floats:
    """Of each row of scores: the best, its lead, both again up to where they say most, and one."""
    first = np.maximum(scores.max(axis=1), -1)  # minus infinity where the only article is hidden
    second = np.partition(scores, -2, axis=1)[:, -2] if scores.shape[1] > 1 else np.zeros_like(first)
    lead = first - np.maximum(second, 0)
    columns = [first, lead, np.minimum(lead, _CLEAR), np.minimum(first, _HIGH), np.ones_like(first)]
    return np.stack(columns, axis=1).astype(np.float32)


def calibrate(outcomes: Outcomes, target: float) -> Calibrator:
    """`target` is the precision the operator wants on answers."""
    # However many lines about something else there are, a FAQ says as much about itself as it has lines of its own.
    texts = int(outcomes.answerable.sum())
    shares = outcomes.weights * (texts if texts >= _FEWEST else 0) / max(float(outcomes.weights.sum()), 1e-9)
    weights = _logistic(outcomes.features, outcomes.right, shares)
    listing = _logistic(outcomes.features, outcomes.among_three, shares)
    confidence = _sigmoid(outcomes.features @ weights)
    answer_at = _lowest_keeping(confidence, outcomes.weights, 1 - (1 - target) * _SHARE_OF_ERRORS_ALLOWED)
    answered = confidence >= answer_at
    given = outcomes.weights[answered]
    right = float((given * confidence[answered]).sum())
    return Calibrator(
        weights.astype(np.float32),
        listing.astype(np.float32),
        answer_at,
        _WORTH_SUGGESTING,
        right / max(float(given.sum()), 1e-9),
        min(right / max(float(outcomes.weights[outcomes.answerable].sum()), 1e-9), 1.0),
    )


def _lowest_keeping(confidence: Floats, weights: Floats, share: float) -> float:
    """The lowest confidence such that this share of what has it or more is expected to be right; NEVER if none is."""
    order = np.argsort(-confidence, kind="stable")
    total = np.cumsum(weights[order], dtype=np.float64)
    kept = np.flatnonzero(np.cumsum(weights[order] * confidence[order], dtype=np.float64) >= share * total)
    return float(confidence[order[kept[-1]]]) if len(kept) else NEVER


def _logistic(rows: Floats, right: Flags, weights: Floats) -> Doubles:
    """Newton's method on the weighted log-loss, drawn to the usual."""
    rows64, shares = rows.astype(np.float64), weights.astype(np.float64)

    def loss(found: Doubles) -> float:
        logits = rows64 @ found
        return float(shares @ (np.logaddexp(0, logits) - right * logits) + _PULL / 2 * ((found - _USUAL) ** 2).sum())

    found, value = _USUAL.copy(), loss(_USUAL)
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-np.clip(rows64 @ found, -30, 30)))
        slope = rows64.T @ (shares * (guess - right)) + _PULL * (found - _USUAL)
        bend = (rows64 * (shares * guess * (1 - guess))[:, None]).T @ rows64 + _PULL * np.eye(len(found))
        step = np.linalg.solve(bend, slope)
        while loss(found - step) > value and np.abs(step).max() > 1e-9:
            step /= 2
        found = found - step
        value = loss(found)
    return found


def _sigmoid(logits: Floats | Doubles) -> Floats:
    shares: Floats = (1 / (1 + np.exp(np.clip(-1 * logits, -30, 30)))).astype(np.float32)
    return shares
