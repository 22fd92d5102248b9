"""Customers apply, withdraw and appeal: a case at once, by day and by night, and nothing that is not theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chat.actions import access
from chat.actions.access import Caller, Who
from chat.actions.applying import A_DAY, OPEN_AT_ONCE
from chat.domain.tickets import check_number
from chat.errors import BadShape, IllegalMove, Invalid, NotFound, Reused, TooMany
from tests.actions.conftest import Desk
from tests.actions.test_files import sent

NIGHT = timedelta(hours=10, minutes=30)  # from noon, half past ten


def codes(log: list[Any]) -> list[str]:
    return [message["data"]["code"] if message["kind"] == "system" else message["kind"] for message in log]


def apply(desk: Desk, who: Who, kind: str = "unfreeze", reason: str = "账户突然被冻结，无法付款", **values: Any) -> Any:
    return desk.do(who, "open_case", kind=kind, reason=reason, **values)["case"]


def refuse(desk: Desk, ticket_id: str) -> None:
    """Mei took it up and ended it as refused."""
    desk.do(desk.mei, "update_ticket", ticket_id=ticket_id, status="open", assignee_id=desk.mei.id)
    ended = {"status": "solved", "ending": "refused", "reason": "无法核实身份"}
    desk.do(desk.mei, "update_ticket", ticket_id=ticket_id, **ended)


def holder_of(desk: Desk, who: Who, ticket_id: str) -> Who:
    path = desk.do(who, "case_link", ticket_id=ticket_id)["path"]
    return desk.read(access.identify, Caller.CASE_LINK, path.removeprefix("/case/"))


# -- applying -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [timedelta(), NIGHT], ids=["by day", "by night"])
def test_an_application_without_a_conversation_is_a_case_at_once(desk: Desk, later: timedelta) -> None:
    desk.now += later
    case = apply(desk, desk.li_na, fields={"account": "li_na"})
    assert check_number(case["number"])
    assert (case["kind"], case["status"], case["next"]) == ("unfreeze", "new", "desk")
    assert [step["state"] for step in case["steps"]] == ["current", "todo", "todo"]
    assert case["may"] == ["add_evidence", "withdraw"]
    assert [event["code"] for event in case["history"]] == ["opened"]
    assert desk.do(desk.li_na, "my_cases")["cases"] == [case]
    ticket = desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]
    assert "assignee" not in ticket
    assert ticket["subject"] == "账户突然被冻结，无法付款"
    assert [event["reason"] for event in ticket["events"] if event["code"] == "applied"] == ["账户突然被冻结，无法付款"]
    assert desk.hears(f"desk:{desk.ids['shop']}", "notice")[-1]["code"] == "ticket_changed"


def test_it_is_told_in_the_open_conversation_and_a_closed_one_is_left_alone(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    apply(desk, desk.li_na)
    assert codes(desk.log(desk.li_na, conversation_id))[-2:] == ["ticket_opened", "card"]
    said = len(desk.log(desk.li_na, conversation_id))
    desk.do(desk.li_na, "leave", conversation_id=conversation_id)
    case = apply(desk, desk.li_na)
    assert len(desk.log(desk.li_na, conversation_id)) == said + 1  # that it is over
    assert desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]["transcripts"] == []


def test_a_refund_that_the_policy_allows_is_asked_for_at_once(desk: Desk) -> None:
    case = apply(desk, desk.li_na, "refund", "鞋子开胶", order_id=desk.ids["shoes"], lines=[2])
    assert case["refund"]["amount"] == 12_800
    assert case["refund"]["state"] == "requested"
    assert case["order_number"] == "20260301000001"
    assert [event["code"] for event in case["history"]] == ["opened", "linked_order", "refund_requested"]
    [refund] = desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]["refunds"]
    assert (refund["requested_by"], refund["reason"]) == ("Li Na", "鞋子开胶")


def test_what_the_policy_forbids_is_refused_in_its_words_and_leaves_nothing(desk: Desk) -> None:
    policy = json.dumps({"days": 7, "from": "purchase"})
    desk.change("UPDATE site SET refund_policy = :policy WHERE key = 'shop'", policy=policy)
    desk.wait(days=30)
    with pytest.raises(Invalid) as refused:
        apply(desk, desk.li_na, "refund", order_id=desk.ids["shoes"])
    assert (refused.value.code, "7" in str(refused.value)) == ("policy", True)
    assert desk.do(desk.li_na, "my_cases")["cases"] == []
    # People look at it all the same when it is put to them as what it is.
    case = apply(desk, desk.li_na, "other", "过了期限，但鞋子本来就有质量问题", order_id=desk.ids["shoes"])
    assert "refund" not in case
    assert case["order_number"] == "20260301000001"


def test_a_dispute_is_of_the_difference_and_without_figures_people_find_out(desk: Desk) -> None:
    case = apply(
        desk, desk.li_na, "amount_dispute", order_id=desk.ids["shoes"], charged=42_800, expected=40_000, reason="多扣了"
    )
    assert case["refund"]["amount"] == 2_800
    assert case["refund"]["calculation"]["difference"] == 2_800
    unclear = apply(desk, desk.li_na, "amount_dispute", order_id=desk.ids["camera"], reason="金额不对")
    assert "refund" not in unclear
    with pytest.raises(BadShape):
        apply(desk, desk.li_na, "refund", order_id=desk.ids["camera"], charged=42_800, expected=40_000)


def test_the_same_client_id_is_one_case(desk: Desk) -> None:
    again = {"client_id": "00000000-0000-7000-8000-000000000000"}
    first = apply(desk, desk.li_na, **again)
    assert apply(desk, desk.li_na, **again) == first
    with pytest.raises(Reused):
        apply(desk, desk.li_na, "other", **again)
    assert len(desk.do(desk.li_na, "my_cases")["cases"]) == 1


@pytest.mark.parametrize(
    "values", [{"order_id": "lamp"}, {"transaction_id": "lamp payment"}, {"order_id": "shoes payment"}]
)
def test_nobody_applies_for_what_is_not_theirs(desk: Desk, values: dict[str, str]) -> None:
    named = {name: desk.ids[value] for name, value in values.items()}
    for kind in ("refund", "payment_failure"):
        with pytest.raises(NotFound):
            apply(desk, desk.li_na, kind, **named)
    assert desk.rows("SELECT id FROM ticket") == []
    assert desk.rows("SELECT last FROM ticketcounter") == []


def test_who_is_not_signed_in_names_no_order_and_leaves_a_way_to_be_reached(desk: Desk) -> None:
    desk.change("UPDATE customer SET kind = 'anonymous', email = NULL WHERE id = :id", id=desk.li_na.id)
    with pytest.raises(NotFound, match="Sign in"):
        apply(desk, desk.li_na, "refund", order_id=desk.ids["shoes"], email="a@mail.example")
    with pytest.raises(Invalid) as nowhere:
        apply(desk, desk.li_na)
    assert nowhere.value.code == "no_contact"
    apply(desk, desk.li_na, name="李娜", email="a@mail.example", phone="+86 138 0013 8000")
    [row] = desk.rows("SELECT contact, opened_by FROM ticket")
    assert json.loads(row["contact"]) == {"name": "李娜", "email": "a@mail.example", "phone": "+86 138 0013 8000"}
    assert row["opened_by"] == "customer"
    apply(desk, desk.li_na)  # now it is known
    assert [job["kind"] for job in desk.rows("SELECT kind FROM job WHERE kind = 'case_mail'")] == ["case_mail"] * 2
    both = {"order_number": "QY-7", "amount_charged": "128.00", "amount_expected": "99.50"}
    disputed = apply(desk, desk.li_na, "amount_dispute", fields=both)
    assert desk.do(desk.mei, "ticket", ticket_id=disputed["ticket_id"])["ticket"]["fields"] == both


def test_a_guests_dispute_has_both_amounts_and_evidence_as_everybodys_has(desk: Desk) -> None:
    desk.change("UPDATE customer SET kind = 'anonymous', email = NULL WHERE id = :id", id=desk.li_na.id)
    photo = sent(desk, desk.li_na)
    guest: dict[str, Any] = {
        "kind": "amount_dispute", "email": "a@mail.example", "fields": {"order_number": "A-1"},
        "attachment_ids": [photo], "currency": "CNY",
    }  # fmt: skip
    for wrong in (
        {"charged": 100},
        {"charged": 100, "expected": 100},
        {"charged": 300, "expected": 100, "amount": 100},
    ):
        with pytest.raises((BadShape, Invalid)):
            apply(desk, desk.li_na, **guest, **wrong)
    assert not desk.rows("SELECT id FROM ticket")
    case = apply(desk, desk.li_na, **guest, charged=42_800, expected=40_050)
    assert "refund" not in case  # nobody has found the order yet
    ticket = desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]
    assert ticket["fields"] == {
        "order_number": "A-1", "amount_charged": "428.00", "amount_expected": "400.50", "amount": "27.50",
    }  # fmt: skip
    assert [one["attachment"]["attachment_id"] for one in ticket["evidence"]] == [photo]


def test_there_are_so_many_cases_a_day_and_so_many_open(desk: Desk) -> None:
    for _ in range(A_DAY):
        apply(desk, desk.li_na, "other")
        desk.wait(minutes=1)
    with pytest.raises(TooMany) as refused:
        apply(desk, desk.li_na, "other")
    assert refused.value.retry_after == (24 * 60 - A_DAY) * 60
    apply(desk, desk.wang_wei, "other")
    desk.wait(days=1)
    for _ in range(OPEN_AT_ONCE - A_DAY):
        apply(desk, desk.li_na, "other")
    desk.wait(days=1)
    with pytest.raises(TooMany):
        apply(desk, desk.li_na, "other")
    done = desk.do(desk.li_na, "my_cases")["cases"][0]
    desk.do(desk.li_na, "withdraw_case", ticket_id=done["ticket_id"])
    apply(desk, desk.li_na, "other")


# -- withdrawing --------------------------------------------------------------------------------------------------


def test_who_withdraws_ends_the_case_and_frees_what_it_spoke_for(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    case = apply(desk, desk.li_na, "refund", order_id=desk.ids["shoes"])
    gone = desk.do(desk.li_na, "withdraw_case", ticket_id=case["ticket_id"], reason="不退了")["case"]
    assert (gone["status"], gone["ending"], gone["next"]) == ("solved", "withdrawn", "nobody")
    assert gone["may"] == []
    assert [step["code"] for step in gone["steps"]] == ["received", "withdrawn"]
    assert codes(desk.log(desk.li_na, conversation_id))[-1] == "refund_withdrawn"
    assert "不退了" not in json.dumps(gone, ensure_ascii=False)
    with pytest.raises(IllegalMove):
        desk.do(desk.li_na, "withdraw_case", ticket_id=case["ticket_id"])
    assert apply(desk, desk.li_na, "refund", order_id=desk.ids["shoes"])["refund"]["amount"] == 42_800


def test_nothing_is_withdrawn_once_it_is_paid_or_not_ones_own(desk: Desk) -> None:
    case = apply(desk, desk.li_na, "refund", order_id=desk.ids["shoes"])
    refund_id = desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]["refunds"][0]["id"]
    for decision in ("review", "approve"):
        desk.do(desk.mei, "decide_refund", refund_id=refund_id, decision=decision)
    with pytest.raises(NotFound):
        desk.do(desk.wang_wei, "withdraw_case", ticket_id=case["ticket_id"])
    assert "withdraw" in desk.do(desk.li_na, "my_cases")["cases"][0]["may"]
    desk.do(desk.mei, "pay_refund", refund_id=refund_id, reference="A-1")
    assert "withdraw" not in desk.do(desk.li_na, "my_cases")["cases"][0].get("may", [])
    with pytest.raises(IllegalMove):
        desk.do(desk.li_na, "withdraw_case", ticket_id=case["ticket_id"])


# -- appealing ----------------------------------------------------------------------------------------------------


def test_a_rejected_refund_is_appealed_once_and_looked_at_again(desk: Desk) -> None:
    case = apply(desk, desk.li_na, "refund", order_id=desk.ids["shoes"])
    ticket_id = case["ticket_id"]
    refund_id = desk.do(desk.mei, "ticket", ticket_id=ticket_id)["ticket"]["refunds"][0]["id"]
    desk.do(desk.mei, "decide_refund", refund_id=refund_id, decision="review")
    with pytest.raises(IllegalMove):
        desk.do(desk.li_na, "appeal_case", ticket_id=ticket_id, reason="太慢了")
    desk.do(desk.mei, "decide_refund", refund_id=refund_id, decision="reject", reason="已穿过")
    assert desk.do(desk.li_na, "my_cases")["cases"][0]["may"] == ["appeal"]
    appealed = desk.do(desk.li_na, "appeal_case", ticket_id=ticket_id, reason="没有穿过，吊牌还在")["case"]
    assert (appealed["status"], appealed["next"], appealed["refund"]["state"]) == ("open", "desk", "in_review")
    assert [step["code"] for step in appealed["steps"] if step["state"] == "current"] == ["appeal"]
    with pytest.raises(IllegalMove):  # another person decides
        desk.do(desk.mei, "decide_refund", refund_id=refund_id, decision="reject", reason="已穿过")
    desk.do(desk.david, "decide_refund", refund_id=refund_id, decision="reject", reason="鞋底有磨损")
    over = desk.do(desk.li_na, "my_cases")["cases"][0]
    assert over["may"] == []
    with pytest.raises(IllegalMove, match="one appeal"):
        desk.do(desk.li_na, "appeal_case", ticket_id=ticket_id, reason="再看看")


def test_a_refused_ending_is_appealed_and_leaves_who_refused_it(desk: Desk) -> None:
    case = apply(desk, desk.li_na)
    refuse(desk, case["ticket_id"])
    last = desk.do(desk.li_na, "my_cases")["cases"][0]["steps"][-1]
    assert (last["code"], last["state"]) == ("unfreezing", "failed")
    appealed = desk.do(desk.li_na, "appeal_case", ticket_id=case["ticket_id"], reason="我可以补充证明")["case"]
    assert (appealed["status"], appealed["next"]) == ("open", "desk")
    assert appealed["history"][-1]["code"] == "appealed"
    ticket = desk.do(desk.david, "ticket", ticket_id=case["ticket_id"])["ticket"]
    assert "assignee" not in ticket
    assert desk.rows("SELECT ending, ending_by_id FROM ticket") == [{"ending": None, "ending_by_id": desk.mei.id}]


def test_an_appeal_comes_too_late_after_a_month(desk: Desk) -> None:
    case = apply(desk, desk.li_na)
    refuse(desk, case["ticket_id"])
    desk.change("UPDATE ticket SET solved_at = updated_at")
    desk.wait(days=31)
    assert desk.do(desk.li_na, "my_cases")["cases"][0]["may"] == []
    with pytest.raises(IllegalMove):
        desk.do(desk.li_na, "appeal_case", ticket_id=case["ticket_id"], reason="我才看到")


# -- by the link --------------------------------------------------------------------------------------------------


def test_whoever_holds_the_link_may_do_the_same_to_that_case_alone(desk: Desk) -> None:
    mine, other = apply(desk, desk.li_na), apply(desk, desk.li_na, "other")
    holder = holder_of(desk, desk.li_na, mine["ticket_id"])
    for name, values in (("withdraw_case", {}), ("appeal_case", {"reason": "请再看看"})):
        with pytest.raises(NotFound):
            desk.do(holder, name, ticket_id=other["ticket_id"], **values)
    refuse(desk, mine["ticket_id"])
    seen = desk.do(holder, "appeal_case", ticket_id=mine["ticket_id"], reason="请再看看")
    assert seen["history"][-1]["code"] == "appealed"
    assert "Li Na" not in json.dumps(seen)
    gone = desk.do(holder, "withdraw_case", ticket_id=mine["ticket_id"])
    assert gone["ending"] == "withdrawn"
    [event] = desk.rows("SELECT actor_kind, actor_id FROM ticketevent WHERE code = 'withdrawn'")
    assert event == {"actor_kind": "case_link", "actor_id": None}


def test_staff_close_the_links_of_a_case(desk: Desk) -> None:
    case, other = apply(desk, desk.li_na), apply(desk, desk.li_na)
    holders = [holder_of(desk, desk.li_na, case["ticket_id"]) for _ in range(2)]
    untouched = holder_of(desk, desk.li_na, other["ticket_id"])
    with pytest.raises(NotFound):
        desk.do(desk.peter, "revoke_case_links", ticket_id=case["ticket_id"])
    desk.do(desk.mei, "revoke_case_links", ticket_id=case["ticket_id"])
    for holder in holders:
        with pytest.raises(access.Unauthenticated):
            desk.do(holder, "case")
    assert desk.do(untouched, "case")["number"] == other["number"]
    assert [row["what"] for row in desk.rows("SELECT what FROM audit WHERE what = 'case_links_revoked'")] == [
        "case_links_revoked"
    ]
