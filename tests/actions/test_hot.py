"""What is hot costs few statements: on Postgres each is a trip to the server and back. One more is a choice."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from chat import wire
from chat.actions.access import Who
from chat.actions.perform import asked, perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import NotFound
from chat.store import Asked, Clock, Tx
from chat.store.line import Waiting
from chat.store.store import database_at
from tests.actions.conftest import Desk
from tests.actions.test_inbox import newcomer
from tests.databases import Databases

NOBODY: Any = None  # the loop and the future of what is carried out at once
AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
# What is done -> statements on SQLite, on Postgres; without what begins and ends a transaction.
COSTS = {
    # What it takes is looked up with that of others, and number and entry are written with those of others.
    "a customer says": (3, 2),
    "an agent says": (3, 2),
    "a customer reads": (3, 3),
    "an agent reads": (3, 3),
    "a customer syncs": (3, 3),
    "an agent syncs": (4, 4),
    "a customer looks back": (3, 3),
    "an agent looks back": (3, 3),
    # Among them: the agent is held (Postgres), who else could have it is read, and when they got something is kept.
    "an agent picks": (13, 12),
}


@contextmanager
def traced(tx: Tx) -> Iterator[list[str]]:
    """The statements that the driver sends meanwhile, by its own account; afterwards."""
    driver: Any = tx.session.connection().connection.driver_connection
    said: list[str] = []
    if isinstance(driver, sqlite3.Connection):
        driver.set_trace_callback(said.append)
        yield said
        driver.set_trace_callback(None)
        said[:] = [sql for sql in said if not sql.startswith(AROUND)]
    else:
        with tempfile.TemporaryFile("w+") as packets:
            driver.pgconn.trace(packets.fileno())
            yield said
            driver.pgconn.untrace()
            packets.seek(0)
            said += [line for line in packets if "\tF\t" in line and "\tExecute\t" in line]


def statements(desk: Desk, who: Who, name: str, **values: Any) -> list[str]:
    """On one connection of their own: what is sent between two actions counts, too."""
    command = at_door(who.kind.value)[name]
    if "client_id" in command.input.model_fields:
        values.setdefault("client_id", str(uuid.uuid4()))
    given = read_input(command.input, values)
    database = database_at(desk.where)
    hands = database.reader() if command.reads else database.writer()

    def do(run: Callable[[Tx], Any], asked: Asked | None = None) -> Any:
        waiting = Waiting(run, NOBODY, NOBODY, asked)
        hands.carry_out([waiting], Clock(lambda: desk.now))
        assert waiting.error is None, waiting.error
        return waiting.result

    with closing(hands), ExitStack() as tracing:
        said: list[str] = do(lambda tx: tracing.enter_context(traced(tx)))
        do(lambda tx: perform(tx, command, who, given, (), tx.now), asked(who, given))
        tracing.close()
    return said


@pytest.mark.parametrize("what", COSTS)
def test_what_is_hot_takes_few_statements(desk: Desk, databases: Databases, what: str) -> None:
    here = {"conversation_id": desk.conversation(desk.li_na, "在吗", "有人吗")}
    if what != "an agent picks":
        desk.do(desk.mei, "pick", **here)
    who = desk.mei if what.startswith("an agent") else desk.li_na
    name, values = {
        "says": ("say", {"body": "你好"}),
        "reads": ("read", {"seq": 2}),
        "syncs": ("sync", {"after_seq": 1}),
        "back": ("history", {"before_seq": 3, "limit": 50}),
        "picks": ("pick", {}),
    }[what.rpartition(" ")[2]]
    sent = statements(desk, who, name, **here, **values)
    most = COSTS[what][databases.kind == "postgres"]
    assert len(sent) == most, "\n".join(sent)


# What is one's own, waits or was left is each found by its index; whatever of it is shown is put together at once. The
# desk is the whole console, who is there and how long one waits among it. Of what has no values Postgres tells nothing.
LISTS = {"inbox": (5, 5), "live": (3, 3), "sync": (25, 24)}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_as_few_statements_however_many_are_in_it(desk: Desk, databases: Databases, name: str) -> None:
    def fill(customer: Who, other: Who) -> None:
        desk.conversation(customer, "在吗")
        left = desk.conversation(other, "请回复我")
        desk.do(other, "leave_message", conversation_id=left, body="请回复我")

    fill(desk.li_na, desk.wang_wei)
    few = statements(desk, desk.lin, name)
    assert len(few) == LISTS[name][databases.kind == "postgres"], "\n".join(few)
    for number in range(3):
        fill(newcomer(desk, f"a{number}"), newcomer(desk, f"b{number}"))
    assert len(statements(desk, desk.lin, name)) == len(few)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("further", [False, True])
def test_what_goes_on_is_found_by_an_index_however_much_has_ended(desk: Desk, further: bool) -> None:
    for name in ("zhao min", "qian yi"):
        desk.conversation(desk.arrive(name), "在吗")
    behind = {"before": desk.do(desk.lin, "live", limit=1)["next"]} if further else {}
    sent = [sql for sql in statements(desk, desk.lin, "live", **behind) if "c.status IN" in sql]
    assert len(sent) == (1 if further else 2)
    for sql in sent:
        steps = [row["detail"] for row in desk.rows(f"EXPLAIN QUERY PLAN {sql}")]
        assert any("conversation_queue (site_id=? AND status=?)" in step for step in steps), steps
        assert not [step for step in steps if re.match(r"SCAN [cu]\b", step)], steps


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("further", [False, True])
def test_what_was_left_comes_from_an_index_in_its_order(desk: Desk, further: bool) -> None:
    for body in ("我的卡被盗刷了", "请回复我"):
        left = desk.conversation(customer := newcomer(desk, "li lei"), body)
        desk.do(customer, "leave_message", conversation_id=left, body=body)
    behind = {"before": desk.do(desk.lin, "inbox", limit=1)["next"]} if further else {}
    sent = [sql for sql in statements(desk, desk.lin, "inbox", **behind) if "c.status = 'offline'" in sql]
    assert len(sent) == 2
    plans = [[row["detail"] for row in desk.rows(f"EXPLAIN QUERY PLAN {sql}")] for sql in sent]
    searches = [step for step in plans[0] if step.startswith("SEARCH c ")]
    assert [step.partition(" (")[0] for step in searches] == ["SEARCH c USING INDEX conversation_inbox"] * 2, searches
    assert "(site_id=? AND priority=? AND reply_by=?" in searches[1]
    for steps in plans:
        assert not [step for step in steps if re.match(r"SCAN c\b", step)], steps
    assert not [step for step in plans[0] if "TEMP B-TREE FOR LAST" in step or "RIGHT PART" in step], plans[0]


def test_what_is_told_of_a_message_is_what_reading_it_shows(desk: Desk) -> None:
    here = {"conversation_id": desk.conversation(desk.li_na, "在吗")}
    desk.do(desk.mei, "pick", **here)
    desk.do(desk.li_na, "say", **here, client_id=str(uuid.uuid4()), body="我想退款\n“谢谢”")
    desk.do(desk.mei, "say", **here, client_id=str(uuid.uuid4()), body="好的")
    shown = desk.do(desk.li_na, "sync", **here, after_seq=0)["messages"]
    assert {message["author"]["kind"] for message in shown} == {"customer", "agent", "system"}
    assert desk.hears(desk.room_of(desk.li_na), "message") == shown


def test_a_page_of_the_log_is_of_the_shape_that_is_promised_and_shows_what_syncing_does(desk: Desk) -> None:
    here = {"conversation_id": desk.conversation(desk.li_na, "在吗")}
    desk.do(desk.mei, "pick", **here)
    desk.do(desk.mei, "say", **here, client_id=str(uuid.uuid4()), body="好的")
    page = desk.do(desk.li_na, "history", **here, before_seq=100)
    assert wire.HistoryPage.model_validate_json(json.dumps(page)).model_dump(mode="json", exclude_none=True) == page
    assert page == {"messages": desk.do(desk.li_na, "sync", **here, after_seq=0)["messages"], "more": False}
    assert desk.do(desk.mei, "history", **here, before_seq=100) == page
    for stranger in (desk.emma, desk.peter):
        with pytest.raises(NotFound):
            desk.do(stranger, "history", **here, before_seq=100)
