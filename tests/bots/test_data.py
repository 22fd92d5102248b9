"""The sets that measure the bot are what their README says, and what it is made of has none of their questions."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

import bots
from bots.shipped import LOCALES, groups_of
from bots.text import normalise
from tests.faq import bots_articles

DATA = Path(__file__).parent / "data"
OFF_TOPIC = Path(bots.__file__).parent / "offtopic"
UNANSWERABLE = "oos"
NOBODYS = ("uncovered", "chatter")


@dataclass(frozen=True)
class Set:
    name: str
    lang: str
    topics: int
    phrasings: int
    least_asked: int  # of a topic
    kinds: dict[str, int]

    def rows(self, what: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (DATA / f"{self.name}_{what}.jsonl").read_text("utf-8").splitlines()]


CHINESE = {"plain": 210, "typo": 25, "pinyin": 25, "traditional": 25, "mixed": 15, "uncovered": 60, "chatter": 40}
ENGLISH = {"plain": 180, "typo": 20, "uncovered": 50, "chatter": 30}
SETS = [
    Set("zh", "zh-CN", 76, 8, 2, CHINESE),
    Set("zh2", "zh-CN", 64, 8, 3, CHINESE),
    Set("en", "en", 45, 6, 3, ENGLISH),
]
NEAR = {"near_zh": "zh-CN", "near_en": "en"}  # questions that the demo FAQ leaves unanswered
each_set = pytest.mark.parametrize("of", SETS, ids=lambda of: of.name)
each_locale = pytest.mark.parametrize("locale", LOCALES)


def spellings(lines: list[str]) -> list[str]:
    """The lines as the bot compares them, each of them once."""
    folded = [normalise(line) for line in lines]
    assert [line for line, times in Counter(folded).items() if times > 1 or not line] == []
    return folded


def off_topic(locale: str) -> list[str]:
    return (OFF_TOPIC / f"{locale}.txt").read_text(encoding="utf-8").splitlines()


@each_set
def test_every_topic_has_its_phrasings(of: Set) -> None:
    rows = of.rows("articles")
    topics = Counter(row["label"] for row in rows)
    assert (len(topics), set(topics.values())) == (of.topics, {of.phrasings})
    assert all(row.keys() == {"text", "label", "lang"} and row["lang"] == of.lang for row in rows)


@each_set
def test_there_are_as_many_questions_of_each_kind_as_the_readme_says(of: Set) -> None:
    rows = of.rows("questions")
    assert Counter(row["kind"] for row in rows) == of.kinds
    assert all(row.keys() == {"text", "label", "lang", "kind"} and row["lang"] == of.lang for row in rows)
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    told = "| `{kind}` | {lines} |" if of.lang == "zh-CN" else "| `{kind}` (English) | {lines} |"
    assert [kind for kind, lines in of.kinds.items() if told.format(kind=kind, lines=lines) not in readme] == []


@each_set
def test_every_topic_is_asked_for_and_only_what_no_topic_answers_has_none(of: Set) -> None:
    rows = of.rows("questions")
    answerable = Counter(row["label"] for row in rows if row["kind"] not in NOBODYS)
    assert answerable.keys() == {row["label"] for row in of.rows("articles")}
    assert min(answerable.values()) >= of.least_asked
    assert {row["label"] for row in rows if row["kind"] in NOBODYS} == {UNANSWERABLE}


@each_set
def test_no_line_stands_there_twice_and_no_question_is_a_phrasing(of: Set) -> None:
    asked = of.rows("questions")
    wordless = [row["kind"] for row in asked if not normalise(row["text"])]
    assert wordless in ([], ["chatter"])
    spellings([row["text"] for row in of.rows("articles") + asked if normalise(row["text"])])


@pytest.mark.parametrize(("name", "lang"), NEAR.items())
def test_what_is_near_the_demo_faq_is_no_line_of_it(name: str, lang: str) -> None:
    rows = [json.loads(line) for line in (DATA / f"{name}_questions.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 72
    assert {(row["label"], row["lang"], row["kind"]) for row in rows} == {(UNANSWERABLE, lang, "near")}
    phrasings = [line for one in bots_articles() for line in (one.question, *one.phrasings)]
    assert set(spellings([row["text"] for row in rows])).isdisjoint(map(normalise, phrasings))


@each_locale
def test_what_ships_has_none_of_the_questions_that_measure(locale: str) -> None:
    files = DATA.glob("*_questions.jsonl")
    asked = {normalise(json.loads(line)["text"]) for file in files for line in file.read_text("utf-8").splitlines()} - {
        ""
    }
    strangers = off_topic(locale)
    assert len(strangers) >= 150
    usual = [line for lines in groups_of(locale).values() for line in lines]
    assert asked.isdisjoint(spellings(strangers + usual))


@each_locale
def test_what_is_usually_asked_stands_in_groups_of_many_lines(locale: str) -> None:
    groups = groups_of(locale)
    assert len(groups) >= 300
    assert {name: len(lines) for name, lines in groups.items() if len(lines) < 15} == {}
