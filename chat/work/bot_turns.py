"""Carries out the bot's turns: asks the bot, within a limit, and lets `actions.bot` say what it decided."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from chat.actions import bot, jobs
from chat.actions.bot import NO_MATCH, Asked, Decision, Turn
from chat.actions.jobs import Claimed
from chat.store import Store

log = structlog.get_logger()

LIMIT_SECONDS = 3.0  # a customer who waits longer is better helped by a person


class Answering(Protocol):
    """A bot that can be asked."""

    async def decide(self, turn: Turn) -> Decision: ...


class BotTurns:
    """Keeps jobs of the kind `bot_turn`. A bot that is switched off, fails or takes too long steps aside."""

    def __init__(self, store: Store, bot: Answering | None, limit: float = LIMIT_SECONDS) -> None:
        self._store, self._bot, self._limit = store, bot, limit

    async def keep(self, job: Claimed) -> None:
        asked = await self._store.read(bot.asked, job)
        if asked is None:
            await self._store.write(jobs.finish, job.id)
            return
        await self._store.write(bot.carry_out, job, asked.decided or await self._decide(asked))

    async def _decide(self, asked: Asked) -> Decision:
        if self._bot is None:
            return NO_MATCH
        try:
            async with asyncio.timeout(self._limit):
                return await self._bot.decide(asked.turn)
        except Exception as error:
            log.warning("the bot did not answer and steps aside", error=type(error).__name__)
            return NO_MATCH
