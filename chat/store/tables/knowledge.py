"""Articles with their versions and votes, the model that was trained from them, and the bot's turns; canned replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from chat.store.tables.columns import Instant, Json, Table, id_column, where


class Article(Table, table=True):
    """What is in force, as the bot and the support centre read it. Its texts are those of version `version`.

    Articles of one slug are one article in several languages. `kind` is `article` or `policy`.
    """

    __table_args__ = (UniqueConstraint("slug", "locale"),)

    id: str = id_column()
    slug: str
    locale: str
    kind: str = "article"
    sites: list[str] = Field(default_factory=list, sa_type=Json)  # keys of those it is for; empty: every one
    category: str
    question: str
    phrasings: list[str] = Field(default_factory=list, sa_type=Json)
    answer: str  # Markdown
    note: str | None = None  # what this version changed, told to customers
    version: int = 1  # 0: never published
    published: bool = True
    effective_at: datetime | None = Field(default=None, sa_type=Instant)  # since when this version is in force
    revision: int = 0  # raised by every change of it or its versions, so that nobody overwrites what they have not seen
    updated_at: datetime = Field(sa_type=Instant)  # when what is in force changed


class ArticleVersion(Table, table=True):
    """What was, is or will be in force, and the draft (one at most) that somebody works on.

    States: `draft` -> `review` -> `scheduled` (its date is to come) or `in_force` -> `superseded`; a draft may be
    `dropped`.
    """

    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        Index(
            "one_draft",
            "article_id",
            unique=True,
            **where("state IN ('draft', 'review')"),
        ),
        Index(
            "version_scheduled",
            "effective_at",
            **where("state = 'scheduled'"),
        ),
    )

    id: str = id_column()
    article_id: str = Field(foreign_key="article.id")
    number: int
    state: str
    sites: list[str] = Field(default_factory=list, sa_type=Json)
    category: str
    question: str
    phrasings: list[str] = Field(default_factory=list, sa_type=Json)
    answer: str
    note: str | None = None
    returned: str | None = None  # why a reviewer gave it back
    author_id: str | None = Field(default=None, foreign_key="agent.id")
    reviewer_id: str | None = Field(default=None, foreign_key="agent.id")  # who published it, or gave it back
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    effective_at: datetime | None = Field(default=None, sa_type=Instant)


class ArticleVote(Table, table=True):
    """Whether an article on the support centre's page helped; one vote a visitor."""

    article_id: str = Field(primary_key=True, foreign_key="article.id")
    voter: str = Field(primary_key=True)  # a hash that tells visitors apart and nothing else
    version: int
    helpful: bool
    at: datetime = Field(sa_type=Instant)


class BotModel(Table, table=True):
    """What was trained of the articles of one edition; every process loads the newest. A few are kept."""

    id: str = id_column()
    edition: str = Field(index=True)  # which articles it was trained of
    report: dict[str, Any] = Field(sa_type=Json)  # mode, thresholds, expected figures: what the console shows
    data: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=Instant)  # after that of the model before, whatever the clocks say


class BotTurn(Table, table=True):
    """One question to the bot, what it decided and what came of it.

    `decision`: answer, suggest, ask, hand_over, flow or case. `outcome`: solved, not_helpful, chosen (one of the
    suggestions), none (of them); of a flow opened (a case), message_left, left (by its customer) or handed_over. Empty
    as long as nobody said.
    """

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        Index("botturn_article", "article_id", "at"),
        Index("botturn_list", "site_id", "at"),
        Index("botturn_customer", "customer_id", "at"),
        Index(
            "botturn_unmatched",
            "site_id",
            "at",
            **where("unmatched"),
        ),
    )

    id: str = id_column()
    site_id: str = Field(foreign_key="site.id")
    conversation_id: str = Field(foreign_key="conversation.id")
    customer_id: str = Field(foreign_key="customer.id")
    seq: int  # of the customer's message
    locale: str
    asked: str  # the question as it is matched: folded, at most 200 characters
    decision: str
    reason: str | None = None
    article_id: str | None = Field(default=None, foreign_key="article.id")
    version: int | None = None  # of the article
    candidates: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)  # [{article_id, confidence}]
    confidence: float | None = None
    unmatched: bool = False  # no article answered it: listed until somebody has dealt with it
    outcome: str | None = None
    wrong_by_id: str | None = Field(default=None, foreign_key="agent.id")
    right_article_id: str | None = Field(default=None, foreign_key="article.id")
    at: datetime = Field(sa_type=Instant)


class CannedReply(Table, table=True):
    """What agents write again and again. With `agent_id` that agent's own, else shared with a team, or everybody."""

    id: str = id_column()
    agent_id: str | None = Field(default=None, foreign_key="agent.id", index=True)
    team_id: str | None = Field(default=None, foreign_key="team.id")
    sites: list[str] = Field(default_factory=list, sa_type=Json)  # keys of those it is for; empty: every one
    shortcut: str  # in small letters
    title: str
    texts: dict[str, str] = Field(sa_type=Json)  # by locale, one at least
    revision: int = 1  # raised by every change, so that nobody overwrites what they have not seen
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
