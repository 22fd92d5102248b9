"""The rules by which a FAQ examines itself, on figures small enough to see through."""

import numpy as np
import pytest

from bots.fitting import _customers_right, _easing
from bots.heads import Exam


@pytest.mark.parametrize(
    ("left_out", "lines", "expected"),
    [
        (0.5, 8, 0.84375),  # written to differ: as many as usual with eight lines each
        (0.5, 20, 0.85),  # and never more than usual for that reason
        (0.5, 3, 2 / 3),  # of three lines one left out is missed a great deal
        (0.96, 20, 0.962),  # of many hardly
        (1.0, 5, 1.0),
    ],
)
def test_customers_are_taken_to_be_understood_a_little_more_often_than_lines_left_out(
    left_out: float, lines: float, expected: float
) -> None:
    assert _customers_right(left_out, lines) == pytest.approx(expected)


def test_an_exam_whose_lines_are_as_often_missed_as_questions_is_hardly_eased() -> None:
    exam = _exam(misses=1)
    easing = _easing(exam, _OWNERS)
    assert easing.nearer < 0.02
    assert easing.hidden == pytest.approx(7 / 8)  # of eight lines the one left out is missed by an eighth more often
    assert easing.own(exam, _OWNERS) == pytest.approx(exam.left_out, abs=0.02)


def test_an_exam_of_harder_lines_is_eased_until_customers_would_be_understood() -> None:
    exam = _exam(misses=20)
    easing = _easing(exam, _OWNERS)
    eased = easing.own(exam, _OWNERS)
    assert (eased.argmax(axis=1) == _OWNERS).mean() >= 0.84
    assert ((eased - exam.left_out)[np.arange(len(_OWNERS)), _OWNERS] > 0).all()  # nearer to its own
    assert (easing.nobodys(exam) < exam.hidden).all()  # and farther from the others
    assert easing.hidden == pytest.approx((1 - 0.84375) / (20 / 40))


_OWNERS = np.repeat(np.arange(5, dtype=np.int32), 8)


def _exam(misses: int) -> Exam:
    """Of five articles with eight lines each, the first so many of which score a little higher for another."""
    lines = np.arange(len(_OWNERS))
    left_out = np.full((len(lines), 5), 0.05, np.float32)
    left_out[lines, _OWNERS] = 0.3
    left_out[lines[:misses], (_OWNERS[:misses] + 1) % 5] = 0.31 + 0.01 * lines[:misses]
    known = left_out.copy()
    known[lines, _OWNERS] = 1
    return Exam(known, left_out, np.full_like(left_out, 0.2), np.zeros((0, 5), np.float32))


def test_what_is_usually_asked_spares_customers_the_share_of_errors_it_spares_left_out_lines() -> None:
    without, exam = _exam(misses=20), _exam(misses=5)
    easing = _easing(exam, _OWNERS, without)
    expected = (1 - 0.84375) * 5 / 20  # of half the lines missed a quarter is left
    assert easing.hidden == pytest.approx(expected / (5 / 40))
    assert (easing.own(exam, _OWNERS).argmax(axis=1) == _OWNERS).mean() >= 1 - expected
    assert _easing(without, _OWNERS, exam) == _easing(without, _OWNERS, _exam(misses=20))  # never more of them
