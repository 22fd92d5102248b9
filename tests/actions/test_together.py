"""Those who say something at once are looked up together and written together, and nobody can tell."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import pytest

from chat.actions.access import Who
from chat.actions.perform import asked, perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import NightdeskError
from chat.store import Clock, Tx
from chat.store.line import Waiting
from chat.store.store import database_at
from tests.actions.conftest import Desk, furnish
from tests.databases import Databases

NOBODY: Any = None  # the loop and the future of what is carried out at once


class Word(NamedTuple):
    who: Who
    conversation_id: str
    body: str
    client_id: str = ""
    attachment_id: str | None = None


@pytest.fixture
def another_desk(databases: Databases) -> Iterator[Desk]:
    desk = Desk(*databases.furnished(furnish))
    yield desk
    desk.close()


@contextmanager
def process_of(desk: Desk) -> Iterator[Callable[..., list[Waiting]]]:
    """Carries words out in one batch, on a connection of its own."""
    with closing(database_at(desk.where).writer()) as hands:

        def say(*words: Word, ahead: bool = True) -> list[Waiting]:
            batch = [_waiting(word, ahead) for word in words]
            in_order = list(batch)
            hands.carry_out(batch, Clock(lambda: desk.now))
            return in_order

        yield say


def _waiting(word: Word, ahead: bool) -> Waiting:
    command = at_door(word.who.kind.value)["say"]
    values = {"conversation_id": word.conversation_id, "client_id": word.client_id or str(uuid.uuid4())}
    given = read_input(command.input, values | {"body": word.body, "attachment_id": word.attachment_id})

    def run(tx: Tx) -> Any:
        return perform(tx, command, word.who, given, (), tx.now)

    return Waiting(run, NOBODY, NOBODY, asked(word.who, given) if ahead else None)


def outcome(waiting: Waiting) -> Any:
    if waiting.error is None:
        return waiting.result["seq"]
    assert isinstance(waiting.error, NightdeskError), waiting.error
    return waiting.error.code


def with_mei(desk: Desk, customer: Who) -> str:
    conversation_id = desk.conversation(customer, "在吗")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    return conversation_id


def told(waiting: Waiting) -> list[tuple[str, int]]:
    return [(event.name, len(event.rooms)) for event in waiting.events]


def everything(desk: Desk) -> list[tuple[Any, ...]]:
    """What stands in all logs, and what the conversations say of them."""
    logs = desk.rows(
        "SELECT m.seq, m.author_kind, m.author_name, m.kind, m.body, c.last_seq, c.customer_read_seq, c.agent_read_seq,"
        " c.preview, c.last_author, c.version, c.status FROM message m JOIN conversation c ON c.id = m.conversation_id"
        " ORDER BY m.conversation_id, m.seq"
    )
    return [tuple(row.values()) for row in logs]


def story(desk: Desk) -> list[Word]:
    """Plain words, and beside them everything that is not."""
    gone = desk.another_session(desk.mei)
    desk.do(gone, "sign_out")
    here, there = with_mei(desk, desk.li_na), with_mei(desk, desk.wang_wei)
    waits, closed = desk.arrive("zhao_lei"), desk.arrive("sun_yue")
    in_line, ended = desk.conversation(waits, "有人吗"), with_mei(desk, closed)
    desk.do(desk.mei, "close", conversation_id=ended)
    beside = with_mei(desk, linked := desk.arrive("qian_yi"))
    desk.do(desk.mei, "invite", conversation_id=beside, agent_id=desk.david.id, may="say")
    desk.do(desk.mei, "open_ticket", conversation_id=beside, kind="refund")
    twice, known = str(uuid.uuid4()), str(uuid.uuid4())
    desk.do(desk.li_na, "say", conversation_id=here, client_id=known, body="以前说过")
    return [
        Word(desk.li_na, here, "第一句"),
        Word(desk.mei, here, "您好"),
        Word(desk.li_na, here, "第二句"),
        Word(desk.wang_wei, there, "一样的", twice),
        Word(desk.wang_wei, there, "一样的", twice),
        Word(desk.wang_wei, there, "不一样", twice),
        Word(desk.li_na, here, "以前说过", known),
        Word(desk.mei, there, "好的"),
        Word(desk.wang_wei, here, "不是我的"),
        Word(desk.peter, here, "我的团队不在这里"),
        Word(desk.david, there, "不是我的会话"),
        Word(gone, here, "已经退出"),
        Word(desk.li_na, here, "", attachment_id=str(uuid.uuid4())),
        Word(desk.li_na, here, "第三句"),
        Word(waits, in_line, "还在等"),
        Word(desk.mei, there, "还在吗"),
        Word(closed, ended, "我还有问题"),
        Word(desk.david, beside, "我来帮忙"),
        Word(linked, beside, "谢谢"),
        Word(desk.li_na, here, "第四句"),
        Word(desk.mei, here, "明白了"),
    ]


def test_what_is_said_at_once_comes_to_the_same_as_one_after_the_other(desk: Desk, another_desk: Desk) -> None:
    with process_of(desk) as say, process_of(another_desk) as say_plainly:
        together = say(*story(desk))
        alone = [say_plainly(word, ahead=False)[0] for word in story(another_desk)]
    assert [outcome(one) for one in together] == [outcome(one) for one in alone]
    assert [told(one) for one in together] == [told(one) for one in alone]
    assert everything(desk) == everything(another_desk)
    refused = [code for one in together if isinstance(code := outcome(one), str)]
    assert refused == ["client_id_reused", "not_found", "not_found", "not_yours", "unauthenticated", "not_found"]


def test_who_signed_out_in_one_process_says_nothing_more_in_another(desk: Desk) -> None:
    """Nobody remembers who may speak: it is looked up by every batch."""
    here = with_mei(desk, desk.li_na)
    elsewhere = desk.another_session(desk.mei)
    with process_of(desk) as say, process_of(desk) as say_in_another:
        words = [Word(elsewhere, here, "您好"), Word(desk.mei, here, "我是美")]
        assert [type(outcome(one)) for say in (say, say_in_another) for one in say(*words)] == [int] * 4
        desk.do(elsewhere, "sign_out")
        for process in (say, say_in_another):
            assert [type(outcome(one)) for one in process(*words)] == [str, int]
        desk.do(desk.admin, "set_agent", agent_id=desk.mei.id, team_ids=[desk.ids["wallet team"]])
        assert outcome(say_in_another(words[1])[0]) == "not_found"


@pytest.mark.databases("sqlite")
def test_one_that_cannot_be_stored_takes_nobody_else_along(desk: Desk) -> None:
    here, there = with_mei(desk, desk.li_na), with_mei(desk, desk.wang_wei)
    desk.change(
        "CREATE TRIGGER never BEFORE INSERT ON message WHEN NEW.body = 'never' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with process_of(desk) as say:
        first, spoilt, last = say(
            Word(desk.li_na, here, "在吗"), Word(desk.mei, here, "never"), Word(desk.wang_wei, there, "你好")
        )
    assert isinstance(spoilt.error, sqlite3.IntegrityError)
    assert spoilt.events == []
    assert first.error is last.error is None
    assert [message["body"] for message in desk.log(desk.li_na, here)[-1:]] == ["在吗"]
    assert [message["body"] for message in desk.log(desk.wang_wei, there)[-1:]] == ["你好"]
