from bots import signals
from bots.encoder import Encoder
from bots.match import Matcher
from bots.model import Model
from bots.small_talk import small_talk, wordless
from bots.text import normalise
from bots.turn import Answer, Ask, CallAgent, Decision, Ranking, Reason, Suggest, TakeMessage, Turn
from bots.typed import is_visible


class Bot:
    """Answers from one model; for changed articles fit another. The encoder is loaded at the first question."""

    def __init__(self, model: Model, encoder: Encoder | None = None) -> None:
        self._matcher = Matcher(model, encoder)

    def reply(self, turn: Turn) -> Decision:
        key = normalise(turn.text)
        if not key and is_visible(turn.text):
            return wordless(turn.locale)
        if not key:  # a picture: asked for words once
            return _hand_over(turn, "second_miss") if turn.misses else Ask("bot_ask_again")
        # Alarm goes before everything: somebody may be losing money while we look for an article. Only the very words
        # of an article that say of nothing that it has happened are what the article is for.
        if signals.has_happened(key) or (
            signals.is_urgent(key) and not self._matcher.knows(key, turn.locale, turn.only)
        ):
            return _hand_over(turn, "urgent")
        # Whether one talks to a person is no wish for one; and an article's very words are a question.
        said = small_talk(key, turn.locale)
        if said and not self._matcher.knows(key, turn.locale, turn.only):
            return said
        if signals.asks_for_person(key):
            return _hand_over(turn, "asked_for_person")
        if signals.leaves_the_question_open(key) and not turn.misses:
            return Ask("bot_ask_again")
        if signals.gives_orders(key):
            return _hand_over(turn, "second_miss" if turn.misses else "no_match")
        return _decide(self.rank(turn), turn)

    def rank(self, turn: Turn) -> Ranking:
        """What the articles alone say to a text, with the scores behind it."""
        return self._matcher.rank(turn.text, turn.locale, turn.only)


def _decide(ranking: Ranking, turn: Turn) -> Decision:
    if ranking.sure and ranking.sure != turn.last_article_id:
        return Answer(ranking.sure, ranking.confidence)
    likely = tuple(article_id for article_id in ranking.likely if article_id != turn.last_article_id)
    # A second list in a row only keeps the customer waiting, and so does one that is a guess after another miss.
    if likely and not turn.listed and (not turn.misses or ranking.elsewhere in likely):
        return Suggest(likely, ranking.listing)
    if ranking.sure:  # what it says stands above already
        return _hand_over(turn, "same_article")
    return _hand_over(turn, "second_miss" if turn.misses else "no_match")


def _hand_over(turn: Turn, reason: Reason) -> Decision:
    return CallAgent(reason) if turn.desk_open else TakeMessage(reason)
