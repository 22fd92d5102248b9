"""The one adapter that knows python-socketio.

Events of a socket are commands for the `Door`, in the order they came (python-socketio runs handlers side by side,
so each socket has a lock that lets them through one by one). Committed events come from the hub and go to the rooms
they name; one pump sends them, so that their order is the order of the commits.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import socketio
import structlog
from aiohttp import web
from engineio.async_drivers import aiohttp as driver
from socketio.exceptions import ConnectionRefusedError as Refused

from chat import wire
from chat.commands import Caller
from chat.door import AGENT_COOKIE, Door, Who, refusal
from chat.errors import BadShape, Forbidden, NightdeskError, TooMany, Unauthenticated
from chat.hub import AGENT, CUSTOMER, INSIDE, Event, Hub, Room, viewers_room
from chat.realtime.presence import Presence

log = structlog.get_logger()

BEACON_SECONDS = 25
VIEWED = 20  # conversations an agent's socket follows at once, beside their own
IN_LINE = 256  # commands of one socket that may wait for their turn
FRAME_BYTES = 128 * 1024
GOODBYE_SECONDS = 2.0  # so long may a socket take to close
OPEN = web.RequestKey("websockets", set[web.WebSocketResponse])


class PlainWebSocket(driver.WebSocket):  # type: ignore[misc]
    """Without permessage-deflate, which costs each connection some hundred kilobytes and our small frames nothing."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request = environ["aiohttp.request"]
        self._sock = web.WebSocketResponse(max_msg_size=FRAME_BYTES, compress=False, timeout=GOODBYE_SECONDS)
        await self._sock.prepare(request)
        self.environ = environ
        request[OPEN].add(self._sock)
        try:
            await self.handler(self)
        finally:
            request[OPEN].discard(self._sock)
        return self._sock


@dataclass
class Link:
    """One socket in one namespace."""

    who: Who
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    in_line: int = 0
    viewed: OrderedDict[str, None] = field(default_factory=OrderedDict)


