"""Carries out the bot's turns: asks the bot, within a limit, and lets `actions.bot` say what it decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

from chat.actions import bot, jobs
from chat.actions.bot import NO_MATCH, Article, Asked, Decision, Edition, Turn
from chat.actions.jobs import Claimed
from chat.store import Store

log = structlog.get_logger()

LIMIT_SECONDS = 3.0  # a customer who waits longer is better helped by a person
THREADS = 2


class Bot(Protocol):
    def reply(self, turn: Turn) -> Decision: ...


Build = Callable[[Sequence[Article]], Bot]
"""Makes a bot that answers from these articles."""


class BotTurns:
    """Keeps jobs of the kind `bot_turn`. A bot that fails or takes too long steps aside for a person."""

    def __init__(self, store: Store, build: Build, limit: float = LIMIT_SECONDS) -> None:
        self._store = store
        self._limit = limit
        # Threads of its own: a bot that hangs must not take those of others with it.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="bot")
        self._shelf = Shelf(store, build, self._threads)

    async def keep(self, job: Claimed) -> None:
        asked = await self._store.read(bot.asked, job)
        if asked is None:
            await self._store.write(jobs.finish, job.id)
            return
        await self._store.write(bot.carry_out, job, await self._decide(asked))

    async def _decide(self, asked: Asked) -> Decision:
        try:
            async with asyncio.timeout(self._limit):
                answering = await self._shelf.bot(asked.edition)
                return await asyncio.get_running_loop().run_in_executor(self._threads, answering.reply, asked.turn)
        except Exception as error:
            log.warning("the bot did not answer and steps aside", error=type(error).__name__)
            return NO_MATCH


class Shelf:
    """The bot of the newest articles: made at the first question, and anew when an article has changed."""

    def __init__(self, store: Store, build: Build, threads: ThreadPoolExecutor) -> None:
        self._store, self._build, self._threads = store, build, threads
        self._bot: Bot | None = None
        self._edition: Edition | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def bot(self, edition: Edition) -> Bot:
        """Raises LookupError when there has been no bot yet that could be made."""
        if edition != self._edition:
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.create_task(self._renew())
            # Whoever asks may give up waiting; the making goes on for those who ask next.
            await asyncio.wait({self._renewing})
        if self._bot is None:
            raise LookupError("no bot could be made")
        return self._bot

    async def _renew(self) -> None:
        try:
            edition, articles = await self._store.read(bot.articles)
            self._bot = await asyncio.get_running_loop().run_in_executor(self._threads, self._build, articles)
            self._edition = edition
        except Exception:
            log.exception("the bot could not be made anew, the old one goes on")
