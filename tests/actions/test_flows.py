"""Guided flows at the desk: what is asked leads to one case with all that an agent needs, or to nothing."""

from __future__ import annotations

import asyncio
import json

import pytest

from chat.actions.access import Caller, Who
from chat.actions.applying import A_DAY
from chat.actions.bot import BUDGETS
from chat.actions.flow_offers import LASTS
from chat.actions.flows import MOST_TURNS
from chat.errors import NotFound
from chat.faq import Guide
from chat.store import Clock, Store
from chat.work.bot_turns import BotTurns
from tests.actions.conftest import Desk
from tests.actions.talks import Bot, Talk, arrives, begin, done_of, guest, only_case, ready, start, step_of
from tests.actions.test_applying import codes
from tests.actions.test_files import sent

POLICY = json.dumps({"days": 7, "from": "purchase"})


# -- each flow comes to its end -----------------------------------------------------------------------------------


def test_a_refund_is_asked_for_with_all_that_its_reviewer_needs(night: Desk) -> None:
    talk = begin(night, night.li_na)
    offered = talk.log()[-1]
    assert (offered["kind"], offered["author"]["kind"]) == ("choices", "bot")
    assert offered["body"] == "要退哪一笔？请选择，或填写订单号、交易号。"
    choices = offered["data"].pop("choices")
    assert choices[0] == {"title": "20260301000002 · camera · ¥980.00", "value": f"order:{night.ids['camera']}"}
    assert offered["data"] == {
        "code": "flow",
        "flow": "refund",
        "step": "purchase",
        "input": "order_or_transaction",
        "values": [choice["value"] for choice in choices],
        "turn": 3,
    }
    talk.through(f"order:{night.ids['shoes']}", "items:all", "option:damaged", "鞋底开胶了", "option:original")
    assert talk.log()[-1]["data"]["input"] == "evidence"
    photos = [sent(night, night.li_na, f"{n}.png", sha256=str(n) * 64) for n in range(2)]
    assert "flow:done" in talk.send(*photos)["data"]["values"]
    summary = talk.press("flow:done")
    assert (summary["data"]["input"], "订单或交易：20260301000001" in summary["body"]) == ("confirm", True)
    assert night.rows("SELECT id FROM ticket") == []

    said = talk.press("flow:send")
    assert (said["kind"], said["body"][:8], said["data"]["flow"]) == ("text", "退款申请已提交，", "refund")
    assert codes(talk.log())[-4:] == ["ticket_opened", "card", "refund_requested", "text"]
    case, ticket = only_case(night, night.li_na)
    assert (case["kind"], case["order_number"], case["refund"]["amount"]) == ("refund", "20260301000001", 42_800)
    assert case["refund"]["payout"] == {"way": "original"}
    assert done_of(ticket) == ["order_found", "within_window", "not_excluded"]
    assert [(each["code"], each["attachment"]["attachment_id"]) for each in ticket["evidence"]] == [
        ("photo", photo) for photo in photos
    ]
    [applied] = [event["reason"] for event in ticket["events"] if event["code"] == "applied"]
    assert applied.splitlines() == ["鞋底开胶了", "原因：商品有损坏或质量问题", "退款去向：原路退回"]
    assert ticket["transcripts"][0]["conversation_id"] == talk.id


ENDS: dict[str, tuple[list[str], dict[str, str], list[str]]] = {  # what is said, the form, what is ticked
    "amount_dispute": (["20260301000001", "428", "￥400.00", "优惠没有生效", "没有"], {}, ["order_found"]),
    "unfreeze": (["li_na", "换了新手机登录", "flow:skip"], {"account": "li_na"}, []),
    "password_help": (["13800138000", "option:lost_phone", "flow:skip"], {"account": "13800138000"}, []),
    "payment_failure": (
        ["P20260301000003", "支付宝", "下午三点", "提示网络异常", "flow:skip"],
        {},
        ["transaction_found"],
    ),
}


