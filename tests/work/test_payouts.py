"""Paying through the payment service: whatever it does, and whoever tries at once, money moves once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chat.actions import jobs
from chat.actions.access import Caller, Who
from chat.actions.perform import perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import BadShape, Conflict, Forbidden, IllegalMove, Invalid, NightdeskError, NotFound, Unauthenticated
from chat.store import Keys, Store
from chat.store.tables import new_id
from chat.work.payouts import HttpService, Payouts
from tests.actions.conftest import Desk
from tests.actions.conftest import desk as desk
from tests.actions.test_refunds import approved, ask, decide, pay
from tests.payments import Service, payment_service, told

ALIPAY = {"way": "alipay", "account": "lina@mail.example", "holder": "李娜"}
SECONDS = 0.2  # the service may take for an answer here


def begin(desk: Desk, **values: Any) -> tuple[Any, str]:
    """A refund that the service is to pay, and its payout's id."""
    refund = approved(desk, payout=ALIPAY, **values)
    assert pay(desk, desk.mei, refund, way="service", reference=None)["state"] == "paying"
    return refund, newest_payout(desk, refund)["id"]


def newest_payout(desk: Desk, refund: Any) -> dict[str, Any]:
    return desk.rows("SELECT * FROM payout WHERE refund_id = :id ORDER BY at, id", id=refund["id"])[-1]


def work(desk: Desk, during: Callable[[Service, Callable[[], Awaitable[int]]], Awaitable[None]]) -> Service:
    """A story with the service at hand, and a worker that carries out what is due when it is told to."""

    async def story(store: Store) -> Service:
        async with payment_service(lambda: desk.now) as service:
            payouts = Payouts(store, HttpService(service.url, SECONDS))

            async def carry_out() -> int:
                due = await store.write(jobs.claim, ["payout"], "worker", 16)
                await asyncio.gather(*(payouts.keep(job) for job in due))
                return len(due)

            await during(service, carry_out)
            return service

    return desk.run(story)


def state(desk: Desk, refund: Any) -> tuple[str, str]:
    (row,) = desk.rows("SELECT state FROM refund WHERE id = :id", id=refund["id"])
    return row["state"], newest_payout(desk, refund)["state"]


# -- what the service answers -----------------------------------------------------------------------------------------


def test_the_service_is_told_what_to_pay_and_where_to(desk: Desk) -> None:
    refund, payout_id = begin(desk)

    async def story(service: Service, carry_out: Any) -> None:
        await carry_out()

    service = work(desk, story)
    (order,) = service.paid
    assert (order["id"], order["amount"], order["currency"]) == (payout_id, 12_800, "CNY")
    assert (order["to"], order["of"]["channel"]) == (ALIPAY, "alipay")
    paid = desk.do(desk.mei, "ticket", ticket_id=refund["ticket_id"])["ticket"]["refunds"][0]
    assert (paid["state"], paid["reference"]) == ("paid", "PS-1")
    assert [(p["way"], p["state"], p["reference"]) for p in paid["payments"]] == [("service", "paid", "PS-1")]
    (job,) = desk.rows("SELECT * FROM job WHERE kind = 'payout'")
    assert job["done_at"]
    assert "lina" not in job["payload"]


@pytest.mark.parametrize(
    ("before", "after"), [("pay", "error"), ("pay", "hang"), ("pay", "nonsense"), ("pend", "answer")]
)
def test_what_it_does_not_say_clearly_is_asked_for_and_not_paid_again(desk: Desk, before: str, after: str) -> None:
    refund, payout_id = begin(desk)

    async def story(service: Service, carry_out: Any) -> None:
        service.before, service.after = before, after
        assert await carry_out() == 1
        desk.now += jobs.LEASE  # the next look is later
        service.known[payout_id]["state"] = "paid"
        assert await carry_out() == 1

    service = work(desk, story)
    assert (len(service.paid), len(service.told), service.asked) == (1, 1, [payout_id])
    assert state(desk, refund) == ("paid", "paid")


