"""What only Postgres has: statements translated, actions run again, answers that do not come."""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from chat.errors import SettingsError, Unavailable
from chat.store import Clock, Store, Tx
from chat.store.migrations import migrate
from chat.store.place import in_postgres
from chat.store.postgres import ANSWER_SECONDS, CONNECT_SECONDS, WRITERS, translated
from chat.store.tables import Article
from tests.databases import Databases
from tests.faults.proxy import Proxy, running
from tests.servers import Postgres
from tests.store.test_store import keep, kept

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

pytestmark = pytest.mark.databases("postgres")


@pytest.fixture
def url(databases: Databases) -> str:
    return str(databases.new())


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = Store(url, Clock(lambda: NOON))
    yield store
    store.close()


def test_names_are_translated_and_what_stands_in_quotes_is_left() -> None:
    cases = {
        "SELECT :one, :two_2": "SELECT %(one)s, %(two_2)s",
        "SELECT 'gone:' || :id": "SELECT 'gone:' || %(id)s",
        "SELECT 'it''s :not' || :id": "SELECT 'it''s :not' || %(id)s",
        "SELECT a LIKE 'k%' AND b % 2 = :rest": "SELECT a LIKE 'k%%' AND b %% 2 = %(rest)s",
        "SELECT :id::text, 12::bigint": "SELECT %(id)s::text, 12::bigint",
    }
    assert {sql: translated(sql).decode() for sql in cases} == cases


async def test_an_action_that_was_overtaken_is_run_again_and_sees_what_the_other_stored(store: Store) -> None:
    looks: list[str | None] = []

    def once(tx: Tx, now: datetime) -> str:
        found: str | None = tx.value("SELECT value FROM meta WHERE key = 'k'")
        looks.append(found)
        if found is None:
            tx.change("INSERT INTO meta (key, value) VALUES ('k', :value)", value=f"{len(looks)}")
        return found or tx.value("SELECT value FROM meta WHERE key = 'k'")

    answers = await asyncio.gather(*(store.write(once) for _ in range(16)))
    assert len(set(answers)) == 1
    assert await store.read(kept) == ["k"]


async def test_an_action_that_can_never_be_stored_is_given_up_after_some_tries(store: Store) -> None:
    tries: list[int] = []

    def twice_the_same(tx: Tx, now: datetime) -> None:
        tries.append(1)
        for _ in range(2):
            tx.change("INSERT INTO meta (key, value) VALUES ('k', '')")

    with pytest.raises(errors.UniqueViolation):
        await store.write(twice_the_same)
    assert 1 < len(tries) < 10
    assert await store.read(kept) == []
    assert await store.write(keep, "k1") == "k1"


async def test_an_action_that_swallows_a_failed_statement_is_not_acknowledged(store: Store) -> None:
    def swallow(tx: Tx, now: datetime) -> None:
        keep(tx, "k1", now)
        with pytest.raises(errors.UndefinedTable):
            tx.rows("SELECT 1 FROM nowhere")

    with pytest.raises(errors.Error):  # COMMIT would have rolled back, and said nothing
        await store.write(swallow)
    assert await store.read(kept) == []


async def test_a_statement_that_never_ends_is_ended_and_others_go_on(store: Store) -> None:
    slow = asyncio.create_task(store.write(lambda tx, now: tx.value("SELECT pg_sleep(60)")))
    assert await store.write(keep, "k1") == "k1"
    with pytest.raises(Unavailable, match="busy"):
        await slow


async def test_a_desk_with_little_to_do_keeps_few_connections_open(store: Store) -> None:
    for number in range(4 * WRITERS):
        await store.write(keep, f"k{number}")
    everybody = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert await store.write(lambda tx, now: tx.value(everybody)) < WRITERS


async def test_connections_that_postgres_ended_are_made_anew_without_a_refusal(store: Store) -> None:
    await asyncio.gather(*(store.write(keep, f"k{number}") for number in range(16)))
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    end = f"SELECT pg_terminate_backend(pid) {others}"
    await store.write(lambda tx, now: len(tx.rows(end)))
    answers = await asyncio.gather(*(store.write(keep, f"kk{number}") for number in range(16)))
    assert len(answers) == 16
    assert len(await store.read(kept)) == 32


# -- answers that do not come -------------------------------------------------------------------------------------