@pytest.mark.parametrize("code", ENDS)
def test_every_other_flow_ends_in_a_case_too(night: Desk, code: str) -> None:
    said, fields, checks = ENDS[code]
    begin(night, night.li_na, code).through(*said, "flow:send")
    case, ticket = only_case(night, night.li_na)
    assert (case["kind"], ticket["fields"], done_of(ticket)) == (code, fields, checks)
    if code == "amount_dispute":
        calculation = case["refund"]["calculation"]
        assert (calculation["charged"], calculation["expected"], calculation["difference"]) == (42_800, 40_000, 2_800)
        assert case["order_number"] == "20260301000001"
    if code == "payment_failure":
        assert [each["id"] for each in ticket["transactions"]] == [night.ids["unpaid payment"]]


@pytest.mark.parametrize("code", ["refund", *ENDS])
def test_a_guest_names_numbers_that_people_compare_and_a_way_to_be_reached(night: Desk, code: str) -> None:
    wei = guest(night)
    said = (
        ENDS[code][0] if code in ENDS else ["20260301000001", "option:late", "还没到", "option:elsewhere", "flow:skip"]
    )
    talk = begin(night, wei, code)
    assert step_of(talk.through(*said)) == "contact"
    assert "请留下邮箱或手机号" in talk.say("以后再说")["body"]
    talk.through("wei@mail.example", "flow:send")
    _, ticket = only_case(night, wei)
    assert (ticket["kind"], ticket["orders"], ticket["transactions"], ticket["refunds"]) == (code, [], [], [])
    assert set(done_of(ticket)) <= {"evidence_collected"}  # nothing was looked up
    [row] = night.rows("SELECT contact FROM ticket")
    assert json.loads(row["contact"]) == {"email": "wei@mail.example"}
    if code == "amount_dispute":
        assert ticket["fields"]["amount"] == "28.00"
    if code == "refund":
        assert ticket["fields"] == {"order_number": "20260301000001"}


def test_what_a_kind_no_longer_asks_for_stands_in_the_reason(night: Desk) -> None:
    talk = begin(night, night.li_na, "unfreeze")
    talk.through("li_na", "换了手机", "flow:skip")
    known = night.do(night.admin, "ticket_kinds")["kinds"]
    kind = next(each["definition"] for each in known if each["code"] == "unfreeze")
    night.do(night.admin, "set_kind", code="unfreeze", definition=kind | {"fields": []})
    talk.press("flow:send")
    _, ticket = only_case(night, night.li_na)
    [applied] = [event["reason"] for event in ticket["events"] if event["code"] == "applied"]
    assert (ticket["fields"], applied) == ({}, "换了手机\nli_na")


def items_asked(desk: Desk) -> Talk:
    """The shoes' order has two lines, of ¥300 and ¥128."""
    talk = begin(desk, desk.li_na)
    assert step_of(talk.press(f"order:{desk.ids['shoes']}")) == "items"
    return talk


PICKS: dict[str, tuple[list[str], list[int], int]] = {  # what is pressed or said, the lines, the amount
    "one": (["item:2", "flow:done"], [2], 12_800),
    "by its number": (["２"], [2], 12_800),
    "one after the other": (["item:2", "item:1"], [1, 2], 42_800),
    "both by number": (["1和2"], [1, 2], 42_800),
    "the whole": (["全部都退"], [1, 2], 42_800),
}


@pytest.mark.parametrize("pick", PICKS)
def test_some_items_or_the_whole_are_refunded_at_the_amount_that_was_shown(night: Desk, pick: str) -> None:
    said, lines, amount = PICKS[pick]
    talk = items_asked(night)
    offered = [choice["title"] for choice in talk.log()[-1]["data"]["choices"]]
    assert offered[:3] == ["整单全退 · ¥428.00", "1. shoes ×1 · ¥300.00", "2. shoes ×1 · ¥128.00"]
    summary = talk.through(*said, "option:damaged", "开胶了", "option:original", "flow:skip")
    assert f"退款金额：¥{amount / 100:.2f}" in summary["body"]
    assert "商品：" + "、".join(["shoes ×1"] * len(lines)) in summary["body"]
    talk.press("flow:send")
    _, ticket = only_case(night, night.li_na)
    [refund] = ticket["refunds"]
    assert (refund["lines"], refund["amount"]) == (lines, amount)
    assert (ticket["subject"], done_of(ticket)) == ("开胶了", ["order_found", "within_window", "not_excluded"])