@pytest.mark.parametrize(
    ("said", "ends", "kept"),
    [
        ({"state": "paid", "reference": " "}, "paid", {"reference": None}),
        ({"state": "paid", "reference": "8" * 300}, "paid", {"reference": "8" * 200}),
        ({"state": "failed", "error": ""}, "failed", {"error": None}),
        ({"state": "failed", "error": "no " * 700}, "failed", {"error": ("no " * 700)[:200]}),
    ],
)
def test_what_it_adds_leaves_nobody_in_doubt_about_the_money(
    desk: Desk, said: dict[str, str], ends: str, kept: dict[str, str | None]
) -> None:
    refund, payout_id = begin(desk)
    added = {name: value for name, value in said.items() if name != "state"}
    hear(desk, *told(payout_id, said["state"], desk.now, **added))
    assert state(desk, refund) == (ends, ends)
    assert newest_payout(desk, refund).items() >= kept.items()


def test_as_long_as_it_says_nothing_the_refund_goes_on_being_paid(desk: Desk) -> None:
    refund, payout_id = begin(desk)

    async def story(service: Service, carry_out: Any) -> None:
        service.before = "pend"
        for _ in range(30):  # more than other jobs are tried
            assert await carry_out() == 1
            desk.now += 60 * jobs.LEASE

    service = work(desk, story)
    assert state(desk, refund) == ("paying", "unknown")
    assert (len(service.paid), len(service.told), len(service.asked)) == (1, 1, 29)
    with pytest.raises(IllegalMove, match="pay a refund that is being paid"):
        pay(desk, desk.david, refund)
    body, signature = told(payout_id, "paid", desk.now, reference="PS-9")
    hear(desk, body, signature)
    assert state(desk, refund) == ("paid", "paid")


def test_one_that_never_heard_of_it_is_told_again_under_the_same_key(desk: Desk) -> None:
    refund, payout_id = begin(desk)

    async def story(service: Service, carry_out: Any) -> None:
        service.before = "error"
        await carry_out()
        service.before = "pay"
        desk.now += jobs.LEASE
        await carry_out()

    service = work(desk, story)
    assert [order["id"] for order in service.told] == [payout_id] * 2
    assert len(service.paid) == 1
    assert state(desk, refund) == ("paid", "paid")


def test_a_service_that_is_gone_is_asked_later(desk: Desk) -> None:
    refund, _ = begin(desk)

    async def story(store: Store) -> None:
        (job,) = await store.write(jobs.claim, ["payout"], "worker", 16)
        await Payouts(store, HttpService("http://127.0.0.1:1", SECONDS)).keep(job)

    desk.run(story)
    assert state(desk, refund) == ("paying", "unknown")
    (waits,) = desk.rows("SELECT * FROM job WHERE kind = 'payout' AND done_at IS NULL")
    assert waits["run_at"] > desk.now.timestamp() * 1000


def test_what_has_failed_is_tried_again_by_a_person_as_another_payout(desk: Desk) -> None:
    refund, payout_id = begin(desk)

    async def refuse(service: Service, carry_out: Any) -> None:
        service.before = "refuse"
        await carry_out()

    work(desk, refuse)
    assert state(desk, refund) == ("failed", "failed")
    error = newest_payout(desk, refund)["error"]
    assert error.startswith("no account")
    assert "lina" not in error  # a service may quote what it was given
    assert "lina" not in json.dumps(desk.rows("SELECT reason, data FROM ticketevent"), ensure_ascii=False)

    pay(desk, desk.mei, refund, way="service", reference=None)
    assert newest_payout(desk, refund)["id"] != payout_id

    async def story(service: Service, carry_out: Any) -> None:
        await carry_out()

    assert len(work(desk, story).paid) == 1
    assert state(desk, refund) == ("paid", "paid")


