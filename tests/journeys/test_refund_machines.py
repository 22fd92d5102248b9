"""Refunds and their ticket at random through the HTTP door: what no table allows gets 409 and changes nothing."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from chat.domain.refunds import COUNTED, REFUND_MOVES, RefundState
from chat.domain.tickets import TICKET_MOVES
from chat.store import Tx
from tests.conftest import Serve, Server
from tests.journeys.refunds import Refunds
from tests.payments import SECRET, told

DECISIONS = ("review", "ask_evidence", "approve", "reject", "give_up")
STATUSES = ("open", "pending", "on_hold", "solved", "closed")
STAFF = ("mei", "david", "lin", "admin")
STEPS = 60


def everything(tx: Tx, now: datetime) -> dict[str, list[str]]:
    tables = ("refund", "payout", "ticket", "ticketevent", "ticketlink", "purchase", "payment", "job", "message")
    return {table: sorted(str(dict(row)) for row in tx.rows(f"SELECT * FROM {table}")) for table in tables}


def money(tx: Tx, ticket_id: str, now: datetime) -> list[dict[str, Any]]:
    refunds = tx.rows("SELECT * FROM refund WHERE ticket_id = :id ORDER BY id", id=ticket_id)
    paid = {row["refund_id"] for row in tx.rows("SELECT refund_id FROM payout WHERE state <> 'failed'")}
    many = tx.rows("SELECT refund_id FROM payout WHERE state <> 'failed' GROUP BY refund_id HAVING COUNT(*) > 1")
    assert not many
    return [dict(row) | {"has_payout": row["id"] in paid} for row in refunds]


def states(tx: Tx, ticket_id: str, now: datetime) -> tuple[str, dict[str, str]]:
    status = tx.value("SELECT status FROM ticket WHERE id = :id", id=ticket_id)
    rows = tx.rows("SELECT id, state FROM refund WHERE ticket_id = :id", id=ticket_id)
    return status, {row["id"]: row["state"] for row in rows}


@pytest.fixture
async def server(serve: Serve) -> Server:
    return await serve(work=False, payment_url="http://127.0.0.1:1", payment_secret=SECRET)


@pytest.fixture
async def desk(server: Server) -> AsyncIterator[Refunds]:
    async with Refunds(server.url) as desk:
        await desk.ticket()
        yield desk


async def tell(server: Server, payout_id: str, state: str) -> int:
    body, signature = told(payout_id, state, datetime.now().astimezone(), reference="PS-1")
    headers = {"Content-Type": "application/json", "Nightdesk-Signature": signature}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/hooks/payments", data=body, headers=headers) as answer,
    ):
        return answer.status


def payouts(tx: Tx, now: datetime) -> list[str]:
    return [row["id"] for row in tx.rows("SELECT id FROM payout WHERE way = 'service' ORDER BY id")]


async def something(server: Server, desk: Refunds, chance: random.Random, refunds: list[str]) -> int:
    """Somebody tries something; the status of the answer."""
    who, act = chance.choice(STAFF), chance.random()
    if not refunds or act < 0.15:
        amount = chance.choice([1, 100, 9_900, 19_800])
        status, envelope = await desk.call(who, "request_refund", **desk.asking(amount=amount))
        if status == 200:
            refunds.append(envelope["value"]["refund"]["id"])
        return status
    if act < 0.3:
        return (await desk.call(who, "update_ticket", ticket_id=desk.ticket_id, status=chance.choice(STATUSES)))[0]
    if act < 0.5:
        way = chance.choice(["by_hand", "service"])
        return (await desk.call(who, "pay_refund", refund_id=chance.choice(refunds), way=way))[0]
    if act < 0.65 and (asked := await server.store.read(payouts)):
        return await tell(server, chance.choice(asked), chance.choice(["paid", "failed", "pending"]))
    decision = chance.choice(DECISIONS)
    refund_id = chance.choice(refunds[-2:])
    given = {"refund_id": refund_id, "decision": decision, "reason": "看过了"}
    return (await desk.call(who, "decide_refund", **given))[0]


@pytest.mark.parametrize("seed", range(3))
async def test_illegal_moves_change_nothing_and_the_sums_hold(server: Server, desk: Refunds, seed: int) -> None:
    chance, refunds, answers = random.Random(seed), list[str](), list[int]()
    total = next(order for order in desk.orders if order["refundable"] >= 200)["total"]
    for _ in range(STEPS):
        before, (status, was) = await server.store.read(everything), await server.store.read(states, desk.ticket_id)
        answer = await something(server, desk, chance, refunds)
        answers.append(answer)
        assert answer in (200, 403, 409, 422)
        if answer != 200:
            assert await server.store.read(everything) == before
        now, are = await server.store.read(states, desk.ticket_id)
        assert now == status or now in {to for (at, _), to in TICKET_MOVES.items() if at == status}
        for refund_id, state in are.items():
            reached = {was.get(refund_id, "requested")}
            for _ in range(2):  # by hand it is being paid and paid at once
                reached |= {to for (at, _), to in REFUND_MOVES.items() if at in reached}
            assert state in reached
        held = await server.store.read(money, desk.ticket_id)
        assert sum(row["amount"] for row in held if row["state"] in COUNTED) <= total
        for row in held:
            assert row["has_payout"] == (row["state"] in (RefundState.PAYING, RefundState.PAID))
            assert row["requested_by_id"] != row["decided_by_id"]
    assert answers.count(200) >= 10  # they must get somewhere for this to mean anything
    assert answers.count(409) >= 5


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": ({"amount": 0}, 400, "amount"),
    "less than nothing": ({"amount": -1}, 400, "amount"),
    "more than is left": ({"amount": 10**9}, 422, "can still be refunded"),
    "more than a column holds": ({"amount": 10**30}, 400, "amount"),
    "a fraction of a fen": ({"amount": 99.5}, 400, "amount"),
    "a whole number with a point": ({"amount": 100.0}, 400, "amount"),
    "text": ({"amount": "100"}, 400, "amount"),
    "true": ({"amount": True}, 400, "amount"),
    "none": ({"amount": None}, 400, "amount"),
    "another currency": ({"currency": "USD"}, 422, "paid in CNY"),
    "no currency": ({"currency": "yuan"}, 400, "currency"),
    "nobody's order": ({"order_id": "00000000-0000-7000-8000-000000000000"}, 404, "no such order"),
    "no id": ({"order_id": "1 OR 1=1"}, 400, "order_id"),
    "a line it has not": ({"lines": [77]}, 422, "no line 77"),
    "a dispute that does not add up": ({"charged": 500, "expected": 500}, 422, "charged too much"),
    "half a dispute": ({"charged": 500}, 400, "what was expected"),
    "an account without a number": ({"payout": {"way": "bank"}}, 422, "which account"),
    "a way there is not": ({"payout": {"way": "cash"}}, 400, "payout.way"),
}


async def test_amounts_and_orders_that_cannot_be_are_refused_in_words(server: Server, desk: Refunds) -> None:
    before = await server.store.read(everything)
    for name, (values, wanted, sentence) in BAD.items():
        status, envelope = await desk.call("mei", "request_refund", **desk.asking(**values))
        assert (status, envelope["ok"]) == (wanted, False), (name, envelope)
        assert sentence in envelope["error"]["message"], (name, envelope)
    assert await server.store.read(everything) == before
    assert (await desk.call("mei", "request_refund", **desk.asking()))[0] == 200


async def test_another_customers_order_is_nobodys(server: Server, desk: Refunds) -> None:
    def other(tx: Tx, now: datetime) -> str:
        whose = "(SELECT id FROM customer WHERE external_id = 'u-1001')"
        return str(tx.value(f"SELECT id FROM purchase WHERE customer_id <> {whose} LIMIT 1"))

    order_id = await server.store.read(other)
    for who, command, values in (
        ("mei", "request_refund", desk.asking(order_id=order_id)),
        ("li_na", "check_case", {"order_id": order_id}),
    ):
        status, envelope = await desk.call(who, command, **values)
        assert (status, envelope["error"]["code"]) == (404, "not_found")


async def test_a_password_is_guessed_slowly(server: Server, desk: Refunds) -> None:
    codes = [(await desk.call("mei", "confirm_password", password=f"guess {n}"))[1]["error"]["code"] for n in range(7)]
    assert codes[:5] == ["wrong_password"] * 5
    assert codes[5:] == ["too_many"] * 2
    assert (await desk.call("mei", "ticket", ticket_id=desk.ticket_id))[0] == 200  # the session goes on
