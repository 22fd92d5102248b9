from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Locale = Literal["zh-CN", "en"]
Reason = Literal["no_match", "same_article", "asked_for_person", "urgent", "second_miss"]
TextCode = Literal["bot_ask_again"]
Offers = Literal["topics", "person"] | None
Mode = Literal["full", "suggest_only"]
WhyOnlySuggest = Literal["few_articles", "few_phrasings"]
Why = Literal[
    "exact", "exact_shared", "sure", "single_word", "other_question", "unsure", "other_language", "unlike", "empty"
]

MOST_SUGGESTIONS = 3
# Names the algorithm and the form of its bytes.
VERSION = "nightdesk-bot-5"


@dataclass(frozen=True)
class Article:
    id: str
    slug: str
    locale: Locale
    category: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    version: int


@dataclass(frozen=True)
class Turn:
    """One message of a customer and what led up to it.

    `misses` counts the turns in a row, just before this one, that were no help: nothing was found, or what
    was suggested was not what the customer meant. `last_article_id` is the article the bot answered with
    just before, and `listed` says that it has just offered a list of them. `only` are the articles this customer may
    get, None for all of them.
    """

    text: str
    locale: Locale
    desk_open: bool
    misses: int = 0
    last_article_id: str | None = None
    only: frozenset[str] | None = None
    listed: bool = False


@dataclass(frozen=True)
class Ranked:
    """An article, about how likely it is meant, 0 to 1, and what each sense (meaning, grams, pinyin) adds to that."""

    article_id: str
    score: float
    by_head: Mapping[str, float]


@dataclass(frozen=True)
class Ranking:
    """What the articles say to a text, and what follows from it.

    `sure` is the article to answer with; where there is none, `likely` are up to three to offer, and `elsewhere` the
    one of them that would be the answer if the customer's language were its own. `best` are the best three whatever
    their scores. `confidence` is how often such an answer was right in calibration, 0 to 1, and is measured against
    `answer_at`; `listing` is how often what was meant was among three such ones, against `suggest_at`.
    """

    why: Why
    sure: str | None
    likely: tuple[str, ...]
    confidence: float
    best: tuple[Ranked, ...] = ()
    answer_at: float | None = None
    suggest_at: float | None = None
    listing: float = 0.0
    elsewhere: str | None = None


@dataclass(frozen=True)
class Answer:
    article_id: str
    confidence: float


@dataclass(frozen=True)
class Suggest:
    article_ids: tuple[str, ...]
    confidence: float

    def __post_init__(self) -> None:
        if not 1 <= len(self.article_ids) <= MOST_SUGGESTIONS:
            raise ValueError(f"suggest 1 to {MOST_SUGGESTIONS} articles, not {len(self.article_ids)}")


@dataclass(frozen=True)
class Ask:
    text_code: TextCode


@dataclass(frozen=True)
class SmallTalk:
    """A sentence to what is no question; `offers` says what goes with it."""

    kind: str
    text: str
    offers: Offers = None


@dataclass(frozen=True)
class TakeMessage:
    reason: Reason


@dataclass(frozen=True)
class CallAgent:
    reason: Reason


Decision = Answer | Suggest | Ask | SmallTalk | TakeMessage | CallAgent
