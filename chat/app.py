"""The only place where parts are chosen and joined."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chat.actions import bot_models, desk, flow_offers, setup, workers
from chat.actions.workers import Counts
from chat.door import Door
from chat.faq import FaqTrainer, Guide
from chat.files import Bucket, Files, Rules
from chat.files.bucket import Place
from chat.hub import Hub
from chat.metrics import Metrics, Sources
from chat.probe import Probe
from chat.realtime import Realtime
from chat.seed import seed_apart
from chat.settings import Settings, kinds_of, moment, secret_key
from chat.store import Clock, Keys, Store
from chat.store.migrations import migrate
from chat.web import guards, keys
from chat.web.assets import Assets
from chat.web.intake import Intake
from chat.web.routes import add_routes
from chat.work.bot_models import Models
from chat.work.bot_turns import BotTurns
from chat.work.files import LooseFiles
from chat.work.heartbeat import Heartbeat
from chat.work.indexing import Indexer
from chat.work.jobs import Jobs
from chat.work.mail import AnswerMails, CaseMails, OnCallMails, TranscriptMails
from chat.work.payouts import HttpService, Payouts
from chat.work.shops import AskShops, HttpShop
from chat.work.summaries import Summaries
from chat.work.sweep import Sweep

if TYPE_CHECKING:
    from chat.bus import Bus

log = structlog.get_logger()

TEMPLATES = Path(__file__).parent / "templates"
STORE = web.AppKey("store", Store)
REALTIME = web.AppKey("realtime", Realtime)

# How long each step of stopping may take; with what the web server needs in between, less than ten seconds.
FINISH_SECONDS = 2.0
GOODBYE_SECONDS = 2.5
WORK_SECONDS = 1.0  # beside those above
STORE_SECONDS = 2.0


# From one look to the next, however often /readyz is asked.
BUCKET_SECONDS = 30.0
LOOK_SECONDS = 5.0


def real_now() -> datetime:
    return datetime.now(UTC)


def build_app(settings: Settings, now: Callable[[], datetime] = real_now) -> web.Application:
    """A server ready to run: the database is migrated and opened; sockets and work begin with the app.

    `now` is the clock everything reads. `app[PARTS].drain()` makes it say goodbye to everybody before it is cleaned up.
    Raises SettingsError.
    """
    ground = Ground(settings, now)
    door = Door(ground.store, ground.hub, settings.public_url, ground.models)
    app = web.Application(middlewares=[guards.envelope_errors], client_max_size=guards.BODY_BYTES)
    app[STORE], app[REALTIME] = ground.store, Realtime(door, ground.hub, settings.engine)
    app[keys.DOOR], app[keys.SETTINGS], app[keys.ASSETS] = door, settings, Assets()
    app[keys.PAGES], app[keys.INTAKE] = pages(), Intake(files_of(settings), rules_of(settings))
    add_routes(app, app[keys.ASSETS])
    app.router.add_route("*", "/socket.io/", app[REALTIME].handle)
    work = Work(ground) if settings.work else None
    parts = Parts(ground, door, app[REALTIME], work, app[keys.INTAKE].files.bucket)
    app[PARTS], app[keys.PROBLEMS], app[keys.BROKEN] = parts, parts.problems, parts.broken
    app[keys.TROUBLES] = parts.troubles
    app[keys.METRICS] = Metrics(ground.store, parts.sources()).text
    app.cleanup_ctx.append(parts.run)
    # Before the server waits for open connections to end: sockets never end by themselves.
    app.on_shutdown.append(lambda _app: parts.drain())
    return app


def keys_of(settings: Settings) -> Keys:
    """Raises SettingsError."""
    payment = settings.payment_secret
    return Keys(secret_key(settings), payment.get_secret_value() if payment else None)


def files_of(settings: Settings) -> Files:
    """Raises SettingsError."""
    if settings.s3_bucket is None:
        return Files(settings.files)
    bucket, _, prefix = settings.s3_bucket.partition("/")
    secret = settings.s3_secret.get_secret_value() if settings.s3_secret else None
    place = Place(bucket, prefix or None, settings.s3_endpoint, settings.s3_region, settings.s3_key_id, secret)
    return Files(settings.files, Bucket(place))


def rules_of(settings: Settings) -> Rules:
    return Rules(
        settings.upload_mb * 1_000_000, settings.upload_megapixels * 1_000_000, kinds_of(settings.upload_types)
    )


def trainer_of(settings: Settings) -> FaqTrainer:
    return FaqTrainer(settings.bot_target, settings.bot_unanswerable, settings.data_dir / "bot-vectors.npz")


def pages() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@asynccontextmanager
async def working(
    settings: Settings, now: Callable[[], datetime] = real_now
) -> AsyncIterator[Callable[[], str | None]]:
    """The background work alone, beside web processes on the same database. Gives what tells why this process should
    be ended and another one be started. Raises SettingsError.
    """
    ground = Ground(settings, now)
    await ground.open(on_missed=_nothing_missed)
    following = ground.follow_models(trains=True)
    work = Work(ground)
    work.begin()
    try:
        yield lambda: ground.store.broken() or work.broken()
    finally:
        work.wind_down()
        await work.end()
        await _cancel(following)
        await ground.close()


async def _nothing_missed() -> None:
    """Jobs are looked for every second anyway."""


class Ground:
    """What every process stands on: the store, the hub and, when there are others, the bus to them."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        migrate(settings.database)
        if settings.demo:
            bot = (settings.bot_target, settings.bot_unanswerable) if settings.bot else None
            seed_apart(settings.database, now(), bot)
        self.settings = settings
        self.store, self.hub = Store(settings.database, Clock(now, keys=keys_of(settings))), Hub()
        self.store.deliver = self.hub.deliver
        self.models = Models(self.store, self.hub, trainer_of(settings)) if settings.bot else None
        self.guide = Guide() if settings.bot else None
        self.bus: Bus | None = None

    async def open(self, on_missed: Callable[[], Awaitable[None]]) -> None:
        """`on_missed` is called when news of other processes may have been lost."""
        settings = self.settings
        await self.store.read(setup.check_key)
        if settings.at:
            offset = await self.store.read(desk.clock_offset, moment(settings.at))
            self.store.clock = replace(self.store.clock, desk_offset=offset)
        await self.store.write(desk.set_mail, "smtp" if settings.smtp_host else "outbox")
        await self.store.write(bot_models.set_basis, trainer_of(settings).basis if settings.bot else None)
        flows = self.guide.catalogue() if self.guide else flow_offers.Catalogue()
        await self.store.write(flow_offers.set_catalogue, flows)
        if settings.redis_url:
            from chat.bus import Bus  # alone, a process does without Redis' client, which is 7 MB

            store_id, key = await self.store.write(setup.installation)
            self.bus = Bus(settings.redis_url, self.hub, store_id, key, on_missed)
            await self.bus.open()

    def follow_models(self, trains: bool) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.models.run(trains=trains))] if self.models else []

    async def close(self) -> None:
        """What waits to be written is written, and the others hear of it."""
        await within(STORE_SECONDS, asyncio.to_thread(self.store.close), "closing the store")
        if self.bus:
            await self.bus.close()


