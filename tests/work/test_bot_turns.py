"""The bot's turns: one answer, in the customer's language, and never after a person took over."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from chat import wire
from chat.actions import bot as bot_actions
from chat.actions import conversations as talk
from chat.actions.access import Who
from chat.actions.bot import BUDGETS
from chat.actions.bot_turn import Answer, Ask, Decision, HandOver, Suggest, Turn
from chat.domain.markdown import plain_text
from chat.seed.knowledge import shipped_articles
from chat.store import Event, Tx
from chat.store.tables import Article as StoredArticle
from chat.work.bot_models import Models
from chat.work.bot_turns import Answering, BotTurns
from tests.conftest import new_client_id
from tests.realtime.raw import until
from tests.work.conftest import NIGHT, NOON, House, codes

PATIENCE = 10


class Parrot:
    """A bot that decides what it was told to, and remembers what it was asked."""

    def __init__(self, *decisions: Decision) -> None:
        self.decisions = list(decisions)
        self.turns: list[Turn] = []

    async def decide(self, turn: Turn) -> Decision:
        return await asyncio.to_thread(self.reply, turn)

    def reply(self, turn: Turn) -> Decision:
        self.turns.append(turn)
        return self.decisions[min(len(self.turns), len(self.decisions)) - 1]


class HeldUp(Parrot):
    """Thinks until it is let go."""

    def __init__(self, *decisions: Decision) -> None:
        super().__init__(*decisions)
        self.thinking, self.let_go = threading.Event(), threading.Event()

    def reply(self, turn: Turn) -> Decision:
        self.thinking.set()
        self.let_go.wait(PATIENCE)
        return super().reply(turn)


def unhurried(house: House, bot: Answering) -> BotTurns:
    """Waits for its bot as long as a test waits for anything; that it steps aside in time is a test of its own."""
    return BotTurns(house.store, bot, limit=PATIENCE)


async def turns_of(house: House, keeper: BotTurns) -> None:
    for job in await house.due("bot_turn"):
        await keeper.keep(job)


async def dialogue(house: House, keeper: BotTurns, who: Who, lines: list[str], **start: Any) -> list[wire.Message]:
    """What the bot said to these lines."""
    conversation = await house.start(who, **start)
    for line in lines:
        await house.say(who, conversation.id, line)
        await turns_of(house, keeper)
    return [message for message in await house.log(who, conversation.id) if message.author.kind == "bot"]


def article_id(tx: Tx, slug: str, locale: str, now: datetime) -> str:
    return tx.session.exec(
        select(StoredArticle.id).where(StoredArticle.slug == slug, StoredArticle.locale == locale)
    ).one()


def withdraw(tx: Tx, article_id: str, now: datetime) -> None:
    tx.session.get_one(StoredArticle, article_id).published = False


async def test_a_question_is_answered_from_an_article_in_the_customers_language(house: House, faq: Models) -> None:
    keeper = unhurried(house, faq)
    [chinese] = await dialogue(house, keeper, await house.customer(), ["忘记密码怎么办"])
    [english] = await dialogue(house, keeper, await house.customer("Ann"), ["I forgot my password"], locale="en")

    assert (chinese.kind, chinese.author.name) == ("text", "")
    assert chinese.body.startswith("您可以自己重置密码")
    assert "**" not in chinese.body
    assert chinese.data
    assert plain_text(chinese.data.pop("markdown")) == chinese.body
    assert chinese.data == {
        "article_id": await house.store.read(article_id, "reset-password", "zh-CN"),
        "slug": "reset-password",
        "title": "忘记密码了，怎么找回？",
        "version": 1,
        "effective_at": wire.utc(NIGHT),
        "path": "/help/shop/zh-CN/reset-password",
        "turn": 2,
        "values": ["helped", "not_helped"],
    }
    assert english.body.startswith("You can reset it yourself")


async def test_who_writes_chinese_in_an_english_window_is_understood_and_offered_the_english_article(
    house: House, faq: Models
) -> None:
    lines = ["my cat won't eat", "我要退款"]
    bot = await dialogue(house, unhurried(house, faq), await house.customer("Ann"), lines, locale="en")
    assert codes(bot) == ["no_answer", "suggest"]
    assert bot[-1].data
    apply = await house.store.read(article_id, "apply-for-refund", "en")
    assert (bot[-1].data["choices"][0]["value"], bot[-1].data["values"][-1]) == (apply, "none")


async def test_what_it_does_not_know_it_offers_to_take_as_a_message(house: House, faq: Models) -> None:
    [line] = await dialogue(house, unhurried(house, faq), await house.customer(), ["今天月亮真圆啊"])
    assert line.kind == "system"
    assert line.data == {"code": "no_answer", "values": {}, "offer": "leave_message"}


@pytest.mark.parametrize(
    ("decision", "data"),
    [
        (Ask("bot_ask_again"), {"code": "bot_ask_again", "values": {}}),
        (HandOver("no_match"), {"code": "no_answer", "values": {}, "offer": "leave_message"}),
        (HandOver("second_miss"), {"code": "no_answer", "values": {}, "offer": "leave_message"}),
        (HandOver("budget"), {"code": "no_answer", "values": {}, "offer": "leave_message"}),
        (HandOver("none"), {"code": "agents_away", "values": {}, "offer": "leave_message"}),
        (HandOver("asked_for_person"), {"code": "agents_away", "values": {}, "offer": "leave_message"}),
        (HandOver("urgent"), {"code": "urgent", "values": {}, "offer": "leave_message"}),
        (Answer("an article that is gone"), {"code": "no_answer", "values": {}, "offer": "leave_message"}),
        (Suggest(("an article that is gone",)), {"code": "no_answer", "values": {}, "offer": "leave_message"}),
    ],
)
async def test_by_night_each_decision_has_its_line(house: House, decision: Decision, data: dict[str, Any]) -> None:
    [line] = await dialogue(house, unhurried(house, Parrot(decision)), await house.customer(), ["你好"])
    assert (line.kind, line.data) == ("system", data)


async def test_by_day_it_offers_an_agent_and_calls_one_who_is_asked_for(house: House) -> None:
    await house.store.write(put_bot_in_front)
    house.now = NOON
    li_na, wang = await house.customer(), await house.customer("王强")

    [line] = await dialogue(house, unhurried(house, Parrot(HandOver("no_match"))), li_na, ["?!"])
    assert line.data == {"code": "no_answer_open", "values": {}, "offer": "ask_agent"}

    for reason in ("asked_for_person", "none", "second_miss", "urgent"):
        conversation = await house.start(wang)
        await house.say(wang, conversation.id, "转人工")
        await turns_of(house, unhurried(house, Parrot(HandOver(reason))))
        assert (await house.seen(wang, conversation.id)).status == "waiting", reason
        said = {"urgent": ["urgent_help", "asked_agent"]}.get(reason, ["asked_agent"])
        assert codes(await house.log(wang, conversation.id)) == ["bot_hello_open", "customer", *said]
        await house.store.write(talk.leave, wang, wire.InConversation(conversation_id=conversation.id))


def put_bot_in_front(tx: Tx, now: datetime) -> None:
    tx.change("UPDATE site SET bot_in_front = TRUE")


async def test_a_suggestion_is_a_list_to_choose_from(house: House, faq: Models) -> None:
    likely = tuple(
        [await house.store.read(article_id, slug, "zh-CN") for slug in ("refund-policy", "apply-for-refund")]
    )
    [choices] = await dialogue(house, unhurried(house, Parrot(Suggest(likely))), await house.customer(), ["退"])
    assert (choices.kind, choices.body, choices.data and choices.data["code"]) == ("choices", "", "suggest")
    assert choices.data
    assert [choice["value"] for choice in choices.data["choices"]] == list(likely)
    assert choices.data["values"] == [*likely, "none"]


@dataclass
class Talk:
    """A conversation with a bot that decides what it was told to."""

    house: House
    keeper: BotTurns
    who: Who
    conversation_id: str

    async def say(self, body: str) -> wire.Message:
        await self.house.say(self.who, self.conversation_id, body)
        return await self._answer()

    async def choose(self, value: str, seq: int) -> wire.Message:
        choice = wire.Choice(seq=seq, value=value)
        given = wire.Say(conversation_id=self.conversation_id, client_id=new_client_id(), body="…", choice=choice)
        await self.house.store.write(talk.say, self.who, given)
        return await self._answer()

    async def _answer(self) -> wire.Message:
        await turns_of(self.house, self.keeper)
        return (await self.house.log(self.who, self.conversation_id))[-1]

    async def turns(self) -> list[Any]:
        def look(tx: Tx, now: datetime) -> list[Any]:
            found = "SELECT * FROM botturn WHERE conversation_id = :id ORDER BY seq"
            return tx.rows(found, id=self.conversation_id)

        return await self.house.store.read(look)


async def begin(house: House, *decisions: Decision) -> tuple[Talk, Parrot]:
    parrot, li_na = Parrot(*decisions), await house.customer()
    conversation = await house.start(li_na)
    return Talk(house, unhurried(house, parrot), li_na, conversation.id), parrot


async def fees_and_terms(house: House) -> tuple[str, str]:
    fees, terms = [await house.store.read(article_id, slug, "zh-CN") for slug in ("fees", "terms-and-duties")]
    return fees, terms


async def test_who_presses_a_suggestion_gets_that_article_and_the_bot_is_not_asked(house: House) -> None:
    fees, terms = await fees_and_terms(house)
    with_bot, parrot = await begin(house, Suggest((fees, terms), 0.5))
    offered = await with_bot.say("钱")
    answer = await with_bot.choose(terms, offered.seq)
    assert answer.data
    assert (answer.data["article_id"], len(parrot.turns)) == (terms, 1)
    asked, chosen = await with_bot.turns()
    assert (asked["decision"], asked["outcome"], asked["confidence"]) == ("suggest", "chosen", 0.5)
    assert (chosen["decision"], chosen["article_id"], chosen["version"]) == ("answer", terms, 1)


async def test_none_of_the_suggestions_is_a_wish_for_a_person(house: House) -> None:
    with_bot, _ = await begin(house, Suggest(await fees_and_terms(house)))
    offered = await with_bot.say("你们收不收税")
    line = await with_bot.choose("none", offered.seq)
    assert line.data == {"code": "agents_away", "values": {}, "offer": "leave_message"}
    first, second = await with_bot.turns()
    assert (first["outcome"], bool(first["unmatched"]), first["asked"]) == ("none", True, "你们收不收税")
    assert (second["decision"], second["reason"], bool(second["unmatched"])) == ("hand_over", "none", False)


async def test_what_helped_and_what_did_not_is_kept_and_asked_again_without_that_article(house: House) -> None:
    fees, _ = await fees_and_terms(house)
    with_bot, parrot = await begin(house, Answer(fees, 0.9), HandOver("second_miss"))
    answer = await with_bot.say("  要 手续费吗 ")
    line = await with_bot.choose("not_helped", answer.seq)
    assert line.data
    assert line.data["code"] == "no_answer"
    again = parrot.turns[1]
    assert (again.text, again.misses, again.last_article_id) == ("要 手续费吗", 0, fees)
    assert [(turn["outcome"], turn["confidence"]) for turn in await with_bot.turns()] == [
        ("not_helpful", 0.9),
        (None, None),
    ]

    another, parrot = await begin(house, Answer(fees))
    answer = await another.say("要手续费吗")
    line = await another.choose("helped", answer.seq)
    assert (line.data and line.data["code"], len(parrot.turns)) == ("bot_thanks", 1)
    # What was said first counts.
    await another.choose("not_helped", answer.seq)
    first, *_ = await another.turns()
    assert first["outcome"] == "solved"


@pytest.mark.parametrize("value", ["something-else", "none", "helped"])
async def test_what_was_not_offered_cannot_be_chosen(house: House, value: str) -> None:
    """A forged choice is read as the words it came with."""
    with_bot, parrot = await begin(house, Ask("bot_greeting"))
    greeting = await with_bot.say("你好")
    for seq in (greeting.seq, 2, 99):  # nothing is offered there, the customer's own line, no line
        line = await with_bot.choose(value, seq)
        assert line.data == {"code": "bot_greeting", "values": {}}
    assert [turn.text for turn in parrot.turns] == ["你好", "…", "…", "…"]


async def test_an_article_of_other_sites_is_not_for_these_customers(house: House) -> None:
    fees, terms = await fees_and_terms(house)
    with_bot, parrot = await begin(house, Ask("bot_greeting"))
    await with_bot.say("你好")
    assert parrot.turns[0].only is None

    def share(tx: Tx, now: datetime) -> None:
        tx.change("UPDATE article SET sites = :others WHERE id = :id", others='["wallet"]', id=fees)
        tx.change("UPDATE article SET sites = :ours WHERE id = :id", ours='["shop","wallet"]', id=terms)

    await house.store.write(share)
    await with_bot.say("你好")
    only = parrot.turns[1].only
    assert only is not None
    assert (fees in only, terms in only, len(only)) == (False, True, len(shipped_articles()) - 1)


async def test_an_article_that_went_to_other_sites_since_is_sent_to_nobody_here(house: House) -> None:
    fees, terms = await fees_and_terms(house)
    with_bot, _ = await begin(house, Suggest((fees, terms)), Answer(fees))
    offered = await with_bot.say("钱")

    def move(tx: Tx, now: datetime) -> None:
        tx.change("UPDATE article SET sites = :others WHERE id = :id", others='["wallet"]', id=fees)

    await house.store.write(move)
    for line in (await with_bot.choose(fees, offered.seq), await with_bot.say("要手续费吗")):
        assert line.data
        assert line.data["code"] == "no_answer"
    answer = await with_bot.choose(terms, offered.seq)
    assert answer.data
    assert answer.data["article_id"] == terms


async def test_a_suggestion_pressed_twice_is_answered_once(house: House) -> None:
    fees, terms = await fees_and_terms(house)
    with_bot, _ = await begin(house, Suggest((fees, terms)))
    offered = await with_bot.say("钱")
    assert (await with_bot.choose(fees, offered.seq)).kind == "text"
    assert (await with_bot.choose(fees, offered.seq)).data == {"code": "bot_ask_again", "values": {}}
    assert (await with_bot.choose(terms, offered.seq)).kind == "text"


@pytest.mark.parametrize("bot", [None, Parrot(Suggest(("an article",))), Parrot(Ask("bot_greeting"))])
async def test_words_of_fraud_are_heard_whatever_becomes_of_the_bot(house: House, bot: Parrot | None) -> None:
    keeper = BotTurns(house.store, bot, limit=PATIENCE)
    for text in ("我的卡被盗刷了", f"{'您好，' * 300}我的卡被盗刷了"):
        *_, line = await dialogue(house, keeper, await house.customer(), [text])
        assert line.data == {"code": "urgent", "values": {}, "offer": "leave_message"}


async def test_who_has_asked_too_much_is_heard_when_it_is_urgent(house: House) -> None:
    with_bot, _ = await begin(house, Ask("bot_greeting"))
    for _ in range(BUDGETS[0][1]):
        await with_bot.say("讲个笑话")
    assert (await with_bot.say("我的卡被盗刷了")).data == {"code": "urgent", "values": {}, "offer": "leave_message"}


async def test_the_sites_own_urgent_words_count_more_than_an_answer(house: House) -> None:
    fees, _ = await fees_and_terms(house)
    with_bot, _ = await begin(house, Answer(fees))
    assert (await with_bot.say("充电器冒烟了")).kind == "text"

    def put_down(tx: Tx, now: datetime) -> None:
        tx.change("UPDATE site SET urgent_words = :words", words='["冒烟"]')

    await house.store.write(put_down)
    assert (await with_bot.say("充电器冒烟了")).data == {"code": "urgent", "values": {}, "offer": "leave_message"}
    # What the bot knows as an article's own question stays with the bot.
    assert (await with_bot.say("遇到诈骗怎么办")).kind == "text"


async def test_who_plays_with_the_bot_comes_to_a_person(house: House) -> None:
    with_bot, parrot = await begin(house, Ask("bot_greeting"))
    (_, most), (_, most_a_day) = BUDGETS
    for _ in range(most):
        assert (await with_bot.say("讲个笑话")).data == {"code": "bot_greeting", "values": {}}
    line = await with_bot.say("再讲一个")
    assert (line.data and line.data["code"], len(parrot.turns)) == ("no_answer", most)
    house.later(hours=1)
    assert (await with_bot.say("你好")).data == {"code": "bot_greeting", "values": {}}
    assert most < most_a_day


async def test_the_same_job_done_twice_gives_one_answer(house: House, faq: Models) -> None:
    li_na, keeper = await house.customer(), unhurried(house, faq)
    other_process = unhurried(house, faq)
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "忘记密码怎么办")
    [job] = await house.due("bot_turn")
    await asyncio.gather(keeper.keep(job), other_process.keep(job))
    await keeper.keep(job)
    assert codes(await house.log(li_na, conversation.id)) == ["bot_hello", "customer", "bot"]
    house.later(hours=1)
    assert await house.due("bot_turn") == []


async def test_a_newer_message_voids_the_turn(house: House) -> None:
    li_na, parrot = await house.customer(), Parrot(Ask("bot_greeting"))
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "你好")
    await house.say(li_na, conversation.id, "忘记密码怎么办")
    await turns_of(house, unhurried(house, parrot))
    assert [turn.text for turn in parrot.turns] == ["忘记密码怎么办"]
    assert codes(await house.log(li_na, conversation.id)) == ["bot_hello", "customer", "customer", "bot_greeting"]
    house.later(hours=1)
    assert await house.due("bot_turn") == []


async def test_a_bot_held_up_never_speaks_after_a_message_was_left_or_an_agent_took_over(
    house: House, mei: Who
) -> None:
    li_na, bot = await house.customer(), HeldUp(Ask("bot_greeting"))
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "你好")
    [job] = await house.due("bot_turn")
    turn = asyncio.create_task(unhurried(house, bot).keep(job))
    await asyncio.to_thread(bot.thinking.wait, PATIENCE)

    await house.leave_message(li_na, conversation.id, "请回复我", email="li@mail.example")
    await house.pick(mei, conversation.id)
    bot.let_go.set()
    await turn

    assert len(bot.turns) == 1, "the bot must have decided something for this test to mean anything"
    assert not [message for message in await house.log(li_na, conversation.id) if message.author.kind == "bot"]
    house.later(hours=1)
    assert await house.due("bot_turn") == []


async def test_a_bot_held_up_is_silent_when_an_agent_was_called_meanwhile(house: House, mei: Who) -> None:
    await house.store.write(put_bot_in_front)
    house.now = NOON
    li_na, bot = await house.customer(), HeldUp(Ask("bot_greeting"))
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "你好")
    [job] = await house.due("bot_turn")
    turn = asyncio.create_task(unhurried(house, bot).keep(job))
    await asyncio.to_thread(bot.thinking.wait, PATIENCE)
    await house.store.write(talk.ask_agent, li_na, wire.InConversation(conversation_id=conversation.id))
    await house.pick(mei, conversation.id)
    bot.let_go.set()
    await turn
    assert codes(await house.log(li_na, conversation.id)) == [
        "bot_hello_open", "customer", "asked_agent", "agent_joined", "safety_notice",
    ]  # fmt: skip


async def test_a_bot_held_up_is_silent_when_the_customer_wrote_again(house: House) -> None:
    li_na, bot = await house.customer(), HeldUp(Ask("bot_greeting"))
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "你好")
    [job] = await house.due("bot_turn")
    turn = asyncio.create_task(unhurried(house, bot).keep(job))
    await asyncio.to_thread(bot.thinking.wait, PATIENCE)
    await house.say(li_na, conversation.id, "忘记密码怎么办")
    bot.let_go.set()
    await turn
    assert codes(await house.log(li_na, conversation.id)) == ["bot_hello", "customer", "customer"]


async def test_a_bot_that_thinks_for_a_while_is_seen_to_by_its_customer_alone(house: House) -> None:
    li_na, bot = await house.customer(), HeldUp(Ask("bot_greeting"))
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "你好")
    [job] = await house.due("bot_turn")
    turn = asyncio.create_task(BotTurns(house.store, bot, limit=PATIENCE, unseen=0).keep(job))
    await until(lambda: "typing" in [event.name for event in house.told])
    seen = [event for event in house.told if event.name == "typing"]
    bot.let_go.set()
    await turn
    assert [room.name for room in seen[0].rooms] == [f"customer:{li_na.id}:{li_na.site_id}"]
    assert seen[0].value == {"conversation_id": conversation.id, "by": "bot", "name": "智能助手"}
    assert house.told.index(seen[0]) < len(house.told) - 1  # the answer comes after it


async def test_a_bot_that_has_answered_or_is_not_asked_any_more_is_not_seen_to_think(house: House) -> None:
    quick = BotTurns(house.store, Parrot(Ask("bot_greeting")), limit=PATIENCE, unseen=PATIENCE)
    assert codes(await dialogue(house, quick, await house.customer(), ["你好"])) == ["bot_greeting"]
    wang_wei = await house.customer("王伟")
    void = await house.start(wang_wei)
    await house.say(wang_wei, void.id, "你好")
    [job] = await house.due("bot_turn")
    await house.leave_message(wang_wei, void.id, "请回复我", email="wang@mail.example")
    await house.store.read(bot_actions.thinks, job, "智能助手")
    assert "typing" not in [event.name for event in house.told]


async def test_a_hint_that_cannot_be_given_is_told_to_the_log_and_the_answer_comes(house: House) -> None:
    li_na, bot = await house.customer(), HeldUp(Ask("bot_greeting"))
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "你好")

    def deliver(events: list[Event]) -> None:
        if "typing" in [event.name for event in events]:
            raise OSError("the line is dead")

    house.store.deliver = deliver
    [job] = await house.due("bot_turn")
    with capture_logs() as lines:
        turn = asyncio.create_task(BotTurns(house.store, bot, limit=PATIENCE, unseen=0).keep(job))
        await until(lambda: "OSError" in [line.get("error") for line in lines])
        bot.let_go.set()
        await turn
    assert codes(await house.log(li_na, conversation.id))[-1] == "bot_greeting"


async def test_a_bot_that_takes_too_long_steps_aside(house: House) -> None:
    bot = HeldUp(Ask("bot_greeting"))
    [line] = await dialogue(house, BotTurns(house.store, bot, limit=0.01), await house.customer(), ["你好"])
    bot.let_go.set()
    assert line.data
    assert line.data["code"] == "no_answer"


async def test_a_bot_that_breaks_steps_aside(house: House) -> None:
    class Broken(Parrot):
        def reply(self, turn: Turn) -> Decision:
            raise RuntimeError("no bot today")

    for bot, reason in ((Broken(), "failed"), (None, "no_match")):  # None: it is switched off
        li_na = await house.customer()
        talked = Talk(house, BotTurns(house.store, bot), li_na, (await house.start(li_na)).id)
        line = await talked.say("你好")
        assert line.data
        assert line.data["code"] == "no_answer"
        # What broke says nothing of the articles: the question is not one that none of them answers.
        [turn] = await talked.turns()
        assert (turn["reason"], bool(turn["unmatched"])) == (reason, reason == "no_match")


async def test_by_day_a_bot_that_fails_twice_running_calls_an_agent(house: House) -> None:
    await house.store.write(put_bot_in_front)
    house.now = NOON
    li_na = await house.customer()
    talked = Talk(house, BotTurns(house.store, None), li_na, (await house.start(li_na)).id)
    line = await talked.say("有人吗")
    assert line.data == {"code": "no_answer_open", "values": {}, "offer": "ask_agent"}
    await talked.say("在吗")
    assert (await house.seen(li_na, talked.conversation_id)).status == "waiting"


async def test_misses_are_counted_until_something_helped(house: House) -> None:
    likely = await house.store.read(article_id, "fees", "zh-CN")
    parrot = Parrot(Suggest((likely,)), Ask("bot_ask_again"), HandOver("no_match"), Answer(likely), Ask("bot_thanks"))
    await dialogue(house, unhurried(house, parrot), await house.customer(), list("一二三四五六"))
    assert [turn.misses for turn in parrot.turns] == [0, 1, 2, 3, 0, 0]
    assert [turn.last_article_id for turn in parrot.turns] == [None, None, None, None, likely, None]
    assert [turn.listed for turn in parrot.turns] == [False, True, False, False, False, False]


async def test_counting_misses_is_nothing_a_customer_sees(house: House) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "?")
    before = (await house.seen(li_na, conversation.id)).version
    await turns_of(house, unhurried(house, Parrot(HandOver("no_match"))))
    assert (await house.seen(li_na, conversation.id)).version == before


async def test_the_preview_stays_what_the_customer_wrote(house: House, faq: Models, mei: Who) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na)
    await house.say(li_na, conversation.id, "忘记密码怎么办")
    await turns_of(house, unhurried(house, faq))
    house.later(hours=11)
    await house.store.write(talk.ask_agent, li_na, wire.InConversation(conversation_id=conversation.id))
    assert (await house.pick(mei, conversation.id)).preview == "忘记密码怎么办"


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**重要**：请勿告诉任何人。", "重要：请勿告诉任何人。"),
        ("# 标题\n\n正文", "标题\n\n正文"),
        ("1. 一\n2. 二", "1. 一\n2. 二"),
        ("- one\n* two\n  - three", "• one\n• two\n  • three"),
        ("see [the policy](https://shop.example/refunds)", "see the policy (https://shop.example/refunds)"),
        ("type `1234` and *wait*", "type 1234 and wait"),
        ("> 引用", "引用"),
        ("2 * 3 * 4 = 24, a_b_c, 5 ** 2", "2 * 3 * 4 = 24, a_b_c, 5 ** 2"),
        ("a < b & c", "a < b & c"),
        ("![" * 30_000, "![" * 30_000),  # takes minutes where each mark is looked for to the end of the line
    ],
)
def test_simple_markdown_becomes_plain_text(markdown: str, plain: str) -> None:
    assert plain_text(markdown) == plain