def test_an_order_that_is_named_by_an_item_is_judged_like_any_other(night: Desk) -> None:
    talk = begin(night, night.li_na)
    asked = talk.say("Shoes！")
    assert (step_of(asked), asked["data"]["values"][:3]) == ("items", ["items:all", "item:1", "item:2"])
    night.change("UPDATE site SET refund_policy = :policy WHERE key = 'shop'", policy='{"excluded": true}')
    talk.say("返回")
    refused = talk.say("shoes")
    assert (step_of(refused), "20260301000001：此类商品" in refused["body"]) == ("purchase", True)


@pytest.mark.parametrize("alone", [True, False])
def test_one_of_two_is_refunded_and_later_the_other(night: Desk, alone: bool) -> None:
    items = [{"line": 1, "name": "杯子", "quantity": 2, "amount": 42_800 if alone else 12_801}]
    items += [] if alone else [{"line": 2, "name": "茶几", "quantity": 1, "amount": 29_999}]
    stored = json.dumps(items)
    night.change("UPDATE purchase SET items = :items WHERE id = :id", items=stored, id=night.ids["shoes"])
    picked = [] if alone else ["1"]
    first, rest = (21_400, 21_400) if alone else (6_400, 6_401)
    told = ("option:damaged", "磕坏了", "option:original", "flow:skip", "flow:send")
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", *picked, "count:1", *told)
    _, ticket = only_case(night, night.li_na)
    [refund] = ticket["refunds"]
    assert (refund["lines"], refund["amount"], refund["counts"]) == ([1], first, [{"line": 1, "count": 1}])
    night.change("UPDATE refund SET state = 'paid'")
    night.do(night.li_na, "leave", conversation_id=talk.id)
    # What is left is one, so nobody asks how many.
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", *picked, *told)
    assert [row["amount"] for row in night.rows("SELECT amount FROM refund ORDER BY created_at, id")] == [first, rest]
    assert [row["counts"] for row in night.rows("SELECT counts FROM refund")] == ['{"1": 1}'] * 2


@pytest.mark.parametrize(("freight", "lines"), [(0, [2]), (1_500, [1, 2])])
def test_a_refund_of_the_whole_names_only_what_goes_back(night: Desk, freight: int, lines: list[int]) -> None:
    """Freight goes back with the whole alone."""
    night.change("UPDATE purchase SET total = total + :freight WHERE number = '20260301000001'", freight=freight)
    one = {"order_id": night.ids["shoes"], "lines": [1], "amount": 30_000, "currency": "CNY"}
    first = night.do(night.li_na, "open_case", kind="refund", reason="磕坏了", **one)["case"]["ticket_id"]
    night.change("UPDATE refund SET state = 'paid'")
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", "items:all", "option:damaged", "磕坏了")
    talk.through("option:original", "flow:skip", "flow:send")
    (second,) = [case for case in night.do(night.li_na, "my_cases")["cases"] if case["ticket_id"] != first]
    [refund] = night.do(night.mei, "ticket", ticket_id=second["ticket_id"])["ticket"]["refunds"]
    assert (refund["lines"], refund["amount"]) == (lines, 12_800 + freight)
    decide = {"refund_id": refund["id"], "reason": "缺照片"}
    for decision in ("review", "reject"):
        night.do(night.mei, "decide_refund", decision=decision, **decide)
    appealed = night.do(night.li_na, "appeal_case", ticket_id=second["ticket_id"], reason="照片补上了")["case"]
    assert appealed["refund"]["state"] == "in_review"


def test_an_order_is_known_by_what_its_customer_calls_an_item_of_it(night: Desk) -> None:
    stored = json.dumps([{"line": 1, "name": "便携保温杯 500ml", "quantity": 3, "amount": 42_800}])
    night.change("UPDATE purchase SET items = :items WHERE id = :id", items=stored, id=night.ids["shoes"])
    talk = begin(night, night.li_na)
    assert step_of(talk.say("退两个帐篷")) == "purchase"
    assert step_of(talk.say("退两个保温杯")) == "cause"  # and how many was said


