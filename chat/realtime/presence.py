"""Who is connected: the rooms of a socket, and the rows that show an agent is there."""

from __future__ import annotations

import asyncio

import structlog

from chat.commands import Caller
from chat.door import Door, Who

log = structlog.get_logger()

RENEW_SECONDS = 10


class Presence:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._agents: dict[str, str] = {}  # connection -> agent

    async def arrive(self, who: Who, connection_id: str) -> list[str]:
        """The names of the rooms this connection belongs in."""
        if who.kind is Caller.CUSTOMER:
            return [f"customer:{who.id}:{who.site_id}", f"site:{who.site_id}", f"session:{who.session_id}"]
        site_ids = await self._door.agent_connected(who, connection_id)
        self._agents[connection_id] = who.id
        return [f"agent:{who.id}", f"session:{who.session_id}", *(f"desk:{site_id}" for site_id in site_ids)]

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
