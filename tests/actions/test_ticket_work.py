"""Work on tickets: teams, watchers, tags, notes, transcripts that grow, merging, follow-ups, and when they are due."""

from __future__ import annotations

from typing import Any

import pytest

from chat.errors import IllegalMove, Invalid, NotFound
from tests.actions.conftest import Desk
from tests.actions.test_tickets import NOBODY


def codes(ticket: Any) -> list[str]:
    return [event["code"] for event in ticket["events"]]


def talk_of(ticket: Any) -> str:
    conversation_id: str = ticket["transcripts"][0]["conversation_id"]
    return conversation_id


def seen(desk: Desk, ticket: Any) -> Any:
    return desk.do(desk.mei, "ticket", ticket_id=ticket["id"])["ticket"]


def update(desk: Desk, ticket: Any, **values: Any) -> Any:
    return desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], **values)["ticket"]


def closed(desk: Desk, ticket: Any) -> Any:
    update(desk, ticket, status="solved")
    return update(desk, ticket, status="closed")


def everything(desk: Desk) -> list[Any]:
    return [
        desk.rows(f"SELECT * FROM {table}") for table in ("ticket", "ticketevent", "ticketlink", "tickettag", "audit")
    ]


# -- changing -----------------------------------------------------------------------------------------------------


def test_team_priority_tags_and_subject_change_each_with_an_event_and_once(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    wanted = {"team_id": desk.ids["shop team"], "priority": 1, "tags": ["急", "鞋"], "subject": "鞋子开胶"}
    changed = update(desk, ticket, **wanted)
    assert (changed["team"]["name"], changed["priority"], changed["tags"], changed["subject"]) == (
        "shop care", 1, ["急", "鞋"], "鞋子开胶"
    )  # fmt: skip
    assert codes(changed) == ["opened", "team", "priority", "subject", "tags"]
    assert codes(update(desk, ticket, **wanted)) == codes(changed)
    freed = update(desk, ticket, team_id=None, assignee_id=None)
    assert not {"team", "assignee"} & set(freed)
    assert codes(freed)[-2:] == ["unassigned", "team"]


@pytest.mark.parametrize("values", [{"team_id": "wallet team"}, {"team_id": NOBODY}])
def test_a_team_that_does_not_serve_the_site_gets_no_ticket(desk: Desk, values: dict[str, str]) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    before = everything(desk)
    with pytest.raises(NotFound):
        update(desk, ticket, team_id=desk.ids.get(values["team_id"], NOBODY), priority=1)
    assert everything(desk) == before


def test_a_ticket_is_solved_with_an_ending_of_its_kind_and_no_other(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na, "other")
    with pytest.raises(Invalid, match="passed_on"):
        update(desk, ticket, status="solved", ending="refunded")
    with pytest.raises(Invalid, match="solved"):
        update(desk, ticket, ending="passed_on")
    ended = update(desk, ticket, status="solved", ending="passed_on", reason="已转给银行")
    assert (ended["status"], ended["ending"], ended["ending_by"]["name"]) == ("solved", "passed_on", "Mei")


def test_a_closed_ticket_refuses_every_change_and_nothing_changes(desk: Desk) -> None:
    ticket, other = closed(desk, desk.ticket(desk.mei, desk.li_na)), desk.ticket(desk.mei, desk.li_na)
    before = everything(desk)
    refused: list[tuple[str, dict[str, Any]]] = [
        ("update_ticket", {"priority": 1}),
        ("update_ticket", {"assignee_id": None}),
        ("update_ticket", {"status": "open"}),
        ("link", {"kind": "order", "id": desk.ids["shoes"]}),
        ("extend_transcript", {"conversation_id": talk_of(ticket)}),
        ("note_ticket", {"body": "还有一点"}),
        ("merge_tickets", {"into_id": other["id"]}),
    ]
    for name, values in refused:
        with pytest.raises(IllegalMove) as error:
            desk.do(desk.mei, name, ticket_id=ticket["id"], **values)
        assert error.value.code == "ticket_closed", name
    with pytest.raises(IllegalMove, match=ticket["number"]):
        desk.do(desk.mei, "update_tickets", ticket_ids=[other["id"], ticket["id"]], priority=1)
    assert everything(desk) == before


def test_many_are_changed_together_as_each_would_be_alone(desk: Desk) -> None:
    first, second = desk.ticket(desk.mei, desk.li_na, tags=["旧"]), desk.ticket(desk.mei, desk.wang_wei)
    ids = [second["id"], first["id"]]
    changed = desk.do(
        desk.mei,
        "update_tickets",
        ticket_ids=ids,
        status="open",
        assignee_id=desk.david.id,
        add_tags=["批"],
        priority=2,
    )["tickets"]
    assert [found["id"] for found in changed] == ids
    assert {found["assignee"]["name"] for found in changed} == {"David"}
    assert codes(seen(desk, first)) == codes(seen(desk, second)) == [
        "opened", "assigned", "priority", "tags", "status_open"
    ]  # fmt: skip
    assert seen(desk, first)["tags"] == ["旧", "批"]


def test_one_that_refuses_keeps_all_of_them_as_they_were(desk: Desk) -> None:
    fine, fresh, foreign = (
        desk.ticket(desk.mei, desk.li_na),
        desk.ticket(desk.mei, desk.wang_wei),
        desk.ticket(desk.peter, desk.emma),
    )
    update(desk, fine, status="solved")
    before = everything(desk)
    with pytest.raises(IllegalMove):
        desk.do(desk.mei, "update_tickets", ticket_ids=[fine["id"], fresh["id"]], status="closed")
    with pytest.raises(NotFound):
        desk.do(desk.mei, "update_tickets", ticket_ids=[fine["id"], foreign["id"]], priority=1)
    assert everything(desk) == before


# -- notes, watchers, links ---------------------------------------------------------------------------------------


def test_a_note_is_for_staff_only_and_a_watcher_hears_of_it(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    watched = desk.do(desk.david, "watch_ticket", ticket_id=ticket["id"], watch=True)["ticket"]
    assert [person["name"] for person in watched["watchers"]] == ["David"]
    noted = desk.do(desk.mei, "note_ticket", ticket_id=ticket["id"], body="老客户，客气点")["ticket"]
    assert (codes(noted)[-1], noted["events"][-1]["reason"], noted["events"][-1]["visible"]) == (
        "note", "老客户，客气点", False
    )  # fmt: skip
    told = desk.hears(f"agent:{desk.david.id}", "notice")
    assert (told[-1]["code"], told[-1]["values"]["event"]) == ("watched_ticket", "note")
    assert not [n for n in desk.hears(f"agent:{desk.mei.id}", "notice") if n["code"] == "watched_ticket"]
    desk.do(desk.david, "watch_ticket", ticket_id=ticket["id"], watch=False)
    desk.do(desk.mei, "note_ticket", ticket_id=ticket["id"], body="再记一笔")
    assert desk.hears(f"agent:{desk.david.id}", "notice") == told
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert [event["code"] for event in case["history"]] == ["opened"]


def test_tickets_are_linked_in_both_directions_and_once(desk: Desk) -> None:
    first, second = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.li_na, "other")
    desk.do(desk.mei, "link", ticket_id=first["id"], kind="ticket", id=second["id"])
    desk.do(desk.mei, "link", ticket_id=second["id"], kind="ticket", id=first["id"])
    for one, other in ((first, second), (second, first)):
        (found,) = seen(desk, one)["tickets"]
        assert (found["number"], found["how"]) == (other["number"], "linked")
        assert codes(seen(desk, one)).count("linked_ticket") == 1
    assert [found["id"] for found in seen(desk, first)["others"]] == [second["id"]]
    with pytest.raises(Invalid, match="same ticket"):
        desk.do(desk.mei, "link", ticket_id=first["id"], kind="ticket", id=first["id"])
    theirs = desk.ticket(desk.mei, desk.wang_wei)
    with pytest.raises(NotFound):
        desk.do(desk.mei, "link", ticket_id=first["id"], kind="ticket", id=theirs["id"])


def test_a_transcript_takes_in_what_was_said_since(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    desk.do(desk.li_na, "say", conversation_id=talk_of(ticket), body="后来才说的")
    assert seen(desk, ticket)["transcripts"][0]["more"] == 3  # two lines about the ticket, and this
    grown = desk.do(desk.mei, "extend_transcript", ticket_id=ticket["id"], conversation_id=talk_of(ticket))["ticket"]
    (transcript,) = grown["transcripts"]
    assert (transcript["messages"][-1]["body"], transcript["more"]) == ("后来才说的", 0)
    again = desk.do(desk.mei, "extend_transcript", ticket_id=ticket["id"], conversation_id=talk_of(ticket))["ticket"]
    assert codes(again) == codes(grown) == ["opened", "extended"]
    theirs = desk.conversation(desk.wang_wei, "你好")
    with pytest.raises(NotFound):
        desk.do(desk.mei, "extend_transcript", ticket_id=ticket["id"], conversation_id=theirs)


# -- merging ------------------------------------------------------------------------------------------------------


def test_merging_closes_the_one_and_all_that_hangs_on_it_is_at_the_other(desk: Desk) -> None:
    one, into = (
        desk.ticket(desk.mei, desk.li_na, order_id=desk.ids["shoes"]),
        desk.ticket(desk.mei, desk.li_na, "other"),
    )
    desk.do(
        desk.mei,
        "request_refund",
        ticket_id=one["id"],
        order_id=desk.ids["shoes"],
        amount=100,
        currency="CNY",
        reason="破",
    )
    desk.do(desk.david, "watch_ticket", ticket_id=one["id"], watch=True)
    merged = desk.do(desk.mei, "merge_tickets", ticket_id=one["id"], into_id=into["id"])["ticket"]
    assert (merged["number"], merged["status"]) == (into["number"], "new")
    assert [order["id"] for order in merged["orders"]] == [desk.ids["shoes"]]
    assert len(merged["refunds"]) == 1
    assert [(found["number"], found["how"]) for found in merged["tickets"]] == [(one["number"], "merged")]
    assert [person["name"] for person in merged["watchers"]] == ["David"]
    left = seen(desk, one)
    assert (left["number"], left["status"], left["tickets"][0]["how"]) == (one["number"], "closed", "merged_into")
    assert talk_of(left) == talk_of(merged)
    cases = {case["number"]: case for case in desk.do(desk.li_na, "my_cases")["cases"]}
    assert cases[one["number"]]["history"][-1]["code"] == "merged_into"


def test_what_is_merged_hears_no_more_and_the_other_does(desk: Desk) -> None:
    one, into = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.li_na, "other")
    desk.do(desk.mei, "merge_tickets", ticket_id=one["id"], into_id=into["id"])
    update(desk, into, status="solved")
    desk.do(desk.li_na, "say", conversation_id=talk_of(one), body="还没好")
    assert (seen(desk, one)["status"], seen(desk, into)["status"]) == ("closed", "open")
    assert len(desk.rows("SELECT id FROM ticket")) == 2


def test_a_ticket_is_not_merged_into_itself_a_closed_one_or_somebody_elses(desk: Desk) -> None:
    ticket, theirs = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.wang_wei)
    over, foreign = closed(desk, desk.ticket(desk.mei, desk.li_na)), desk.ticket(desk.peter, desk.emma)
    before = everything(desk)
    for into, error in ((ticket, Invalid), (theirs, NotFound), (over, IllegalMove), (foreign, NotFound)):
        with pytest.raises(error):
            desk.do(desk.mei, "merge_tickets", ticket_id=ticket["id"], into_id=into["id"])
    assert everything(desk) == before


