"""Half an hour of the day that `tests.bench.day` plays, and that its watch sees what it is there to see."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime

import pytest

from chat.store import Tx
from tests.bench.day import A_MOMENT, Day, Size
from tests.bench.watch import Broken
from tests.databases import Databases

A_MORNING = Size(conversations=40, agents=6, start=10, hours=0.2)
# What has to happen for the half hour to be worth playing.
HAPPENINGS = {
    "waited for so long that another team helped": "SELECT 1 FROM conversation WHERE overflowed_at IS NOT NULL",
    "waited when the desk closed": "SELECT 1 FROM message WHERE data LIKE '%closed_waiting%'",
    "lost their agent, or were given back": "SELECT 1 FROM assignment WHERE ended_how IN ('lost', 'released')",
    "left a message": "SELECT 1 FROM promise",
    "had an agent until the end": "SELECT 1 FROM assignment WHERE ended_how = 'closed'",
}
SEEDS = (6, 10, 12)  # the next one is played where all that did not happen yet: on Postgres a day is not quite the same
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
    day = Day(databases.new(), A_MORNING, seed=2)
    day.play()
    yield day
    day.world.close()


def test_nobody_is_stranded_at_any_step_of_a_day(databases: Databases) -> None:
    missing = set(HAPPENINGS)
    for seed in SEEDS:
        day = Day(databases.new(), A_MOMENT, seed=seed)
        day.play()
        assert len(day.watch.conversations) >= A_MOMENT.conversations
        missing -= {what for what in missing if day.world.read(_is_there, HAPPENINGS[what])}
        day.world.close()
        if not missing:
            break
    assert not missing


def _is_there(tx: Tx, sql: str, now: datetime) -> bool:
    return tx.value(f"{sql} LIMIT 1") is not None


@pytest.mark.databases("sqlite")
def test_what_is_made_wrong_by_hand_is_seen_in_the_step_that_made_it(morning: Day) -> None:
    def make_wrong(tx: Tx, sql: str, now: datetime) -> None:
        assert tx.change(sql), f"there is nothing to do it to: {sql}"
        copy.deepcopy(morning.watch).look(tx, now)

    for sql, told in WRONGS.items():
        with pytest.raises(Broken) as broken:
            morning.world.step(make_wrong, sql)
        assert told in str(broken.value), sql
