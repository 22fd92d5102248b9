"""Articles out of the database into files, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.evaluate import read_lines
from chat import wire
from chat.actions import articles
from chat.actions.access import SYSTEM
from chat.app import real_now
from chat.article_files import (
    FileError,
    export_articles,
    export_phrasings,
    import_articles,
    read_article,
    read_folder,
    written,
)
from chat.errors import Invalid
from chat.seed.knowledge import shipped_articles
from chat.store import Clock, Store
from chat.store.queries import knowledge
from chat.store.tables import new_id
from tests.databases import Databases

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


@pytest.fixture
async def store(databases: Databases) -> AsyncIterator[Store]:
    store = Store(databases.new(), Clock(real_now))
    yield store
    store.close()


def put(folder: Path, text: str = GOOD, locale: str = "zh-CN", slug: str = "opening-hours") -> None:
    (folder / locale).mkdir(parents=True, exist_ok=True)
    (folder / locale / f"{slug}.md").write_text(text, encoding="utf-8")


async def in_force(store: Store) -> list[tuple[str, int]]:
    def look(tx: Any, now: Any) -> list[tuple[str, int]]:
        return [(article.answer, article.version) for article in knowledge.published(tx)]

    return await store.read(look)


def test_a_good_file_is_read_whole() -> None:
    assert read_article(GOOD, "zh-CN", "opening-hours") == wire.ArticleText(
        slug="opening-hours",
        locale="zh-CN",
        category="contact",
        question="几点开门？",
        phrasings=["营业时间", "什么时候有人：上午还是下午"],
        answer="每天 09:00 开门。\n\n周末也是。",
    )


def test_what_was_written_is_read_again_whatever_stands_in_it() -> None:
    for text in (
        *shipped_articles(),
        wire.ArticleText(
            slug="a",
            locale="en",
            kind="policy",
            sites=["shop"],
            category="policy",
            question="- why: 'this' & \"that\"?",
            phrasings=["yes", "12", "2026-01-01", "# no comment", "x" * 190],
            answer="---\nA line as in front matter.\n---\n\n- one\n- two",
            note="From now on: shorter.",
        ),
    ):
        assert read_article(written(text), text.locale, text.slug) == text


def test_every_value_is_read_as_the_text_it_is() -> None:
    text = "---\nquestion: 2026-13-01\ncategory: !!int contact\nphrasings: [12, yes, 1:59]\nnote:\n---\nHi."
    assert read_article(text, "en", "a") == wire.ArticleText(
        slug="a",
        locale="en",
        category="contact",
        question="2026-13-01",
        phrasings=["12", "yes", "1:59"],
        answer="Hi.",
    )


@pytest.mark.parametrize(
    ("spoilt", "complaint"),
    [
        ("", "it begins with front matter"),
        (GOOD.removeprefix("---\n"), "it begins with front matter"),
        (GOOD.replace("\n---\n", "\n"), "it begins with front matter"),
        (GOOD.replace("question: 几点开门？\n", ""), "An article has a question."),
        (GOOD.replace("几点开门？", '""'), "An article has a question."),
        (GOOD.replace("几点开门？", "[12]"), "question: Input should be a valid string"),
        (GOOD.replace("几点开门？", "&a 几点").replace("contact", "*a"), ", line 3: the front matter is no YAML"),
        (GOOD.replace("几点开门？", "[" * 2_000 + "]" * 2_000), "the front matter is no YAML"),
        (GOOD.replace("category", "content: x\ncategory"), "content: Extra inputs"),
        (GOOD.replace("category", "1: x\ncategory"), "1: Extra inputs"),
        (GOOD.replace("几点开门？", "[几点"), ", line 3: the front matter is no YAML"),
        (GOOD.replace("category", "kategory"), "category: Field required"),
        (GOOD.replace("category: contact", "category: contact\ncolour: red"), "colour: Extra inputs"),
        (GOOD.replace("  - 营业时间", "  - 营业: 时间"), "phrasings.0: Input should be a valid string"),
        (GOOD.partition("\n每天")[0], "An article has an answer."),
    ],
)
def test_a_spoilt_file_among_sound_ones_is_refused_by_name(tmp_path: Path, spoilt: str, complaint: str) -> None:
    put(tmp_path, locale="en", slug="a-sound-one")
    put(tmp_path, spoilt)
    with pytest.raises(FileError) as refused:
        read_folder(tmp_path)
    assert str(refused.value).startswith("zh-CN/opening-hours.md")
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("text", "locale", "slug", "complaint"),
    [
        (GOOD, "fr", "opening-hours", "locale: Input should be 'zh-CN' or 'en'"),
        (GOOD, "zh-CN", "Opening Hours", "slug: String should match pattern"),
        (GOOD, "zh-CN", "policies", "has a page policies of its own"),
        (GOOD.replace("category", "sites: [nowhere]\ncategory"), "zh-CN", "hours", "there is no site nowhere"),
    ],
)
async def test_what_could_not_be_an_article_here_is_refused_before_anything_is_stored(
    store: Store, tmp_path: Path, text: str, locale: str, slug: str, complaint: str
) -> None:
    put(tmp_path, slug="a-sound-one")
    put(tmp_path, text, locale, slug)
    with pytest.raises(Invalid, match=complaint):
        await import_articles(store, tmp_path, publish=True)
    assert await in_force(store) == []


async def test_a_folder_without_articles_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There are no articles in"):
        await import_articles(store, tmp_path / "nowhere", publish=True)


async def test_files_become_drafts_or_are_published_and_only_what_changed_gets_a_version(
    store: Store, tmp_path: Path
) -> None:
    put(tmp_path)
    assert await import_articles(store, tmp_path, publish=False) == {"new": 1}
    assert await in_force(store) == []
    assert await import_articles(store, tmp_path, publish=True) == {"new": 1}
    assert await import_articles(store, tmp_path, publish=True) == {"known": 1}
    put(tmp_path, GOOD.replace("周末也是", "周末休息"))
    assert await import_articles(store, tmp_path, publish=True) == {"changed": 1}
    assert await in_force(store) == [("每天 09:00 开门。\n\n周末休息。", 2)]


async def test_what_somebody_is_writing_is_left_alone(store: Store, tmp_path: Path) -> None:
    put(tmp_path)
    await import_articles(store, tmp_path, publish=True)
    text = read_article(GOOD, "zh-CN", "opening-hours")

    def begin(tx: Any, now: Any) -> None:
        [article] = knowledge.published(tx)
        draft = text.model_dump() | {"answer": "还没写完", "article_id": article.id, "revision": article.revision}
        articles.save_article(tx, SYSTEM, wire.SaveArticle.model_validate({**draft, "client_id": new_id()}), now)

    await store.write(begin)
    put(tmp_path, GOOD.replace("周末也是", "周末休息"))
    assert await import_articles(store, tmp_path, publish=True) == {"busy": 1}
    assert await in_force(store) == [(text.answer, 1)]


async def test_what_is_in_force_goes_out_and_comes_back_as_it_was(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "mine")
    put(tmp_path / "mine", GOOD.replace("contact", "contact\nnote: 新的时间"), slug="hours")
    await import_articles(store, tmp_path / "mine", publish=True)
    put(tmp_path / "mine", GOOD.replace("contact", "contact\nkind: policy"), slug="terms")
    await import_articles(store, tmp_path / "mine", publish=True)
    assert await export_articles(store, tmp_path / "out") == {"article": 2, "policy": 1}
    assert await import_articles(store, tmp_path / "out", publish=True) == {"known": 3}

    put(tmp_path / "others", slug="something-else")
    with pytest.raises(Invalid, match="holds other articles, such as zh-CN/something-else"):
        await export_articles(store, tmp_path / "others")


async def test_a_link_leads_nowhere_else_in_or_out(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", slug="secret")
    secret = tmp_path / "elsewhere" / "zh-CN" / "secret.md"
    put(tmp_path / "one")
    (tmp_path / "one" / "zh-CN" / "linked.md").symlink_to(secret)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "zh-CN").symlink_to(secret.parent)
    for folder in ("one", "two"):
        with pytest.raises(FileError, match="it leads out of"):
            await import_articles(store, tmp_path / folder, publish=True)
    assert await in_force(store) == []

    (tmp_path / "mine").symlink_to(tmp_path / "three")  # the folder itself may be one
    put(tmp_path / "three", slug="secret")
    assert await import_articles(store, tmp_path / "mine", publish=True) == {"new": 1}
    with pytest.raises(FileError, match="it leads out of"):
        await export_articles(store, tmp_path / "two")
    assert secret.read_text() == GOOD


async def test_what_the_bot_learns_from_goes_out_as_it_is_tried(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "mine")
    put(tmp_path / "mine", GOOD.replace("contact", "contact\nkind: policy"), slug="terms")
    await import_articles(store, tmp_path / "mine", publish=True)
    assert await export_phrasings(store, tmp_path / "a.jsonl") == {"articles": 1, "lines": 3}
    assert [(line.text, line.label, line.lang) for line in read_lines(str(tmp_path / "a.jsonl"))] == [
        ("几点开门？", "opening-hours", "zh-CN"),
        ("营业时间", "opening-hours", "zh-CN"),
        ("什么时候有人：上午还是下午", "opening-hours", "zh-CN"),
    ]
