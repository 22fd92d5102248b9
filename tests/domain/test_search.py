"""Is it in there, and where? And what is the index asked for?"""

from __future__ import annotations

import random
import re

import pytest

from chat.domain.search import Segment, excerpt, find, terms, wanted, words

FOUND = {  # query -> texts, what was found in [brackets]
    "退款": ["我要[退款]", "[退款][退款]", "退什么款，[退款]"],
    "退": ["[退]", "我要[退]款", "想[退]"],
    "退款 申请": ["[申请]了[退款]", "[退款]，[申请]"],
    "退款申请": ["我的[退款申请]呢"],
    "詐騙": ["遇到[诈骗]了", "[詐騙]！"],
    "帐号": ["我的[账号]", "[賬號]被盗"],
    "refund": ["[REFUND] please", "where are my [refunds]?", "[Ｒｅｆｕｎｄ]"],
    "don't": ["I [dont] know", "I [DON’T] know"],
    "cafe": ["[Café] au lait"],
    "ok": ["[ok]!", "[O\u200bK]"],
    "li.na@example.com": ["mail [li.na@example.com] please"],
    "example": ["mail li.na@[example].com"],
    "li.na": ["[Li.Na]@example.com", "from [li na]"],
    "1299": ["[1,299.00]元", "￥[1299]", "付了[1，299]块", "[12990]"],
    "1,299.00": ["[1299]元"],
    "12.5": ["[12.50]元", "[12.5] CNY"],
    "QY-2026-000123": ["[QY-2026-000123] 呢", "[qy 2026 000123]-4"],
    "2026": ["[2026].11.27", "[20261127]"],
    "iphone手机": ["新[iPhone手机]", "[iphone 手机]"],
    "订单DD": ["[订单 DD]-1"],
    "東京タワー": ["[東京タワー]へ"],
    "👍好": ["[好]"],
}
NOT_FOUND = {
    "退款": ["退什么款", "退。款", "退 款", ""],
    "退款 申请": ["退款", "申请"],
    "退款申请": ["退款，申请", "申请退款"],
    "refund": ["refun", "a prefund"],
    "ok": ["okay", "book"],
    "na": ["name"],
    "128": ["1280"],
    "1299": ["11299", "129.9"],
    "12.5": ["12.05", "125"],
    "li.na@example.com": ["example.com li.na", "li.na@example.org"],
    "QY-2026-000123": ["QY-2026-00012", "QY-000123-2026"],
}


def marked(query: str, text: str) -> str | None:
    """The text with what was found in brackets."""
    spans = find(terms(query), text)
    if spans is None:
        return None
    for first, last in reversed(spans):
        text = f"{text[:first]}[{text[first:last]}]{text[last:]}"
    return text


@pytest.mark.parametrize(("query", "text"), [(query, text) for query, texts in FOUND.items() for text in texts])
def test_what_is_in_a_text_is_found_where_it_stands(query: str, text: str) -> None:
    assert marked(query, text.replace("[", "").replace("]", "")) == text


@pytest.mark.parametrize(("query", "text"), [(query, text) for query, texts in NOT_FOUND.items() for text in texts])
def test_what_is_not_in_a_text_is_not_found(query: str, text: str) -> None:
    assert marked(query, text) is None


@pytest.mark.parametrize("query", ["", " ", "!!! ?", "👍", "，。"])
def test_a_query_without_a_word_is_none(query: str) -> None:
    assert terms(query) == []


CHINESE = ["退", "款", "申请", "退款", "賬號", "が", "，", "。"]
OTHERS = ["refund", "Refunds", "1,299.00", "12.5", "li.na@example.com", "QY-2026-0001", "é", "ok", "x", " ", "\n"]
PIECES = CHINESE + OTHERS


def some_text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(1, longest)))


def test_whatever_is_found_has_the_words_that_the_index_is_asked_for() -> None:
    chance, hits = random.Random(4), 0
    for _ in range(4_000):
        query, text = terms(some_text(chance, 3)), some_text(chance, 12)
        if query and find(query, text) is not None:
            hits += 1
            known = words(text)
            for word in wanted(query):
                assert any(one.startswith(word.text) if word.is_open else one == word.text for one in known), text
    assert hits > 400


def test_the_words_of_a_text_can_stand_in_a_line_with_blanks_between() -> None:
    chance = random.Random(5)
    strange = [chr(code) for code in (*range(1, 0x3000), *range(0xFE00, 0x10000)) if not 0xD800 <= code < 0xE000]
    for word in words("".join(chance.choices(strange, k=8_000))):
        assert re.fullmatch(r"[0-9a-z\u0080-\U0010ffff]+", word)
        assert word == word.strip()
        assert not set(word) & set("¤\u00a0\u0085\u2028")


def test_an_excerpt_is_one_line_around_the_first_place() -> None:
    text = "很长的话。" * 40 + "我要\n退款，谢谢" + "再见。" * 80
    spans = find(terms("退款"), text)
    assert spans
    pieces = excerpt(text, spans)
    assert [piece.text for piece in pieces if piece.is_hit] == ["退款"]
    line = "".join(piece.text for piece in pieces)
    assert "我要 退款" in line
    assert (line[0], line[-1], "\n" in line) == ("…", "…", False)
    assert len(line) < 170


def test_an_excerpt_of_a_short_text_is_the_text() -> None:
    assert excerpt("我要退款", [(2, 4)]) == [Segment("我要", False), Segment("退款", True)]
