"""Sockets in, commands out; committed events in, sockets told.

Events of a socket are commands for the `Door`. They stand in the socket's own line and are carried out one after the
other, in the order they came; a line is bounded, and who asks for more is refused at once. Committed events come from
the hub and are written to the rooms they name in the order they came.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

import socketio
import structlog
from aiohttp import HttpVersion11, web
from socketio.exceptions import ConnectionRefusedError as Refused

from chat import wire
from chat.commands import Caller
from chat.door import AGENT_COOKIE, Answer, Door, failure, refusal
from chat.errors import Forbidden, NightdeskError, TooMany, Unauthenticated, Unavailable
from chat.hub import AGENT, CUSTOMER, Event, Hub, Room, viewers_room
from chat.logs import in_short
from chat.realtime.link import LINK, PAGE, REQUEST, Asked, Link, Page
from chat.realtime.looks import Looks
from chat.realtime.rounds import Rounds
from chat.realtime.sockets import EngineName, Sockets

log = structlog.get_logger()

VIEWED = 20  # conversations an agent's socket follows at once, beside their own
IN_LINE = 256  # commands of one socket that may wait for their turn,
LINE_BYTES = 256 * 1024  # and together be so large
SOCKETS = 20  # of one session: as many as somebody may have windows open
CROWDED_SECONDS = 60  # before the oldest of too many comes back, or they would chase each other
FINISH_SECONDS = 0.5  # for commands that are being carried out when the server stops,
CLOSING_SECONDS = 1.5  # and then for clients to read what waits for them
RETURNING = 200  # sockets a second, when all have to come back


class Realtime:
    """Serves the sockets of one process. `open()` after the loop runs, `close()` says goodbye to everybody."""

    def __init__(self, door: Door, hub: Hub, engine: EngineName = "lean") -> None:
        self._door = door
        self.io = Sockets(engine, self._is_allowed, self._page, self._take)
        self.links = self.io.manager.links
        self.looks = Looks(hub, self.io.manager, time.monotonic)
        self.rounds = Rounds(door, self.io.manager, self.looks)
        self._untold: list[Event] = []
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._departing: set[asyncio.Task[None]] = set()
        for namespace, kind in ((CUSTOMER, Caller.CUSTOMER), (AGENT, Caller.AGENT)):
            self.io.register_namespace(_Namespace(namespace, kind, self))
        hub.listen(self._hear)

    async def open(self) -> None:
        _begin(self.rounds.run(), self._tasks)

    async def close(self) -> None:
        """Lets nobody in any more, tells every socket when to come back, and closes them.

        Takes two seconds when a client does not read; half a second more when the store does not answer.
        """
        if self._closing:
            return
        self._closing = True
        await _finish([asyncio.create_task(link.until_idle()) for link in self.links.values() if link.is_busy])
        links = self.io.open_links()
        for link in links:
            if link.joined:
                link.tell("bye", wire.Bye(reconnect_in=_return_in(len(links))).model_dump())
            link.end()
        await self.io.until_empty(CLOSING_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.io.shutdown()
        await _finish(self._departing)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self._closing:
            return web.Response(status=503, text="This server is stopping.", headers={"Retry-After": "1"})
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
        return origin is None or self._door.is_known_origin(origin, environ[REQUEST])

    def _page(self, request: web.Request) -> Page:
        origin = request.headers.get("Origin")
        return Page(origin is None or self._door.is_own_origin(origin, request), request.cookies.get(AGENT_COOKIE))

    # -- who comes and goes ---------------------------------------------------------------------------------------

    async def join(self, kind: Caller, environ: dict[str, Any], auth: Any) -> None:
        """Lets a socket in. Raises Refused with our error object as its data."""
        try:
            await self._admit(environ[LINK], kind, _token(kind, environ[PAGE], auth))
        except NightdeskError as error:
            raise _refused(refusal(error)) from None
        except Exception:
            log.exception("a socket was not let in, it tries again", caller=kind)
            raise _refused(failure()) from None

    async def _admit(self, link: Link, kind: Caller, token: str) -> None:
        link.who, link.door = await self._door.identify(kind, token), kind.value
        try:
            if kind is Caller.AGENT:
                link.site_ids = set(await self._door.agent_connected(link.who, link.sid))
            for room in link.own_rooms:
                self.io.manager.enter(link, room)
            # Who signed out since the first look was told goodbye before this socket could hear it.
            await self._door.identify(kind, token)
            if link.ending or self._closing:
                raise Unavailable("The connection has ended.", retry_after=1)
        except Exception:
            self.leave(link)
            raise
        self._make_room(link)

    def _make_room(self, newest: Link) -> None:
        """Sends the oldest sockets of a session away when it has too many."""
        for link in self.io.manager.members(newest.session_room)[:-SOCKETS]:
            link.send_away(reconnect_in=CROWDED_SECONDS)

    def leave(self, link: Link) -> None:
        link.viewed.clear()
        self.looks.leave(link)
        if link.who.kind is Caller.AGENT:
            _begin(_logged(self._door.agent_disconnected(link.who, link.sid)), self._departing)

    # -- in -------------------------------------------------------------------------------------------------------

    def _take(self, link: Link, asked: Asked) -> None:
        """A command of a socket stands in line, or is refused."""
        if self._closing:
            link.answer(asked.ack, refusal(Unavailable("This server is stopping.", retry_after=1)).envelope)
        elif link.in_line >= IN_LINE or (link.in_line and link.line_bytes + asked.size > LINE_BYTES):
            told = refusal(TooMany("Too many commands at once. Wait for the answers.", retry_after=1))
            link.answer(asked.ack, told.envelope)
        else:
            self._stand_in_line(link, asked)

    def _stand_in_line(self, link: Link, asked: Asked) -> None:
        link.in_line += 1
        link.line_bytes += asked.size
        if asked.name == "sync" and isinstance(asked.given, dict) and asked.given.get("wait"):
            # Waiting must not hold up what comes after.
            _begin(self._run(link, asked, partial(self._answer, link, asked)), self._tasks)
            return
        link.line.append(asked)
        if not link.is_busy:
            link.is_busy = True
            self._go_on(link)

    def _go_on(self, link: Link) -> None:
        """Carries out a socket's line, one after the other, until it is empty or the socket was sent away."""
        if not link.line or link.ending:
            link.be_idle()
            return
        asked = link.line.pop(0)
        end = partial(self._end, link, asked)
        if not self._door.answer_soon(link.door, link.who, asked.name, asked.given, end):
            _begin(self._run(link, asked, end), self._working)

    def _end(self, link: Link, asked: Asked, answer: Answer) -> None:
        try:
            self._answer(link, asked, answer)
        finally:
            self._go_on(link)

    def _answer(self, link: Link, asked: Asked, answer: Answer) -> None:
        link.in_line -= 1
        link.line_bytes -= asked.size
        link.answer(asked.ack, answer.envelope)

    async def _run(self, link: Link, asked: Asked, end: Callable[[Answer], None]) -> None:
        try:
            answer = await self._look(link, asked.name, asked.given)
        except Exception:
            log.exception("what was asked got no answer", command=asked.name, caller=link.who.kind)
            answer = failure()
        end(answer)

    async def _look(self, link: Link, name: Any, given: Any) -> Answer:
        answer = await self._door.answer(link.door, link.who, name, given)
        if name == "sync" and given and answer.status == 200 and link.who.kind is Caller.AGENT:
            looks_at = given.get("conversation_id")
            if looks_at and self._view(link, looks_at):
                # Joined only now that it was allowed, so read again: a message in between would be lost otherwise.
                answer = await self._door.answer(link.door, link.who, name, given)
        if name == "look" and answer.status == 200 and link.joined:
            looks_at = (given or {}).get("conversation_id")
            self.looks.look(link, looks_at if looks_at in link.viewed else None, answer.envelope["value"].get("viewer"))
        return answer

    def _view(self, link: Link, conversation_id: str) -> bool:
        """Follows a conversation from now on. False: it did already, or is gone."""
        if not link.joined:
            return False
        known = conversation_id in link.viewed
        link.viewed.pop(conversation_id, None)
        link.viewed[conversation_id] = None
        if known:
            return False
        self.io.manager.enter(link, viewers_room(conversation_id))
        if len(link.viewed) > VIEWED:
            oldest = next(iter(link.viewed))
            del link.viewed[oldest]
            if link.looks_at == oldest:  # what is not followed is not reviewed either
                self.looks.leave(link)
            self.io.manager.leave(link, viewers_room(oldest))
        return True

    # -- out ------------------------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Told after the answers of the same commit, or who signs out would hear `bye` and no answer."""
        if not self._untold:
            asyncio.get_running_loop().call_soon(self._tell)
        self._untold.append(event)

    def _tell(self) -> None:
        events, self._untold = self._untold, []
        for event in events:
            try:
                self.io.manager.tell(event)
                if event.name == "bye":
                    self._dismiss(event.rooms)
            except Exception:
                log.exception("an event was not told, clients catch up by sync", event_name=event.name)

    def _dismiss(self, rooms: tuple[Room, ...]) -> None:
        for links in self.io.manager.in_any(rooms).values():
            for link in links:
                link.dismiss()


