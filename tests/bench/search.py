"""How big the search index is, how quickly it is made, and how long searching takes, on both databases.

    python -m tests.bench.search [--messages 1000000] [--database sqlite|postgres|both]

Messages are written straight into the tables, in the words of the articles that come with the house, and are then
indexed by what indexes them in a server, one part after the other. Each query is asked as an agent asks it, rights and
excerpts included, on a reader of the store.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from chat import wire
from chat.actions import indexing
from chat.actions.access import Caller, Who
from chat.actions.search import search
from chat.store import Clock, Tx
from chat.store.line import Waiting
from chat.store.migrations import migrate
from chat.store.store import database_at
from chat.store.tables import Agent, Customer, Site, Team, TeamAgent, TeamSite, to_millis
from tests.bench.spent import Spent, watch
from tests.servers import Postgres

T = TypeVar("T")
Row = tuple[Any, ...]

ARTICLES = Path(__file__).parents[2] / "chat" / "demo" / "articles"
PER_CONVERSATION = 10
START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
ROUNDS, WARMING = 15, 2  # the first ones fill caches
QUERIES = {
    "common word": ["订单", "退款", "可以", "支付"],
    "usual word": ["发票", "密码", "短信", "地址"],
    "rare word": ["紫砂", "DD-2025-0004711", "kestrel", "li.na4711@demo.example"],
    "two words": ["退款 发票", "密码 短信", "订单 refund", "支付 紫砂"],
    "one character": ["退", "的", "码"],
    "beginning of a word": ["refu", "acc", "2025"],
    "nothing": ["龘龘", "zzzzqq", "退款 龘龘"],
}
NOT_OF_MESSAGES = ("text", "entries", "searchentry", "searchtext")
COLUMNS = {
    "conversation": "id, site_id, customer_id, status, topic, locale, epoch, version, last_seq, last_note,"
    " customer_read_seq, agent_read_seq, bot_misses, preview, last_at, created_at, closed_at, mailed_seq, warned,"
    " passed_over, priority, urgent",
    "message": "conversation_id, seq, id, client_id, author_kind, author_id, author_name, kind, body, data, created_at",
}


class House(NamedTuple):
    site_id: str
    agent: Who
    customers: list[str]


class Bench:
    """A database with a house in it: that one, or, where there is none yet, a new one."""

    def __init__(self, where: Path | str, house: House | None = None) -> None:
        self.where = where
        migrate(where)
        database = database_at(where)
        self._clock = Clock(lambda: END)
        self._writer, self._reader = database.writer(), database.reader()
        self.house = house or self.write(_furnish)

    def close(self) -> None:
        self._writer.close()
        self._reader.close()

    def write(self, action: Callable[..., T], *args: Any) -> T:
        return self._carry_out(self._writer, action, args)

    def read(self, action: Callable[..., T], *args: Any) -> T:
        return self._carry_out(self._reader, action, args)

    def _carry_out(self, hands: Any, action: Callable[..., T], args: tuple[Any, ...]) -> T:
        nobody: Any = None
        waiting = Waiting(lambda tx: action(tx, *args, tx.now), nobody, nobody)
        hands.carry_out([waiting], self._clock)
        if waiting.error:
            raise waiting.error
        result: T = waiting.result
        return result


def _furnish(tx: Tx, now: datetime) -> House:
    site = Site(
        key="shop",
        name={"en": "Shop"},
        locales=["zh-CN"],
        issuer="bench",
        identity_secret="a secret of the bench, long enough to sign with",
        ticket_prefix="BN",
    )
    team = Team(name="care")
    agent = Agent(email="mei@demo.example", name="Mei", role="agent", password_hash="", created_at=now)
    people = [Customer(locale="zh-CN", name=f"Customer {number}", created_at=now) for number in range(200)]
    tx.session.add_all([site, team, agent, *people])
    tx.session.flush()
    tx.session.add_all([TeamSite(team_id=team.id, site_id=site.id), TeamAgent(team_id=team.id, agent_id=agent.id)])
    return House(site.id, Who(Caller.AGENT, agent.id), [person.id for person in people])


# -- what is searched ---------------------------------------------------------------------------------------------


def phrases() -> list[str]:
    texts = [file.read_text() for file in sorted(ARTICLES.rglob("*")) if file.is_file()]
    found = re.split(r"[\s。，！？、；：,.!?;:|#*\"'()（）「」<>\[\]{}`=_-]+", "\n".join(texts))
    some = [phrase for phrase in dict.fromkeys(found) if 2 <= len(phrase) <= 40]
    random.Random(1).shuffle(some)
    return some


def rows(bench: Bench, many: int) -> Iterator[tuple[str, list[Row]]]:
    """Conversations and their messages, a thousand at a time, as old as their ids say."""
    chance = random.Random(7)
    known = phrases()
    weights = list(accumulate(1 / (rank + 20) for rank in range(len(known))))
    step = (END - START) / many
    for first in range(0, many, 1_000):
        conversations, messages = [], []
        for number in range(first, min(first + 1_000, many)):
            at = START + step * number
            if number % PER_CONVERSATION == 0:
                conversation_id = made_id(at, chance)
                conversations.append(_conversation(bench, conversation_id, at, chance))
            said = chance.choices(known, cum_weights=weights, k=chance.randint(2, 5))
            said += _details(number, chance)
            by = chance.choice(("customer", "customer", "agent"))
            author = bench.house.agent.id if by == "agent" else None
            body = "，".join(said)
            messages.append((conversation_id, number % PER_CONVERSATION + 1, made_id(at, chance), None, by, author, "",
                             "text", body, None, to_millis(at)))  # fmt: skip
        yield "conversation", conversations
        yield "message", messages


def _details(number: int, chance: random.Random) -> list[str]:
    found = []
    if chance.random() < 0.1:
        found.append(f"订单号 DD-2025-{number:07}")
    if chance.random() < 0.05:
        found.append(f"￥{chance.randint(1, 9_999):,}.00")
    if chance.random() < 0.02:
        found.append(f"li.na{number}@demo.example")
    if chance.random() < 0.01:
        found.append("I want a refund for my account")
    if number % 50_000 == 17:
        found.append("紫砂 kestrel")
    return found


def _conversation(bench: Bench, conversation_id: str, at: datetime, chance: random.Random) -> Row:
    times, house = to_millis(at), bench.house
    return (conversation_id, house.site_id, chance.choice(house.customers), "closed", "refund", "zh-CN", 0, 1,
            PER_CONVERSATION, 0, 0, 0, 0, "", times, times, times, 0, False, "[]", 3, False)  # fmt: skip


def made_id(at: datetime, chance: random.Random) -> str:
    """A UUIDv7 of that time."""
    return str(
        UUID(int=to_millis(at) << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62))
    )


def fill(bench: Bench, many: int) -> None:
    """As if all of it had been there before there was a search."""
    insert = {
        table: f"INSERT INTO {table} ({columns}) VALUES ({{}})".format(
            ", ".join(f":{name.strip()}" for name in columns.split(","))
        )
        for table, columns in COLUMNS.items()
    }
    names = {table: [name.strip() for name in columns.split(",")] for table, columns in COLUMNS.items()}

    def add(tx: Tx, table: str, some: list[Row], now: datetime) -> None:
        if tx.database == "postgres":
            driver = tx.session.connection().connection.driver_connection
            assert driver is not None
            with driver.cursor().copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)
        else:
            driver = tx.session.connection().connection.driver_connection
            assert driver is not None
            driver.executemany(insert[table], [dict(zip(names[table], row, strict=True)) for row in some])

    for table, some in rows(bench, many):
        bench.write(add, table, some)
    bench.write(_begin_as_an_upgrade_does)


def _begin_as_an_upgrade_does(tx: Tx, now: datetime) -> None:
    tx.change("DELETE FROM searchtodo")
    tx.change("UPDATE searchmark SET value = (SELECT MAX(id) FROM message) WHERE name IN ('head', 'old')")
    tx.change("UPDATE searchmark SET value = (SELECT COUNT(*) FROM message) WHERE name IN ('middle', 'top')")


def index(bench: Bench) -> tuple[list[float], list[float]]:
    """Seconds of each part, on the reader and on the writer."""
    reading: list[float] = []
    writing: list[float] = []
    while True:
        began = time.perf_counter()
        part = bench.read(indexing.pending)
        read = time.perf_counter()
        if part is None:
            return reading, writing
        assert bench.write(indexing.put, part)
        reading.append(read - began)
        writing.append(time.perf_counter() - read)


# -- figures ------------------------------------------------------------------------------------------------------


def sizes(tx: Tx, now: datetime) -> dict[str, int]:
    """Bytes of the texts, and of each part of what finds them."""
    length = "LENGTH(CAST(body AS BLOB))" if tx.database == "sqlite" else "OCTET_LENGTH(body)"
    found = {"text": int(tx.value(f"SELECT SUM({length}) FROM message"))}
    if tx.database == "sqlite":
        parts = "SELECT CASE WHEN name LIKE 'searchtext%' THEN 'words' WHEN name LIKE 'searchentry%' THEN 'entries'"
        parts += " ELSE 'numbers' END AS part, SUM(pgsize) AS size"
        where = "FROM dbstat WHERE name LIKE 'search%' GROUP BY 1"
        return found | {row["part"]: row["size"] for row in tx.rows(f"{parts} {where}")}
    for table in ("searchtextlist", "searchtext", "searchblock", "searchentry", "searchspan"):
        for what in ("table", "indexes"):
            found[f"{table} {what}"] = tx.value(f"SELECT pg_{what}_size('{table}')")
    return found


def share(bench: Bench, newest: int) -> float:
    """What the index takes, of the texts of so many of the newest messages, which are all that are in it. Without what
    it takes for customers, notes and tickets, and what came last on Postgres: some megabytes, however many.
    """

    def of_text(tx: Tx, now: datetime) -> int:
        length = "LENGTH(CAST(body AS BLOB))" if tx.database == "sqlite" else "OCTET_LENGTH(body)"
        some = "SELECT body FROM message ORDER BY id DESC LIMIT :newest"
        return int(tx.value(f"SELECT SUM({length}) FROM ({some}) AS texts", newest=newest))

    index = sum(size for part, size in bench.read(sizes).items() if part.split(" ")[0] not in NOT_OF_MESSAGES)
    return index / bench.read(of_text)


def differences(bench: Bench, who: Who, text: str) -> set[str]:
    """The ids of messages that are on one page only: of the search, or of looking at every text, the newest first."""
    found = bench.read(search, who, wire.Search(text=text, kinds=["message"]))
    every = bench.read(
        lambda tx, now: tx.rows(
            "SELECT id FROM message WHERE body LIKE :text AND kind <> 'system' ORDER BY created_at DESC, id DESC"
            " LIMIT :limit",
            text=f"%{text}%",
            limit=len(found.found),
        )
    )
    return {one.id for one in found.found} ^ {row["id"] for row in every}


def measure(bench: Bench) -> list[tuple[str, list[Spent], float]]:
    """Group, what each query took, how many were found on the first page."""
    spent = bench.read(watch)
    measured = []
    for group, texts in QUERIES.items():
        taken, found = [], 0
        for round_ in range(WARMING + ROUNDS):
            for text in texts:
                begun = spent()
                page = bench.read(search, bench.house.agent, wire.Search(text=text))
                if round_ >= WARMING:
                    taken.append(spent() - begun)
                    found += len(page.found)
        measured.append((group, taken, found / (ROUNDS * len(texts))))
    return measured


def run(where: Path | str, many: int) -> None:
    with closing(Bench(where)) as bench:
        began = time.perf_counter()
        fill(bench, many)
        print(f"{many} messages written in {time.perf_counter() - began:.0f} s", flush=True)
        began = time.perf_counter()
        reading, writing = index(bench)
        took = time.perf_counter() - began
        print(
            f"indexed in {took:.0f} s: {many / took:.0f} a second; a part takes"
            f" {statistics.median(reading) * 1000:.1f} ms on a reader and {statistics.median(writing) * 1000:.1f} ms"
            f" on the writer, at most {max(writing) * 1000:.0f}",
            flush=True,
        )
        if isinstance(where, str):
            bench.write(lambda tx, now: tx.change("ANALYZE"))
        measured = bench.read(sizes)
        text = measured.pop("text")
        parts = ", ".join(f"{part} {size / 1e6:.0f} MB" for part, size in measured.items())
        print(f"text {text / 1e6:.0f} MB; index {sum(measured.values()) / text:.2f} of it: {parts}", flush=True)
        print(f"{'':22}{'median':>10}{'p95':>10}{'processor':>12}{'found':>8}")
        for group, taken, found in measure(bench):
            usual, p95 = Spent.usually(taken), sorted(taken)[int(len(taken) * 0.95)]
            print(f"{group:22}{usual.clock:8.1f}ms{p95.clock:8.1f}ms{usual.processor:10.1f}ms{found:8.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    given = parser.parse_args()
    if given.database != "postgres":
        print("== SQLite")
        folder = Path(tempfile.mkdtemp(prefix="nightdesk-bench-"))
        try:
            run(folder / "bench.db", given.messages)
        finally:
            shutil.rmtree(folder)
    if given.database != "sqlite":
        print("== Postgres")
        server = Postgres()
        server.start()
        try:
            run(server.create("bench"), given.messages)
        finally:
            server.remove()


if __name__ == "__main__":
    main()
