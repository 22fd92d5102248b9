"""A small desk on a real database, closed at night, whose clock the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chat import wire
from chat.actions import conversations, desk, jobs, presence, queue
from chat.actions.access import Caller, Who
from chat.actions.jobs import Claimed
from chat.hub import Hub
from chat.seed.knowledge import article_of, shipped_articles
from chat.store import Clock, Event, Store, Tx
from chat.store.tables import Agent, Customer, Site, Team, TeamAgent, TeamSite
from chat.work.bot_models import Models
from tests.databases import Databases, apart
from tests.faq import keep_trained, trainer

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai, a Monday
NIGHT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # 22:30
EVERY_DAY = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@dataclass
class House:
    """The desk of one shop, its people, and what was told to whom."""

    store: Store
    folder: Path
    site_id: str
    agents: dict[str, Who]
    now: datetime = NIGHT
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store.clock, self.store.deliver = Clock(lambda: self.now), self.told.extend

    def later(self, **distance: float) -> None:
        self.now += timedelta(**distance)

    async def customer(self, name: str = "李娜", email: str | None = None, locale: str = "zh-CN") -> Who:
        customer_id = await self.store.write(_add_customer, name, email, locale)
        return Who(Caller.CUSTOMER, customer_id, site_id=self.site_id)

    async def start(self, who: Who, locale: wire.Locale = "zh-CN", **values: Any) -> wire.Conversation:
        given = wire.Start(topic="other", locale=locale, **values)
        return (await self.store.write(conversations.start, who, given)).conversation

    async def say(self, who: Who, conversation_id: str, body: str) -> int:
        """As the customer or the agent that they are."""
        verb = queue.say if who.kind is Caller.AGENT else conversations.say
        given = wire.Say(conversation_id=conversation_id, client_id=str(uuid4()), body=body)
        return int((await self.store.write(verb, who, given))["seq"])

    async def leave_message(self, who: Who, conversation_id: str, body: str, **contact: str) -> wire.Conversation:
        given = wire.LeaveMessage(conversation_id=conversation_id, client_id=str(uuid4()), body=body, **contact)
        return (await self.store.write(conversations.leave_message, who, given)).conversation

    async def pick(self, who: Who, conversation_id: str) -> wire.AgentConversation:
        return (await self.store.write(queue.pick, who, wire.Pick(conversation_id=conversation_id))).conversation

    async def close(self, who: Who, conversation_id: str) -> wire.AgentConversation:
        return (await self.store.write(queue.close, who, wire.Close(conversation_id=conversation_id))).conversation

    async def due(self, kind: str) -> list[Claimed]:
        """The jobs of this kind whose time has come, taken as a process takes them."""
        return await self.store.write(jobs.claim, [kind], "this process", 16)

    async def log(self, who: Who, conversation_id: str) -> list[wire.Message]:
        given = wire.Sync(conversation_id=conversation_id, after_seq=0)
        return (await self.store.read(conversations.sync, who, given)).messages

    async def seen(self, who: Who, conversation_id: str) -> wire.Conversation:
        given = wire.Sync(conversation_id=conversation_id, after_seq=0)
        return (await self.store.read(conversations.sync, who, given)).conversation

    async def connect(self, who: Who) -> str:
        connection = str(uuid4())
        await self.store.write(presence.connected, who, connection)
        return connection

    def told_of(self, name: str) -> list[Any]:
        return [event.value for event in self.told if event.name == name]


def codes(messages: list[wire.Message]) -> list[str]:
    """What each entry is: a system line's code, else who wrote it."""
    return [
        message.data["code"] if message.data and "code" in message.data else message.author.kind for message in messages
    ]


@pytest.fixture
def house(tmp_path: Path, databases: Databases) -> Iterator[House]:
    with databases.opened(furnish) as (_, store, (site_id, agents)):
        yield House(store, tmp_path, site_id, {name: Who(Caller.AGENT, agent_id) for name, agent_id in agents.items()})


@pytest.fixture
async def faq(house: House) -> AsyncIterator[Models]:
    """The bot of the shipped articles, at work in the house."""
    await house.store.write(keep_trained)
    models = Models(house.store, Hub(), trainer())
    running = asyncio.create_task(models.run(trains=False))
    yield models
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def mei(house: House) -> Who:
    return house.agents["陈梅"]


@pytest.fixture
def david(house: House) -> Who:
    return house.agents["David Wu"]


def furnish(where: Path | str) -> tuple[str, dict[str, str]]:
    """The id of the site, and the agents' by their names."""

    async def fill() -> tuple[str, dict[str, str]]:
        store = Store(where, Clock(lambda: NIGHT))
        site_id = await store.write(_furnish)
        await store.write(desk.set_mail, "outbox")
        agents = await store.read(_agents)
        store.close()
        return site_id, agents

    return apart(fill)


def _furnish(tx: Tx, now: datetime) -> str:
    calendar = {"zone": "Asia/Shanghai", "weekly": EVERY_DAY, "specials": []}
    site = Site(
        key="shop",
        name={"zh-CN": "晴野商城", "en": "Qingye Shop"},
        calendar=calendar,
        issuer="shop",
        identity_secret="a secret of the shop that is long enough",
        ticket_prefix="QY",
    )
    team = Team(name="客服一组")
    agents = [
        Agent(email=f"{name}@shop.example", name=name, role="agent", password_hash="", status="online", created_at=now)
        for name in ("陈梅", "David Wu")
    ]
    tx.session.add_all([site, team, *agents])
    tx.session.flush()
    tx.session.add(TeamSite(team_id=team.id, site_id=site.id))
    tx.session.add_all(TeamAgent(team_id=team.id, agent_id=agent.id) for agent in agents)
    tx.session.add_all(article_of(text, now) for text in shipped_articles())
    return site.id


def _agents(tx: Tx, now: datetime) -> dict[str, str]:
    return {row["name"]: row["id"] for row in tx.rows("SELECT id, name FROM agent")}


def _add_customer(tx: Tx, name: str, email: str | None, locale: str, now: datetime) -> str:
    customer = Customer(name=name, email=email, kind="claimed", locale=locale, created_at=now)
    tx.session.add(customer)
    tx.session.flush()
    return customer.id
