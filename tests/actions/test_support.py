"""What visitors of the support centre find, and how often they are counted."""

from __future__ import annotations

from typing import Any

import pytest

from chat import wire
from chat.actions import support
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import NO_MATCH, Ranked, Ranking
from chat.errors import Invalid, NotFound
from chat.store.queries import support as queries
from tests.actions.conftest import Desk
from tests.actions.test_articles import publish, write

VISITOR = Who(Caller.PUBLIC, address="10.0.0.1")
ARTICLES = {  # slug and locale -> question, phrasings, answer
    ("late-parcel", "en"): ("Where is my parcel?", ["My refund parcel is late"], "Look at its tracking number."),
    ("refund-time", "en"): ("How long does a refund take?", [], "Three days."),
    ("refunds", "en"): ("Refund policy", [], "Within seven days."),
    ("refunds", "zh-CN"): ("退款政策", [], "七天内可以退款。"),
    ("card", "en"): ("Which cards do you take?", [], "All. A refund goes to the card."),
    ("warranty", "zh-CN"): ("refund 是什么？", [], "就是退款。"),
}


@pytest.fixture
def library(desk: Desk) -> dict[str, str]:
    """The ids of the English articles, by slug."""
    found = {}
    for (slug, locale), (question, phrasings, answer) in ARTICLES.items():
        kind = "policy" if slug == "refunds" else "article"
        given = {"slug": slug, "locale": locale, "question": question, "phrasings": phrasings, "answer": answer}
        saved = publish(desk, write(desk, kind=kind, **given))
        found[slug] = saved["article"]["id"]
    return found


def search(desk: Desk, text: str, *likely: str, locale: wire.Locale = "en") -> list[str]:
    """With what the bot thinks of, the best first."""
    asked = wire.SupportSearch(site="shop", locale=locale, text=text)
    ranked = tuple(Ranked(article_id, 0.6, {}) for article_id in likely)
    ranking = Ranking(NO_MATCH, "no_match", 0.6, ranked, 1.0)
    found = desk.read(support.search, VISITOR, asked, ranking)
    return [one.slug for one in found.results]


def test_titles_with_the_very_word_come_before_what_the_bot_guesses(desk: Desk, library: dict[str, str]) -> None:
    found = search(desk, "refund", library["card"], library["refund-time"])
    assert found == ["refund-time", "refunds", "late-parcel", "warranty", "card"]
    assert search(desk, "REFUND policy", library["card"])[:2] == ["refunds", "card"]
    longer = {"slug": "about-refunds", "locale": "en", "question": "Where do I find the refund policy?"}
    saved = publish(desk, write(desk, phrasings=[], **longer))
    found = search(desk, "refund policy", saved["article"]["id"])
    assert found[:2] == ["refunds", "about-refunds"]  # its title is what was looked for, and nothing else
    # Where no title has the words, the bot knows best.
    assert search(desk, "a card that was lost", library["late-parcel"])[0] == "late-parcel"


def test_what_has_the_words_in_the_visitors_language_comes_first(desk: Desk, library: dict[str, str]) -> None:
    assert search(desk, "refund", locale="zh-CN")[0] == "warranty"
    assert search(desk, "退款政策", locale="zh-CN")[0] == "refunds"
    asked = wire.SupportSearch(site="shop", locale="zh-CN", text="退款政策")
    assert desk.read(support.find, VISITOR, asked).results[0].question == "退款政策"


def test_the_first_page_has_some_of_each_category_and_says_how_many_there_are(desk: Desk) -> None:
    for number in range(9):
        publish(desk, write(desk, slug=f"refund-{number}", category="refund", question=f"退款 {number}"))
    publish(desk, write(desk, slug="refund-0", locale="en", category="refund", question="Refund 0"))
    publish(desk, write(desk, slug="hours", category="contact", question="几点开门？"))

    def home(locale: wire.Locale, **given: Any) -> wire.SupportHome:
        return desk.read(support.home, VISITOR, wire.SupportShelf(site="shop", locale=locale, **given))

    for locale in ("zh-CN", "en"):
        first = home(locale)
        assert first.counts == {"refund": 9, "contact": 1}
        assert len([one for one in first.articles if one.category == "refund"]) == support.ON_EACH
    assert home("en", category="refund").articles[0].question == "Refund 0"
    assert len(home("en", category="refund").articles) == 9
    assert home("en", category="nothing").articles == []


def test_sitemaps_have_an_end_and_name_every_page_together(desk: Desk, library: dict[str, str]) -> None:
    def starts(step: int) -> list[str]:
        return desk.read(lambda tx, now: queries.every(tx, "shop", step))

    def part(start: str, limit: int) -> list[tuple[str, str]]:
        rows = desk.read(lambda tx, now: queries.places(tx, "shop", start, limit))
        return [(row["slug"], row["locale"]) for row in rows]

    assert starts(2) == ["card", "refund-time", "warranty"]
    together = [place for start in starts(2) for place in part(start, 2)]
    assert together == sorted(ARTICLES)  # each of them once, and all languages of one beside each other
    assert part("refund-time", 2) == [("refund-time", "en"), ("refunds", "en"), ("refunds", "zh-CN")]
    assert part("zzz", 2) == []


def test_a_sitemap_names_what_is_in_force_at_its_site(desk: Desk, library: dict[str, str]) -> None:
    maps = desk.read(support.maps, VISITOR, wire.NoInput()).maps
    assert maps == [wire.SupportMapPart(site=row["key"]) for row in desk.rows("SELECT key FROM site ORDER BY key")]

    def paths(**given: Any) -> list[tuple[str, list[str]]]:
        places = desk.read(support.places, VISITOR, wire.SupportMapPart(site="shop", **given)).places
        return [(place.path, place.locales) for place in places]

    assert paths()[0] == ("", ["zh-CN", "en"])
    assert ("/policies/refunds", ["en", "zh-CN"]) in paths()
    assert paths(start="refunds") == [("/policies/refunds", ["en", "zh-CN"]), ("/warranty", ["zh-CN"])]
    with pytest.raises(NotFound):
        desk.read(support.places, VISITOR, wire.SupportMapPart(site="nowhere"))


def test_a_line_has_one_vote_a_day_and_may_change_it(desk: Desk, library: dict[str, str]) -> None:
    def vote(visitor: str, helpful: bool) -> None:
        said = wire.CastVote(site="shop", locale="en", slug="refund-time", visitor=visitor, helpful=helpful)
        desk.write(support.vote, VISITOR, said)

    def votes() -> list[bool]:
        return [bool(row["helpful"]) for row in desk.rows("SELECT helpful FROM articlevote ORDER BY at")]

    for helpful in (True, True, False):
        vote("10.0.0.1", helpful)
    assert votes() == [False]
    vote("10.0.0.2", True)
    assert len(votes()) == 2
    desk.wait(days=1)
    vote("10.0.0.1", True)
    assert len(votes()) == 3
    told = wire.SupportOne(site="shop", locale="en", slug="refund-time", visitor="10.0.0.1")
    assert desk.read(support.article, VISITOR, told).voted is True
    desk.wait(days=1)
    assert desk.read(support.article, VISITOR, told).voted is None


@pytest.mark.parametrize(("columns", "rows", "fits"), [(8, 100, True), (150, 300, False), (2_000, 4, False)])
def test_an_answer_has_tables_that_can_be_drawn(desk: Desk, columns: int, rows: int, fits: bool) -> None:
    table = "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|\n" * rows
    if fits:
        write(desk, answer=table)
    else:
        with pytest.raises(Invalid, match=r"The tables of this answer have about [\d,]+ cells"):
            write(desk, answer=table)
