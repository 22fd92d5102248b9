from collections import Counter
from typing import get_args

import pytest

from bots.library import ArticleError, ArticleText, Category, load_articles, read_article
from bots.text import fold, normalise
from bots.turn import Locale

ARTICLES = load_articles()

GOOD = """---
question: 几点开门？
category: contact
phrasings:
  - 营业时间
  - 什么时候有人：上午还是下午
---

每天 09:00 开门。

周末也是。
"""


def in_language(locale: Locale) -> dict[str, ArticleText]:
    return {article.slug: article for article in ARTICLES if article.locale == locale}


def test_both_languages_have_the_same_twenty_articles_in_the_same_categories() -> None:
    chinese, english = in_language("zh-CN"), in_language("en")
    assert len(chinese) == 20
    assert chinese.keys() == english.keys()
    assert {slug: article.category for slug, article in chinese.items()} == {
        slug: article.category for slug, article in english.items()
    }


def test_every_category_has_an_article() -> None:
    assert {article.category for article in ARTICLES} == set(get_args(Category))


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: f"{article.locale}/{article.slug}")
def test_an_article_has_enough_phrasings_and_an_answer_of_readable_length(article: ArticleText) -> None:
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


def test_a_good_file_is_read_whole() -> None:
    article = read_article(GOOD, "zh-CN", "opening-hours.md")
    assert article == ArticleText(
        slug="opening-hours",
        locale="zh-CN",
        category="contact",
        question="几点开门？",
        phrasings=("营业时间", "什么时候有人：上午还是下午"),
        answer="每天 09:00 开门。\n\n周末也是。",
    )
    assert article.as_article("a1", version=4).version == 4


@pytest.mark.parametrize(
    ("spoilt", "complaint"),
    [
        ("", "line 1: expected ---"),
        (GOOD.removeprefix("---\n"), "line 1: expected ---"),
        (GOOD.replace("\n---\n", "\n"), "line 10: the front matter has no closing ---"),
        (GOOD.replace("question: 几点开门？\n", ""), "line 6: question is missing or empty"),
        (GOOD.replace("几点开门？", ""), "line 2: question is missing or empty"),
        (GOOD.replace("contact", "cooking"), "line 3: 'cooking' is not one of account, payment"),
        (
            GOOD.replace("category", "kategory"),
            "line 3: expected question:, category:, phrasings: or a list item",
        ),
        (GOOD.replace("category: contact", "question: 又来"), "line 3: question is there twice"),
        (GOOD.replace("phrasings:", "phrasings: 营业"), "line 4: phrasings is a list, one item a line"),
        (GOOD.replace("phrasings:\n", ""), "line 4: a list item belongs under phrasings"),
        (GOOD.replace("  - 营业时间", "  - "), "line 5: a phrasing is empty"),
        (
            GOOD.replace("什么时候有人：上午还是下午", "营业时间"),
            "line 6: the phrasing '营业时间' is there twice",
        ),
        (GOOD.partition("\n每天")[0], "line 7: there is no answer after the front matter"),
    ],
)
def test_a_spoilt_file_is_refused_by_name_and_line(spoilt: str, complaint: str) -> None:
    with pytest.raises(ArticleError) as refused:
        read_article(spoilt, "zh-CN", "opening-hours.md")
    assert str(refused.value).startswith(f"zh-CN/opening-hours.md, {complaint}")
