"""Signing in and out: who gets which session, and what it opens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from argon2 import extract_parameters

from chat import wire
from chat.actions import access, people, presence
from chat.actions.access import Caller, Who
from chat.errors import NightdeskError, NotFound, Unauthenticated
from chat.store.events import owner_room
from tests.actions.conftest import Desk
from tests.conftest import new_client_id

SECRET = "a secret of the tests, long enough to sign with"
VISITOR = Who(Caller.PUBLIC)


def arrive(desk: Desk, token: str | None = None, identity: str | None = None) -> wire.CustomerSessionOpened:
    """Somebody opens the window of the shop."""
    command = wire.CustomerSession(site="shop", token=token, identity=identity)
    return desk.write(people.open_customer_session, VISITOR, command)


def signed(desk: Desk, person: str, **claims: Any) -> str:
    """What the shop's back end says of its user."""
    ends = int((desk.now + timedelta(minutes=10)).timestamp())
    return jwt.encode({"sub": person, "aud": "shop", "exp": ends, **claims}, SECRET)


def whose(desk: Desk, token: str) -> Who:
    return desk.read(access.identify, Caller.CUSTOMER, token)


# -- customers ----------------------------------------------------------------------------------------------------


def test_who_signs_in_keeps_the_conversation_and_gets_a_new_token(desk: Desk) -> None:
    anonymous = arrive(desk)
    before = whose(desk, anonymous.token)
    conversation_id = desk.conversation(before, "你好")
    opened = arrive(desk, anonymous.token, signed(desk, "u-1", name="李娜"))
    assert (opened.customer.kind, opened.customer.name, opened.customer.id) == ("verified", "李娜", before.id)
    assert opened.conversation is not None
    assert opened.conversation.id == conversation_id
    assert opened.token != anonymous.token
    assert whose(desk, opened.token).id == before.id


def test_a_token_from_before_signing_in_opens_nothing_and_its_sockets_are_sent_away(desk: Desk) -> None:
    anonymous = arrive(desk)
    before = whose(desk, anonymous.token)
    arrive(desk, anonymous.token, signed(desk, "u-1"))
    with pytest.raises(Unauthenticated):
        whose(desk, anonymous.token)
    with pytest.raises(Unauthenticated):
        desk.do(before, "my_orders")
    assert len(desk.hears(f"session:{before.session_id}", "bye")) == 1
    assert arrive(desk, anonymous.token).customer.kind == "anonymous"


def test_a_session_that_is_theirs_already_goes_on(desk: Desk) -> None:
    opened = arrive(desk, identity=signed(desk, "u-1"))
    again = arrive(desk, opened.token, signed(desk, "u-1"))
    assert (again.token, again.customer.id) == (opened.token, opened.customer.id)
    assert not [told for told in desk.heard if told.name == "bye"]


def test_signing_in_on_a_second_device_leaves_the_first_one_alone(desk: Desk) -> None:
    at_home, on_the_way = arrive(desk, identity=signed(desk, "u-1")), arrive(desk, identity=signed(desk, "u-1"))
    assert whose(desk, at_home.token).id == whose(desk, on_the_way.token).id
    assert at_home.token != on_the_way.token


def test_what_somebody_known_began_as_a_guest_joins_them_and_is_closed_to_the_guests_token(desk: Desk) -> None:
    known = arrive(desk, identity=signed(desk, "u-1", name="李娜"))
    guest = arrive(desk)
    begun = desk.conversation(whose(desk, guest.token), "登录不了", "怎么办")
    desk.do(desk.mei, "pick", conversation_id=begun)
    desk.do(desk.mei, "open_ticket", conversation_id=begun, kind="password_help")
    desk.heard.clear()
    opened = arrive(desk, guest.token, signed(desk, "u-1", name="李娜"))
    li_na = whose(desk, opened.token)
    assert (opened.customer.id, opened.conversation and opened.conversation.id) == (known.customer.id, begun)
    assert {"登录不了", "怎么办"} <= {message["body"] for message in desk.log(li_na, begun)}
    assert len(desk.do(li_na, "my_cases")["cases"]) == 1
    (shown,) = desk.hears(owner_room(desk.mei.id, li_na.site_id).name, "conversation")
    assert (shown["customer_name"], shown["customer_kind"]) == ("李娜", "verified")
    with pytest.raises(Unauthenticated):
        whose(desk, guest.token)


