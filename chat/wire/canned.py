"""Canned replies: what agents write again and again, kept to be put into a draft."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from chat.domain.conversation import clean_line, clean_words
from chat.domain.privacy import without_numbers
from chat.errors import Invalid
from chat.wire.values import Id, Input, Locale, Seq, Shape, SiteKey, Time

REPLY_LIMIT = 2_000  # code points of one text


def _shortcut(text: str) -> str:
    shortcut = unicodedata.normalize("NFKC", clean_line(text, 40)).lower()  # as what is typed is compared
    if re.fullmatch(r"[\w-]+", shortcut) is None:
        raise Invalid("A shortcut is letters, digits, hyphens and underscores, with no space between them.")
    return shortcut


Shortcut = Annotated[str, AfterValidator(_shortcut)]
Title = Annotated[str, AfterValidator(lambda text: clean_line(text, 80))]
ReplyText = Annotated[str, AfterValidator(lambda text: without_numbers(clean_words(text, REPLY_LIMIT)))]


class CannedReply(Shape):
    """`mine` is one's own, which nobody else sees; any other is shared with a team or, without `team_id`, everybody.

    `sites` is empty when it is for all of them. What stands in braces in the texts, such as `{customer}`, is filled in
    by the console.
    """

    id: Id
    mine: bool
    team_id: Id | None = None
    sites: list[str]
    shortcut: str
    title: str
    texts: dict[Locale, str]
    revision: int
    updated_at: Time


class CannedReplyValue(Shape):
    reply: CannedReply


class CannedReplyList(Input):
    """`after` is `next` of the page before."""

    after: Id | None = None


class CannedReplyPage(Shape):
    replies: list[CannedReply]
    next: Id | None = None


class SaveCannedReply(Input):
    """A new one, or with `reply_id` another wording of one, whose `revision` was read: nobody overwrites what they have
    not seen. Only what is `shared` is of a team.
    """

    client_id: Id
    reply_id: Id | None = None
    revision: Seq = 0
    shared: bool = False
    team_id: Id | None = None
    sites: Annotated[list[SiteKey], Field(max_length=100)] = []
    shortcut: Shortcut
    title: Title
    texts: Annotated[dict[Locale, ReplyText], Field(min_length=1)]


class OfCannedReply(Input):
    reply_id: Id
    revision: Seq
