"""Who has a conversation, and until when: nobody waits for an agent who is gone, and nobody who is there loses one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chat.actions import presence
from chat.actions.access import Who
from chat.actions.sweep import STEPS
from chat.errors import BadShape
from tests.actions.conftest import Desk

GRACE = 300
RENEWED = 25  # seconds, less than a lease

Going = Callable[[Desk, str], None]


def misses_the_lease(desk: Desk, connection: str) -> None:
    desk.wait(seconds=31)
    desk.sweep()


def closes_the_console(desk: Desk, connection: str) -> None:
    desk.write(presence.disconnected, desk.mei, connection)
    desk.wait(seconds=31)
    desk.sweep()


def goes_offline(desk: Desk, connection: str) -> None:
    desk.do(desk.mei, "set_presence", status="offline")


def signs_out(desk: Desk, connection: str) -> None:
    desk.do(desk.mei, "sign_out")


GOING = pytest.mark.parametrize("goes", [misses_the_lease, closes_the_console, goes_offline, signs_out])


def comes(desk: Desk, who: Who | None = None) -> str:
    connection = desk.connect(who or desk.mei)
    desk.do(who or desk.mei, "set_presence", status="online")
    return connection


def stays(desk: Desk, connection: str, seconds: int) -> None:
    """The console stays open; the sweep goes round, within each lease once."""
    for step in [*[RENEWED] * (seconds // RENEWED), seconds % RENEWED]:
        desk.wait(seconds=step)
        desk.write(presence.still_connected, {connection: desk.mei.id})
        desk.sweep()


def held(desk: Desk, customer: Who | None = None, agent: Who | None = None) -> str:
    """Li Na's conversation with Mei, who has not answered yet."""
    conversation_id = desk.conversation(customer or desk.li_na, "你好，我想退款")
    desk.do(agent or desk.mei, "pick", conversation_id=conversation_id)
    return conversation_id


def answered(desk: Desk) -> str:
    conversation_id = held(desk)
    desk.do(desk.mei, "say", conversation_id=conversation_id, body="请稍等，我查一下")
    return conversation_id


def seen(desk: Desk, conversation_id: str, customer: Who | None = None) -> Any:
    asked = {"conversation_id": conversation_id, "after_seq": 0}
    return desk.do(customer or desk.li_na, "sync", **asked)["conversation"]


def status(desk: Desk, conversation_id: str) -> str:
    return str(seen(desk, conversation_id)["status"])


def codes(desk: Desk, conversation_id: str) -> list[str]:
    return [line["data"]["code"] for line in desk.log(desk.li_na, conversation_id) if line["kind"] == "system"]


def is_any_step_due(desk: Desk) -> list[str]:
    return [step.name for step in STEPS if desk.read(step.is_due)]


@GOING
def test_what_was_not_answered_goes_back_to_its_place_once_and_the_customer_is_told(desk: Desk, goes: Going) -> None:
    connection = comes(desk)
    conversation_id = held(desk)
    desk.wait(seconds=5)
    behind = desk.conversation(desk.wang_wei, "在吗")
    goes(desk, connection)
    after = seen(desk, conversation_id)
    assert (after["status"], after.get("agent"), after["waiting"]["place"]) == ("waiting", None, 1)
    assert seen(desk, behind, desk.wang_wei)["waiting"]["place"] == 2
    desk.wait(seconds=GRACE)
    desk.sweep()
    desk.sweep()
    assert codes(desk, conversation_id).count("agent_left") == 1
    assert seen(desk, conversation_id)["epoch"] == after["epoch"]


@GOING
def test_what_was_answered_stays_for_the_grace_time_and_then_goes_back(desk: Desk, goes: Going) -> None:
    connection = comes(desk)
    conversation_id = answered(desk)
    goes(desk, connection)
    desk.wait(seconds=GRACE - 1)
    desk.sweep()
    assert status(desk, conversation_id) == "active"
    desk.wait(seconds=31)
    desk.sweep()
    assert status(desk, conversation_id) == "waiting"
    assert codes(desk, conversation_id).count("agent_left") == 1


@GOING
def test_whose_customer_writes_again_meanwhile_waits_no_longer(desk: Desk, goes: Going) -> None:
    connection = comes(desk)
    conversation_id = answered(desk)
    goes(desk, connection)
    desk.wait(seconds=31)
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="还在吗")
    desk.sweep()
    assert status(desk, conversation_id) == "waiting"


