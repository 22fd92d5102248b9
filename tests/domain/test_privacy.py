from __future__ import annotations

import pytest

from chat.domain.privacy import masked_number, masked_text, without_numbers


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


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111111111111111", "••••1111"),
        ("我的卡号是4111 1111 1111 1111，12/26 到期", "我的卡号是••••1111，12/26 到期"),
        ("5555-5555-5555-4444 and 4012.8888.8888.1881", "••••4444 and ••••1881"),
        ("４１１１－１１１１－１１１１－１１１１。", "••••1111。"),
        ("378282246310005", "••••0005"),
        ("3782 822463 10005 cvv 123", "••••0005 cvv 123"),
        ("4111 1111 1111 1111 123", "••••1111 123"),
        ("金额 1299 4111 1111 1111 1111", "金额 1299 ••••1111"),
        ("6222021234567894 或 6222 0212 3456 7890 128", "••••7894 或 ••••0128"),
        ("4222222222222", "••••2222"),
        ("身份证 11010519491231002X", "身份证 ••••002X"),
        ("110105 19491231 002ｘ", "••••002X"),
    ],
)
def test_a_card_or_identity_number_is_not_kept(text: str, masked: str) -> None:
    assert without_numbers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # the check digit is wrong
        "2026030100778899 QY4111111111111111",
        "call +4915112345678 or 138 0013 8000",
        "1732704000000",
        "411111111111",
        "41111111111111111111111111111111",
        "11010519491231002A 110105194912310021",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "1,299.00",
        "",
        "4111 " * 1_600,
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert without_numbers(text) == text
