"""Trained models of the FAQ: which there should be, which there is, and who makes the next one.

The articles in force and what else a model depends on (`Basis`) make an edition; a model is of one edition and never
changes. Whoever sees that the newest model is of another edition promises a job that trains one: it has the edition and
the model before as its key, so it is done once however many processes see it, and a failed one leaves the old model
serving.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chat.actions import jobs
from chat.actions.jobs import Claimed
from chat.store import Tx
from chat.store.events import INSIDE, Room
from chat.store.queries import bot_models as queries
from chat.store.queries import knowledge, people
from chat.store.tx import Row

KEPT = 3  # models, the newest included: another process may be loading the one before


@dataclass(frozen=True)
class Basis:
    """What a model depends on besides the articles: the algorithm, and what the operator wants of it."""

    algorithm: str
    target: float
    unanswerable: float

    def edition(self, tx: Tx) -> str:
        return f"{self.algorithm}/{self.target:g}/{self.unanswerable:g}/{knowledge.edition(tx)}"


@dataclass(frozen=True)
class Article:
    """An article in force, as a model is trained from it."""

    id: str
    slug: str
    locale: str
    category: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    version: int


@dataclass(frozen=True)
class State:
    """The edition there should be a model of, and the newest model: its id and its edition."""

    edition: str
    model_id: str | None
    model_edition: str | None


def set_basis(tx: Tx, basis: Basis | None, now: datetime) -> None:
    """What this installation's models depend on; None: its bot is switched off. The console says so."""
    people.set_meta(tx, "bot", json.dumps(asdict(basis)) if basis else "off")


def basis(tx: Tx) -> Basis | None:
    known = people.meta(tx, "bot")
    return None if known == "off" else Basis(**json.loads(known))


def state(tx: Tx, basis: Basis, now: datetime) -> State:
    newest = queries.newest(tx)
    if newest is None:
        return State(basis.edition(tx), None, None)
    return State(basis.edition(tx), newest["id"], newest["edition"])


def want(tx: Tx, edition: str, now: datetime) -> None:
    """Promises a model of this edition in the place of the newest one: who goes back to what there was before, such as
    another target or an older release, gets it trained anew.
    """
    newest = queries.newest(tx)
    tx.job("bot_fit", {"edition": edition}, key=f"bot_fit:{edition}:{newest['id'] if newest else 'first'}")


def to_fit(tx: Tx, job: Claimed, basis: Basis, now: datetime) -> list[Article] | None:
    """The articles to train from; None when there has been a change since, or such a model is there already."""
    newest = queries.newest(tx)
    if basis.edition(tx) != job.payload["edition"] or (newest and newest["edition"] == job.payload["edition"]):
        return None
    return [
        Article(
            id=stored.id,
            slug=stored.slug,
            locale=stored.locale,
            category=stored.category,
            question=stored.question,
            phrasings=tuple(stored.phrasings),
            answer=stored.answer,
            version=stored.version,
        )
        for stored in knowledge.published(tx)
        if stored.kind == "article"
    ]


def keep(tx: Tx, job: Claimed, report: dict[str, Any], data: bytes, now: datetime) -> None:
    """Every process hears that there is a newer one."""
    if jobs.finish(tx, job.id, now):
        queries.add(tx, job.payload["edition"], report, data, now)
        queries.forget(tx, KEPT)
        tx.publish("bot_model", [Room(INSIDE, "bot")], {"edition": job.payload["edition"]})


def load(tx: Tx, model_id: str, now: datetime) -> bytes | None:
    return queries.data(tx, model_id)


def before(tx: Tx, model_id: str, now: datetime) -> str | None:
    """The model in whose place this one came, while it is kept."""
    return queries.before(tx, model_id)


def newest(tx: Tx) -> tuple[Row, dict[str, Any]] | None:
    """The newest model without its data, and its report."""
    row = queries.newest(tx)
    return (row, json.loads(row["report"])) if row else None


training = queries.training
