"""How tickets end: who must be recognised first, where two people agree, and who decides after an appeal."""

from __future__ import annotations

from typing import Any

import pytest

from chat.actions.access import Who
from chat.errors import Conflict, IllegalMove, Invalid, NotFound
from tests.actions.conftest import Desk
from tests.actions.test_refunds import approved, ask, decide, pay


def frozen(desk: Desk) -> str:
    return str(desk.ticket(desk.mei, desk.li_na, kind="unfreeze")["id"])


def end(desk: Desk, who: Who, ticket_id: str, ending: str, **values: Any) -> Any:
    return desk.do(who, "update_ticket", ticket_id=ticket_id, status="solved", ending=ending, **values)["ticket"]


def check(desk: Desk, ticket_id: str, what: str = "document", passed: bool = True) -> Any:
    return desk.do(desk.mei, "check_identity", ticket_id=ticket_id, what=what, passed=passed)["ticket"]


def two_people(desk: Desk) -> None:
    desk.change("""UPDATE site SET second_person = '["unfreeze"]' WHERE key = 'shop'""")


def test_an_account_is_given_back_only_to_who_was_recognised(desk: Desk) -> None:
    ticket_id = frozen(desk)
    with pytest.raises(IllegalMove) as refused:
        end(desk, desk.mei, ticket_id, "unfrozen")
    assert refused.value.code == "identity_first"
    check(desk, ticket_id, "document")
    seen = check(desk, ticket_id, "registered_phone", passed=False)
    assert [(one["what"], one["passed"]) for one in seen["identity"]] == [
        ("document", True),
        ("registered_phone", False),
    ]
    with pytest.raises(IllegalMove, match="registered_phone"):
        end(desk, desk.mei, ticket_id, "unfrozen")
    assert desk.do(desk.mei, "ticket", ticket_id=ticket_id)["ticket"]["status"] != "solved"
    check(desk, ticket_id, "registered_phone")  # the newest result counts
    assert end(desk, desk.mei, ticket_id, "unfrozen")["ending"] == "unfrozen"
    assert len(desk.rows("SELECT * FROM audit WHERE what = 'identity_checked'")) == 3
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert "identity_checked" not in {event["code"] for event in case["history"]}


@pytest.mark.parametrize("ending", ["refused", "passed_on"])
def test_whoever_was_not_recognised_is_refused_or_passed_on_without_more(desk: Desk, ending: str) -> None:
    ticket_id = frozen(desk)
    assert end(desk, desk.mei, ticket_id, ending, reason="无法核实身份")["ending"] == ending


def test_a_refusal_says_why_and_the_customer_reads_it(desk: Desk) -> None:
    ticket_id = frozen(desk)
    with pytest.raises(Invalid) as refused:
        end(desk, desk.mei, ticket_id, "refused")
    assert refused.value.code == "reason_needed"
    end(desk, desk.mei, ticket_id, "refused", reason="无法核实身份")
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    (told,) = [event for event in case["history"] if event["code"] == "ended"]
    assert (told["values"]["ending"], told["values"]["reason"]) == ("refused", "无法核实身份")


def test_identity_is_asked_for_only_where_the_kind_wants_it(desk: Desk) -> None:
    ticket_id = desk.ticket(desk.mei, desk.li_na)["id"]
    with pytest.raises(Invalid):
        check(desk, ticket_id)
    assert desk.rows("SELECT * FROM identitycheck") == []


def test_where_two_must_agree_the_first_one_only_proposes(desk: Desk) -> None:
    two_people(desk)
    ticket_id = frozen(desk)
    check(desk, ticket_id)
    proposed = end(desk, desk.mei, ticket_id, "unfrozen")
    assert (proposed["status"], proposed.get("ending"), proposed["ending_proposed"]) == ("new", None, "unfrozen")
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert "ended" not in {event["code"] for event in case["history"]}
    with pytest.raises(IllegalMove) as refused:
        desk.do(desk.mei, "decide_ending", ticket_id=ticket_id, agree=True)
    assert refused.value.code == "own_request"
    agreed = desk.do(desk.david, "decide_ending", ticket_id=ticket_id, agree=True)["ticket"]
    assert (agreed["status"], agreed["ending"], agreed.get("ending_proposed")) == ("solved", "unfrozen", None)
    with pytest.raises(Conflict):
        desk.do(desk.lin, "decide_ending", ticket_id=ticket_id, agree=True)


