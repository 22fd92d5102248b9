"""What other servers tell us, over HTTP: the very bytes that were signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import aiohttp

from chat.actions import shop
from tests.conftest import Serve

ORDER = {
    "number": "A-1001",
    "customer": {"id": "u-77"},
    "state": "paid",
    "currency": "CNY",
    "total": 19_900,
    "channel": "alipay",
    "placed_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-01T09:05:00Z",
    "items": [{"name": "台灯", "amount": 19_900}],
}


async def test_a_shop_tells_of_an_order_as_the_page_says(serve: Serve) -> None:
    server = await serve()
    secret: str = await server.store.write(shop.new_secret, "demo")
    body = json.dumps({"id": "evt-1", "type": "order.created", "order": ORDER}, ensure_ascii=False).encode()
    seconds = int(time.time())
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()

    async def tell(what: bytes, signature: str) -> tuple[int, dict[str, object]]:
        headers = {"Nightdesk-Signature": signature, "Content-Type": "application/json"}
        address = f"{server.url}/hooks/shop/demo"
        async with aiohttp.ClientSession() as http, http.post(address, data=what, headers=headers) as answer:
            return answer.status, await answer.json()

    good = f"t={seconds},v1={mac}"
    assert await tell(body, good) == (200, {"ok": True, "value": {"changed": True}})
    assert await tell(body, good) == (200, {"ok": True, "value": {"changed": False}})
    for what, signature in ((body, ""), (body, good[:-1] + "x"), (body + b" ", good), (b"\xff", good)):
        status, told = await tell(what, signature)
        assert (status, told["ok"]) == (400 if what == b"\xff" else 401, False)
    assert (await tell(b"x" * 300_000, good))[0] == 413