@GOING
def test_who_comes_back_within_the_grace_time_keeps_it(desk: Desk, goes: Going) -> None:
    connection = comes(desk)
    conversation_id = answered(desk)
    goes(desk, connection)
    desk.wait(seconds=GRACE - 40)
    desk.sweep()
    again = comes(desk, desk.another_session(desk.mei))
    stays(desk, again, GRACE * 2)
    assert status(desk, conversation_id) == "active"
    desk.wait(seconds=40)
    desk.sweep()
    desk.wait(seconds=GRACE - 20)
    desk.sweep()
    assert status(desk, conversation_id) == "active", "the grace time begins anew"


def test_the_grace_time_is_the_sites(desk: Desk) -> None:
    desk.change("UPDATE site SET grace_seconds = 20 WHERE id = :id", id=desk.ids["shop"])
    connection = comes(desk)
    conversation_id = answered(desk)
    goes_offline(desk, connection)
    desk.wait(seconds=19)
    desk.sweep()
    assert status(desk, conversation_id) == "active"
    desk.wait(seconds=1)
    desk.sweep()
    assert status(desk, conversation_id) == "waiting"


@pytest.mark.parametrize("chosen", ["online", "away"])
def test_a_break_takes_nothing_away(desk: Desk, chosen: str) -> None:
    connection = comes(desk)
    asked, said = held(desk, desk.wang_wei), answered(desk)
    desk.do(desk.mei, "set_presence", status=chosen)
    stays(desk, connection, GRACE * 2)
    assert (seen(desk, asked, desk.wang_wei)["status"], status(desk, said)) == ("active", "active")


def test_what_is_taken_after_going_offline_is_kept(desk: Desk) -> None:
    connection = comes(desk)
    goes_offline(desk, connection)
    desk.wait(seconds=1)
    conversation_id = held(desk)
    stays(desk, connection, GRACE * 2)
    assert status(desk, conversation_id) == "active"


def test_who_never_chose_a_status_keeps_what_they_took(desk: Desk) -> None:
    connection = desk.connect(desk.mei)
    conversation_id = held(desk)
    stays(desk, connection, GRACE * 2)
    assert status(desk, conversation_id) == "active"


def test_who_goes_on_answering_after_going_offline_has_the_grace_time_from_then(desk: Desk) -> None:
    connection = comes(desk)
    conversation_id = answered(desk)
    goes_offline(desk, connection)
    stays(desk, connection, GRACE - 50)
    desk.do(desk.mei, "say", conversation_id=conversation_id, body="快查好了")
    stays(desk, connection, GRACE - 50)
    assert status(desk, conversation_id) == "active"
    stays(desk, connection, 50)
    assert status(desk, conversation_id) == "waiting"


def test_signing_out_in_one_place_is_not_leaving_while_another_is_open(desk: Desk) -> None:
    other = desk.another_session(desk.mei)
    comes(desk)
    connection = comes(desk, other)
    conversation_id = held(desk)
    desk.do(desk.mei, "sign_out")
    stays(desk, connection, 60)
    assert status(desk, conversation_id) == "active"
    desk.do(other, "sign_out")
    assert status(desk, conversation_id) == "waiting"


def test_an_agent_who_leaves_takes_nothing_from_others(desk: Desk) -> None:
    mine, davids = comes(desk), comes(desk, desk.david)
    conversation_id = held(desk, agent=desk.david)
    goes_offline(desk, mine)
    desk.write(presence.still_connected, {davids: desk.david.id})
    desk.sweep()
    assert status(desk, conversation_id) == "active"


def test_with_the_desk_closed_it_becomes_a_message_with_a_promised_time(desk: Desk) -> None:
    connection = comes(desk)
    conversation_id = held(desk)
    desk.wait(hours=10)
    desk.write(presence.still_connected, {connection: desk.mei.id})
    goes_offline(desk, connection)
    after = seen(desk, conversation_id)
    assert after["status"] == "offline"
    assert after["reply_by"]
    assert codes(desk, conversation_id)[-1] == "agent_left_closed"


def test_a_grace_time_by_a_clock_that_was_set_back_is_over(desk: Desk) -> None:
    connection = comes(desk)
    conversation_id = answered(desk)
    misses_the_lease(desk, connection)
    desk.wait(hours=-1)
    desk.sweep()
    assert status(desk, conversation_id) == "waiting"


def test_an_idle_desk_writes_nothing(desk: Desk) -> None:
    connection = comes(desk)
    answered(desk)
    stays(desk, connection, 30)
    assert is_any_step_due(desk) == []


# -- not answered in time -----------------------------------------------------------------------------------------

LIMIT = 60