def test_what_went_back_for_less_is_not_offered_again(night: Desk) -> None:
    stored = json.dumps([{"line": 1, "name": "杯子", "quantity": 3, "amount": 42_800}])
    night.change("UPDATE purchase SET items = :items WHERE id = :id", items=stored, id=night.ids["shoes"])
    one = {"order_id": night.ids["shoes"], "lines": [1], "counts": [{"line": 1, "count": 1}], "amount": 5_000}
    night.do(night.li_na, "open_case", kind="refund", currency="CNY", reason="磕坏了", **one)
    night.change("UPDATE refund SET state = 'paid'")
    talk = begin(night, night.li_na)
    asked = talk.press(f"order:{night.ids['shoes']}")
    titles = [choice["title"] for choice in asked["data"]["choices"]]
    assert (asked["body"], titles[:2]) == ("“杯子”可以退 2 件，要退几件？", ["1 件 · ¥142.67", "2 件 · ¥285.34"])
    talk.through("count:2", "option:damaged", "都碎了", "option:original", "flow:skip", "flow:send")
    newest = night.rows("SELECT counts, amount FROM refund ORDER BY created_at DESC, id DESC")[0]
    assert newest == {"counts": '{"1": 2}', "amount": 28_534}


def test_what_several_items_have_had_back_together_is_not_promised_again(night: Desk) -> None:
    items = [{"line": n, "name": f"第{n}件", "quantity": 1, "amount": 10_000} for n in (1, 2, 3)]
    stored = json.dumps(items)
    night.change("UPDATE purchase SET items = :items WHERE id = :id", items=stored, id=night.ids["shoes"])
    opened = {"kind": "refund", "order_id": night.ids["shoes"], "lines": [1, 2], "amount": 8_000, "currency": "CNY"}
    night.do(night.li_na, "open_case", **opened, reason="先退一部分")
    night.change("UPDATE refund SET state = 'paid'")
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", "1和2", "option:damaged", "坏了", "option:original", "flow:skip")
    assert "退款金额：¥120.00" in talk.log()[-1]["body"]
    talk.press("flow:send")
    assert sorted(row["amount"] for row in night.rows("SELECT amount FROM refund")) == [8_000, 12_000]


def test_only_what_can_still_go_back_is_offered_and_nothing_else_is_taken(night: Desk) -> None:
    night.do(night.li_na, "open_case", kind="refund", order_id=night.ids["shoes"], lines=[1], reason="先退一件")
    talk = items_asked(night)
    asked = talk.log()[-1]
    assert asked["body"].startswith("这个订单不能整单退：")
    assert asked["data"]["values"] == ["item:2", "flow:back", "flow:out"]
    for said in ("1", "全部", "3", "199元", "那双鞋"):
        assert "没有对上可以退的商品" in talk.say(said)["body"]
    summary = talk.through("2", "option:damaged", "开胶了", "option:original", "flow:skip")
    assert "退款金额：¥128.00" in summary["body"]


def test_an_amount_that_has_changed_is_shown_again_before_anything_is_sent(night: Desk) -> None:
    talk = ready(night, night.li_na)
    night.change("UPDATE site SET refund_policy = :policy WHERE key = 'shop'", policy='{"caps": {"alipay": 20000}}')
    again = talk.press("flow:send")
    assert again["body"].startswith("可退的金额刚刚有变化")
    assert ("退款金额：¥200.00" in again["body"], night.rows("SELECT id FROM ticket")) == (True, [])
    talk.press("flow:send")
    assert only_case(night, night.li_na)[0]["refund"]["amount"] == 20_000


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["press", "number", "payment"])
def test_what_the_policy_forbids_is_said_at_once_and_can_be_left_as_a_message(night: Desk, by: str) -> None:
    night.change("UPDATE site SET refund_policy = :policy WHERE key = 'shop'", policy=POLICY)
    night.wait(days=30)
    talk = begin(night, night.li_na)
    said = {"press": f"order:{night.ids['shoes']}", "number": "20260301000001", "payment": "P20260301000001"}[by]
    refused = talk.through(said)
    assert "已超过购买后 7 天的退款期限（截至 2026-03-10）" in refused["body"]
    assert (step_of(refused), "flow:message" in refused["data"]["values"]) == ("purchase", True)
    talk.press("flow:message")
    left = night.do(night.li_na, "sync", conversation_id=talk.id, after_seq=0)["conversation"]
    assert left["status"] == "offline"
    assert codes(talk.log())[-1] == "message_left"
    assert talk.log()[-2]["body"] == "申请退款"
    assert [turn["outcome"] for turn in talk.turns()] == ["message_left"]
    assert night.rows("SELECT id FROM ticket") == []