def _begin(work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)


def _token(kind: Caller, page: Page, auth: Any) -> str:
    """From the auth object; the console's browser has it in a cookie that scripts cannot read.

    A browser sends that cookie along for pages of neighbouring hosts too, so it counts from our own pages only.
    """
    token = auth.get("token") if isinstance(auth, dict) else None
    if token is None and kind is Caller.AGENT:
        if not page.is_own:
            raise Forbidden("Only the console may connect with its cookie.", code="foreign_origin")
        token = page.cookie
    if not isinstance(token, str) or len(token) > 200:
        raise Unauthenticated("Connect with auth: {token}.")
    return token


class _Namespace(socketio.AsyncNamespace):  # type: ignore[misc]
    """Who comes into a namespace and leaves it; what they ask does not pass here."""

    def __init__(self, namespace: str, kind: Caller, realtime: Realtime) -> None:
        super().__init__(namespace)
        self._kind = kind
        self._realtime = realtime

    async def on_connect(self, _sid: str, environ: dict[str, Any], auth: Any) -> None:
        await self._realtime.join(self._kind, environ, auth)

    async def on_disconnect(self, sid: str, _reason: str) -> None:
        self._realtime.leave(self._realtime.links[sid])


def _refused(answer: Answer) -> Refused:
    told = answer.envelope["error"]
    return Refused(told["message"], told)


def _return_in(sockets: int) -> float:
    """Seconds, spread so that those who were sent away together do not all come back together."""
    return round(1 + random.random() * min(max(sockets / RETURNING, 0.5), 15), 2)


async def _finish(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Waits for what has begun, if it does not take long."""
    if begun := list(tasks):
        await asyncio.wait(begun, timeout=FINISH_SECONDS)


async def _logged(departure: Coroutine[Any, Any, None]) -> None:
    try:
        await departure
    except Exception as error:
        log.warning("a departure was not stored, the sweep finds it", error=in_short(error))
