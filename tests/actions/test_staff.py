"""Agents who come and go: what becomes of what they had, and who may sign in with which password."""

from __future__ import annotations

from typing import Any

import pytest

from chat import wire
from chat.actions import people, staff
from chat.actions.access import Caller, Who
from chat.errors import Conflict, Forbidden, Invalid, NightdeskError, NotFound, Unauthenticated
from tests.actions.conftest import Desk

MEI, ADMIN = "mei@demo.example", "admin@demo.example"
VISITOR = Who(Caller.PUBLIC)


def signs_in(desk: Desk, email: str, password: str) -> wire.AgentSessionOpened:
    command = wire.AgentSession(email=email, password=password)
    found = people.check_password(command, desk.read(people.password_of, VISITOR, command))
    return desk.write(people.open_agent_session, VISITOR, command, found)


def is_signed_in(desk: Desk, who: Who) -> bool:
    try:
        desk.do(who, "sync")
    except Unauthenticated:
        return False
    return True


def works(desk: Desk) -> None:
    desk.connect(desk.mei)
    desk.do(desk.mei, "set_presence", status="online")


def seen(desk: Desk, customer: Who, conversation_id: str) -> Any:
    return desk.do(customer, "sync", conversation_id=conversation_id, after_seq=0)["conversation"]


def colleagues(desk: Desk) -> list[str]:
    return [one["name"] for one in desk.do(desk.david, "sync")["desk"]["colleagues"]]


# -- passwords ----------------------------------------------------------------------------------------------------


def test_a_reset_password_is_the_only_one_that_opens_and_ends_what_the_old_one_had_opened(desk: Desk) -> None:
    old = desk.write(staff.reset_password, MEI)
    desk.mei = desk.another_session(desk.mei)
    works(desk)
    new = desk.write(staff.reset_password, MEI.upper())
    assert signs_in(desk, MEI, new).agent.id == desk.mei.id
    with pytest.raises(Unauthenticated):
        signs_in(desk, MEI, old)
    assert not is_signed_in(desk, desk.mei)
    assert len(desk.hears(f"session:{desk.mei.session_id}", "bye")) == 1
    assert desk.rows("SELECT 1 FROM presence") == []
    assert is_signed_in(desk, desk.david)
    assert not desk.hears(f"session:{desk.david.session_id}", "bye")
    kept = str(desk.rows("SELECT * FROM audit"))
    assert "password_reset" in kept
    assert old not in kept
    assert new not in kept


def test_nobody_signs_in_with_a_password_that_was_reset_while_it_was_being_checked(desk: Desk) -> None:
    command = wire.AgentSession(email=MEI, password=desk.write(staff.reset_password, MEI))
    checked = people.check_password(command, desk.read(people.password_of, VISITOR, command))
    desk.write(staff.reset_password, MEI)
    with pytest.raises(Unauthenticated):
        desk.write(people.open_agent_session, VISITOR, command, checked)


def test_a_password_is_reset_only_for_who_is_there(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no agent kim@"):
        desk.write(staff.reset_password, "kim@demo.example")
    desk.write(staff.remove_agent, MEI)
    with pytest.raises(Conflict, match="add-agent"):
        desk.write(staff.reset_password, MEI)


OLD, NEW = "夜班-2026-三月", "密码 十个字符 以上"


def knows_password(desk: Desk) -> None:
    desk.change("UPDATE agent SET password_hash = :kept WHERE id = :id", kept=people.hash_password(OLD), id=desk.mei.id)


def test_an_agent_changes_their_own_password_and_only_this_session_stays(desk: Desk) -> None:
    knows_password(desk)
    phone = desk.another_session(desk.mei)
    here, there = desk.connect(desk.mei), desk.connect(phone)
    desk.do(desk.mei, "change_password", current=OLD, new=NEW)
    assert signs_in(desk, MEI, NEW).agent.id == desk.mei.id
    with pytest.raises(Unauthenticated):
        signs_in(desk, MEI, OLD)
    assert is_signed_in(desk, desk.mei)
    assert not is_signed_in(desk, phone)
    assert [len(desk.hears(f"session:{one.session_id}", "bye")) for one in (desk.mei, phone)] == [0, 1]
    seen = [row["connection_id"] for row in desk.rows("SELECT connection_id FROM presence")]
    assert here in seen
    assert there not in seen
    assert is_signed_in(desk, desk.david)
    kept = str(desk.rows("SELECT * FROM audit") + desk.rows("SELECT * FROM receipt"))
    assert "password_changed" in kept
    assert NEW not in kept
    assert OLD not in kept


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("夜班-2026-四月", NEW, "wrong_password"),
        (OLD, "九个字符的新密码！", "weak_password"),
        (OLD, MEI, "weak_password"),
        (OLD, MEI.upper(), "weak_password"),
        (OLD, "          ", "invalid"),
        (OLD, "x" * 201, "invalid"),
    ],
)
def test_a_password_is_not_changed_by_who_does_not_know_it_or_to_one_that_is_guessed(
    desk: Desk, current: str, new: str, code: str
) -> None:
    knows_password(desk)
    phone = desk.another_session(desk.mei)
    with pytest.raises(NightdeskError) as refused:
        desk.do(desk.mei, "change_password", current=current, new=new)
    assert refused.value.code == code
    assert signs_in(desk, MEI, OLD).agent.id == desk.mei.id
    assert is_signed_in(desk, phone)


