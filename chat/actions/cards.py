"""Cards that an agent sends: an article of the site's support centre, and the wish to be rated.

An agent names the article, never an address: what the card says and where it leads is read here.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, queue, support
from chat.actions.access import Who
from chat.actions.conversations import RATING
from chat.errors import Conflict
from chat.store import Tx
from chat.store.queries import conversations, people

SUMMARY = 140  # characters of it on the card
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"^\s*(?:#{1,6}|>|[-+*]|\d+[.)])\s+|[*`]", re.MULTILINE)


def card_articles(tx: Tx, who: Who, command: wire.CardArticles, now: datetime) -> wire.HelpResults:
    """Those that may be sent here, in the customer's language; with `text` those that have its words."""
    row = access.conversation_for(tx, who, command.conversation_id)
    return support.offered(tx, who, people.site(tx, row["site_id"]), row["locale"], command.text or "", now)


def send_article(tx: Tx, who: Who, command: wire.SendArticle, now: datetime) -> dict[str, Any]:
    """Raises NotFound for one that is not in force at the conversation's site."""
    row = access.conversation_for(tx, who, command.conversation_id)
    text, path = support.in_force(tx, people.site(tx, row["site_id"]), row["locale"], command.slug)
    card: dict[str, Any] = {
        "card": "article",
        "slug": text.slug,
        "locale": text.locale,
        "title": text.question,
        "path": path,
    }
    card |= {"summary": summary(text.answer), "version": text.version}
    return queue.speak(tx, who, row, now, kind="card", body=text.question, data=card, client_id=command.client_id)


def ask_rating(tx: Tx, who: Who, command: wire.AskRating, now: datetime) -> dict[str, Any]:
    """Once in a conversation. Raises Conflict (`already_asked`)."""
    row = access.conversation_for(tx, who, command.conversation_id)
    if row["score"] is not None or conversations.has_card(tx, row["id"], RATING):
        raise Conflict("This customer was asked to rate the conversation already.", code="already_asked")
    return queue.speak(tx, who, row, now, kind="card", data=RATING, client_id=command.client_id)


def summary(markdown: str) -> str:
    """How it begins, without marks."""
    text = " ".join(_MARKS.sub("", _LINK.sub(r"\1", markdown[: 4 * SUMMARY])).split())
    return text if len(text) <= SUMMARY else f"{text[: SUMMARY - 1]}…"