def test_who_does_not_agree_says_why_and_it_goes_on(desk: Desk) -> None:
    two_people(desk)
    ticket_id = frozen(desk)
    check(desk, ticket_id)
    end(desk, desk.mei, ticket_id, "unfrozen")
    with pytest.raises(Invalid):
        desk.do(desk.david, "decide_ending", ticket_id=ticket_id, agree=False)
    after = desk.do(desk.david, "decide_ending", ticket_id=ticket_id, agree=False, reason="证件不清楚")["ticket"]
    assert (after["status"], after.get("ending"), after.get("ending_proposed")) == ("new", None, None)


def test_nobody_of_another_team_agrees(desk: Desk) -> None:
    two_people(desk)
    ticket_id = frozen(desk)
    end(desk, desk.mei, ticket_id, "refused", reason="无法核实身份")
    with pytest.raises(NotFound):
        desk.do(desk.peter, "decide_ending", ticket_id=ticket_id, agree=True)


@pytest.mark.parametrize("together", [False, True])
def test_after_an_appeal_another_person_decides(desk: Desk, together: bool) -> None:
    if together:
        two_people(desk)
    ticket_id = frozen(desk)
    check(desk, ticket_id)
    end(desk, desk.mei, ticket_id, "refused", reason="无法核实身份")
    if together:
        desk.do(desk.david, "decide_ending", ticket_id=ticket_id, agree=True)
    desk.wait(minutes=5)
    desk.do(desk.li_na, "appeal_case", ticket_id=ticket_id, reason="我有新的证件")
    desk.wait(minutes=5)
    for before in (desk.mei, desk.david) if together else (desk.mei,):
        with pytest.raises(IllegalMove) as refused:
            end(desk, before, ticket_id, "unfrozen")
        assert refused.value.code == "same_person"
    after = end(desk, desk.lin, ticket_id, "unfrozen")
    assert after["ending_proposed" if together else "ending"] == "unfrozen"


def test_an_ending_its_kind_does_not_have_is_refused(desk: Desk) -> None:
    ticket_id = frozen(desk)
    with pytest.raises(Invalid, match="unfrozen"):
        end(desk, desk.mei, ticket_id, "refunded")
    with pytest.raises(Invalid):
        desk.do(desk.mei, "update_ticket", ticket_id=ticket_id, ending="refused", reason="无")


# -- nothing is lost because a ticket is over -------------------------------------------------------------------------


def solve(desk: Desk, who: Who, ticket_id: str, **values: Any) -> Any:
    return desk.do(who, "update_ticket", ticket_id=ticket_id, status="solved", **values)["ticket"]


def refusal(desk: Desk, ticket_id: str, **values: Any) -> str:
    """With which code solving is refused; nothing is changed by it."""
    before = desk.rows("SELECT * FROM ticketevent"), desk.rows("SELECT * FROM audit")
    with pytest.raises(IllegalMove) as refused:
        solve(desk, desk.mei, ticket_id, **values)
    assert (desk.rows("SELECT * FROM ticketevent"), desk.rows("SELECT * FROM audit")) == before
    return refused.value.code


def unpaid(desk: Desk, ticket: Any, state: str) -> Any:
    """A refund of the ticket on its way."""
    refund = ask(desk, ticket)
    for decision in {"in_review": ("review",), "requested": ()}.get(state, ("review", "approve")):
        decide(desk, desk.david, refund, decision)
    if state == "failed":
        pay(desk, desk.mei, refund, way="service", reference=None)
        desk.change("UPDATE payout SET state = 'failed'")
        desk.change("UPDATE refund SET state = 'failed'")
    return refund


@pytest.mark.parametrize("state", ["requested", "in_review", "approved", "failed"])
def test_a_ticket_is_not_solved_while_money_is_to_be_decided_or_paid(desk: Desk, state: str) -> None:
    ticket, other = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.li_na, "other")
    refund = unpaid(desk, ticket, state)
    assert refusal(desk, ticket["id"]) == refusal(desk, ticket["id"], ending="refunded") == "refund_unfinished"
    with pytest.raises(IllegalMove):
        desk.do(desk.mei, "update_tickets", ticket_ids=[other["id"], ticket["id"]], status="solved")
    assert desk.do(desk.mei, "ticket", ticket_id=other["id"])["ticket"]["status"] == "new"
    for decision in {"requested": ("review", "approve"), "in_review": ("approve",)}.get(state, ()):
        decide(desk, desk.david, refund, decision)
    pay(desk, desk.mei, refund)
    assert solve(desk, desk.mei, ticket["id"], ending="refunded")["status"] == "solved"


