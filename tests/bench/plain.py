"""Plain python-socketio: relays a message to the other member of its room and acknowledges it. Stores nothing.

What arrives, and the answer, are in the shape and of the size that ours have; but of it only what was said is new, the
rest is made beforehand.
"""

from __future__ import annotations

from typing import Any

import socketio
from aiohttp import web

NAMESPACE = "/chat"
SAID = {
    "id": "0199c2f0-7f3a-7c1e-9d2b-5a6b7c8d9e0f",
    "seq": 1_234,
    "created_at": "2026-01-01T09:30:00.000Z",
}
ENTRY = {
    **SAID,
    "author": {"kind": "customer", "id": "0199c2f0-7f3a-7c1e-9d2b-0f9e8d7c6b5a", "name": "王小明"},
    "kind": "text",
}


def build(redis_url: str | None = None) -> web.Application:
    """With Redis, one of several processes, joined by the library's own manager."""
    manager = socketio.AsyncRedisManager(redis_url) if redis_url else None
    io = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[], client_manager=manager)
    rooms: dict[str, str] = {}

    @io.on("connect", namespace=NAMESPACE)
    async def connect(sid: str, _environ: dict[str, Any], auth: dict[str, str]) -> None:
        rooms[sid] = auth["token"]
        await io.enter_room(sid, auth["token"], namespace=NAMESPACE)

    @io.on("disconnect", namespace=NAMESPACE)
    async def disconnect(sid: str, _reason: str) -> None:
        del rooms[sid]

    @io.on("say", namespace=NAMESPACE)
    async def say(sid: str, given: dict[str, Any]) -> dict[str, Any]:
        await io.emit("message", ENTRY | given, room=rooms[sid], skip_sid=sid, namespace=NAMESPACE)
        return {"ok": True, "value": SAID}

    app = web.Application()
    io.attach(app)
    return app
