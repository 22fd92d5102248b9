"""What the bot knows, what it said and what it was asked in vain, for those who look after the articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chat.actions import bot_models, jobs
from chat.actions.access import Who
from chat.actions.bot_models import Basis
from chat.commands import at_door
from chat.errors import NotFound
from chat.store import Tx
from chat.store.queries import bot_models as stored_models
from chat.store.queries import bot_turns, conversations, knowledge
from tests.actions.conftest import Desk
from tests.actions.talks import NIGHT
from tests.actions.test_articles import publish, write

BASIS = Basis("letters-1", 0.95, 0.2)


class Asking:
    """Customers who ask the bot; what it decided is what the test says."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.asked = desk, 0

    def ask(self, who: Who, text: str, locale: str = "zh-CN", **turn: Any) -> tuple[str, int]:
        """The conversation, and the number of the line."""
        conversation = self.desk.do(who, "start", topic="other", locale=locale)["conversation"]
        self.asked += 1

        def record(tx: Tx, now: datetime) -> None:
            known = {"decision": "hand_over", "reason": "no_match", "article_id": None, "version": None}
            known |= {"confidence": None, "unmatched": True, **turn}
            row = conversations.conversation(tx, conversation["id"])
            bot_turns.add(tx, now, row, seq=self.asked, locale=locale, asked=text, candidates=[], **known)

        self.desk.wait(seconds=1)
        self.desk.write(record)
        return conversation["id"], self.asked


@pytest.fixture
def asking(desk: Desk) -> Asking:
    return Asking(desk)


def in_vain(desk: Desk, who: Who | None = None, **given: Any) -> list[tuple[str, int]]:
    questions = desk.do(who or desk.mei, "unanswered", **given)["questions"]
    return [(question["asked"], question["count"]) for question in questions]


def turns(desk: Desk, who: Who | None = None, **given: Any) -> list[str]:
    return [turn["asked"] for turn in desk.do(who or desk.mei, "bot_turns", **given)["turns"]]


# -- what it was asked in vain ------------------------------------------------------------------------------------


def test_what_no_article_answers_is_listed_with_the_most_frequent_first(desk: Desk, asking: Asking) -> None:
    for text in ("能寄到月球吗", "有没有发票？", "有没有发票", "有没有 发票", "有没有发票?"):
        asking.ask(desk.li_na, text)
    asking.ask(desk.li_na, "转账要手续费吗", decision="answer", reason=None, unmatched=False)
    asking.ask(desk.li_na, "do you ship to the moon", locale="en")
    assert in_vain(desk) == [
        ("有没有发票?", 3),
        ("do you ship to the moon", 1),
        ("有没有 发票", 1),
        ("能寄到月球吗", 1),
    ]
    assert in_vain(desk, locale="en") == [("do you ship to the moon", 1)]
    desk.wait(days=8)
    assert in_vain(desk, days=7) == []


def test_a_rare_question_goes_however_many_were_asked_more_often(desk: Desk, asking: Asking) -> None:
    conversation_id, _ = asking.ask(desk.li_na, "旧问题", unmatched=False)

    def pour(tx: Tx, now: datetime) -> None:
        tx.change(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4100)"
            " INSERT INTO botturn (id, site_id, conversation_id, customer_id, seq, locale, asked, decision, candidates,"
            " unmatched, at) SELECT 'turn' || i, site_id, conversation_id, customer_id, 1000 + i, locale,"
            " '问题' || (i / 2), decision, candidates, :yes, at FROM botturn, n WHERE conversation_id = :id",
            id=conversation_id,
            yes=True,
        )

    desk.write(pour)
    desk.wait(days=40)
    asking.ask(desk.li_na, "能寄到月球吗")
    assert in_vain(desk) == [("能寄到月球吗", 1)]
    desk.do(desk.mei, "dismiss_unanswered", asked="能寄到月球吗", locale="zh-CN")
    assert in_vain(desk) == []


def test_a_question_that_was_seen_to_goes_in_all_its_spellings_until_it_is_asked_again(
    desk: Desk, asking: Asking
) -> None:
    for text in ("有没有发票？", "有没有发票", "Invoice", "invoice!"):
        asking.ask(desk.li_na, text)
    desk.do(desk.mei, "dismiss_unanswered", asked="有没有发票", locale="zh-CN")
    assert in_vain(desk) == [("invoice!", 2)]
    asking.ask(desk.wang_wei, "有没有发票")
    assert in_vain(desk) == [("invoice!", 2), ("有没有发票", 1)]


def test_nobody_sees_or_dismisses_what_customers_of_other_sites_asked(desk: Desk, asking: Asking) -> None:
    asking.ask(desk.li_na, "有没有发票")
    asking.ask(desk.emma, "do you lend money", locale="en")
    assert in_vain(desk, desk.peter) == [("do you lend money", 1)]
    desk.do(desk.peter, "dismiss_unanswered", asked="有没有发票", locale="zh-CN")
    assert in_vain(desk) == [("有没有发票", 1)]
    assert not {"unanswered", "bot_turns", "try_bot", "mark_turn"} & set(at_door("customer"))


