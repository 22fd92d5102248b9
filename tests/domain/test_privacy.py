from __future__ import annotations

import pytest

from chat.domain.privacy import masked_number, masked_text


@pytest.mark.parametrize(
    ("number", "masked"),
    [("2026030100778899", "••••8899"), ("QY-1234", "••••234"), ("1234", "••••34"), ("1", "••••"), ("", "••••")],
)
def test_a_number_shows_its_end_and_at_most_half(number: str, masked: str) -> None:
    assert masked_number(number) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请联系 li.na@demo.example。", "请联系 ••••。"),
        ("电话13800138000，谢谢", "电话••••，谢谢"),
        ("call +86 138 0013 8000 now", "call •••• now"),
        ("card 6222 0212 3456 7890 123", "card ••••"),
        ("400-820-1234", "••••"),
        ("订单 2026030100778899 已签收", "订单 •••• 已签收"),
    ],
)
def test_what_says_who_somebody_is_is_hidden(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@pytest.mark.parametrize("text", ["2026-03-01 起 30 天", "退 1,299.00 元", "第 12 条", "3 件", "", "7:30-21:00"])
def test_dates_amounts_and_plain_words_stay(text: str) -> None:
    assert masked_text(text) == text
