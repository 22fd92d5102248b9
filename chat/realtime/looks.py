"""Who has which conversation on the screen, and who is typing there: a hint among agents, stored nowhere.

A socket looks at one conversation at a time, and no longer than it lives. Each process tells all of them what its own
sockets look at, whole: at every change, and again with each round. What is not said again within a lease is over, so a
process that dies takes along what it said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uuid_utils import uuid7

from chat.hub import INSIDE, Event, Hub, Room, viewers_room
from chat.realtime.link import Link, as_json
from chat.realtime.manager import Manager

LEASE_SECONDS = 30.0

Viewer = dict[str, Any]  # wire.Viewer, JSON-ready


class Looks:
    """`now` counts seconds, as the event loop does."""

    def __init__(self, hub: Hub, manager: Manager, now: Callable[[], float]) -> None:
        self._hub, self._manager, self._now = hub, manager, now
        self._process = str(uuid7())
        self._mine: dict[str, dict[Link, Viewer]] = {}
        self._said: dict[str, dict[str, tuple[list[Viewer], float]]] = {}  # conversation -> process -> who, until when
        hub.listen(self._hear, "looks")

    def look(self, link: Link, conversation_id: str | None, viewer: Viewer | None) -> None:
        """This is what a socket has on its screen now; None: nothing that is of interest to others."""
        if link.looks_at not in (None, conversation_id):
            self.leave(link)
        if conversation_id is None or viewer is None:
            return
        before = self.at(conversation_id)
        link.looks_at = conversation_id
        self._mine.setdefault(conversation_id, {})[link] = viewer
        self._say(conversation_id)
        if self.at(conversation_id) == before:  # nothing was told, and this one may not know it yet
            link.tell("viewers", {"conversation_id": conversation_id, "viewers": before})

    def leave(self, link: Link) -> None:
        conversation_id, link.looks_at = link.looks_at, None
        if conversation_id is None:
            return
        looking = self._mine[conversation_id]
        del looking[link]
        if not looking:
            del self._mine[conversation_id]
        self._say(conversation_id)

    def renew(self) -> None:
        """Says again what goes on here, and forgets what others did not say again."""
        for conversation_id, looking in list(self._mine.items()):
            for link in [link for link in looking if not link.joined]:  # went while it was being let look
                self.leave(link)
            self._say(conversation_id)
        now = self._now()
        for conversation_id, said in list(self._said.items()):
            for process in [process for process, (_, until) in said.items() if until <= now]:
                self._learn(conversation_id, process, [])

    def at(self, conversation_id: str) -> list[Viewer]:
        """Each agent once, by name; who types in one of their windows is typing."""
        by_id: dict[str, Viewer] = {}
        for viewers, _ in self._said.get(conversation_id, {}).values():
            for viewer in viewers:
                known = by_id.get(viewer["id"])
                if known is None or viewer["doing"] == "typing":
                    by_id[viewer["id"]] = viewer
        return sorted(by_id.values(), key=lambda viewer: (viewer["name"], viewer["id"]))

    def _say(self, conversation_id: str) -> None:
        told = {
            "process": self._process,
            "conversation_id": conversation_id,
            "viewers": list(self._mine.get(conversation_id, {}).values()),
        }
        self._hub.deliver([Event("looks", (Room(INSIDE, "looks"),), as_json(told))])

    def _hear(self, event: Event) -> None:
        told = event.value
        self._learn(told["conversation_id"], told["process"], told["viewers"])

    def _learn(self, conversation_id: str, process: str, viewers: list[Viewer]) -> None:
        before = self.at(conversation_id)
        said = self._said.setdefault(conversation_id, {})
        if viewers:
            said[process] = (viewers, self._now() + LEASE_SECONDS)
        else:
            said.pop(process, None)
        if not said:
            del self._said[conversation_id]
        after = self.at(conversation_id)
        if after != before:
            told = as_json({"conversation_id": conversation_id, "viewers": after})
            self._manager.tell(Event("viewers", (viewers_room(conversation_id),), told))