def test_a_worker_that_died_between_call_and_commit_is_followed_by_one_that_asks(desk: Desk) -> None:
    refund, payout_id = begin(desk)

    async def story(service: Service, carry_out: Any) -> None:
        service.after = "hang"
        dying = asyncio.create_task(carry_out())
        async with asyncio.timeout(10):
            await service.came.wait()
        dying.cancel()
        await asyncio.wait({dying})
        service.after = "answer"
        assert await carry_out() == 0  # nobody takes it before its lease has ended
        desk.now += jobs.LEASE
        assert await carry_out() == 1

    service = work(desk, story)
    assert (len(service.told), len(service.paid), service.asked) == (1, 1, [payout_id])
    assert state(desk, refund) == ("paid", "paid")


# -- many at once -----------------------------------------------------------------------------------------------------


async def at_once(store: Store, calls: list[tuple[Who, str, dict[str, Any]]]) -> list[Any]:
    async def one(who: Who, name: str, values: dict[str, Any]) -> Any:
        command = at_door("agent")[name]
        return await store.write(perform, command, who, read_input(command.input, values), ())

    return await asyncio.gather(*(one(*call) for call in calls), return_exceptions=True)


def test_twenty_approvals_and_twenty_payments_at_once_are_one(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na), payout=ALIPAY)
    decide(desk, desk.david, refund, "review")
    deciders = [desk.david, desk.lin, desk.admin]

    async def story(store: Store) -> tuple[list[Any], list[Any], Service]:
        approve = {"refund_id": refund["id"], "decision": "approve"}
        approvals = await at_once(store, [(deciders[n % 3], "decide_refund", approve) for n in range(20)])
        calls: list[tuple[Who, str, dict[str, Any]]] = [
            (deciders[n % 3], "pay_refund", {"refund_id": refund["id"], "client_id": new_id(), "way": "service"})
            for n in range(20)
        ]
        async with payment_service(lambda: desk.now) as service:
            payments = await at_once(store, calls)
            payouts = Payouts(store, HttpService(service.url, 10))
            due = await store.write(jobs.claim, ["payout"], "worker", 16)
            # The same job in many hands: what a lease that ran out too early would come to.
            await asyncio.gather(*(payouts.keep(job) for job in due * 5), return_exceptions=True)
            return approvals, payments, service

    approvals, payments, service = desk.run(story)
    for answers in (approvals, payments):
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert all(isinstance(a, NightdeskError) and a.status == 409 for a in answers if isinstance(a, BaseException))
    assert len(service.paid) == 1
    assert len({order["id"] for order in service.told}) == 1
    assert state(desk, refund) == ("paid", "paid")
    assert len(desk.rows("SELECT id FROM payout")) == 1
    assert len(desk.rows("SELECT 1 FROM ticketevent WHERE code IN ('refund_approved', 'refund_paid')")) == 2
    (order,) = [o for o in desk.do(desk.li_na, "my_orders")["orders"] if o["id"] == desk.ids["shoes"]]
    assert (order["refunded"], order["refundable"]) == (12_800, 30_000)


# -- what the service tells by itself ---------------------------------------------------------------------------------


def hear(desk: Desk, body: str, signature: str) -> None:
    command = at_door("hook")["payments"]
    given = read_input(command.input, {"body": body, "signature": signature})
    desk.write(perform, command, Who(Caller.PUBLIC), given, ())


def test_the_service_tells_by_itself_and_again_and_nothing_happens_twice(desk: Desk) -> None:
    refund, payout_id = begin(desk)
    for _ in range(3):
        hear(desk, *told(payout_id, "paid", desk.now, reference="PS-7"))
    assert state(desk, refund) == ("paid", "paid")
    assert len(desk.rows("SELECT 1 FROM ticketevent WHERE code = 'refund_paid'")) == 1

    async def story(service: Service, carry_out: Any) -> None:
        assert await carry_out() == 1

    assert not work(desk, story).told  # the job finds that it is known


def contradictions(desk: Desk, refund: Any) -> list[dict[str, Any]]:
    """What staff read of it; the customer reads nothing."""
    events = desk.do(desk.mei, "ticket", ticket_id=refund["ticket_id"])["ticket"]["events"]
    found = [event for event in events if event["code"] == "payout_contradicted"]
    assert not [event for event in found if event["visible"]]
    return [event["values"] for event in found]


