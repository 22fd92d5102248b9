"""A turn of the bot: what it is given and may decide, and what it is asked without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chat import wire
from chat.actions import flows


@dataclass(frozen=True)
class Turn:
    """One message of a customer and what led up to it.

    `misses` counts the turns just before that were no help; `listed`: the last one offered a list of articles. `only`
    are the articles that the site's customers may get, None for all of them.
    """

    text: str
    locale: str
    desk_open: bool
    misses: int
    last_article_id: str | None
    only: frozenset[str] | None = None
    listed: bool = False


@dataclass(frozen=True)
class Answer:
    article_id: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Suggest:
    article_ids: tuple[str, ...]
    confidence: float = 0.0


@dataclass(frozen=True)
class Ask:
    code: str


@dataclass(frozen=True)
class SmallTalk:
    """A sentence to what is no question, worded already. Whoever only says thanks has not been failed, nor helped."""

    text: str
    offers: Literal["topics", "person"] | None = None


@dataclass(frozen=True)
class HandOver:
    """A person is needed; whether that is an agent now or a message for later, the desk decides."""

    reason: str


Reply = Answer | Suggest | Ask | SmallTalk | HandOver
Decision = Reply | flows.Outcome
NO_MATCH = HandOver("no_match")
FAILED = HandOver("failed")  # it broke, or took too long


@dataclass(frozen=True)
class Asked:
    """A turn, or what has to be done about it without asking the bot. With `flow` it is a guided flow's."""

    turn: Turn
    decided: Decision | None = None
    choice: wire.Choice | None = None  # what they pressed instead of typing
    flow: flows.Turn | None = None


@dataclass(frozen=True)
class Question:
    """A text that nobody said in a conversation: somebody tries the bot, or looks for an article."""

    text: str
    locale: str
    desk_open: bool = True
    only: frozenset[str] | None = None


@dataclass(frozen=True)
class Ranked:
    """An article the question may be about, with the scores of each part of the matcher."""

    article_id: str
    confidence: float
    scores: dict[str, float]
    exact: bool = False


@dataclass(frozen=True)
class Ranking:
    """What the bot would do with a question, why (the code of the rule), and what it weighed, best first."""

    decision: Reply
    reason: str
    confidence: float
    articles: tuple[Ranked, ...]
    ms: float
    listing: float = 0.0  # how sure it is that what was meant is among the first three
