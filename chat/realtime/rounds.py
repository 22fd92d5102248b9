"""What is looked at again and again: who may still listen, that agents are there, what is newest.

Each round asks the database once for a batch of sockets. Rights end between rounds as well: commands look for
themselves, and `bye` follows a sign-out at once. The rounds find what nothing told of: a session that ran out, an
account that was closed, a team that changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog

from chat import wire
from chat.commands import Caller
from chat.door import Door
from chat.hub import AGENT, staff_room, viewers_room
from chat.realtime.link import Link
from chat.realtime.transport import Sockets

log = structlog.get_logger()

RENEW_SECONDS = 10
BEACON_SECONDS = 25
BATCH = 200  # sockets asked about at once

Heads = dict[str, tuple[int, int]]


class Rounds:
    def __init__(self, door: Door, io: Sockets, links: dict[str, Link]) -> None:
        self._door = door
        self._io = io
        self._links = links

    async def run(self) -> None:
        await asyncio.gather(self._repeat(RENEW_SECONDS, self.renew), self._repeat(BEACON_SECONDS, self.light_beacon))

    async def _repeat(self, seconds: float, go_round: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await go_round()
            except Exception:
                log.exception("a round was not finished, the next one comes", seconds=seconds)

    async def renew(self) -> None:
        """Agents who may still listen are there."""
        for links in self._batches(Caller.AGENT):
            staying = await self._review(links)
            await self._door.agents_still_connected({link.sid: link.who.id for link in staying})

    async def light_beacon(self) -> None:
        """Tells each socket the newest numbers of its conversations; who is behind asks for the rest."""
        for links in self._batches(Caller.CUSTOMER, Caller.AGENT):
            for link, heads in (await self._review(links)).items():
                await self._io.emit("beacon", heads, to=link.sid, namespace=link.namespace)

    def _batches(self, *kinds: Caller) -> Iterator[list[Link]]:
        links = [link for link in self._links.values() if link.who.kind in kinds]
        for start in range(0, len(links), BATCH):
            yield [link for link in links[start : start + BATCH] if not link.connection.ending]

    async def _review(self, links: list[Link]) -> dict[Link, Heads]:
        """Sends those away whose rights have ended; the others hear what they may. Gives the others' heads."""
        asked = [(link.who, list(link.viewed)) for link in links]
        answers = await self._door.heads(asked)
        staying: dict[Link, Heads] = {}
        for link, (_, viewed), answer in zip(links, asked, answers, strict=True):
            if link.connection.ending or self._links.get(link.sid) is not link:
                continue  # went meanwhile
            if answer is None:
                await self._send_away(link)
                continue
            heads, site_ids = answer
            await self._stop_viewing(link, set(viewed) - heads.keys())
            await self._hear_of(link, site_ids)
            staying[link] = heads
        return staying

    async def _send_away(self, link: Link) -> None:
        log.info("a session has ended, its socket is closed", caller=link.who.kind, id=link.who.id)
        bye = wire.Bye(reconnect_in=0).model_dump()
        await self._io.emit("bye", bye, to=link.sid, namespace=link.namespace)
        await self._io.dismiss(link.sid, link.namespace)

    async def _stop_viewing(self, link: Link, conversation_ids: set[str]) -> None:
        for conversation_id in conversation_ids:
            link.viewed.pop(conversation_id, None)
            await self._io.leave_room(link.sid, viewers_room(conversation_id).name, namespace=AGENT)

    async def _hear_of(self, link: Link, site_ids: set[str]) -> None:
        """The desks of the teams one is in now."""
        for site_id in link.site_ids - site_ids:
            await self._io.leave_room(link.sid, staff_room(site_id).name, namespace=AGENT)
        for site_id in site_ids - link.site_ids:
            await self._io.enter_room(link.sid, staff_room(site_id).name, namespace=AGENT)
        link.site_ids = site_ids
