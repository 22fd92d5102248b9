"""A small desk with people at it, on a real database. Commands run as they do behind the doors, one after the other."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from chat.actions import access, flow_offers, presence
from chat.actions.access import Caller, Who
from chat.actions.perform import asked, perform
from chat.actions.sweep import STEPS
from chat.commands import at_door
from chat.door import read_input
from chat.faq import Guide
from chat.store import Clock, Event, Keys, Store, Tx
from chat.store.queries import people
from chat.store.tables import (
    Agent,
    Customer,
    Order,
    Session,
    Site,
    Team,
    TeamAgent,
    TeamSite,
    Transaction,
    new_id,
)
from chat.store.tx import Row
from chat.work.watchdog import Watchdog
from tests.actions.talks import NIGHT
from tests.databases import Databases
from tests.payments import SECRET

if TYPE_CHECKING:
    from tests.actions.processes import Processes

T = TypeVar("T")

NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)  # a Tuesday in Shanghai, the desk is open
EVERY_DAY = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
LIMIT = 50_000  # refunds above it want a second person
AGENTS = {  # name -> role, site
    "mei": ("agent", "shop"),
    "david": ("agent", "shop"),
    "lin": ("supervisor", "shop"),
    "admin": ("admin", "shop"),
    "peter": ("agent", "wallet"),
}
CUSTOMERS = {"li_na": ("shop", "zh-CN"), "wang_wei": ("shop", "zh-CN"), "emma": ("wallet", "en")}
ORDERS = {  # name -> customer, site, state, amounts of its lines
    "shoes": ("li_na", "shop", "delivered", (30_000, 12_800)),
    "camera": ("li_na", "shop", "paid", (98_000,)),
    "unpaid": ("li_na", "shop", "unpaid", (5_000,)),
    "lamp": ("wang_wei", "shop", "delivered", (12_000,)),
}


Furniture = dict[str, Any]  # what furnishing a desk has set of it


class Desk:
    """`do(who, command, ...)` runs a command of the table and gives its value; `heard` is all that was published."""

    def __init__(self, where: Path | str, furniture: Furniture | None = None, store: Store | None = None) -> None:
        self.where, self.now = where, NOON
        self.heard: list[Event] = []
        clock = Clock(lambda: self.now, keys=Keys("the key of the tests, long enough", SECRET))
        self._store, self._is_ours = store or Store(where, clock), store is None
        self._store.clock, self._store.deliver = clock, self.heard.extend
        self._runner = asyncio.Runner()
        # Its own `run` sets a signal's handler before and after, which takes longer than many a command does.
        self._run = self._runner.get_loop().run_until_complete
        self.ids: dict[str, str] = {}  # of sites, orders and transactions, by the names above
        self.mei, self.david, self.lin, self.admin, self.peter = (Who(Caller.AGENT),) * 5
        self.li_na, self.wang_wei, self.emma = (Who(Caller.CUSTOMER),) * 3
        if furniture is None:
            self.write(self._furnish)
        else:
            vars(self).update(copy.deepcopy(furniture))

    def close(self) -> None:
        self._runner.close()
        if self._is_ours:
            self._store.close()

    def do(self, who: Who, name: str, /, **values: Any) -> Any:
        """A command as its callers send it, JSON in and JSON out. Makes up a `client_id` where one is wanted."""
        command = at_door(who.kind.value)[name]
        if "client_id" in command.input.model_fields:
            values.setdefault("client_id", str(uuid.uuid4()))
        given = read_input(command.input, values)
        slow = command.before
        extra = (slow.work(given, self.read(slow.reads, who, given)),) if slow else ()
        if command.reads:
            return self.read(perform, command, who, given, extra)
        return self._run(self._store.write(perform, command, who, given, extra, asked=asked(who, given)))

    def write(self, action: Callable[..., T], *args: Any) -> T:
        return self._run(self._store.write(action, *args))

    def read(self, action: Callable[..., T], *args: Any) -> T:
        return self._run(self._store.read(action, *args))

    def run(self, story: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
        """What takes a loop, such as a server of the test's own."""
        return self._run(story(self._store))

    def sweep(self) -> None:
        """A round of the sweep in a process that has been up for long."""
        for step in STEPS:
            if self.read(step.is_due):
                self.write(step.do)

    def watch(self, is_calm: bool = True) -> None:
        """A round of the watchdog."""
        self._run(Watchdog(self._store).look(is_calm))

    def connect(self, agent: Who) -> str:
        """A console of theirs is open."""
        connection = new_id()
        self.write(presence.connected, agent, connection)
        return connection

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        def look(tx: Tx, _now: datetime) -> list[Row]:
            return tx.rows(sql, **values)

        return [dict(row) for row in self.read(look)]

    def change(self, sql: str, **values: Any) -> int:
        def change(tx: Tx, _now: datetime) -> int:
            return tx.change(sql, **values)

        return self.write(change)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def hears(self, room: str, event: str) -> list[Any]:
        """What those in a room heard of an event, such as `hears(f"desk:{site}", "notice")`."""
        return [told.value for told in self.heard if told.name == event and room in {r.name for r in told.rooms}]

    def room_of(self, customer: Who) -> str:
        return f"customer:{customer.id}:{customer.site_id}"

    def another_session(self, agent: Who) -> Who:
        """The same agent, signed in elsewhere."""
        return Who(Caller.AGENT, agent.id, self.write(_session, Caller.AGENT, agent.id, None))

    # -- what most stories begin with -----------------------------------------------------------------------------

    def conversation(self, customer: Who, *lines: str, topic: str = "refund") -> str:
        """A customer writes and waits."""
        started = self.do(customer, "start", topic=topic)
        for line in lines:
            self.do(customer, "say", conversation_id=started["conversation"]["id"], body=line)
        conversation_id: str = started["conversation"]["id"]
        return conversation_id

    def arrive(self, name: str, site: str = "shop") -> Who:
        """One more customer."""

        def add(tx: Tx, now: datetime) -> Who:
            return self._customer(tx, name, self.ids[site], "zh-CN", now)

        return self.write(add)

    def ticket(self, agent: Who, customer: Who, kind: str = "refund", **values: Any) -> Any:
        """A ticket from a conversation of this customer."""
        conversation_id = self.conversation(customer, "你好，我想退款")
        opened = self.do(agent, "open_ticket", conversation_id=conversation_id, kind=kind, **values)
        return opened["ticket"]

    def log(self, customer: Who, conversation_id: str) -> list[Any]:
        messages: list[Any] = self.do(customer, "sync", conversation_id=conversation_id, after_seq=0)["messages"]
        return messages

    # -- furnishing -----------------------------------------------------------------------------------------------

    def _furnish(self, tx: Tx, now: datetime) -> None:
        people.set_meta(tx, "mail", "outbox")
        sites = {"shop": _site("shop", "晴野商城", "QY"), "wallet": _site("wallet", "Qingye Wallet", "QW")}
        self.ids |= {name: site.id for name, site in sites.items()}
        teams = {name: Team(name=f"{name} care") for name in sites}
        tx.session.add_all([*sites.values(), *teams.values()])
        tx.session.flush()
        self.ids |= {f"{name} team": team.id for name, team in teams.items()}
        tx.session.add_all(TeamSite(team_id=teams[name].id, site_id=site.id) for name, site in sites.items())
        for name, (role, site) in AGENTS.items():
            setattr(self, name, self._agent(tx, name, role, teams[site].id, now))
        for name, (site, locale) in CUSTOMERS.items():
            setattr(self, name, self._customer(tx, name, self.ids[site], locale, now))
        tx.session.flush()
        for number, (name, order) in enumerate(ORDERS.items(), 1):
            self._order(tx, name, f"2026030100{number:04}", *order, now=now)

    def _agent(self, tx: Tx, name: str, role: str, team_id: str, now: datetime) -> Who:
        agent = Agent(email=f"{name}@demo.example", name=name.capitalize(), role=role, password_hash="", created_at=now)
        tx.session.add(agent)
        tx.session.flush()
        tx.session.add(TeamAgent(team_id=team_id, agent_id=agent.id))
        return Who(Caller.AGENT, agent.id, _session(tx, Caller.AGENT, agent.id, None, now))

    def _customer(self, tx: Tx, name: str, site_id: str, locale: str, now: datetime) -> Who:
        shown = name.replace("_", " ").title()
        person = Customer(
            kind="verified",
            issuer="tests",
            external_id=name,
            name=shown,
            email=f"{name}@demo.example",
            locale=locale,
            created_at=now,
        )
        tx.session.add(person)
        tx.session.flush()
        return Who(Caller.CUSTOMER, person.id, _session(tx, Caller.CUSTOMER, person.id, site_id, now), site_id)

    def _order(
        self,
        tx: Tx,
        name: str,
        number: str,
        customer: str,
        site: str,
        state: str,
        lines: tuple[int, ...],
        now: datetime,
    ) -> None:
        owner: Who = getattr(self, customer)
        items = [{"line": n, "name": name, "quantity": 1, "amount": amount} for n, amount in enumerate(lines, 1)]
        shared: dict[str, Any] = {"site_id": self.ids[site], "customer_id": owner.id, "currency": "CNY"}
        order = Order(
            number=number, state=state, total=sum(lines), channel="alipay", items=items, placed_at=now, **shared
        )
        tx.session.add(order)
        tx.session.flush()
        payment = Transaction(
            order_id=order.id,
            number=f"P{number}",
            kind="payment",
            channel="alipay",
            amount=order.total,
            state="failed" if state == "unpaid" else "succeeded",
            created_at=now,
            **shared,
        )
        tx.session.add(payment)
        tx.session.flush()
        self.ids |= {name: order.id, f"{name} payment": payment.id}


