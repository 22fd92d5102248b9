"""Topics of which a site takes only messages while its desk is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chat.actions.flow_offers import LASTS, set_catalogue
from chat.actions.jobs import claim
from chat.faq import Guide
from tests.actions.conftest import Desk
from tests.actions.talks import Talk

NIGHT = timedelta(hours=10, minutes=30)  # from noon, half past ten


@pytest.fixture
def night(desk: Desk) -> Desk:
    desk.do(desk.admin, "set_site", site="shop", message_topics=["unfreeze", "amount_dispute"])
    desk.now += NIGHT
    return desk


def status(desk: Desk, here: str) -> Any:
    return desk.do(desk.li_na, "sync", conversation_id=here, after_seq=0)["conversation"]["status"]


def codes(desk: Desk, here: str) -> list[str]:
    return [(line.get("data") or {}).get("code") or line["body"] for line in desk.log(desk.li_na, here)]


def test_at_night_it_begins_with_the_offer_to_leave_a_message_and_nothing_else(night: Desk) -> None:
    here = night.conversation(night.li_na, topic="unfreeze")
    [said] = night.log(night.li_na, here)
    assert (said["author"]["kind"], said["data"]["code"], said["data"]["offer"]) == (
        "bot", "message_only", "leave_message",
    )  # fmt: skip
    assert said["data"]["values"]["opens_at"] == "2026-03-04T01:00:00.000Z"
    left = night.do(night.li_na, "leave_message", conversation_id=here, body="账户被冻结了")
    assert left["conversation"]["status"] == "offline"


def test_who_just_writes_has_left_a_message_and_the_bot_is_not_asked(night: Desk) -> None:
    here = night.conversation(night.li_na, "账户被冻结了", "请尽快", topic="unfreeze")
    assert codes(night, here) == ["message_only", "账户被冻结了", "message_left", "请尽快"]
    assert status(night, here) == "offline"
    assert night.write(claim, ["bot_turn"], "here", 16) == []
    inbox = night.do(night.mei, "sync")["desk"]["inbox"]
    assert [(one["id"], "reply_by" in one) for one in inbox] == [(here, True)]


def test_other_topics_and_opening_hours_are_as_ever(night: Desk) -> None:
    here = night.conversation(night.li_na, "密码忘了", topic="password_help")
    assert (codes(night, here)[0], status(night, here)) == ("bot_hello", "bot")
    assert night.write(claim, ["bot_turn"], "here", 16)
    night.now -= NIGHT
    there = night.conversation(night.wang_wei, topic="unfreeze")
    assert night.do(night.wang_wei, "sync", conversation_id=there, after_seq=0)["conversation"]["status"] == "waiting"


def test_one_that_began_with_the_bot_by_day_is_a_message_after_closing(night: Desk) -> None:
    night.now -= NIGHT
    night.do(night.admin, "set_site", site="shop", bot_in_front=True)
    here = night.conversation(night.li_na, topic="amount_dispute")
    assert status(night, here) == "bot"
    night.now += NIGHT
    night.do(night.li_na, "say", conversation_id=here, body="多扣了钱")
    assert status(night, here) == "offline"


def begun_by_day(desk: Desk) -> Talk:
    """A flow about a topic of which only messages are taken; then the desk closes."""
    desk.write(set_catalogue, Guide().catalogue())
    desk.now -= NIGHT
    desk.do(desk.admin, "set_site", site="shop", bot_in_front=True)
    talk = Talk(desk, desk.li_na, desk.do(desk.li_na, "start", topic="unfreeze")["conversation"]["id"])
    talk.through("flow:unfreeze", "li_na")
    desk.now += NIGHT
    return talk


def test_who_is_in_the_middle_of_a_flow_when_it_closes_comes_to_its_end(night: Desk) -> None:
    talk = begun_by_day(night)
    assert talk.say("换了新手机登录")["data"]["step"] == "papers"
    talk.through("flow:skip", "flow:send")
    assert (status(night, talk.id), len(night.do(night.li_na, "my_cases")["cases"])) == ("bot", 1)
    # After it, what they write is a message as ever.
    talk.say("还有一件事")
    assert (status(night, talk.id), talk.log()[-1]["data"]["code"]) == ("offline", "message_left")


def test_who_comes_back_to_it_too_late_leaves_a_message_and_is_told(night: Desk) -> None:
    talk = begun_by_day(night)
    night.change("UPDATE site SET calendar = :closed", closed='{"zone": "Asia/Shanghai", "weekly": {}, "specials": []}')
    night.now += LASTS + timedelta(seconds=1)
    talk.say("换了新手机登录")
    assert (status(night, talk.id), talk.log()[-1]["data"]["code"]) == ("offline", "message_left")
    said = [line["body"] for line in talk.log() if line["author"]["kind"] == "customer"]
    assert said[-2:] == ["li_na", "换了新手机登录"]
    assert [turn["outcome"] for turn in talk.turns()] == ["left"]


def test_the_desk_names_them_while_it_is_closed(night: Desk) -> None:
    closed = night.do(night.mei, "sync")["desk"]["desks"][0]
    assert closed["message_topics"] == ["unfreeze", "amount_dispute"]
    night.now -= NIGHT
    assert "message_topics" not in night.do(night.mei, "sync")["desk"]["desks"][0]
