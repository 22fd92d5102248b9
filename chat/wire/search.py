"""Searching in all that a desk has written down."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chat.domain.conversation import clean_text
from chat.wire.chat import Author
from chat.wire.values import (
    ConversationStatus,
    Cursor,
    GivenTime,
    Id,
    Input,
    Seq,
    Shape,
    SiteKey,
    TicketStatusName,
    Time,
)

SearchKind = Literal["message", "note", "ticket", "customer", "article"]
Query = Annotated[str, AfterValidator(lambda text: clean_text(text, 200))]


class Search(Input):
    """Every word of `text` must be found. Without `kinds` all are searched.

    `by` and `agent_id` are who wrote it, a ticket's agent is whose it is; `customer_id` is whose conversation or
    ticket it is; `status` and `team_id` are the conversation's or the ticket's. What has none of that is not found by
    it.
    """

    text: Query
    kinds: Annotated[list[SearchKind], Field(max_length=5)] = []
    site: SiteKey | None = None
    by: Literal["customer", "agent", "bot"] | None = None
    agent_id: Id | None = None
    customer_id: Id | None = None
    team_id: Id | None = None
    status: ConversationStatus | TicketStatusName | None = None
    since: GivenTime | None = None
    until: GivenTime | None = None
    before: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class FoundPiece(Shape):
    """A piece of a text; `hit`: it is what was searched for."""

    text: str
    hit: bool = False


class Found(Shape):
    """`id` is that of the message, note, ticket, customer or article. `title` is the customer's name, a ticket's
    subject or an article's question. A customer's conversation is their newest.
    """

    kind: SearchKind
    id: Id
    title: str
    pieces: list[FoundPiece]
    at: Time
    site: str | None = None
    author: Author | None = None
    status: ConversationStatus | TicketStatusName | None = None
    conversation_id: Id | None = None
    customer_id: Id | None = None  # of who is told by it where they have no name
    seq: Seq | None = None
    ticket_id: Id | None = None
    number: str | None = None


class FoundPage(Shape):
    """Newest first, things by their last change. With `next` there may be more, even when nothing is on this page.

    `behind`: what was there before it could be searched is still being read, so older things may be missing.
    """

    found: list[Found]
    next: str | None = None
    behind: bool = False