def alerts(desk: Desk) -> list[Any]:
    desk.watch()
    found: list[Any] = desk.do(desk.lin, "sync")["desk"]["alerts"]
    return [alert for alert in found if alert["kind"] == "payout_doubtful"]


def test_money_that_has_moved_after_all_counts_as_paid(desk: Desk) -> None:
    refund, payout_id = begin(desk)
    hear(desk, *told(payout_id, "failed", desk.now, error="closed"))
    for _ in range(2):
        hear(desk, *told(payout_id, "paid", desk.now, reference="PS-7"))
    assert state(desk, refund) == ("paid", "paid")
    assert contradictions(desk, refund) == [{"was": "failed", "said": "paid"}]
    with pytest.raises(IllegalMove):
        pay(desk, desk.lin, refund)
    (order,) = [o for o in desk.do(desk.li_na, "my_orders")["orders"] if o["id"] == desk.ids["shoes"]]
    assert (order["refunded"], order["refundable"]) == (12_800, 30_000)
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert [event["code"] for event in case["history"]].count("refund_paid") == 1
    assert not alerts(desk)


@pytest.mark.parametrize("meanwhile", ["is paid again", "is rejected", "went another way", "they went back again"])
def test_money_that_may_have_moved_twice_is_for_a_supervisor_and_nothing_more_is_paid(
    desk: Desk, meanwhile: str
) -> None:
    cups = [{"line": 1, "name": "杯子", "quantity": 2, "amount": 42_800}]
    desk.change("UPDATE purchase SET items = :items WHERE id = :id", items=json.dumps(cups), id=desk.ids["shoes"])
    counted = {"lines": [1], "counts": [{"line": 1, "count": 2}]}
    refund, payout_id = begin(desk, amount=30_000, **counted)
    hear(desk, *told(payout_id, "failed", desk.now, error="closed"))
    if meanwhile == "they went back again":
        desk.change("UPDATE refund SET state = 'paid' WHERE id = :id",
                    id=ask(desk, desk.ticket(desk.mei, desk.li_na), amount=100, **counted)["id"])  # fmt: skip
    elif meanwhile == "is paid again":
        pay(desk, desk.mei, refund)
    elif meanwhile == "is rejected":
        decide(desk, desk.lin, refund, "give_up", "账户已注销")
    else:
        ask(desk, desk.ticket(desk.mei, desk.li_na), amount=42_800)
    before = state(desk, refund)
    for _ in range(2):
        hear(desk, *told(payout_id, "paid", desk.now, reference="PS-7"))
    assert state(desk, refund) == before
    assert contradictions(desk, refund) == [{"was": "failed", "said": "paid"}]
    with pytest.raises(IllegalMove) as refused:
        pay(desk, desk.lin, refund)
    assert refused.value.code == "payout_doubtful"
    (alert,) = alerts(desk)
    assert (alert["count"], alert["ticket_id"]) == (1, refund["ticket_id"])
    with pytest.raises(Forbidden):
        desk.do(desk.mei, "clear_payout", refund_id=refund["id"], reason="看过了")
    cleared = desk.do(desk.lin, "clear_payout", refund_id=refund["id"], reason="支付服务确认只付了一笔")["refund"]
    assert not [payment for payment in cleared["payments"] if "said" in payment]
    assert not alerts(desk)
    with pytest.raises(Conflict):
        desk.do(desk.lin, "clear_payout", refund_id=refund["id"], reason="再看一次")


def test_what_was_paid_and_is_said_to_have_failed_stays_paid_and_is_for_a_supervisor(desk: Desk) -> None:
    refund, payout_id = begin(desk)
    hear(desk, *told(payout_id, "paid", desk.now, reference="PS-7"))
    hear(desk, *told(payout_id, "failed", desk.now, error="closed"))
    assert state(desk, refund) == ("paid", "paid")
    assert contradictions(desk, refund) == [{"was": "paid", "said": "failed"}]
    assert len(alerts(desk)) == 1