def test_somebody_known_who_has_an_open_conversation_keeps_that_one_and_gets_nothing_of_the_guests(desk: Desk) -> None:
    known = arrive(desk, identity=signed(desk, "u-1"))
    theirs = desk.conversation(whose(desk, known.token), "我的订单呢")
    guest = arrive(desk)
    begun = desk.conversation(whose(desk, guest.token), "我是路过的")
    opened = arrive(desk, guest.token, signed(desk, "u-1"))
    assert opened.conversation is not None
    assert opened.conversation.id == theirs
    assert whose(desk, guest.token).id == guest.customer.id
    assert desk.log(whose(desk, guest.token), begun)
    with pytest.raises(NotFound):
        desk.log(whose(desk, opened.token), begun)


def test_what_one_claimed_as_a_guest_is_not_verified_by_signing_in(desk: Desk) -> None:
    guest = arrive(desk)
    conversation_id = desk.conversation(whose(desk, guest.token), "你好")
    left = {"conversation_id": conversation_id, "name": "马云", "email": "jack@mail.example"}
    desk.do(whose(desk, guest.token), "leave_message", **left)
    opened = arrive(desk, guest.token, signed(desk, "u-1", name="李娜"))
    assert (opened.customer.name, opened.customer.email) == ("李娜", None)
    shown = desk.do(desk.mei, "sync", conversation_id=conversation_id)["conversation"]
    assert shown["verified"] == {"name": "李娜", "attributes": {}}
    assert shown["contact_details"]["email"] == "jack@mail.example"


def test_another_person_at_the_same_browser_is_another_customer(desk: Desk) -> None:
    li_na = arrive(desk, identity=signed(desk, "u-1", name="李娜"))
    desk.conversation(whose(desk, li_na.token), "我的订单呢")
    wang = arrive(desk, li_na.token, signed(desk, "u-2", name="王伟"))
    assert wang.customer.id != li_na.customer.id
    assert wang.token != li_na.token
    assert wang.conversation is None


def test_a_name_that_changes_is_seen_at_once_by_both_sides(desk: Desk) -> None:
    opened = arrive(desk, identity=signed(desk, "u-1", name="李娜"))
    li_na = whose(desk, opened.token)
    conversation_id = desk.conversation(li_na, "你好")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    version = desk.do(li_na, "sync", conversation_id=conversation_id, after_seq=0)["conversation"]["version"]
    desk.heard.clear()
    arrive(desk, opened.token, signed(desk, "u-1", name="李娜娜"))
    (told,) = desk.hears(desk.room_of(li_na), "conversation")
    assert told["version"] == version + 1
    (shown,) = desk.hears(owner_room(desk.mei.id, li_na.site_id).name, "conversation")
    assert shown["customer_name"] == "李娜娜"


def test_signing_in_again_without_news_tells_nobody(desk: Desk) -> None:
    opened = arrive(desk, identity=signed(desk, "u-1", name="李娜"))
    desk.conversation(whose(desk, opened.token), "你好")
    desk.heard.clear()
    arrive(desk, opened.token, signed(desk, "u-1", name="李娜"))
    assert desk.heard == []


def test_a_customer_signs_out_of_this_session_and_of_no_other(desk: Desk) -> None:
    at_home, on_the_way = arrive(desk, identity=signed(desk, "u-1")), arrive(desk, identity=signed(desk, "u-1"))
    leaving = whose(desk, at_home.token)
    assert desk.do(leaving, "sign_out") == {}
    assert len(desk.hears(f"session:{leaving.session_id}", "bye")) == 1
    with pytest.raises(Unauthenticated):
        whose(desk, at_home.token)
    assert desk.do(whose(desk, on_the_way.token), "my_cases") == {"cases": []}


# -- agents -------------------------------------------------------------------------------------------------------


def connections(desk: Desk) -> list[str]:
    return [row["connection_id"] for row in desk.rows("SELECT connection_id FROM presence")]


