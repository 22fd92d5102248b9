"""Carries out the bot's turns: asks the bot, within a limit, and lets `actions.bot` say what it decided."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from chat import texts
from chat.actions import bot, flows, jobs
from chat.actions.bot_turn import FAILED, NO_MATCH, Asked, Decision, Turn
from chat.actions.jobs import Claimed
from chat.errors import NightdeskError
from chat.store import Store

log = structlog.get_logger()

SERVERS_FAULT = 500  # as in HTTP: it is tried again
LIMIT_SECONDS = 3.0  # a customer who waits longer is better helped by a person
UNSEEN_SECONDS = 0.3  # so long it thinks without being seen to: what comes and goes at once only flickers


class Answering(Protocol):
    """A bot that can be asked."""

    async def decide(self, turn: Turn) -> Decision: ...


class Guiding(Protocol):
    """Who knows the guided flows. Both are pure."""

    def take(self, turn: flows.Turn) -> Decision: ...
    def refuse(self, turn: flows.Turn, why: str) -> Decision: ...


class BotTurns:
    """Keeps jobs of the kind `bot_turn`. A bot that is switched off, fails or takes too long steps aside.

    Turns of a guided flow go to the guide; what it leads to and the desk refuses is said in words.
    """

    def __init__(
        self,
        store: Store,
        bot: Answering | None,
        guide: Guiding | None = None,
        limit: float = LIMIT_SECONDS,
        unseen: float = UNSEEN_SECONDS,
    ) -> None:
        self._store, self._bot, self._guide, self._limit, self._unseen = store, bot, guide, limit, unseen

    async def keep(self, job: Claimed) -> None:
        asked = await self._store.read(bot.asked, job)
        if asked is None:
            await self._store.write(jobs.finish, job.id)
            return
        decision = asked.decided or await self._decide(job, asked)
        try:
            await self._store.write(bot.carry_out, job, decision)
        except NightdeskError as error:
            if not isinstance(decision, flows.Done) or error.status >= SERVERS_FAULT:
                raise
            log.info("what a guided flow led to was refused", code=error.code)
            await self._store.write(bot.carry_out, job, self._refused(asked, decision, error.code))

    def _refused(self, asked: Asked, done: flows.Done, why: str) -> Decision:
        if asked.flow is None or self._guide is None or done.as_message:
            return NO_MATCH
        return self._guide.refuse(asked.flow, why)

    async def _decide(self, job: Claimed, asked: Asked) -> Decision:
        showing = asyncio.create_task(self._show_thinking(job, asked.turn.locale))
        try:
            async with asyncio.timeout(self._limit):
                if asked.flow and self._guide:
                    return await asyncio.to_thread(self._guide.take, asked.flow)
                return await self._bot.decide(asked.turn) if self._bot else NO_MATCH
        except Exception as error:
            log.warning("the bot did not answer and steps aside", error=type(error).__name__)
            return FAILED
        finally:
            showing.cancel()

    async def _show_thinking(self, job: Claimed, locale: str) -> None:
        await asyncio.sleep(self._unseen)
        try:
            await self._store.read(bot.thinks, job, texts.words(locale, "widget")["talk.assistant"])
        except Exception as error:  # of a hint; nobody awaits it who would hear of it
            log.warning("a customer does not see that the bot is thinking", error=type(error).__name__)
