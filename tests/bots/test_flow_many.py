"""How many of an item is said with its name, as people say it, and what is no such thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.flow_many import counts
from bots.flow_turn import Item

CUP = Item(1, "便携保温杯 500ml", 3, 3, 30_000, 30_000)
LID = Item(2, "杯盖 两只装", 2, 2, 2_000, 2_000)
MUG = Item(3, "Travel mug", 4, 4, 4_000, 4_000)
CAP = Item(4, "Blue cap", 2, 2, 2_000, 2_000)
SHEETS = Item(5, "纯棉四件套", 3, 3, 3_000, 3_000)
TABLE = Item(6, "实木茶几", 1, 1, 9_000, 9_000)
TENT = Item(8, "Clear Sky tent for two", 2, 2, 9_000, 9_000)
DISH = Item(7, "Serving dish", 4, 4, 4_000, 4_000)

OF_ONE = {
    CUP: {
        2: ["保温杯两个", "两个保温杯", "退2个保溫杯吧", "保温杯x2", "保温杯 ×2", "保温杯 2", "保温杯，两个",
            "保温杯俩", "保温杯坏了两个", "便携保温杯 500ml 两个", "保温杯两件都退", "２个保温杯"],
        3: ["保温杯都退", "所有保温杯"],
        10: ["十个保温杯"],
        0: ["保温杯0个"],
        None: ["保温杯", "第2个保温杯", "500ml的保温杯", "¥100的保温杯", "1、保温杯", "3月的保温杯", "退十一个保温杯",
               "保温杯买了三个，退一个", "我买了3个保温杯", "保温杯两个或三个", "退2个", "\ue000 2", ""],
    },
    MUG: {
        2: ["two of the mugs", "2 mugs", "mugs x2", "mug: 2", "Two broken mugs, please", "mugs, two of them",
            "2 of my mugs"],
        1: ["one mug", "just one of the mugs"],
        4: ["all the mugs", "all of the mugs"],
        None: ["the mug", "I bought 3 mugs", "3 days ago the mug broke", "the mug came with one crack", "two"],
    },
    DISH: {2: ["two dishes"]},
    SHEETS: {2: ["四件套两套", "两套纯棉四件套"], None: ["四件套", "纯棉四件套"]},
    LID: {1: ["杯盖两只装一个"], None: ["杯盖 两只装"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("item", "said", "count"),
    [(item, said, count) for item, known in OF_ONE.items() for count, words in known.items() for said in words],
)
def test_how_many_of_one_item(item: Item, said: str, count: int | None) -> None:
    assert counts([item], said) == ({} if count is None else {item.line: count})


@pytest.mark.parametrize(
    ("items", "said", "told"),
    [
        ((CUP, LID), "保温杯两个和杯盖一个", {1: 2, 2: 1}),
        ((CUP, LID), "保温杯两个杯盖一个", {1: 2, 2: 1}),
        ((CUP, LID), "两个保温杯一个杯盖", {1: 2, 2: 1}),
        ((CUP, LID), "保温杯和两个杯盖", {2: 2}),
        ((CUP, LID), "保温杯和杯盖各两个", {1: 2, 2: 2}),
        ((CUP, LID), "保温杯、杯盖全部", {1: 3, 2: 2}),
        ((CUP, LID), "1、保温杯 2、杯盖", {}),
        ((CUP, LID), "保温杯和杯盖两个", {}),  # two of the lids, or these two?
        ((CUP, TABLE), "两个保温杯和茶几", {1: 2}),
        ((MUG, CAP), "2 mugs and 1 cap", {3: 2, 4: 1}),
        ((MUG, TENT), "two mugs", {3: 2}),  # and no tent, though it is for two
        ((MUG, TENT), "two tents and one mug", {8: 2, 3: 1}),
        ((MUG, CAP), "mugs and caps, 2 each", {3: 2, 4: 2}),
        ((MUG, CAP), "two of each, mugs and caps", {3: 2, 4: 2}),
    ],
)
def test_how_many_of_several(items: tuple[Item, ...], said: str, told: dict[int, int]) -> None:
    assert counts(items, said) == told


PIECES = st.sampled_from(
    ["保温杯", "杯盖", "mug", "cap", "两个", "2", "x", "各", "和", "、", "1、", "all", "of", " ", "\ue000", "买"]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=600))
def test_whatever_is_said_gives_whole_numbers_of_known_items(said: str) -> None:
    told = counts([CUP, LID, MUG, CAP], said)
    assert set(told) <= {1, 2, 3, 4}
    assert all(0 <= count <= 999 for count in told.values())
