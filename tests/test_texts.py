"""The words: the same keys in both languages, the same values in both, money and times as people there write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from bots.shelf import SenseName
from chat import texts
from chat.actions.refunds import TOLD
from chat.domain.case_steps import StepState
from chat.domain.refunds import RefundState
from chat.domain.ticket_kinds import KINDS
from chat.domain.tickets import TicketStatus

FOLDER = Path(texts.__file__).parent
TABLES = sorted({file.stem for file in FOLDER.glob("*/*.json")})
MORNING = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def values_of(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("table", TABLES)
def test_both_languages_say_the_same_things_with_the_same_values(table: str) -> None:
    chinese, english = texts.words("zh-CN", table), texts.words("en", table)
    assert chinese.keys() == english.keys()
    for key in chinese:
        assert values_of(chinese[key]) == values_of(english[key]), key
        assert chinese[key].strip(), key
        assert english[key].strip(), key


def test_no_two_tables_of_the_server_have_the_same_key() -> None:
    keys = [key for table in texts.TABLES for key in texts.words("en", table)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("zh-CN", 1_234_567, "CNY", "¥12,345.67"),
        ("en", 1_234_567, "CNY", "CN¥12,345.67"),
        ("en", 5, "USD", "$0.05"),
        ("zh-CN", -1_000, "CNY", "-¥10.00"),
        ("en", 1_500, "JPY", "¥1,500"),
        ("en", 100, "CHF", "CHF 1.00"),
    ],
)
def test_money_is_written_as_in_that_language(locale: str, amount: int, currency: str, written: str) -> None:
    assert texts.money(locale, amount, currency) == written


def test_a_time_is_told_by_the_clock_of_the_zone() -> None:
    assert texts.moment_and_zone("zh-CN", MORNING, "Asia/Shanghai") == "2026年1月5日 周一 09:00，北京时间"
    assert texts.moment_and_zone("en", MORNING, "Asia/Shanghai") == "Mon 5 Jan 2026, 09:00, Beijing time"
    assert texts.moment_and_zone("en", MORNING, "America/New_York") == "Sun 4 Jan 2026, 20:00, UTC-05:00"


def test_a_system_message_is_worded_with_its_values() -> None:
    left = {"code": "message_left", "values": {"opens_at": "2026-01-05T01:00:00.000Z", "by": "email"}}
    assert "邮箱" in texts.system_text("zh-CN", left, "Asia/Shanghai")
    left["values"] = {"opens_at": None, "by": "window"}
    assert "时间待定" in texts.system_text("zh-CN", left, "Asia/Shanghai")
    left["values"] = {"opens_at": None, "by": "email", "reply_by": "2026-01-05T05:00:00.000Z"}
    assert "Mon 5 Jan 2026, 13:00, Beijing time" in texts.system_text("en", left, "Asia/Shanghai")
    urgent = {"code": "urgent_help", "values": {"phone": "", "steps": {}}}
    assert texts.say("zh-CN", "urgent.steps") in texts.system_text("zh-CN", urgent, "Asia/Shanghai")
    urgent["values"] = {"phone": "400-000-0110", "steps": {"zh-CN": "先冻结银行卡"}}
    told = texts.system_text("zh-CN", urgent, "Asia/Shanghai")
    assert "400-000-0110" in told
    assert "先冻结银行卡" in told
    paid = {"code": "refund_paid", "values": {"number": "QY-1", "amount": 100, "currency": "CNY"}}
    assert texts.system_text("en", paid, "Asia/Shanghai") == "Your refund was paid: CN¥1.00 (ticket QY-1)."
    closed = {"code": "closed", "values": {"by": "idle"}}
    assert texts.system_text("en", closed, "Asia/Shanghai") == texts.say("en", "system.closed_idle")


def test_braces_in_what_people_write_stay_as_they_are() -> None:
    rejected = {
        "code": "refund_rejected",
        "values": {"number": "QY-1", "amount": 1, "currency": "CNY", "reason": "{0}"},
    }
    assert texts.system_text("en", rejected, "Asia/Shanghai").endswith("Reason: {0}")


@pytest.mark.parametrize(
    ("wanted", "known"), [("zh-TW", "zh-CN"), ("zh", "zh-CN"), ("de-DE,zh;q=0.5", "en"), (None, "en"), ("", "en")]
)
def test_the_nearest_language_is_spoken(wanted: str | None, known: str) -> None:
    assert texts.known_locale(wanted) == known


def test_every_step_and_turn_of_a_case_has_its_words() -> None:
    steps = {f"step.{step}" for kind in KINDS.values() for step in (*kind.steps, "withdrawn")}
    told = {f"{table}.refund_{state}" for table in ("history", "system") for state in TOLD}
    moves = {f"history.status_{status}" for status in set(TicketStatus) - {TicketStatus.NEW}}
    shown = {f"case.status_{status}" for status in TicketStatus} | {f"refund_state.{state}" for state in RefundState}
    shown |= {f"case.step_{state}" for state in get_args(StepState)} | {"history.opened", "history.linked_order"}
    said = {key for table in texts.TABLES for key in texts.words("en", table)}
    assert steps | told | moves | shown <= said


def test_the_console_has_words_for_everything_that_is_recorded_of_a_ticket() -> None:
    recorded = set()
    for file in (FOLDER.parent / "actions").glob("*.py"):
        recorded |= set(re.findall(r'case_log\.add\((?:(?!case_log).)*?"([a-z_]+)", now', file.read_text(), re.DOTALL))
    assert {"opened", "applied", "ended", "evidence_wanted"} <= recorded
    assert {code for code in recorded if f"event.{code}" not in texts.words("en", "cases")} == set()


def test_every_sense_of_the_bot_has_a_name_for_those_who_try_it() -> None:
    assert {f"head.{sense}" for sense in get_args(SenseName)} <= texts.words("zh-CN", "knowledge").keys()
