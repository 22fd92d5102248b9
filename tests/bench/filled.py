"""A desk with years behind it, and how long its lists take: 1,000,000 messages in 100,000 conversations.

    .venv/bin/python -m tests.bench.filled [--messages 1000000] [--database sqlite|postgres|both] [--no-search]

Two sites, four teams, forty agents; most conversations are closed, some hundred wait, are had or are with the bot, two
thousand lie in the inbox, every twentieth made a ticket, every tenth has a note. Rows go straight into the tables, and
are then read as a console and a window read them: by the real actions, on a reader of the store. Of each it tells the
median of the whole, and of its SQL alone: the same statements once more, all their rows fetched; by the clock, and what
the processor took. Beside it the least of the SQL by the clock, and what a sum took in between, always the same one:
where that says twice as much, the machine ran at half its speed.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

import psycopg
from sqlmodel import SQLModel, col, select

from chat import wire
from chat.actions import colleagues, conversations, figures, inbox, promises, queue, reports, search, ticket_lists
from chat.actions import desk as desk_actions
from chat.actions.access import Caller, Who
from chat.seed.desk import shop_calendar
from chat.store import Tx
from chat.store.tables import (
    Agent,
    BotTurn,
    Conversation,
    Message,
    Site,
    Team,
    TeamAgent,
    TeamSite,
    Ticket,
    new_id,
    to_millis,
)
from chat.store.tx import Cursor
from tests.bench.search import END, START, Bench, House, index, made_id, phrases
from tests.bench.spent import Spent, pace, watch
from tests.servers import Postgres

AGENTS, CUSTOMERS = 40, 60_000
STEP = 20_000  # milliseconds from one message to the next
LENGTHS = (4, 6, 8, 9, 10, 10, 11, 12, 14, 16)  # of conversations, ten on average
RECENT = {"active": 600, "waiting": 300, "bot": 100, "offline": 2_000}  # of a hundred thousand, the newest
LONG, LONG_EACH = 60, 1_000  # some are longer than a page of `history`
TOPICS = ("refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other")
TICKETS = ("new", "open", "pending", "on_hold", "solved", "closed", "closed", "closed", "closed", "closed")
BLOCK = 2_000  # conversations written at once
ROUNDS, WARMING = 40, 10  # the first ones fill caches, and Postgres plans them
TURNS = 200
LISTS = (
    "inbox, any page",
    "inbox, first of nobody's",
    "live, its first page",
    "live, any page",
    "tickets, their first page",
    "tickets, first unsolved",
    "tickets, any page",
)
NEWEST = 2**31 - 1  # above every seq
SEARCH = "search, two characters"
WORDS = ("订单", "退款", "发票", "密码")
Rows = dict[str, list[dict[str, Any]]]  # by table


@dataclass
class Desk:
    sites: list[str]
    teams: list[str]
    agents: list[str]
    customers: list[str]


# -- what is in it ------------------------------------------------------------------------------------------------


def furnish(tx: Tx, now: Any) -> Desk:
    """The house of `Bench` with one more site, more teams, and its agents."""
    desk_actions.set_mail(tx, "outbox", now)
    shop = tx.value("SELECT id FROM site")
    tx.session.get_one(Site, shop).calendar = shop_calendar(now)
    wallet = Site(
        key="wallet",
        name={"en": "Wallet"},
        locales=["zh-CN"],
        issuer="w",
        identity_secret="-" * 40,
        ticket_prefix="W",
        calendar=shop_calendar(now),
    )
    teams = [Team(name=name) for name in ("refunds", "money", "evening")]
    agents = [
        Agent(email=f"a{n}@bench.example", name=f"Agent {n}", role="agent", password_hash="-", created_at=now)
        for n in range(AGENTS)
    ]
    agents[0].role = "supervisor"
    tx.session.add_all([wallet, *teams, *agents])
    tx.session.flush()
    serving = zip(teams, (shop, wallet.id, wallet.id), strict=True)
    tx.session.add_all(TeamSite(team_id=team.id, site_id=site) for team, site in serving)
    tx.session.add_all(TeamAgent(team_id=teams[n % 3].id, agent_id=agent.id) for n, agent in enumerate(agents) if n)
    tx.session.add_all(TeamAgent(team_id=team.id, agent_id=agents[0].id) for team in teams)
    return Desk([shop, wallet.id], [team.id for team in teams], [agent.id for agent in agents], [])


def blocks(desk: Desk, messages: int) -> Iterator[Rows]:
    """Everything, as old as its ids say, the oldest first."""
    chance = random.Random(7)
    count = messages // 10
    people = max(50, CUSTOMERS * count // 100_000)
    desk.customers = [made_id(START, chance) for _ in range(people)]
    yield {"customer": [_customer(customer_id, n) for n, customer_id in enumerate(desk.customers)]}
    known = phrases()
    texts = ["，".join(chance.choices(known, k=chance.randint(2, 5))) for _ in range(20_000)]
    states = [state for state, many in RECENT.items() for _ in range(many * count // 100_000)]
    chance.shuffle(states)
    states = ["closed"] * (count - len(states)) + states
    for first in range(0, count, BLOCK):
        rows: Rows = {
            name: []
            for name in (
                "conversation",
                "message",
                "note",
                "promise",
                "assignment",
                "botturn",
                "ticket",
                "ticketconversation",
            )
        }
        for number in range(first, min(first + BLOCK, count)):
            _add(rows, desk, chance, texts, number, states[number], START + (END - START) / count * number)
        yield rows


def _customer(customer_id: str, number: int) -> dict[str, Any]:
    return {
        "id": customer_id,
        "kind": "claimed",
        "name": f"Customer {number}",
        "locale": "zh-CN",
        "created_at": to_millis(START),
        "attributes": "{}",
    }


@dataclass(frozen=True)
class Talk:
    """A conversation that is to be written, with what the rows that hang on it have in common."""

    number: int
    id: str
    site_id: str
    team_id: str
    customer_id: str
    agent_id: str
    status: str
    begun: Any
    length: int
    reply_by: int | None

    @property
    def at(self) -> int:
        return to_millis(self.begun)

    @property
    def last(self) -> int:
        return self.at + self.length * STEP

    @property
    def has_agent(self) -> bool:
        return self.status in ("closed", "active")

    @property
    def is_left(self) -> bool:
        return self.status == "offline"


def _add(rows: Rows, desk: Desk, chance: random.Random, texts: list[str], number: int, status: str, begun: Any) -> None:
    """A conversation with its log, and what hangs on it."""
    talk = _talk(desk, chance, number, status, begun)
    said = [_message(talk, chance, texts, seq) for seq in range(1, talk.length + 1)]
    rows["message"].extend(said)
    rows["conversation"].append(_conversation(talk, said[-1]))
    if talk.has_agent:
        rows["assignment"].append(_assignment(talk, chance))
    if number % 2 == 0:
        rows["botturn"].append(_turn(talk, chance, said[0]))
    if number % 10 == 0:
        rows["note"].append(_note(talk, chance, texts))
    if talk.is_left:
        rows["promise"].append(_promise(talk))
    if number % 20 == 0:
        ticket = _ticket(talk, chance, texts)
        rows["ticket"].append(ticket)
        rows["ticketconversation"].append(
            {"ticket_id": ticket["id"], "conversation_id": talk.id, "first_seq": 1, "last_seq": talk.length}
        )


def _talk(desk: Desk, chance: random.Random, number: int, status: str, begun: Any) -> Talk:
    which = number % len(desk.sites)
    return Talk(
        number=number,
        id=made_id(begun, chance),
        site_id=desk.sites[which],
        team_id=desk.teams[which],
        # One has at most one open conversation, so those that go on are of customers of their own.
        customer_id=desk.customers[number % len(desk.customers)],
        agent_id=chance.choice(desk.agents),
        status=status,
        begun=begun,
        length=LENGTHS[number % len(LENGTHS)] if number % LONG_EACH else LONG,
        reply_by=to_millis(END) + chance.randint(-72, 72) * 900_000 if status == "offline" else None,
    )


def _message(talk: Talk, chance: random.Random, texts: list[str], seq: int) -> dict[str, Any]:
    by = "agent" if talk.has_agent and seq % 2 == 0 else "customer"
    said_at = talk.begun + timedelta(milliseconds=seq * STEP)
    return {
        "conversation_id": talk.id,
        "seq": seq,
        "id": made_id(said_at, chance),
        "client_id": made_id(said_at, chance),
        "author_kind": by,
        "author_id": talk.agent_id if by == "agent" else talk.customer_id,
        "author_name": "Agent" if by == "agent" else "Customer",
        "kind": "text",
        "body": texts[chance.randrange(len(texts))],
        "data": None,
        "created_at": talk.at + seq * STEP,
    }


def _conversation(talk: Talk, newest: dict[str, Any]) -> dict[str, Any]:
    return _CONVERSATION | {
        "id": talk.id,
        "site_id": talk.site_id,
        "customer_id": talk.customer_id,
        "agent_id": talk.agent_id if talk.has_agent else None,
        "team_id": talk.team_id,
        "status": talk.status,
        "topic": TOPICS[talk.number % len(TOPICS)],
        "last_seq": talk.length,
        "last_note": int(talk.number % 10 == 0),
        "customer_read_seq": talk.length,
        "agent_read_seq": talk.length if talk.has_agent else 0,
        "preview": newest["body"][:120],
        "last_at": talk.last,
        "last_author": newest["author_kind"],
        "last_said_at": talk.last,
        "first_waited_at": None if talk.status == "bot" else talk.at,
        "assigned_at": talk.at if talk.has_agent else None,
        "left_at": talk.last if talk.is_left else None,
        "reply_by": talk.reply_by,
        "created_at": talk.at,
        "closed_at": talk.last if talk.status == "closed" else None,
        "outcome": "solved" if talk.status == "closed" else None,
        "score": talk.number % 5 + 1 if talk.status == "closed" and talk.number % 3 == 0 else None,
    }


def _assignment(talk: Talk, chance: random.Random) -> dict[str, Any]:
    return {
        "id": made_id(talk.begun, chance),
        "conversation_id": talk.id,
        "site_id": talk.site_id,
        "team_id": talk.team_id,
        "agent_id": talk.agent_id,
        "epoch": 1,
        "how": "picked",
        "at": talk.at + STEP,
        "ended_at": talk.last if talk.status == "closed" else None,
        "ended_how": "closed" if talk.status == "closed" else None,
    }


def _turn(talk: Talk, chance: random.Random, asked: dict[str, Any]) -> dict[str, Any]:
    return _TURN | {
        "id": made_id(talk.begun, chance),
        "site_id": talk.site_id,
        "conversation_id": talk.id,
        "customer_id": talk.customer_id,
        "seq": 1,
        "asked": asked["body"][:200],
        "decision": ("answer", "suggest", "hand_over")[talk.number // 2 % 3],
        "outcome": "solved" if talk.number % 12 == 0 else None,
        "at": talk.at,
    }


def _note(talk: Talk, chance: random.Random, texts: list[str]) -> dict[str, Any]:
    return {
        "conversation_id": talk.id,
        "number": 1,
        "id": new_id(),
        "client_id": str(uuid.UUID(int=chance.getrandbits(128))),
        "agent_id": talk.agent_id,
        "agent_name": "Agent",
        "body": texts[talk.number % len(texts)],
        "created_at": talk.at,
    }


def _promise(talk: Talk) -> dict[str, Any]:
    return {
        "id": new_id(),
        "conversation_id": talk.id,
        "site_id": talk.site_id,
        "made_at": talk.last,
        "due_at": talk.reply_by,
        "ended_at": None,
        "ended_how": None,
    }


def _ticket(talk: Talk, chance: random.Random, texts: list[str]) -> dict[str, Any]:
    return _TICKET | {
        "id": made_id(talk.begun, chance),
        "number": f"B-{talk.number}",
        "site_id": talk.site_id,
        "customer_id": talk.customer_id,
        "assignee_id": talk.agent_id,
        "team_id": talk.team_id,
        "kind": "refund",
        "status": TICKETS[talk.number // 20 % len(TICKETS)],
        "subject": texts[talk.number % len(texts)][:100],
        "created_at": talk.at,
        "updated_at": talk.last,
    }


def _usual(table: type[SQLModel]) -> dict[str, Any]:
    """What a column holds that nobody has set."""
    found: dict[str, Any] = {}
    for name, field in table.model_fields.items():
        usual = None if field.is_required() or name == "id" else field.get_default(call_default_factory=True)
        found[name] = json.dumps(usual) if isinstance(usual, dict | list) else usual
    return found


_CONVERSATION = _usual(Conversation) | {"locale": "zh-CN"}
_TICKET = _usual(Ticket)
_TURN = _usual(BotTurn) | {"locale": "zh-CN", "unmatched": 0}


# -- into the tables ----------------------------------------------------------------------------------------------


def fill(bench: Bench, messages: int) -> Desk:
    """One transaction a block."""
    desk = bench.write(furnish)
    write = _copied if isinstance(bench.where, str) else _inserted
    for rows in blocks(desk, messages):
        bench.write(write, rows)
    if isinstance(bench.where, str):
        # By itself Postgres would begin to within a minute, in the midst of what is measured.
        with psycopg.connect(bench.where, autocommit=True) as driver:
            driver.execute("VACUUM (ANALYZE)")
    return desk


class Made(NamedTuple):
    """What there is now, and the seconds in which its messages were written."""

    house: House
    desk: Desk
    seconds: float


def made(wheres: Sequence[Path | str], messages: int, searched: int) -> list[Made]:
    """At the same time, each in a process of its own; so many of the newest are indexed for the search, too."""
    with ProcessPoolExecutor(len(wheres), get_context("spawn")) as processes:
        return list(processes.map(_make, wheres, [messages] * len(wheres), [searched] * len(wheres)))


def _make(where: Path | str, messages: int, searched: int) -> Made:
    with closing(Bench(where)) as bench:
        begun = time.perf_counter()
        desk = fill(bench, messages)
        took = time.perf_counter() - begun
        bench.write(_leave_out_older, searched)
        index(bench)
        return Made(bench.house, desk, took)


def _leave_out_older(tx: Tx, newest: int, now: Any) -> None:
    """From the index, which follows the messages from the mark on."""
    last = "SELECT id FROM message ORDER BY id DESC LIMIT 1 OFFSET :newest"
    tx.change(f"UPDATE searchmark SET value = coalesce(({last}), '') WHERE name = 'head'", newest=newest)


def _driver(tx: Tx) -> Any:
    return tx.session.connection().connection.driver_connection


def _inserted(tx: Tx, rows: Rows, now: Any) -> None:
    for table, some in rows.items():
        if some:
            names = list(some[0])
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            _driver(tx).executemany(sql, (tuple(row.values()) for row in some))


def _copied(tx: Tx, rows: Rows, now: Any) -> None:
    for table, some in rows.items():
        if some:
            with _driver(tx).cursor().copy(f"COPY {table} ({', '.join(some[0])}) FROM STDIN") as copy:
                copy.write("".join(_line(row.values()) for row in some))


def _line(values: Iterable[Any]) -> str:
    """As COPY reads it; the phrases have neither tabs, line breaks nor backslashes."""
    return "\t".join("\\N" if value is None else str(value) for value in values) + "\n"


# -- figures ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """Medians: of the whole action, of its SQL with all rows fetched, and of a sum in between; and the least of SQL."""

    what: str
    whole: Spent
    sql: Spent
    least: float
    pace: float

    def __str__(self) -> str:
        figures = *self.whole, *self.sql, self.least, self.pace
        return f"{self.what:30}" + "".join(f"{figure:>10.2f}" for figure in figures)


HEAD = f"{'milliseconds':30}{'whole':>10}{'processor':>10}{'SQL':>10}{'processor':>10}{'least':>10}{'a sum':>10}"


def lead_of(desk: Desk) -> Who:
    """Who sees both sites."""
    return Who(Caller.AGENT, desk.agents[0])


def measure(bench: Bench, desk: Desk) -> list[Figure]:
    gc.freeze()  # as `python -m chat` does
    gc.set_threshold(2_000)
    lead, agent = lead_of(desk), Who(Caller.AGENT, desk.agents[1])
    ids = bench.read(_some_conversations)
    chance = random.Random(3)

    def of(action: Callable[..., Any], who: Who, *commands: wire.Input) -> Callable[[Tx, Any], Any]:
        return lambda tx, now: action(tx, who, chance.choice(commands), now)

    looks = {
        "history, last 50": of(
            conversations.history, lead, *(wire.History(conversation_id=one, before_seq=NEWEST) for one in ids)
        ),
        "sync of a conversation": of(
            queue.sync, lead, *(wire.AgentSync(conversation_id=one, after_seq=0) for one in ids)
        ),
        "sync of the desk": of(queue.sync, agent, wire.AgentSync()),
        "inbox, any page": of(inbox.page, lead, *_pages(bench, inbox.page, lead, wire.InboxList)),
        "inbox, first of nobody's": of(inbox.page, lead, wire.InboxList(filter="unassigned")),
        "live, its first page": of(colleagues.live, lead, wire.LiveList()),
        "live, any page": of(colleagues.live, lead, *_pages(bench, colleagues.live, lead, wire.LiveList)),
        "tickets, their first page": of(ticket_lists.tickets_page, lead, wire.TicketList()),
        "tickets, first unsolved": of(ticket_lists.tickets_page, lead, wire.TicketList(unsolved=True)),
        "tickets, any page": of(
            ticket_lists.tickets_page, lead, *_pages(bench, ticket_lists.tickets_page, lead, wire.TicketList)
        ),
        SEARCH: of(search.search, lead, *(wire.Search(text=text) for text in WORDS)),
        "report: promises of 7 days": of(promises.count, lead, wire.PromiseCount()),
        "report: 7 days by day": of(reports.report, lead, _report(7, "day")),
        "report: 30 days by day": of(reports.report, lead, _report(30, "day")),
        "report: 30 days by agent": of(reports.report, lead, _report(30, "agent")),
        "report: 92 days by day": of(reports.report, lead, _report(reports.MOST_DAYS, "day")),
        "figures of /metrics": lambda tx, now: figures.figures(tx, now),
    }
    return [_figure(bench, what, look) for what, look in looks.items()]


def _pages(bench: Bench, action: Callable[..., Any], who: Who, shape: type[Any]) -> list[wire.Input]:
    """Every page of a list, at most a hundred of them."""
    commands: list[wire.Input] = [shape()]
    while len(commands) < 100:
        following = bench.read(lambda tx, now: action(tx, who, commands[-1], now).next)
        if following is None:
            return commands
        commands.append(shape(before=following))
    return commands


def _report(days: int, by: Literal["day", "agent"]) -> wire.ReportQuery:
    """The last ones that have something in them."""
    last = END.date()
    return wire.ReportQuery(since=(last - timedelta(days=days - 1)).isoformat(), until=last.isoformat(), by=by)


def _some_conversations(tx: Tx, now: Any) -> list[str]:
    """Long ones, of every age."""
    found = tx.rows("SELECT id FROM conversation WHERE last_seq >= :long ORDER BY id LIMIT 200", long=LONG)
    return [row["id"] for row in found]


def _figure(bench: Bench, what: str, look: Callable[[Tx, Any], Any]) -> Figure:
    spent = bench.read(watch)
    timed = [(*bench.read(_timed, look, spent), pace()) for _ in range(ROUNDS)][WARMING:]
    wholes, sqls, paces = zip(*timed, strict=True)
    return Figure(what, Spent.usually(wholes), Spent.usually(sqls), min(sql.clock for sql in sqls), median(paces))


def _timed(tx: Tx, look: Callable[[Tx, Any], Any], spent: Callable[[], Spent], now: Any) -> tuple[Spent, Spent]:
    """Of the whole, and of the same statements once more."""
    said: list[tuple[str, dict[str, Any]]] = []
    run = tx._run

    def noted(sql: str, values: dict[str, Any]) -> Cursor:
        said.append((sql, values))
        return run(sql, values)

    tx._run = noted  # type: ignore[method-assign]
    begun = spent()
    look(tx, now)
    whole = spent() - begun
    begun = spent()
    for sql, values in said:
        run(sql, values).fetchall()
    return whole, spent() - begun


def flatness(few: Bench, many: Bench) -> float:
    """Processor time of the last fifty messages among many, of what it takes among few. In turns, medians."""
    asked = {bench: (_lead(bench), bench.read(_some_conversations), bench.read(watch)) for bench in (few, many)}
    taken: dict[Bench, list[Spent]] = {few: [], many: []}
    for number in range(TURNS):
        for bench, (lead, ids, spent) in asked.items():
            command = wire.History(conversation_id=ids[number % len(ids)], before_seq=NEWEST)
            begun = spent()
            bench.read(conversations.history, lead, command)
            taken[bench].append(spent() - begun)
    return Spent.usually(taken[many]).processor / Spent.usually(taken[few]).processor


def _lead(bench: Bench) -> Who:
    return Who(Caller.AGENT, bench.read(lambda tx, now: tx.value("SELECT id FROM agent WHERE role = 'supervisor'")))


def against_orm(bench: Bench) -> tuple[float, float]:
    """Processor time of the last fifty messages as they are handed to the door, ours and as an application with an ORM
    gives them: the conversation and the right to it, the messages as objects, each checked as its shape, JSON-ready. In
    turns, medians.
    """
    ids = bench.read(_some_conversations)
    lead = _lead(bench)

    def ours(tx: Tx, one: str, now: Any) -> object:
        return conversations.history(tx, lead, wire.History(conversation_id=one, before_seq=NEWEST), now)

    def orm(tx: Tx, one: str, now: Any) -> object:
        command = wire.History(conversation_id=one, before_seq=NEWEST)
        conversation = tx.session.get_one(Conversation, command.conversation_id)
        serving = select(TeamSite).join(TeamAgent, col(TeamAgent.team_id) == TeamSite.team_id)
        assert tx.session.exec(
            serving.where(TeamAgent.agent_id == lead.id, TeamSite.site_id == conversation.site_id)
        ).first()
        wanted = select(Message).where(Message.conversation_id == conversation.id, Message.seq < command.before_seq)
        found = tx.session.exec(wanted.order_by(col(Message.seq).desc()).limit(command.limit + 1)).all()
        shown = [_as_shape(message) for message in found[: command.limit][::-1]]
        page = wire.HistoryPage(messages=shown, more=len(found) > command.limit)
        return page.model_dump(mode="json", exclude_none=True)

    assert bench.read(ours, ids[0]) == bench.read(orm, ids[0])
    spent = bench.read(watch)
    taken: dict[Any, list[Spent]] = {ours: [], orm: []}
    for number in range(TURNS):
        for way, times in taken.items():
            begun = spent()
            bench.read(way, ids[number % len(ids)])
            times.append(spent() - begun)
    return Spent.usually(taken[ours]).processor, Spent.usually(taken[orm]).processor


def _as_shape(message: Message) -> wire.Message:
    return wire.Message(
        **message.model_dump(
            include={"id", "conversation_id", "seq", "client_id", "kind", "body", "data", "created_at"}
        ),
        author=wire.Author(kind=message.author_kind, id=message.author_id, name=message.author_name),
    )


def run(where: Path | str, messages: int, *, with_search: bool = True) -> list[Figure]:
    with closing(Bench(where)) as bench:
        begun = time.perf_counter()
        desk = fill(bench, messages)
        print(
            f"{messages:,} messages in {messages // 10:,} conversations: {time.perf_counter() - begun:.0f} s",
            flush=True,
        )
        if with_search:
            begun = time.perf_counter()
            index(bench)
            print(f"indexed for the search: {time.perf_counter() - begun:.0f} s", flush=True)
        print(HEAD)
        found = measure(bench, desk)
        for figure in found:
            print(figure, flush=True)
        ours, orm = against_orm(bench)
        print(f"{'history by objects':30}{'':>10}{orm:>10.2f}  ours is {ours / orm:.2f} of it", flush=True)
        return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--messages", type=int, default=1_000_000)
    asked.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    asked.add_argument("--no-search", action="store_true", help="leave the search's index out")
    given = asked.parse_args()
    if given.database != "postgres":
        print("== SQLite", flush=True)
        folder = Path(tempfile.mkdtemp(prefix="nightdesk-bench-"))
        try:
            run(folder / "bench.db", given.messages, with_search=not given.no_search)
        finally:
            shutil.rmtree(folder)
    if given.database != "sqlite":
        print("== Postgres", flush=True)
        server = Postgres()
        server.start()
        try:
            run(server.create("bench"), given.messages, with_search=not given.no_search)
        finally:
            server.remove()


if __name__ == "__main__":
    main()
