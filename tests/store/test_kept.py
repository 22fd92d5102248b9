"""Sites and teams as objects that transactions share: always what is stored, and nobody's to change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import SQLModel

from chat.store import Tx
from chat.store.queries import people, teams
from chat.store.tables import Site, Team, TeamSite
from tests.bench.world import World
from tests.databases import Databases
from tests.work.conftest import NOON


@pytest.fixture
def world(databases: Databases) -> Iterator[World]:
    world = World(databases.new(), NOON, seed=1)
    world.step(furnish)
    yield world
    world.close()


def furnish(tx: Tx, now: object) -> None:
    shop = Site(
        id="shop",
        key="shop",
        name={"zh-CN": "小店", "en": "Shop"},
        origins=["https://shop.example"],
        calendar={"zone": "Asia/Shanghai", "weekly": {"mon": [["09:00", "21:00"]]}, "specials": []},
        bot_in_front=True,
        safety_notice=False,
        issuer="shop",
        identity_secret="-",
        ticket_prefix="S",
        urgent_words=["被盗"],
    )
    tx.session.add_all(
        [shop, Team(id="b", name="b"), Team(id="a", name="a", topics=["refund"]), Team(id="c", name="c")]
    )
    tx.session.flush()
    tx.session.add_all(TeamSite(team_id=team_id, site_id="shop") for team_id in ("b", "a"))


def values(found: SQLModel) -> dict[str, object]:
    return {name: getattr(found, name) for name in type(found).model_fields}


def test_each_says_what_a_session_would(world: World) -> None:
    def compare(tx: Tx, now: object) -> None:
        assert values(people.site(tx, "shop")) == values(tx.session.get_one(Site, "shop"))
        assert [values(team) for team in teams.serving(tx, "shop")] == [
            values(tx.session.get_one(Team, team_id)) for team_id in ("a", "b")
        ]

    world.read(compare)


def test_what_has_changed_is_seen_in_the_same_transaction_and_in_the_next(world: World) -> None:
    def change(tx: Tx, now: object) -> int:
        tx.session.get_one(Site, "shop").grace_seconds += 60
        return people.site(tx, "shop").grace_seconds

    before = world.read(lambda tx, now: people.site(tx, "shop").grace_seconds)
    assert world.step(change) == before + 60
    assert world.read(lambda tx, now: people.every_site(tx)[0].grace_seconds) == before + 60


def test_one_that_everybody_reads_cannot_be_changed(world: World) -> None:
    def change(tx: Tx, now: object) -> None:
        people.site(tx, "shop").grace_seconds = 1

    with pytest.raises(TypeError, match="load it with the session"):
        world.step(change)
    assert world.read(lambda tx, now: people.site(tx, "shop").grace_seconds) != 1