def test_what_is_forbidden_by_the_end_is_refused_in_words_and_nothing_is_half_done(night: Desk) -> None:
    talk = ready(night, night.li_na)
    night.wait(hours=11)  # by day
    night.change("UPDATE site SET refund_policy = :policy WHERE key = 'shop'", policy='{"excluded": true}')
    refused = talk.press("flow:send")
    assert refused["body"].startswith("20260301000001：此类商品或服务不支持退款。")
    assert (step_of(refused), refused["data"]["offer"]) == ("confirm", "ask_agent")
    assert {"flow:message", "flow:back", "flow:out"} <= set(refused["data"]["values"])
    assert codes(talk.log()).count("ticket_opened") == 0
    for table in ("ticket", "refund", "ticketcounter", "evidence"):
        assert night.rows(f"SELECT * FROM {table}") == [], table
    assert [turn["outcome"] for turn in talk.turns()] == [None]
    # Nothing of what was told is lost.
    talk.press("flow:message")
    assert "订单或交易：20260301000001" in talk.log()[-2]["body"]
    assert [turn["outcome"] for turn in talk.turns()] == ["message_left"]


def test_who_has_too_many_cases_and_what_is_refunded_already_is_refused_in_words(night: Desk) -> None:
    talk = ready(night, night.li_na)
    night.do(night.li_na, "open_case", kind="refund", order_id=night.ids["shoes"], reason="同时在窗口里申请")
    assert talk.say("确认提交")["body"].startswith("20260301000001：已没有可退的金额。")
    for _ in range(A_DAY - 1):
        night.do(night.li_na, "open_case", kind="other", reason="别的事")
    assert "已有较多事项正在处理" in talk.say("确认提交")["body"]
    assert len(night.do(night.li_na, "my_cases")["cases"]) == A_DAY


def test_nobody_gets_at_what_is_not_theirs(night: Desk) -> None:
    talk = begin(night, night.li_na)
    asked = talk.log()[-1]
    lamp = night.ids["lamp"]
    for said in ("20260301000004", "P20260301000004", f"我的订单是{'20260301000004'}"):
        assert "没有找到这个号码" in talk.say(said)["body"]
    # A forged button is read as the words it came with.
    forged = {"seq": asked["seq"], "value": f"order:{lamp}"}
    night.do(night.li_na, "say", conversation_id=talk.id, body="20260301000004", choice=forged)
    assert step_of(talk.answer()) == "purchase"
    assert "flow:message" in talk.log()[-1]["data"]["values"]


def test_only_the_newest_question_takes_a_choice(night: Desk) -> None:
    talk = ready(night, night.li_na)
    summary = talk.log()[-1]
    talk.through("flow:back", "flow:back", "option:elsewhere", "flow:skip")
    again = talk.press("flow:send", offer=summary)  # it said something else
    assert (step_of(again), night.rows("SELECT id FROM ticket")) == ("confirm", [])
    talk.press("flow:send")
    assert len(night.rows("SELECT id FROM ticket")) == 1
    # And what is over takes none: the button was pressed twice.
    assert talk.press("flow:send", offer=again)["data"]["code"] == "bot_thanks"
    assert len(night.rows("SELECT id FROM ticket")) == 1


