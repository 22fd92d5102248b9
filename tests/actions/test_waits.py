"""What somebody who waits is told: their place, and how long it takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chat.actions import desk as desks
from chat.actions.access import Who
from chat.store import Tx
from chat.store.tables import Assignment, Site, Team, TeamAgent, TeamSite, from_millis, new_id
from tests.actions.conftest import NOON, Desk

TO_CLOSING = datetime(2026, 3, 3, 13, tzinfo=NOON.tzinfo) - NOON  # 21:00 in Shanghai


def sits_down(desk: Desk, *agents: Who) -> None:
    """They are at their desks, and online."""
    for agent in agents:
        desk.change("UPDATE agent SET status = 'online' WHERE id = :id", id=agent.id)
        desk.change("DELETE FROM presence WHERE agent_id = :id", id=agent.id)
        desk.change(
            "INSERT INTO presence (connection_id, agent_id, seen_at) VALUES (:connection, :id, :now)",
            connection=new_id(),
            id=agent.id,
            now=int(desk.now.timestamp() * 1000),
        )


def lasted(desk: Desk, seconds: float, times: int = 40) -> None:
    """So long conversations lasted lately."""
    held = desk.conversation(desk.wang_wei, "你好")
    desk.do(desk.wang_wei, "leave", conversation_id=held)

    def remember(tx: Tx, now: datetime) -> None:
        begun = now - timedelta(seconds=seconds)
        shared: dict[str, Any] = {"conversation_id": held, "site_id": desk.ids["shop"], "agent_id": desk.mei.id}
        shared["team_id"] = desk.ids["shop team"]
        tx.session.add_all(
            Assignment(epoch=0, how="transferred", at=begun, ended_at=now, ended_how="closed", **shared)
            for _ in range(times)
        )

    desk.write(remember)


def limit(desk: Desk, capacity: int | None, **team: Any) -> None:
    changes = {"capacity": capacity, **team}
    sets = ", ".join(f"{name} = :{name}" for name in changes)
    desk.change(f"UPDATE team SET {sets} WHERE id = :id", id=desk.ids["shop team"], **changes)


def newcomers(desk: Desk, count: int, site: str = "shop") -> list[Who]:
    """Some more customers, one after the other."""
    return [desk.arrive(f"customer {number}", site) for number in range(count)]


def waiting(desk: Desk, customer: Who, conversation_id: str) -> Any:
    return desk.do(customer, "sync", conversation_id=conversation_id, after_seq=0)["conversation"].get("waiting")


def told(desk: Desk, customer: Who) -> Any:
    """What they heard last of where they stand."""
    return desk.hears(desk.room_of(customer), "conversation")[-1]["waiting"]


def test_only_who_speaks_their_language_counts_where_conversations_are_routed(desk: Desk) -> None:
    limit(desk, 1)
    sits_down(desk, desk.mei)
    desk.change("UPDATE agent SET languages = '[\"en\"]' WHERE id = :id", id=desk.mei.id)
    here = desk.conversation(desk.li_na, "在吗")
    assert waiting(desk, desk.li_na, here)["range"]  # by hand anybody may pick her, if nobody else is there
    limit(desk, 1, policy="least_loaded")
    assert "range" not in waiting(desk, desk.li_na, here)
    desk.change('UPDATE agent SET languages = \'["en", "zh-CN"]\' WHERE id = :id', id=desk.mei.id)
    assert waiting(desk, desk.li_na, here)["range"]


def test_who_cannot_talk_to_them_is_not_counted_on_beside_one_who_can(desk: Desk) -> None:
    lasted(desk, 300)
    limit(desk, 1)
    sits_down(desk, desk.mei)
    desk.do(desk.mei, "pick", conversation_id=desk.conversation(desk.wang_wei, "在吗"))
    here = desk.conversation(desk.li_na, "在吗")
    busy = waiting(desk, desk.li_na, here)["range"]
    desk.change("UPDATE agent SET languages = '[\"en\"]' WHERE id = :id", id=desk.david.id)
    sits_down(desk, desk.david)
    assert waiting(desk, desk.li_na, here)["range"] == busy
    desk.change("UPDATE agent SET languages = '[\"zh-CN\"]' WHERE id = :id", id=desk.david.id)
    assert waiting(desk, desk.li_na, here)["range"]["high"] < busy["high"]


def test_a_wait_is_a_range_of_seconds_that_grows_with_the_place(desk: Desk) -> None:
    lasted(desk, 300)
    limit(desk, 1)
    sits_down(desk, desk.mei)
    busy, first, second = newcomers(desk, 3)
    desk.do(desk.mei, "pick", conversation_id=desk.conversation(busy, "在吗"))
    here, there = (waiting(desk, who, desk.conversation(who, "在吗")) for who in (first, second))
    assert (here["place"], there["place"]) == (1, 2)
    assert 0 < here["range"]["low"] < here["range"]["high"]
    assert there["range"]["low"] > here["range"]["low"] + 120
    assert there["range"]["high"] > here["range"]["high"] + 120


def test_it_is_shorter_when_a_colleague_comes_and_unknown_when_nobody_is_there(desk: Desk) -> None:
    lasted(desk, 300)
    limit(desk, 1)
    here = desk.conversation(desk.li_na, "在吗")
    assert waiting(desk, desk.li_na, here) == {"place": 1}
    sits_down(desk, desk.mei)
    desk.do(desk.mei, "pick", conversation_id=desk.conversation(desk.wang_wei, "在吗"))
    busy = waiting(desk, desk.li_na, here)["range"]
    sits_down(desk, desk.david)
    assert waiting(desk, desk.li_na, here)["range"]["high"] < busy["high"]
    desk.change("UPDATE agent SET status = 'away'")
    assert waiting(desk, desk.li_na, here) == {"place": 1}


def test_who_has_answered_somebody_long_silent_has_a_place_for_the_next(desk: Desk) -> None:
    lasted(desk, 1_200)
    limit(desk, 1)
    held, here = desk.conversation(desk.wang_wei, "在吗"), desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=held)
    desk.do(desk.mei, "say", conversation_id=held, body="在的")
    sits_down(desk, desk.mei)
    assert waiting(desk, desk.li_na, here)["range"]["high"] > 600
    desk.wait(minutes=11)
    sits_down(desk, desk.mei)
    assert waiting(desk, desk.li_na, here)["range"]["high"] <= 180


def test_near_closing_time_it_is_said_that_their_turn_will_hardly_come(desk: Desk) -> None:
    lasted(desk, 1_800)
    limit(desk, 1)
    desk.do(desk.mei, "pick", conversation_id=desk.conversation(desk.wang_wei, "在吗"))
    here = desk.conversation(desk.li_na, "在吗")
    sits_down(desk, desk.mei)
    assert "unlikely_before" not in waiting(desk, desk.li_na, here)
    desk.now = NOON + TO_CLOSING - timedelta(minutes=12)
    sits_down(desk, desk.mei)
    assert waiting(desk, desk.li_na, here)["unlikely_before"] == "2026-03-03T13:00:00.000Z"


def test_who_is_overtaken_by_something_urgent_hears_their_new_place(desk: Desk) -> None:
    first, urgent = newcomers(desk, 2)
    here = desk.conversation(first, "在吗")
    there = desk.conversation(urgent, "在吗，有急事")
    desk.write(desks.tell_places, desk.ids["shop"])
    assert (told(desk, first)["place"], told(desk, urgent)["place"]) == (1, 2)
    desk.change("UPDATE conversation SET priority = 1 WHERE id = :id", id=there)
    desk.write(desks.tell_places, desk.ids["shop"])
    assert (told(desk, first)["place"], told(desk, urgent)["place"]) == (2, 1)
    assert waiting(desk, first, here)["place"] == 2
    desk.write(desks.set_mail, "outbox")
    seen = desk.do(desk.lin, "sync")["desk"]["waiting"]
    assert [(one["id"], one["waiting"]["place"]) for one in seen] == [(there, 1), (here, 2)]


def test_two_teams_of_a_site_have_a_line_each_and_a_team_has_one_for_all_its_sites(desk: Desk) -> None:
    refunds = second_team(desk)
    in_care, in_refunds, at_wallet = desk.li_na, desk.wang_wei, desk.emma
    ids = {who: desk.conversation(who, "在吗") for who in (in_care, in_refunds, at_wallet)}
    for who, team in ((in_care, desk.ids["shop team"]), (in_refunds, refunds), (at_wallet, refunds)):
        desk.change("UPDATE conversation SET team_id = :team WHERE id = :id", team=team, id=ids[who])
    assert [waiting(desk, who, ids[who])["place"] for who in ids] == [1, 1, 2]

    desk.heard.clear()
    desk.write(desks.tell_queue, desk.ids["shop"])
    stale = [event.value["site_id"] for event in desk.heard if event.value.get("summary") == "places"]
    assert sorted(stale) == sorted([desk.ids["shop"], desk.ids["wallet"]])
    desk.write(desks.tell_places, desk.ids["wallet"])
    assert told(desk, at_wallet)["place"] == 2


def second_team(desk: Desk) -> str:
    """Refunds, for both sites; David is in it."""

    def add(tx: Tx, now: datetime) -> str:
        team = Team(name="refunds", topics=["payment_failure"])
        tx.session.add(team)
        tx.session.flush()
        tx.session.add_all(TeamSite(team_id=team.id, site_id=desk.ids[site]) for site in ("shop", "wallet"))
        tx.session.add(TeamAgent(team_id=team.id, agent_id=desk.david.id))
        return team.id

    return desk.write(add)


@pytest.mark.parametrize(
    ("change", "is_told"),
    [("an agent comes", True), ("a conversation ends", True), ("somebody reads", False)],
)
def test_places_are_told_anew_when_they_may_have_changed(desk: Desk, change: str, is_told: bool) -> None:
    held = desk.conversation(desk.wang_wei, "在吗")
    desk.do(desk.mei, "pick", conversation_id=held)
    desk.conversation(desk.li_na, "在吗")
    desk.heard.clear()
    if change == "an agent comes":
        desk.write(desks.tell_presence, desk.ids["shop"])
    elif change == "a conversation ends":
        desk.do(desk.mei, "close", conversation_id=held)
    else:
        desk.do(desk.wang_wei, "read", conversation_id=held, seq=2)
    stale = {(event.value["summary"], event.value["site_id"]) for event in desk.heard if event.name == "stale"}
    assert (("places", desk.ids["shop"]) in stale) == is_told


def test_the_desk_says_beforehand_how_long_it_takes_and_by_when_a_message_is_answered(desk: Desk) -> None:
    def seen() -> Any:
        def look(tx: Tx, now: datetime) -> Any:
            return desks.desk_of(tx, tx.session.get_one(Site, desk.ids["shop"]), now).model_dump(mode="json")

        return desk.read(look)

    assert (seen()["queue"], seen()["range"]) == ("open", None)
    sits_down(desk, desk.mei)
    assert seen()["range"]["low"] <= seen()["range"]["high"]
    assert seen()["reply_by"] == "2026-03-03T08:00:00.000Z"  # four hours of opening time later
    desk.now = NOON + TO_CLOSING
    assert (seen()["open"], seen()["range"]) == (False, None)
    assert seen()["reply_by"] == "2026-03-04T05:00:00.000Z"


def test_opening_times_of_a_promise_are_real_times(desk: Desk) -> None:
    here = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.li_na, "leave_message", conversation_id=here, body="请回复我")
    [row] = desk.rows("SELECT reply_by FROM conversation WHERE id = :id", id=here)
    assert from_millis(row["reply_by"]) == NOON + timedelta(hours=4)