# -- what it said -------------------------------------------------------------------------------------------------


def test_turns_are_listed_newest_first_and_by_what_became_of_them(desk: Desk, asking: Asking) -> None:
    fees = publish(desk, write(desk))["article"]["id"]
    answered = {"decision": "answer", "reason": None, "article_id": fees, "version": 1, "unmatched": False}
    asking.ask(desk.li_na, "要手续费吗", **answered)
    conversation, seq = asking.ask(desk.wang_wei, "手续费在哪看", **answered)
    asking.ask(desk.li_na, "能寄到月球吗")
    asking.ask(desk.emma, "do you lend money", locale="en")

    assert turns(desk) == ["能寄到月球吗", "手续费在哪看", "要手续费吗"]
    assert turns(desk, desk.peter) == ["do you lend money"]
    assert turns(desk, filter="unmatched") == ["能寄到月球吗"]
    assert turns(desk, article_id=fees) == ["手续费在哪看", "要手续费吗"]
    assert turns(desk, conversation_id=conversation) == ["手续费在哪看"]

    def judge(tx: Tx, now: datetime) -> None:
        bot_turns.set_outcome(tx, conversation, seq, "not_helpful")
        bot_turns.set_outcome(tx, conversation, seq, "solved")  # what was said first counts

    desk.write(judge)
    assert turns(desk, filter="not_helpful") == ["手续费在哪看"]
    figures = desk.do(desk.mei, "article", article_id=fees)["article"]["figures"]
    assert (figures["shown"], figures["solved"], figures["not_helpful"]) == (2, 0, 1)

    page = desk.do(desk.mei, "bot_turns", limit=2)
    assert turns(desk, limit=2, cursor=page["cursor"]) == ["要手续费吗"]


def test_a_wrong_turn_gets_the_right_article_which_learns_from_it(desk: Desk, asking: Asking) -> None:
    fees = publish(desk, write(desk))["article"]["id"]
    asking.ask(desk.li_na, "提现扣多少")
    [turn] = desk.do(desk.mei, "bot_turns")["turns"]
    marked = desk.do(desk.mei, "mark_turn", turn_id=turn["id"], wrong=True, right_article_id=fees, learn=True)["turn"]
    assert (marked["wrong_by"]["id"], marked["right_article_id"]) == (desk.mei.id, fees)
    assert turns(desk, filter="wrong") == ["提现扣多少"]

    draft, in_force = desk.do(desk.mei, "article", article_id=fees)["versions"]
    assert (draft["state"], draft["phrasings"][-1]) == ("draft", "提现扣多少")
    assert "提现扣多少" not in in_force["phrasings"]

    unmarked = desk.do(desk.mei, "mark_turn", turn_id=turn["id"], wrong=False)["turn"]
    assert not {"wrong_by", "right_article_id"} & unmarked.keys()


def test_turns_and_articles_of_other_sites_are_not_marked(desk: Desk, asking: Asking) -> None:
    asking.ask(desk.li_na, "提现扣多少")
    [turn] = desk.do(desk.mei, "bot_turns")["turns"]
    with pytest.raises(NotFound):
        desk.do(desk.peter, "mark_turn", turn_id=turn["id"], wrong=True)
    wallets = desk.do(desk.peter, "save_article", slug="loans", locale="en", sites=["wallet"], category="policy",
                      question="Do you lend?", answer="No.", phrasings=[])["article"]["id"]  # fmt: skip
    with pytest.raises(NotFound):
        desk.do(desk.mei, "mark_turn", turn_id=turn["id"], wrong=True, right_article_id=wallets)
    assert turns(desk, filter="wrong") == []


# -- what it knows ------------------------------------------------------------------------------------------------


def test_the_console_says_whether_there_is_a_bot_and_why_it_only_suggests(desk: Desk) -> None:
    def model() -> dict[str, Any]:
        found: dict[str, Any] = desk.do(desk.mei, "bot_model")["model"]
        return found

    desk.write(bot_models.set_basis, None)
    assert model()["mode"] == "off"
    desk.write(bot_models.set_basis, BASIS)
    assert (model()["mode"], model()["stale"], model()["target"]) == ("untrained", True, 0.95)

    def train(tx: Tx, now: datetime) -> None:
        report = {"mode": "suggest_only", "reason": "few_articles", "articles": {"zh-CN": 1}, "seconds": 0.5}
        stored_models.add(tx, BASIS.edition(tx), report, b"", now)

    desk.write(train)
    assert (model()["mode"], model()["reason"], model()["stale"]) == ("suggest_only", "few_articles", False)
    publish(desk, write(desk))
    assert model()["stale"]


