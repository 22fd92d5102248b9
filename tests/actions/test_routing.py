"""Whose queue a conversation stands in, who gets it, and who does not and why."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from chat.actions import presence, routing
from chat.actions.access import Caller, Who
from chat.errors import Conflict, IllegalMove, NightdeskError, Taken
from chat.store import Tx
from chat.store.queries import conversations
from chat.store.tables import Customer
from tests.actions.conftest import Desk, _session

AGENTS = ("mei", "david", "lin")


@pytest.fixture
def routed(desk: Desk) -> Desk:
    """The shop's team gives to whoever has least, three at once; Mei and David are there."""
    set_team(desk, policy="least_loaded", capacity=3)
    for name in ("mei", "david"):
        comes(desk, getattr(desk, name))
    return desk


def set_team(desk: Desk, team: str = "shop team", **values: Any) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in values)
    desk.change(f"UPDATE team SET {sets} WHERE id = :team", team=desk.ids[team], **values)


def set_agent(desk: Desk, who: Who, **values: Any) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in values)
    desk.change(f"UPDATE agent SET {sets} WHERE id = :agent", agent=who.id, **values)


def comes(desk: Desk, who: Who) -> None:
    desk.do(who, "set_presence", status="online")
    desk.write(presence.connected, who, f"connection of {who.id}")


def goes(desk: Desk, who: Who) -> None:
    desk.write(presence.disconnected, who, f"connection of {who.id}")


def stays(desk: Desk, *agents: Who) -> None:
    desk.write(presence.still_connected, {f"connection of {who.id}": who.id for who in agents})


def visitor(desk: Desk, locale: str = "zh-CN") -> Who:
    def arrive(tx: Tx, now: datetime) -> Who:
        person = Customer(kind="anonymous", locale=locale, created_at=now)
        tx.session.add(person)
        tx.session.flush()
        return Who(
            Caller.CUSTOMER,
            person.id,
            _session(tx, Caller.CUSTOMER, person.id, desk.ids["shop"], now),
            desk.ids["shop"],
        )

    return desk.write(arrive)


def waits(desk: Desk, topic: str = "other", locale: str = "zh-CN") -> str:
    """Somebody new writes. A second passes, so that everybody's first wait is another."""
    conversation_id = desk.conversation(visitor(desk, locale), "在吗", topic=topic)
    desk.wait(seconds=1)
    return conversation_id


def owner(desk: Desk, conversation_id: str) -> str | None:
    sql = "SELECT a.name FROM conversation c LEFT JOIN agent a ON a.id = c.agent_id WHERE c.id = :id"
    name: str | None = desk.rows(sql, id=conversation_id)[0]["name"]
    return name


def crowd(desk: Desk, number: int) -> list[str]:
    """So many wait in the shop team's line, one second after the other, as if they had come before."""

    def gather(tx: Tx, now: datetime) -> list[str]:
        people = [Customer(kind="anonymous", locale="zh-CN", created_at=now) for _ in range(number)]
        tx.session.add_all(people)
        tx.session.flush()
        shared = {"site_id": desk.ids["shop"], "team_id": desk.ids["shop team"], "status": "waiting", "topic": "other"}
        times = [now - timedelta(seconds=number - one) for one in range(number)]
        return [
            conversations.insert(
                tx, **shared, customer_id=who.id, locale="zh-CN", last_at=at, first_waited_at=at, created_at=at
            )
            for who, at in zip(people, times, strict=True)
        ]

    return desk.write(gather)


def place(desk: Desk, conversation_id: str) -> int:
    conversation = desk.do(desk.lin, "sync", conversation_id=conversation_id)["conversation"]
    return int(conversation["waiting"]["place"])


def owners(desk: Desk, conversation_ids: list[str]) -> list[str | None]:
    return [owner(desk, conversation_id) for conversation_id in conversation_ids]


def of(desk: Desk, conversation_id: str, column: str) -> Any:
    return desk.rows(f"SELECT {column} AS it FROM conversation WHERE id = :id", id=conversation_id)[0]["it"]


def why(desk: Desk, conversation_id: str) -> Any:
    return desk.do(desk.lin, "decisions", conversation_id=conversation_id)["decisions"][-1]


