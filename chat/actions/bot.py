"""The bot's turns: what it is asked, and what becomes of its decision.

A turn is a job made with the customer's message. It is carried out in one transaction with the job's end, and only
while the conversation is still the bot's, in the same epoch, and the customer has written nothing newer: so twice
gives one answer, in any process, and a slow bot never speaks after a person has taken over.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chat import wire
from chat.actions import bot_speech, desk, flow_offers, flows, jobs, shapes, urgent
from chat.actions.bot_turn import NO_MATCH, Answer, Ask, Asked, Decision, HandOver, Reply, SmallTalk, Suggest, Turn
from chat.actions.jobs import Claimed
from chat.domain.urgent import is_urgent
from chat.store import Tx
from chat.store.queries import bot_turns, conversations, knowledge, people
from chat.store.tables import Article as StoredArticle
from chat.store.tx import Row

# Who asks more often than anybody who needs help is playing: since when, and how many questions then.
BUDGETS = ((timedelta(hours=1), 40), (timedelta(days=1), 150))


# -- what it is asked ---------------------------------------------------------------------------------------------


def asked(tx: Tx, job: Claimed, now: datetime) -> Asked | None:
    """What the bot is asked; None when the turn is void."""
    question = knowledge.question(tx, **job.payload)
    if question is None:
        return None
    found = _asked(tx, job, question, now)
    if found.flow is None or found.decided:
        return found
    return replace(found, flow=replace(found.flow, facts=flows.facts(tx, question, found.flow, now)))


def thinks(tx: Tx, job: Claimed, name: str, now: datetime) -> None:
    """The customer sees that an answer is on its way, by `name`, unless the turn is void by now."""
    if question := knowledge.question(tx, **job.payload):
        told = wire.TypingEvent(conversation_id=job.payload["conversation_id"], by="bot", name=name)
        tx.publish("typing", [shapes.customer_room_of(question)], told)


def _asked(tx: Tx, job: Claimed, question: Row, now: datetime) -> Asked:
    site = people.site(tx, question["site_id"])
    turn = Turn(
        text=question["body"],
        locale=question["locale"],
        desk_open=desk.is_open(tx, site, now),
        misses=question["bot_misses"],
        last_article_id=question["bot_article_id"],
        only=knowledge.only_for(tx, site.key),
        listed=question["decided_before"] == "suggest",
    )
    choice = _choice(question)
    offered = knowledge.offered(tx, job.payload["conversation_id"], choice.seq) if choice else {}
    if choice and choice.value not in offered.get("values", ()):
        choice = None  # it is read as the words it came with
    flow = flows.turn(tx, job, question, choice.value if choice else None, now)
    if flow and flow.count:
        return Asked(turn, _interrupted(flow), flow=flow)
    if _is_over_budget(tx, question["customer_id"], now):
        return Asked(turn, HandOver("budget"))
    if flow:
        return Asked(turn, flow=flow)
    return _chosen(tx, job, turn, choice, offered) if choice else Asked(turn)


def _interrupted(flow: flows.Turn) -> HandOver | None:
    """A flow that began counts once; it goes on for as long as anybody needs, unless a person is needed first."""
    if flow.alarming:
        return HandOver("urgent")
    return HandOver("budget") if flow.count >= flows.MOST_TURNS else None


def _is_over_budget(tx: Tx, customer_id: str, now: datetime) -> bool:
    return any(bot_turns.count_since(tx, customer_id, now - span, most) >= most for span, most in BUDGETS)


def _choice(question: Row) -> wire.Choice | None:
    """What the customer pressed instead of typing; it was a shape of ours when it came."""
    said = json.loads(question["data"]) if question["data"] else {}
    return wire.Choice.model_validate(said["choice"]) if "choice" in said else None


def _chosen(tx: Tx, job: Claimed, turn: Turn, choice: wire.Choice, offered: dict[str, Any]) -> Asked:
    """`choice` is one that a message of the bot offered."""
    if offered.get("code") == "flow":  # one that is over, such as a button that was pressed twice
        return Asked(turn, Ask("bot_thanks"))
    if choice.value.startswith(flow_offers.BEGIN):  # one that there is no more
        return Asked(turn)
    if choice.value == "none":
        return Asked(turn, HandOver("none"), choice)
    if choice.value == "helped":
        return Asked(turn, Ask("bot_thanks"), choice)
    if choice.value == "not_helped":
        # The same question once more, and the article that did not help is not given again. What comes of it is the
        # first miss, so that other articles may still be offered.
        first = bot_turns.turn(tx, job.payload["conversation_id"], offered["turn"])
        text = first["asked"] if first else turn.text
        again = Turn(text, turn.locale, turn.desk_open, turn.misses, offered.get("article_id"), turn.only)
        return Asked(again, None, choice)
    if choice.value == turn.last_article_id:  # it stands just above
        return Asked(turn, Ask("bot_ask_again"))
    return Asked(turn, Answer(choice.value), choice)


# -- what becomes of it -------------------------------------------------------------------------------------------


def carry_out(tx: Tx, job: Claimed, decision: Decision, now: datetime) -> None:
    """Says what the bot decided and finishes the job; without a word when the turn is void by now."""
    conversations.hold(tx, job.payload["conversation_id"])  # nobody takes it over while the bot speaks
    question = knowledge.question(tx, **job.payload)
    if not jobs.finish(tx, job.id, now) or question is None:
        return
    found = _asked(tx, job, question, now)
    row = conversations.conversation(tx, job.payload["conversation_id"])
    if found.flow and isinstance(decision, flows.Outcome):
        knowledge.remember_turn(tx, row["id"], 0, None)
        flows.go_on(tx, row, found.flow, decision, job.payload["seq"], now)
    else:
        # What was decided for a flow that has run out meanwhile is decided no more.
        _reply(tx, row, job.payload["seq"], found, NO_MATCH if isinstance(decision, flows.Outcome) else decision, now)


def _reply(tx: Tx, row: Row, seq: int, found: Asked, decision: Reply, now: datetime) -> None:
    in_flow = found.flow is not None and found.flow.count > 0
    if found.flow and in_flow:
        flows.end(tx, row, found.flow, "handed_over")
    else:
        flow_offers.lapse(tx, row)
    _note_outcome(tx, row, found.choice)
    if not found.choice and not in_flow and _is_alarming(tx, row, found.turn.text, decision):
        decision = HandOver("urgent")
    if decision == HandOver("urgent"):
        row = urgent.flag(tx, row, found.turn.text, now)
    misses = found.turn.misses + 1 if _is_miss(decision) else 0
    if isinstance(decision, SmallTalk):
        misses = found.turn.misses
    article = bot_speech.speak(tx, row, decision, found, seq, now)
    # One that tells how cases stand may be asked for twice: they may have moved on.
    given = article.id if article and not bot_speech.tells_of_cases(tx, article) else None
    knowledge.remember_turn(tx, row["id"], misses, given)
    if not in_flow:  # what is answered in a flow stands in the conversation alone
        _record(tx, row, seq, found, decision, article, now)


def _is_alarming(tx: Tx, row: Row, text: str, decision: Reply) -> bool:
    """Words of fraud or danger call for a person also where the bot is off, late or read only the beginning; the site's
    own words, which it does not know, whatever it says.
    """
    own_words = tuple(people.site(tx, row["site_id"]).urgent_words)
    return is_urgent(text, own_words) and (not isinstance(decision, Answer) or not is_urgent(text))


def _note_outcome(tx: Tx, row: Row, choice: wire.Choice | None) -> None:
    """What the customer said of an earlier turn by what they pressed."""
    if choice:
        turn = knowledge.offered(tx, row["id"], choice.seq)["turn"]
        bot_turns.set_outcome(tx, row["id"], turn, OUTCOMES.get(choice.value, "chosen"))


OUTCOMES = {"helped": "solved", "not_helped": "not_helpful", "none": "none"}


def _is_miss(decision: Reply) -> bool:
    # Asking again helps nobody either: who only ever says "help" must come to a person in the end.
    return isinstance(decision, Suggest | HandOver) or decision == Ask("bot_ask_again")


def _record(
    tx: Tx, row: Row, seq: int, found: Asked, decision: Reply, article: StoredArticle | None, now: datetime
) -> None:
    """What was asked and decided, for those who look after the articles."""
    what, reason, confidence, suggested = _in_words(decision)
    if article and bot_speech.tells_of_cases(tx, article):
        what = "case"
    bot_turns.add(
        tx,
        now,
        row,
        seq=seq,
        locale=found.turn.locale,
        asked=" ".join(found.turn.text.split())[:ASKED],
        decision=what,
        reason=reason,
        article_id=article.id if article else None,
        version=article.version if article else None,
        candidates=[{"article_id": article_id} for article_id in suggested],
        confidence=confidence,
        unmatched=found.decided is None and reason in ("no_match", "second_miss"),
    )


ASKED = 200  # characters of a question that are kept with its turn


def _in_words(decision: Reply) -> tuple[wire.BotDecision, str | None, float | None, tuple[str, ...]]:
    match decision:
        case Answer(_, confidence):
            return "answer", None, confidence, ()
        case Suggest(article_ids, confidence):
            return "suggest", None, confidence, article_ids
        case Ask(code):
            return "ask", code, None, ()
        case SmallTalk():
            return "ask", "small_talk", None, ()
        case HandOver(reason):
            return "hand_over", reason, None, ()
