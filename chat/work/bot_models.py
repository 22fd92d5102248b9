"""The bot of the newest model: trained when the articles have changed, loaded when somebody asks it something."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

import structlog

from chat.actions import bot_models, jobs
from chat.actions.bot_models import Article, Basis
from chat.actions.bot_turn import Decision, Question, Ranking, Turn
from chat.actions.jobs import Claimed
from chat.hub import Event, Hub
from chat.logs import in_short
from chat.store import Store

log = structlog.get_logger()

LOOK_SECONDS = 1.0
REST_SECONDS = 2.0  # without a change of the articles, until they are trained
PROMISE_SECONDS = 600.0  # until a model is promised again that was made and replaced, or never made
THREADS = 2


class Bot(Protocol):
    """Made of one model; never changes."""

    def reply(self, turn: Turn) -> Decision: ...
    def rank(self, question: Question) -> Ranking: ...


class Trainer(Protocol):
    """Where models come from. `load` is called on a thread; `fit` gives the report and what `load` takes."""

    basis: Basis

    def load(self, data: bytes) -> Bot: ...
    async def fit(self, articles: Sequence[Article]) -> tuple[dict[str, Any], bytes]: ...


class Models:
    """One a process. Nothing is loaded until somebody wants a bot; from then on it is always the newest."""

    def __init__(self, store: Store, hub: Hub, trainer: Trainer, promise: float = PROMISE_SECONDS) -> None:
        self._store, self._trainer, self._promise = store, trainer, promise
        # Threads of its own: a bot that hangs must not take those of others with it.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="bot")
        self._bot: Bot | None = None
        self.loaded: str | None = None  # the id of the newest model it has looked at
        self._edition: str | None = None  # there should be a model of, as it was at the last look
        self._edition_since = 0.0
        self._promised: str | None = None  # the last edition that this process had trained, and when
        self._promised_at = 0.0
        self._is_wanted = self._is_training = False
        self._news, self._is_loaded = asyncio.Event(), asyncio.Event()
        hub.listen(self._hear, "bot_model", "bot_wanted")

    def _hear(self, event: Event) -> None:
        if event.name == "bot_wanted":
            if self._is_wanted:
                return
            self._is_wanted = True
        self._news.set()

    async def decide(self, turn: Turn) -> Decision:
        """Waits for the first model, as long as the caller does."""
        bot = await self._newest()
        return await asyncio.get_running_loop().run_in_executor(self._threads, bot.reply, turn)

    async def rank(self, question: Question) -> Ranking:
        """What the bot makes of a text that nobody said in a conversation."""
        bot = await self._newest()
        return await asyncio.get_running_loop().run_in_executor(self._threads, bot.rank, question)

    async def _newest(self) -> Bot:
        self._is_wanted = True
        if self._bot is None:
            self._news.set()
            await self._is_loaded.wait()
        assert self._bot is not None
        return self._bot

    async def run(self, *, trains: bool) -> None:
        """Looks for a newer model and, where work is done, has one trained."""
        while True:
            self._news.clear()
            try:
                await self._look(trains)
            except Exception as error:
                log.warning("the bot's model could not be looked for, trying again", error=in_short(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()

    async def _look(self, trains: bool) -> None:
        state = await self._store.read(bot_models.state, self._trainer.basis)
        now = asyncio.get_running_loop().time()
        if trains and self._has_rested(state.edition, now) and self.misses(state, now):
            await self._store.write(bot_models.want, state.edition)
            self.promised(state.edition, now)
        if self._is_wanted and state.model_id and state.model_id != self.loaded:
            await self._load(state.model_id)

    def misses(self, state: bot_models.State, now: float) -> bool:
        """Whether a model must be promised. A process of another release has its own trained in the place of ours, and
        we ours again, but not at once: while both run, neither has the last word.
        """
        is_promised = state.edition == self._promised and now - self._promised_at < self._promise
        return state.edition != state.model_edition and not is_promised

    def promised(self, edition: str, now: float) -> None:
        self._promised, self._promised_at = edition, now

    def _has_rested(self, edition: str, now: float) -> bool:
        """Somebody who edits articles saves one after the other, and each makes another edition."""
        if edition != self._edition:
            self._edition, self._edition_since = edition, now
        return now - self._edition_since >= REST_SECONDS

    async def _load(self, model_id: str) -> None:
        data = await self._store.read(bot_models.load, model_id)
        if data is None:  # a newer one has taken its place meanwhile
            return
        try:
            self._bot = await asyncio.get_running_loop().run_in_executor(self._threads, self._trainer.load, data)
        except Exception:
            log.exception("the bot's model cannot be used, the one before goes on")
            if self._bot is None and (before := await self._store.read(bot_models.before, model_id)):
                await self._load(before)
        self.loaded = model_id
        if self._bot is not None:
            self._is_loaded.set()

    async def keep(self, job: Claimed) -> None:
        """A job of the kind `bot_fit`. One that is given again while it lasts, its lease being over, is left alone."""
        if self._is_training:
            return
        self._is_training = True
        try:
            await self._train(job)
        finally:
            self._is_training = False

    async def _train(self, job: Claimed) -> None:
        articles = await self._store.read(bot_models.to_fit, job, self._trainer.basis)
        if articles is None:
            await self._store.write(jobs.finish, job.id)
            return
        report, data = await self._trainer.fit(articles)
        await self._store.write(bot_models.keep, job, report, data)
        log.info("the bot was trained", articles=len(articles), mode=report["mode"], seconds=report["seconds"])
