"""What one person may decide: by role, day and customer; above it a second one, and above that the password again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.actions.access import Who
from chat.actions.people import hash_password
from chat.domain.refund_limits import Limits, Sums, exceeded
from chat.errors import Conflict, Forbidden, NightdeskError
from tests.actions.conftest import Desk
from tests.actions.test_refunds import approved, ask, decide, pay


def limit(desk: Desk, **limits: Any) -> None:
    desk.do(desk.admin, "set_site", site="shop", refund_limits=limits)


def approve(desk: Desk, refund: Any, by: Who) -> str:
    decide(desk, by, refund, "review")
    return str(decide(desk, by, refund, "approve")["state"])


def small(desk: Desk, amount: int = 5_000, line: int = 1, **values: Any) -> Any:
    """A refund that fits often into one order."""
    customer = values.pop("customer", desk.li_na)
    order = "lamp" if customer == desk.wang_wei else "shoes"
    return ask(desk, desk.ticket(desk.mei, customer), order=order, amount=amount, lines=[line], **values)


@pytest.mark.parametrize(
    ("role", "sums", "passed"),
    [
        ("agent", Sums(100, 1_000, 300, 500), []),
        ("agent", Sums(101, 1_000, 300, 500), ["refund"]),
        ("supervisor", Sums(101, 1_000, 300, 500), []),
        ("agent", Sums(100, 1_001, 300, 500), ["order"]),
        ("agent", Sums(100, 1_000, 301, 500), ["agent_day"]),
        ("agent", Sums(100, 1_000, 300, 501), ["customer_day"]),
        ("agent", Sums(2_000, 2_000, 2_000, 2_000), ["order", "refund", "agent_day", "customer_day"]),
    ],
)
def test_what_is_above_a_limit_passes_it_and_what_is_at_it_does_not(role: str, sums: Sums, passed: list[str]) -> None:
    assert exceeded(Limits(1_000, {"agent": 100}, 300, 500), role, sums) == passed


def test_each_role_has_its_limit_for_one_refund(desk: Desk) -> None:
    limit(desk, refund={"agent": 5_000})
    assert approve(desk, small(desk), desk.david) == "approved"
    refund = small(desk, 5_001, line=2)
    assert approve(desk, refund, desk.david) == "second_approval"
    (event,) = desk.rows("SELECT data FROM ticketevent WHERE code = 'refund_second_approval'")
    assert json.loads(event["data"])["limits"] == ["refund"]
    assert decide(desk, desk.lin, refund, "approve")["state"] == "approved"
    assert approve(desk, small(desk, 6_000, customer=desk.wang_wei), desk.lin) == "approved"


def test_an_agents_day_adds_up_and_the_next_day_is_a_new_one(desk: Desk) -> None:
    limit(desk, agent_day=10_000)
    assert approve(desk, small(desk), desk.david) == "approved"
    assert approve(desk, small(desk, customer=desk.wang_wei), desk.david) == "approved"
    refund = small(desk, 1, line=2)
    assert approve(desk, refund, desk.david) == "second_approval"
    decide(desk, desk.lin, refund, "reject", "明天再说")
    desk.wait(hours=11, minutes=59)  # nearly midnight in Shanghai
    refund = small(desk, 1, line=2)
    assert approve(desk, refund, desk.david) == "second_approval"
    decide(desk, desk.lin, refund, "reject", "明天再说")
    desk.wait(minutes=1)
    assert approve(desk, small(desk, 1, line=2), desk.david) == "approved"


def test_others_have_their_own_day(desk: Desk) -> None:
    limit(desk, agent_day=10_000)
    approve(desk, small(desk, 10_000), desk.david)
    assert approve(desk, small(desk, 10_000, customer=desk.wang_wei, by=desk.david), desk.mei) == "approved"


def test_a_customers_day_adds_up_whoever_decides(desk: Desk) -> None:
    limit(desk, customer_day=10_000)
    assert approve(desk, small(desk, 6_000), desk.david) == "approved"
    assert approve(desk, small(desk, 6_000, customer=desk.wang_wei), desk.lin) == "approved"
    assert approve(desk, small(desk, 4_001, line=2), desk.lin) == "second_approval"


def test_what_was_rejected_or_withdrawn_leaves_the_day(desk: Desk) -> None:
    limit(desk, customer_day=10_000)
    refund = small(desk, 10_000)
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "reject", "重复")
    assert approve(desk, small(desk, 10_000), desk.david) == "approved"


def test_the_second_person_is_another_one_and_a_supervisor(desk: Desk) -> None:
    limit(desk, customer_day=1)
    refund = small(desk)
    assert approve(desk, refund, desk.david) == "second_approval"
    for who, error in ((desk.david, Conflict), (desk.mei, Conflict)):  # who was first, who asked
        with pytest.raises(error):
            decide(desk, who, refund, "approve")
    assert decide(desk, desk.lin, refund, "approve")["first_by"] == "David"


# -- the password once more -------------------------------------------------------------------------------------------


def know_password(desk: Desk, who: Who, password: str = "夜班-2026") -> None:
    desk.change("UPDATE agent SET password_hash = :kept WHERE id = :id", kept=hash_password(password), id=who.id)


def confirm(desk: Desk, who: Who, password: str = "夜班-2026") -> Any:
    return desk.do(who, "confirm_password", password=password)


def test_above_the_second_limit_deciding_and_paying_take_the_password_once_more(desk: Desk) -> None:
    limit(desk, confirm=5_000)
    know_password(desk, desk.david)
    refund = small(desk, 5_001)
    decide(desk, desk.david, refund, "review")
    for _ in range(2):
        with pytest.raises(Forbidden) as refused:
            decide(desk, desk.david, refund, "approve")
        assert refused.value.code == "confirm_needed"
    confirm(desk, desk.david)
    assert decide(desk, desk.david, refund, "approve")["state"] == "approved"
    with pytest.raises(Forbidden) as refused:
        pay(desk, desk.mei, refund)
    assert refused.value.code == "confirm_needed"
    assert pay(desk, desk.david, refund)["state"] == "paid"
    assert [row["what"] for row in desk.rows("SELECT what FROM audit WHERE subject_kind = 'agent'")] == [
        "password_confirmed"
    ]


def test_a_payment_that_failed_takes_it_again(desk: Desk) -> None:
    refund = small(desk, 5_001)
    approve(desk, refund, desk.david)
    limit(desk, confirm=5_000)
    desk.change("UPDATE refund SET state = 'failed' WHERE id = :id", id=refund["id"])
    with pytest.raises(Forbidden):
        pay(desk, desk.mei, refund)


def test_up_to_it_nobody_is_asked(desk: Desk) -> None:
    limit(desk, confirm=5_000)
    assert approve(desk, small(desk, 5_000), desk.david) == "approved"


def test_several_small_ones_of_an_order_ask_for_it_too(desk: Desk) -> None:
    limit(desk, confirm=5_000)
    approve(desk, small(desk, 5_000), desk.david)
    with pytest.raises(Forbidden):
        approve(desk, small(desk, 1, line=2), desk.david)


def test_a_confirmation_holds_ten_minutes_in_its_own_session(desk: Desk) -> None:
    limit(desk, confirm=1)
    know_password(desk, desk.david)
    refund = small(desk)
    decide(desk, desk.david, refund, "review")
    until = confirm(desk, desk.david)["until"]
    assert until == "2026-03-03T04:10:00.000Z"
    with pytest.raises(Forbidden):
        decide(desk, desk.another_session(desk.david), refund, "approve")
    desk.wait(minutes=10)
    with pytest.raises(Forbidden):
        decide(desk, desk.david, refund, "approve")
    confirm(desk, desk.david)
    assert decide(desk, desk.david, refund, "approve")["state"] == "approved"


def test_a_wrong_password_confirms_nothing(desk: Desk) -> None:
    limit(desk, confirm=1)
    know_password(desk, desk.david)
    know_password(desk, desk.lin, "别人的密码")
    with pytest.raises(NightdeskError) as refused:
        confirm(desk, desk.david, "别人的密码")
    assert (refused.value.code, refused.value.status) == ("wrong_password", 403)
    with pytest.raises(Forbidden):
        approve(desk, small(desk), desk.david)


def test_limits_do_not_hold_back_a_rejection(desk: Desk) -> None:
    limit(desk, confirm=1, customer_day=1)
    refund = small(desk)
    decide(desk, desk.david, refund, "review")
    assert decide(desk, desk.david, refund, "reject", "已使用")["state"] == "rejected"


def test_another_sites_limits_are_its_own(desk: Desk) -> None:
    desk.change("UPDATE site SET refund_limits = '{\"customer_day\": 1}' WHERE key = 'wallet'")
    assert approved(desk)["state"] == "approved"


def test_a_day_counts_every_currency_against_the_same_number(desk: Desk) -> None:
    limit(desk, customer_day=10_000)
    desk.change("UPDATE purchase SET currency = 'USD' WHERE id = :id", id=desk.ids["camera"])
    assert approve(desk, small(desk, 6_000), desk.david) == "approved"
    dollars = ask(desk, desk.ticket(desk.mei, desk.li_na), order="camera", amount=4_001, currency="USD")
    assert approve(desk, dollars, desk.david) == "second_approval"
    yuan = small(desk, 4_000, line=2)
    assert approve(desk, yuan, desk.david) == "approved"