class Realtime:
    """Serves the sockets of one process. `open()` after the loop runs, `close()` says goodbye to everybody."""

    def __init__(self, door: Door, hub: Hub) -> None:
        self._door = door
        self.io = socketio.AsyncServer(
            async_mode="aiohttp",
            transports=["websocket"],
            cors_allowed_origins=self._is_allowed,
            cors_credentials=False,
            http_compression=False,
            max_http_buffer_size=FRAME_BYTES,
            logger=False,
            engineio_logger=False,
        )
        self.io.eio._async = {**self.io.eio._async, "websocket": PlainWebSocket}
        self.links: dict[str, Link] = {}
        self._websockets: set[web.WebSocketResponse] = set()
        self._outgoing: asyncio.Queue[Event] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._presence = Presence(door)
        for namespace, kind in ((CUSTOMER, Caller.CUSTOMER), (AGENT, Caller.AGENT)):
            self.io.register_namespace(_Commands(namespace, kind, self))
        hub.listen(self._receive)

    async def open(self) -> None:
        self._tasks = [
            asyncio.create_task(self._pump()),
            asyncio.create_task(self._light_beacon()),
            asyncio.create_task(self._presence.renew()),
        ]

    async def close(self) -> None:
        """Tells every socket to come back in a moment, then closes them."""
        bye = wire.Bye(reconnect_in=1).model_dump()
        # One by one: an emit to a whole namespace would reach sockets that have not been let in yet.
        for sid, link in list(self.links.items()):
            await self.io.emit("bye", bye, to=sid, namespace=f"/{link.who.kind.value}")
        if self.io.eio.sockets:
            with suppress(TimeoutError):  # somebody reads nothing any more
                await asyncio.wait_for(self.io.eio.disconnect(), GOODBYE_SECONDS)
        # python-socketio says goodbye and leaves the connection open.
        await asyncio.gather(*(websocket.close() for websocket in self._websockets), return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.io.shutdown()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("transport") != "websocket":
            return web.Response(
                status=400,
                text='This server speaks Socket.IO over websockets only: use transports: ["websocket"].',
            )
        request[OPEN] = self._websockets
        response: web.StreamResponse = await self.io.handle_request(request)
        return response

    def _is_allowed(self, origin: str | None, environ: dict[str, Any]) -> bool:
        return origin is None or self._door.is_known_origin(origin, environ["aiohttp.request"])

    # -- in -------------------------------------------------------------------------------------------------------

    async def join(self, sid: str, namespace: str, kind: Caller, environ: dict[str, Any], auth: Any) -> None:
        """Lets a socket in. Raises Refused with our error object as its data."""
        request: web.Request = environ["aiohttp.request"]
        try:
            who = await self._door.identify(kind, self._token(kind, request, auth))
            rooms = await self._presence.arrive(who, sid)
        except NightdeskError as error:
            told = refusal(error).envelope["error"]
            raise Refused(told["message"], told) from None
        self.links[sid] = Link(who)
        for room in rooms:
            await self.io.enter_room(sid, room.name, namespace=namespace)

    def _token(self, kind: Caller, request: web.Request, auth: Any) -> str:
        """From the auth object; the console's browser has it in a cookie that scripts cannot read.

        A browser sends that cookie along for pages of neighbouring hosts too, so it counts from our own pages only.
        """
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is None and kind is Caller.AGENT:
            origin = request.headers.get("Origin")
            if origin is not None and not self._door.is_own_origin(origin, request):
                raise Forbidden("Only the console may connect with its cookie.", code="foreign_origin")
            token = request.cookies.get(AGENT_COOKIE)
        if not isinstance(token, str) or len(token) > 200:
            raise Unauthenticated("Connect with auth: {token}.")
        return token

    async def leave(self, sid: str) -> None:
        link = self.links.pop(sid, None)
        if link is not None:
            await self._presence.depart(link.who, sid)

    async def command(self, sid: str, name: str, data: tuple[Any, ...]) -> dict[str, Any] | None:
        """One event of a socket, answered in its turn."""
        link = self.links.get(sid)
        if link is None:
            return None
        if len(data) > 1 or any(isinstance(part, bytes) for part in data):
            return refusal(BadShape("A command takes one object.")).envelope
        if link.in_line >= IN_LINE:
            return refusal(TooMany("Too many commands at once. Wait for the answers.", retry_after=1)).envelope
        link.in_line += 1
        try:
            if name == "sync" and isinstance(data[0] if data else None, dict) and data[0].get("wait"):
                return await self._run(sid, link, name, data)  # waiting must not hold up what comes after
            async with link.turn:
                return await self._run(sid, link, name, data)
        finally:
            link.in_line -= 1

    async def _run(self, sid: str, link: Link, name: str, data: tuple[Any, ...]) -> dict[str, Any]:
        given = data[0] if data and data[0] is not None else {}
        answer = await self._door.answer(link.who.kind.value, link.who, name, given)
        looks_at = given.get("conversation_id") if name == "sync" and answer.status == 200 else None
        if looks_at and link.who.kind is Caller.AGENT and await self._view(sid, link, looks_at):
            # Joined only now that it was allowed, so read again: a message in between would be lost otherwise.
            answer = await self._door.answer(link.who.kind.value, link.who, name, given)
        return answer.envelope

    async def _view(self, sid: str, link: Link, conversation_id: str) -> bool:
        """Follows a conversation from now on. False: it did already."""
        if conversation_id in link.viewed:
            link.viewed.move_to_end(conversation_id)
            return False
        link.viewed[conversation_id] = None
        await self.io.enter_room(sid, viewers_room(conversation_id).name, namespace=AGENT)
        if len(link.viewed) > VIEWED:
            oldest, _ = link.viewed.popitem(last=False)
            await self.io.leave_room(sid, viewers_room(oldest).name, namespace=AGENT)
        return True

    # -- out ------------------------------------------------------------------------------------------------------

    def _receive(self, event: Event) -> None:
        if event.rooms and event.rooms[0].namespace != INSIDE:
            self._outgoing.put_nowait(event)

    async def _pump(self) -> None:
        while True:
            event = await self._outgoing.get()
            try:
                await self._send(event)
            except Exception:
                log.exception("an event was not sent, clients catch up by sync", event_name=event.name)

    async def _send(self, event: Event) -> None:
        for namespace, rooms in _by_namespace(event.rooms).items():
            await self.io.emit(event.name, event.value, room=rooms, namespace=namespace)
            if event.name == "bye":
                for sid, _ in list(self.io.manager.get_participants(namespace, rooms)):
                    await self.io.disconnect(sid, namespace=namespace)

    async def _light_beacon(self) -> None:
        """Tells each socket the newest numbers of its conversations; who is behind asks for the rest."""
        while True:
            await asyncio.sleep(BEACON_SECONDS)
            for sid, link in list(self.links.items()):
                try:
                    heads = await self._door.heads(link.who, list(link.viewed))
                    await self.io.emit("beacon", heads, to=sid, namespace=f"/{link.who.kind.value}")
                except Exception:
                    log.exception("a beacon failed, the next one comes", socket=sid)


class _Commands(socketio.AsyncNamespace):  # type: ignore[misc]
    """Hands every event of a namespace to Realtime."""

    def __init__(self, namespace: str, kind: Caller, realtime: Realtime) -> None:
        super().__init__(namespace)
        self._kind = kind
        self._realtime = realtime

    async def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            sid, environ, auth = args
            return await self._realtime.join(sid, self.namespace, self._kind, environ, auth)
        if event == "disconnect":
            return await self._realtime.leave(args[0])
        return await self._realtime.command(args[0], event, args[1:])


def _by_namespace(rooms: tuple[Room, ...]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for room in rooms:
        grouped.setdefault(room.namespace, []).append(room.name)
    return grouped