def _site(key: str, name: str, prefix: str) -> Site:
    return Site(
        key=key,
        name={"zh-CN": name, "en": name},
        locales=["zh-CN", "en"],
        calendar={"zone": "Asia/Shanghai", "weekly": EVERY_DAY, "specials": []},
        issuer="tests",
        identity_secret="a secret of the tests, long enough to sign with",
        ticket_prefix=prefix,
        refund_limit=LIMIT,
    )


def _session(tx: Tx, kind: Caller, person_id: str, site_id: str | None, now: datetime) -> str:
    session = Session(
        token_hash=access.token_hash(new_id()),
        kind=kind.value,
        person_id=person_id,
        site_id=site_id,
        created_at=now,
        expires_at=now + timedelta(days=3_650),
    )
    tx.session.add(session)
    tx.session.flush()
    return session.id


def furnish(where: Path | str) -> Furniture:
    desk = Desk(where)
    desk.close()
    return {name: value for name, value in vars(desk).items() if name in {"ids", *AGENTS, *CUSTOMERS}}


@pytest.fixture
def desk(databases: Databases) -> Iterator[Desk]:
    with databases.opened(furnish) as (where, store, furniture):
        desk = Desk(where, furniture, store)
        yield desk
        desk.close()


@pytest.fixture
def night(desk: Desk) -> Desk:
    """The desk is closed, and flows are known."""
    desk.write(flow_offers.set_catalogue, Guide().catalogue())
    desk.wait(**NIGHT)
    return desk


@pytest.fixture
def processes(desk: Desk) -> Iterator[Processes]:
    from tests.actions.processes import Processes  # which knows the desk

    both = Processes(desk)
    yield both
    both.close()
