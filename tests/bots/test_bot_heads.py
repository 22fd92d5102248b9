"""A head solves what it says it solves, and its exam is what heads that knew less would have said."""

import numpy as np
import pytest

from bots.arrays import Floats, Ints
from bots.heads import fit_head

RIDGE, ASIDE = 0.1, 0.3
OWNERS = np.repeat(np.arange(50, dtype=np.int32), 6)


def drawn(width: int) -> tuple[Floats, Floats]:
    """Lines of fifty articles, the same words in each of an article's, and lines about something else."""
    chance = np.random.default_rng(3)
    about = chance.standard_normal((50, width))[OWNERS] + chance.standard_normal((len(OWNERS), width))
    return (about / width**0.5).astype(np.float32), (chance.standard_normal((40, width)) / width**0.5).astype(
        np.float32
    )


def solved(lines: Floats, owners: Ints, aside: Floats) -> Floats:
    """Scores of a text by a head on these lines: weights in rows, the bias the last of them."""
    rows = np.hstack([np.vstack([lines, aside]), np.ones((len(lines) + len(aside), 1))]).astype(np.float64)
    rows[len(lines) :] *= ASIDE**0.5
    wanted = np.zeros((len(rows), 50))
    wanted[np.arange(len(lines)), owners] = 1
    weights: Floats = np.linalg.solve(rows.T @ rows + RIDGE * np.eye(rows.shape[1]), rows.T @ wanted)
    return weights


def scores(weights: Floats, lines: Floats) -> Floats:
    return lines @ weights[:-1] + weights[-1]


# More columns than lines, fewer, and both beyond what is solved at once.
@pytest.mark.parametrize("width", [200, 500])
def test_the_exam_is_what_heads_without_a_line_or_its_article_say(width: int) -> None:
    lines, aside = drawn(width)
    head, exam = fit_head(lines, OWNERS, 50, aside)
    known = solved(lines, OWNERS, aside)
    assert head.weights == pytest.approx(known[:-1], abs=1e-3)
    assert exam.known == pytest.approx(scores(known, lines), abs=1e-3)
    for number in (0, 151, 299):
        without_it, without_article = np.arange(300) != number, OWNERS[number] != OWNERS
        left_out = scores(solved(lines[without_it], OWNERS[without_it], aside), lines[[number]])[0]
        assert exam.left_out[number] == pytest.approx(left_out, abs=1e-3)
        hidden = scores(solved(lines[without_article], OWNERS[without_article], aside), lines[[number]])[0]
        others = np.arange(50) != OWNERS[number]
        assert exam.hidden[number][others] == pytest.approx(hidden[others], abs=1e-3)
        assert exam.hidden[number][OWNERS[number]] == -np.inf
    spared = scores(solved(lines, OWNERS, aside[1:]), aside[[0]])[0]
    assert exam.aside[0] == pytest.approx(spared, abs=1e-3)
