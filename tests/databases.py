"""Databases for the tests: SQLite files and Postgres databases, each a copy of one that was made once."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import psycopg
import pytest
from argon2 import PasswordHasher

from chat.app import real_now
from chat.seed import PASSWORD, seed_demo
from chat.store import Clock, Store, Tx
from chat.store.migrations import migrate
from tests.faq import keep_trained
from tests.servers import Postgres, wait_until

KINDS = ("sqlite", "postgres")
Content = Literal["nothing", "tables", "demo"]
T = TypeVar("T")
PATIENCE = 2  # seconds


def fill(where: Path | str, content: Content) -> None:
    if content == "nothing":
        return
    migrate(where)
    if content == "demo":
        apart(lambda: _seed(where))


def apart(story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs it where no loop of a test is running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(story())).result()


async def _seed(where: Path | str) -> None:
    store = Store(where, Clock(real_now))
    await store.write(seed_demo)
    await store.write(_put_off_promises)
    await store.write(_hash_lightly)
    await store.write(keep_trained)  # a server that starts on it need not train its bot first
    store.close()


def _put_off_promises(tx: Tx, now: datetime) -> None:
    """Last night's messages are due by 13:00: whatever hour a test runs at, none of them is overdue in its days."""
    month = int(timedelta(days=30) / timedelta(milliseconds=1))
    tx.change("UPDATE conversation SET reply_by = reply_by + :month WHERE status = 'offline'", month=month)
    tx.change("UPDATE promise SET due_at = due_at + :month WHERE ended_at IS NULL", month=month)


def _hash_lightly(tx: Tx, now: datetime) -> None:
    """Whether a password is right takes a millisecond to tell, where it takes a fifth of a second by design."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    tx.change("UPDATE agent SET password_hash = :hashed", hashed=hashed)


class Originals:
    """What is copied: made when it is first wanted, once a session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._postgres: Postgres | None = None
        self._made: set[tuple[str, Content]] = set()
        self._furnished: dict[tuple[str, Any], tuple[Path | str, Any]] = {}
        self._kept: dict[Any, Kept] = {}

    def file(self, content: Content) -> Path:
        path = self._folder / f"{content}.db"
        if not path.exists():
            fill(path, content)
        return path

    def template(self, content: Content) -> str:
        if content == "nothing":
            return "template0"
        if ("postgres", content) not in self._made:
            fill(self.postgres.create(content), content)
            self._made.add(("postgres", content))
        return content

    def furnished(self, kind: str, furnish: Callable[[Path | str], T]) -> tuple[Path | str, T]:
        """A database with tables that `furnish` has filled, and what that gave."""
        if (kind, furnish) not in self._furnished:
            where = Databases(kind, self._folder, self).new()
            self._furnished[kind, furnish] = where, furnish(where)
        return self._furnished[kind, furnish]

    @contextmanager
    def lent(self, furnish: Callable[[Path | str], Any]) -> Iterator[Kept]:
        kept = self._kept.pop(furnish, None) or Kept(Databases("postgres", self._folder, self).furnished(furnish)[0])
        yield kept
        if kept.put_back():
            self._kept[furnish] = kept
        else:
            kept.close()
            self.postgres.drop(kept.where.rpartition("/")[2])

    @property
    def postgres(self) -> Postgres:
        if self._postgres is None:
            try:
                self._postgres = Postgres()
            except LookupError as error:
                missing(f"Postgres ({error})")
            self._postgres.start()
        return self._postgres

    def remove(self) -> None:
        for kept in self._kept.values():
            kept.close()
        if self._postgres is not None:
            self._postgres.remove()


