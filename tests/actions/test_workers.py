"""Who leads a desk is told when nobody does the background work."""

from __future__ import annotations

from typing import Any

from chat.actions import desk as desks
from chat.actions import workers
from chat.actions.access import Who
from tests.actions.conftest import NOON, Desk

NOON_TOLD = NOON.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told(desk: Desk, agent: Who) -> Any:
    return desk.do(agent, "sync")["desk"].get("standstill")


def test_a_worker_that_was_killed_is_told_to_those_who_lead_and_to_nobody_else(desk: Desk) -> None:
    desk.write(workers.seen, "here:7", {})
    desk.wait(seconds=30)
    assert told(desk, desk.lin) is None
    desk.wait(seconds=1)
    assert told(desk, desk.lin) == told(desk, desk.admin) == {"since": NOON_TOLD}
    assert told(desk, desk.mei) is None


def test_while_another_one_works_nothing_is_told(desk: Desk) -> None:
    desk.write(workers.seen, "dead:7", {})
    desk.wait(minutes=5)
    desk.write(workers.seen, "alive:8", {})
    assert told(desk, desk.lin) is None


def test_a_restart_of_the_only_worker_is_told_when_it_takes_longer_than_a_restart(desk: Desk) -> None:
    desk.write(workers.seen, "here:7", {})
    desk.write(workers.gone, "here:7")
    desk.wait(seconds=30)
    assert told(desk, desk.lin) is None
    desk.wait(hours=2)
    assert told(desk, desk.lin) == {"since": NOON_TOLD}


def test_where_no_worker_was_ever_started_that_is_told_without_a_time(desk: Desk) -> None:
    assert told(desk, desk.lin) == {}


def test_it_is_told_with_the_alerts_of_each_site_to_the_same_people(desk: Desk) -> None:
    def hear() -> dict[str, list[Any]]:
        """Each of them, what a socket hears."""
        desk.heard.clear()
        desk.write(desks.tell_alerts, desk.ids["shop"])
        rooms = {who: {f"agent:{getattr(desk, who).id}", f"desk:{desk.ids['shop']}"} for who in ("lin", "admin", "mei")}
        return {
            who: [event.value.get("standstill") for event in desk.heard if own & {room.name for room in event.rooms}]
            for who, own in rooms.items()
        }

    assert hear() == {"lin": [{}], "admin": [{}], "mei": [None]}
    desk.write(workers.seen, "here:7", {})
    assert hear() == {"lin": [None], "admin": [None], "mei": [None]}
