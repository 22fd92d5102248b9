import dataclasses

import pytest

from bots import Answer, Article, Bot, Suggest, TakeMessage, Turn, fit
from bots.turn import Locale
from tests.faq import bot, bots_articles

ARTICLES = bots_articles()


def best(text: str, locale: Locale) -> str:
    return bot().rank(Turn(text, locale, desk_open=False)).best[0].article_id.partition("/")[2]


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("你好，请问密码忘记了怎么办呀？谢谢", "reset-password"),
        ("手機一直收不到驗證碼", "code-not-arriving"),
        ("订单20261122000381的退款多久能到账", "refund-arrival"),
        ("可以货到付款嘛", "delivery-and-cod"),
        ("提现要手续费吗", "fees"),
        ("你们几点下班", "opening-hours"),
    ],
)
def test_chinese_questions_find_their_article(typed: str, slug: str) -> None:
    assert best(typed, "zh-CN") == slug


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("Hello! I forgot my pasword, what now?", "reset-password"),
        ("verification codes are not arriving", "code-not-arriving"),
        ("how long until my refund arrives", "refund-arrival"),
        ("is cash on delivery possible", "delivery-and-cod"),
        ("withdrawal fee", "fees"),
        ("when do you open", "opening-hours"),
    ],
)
def test_english_questions_find_their_article(typed: str, slug: str) -> None:
    assert best(typed, "en") == slug


def test_an_exact_phrasing_is_certain_whatever_its_spelling() -> None:
    assert bot().reply(Turn("  我要『退款』！！", "zh-CN", desk_open=False)) == Answer("zh-CN/apply-for-refund", 1.0)
    assert bot().reply(Turn("RETURN POLICY", "en", desk_open=False)) == Answer("en/refund-policy", 1.0)


def test_a_phrasing_that_two_articles_claim_is_only_suggested() -> None:
    ours = next(article for article in ARTICLES if article.id == "en/fees")
    other = dataclasses.replace(ours, id="en/fees-2", slug="fees-2")
    decision = Bot(fit([ours, other])).reply(Turn("shipping cost", "en", desk_open=False))
    assert decision == Suggest(("en/fees", "en/fees-2"), 1.0)


def test_an_article_in_the_customers_language_comes_first() -> None:
    assert bot().reply(Turn("return policy", "en", desk_open=False)) == Answer("en/refund-policy", 1.0)


def test_an_article_in_another_language_is_suggested_but_never_answered() -> None:
    english_in_chinese_window = bot().reply(Turn("return policy", "zh-CN", desk_open=False))
    assert isinstance(english_in_chinese_window, Suggest)
    assert english_in_chinese_window.article_ids[0] == "en/refund-policy"

    chinese_in_english_window = bot().reply(Turn("我要退款", "en", desk_open=False))
    assert isinstance(chinese_in_english_window, Suggest)
    assert chinese_in_english_window.article_ids[0] == "zh-CN/apply-for-refund"


def test_a_question_unlike_any_in_either_language_is_not_suggested_from_the_other() -> None:
    assert bot().reply(Turn("今天天气怎么样", "en", desk_open=False)) == TakeMessage("no_match")


def test_a_bot_without_articles_takes_a_message() -> None:
    assert Bot(fit([])).reply(Turn("return policy", "en", desk_open=False)) == TakeMessage("no_match")


def test_a_bot_with_a_single_article_answers_it_and_nothing_else() -> None:
    only = Article("a1", "hours", "zh-CN", "contact", "几点开门？", ("营业时间",), "每天 09:00 开门。", 3)
    bot = Bot(fit([only]))
    assert bot.reply(Turn("营业时间", "zh-CN", desk_open=False)) == Answer("a1", 1.0)
    assert bot.reply(Turn("我想订一张机票", "zh-CN", desk_open=False)) == TakeMessage("no_match")


def test_among_two_hundred_articles_the_right_one_is_found() -> None:
    many = [
        Article(
            f"a{n}",
            f"a{n}",
            "en",
            "order",
            f"How do I use item{n:04}x?",
            (f"manual for item{n:04}x",),
            "Read it.",
            1,
        )
        for n in range(200)
    ]
    assert Bot(fit(many)).rank(Turn("the manual of item0117x", "en", desk_open=False)).best[0].article_id == "a117"
