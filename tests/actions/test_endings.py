"""How tickets end: who must be recognised first, where two people agree, and who decides after an appeal."""

from __future__ import annotations

from typing import Any

import pytest

from chat.actions.access import Who
from chat.errors import Conflict, IllegalMove, Invalid, NotFound
from tests.actions.conftest import Desk


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
