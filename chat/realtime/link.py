"""One socket: who is at the other end, what they wait for, what still goes out to them, how it ends."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from time import monotonic
from typing import Any, NamedTuple

import structlog
from pydantic_core import PydanticSerializationError, to_json

from chat import wire
from chat.commands import Caller
from chat.door import Who
from chat.hub import Room, agent_room, customer_room, owner_room, session_room, staff_room, visitors_room

log = structlog.get_logger()

FRAME_BYTES = 128 * 1024  # the largest frame a client may send
FRAMES_A_SECOND = 2_000  # may a client send, of any kind; whoever sends more keeps everybody else waiting
WAITING_BYTES = 1024 * 1024  # may wait for a socket that reads slowly
GOODBYE_SECONDS = 2.0  # so long may a socket take to close
REQUEST = "aiohttp.request"  # where an environ keeps the request of a handshake, as long as that takes,
LINK, PAGE = "nightdesk.link", "nightdesk.page"  # its Link, and the Page it came from

CLOSE, PONG, EVENT = "1", "3", "42"
PACKETS = frozenset({"40", "41", "42", "43"})  # connect, disconnect, event, ack: all a client may send beside those two


def as_json(value: Any) -> bytes:
    try:
        return to_json(value)
    except PydanticSerializationError:  # half a character, quoted from what a client sent
        return json.dumps(value, separators=(",", ":")).encode()


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # never fails, so that nobody's writing does


class Page(NamedTuple):
    """Where a handshake came from: one of our own pages, or no page at all? With which cookie of the console?"""

    is_own: bool
    cookie: str | None


class Asked(NamedTuple):
    """A command in its socket's line. `ack` numbers the answer; None: nobody wants one."""

    ack: int | None
    name: Any
    given: Any
    size: int


class Link(ABC):
    """`write` never waits and never raises: it drops what nobody will read, and cuts off who reads too slowly.

    `who` is there from the moment somebody asks to be let in; until `joined` they hear nothing.
    """

    __slots__ = (
        "_frames", "_idle", "_second", "connection_id", "door", "ending", "has_heads", "in_line", "is_busy", "joined",
        "line", "line_bytes", "looks_at", "namespace", "rooms", "sid", "site_ids", "viewed", "who",
    )  # fmt: skip
    who: Who

    def __init__(self, connection_id: str) -> None:
        self.connection_id = connection_id
        self.sid = ""  # of the one namespace it is in
        self.namespace = ""
        self.door = ""  # at which its commands stand
        self.joined = False
        self.ending = False  # takes nothing more, in or out
        self.rooms: set[Room] = set()
        self.site_ids: set[str] = set()  # of an agent: whose desks they hear of
        self.viewed: dict[str, None] = {}  # conversations an agent has open, the one looked at last at the end
        self.has_heads = (
            True  # may have heard of conversations that the next beacon must tell of, or that they are gone
        )
        self.looks_at: str | None = None  # the one of them that is on the screen, as `Looks` has it
        self.line: list[Asked] = []
        self.in_line = 0  # commands that are not answered yet
        self.line_bytes = 0
        self._second, self._frames = 0.0, 0  # since when frames are counted, and how many came
        self.is_busy = False  # the line is being carried out
        self._idle: asyncio.Future[None] | None = None

    @property
    def session_room(self) -> Room:
        return session_room(self.namespace, self.who.session_id)

    @property
    def own_rooms(self) -> list[Room]:
        """Where it belongs from the start."""
        if self.who.kind is Caller.CUSTOMER:
            own = [customer_room(self.who.id, self.who.site_id), visitors_room(self.who.site_id)]
        else:
            own = [agent_room(self.who.id), *(room for site_id in self.site_ids for room in self.desk_rooms(site_id))]
        return [*own, self.session_room]

    def desk_rooms(self, site_id: str) -> list[Room]:
        """Where an agent belongs for as long as their team serves the site."""
        return [staff_room(site_id), owner_room(self.who.id, site_id)]

    # -- out ------------------------------------------------------------------------------------------------------

    @staticmethod
    @abstractmethod
    def frame(payload: bytes) -> Any:
        """A packet as `write` takes it: made once, written to many."""

    @abstractmethod
    def write(self, frame: Any) -> None:
        """Sends a frame made by `frame`. Whoever lets more than WAITING_BYTES wait is cut off; a single frame may be as
        large as it is.
        """

    def tell(self, name: str, value: Any) -> None:
        """An event for this socket alone."""
        self.write(self.frame(f'42{self.namespace},["{name}",'.encode() + as_json(value) + b"]"))

    def answer(self, ack: int | None, envelope: dict[str, Any]) -> None:
        if ack is not None:
            self.write(self.frame(f"43{self.namespace},{ack}[".encode() + as_json(envelope) + b"]"))

    def _cut_off(self, waiting: int) -> None:
        log.warning("a socket does not read and is cut off, it catches up by sync", waiting=waiting)
        self.abort()

    # -- in -------------------------------------------------------------------------------------------------------

    def floods(self) -> bool:
        """Counts a frame that came in. True: it was one too many, and the socket is cut off."""
        now = monotonic()
        if now - self._second >= 1:
            self._second, self._frames = now, 0
        self._frames += 1
        if self._frames <= FRAMES_A_SECOND:
            return False
        if self._frames == FRAMES_A_SECOND + 1:  # more may have come with it
            log.warning("a socket sends too much and is cut off", frames_a_second=FRAMES_A_SECOND)
            self.abort()
        return True

    async def until_idle(self) -> None:
        """Waits for the commands that came before."""
        if self.is_busy:
            self._idle = self._idle or asyncio.get_running_loop().create_future()
            await asyncio.wait([self._idle])

    def be_idle(self) -> None:
        self.is_busy = False
        if self._idle is not None:
            self._idle.set_result(None)
            self._idle = None

    # -- the end --------------------------------------------------------------------------------------------------

    def send_away(self, reconnect_in: float) -> None:
        self.tell("bye", wire.Bye(reconnect_in=reconnect_in).model_dump())
        self.dismiss()

    def dismiss(self) -> None:
        """Ends what has heard `bye`, in a way that standard clients do not come back from by themselves."""
        if self.joined:
            self.write(self.frame(f"41{self.namespace},".encode()))
        self.end()

    def refuse(self, sent: str) -> None:
        """Ends the connection of a client that does not speak our protocol."""
        if not self.ending:
            log.warning("a socket sent what it may not and is closed", sent=sent)
        self.end()

    def end(self) -> None:
        """Writes what waits and closes the websocket, with code 1000; by force if that takes too long."""
        if not self.ending:
            self._say_goodbye()
            self.ending = True
            asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self.abort)

    @abstractmethod
    def _say_goodbye(self) -> None: ...

    @abstractmethod
    def abort(self) -> None:
        """Cuts the connection, and drops what waits."""
