"""The Chinese set that measures the bot is what its README says, and the questions are not the phrasings again."""

import json
from collections import Counter
from pathlib import Path

import pytest

import bots
from bots.text import normalise

DATA = Path(__file__).parent / "data"
OFF_TOPIC = Path(bots.__file__).parent / "offtopic"
UNANSWERABLE = "oos"
KINDS = {"plain": 210, "typo": 25, "pinyin": 25, "traditional": 25, "mixed": 15, "uncovered": 60, "chatter": 40}


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def spellings(lines: list[str]) -> list[str]:
    """The lines as the bot compares them, each of them once."""
    folded = [normalise(line) for line in lines]
    assert [line for line, times in Counter(folded).items() if times > 1 or not line] == []
    return folded


ARTICLES, QUESTIONS = rows("zh_articles.jsonl"), rows("zh_questions.jsonl")
TOPICS = {row["label"] for row in ARTICLES}


def off_topic(locale: str) -> list[str]:
    return (OFF_TOPIC / f"{locale}.txt").read_text(encoding="utf-8").splitlines()


def test_every_topic_has_eight_phrasings() -> None:
    assert len(TOPICS) == 76
    assert set(Counter(row["label"] for row in ARTICLES).values()) == {8}
    assert all(row.keys() == {"text", "label", "lang"} and row["lang"] == "zh-CN" for row in ARTICLES)


def test_there_are_as_many_questions_of_each_kind_as_the_readme_says() -> None:
    assert Counter(row["kind"] for row in QUESTIONS) == KINDS
    assert all(row.keys() == {"text", "label", "lang", "kind"} and row["lang"] == "zh-CN" for row in QUESTIONS)
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert [kind for kind, lines in KINDS.items() if f"| `{kind}` | {lines} |" not in readme] == []


def test_every_topic_is_asked_for_and_only_what_no_topic_answers_has_none() -> None:
    answerable = Counter(row["label"] for row in QUESTIONS if row["kind"] not in ("uncovered", "chatter"))
    assert answerable.keys() == TOPICS
    assert min(answerable.values()) >= 2
    assert {row["label"] for row in QUESTIONS if row["kind"] in ("uncovered", "chatter")} == {UNANSWERABLE}


def test_no_line_stands_there_twice_and_no_question_is_a_phrasing() -> None:
    spellings([row["text"] for row in ARTICLES + QUESTIONS])


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_off_topic_lines_that_ship_are_none_that_measure(locale: str) -> None:
    lines = off_topic(locale)
    assert len(lines) >= 150
    spellings(lines + [row["text"] for row in ARTICLES + QUESTIONS])
