"""What is asked in the same moment and written in one transaction comes to what it would have come to one by one."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chat.actions.access import Who
from chat.actions.perform import asked, perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import Conflict, NotFound, Reused, Unauthenticated, Unavailable
from chat.hub import Event
from chat.store import Store, Tx
from tests.actions.conftest import AGENTS, CUSTOMERS, Desk
from tests.conftest import PATIENCE

pytestmark = pytest.mark.databases("sqlite")  # which alone has batches
Call = tuple[Who, str, dict[str, Any]]


def together(desk: Desk, *calls: Call) -> list[Any]:
    """Everything in one batch: it waits while the one writer is kept. Gives values, and errors as values."""

    async def story(store: Store) -> list[Any]:
        is_kept, may_end = threading.Event(), threading.Event()

        def keep(tx: Tx, now: object) -> None:
            is_kept.set()
            may_end.wait(PATIENCE)

        kept = asyncio.create_task(store.write(keep))
        await asyncio.to_thread(is_kept.wait, PATIENCE)
        writes = []
        for who, name, values in calls:
            command = at_door(who.kind.value)[name]
            given = read_input(command.input, values)
            writes.append(asyncio.create_task(store.write(perform, command, who, given, (), asked=asked(who, given))))
        while store.in_line()["writes"] < len(calls):  # noqa: ASYNC110
            await asyncio.sleep(0)
        may_end.set()
        await kept
        return await asyncio.gather(*writes, return_exceptions=True)

    return desk.run(story)


def says(who: Who, conversation_id: str, body: str, client_id: str | None = None) -> Call:
    return who, "say", {"conversation_id": conversation_id, "client_id": client_id or str(uuid.uuid4()), "body": body}


def picked(desk: Desk, customer: Who, agent: Who) -> str:
    conversation_id = desk.conversation(customer)
    desk.do(agent, "pick", conversation_id=conversation_id)
    desk.heard.clear()
    return conversation_id


def said(desk: Desk, customer: Who, conversation_id: str) -> list[str]:
    return [line["body"] for line in desk.log(customer, conversation_id) if line["kind"] == "text"]


def of_conversation(desk: Desk, conversation_id: str) -> dict[str, Any]:
    return desk.rows("SELECT * FROM conversation WHERE id = :id", id=conversation_id)[0]


def test_messages_of_many_are_numbered_in_order_and_told_in_order(desk: Desk) -> None:
    mine, other = picked(desk, desk.li_na, desk.mei), picked(desk, desk.wang_wei, desk.david)
    before = of_conversation(desk, mine)["last_seq"]
    calls = [
        *(says(who, mine, f"{who.kind} {number}") for number in range(40) for who in (desk.li_na, desk.mei)),
        *(says(desk.wang_wei, other, f"{number}") for number in range(40)),
    ]
    answers = together(desk, *calls)
    assert [answer["seq"] for answer in answers[:80]] == list(range(before + 1, before + 81))
    assert said(desk, desk.li_na, mine) == [values["body"] for _, _, values in calls[:80]]
    told = [told["seq"] for told in desk.hears(desk.room_of(desk.li_na), "message")]
    assert told == list(range(before + 1, before + 81))
    now = of_conversation(desk, mine)
    assert (now["last_seq"], now["customer_read_seq"], now["agent_read_seq"]) == (before + 80, before + 79, before + 80)
    assert (now["preview"], now["last_author"]) == ("agent 39", "agent")


def test_the_same_message_twice_is_there_once_and_another_under_its_id_is_refused(desk: Desk) -> None:
    mine, once = picked(desk, desk.li_na, desk.mei), str(uuid.uuid4())
    first, again, another, theirs, last = together(
        desk,
        says(desk.li_na, mine, "一", once),
        says(desk.li_na, mine, "一", once),
        says(desk.li_na, mine, "二", once),
        says(desk.mei, mine, "一", once),
        says(desk.li_na, mine, "三"),
    )
    assert first == again
    assert isinstance(another, Reused)
    assert isinstance(theirs, Reused)
    assert last["seq"] == first["seq"] + 1
    assert said(desk, desk.li_na, mine) == ["一", "三"]


def test_who_may_not_speak_is_refused_and_nobody_else_is(desk: Desk) -> None:
    mine = picked(desk, desk.li_na, desk.mei)
    missing = {"attachment_id": str(uuid.uuid4())}
    by_another, of_another, with_nothing, gone, _ = together(
        desk,
        says(desk.david, mine, "我来"),
        says(desk.wang_wei, mine, "是我的"),
        (desk.li_na, "say", {**says(desk.li_na, mine, "看图")[2], **missing}),
        says(Who(desk.li_na.kind, desk.li_na.id, str(uuid.uuid4()), desk.li_na.site_id), mine, "还在吗"),
        says(desk.li_na, mine, "好的"),
    )
    assert isinstance(by_another, Conflict)
    assert isinstance(of_another, NotFound)
    assert isinstance(with_nothing, NotFound)
    assert isinstance(gone, Unauthenticated)
    assert said(desk, desk.li_na, mine) == ["好的"]
    assert [told["body"] for told in desk.hears(desk.room_of(desk.li_na), "message")] == ["好的"]


def test_what_changes_a_conversation_sees_what_was_said_and_what_is_said_then_sees_the_change(desk: Desk) -> None:
    mine = picked(desk, desk.li_na, desk.mei)
    spoken, _, _ = together(
        desk,
        says(desk.li_na, mine, "谢谢"),
        (desk.mei, "close", {"conversation_id": mine, "outcome": "solved"}),
        (desk.mei, "sign_out", {}),
    )
    lines = desk.log(desk.li_na, mine)
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["seq"] > spoken["seq"]
    assert of_conversation(desk, mine)["status"] == "closed"
    too_late, opened = together(desk, says(desk.mei, mine, "再见"), says(desk.li_na, mine, "等一下"))
    assert isinstance(too_late, Unauthenticated)
    assert opened["seq"] > lines[-1]["seq"]
    assert of_conversation(desk, mine)["status"] != "closed"


def test_what_cannot_be_written_with_the_others_is_refused_alone_and_they_are_told_once(desk: Desk) -> None:
    mine, other = picked(desk, desk.li_na, desk.mei), picked(desk, desk.wang_wei, desk.david)
    desk.change(
        "CREATE TRIGGER full AFTER INSERT ON message WHEN NEW.body = '满' BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    first, refused, second, _ = together(
        desk,
        says(desk.li_na, mine, "一"),
        says(desk.li_na, mine, "满"),
        says(desk.wang_wei, other, "二"),
        (desk.david, "close", {"conversation_id": other, "outcome": "solved"}),
    )
    assert isinstance(refused, Exception)
    assert not isinstance(refused, Unavailable)
    assert (said(desk, desk.li_na, mine), said(desk, desk.wang_wei, other)) == (["一"], ["二"])
    assert of_conversation(desk, mine)["last_seq"] == first["seq"]
    assert of_conversation(desk, other)["status"] == "closed"
    for customer, message in ((desk.li_na, first), (desk.wang_wei, second)):
        told = [told for told in desk.hears(desk.room_of(customer), "message") if told["kind"] == "text"]
        assert [told["seq"] for told in told] == [message["seq"]]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_together_comes_to_what_it_would_one_by_one(desk: Desk, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    desk.change(
        "CREATE TRIGGER full AFTER INSERT ON message WHEN NEW.body = '满' BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    talks = [picked(desk, desk.li_na, desk.mei), picked(desk, desk.wang_wei, desk.david)]
    talks += [picked(desk, desk.arrive("Zhao"), desk.mei)]
    apart = Desk(copy_of(desk, tmp_path), {name: kept for name, kept in vars(desk).items() if name in PEOPLE})
    came: Counter[str] = Counter()
    try:
        for _ in range(6):
            calls = [any_call(desk, chance, talks) for _ in range(15)]
            calls.sort(key=lambda call: call[1] != "say")  # as a batch is carried out
            answers = together(desk, *calls)
            alone = [answer for call in calls for answer in together(apart, call)]
            assert [in_short(answer) for answer in answers] == [in_short(answer) for answer in alone]
            came.update(type(answer).__name__ for answer in answers)
        assert stands(desk) == stands(apart)
        assert [told(event) for event in desk.heard] == [told(event) for event in apart.heard]
    finally:
        apart.close()
    assert came["dict"] > 20
    assert len(came) > 2


PEOPLE = {"ids", *AGENTS, *CUSTOMERS}


def any_call(desk: Desk, chance: random.Random, talks: list[str]) -> Call:
    """Mostly words, of those who may and of those who may not, some of them twice; and what changes who may."""
    talk = chance.choice(talks)
    if chance.random() < 0.92:
        who = chance.choice([desk.li_na, desk.li_na, desk.wang_wei, desk.mei, desk.mei, desk.david])
        said = chance.choice(["好"] * 40 + ["谢谢"] * 9 + ["满"])
        return says(who, talk, said, str(uuid.UUID(int=chance.randrange(60))))
    agent, teams = chance.choice([desk.mei, desk.david]), chance.choice(["shop team", "shop team", "wallet team"])
    changes: list[Call] = [
        (agent, "close", {"conversation_id": talk, "outcome": "solved"}),
        (agent, "pick", {"conversation_id": talk}),
        (agent, "read", {"conversation_id": talk, "seq": 2}),
        (desk.admin, "set_agent", {"agent_id": agent.id, "team_ids": [desk.ids[teams]]}),
        (desk.wang_wei, "sign_out", {}),
    ]
    return chance.choice(changes)


def copy_of(desk: Desk, folder: Path) -> Path:
    copy = folder / "nightdesk.db"
    with closing(sqlite3.connect(desk.where)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    return copy


def in_short(answer: Any) -> Any:
    return answer["seq"] if isinstance(answer, dict) and "seq" in answer else type(answer)


def stands(desk: Desk) -> Any:
    """All that is there of conversations but what is made up for it."""
    messages = desk.rows("SELECT * FROM message ORDER BY conversation_id, seq")
    seqs = [(message["conversation_id"], message["seq"]) for message in messages]
    for conversation in (conversations := desk.rows("SELECT * FROM conversation ORDER BY id")):
        own = [seq for conversation_id, seq in seqs if conversation_id == conversation["id"]]
        assert own == list(range(1, conversation["last_seq"] + 1))
    return [{name: kept for name, kept in message.items() if name != "id"} for message in messages], conversations


def told(event: Event) -> Any:
    value = event.value
    return event.name, event.rooms, value | {"id": ""} if event.name == "message" else value
