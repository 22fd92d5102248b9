"""A small payment service, over real HTTP: it pays once under a key, and can be made slow, broken or confused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from chat.app import real_now
from chat.domain import signature

SECRET = "a secret that only the payment service and the chat know"


@dataclass
class Service:
    """`paid` is what left: one entry a transfer. `told` are the POSTs that came, `asked` the ids that were asked for.

    `after` is what happens after the money was moved: `answer`, `error` (500), `hang` (until let go), `nonsense`.
    `before` is the same before it moves; `refuse` says that it failed, `pend` that it is not yet known.
    """

    now: Any = real_now
    before: str = "pay"
    after: str = "answer"
    url: str = ""
    paid: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def pay(self, request: web.Request) -> web.Response:
        body = await request.text()
        signature.check(SECRET, body, request.headers["Nightdesk-Signature"], self.now())
        order = json.loads(body)
        assert request.headers["Idempotency-Key"] == order["id"]
        self.told.append(order)
        if self.before == "error":
            raise web.HTTPInternalServerError
        if order["id"] not in self.known:
            self.known[order["id"]] = self._moved(order)
        self.came.set()
        if self.after == "hang":
            await self.let_go.wait()
        if self.after == "error":
            raise web.HTTPInternalServerError
        if self.after == "nonsense":
            return web.Response(text="<html>OK</html>")
        return web.json_response(self.known[order["id"]])

    def _moved(self, order: dict[str, Any]) -> dict[str, Any]:
        if self.before == "refuse":
            return {"payout_id": order["id"], "state": "failed", "error": f"no account {order['to'].get('account')}"}
        self.paid.append(order)
        state = "pending" if self.before == "pend" else "paid"
        return {"payout_id": order["id"], "state": state, "reference": f"PS-{len(self.paid)}"}

    async def ask(self, request: web.Request) -> web.Response:
        payout_id = request.match_info["id"]
        signature.check(SECRET, payout_id, request.headers["Nightdesk-Signature"], self.now())
        self.asked.append(payout_id)
        if payout_id not in self.known:
            raise web.HTTPNotFound
        return web.json_response(self.known[payout_id])


@asynccontextmanager
async def payment_service(now: Any = real_now) -> AsyncIterator[Service]:
    service = Service(now)
    app = web.Application()
    app.add_routes([web.post("/payouts", service.pay), web.get("/payouts/{id}", service.ask)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    service.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield service
    finally:
        service.let_go.set()
        await runner.cleanup()


def told(payout_id: str, state: str, at: datetime, **values: Any) -> tuple[str, str]:
    """A webhook of the service: its body and its signature."""
    body = json.dumps({"payout_id": payout_id, "state": state, **values})
    return body, signature.signed(SECRET, body, at)
