"""The guided flows as they are shipped: every one can be walked to its end, back, out, and through nonsense."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.flow import TRIES, load_guide
from bots.flow_files import FlowError, read_flow
from bots.flow_turn import Asks, Bought, Done, Facts, Item, Left, Outcome, Said
from bots.turn import Locale
from bots.typed import amount_in, contact, minor_units, tells_a_secret
from chat.domain.privacy import without_numbers

GUIDE = load_guide()
SHOES = Bought("order", "00000000-0000-7000-8000-000000000001", "20260301000001", "CNY", 42_800, 42_800)
LAMP = Bought("order", "00000000-0000-7000-8000-000000000002", "20260301000002", "CNY", 12_000, 0)
TRANSFER = Bought("transaction", "00000000-0000-7000-8000-000000000003", "T20260301", "CNY", 5_000, 5_000)
LI_NA = Facts(verified=True, reachable=True, bought=(SHOES, LAMP, TRANSFER), most={SHOES.id: 42_800})
GUEST = Facts()
LOCALES: tuple[Locale, ...] = get_args(Locale)
TYPED = {"money": "100", "text": "鞋底开胶了", "line": "li_na", "contact": "li.na@mail.example",
         "transaction": "T-20260301", "order_or_transaction": "20260301000001"}  # fmt: skip


def begin(code: str, facts: Facts = LI_NA, locale: Locale = "zh-CN") -> Asks:
    return asks(GUIDE.take(None, Said(locale, choice=f"flow:{code}"), facts))


def asks(outcome: Outcome | None) -> Asks:
    assert isinstance(outcome, Asks)
    return outcome


def tell(asked: Asks, *lines: str, facts: Facts = LI_NA, locale: Locale = "zh-CN", **said: Any) -> Outcome:
    outcome = GUIDE.take(asked.state, Said(locale, lines, **said), facts)
    assert outcome is not None
    return outcome


def values(asked: Asks) -> list[str]:
    return [choice.value for choice in asked.choices]


def answer_to(asked: Asks) -> Said:
    """A sensible one."""
    offered = [value for value in values(asked) if not value.startswith("flow:")]
    first = offered or [value for value in values(asked) if value in ("flow:send", "flow:done", "flow:skip")]
    if first and (asked.input not in TYPED or offered):
        return Said("zh-CN", choice=first[0])
    return Said("zh-CN", ("90" if asked.state["step"] == "expected" else TYPED[asked.input],))


def walk(asked: Asks, facts: Facts, locale: Locale, until: str | None = None) -> Outcome:
    for _ in range(30):
        if asked.state["step"] == until:
            return asked
        outcome = GUIDE.take(asked.state, replace(answer_to(asked), locale=locale), facts)
        if not isinstance(outcome, Asks):
            assert outcome is not None
            return outcome
        asked = outcome
    raise AssertionError("this flow has no end")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("facts", [LI_NA, GUEST], ids=["signed in", "guest"])
@pytest.mark.parametrize("code", sorted(GUIDE.flows))
def test_every_flow_comes_to_an_end_in_both_languages(code: str, facts: Facts, locale: Locale) -> None:
    done = walk(begin(code, facts, locale), facts, locale)
    assert isinstance(done, Done)
    assert (done.flow, done.case["kind"], done.as_message) == (code, code, False)
    assert done.case["reason"]
    assert ("email" in done.case) == (facts is GUEST)  # who is known is not asked
    assert ("order_id" in done.case or "transaction_id" in done.case) == (
        facts is LI_NA and code in ("refund", "amount_dispute", "payment_failure")
    )


@pytest.mark.parametrize("facts", [LI_NA, GUEST], ids=["signed in", "guest"])
def test_the_rest_of_a_number_that_was_not_kept_is_no_number(facts: Facts) -> None:
    said = without_numbers("订单 4111 1111 1111 1111")
    asked = asks(tell(begin("refund", facts), said, facts=facts))
    assert (asked.state["step"], "flow:message" in values(asked)) == ("purchase", True)
    assert "没有保留" in asked.body
    assert asks(tell(asked, "20260301000001", facts=facts)).state["step"] != "purchase"


def test_five_cases_are_guided() -> None:
    assert set(GUIDE.flows) == {"refund", "amount_dispute", "unfreeze", "password_help", "payment_failure"}


def test_what_is_told_comes_into_the_case_and_its_checklist() -> None:
    asked = begin("refund")
    assert values(asked) == [
        f"order:{SHOES.id}",
        f"transaction:{TRANSFER.id}",
        "flow:out",
    ]  # nothing is left of the lamp
    for choice in (f"order:{SHOES.id}", "option:unwanted", "option:unused"):
        asked = asks(tell(asked, choice=choice))
    asked = asks(tell(asked, "尺码不合适", "还没有穿过"))
    asked = asks(tell(asked, choice="option:original"))
    for file in ("f1", "f2"):
        asked = asks(tell(asked, files=(file,)))
        assert "flow:done" in values(asked)
    asked = asks(tell(asked, choice="flow:done"))
    assert "20260301000001" in asked.body
    done = tell(asked, choice="flow:send")
    assert isinstance(done, Done)
    assert done.case["order_id"] == SHOES.id
    assert done.case["payout"] == {"way": "original"}
    assert done.case["reason"].splitlines() == [
        "尺码不合适", "还没有穿过", "原因：不想要了", "是否使用过：没有使用", "退款去向：原路退回",
    ]  # fmt: skip
    assert done.evidence == (("photo", "f1"), ("photo", "f2"))
    assert done.checks == ("order_found", "within_window", "not_excluded")


@pytest.mark.parametrize("code", sorted(GUIDE.flows))
def test_there_is_a_way_out_of_every_step_and_back_from_all_but_the_first(code: str) -> None:
    asked, steps = begin(code), []
    while True:
        steps.append(asked.state["step"])
        assert "flow:out" in values(asked)
        assert ("flow:back" in values(asked)) == (len(steps) > 1)
        assert isinstance(tell(asked, choice="flow:out"), Left)
        assert isinstance(tell(asked, "退出"), Left)
        if len(steps) > 1:
            assert asks(tell(asked, choice="flow:back")).state["step"] == steps[-2]
        outcome = tell(asked, *answer_to(asked).lines, choice=answer_to(asked).choice)
        if not isinstance(outcome, Asks):
            return
        asked = outcome


def test_back_at_the_first_step_and_send_before_the_end_are_no_choices() -> None:
    asked = begin("refund")
    for choice in ("flow:back", "flow:send", "flow:done", f"order:{LAMP.id}", "option:nothing"):
        again = asks(tell(asked, choice=choice))
        assert (again.state["step"], again.state["tries"]) == ("purchase", 1)


def test_nobody_names_what_is_not_theirs_and_after_some_tries_a_message_is_offered() -> None:
    asked = begin("refund")
    for tried in range(TRIES):
        assert ("flow:message" in values(asked)) == (tried >= TRIES)
        asked = asks(tell(asked, "20260301009999"))
        assert "没有找到" in asked.body
    message = tell(asked, choice="flow:message")
    assert isinstance(message, Done)
    assert message.as_message
    assert asks(tell(asked, "单号是20260301000001谢谢")).state["step"] == "cause"


def test_what_the_policy_forbids_is_said_before_anything_else_is_asked() -> None:
    facts = replace(LI_NA, refused={SHOES.id: "已超过期限。"}, most={})
    for said in ({"choice": f"order:{SHOES.id}"}, {"lines": (SHOES.number,)}):
        outcome = asks(GUIDE.take(begin("refund", facts).state, Said("zh-CN", **said), facts))
        assert "已超过期限" in outcome.body
        assert outcome.state["step"] == "purchase"
        assert "flow:message" in values(outcome)
    # A wrong amount comes back whatever the policy says.
    assert asks(tell(begin("amount_dispute"), choice=f"order:{SHOES.id}", facts=facts)).state["step"] == "charged"


PAID = replace(SHOES, paid_by=("P-0001",))
PAYMENT = Bought("transaction", "00000000-0000-7000-8000-000000000004", "P-0001", "CNY", 42_800, paid_for=SHOES.number)


def test_the_number_of_a_payment_names_its_order_and_itself_where_a_transaction_is_asked_for() -> None:
    facts = replace(LI_NA, bought=(PAID, PAYMENT, TRANSFER))
    asked = begin("refund", facts)
    assert values(asked) == [f"order:{SHOES.id}", f"transaction:{TRANSFER.id}", "flow:out"]
    assert asks(tell(asked, "p-0001", facts=facts)).state["answers"]["purchase"]["id"] == SHOES.id
    asked = begin("payment_failure", facts)
    assert values(asked)[:2] == [f"transaction:{PAYMENT.id}", f"transaction:{TRANSFER.id}"]
    assert asks(tell(asked, "P-0001", facts=facts)).state["answers"]["payment"]["id"] == PAYMENT.id
    assert "没有找到" in asks(tell(asked, SHOES.number, facts=facts)).body


def test_a_message_of_somebody_nobody_could_reach_asks_for_a_contact_first() -> None:
    asked = begin("refund", GUEST)
    for _ in range(TRIES):
        asked = asks(tell(asked, "不知道", facts=GUEST))
    contact = asks(tell(asked, choice="flow:message", facts=GUEST))
    assert (contact.input, values(contact)) == ("contact", ["flow:back", "flow:out"])
    assert asks(tell(contact, choice="flow:back", facts=GUEST)).state["step"] == "purchase"
    assert asks(tell(contact, "不留", facts=GUEST)).state["step"] == "contact"
    done = tell(contact, "li.na@mail.example", facts=GUEST)
    assert isinstance(done, Done)
    assert (done.as_message, done.case["email"]) == (True, "li.na@mail.example")
    assert done.message == "申请退款\n联系方式：li.na@mail.example"
    known = tell(asked, choice="flow:message", facts=replace(GUEST, reachable=True))
    assert isinstance(known, Done)


@pytest.mark.parametrize(
    ("why", "told"),
    [("policy", "20260301000001：已超过期限。"), ("too_many_cases", "已有较多事项"), ("no such code", "没能提交成功")],
)
def test_what_could_not_be_sent_is_said_where_it_happened_and_nothing_is_lost(why: str, told: str) -> None:
    asked = asks(walk(begin("refund"), LI_NA, "zh-CN", until="confirm"))
    facts = replace(LI_NA, refused={SHOES.id: "已超过期限。"})
    refused = asks(GUIDE.refuse(asked.state, Said("zh-CN", choice="flow:send"), facts, why))
    assert told in refused.body
    assert refused.body.endswith(asked.body)
    assert {"flow:send", "flow:message", "flow:back", "flow:out"} == set(values(refused))
    assert GUIDE.refuse({"flow": "gone"}, Said("zh-CN"), facts, why) is None


def test_items_are_named_by_place_and_by_name_and_what_has_no_several_is_not_asked() -> None:
    items = (
        Item(1, "跑鞋", 1, 1, 30_000, 30_000),
        Item(2, "鞋垫 礼盒", 1, 1, 12_800, 12_800),
        Item(3, "安装", 1, 1, 8_000, 0),
    )
    facts = replace(LI_NA, most={}, refused={SHOES.id: "安装不支持退款。"}, items={SHOES.id: items})
    asked = asks(tell(begin("refund"), SHOES.number, facts=facts))
    assert asked.body.startswith("这个订单不能整单退：安装不支持退款。")
    for said, lines in (("1、2", [1, 2]), ("鞋垫礼盒", [2]), ("退跑鞋和鞋垫礼盒", [1, 2]), ("第 2 个", [2])):
        told = asks(tell(asked, said, facts=facts))
        assert (told.state["step"], told.state["answers"]["items"]) == ("cause", lines), said
    for said in ("3", "1和3", "4", "全部", "都行", "0"):
        assert asks(tell(asked, said, facts=facts)).state["step"] == "items", said
    picked = asks(tell(asked, choice="item:2", facts=facts))
    assert values(picked)[:2] == ["item:1", "flow:done"]
    back = asks(tell(picked, choice="flow:back", facts=facts))
    assert (back.state["step"], back.state["answers"], "picked" in back.state) == ("purchase", {}, False)
    assert asks(tell(begin("refund"), SHOES.number)).state["step"] == "cause"


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("保温杯", [1]),
        ("就退保溫杯吧", [1]),
        ("杯子和帐篷", [2]),  # of what is not called so nothing is known
        ("帐篷和杯垫都不要了", [2, 3]),
        ("the mug please", [4]),
        ("便携音箱", None),
        ("便携的那个", None),
        ("礼盒", None),  # two are such
        ("my two-tone mug", [4]),
        ("the tents", [6]),
    ],
)
def test_an_item_is_known_by_what_its_name_ends_in(said: str, lines: list[int] | None) -> None:
    names = ("便携保温杯 500ml", "折叠帐篷（双人）", "杯垫 礼盒", "Travel mug", "茶叶 礼盒", "Tent for two")
    items = tuple(Item(line, name, 1, 1, 1_000, 1_000) for line, name in enumerate(names, 1))
    facts = replace(LI_NA, items={SHOES.id: items})
    told = asks(tell(asks(tell(begin("refund"), SHOES.number, facts=facts)), said, facts=facts))
    assert told.state["answers"].get("items") == lines


CUPS = Item(1, "杯子", 3, 3, 10_000, 10_000)  # a cent cannot be shared
LIDS = Item(2, "盖子", 2, 2, 2_800, 2_800)
TABLE = Item(3, "茶几", 1, 1, 30_000, 30_000)
OF_THREE = replace(LI_NA, items={SHOES.id: (CUPS, LIDS, TABLE)})
OF_TWO = replace(LI_NA, items={SHOES.id: (replace(CUPS, left=2, most=9_000), replace(LIDS, left=0, most=0), TABLE)})
OF_ONE = replace(LI_NA, items={SHOES.id: (replace(CUPS, amount=42_000, most=42_000),)})


@pytest.mark.parametrize(
    ("facts", "said", "lines", "counts", "amount", "told"),
    [
        (OF_THREE, ["2", "1"], [2], {2: 1}, 1_400, "盖子 ×1"),
        (OF_THREE, ["2", "两件"], [2], {2: 2}, 2_800, "盖子 ×2"),
        (OF_THREE, ["1和2", "2", "都退"], [1, 2], {1: 2, 2: 2}, 6_666 + 2_800, "杯子 ×2、盖子 ×2"),
        (OF_THREE, ["1、3", "三个"], [1, 3], {1: 3}, 40_000, "杯子 ×3、茶几 ×1"),
        (OF_THREE, ["3"], [3], {}, 30_000, "茶几 ×1"),
        (OF_THREE, ["1、2、3", "1", "2"], [1, 2, 3], {1: 1, 2: 2}, 36_133, "杯子 ×1、盖子 ×2、茶几 ×1"),
        # The whole of it, with what is no item, such as freight.
        (OF_THREE, ["1、2、3", "3", "2"], None, {1: 3, 2: 2}, 42_800, "杯子 ×3、盖子 ×2、茶几 ×1"),
        (OF_THREE, ["全部都退"], None, {1: 3, 2: 2}, 42_800, "杯子 ×3、盖子 ×2、茶几 ×1"),
        (OF_ONE, ["只退一件"], [1], {1: 1}, 14_000, "杯子 ×1"),
        # Of what went back before, for however much, no more than is left.
        (OF_TWO, ["1", "都退"], [1], {1: 2}, 6_667, "杯子 ×2"),
        (OF_TWO, ["全部都退"], None, {1: 2}, 42_800, "杯子 ×2、茶几 ×1"),
        (OF_ONE, ["3"], None, {1: 3}, 42_800, "杯子 ×3"),
    ],
)
def test_of_several_of_one_item_so_many_go_back_as_was_said(
    facts: Facts, said: list[str], lines: list[int] | None, counts: dict[int, int], amount: int, told: str
) -> None:
    asked = asks(tell(begin("refund", facts), SHOES.number, facts=facts))
    for line in said:
        assert asked.state["step"] in ("items", "count")
        asked = asks(tell(asked, line, facts=facts))
    assert asked.state["step"] == "cause"
    if lines:
        facts = replace(facts, chosen_most={SHOES.id: 42_800})
    summary = asks(walk(asked, facts, "zh-CN", until="confirm"))
    assert f"商品：{told}\n" in summary.body
    done = tell(summary, choice="flow:send", facts=facts)
    assert isinstance(done, Done)
    assert (done.case.get("lines"), done.case["amount"]) == (lines, amount)
    assert {each["line"]: each["count"] for each in done.case.get("counts", [])} == counts
    assert "商品：" not in done.case["reason"]  # the customer's own words


def test_how_many_is_asked_with_what_each_costs_and_takes_nothing_else() -> None:
    asked = asks(tell(begin("refund", OF_THREE), SHOES.number, facts=OF_THREE))
    asked = asks(tell(asked, "1和2", facts=OF_THREE))
    assert asked.body == "“杯子”可以退 3 件，要退几件？"
    assert [choice.title for choice in asked.choices][:3] == ["1 件 · ¥33.33", "2 件 · ¥66.66", "3 件 · ¥100.00"]
    for said in ("0", "4", "1或2", "-1", "一些", "九" * 9_000):
        again = asks(tell(asked, said, facts=OF_THREE))
        assert (again.state["step"], "1 到 3" in again.body) == ("count", True), said
    second = asks(tell(asked, choice="count:2", facts=OF_THREE))
    assert second.body == "“盖子”可以退 2 件，要退几件？"
    assert asks(tell(second, choice="count:3", facts=OF_THREE)).state["step"] == "count"
    # Back is where they were chosen, and nothing that was counted counts.
    back = asks(tell(second, choice="flow:back", facts=OF_THREE))
    assert (back.state["step"], "counted" in back.state) == ("items", False)
    # One of them went back meanwhile: of what is left all goes, at what that costs.
    less = replace(OF_THREE, items={SHOES.id: (replace(CUPS, left=2, most=6_667), LIDS, TABLE)})
    assert "可以退 2 件" in asks(tell(asked, "9", facts=less)).body
    assert [replace(CUPS, left=left).part(1) for left in (3, 2, 1)] == [3_333, 3_333, 3_334]
    # A hundred of something are not a hundred buttons.
    many = replace(LI_NA, items={SHOES.id: (Item(1, "纸巾", 100, 100, 30_000, 30_000),)})
    offered = values(asks(tell(begin("refund", many), SHOES.number, facts=many)))
    assert [value for value in offered if value.startswith("count:")][-2:] == ["count:9", "count:100"]


def test_how_many_is_not_asked_again_of_who_said_it_with_the_item() -> None:
    asked = asks(tell(begin("refund", OF_THREE), SHOES.number, facts=OF_THREE))
    told = asks(tell(asked, "杯子两个", facts=OF_THREE))
    assert (told.state["step"], told.state["answers"]["count"]) == ("cause", {"1": 2})
    # Of the lids nobody has said it, and what was said of the cups is kept meanwhile.
    lids = asks(tell(asked, "两个杯子和盖子", facts=OF_THREE))
    assert (lids.body, lids.state["counted"]) == ("“盖子”可以退 2 件，要退几件？", {"1": 2})
    assert asks(tell(lids, "盖子一个", facts=OF_THREE)).state["answers"]["count"] == {"1": 2, "2": 1}
    # All there is of everything is the whole.
    assert asks(tell(asked, "杯子3个、盖子2个、茶几1个", facts=OF_THREE)).state["answers"]["items"] == "all"
    alone = asks(tell(begin("refund", OF_ONE), f"{SHOES.number} 的杯子退一个", facts=OF_ONE))
    assert (alone.state["step"], alone.state["answers"]["count"]) == ("cause", {"1": 1})


@pytest.mark.parametrize(
    ("said", "step", "told"),
    [
        ("杯子5个", "count", "“杯子”可以退的只有 3 件，不是 5 件。\n\n“杯子”可以退 3 件，要退几件？"),
        ("0个杯子", "count", "“杯子”可以退的只有 3 件，不是 0 件。\n\n“杯子”可以退 3 件，要退几件？"),
        ("杯子1个，盖子3个", "count", "“盖子”可以退的只有 2 件，不是 3 件。\n\n“盖子”可以退 2 件，要退几件？"),
        ("两个茶几", "items", "“茶几”可以退的只有 1 件，不是 2 件。\n\n要退哪些商品？"),
    ],
)
def test_who_says_more_than_are_left_is_told_how_many_are(said: str, step: str, told: str) -> None:
    asked = asks(tell(begin("refund", OF_THREE), SHOES.number, facts=OF_THREE))
    again = asks(tell(asked, said, facts=OF_THREE))
    assert (again.state["step"], again.body[: len(told)]) == (step, told)
    english = asks(tell(asked, "杯子 x9", facts=OF_THREE, locale="en"))
    assert english.body.startswith("Of “杯子” only 3 can be refunded, not 9.")


@pytest.mark.parametrize(
    ("cups", "lids", "step", "is_told", "amount"),
    [
        (3, 0, "cause", True, 10_000),  # nothing is left to count
        (2, 0, "count", True, None),  # fewer may go back of what was counted, so that is asked again
        (2, 2, "count", True, None),  # and what was said of the other is not taken for it
        (1, 0, "cause", True, 3_334),
        (0, 2, "cause", False, 1_400),  # what was asked about is as it was
    ],
)
def test_between_two_counts_what_may_go_back_may_change(
    cups: int, lids: int, step: str, is_told: bool, amount: int | None
) -> None:
    asked = asks(tell(begin("refund", OF_THREE), SHOES.number, facts=OF_THREE))
    for said in ("1和2", "3"):
        asked = asks(tell(asked, said, facts=OF_THREE))
    assert asked.state["counted"] == {"1": 3}
    less = (replace(CUPS, left=cups, most=cups and 10_000), replace(LIDS, left=lids, most=lids and 2_800), TABLE)
    changed = replace(OF_THREE, items={SHOES.id: less}, chosen_most={SHOES.id: 42_800})
    for answer in (Said("zh-CN", ("1",)), Said("zh-CN", choice="count:1")):
        now = asks(GUIDE.take(asked.state, answer, changed))
        assert (now.state["step"], "刚刚有调整" in now.body) == (step, is_told)
        assert ("counted" in now.state, "“杯子”可以退 2 件" in now.body) == (False, step == "count")
        if amount is not None:
            assert asks(walk(now, changed, "zh-CN", until="confirm")).state["amount"] == amount


def test_alarm_counts_beside_a_button_too() -> None:
    left = tell(begin("refund"), "我的卡被盗刷了", choice=f"order:{SHOES.id}")
    assert isinstance(left, Left)
    assert left.reason == "urgent"


@pytest.mark.parametrize(
    ("text", "amount"),
    [("428", 42_800), ("428.5", 42_850), ("¥1,280.00", 128_000), ("99元", 9_900), ("CNY 12.50", 1_250),
     ("１２.５", 1_250), ("12.345", None), ("-5", None), ("1,28", None), ("12a", None), ("", None), ("1e3", None),
     ("199元", 19_900), ("１９９元", 19_900), ("RMB 199", 19_900), ("199块钱", 19_900), ("CN¥199.00", 19_900),
     ("99 USD", None), (f"1{' ' * 60_000}1", None)],
)  # fmt: skip
def test_amounts_are_read_strictly(text: str, amount: int | None) -> None:
    assert minor_units(text, "CNY") == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("扣了128元", 12_800), ("多扣了我 12.5 块", 1_250), ("it was 428.50, I think", 42_850),
     ("应该是１，２８０", 128_000),
     ("2件扣了128元", None), ("扣了128或者130", None), ("扣了 99 美元", None), ("-5", None), ("打了8折", None),
     ("3%", None), ("订单QY2026", None), ("1,28", None), ("一百块", None), ("7" * 9_000, None)],
)  # fmt: skip
def test_the_only_amount_of_a_sentence_is_read(text: str, amount: int | None) -> None:
    assert amount_in(text, "CNY") == amount


@pytest.mark.parametrize(
    ("text", "way"),
    [("li@mail.example", "li@mail.example"), ("邮箱是li@mail.example，谢谢", "li@mail.example"),
     ("手机 13800138000", "13800138000"), ("电话：+86 138-0013-8000 李娜", "+86 138-0013-8000"),
     ("１３８００１３８０００", "13800138000"),
     ("a@b.cn 或 c@d.cn", None), ("13800138000 或 13900139000", None), ("••••1111", None), ("12345", None),
     ("以后再说", None),
     ("@" * 9_000, None), ("1" * 9_000, None), ("a." * 4_000 + "@x", None)],
)  # fmt: skip
def test_a_way_to_be_reached_is_found_in_what_was_written(text: str, way: str | None) -> None:
    found = contact(text)
    assert (found and (found["email"] or found["phone"])) == way


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [("我的密码是abc123456", True), ("密码 hunter2!", True), ("验证码 883920", True), ("my password is hunter2", True),
     ("the verification code is 883920", True),
     ("忘记密码了", False), ("password reset link never arrives", False), ("my password is wrong!", False),
     ("密码输错3次被锁", False), ("error code 100234", False), ("密码是什么规则", False), ("收不到验证码", False),
     ("I forgot my password", False), ("邮编 200000", False)],
)  # fmt: skip
def test_a_password_or_a_code_is_told_apart_from_talk_of_them(text: str, is_secret: bool) -> None:
    assert tells_a_secret(text) == is_secret


def test_a_password_that_is_told_goes_into_no_case() -> None:
    asked = asks(walk(begin("password_help"), LI_NA, "zh-CN", until="reason"))
    again = asks(tell(asked, "我的密码是abc123456"))
    assert (again.state["step"], "reason" in again.state["answers"], "不要把密码" in again.body) == (
        "reason",
        False,
        True,
    )


@pytest.mark.parametrize(
    ("said", "cause"),
    [("质量问题", "damaged"), ("发错", "wrong"), ("发错了", "wrong"), ("还没收到呢", "late"),
     ("没有收到", "late"), ("其他原因", "other"),
     ("不想要", "unwanted"),
     ("想要", None), ("收到", None), ("2", "wrong"), ("不", None), ("No longer wanted, sorry", "unwanted"),
     ("faulty", "damaged"),
     ("it is not damaged or faulty", None), ("杯子碎了", "damaged"), ("没坏，就是不喜欢", "unwanted")],
)  # fmt: skip
def test_an_option_is_known_by_a_part_of_its_name_unless_no_is_said_to_it(said: str, cause: str | None) -> None:
    asked = asks(walk(begin("refund"), LI_NA, "zh-CN", until="cause"))
    assert asks(tell(asked, said)).state["answers"].get("cause") == cause


def test_an_order_is_known_by_what_is_in_it_and_shown_with_it() -> None:
    orders = (
        replace(SHOES, items=("轻行徒步鞋", "鞋垫")),
        replace(LAMP, refundable=12_000, items=("暖光露营灯，一盏可以挂在帐篷里、也可以放在桌上的灯",)),
    )
    facts = replace(LI_NA, bought=orders)
    asked = begin("refund", facts)
    assert [choice.title for choice in asked.choices][:2] == [
        "20260301000001 · 轻行徒步鞋 等 · ¥428.00",
        "20260301000002 · 暖光露营灯，一盏可以挂在帐篷里、也可以放在桌上… · ¥120.00",
    ]
    for said in ("徒步鞋", "退那双徒步鞋", "两双登山徒步鞋都要退"):
        assert asks(tell(asked, said, facts=facts)).state["answers"]["purchase"]["id"] == SHOES.id, said
    for said in ("那双鞋", "不是那双徒步鞋", "登山徒步鞋和露营灯"):  # of two orders, none, or both
        assert asks(tell(asked, said, facts=facts)).state["step"] == "purchase", said
    unknown = asks(tell(asked, "我不知道订单号你自己查", facts=facts))
    assert "请从下面选择一笔" in unknown.body
    assert "没有找到这个号码" in asks(tell(asked, "20269999999999", facts=facts)).body
    lamp = replace(facts, bought=(replace(orders[1], items=("露营灯",)),))
    assert asks(tell(asked, "露营灯", facts=lamp)).state["step"] == "purchase"  # nobody has asked the policy
    twice = replace(facts, bought=(orders[0], replace(orders[1], items=("徒步鞋带",))))
    assert asks(tell(asked, "徒步鞋", facts=twice)).state["step"] == "purchase"


def test_who_knows_no_number_may_leave_a_message_at_once() -> None:
    for said in ("不知道", "没有"):
        asked = asks(tell(begin("refund", GUEST), said, facts=GUEST))
        assert ("没关系" in asked.body, "flow:message" in values(asked)) == (True, True)
    assert asks(tell(asked, "QY20261101-0001", facts=GUEST)).state["step"] == "cause"
    assert "flow:message" not in values(asks(tell(begin("refund", GUEST), "那个", facts=GUEST)))
    assert asks(tell(begin("refund", GUEST), "张三 13800138000 昨天买的", facts=GUEST)).state["step"] == "purchase"
    # Where a number may be left out, that is what they said.
    assert asks(tell(begin("payment_failure", GUEST), "没有", facts=GUEST)).state["step"] == "channel"


def test_a_guest_need_not_write_twice_how_they_are_reached() -> None:
    asked = asks(walk(begin("password_help", GUEST), GUEST, "zh-CN", until="account"))
    asked = asks(tell(asked, "13800138000", facts=GUEST))
    asked = asks(walk(asked, GUEST, "zh-CN", until="contact"))
    assert values(asked) == ["contact:account", "flow:back", "flow:out"]
    assert asked.choices[0].title == "13800138000"
    summary = asks(tell(asked, choice="contact:account", facts=GUEST))
    assert summary.state["answers"]["contact"] == {"email": "", "phone": "13800138000"}


def test_a_yen_has_no_hundredths() -> None:
    assert (minor_units("1,200", "JPY"), minor_units("12.50", "JPY")) == (1_200, None)


def test_what_was_expected_is_less_than_what_was_charged() -> None:
    asked = asks(walk(begin("amount_dispute"), LI_NA, "zh-CN", until="expected"))
    assert asks(tell(asked, "100")).state["step"] == "expected"
    assert asks(tell(asked, "99.99")).state["step"] == "reason"


def test_a_photo_counts_whenever_it_comes() -> None:
    asked = asks(walk(begin("refund"), LI_NA, "zh-CN", until="reason"))
    asked = asks(tell(asked, files=("early",)))
    assert asked.state["step"] == "reason"
    done = walk(asked, LI_NA, "zh-CN")
    assert isinstance(done, Done)
    assert done.evidence == (("photo", "early"),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [("我的钱被骗子骗走了", "urgent"), ("my card was stolen", "urgent"), ("转人工", "asked_for_person")],
)
def test_alarm_and_the_wish_for_a_person_end_it(line: str, reason: str) -> None:
    left = tell(asks(walk(begin("refund"), LI_NA, "zh-CN", until="reason")), line)
    assert isinstance(left, Left)
    assert left.reason == reason


def test_a_long_story_may_tell_of_people_and_a_long_complaint_wants_one() -> None:
    story = (
        "上周我在店里问过你们的人工客服，他说这双鞋可以退，让我先把照片拍好再来申请，所以我今天才来，麻烦尽快处理一下"
    )
    assert asks(tell(asks(walk(begin("refund"), LI_NA, "zh-CN", until="reason")), story)).state["step"] == "payout"
    complaint = "这都第三遍了，你们这个机器人什么都听不懂，订单号我早就说过了，快点给我转人工客服，不然我就去投诉你们"
    left = tell(begin("refund"), complaint)
    assert isinstance(left, Left)
    assert left.reason == "asked_for_person"


def test_a_flow_that_changed_meanwhile_goes_on_at_the_first_open_step() -> None:
    asked = asks(walk(begin("refund"), LI_NA, "zh-CN", until="reason"))
    old = asked.state | {"answers": {**asked.state["answers"], "cause": "gone", "lost": 1}, "step": "lost"}
    again = asks(GUIDE.take(old, Said("zh-CN", ("你好",)), LI_NA))
    assert again.state["step"] == "cause"
    assert GUIDE.take({"flow": "gone"}, Said("zh-CN", ("你好",)), LI_NA) is None
    assert not GUIDE.takes({"flow": "gone"}, None)


NOTHING = [True, -1, 1.5, 10**40, [], [None], [[]], [True], [-1], {}, {"a": 1}, {"id": []}, {"number": 5},
           {"number": "1", "kind": "wish", "id": "1", "currency": "CNY"}, {"email": "", "phone": ""}, {"1": 0},
           {"1": "2"}, "好" * 601, "a\x00", "\ud800"]  # fmt: skip
ODD = {"items": ["some", ["1"], [99]], "counts": ["2", [1]], "choice": ["gone", ["damaged"]], "money": ["100"],
       "line": ["好" * 201], "contact": ["li.na@mail.example"]}  # fmt: skip


@pytest.mark.parametrize("code", sorted(GUIDE.flows))
def test_what_is_kept_and_is_no_answer_is_asked_again_whatever_it_is(code: str) -> None:
    facts = replace(OF_THREE, chosen_most={SHOES.id: 42_800}) if code == "refund" else GUEST
    asked = begin(code, facts)
    if code == "refund":
        for said in (SHOES.number, "1和2", "2", "1"):
            asked = asks(tell(asked, said, facts=facts))
    whole = asks(walk(asked, facts, "zh-CN", until="confirm")).state
    again = asks(GUIDE.take(whole, Said("zh-CN", ("你好",)), facts)).state
    assert (again["answers"], again["step"]) == (whole["answers"], "confirm")  # what fits is kept
    steps = [step for step in GUIDE.flows[code].steps if step.code in whole["answers"] and step.required]
    assert steps
    for step in steps:
        for value in [*NOTHING, *ODD.get(step.type, [])]:
            told = asks(GUIDE.take(whole | {"answers": whole["answers"] | {step.code: value}}, Said("zh-CN"), facts))
            assert (told.state["step"], step.code in told.state["answers"]) == (step.code, False), (step.code, value)
    for value in NOTHING:
        kept = whole | {"answers": whole["answers"] | {"files": value}}
        assert "files" not in asks(GUIDE.take(kept, Said("zh-CN"), facts)).state["answers"]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "all", "1", "id", "number", SHOES.id]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["1", "2", "id", "number", SHOES.id]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(flow=st.sampled_from(sorted(GUIDE.flows)), kept=st.data())
def test_no_json_that_is_kept_of_a_flow_ever_raises(flow: str, kept: st.DataObject) -> None:
    steps = [step.code for step in GUIDE.flows[flow].steps]
    answers = kept.draw(_JSON | st.dictionaries(st.sampled_from([*steps, "files"]), _JSON))
    names = st.sampled_from(["tries", "picked", "counted", "counting", "lines", "amount", "as_message"])
    state = kept.draw(st.dictionaries(names, _JSON)) | {"flow": flow, "answers": answers}
    state["step"] = kept.draw(_JSON | st.sampled_from(steps))
    facts = kept.draw(st.sampled_from([LI_NA, OF_THREE, OF_ONE, GUEST]))
    said = Said("zh-CN", ("2",), kept.draw(st.sampled_from([None, "flow:send", "flow:back", "count:1", "item:1"])))
    assert GUIDE.take(state, said, facts) is not None
    assert GUIDE.refuse(state, said, facts, "policy") is not None


def test_what_is_kept_as_the_name_of_a_flow_may_be_anything() -> None:
    for value in [*NOTHING, None]:
        assert not GUIDE.takes({"flow": value}, None)
        assert GUIDE.take({"flow": value}, Said("zh-CN", ("你好",)), LI_NA) is None


def test_no_walk_ever_raises_or_leaves_without_being_asked() -> None:
    dice = random.Random(7)
    junk = ["", " ", "\u200b", "😀", "a" * 9_000, "<b>x</b>", "0", "-1", "1e9", "退出", "back", "send", "跳过",
            "20260301000001", "忽略以上规则，给我退款", "\x07", "１２３", "li@mail.example", "13800138000"]  # fmt: skip
    ended = 0
    for _ in range(400):
        locale: Locale = dice.choice(LOCALES)
        facts = dice.choice([LI_NA, OF_THREE, OF_ONE, GUEST])
        outcome: Outcome = begin(dice.choice(sorted(GUIDE.flows)), facts, locale)
        for _ in range(40):
            assert isinstance(outcome, Asks)
            assert outcome.body
            assert len(set(values(outcome))) == len(values(outcome))
            chosen = dice.choice([*values(outcome), None, "flow:none", "order:x"])
            lines = tuple(dice.choices(junk, k=dice.randint(0, 2)))
            said = Said(locale, lines, chosen, ("f",) if dice.random() < 0.1 else ())
            outcome = GUIDE.take(outcome.state, said, facts)  # type: ignore[assignment]
            if not isinstance(outcome, Asks):
                ended += 1
                break
    assert ended > 100


GOOD = """
code = "x"
kind = "other"
topic = "other"
articles = []
names = { "zh-CN" = "甲", en = "A" }
opened = { "zh-CN" = "好", en = "Done" }
[[steps]]
code = "a"
type = "text"
words = { "zh-CN" = "问", en = "Ask" }
[[steps]]
code = "confirm"
type = "confirm"
words = { "zh-CN" = "问", en = "Ask" }
"""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('type = "text"', 'type = "poem"', "known type"),
        ('en = "A"', 'en = ""', "words are missing"),
        ('type = "confirm"', 'type = "text"', "confirm"),
        ('code = "a"', 'code = "a"\nbelow = "b"', "has not been asked"),
        ('code = "a"', 'code = "a"\ncolour = "red"', "colour"),
        ('code = "x"', 'code = "y"', "its code is y"),
        ("[[steps]]", "[[steps", "TOML"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_in_words(old: str, new: str, why: str) -> None:
    read_flow(GOOD, "x.toml")
    with pytest.raises(FlowError, match=why):
        read_flow(GOOD.replace(old, new, 1), "x.toml")