class Work:
    """What one process does by itself."""

    def __init__(self, ground: Ground) -> None:
        store, settings = ground.store, ground.settings
        models = ground.models
        keepers = {
            "bot_turn": BotTurns(store, models, ground.guide).keep,
            "answer_mail": AnswerMails(store, settings).keep,
            "case_mail": CaseMails(store, settings).keep,
            "on_call_mail": OnCallMails(store, settings).keep,
            "transcript_mail": TranscriptMails(store, settings).keep,
            "shop_orders": AskShops(store, HttpShop()).keep,
        }
        if settings.payment_url:
            keepers["payout"] = Payouts(store, HttpService(settings.payment_url)).keep
        if models:
            keepers["bot_fit"] = models.keep
        # Each kind has its own workers, so a mail server that hangs never holds up the bot.
        self._jobs = [Jobs(store, ground.hub, {kind: keeper}) for kind, keeper in keepers.items()]
        self.sweep, self.loose_files = Sweep(store), LooseFiles(store, files_of(settings))
        self.indexer = Indexer(store, ground.hub)
        self.heartbeat = Heartbeat(store, self.counts, self.broken)
        self._tasks: list[asyncio.Task[None]] = []
        self._sweeping: list[asyncio.Task[None]] = []
        self._is_winding_down = False

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(jobs.run()) for jobs in self._jobs]
        self._sweeping = [asyncio.create_task(one.run()) for one in (self.sweep, self.loose_files, self.indexer)]
        self._sweeping.append(asyncio.create_task(self.heartbeat.run()))

    def counts(self) -> Counts:
        """Of this process since its start: what the metrics tell of each that works."""
        return {
            "jobs_done": sum((jobs.done for jobs in self._jobs), Counter()),
            "jobs_failed": sum((jobs.failed for jobs in self._jobs), Counter()),
            "swept": self.sweep.done,
            "mended": self.sweep.watchdog.mended,
            "indexed": self.indexer.done,
        }

    def broken(self) -> str | None:
        """What only a new process mends, in a sentence."""
        ended = not self._is_winding_down and any(task.done() for task in [*self._tasks, *self._sweeping])
        return "A part of the background work has ended." if ended else None

    def wind_down(self) -> None:
        """Begins nothing more."""
        self._is_winding_down = True
        for jobs in self._jobs:
            jobs.stop()
        for sweeping in self._sweeping:
            sweeping.cancel()

    async def end(self) -> None:
        """Finishes what is under way; what takes longer stays under lease, and another process does it then."""
        await asyncio.wait(self._tasks, timeout=WORK_SECONDS)
        await _cancel([*self._tasks, *self._sweeping])
        await within(WORK_SECONDS, self.heartbeat.end(), "saying goodbye")