class Kept:
    """A Postgres database that is put back as it was after each test, and a store whose connections stay open on it.

    Most of what a small test takes is otherwise the copying of a database, and connections that know nothing of it yet.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.store = Store(where, Clock(real_now))
        self._connection = psycopg.connect(where, autocommit=True)
        self._connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
        self._learn()
        self._shape = self._connection.execute(SHAPE).fetchone()

    def put_back(self) -> bool:
        """False: more than rows has changed, or somebody still holds some."""
        try:
            wait_until(self._is_idle, PATIENCE, every=0.001)
            self._connection.execute("SELECT pg_temp.put_back()")
            return self._connection.execute(SHAPE).fetchone() == self._shape
        except (TimeoutError, psycopg.Error):
            return False

    def _is_idle(self) -> bool:
        """Nothing that a test no longer waits for is still to be written: each writer is back, to be called again."""
        line = self.store._writes
        return not len(line) and len(line._idle) == self.store._database.writers

    def close(self) -> None:
        self.store.close()
        self._connection.close()

    def _learn(self) -> None:
        """What there is goes where only this connection sees it."""
        steps = []
        for table, columns in self._rows(COLUMNS):
            self._connection.execute(f"CREATE TEMP TABLE {table} AS TABLE public.{table}")
            steps.append(f"DELETE FROM public.{table};")
            steps.append(
                f"INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM pg_temp.{table};"
            )
        for sequence, last in self._rows("SELECT sequencename, last_value FROM pg_sequences"):
            steps.append(f"PERFORM setval('{sequence}', {last or 1}, {last is not None});")
        self._connection.execute(
            "CREATE FUNCTION pg_temp.put_back() RETURNS void LANGUAGE plpgsql"
            f" SET session_replication_role = replica AS $$ BEGIN {' '.join(steps)} END $$"
        )

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()


COLUMNS = """
SELECT quote_ident(relname), string_agg(quote_ident(attname), ', ')
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY relname
"""
SHAPE = """
SELECT (SELECT sum(relnatts + relchecks) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_attribute WHERE attisdropped), (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace)
"""


class Databases:
    """Those of one test, all of one kind, gone after it."""

    def __init__(self, kind: str, folder: Path, originals: Originals) -> None:
        self.kind = kind
        self._folder, self._originals = folder, originals
        self._of_folder: dict[Path, Path | str] = {}
        self._made: list[str] = []

    def new(self, content: Content = "tables") -> Path | str:
        if self.kind == "sqlite":
            return self._file(self._folder / f"{new_name()}.db", content)
        return self._copy(self._originals.template(content))

    def furnished(self, furnish: Callable[[Path | str], T]) -> tuple[Path | str, T]:
        """A copy of a database that `furnish` filled once for all tests, and what that gave."""
        original, furniture = self._originals.furnished(self.kind, furnish)
        if isinstance(original, Path):
            return Path(shutil.copy(original, self._folder / f"{new_name()}.db")), furniture
        return self._copy(original.rpartition("/")[2]), furniture

    @contextmanager
    def opened(self, furnish: Callable[[Path | str], T]) -> Iterator[tuple[Path | str, Store, T]]:
        """The same with a store on it, for tests that do not close it. On Postgres both stay, and are put back."""
        if self.kind == "postgres":
            _, furniture = self._originals.furnished(self.kind, furnish)
            with self._originals.lent(furnish) as kept:
                yield kept.where, kept.store, furniture
        else:
            where, furniture = self.furnished(furnish)
            with closing(Store(where, Clock(real_now))) as store:
                yield where, store, furniture

    def of(self, folder: Path, content: Content = "demo") -> Path | str:
        """The database of a server with this data folder: the same again when it starts again."""
        if folder not in self._of_folder:
            file = folder / "nightdesk.db"
            self._of_folder[folder] = (
                self._copy(self._originals.template(content))
                if self.kind == "postgres"
                else file
                if file.exists()
                else self._file(file, content)
            )
        return self._of_folder[folder]

    def remove(self) -> None:
        for name in self._made:
            self._originals.postgres.drop(name)

    def _file(self, path: Path, content: Content) -> Path:
        if content != "nothing":
            shutil.copy(self._originals.file(content), path)
        return path

    def _copy(self, template: str) -> str:
        self._made.append(new_name())
        return self._originals.postgres.create(self._made[-1], template)


def new_name() -> str:
    return f"test-{uuid.uuid4().hex}"


def missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must not skip what needs it")
    pytest.skip(f"{what} is missing")


def keep_wanted(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what `--database` does not want, and what a test marked `databases(...)` is not about."""
    wanted = config.getoption("--database")
    left_out = {item for item in items if (kind := _kind(item)) and not _is_wanted(item, kind, wanted)}
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _kind(item: pytest.Item) -> str | None:
    """What it runs on; None: it has nothing to do with one kind or the other."""
    call, mark = getattr(item, "callspec", None), item.get_closest_marker("databases")
    on: str | None = call.params.get("databases") if call else None
    return on or (mark.args[0] if mark and len(mark.args) == 1 else None)


def _is_wanted(item: pytest.Item, kind: str, wanted: str) -> bool:
    mark = item.get_closest_marker("databases")
    return wanted in (kind, "both") and (mark is None or kind in mark.args)
