from collections import Counter
from pathlib import Path

import pytest

from bots.text import fold, normalise
from bots.turn import Locale
from chat import wire
from chat.seed.desk import PHONE, SHOP_POLICY
from chat.seed.knowledge import shipped_articles

ARTICLES = shipped_articles()
CATEGORIES = {"account", "payment", "refund", "order", "limits", "security", "policy", "contact"}


def in_language(locale: Locale) -> dict[str, wire.ArticleText]:
    return {article.slug: article for article in ARTICLES if article.locale == locale}


def test_both_languages_have_the_same_articles_in_the_same_categories() -> None:
    chinese, english = in_language("zh-CN"), in_language("en")
    assert len(chinese) == 21
    assert chinese.keys() == english.keys()
    assert {slug: article.category for slug, article in chinese.items()} == {
        slug: article.category for slug, article in english.items()
    }


def test_articles_policies_and_the_desk_say_the_same_of_refunds_fees_and_the_telephone() -> None:
    days, policies = SHOP_POLICY["days"], Path("chat/demo/policies")
    chinese, english = in_language("zh-CN"), in_language("en")
    for told, said in ((chinese, f"签收后 {days} 天内"), (english, f"within {days} days of delivery")):
        assert said in told["refund-policy"].answer
        assert said in (policies / told["fees"].locale / "refunds.1.md").read_text(encoding="utf-8")
        assert PHONE in told["opening-hours"].answer
    for locale, free, below in (("zh-CN", "满 79 元", "12 元"), ("en", "from CN¥79", "CN¥12")):
        fees = (policies / locale / "fee-schedule.2.md").read_text(encoding="utf-8")
        assert all(said in fees and said in in_language(locale)["fees"].answer for said in (free, below))


def test_every_category_has_an_article() -> None:
    assert {article.category for article in ARTICLES} == CATEGORIES


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: f"{article.locale}/{article.slug}")
def test_an_article_has_enough_phrasings_and_an_answer_of_readable_length(article: wire.ArticleText) -> None:
    assert len(article.phrasings) >= 7
    if article.locale == "en":
        assert 60 <= len(article.answer.split()) <= 180
    else:
        assert 80 <= len("".join(article.answer.split())) <= 220


def test_no_line_belongs_to_two_articles_or_twice_to_one() -> None:
    lines = Counter(
        (article.locale, normalise(line)) for article in ARTICLES for line in (article.question, *article.phrasings)
    )
    assert [line for line, count in lines.items() if count > 1] == []


def test_every_answer_that_names_the_hours_names_the_same_ones() -> None:
    hours = [article for article in ARTICLES if "09:00" in article.answer]
    assert {article.locale for article in hours} == {"zh-CN", "en"}
    assert all(
        "21:00" in article.answer and ("北京" in article.answer or "Beijing" in article.answer) for article in hours
    )


def test_chinese_answers_are_simplified_and_use_full_width_marks() -> None:
    for article in in_language("zh-CN").values():
        plain = "".join(character for character in article.answer if character.isalpha()).casefold()
        assert fold(plain) == plain, article.slug
        assert not any(f"{mark}\n" in article.answer for mark in ",;?!"), article.slug