class Parts:
    """Everything that runs beside the requests of a web process, started and stopped together."""

    def __init__(
        self, ground: Ground, door: Door, realtime: Realtime, work: Work | None, bucket: Bucket | None
    ) -> None:
        self.ground, self._door, self._realtime, self._work = ground, door, realtime, work
        self._bucket = bucket
        self._bucket_trial = Probe(lambda: asyncio.to_thread(bucket.try_out), BUCKET_SECONDS, 1) if bucket else None
        self._nobody_works = Probe(lambda: ground.store.read(workers.nobody), LOOK_SECONDS, 1)
        self._summaries = Summaries(ground.store, ground.hub, lambda: bool(realtime.links))
        self._is_draining = False
        self._watching: list[asyncio.Task[None]] = []

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        await self.ground.open(self._catch_up)
        await self._door.open()
        await self._realtime.open()
        self._watching = [
            asyncio.create_task(self._summaries.watch_desks()),
            *self.ground.follow_models(bool(self._work)),
        ]
        if self._work:
            self._work.begin()
        yield
        if self._work:
            await self._work.end()
        await _cancel(self._watching)
        self._summaries.close()
        await self.ground.close()

    async def problems(self) -> list[str]:
        """Why customers should not be sent here now."""
        found = [await self._door.problem(), self.ground.bus and self.ground.bus.trouble()]
        return [problem for problem in found if problem]

    async def troubles(self) -> list[str]:
        """What customers miss, here and elsewhere."""
        found = []
        if self._bucket_trial:
            trial = await self._bucket_trial.ask()
            if not trial.done():
                found.append("The storage of files takes long to answer.")
            elif error := trial.exception():
                found.append(str(error))
        if self._work is None:
            look = await self._nobody_works.ask()
            if look.done() and not look.exception() and look.result():
                found.append("No process does the background work (bot, mail, sweep): start `python -m chat work`.")
        return found

    def broken(self) -> list[str]:
        """Why this process should be ended and another one be started."""
        watching = any(task.done() for task in self._watching) and not self._is_draining
        ended = "What watches over the desks has ended." if watching else None
        found = [self.ground.store.broken(), self._work and self._work.broken(), ended]
        return [problem for problem in found if problem]

    def sources(self) -> Sources:
        """Where this process's own numbers are."""
        ground, work = self.ground, self._work
        return Sources(
            tally=self._door.tally,
            said=ground.hub.said,
            sockets=lambda: Counter(link.who.kind.value for link in self._realtime.links.values() if link.joined),
            beacon_lag=self._realtime.rounds.beacon_lag,
            in_line=ground.store.in_line,
            disk_free=lambda: free_bytes(ground.settings.data_dir),
            deaf=(lambda: bool(ground.bus and ground.bus.trouble())) if ground.settings.redis_url else None,
            bucket_failures=lambda: self._bucket.failures if self._bucket else 0,
            work=work.heartbeat if work else None,
        )

    async def drain(self) -> None:
        """Says goodbye: commands under way finish, long polls are answered, sockets are told when to come back."""
        if self._is_draining:
            return
        self._is_draining = True
        if self._work:
            self._work.wind_down()
        await within(FINISH_SECONDS, self._door.close(), "finishing commands")
        await within(GOODBYE_SECONDS, self._realtime.close(), "closing sockets")

    async def _catch_up(self) -> None:
        """Whoever listens here may have missed something: polls look again, sockets learn the newest numbers."""
        self.ground.hub.wake()
        await self._summaries.send_all()
        await self._realtime.rounds.light_beacon()


def free_bytes(folder: Path) -> int | None:
    """Room for those who are not root; None when nobody can tell."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


async def within(seconds: float, step: Awaitable[object], what: str) -> None:
    """A step of stopping: it takes so long at most, and the next one has its turn whatever happens."""
    try:
        async with asyncio.timeout(seconds):
            await step
    except TimeoutError:
        log.warning("this took too long while stopping and is left", step=what)
    except Exception:
        log.exception("this failed while stopping", step=what)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=WORK_SECONDS)


PARTS = web.AppKey("parts", Parts)