@pytest.fixture
def line(url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy in front of the database, and the address through it."""
    port = re.search(r":(\d+)/", url)
    assert port is not None
    proxy = Proxy(int(port[1]))
    with running(proxy):
        yield proxy, url.replace(port[1], str(proxy.port))


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_line_lost_during_a_commit_is_told_as_not_known(
    line: tuple[Proxy, str], store: Store, arrives: bool
) -> None:
    proxy, address = line
    behind = Store(address, Clock(lambda: NOON))

    def keep_and_lose_the_line(tx: Tx, key: str, now: datetime) -> None:
        keep(tx, key, now)
        way = proxy.down if arrives else proxy.up
        way.black_hole = True  # from now on: COMMIT does not arrive, or its answer does not

    told: list[object] = []
    behind.deliver = told.extend
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="may be stored or not"):
        await behind.write(keep_and_lose_the_line, "k1")
    assert time.monotonic() - begun < ANSWER_SECONDS + CONNECT_SECONDS + 5
    assert await store.read(kept) == (["k1"] if arrives else [])
    assert told == []
    assert behind.trouble() is not None
    proxy.heal()
    assert await behind.write(keep, "k2") == "k2"
    assert behind.trouble() is None
    await asyncio.to_thread(behind.close)


@pytest.mark.parametrize("way", ["by hand", "by the session"])
async def test_an_error_does_not_quote_what_people_wrote(store: Store, way: str) -> None:
    written = "card 4111-{}".format("1111")  # so that it stands in no line of this file

    def fail(tx: Tx, now: datetime) -> None:
        if way == "by hand":
            tx.change("INSERT INTO article (id, question) VALUES ('a', :written)", written=written)
        else:
            tx.session.add(Article(slug="s", locale="en", category=None, question=written, updated_at=now))

    with pytest.raises((errors.NotNullViolation, IntegrityError)) as failed:
        await store.write(fail)
    told = "".join(traceback.format_exception(failed.value))
    assert "null value in column" in told
    assert written not in told


async def test_an_address_keeps_its_own_options_and_the_store_its_limits(url: str) -> None:
    def set_up(tx: Tx, now: datetime) -> tuple[str, ...]:
        names = ("search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        return tuple(tx.value(f"SELECT current_setting('{name}')") for name in names)

    store = Store(f"{url}?options=-csearch_path%3Delsewhere", Clock(lambda: NOON))
    for setting in (await store.write(set_up), await store.read(set_up)):
        assert setting == ("elsewhere", "5s", "3s", "10s")
    store.close()


@pytest.fixture
def guest(url: str) -> Iterator[str]:
    """The same database for somebody who may read and write its tables, and change nothing else."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE ROLE guest LOGIN PASSWORD 'hunter2'")
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest")
        yield url.replace("//nightdesk@", "//guest:hunter2@")
        owner.execute("DROP OWNED BY guest")
        owner.execute("DROP ROLE guest")


async def test_who_may_not_change_the_schema_serves_one_that_is_up_to_date(guest: str) -> None:
    migrate(guest)
    with in_postgres(guest, alone=True):
        store = Store(guest, Clock(lambda: NOON))
        assert await store.write(keep, "k1") == "k1"
        assert await store.read(kept) == ["k1"]
        store.close()


def test_who_may_not_change_the_schema_is_told_so_when_it_is_old(url: str, guest: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("DROP INDEX job_over")
        owner.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(SettingsError, match=r"cannot be opened: must be owner of table job\.$") as told:
        migrate(guest)
    assert "hunter2" not in str(told.value)


async def test_a_frozen_postgres_holds_nobody_for_ever_and_is_used_again_when_it_thaws() -> None:
    postgres = Postgres()
    postgres.start()
    url = postgres.create("desk")
    migrate(url)
    store = Store(url, Clock(lambda: NOON))
    await asyncio.gather(*(store.write(keep, f"k{number:03}") for number in range(16)))
    postgres.freeze()
    begun = time.monotonic()
    answers = await asyncio.gather(
        *(store.write(keep, f"l{number:03}") for number in range(100)),
        *(store.read(kept) for _ in range(20)),
        return_exceptions=True,
    )
    assert time.monotonic() - begun < 45
    assert all(isinstance(answer, Unavailable) and answer.retry_after for answer in answers)
    assert store.trouble() is not None
    postgres.thaw()
    assert await store.write(keep, "k999") == "k999"
    assert store.trouble() is None
    assert len(await store.read(kept)) == 17  # what was refused is not there either
    await asyncio.to_thread(store.close)
    postgres.remove()


def test_a_postgres_that_is_not_there_is_told_in_one_sentence_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as told:
        migrate("postgresql://nightdesk:hunter2@127.0.0.1:9/desk")
    assert "desk at 127.0.0.1:9" in str(told.value)
    assert "hunter2" not in str(told.value)
    assert "\n" not in str(told.value)


async def test_an_outage_is_logged_once_for_each_cause_and_so_is_its_end() -> None:
    postgres = Postgres()
    postgres.start()
    url = postgres.create("desk")
    migrate(url)
    store = Store(url, Clock(lambda: NOON))
    await store.write(keep, "k1")
    postgres.stop()
    with capture_logs() as logged:
        for number in range(20):
            with pytest.raises(Unavailable):
                await store.write(keep, f"l{number}")
        postgres.start()
        await store.write(keep, "k2")
        await store.write(keep, "k3")
    complaints = [line["cause"] for line in logged if line["event"] == "the database failed"]
    assert complaints
    assert len(complaints) == len(set(complaints))
    assert [line["event"] for line in logged].count("the database takes writes again") == 1
    postgres.stop()
    with capture_logs() as logged, pytest.raises(Unavailable):  # the next outage is not taken for the last one
        await store.write(keep, "l20")
    assert "the database failed" in [line["event"] for line in logged]
    await asyncio.to_thread(store.close)
    postgres.remove()