def test_an_edition_is_trained_once_and_only_while_it_is_the_newest(desk: Desk) -> None:
    desk.write(bot_models.set_basis, BASIS)
    publish(desk, write(desk))

    def edition() -> str:
        return desk.read(bot_models.state, BASIS).edition

    for _ in range(2):
        desk.write(bot_models.want, edition())
    assert len(desk.rows("SELECT payload FROM job WHERE kind = 'bot_fit'")) == 1
    before = edition()

    def train(basis: Basis) -> None:
        desk.write(bot_models.want, desk.read(bot_models.state, basis).edition)
        desk.write(lambda tx, now: stored_models.add(tx, basis.edition(tx), {}, b"", now))

    # Another target, and back again: the model of the first is not the newest any more.
    for basis in (BASIS, Basis("letters-1", 0.9, 0.2), BASIS):
        train(basis)
    assert len(desk.rows("SELECT payload FROM job WHERE kind = 'bot_fit'")) == 3
    publish(desk, write(desk, slug="hours", question="几点开门", phrasings=[]))
    assert edition() != before
    names = desk.read(lambda tx, now: [article.slug for article in knowledge.published(tx)])
    assert sorted(names) == ["fees", "hours"]


def test_the_model_made_last_is_the_newest_whatever_the_clocks_say(desk: Desk) -> None:
    def train(edition: str) -> None:
        desk.write(lambda tx, now: stored_models.add(tx, edition, {}, b"", now))

    train("by a clock that goes ahead")
    desk.change("UPDATE botmodel SET id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'")
    desk.wait(seconds=-30)
    for edition in ("two", "three", "four"):
        train(edition)
        newest = desk.read(lambda tx, now: stored_models.newest(tx))
        assert newest
        assert newest["edition"] == edition
    desk.write(lambda tx, now: stored_models.forget(tx, 2))
    assert {row["edition"] for row in desk.rows("SELECT edition FROM botmodel")} == {"three", "four"}


def test_the_console_says_how_far_the_next_model_is_and_why_there_is_none(desk: Desk) -> None:
    def training() -> dict[str, Any] | None:
        found: dict[str, Any] = desk.do(desk.mei, "bot_model")["model"]
        return found.get("training")

    desk.write(bot_models.set_basis, BASIS)
    publish(desk, write(desk))
    assert training() == {"state": "waiting", "attempts": 0}
    edition = desk.read(bot_models.state, BASIS).edition
    desk.write(bot_models.want, edition)
    [job] = desk.write(jobs.claim, ["bot_fit"], "this process", 1)
    now = training()
    assert now
    assert (now["state"], now["since"]) == ("running", "2026-03-03T04:00:00.000Z")

    desk.write(jobs.retry, job, "RuntimeError: out of memory")
    now = training()
    assert now
    assert (now["state"], now["error"], now["again_at"]) == (
        "failed",
        "RuntimeError: out of memory",
        "2026-03-03T04:00:02.000Z",
    )
    desk.change("UPDATE job SET attempts = :most", most=jobs.ATTEMPTS)
    desk.write(jobs.retry, replace(job, attempt=jobs.ATTEMPTS), "RuntimeError: out of memory")
    now = training()
    assert now
    assert (now["state"], "again_at" in now) == ("failed", False)

    desk.write(lambda tx, now: stored_models.add(tx, edition, {"mode": "full"}, b"", now))
    assert training() is None


# -- when it is loaded --------------------------------------------------------------------------------------------


def woken(desk: Desk) -> int:
    return len(desk.hears("bot", "bot_wanted"))


def test_who_looks_at_the_bot_finds_it_loaded_when_they_try_it(desk: Desk) -> None:
    desk.write(bot_models.set_basis, BASIS)
    desk.do(desk.mei, "bot_turns")
    assert woken(desk) == 0
    desk.do(desk.mei, "bot_model")
    assert woken(desk) == 1


def test_a_window_that_outlived_a_server_has_the_bot_loaded_before_it_is_asked(desk: Desk) -> None:
    here = desk.conversation(desk.li_na, "我想退款")
    desk.do(desk.li_na, "sync", conversation_id=here, after_seq=0)
    assert woken(desk) == 0, "an agent will answer"
    desk.wait(**NIGHT)
    zhao = desk.arrive("Zhao Lei")
    there = desk.do(zhao, "start", topic="other")["conversation"]
    begun = woken(desk)
    desk.do(zhao, "sync", conversation_id=there["id"], after_seq=0)
    assert (there["status"], woken(desk)) == ("bot", begun + 1)
    desk.do(zhao, "sync", conversation_id=there["id"], after_seq=0, wait=0.1)
    assert woken(desk) == begun + 1, "a poll goes round and round"
