"""Fills a database in a process of its own: see `store.apart`."""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from chat.actions import bot_models, jobs
from chat.faq import FaqTrainer
from chat.hub import Hub
from chat.seed import seed_demo
from chat.store import Clock, Store
from chat.store.apart import main
from chat.work.bot_models import Models
from chat.work.indexing import Indexer


def seed(where: Path | str, now: str, *bot: str) -> None:
    """`bot`: its target and the share of unanswerable questions, where it is to be trained."""
    with closing(Store(where, Clock(lambda: datetime.fromisoformat(now)))) as store:
        asyncio.run(_seed(store, FaqTrainer(float(bot[0]), float(bot[1])) if bot else None))


async def _seed(store: Store, trainer: FaqTrainer | None) -> None:
    await store.write(seed_demo)
    indexer = Indexer(store, Hub())
    while not await indexer.look():
        pass
    if trainer is not None:
        with suppress(RuntimeError, TimeoutError):  # the server tries again, and says why not
            await _train(store, trainer)


async def _train(store: Store, trainer: FaqTrainer) -> None:
    state = await store.read(bot_models.state, trainer.basis)
    await store.write(bot_models.want, state.edition)
    for job in await store.write(jobs.claim, ["bot_fit"], "seed", 1):
        await Models(store, Hub(), trainer).keep(job)


if __name__ == "__main__":
    main(seed)
