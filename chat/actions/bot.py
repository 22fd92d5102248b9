"""The bot's turns: what it is asked, and what becomes of its decision.

A turn is a job made with the customer's message. It is carried out in one transaction with the job's end, and only
while the conversation is still the bot's, in the same epoch, and the customer has written nothing newer: so twice
gives one answer, in any process, and a slow bot never speaks after a person has taken over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import conversations as talk
from chat.actions import desk, jobs, log, urgent
from chat.actions.jobs import Claimed
from chat.store import Tx
from chat.store.queries import conversations, knowledge, people
from chat.store.tables import Article as StoredArticle
from chat.store.tables import Site
from chat.store.tx import Row

Edition = tuple[int, int, int]
BOT = wire.Author(kind="bot", name="")


@dataclass(frozen=True)
class Article:
    """A published article, as a bot is built from it."""

    id: str
    slug: str
    locale: str
    category: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    version: int


@dataclass(frozen=True)
class Turn:
    """One message of a customer and what led up to it; `misses` counts the turns just before that were no help."""

    text: str
    locale: str
    desk_open: bool
    misses: int
    last_article_id: str | None


@dataclass(frozen=True)
class Asked:
    """A turn, and the edition of the articles it should be answered from."""

    turn: Turn
    edition: Edition


@dataclass(frozen=True)
class Answer:
    article_id: str


@dataclass(frozen=True)
class Suggest:
    article_ids: tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    code: str


@dataclass(frozen=True)
class HandOver:
    """A person is needed; whether that is an agent now or a message for later, the desk decides."""

    reason: str


Decision = Answer | Suggest | Ask | HandOver
NO_MATCH = HandOver("no_match")


def articles(tx: Tx, now: datetime) -> tuple[Edition, list[Article]]:
    """The published ones, and which edition they are."""
    return knowledge.edition(tx), [
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
    ]


def asked(tx: Tx, job: Claimed, now: datetime) -> Asked | None:
    """What the bot is asked; None when the turn is void."""
    question = knowledge.question(tx, **job.payload)
    if question is None:
        return None
    turn = Turn(
        text=question["body"],
        locale=question["locale"],
        desk_open=desk.is_open(tx, people.site(tx, question["site_id"]), now),
        misses=question["bot_misses"],
        last_article_id=question["bot_article_id"],
    )
    return Asked(turn, knowledge.edition(tx))


def carry_out(tx: Tx, job: Claimed, decision: Decision, now: datetime) -> None:
    """Says what the bot decided and finishes the job; without a word when the turn is void by now."""
    conversations.hold(tx, job.payload["conversation_id"])  # nobody takes it over while the bot speaks
    question = knowledge.question(tx, **job.payload)
    if not jobs.finish(tx, job.id, now) or question is None:
        return
    row = conversations.conversation(tx, job.payload["conversation_id"])
    if decision == HandOver("urgent"):
        row = urgent.flag(tx, row, question["body"], now)
    misses = row["bot_misses"] + 1 if _is_miss(decision) else 0
    article_id = _speak(tx, row, decision, now)
    knowledge.remember_turn(tx, row["id"], misses, article_id)


def _is_miss(decision: Decision) -> bool:
    # Asking again helps nobody either: who only ever says "help" must come to a person in the end.
    return isinstance(decision, Suggest | HandOver) or decision == Ask("bot_ask_again")


def _speak(tx: Tx, row: Row, decision: Decision, now: datetime) -> str | None:
    """Gives the article that was sent. One that was withdrawn since the bot chose it is not sent."""
    match decision:
        case Answer(article_id) if article := knowledge.published_article(tx, article_id):
            _answer(tx, row, article, now)
            return article.id
        case Suggest(article_ids) if likely := knowledge.published_articles(tx, article_ids):
            _suggest(tx, row, likely, now)
        case Ask(code):
            _line(tx, row, now, code)
        case HandOver(reason):
            _hand_over(tx, row, reason, now)
        case _:
            _hand_over(tx, row, NO_MATCH.reason, now)
    return None


def _answer(tx: Tx, row: Row, article: StoredArticle, now: datetime) -> None:
    data = {"article_id": article.id, "slug": article.slug, "version": article.version}
    log.add(tx, row, now, author=BOT, body=plain_text(article.answer), data=data)


def _suggest(tx: Tx, row: Row, likely: list[StoredArticle], now: datetime) -> None:
    choices = [{"title": article.question, "value": article.question} for article in likely]
    log.add(tx, row, now, author=BOT, kind="choices", data={"code": "suggest", "choices": choices})


def _hand_over(tx: Tx, row: Row, reason: str, now: datetime) -> None:
    site = people.site(tx, row["site_id"])
    if not desk.is_open(tx, site, now):
        code = {"urgent": "urgent", "asked_for_person": "agents_away"}.get(reason, "no_answer")
        _line(tx, row, now, code, offer="leave_message")
    elif reason in ("urgent", "asked_for_person"):
        _call_agent(tx, row, site, now)
    else:
        _line(tx, row, now, "no_answer_open", offer="ask_agent")


def _call_agent(tx: Tx, row: Row, site: Site, now: datetime) -> None:
    admitted, team = talk.may_enter(tx, row, site, now)
    if admitted == "open":
        talk.to_queue(tx, row, now)
    else:
        talk.turn_away(tx, row, site, team, admitted, now)


def _line(tx: Tx, row: Row, now: datetime, code: str, **data: Any) -> None:
    """A fixed line that the reader's side words; `offer` opens the form or the button that goes with it."""
    log.add(tx, row, now, author=BOT, kind="system", data={"code": code, "values": {}, **data})


_MARKS = (
    (re.compile(r"^#{1,6} +", re.MULTILINE), ""),
    (re.compile(r"^> ?", re.MULTILINE), ""),
    (re.compile(r"^( *)[*+-] +", re.MULTILINE), r"\1• "),
    (re.compile(r"!\[([^\]\n]*)\]\([^()\s]*\)"), r"\1"),
    (re.compile(r"\[([^\]\n]+)\]\(([^()\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![*\w])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![*\w])"), r"\1"),
)


def plain_text(markdown: str) -> str:
    """The text without the marks of simple Markdown: a chat line is shown as it is written."""
    for mark, plain in _MARKS:
        markdown = mark.sub(plain, markdown)
    return markdown.strip()
