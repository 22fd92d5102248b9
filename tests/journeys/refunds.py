"""Refunds through the HTTP door, as the console and the window ask for them."""

from __future__ import annotations

import json
from typing import Any, Self
from uuid import uuid4

import aiohttp

from chat.seed import PASSWORD


class Refunds:
    """The demo shop: Li Na with her orders, and agents by name. `call` gives status and envelope, `do` the value."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tokens: dict[str, str] = {}
        self.ticket_id = ""
        self.orders: list[Any] = []

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        async with self._http.get(f"{self._url}/demo/identity?as=u-1001") as answer:
            identity = (await answer.json())["token"]
        opened = await self._post(
            "customer", "session", {"site": "demo", "locale": "zh-CN", "identity": identity}, None
        )
        self._tokens["li_na"] = opened[1]["value"]["token"]
        self.orders = (await self.do("li_na", "my_orders"))["orders"]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def call(self, who: str, command: str, **values: Any) -> tuple[int, Any]:
        """Makes up a `client_id` for what creates something. Values may be what no console would send."""
        if who not in self._tokens:
            given = {"email": f"{who}@demo.example", "password": PASSWORD, "bearer": True}
            self._tokens[who] = (await self._post("agent", "session", given, None))[1]["value"]["token"]
        if command in ("start", "open_ticket", "request_refund", "pay_refund"):
            values.setdefault("client_id", str(uuid4()))
        door = "customer" if who == "li_na" else "agent"
        return await self._post(door, command, values, self._tokens[who])

    async def do(self, who: str, command: str, **values: Any) -> Any:
        status, envelope = await self.call(who, command, **values)
        assert status == 200, envelope
        return envelope["value"]

    async def _post(self, door: str, command: str, values: Any, token: str | None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self._url}/api/{door}/{command}"
        async with self._http.post(url, json=values, headers=headers) as answer:
            return answer.status, json.loads(await answer.text())

    # -- what most stories begin with -----------------------------------------------------------------------------

    async def ticket(self) -> str:
        started = await self.do("li_na", "start", topic="refund")
        opened = await self.do("mei", "open_ticket", conversation_id=started["conversation"]["id"], kind="refund")
        self.ticket_id = opened["ticket"]["id"]
        return self.ticket_id

    def asking(self, **values: Any) -> dict[str, Any]:
        """What `request_refund` takes: the newest order that has something left."""
        order = next(order for order in self.orders if order["refundable"] >= 200)
        given = {"ticket_id": self.ticket_id, "order_id": order["id"], "amount": 100, "currency": "CNY"}
        return {"reason": "有破损", **given, **values}

    async def approved(self) -> Any:
        await self.ticket()
        refund = (await self.do("mei", "request_refund", **self.asking()))["refund"]
        for decision in ("review", "approve"):
            refund = (await self.do("lin", "decide_refund", refund_id=refund["id"], decision=decision))["refund"]
        return refund