def left_out(decision: Any) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in decision["explanation"]["left_out"]}


def add_team(desk: Desk, name: str, *agents: Who, topics: list[str] | None = None, **values: Any) -> str:
    team_id = str(uuid.uuid4())
    columns = {"topics": json.dumps(topics or []), "policy": "by_hand", **values}
    names = ", ".join(columns)
    desk.change(
        f"INSERT INTO team (id, name, {names}) VALUES (:id, :name, {', '.join(f':{key}' for key in columns)})",
        id=team_id,
        name=name,
        **columns,
    )
    desk.change("INSERT INTO teamsite (team_id, site_id) VALUES (:t, :s)", t=team_id, s=desk.ids["shop"])
    for who in agents:
        desk.change("INSERT INTO teamagent (team_id, agent_id) VALUES (:t, :a)", t=team_id, a=who.id)
    desk.ids[name] = team_id
    return team_id


def leave_team(desk: Desk, who: Who, team: str = "shop team") -> None:
    desk.change("DELETE FROM teamagent WHERE team_id = :t AND agent_id = :a", t=desk.ids[team], a=who.id)


# -- teams --------------------------------------------------------------------------------------------------------


def test_a_conversation_goes_to_the_team_that_names_its_topic_before_one_that_takes_all(desk: Desk) -> None:
    refunds = add_team(desk, "refunds", desk.david, topics=["refund"])
    add_team(desk, "accounts", desk.david, topics=["unfreeze"])
    assert of(desk, waits(desk, topic="refund"), "team_id") == refunds
    assert of(desk, waits(desk, topic="other"), "team_id") == desk.ids["shop team"]


def test_a_topic_that_no_team_takes_has_a_team_all_the_same(desk: Desk) -> None:
    set_team(desk, topics='["refund"]')
    assert of(desk, waits(desk, topic="other"), "team_id") == desk.ids["shop team"]


def test_a_conversation_whose_team_serves_its_site_no_more_gets_another_when_it_comes_back(desk: Desk) -> None:
    refunds = add_team(desk, "refunds", desk.david, topics=["refund"])
    conversation_id = waits(desk, topic="refund")
    desk.do(desk.david, "pick", conversation_id=conversation_id)
    desk.change("DELETE FROM teamsite WHERE team_id = :t", t=refunds)
    desk.do(desk.david, "release", conversation_id=conversation_id)
    assert of(desk, conversation_id, "team_id") == desk.ids["shop team"]


def test_the_next_in_line_is_one_of_the_agents_teams(desk: Desk) -> None:
    add_team(desk, "refunds", desk.david, topics=["refund"])
    leave_team(desk, desk.david)
    others, theirs = waits(desk), waits(desk, topic="refund")
    assert desk.do(desk.david, "pick")["conversation"]["id"] == theirs
    assert desk.do(desk.mei, "pick")["conversation"]["id"] == others


def test_a_conversation_of_another_team_is_for_them_and_for_supervisors(desk: Desk) -> None:
    add_team(desk, "refunds", desk.david, topics=["refund"])
    conversation_id = waits(desk, topic="refund")
    with pytest.raises(Conflict, match="for refunds") as refused:
        desk.do(desk.mei, "pick", conversation_id=conversation_id)
    assert refused.value.code == "other_team"
    assert owner(desk, conversation_id) is None
    assert desk.do(desk.lin, "pick", conversation_id=conversation_id)["conversation"]["agent"]["name"] == "Lin"


# -- order --------------------------------------------------------------------------------------------------------


def test_priority_comes_before_the_time_of_the_first_wait(desk: Desk) -> None:
    first, second, third = waits(desk), waits(desk), waits(desk)
    desk.do(desk.mei, "prioritize", conversation_id=third, priority=1)
    assert [desk.do(desk.mei, "pick")["conversation"]["id"] for _ in range(3)] == [third, first, second]


def test_a_conversation_that_was_given_back_keeps_its_place_and_its_priority(desk: Desk) -> None:
    first, second = waits(desk), waits(desk)
    desk.do(desk.mei, "pick", conversation_id=first)
    desk.do(desk.mei, "prioritize", conversation_id=first, priority=2)
    desk.wait(minutes=30)
    desk.do(desk.mei, "release", conversation_id=first)
    assert [place(desk, conversation_id) for conversation_id in (first, second)] == [1, 2]
    assert desk.do(desk.david, "pick")["conversation"]["id"] == first


