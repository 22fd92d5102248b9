"""Asking a shop for what somebody bought: behind the scenes, seldom, and whatever it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chat.actions import jobs, shop
from chat.domain import signature
from chat.errors import Invalid
from chat.store import Store
from chat.work.shops import AskShops, HttpShop
from tests.actions.conftest import Desk
from tests.actions.conftest import desk as desk
from tests.actions.test_shop import SECRET, a_payment, an_order

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
THEIRS = {"id": "li_na"}


def asked(desk: Desk, answer: Answer) -> list[Exception]:
    """An agent looks at Li Na's orders, and the shop is asked. Gives what went wrong then."""
    desk.do(desk.mei, "customer_orders", conversation_id=desk.conversation(desk.li_na, "我的订单"))

    async def story(store: Store) -> list[Exception]:
        app = web.Application()
        app.router.add_get("/api/orders", answer)
        async with TestServer(app) as server:
            await store.write(shop.set_shop_url, "shop", f"http://{server.host}:{server.port}/api/")
            failed = []
            for job in await store.write(jobs.claim, ["shop_orders"], "worker", 16):
                try:
                    await AskShops(store, HttpShop(seconds=0.5)).keep(job)
                except Exception as error:
                    failed.append(error)
            return failed

    return desk.run(story)


@pytest.fixture(autouse=True)
def known(desk: Desk) -> None:
    desk.change(
        "UPDATE site SET shop_secret = :secret, shop_url = 'http://127.0.0.1' WHERE key = 'shop'", secret=SECRET
    )


def numbers(desk: Desk) -> set[str]:
    return {row["number"] for row in desk.rows("SELECT number FROM purchase")}


def test_what_the_shop_answers_is_there_the_next_time_somebody_looks(desk: Desk) -> None:
    heard: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append((request.query["customer"], request.headers["Nightdesk-Signature"]))
        return web.json_response({"orders": [an_order(customer=THEIRS)], "payments": [a_payment()]})

    assert asked(desk, answer) == []
    ((customer, signed),) = heard
    assert customer == "li_na"
    signature.check(SECRET, customer, signed, desk.now)
    seen = desk.do(desk.li_na, "my_orders")["orders"]
    (lamp,) = [order for order in seen if order["number"] == "A-1001"]
    assert [payment["number"] for payment in lamp["transactions"]] == ["P-1001"]


def test_a_long_answer_is_read_whole(desk: Desk) -> None:
    items = [{"name": "台灯" * 20, "amount": 1}] * 1_000
    orders = [an_order(number, customer=THEIRS, items=items) for number in ("A-1001", "A-1002")]

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"orders": orders})

    assert asked(desk, answer) == []
    assert {"A-1001", "A-1002"} <= numbers(desk)


def test_it_is_asked_about_one_person_at_most_every_five_minutes(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "我的订单")
    for _ in range(3):
        desk.do(desk.mei, "customer_orders", conversation_id=conversation_id)
    assert len(desk.rows("SELECT * FROM job WHERE kind = 'shop_orders'")) == 1
    desk.wait(minutes=5)
    desk.do(desk.mei, "customer_orders", conversation_id=conversation_id)
    assert len(desk.rows("SELECT * FROM job WHERE kind = 'shop_orders'")) == 2


def test_a_shop_that_hangs_or_fails_or_talks_nonsense_is_asked_again_and_nothing_is_stored(desk: Desk) -> None:
    gate = asyncio.Event()

    async def hangs(request: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    async def fails(request: web.Request) -> web.Response:
        return web.Response(status=500)

    async def nonsense(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps({"orders": [an_order(total="much")]}))

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/")

    before = numbers(desk)
    for wrong in (hangs, fails, nonsense, elsewhere):
        assert asked(desk, wrong)  # those of before are tried again, too
        desk.wait(minutes=10)
    assert numbers(desk) == before


def test_one_order_that_contradicts_what_is_known_does_not_keep_the_others_away(desk: Desk) -> None:
    (shoes,) = desk.rows("SELECT number FROM purchase WHERE id = :id", id=desk.ids["shoes"])
    orders: list[dict[str, Any]] = [
        an_order(shoes["number"], customer={"id": "somebody-else"}),
        an_order("A-2002", customer=THEIRS),
    ]

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"orders": orders})

    assert asked(desk, answer) == []
    assert "A-2002" in numbers(desk)
    assert desk.rows("SELECT * FROM customer WHERE external_id = 'somebody-else'") == []


def test_a_site_without_an_address_asks_nobody_and_a_wrong_address_is_refused(desk: Desk) -> None:
    desk.change("UPDATE site SET shop_url = NULL")
    desk.do(desk.mei, "customer_orders", conversation_id=desk.conversation(desk.li_na, "我的订单"))
    assert desk.rows("SELECT * FROM job WHERE kind = 'shop_orders'") == []
    for wrong in ("shop.example.com", "ftp://shop.example.com", "https://", "https://shop.example.com/?a=b"):
        with pytest.raises(Invalid):
            desk.write(shop.set_shop_url, "shop", wrong)
