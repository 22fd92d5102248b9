"""Emergencies: first in every list, and their customer is told at once what to do; once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.actions.urgent import first_line
from tests.actions.conftest import Desk
from tests.actions.test_inbox import NIGHT, connect, newcomer

PHONE = "400-000-0110"


def codes(desk: Desk, conversation_id: str) -> list[str]:
    rows = desk.rows("SELECT data FROM message WHERE conversation_id = :id ORDER BY seq", id=conversation_id)
    return [row["data"].split('"code": "')[1].split('"')[0] for row in rows if row["data"]]


@pytest.fixture
def equipped(desk: Desk) -> Desk:
    settings = {"urgent_phone": PHONE, "urgent_steps": {"zh-CN": "先冻结银行卡"}, "urgent_words": ["冒烟"]}
    desk.do(desk.admin, "set_site", site="shop", on_call="duty@shop.example", **settings)
    return desk


def test_it_comes_first_in_line(equipped: Desk) -> None:
    desk = equipped
    first = desk.conversation(newcomer(desk, "王强"), "在吗")
    desk.wait(minutes=10)
    robbed = desk.conversation(desk.li_na, "我的卡被盗刷了！")
    waiting = desk.do(desk.mei, "sync")["desk"]["waiting"]
    assert [(one["id"], one["urgent"], one["priority"]) for one in waiting] == [(robbed, True, 1), (first, False, 3)]
    assert desk.do(desk.mei, "pick")["conversation"]["id"] == robbed


def test_the_customer_sees_the_number_and_the_steps_at_once_and_once(equipped: Desk) -> None:
    desk = equipped
    conversation_id = desk.conversation(desk.li_na, "我的卡被盗刷了！", "钱被骗走了！！")
    lines = [line["data"] for line in desk.log(desk.li_na, conversation_id) if line["kind"] == "system"]
    assert lines == [{"code": "urgent_help", "values": {"phone": PHONE, "steps": {"zh-CN": "先冻结银行卡"}}}]
    assert desk.hears(desk.room_of(desk.li_na), "conversation")[-1]["urgent"] is True


def test_a_site_that_says_nothing_has_our_steps_and_no_number(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "我被骗了")
    [line] = [line["data"] for line in desk.log(desk.li_na, conversation_id) if line["kind"] == "system"]
    assert line["values"] == {"phone": "", "steps": {}}


def test_a_word_of_the_site_counts_there_and_nowhere_else(equipped: Desk) -> None:
    desk = equipped
    desk.conversation(desk.li_na, "充电宝冒烟了")
    desk.conversation(desk.emma, "充电宝冒烟了")
    rows = desk.rows("SELECT customer_id, urgent FROM conversation")
    assert {row["customer_id"]: bool(row["urgent"]) for row in rows} == {desk.li_na.id: True, desk.emma.id: False}


def test_what_an_agent_reads_anyway_changes_nothing(equipped: Desk) -> None:
    desk = equipped
    conversation_id = desk.conversation(desk.li_na, "你好")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="我的卡被盗刷了")
    assert "urgent_help" not in codes(desk, conversation_id)


def test_a_conversation_that_is_opened_again_begins_as_an_ordinary_one(equipped: Desk) -> None:
    desk = equipped
    conversation_id = desk.conversation(desk.li_na, "我的卡被盗刷了")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.mei, "close", conversation_id=conversation_id)
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="谢谢，另外想问发票")
    [one] = desk.do(desk.mei, "sync")["desk"]["waiting"]
    assert (one["urgent"], one["priority"]) == (False, 3)
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="又被盗刷了")
    assert codes(desk, conversation_id).count("urgent_help") == 2


def alerts(desk: Desk) -> int:
    return len(desk.rows("SELECT id FROM job WHERE kind = 'on_call_mail'"))


def test_who_is_on_call_is_woken_while_nobody_is_at_the_desk(equipped: Desk) -> None:
    desk = equipped
    desk.now = NIGHT
    connect(desk, desk.mei)
    desk.do(desk.mei, "set_presence", status="online")
    desk.conversation(desk.li_na, "我的卡被盗刷了", "怎么办啊，被盗刷了")
    assert alerts(desk) == 1  # the desk is closed, whoever still sits there
    desk.now = NIGHT + timedelta(hours=12)
    desk.conversation(newcomer(desk, "王强"), "我被骗了")
    assert alerts(desk) == 2  # the desk is open, and nobody is there
    connect(desk, desk.mei)
    desk.conversation(newcomer(desk, "陈晨"), "我被骗了")
    assert alerts(desk) == 2
    desk.do(desk.mei, "set_presence", status="away")
    desk.conversation(newcomer(desk, "李雷"), "我被骗了")
    assert alerts(desk) == 3


def test_who_is_on_call_is_not_flooded_by_one_who_comes_again_and_again(equipped: Desk) -> None:
    desk = equipped
    desk.now = NIGHT
    for _ in range(12):
        conversation_id = desk.conversation(desk.li_na, "我的卡被盗刷了")
        for _ in range(2):  # the first time it is kept as a message
            desk.do(desk.li_na, "leave", conversation_id=conversation_id)
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="又被盗刷了")
    assert alerts(desk) == 6
    desk.wait(hours=1)
    desk.conversation(desk.wang_wei, "我被骗了")
    assert alerts(desk) == 7


def test_a_flood_at_one_site_silences_no_other(equipped: Desk) -> None:
    desk = equipped
    desk.change("UPDATE site SET on_call = 'duty@wallet.example' WHERE key = 'wallet'")
    desk.now = NIGHT
    for name in range(8):
        desk.conversation(newcomer(desk, f"王强{name}"), "我的卡被盗刷了")
    assert alerts(desk) == 6
    desk.conversation(desk.emma, "my account was hacked")
    assert alerts(desk) == 7


def test_nobody_is_woken_where_nobody_is_on_call(desk: Desk) -> None:
    desk.now = NIGHT
    desk.conversation(desk.li_na, "我的卡被盗刷了")
    assert alerts(desk) == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("被盗刷了\n卡号 6222", "被盗刷了"),
        ("\n \n  第三行", "第三行"),
        ("a\u202eb\x07c", "abc"),
        ("x" * 500, "x" * 119 + "…"),
    ],
)
def test_of_a_hostile_text_only_the_first_line_is_quoted(text: str, line: str) -> None:
    assert first_line(text) == line
