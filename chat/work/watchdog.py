"""Goes round after the sweep and mends what it finds stranded; see `actions.watchdog`."""

from __future__ import annotations

from collections import Counter

import structlog

from chat.actions import watchdog
from chat.actions.watchdog import News, ToMend
from chat.errors import Unavailable
from chat.store import Store

log = structlog.get_logger()


class Watchdog:
    """`mended` counts by kind, for the metrics."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._round = 0
        self.mended: Counter[str] = Counter()

    async def look(self, is_calm: bool) -> None:
        """One round; in one that is not calm nobody's conversation is taken away. Raises Unavailable."""
        to_mend, news = await self._store.read(watchdog.sighted, is_calm, self._round)
        self._round += 1
        for one in to_mend:
            await self._mend(one)
        for changes in news:
            await self._store.write(watchdog.record, changes)
            for found in changes.more:
                log.warning("stranded, and for people to decide", kind=changes.kind, id=found.subject_id)

    async def _mend(self, one: ToMend) -> None:
        try:
            await self._store.write(watchdog.mend, one.kind, one.which.subject_id)
        except Unavailable:
            raise
        except Exception as error:
            if not one.is_known:
                log.exception("stranded, and not mended; trying again", kind=one.kind, id=one.which.subject_id)
                await self._store.write(watchdog.record, News(one.kind, [one.which], []))
            else:
                log.warning("still stranded", kind=one.kind, id=one.which.subject_id, error=type(error).__name__)
        else:
            self.mended[one.kind] += 1
            log.warning("was stranded, and is mended", kind=one.kind, id=one.which.subject_id)
