"""Where guided flows are offered, what small talk offers, and in whose language suggestions are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from chat.actions import flow_offers
from chat.actions.bot_turn import NO_MATCH, Answer, SmallTalk, Suggest
from chat.store import Tx
from chat.store.tables import Article
from tests.actions.conftest import NOON, Desk
from tests.actions.talks import NIGHT, Bot, begin, guest, ready, start, step_of
from tests.actions.test_applying import codes
from tests.actions.test_flows import ENDS

POLICY = json.dumps({"days": 7, "from": "purchase"})


def test_a_topic_with_a_flow_begins_with_its_offer_in_the_customers_language(night: Desk) -> None:
    offer = start(night, night.li_na, locale="en").log()[-1]
    assert offer["body"].startswith("Shall we begin now: Apply for a refund?")
    assert offer["data"] == {
        "code": "flow_offer",
        "flow": "refund",
        "choices": [{"title": "Apply for a refund", "value": "flow:refund"}],
        "values": ["flow:refund"],
    }
    assert codes(start(night, night.wang_wei, "other").log()) == ["bot_hello"]


def test_it_is_offered_again_where_no_article_answers_what_they_wrote(night: Desk) -> None:
    talk = start(night, night.li_na)
    assert talk.say("上周买的那双")["data"]["code"] == "flow_offer"
    assert talk.log()[-2]["data"] == {"code": "no_answer", "values": {}, "offer": "leave_message"}
    assert step_of(talk.press("flow:refund")) == "purchase"
    others = start(night, night.wang_wei, "other")
    assert others.say("上周买的那双")["data"]["code"] == "no_answer"


def test_by_day_an_agent_is_called_and_nothing_is_offered(night: Desk) -> None:
    night.now = NOON
    assert codes(start(night, night.li_na).log()) == []


def test_a_kind_that_customers_cannot_open_is_not_offered_and_a_flow_under_way_is_refused(night: Desk) -> None:
    talk = begin(night, night.li_na, "unfreeze")
    talk.through("li_na", "换了手机", "flow:skip")
    known = night.do(night.admin, "ticket_kinds")["kinds"]
    kind = next(each["definition"] for each in known if each["code"] == "unfreeze")
    night.do(night.admin, "set_kind", code="unfreeze", definition=kind | {"customers": False})
    assert "没能提交成功" in talk.press("flow:send")["body"]
    assert codes(start(night, night.wang_wei, "unfreeze").log()) == ["bot_hello"]


def test_a_bot_that_is_switched_off_offers_nothing(desk: Desk) -> None:
    desk.write(flow_offers.set_catalogue, flow_offers.Catalogue())
    desk.wait(**NIGHT)
    assert codes(start(desk, desk.li_na).log()) == ["bot_hello"]


def article(slug: str, locale: str = "zh-CN") -> Callable[[Tx, datetime], str]:
    def add(tx: Tx, now: datetime) -> str:
        written = Article(slug=slug, locale=locale, category="refund", question="？", answer="答", updated_at=now)
        tx.session.add(written)
        tx.session.flush()
        return written.id

    return add


def test_the_answer_of_a_flows_article_offers_it(night: Desk) -> None:
    applying, fees = night.write(article("apply-for-refund")), night.write(article("fees"))
    talk = start(night, night.li_na, "other")
    talk.bot.decision = Answer(applying)
    answer = talk.say("怎么退款")
    assert answer["data"]["values"] == ["helped", "not_helped", "flow:refund"]
    assert answer["data"]["choices"] == [{"title": "申请退款", "value": "flow:refund"}]
    assert step_of(talk.press("flow:refund")) == "purchase"
    talk.say("退出")
    talk.bot.decision = Answer(fees)
    answer = talk.say("手续费多少")
    assert (answer["data"]["values"], "choices" in answer["data"]) == (["helped", "not_helped"], False)


def test_where_is_my_refund_comes_with_the_customers_own_cases(night: Desk) -> None:
    where = Bot(Answer(night.write(article("refund-arrival"))))
    theirs = start(night, night.wang_wei, "other")
    theirs.bot = where
    theirs.say("退款到哪了")
    assert [message["body"] for message in theirs.log()[-2:]] == ["答", "您目前没有正在处理的申请。"]

    case = night.do(night.wang_wei, "open_case", kind="refund", order_id=night.ids["lamp"], reason="灯不亮")["case"]
    theirs.say("退款到哪了")
    told, card, more = theirs.log()[-3:]
    assert (told["body"][:12], more["body"]) == ("这是您申请的最新进度，点", "想了解一般要多久，可以看：")
    assert [choice["title"] for choice in more["data"]["choices"]] == ["？"]
    assert card["kind"] == "card"
    assert card["data"] == {
        "card": "case", "ticket_id": case["ticket_id"], "number": case["number"], "kind": "refund", "status": "new",
    }  # fmt: skip
    assert {turn["decision"] for turn in theirs.turns()} == {"case"}
    assert night.rows("SELECT bot_article_id FROM conversation WHERE id = :id", id=theirs.id) == [
        {"bot_article_id": None}  # it may be asked again: the case may have moved on
    ]
    assert night.do(night.admin, "articles")["articles"][0]["figures"]["shown"] == 2

    # Nobody sees another's; a guest is told where theirs could be seen.
    others = start(night, guest(night), "other")
    others.bot = where
    others.say("退款到哪了")
    assert others.log()[-2]["body"] == "答"
    assert others.log()[-1]["body"].startswith("您还没有登录")
    # The article is a press away, and is not the case once more.
    read = theirs.press(more["data"]["values"][0], offer=more)
    assert (read["body"], read["data"]["slug"]) == ("答", "refund-arrival")


def test_who_has_just_applied_hears_how_that_stands_and_is_not_asked_to_apply_again(night: Desk) -> None:
    ready(night, night.li_na).press("flow:send")
    [case] = night.do(night.li_na, "my_cases")["cases"]
    talk = start(night, night.li_na)
    for decision in (NO_MATCH, Answer(night.write(article("apply-for-refund")))):
        talk.bot.decision = decision
        before = len(talk.log())
        talk.say("那我还要做什么")
        said = talk.log()[before:]
        assert "您已经提交了申请，现在的进度是：" in [message["body"] for message in said]
        assert case["number"] in [message.get("data", {}).get("number") for message in said]
        assert "flow:refund" not in str(said)
    # One of another kind is offered, and so it is where the case is of an earlier conversation.
    talk.bot.decision = Answer(night.write(article("account-frozen")))
    assert talk.say("账户冻结了")["data"]["values"][-1] == "flow:unfreeze"
    night.change("UPDATE ticket SET created_at = created_at - 1 WHERE id = :id", id=case["ticket_id"])
    night.change("UPDATE conversation SET created_at = created_at + 1 WHERE id = :id", id=talk.id)
    talk.bot.decision = NO_MATCH
    assert talk.say("那我还要做什么")["data"]["values"] == ["flow:refund"]


def test_small_talk_offers_topics_or_a_person_and_counts_neither_as_help_nor_as_a_miss(night: Desk) -> None:
    talk = start(night, night.li_na, "other")
    talk.say("上周买的那双")
    talk.bot.decision = SmallTalk("您好！", "topics")
    hello = talk.say("你好")
    assert (hello["body"], set(hello["data"]["values"])) == ("您好！", {f"flow:{code}" for code in ["refund", *ENDS]})
    talk.bot.decision = SmallTalk("抱歉。", "person")
    assert talk.say("滚")["data"]["offer"] == "leave_message"
    assert night.rows("SELECT bot_misses FROM conversation WHERE id = :id", id=talk.id) == [{"bot_misses": 1}]
    assert [(turn["decision"], turn["reason"]) for turn in talk.turns()][1:] == [("ask", "small_talk")] * 2
    assert step_of(talk.press("flow:refund", offer=hello)) == "purchase"


def test_suggestions_are_in_the_customers_language_where_there_is_any_and_marked_where_not(night: Desk) -> None:
    own, other, alone = (night.write(article(*one)) for one in (("fees",), ("fees", "en"), ("terms", "en")))
    talk = start(night, night.li_na, "other")
    for suggested, offered in (
        ((other,), [("？", own)]),
        ((other, own), [("？", own)]),
        ((alone, other), [("？", own)]),
        ((alone,), [("？ · English", alone)]),
    ):
        night.change("UPDATE conversation SET bot_misses = 0 WHERE id = :id", id=talk.id)
        talk.bot.decision = Suggest(suggested)
        choices = talk.say("收费")["data"]["choices"]
        assert [(one["title"], one["value"]) for one in choices] == offered
