"""What an agent does in a conversation: once, and only in their own."""

from __future__ import annotations

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
