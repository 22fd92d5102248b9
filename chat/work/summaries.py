"""Sends small things whole: the queue's head, places, inboxes, presence, alerts, the desk; each at most once a second.

Every process tells its own sockets: that a summary is stale reaches all of them, the summary itself none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import count

import structlog

from chat.actions import desk, workers
from chat.hub import Event, Hub
from chat.logs import in_short
from chat.store import Store

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
DESK_SECONDS = 5.0
PLACES_EVERY = 6  # looks at the desks: a wait changes by time alone, near closing or when a customer falls silent
TELL = {
    "queue": desk.tell_queue,
    "places": desk.tell_places,
    "inbox": desk.tell_inbox,
    "presence": desk.tell_presence,
    "alerts": desk.tell_alerts,
}


class Summaries:
    """Hears that a summary is stale, sends it at once, and then not again within the pause.

    Where nobody listens nothing is made: who comes later reads what there is.
    """

    def __init__(self, store: Store, hub: Hub, is_heard: Callable[[], bool]) -> None:
        self._store, self._hub, self._is_heard = store, hub, is_heard
        self._stale: dict[tuple[str, str], asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._rests: bool | None = None  # the background work, when it was looked at last
        hub.listen(self._hear, "stale")

    def _hear(self, event: Event) -> None:
        self._send_soon(event.value["summary"], event.value["site_id"])

    async def send_all(self) -> None:
        """When it is not known what was missed."""
        for site_id in await self._store.read(desk.states):
            for summary in TELL:
                self._send_soon(summary, site_id)

    def _send_soon(self, summary: str, site_id: str) -> None:
        if not self._is_heard() or summary not in TELL:  # a newer version's
            return
        key = (summary, site_id)
        if key in self._stale:
            self._stale[key].set()
            return
        self._stale[key] = asyncio.Event()
        task = asyncio.get_running_loop().create_task(self._tell(summary, site_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, summary: str, site_id: str) -> None:
        again = self._stale[summary, site_id]
        while True:
            again.clear()
            try:
                self._hub.tell(await self._store.hints(TELL[summary], site_id))
            except Exception as error:
                log.warning("a summary was not sent, the next change sends it", summary=summary, error=in_short(error))
            await asyncio.sleep(PAUSE_SECONDS)
            if not again.is_set():
                del self._stale[summary, site_id]
                return

    async def watch_desks(self) -> None:
        """Tells everybody when a desk opens or closes, or its queue, and when the reason changes.

        And now and then who waits how that stands.
        """
        known: Mapping[str, object] | None = None
        for look in count():
            try:
                states = await self._store.read(desk.states)
                before = states if known is None else known
                for site_id in [site_id for site_id, state in states.items() if before.get(site_id) != state]:
                    self._hub.tell(await self._store.hints(desk.tell_desk, site_id))
                known = states
                await self.watch_work(states)
                if look % PLACES_EVERY == 0:
                    for site_id in states:
                        self._send_soon("places", site_id)
            except Exception as error:
                log.warning("the desks were not looked at, trying again", error=in_short(error))
            await asyncio.sleep(DESK_SECONDS)

    async def watch_work(self, site_ids: Iterable[str]) -> None:
        """Agents hear when nobody does the background work any more, and when somebody does again."""
        before, self._rests = self._rests, await self._store.read(workers.standstill) is not None
        if self._rests != before:
            for site_id in site_ids:
                self._send_soon("alerts", site_id)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
