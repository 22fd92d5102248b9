"""Nights at which the bot was asked: what it was asked and what people thought of it stands in `demo/bot_nights.json`.

There is no model yet when the demo is made, so the file says what it decided, too; everything that comes of it is done
by the actions that do it every night, and the flow by the guide that guides everybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from bots.small_talk import small_talk
from bots.text import normalise
from chat import texts, wire
from chat.actions import bot, bot_review, flow_offers, jobs, queue
from chat.actions import conversations as talk
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import Answer, Asked, Decision, HandOver, SmallTalk, Suggest
from chat.actions.jobs import Claimed
from chat.faq import Guide
from chat.seed.knowledge import id_of
from chat.seed.past import Past, demo_data
from chat.store.queries import bot_turns, conversations, knowledge
from chat.store.tables import new_id
from chat.store.tx import Row

NEXT_DAY = "10:20"  # when a supervisor looks at what the bot said


def play(past: Past) -> None:
    guide = Guide()
    flow_offers.set_catalogue(past.tx, guide.catalogue(), past.now)
    for told in demo_data("bot_nights"):
        Night(past, told, guide).play()


class Night:
    """A conversation with the bot; `_at` is the moment it has come to."""

    def __init__(self, past: Past, told: dict[str, Any], guide: Guide) -> None:
        self._past, self._tx, self._told, self._guide = past, past.tx, told, guide
        self._at = past.at(told["days_ago"], told["at"])
        self._person, site = past.customers[told["customer"]], past.sites[told["site"]]
        self._customer = Who(Caller.CUSTOMER, self._person.id, site_id=site.id)
        self._locale = cast(wire.Locale, self._person.locale)
        self._id = ""

    def play(self) -> None:
        start = wire.Start.model_validate({"topic": self._told["topic"], "locale": self._locale})
        self._id = talk.start(self._tx, self._customer, start, self._at).conversation.id
        for kind, words, *decided in self._told["lines"]:
            self._at += timedelta(seconds=14 + 2 * len(words))
            self._press(words) if kind == "press" else self._say(self._worded(words))
            self._answer(decided[0] if decided else None)
        self._at += timedelta(seconds=90)
        talk.leave(self._tx, self._customer, wire.InConversation(conversation_id=self._id), self._at)
        if "morning" in self._told:
            self._answer_in_the_morning(**self._told["morning"])
        if "wrong" in self._told:
            self._mark(*self._told["wrong"])

    # -- what the customer does -----------------------------------------------------------------------------------

    def _worded(self, words: str) -> str:
        order = self._past.orders.get(self._told.get("order", ""))
        return words.format(order=order.number if order else "")

    def _say(self, words: str, choice: wire.Choice | None = None) -> None:
        say = wire.Say(conversation_id=self._id, client_id=new_id(), body=words, choice=choice)
        talk.say(self._tx, self._customer, say, self._at)

    def _press(self, value: str) -> None:
        """A button of the newest message that has it; an article's is called by its slug in the file."""
        values = {value, id_of(self._locale, value)}
        for message in reversed(self._log()):
            offered = knowledge.offered(self._tx, self._id, message["seq"])
            if found := values.intersection(offered.get("values", ())):
                titles = {one["value"]: one["title"] for one in offered.get("choices", ())}
                (pressed,) = found
                words = titles.get(pressed) or texts.words(self._locale, "widget")[f"bot.{pressed}"]
                self._say(words, wire.Choice(seq=message["seq"], value=pressed))
                return
        raise LookupError(f"nothing offers {value}")

    # -- what the bot does ----------------------------------------------------------------------------------------

    def _answer(self, decided: Any) -> None:
        for job in jobs.claim(self._tx, ["bot_turn"], "seed", 1, self._at):
            asked = bot.asked(self._tx, job, self._at)
            if asked is None:
                raise LookupError("this turn is void")
            self._at += timedelta(seconds=1)
            bot.carry_out(self._tx, job, self._decision(job, asked, decided), self._at)

    def _decision(self, job: Claimed, asked: Asked, decided: Any) -> Decision:
        if asked.decided:
            return asked.decided
        if asked.flow:
            return self._guide.take(asked.flow)
        match decided:
            case {"answer": slug}:
                return Answer(id_of(self._locale, slug), decided["confidence"])
            case {"suggest": slugs}:
                return Suggest(tuple(id_of(self._locale, slug) for slug in slugs), decided["confidence"])
            case {"small_talk": True}:
                said = small_talk(normalise(asked.turn.text), self._locale)
                assert said is not None, asked.turn.text
                return SmallTalk(said.text, said.offers)
        return HandOver(decided)

    # -- what staff do the next day -------------------------------------------------------------------------------

    def _answer_in_the_morning(self, agent: str, at: str, lines: list[str]) -> None:
        who = self._past.agents[agent]
        self._at = self._past.at(self._told["days_ago"] - 1, at)
        queue.pick(self._tx, who, wire.Pick(conversation_id=self._id), self._at)
        for words in lines:
            self._at += timedelta(seconds=10 + len(words))
            say = wire.Say(conversation_id=self._id, client_id=new_id(), body=words)
            queue.say(self._tx, who, say, self._at)
        self._at += timedelta(seconds=75)
        queue.close(self._tx, who, wire.Close(conversation_id=self._id, outcome="solved"), self._at)

    def _mark(self, agent: str, slug: str | None) -> None:
        at = min(self._past.at(self._told["days_ago"] - 1, NEXT_DAY), self._past.now)
        first = min(row["seq"] for row in self._log() if row["author_kind"] == "customer")
        turn = bot_turns.turn(self._tx, self._id, first)
        assert turn is not None
        right = id_of(self._locale, slug) if slug else None  # nothing: there is no such article
        wrong = wire.MarkTurn(turn_id=turn["id"], wrong=True, right_article_id=right)
        bot_review.mark_turn(self._tx, self._past.agents[agent], wrong, at)

    def _log(self) -> list[Row]:
        return conversations.messages_after(self._tx, self._id, 0, 100)
