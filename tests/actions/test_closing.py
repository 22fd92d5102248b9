"""Who may still enter the queue, and what becomes of those who wait when the desk closes or after too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chat.actions.bot import carry_out
from chat.actions.bot_turn import HandOver
from chat.actions.closing import CHOICE, DIVERTED, SETTLED, TOLD_CLOSED, TOLD_OPEN
from chat.actions.desk import desk_of, states
from chat.actions.jobs import claim
from chat.errors import Conflict, Invalid
from chat.store import Tx
from chat.store.queries import people
from chat.store.tables import Site
from tests.actions.conftest import EVERY_DAY, NOON, Desk
from tests.actions.test_waits import lasted, limit, newcomers, sits_down

CLOSING = datetime(2026, 3, 3, 13, tzinfo=NOON.tzinfo)  # 21:00 in Shanghai
MORNING = datetime(2026, 3, 4, 1, 30, tzinfo=NOON.tzinfo)


def sweep(desk: Desk) -> dict[str, int]:
    """One round of what is looked after here; what is not due does nothing."""
    done = {}
    for name, step in {"told": TOLD_CLOSED, "open": TOLD_OPEN, "settled": SETTLED, "diverted": DIVERTED}.items():
        is_due = desk.read(step.is_due)
        done[name] = desk.write(step.do)
        assert is_due == (done[name] > 0)
    return {name: count for name, count in done.items() if count}


def codes(desk: Desk, customer: Any, conversation_id: str) -> list[str]:
    return [(message.get("data") or {}).get("code", message["body"]) for message in desk.log(customer, conversation_id)]


def seen(desk: Desk, customer: Any, conversation_id: str) -> Any:
    return desk.do(customer, "sync", conversation_id=conversation_id, after_seq=0)["conversation"]


def last(desk: Desk, customer: Any, conversation_id: str) -> Any:
    return desk.log(customer, conversation_id)[-1]["data"]


# -- who may enter ------------------------------------------------------------------------------------------------


def shut_out(desk: Desk, why: str) -> None:
    """A desk that nobody may enter any more, for that reason."""
    if why == "full":
        limit(desk, None, max_queue=0)
    else:
        lasted(desk, 1_800)
        limit(desk, 0)
        desk.now = CLOSING - timedelta(minutes=9)


@pytest.mark.parametrize(("why", "code"), [("full", "queue_full"), ("closing", "desk_closing")])
def test_who_cannot_enter_is_told_why_and_may_leave_a_message(desk: Desk, why: str, code: str) -> None:
    shut_out(desk, why)
    here = desk.conversation(desk.li_na)
    assert seen(desk, desk.li_na, here)["status"] == "bot"
    said = last(desk, desk.li_na, here)
    assert (said["code"], said["offer"]) == (code, "leave_message")
    with pytest.raises(Conflict) as refused:
        desk.do(desk.li_na, "ask_agent", conversation_id=here)
    assert refused.value.code == code
    assert seen(desk, desk.li_na, here)["status"] == "bot"
    left = desk.do(desk.li_na, "leave_message", conversation_id=here, body="请回复我")
    assert left["conversation"]["status"] == "offline"


@pytest.mark.parametrize(("why", "code"), [("full", "queue_full_bot"), ("closing", "desk_closing_bot")])
def test_a_team_may_send_them_to_the_bot_instead(desk: Desk, why: str, code: str) -> None:
    shut_out(desk, why)
    desk.change("UPDATE team SET divert = 'bot'")
    here = desk.conversation(desk.li_na, "怎么退款")
    said = desk.log(desk.li_na, here)[0]["data"]
    assert (said["code"], "offer" in said) == (code, False)
    assert desk.write(claim, ["bot_turn"], "here", 16)


def test_who_finds_a_place_in_line_enters_it(desk: Desk) -> None:
    limit(desk, None, max_queue=1)
    first, second = newcomers(desk, 2)
    here, there = desk.conversation(first), desk.conversation(second)
    assert [seen(desk, first, here)["status"], seen(desk, second, there)["status"]] == ["waiting", "bot"]
    desk.do(first, "leave", conversation_id=here)
    assert desk.do(second, "ask_agent", conversation_id=there)["conversation"]["status"] == "waiting"


def test_in_the_last_minutes_who_can_still_be_reached_enters(desk: Desk) -> None:
    desk.now = CLOSING - timedelta(minutes=9)
    sits_down(desk, desk.mei)
    assert seen(desk, desk.li_na, desk.conversation(desk.li_na))["status"] == "waiting"


@pytest.mark.parametrize(("divert", "status"), [("message", "offline"), ("bot", "bot")])
def test_a_conversation_written_in_again_goes_where_its_team_says(desk: Desk, divert: str, status: str) -> None:
    here = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.do(desk.mei, "close", conversation_id=here)
    limit(desk, None, max_queue=0, divert=divert)
    desk.do(desk.li_na, "say", conversation_id=here, body="还有一个问题")
    found = seen(desk, desk.li_na, here)
    assert (found["status"], "reply_by" in found) == (status, status == "offline")


def test_the_bot_hands_nobody_over_to_a_queue_that_is_full(desk: Desk) -> None:
    desk.change("UPDATE site SET bot_in_front = TRUE")
    limit(desk, None, max_queue=0)
    here = desk.conversation(desk.li_na, "转人工")
    [turn] = desk.write(claim, ["bot_turn"], "here", 16)
    desk.write(carry_out, turn, HandOver("asked_for_person"))
    assert seen(desk, desk.li_na, here)["status"] == "bot"
    assert last(desk, desk.li_na, here)["code"] == "queue_full"


def test_a_queue_is_full_when_that_of_the_conversations_own_team_is(desk: Desk) -> None:
    desk.change("UPDATE site SET bot_in_front = TRUE")
    teams = desk.do(desk.admin, "add_team", name="zebras", sites=["shop"])["teams"]
    [zebras] = [team["id"] for team in teams if team["name"] == "zebras"]
    desk.do(desk.admin, "set_team", team_id=zebras, max_queue=0)
    here = desk.conversation(desk.li_na)
    desk.do(desk.li_na, "leave_message", conversation_id=here, body="请回复我")
    desk.do(desk.lin, "assign", conversation_ids=[here], team_id=zebras)
    with pytest.raises(Conflict) as refused:
        desk.do(desk.li_na, "ask_agent", conversation_id=here)
    assert refused.value.code == "queue_full"
    desk.do(desk.lin, "assign", conversation_ids=[here], team_id=desk.ids["shop team"])
    assert desk.do(desk.li_na, "ask_agent", conversation_id=here)["conversation"]["status"] == "waiting"


def test_something_urgent_is_never_too_many(desk: Desk) -> None:
    limit(desk, None, max_queue=0)
    here = desk.conversation(desk.li_na)
    desk.change("UPDATE conversation SET urgent = TRUE, priority = 1 WHERE id = :id", id=here)
    assert desk.do(desk.li_na, "ask_agent", conversation_id=here)["conversation"]["status"] == "waiting"


@pytest.mark.parametrize("why", ["full", "closing"])
def test_the_desk_says_beforehand_that_the_bot_answers_who_may_not_enter(desk: Desk, why: str) -> None:
    def told() -> Any:
        return desk.read(lambda tx, now: desk_of(tx, people.site(tx, desk.ids["shop"]), now)).divert

    desk.do(desk.admin, "set_team", team_id=desk.ids["shop team"], divert="bot")
    assert told() is None, "the queue is open"
    shut_out(desk, why)
    desk.do(desk.admin, "set_team", team_id=desk.ids["shop team"], divert="bot")
    assert told() == "bot"
    teams = desk.do(desk.admin, "add_team", name="zebras", sites=["shop"])["teams"]
    [zebras] = [team["id"] for team in teams if team["name"] == "zebras"]
    desk.do(desk.admin, "set_team", team_id=zebras, max_queue=0, topics=["refund"])
    assert told() is None, "another team has them leave a message"


def test_the_desk_says_beforehand_that_nobody_may_enter(desk: Desk) -> None:
    def state() -> Any:
        told = desk.read(states)[desk.ids["shop"]]
        return told[0], told[-2]

    assert state() == (True, "open")
    limit(desk, None, max_queue=0)
    assert state() == (True, "full")
    shut_out(desk, "closing")
    limit(desk, 0, max_queue=None)
    assert state() == (True, "closing")
    desk.now = CLOSING
    assert state() == (False, "open")


def test_everybody_is_told_anew_when_the_first_one_comes_to_the_desk_and_when_the_last_one_goes(desk: Desk) -> None:
    alone = desk.read(states)
    sits_down(desk, desk.mei)
    there = desk.read(states)
    assert there[desk.ids["shop"]] != alone[desk.ids["shop"]]
    assert there[desk.ids["wallet"]] == alone[desk.ids["wallet"]]
    sits_down(desk, desk.lin)
    assert desk.read(states) == there
    desk.change("DELETE FROM presence")
    assert desk.read(states) == alone


# -- closing time -------------------------------------------------------------------------------------------------


def test_who_waits_at_closing_time_is_told_once_when_it_opens_and_by_when_they_are_answered(desk: Desk) -> None:
    desk.now = CLOSING - timedelta(minutes=30)
    here = desk.conversation(desk.li_na, "我想退款")
    assert sweep(desk) == {}
    desk.now = CLOSING
    assert sweep(desk) == {"told": 1}
    assert sweep(desk) == {}
    assert last(desk, desk.li_na, here) == {
        "code": "closed_waiting",
        "values": {"opens_at": "2026-03-04T01:00:00.000Z", "reply_by": "2026-03-04T05:00:00.000Z", "minutes": 10},
    }
    assert seen(desk, desk.li_na, here)["status"] == "waiting"


def test_a_conversation_that_runs_goes_on_and_agents_may_still_take_who_waits(desk: Desk) -> None:
    desk.now = CLOSING - timedelta(minutes=30)
    running = desk.conversation(desk.wang_wei, "在吗")
    desk.do(desk.mei, "pick", conversation_id=running)
    here = desk.conversation(desk.li_na, "我想退款")
    desk.now = CLOSING + CHOICE / 2
    assert sweep(desk) == {"told": 1}
    desk.do(desk.mei, "say", conversation_id=running, body="您好")
    assert desk.do(desk.mei, "pick", conversation_id=here)["conversation"]["status"] == "active"
    desk.now += CHOICE
    assert sweep(desk) == {}
    assert [seen(desk, who, one)["status"] for who, one in ((desk.wang_wei, running), (desk.li_na, here))] == [
        "active",
        "active",
    ]


def test_who_does_not_choose_finds_what_they_wrote_promised_and_who_wrote_nothing_has_gone(desk: Desk) -> None:
    desk.now = CLOSING - timedelta(minutes=30)
    wrote, silent = newcomers(desk, 2)
    here, there = desk.conversation(wrote, "我想退款"), desk.conversation(silent)
    desk.now = CLOSING
    sweep(desk)
    desk.now += CHOICE - timedelta(seconds=1)
    assert sweep(desk) == {}
    desk.wait(seconds=1)
    assert sweep(desk) == {"settled": 2}
    kept = seen(desk, wrote, here)
    assert (kept["status"], kept["reply_by"]) == ("offline", "2026-03-04T05:00:00.000Z")
    assert last(desk, wrote, here)["code"] == "wait_kept"
    gone = seen(desk, silent, there)
    assert (gone["status"], gone["outcome"]) == ("closed", "abandoned")
    assert [row["due_at"] for row in desk.rows("SELECT * FROM promise")] == [
        row["reply_by"] for row in desk.rows("SELECT reply_by FROM conversation WHERE id = :id", id=here)
    ]


def test_who_wrote_already_leaves_that_without_writing_it_again(desk: Desk) -> None:
    desk.now = CLOSING - timedelta(minutes=30)
    here = desk.conversation(desk.li_na, "我想退款")
    desk.now = CLOSING
    sweep(desk)
    left = desk.do(desk.li_na, "leave_message", conversation_id=here)["conversation"]
    assert (left["status"], left["reply_by"]) == ("offline", "2026-03-04T05:00:00.000Z")
    assert codes(desk, desk.li_na, here) == ["我想退款", "closed_waiting", "message_left"]
    assert [one["preview"] for one in desk.do(desk.mei, "inbox")["conversations"]] == ["我想退款"]


def test_who_wrote_nothing_has_nothing_to_leave(desk: Desk) -> None:
    here = desk.conversation(desk.li_na)
    with pytest.raises(Invalid, match="Write your message"):
        desk.do(desk.li_na, "leave_message", conversation_id=here)
    assert seen(desk, desk.li_na, here)["status"] == "waiting"


def test_what_was_written_before_the_end_of_a_conversation_is_not_left_again(desk: Desk) -> None:
    here = desk.conversation(desk.li_na, "我想退款")
    desk.do(desk.li_na, "leave", conversation_id=here)
    with pytest.raises(Invalid, match="Write your message"):
        desk.do(desk.li_na, "leave_message", conversation_id=here)
    assert seen(desk, desk.li_na, here)["status"] == "closed"


def test_what_was_written_already_is_left_only_by_somebody_a_reply_can_reach(desk: Desk) -> None:
    stranger = desk.arrive("", "shop")
    unknown = "kind = 'anonymous', issuer = NULL, external_id = NULL, email = NULL, phone = NULL"
    desk.change(f"UPDATE customer SET {unknown} WHERE id = :id", id=stranger.id)
    here = desk.conversation(stranger, "我想退款")
    with pytest.raises(Invalid) as refused:
        desk.do(stranger, "leave_message", conversation_id=here)
    assert refused.value.code == "no_contact"
    left = desk.do(stranger, "leave_message", conversation_id=here, phone="138 0000 0000")["conversation"]
    assert (left["status"], left["contact"]) == ("offline", True)


@pytest.mark.parametrize("how", ["chose a message", "did not choose"])
def test_in_the_morning_who_kept_their_place_stands_before_newcomers(desk: Desk, how: str) -> None:
    desk.now = CLOSING - timedelta(minutes=30)
    here = desk.conversation(desk.li_na, "我想退款")
    desk.now = CLOSING
    sweep(desk)
    if how == "chose a message":
        desk.do(desk.li_na, "leave_message", conversation_id=here, body="请明天联系我")
    desk.now += CHOICE
    sweep(desk)
    desk.now = MORNING
    promised = seen(desk, desk.li_na, here)["reply_by"]
    limit(desk, None, max_queue=1)
    newcomer = desk.conversation(desk.wang_wei, "在吗")
    assert seen(desk, desk.wang_wei, newcomer)["waiting"]["place"] == 1
    asked = desk.do(desk.li_na, "ask_agent", conversation_id=here)["conversation"]
    assert (asked["status"], asked["waiting"]["place"], asked["reply_by"]) == ("waiting", 1, promised)
    assert seen(desk, desk.wang_wei, newcomer)["waiting"]["place"] == 2
    assert sweep(desk) == {}


def test_who_goes_has_gone(desk: Desk) -> None:
    desk.now = CLOSING - timedelta(minutes=30)
    here = desk.conversation(desk.li_na, "我想退款")
    desk.now = CLOSING
    sweep(desk)
    desk.do(desk.li_na, "leave", conversation_id=here)
    desk.now += CHOICE
    assert sweep(desk) == {}
    assert seen(desk, desk.li_na, here)["outcome"] == "abandoned"


def test_a_part_day_special_closes_like_any_evening_and_who_still_waits_goes_on_when_it_ends(desk: Desk) -> None:
    def special(tx: Tx, now: datetime) -> None:
        site = tx.session.get_one(Site, desk.ids["shop"])
        hours = [["09:00", "12:30"], ["12:35", "21:00"]]
        entry = {"date": "2026-03-03", "intervals": hours, "reason": "消防演习"}
        site.calendar = {"zone": "Asia/Shanghai", "weekly": EVERY_DAY, "specials": [entry]}

    here = desk.conversation(desk.li_na, "我想退款")
    desk.write(special)
    desk.now = NOON + timedelta(minutes=30)
    assert sweep(desk) == {"told": 1}
    assert last(desk, desk.li_na, here)["values"]["opens_at"] == "2026-03-03T04:35:00.000Z"
    desk.wait(minutes=5)
    assert sweep(desk) == {"open": 1}
    assert last(desk, desk.li_na, here)["code"] == "open_again"
    desk.now = CLOSING
    assert sweep(desk) == {"told": 1}, "a second closing is told as well"


def test_an_emergency_closes_like_any_evening_and_its_end_brings_them_back(desk: Desk) -> None:
    here = desk.conversation(desk.li_na, "我想退款")
    desk.do(desk.lin, "close_desk", site="shop", until="2026-03-03T06:00:00Z", reason="系统升级")
    assert sweep(desk) == {"told": 1}
    values = last(desk, desk.li_na, here)["values"]
    assert (values["opens_at"], values["reply_by"]) == ("2026-03-03T06:00:00.000Z", "2026-03-03T10:00:00.000Z")
    assert seen(desk, desk.wang_wei, desk.conversation(desk.wang_wei))["status"] == "bot"
    desk.do(desk.lin, "reopen_desk", site="shop")
    assert sweep(desk) == {"open": 1}
    assert seen(desk, desk.li_na, here)["waiting"]["place"] == 1


# -- too long -----------------------------------------------------------------------------------------------------


def test_who_has_waited_too_long_becomes_a_message_with_a_promise_once(desk: Desk) -> None:
    limit(desk, None, max_wait_seconds=1_200)
    here = desk.conversation(desk.li_na, "我想退款")
    desk.wait(seconds=1_199)
    assert sweep(desk) == {}
    desk.wait(seconds=1)
    assert sweep(desk) == {"diverted": 1}
    left = seen(desk, desk.li_na, here)
    assert (left["status"], left["reply_by"]) == ("offline", "2026-03-03T08:20:00.000Z")
    assert last(desk, desk.li_na, here)["code"] == "waited_too_long"
    asked = desk.do(desk.li_na, "ask_agent", conversation_id=here)["conversation"]
    assert asked["status"] == "waiting"
    desk.wait(hours=1)
    assert sweep(desk) == {}


@pytest.mark.parametrize(("divert", "lines"), [("bot", ["我想退款"]), ("message", [])])
def test_or_goes_back_to_the_bot_as_does_who_wrote_nothing(desk: Desk, divert: str, lines: list[str]) -> None:
    limit(desk, None, max_wait_seconds=1_200, divert=divert)
    here = desk.conversation(desk.li_na, *lines)
    desk.wait(seconds=1_200)
    assert sweep(desk) == {"diverted": 1}
    assert seen(desk, desk.li_na, here)["status"] == "bot"
    assert last(desk, desk.li_na, here) == {"code": "waited_too_long_bot", "values": {}, "offer": "leave_message"}
    desk.do(desk.li_na, "ask_agent", conversation_id=here)
    desk.wait(hours=1)
    assert sweep(desk) == {}


def test_who_comes_back_from_an_agent_has_waited_since_then(desk: Desk) -> None:
    limit(desk, None, max_wait_seconds=1_200)
    here = desk.conversation(desk.li_na, "我想退款")
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.wait(minutes=30)
    desk.do(desk.mei, "release", conversation_id=here)
    assert sweep(desk) == {}
    desk.wait(seconds=1_200)
    assert sweep(desk) == {"diverted": 1}
