"""The rules by which a FAQ examines itself, on figures small enough to see through."""

import numpy as np
import pytest

from bots.fitting import _customers_right, _easing, _whole_articles
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


def test_what_is_usually_asked_leaves_customers_the_share_of_misses_that_it_leaves_lines() -> None:
    exam = _exam(misses=5)
    easing = _easing(exam, _OWNERS, 5 / 20)
    expected = (1 - 0.84375) * 5 / 20  # of what half the lines missed before stands for
    assert easing.hidden == pytest.approx(expected / (5 / 40))
    assert (easing.own(exam, _OWNERS).argmax(axis=1) == _OWNERS).mean() >= 1 - expected


def test_of_many_lines_those_of_whole_articles_are_examined() -> None:
    owners = np.repeat(np.arange(100, dtype=np.int32), 30)
    some = _whole_articles(owners, 1_500)
    assert set(np.bincount(owners[some])) == {0, 30}
    assert len(some) == 1_500
    assert list(_whole_articles(owners, 3_000)) == list(_whole_articles(owners, 9_000)) == list(range(3_000))
    assert len(_whole_articles(owners, 10)) == 60  # of one article nothing could be told
