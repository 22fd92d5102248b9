"""The rules by which a FAQ examines itself, on figures small enough to see through."""

import pytest

from bots.fitting import _customers_right


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
