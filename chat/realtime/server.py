"""Sockets in, commands out; committed events in, sockets told.

Events of a socket are commands for the `Door`, in the order they came (python-socketio runs handlers side by side,
so each socket has a lock that lets them through one by one). Committed events come from the hub and go to the rooms
they name; one pump sends them, so that their order is the order of the commits. It waits for no socket and no store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import socketio
import structlog
from aiohttp import HttpVersion11, web
from socketio.exceptions import ConnectionRefusedError as Refused

from chat import wire
from chat.commands import Caller
from chat.door import AGENT_COOKIE, Answer, Door, failure, refusal
from chat.errors import Forbidden, NightdeskError, TooMany, Unauthenticated, Unavailable
from chat.hub import AGENT, CUSTOMER, INSIDE, Event, Hub, Room, viewers_room
from chat.realtime.link import Link
from chat.realtime.rounds import Rounds
from chat.realtime.transport import CONNECTION, Sockets

log = structlog.get_logger()

VIEWED = 20  # conversations an agent's socket follows at once, beside their own
IN_LINE = 256  # commands of one socket that may wait for their turn
SOCKETS = 20  # of one session: as many as somebody may have windows open
CROWDED_SECONDS = 60  # before the oldest of too many comes back, or they would chase each other


class Realtime:
    """Serves the sockets of one process. `open()` after the loop runs, `close()` says goodbye to everybody."""

    def __init__(self, door: Door, hub: Hub) -> None:
        self._door = door
        self.io = Sockets(self._is_allowed)
        self.links: dict[str, Link] = {}
        self.rounds = Rounds(door, self.io, self.links)
        self._outgoing: asyncio.Queue[Event] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._departing: set[asyncio.Task[None]] = set()
        for namespace, kind in ((CUSTOMER, Caller.CUSTOMER), (AGENT, Caller.AGENT)):
            self.io.register_namespace(_Commands(namespace, kind, self))
        hub.listen(self._receive)

    async def open(self) -> None:
        self._tasks = [asyncio.create_task(self._pump()), asyncio.create_task(self.rounds.run())]

    async def close(self) -> None:
        """Tells every socket to come back in a moment, then closes them."""
        bye = wire.Bye(reconnect_in=1).model_dump()
        # One by one: an emit to a whole namespace would reach sockets that have not been let in yet.
        for sid, link in list(self.links.items()):
            await self.io.emit("bye", bye, to=sid, namespace=link.namespace)
        await self.io.end_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._departing, return_exceptions=True)
        await self.io.shutdown()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("transport") != "websocket":
            return web.Response(
                status=400,
                text='This server speaks Socket.IO over websockets only: use transports: ["websocket"].',
            )
        if request.version < HttpVersion11 or not web.WebSocketResponse().can_prepare(request):
            return web.Response(status=400, text="This is no websocket handshake.")
        response: web.StreamResponse = await self.io.handle_request(request)
        return response

    def _is_allowed(self, origin: str | None, environ: dict[str, Any]) -> bool:
        return origin is None or self._door.is_known_origin(origin, environ["aiohttp.request"])

    # -- in -------------------------------------------------------------------------------------------------------

    async def join(self, sid: str, kind: Caller, environ: dict[str, Any], auth: Any) -> None:
        """Lets a socket in. Raises Refused with our error object as its data."""
        try:
            await self._admit(sid, kind, environ, auth)
        except NightdeskError as error:
            raise _refused(refusal(error)) from None
        except Exception:
            log.exception("a socket was not let in, it tries again", caller=kind)
            raise _refused(failure()) from None

    async def _admit(self, sid: str, kind: Caller, environ: dict[str, Any], auth: Any) -> None:
        token = self._token(kind, environ["aiohttp.request"], auth)
        link = Link(sid, await self._door.identify(kind, token), environ[CONNECTION])
        self.links[sid] = link
        try:
            if kind is Caller.AGENT:
                link.site_ids = set(await self._door.agent_connected(link.who, sid))
            for room in link.rooms:
                await self.io.enter_room(sid, room.name, namespace=link.namespace)
            # Who signed out since the first look was told goodbye before this socket could hear it.
            await self._door.identify(kind, token)
            if link.connection.ending:
                raise Unavailable("The connection has ended.")
        except Exception:
            self.leave(sid)
            raise
        await self._make_room(link)

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

    async def _make_room(self, newest: Link) -> None:
        """Sends the oldest sockets of a session away when it has too many."""
        bye = wire.Bye(reconnect_in=CROWDED_SECONDS).model_dump()
        of_session = list(self.io.manager.get_participants(newest.namespace, newest.session_room.name))
        for sid, _ in of_session[:-SOCKETS]:
            await self.io.emit("bye", bye, to=sid, namespace=newest.namespace)
            await self.io.dismiss(sid, newest.namespace)

    def leave(self, sid: str) -> None:
        link = self.links.pop(sid, None)
        if link is not None and link.who.kind is Caller.AGENT:
            # Not awaited: the pump may be what found the socket gone, and waits for no store.
            departing = asyncio.create_task(_logged(self._door.agent_disconnected(link.who, sid)))
            self._departing.add(departing)
            departing.add_done_callback(self._departing.discard)

    async def command(self, sid: str, name: Any, data: tuple[Any, ...]) -> dict[str, Any] | None:
        """One event of a socket, answered in its turn."""
        link = self.links.get(sid)
        if link is None or link.connection.ending:
            return None
        if link.in_line >= IN_LINE:
            return refusal(TooMany("Too many commands at once. Wait for the answers.", retry_after=1)).envelope
        given = data[0] if len(data) == 1 else list(data) or None
        link.in_line += 1
        try:
            if name == "sync" and isinstance(given, dict) and given.get("wait"):
                return await self._run(link, name, given)  # waiting must not hold up what comes after
            async with link.turn:
                return None if link.connection.ending else await self._run(link, name, given)
        finally:
            link.in_line -= 1

    async def _run(self, link: Link, name: Any, given: Any) -> dict[str, Any]:
        answer = await self._door.answer(link.who.kind.value, link.who, name, given)
        looks_at = given.get("conversation_id") if name == "sync" and answer.status == 200 and given else None
        if looks_at and link.who.kind is Caller.AGENT and await self._view(link, looks_at):
            # Joined only now that it was allowed, so read again: a message in between would be lost otherwise.
            answer = await self._door.answer(link.who.kind.value, link.who, name, given)
        return answer.envelope

    async def _view(self, link: Link, conversation_id: str) -> bool:
        """Follows a conversation from now on. False: it did already, or is gone."""
        if link.sid not in self.links:
            return False
        if conversation_id in link.viewed:
            link.viewed.move_to_end(conversation_id)
            return False
        link.viewed[conversation_id] = None
        await self.io.enter_room(link.sid, viewers_room(conversation_id).name, namespace=AGENT)
        if len(link.viewed) > VIEWED:
            oldest, _ = link.viewed.popitem(last=False)
            await self.io.leave_room(link.sid, viewers_room(oldest).name, namespace=AGENT)
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
                    await self.io.dismiss(sid, namespace)


class _Commands(socketio.AsyncNamespace):  # type: ignore[misc]
    """Hands what happens in a namespace to Realtime."""

    def __init__(self, namespace: str, kind: Caller, realtime: Realtime) -> None:
        super().__init__(namespace)
        self._kind = kind
        self._realtime = realtime

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        await self._realtime.join(sid, self._kind, environ, auth)

    async def on_disconnect(self, sid: str, _reason: str) -> None:
        self._realtime.leave(sid)

    async def on_command(self, sid: str, name: Any, *data: Any) -> dict[str, Any] | None:
        return await self._realtime.command(sid, name, data)


def _refused(answer: Answer) -> Refused:
    told = answer.envelope["error"]
    return Refused(told["message"], told)


async def _logged(departure: Coroutine[Any, Any, None]) -> None:
    try:
        await departure
    except Exception as error:
        log.warning("a departure was not stored, the sweep finds it", error=str(error))


def _by_namespace(rooms: tuple[Room, ...]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for room in rooms:
        grouped.setdefault(room.namespace, []).append(room.name)
    return grouped
