"""What admins change of teams and agents: at once, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from chat.actions.access import Who
from chat.errors import NightdeskError
from chat.store.tables import new_id
from tests.actions.conftest import Desk
from tests.actions.test_routing import comes, owner, owners, place, waits


def team_of(desk: Desk, name: str = "shop care") -> Any:
    return next(team for team in desk.do(desk.admin, "teams")["teams"] if team["name"] == name)


def agent_of(desk: Desk, name: str) -> Any:
    return next(agent for agent in desk.do(desk.lin, "teams")["agents"] if agent["name"] == name)


def set_team(desk: Desk, **values: Any) -> Any:
    return desk.do(desk.admin, "set_team", team_id=values.pop("team_id", desk.ids["shop team"]), **values)


def added(desk: Desk, name: str, *sites: str) -> str:
    desk.do(desk.admin, "add_team", name=name, sites=list(sites))
    team_id: str = team_of(desk, name)["id"]
    return team_id


def test_what_is_not_given_stays_and_null_takes_a_limit_away(desk: Desk) -> None:
    set_team(desk, capacity=3, topics=["refund", "other"])
    set_team(desk, policy="round_robin", wrap_up_seconds=30)
    team = team_of(desk)
    assert (team["capacity"], team["topics"], team["policy"], team["wrap_up_seconds"]) == (
        3,
        ["refund", "other"],
        "round_robin",
        30,
    )
    set_team(desk, capacity=None)
    assert "capacity" not in team_of(desk)
    desk.do(desk.admin, "set_agent", agent_id=desk.mei.id, capacity=0, languages=["en"])
    assert (agent_of(desk, "Mei")["capacity"], agent_of(desk, "Mei")["languages"]) == (0, ["en"])
    assert agent_of(desk, "Mei")["team_ids"] == [desk.ids["shop team"]]


def test_supervisors_read_and_admins_change_and_both_leave_a_trace(desk: Desk) -> None:
    set_team(desk, capacity=3)
    for who, name, values in (
        (desk.lin, "set_team", {"team_id": desk.ids["shop team"], "capacity": 9}),
        (desk.lin, "set_agent", {"agent_id": desk.mei.id, "capacity": 9}),
        (desk.lin, "add_team", {"name": "夜班组", "sites": []}),
        (desk.mei, "teams", {}),
    ):
        with pytest.raises(NightdeskError, match="Only a"):
            desk.do(who, name, **values)
    assert team_of(desk)["capacity"] == 3
    assert [row["what"] for row in desk.rows("SELECT what FROM audit")] == ["team_changed"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"capacity": -1}, "limit of conversations cannot be below zero"),
        ({"overflow_seconds": -1}, "cannot be below zero"),
        ({"wrap_up_seconds": -1}, "cannot be below zero"),
        ({"max_queue": -1}, "queue cannot be below zero"),
        ({"max_wait_seconds": -5}, "wait cannot be below zero"),
        ({"topics": ["weather"]}, "topics"),
        ({"policy": "random"}, "policy"),
        ({"name": " "}, "blank"),
        ({"name": "wallet care"}, "is a team wallet care already"),
        ({"sites": ["nowhere"]}, "no site nowhere"),
        ({"sites": []}, "No other team serves shop"),
        ({"overflow_team_id": "shop team", "overflow_seconds": 60}, "cannot help itself"),
        ({"overflow_team_id": "wallet team", "overflow_seconds": 60}, "does not serve shop"),
        ({"overflow_team_id": "nobody", "overflow_seconds": 60}, "no such team"),
        ({"team_id": "nobody", "capacity": 1}, "no such team"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_and_changes_nothing(
    desk: Desk, values: dict[str, Any], sentence: str
) -> None:
    before = desk.do(desk.lin, "teams")
    desk.ids["nobody"] = new_id()
    with pytest.raises(NightdeskError, match=sentence):
        set_team(
            desk,
            **{name: desk.ids.get(value, value) if name.endswith("_id") else value for name, value in values.items()},
        )
    assert desk.do(desk.lin, "teams") == before


def test_teams_do_not_help_each_other_out_in_a_ring(desk: Desk) -> None:
    night, late = added(desk, "night", "shop"), added(desk, "late", "shop")
    set_team(desk, overflow_team_id=night, overflow_seconds=60)
    set_team(desk, team_id=night, overflow_team_id=late, overflow_seconds=60)
    with pytest.raises(NightdeskError, match="ring"):
        set_team(desk, team_id=late, overflow_team_id=desk.ids["shop team"], overflow_seconds=60)
    with pytest.raises(NightdeskError, match="how many seconds"):
        set_team(desk, team_id=late, overflow_team_id=added(desk, "last", "shop"))
    set_team(desk, overflow_team_id=None)
    assert "overflow_seconds" not in team_of(desk)
    set_team(desk, team_id=late, overflow_team_id=desk.ids["shop team"], overflow_seconds=60)


def test_a_team_that_helps_goes_on_serving_where_it_helps(desk: Desk) -> None:
    night = added(desk, "night", "shop", "wallet")
    set_team(desk, overflow_team_id=night, overflow_seconds=60)
    with pytest.raises(NightdeskError, match="night does not serve shop, so it cannot help shop care"):
        set_team(desk, team_id=night, sites=["wallet"])
    assert team_of(desk, "night")["sites"] == ["shop", "wallet"]
    set_team(desk, team_id=night, sites=["shop"])
    set_team(desk, overflow_team_id=None)
    set_team(desk, team_id=night, sites=["wallet"])


@pytest.mark.parametrize("values", [{"capacity": -1}, {"team_ids": ["nobody"]}, {"languages": ["de"]}])
def test_what_makes_no_sense_of_an_agent_is_refused(desk: Desk, values: dict[str, Any]) -> None:
    before = desk.do(desk.lin, "teams")
    values = {**values, **({"team_ids": [new_id()]} if "team_ids" in values else {})}
    with pytest.raises(NightdeskError):
        desk.do(desk.admin, "set_agent", agent_id=desk.mei.id, **values)
    assert desk.do(desk.lin, "teams") == before


def test_who_waits_is_given_away_as_soon_as_a_change_makes_room(desk: Desk) -> None:
    set_team(desk, policy="least_loaded", capacity=1)
    comes(desk, desk.mei)
    conversations = [waits(desk) for _ in range(4)]
    assert owners(desk, conversations) == ["Mei", None, None, None]
    set_team(desk, capacity=2)
    assert owners(desk, conversations) == ["Mei", "Mei", None, None]
    desk.do(desk.admin, "set_agent", agent_id=desk.mei.id, capacity=3)
    assert owners(desk, conversations) == ["Mei", "Mei", "Mei", None]


def test_by_hand_nobody_is_given_anything_and_changing_it_gives_at_once(desk: Desk) -> None:
    comes(desk, desk.mei)
    conversation_id = waits(desk)
    assert owner(desk, conversation_id) is None
    set_team(desk, policy="round_robin")
    assert owner(desk, conversation_id) == "Mei"


def test_who_leaves_a_team_does_not_keep_what_they_cannot_see(desk: Desk) -> None:
    conversation_id = waits(desk)
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.admin, "set_agent", agent_id=desk.mei.id, team_ids=[desk.ids["wallet team"]])
    assert owner(desk, conversation_id) is None
    assert place(desk, conversation_id) == 1
    assert desk.do(desk.david, "pick", conversation_id=conversation_id)["conversation"]["agent"]["name"] == "David"


def test_when_a_team_serves_a_site_no_more_its_line_is_another_teams(desk: Desk) -> None:
    early = added(desk, "early", "shop")
    conversation_id = waits(desk)
    [row] = desk.rows("SELECT team_id FROM conversation WHERE id = :id", id=conversation_id)
    assert row["team_id"] == early
    set_team(desk, team_id=early, sites=[])
    [row] = desk.rows("SELECT team_id FROM conversation WHERE id = :id", id=conversation_id)
    assert row["team_id"] == desk.ids["shop team"]


def test_a_supervisor_sees_the_teams_and_people_of_their_own_sites_and_an_admin_all_of_them(desk: Desk) -> None:
    def seen_by(who: Who) -> tuple[set[str], set[str]]:
        seen = desk.do(who, "teams")
        return {team["name"] for team in seen["teams"]}, {agent["name"] for agent in seen["agents"]}

    all_of_them = {"shop care", "wallet care"}, {"Mei", "David", "Lin", "Admin", "Peter"}
    assert seen_by(desk.lin) == ({"shop care"}, {"Mei", "David", "Lin", "Admin"})
    assert seen_by(desk.admin) == all_of_them
    desk.do(desk.admin, "set_team", team_id=desk.ids["shop team"], sites=["shop", "wallet"])
    assert seen_by(desk.lin) == all_of_them
