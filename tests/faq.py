"""The shipped articles and the bot that was trained of them: once a session, for everybody who needs a bot that knows
something.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any

import bots
from chat import wire
from chat.actions.bot_models import Article
from chat.faq import FaqTrainer
from chat.seed.knowledge import article_id, shipped_articles
from chat.settings import Settings
from chat.store import Tx
from chat.store.queries import bot_models


def bots_articles() -> list[bots.Article]:
    """The shipped ones as the bot knows them, `<locale>/<slug>` being the id."""
    return [bots.Article(id=f"{text.locale}/{text.slug}", **_read(text)) for text in shipped_articles()]


def _read(text: wire.ArticleText) -> dict[str, Any]:
    return {**text.model_dump(exclude={"kind", "sites", "note"}), "phrasings": tuple(text.phrasings), "version": 1}


@cache
def fitted() -> bots.Model:
    return bots.fit(bots_articles())


@cache
def bot() -> bots.Bot:
    return bots.Bot(fitted())


def trainer() -> FaqTrainer:
    settings = Settings()
    return FaqTrainer(settings.bot_target, settings.bot_unanswerable)


@cache
def trained() -> tuple[dict[str, Any], bytes]:
    """The report and the model, by a real training."""
    articles = [Article(id=article_id(text), **_read(text)) for text in shipped_articles()]
    with ThreadPoolExecutor(1) as apart:  # the loop of a test may be running in this thread
        return apart.submit(lambda: asyncio.run(trainer().fit(articles))).result()


def keep_trained(tx: Tx, now: datetime) -> None:
    """As if it had been trained of what this database holds."""
    bot_models.add(tx, trainer().basis.edition(tx), *trained(), now)
