"""An hour and a half of the day that `tests.bench.day` plays, and that its watch sees what it is there to see."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime

import pytest

from chat.store import Tx
from tests.bench.day import A_MOMENT, Day, Size
from tests.bench.watch import Broken
from tests.databases import Databases

A_MORNING = Size(conversations=60, agents=8, start=10, hours=0.25)
# What is made by hand, and what is said of it. In the order in which they are tried, each is undone.
WRONGS = {
    "UPDATE conversation SET agent_id = NULL WHERE status = 'active'": "one agent",
    "UPDATE assignment SET ended_at = 1 WHERE ended_at IS NULL": "one agent",
    "UPDATE conversation SET status = 'waiting' WHERE status = 'active'": "assigned to what is not active",
    "UPDATE conversation SET status = 'waiting', team_id = NULL WHERE status = 'bot'": "a place",
    "UPDATE conversation SET first_waited_at = first_waited_at + 1 WHERE status = 'active'": "kept from the first wait",
    "UPDATE conversation SET epoch = epoch - 1 WHERE status = 'closed'": "epochs only rise",
    "UPDATE conversation SET status = 'offline', agent_id = NULL WHERE status = 'closed'": "a promised time",
    "UPDATE message SET seq = seq + 1000 WHERE seq = (SELECT max(seq) FROM message)": "a gap",
    "UPDATE presence SET seen_at = seen_at - 86400000": "is gone",
}


@pytest.fixture
def morning(databases: Databases) -> Iterator[Day]:
    day = Day(databases.new(), A_MORNING, seed=1)
    day.play()
    yield day
    day.world.close()


def test_nobody_is_stranded_at_any_step_of_a_day(databases: Databases) -> None:
    day = Day(databases.new(), A_MOMENT, seed=1)
    day.play()
    day.world.close()
    assert len(day.watch.conversations) >= A_MOMENT.conversations
    assert {"closed", "offline"} <= {seen.status for seen in day.watch.conversations.values()}


@pytest.mark.databases("sqlite")
def test_what_is_made_wrong_by_hand_is_seen_in_the_step_that_made_it(morning: Day) -> None:
    def make_wrong(tx: Tx, sql: str, now: datetime) -> None:
        assert tx.change(sql), f"there is nothing to do it to: {sql}"
        copy.deepcopy(morning.watch).look(tx, now)

    for sql, told in WRONGS.items():
        with pytest.raises(Broken) as broken:
            morning.world.step(make_wrong, sql)
        assert told in str(broken.value), sql
