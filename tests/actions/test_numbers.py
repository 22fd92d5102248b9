"""Card and identity numbers that people type are stored nowhere."""

from __future__ import annotations

import uuid

from sqlmodel import SQLModel

from chat import wire
from chat.actions import flow_offers, support
from chat.actions.access import Caller, Who
from chat.faq import Guide
from tests.actions.conftest import Desk
from tests.actions.test_flows import NIGHT, begin, start

CARD, IDENTITY = "4111 1111 1111 1111", "11010519491231002X"
TYPED = f"卡号 {CARD}，身份证 {IDENTITY}，订单 2026030100000001"
KEPT = "卡号 ••••1111，身份证 ••••002X，订单 2026030100000001"


def stored(desk: Desk) -> str:
    """All that is in the database."""
    tables = [table.name for table in SQLModel.metadata.sorted_tables]
    return "\n".join(str(desk.rows(f'SELECT * FROM "{table}"')) for table in tables)


def test_a_message_shows_its_sender_what_is_kept_and_may_be_sent_again(desk: Desk) -> None:
    here, client_id = desk.conversation(desk.li_na), str(uuid.uuid4())
    said = desk.do(desk.li_na, "say", conversation_id=here, client_id=client_id, body=TYPED)
    assert desk.do(desk.li_na, "say", conversation_id=here, client_id=client_id, body=TYPED) == said
    assert [message["body"] for message in desk.log(desk.li_na, here)] == [KEPT]
    assert desk.hears(desk.room_of(desk.li_na), "message")[-1]["body"] == KEPT
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.do(desk.mei, "say", conversation_id=here, body=f"您的卡号是 {CARD} 吗？")
    desk.do(desk.mei, "note", conversation_id=here, body=TYPED)
    everything = stored(desk)
    assert KEPT in everything  # so it was looked at
    assert CARD not in everything
    assert IDENTITY not in everything


def test_what_the_bot_hears_and_what_forms_ask_for_is_kept_without_numbers(desk: Desk) -> None:
    desk.write(flow_offers.set_catalogue, Guide().catalogue())
    desk.wait(**NIGHT)
    asked = start(desk, desk.wang_wei, "other", form={"order_number": CARD, "transaction_number": "2026030100000004"})
    asked.say(TYPED)
    assert [turn["asked"] for turn in asked.turns()] == [KEPT]
    asked.desk.do(desk.wang_wei, "leave_message", conversation_id=asked.id, name=CARD, body=TYPED)

    flow = begin(desk, desk.li_na)
    order = f"order:{desk.ids['shoes']}"
    flow.through(order, "items:all", "option:wrong", TYPED, "option:original", "flow:skip", "flow:send")
    assert flow.turns()[0]["outcome"] == "opened"

    given = {"site": "shop", "locale": "en", "topic": "other", "email": "emma@demo.example"}
    left = wire.SupportMessage(**given, client_id=str(uuid.uuid4()), name="Emma", order_number=CARD, body=TYPED)
    desk.write(support.leave_message, Who(Caller.PUBLIC, address="10.0.0.1"), left)
    everything = stored(desk)
    assert "••••1111" in everything
    assert "2026030100000004" in everything
    assert CARD not in everything
    assert IDENTITY not in everything