@pytest.mark.parametrize("priority", [0, 6, "1", None])
def test_a_priority_that_is_none_is_refused(desk: Desk, priority: Any) -> None:
    conversation_id = waits(desk)
    with pytest.raises(NightdeskError, match="priority"):
        desk.do(desk.mei, "prioritize", conversation_id=conversation_id, priority=priority)
    assert of(desk, conversation_id, "priority") == 3


def test_what_has_ended_is_neither_put_first_nor_taken(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na)
    desk.do(desk.li_na, "leave", conversation_id=conversation_id)
    with pytest.raises(Conflict, match="has ended"):
        desk.do(desk.mei, "prioritize", conversation_id=conversation_id, priority=1)
    with pytest.raises(IllegalMove, match="closed"):
        desk.do(desk.mei, "pick", conversation_id=conversation_id)


# -- who gets it --------------------------------------------------------------------------------------------------


def test_who_has_least_gets_the_next_and_of_equals_who_was_idle_longest(routed: Desk) -> None:
    assert owners(routed, [waits(routed) for _ in range(4)]) in (["Mei", "David"] * 2, ["David", "Mei"] * 2)


def test_by_turns_it_does_not_matter_what_somebody_has(routed: Desk) -> None:
    set_team(routed, policy="round_robin", capacity=None)
    first, second = waits(routed), waits(routed)
    desk_of_first = owner(routed, first)
    routed.do(getattr(routed, str(owner(routed, second)).lower()), "close", conversation_id=second)
    assert owner(routed, waits(routed)) == desk_of_first


def test_nobody_is_given_more_than_the_limit_and_the_others_wait_in_line(routed: Desk) -> None:
    came = [waits(routed) for _ in range(8)]
    assert sorted(map(str, owners(routed, came))) == ["David"] * 3 + ["Mei"] * 3 + ["None"] * 2
    assert owners(routed, came[6:]) == [None, None]


def test_a_limit_of_ones_own_counts_before_the_teams(routed: Desk) -> None:
    set_agent(routed, routed.mei, capacity=1)
    set_agent(routed, routed.david, capacity=0)
    assert owners(routed, [waits(routed), waits(routed)]) == ["Mei", None]


def test_with_the_desk_closed_nobody_is_given_anything_until_it_opens(routed: Desk) -> None:
    for who in (routed.mei, routed.david):
        set_agent(routed, who, status="away")
    waiting = waits(routed)
    routed.now = routed.now.replace(hour=14)  # 22:00 in Shanghai
    comes(routed, routed.mei)
    assert not routed.read(routing.is_due)
    assert owner(routed, waiting) is None
    routed.wait(hours=12)
    stays(routed, routed.mei)
    assert routed.read(routing.is_due)
    assert routed.write(routing.drain) == 1
    assert owner(routed, waiting) == "Mei"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"status": "offline"}, "offline"),
        ({"status": "away", "break_reason": "lunch"}, "on_break"),
        ({"capacity": 0}, "full"),
        ({"languages": '["en"]'}, "language"),
        ({"wrap_up_until": 10**14}, "wrapping_up"),
    ],
)
def test_who_cannot_have_it_is_left_out_with_the_reason(routed: Desk, facts: dict[str, Any], reason: str) -> None:
    set_agent(routed, routed.mei, **facts)
    came = [waits(routed) for _ in range(4)]
    assert owners(routed, came) == ["David"] * 3 + [None]
    assert left_out(why(routed, came[0]))["Mei"] == reason


def test_who_is_gone_is_given_nothing_and_whoever_is_inactive_is_not_even_named(routed: Desk) -> None:
    goes(routed, routed.mei)
    set_agent(routed, routed.admin, active=False)
    decision = why(routed, waits(routed))
    assert decision["agent"]["name"] == "David"
    assert left_out(decision) == {"Mei": "absent", "Lin": "offline"}