def test_a_password_that_was_reset_meanwhile_is_not_the_current_one(desk: Desk) -> None:
    knows_password(desk)
    command = wire.ChangePassword(current=OLD, new=NEW)
    checked = staff.check_change(command, desk.read(staff.own_password, desk.mei, command))
    reset = desk.write(staff.reset_password, MEI)
    with pytest.raises(Forbidden):
        desk.write(staff.change_password, desk.mei, command, checked)
    assert signs_in(desk, MEI, reset).agent.id == desk.mei.id


# -- who leaves ---------------------------------------------------------------------------------------------------


def test_who_is_removed_may_not_sign_in_and_is_signed_out_everywhere(desk: Desk) -> None:
    password = desk.write(staff.reset_password, MEI)
    phone = desk.another_session(desk.mei)
    desk.connect(phone)
    desk.do(phone, "set_presence", status="online")
    assert "Mei" in colleagues(desk)
    assert desk.write(staff.remove_agent, MEI) == "Mei"
    with pytest.raises(Unauthenticated):
        signs_in(desk, MEI, password)
    assert not is_signed_in(desk, phone)
    assert len(desk.hears(f"session:{phone.session_id}", "bye")) == 1
    assert desk.rows("SELECT 1 FROM presence") == []
    assert "Mei" not in colleagues(desk)
    assert is_signed_in(desk, desk.david)


def test_what_they_had_goes_back_to_its_place_and_their_name_stays_at_what_they_wrote(desk: Desk) -> None:
    works(desk)
    desk.connect(desk.david)
    silent, helped = desk.conversation(desk.li_na, "你好"), desk.conversation(desk.wang_wei, "退款")
    for conversation_id in (silent, helped):
        desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.do(desk.mei, "say", conversation_id=helped, body="请稍等")
    places = desk.rows("SELECT id, first_waited_at FROM conversation ORDER BY id")
    desk.wait(seconds=5)
    desk.write(staff.remove_agent, MEI)
    desk.sweep()
    assert seen(desk, desk.li_na, silent)["status"] == seen(desk, desk.wang_wei, helped)["status"] == "waiting"
    assert desk.rows("SELECT id, first_waited_at FROM conversation ORDER BY id") == places
    said = [one["author"].get("name") for one in desk.log(desk.wang_wei, helped) if one.get("body") == "请稍等"]
    assert said == ["Mei"]


def test_at_a_closed_desk_it_becomes_a_message_and_messages_given_to_them_are_nobodys(desk: Desk) -> None:
    works(desk)
    held = desk.conversation(desk.li_na, "你好")
    desk.do(desk.mei, "pick", conversation_id=held)
    desk.wait(hours=12)
    left = desk.conversation(desk.wang_wei, "退款")
    desk.do(desk.wang_wei, "leave_message", conversation_id=left, body="退款", email="wang@example.com")
    desk.do(desk.lin, "assign", conversation_ids=[left], agent_id=desk.mei.id)
    desk.write(staff.remove_agent, MEI)
    desk.sweep()
    desk.watch()
    assert seen(desk, desk.li_na, held)["status"] == "offline"
    assert {row["agent_id"] for row in desk.rows("SELECT agent_id FROM conversation")} == {None}


