"""The FAQ: articles and their versions, what the bot was trained to and did, and what was asked of it in vain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from chat.domain.conversation import clean_text
from chat.wire.chat import Person
from chat.wire.values import Code, Cursor, GivenTime, Id, Input, Limit, Line, Locale, Seq, Shape, SiteKey, Time, Words

ARTICLE_LIMIT = 20_000  # code points of an article's Markdown

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Markdown = Annotated[str, AfterValidator(lambda text: clean_text(text, ARTICLE_LIMIT).strip())]
ArticleKind = Literal["article", "policy"]
VersionState = Literal["draft", "review", "scheduled", "in_force", "superseded", "dropped"]
BotDecision = Literal["answer", "suggest", "ask", "hand_over", "flow", "case"]
TurnOutcome = Literal[
    "solved", "not_helpful", "chosen", "none", "opened", "message_left", "left", "handed_over"  # the last four: flows
]
ModelMode = Literal["off", "untrained", "suggest_only", "full"]


# -- articles -----------------------------------------------------------------------------------------------------


class OfArticle(Input):
    article_id: Id


class OfDraft(OfArticle):
    """`revision` as it was read: nobody changes or publishes what they have not seen."""

    revision: Seq


class ArticleText(Input):
    """What a version of an article says, and of which article it is.

    `sites` is empty when it is for all of them. `note` tells customers what this version changes.
    """

    slug: Slug
    locale: Locale
    kind: ArticleKind = "article"
    sites: Annotated[list[SiteKey], Field(max_length=100)] = []
    category: Code
    question: Line
    phrasings: Annotated[list[Line], Field(max_length=200)] = []
    answer: Markdown
    note: Words | None = None


class SaveArticle(ArticleText):
    """Writes the draft; what is in force stays. Without `article_id` a new article, of `revision` 0.

    Slug, language and kind never change.
    """

    client_id: Id
    article_id: Id | None = None
    revision: Seq = 0


class ReturnArticle(OfDraft):
    reason: Words


class PublishArticle(OfDraft):
    """In force at once, or from a moment that is still to come."""

    effective_at: GivenTime | None = None


class ArticleList(Input):
    """Filters are joined by "and". `text` is looked for in questions, slugs and phrasings."""

    locale: Locale | None = None
    kind: ArticleKind | None = None
    category: Code | None = None
    state: Literal["published", "draft", "review", "scheduled", "withdrawn"] | None = None
    text: Line | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class ArticleFigures(Shape):
    """Of the bot's answers with it: how often given, and what customers said. Votes are the support centre's."""

    shown: int = 0
    solved: int = 0
    not_helpful: int = 0
    votes_up: int = 0
    votes_down: int = 0


class Article(Shape):
    """`version` and `effective_at` are of what is in force; 0 when it never was. `draft` says how far a new one is."""

    id: Id
    slug: str
    locale: Locale
    kind: ArticleKind
    sites: list[str]
    category: str
    question: str
    published: bool
    version: int
    effective_at: Time | None = None
    draft: Literal["draft", "review"] | None = None
    scheduled_at: Time | None = None
    revision: int
    updated_at: Time
    figures: ArticleFigures


class ArticlePage(Shape):
    articles: list[Article]
    categories: list[str]
    cursor: str | None = None


class ArticleVersion(Shape):
    number: int
    state: VersionState
    sites: list[str]
    category: str
    question: str
    phrasings: list[str]
    answer: str
    note: str | None = None
    returned: str | None = None  # why a reviewer gave it back
    author: Person | None = None
    reviewer: Person | None = None
    created_at: Time
    updated_at: Time
    effective_at: Time | None = None


class Translation(Shape):
    article_id: Id
    locale: Locale
    published: bool
    version: int


class ArticleValue(Shape):
    """An article with all its versions, newest first, and the same one in other languages."""

    article: Article
    versions: list[ArticleVersion]
    translations: list[Translation]


class CompareVersions(OfArticle):
    older: Seq
    newer: Seq


class DiffLine(Shape):
    op: Literal["same", "added", "removed"]
    text: str


class VersionDiff(Shape):
    """Of the question, the phrasings and the answer, line by line."""

    question: list[DiffLine]
    phrasings: list[DiffLine]
    answer: list[DiffLine]


# -- the bot ------------------------------------------------------------------------------------------------------


class TryBot(Input):
    site: SiteKey
    locale: Locale
    text: Annotated[str, StringConstraints(max_length=8_000)]


class Candidate(Shape):
    """`scores` by the name of each part of the matcher; `exact` when it is one of the phrasings letter by letter."""

    article_id: Id
    slug: str
    locale: Locale
    question: str
    confidence: float
    scores: dict[str, float]
    exact: bool = False


class BotTraining(Shape):
    """The next model. `waiting`: articles were changed a moment ago, or it is in line; `failed`: it is tried again at
    `again_at`, or without one was given up until an article changes.
    """

    state: Literal["waiting", "running", "failed"]
    since: Time | None = None
    attempts: int = 0
    error: str | None = None
    again_at: Time | None = None


class BotModel(Shape):
    """What the bot knows, and how sure it has to be. `expected` figures were measured on the FAQ itself.

    `stale`: articles changed since; `training` says how far the next one is. `reason` says why it only suggests.
    """

    mode: ModelMode
    reason: str | None = None
    stale: bool = False
    training: BotTraining | None = None
    made_at: Time | None = None
    seconds: float | None = None
    articles: dict[str, int] = {}  # by locale
    phrasings: dict[str, int] = {}
    answer_at: dict[str, float] = {}
    suggest_at: dict[str, float] = {}
    expected_precision: dict[str, float] = {}
    expected_coverage: dict[str, float] = {}
    target: float
    unanswerable: float


class BotModelValue(Shape):
    model: BotModel


class Tried(Shape):
    """What the bot would do, and why: `reason` is the code of the rule that decided.

    `confidence` is that the best article is right, to be measured against `answer_at`; `listing` that the right one is
    among the first three, against `suggest_at`.
    """

    decision: BotDecision
    reason: str
    confidence: float
    listing: float
    candidates: list[Candidate]
    model: BotModel
    ms: float


class BotTurn(Shape):
    """A question and what came of it. `asked` is the question as it is matched."""

    id: Id
    conversation_id: Id
    seq: int
    site: str
    locale: Locale
    asked: str
    decision: BotDecision
    reason: str | None = None
    article_id: Id | None = None
    question: str | None = None  # of that article
    version: int | None = None
    confidence: float | None = None
    outcome: TurnOutcome | None = None
    wrong_by: Person | None = None
    right_article_id: Id | None = None
    at: Time


class BotTurnList(Input):
    """`filter`: all, only those somebody marked wrong, those said not to help, or those that no article answered."""

    filter: Literal["all", "wrong", "not_helpful", "unmatched"] = "all"
    article_id: Id | None = None
    conversation_id: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class BotTurnPage(Shape):
    turns: list[BotTurn]
    cursor: str | None = None


class MarkTurn(Input):
    """`wrong` with the right article, if there is one; its draft gets the question as a phrasing when `learn`."""

    turn_id: Id
    wrong: bool
    right_article_id: Id | None = None
    learn: bool = False


class BotTurnValue(Shape):
    turn: BotTurn


class UnansweredList(Input):
    locale: Locale | None = None
    days: Annotated[int, Field(ge=1, le=365)] = 30


class Unanswered(Shape):
    """The same question, however often it was asked. `conversation_id` is the newest one's."""

    asked: str
    locale: Locale
    count: int
    last_at: Time
    conversation_id: Id


class UnansweredPage(Shape):
    questions: list[Unanswered]


class DismissUnanswered(Input):
    """Takes a question off the list: it has an article now, or needs none."""

    asked: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    locale: Locale