def stale_summaries(desk: Desk) -> list[str]:
    return [told.value["summary"] for told in desk.heard if told.name == "stale"]


def test_colleagues_hear_of_an_agent_who_comes_over_http_once(desk: Desk) -> None:
    desk.write(presence.called, desk.mei)
    assert stale_summaries(desk) == ["presence"]
    desk.wait(seconds=10)
    desk.write(presence.called, desk.mei)
    assert stale_summaries(desk) == ["presence"]
    desk.wait(minutes=1)
    desk.write(presence.called, desk.mei)
    assert stale_summaries(desk) == ["presence", "presence"]


def test_an_agent_who_signs_out_is_gone_and_the_others_hear_of_it(desk: Desk) -> None:
    desk.write(presence.called, desk.mei)
    desk.write(presence.called, desk.david)
    desk.heard.clear()
    desk.do(desk.mei, "sign_out")
    desk.write(presence.called, desk.mei)  # a call that was on its way
    assert connections(desk) == [f"http:{desk.david.session_id}"]
    assert stale_summaries(desk) == ["presence"]
    assert len(desk.hears(f"session:{desk.mei.session_id}", "bye")) == 1
    with pytest.raises(Unauthenticated):
        desk.do(desk.mei, "sync")


def test_the_right_password_gives_the_agent_and_nothing_else_does() -> None:
    kept = people.hash_password("Qingye-2026")
    right = wire.AgentSession(email="mei@demo.example", password="Qingye-2026")
    wrong = wire.AgentSession(email="mei@demo.example", password="qingye-2026")
    assert people.check_password(right, ("mei's id", kept)) == ("mei's id", kept)
    for command, found in ((wrong, ("mei's id", kept)), (right, None)):
        with pytest.raises(Unauthenticated):
            people.check_password(command, found)


def test_an_unknown_address_is_checked_against_a_hash_as_costly_as_a_real_one(desk: Desk) -> None:
    """Else the time of the answer would tell which addresses are those of agents."""
    kept, anybodys = people._NOBODYS, people.hash_password("Qingye-2026")
    assert extract_parameters(kept) == extract_parameters(anybodys)
    unknown = wire.AgentSession(email="nobody@demo.example", password="nobody's password")
    assert desk.read(people.password_of, Who(Caller.PUBLIC), unknown) is None
    with pytest.raises(Unauthenticated):
        people.check_password(unknown, None)  # not even with the password that hash was made of


# -- tokens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Caller.CUSTOMER, Caller.AGENT, Caller.CASE_LINK])
@pytest.mark.parametrize(
    "token", ["", "short", "x" * 43, "x" * 201, "x" * 20 + "\n", "\ud800" * 20, "令" * 20, "a b" * 10, "\x00" * 20]
)
def test_what_is_no_token_of_ours_opens_nothing(desk: Desk, kind: Caller, token: str) -> None:
    with pytest.raises(NightdeskError) as refused:
        desk.read(access.identify, kind, token)
    assert refused.value.code == "unauthenticated"


def test_customers_find_what_was_said_before_and_nobody_elses(desk: Desk) -> None:
    def told(who: Who) -> list[tuple[str, str]]:
        return [(one["id"], one["status"]) for one in desk.do(who, "my_conversations")["conversations"]]

    first = desk.do(desk.li_na, "start", topic="refund")["conversation"]["id"]
    desk.do(desk.li_na, "say", conversation_id=first, client_id=new_client_id(), body="鞋子小了")
    desk.do(desk.li_na, "leave", conversation_id=first)
    desk.now += timedelta(days=3)
    second = desk.do(desk.li_na, "start", topic="other")["conversation"]["id"]
    assert told(desk.li_na) == [(second, "waiting"), (first, "closed")]
    said = desk.do(desk.li_na, "history", conversation_id=first, before_seq=99)["messages"]
    assert "鞋子小了" in [message["body"] for message in said]

    assert told(desk.wang_wei) == told(desk.emma) == []
    with pytest.raises(NotFound):
        desk.do(desk.wang_wei, "history", conversation_id=first, before_seq=99)
