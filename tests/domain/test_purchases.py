"""How many of an item can still go back, and at what price."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.purchases import Bought, Item, Spoken
from chat.errors import Invalid
from tests.domain.test_refund_policy import LACES, SHOES, back, order

CUPS = Item(1, 30_000, None, 3)
GIFTS = Item(2, 0, None, 3)


def several(items: Iterable[Item], *spoken: tuple[Spoken, ...], **values: int) -> Bought:
    all_of_them = tuple(each for one in spoken for each in one)
    return order(*items, spoken=all_of_them, counted=sum(each.amount for each in all_of_them), **values)


@pytest.mark.parametrize(
    ("bought", "left"),
    [
        (several([CUPS]), 3),
        (several([CUPS], back({1}, 10_000, n1=1)), 2),
        (several([CUPS], back({1}, 5_000, n1=1)), 2),  # for less than it cost
        (several([CUPS], back({1}, 5_000, n1=2), back({1}, 5_000, n1=1)), 0),
        (several([CUPS], back({1}, 5_000, n1=9)), 0),  # the shop has told fewer since
        # Nobody said how many: as many as the money pays for.
        (several([CUPS], back({1}, 2_000)), 3),
        (several([CUPS], back({1}, 20_000)), 1),
        (several([CUPS], back({1}, 29_999)), 1),
        (several([CUPS], back({1}, 10_000), back({1}, 5_000, n1=1)), 1),
        (several([CUPS, LACES], back({1, 2}, 20_900)), 1),
        (several([CUPS, LACES], back({1, 2}, 20_899)), 2),  # the laces may have been all of the rest
        (several([CUPS, LACES], back({2}, 900)), 3),
        # Nobody counts what there is one of: beside what was counted it has the rest.
        (several([LACES, CUPS], back({1, 2}, 10_900, n1=1)), 0),
        (several([LACES, CUPS], back({1, 2}, 10_899, n1=1)), 1),
        (several([CUPS, LACES], back({1, 2}, 10_900, n1=1)), 2),
        (several([CUPS], back({1}, 27_000), paid=27_000), 0),  # all that was paid
        (several([CUPS], paid=0), 0),
        (several([SHOES], back({1}, 15_000, n1=1)), 0),
        (several([SHOES], back({1}, 15_000)), 1),
    ],
)
def test_so_many_of_an_item_are_left_as_no_refund_speaks_for(bought: Bought, left: int) -> None:
    item = bought.items[0]
    assert bought.many_left(item) == left
    if left:
        bought.check_fits(1, "CNY", [item.line], {item.line: left})
    with pytest.raises(Invalid):
        bought.check_fits(1, "CNY", [item.line], {item.line: left + 1})


def test_what_costs_nothing_is_counted_like_the_rest() -> None:
    assert several([SHOES, GIFTS]).many_left(GIFTS) == 3
    assert several([SHOES, GIFTS], back({1, 2}, 500, n2=2)).many_left(GIFTS) == 1
    assert several([SHOES, GIFTS], back({1, 2}, 500)).many_left(GIFTS) == 3


def test_how_many_is_said_of_what_goes_back_and_of_nothing_else() -> None:
    with pytest.raises(Invalid, match="none of those"):
        several([CUPS, LACES]).check_fits(100, "CNY", [1], {2: 1})


@given(st.integers(1, 50_000), st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_parts_that_go_back_one_after_the_other_cost_together_what_all_of_it_does(
    amount: int, parts: list[int]
) -> None:
    item = Item(1, amount, None, sum(parts))
    gone, paid_back = 0, 0
    for part in parts:
        price = item.price(gone + part) - item.price(gone)
        spoken = back({1}, paid_back, n1=gone) if gone else ()
        bought = order(item, counted=paid_back, spoken=spoken)
        if amount > paid_back:
            assert bought.many_left(item) == item.quantity - gone
            assert bought.price_left([item]) == amount - paid_back
        gone, paid_back = gone + part, paid_back + price
    assert paid_back == amount