# -- replies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "then"), [("pending", "open"), ("solved", "open"), ("on_hold", "on_hold")])
def test_a_reply_brings_a_ticket_back_to_the_desk(desk: Desk, status: str, then: str) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    update(desk, ticket, status=status)
    desk.do(desk.li_na, "say", conversation_id=talk_of(ticket), body="还有一个问题")
    assert seen(desk, ticket)["status"] == then


def test_a_reply_after_the_end_makes_one_ticket_that_follows(desk: Desk) -> None:
    ticket = closed(desk, desk.ticket(desk.mei, desk.li_na))
    for line in ("又开胶了", "怎么办"):
        desk.do(desk.li_na, "say", conversation_id=talk_of(ticket), body=line)
    follow_up, old = desk.do(desk.mei, "tickets")["tickets"]
    assert (old["id"], old["status"]) == (ticket["id"], "closed")
    page = seen(desk, follow_up)
    assert (page["status"], page["kind"], page["assignee"]["name"]) == ("new", "refund", "Mei")
    assert [message["body"] for message in page["transcripts"][0]["messages"]] == ["又开胶了"]
    assert [(found["number"], found["how"]) for found in page["tickets"]] == [(ticket["number"], "follows")]
    assert seen(desk, ticket)["tickets"][0]["how"] == "followed_by"


