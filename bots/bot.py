from collections.abc import Iterable

from bots import signals
from bots.features import substance
from bots.match import ANSWER_AT, CLEAR_LEAD, EXACT, SHORTEST_QUESTION, SUGGEST_AT, Index, Match
from bots.text import normalise
from bots.turn import (
    MOST_SUGGESTIONS,
    Answer,
    Article,
    Ask,
    CallAgent,
    Decision,
    Reason,
    Suggest,
    TakeMessage,
    Turn,
)

# After so many turns in a row without help, one more list of suggestions only keeps the customer waiting.
PATIENCE = 2


class Bot:
    """Answers from a snapshot of articles; build a new one when an article changes."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._index = Index(articles)

    def reply(self, turn: Turn) -> Decision:
        key = normalise(turn.text)
        if not key:
            return Ask("bot_ask_again")
        # Alarm goes before everything: somebody may be losing money while we look for an article.
        if signals.is_urgent(key):
            return _hand_over(turn, "urgent")
        if signals.asks_for_person(key):
            return _hand_over(turn, "asked_for_person")
        if signals.is_greeting(key):
            return Ask("bot_greeting")
        if signals.is_thanks(key):
            return Ask("bot_thanks")
        if signals.leaves_the_question_open(key) and not turn.misses:
            return Ask("bot_ask_again")
        return self._from_articles(key, turn)

    def _from_articles(self, key: str, turn: Turn) -> Decision:
        matches = self._index.matches(key, turn.locale)
        if _is_sure(matches, key) and matches[0].article.id != turn.last_article_id:
            return Answer(matches[0].article.id, matches[0].score)
        likely = self._worth_suggesting(matches, key, turn)
        if likely and turn.misses < PATIENCE:
            return Suggest(tuple(match.article.id for match in likely), likely[0].score)
        return _hand_over(turn, "second_miss" if turn.misses else "no_match")

    def _worth_suggesting(self, matches: list[Match], key: str, turn: Turn) -> list[Match]:
        own = _likely(matches, turn.last_article_id)
        if own:
            return own
        return _likely(self._index.matches_elsewhere(key, turn.locale), turn.last_article_id)


def _is_sure(matches: list[Match], key: str) -> bool:
    if not matches or matches[0].score < ANSWER_AT[matches[0].article.locale]:
        return False
    if matches[0].score < EXACT and substance(key) < SHORTEST_QUESTION:
        return False
    return len(matches) == 1 or matches[0].score - matches[1].score >= CLEAR_LEAD


def _likely(matches: list[Match], already_given: str | None) -> list[Match]:
    likely = [
        match
        for match in matches
        if match.score >= SUGGEST_AT[match.article.locale] and match.article.id != already_given
    ]
    return likely[:MOST_SUGGESTIONS]


def _hand_over(turn: Turn, reason: Reason) -> Decision:
    return CallAgent(reason) if turn.desk_open else TakeMessage(reason)
