"""Files in conversations, and evidence: asked for, given, and what waits for it meanwhile."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from chat.actions import access, attachments
from chat.actions.access import Caller, Who
from chat.actions.evidence import MOST
from chat.domain.files import StoredFile
from chat.errors import Conflict, IllegalMove, Invalid, NightdeskError, NotFound, Reused, TooMany, Unauthenticated
from tests.actions.conftest import Desk


def sent(desk: Desk, who: Who, name: str = "照片.png", client_id: str | None = None, sha256: str = "0" * 64) -> str:
    """A file of theirs lies in the folder; its id."""
    stored = StoredFile(f"xx/{uuid.uuid4()}", name, "image/png", 5, sha256, 40, 20)
    return desk.write(attachments.keep, who, stored, client_id)[0].attachment_id


def opens(desk: Desk, who: Who, file: str) -> bool:
    try:
        desk.read(attachments.open_file, who, file)
    except (NotFound, Unauthenticated):
        return False
    return True


# -- in a conversation --------------------------------------------------------------------------------------------


def test_a_file_is_a_message_that_needs_no_words(desk: Desk) -> None:
    here = desk.conversation(desk.li_na, "带子断了")
    desk.do(desk.mei, "pick", conversation_id=here)
    theirs, ours = sent(desk, desk.li_na), sent(desk, desk.mei, "说明.png")
    desk.do(desk.li_na, "say", conversation_id=here, body="", attachment_id=theirs)
    desk.do(desk.mei, "say", conversation_id=here, body="请看图", attachment_id=ours)
    *_, first, second = desk.do(desk.li_na, "sync", conversation_id=here, after_seq=0)["messages"]
    assert (first["kind"], first["body"], first["data"]["attachment"]["name"]) == ("file", "", "照片.png")
    assert second["data"]["attachment"]["url"] == f"/files/{ours}/%E8%AF%B4%E6%98%8E.png"
    assert [opens(desk, who, ours) for who in (desk.li_na, desk.mei, desk.david)] == [True, True, True]
    assert [opens(desk, who, theirs) for who in (desk.wang_wei, desk.emma, desk.peter)] == [False, False, False]


def test_without_a_file_a_message_says_something(desk: Desk) -> None:
    here = desk.conversation(desk.li_na)
    with pytest.raises(Invalid, match="blank"):
        desk.do(desk.li_na, "say", conversation_id=here, body="")


def test_only_who_sent_a_file_puts_it_anywhere(desk: Desk) -> None:
    here = desk.conversation(desk.li_na)
    desk.do(desk.mei, "pick", conversation_id=here)
    for owner, other in ((desk.wang_wei, desk.li_na), (desk.li_na, desk.mei), (desk.david, desk.mei)):
        with pytest.raises(NotFound, match="no such file"):
            desk.do(other, "say", conversation_id=here, body="看", attachment_id=sent(desk, owner))


def test_the_same_file_again_is_the_same_message_and_another_one_is_refused(desk: Desk) -> None:
    here, again = desk.conversation(desk.li_na), str(uuid.uuid4())
    file, other = sent(desk, desk.li_na), sent(desk, desk.li_na)
    said = desk.do(desk.li_na, "say", conversation_id=here, client_id=again, body="", attachment_id=file)
    assert desk.do(desk.li_na, "say", conversation_id=here, client_id=again, body="", attachment_id=file) == said
    for changed in ({"attachment_id": other, "body": ""}, {"body": "照片"}):
        with pytest.raises(Reused):
            desk.do(desk.li_na, "say", conversation_id=here, client_id=again, **changed)


def test_a_transcript_has_its_files(desk: Desk) -> None:
    here = desk.conversation(desk.li_na)
    desk.do(desk.mei, "pick", conversation_id=here)
    file = sent(desk, desk.li_na)
    desk.do(desk.li_na, "say", conversation_id=here, body="", attachment_id=file)
    ticket = opened(desk, here)
    shown = [one["data"]["attachment"] for one in ticket["transcripts"][0]["messages"] if one["kind"] == "file"]
    assert [one["attachment_id"] for one in shown] == [file]


def test_what_nobody_used_within_a_day_is_forgotten_and_what_was_used_is_not(desk: Desk) -> None:
    here = desk.conversation(desk.li_na)
    used, unused = sent(desk, desk.li_na), sent(desk, desk.li_na)
    desk.do(desk.li_na, "say", conversation_id=here, body="", attachment_id=used)
    desk.now += timedelta(hours=23)
    assert not desk.read(attachments.anything_unused)
    desk.now += timedelta(hours=1)
    young = sent(desk, desk.mei)
    path = desk.rows("SELECT path FROM attachment WHERE id = :id", id=unused)[0]["path"]
    assert desk.write(attachments.forget_unused) == [path]
    assert {row["id"] for row in desk.rows("SELECT id FROM attachment")} == {used, young}
    assert desk.read(attachments.loose, [path]) == [path]


def test_one_person_has_only_so_many_files_that_nobody_was_shown(desk: Desk) -> None:
    for _ in range(attachments.WAITING):
        sent(desk, desk.mei)
    with pytest.raises(TooMany):
        sent(desk, desk.mei)
    sent(desk, desk.david)


def test_the_same_upload_again_is_the_same_file_and_another_one_is_refused(desk: Desk) -> None:
    again = str(uuid.uuid4())
    file = sent(desk, desk.li_na, client_id=again)
    assert sent(desk, desk.li_na, client_id=again) == file
    with pytest.raises(Reused):
        sent(desk, desk.li_na, client_id=again, sha256="1" * 64)
    assert len({file, sent(desk, desk.wang_wei, client_id=again), sent(desk, desk.mei, client_id=again)}) == 3
    assert len({sent(desk, desk.li_na), sent(desk, desk.li_na)}) == 2  # without one nobody knows


def test_agents_send_only_so_many_files_a_day_too(desk: Desk) -> None:
    sent(desk, desk.mei)
    (row,) = desk.rows("SELECT * FROM attachment")
    columns = ", ".join(name for name in row if name not in ("id", "path", "used_at"))
    desk.change(
        f"INSERT INTO attachment (id, path, used_at, {columns}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
        f" SELECT i + 1 FROM n WHERE i < :most) SELECT 'f' || i, 'f' || i, created_at, {columns} FROM n, attachment",
        most=attachments.SENT_BY_AGENT - 1,
    )
    with pytest.raises(TooMany):
        sent(desk, desk.mei)
    sent(desk, desk.david)
    desk.wait(days=1)
    sent(desk, desk.mei)


# -- evidence -----------------------------------------------------------------------------------------------------


def opened(desk: Desk, conversation_id: str, kind: str = "refund") -> dict[str, Any]:
    ticket: dict[str, Any] = desk.do(desk.mei, "open_ticket", conversation_id=conversation_id, kind=kind)["ticket"]
    return ticket


@pytest.fixture
def here(desk: Desk) -> str:
    conversation_id = desk.conversation(desk.li_na, "带子断了")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    return conversation_id


def status_of(desk: Desk, ticket_id: str) -> tuple[str, list[str], list[str]]:
    found = desk.do(desk.mei, "ticket", ticket_id=ticket_id)["ticket"]
    return found["status"], [one["code"] for one in found["wanted"]], found["missing"]


def test_what_is_asked_for_is_given_in_the_conversation_and_the_ticket_waits_for_it(desk: Desk, here: str) -> None:
    ticket = opened(desk, here)["id"]
    assert status_of(desk, ticket) == ("new", [], ["photo", "order_confirmation"])
    desk.do(desk.mei, "ask_evidence", ticket_id=ticket, evidence=["photo", "order_confirmation"], message="请拍带子")
    assert status_of(desk, ticket) == ("pending", ["photo", "order_confirmation"], ["photo", "order_confirmation"])
    form = next(message for message in desk.log(desk.li_na, here) if message["kind"] == "form")
    assert form["data"]["ticket_id"] == ticket
    assert [one["code"] for one in form["data"]["wanted"]] == ["photo", "order_confirmation"]
    assert (form["data"]["message"], form["data"]["by"]) == ("请拍带子", "Mei")

    photo = sent(desk, desk.li_na)
    case = desk.do(desk.li_na, "add_evidence", ticket_id=ticket, code="photo", attachment_ids=[photo])["case"]
    assert ([one["code"] for one in case["wanted"]], case["next"]) == (["order_confirmation"], "customer")
    assert status_of(desk, ticket) == ("pending", ["order_confirmation"], ["order_confirmation"])
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket, code="order_confirmation", body="订单号 A-1")
    assert status_of(desk, ticket) == ("open", [], [])
    found = desk.do(desk.mei, "ticket", ticket_id=ticket)["ticket"]["evidence"]
    assert [(one["code"], one["body"], "attachment" in one) for one in found] == [
        ("photo", "", True),
        ("order_confirmation", "订单号 A-1", False),
    ]
    assert [opens(desk, who, photo) for who in (desk.li_na, desk.mei, desk.wang_wei, desk.peter)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_what_is_asked_for_anew_has_to_be_given_anew(desk: Desk, here: str) -> None:
    ticket = opened(desk, here)["id"]
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket, code="photo", attachment_ids=[sent(desk, desk.li_na)])
    assert status_of(desk, ticket) == ("new", [], ["order_confirmation"])
    desk.do(desk.mei, "ask_evidence", ticket_id=ticket, evidence=["photo"])
    assert status_of(desk, ticket) == ("pending", ["photo"], ["order_confirmation"])


def test_a_refund_waits_for_evidence_and_goes_on_with_it(desk: Desk, here: str) -> None:
    ticket = opened(desk, here)["id"]
    asked = {"ticket_id": ticket, "order_id": desk.ids["shoes"], "amount": 100, "currency": "CNY", "reason": "坏了"}
    refund = desk.do(desk.mei, "request_refund", **asked)["refund"]["id"]
    desk.do(desk.lin, "decide_refund", refund_id=refund, decision="review")
    desk.do(desk.mei, "ask_evidence", ticket_id=ticket, evidence=["photo"])

    def state() -> str:
        return str(desk.rows("SELECT state FROM refund WHERE id = :id", id=refund)[0]["state"])

    assert state() == "evidence_wanted"
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket, code="other", body="稍等")
    assert state() == "evidence_wanted"
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket, code="photo", attachment_ids=[sent(desk, desk.li_na)])
    assert state() == "in_review"


def test_a_case_link_gives_to_its_own_case_only_and_does_not_open_it_again(desk: Desk, here: str) -> None:
    ticket, other = opened(desk, here)["id"], opened(desk, here, "other")["id"]
    path = desk.do(desk.li_na, "case_link", ticket_id=ticket)["path"]
    holder = desk.read(access.identify, Caller.CASE_LINK, path.rpartition("/")[2])
    file = sent(desk, holder)
    assert [opens(desk, who, file) for who in (holder, desk.li_na, desk.mei)] == [True, False, False]
    with pytest.raises(NotFound):
        desk.do(holder, "add_evidence", ticket_id=other, code="other", body="x")
    desk.do(holder, "add_evidence", ticket_id=ticket, code="photo", attachment_ids=[file])
    assert [opens(desk, who, file) for who in (holder, desk.li_na, desk.mei)] == [False, True, True]


BAD: dict[str, tuple[dict[str, Any], type[NightdeskError]]] = {
    "nothing": ({}, Invalid),
    "what nobody asks for": ({"code": "passport", "body": "x"}, Invalid),
    "a file that is not there": ({"attachment_ids": ["0" * 8 + "-0000-0000-0000-" + "0" * 12]}, NotFound),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_evidence_changes_nothing(desk: Desk, here: str, what: str) -> None:
    ticket = opened(desk, here)["id"]
    before = desk.rows("SELECT * FROM ticketevent ORDER BY number")
    given, error = BAD[what]
    with pytest.raises(error):
        desk.do(desk.li_na, "add_evidence", ticket_id=ticket, **given)
    with pytest.raises(NotFound):
        desk.do(desk.wang_wei, "add_evidence", ticket_id=ticket, body="x")
    with pytest.raises(NotFound):
        desk.do(desk.li_na, "add_evidence", ticket_id=ticket, attachment_ids=[sent(desk, desk.wang_wei)])
    with pytest.raises(Invalid):
        desk.do(desk.mei, "ask_evidence", ticket_id=ticket, evidence=["passport"])
    with pytest.raises(NotFound):
        desk.do(desk.peter, "ask_evidence", ticket_id=ticket, evidence=["photo"])
    assert desk.rows("SELECT * FROM ticketevent ORDER BY number") == before
    assert desk.rows("SELECT * FROM evidence") == []


def test_a_case_holds_so_much_evidence_and_no_more(desk: Desk, here: str) -> None:
    ticket, other = opened(desk, here)["id"], opened(desk, here, "other")["id"]
    for number in range(MOST - 1):
        desk.change(
            "INSERT INTO evidence (id, ticket_id, client_id, code, body, by_kind, at)"
            " VALUES (:id, :ticket, :id, 'other', '再看看', 'customer', 0)",
            id=f"{number}",
            ticket=ticket,
        )
    files = [sent(desk, desk.li_na), sent(desk, desk.li_na)]
    with pytest.raises(TooMany) as refused:
        desk.do(desk.li_na, "add_evidence", ticket_id=ticket, attachment_ids=files)
    assert refused.value.code == "too_many_evidence"
    desk.do(desk.li_na, "add_evidence", ticket_id=ticket, body="还有一句")
    with pytest.raises(TooMany):
        desk.do(desk.li_na, "add_evidence", ticket_id=ticket, body="还有一句")
    desk.do(desk.li_na, "add_evidence", ticket_id=other, attachment_ids=files)


def test_tickets_with_evidence_of_the_same_client_id_are_merged(desk: Desk, here: str) -> None:
    both = opened(desk, here)["id"], opened(desk, here, "other")["id"]
    once = str(uuid.uuid4())
    for ticket in both:
        path = desk.do(desk.li_na, "case_link", ticket_id=ticket)["path"]
        holder = desk.read(access.identify, Caller.CASE_LINK, path.rpartition("/")[2])
        desk.do(holder, "add_evidence", ticket_id=ticket, client_id=once, body="看这里")
    merged = desk.do(desk.mei, "merge_tickets", ticket_id=both[0], into_id=both[1])["ticket"]
    assert [item["body"] for item in merged["evidence"]] == ["看这里", "看这里"]


def test_a_case_that_is_over_takes_and_asks_for_nothing(desk: Desk, here: str) -> None:
    ticket = opened(desk, here, "other")["id"]
    for status in ("solved", "closed"):
        desk.do(desk.mei, "update_ticket", ticket_id=ticket, status=status)
    with pytest.raises(IllegalMove):
        desk.do(desk.li_na, "add_evidence", ticket_id=ticket, body="x")
    with pytest.raises(Conflict):
        desk.do(desk.mei, "ask_evidence", ticket_id=ticket, evidence=["other"])