@pytest.fixture
def hasty(desk: Desk) -> Desk:
    """The shop wants an answer within a minute. Mei and David are there."""
    desk.change("UPDATE site SET answer_seconds = :limit WHERE id = :id", limit=LIMIT, id=desk.ids["shop"])
    return desk


def works(desk: Desk, seconds: int, *connections: tuple[str, Who]) -> None:
    for _ in range(seconds // 10):
        desk.wait(seconds=10)
        for connection, who in connections:
            desk.write(presence.still_connected, {connection: who.id})
        desk.sweep()


def test_who_does_not_answer_in_time_loses_it_and_is_told(hasty: Desk) -> None:
    mei, david = (comes(hasty), hasty.mei), (comes(hasty, hasty.david), hasty.david)
    conversation_id = held(hasty)
    works(hasty, LIMIT - 10, mei, david)
    assert status(hasty, conversation_id) == "active"
    works(hasty, 20, mei, david)
    after = seen(hasty, conversation_id)
    assert (after["status"], after["waiting"]["place"]) == ("waiting", 1)
    assert codes(hasty, conversation_id).count("agent_silent") == 1
    assert "agent_left" not in codes(hasty, conversation_id)
    notices = hasty.hears(f"agent:{hasty.mei.id}", "notice")
    assert notices[-1:] == [{"code": "passed_over", "values": {"conversation_id": conversation_id}}]
    assert passed(hasty, conversation_id) == [hasty.mei.id]


def passed(desk: Desk, conversation_id: str) -> list[str]:
    [row] = desk.rows("SELECT passed_over FROM conversation WHERE id = :id", id=conversation_id)
    found: list[str] = json.loads(row["passed_over"])
    return found


def test_who_answers_in_time_keeps_it(hasty: Desk) -> None:
    mei = (comes(hasty), hasty.mei)
    conversation_id = answered(hasty)
    works(hasty, LIMIT * 3, mei)
    assert status(hasty, conversation_id) == "active"


def test_the_time_counts_from_the_first_line_that_was_not_answered(hasty: Desk) -> None:
    mei, david = (comes(hasty), hasty.mei), (comes(hasty, hasty.david), hasty.david)
    conversation_id = answered(hasty)
    works(hasty, LIMIT * 2, mei, david)
    for line in ("还在吗", "喂", "有人吗"):
        assert status(hasty, conversation_id) == "active"
        hasty.do(hasty.li_na, "say", conversation_id=conversation_id, body=line)
        works(hasty, 20, mei, david)
    assert status(hasty, conversation_id) == "waiting"


def test_a_site_without_a_limit_takes_nothing_away(desk: Desk) -> None:
    mei = (comes(desk), desk.mei)
    conversation_id = held(desk)
    works(desk, 600, mei)
    assert status(desk, conversation_id) == "active"


def test_when_everybody_was_passed_over_the_list_starts_anew(hasty: Desk) -> None:
    mei, david = (comes(hasty), hasty.mei), (comes(hasty, hasty.david), hasty.david)
    conversation_id = held(hasty)
    works(hasty, LIMIT + 10, mei, david)
    hasty.do(hasty.david, "pick", conversation_id=conversation_id)
    works(hasty, LIMIT + 10, mei, david)
    assert passed(hasty, conversation_id) == [hasty.david.id]


def test_a_team_that_routes_does_not_take_it_from_the_only_one_who_is_there(hasty: Desk) -> None:
    team = hasty.ids["shop team"]
    mei = (comes(hasty), hasty.mei)
    conversation_id = held(hasty)
    hasty.change("UPDATE conversation SET team_id = :team", team=team)
    hasty.change("UPDATE team SET policy = 'least_loaded' WHERE id = :team", team=team)
    works(hasty, LIMIT * 2, mei)
    assert status(hasty, conversation_id) == "active"


# -- what is no status --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [{}, {"status": "busy"}, {"status": "ONLINE"}, {"status": None}, {"status": 1}, {"status": "away", "until": 5}],
    ids=str,
)
def test_what_is_no_status_is_refused_and_changes_nothing(desk: Desk, given: dict[str, Any]) -> None:
    comes(desk)
    before = desk.rows("SELECT status, offline_at, gone_at FROM agent WHERE id = :id", id=desk.mei.id)
    conversation_id = held(desk)
    with pytest.raises(BadShape):
        desk.do(desk.mei, "set_presence", **given)
    assert desk.rows("SELECT status, offline_at, gone_at FROM agent WHERE id = :id", id=desk.mei.id) == before
    assert status(desk, conversation_id) == "active"
