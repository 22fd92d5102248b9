"""Changing the schema: once, whoever starts together, and under a server of the version before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from chat.domain.calendar import is_open
from chat.domain.calendar_document import parse
from chat.store.migrations import migrate, versions
from chat.store.store import database_at
from chat.store.upgrade import configure, upgrade
from tests import copies
from tests.conftest import Arrive, Serve, Someone, new_client_id
from tests.databases import Databases
from tests.store.test_store import asked, differences

ROOT = Path(__file__).parents[2]
TOGETHER = 3
OLD_CALENDAR = {
    "zone": "Asia/Shanghai",
    "weekly": {"mon": [["09:00", "21:00"]], "tue": [["09:00", "21:00"]], "wed": [["09:00", "21:00"]]},
    "specials": [{"date": "2026-03-03", "intervals": [], "reason": None}],
}


class Migrating:
    """A process that brings this database to the newest schema."""

    def __init__(self, where: Path | str, folder: Path) -> None:
        environment = {**os.environ, "NIGHTDESK_DATA_DIR": str(folder)}
        if isinstance(where, str):
            environment["DATABASE_URL"] = where
        self._log = folder / f"{uuid.uuid4()}.log"
        with self._log.open("wb") as log:
            self._process = copies.start("chat", ["migrate"], environment, log.fileno())

    def end(self) -> tuple[int, str]:
        """Its exit code, and what it said."""
        return self._process.wait(60), self._log.read_text()


def test_three_processes_that_start_together_make_the_schema_once(databases: Databases, tmp_path: Path) -> None:
    where = databases.of(tmp_path, "nothing")
    started = [Migrating(where, tmp_path) for _ in range(TOGETHER)]
    assert [process.end() for process in started] == [(0, "The database is up to date.\n")] * TOGETHER
    assert asked(where, "SELECT count(*) FROM alembic_version") == "1"
    assert asked(where, "SELECT count(*) FROM meta WHERE key = 'store_id'") == "1"


def test_three_processes_that_meet_a_newer_schema_each_say_so_in_one_line(databases: Databases, tmp_path: Path) -> None:
    where = databases.of(tmp_path, "tables")
    asked(where, "UPDATE alembic_version SET version_num = '9999' RETURNING version_num")
    started = [Migrating(where, tmp_path) for _ in range(TOGETHER)]
    for process in started:
        code, told = process.end()
        assert code == 1
        assert told.startswith("nightdesk: The database has schema 9999")
        assert len(told.splitlines()) == 1


START = """
import sys
from chat.app import build_app
from chat.settings import load_settings
build_app(load_settings())
assert "sqlalchemy" in sys.modules
heavy = ("alembic", "frontmatter", "yaml", "redis", "valkey", "sqlalchemy.dialects.postgresql")
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.databases("sqlite")
def test_a_server_alone_carries_nothing_of_what_migrates_seeds_or_speaks_to_others_whether_its_database_is_new_or_not(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    address = {"DATABASE_URL": where} if isinstance(where, str) else {}
    demo = {"NIGHTDESK_DEMO": "true", "NIGHTDESK_BOT": "false"}
    environment = {**os.environ, "NIGHTDESK_DATA_DIR": str(tmp_path), **demo, **address}
    for _ in ("first", "second"):
        begun = subprocess.run(
            [sys.executable, "-c", START], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert begun.stdout.splitlines()[-1] == "[]", begun.stderr  # before it, what is done once
        assert asked(where, "SELECT version_num FROM alembic_version") == versions()[-1]
        assert asked(where, "SELECT count(*) FROM site") == "2"


def test_the_names_of_the_steps_tell_their_order(databases: Databases) -> None:
    with database_at(databases.new("nothing")).migrating() as connection:
        steps = ScriptDirectory.from_config(configure(connection)).walk_revisions()
        assert [step.revision for step in steps] == versions()[::-1]


def test_a_database_of_the_first_version_is_brought_up_to_date_with_all_it_holds(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0001")
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('store_id', 'the old one')"))
        connection.execute(
            text(
                "INSERT INTO site (id, key, name, origins, locales, calendar, bot_in_front, issuer, identity_secret,"
                " ticket_prefix, refund_limit, reopen_hours, safety_notice) VALUES ('old', 'old', '{}', '[]', '[]',"
                " :calendar, :no, 'old', 'secret', 'OL', 1, 72, :no)"
            ),
            {"calendar": json.dumps(OLD_CALENDAR), "no": False},
        )
    migrate(where)
    assert asked(where, "SELECT value FROM meta WHERE key = 'store_id'") == "the old one"
    calendar = parse(json.loads(asked(where, "SELECT calendar FROM site")))
    assert [is_open(calendar, datetime(2026, 3, day, 4, tzinfo=UTC)) for day in (2, 3, 4)] == [True, False, True]
    assert asked(where, "SELECT calendar_revision FROM site") == "0"
    with database_at(where).migrating() as connection:
        assert differences(connection) == []


# What each step makes of what it finds. `migrate` has it done by a process of its own, which is shown above.

SOMEBODY = (
    "INSERT INTO site (id, key, name, origins, locales, calendar, bot_in_front, issuer, identity_secret, ticket_prefix,"
    " refund_limit, reopen_hours, safety_notice)"
    " VALUES ('shop', 'shop', '{}', '[]', '[]', '{}', FALSE, 'shop', 'secret', 'QY', 1, 72, FALSE)",
    "INSERT INTO agent (id, email, name, role, password_hash, status, active, created_at)"
    " VALUES ('mei', 'mei@demo.example', 'Mei', 'agent', '', 'online', TRUE, 1)",
    "INSERT INTO customer (id, kind, locale, created_at) VALUES ('li_na', 'anonymous', 'zh-CN', 1)",
    "INSERT INTO customer (id, kind, locale, created_at) VALUES ('emma', 'anonymous', 'en', 1)",
    "INSERT INTO conversation (id, site_id, customer_id, agent_id, status, topic, locale, epoch, version, last_seq,"
    " last_note, customer_read_seq, agent_read_seq, warned, mailed_seq, bot_misses, preview, last_at, created_at)"
    " VALUES ('talk', 'shop', 'li_na', 'mei', 'active', 'refund', 'zh-CN', 1, 4, 3, 0, 0, 0, TRUE, 0, 0, '', 30, 1)",
    "INSERT INTO conversation (id, site_id, customer_id, status, topic, locale, epoch, version, last_seq, last_note,"
    " customer_read_seq, agent_read_seq, warned, mailed_seq, bot_misses, preview, last_at, left_at, created_at)"
    " VALUES ('left', 'shop', 'emma', 'offline', 'other', 'en', 1, 2, 1, 0, 0, 0, FALSE, 0, 0, '', 20, 20, 1)",
    *(
        "INSERT INTO message (conversation_id, seq, id, author_kind, author_name, kind, body, created_at)"
        f" VALUES ('{room}', {seq}, '{room}{seq}', '{author}', '', 'text', '', {at})"
        for room, seq, author, at in (
            ("talk", 1, "customer", 10),
            ("talk", 2, "agent", 20),
            ("talk", 3, "system", 30),
            ("left", 1, "customer", 20),
        )
    ),
)


def test_conversations_of_the_version_before_learn_who_spoke_last_and_who_has_them(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0002")
        for statement in SOMEBODY:
            connection.execute(text(statement))
    upgrade(where)
    learned = "SELECT last_author || ' ' || last_said_at || ' ' || priority || ' ' || passed_over FROM conversation"
    assert asked(where, f"{learned} WHERE id = 'talk'") == "agent 20 3 []"
    assert asked(where, f"{learned} WHERE id = 'left'") == "customer 20 3 []"
    had = "SELECT coalesce(last_agent_id, '-') || ' ' || coalesce(assigned_at, 0) FROM conversation"
    assert asked(where, f"{had} WHERE id = 'talk'") == "mei 30"
    assert asked(where, f"{had} WHERE id = 'left'") == "- 0"


A_REFUND = (
    *SOMEBODY[:3],
    "INSERT INTO purchase (id, site_id, customer_id, number, state, currency, total, channel, items, placed_at)"
    " VALUES ('bag', 'shop', 'li_na', 'QY1', 'paid', 'CNY', 9900, 'alipay', '[]', 1)",
    *(
        "INSERT INTO ticket (id, number, site_id, customer_id, kind, status, subject, checklist, last_event,"
        " created_at, updated_at)"
        f" VALUES ('{ticket}', 'QY-{ticket}', 'shop', 'li_na', 'refund', '{status}', '', '{{}}', 2, 1, 40)"
        for ticket, status in (("case", "solved"), ("owed", "closed"), ("given_up", "closed"), ("unpaid", "solved"))
    ),
    *(
        "INSERT INTO refund (id, ticket_id, order_id, amount, currency, lines, reason, state, requested_by_kind,"
        " requested_by_id, requested_by, decided_by_id, decided_by, created_at, updated_at)"
        f" VALUES ('{refund}', '{ticket}', 'bag', 100, 'CNY', '[1]', '', '{state}', 'agent', 'x', 'X', 'mei', 'Mei', 1,"
        " 30)"
        for refund, ticket, state in (
            ("paid", "case", "paid"),
            ("half", "owed", "second_approval"),
            ("again", "given_up", "failed"),
            ("instead", "given_up", "paid"),
            ("failed", "unpaid", "failed"),
        )
    ),
)


def test_refunds_of_the_version_before_learn_when_they_were_decided_and_need_no_order_any_more(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0003")
        for statement in A_REFUND:
            connection.execute(text(statement))
    upgrade(where)
    learned = "SELECT decided_at || ' ' || coalesce(paid_at, 0) || ' ' || coalesce(first_by, '-') FROM refund"
    assert asked(where, f"{learned} WHERE id = 'paid'") == "30 30 -"
    assert asked(where, f"{learned} WHERE id = 'half'") == "30 0 Mei"
    stands = "SELECT status || ' ' || coalesce(solved_at, 0) || ' ' || opened_by || ' ' || priority FROM ticket"
    assert asked(where, f"{stands} WHERE id = 'case'") == "solved 40 agent 3"
    assert asked(where, f"{stands} WHERE id = 'given_up'") == "closed 40 agent 3"
    for owed in ("owed", "unpaid"):  # it was over although money was not
        assert asked(where, f"{stands} WHERE id = '{owed}'") == "open 0 agent 3"
        events = f"SELECT number || ' ' || code FROM ticketevent WHERE ticket_id = '{owed}'"
        assert asked(where, events) == "3 status_open"
        assert asked(where, f"SELECT last_event FROM ticket WHERE id = '{owed}'") == "3"
    with database_at(where).migrating() as connection:
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text("UPDATE refund SET amount = 0 WHERE id = 'paid'"))
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text("UPDATE refund SET order_id = NULL WHERE id = 'paid'"))


AN_ARTICLE = (
    "INSERT INTO article (id, slug, locale, category, question, phrasings, answer, version, published, updated_at)"
    " VALUES ('fees', 'fees', 'en', 'policy', 'What are the fees?', '[\"fees\"]', 'None.', 4, TRUE, 30)",
    "INSERT INTO article (id, slug, locale, category, question, phrasings, answer, version, published, updated_at)"
    " VALUES ('gone', 'gone', 'en', 'policy', 'Old?', '[]', 'Old.', 2, FALSE, 20)",
)


def test_articles_of_the_version_before_have_one_version_each_and_a_date(databases: Databases, tmp_path: Path) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0004")
        for statement in AN_ARTICLE:
            connection.execute(text(statement))
    upgrade(where)
    versions = "SELECT number || ' ' || state || ' ' || phrasings || ' ' || effective_at FROM articleversion"
    assert asked(where, f"{versions} WHERE article_id = 'fees'") == '4 in_force ["fees"] 30'
    assert asked(where, f"{versions} WHERE article_id = 'gone'") == "2 superseded [] 20"
    assert asked(where, "SELECT effective_at || ' ' || kind || ' ' || revision FROM article WHERE id = 'fees'") == (
        "30 article 0"
    )


def test_sites_and_customers_of_the_version_before_keep_their_one_secret_and_have_no_attributes(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0005")
        for statement in SOMEBODY[:3]:
            connection.execute(text(statement))
    upgrade(where)
    assert asked(where, "SELECT identity_secret || coalesce(identity_keys, ' alone') FROM site") == "secret alone"
    assert asked(where, "SELECT attributes FROM customer") == "{}"


def test_sites_of_the_version_before_have_the_bot_answer_every_topic_at_night(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0006")
        connection.execute(text(SOMEBODY[0]))
    upgrade(where)
    assert asked(where, "SELECT message_topics FROM site") == "[]"


SAID_BEFORE = tuple(
    statement.replace("'talk1'", "'019aa000-0000-7000-8000-000000000001'").replace("'text', ''", "'text', '我想退款'")
    for statement in SOMEBODY
    if "'talk2'" not in statement and "'talk3'" not in statement and "'left1'" not in statement
)


def test_what_the_version_before_has_written_is_to_be_indexed(databases: Databases, tmp_path: Path) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0005")
        for statement in SAID_BEFORE:
            connection.execute(text(statement))
    upgrade(where)
    marks = "SELECT value FROM searchmark WHERE name = '{}'"
    old = asked(where, "SELECT id FROM message")
    assert [asked(where, marks.format(name)) for name in ("walk", "old", "head", "middle")] == ["", old, old, "1"]
    assert asked(where, "SELECT kind || ' ' || subject FROM searchtodo ORDER BY number") == "customer emma"


def test_the_index_of_the_version_before_is_kept_on_sqlite_and_begun_anew_on_postgres(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0005")
        for statement in SAID_BEFORE:
            connection.execute(text(statement))
        command.upgrade(configure(connection), "0006")
        # What was indexed by then: a customer, and an old message with a hole before it.
        entry = "INSERT INTO searchentry (number, kind, subject, words) VALUES (:number, :kind, :subject, :words)"
        message = uuid.UUID(connection.scalar(text("SELECT id FROM message")))
        connection.execute(text("UPDATE searchmark SET value = '200' WHERE name = 'middle'"))
        for number, kind, subject, words in ((203, "m", message.bytes, None), (204, "c", b"emma", "emma")):
            connection.execute(text(entry), {"number": number, "kind": kind, "subject": subject, "words": words})
        # Said when a clock was far ahead.
        connection.execute(
            text(
                "INSERT INTO message (conversation_id, seq, id, author_kind, author_name, kind, body, created_at)"
                " SELECT conversation_id, seq + 1, 'ffffffff-0000-7000-8000-000000000000', author_kind, author_name,"
                " kind, body, created_at FROM message"
            )
        )
        connection.execute(text("DELETE FROM searchtodo"))
    upgrade(where)
    # What the version before counts its puts by: while it still runs, it puts nothing in by its own numbers.
    assert asked(where, "SELECT count(*) FROM searchmark WHERE name = 'turn'") == "0"
    left = [
        asked(where, f"SELECT {what}")
        for what in (
            "count(*) FROM searchentry",
            "count(*) FROM searchblock",
            "count(*) FROM searchtodo",
            "value FROM searchmark WHERE name = 'bottom'",
            "value FROM searchmark WHERE name = 'top'",
        )
    ]
    if isinstance(where, str):
        assert left == ["0", "0", "2", "0", "2"]  # what changes is noted, the message is behind `walk`
        for name in ("head", "old"):
            assert asked(where, f"SELECT value FROM searchmark WHERE name = '{name}'") == str(message)
        return
    assert left == ["1", "1", "0", "0", "204"]
    assert asked(where, "SELECT hex(subjects) FROM searchblock") == (bytes(48) + message.bytes).hex().upper()
    assert asked(where, "SELECT block FROM searchblock WHERE high >= low") == "2"


def test_the_line_of_the_version_before_is_counted_from_an_index_that_has_the_team(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0008")
        assert any("conversation_waiting" in str(one) for one in differences(connection))
    upgrade(where)
    with database_at(where).migrating() as connection:
        assert differences(connection) == []


def test_agents_of_the_version_before_can_keep_replies(databases: Databases, tmp_path: Path) -> None:
    where = databases.of(tmp_path, "nothing")
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0009")
        for statement in SOMEBODY[:2]:
            connection.execute(text(statement))
    upgrade(where)
    kept = (
        "INSERT INTO cannedreply (id, agent_id, sites, shortcut, title, texts, revision, created_at, updated_at)"
        " VALUES ('hi', '{}', '[]', 'hi', 'Hello', '{{}}', 1, 1, 1) RETURNING shortcut"
    )
    assert asked(where, kept.format("mei")) == "hi"
    with database_at(where).migrating() as connection:
        assert differences(connection) == []
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text(kept.format("nobody").replace("'hi',", "'ho',", 1)))


def test_what_was_said_to_the_version_before_is_known_again_and_what_watches_the_log_goes_on(
    databases: Databases, tmp_path: Path
) -> None:
    where = databases.of(tmp_path, "nothing")
    said = (
        "INSERT INTO message (conversation_id, seq, id, client_id, author_kind, author_name, kind, body, created_at)"
        " VALUES ('{room}', {seq}, '{room}{seq}', '{once}', 'customer', '', 'text', '我想退款', 10)"
    )
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0010")
        for statement in SOMEBODY:
            connection.execute(text(statement))
        connection.execute(text(said.format(room="talk", seq=4, once="mine")))
    upgrade(where)
    log = "SELECT string_agg(id || coalesce(client_id, ''), ' ') FROM (SELECT * FROM message ORDER BY id) AS log"
    assert asked(where, log) == "left1 talk1 talk2 talk3 talk4mine"
    with database_at(where).migrating() as connection:
        connection.execute(text(said.format(room="left", seq=2, once="mine")))
        for again in (said.format(room="talk", seq=5, once="mine"), said.format(room="talk", seq=4, once="other")):
            with pytest.raises(IntegrityError), connection.begin_nested():
                connection.execute(text(again))
        connection.execute(text("DELETE FROM searchtodo"))
        connection.execute(text("DELETE FROM message WHERE id = 'talk4'"))
        assert connection.scalar(text("SELECT kind || ' ' || subject FROM searchtodo")) == "message talk4"


def test_a_refund_of_the_version_before_says_nothing_of_how_many_go_back(databases: Databases, tmp_path: Path) -> None:
    where = databases.of(tmp_path, "nothing")
    *before, meanwhile = A_REFUND
    with database_at(where).migrating() as connection:
        command.upgrade(configure(connection), "0011")
        for statement in before:
            connection.execute(text(statement))
    upgrade(where)
    with database_at(where).migrating() as connection:
        connection.execute(text(meanwhile))  # by a process of that version, which goes on
        assert differences(connection) == []
    assert asked(where, "SELECT count(*) FROM refund WHERE counts = '{}'") == "5"


# -- two versions at once -----------------------------------------------------------------------------------------


def add_columns(where: Path | str) -> int:
    """What a later version may do while this one still serves. Gives how many tables have more now."""
    with database_at(where).migrating() as connection:
        for table in SQLModel.metadata.tables:
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN later_note TEXT"))
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN later_count INTEGER NOT NULL DEFAULT 7"))
    return len(SQLModel.metadata.tables)


async def test_a_running_server_goes_on_when_a_later_version_has_given_every_table_columns(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, lin = await customer(server), await agent(server), await agent(server, "lin")
    for _ in range(8):  # so often that every connection has prepared what it says often
        await a_case(li_na, mei, lin)
    assert add_columns(server.settings.database) > 20
    for _ in range(8):
        await a_case(li_na, mei, lin)
    newcomer = await customer(server)
    await newcomer.do("start", topic="other")
    assert asked(server.settings.database, "SELECT count(*) FROM conversation WHERE later_count = 7") != "0"


async def a_case(li_na: Someone, mei: Someone, lin: Someone) -> None:
    """A conversation from its beginning to its end, with all that may come of it."""
    conversation_id = (await li_na.do("start", topic="refund", client_id=new_client_id()))["conversation"]["id"]
    here: dict[str, Any] = {"conversation_id": conversation_id}
    said = [await li_na.say(conversation_id, f"{number}") for number in range(6)]
    await mei.do("pick", **here)
    for number in range(6):
        said += [await mei.say(conversation_id, f"{number}"), await li_na.say(conversation_id, f"{number}")]
    await mei.do("note", **here, client_id=new_client_id(), body="老客户")
    await li_na.do("read", **here, seq=said[-1]["seq"])
    await mei.do("read", **here, seq=said[-1]["seq"])
    await mei.do("sync")
    await mei.do("sync", **here, after_seq=0)
    await mei.do("history", **here, before_seq=said[-1]["seq"], limit=50)
    opened = await mei.do("open_ticket", **here, client_id=new_client_id(), kind="refund")
    await mei.do("update_ticket", ticket_id=opened["ticket"]["id"], status="pending")
    await mei.do("tickets")
    await li_na.do("my_cases")
    await li_na.do("case_link", ticket_id=opened["ticket"]["id"])
    await mei.do("transfer", **here, agent_id=lin.session["agent"]["id"])
    await lin.do("release", **here)
    await mei.do("pick", **here)
    await mei.do("close", **here, outcome="solved")
    await li_na.do("rate", **here, score=5, comment="谢谢")
    log = (await li_na.do("sync", **here, after_seq=0))["messages"]
    assert [line["seq"] for line in log] == list(range(1, len(log) + 1))
    assert len([line for line in log if "client_id" in line]) == 18
