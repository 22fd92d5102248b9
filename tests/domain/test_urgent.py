"""What comes first in line and in the inbox: fraud, theft, danger; and what only talks about it."""

from __future__ import annotations

import pytest

from chat.domain.urgent import is_urgent, spelling

URGENT = [
    "我的账号被盗了，钱正在被转走！",
    "刚才有一笔两千块的支付，不是我操作的",
    "我被骗了三万块，怎么办",
    "我 的 卡 被 盗 刷 了",
    "被·盗·刷",
    "我遇到詐騙了，錢被轉走",
    "有人盗\u200b用我的账户",
    "我要报警",
    "他威胁我，说要曝光我的照片",
    "我真的不想活了",
    "担心也没用，钱已经被骗走了",
    "My account was hacked",
    "SOMEONE STOLE MY CARD",
    "I didn’t authorise this payment",
    "There's an unauthorized transfer on my wallet",
    "I think I've been scammed",
    "They are threatening me",
    "How do I protect it now? My phone was stolen",
    "ＦＲＡＵＤ on my account",
]
NOT_URGENT = [
    "你好",
    "怎么申请退款",
    "请问怎么防诈骗？",
    "如何识别骗子的短信",
    "我担心被骗，能先看看商品吗",
    "没有被盗，只是忘了密码",
    "我上当当网买的书",
    "订单什么时候发货",
    "账户被冻结了，麻烦解冻",
    "How can I avoid scams?",
    "how do I spot a fraudulent mail",
    "The Scampi dish arrived cold",
    "I am afraid my parcel is lost",
    "",
    "!!!",
]


@pytest.mark.parametrize("text", URGENT)
def test_who_was_hit_or_is_in_danger_is_urgent(text: str) -> None:
    assert is_urgent(text)


@pytest.mark.parametrize("text", NOT_URGENT)
def test_a_question_is_not_urgent(text: str) -> None:
    assert not is_urgent(text)


@pytest.mark.parametrize(
    ("text", "words", "urgent"),
    [
        ("门店里的充电宝冒烟了", ("冒烟",), True),
        ("门店里的充电宝 冒 煙 了吗", ("冒烟",), False),  # only the characters of our own words are simplified
        ("The battery is SMOKING!", ("smoking",), True),
        ("a no-smoking room", ("smoking",), True),
        ("chainsmokings", ("smoking",), False),
        ("怎么防止电池冒烟", ("冒烟",), True),  # a word of the site always counts
        ("你好", (), False),
        ("你好", ("！！",), False),
        ("1+1", ("1+1",), True),
        ("a.c", ("abc",), False),
    ],
)
def test_a_site_has_words_of_its_own(text: str, words: tuple[str, ...], urgent: bool) -> None:
    assert is_urgent(text, words) is urgent


def test_a_long_text_is_read_to_its_end() -> None:
    assert is_urgent("我想问一下订单的情况。" * 700 + "我的卡被盗刷了")


def test_texts_are_compared_in_one_spelling() -> None:
    assert spelling("  Didn’t  PAY，被 盜 刷！ ") == "didnt pay被盗刷"


def test_a_message_of_ligatures_is_not_read_at_eighteen_times_its_length() -> None:
    assert len(spelling("\ufdfa" * 8_000)) <= 16_000
    assert is_urgent("x" * 7_900 + " 我被骗了")
    assert is_urgent("……" * 2_500 + "我被骗了")