def test_of_two_tabs_the_one_that_pressed_first_counts_and_the_other_is_told(night: Desk) -> None:
    talk = items_asked(night)
    asked = talk.log()[-1]
    for value in ("item:2", "item:1", "item:2"):
        talk._press(value, asked)
    told = talk.answer()
    assert told["body"].startswith("您先选的是「2. shoes ×1 · ¥128.00」，已按它继续。\n\n已选：shoes ×1。")
    assert told["data"]["values"][:2] == ["item:1", "flow:done"]
    # A button of an earlier question does not come before one of this.
    talk._press("item:2", asked)
    assert "先选" not in talk.press("flow:done", offer=told)["body"]
    assert step_of(talk.log()[-1]) == "cause"
    # Twice the same is once.
    talk._press("option:wrong", talk.log()[-1])
    assert "先选" not in talk.press("option:wrong", offer=talk.log()[-2])["body"]


@pytest.mark.parametrize(("command", "outcome"), [("leave_message", "message_left"), ("ask_agent", "handed_over")])
def test_the_windows_own_ways_out_of_a_flow_end_it_too(night: Desk, command: str, outcome: str) -> None:
    talk = begin(night, night.li_na)
    talk.press(f"order:{night.ids['shoes']}")
    night.wait(hours=11)
    night.do(night.li_na, command, conversation_id=talk.id)
    assert [turn["outcome"] for turn in talk.turns()] == [outcome]
    assert night.rows("SELECT bot_flow FROM conversation WHERE id = :id", id=talk.id) == [{"bot_flow": None}]


# -- once, and only while it is the bot's -------------------------------------------------------------------------


def test_the_end_is_done_once_by_however_many_processes(night: Desk) -> None:
    talk = ready(night, night.li_na)
    talk._press("flow:send", talk.log()[-1])
    [job] = talk.due()

    async def both(store: Store) -> None:
        other = Store(night.where, Clock(lambda: night.now))
        keepers = [BotTurns(one, Bot(), Guide(), limit=10) for one in (store, other)]
        await asyncio.gather(*(keeper.keep(job) for keeper in keepers), return_exceptions=True)
        other.close()

    night.run(both)
    talk.keep(job)
    assert len(night.rows("SELECT id FROM ticket")) == len(night.rows("SELECT id FROM refund")) == 1
    assert codes(talk.log()).count("ticket_opened") == 1
    assert [message["body"][:7] for message in talk.log()].count("退款申请已提交") == 1


def test_a_flow_goes_on_in_another_process_hours_later_and_not_the_next_day(night: Desk) -> None:
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", "items:all")
    night.now += LASTS
    other = Desk(night.where, {name: vars(night)[name] for name in ("ids", "li_na")})
    other.now = night.now
    later = Talk(other, other.li_na, talk.id)
    assert step_of(later.press("option:damaged")) == "reason"
    other.close()
    night.now += LASTS
    night.wait(seconds=1)
    assert talk.say("鞋底开胶了")["data"]["code"] == "flow_offer"  # to begin anew
    assert talk.bot.asked == ["鞋底开胶了"]
    assert [turn["outcome"] for turn in talk.turns()] == ["left", None]


@pytest.mark.parametrize("kept", ["5", "[]", '"all"', "{}", '{"state": {"flow": "refund"}}', '{"state": [], "at": 0}'])
def test_what_is_kept_and_is_no_flow_stops_nobody(night: Desk, kept: str) -> None:
    talk = begin(night, night.li_na)
    night.change("UPDATE conversation SET bot_flow = :kept WHERE id = :id", kept=kept, id=talk.id)
    assert talk.say("在吗")["data"]["code"] == "flow_offer"
    night.change("UPDATE conversation SET bot_flow = :kept WHERE id = :id", kept=kept, id=talk.id)
    night.do(night.li_na, "leave_message", conversation_id=talk.id, body="请联系我")
    assert talk.log()[-1]["author"]["kind"] == "system"


