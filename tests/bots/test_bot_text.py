import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.pinyin import syllables_in
from bots.text import MOST_CODE_POINTS, normalise


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("忘记密码了，怎么办？", "忘记密码了怎么办"),
        ("忘記密碼了，怎麼辦？", "忘记密码了怎么办"),
        ("帳號被凍結", "账号被冻结"),
        ("帐号被冻结", "账号被冻结"),
        ("訂單已經扣錢卻顯示未付款", "订单已经扣钱却显示未付款"),
        ("手機號碼換了，收不到驗證碼", "手机号码换了收不到验证码"),
        ("臺灣可以用嗎", "台湾可以用吗"),
        ("登陆不上", "登录不上"),
        ("ＡＰＰ　打不开", "app打不开"),
        ("我的 订单 呢", "我的订单呢"),
        ("退款\x00多久\n到账", "退款多久到账"),
        ("退\u200b款", "退款"),
    ],
)
def test_chinese_is_folded_to_one_spelling(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("  I   CAN'T   log-in!! ", "i cant login"),
        ("I can’t sign in", "i cant login"),
        ("Cannot logged in", "cant login"),
        ("What's&nbsp;your<br>e-mail?", "whats your email"),
        ("refund\tstatus\r\n", "refund status"),
        ("Café\u0301", "café"),
        ("ﬁne", "fine"),
        ("2 < 3 and 5 > 4", "2 3 and 5 4"),
    ],
)
def test_english_is_folded_to_one_spelling(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


@pytest.mark.parametrize(
    "typed", ["", "   ", "\x00\x01", "？！…", "😀👍🏽", "❤️", "\u200d\ufeff", "&nbsp;<br>", "\ud800"]
)
def test_nothing_to_read_becomes_nothing(typed: str) -> None:
    assert normalise(typed) == ""


def test_different_questions_stay_different() -> None:
    assert normalise("退款") != normalise("退货")
    assert normalise("log in") != normalise("log out")


def test_only_the_beginning_of_a_very_long_text_is_looked_at() -> None:
    assert normalise("退" * 8000) == "退" * MOST_CODE_POINTS
    assert "退款" not in normalise("啊" * MOST_CODE_POINTS + "退款")


def test_a_character_that_unfolds_into_many_does_not_break_the_bound() -> None:
    assert len(unicodedata.normalize("NFKC", "\ufdfa")) > 10
    assert len(normalise("\ufdfa" * 8000)) <= MOST_CODE_POINTS


@given(st.text(max_size=600))
def test_any_text_becomes_short_plain_words(typed: str) -> None:
    key = normalise(typed)
    assert len(key) <= MOST_CODE_POINTS
    assert key == " ".join(key.split())
    assert all(character.isalnum() or character == " " for character in key)


@pytest.mark.parametrize(
    ("key", "count"), [("tuikuan", 2), ("wo yao tuikuan", 4), ("xian", 1), ("tuikuan 99", 3), ("", 0)]
)
def test_syllables_of_pinyin_are_counted_with_spaces_or_without(key: str, count: int) -> None:
    assert syllables_in(key) == count