def test_a_customer_comes_back_to_who_had_them_last_if_they_are_there_and_free(routed: Desk) -> None:
    emma = visitor(routed)
    first = routed.conversation(emma, "在吗")
    had = getattr(routed, str(owner(routed, first)).lower())
    other = routed.david if had is routed.mei else routed.mei
    routed.do(had, "close", conversation_id=first)
    waits(routed)  # the other one's
    routed.do(emma, "say", conversation_id=first, body="还有一个问题")
    assert owner(routed, first) == why(routed, first)["agent"]["name"]
    assert of(routed, first, "agent_id") == had.id

    routed.do(had, "close", conversation_id=first)
    goes(routed, had)
    routed.do(emma, "say", conversation_id=first, body="还在吗")
    assert of(routed, first, "agent_id") == other.id


def test_who_gives_it_back_again_and_again_is_remembered_once(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "在吗")
    for _ in range(3):
        desk.do(desk.mei, "pick", conversation_id=conversation_id)
        desk.do(desk.mei, "release", conversation_id=conversation_id)
    [row] = desk.rows("SELECT passed_over FROM conversation")
    assert json.loads(row["passed_over"]) == [desk.mei.id]


def test_what_somebody_gave_back_goes_to_somebody_else(routed: Desk) -> None:
    conversation_id = waits(routed)
    had = str(owner(routed, conversation_id))
    routed.do(getattr(routed, had.lower()), "release", conversation_id=conversation_id)
    assert owner(routed, conversation_id) == ({"Mei", "David"} - {had}).pop()
    assert left_out(why(routed, conversation_id))[had] == "passed_over"


def test_who_gave_something_back_is_asked_again_when_nobody_else_takes_it(routed: Desk) -> None:
    goes(routed, routed.david)
    conversation_id = waits(routed)
    routed.do(routed.mei, "release", conversation_id=conversation_id)
    routed.wait(seconds=59)
    stays(routed, routed.mei)
    assert not routed.read(routing.is_due)
    assert owner(routed, conversation_id) is None
    routed.wait(seconds=1)
    stays(routed, routed.mei)
    assert routed.read(routing.is_due)
    routed.write(routing.drain)
    assert owner(routed, conversation_id) == "Mei"
    assert not routed.read(routing.is_due)


# -- a place is free ----------------------------------------------------------------------------------------------


def a_line(desk: Desk, number: int = 2) -> tuple[list[str], list[str]]:
    """Six that Mei and David have, and those who wait."""
    came = [waits(desk) for _ in range(6 + number)]
    return came[:6], came[6:]


def test_a_place_that_frees_goes_to_the_first_in_line_at_once(routed: Desk) -> None:
    had, (first, second) = a_line(routed)
    mine = next(one for one in had if owner(routed, one) == "Mei")
    routed.do(routed.mei, "close", conversation_id=mine)
    assert owners(routed, [first, second]) == ["Mei", None]
    his = next(one for one in had if owner(routed, one) == "David")
    routed.do(routed.david, "release", conversation_id=his)
    assert owners(routed, [first, second, his]) == ["Mei", "David", None]


def test_all_who_wait_are_given_away_when_somebody_comes_who_has_places_for_them(routed: Desk) -> None:
    _, line = a_line(routed, 5)
    comes(routed, routed.lin)
    assert owners(routed, line) == ["Lin"] * 3 + [None] * 2
    set_agent(routed, routed.admin, capacity=20)
    comes(routed, routed.admin)
    assert owners(routed, line) == ["Lin"] * 3 + ["Admin"] * 2


def test_a_burst_of_sixty_takes_one_command_and_one_round_of_the_sweep(routed: Desk) -> None:
    set_team(routed, capacity=None)
    for who in (routed.mei, routed.david):
        goes(routed, who)
    burst = crowd(routed, 60)
    comes(routed, routed.mei)
    assert owners(routed, burst) == ["Mei"] * routing.AT_ONCE + [None] * 10
    assert routed.read(routing.is_due)
    assert routed.write(routing.drain) == 10
    assert owners(routed, burst) == ["Mei"] * 60


def test_the_first_in_line_whom_somebody_can_have_is_not_held_up_by_those_before(routed: Desk) -> None:
    for who in (routed.mei, routed.david):
        set_agent(routed, who, languages='["en"]', status="away")
    chinese, english = crowd(routed, 55), waits(routed, locale="en")
    comes(routed, routed.mei)
    assert owner(routed, english) == "Mei"
    set_agent(routed, routed.lin, languages='["zh-CN"]')
    comes(routed, routed.lin)
    assert owners(routed, chinese[:4]) == ["Lin"] * 3 + [None]