def test_an_answer_that_is_none_is_asked_for_again_and_what_else_was_told_is_kept(night: Desk) -> None:
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", "items:all")
    [row] = night.rows("SELECT bot_flow FROM conversation WHERE id = :id", id=talk.id)
    kept = json.loads(row["bot_flow"])
    kept["state"] |= {"answers": kept["state"]["answers"] | {"items": "some"}, "lines": 5, "picked": {}}
    night.change("UPDATE conversation SET bot_flow = :kept WHERE id = :id", kept=json.dumps(kept), id=talk.id)
    assert step_of(talk.press("option:wrong")) == "items"
    assert step_of(talk.press("items:all")) == "cause"


def test_the_desk_may_open_in_the_middle_and_a_file_may_be_refused(night: Desk) -> None:
    theirs = sent(night, night.wang_wei)
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", "items:all")
    night.wait(hours=10, minutes=40)
    assert arrives(night).desk.open
    with pytest.raises(NotFound):
        talk.send(theirs)
    assert step_of(talk.through("option:damaged", "鞋底开胶了", "option:original")) == "photos"
    talk.through("flow:skip", "flow:send")
    _, ticket = only_case(night, night.li_na)
    assert (ticket["refunds"][0]["amount"], ticket["evidence"]) == (42_800, [])


def test_who_changes_the_language_in_the_middle_is_asked_on_in_that_one(night: Desk) -> None:
    first = arrives(night, locale="zh-CN")
    [session] = night.rows("SELECT id FROM session WHERE person_id = :id", id=first.customer.id)
    talk = begin(night, Who(Caller.CUSTOMER, first.customer.id, session["id"], night.ids["shop"]))
    again = arrives(night, token=first.token)
    assert again.conversation == arrives(night, token=first.token, locale="zh-CN").conversation
    arrives(night, token=first.token, locale="en")
    assert talk.say("20260301000001")["body"] == "Why would you like a refund?"
    talk.through("option:late", "It never came", "option:original", "flow:skip", "wei@mail.example")
    assert "Order or transaction: 20260301000001" in talk.log()[-1]["body"]


def test_who_goes_away_in_the_middle_was_not_helped(night: Desk) -> None:
    talk = begin(night, night.li_na)
    night.wait(hours=23)
    night.sweep()
    assert night.do(night.li_na, "sync", conversation_id=talk.id, after_seq=0)["conversation"]["status"] == "bot"
    night.wait(hours=2)
    night.sweep()
    seen = night.do(night.li_na, "sync", conversation_id=talk.id, after_seq=0)["conversation"]
    assert (seen["status"], seen["outcome"]) == ("closed", "abandoned")


def test_lines_written_in_a_row_and_files_beside_them_are_one_answer(night: Desk) -> None:
    talk = begin(night, night.li_na)
    talk.through(f"order:{night.ids['shoes']}", "items:all", "option:damaged")
    photo = sent(night, night.li_na)
    night.do(night.li_na, "say", conversation_id=talk.id, body="看图", attachment_id=photo)
    assert step_of(talk.say("鞋底开胶了", "只穿了一次")) == "payout"
    talk.through("option:original", "flow:done", "flow:send")
    _, ticket = only_case(night, night.li_na)
    assert ticket["evidence"][0]["attachment"]["attachment_id"] == photo
    [applied] = [event["reason"] for event in ticket["events"] if event["code"] == "applied"]
    assert applied.splitlines()[:3] == ["看图", "鞋底开胶了", "只穿了一次"]


def test_the_bot_is_silent_once_a_person_has_it_and_the_flow_is_over(night: Desk) -> None:
    talk = ready(night, night.li_na)
    night.wait(hours=11)
    talk._press("flow:send", talk.log()[-1])
    [job] = talk.due()
    night.do(night.li_na, "ask_agent", conversation_id=talk.id)
    night.connect(night.mei)
    night.do(night.mei, "pick", conversation_id=talk.id)
    before = len(talk.log())
    talk.keep(job)
    assert (len(talk.log()), night.rows("SELECT id FROM ticket")) == (before, [])
    # Back with the bot the old flow does not go on: that was another epoch.
    night.change("UPDATE conversation SET status = 'bot', agent_id = NULL WHERE id = :id", id=talk.id)
    talk.say("确认提交")
    assert (talk.bot.asked, night.rows("SELECT id FROM ticket")) == (["确认提交"], [])


