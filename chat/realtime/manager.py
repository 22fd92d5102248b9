"""Who is in which room, and one frame for all of them.

Our rooms hold links, and are our own: python-socketio's go from one id to another, and leaving looks through all of
them. Of its own it keeps the two that it needs for each socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import socketio

from chat.hub import Event, Room
from chat.realtime.link import LINK, Link


class Manager(socketio.AsyncManager):  # type: ignore[misc]
    def __init__(self, frame: Callable[[bytes], Any]) -> None:
        super().__init__()
        self.links: dict[str, Link] = {}  # by sid: those who are in a namespace, or about to be
        self._frame = frame
        self._members: dict[Room, dict[Link, None]] = {}

    def tell(self, event: Event) -> None:
        """Writes an event to everybody in its rooms, once each. Who is still joining hears nothing yet."""
        told = {link: None for room in event.rooms for link in self._members.get(room, ()) if link.joined}
        if not told:
            return
        listed = b'["%b",%b]' % (event.name.encode(), event.json)
        frames: dict[str, Any] = {}
        for link in told:
            if (frame := frames.get(link.namespace)) is None:
                frame = frames[link.namespace] = self._frame(f"42{link.namespace},".encode() + listed)
            link.write(frame)

    def in_any(self, rooms: Iterable[Room]) -> dict[str, set[Link]]:
        """Who is in one of these rooms, by namespace; those who are still joining, too."""
        found: dict[str, set[Link]] = {}
        for room in rooms:
            if members := self._members.get(room):
                found.setdefault(room.namespace, set()).update(members)
        return found

    def members(self, room: Room) -> list[Link]:
        """The oldest first."""
        return list(self._members.get(room, ()))

    def enter(self, link: Link, room: Room) -> None:
        self._members.setdefault(room, {})[link] = None
        link.rooms.add(room)

    def leave(self, link: Link, room: Room) -> None:
        link.rooms.discard(room)
        members = self._members.get(room)
        if members is not None:
            members.pop(link, None)
            if not members:
                del self._members[room]

    # -- python-socketio's side -----------------------------------------------------------------------------------

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        sid: str | None = await super().pre_connect(eio_sid, namespace)
        if sid is not None:
            link: Link = self.server.environ[eio_sid][LINK]
            link.sid, link.namespace = sid, namespace
            self.links[sid] = link
        return sid

    async def connect(self, sid: str, namespace: str) -> str:
        """It has been told that it is in: from now on it hears."""
        link = self.links[sid]
        link.joined = link.has_heads = True
        connected: str = await super().connect(sid, namespace)
        return connected

    def basic_disconnect(self, sid: str, namespace: str, **_options: Any) -> None:
        link = self.links.pop(sid, None)
        if link is None:
            return
        link.joined, link.sid, link.namespace = False, "", ""
        for room in list(link.rooms):
            self.leave(link, room)
        self.basic_leave_room(sid, namespace, sid)
        self.basic_leave_room(sid, namespace, None)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]
