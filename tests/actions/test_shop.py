"""What a shop tells us: signed, once, in any order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chat.actions import shop
from chat.commands import Caller
from chat.domain.signature import signed
from chat.door import Who, read_input
from chat.errors import BadShape, Conflict, NotFound, Unauthenticated
from chat.wire import ShopHook
from tests.actions.conftest import Desk

SECRET = "the shop's secret of these tests"
SHOP = Who(Caller.PUBLIC)


@pytest.fixture(autouse=True)
def known(desk: Desk) -> None:
    desk.change("UPDATE site SET shop_secret = :secret WHERE key = 'shop'", secret=SECRET)


def an_order(number: str = "A-1001", **change: Any) -> dict[str, Any]:
    return {
        "number": number,
        "customer": {"id": "u-77", "name": "赵雷", "email": "zhao@example.com"},
        "state": "paid",
        "currency": "CNY",
        "total": 19_900,
        "channel": "alipay",
        "placed_at": "2026-03-01T09:00:00Z",
        "updated_at": "2026-03-01T09:05:00Z",
        "items": [{"name": "台灯", "quantity": 1, "amount": 19_900}],
        **change,
    }


def a_payment(**change: Any) -> dict[str, Any]:
    return {
        "number": "P-1001",
        "order": "A-1001",
        "channel": "alipay",
        "amount": 19_900,
        "currency": "CNY",
        "state": "succeeded",
        "created_at": "2026-03-01T09:01:00Z",
        "updated_at": "2026-03-01T09:05:00Z",
        **change,
    }


def tell(desk: Desk, event_id: str, kind: str = "order.created", *, secret: str = SECRET, **what: Any) -> bool:
    body = json.dumps({"id": event_id, "type": kind, **what}, ensure_ascii=False)
    return hook(desk, body, signed(secret, body, desk.now))


def hook(desk: Desk, body: str, signature: str, site: str = "shop") -> bool:
    given = read_input(ShopHook, {"site": site, "signature": signature, "body": body})
    heard: Any = desk.write(shop.hear, SHOP, given)
    return bool(heard.changed)


def stored(desk: Desk, number: str = "A-1001") -> dict[str, Any]:
    (order,) = desk.rows("SELECT * FROM purchase WHERE number = :number", number=number)
    return order


def test_an_order_the_shop_tells_of_is_its_customers_from_then_on(desk: Desk) -> None:
    assert tell(desk, "e1", order=an_order())
    assert tell(desk, "e2", "payment.updated", payment=a_payment())
    zhao = desk.arrive("zhao")
    desk.change("DELETE FROM session WHERE person_id = :id", id=zhao.id)
    (person,) = desk.rows("SELECT * FROM customer WHERE external_id = 'u-77'")
    assert (person["kind"], person["issuer"], person["name"]) == ("verified", "tests", "赵雷")
    assert stored(desk)["customer_id"] == person["id"]
    (payment,) = desk.rows("SELECT * FROM payment WHERE number = 'P-1001'")
    assert payment["order_id"] == stored(desk)["id"]
    assert json.loads(stored(desk)["items"]) == [{"line": 1, "name": "台灯", "quantity": 1, "amount": 19_900}]


def test_the_same_event_again_changes_nothing(desk: Desk) -> None:
    assert tell(desk, "e1", order=an_order())
    assert not tell(desk, "e1", order=an_order(state="cancelled", updated_at="2026-03-02T09:00:00Z"))
    assert stored(desk)["state"] == "paid"


def test_news_that_come_late_do_not_undo_what_is_newer(desk: Desk) -> None:
    assert tell(desk, "e3", "order.updated", order=an_order(state="delivered", updated_at="2026-03-03T09:00:00Z"))
    assert not tell(desk, "e2", "order.updated", order=an_order(state="shipped", updated_at="2026-03-02T09:00:00Z"))
    assert not tell(desk, "e1", order=an_order())
    assert stored(desk)["state"] == "delivered"
    assert tell(desk, "e4", "order.updated", order=an_order(state="cancelled", updated_at="2026-03-04T09:00:00Z"))
    assert stored(desk)["state"] == "cancelled"


def test_what_was_refunded_here_stays_refunded_whatever_the_shop_says_of_its_delivery(desk: Desk) -> None:
    tell(desk, "e1", order=an_order())
    desk.change("UPDATE purchase SET state = 'refunded' WHERE number = 'A-1001'")
    late = an_order(state="delivered", delivery="SF-1", updated_at="2026-03-05T09:00:00Z")
    assert tell(desk, "e2", "order.updated", order=late)
    assert (stored(desk)["state"], stored(desk)["delivery"]) == ("refunded", "SF-1")


def test_a_payment_before_its_order_is_refused_and_taken_when_it_is_told_again(desk: Desk) -> None:
    with pytest.raises(NotFound) as refused:
        tell(desk, "e2", "payment.updated", payment=a_payment())
    assert refused.value.code == "no_order"
    tell(desk, "e1", order=an_order())
    assert tell(desk, "e2", "payment.updated", payment=a_payment())


def test_a_payment_of_no_order_gets_none_later(desk: Desk) -> None:
    """So that a refund of it is never one of an order, and is counted once."""
    tell(desk, "e1", order=an_order())
    assert tell(desk, "e2", "payment.updated", payment=a_payment(order=None, customer={"id": "u-77"}))
    with pytest.raises(Conflict) as refused:
        tell(desk, "e3", "payment.updated", payment=a_payment(updated_at="2026-03-09T09:00:00Z"))
    assert refused.value.code == "other_customer"
    (payment,) = desk.rows("SELECT order_id FROM payment WHERE number = :number", number=a_payment()["number"])
    assert payment["order_id"] is None


def test_nobody_but_the_shop_is_heard(desk: Desk) -> None:
    body = json.dumps({"id": "e1", "type": "order.created", "order": an_order()})
    good = signed(SECRET, body, desk.now)
    for wrong in ("", "t=1,v1=0", signed("guessed", body, desk.now), good.replace("t=", "t=1"), good + "0"):
        with pytest.raises(Unauthenticated):
            hook(desk, body, wrong)
    with pytest.raises(Unauthenticated):
        hook(desk, body.replace("19900", "1"), good)
    with pytest.raises(Unauthenticated):
        hook(desk, body, good, site="wallet")  # which has no secret, so nobody may sign with none
    with pytest.raises(Unauthenticated):
        hook(desk, body, good, site="nowhere")
    for off in (timedelta(seconds=301), timedelta(seconds=-301)):
        with pytest.raises(Unauthenticated) as refused:
            hook(desk, body, signed(SECRET, body, desk.now + off))
        assert refused.value.code == "stale"
    assert desk.rows("SELECT * FROM shopevent") == []
    assert hook(desk, body, good)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"total": -1}, "total"),
        ({"total": 10**30}, "total"),
        ({"total": "199.00"}, "total"),
        ({"total": 199.5}, "total"),
        ({"currency": "yuan"}, "currency"),
        ({"state": "lost"}, "state"),
        ({"items": []}, "items"),
        ({"number": "../../etc"}, "number"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(desk: Desk, change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadShape, match=named):
        tell(desk, "e1", order=an_order(**change))
    assert desk.rows("SELECT * FROM shopevent") == []
    assert desk.rows("SELECT * FROM purchase WHERE number = 'A-1001'") == []


def test_an_order_cannot_wander_to_another_customer(desk: Desk) -> None:
    tell(desk, "e1", order=an_order())
    stolen = an_order(customer={"id": "u-88"}, updated_at="2026-03-09T09:00:00Z")
    with pytest.raises(Conflict) as refused:
        tell(desk, "e2", "order.updated", order=stolen)
    assert refused.value.code == "other_customer"
    with pytest.raises(Conflict):
        tell(desk, "e3", "payment.updated", payment=a_payment(currency="USD"))
    assert desk.rows("SELECT * FROM customer WHERE external_id = 'u-88'") == []


def test_nothing_wanders_to_another_currency(desk: Desk) -> None:
    tell(desk, "e1", order=an_order())
    loose = a_payment(order=None, customer={"id": "u-77"})
    tell(desk, "e2", "payment.updated", payment=loose)
    later = {"currency": "JPY", "updated_at": "2026-03-09T09:00:00Z"}
    for kind, what in (
        ("order.updated", {"order": an_order(**later)}),
        ("payment.updated", {"payment": loose | later}),
    ):
        with pytest.raises(Conflict) as refused:
            tell(desk, "e3", kind, **what)
        assert refused.value.code == "other_currency"
    assert {row["currency"] for row in desk.rows("SELECT currency FROM payment")} == {"CNY"}


@pytest.mark.parametrize("body", ["", "[]", "{", '{"id": "e1"}', '{"id": "e1", "type": "order.created"}'])
def test_a_body_that_says_nothing_is_refused(desk: Desk, body: str) -> None:
    with pytest.raises(BadShape):
        hook(desk, body, signed(SECRET, body, desk.now))
