"""Many agents at once, through two processes (on SQLite the one there may be): one winner, and no limit broken."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from chat import wire
from chat.actions import people as sessions
from chat.actions.access import Caller, Who
from chat.app import real_now
from chat.store import Clock, Store, Tx
from chat.store.queries import conversations, people
from chat.store.tables import Agent, Site, Team, TeamAgent, TeamSite
from chat.store.tx import Row
from tests.databases import Databases
from tests.faults.conftest import Serving
from tests.servers import Redis

AGENTS, LIMIT = 16, 3


@dataclass
class Somebody:
    """Somebody with a token, who may call any of the processes."""

    name: str
    id: str
    token: str


@dataclass
class Desk:
    urls: list[str]
    store: Store
    site: Site
    team_id: str
    agents: list[Somebody]
    http: aiohttp.ClientSession

    async def call(self, url: str, door: str, who: Somebody, command: str, **values: Any) -> dict[str, Any]:
        """The value, or the error."""
        address, headers = f"{url}/api/{door}/{command}", {"Authorization": f"Bearer {who.token}"}
        async with self.http.post(address, json=values, headers=headers) as answer:
            told: dict[str, Any] = await answer.json()
        value: dict[str, Any] = told["value"] if told["ok"] else told["error"]
        return value

    async def loads(self) -> Counter[str]:
        """agent -> how many conversations of the team they have"""

        def look(tx: Tx, _now: datetime) -> list[Row]:
            return tx.rows(
                "SELECT a.name FROM conversation c JOIN agent a ON a.id = c.agent_id"
                " WHERE c.team_id = :team AND c.status = 'active'",
                team=self.team_id,
            )

        return Counter(row["name"] for row in await self.store.read(look))


@pytest.fixture
async def desk(
    nightdesk: Serving, databases: Databases, shared: dict[str, object], request: Any
) -> AsyncIterator[Desk]:
    """A team of sixteen at the demo shop, at work."""
    if databases.kind == "postgres":
        redis: Redis = request.getfixturevalue("redis")
        processes = [await asyncio.to_thread(nightdesk, redis_url=redis.url, **shared) for _ in range(2)]
    else:
        processes = [await asyncio.to_thread(nightdesk, **shared)]
    url = shared.get("database_url")
    store = Store(str(url) if url else processes[0].database, Clock(real_now))
    site, team_id, agents = await store.write(_hire)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=40)) as http:
        yield Desk([process.url for process in processes], store, site, team_id, agents, http)
    store.close()


def _hire(tx: Tx, now: datetime) -> tuple[Site, str, list[Somebody]]:
    site = people.site_by_key(tx, "demo")
    assert site is not None
    team = Team(name="0 Race", capacity=LIMIT)
    agents = [
        Agent(email=f"a{number}@race.example", name=f"A{number}", role="agent", password_hash="", created_at=now)
        for number in range(AGENTS)
    ]
    tx.session.add_all([team, *agents])
    tx.session.flush()
    tx.session.add(TeamSite(team_id=team.id, site_id=site.id))
    tx.session.add_all(TeamAgent(team_id=team.id, agent_id=agent.id) for agent in agents)
    return site, team.id, [_at_work(tx, agent, now) for agent in agents]


def _at_work(tx: Tx, agent: Agent, now: datetime) -> Somebody:
    given = wire.AgentSession(email=agent.email, password="-", bearer=True)
    opened = sessions.open_agent_session(tx, Who(Caller.PUBLIC), given, (agent.id, agent.password_hash), now)
    assert opened.token
    return Somebody(agent.name, agent.id, opened.token)


def _visitors(tx: Tx, number: int, now: datetime) -> list[Somebody]:
    arriving = wire.CustomerSession(site="demo", locale="zh-CN")
    opened = [sessions.open_customer_session(tx, Who(Caller.PUBLIC), arriving, now) for _ in range(number)]
    return [Somebody("", one.customer.id, one.token) for one in opened]


def _wait(tx: Tx, site_id: str, team_id: str, number: int, now: datetime) -> list[str]:
    return [
        conversations.insert(
            tx,
            site_id=site_id,
            team_id=team_id,
            customer_id=visitor.id,
            status="waiting",
            topic="other",
            locale="zh-CN",
            last_at=now,
            first_waited_at=now,
            created_at=now,
        )
        for visitor in _visitors(tx, number, now)
    ]


def _set_team(tx: Tx, team_id: str, policy: str, capacity: int | None, now: datetime) -> None:
    tx.change(
        "UPDATE team SET policy = :policy, capacity = :limit WHERE id = :id", policy=policy, limit=capacity, id=team_id
    )


def _come(tx: Tx, agents: list[Somebody], now: datetime) -> None:
    for who in agents:
        tx.change("UPDATE agent SET status = 'online' WHERE id = :id", id=who.id)
        people.seen(tx, f"connection of {who.id}", who.id, now, None)


async def test_sixteen_agents_take_two_hundred_conversations_and_each_has_one_winner(desk: Desk) -> None:
    await desk.store.write(_set_team, desk.team_id, "by_hand", None)
    waiting = await desk.store.write(_wait, desk.site.id, desk.team_id, 200)
    chance = random.Random(4)
    tries = [(who, talk) for talk in waiting for who in chance.sample(desk.agents, 4)]
    chance.shuffle(tries)
    tries.sort(key=lambda pair: waiting.index(pair[1]) // 40)  # together, or the first would always be alone
    answers = await asyncio.gather(
        *(
            desk.call(desk.urls[number % len(desk.urls)], "agent", who, "pick", conversation_id=talk)
            for number, (who, talk) in enumerate(tries)
        )
    )
    winners: dict[str, str] = {}
    for (who, talk), answer in zip(tries, answers, strict=True):
        if "conversation" in answer:
            assert talk not in winners
            winners[talk] = who.name
    assert set(winners) == set(waiting)
    for (_, talk), answer in zip(tries, answers, strict=True):
        if "conversation" not in answer:
            assert (answer["code"], answer["message"]) == ("taken", f"{winners[talk]} already took this conversation.")
    assert await desk.loads() == Counter(winners.values())


async def test_a_burst_of_fifty_on_limits_of_three_never_makes_four_by_hand(desk: Desk) -> None:
    await desk.store.write(_wait, desk.site.id, desk.team_id, 50)
    agents = desk.agents[:10]
    answers = await asyncio.gather(
        *(desk.call(url, "agent", who, "pick") for _ in range(3) for who in agents for url in desk.urls * 2)
    )
    assert {answer.get("code", "taken") for answer in answers} == {"taken", "full"}
    assert await desk.loads() == Counter({who.name: LIMIT for who in agents})


async def test_a_burst_of_fifty_on_limits_of_three_never_makes_four_when_it_is_routed(desk: Desk) -> None:
    await desk.store.write(_set_team, desk.team_id, "least_loaded", LIMIT)
    agents = desk.agents[:10]
    await desk.store.write(_come, agents)
    visitors = await desk.store.write(_visitors, 50)

    async def arrive(number: int, who: Somebody) -> dict[str, Any]:
        return await desk.call(desk.urls[number % len(desk.urls)], "customer", who, "start", topic="other")

    answers = await asyncio.gather(*(arrive(number, who) for number, who in enumerate(visitors)))
    assert Counter(answer["conversation"]["status"] for answer in answers) == {"active": 30, "waiting": 20}
    assert await desk.loads() == Counter({who.name: LIMIT for who in agents})

    # Everybody closes one at the same moment: the next in line have them at once, and nobody has four.
    def have(tx: Tx, _now: datetime) -> dict[str, str]:
        rows = tx.rows(
            "SELECT agent_id, min(id) AS id FROM conversation WHERE status = 'active' AND team_id = :team"
            " GROUP BY agent_id",
            team=desk.team_id,
        )
        return {row["agent_id"]: row["id"] for row in rows}

    for left in (10, 0):
        had = await desk.store.read(have)
        await asyncio.gather(
            *(
                desk.call(desk.urls[number % len(desk.urls)], "agent", who, "close", conversation_id=had[who.id])
                for number, who in enumerate(agents)
            )
        )
        assert await desk.loads() == Counter({who.name: LIMIT for who in agents})
        assert await desk.store.read(lambda tx, now: tx.value(_WAITING, t=desk.team_id)) == left


_WAITING = "SELECT count(*) FROM conversation WHERE status = 'waiting' AND team_id = :t"
