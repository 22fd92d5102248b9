"""Keeps promised jobs: takes the due ones, carries them out, tries again what failed."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from chat.actions import jobs
from chat.actions.jobs import Claimed
from chat.hub import Event, Hub
from chat.logs import in_short
from chat.store import Store

log = structlog.get_logger()

AT_ONCE = 16
LOOK_SECONDS = 1.0  # for jobs of a later time, and of other processes

Keeper = Callable[[Claimed], Awaitable[None]]
"""Carries out a job and finishes it (`jobs.finish`) in the transaction of its effect. Raises to have it retried."""


class Jobs:
    def __init__(self, store: Store, hub: Hub, keepers: Mapping[str, Keeper]) -> None:
        self._store = store
        self._keepers = dict(keepers)
        self._worker = secrets.token_hex(8)
        self._due = asyncio.Event()
        self._under_way = 0
        self._is_stopping = False
        self._is_failing = False
        self.done: Counter[str] = Counter()  # by kind
        self.failed: Counter[str] = Counter()  # attempts
        hub.listen(self._hear, "job")

    def _hear(self, event: Event) -> None:
        if event.value["kind"] in self._keepers:  # others' kinds are left for them
            self._due.set()

    def stop(self) -> None:
        """Takes nothing more; `run` ends with what is under way."""
        self._is_stopping = True
        self._due.set()

    async def run(self) -> None:
        """Until stopped. If it is cancelled, another process takes up what is under way when its lease ends."""
        async with asyncio.TaskGroup() as group:
            while not self._is_stopping:
                self._due.clear()
                for job in await self._claim():
                    self._under_way += 1
                    group.create_task(self._keep(job)).add_done_callback(self._end)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._due.wait()

    def _end(self, _task: asyncio.Task[None]) -> None:
        if self._under_way == AT_ONCE:
            self._due.set()  # others may be due that found no room
        self._under_way -= 1

    async def _claim(self) -> list[Claimed]:
        # No more than can begin now: the lease of a job that stood in line would run out unused.
        room = AT_ONCE - self._under_way
        if not room:
            return []
        try:
            claimed = await self._store.write(jobs.claim, list(self._keepers), self._worker, room)
        except Exception as error:
            if not self._is_failing:  # one line for each outage, not one a second
                log.warning("jobs could not be claimed, trying again and again", error=in_short(error))
            self._is_failing = True
            return []
        self._is_failing = False
        return claimed

    async def _keep(self, job: Claimed) -> None:
        try:
            await self._keepers[job.kind](job)
            self.done[job.kind] += 1
        except Exception as error:
            self.failed[job.kind] += 1
            log.warning("a job failed", job=job.id, kind=job.kind, attempt=job.attempt, error=in_short(error))
            await self._put_back(job, str(error))

    async def _put_back(self, job: Claimed, error: str) -> None:
        try:
            if not await self._store.write(jobs.retry, job, error):
                log.error("a job is given up", job=job.id, kind=job.kind)
        except Exception as failure:  # its lease will run out, and it is tried again then
            log.warning("a failed job could not be put back", job=job.id, error=in_short(failure))