def test_an_answered_customer_who_is_silent_for_ten_minutes_takes_up_nobody(routed: Desk) -> None:
    had, (first, _) = a_line(routed)
    mine = next(one for one in had if owner(routed, one) == "Mei")
    routed.do(routed.mei, "say", conversation_id=mine, body="请稍等")
    routed.wait(minutes=9, seconds=59)
    stays(routed, routed.mei, routed.david)
    assert not routed.read(routing.is_due)
    routed.wait(seconds=1)
    assert routed.read(routing.is_due)
    assert routed.write(routing.drain) == 1
    assert owner(routed, first) == "Mei"
    assert not routed.read(routing.is_due)


def test_a_place_that_time_has_freed_goes_to_who_waits_and_not_to_who_comes(routed: Desk) -> None:
    had, (first, second) = a_line(routed)
    mine = next(one for one in had if owner(routed, one) == "Mei")
    routed.do(routed.mei, "say", conversation_id=mine, body="请稍等")
    routed.wait(minutes=10)
    stays(routed, routed.mei, routed.david)
    newest = waits(routed)
    assert owners(routed, [first, second, newest]) == ["Mei", None, None]


# -- limits by hand -----------------------------------------------------------------------------------------------


def test_nobody_picks_more_than_the_limit(desk: Desk) -> None:
    set_team(desk, capacity=2)
    first, second, third = waits(desk), waits(desk), waits(desk)
    for conversation_id in (first, second):
        desk.do(desk.mei, "pick", conversation_id=conversation_id)
    for values in ({}, {"conversation_id": third}):
        with pytest.raises(Conflict, match="Mei has 2 conversations already") as refused:
            desk.do(desk.mei, "pick", **values)
        assert refused.value.code == "full"
    assert owner(desk, third) is None
    with pytest.raises(Taken, match="Mei"):  # told who has it, whatever else is in the way
        desk.do(desk.david, "pick", conversation_id=first)
    desk.do(desk.mei, "close", conversation_id=first)
    assert desk.do(desk.mei, "pick")["conversation"]["id"] == third


def test_nobody_hands_somebody_more_than_the_limit(desk: Desk) -> None:
    comes(desk, desk.david)
    set_agent(desk, desk.david, capacity=1)
    first, second = waits(desk), waits(desk)
    desk.do(desk.david, "pick", conversation_id=first)
    desk.do(desk.mei, "pick", conversation_id=second)
    with pytest.raises(Conflict, match="limit"):
        desk.do(desk.mei, "transfer", conversation_id=second, agent_id=desk.david.id)
    assert owner(desk, second) == "Mei"
    desk.do(desk.david, "close", conversation_id=first)
    desk.do(desk.mei, "transfer", conversation_id=second, agent_id=desk.david.id)
    decision = why(desk, second)
    assert (decision["agent"]["name"], decision["how"], decision["explanation"]["by"]["name"]) == (
        "David",
        "transferred",
        "Mei",
    )


# -- another team -------------------------------------------------------------------------------------------------


def test_who_has_waited_long_enough_may_be_taken_by_another_team(desk: Desk) -> None:
    add_team(desk, "supporters", desk.david)
    leave_team(desk, desk.david)
    set_team(desk, overflow_team_id=desk.ids["supporters"], overflow_seconds=120)
    conversation_id = waits(desk)
    with pytest.raises(Conflict, match="for shop care"):
        desk.do(desk.david, "pick", conversation_id=conversation_id)
    assert not desk.read(routing.is_due)
    desk.wait(seconds=120)
    assert desk.read(routing.is_due)
    assert desk.write(routing.drain) == 1
    assert not desk.read(routing.is_due)
    assert desk.do(desk.david, "pick")["conversation"]["id"] == conversation_id
    overflow = why(desk, conversation_id)["explanation"]["overflow"]
    assert (overflow["team"]["name"], overflow["after"]) == ("supporters", 120)


