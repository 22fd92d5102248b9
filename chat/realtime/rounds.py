"""What is looked at again and again: who may still listen, that agents are there, what is newest.

Each round asks the database once for a batch of sockets. Rights end between rounds as well: commands look for
themselves, and `bye` follows a sign-out at once. The rounds find what nothing told of: a session that ran out, an
account that was closed, a team that changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog

from chat.commands import Caller
from chat.door import Door
from chat.hub import viewers_room
from chat.realtime.link import Link
from chat.realtime.looks import Looks
from chat.realtime.manager import Manager

log = structlog.get_logger()

RENEW_SECONDS = 10
BEACON_SECONDS = 25
BATCH = 200  # sockets asked about at once

Heads = dict[str, tuple[int, int]]


class Rounds:
    def __init__(self, door: Door, manager: Manager, looks: Looks) -> None:
        self._door = door
        self._manager = manager
        self._looks = looks
        self._due: dict[float, float] = {}  # by the seconds between: when the next round is due,
        self._late: dict[float, float] = {}  # and how much later the last one had come to its end

    def beacon_lag(self) -> float:
        """Seconds later than planned that the last beacon had reached every socket, or that one is still under way."""
        now = asyncio.get_running_loop().time()
        return max(self._late.get(BEACON_SECONDS, 0.0), now - self._due.get(BEACON_SECONDS, now))

    async def run(self) -> None:
        await asyncio.gather(self._repeat(RENEW_SECONDS, self.renew), self._repeat(BEACON_SECONDS, self.light_beacon))

    async def _repeat(self, seconds: float, go_round: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._due[seconds] = loop.time() + seconds
            await asyncio.sleep(seconds)
            try:
                await go_round()
            except Exception:
                log.exception("a round was not finished, the next one comes", seconds=seconds)
            self._late[seconds] = loop.time() - self._due[seconds]

    async def renew(self) -> None:
        """Agents who may still listen are there, and look at what they look at."""
        for links in self._batches(Caller.AGENT):
            staying = await self._review(links)
            await self._door.agents_still_connected({link.sid: link.who.id for link in staying})
        self._looks.renew()

    async def light_beacon(self) -> None:
        """Tells each socket the newest numbers of its conversations; who is behind asks for the rest.

        That there are none, as with most who only look at a page, is told once.
        """
        for links in self._batches(Caller.CUSTOMER, Caller.AGENT):
            for link, heads in (await self._review(links)).items():
                if heads or link.has_heads:
                    link.tell("beacon", heads)
                    link.has_heads = bool(heads)

    def _batches(self, *kinds: Caller) -> Iterator[list[Link]]:
        links = [link for link in self._manager.links.values() if link.joined and link.who.kind in kinds]
        for start in range(0, len(links), BATCH):
            yield [link for link in links[start : start + BATCH] if link.joined and not link.ending]

    async def _review(self, links: list[Link]) -> dict[Link, Heads]:
        """Sends those away whose rights have ended; the others hear what they may. Gives the others' heads."""
        asked = [(link.who, list(link.viewed)) for link in links]
        answers = await self._door.heads(asked)
        staying: dict[Link, Heads] = {}
        for link, (who, viewed), answer in zip(links, asked, answers, strict=True):
            if link.ending or not link.joined or link.who is not who:
                continue  # went meanwhile
            if answer is None:
                log.info("a session has ended, its socket is closed", caller=who.kind, id=who.id)
                link.send_away(reconnect_in=0)
                continue
            heads, site_ids = answer
            self._stop_viewing(link, set(viewed) - heads.keys())
            self._hear_of(link, site_ids)
            staying[link] = heads
        return staying

    def _stop_viewing(self, link: Link, conversation_ids: set[str]) -> None:
        if link.looks_at in conversation_ids:
            self._looks.leave(link)
        for conversation_id in conversation_ids:
            link.viewed.pop(conversation_id, None)
            self._manager.leave(link, viewers_room(conversation_id))

    def _hear_of(self, link: Link, site_ids: set[str]) -> None:
        """The desks of the teams one is in now."""
        for site_id in link.site_ids - site_ids:
            for room in link.desk_rooms(site_id):
                self._manager.leave(link, room)
        for site_id in site_ids - link.site_ids:
            for room in link.desk_rooms(site_id):
                self._manager.enter(link, room)
        link.site_ids = site_ids
