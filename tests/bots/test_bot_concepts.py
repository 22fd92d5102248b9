"""What the thesaurus finds in texts, and that its files are fit to be read."""

from collections import Counter
from importlib.resources import files

import pytest

from bots.concepts import concepts_in
from bots.text import normalise


def shared(first: str, second: str) -> set[int]:
    return {*concepts_in(normalise(first))} & {*concepts_in(normalise(second))}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("我要退款", "把钱退给我"),
        ("账号被冻结", "號被鎖住了"),
        ("钱被扣了两次", "重複扣款"),
        ("refund 怎么弄", "退钱"),
    ],
)
def test_other_words_for_the_same_share_a_concept(first: str, second: str) -> None:
    assert shared(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("我要退款", "今天天气真好"),
        ("申请发票", "修改收货地址"),
        ("refunding 什么", "refund 退钱"),  # a word is no part of another
        ("", "退款"),
        ("refund", "refund"),  # only Chinese texts are read for concepts
    ],
)
def test_words_for_something_else_share_none(first: str, second: str) -> None:
    assert not shared(first, second)


def test_a_concept_is_named_once_however_often_it_is_said() -> None:
    assert concepts_in(normalise("退款退款退钱")) == concepts_in(normalise("退款"))


def test_no_line_of_the_thesaurus_says_a_word_twice_or_nothing_but_one() -> None:
    text = (files("bots") / "thesaurus" / "zh-CN.txt").read_text(encoding="utf-8")
    lines = [line.split(", ") for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) >= 180
    assert [line for line in lines if len(line) < 2 or max(Counter(line).values()) > 1] == []
    # One Chinese character is a part of many words that mean something else.
    assert [word for line in lines for word in line if len(word) < 2] == []
