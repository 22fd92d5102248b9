"""Keeps files and their rows in step, every quarter of an hour.

Rows nobody used within a day go with their files; files that no row knows, which a crash may leave, go after an hour.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from chat.actions import attachments
from chat.errors import Unavailable
from chat.files import Files
from chat.store import Store

log = structlog.get_logger()

ROUND_SECONDS = 900.0
LOOSE = timedelta(hours=1)  # so long a file may lie without a row: its upload may still be under way


class LooseFiles:
    def __init__(self, store: Store, files: Files) -> None:
        self._store, self._files = store, files

    async def run(self) -> None:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.look(self._store.clock.now())
            except Unavailable as error:
                log.warning("the store failed the sweep of files, the next round tries again", error=str(error))
            except Exception:
                log.exception("the sweep of files failed, the next round tries again")

    async def look(self, now: datetime) -> None:
        """One round at that time."""
        while await self._store.read(attachments.anything_unused):
            paths = await self._store.write(attachments.forget_unused)
            if not paths:  # another process is at them
                break
            await asyncio.to_thread(self._files.remove, paths)
            log.info("files that nobody used are gone", done=len(paths))
        old = self._files.old((now - LOOSE).timestamp())
        nothing: list[str] = []
        while batch := await asyncio.to_thread(next, old, nothing):
            loose = await self._store.read(attachments.loose, batch)
            await asyncio.to_thread(self._files.remove, loose)
            if loose:
                log.info("files without a row are gone", done=len(loose))