def test_what_is_solved_is_closed_by_itself_when_nobody_comes_back(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    update(desk, ticket, status="solved")
    (window,) = {row["reopen_hours"] for row in desk.rows("SELECT reopen_hours FROM site")}
    desk.wait(hours=window, seconds=-1)
    desk.sweep()
    assert seen(desk, ticket)["status"] == "solved"
    desk.wait(seconds=1)
    desk.sweep()
    page = seen(desk, ticket)
    assert (page["status"], page["events"][-1]["visible"]) == ("closed", False)


# -- by when ------------------------------------------------------------------------------------------------------


def due(desk: Desk, ticket: Any) -> dict[str, Any]:
    return {each["what"]: each for each in seen(desk, ticket)["due"]}


def test_the_first_answer_is_due_until_somebody_answers_and_then_the_next(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    first = due(desk, ticket)["first"]
    assert (first["of"], first["at"], first["missed"]) == (120, "2026-03-03T06:00:00.000Z", False)
    assert seen(desk, ticket)["due_at"] == first["at"]
    desk.do(desk.mei, "pick", conversation_id=talk_of(ticket))
    desk.wait(minutes=10)
    desk.do(desk.mei, "say", conversation_id=talk_of(ticket), body="我在看")
    assert due(desk, ticket)["first"]["met_at"] == "2026-03-03T04:10:00.000Z"
    assert seen(desk, ticket)["due_at"] == due(desk, ticket)["solve"]["at"]
    desk.wait(minutes=10)
    desk.do(desk.li_na, "say", conversation_id=talk_of(ticket), body="好了吗")
    assert due(desk, ticket)["next"]["at"] == seen(desk, ticket)["due_at"] == "2026-03-03T08:20:00.000Z"
    desk.do(desk.mei, "say", conversation_id=talk_of(ticket), body="马上")
    assert "next" not in due(desk, ticket)


def test_a_note_or_a_check_is_no_answer_and_a_step_the_customer_sees_is(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    desk.do(desk.mei, "note_ticket", ticket_id=ticket["id"], body="看过了")
    update(desk, ticket, done=["order_found"], priority=1)
    assert "met_at" not in due(desk, ticket)["first"]
    update(desk, ticket, status="open")
    assert "met_at" in due(desk, ticket)["first"]


def test_nothing_is_due_while_the_customer_is_waited_for_and_that_time_does_not_count(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    before = due(desk, ticket)["solve"]["at"]
    update(desk, ticket, status="pending")
    assert "due_at" not in seen(desk, ticket)
    assert "at" not in due(desk, ticket)["solve"]
    desk.wait(minutes=30)
    desk.do(desk.li_na, "say", conversation_id=talk_of(ticket), body="给您")
    after = due(desk, ticket)["solve"]
    assert (after["paused"], after["at"]) == (1_800, before.replace("T04:00", "T04:30"))
    assert after["at"] != before


def test_other_hours_move_what_is_due_and_leave_what_is_over(desk: Desk) -> None:
    ticket, over = desk.ticket(desk.mei, desk.li_na), closed(desk, desk.ticket(desk.mei, desk.wang_wei))
    stored = desk.rows("SELECT id, due_at, first_due_at FROM ticket WHERE status = 'closed'")
    shut = desk.do(desk.lin, "close_desk", site="shop", minutes=60)
    assert shut["desk"]["open"] is False
    desk.sweep()
    (row,) = desk.rows("SELECT due_at FROM ticket WHERE status = 'new'")
    assert row["due_at"] == 1_772_521_200_000  # an hour later than 14:00 in Shanghai
    assert desk.rows("SELECT id, due_at, first_due_at FROM ticket WHERE status = 'closed'") == stored
    desk.sweep()
    assert seen(desk, ticket)["due_at"] == "2026-03-03T07:00:00.000Z"
    assert over["status"] == "closed"


def test_other_minutes_of_a_kind_move_what_is_due(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    kind = desk.do(desk.mei, "ticket_kinds")["kinds"][0]
    desk.do(desk.admin, "set_kind", code="refund", definition=kind["definition"] | {"first_minutes": 30})
    desk.sweep()
    assert seen(desk, ticket)["due_at"] == "2026-03-03T04:30:00.000Z"


# -- finding ------------------------------------------------------------------------------------------------------


def test_a_ticket_is_found_by_its_number_however_it_is_read_out(desk: Desk) -> None:
    number = desk.ticket(desk.mei, desk.li_na)["number"]
    for spoken in (number, number.lower(), number.replace("-", " "), number.replace("-", ""), f" ＱＹ{number[2:]} "):
        assert desk.do(desk.mei, "find_ticket", number=spoken)["ticket"]["number"] == number
    assert len(desk.rows("SELECT what FROM audit WHERE what = 'ticket_seen'")) == 5
    slip = number[:-1] + str((int(number[-1]) + 1) % 10)
    for wrong in (slip, "12345", "QY-2026", "QY"):
        with pytest.raises(Invalid) as refused:
            desk.do(desk.mei, "find_ticket", number=wrong)
        assert refused.value.code == "wrong_number"
    with pytest.raises(NotFound):
        desk.do(desk.peter, "find_ticket", number=number)
