"""Card and identity numbers that people type are stored nowhere."""

from __future__ import annotations

import uuid

import pytest
from sqlmodel import SQLModel

from chat import wire
from chat.actions import flow_offers, support
from chat.actions.access import Caller, Who
from chat.errors import Reused
from chat.faq import Guide
from tests.actions.conftest import Desk
from tests.actions.talks import NIGHT, begin, start

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


OWN, OTHERS = "4000000000000028", "4000000000000036"  # numbers of orders with a right check digit, by chance


def test_ones_own_order_number_is_shown_whole_where_a_card_and_anothers_number_are_not(desk: Desk) -> None:
    for order, number in (("shoes", OWN), ("lamp", OTHERS)):
        desk.change("UPDATE purchase SET number = :number WHERE id = :id", number=number, id=desk.ids[order])
    here, client_id = desk.conversation(desk.li_na), str(uuid.uuid4())
    typed = f"订单 {OWN[:4]} {OWN[4:]}，不是 {OTHERS} 也不是 {CARD}"
    said = desk.do(desk.li_na, "say", conversation_id=here, client_id=client_id, body=typed)
    assert desk.do(desk.li_na, "say", conversation_id=here, client_id=client_id, body=typed) == said  # once
    kept = f"订单 {OWN}，不是 ••••0036 也不是 ••••1111"
    desk.do(desk.li_na, "leave_message", conversation_id=here, body=typed)
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.do(desk.mei, "say", conversation_id=here, body=typed)
    assert [line["body"] for line in desk.log(desk.li_na, here) if line["kind"] == "text"] == [kept] * 3
    desk.do(desk.li_na, "open_case", kind="other", reason=typed, fields={})
    [row] = desk.rows("SELECT reason FROM ticketevent WHERE code = 'applied'")
    assert row["reason"] == kept
    # Of two that look alike nobody knows which was meant; and who was not signed has no number of their own.
    desk.change("UPDATE payment SET number = '5007000000000028' WHERE order_id = :id", id=desk.ids["shoes"])
    assert desk.do(desk.li_na, "say", conversation_id=here, body=OWN)["seq"]
    assert desk.log(desk.li_na, here)[-1]["body"] == "••••0028"
    desk.change("UPDATE payment SET number = 'P1' WHERE order_id = :id", id=desk.ids["shoes"])
    desk.change("UPDATE customer SET kind = 'claimed' WHERE id = :id", id=desk.li_na.id)
    desk.do(desk.li_na, "say", conversation_id=here, body=OWN)
    assert desk.log(desk.li_na, here)[-1]["body"] == "••••0028"


def test_what_was_said_before_a_number_was_ones_own_may_be_sent_again_afterwards(desk: Desk) -> None:
    desk.change("UPDATE purchase SET number = :number WHERE id = :id", number=OWN, id=desk.ids["shoes"])
    desk.change("UPDATE customer SET kind = 'claimed' WHERE id = :id", id=desk.li_na.id)
    again = {"conversation_id": desk.conversation(desk.li_na), "client_id": str(uuid.uuid4())}
    said = desk.do(desk.li_na, "say", **again, body=f"订单 {OWN}")
    desk.change("UPDATE customer SET kind = 'verified' WHERE id = :id", id=desk.li_na.id)
    assert desk.do(desk.li_na, "say", **again, body=f"订单 {OWN}") == said
    with pytest.raises(Reused):
        desk.do(desk.li_na, "say", **again, body=f"不是订单 {OWN}")


def test_a_flow_finds_an_order_whose_number_looks_like_a_card(desk: Desk) -> None:
    desk.write(flow_offers.set_catalogue, Guide().catalogue())
    desk.change("UPDATE purchase SET number = :number WHERE id = :id", number=OWN, id=desk.ids["camera"])
    desk.wait(**NIGHT)
    asked = begin(desk, desk.li_na)
    assert asked.say(f"我的订单是{OWN}")["data"]["step"] == "cause"


def test_the_subject_that_an_agent_gives_a_ticket_is_masked(desk: Desk) -> None:
    opened = desk.do(
        desk.mei, "open_ticket", conversation_id=desk.conversation(desk.li_na, "你好"), kind="other", subject=CARD
    )["ticket"]
    assert opened["subject"] == "••••1111"
    changed = desk.do(desk.mei, "update_ticket", ticket_id=opened["id"], subject=f"身份证 {IDENTITY}")["ticket"]
    assert changed["subject"] == "身份证 ••••002X"
    assert CARD not in (everything := stored(desk))
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