def test_what_is_forged_late_or_shapeless_is_not_heard(desk: Desk) -> None:
    refund, payout_id = begin(desk)
    body, signature = told(payout_id, "paid", desk.now)
    early = told(payout_id, "paid", desk.now.fromtimestamp(desk.now.timestamp() - 301, desk.now.tzinfo))
    for given in ((body, ""), (body, signature[:-1] + "x"), (body.replace("paid", "Paid"), signature), early):
        with pytest.raises(Unauthenticated):
            hear(desk, *given)
    for shapeless in (told(payout_id, "lost", desk.now), told("1", "paid", desk.now)):
        with pytest.raises(BadShape):
            hear(desk, *shapeless)
    with pytest.raises(NotFound):
        hear(desk, *told(new_id(), "paid", desk.now))
    assert state(desk, refund) == ("paying", "asked")
    hear(desk, body, signature)
    assert state(desk, refund) == ("paid", "paid")


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_a_payment_by_hand_is_a_payout_too(desk: Desk) -> None:
    paid = pay(desk, desk.mei, approved(desk))
    assert [(p["way"], p["state"], p["reference"]) for p in paid["payments"]] == [("by_hand", "paid", "流水 8861")]


def test_the_service_gives_the_reference(desk: Desk) -> None:
    with pytest.raises(BadShape):
        pay(desk, desk.mei, approved(desk), way="service", reference="WX-1")


def test_without_a_service_it_cannot_be_asked(desk: Desk) -> None:
    refund = approved(desk)
    desk.run(_without_service)
    with pytest.raises(Invalid) as refused:
        pay(desk, desk.mei, refund, way="service", reference=None)
    assert refused.value.code == "no_payment_service"


def test_a_server_that_cannot_ask_goes_on_trying_and_agents_are_told(desk: Desk) -> None:
    """As when its secret was lost, for longer than other jobs are tried."""
    refund, payout_id = begin(desk)
    keys = desk.run(_without_service)

    async def fail(store: Store) -> None:
        for _ in range(3 * jobs.ATTEMPTS):
            (job,) = await store.write(jobs.claim, ["payout"], "worker", 16)
            with pytest.raises(Invalid, match="payouts wait"):
                await Payouts(store, HttpService("http://127.0.0.1:1", SECONDS)).keep(job)
            assert await store.write(jobs.retry, job, "no payment service")
            desk.now += timedelta(hours=1)

    desk.run(fail)
    assert state(desk, refund) == ("paying", "asked")
    assert silent(desk, desk.lin) == [refund["ticket_id"]]
    assert silent(desk, desk.peter) == []  # of another site

    async def story(service: Service, carry_out: Any) -> None:
        service.before = "pend"
        assert await carry_out() == 1
        service.known[payout_id]["state"] = "paid"
        desk.now += jobs.LEASE
        assert await carry_out() == 1

    desk.run(lambda store: _with_keys(store, keys))
    assert len(work(desk, story).paid) == 1
    assert silent(desk, desk.lin) == []


def test_a_payment_that_is_said_to_go_on_has_a_day(desk: Desk) -> None:
    begin(desk)

    async def story(service: Service, carry_out: Any) -> None:
        service.before = "pend"
        assert await carry_out() == 1

    work(desk, story)
    desk.wait(hours=23)
    assert silent(desk, desk.lin) == []
    desk.wait(hours=1)
    assert len(silent(desk, desk.lin)) == 1


def silent(desk: Desk, who: Who) -> list[str]:
    desk.watch()
    found = desk.do(who, "sync")["desk"]["alerts"]
    return [alert["ticket_id"] for alert in found if alert["kind"] == "payout_silent"]


async def _with_keys(store: Store, keys: Keys) -> None:
    store.clock = replace(store.clock, keys=keys)


async def _without_service(store: Store) -> Keys:
    before = store.clock.keys
    store.clock = replace(store.clock, keys=replace(store.clock.keys, payment_secret=None))
    return before
