"""Who is connected: the rooms of a socket, and the rows that show an agent is there."""

from __future__ import annotations

import asyncio

import structlog

from chat.commands import Caller
from chat.door import Door, Who
from chat.hub import AGENT, CUSTOMER, Room, agent_room, customer_room, session_room, staff_room, visitors_room

log = structlog.get_logger()

RENEW_SECONDS = 10


class Presence:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._agents: dict[str, str] = {}  # connection -> agent

    async def arrive(self, who: Who, connection_id: str) -> list[Room]:
        """The rooms this connection belongs in."""
        if who.kind is Caller.CUSTOMER:
            rooms = [customer_room(who.id, who.site_id), visitors_room(who.site_id)]
            return [*rooms, session_room(CUSTOMER, who.session_id)]
        site_ids = await self._door.agent_connected(who, connection_id)
        self._agents[connection_id] = who.id
        rooms = [agent_room(who.id), session_room(AGENT, who.session_id)]
        return [*rooms, *(staff_room(site_id) for site_id in site_ids)]

    async def depart(self, who: Who, connection_id: str) -> None:
        if self._agents.pop(connection_id, None) is not None:
            await self._door.agent_disconnected(who, connection_id)

    async def renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._door.agents_still_connected(dict(self._agents))
            except Exception as error:
                log.warning("presence was not renewed, trying again", error=str(error), seconds=RENEW_SECONDS)
