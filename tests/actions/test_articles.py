"""Articles: written, reviewed, published and withdrawn; what is in force, since when, and whose it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chat import wire
from chat.domain.articles import VersionState, diff, terms
from chat.errors import BadShape, Conflict, Forbidden, IllegalMove, Invalid, NotFound
from chat.store.queries import knowledge
from chat.store.tables import Article
from tests.actions.conftest import Desk

FEES: dict[str, Any] = {
    "slug": "fees",
    "locale": "zh-CN",
    "category": "policy",
    "question": "收取哪些费用？",
    "phrasings": ["手续费多少", "要收钱吗", "手续费多少？"],
    "answer": "转账免手续费。\n\n提现收 0.1%。",
}


def write(desk: Desk, **values: Any) -> Any:
    return desk.do(desk.mei, "save_article", **{**FEES, **values})


def publish(desk: Desk, article: Any, **values: Any) -> Any:
    known = article["article"]
    return desk.do(desk.lin, "publish_article", article_id=known["id"], revision=known["revision"], **values)


def move(desk: Desk, who: Any, command: str, article: Any, **values: Any) -> Any:
    known = article["article"]
    return desk.do(who, command, article_id=known["id"], revision=known["revision"], **values)


def in_force(desk: Desk) -> list[tuple[str, int, str]]:
    def look(tx: Any, _now: Any) -> list[Article]:
        return knowledge.published(tx)

    return [(article.slug, article.version, article.answer) for article in desk.read(look)]


def states(article: Any) -> list[tuple[int, str]]:
    return [(version["number"], version["state"]) for version in article["versions"]]


def test_an_article_is_drafted_reviewed_given_back_and_published(desk: Desk) -> None:
    drafted = write(desk)
    assert (drafted["article"]["published"], drafted["article"]["version"], states(drafted)) == (
        False,
        0,
        [(1, "draft")],
    )
    assert drafted["versions"][0]["phrasings"] == ["手续费多少", "要收钱吗"]  # one of them was there twice
    assert in_force(desk) == []

    handed_in = move(desk, desk.mei, "submit_article", drafted)
    assert states(handed_in) == [(1, "review")]
    returned = move(desk, desk.lin, "return_article", handed_in, reason="请写明比例")
    assert (states(returned), returned["versions"][0]["returned"]) == ([(1, "draft")], "请写明比例")
    assert returned["versions"][0]["author"]["name"] == "Mei"

    published = publish(desk, move(desk, desk.mei, "submit_article", returned))
    assert states(published) == [(1, "in_force")]
    assert published["versions"][0]["reviewer"]["name"] == "Lin"
    assert "returned" not in published["versions"][0]
    assert published["article"]["effective_at"] == wire.utc(desk.now)
    assert in_force(desk) == [("fees", 1, FEES["answer"])]


def test_a_new_version_replaces_the_one_in_force_when_it_is_published_and_not_before(desk: Desk) -> None:
    published = publish(desk, write(desk))
    known = published["article"]
    drafted = write(desk, article_id=known["id"], revision=known["revision"], answer="全部免费。", note="取消提现费")
    assert states(drafted) == [(2, "draft"), (1, "in_force")]
    assert in_force(desk) == [("fees", 1, FEES["answer"])]
    republished = publish(desk, drafted)
    assert states(republished) == [(2, "in_force"), (1, "superseded")]
    assert in_force(desk) == [("fees", 2, "全部免费。")]
    changed = desk.do(desk.mei, "compare_versions", article_id=known["id"], older=1, newer=2)
    assert [line["op"] for line in changed["answer"]] == ["removed", "removed", "removed", "added"]
    assert [line["op"] for line in changed["question"]] == ["same"]


def test_a_version_with_a_date_takes_effect_on_it(desk: Desk) -> None:
    known = publish(desk, write(desk))["article"]
    later = desk.now + timedelta(days=2)
    drafted = write(desk, article_id=known["id"], revision=known["revision"], answer="明年起免费。")
    waiting = publish(desk, drafted, effective_at=wire.utc(later))
    assert (states(waiting), waiting["article"]["scheduled_at"]) == (
        [(2, "scheduled"), (1, "in_force")],
        wire.utc(later),
    )
    desk.sweep()
    assert in_force(desk) == [("fees", 1, FEES["answer"])]

    another = write(desk, article_id=known["id"], revision=waiting["article"]["revision"], answer="还是收费。")
    with pytest.raises(Conflict) as refused:
        publish(desk, another)
    assert refused.value.code == "scheduled"

    desk.now = later
    desk.sweep()
    assert in_force(desk) == [("fees", 2, "明年起免费。")]
    after = desk.do(desk.mei, "article", article_id=known["id"])
    assert states(after) == [(3, "draft"), (2, "in_force"), (1, "superseded")]
    assert after["article"]["effective_at"] == wire.utc(later)
    assert publish(desk, after)["article"]["version"] == 3


def test_what_was_dropped_never_takes_effect(desk: Desk) -> None:
    known = publish(desk, write(desk))["article"]
    drafted = write(desk, article_id=known["id"], revision=known["revision"], answer="明年起免费。")
    waiting = publish(desk, drafted, effective_at=wire.utc(desk.now + timedelta(days=1)))
    with pytest.raises(Forbidden):
        move(desk, desk.mei, "drop_draft", waiting)
    dropped = move(desk, desk.lin, "drop_draft", waiting)
    assert states(dropped) == [(2, "dropped"), (1, "in_force")]
    desk.wait(days=2)
    desk.sweep()
    assert in_force(desk) == [("fees", 1, FEES["answer"])]
    with pytest.raises(IllegalMove, match="There is no draft"):
        move(desk, desk.lin, "drop_draft", dropped)


def test_a_name_is_free_again_when_its_only_draft_was_dropped(desk: Desk) -> None:
    dropped = move(desk, desk.mei, "drop_draft", write(desk))
    assert desk.do(desk.mei, "articles")["articles"] == []
    assert states(write(desk)) == [(2, "draft"), (1, "dropped")]
    with pytest.raises(Conflict) as refused:
        write(desk)
    assert refused.value.code == "slug_taken"
    assert dropped["article"]["version"] == 0


def test_a_withdrawn_article_is_shown_to_nobody_until_it_is_published_again(desk: Desk) -> None:
    published = publish(desk, write(desk))
    withdrawn = move(desk, desk.lin, "withdraw_article", published)
    assert (withdrawn["article"]["published"], states(withdrawn), in_force(desk)) == (False, [(1, "superseded")], [])
    with pytest.raises(Conflict, match="not in force"):
        move(desk, desk.lin, "withdraw_article", withdrawn)
    known = withdrawn["article"]
    again = publish(desk, write(desk, article_id=known["id"], revision=known["revision"]))
    assert (again["article"]["version"], len(in_force(desk))) == (2, 1)


@pytest.mark.parametrize("command", ["submit_article", "publish_article", "drop_draft", "save_article"])
def test_nobody_changes_what_they_have_not_seen(desk: Desk, command: str) -> None:
    stale = write(desk)
    known = stale["article"]
    write(desk, article_id=known["id"], revision=known["revision"], answer="有人改过了。")
    values = {**FEES, "client_id": "00000000-0000-0000-0000-000000000001"} if command == "save_article" else {}
    with pytest.raises(Conflict) as refused:
        move(desk, desk.lin, command, stale, **values)
    assert refused.value.code == "changed"
    assert desk.do(desk.mei, "article", article_id=known["id"])["versions"][0]["answer"] == "有人改过了。"


@pytest.mark.parametrize("command", ["publish_article", "return_article", "withdraw_article"])
def test_an_agent_writes_and_does_not_publish(desk: Desk, command: str) -> None:
    drafted = move(desk, desk.mei, "submit_article", write(desk))
    values = {"reason": "x"} if command == "return_article" else {}
    with pytest.raises(Forbidden):
        move(desk, desk.mei, command, drafted, **values)
    assert in_force(desk) == []


def test_an_article_of_another_site_is_not_there_and_one_of_all_sites_is(desk: Desk) -> None:
    hers = write(desk, sites=["shop"])
    shared = write(desk, slug="hours", question="几点开门？", phrasings=[], answer="九点。")
    for command in ("article", "compare_versions"):
        values = {"older": 1, "newer": 1} if command == "compare_versions" else {}
        with pytest.raises(NotFound):
            desk.do(desk.peter, command, article_id=hers["article"]["id"], **values)
    with pytest.raises(NotFound):
        move(desk, desk.peter, "submit_article", hers)
    with pytest.raises(Forbidden, match="shop"):
        desk.do(desk.peter, "save_article", **{**FEES, "slug": "mine", "sites": ["shop"]})
    assert [one["slug"] for one in desk.do(desk.peter, "articles")["articles"]] == ["hours"]
    assert desk.do(desk.peter, "article", article_id=shared["article"]["id"])["article"]["sites"] == []
    assert [one["slug"] for one in desk.do(desk.mei, "articles")["articles"]] == ["hours", "fees"]
    # Nor what it is called, nor that it is there in another language.
    write(desk, slug="hours", locale="en", sites=["shop"], category="secret")
    assert desk.do(desk.peter, "articles")["categories"] == ["policy"]
    for who, locales in ((desk.peter, []), (desk.mei, ["en"])):
        found = desk.do(who, "article", article_id=shared["article"]["id"])
        assert [other["locale"] for other in found["translations"]] == locales


def test_articles_are_found_by_what_they_are_and_by_their_words_page_by_page(desk: Desk) -> None:
    publish(desk, write(desk))
    desk.wait(minutes=1)
    write(desk, slug="fees", locale="en", question="What are the fees?", phrasings=["100% free_of charge"])
    desk.wait(minutes=1)
    move(desk, desk.mei, "submit_article", write(desk, slug="terms", kind="policy", category="terms"))

    def found(**values: Any) -> list[tuple[str, str]]:
        page = desk.do(desk.mei, "articles", **values)
        assert page["categories"] == ["policy", "terms"]
        return [(one["slug"], one["locale"]) for one in page["articles"]]

    assert found() == [("terms", "zh-CN"), ("fees", "en"), ("fees", "zh-CN")]
    assert found(locale="en") == [("fees", "en")]
    assert found(kind="policy") == found(category="terms") == found(state="review") == [("terms", "zh-CN")]
    assert found(state="published") == [("fees", "zh-CN")]
    assert found(text="0% FREE_") == found(text="the fees") == [("fees", "en")]
    assert found(text="0_ free") == []
    assert found(text="哪些费用") == [("terms", "zh-CN"), ("fees", "zh-CN")]
    first = desk.do(desk.mei, "articles", limit=2)
    assert [one["slug"] for one in first["articles"]] == ["terms", "fees"]
    rest = desk.do(desk.mei, "articles", limit=2, cursor=first["cursor"])
    assert ([one["locale"] for one in rest["articles"]], "cursor" in rest) == (["zh-CN"], False)
    translations = desk.do(desk.mei, "article", article_id=first["articles"][1]["id"])["translations"]
    assert [(other["locale"], other["published"], other["version"]) for other in translations] == [("zh-CN", True, 1)]


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ({"slug": "Not a slug"}, BadShape),
        ({"slug": "a--b"}, BadShape),
        ({"locale": "fr"}, BadShape),
        ({"question": " "}, (BadShape, Invalid)),
        ({"answer": "\n"}, (BadShape, Invalid)),
        ({"answer": "x" * 20_001}, Invalid),
        ({"phrasings": ["x"] * 201}, BadShape),
        ({"sites": ["nowhere"]}, Forbidden),
        ({"category": "Not A Code"}, BadShape),
    ],
)
def test_what_is_no_article_is_refused_and_nothing_is_written(desk: Desk, spoilt: Any, error: Any) -> None:
    with pytest.raises(error):
        write(desk, **spoilt)
    assert desk.rows("SELECT id FROM article") == []


def test_an_article_keeps_its_name_and_a_date_lies_ahead(desk: Desk) -> None:
    drafted = write(desk)
    known = drafted["article"]
    for other in ({"slug": "other"}, {"locale": "en"}, {"kind": "policy"}):
        with pytest.raises(Invalid, match="keeps"):
            write(desk, article_id=known["id"], revision=known["revision"], **other)
    with pytest.raises(Invalid, match="has passed"):
        publish(desk, drafted, effective_at=wire.utc(desk.now))


def test_what_is_done_to_an_article_leaves_a_trace(desk: Desk) -> None:
    move(desk, desk.lin, "withdraw_article", publish(desk, move(desk, desk.mei, "submit_article", write(desk))))
    trace = desk.rows("SELECT what, actor_id FROM audit WHERE subject_kind = 'article' ORDER BY id")
    assert [(row["what"], row["actor_id"]) for row in trace] == [
        ("article_saved", desk.mei.id),
        ("article_submitted", desk.mei.id),
        ("article_published", desk.lin.id),
        ("article_withdrawn", desk.lin.id),
    ]


def test_a_difference_says_what_went_and_what_came() -> None:
    assert diff(["a", "b", "c"], ["a", "x", "c", "d"]) == [
        ("same", "a"), ("removed", "b"), ("added", "x"), ("same", "c"), ("added", "d"),
    ]  # fmt: skip
    assert diff([], []) == []
    assert {state.value for state in VersionState} == set(wire.VersionState.__args__)


def test_an_article_has_no_name_that_is_a_page_of_the_support_centre(desk: Desk) -> None:
    with pytest.raises(Invalid, match="a page message of its own"):
        desk.do(desk.mei, "save_article", **{**FEES, "slug": "message"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("退款多久", ["退款", "款多", "多久"]),
        ("How do I reset my Password?", ["how", "reset", "password"]),
        ("ok", ["ok"]),
        ("ＡＢＣ退", ["abc", "退"]),
        ("!?%_", []),
    ],
)
def test_words_are_looked_for_one_by_one_and_chinese_in_pairs(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_customers_find_and_read_in_the_window_what_is_in_force(desk: Desk) -> None:
    draft = write(desk)

    def found(text: str | None = None) -> list[str]:
        results = desk.do(desk.li_na, "find_help", text=text, locale="zh-CN")["results"]
        return [result["slug"] for result in results if result["slug"] == "fees"]

    assert (found("手续费"), found()) == ([], [])
    with pytest.raises(NotFound):
        desk.do(desk.li_na, "read_help", slug="fees", locale="zh-CN")
    publish(desk, draft)
    assert (found("手续费"), found("猫"), found()) == (["fees"], [], ["fees"])
    read = desk.do(desk.li_na, "read_help", slug="fees", locale="zh-CN")
    assert (read["article"]["answer"], read["path"]) == (FEES["answer"], "/help/shop/zh-CN/fees")
    assert desk.do(desk.li_na, "read_help", slug="fees", locale="en")["article"]["locale"] == "zh-CN"


def test_a_policy_is_read_in_the_window_from_its_own_page(desk: Desk) -> None:
    publish(desk, write(desk, slug="terms", kind="policy"))
    assert desk.do(desk.li_na, "read_help", slug="terms", locale="zh-CN")["path"] == "/help/shop/zh-CN/policies/terms"
