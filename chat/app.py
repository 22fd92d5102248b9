"""The only place where parts are chosen and joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import bots
from chat.actions import bot, desk
from chat.door import Door
from chat.hub import Hub
from chat.realtime import Realtime
from chat.seed import seed_demo
from chat.settings import Settings, moment
from chat.store import Clock, Store
from chat.store.migrations import migrate
from chat.web import guards, keys
from chat.web.assets import Assets
from chat.web.routes import add_routes
from chat.work.bot_turns import BotTurns
from chat.work.jobs import Jobs, Keeper
from chat.work.mail import AnswerMails
from chat.work.summaries import Summaries
from chat.work.sweep import Sweep

TEMPLATES = Path(__file__).parent / "templates"
STORE = web.AppKey("store", Store)
REALTIME = web.AppKey("realtime", Realtime)


def real_now() -> datetime:
    return datetime.now(UTC)


def build_app(settings: Settings, now: Callable[[], datetime] = real_now) -> web.Application:
    """A server ready to run: the database is migrated and opened; sockets and work begin with the app.

    `now` is the clock everything reads. Raises SettingsError.
    """
    migrate(settings.database)
    store, hub = Store(settings.database, Clock(now)), Hub()
    store.deliver = hub.deliver
    door = Door(store, hub, settings.public_url)
    app = web.Application(middlewares=[guards.envelope_errors], client_max_size=guards.BODY_BYTES)
    app[STORE], app[REALTIME] = store, Realtime(door, hub)
    app[keys.DOOR], app[keys.SETTINGS], app[keys.ASSETS] = door, settings, Assets()
    app[keys.PAGES] = pages()
    add_routes(app, app[keys.ASSETS])
    app.router.add_route("*", "/socket.io/", app[REALTIME].handle)
    parts = Parts(settings, store, hub, door, app[REALTIME])
    app.cleanup_ctx.append(parts.run)
    # Before the server waits for open connections to end: sockets never end by themselves.
    app.on_shutdown.append(parts.say_goodbye)
    return app


def pages() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


class Parts:
    """Everything that runs beside the requests, started and stopped together."""

    def __init__(self, settings: Settings, store: Store, hub: Hub, door: Door, realtime: Realtime) -> None:
        self._settings = settings
        self._store, self._hub, self._door, self._realtime = store, hub, door, realtime
        self._summaries = Summaries(store, hub)

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        if self._settings.demo:
            await self._store.write(seed_demo)
        if self._settings.at:
            offset = await self._store.read(desk.clock_offset, moment(self._settings.at))
            self._store.clock = replace(self._store.clock, desk_offset=offset)
        await self._store.write(desk.set_mail, "smtp" if self._settings.smtp_host else "outbox")
        await self._door.open()
        await self._realtime.open()
        tasks = [asyncio.create_task(self._summaries.watch_desks())]
        if self._settings.work:
            # Each kind has its own workers, so a mail server that hangs never holds up the bot.
            for kind, keeper in self._keepers().items():
                tasks.append(asyncio.create_task(Jobs(self._store, self._hub, {kind: keeper}).run()))
            tasks.append(asyncio.create_task(Sweep(self._store).run()))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._summaries.close()
        await asyncio.to_thread(self._store.close)

    async def say_goodbye(self, _app: web.Application) -> None:
        await self._realtime.close()

    def _keepers(self) -> dict[str, Keeper]:
        """Who carries out which kind of job."""
        return {
            "bot_turn": BotTurns(self._store, ArticleBot).keep,
            "answer_mail": AnswerMails(self._store, self._settings).keep,
        }


class ArticleBot:
    """The bot of the articles, in the words of `actions.bot`."""

    def __init__(self, articles: Sequence[bot.Article]) -> None:
        self._bot = bots.Bot(bots.Article(**asdict(article)) for article in articles)

    def reply(self, turn: bot.Turn) -> bot.Decision:
        match self._bot.reply(bots.Turn(**asdict(turn))):
            case bots.Answer(article_id):
                return bot.Answer(article_id)
            case bots.Suggest(article_ids):
                return bot.Suggest(article_ids)
            case bots.Ask(code):
                return bot.Ask(code)
            case bots.TakeMessage(reason) | bots.CallAgent(reason):
                return bot.HandOver(reason)