@pytest.mark.parametrize(
    ("line", "code"), [("我的钱被骗子骗走了", "urgent"), ("转人工", "agents_away"), ("店里的烟火暗号", "urgent")]
)
def test_alarm_and_the_wish_for_a_person_end_a_flow_at_night(night: Desk, line: str, code: str) -> None:
    night.change("UPDATE site SET urgent_words = :words WHERE key = 'shop'", words='["烟火暗号"]')
    talk = begin(night, guest(night))
    talk.through("20260301000001", "option:damaged")
    assert talk.say(line)["data"] == {"code": code, "values": {}, "offer": "leave_message"}
    assert ("urgent_help" in codes(talk.log())) == (code == "urgent")
    assert [(turn["decision"], turn["outcome"]) for turn in talk.turns()] == [("flow", "handed_over")]
    talk.say("鞋底开胶了")
    assert talk.bot.asked == ["鞋底开胶了"]


@pytest.mark.parametrize("in_flow", [True, False])
def test_an_emergency_of_somebody_who_can_be_reached_is_a_message_at_once(night: Desk, in_flow: bool) -> None:
    talk = begin(night, night.li_na) if in_flow else start(night, night.li_na, "other")
    said = len(talk.log())
    talk.say("我的卡被盗刷了")
    # What to do now, once, and by when it is answered: no contact is asked for.
    assert codes(talk.log())[said:] == ["text", "urgent_help", "message_left"]
    [kept] = night.rows("SELECT status, urgent, bot_flow, reply_by FROM conversation WHERE id = :id", id=talk.id)
    assert (kept["status"], bool(kept["urgent"]), kept["bot_flow"]) == ("offline", True, None)
    assert kept["reply_by"]
    before = len(talk.log())
    talk.say("还在扣钱")
    assert (len(talk.log()), talk.bot.asked) == (before + 1, [] if in_flow else ["我的卡被盗刷了"])


def test_by_day_they_come_to_a_person(night: Desk) -> None:
    talk = begin(night, night.li_na)
    night.wait(hours=11)
    talk.say("转人工")
    assert night.do(night.li_na, "sync", conversation_id=talk.id, after_seq=0)["conversation"]["status"] == "waiting"


@pytest.mark.parametrize("out", ["flow:out", "退出", "算了"])
def test_there_is_a_way_out_that_opens_nothing(night: Desk, out: str) -> None:
    talk = ready(night, night.li_na)
    said = talk.through(out)
    assert (said["kind"], said["body"]) == ("text", "好的，已为您退出，没有提交任何内容。还有什么可以帮您？")
    assert [turn["outcome"] for turn in talk.turns()] == ["left"]
    assert night.rows("SELECT id FROM ticket") == []
    talk.say("送到了吗")
    assert talk.bot.asked == ["送到了吗"]


def test_a_flow_counts_once_and_keeps_what_was_typed_to_itself(night: Desk) -> None:
    (_, most), _ = BUDGETS
    talk = begin(night, night.li_na)
    for _ in range(most + 5):
        assert talk.say("我的密码是secret")["data"]["code"] == "flow"
    assert talk.turns() == [{"decision": "flow", "asked": "申请退款", "reason": None, "outcome": None}]
    [row] = night.rows("SELECT bot_flow FROM conversation WHERE id = :id", id=talk.id)
    kept = json.loads(row["bot_flow"])
    assert kept["count"] == most + 6
    many = json.dumps(kept | {"count": MOST_TURNS - 1})
    night.change("UPDATE conversation SET bot_flow = :flow WHERE id = :id", flow=many, id=talk.id)
    assert talk.say("什么")["data"]["code"] == "flow"
    assert talk.say("什么")["data"]["code"] == "no_answer"  # that is no customer who needs help
    assert talk.turns() == [{"decision": "flow", "asked": "申请退款", "reason": None, "outcome": "handed_over"}]
