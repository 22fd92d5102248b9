"""Somebody who listens: one socket in one namespace."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from chat.commands import Caller
from chat.door import Who
from chat.hub import AGENT, CUSTOMER, Room, agent_room, customer_room, session_room, staff_room, visitors_room
from chat.realtime.transport import Connection


@dataclass(eq=False)
class Link:
    sid: str
    who: Who
    connection: Connection
    site_ids: set[str] = field(default_factory=set)  # of an agent: whose desks they hear of
    viewed: OrderedDict[str, None] = field(default_factory=OrderedDict)  # conversations an agent has open
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    in_line: int = 0

    @property
    def namespace(self) -> str:
        return CUSTOMER if self.who.kind is Caller.CUSTOMER else AGENT

    @property
    def session_room(self) -> Room:
        return session_room(self.namespace, self.who.session_id)

    @property
    def rooms(self) -> list[Room]:
        """Where it belongs from the start."""
        if self.who.kind is Caller.CUSTOMER:
            own = [customer_room(self.who.id, self.who.site_id), visitors_room(self.who.site_id)]
        else:
            own = [agent_room(self.who.id), *(staff_room(site_id) for site_id in self.site_ids)]
        return [*own, self.session_room]