def test_another_teams_agents_are_given_what_overflows_to_them(routed: Desk) -> None:
    add_team(routed, "supporters", routed.lin, policy="round_robin", capacity=1)
    leave_team(routed, routed.lin)
    set_team(routed, overflow_team_id=routed.ids["supporters"], overflow_seconds=60)
    _, line = a_line(routed, 2)
    comes(routed, routed.lin)
    assert owners(routed, line) == [None, None]
    routed.wait(minutes=2)
    stays(routed, routed.mei, routed.david, routed.lin)
    assert routed.write(routing.drain) == 3
    assert owners(routed, line) == ["Lin", None]
    assert left_out(why(routed, line[0])) == {"Mei": "full", "David": "full", "Admin": "offline"}


def test_a_team_that_does_not_serve_the_site_gets_nothing_of_it(desk: Desk) -> None:
    set_team(desk, overflow_team_id=desk.ids["wallet team"], overflow_seconds=1)
    conversation_id = waits(desk)
    desk.wait(minutes=5)
    assert not desk.read(routing.is_due)
    assert desk.write(routing.drain) == 0
    assert of(desk, conversation_id, "overflowed_at") is None


def test_whom_a_helping_team_cannot_have_any_more_does_not_hold_up_its_own_line(desk: Desk) -> None:
    add_team(desk, "supporters", desk.lin, policy="round_robin", capacity=1)
    leave_team(desk, desk.lin)
    set_team(desk, overflow_team_id=desk.ids["supporters"], overflow_seconds=60)
    at_shop = waits(desk)
    desk.wait(minutes=2)
    assert desk.write(routing.drain) == 1
    moved = {"team": desk.ids["supporters"], "site": desk.ids["wallet"]}
    assert desk.change("UPDATE teamsite SET site_id = :site WHERE team_id = :team", **moved) == 1
    at_wallet = desk.conversation(desk.emma, "hello")
    assert of(desk, at_wallet, "team_id") == desk.ids["supporters"]
    comes(desk, desk.lin)
    assert owners(desk, [at_shop, at_wallet]) == [None, "Lin"]


# -- why ----------------------------------------------------------------------------------------------------------


def test_a_supervisor_reads_why_it_went_to_one_and_not_to_another(routed: Desk) -> None:
    waits(routed)
    conversation_id = waits(routed)
    decision = why(routed, conversation_id)
    told = decision["explanation"]
    assert (decision["how"], told["policy"], told["team"]["name"]) == ("routed", "least_loaded", "shop care")
    assert [one["load"] for one in told["candidates"]] == [0, 1]
    assert told["candidates"][0]["name"] == decision["agent"]["name"]
    assert told["candidates"][0]["score"] < told["candidates"][1]["score"]
    assert left_out(decision) == {"Lin": "offline", "Admin": "offline"}


def test_every_hand_a_conversation_goes_through_is_kept(desk: Desk) -> None:
    comes(desk, desk.david)
    conversation_id = waits(desk)
    desk.wait(seconds=41)
    stays(desk, desk.david)
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.mei, "transfer", conversation_id=conversation_id, agent_id=desk.david.id)
    desk.do(desk.david, "release", conversation_id=conversation_id)
    desk.do(desk.lin, "pick", conversation_id=conversation_id)
    decisions = desk.do(desk.lin, "decisions", conversation_id=conversation_id)["decisions"]
    assert [(one["agent"]["name"], one["how"], one.get("ended_how")) for one in decisions] == [
        ("Mei", "picked", "transferred"),
        ("David", "transferred", "released"),
        ("Lin", "picked", None),
    ]
    assert decisions[0]["explanation"]["waited"] == 42
    assert [one["name"] for one in decisions[0]["explanation"]["candidates"]] == ["David"]


def test_agents_do_not_read_why_and_nobody_reads_it_of_another_site(desk: Desk) -> None:
    conversation_id = waits(desk)
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    with pytest.raises(NightdeskError, match="supervisor"):
        desk.do(desk.mei, "decisions", conversation_id=conversation_id)
    set_agent(desk, desk.peter, role="supervisor")
    with pytest.raises(NightdeskError, match="no such conversation"):
        desk.do(desk.peter, "decisions", conversation_id=conversation_id)
    assert len(desk.do(desk.lin, "decisions", conversation_id=conversation_id)["decisions"]) == 1
