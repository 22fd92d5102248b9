"""What an agent does in a conversation: once, and only in their own."""

from __future__ import annotations

import json

import pytest

from chat.errors import Conflict, Reused
from chat.store.tables import new_id
from tests.actions.conftest import Desk


def test_an_answer_sent_again_is_answered_as_before_though_the_conversation_was_given_back(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    answer = {"conversation_id": conversation_id, "client_id": new_id(), "body": "在的"}
    said = desk.do(desk.mei, "say", **answer)
    desk.do(desk.mei, "release", conversation_id=conversation_id)

    assert desk.do(desk.mei, "say", **answer) == said
    with pytest.raises(Reused):
        desk.do(desk.mei, "say", **{**answer, "body": "不在"})
    with pytest.raises(Conflict, match="Pick this conversation first"):
        desk.do(desk.mei, "say", conversation_id=conversation_id, body="还有一句")
    assert [message["body"] for message in desk.log(desk.li_na, conversation_id) if message["body"]] == ["在吗", "在的"]


def test_an_answer_to_a_conversation_that_has_ended_is_told_so_and_not_to_pick_it(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.li_na, "leave", conversation_id=conversation_id)
    with pytest.raises(Conflict, match="has ended") as refused:
        desk.do(desk.mei, "say", conversation_id=conversation_id, body="在的")
    assert refused.value.code == "closed"


def test_long_messages_come_in_pages_that_a_slow_reader_gets_down(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, *("好" * 8_000 for _ in range(20)))
    after, seen, pages = 0, [], 0
    while True:
        page = desk.do(desk.li_na, "sync", conversation_id=conversation_id, after_seq=after)
        assert len(json.dumps(page)) < 300_000
        seen += [message["seq"] for message in page["messages"]]
        pages += 1
        if not page["more"]:
            break
        after = seen[-1]
    assert seen == list(range(1, 21))
    assert pages > 1

    tail = desk.do(desk.mei, "sync", conversation_id=conversation_id)
    assert tail["messages"][-1]["seq"] == 20
    assert tail["more"]
    before = desk.do(
        desk.mei, "history", conversation_id=conversation_id, before_seq=tail["messages"][0]["seq"], limit=50
    )
    assert before["messages"][-1]["seq"] == tail["messages"][0]["seq"] - 1