def test_what_nobody_can_pay_is_rejected_with_a_reason_and_can_be_appealed(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = unpaid(desk, ticket, "failed")
    with pytest.raises(Invalid):
        decide(desk, desk.david, refund, "give_up")
    decide(desk, desk.david, refund, "give_up", "收款账户已注销")
    assert solve(desk, desk.mei, ticket["id"])["status"] == "solved"
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert "收款账户已注销" in [event["values"].get("reason") for event in case["history"]]
    assert case["may"] == ["appeal"]


def test_no_money_moves_on_a_ticket_that_is_closed(desk: Desk) -> None:
    """No command closes one with such a refund; somebody at the database can."""
    refund, other = approved(desk), ask(desk, desk.ticket(desk.mei, desk.li_na), order="camera", amount=100)
    decide(desk, desk.david, other, "review")
    desk.change("UPDATE ticket SET status = 'closed'")
    for name, values in (
        ("decide_refund", {"refund_id": other["id"], "decision": "approve"}),
        ("pay_refund", {"refund_id": refund["id"], "reference": "流水 1"}),
    ):
        with pytest.raises(IllegalMove) as refused:
            desk.do(desk.lin, name, **values)
        assert refused.value.code == "ticket_closed"
    assert not desk.rows("SELECT id FROM payout")


def test_an_appeal_is_answered_before_the_ticket_is_solved(desk: Desk) -> None:
    ticket_id = frozen(desk)
    end(desk, desk.mei, ticket_id, "refused", reason="无法核实身份")
    desk.do(desk.li_na, "appeal_case", ticket_id=ticket_id, reason="我有新的证件")
    assert refusal(desk, ticket_id) == "appeal_open"
    other = desk.ticket(desk.mei, desk.li_na, "other")
    with pytest.raises(IllegalMove) as refused:
        desk.do(desk.mei, "merge_tickets", ticket_id=ticket_id, into_id=other["id"])
    assert refused.value.code == "appeal_open"
    with pytest.raises(Invalid):
        end(desk, desk.david, ticket_id, "refused")
    end(desk, desk.david, ticket_id, "refused", reason="新证件也不清楚")
    case = next(case for case in desk.do(desk.li_na, "my_cases")["cases"] if case["ticket_id"] == ticket_id)
    assert [event["values"]["reason"] for event in case["history"] if event["code"] == "ended"] == [
        "无法核实身份",
        "新证件也不清楚",
    ]
    assert desk.do(desk.mei, "update_ticket", ticket_id=ticket_id, status="closed")["ticket"]["status"] == "closed"


def test_an_appeal_about_money_is_answered_by_the_decision_on_it(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na)
    refund = unpaid(desk, ticket, "in_review")
    decide(desk, desk.david, refund, "reject", "已使用")
    desk.do(desk.li_na, "appeal_case", ticket_id=ticket["id"], reason="没有用过")
    assert refusal(desk, ticket["id"]) == "refund_unfinished"
    decide(desk, desk.lin, refund, "reject", "有使用痕迹")
    assert solve(desk, desk.mei, ticket["id"])["status"] == "solved"


def test_only_what_nobody_has_to_answer_for_is_solved_without_an_ending(desk: Desk) -> None:
    assert refusal(desk, frozen(desk)) == "ending_needed"
    other = desk.ticket(desk.mei, desk.li_na, "other")["id"]
    desk.change("""UPDATE site SET second_person = '["other"]'""")
    assert refusal(desk, other) == "ending_needed"
    desk.change("UPDATE site SET second_person = '[]'")
    assert solve(desk, desk.mei, other)["status"] == "solved"


def test_what_is_merged_into_something_solved_opens_it_again(desk: Desk) -> None:
    ticket, into = desk.ticket(desk.mei, desk.li_na), desk.ticket(desk.mei, desk.li_na, "other")
    unpaid(desk, ticket, "approved")
    solve(desk, desk.mei, into["id"])
    merged = desk.do(desk.mei, "merge_tickets", ticket_id=ticket["id"], into_id=into["id"])["ticket"]
    assert (merged["status"], [refund["state"] for refund in merged["refunds"]]) == ("open", ["approved"])


@pytest.mark.parametrize(("ending", "waits"), [("refused", True), ("passed_on", False)])
def test_a_refusal_waits_for_an_appeal_for_a_month_before_it_is_closed(desk: Desk, ending: str, waits: bool) -> None:
    ticket_id = frozen(desk)
    end(desk, desk.mei, ticket_id, ending, reason="无法核实身份")
    desk.wait(days=29)
    desk.sweep()
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert (case["status"], case["may"]) == (("solved", ["appeal"]) if waits else ("closed", []))
    desk.wait(days=2)
    desk.sweep()
    assert desk.do(desk.li_na, "my_cases")["cases"][0]["status"] == "closed"
