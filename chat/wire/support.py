"""The support centre: what its pages show, and what visitors do there without a chat."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chat.wire.chat import Desk
from chat.wire.knowledge import ArticleKind, Slug
from chat.wire.settings import Channel, Stretch, Weekday
from chat.wire.tickets import CaseKind
from chat.wire.values import (
    Code,
    Email,
    Hours,
    Id,
    Input,
    Line,
    Locale,
    Phone,
    Seq,
    Shape,
    SiteKey,
    Text,
    Time,
    Topic,
    Typed,
)


class SupportAt(Input):
    site: SiteKey
    locale: Locale


class SupportMapPart(Input):
    """A sitemap of a site: from the article `start` on, without one from the first page."""

    site: SiteKey
    start: Slug | None = None


class SupportShelf(SupportAt):
    """Without `category` the first articles of each."""

    category: Code | None = None


class SupportOne(SupportAt):
    """`visitor` is whatever tells visitors apart; only a hash of it is kept."""

    slug: Slug
    visitor: Line = ""


class SupportVersion(SupportAt):
    """Without `version` the one that is in force."""

    slug: Slug
    version: Seq | None = None


class SupportSearch(SupportAt):
    text: Annotated[Line, Field(min_length=1)]


class HelpSearch(Input):
    """In the window, whose customer says which site it is."""

    text: Annotated[Line, Field(min_length=1)]
    locale: Locale


class HelpFind(Input):
    """Without `text` every article there is."""

    text: Line | None = None
    locale: Locale


class CardArticles(Input):
    """Those that an agent may send into that conversation; with `text` those that have its words."""

    conversation_id: Id
    text: Line | None = None


class SendArticle(Input):
    """An article as a card: named, so that nobody sends an address."""

    conversation_id: Id
    client_id: Id
    slug: Slug


class AskRating(Input):
    conversation_id: Id
    client_id: Id


class HelpOne(Input):
    slug: Slug
    locale: Locale


class CastVote(SupportOne):
    helpful: bool


class SupportMessage(SupportAt):
    """A message for the agents, with an e-mail address or a phone number at which its answer is wanted."""

    client_id: Id
    topic: Topic
    name: Typed | None = None
    email: Email | None = None
    phone: Phone | None = None
    order_number: Typed | None = None
    body: Text


class SupportSent(SupportAt):
    """`message` is the `client_id` it was left with."""

    message: Id


class SupportLink(Shape):
    """An article in the visitor's language, or where there is none in the other one. `coming_at`: a version waits."""

    slug: str
    locale: Locale
    kind: ArticleKind
    category: str
    question: str
    effective_at: Time | None = None
    coming_at: Time | None = None


class OpeningHours(Shape):
    """`today` are the stretches that begin today or run on into it, `opens_at` is the next opening, `weekly` what every
    week has.
    """

    open: bool
    today: list[Stretch]
    opens_at: Time | None = None
    closes_at: Time | None = None
    weekly: dict[Weekday, Hours]


class Way(Channel):
    """A way to reach the desk, and when; `own` when its hours are not the site's calendar's."""

    opening: OpeningHours
    own: bool


class SupportSite(Shape):
    key: str
    names: dict[str, str]  # by locale
    locales: list[Locale]


class SupportSites(Shape):
    sites: list[SupportSite]


class SupportPage(Shape):
    """What every page shows. Times of the desk and the ways are of the calendar's clock."""

    site: SupportSite
    desk: Desk
    opening: OpeningHours
    ways: list[Way]
    policies: list[SupportLink]


class SupportHome(SupportPage):
    """`counts`: how many articles there are, by category."""

    articles: list[SupportLink]
    counts: dict[str, int]


class SupportResult(SupportLink):
    excerpt: str  # the beginning of its Markdown


class SupportResults(SupportPage):
    results: list[SupportResult]


class SupportText(Shape):
    slug: str
    locale: Locale
    kind: ArticleKind
    category: str
    question: str
    answer: str  # Markdown
    version: int
    state: Literal["scheduled", "in_force", "superseded"] = "in_force"
    effective_at: Time | None = None
    note: str | None = None  # what this version changed


class HelpResults(Shape):
    results: list[SupportResult]


class HelpArticle(Shape):
    """`path` is that of its page; relative links of its Markdown are of there."""

    article: SupportText
    path: str


class SupportArticle(SupportPage):
    """`voted` is what this visitor said of it."""

    article: SupportText
    locales: list[Locale]
    related: list[SupportLink]
    voted: bool | None = None


class PolicyVersion(Shape):
    number: int
    state: Literal["scheduled", "in_force", "superseded"]
    effective_at: Time | None = None
    note: str | None = None


class SupportPolicy(SupportPage):
    """A policy with the versions it has had, newest first, and the one that is to come."""

    article: SupportText
    locales: list[Locale]
    versions: list[PolicyVersion]


class SupportKinds(SupportPage):
    kinds: list[CaseKind]


class SupportPromise(Shape):
    """Where the answer goes, and by when, on the calendar's clock."""

    by: Literal["email", "phone"]
    reply_by: Time | None = None


class SupportPromised(SupportPage):
    promise: SupportPromise


class SupportPlace(Shape):
    """A page of the support centre that search engines may know; `path` comes after the locale."""

    path: str
    locales: list[Locale]
    updated_at: Time | None = None


class SupportMap(Shape):
    places: list[SupportPlace]


class SupportMaps(Shape):
    maps: list[SupportMapPart]