def test_their_open_tickets_are_nobodys_and_say_so_and_what_is_over_stays_theirs(desk: Desk) -> None:
    opened, over = (desk.ticket(desk.mei, customer, "other") for customer in (desk.li_na, desk.wang_wei))
    others = desk.ticket(desk.david, desk.li_na, "other")
    desk.do(desk.mei, "update_ticket", ticket_id=over["id"], status="solved", ending="solved")
    desk.write(staff.remove_agent, MEI)
    desk.sweep()
    listed = {one["id"]: one.get("assignee", {}).get("name") for one in desk.do(desk.lin, "tickets")["tickets"]}
    assert listed == {opened["id"]: None, over["id"]: "Mei", others["id"]: "David"}
    shown = desk.do(desk.lin, "ticket", ticket_id=opened["id"])["ticket"]
    assert [event["code"] for event in shown["events"]][-1] == "unassigned"


def test_who_only_has_a_break_keeps_what_they_have(desk: Desk) -> None:
    works(desk)
    held = desk.conversation(desk.li_na, "你好")
    desk.do(desk.mei, "pick", conversation_id=held)
    desk.do(desk.mei, "set_presence", status="away")
    desk.write(staff.remove_agent, "david@demo.example")
    desk.sweep()
    assert seen(desk, desk.li_na, held)["status"] == "active"


def test_the_last_admin_stays_and_nobody_is_removed_twice(desk: Desk) -> None:
    with pytest.raises(Conflict, match="last admin"):
        desk.write(staff.remove_agent, ADMIN)
    assert is_signed_in(desk, desk.admin)
    desk.write(staff.add_agent, "kim@demo.example", "Kim", "admin")
    desk.write(staff.remove_agent, ADMIN)
    with pytest.raises(Conflict, match="removed already"):
        desk.write(staff.remove_agent, ADMIN)
    with pytest.raises(Conflict, match="last admin"):
        desk.write(staff.remove_agent, "kim@demo.example")
    with pytest.raises(NotFound, match="no agent nobody@"):
        desk.write(staff.remove_agent, "nobody@demo.example")


def test_an_admin_removes_a_colleague_and_nobody_else_does(desk: Desk) -> None:
    for who in (desk.mei, desk.lin):
        with pytest.raises(Forbidden, match="admin"):
            desk.do(who, "remove_agent", agent_id=desk.david.id)
    with pytest.raises(Conflict) as refused:
        desk.do(desk.admin, "remove_agent", agent_id=desk.admin.id)
    assert refused.value.code == "yourself"
    with pytest.raises(NotFound):
        desk.do(desk.admin, "remove_agent", agent_id=desk.ids["shop"])
    shown = desk.do(desk.admin, "remove_agent", agent_id=desk.david.id)
    assert [one["name"] for one in shown["agents"]] == ["Admin", "Lin", "Mei", "Peter"]
    assert not is_signed_in(desk, desk.david)
    for command, values in (("remove_agent", {}), ("set_agent", {"capacity": 1})):
        with pytest.raises((Conflict, NotFound)):
            desk.do(desk.admin, command, agent_id=desk.david.id, **values)
    trail = desk.rows("SELECT actor_id, subject_id FROM audit WHERE what = 'agent_removed'")
    assert trail == [{"actor_id": desk.admin.id, "subject_id": desk.david.id}]


def test_who_comes_back_is_in_their_teams_with_a_new_password_and_no_session_of_before(desk: Desk) -> None:
    old = desk.write(staff.reset_password, MEI)
    desk.write(staff.remove_agent, MEI)
    new, is_back = desk.write(staff.add_agent, MEI, "Mei Lin", "supervisor")
    assert is_back
    agent = signs_in(desk, MEI, new).agent
    assert (agent.id, agent.name, agent.role, agent.status) == (desk.mei.id, "Mei Lin", "supervisor", "offline")
    with pytest.raises(Unauthenticated):
        signs_in(desk, MEI, old)
    assert not is_signed_in(desk, desk.mei)
    assert is_signed_in(desk, desk.another_session(desk.mei))
    assert "Mei Lin" in colleagues(desk)
    with pytest.raises(Invalid, match="already"):
        desk.write(staff.add_agent, MEI, "Mei", "agent")
