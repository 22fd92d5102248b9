"""A transaction in the hands of an action, and the two ways it speaks SQL."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel
from sqlalchemy import Connection
from sqlmodel import Session

from chat.store import tables
from chat.store.events import INSIDE, Event, Room, value_json
from chat.store.keys import Keys


@dataclass(frozen=True)
class Clock:
    """`now` is real. `desk_offset` moves what calendars see, and nothing else.

    `keys` are handed to every action beside the time: both are what no database can say.
    """

    now: Callable[[], datetime]
    desk_offset: timedelta = timedelta(0)
    keys: Keys = field(default_factory=Keys)


class Asked(NamedTuple):
    """Somebody wants to say something: what the database will be asked about it, known before the action begins."""

    is_agent: bool
    session_id: str
    person_id: str
    site_id: str  # of a customer
    conversation_id: str
    client_id: str


class Entry(NamedTuple):
    """What is added to a log."""

    row: dict[str, Any]  # of `message`, in the order of its columns
    preview: str | None  # what a list shows of it; None: what it showed before


class Row(Protocol):
    """What a query found, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...


class Cursor(Protocol):
    """What both drivers give back for a statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> list[Any]: ...
    def fetchone(self) -> Any: ...


class Together(Protocol):
    """Writes entries of several actions at once, before anybody could miss one: see `store.batch`."""

    def next_seq(self, conversation_id: str) -> int | None:
        """The number of a conversation's next entry, if it is known without asking: then it may be put off."""

    def put_off(self, entry: Entry) -> None: ...


class Tx(ABC):
    """A transaction in the hands of an action.

    `session` is for what people edit; `rows` and its kin run SQL on the driver's connection, for what is hot. Values
    are named in it as `:name`, and rows are read by the names of their columns, on every database.
    `publish` and `job` only collect: events leave after the commit, jobs are rows of this transaction.

    Where several transactions run at once, an action may be run again from its beginning, on the newest rows, when
    another one was faster. So it must have no effect but what it stores and collects here.
    """

    session_mode: Any  # how an ORM session takes part in the transaction
    database: str  # sqlite or postgres
    chains = False  # may a statement that changes rows stand in the WITH of another?
    asked: Asked | None = None
    together: Together | None = None  # with other actions
    ahead: Row | None = None  # the answer to it, as `queries.speaking` reads it ahead

    def __init__(self, connection: Connection, clock: Clock, now: datetime) -> None:
        self.now = now
        self.desk_offset = clock.desk_offset  # of the calendar's clock
        self.keys = clock.keys
        self.events: list[Event] = []
        self._connection = connection
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(self._connection, join_transaction_mode=self.session_mode, expire_on_commit=False)
        return self._session

    def rows(self, sql: str, **values: Any) -> list[Row]:
        found: list[Row] = self._run(sql, values).fetchall()
        return found

    def row(self, sql: str, **values: Any) -> Row | None:
        found: Row | None = self._run(sql, values).fetchone()
        return found

    def value(self, sql: str, **values: Any) -> Any:
        """The first column of the first row."""
        found = self._run(sql, values).fetchone()
        return None if found is None else found[next(iter(found.keys()))]

    def change(self, sql: str, **values: Any) -> int:
        """Runs a statement and says how many rows it changed."""
        return self._run(sql, values).rowcount

    @abstractmethod
    def locking(self, skip: bool = False) -> str:
        """The end of a SELECT whose rows nobody else may change until this transaction ends.

        It waits for whoever changes them now and gives the rows they leave; with `skip` it leaves those out. Only this
        SELECT's own table is newest then, so it stands alone, in brackets, and what is joined to it outside of them.
        Empty in a transaction that only reads, and where there is one writer anyway.
        """

    @abstractmethod
    def lock(self, table: str, row_id: str) -> None:
        """The same for one row. What is read from now on is as new as it is."""

    def publish(self, name: str, rooms: Iterable[Room], value: BaseModel | dict[str, Any]) -> None:
        self.events.append(Event(name, tuple(rooms), value_json(value)))

    def job(self, kind: str, payload: dict[str, Any], run_at: datetime | None = None, key: str | None = None) -> bool:
        """A promise to be kept by `work`. With a `key` it is made once, however often; False: it was."""
        made = self._run(
            "INSERT INTO job (id, kind, key, payload, run_at, attempts, created_at)"
            " VALUES (:id, :kind, :key, :payload, :run_at, 0, :now) ON CONFLICT DO NOTHING",
            {
                "id": tables.new_id(),
                "kind": kind,
                "key": key,
                "payload": json.dumps(payload, ensure_ascii=False),
                "run_at": tables.to_millis(run_at or self.now),
                "now": tables.to_millis(self.now),
            },
        ).rowcount
        self.publish("job", [Room(INSIDE, "jobs")], {"kind": kind})
        return made == 1

    def finish(self) -> None:
        """The store's, before it commits: what the session still holds is written."""
        if self._session is not None:
            self._session.commit()
            self._session.close()

    def abandon(self) -> None:
        """The store's, when the action failed."""
        if self._session is not None:
            self._session.close()

    def _run(self, sql: str, values: dict[str, Any]) -> Cursor:
        if self._session is not None:
            self._session.flush()
        return self._execute(sql, values)

    @abstractmethod
    def _execute(self, sql: str, values: dict[str, Any]) -> Cursor: ...
