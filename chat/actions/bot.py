"""The bot's turns: what it is asked, and what becomes of its decision.

A turn is a job made with the customer's message. It is carried out in one transaction with the job's end, and only
while the conversation is still the bot's, in the same epoch, and the customer has written nothing newer: so twice
gives one answer, in any process, and a slow bot never speaks after a person has taken over.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from chat import wire
from chat.actions import conversations as talk
from chat.actions import desk, flow_offers, flows, jobs, log, shapes, urgent
from chat.actions.jobs import Claimed
from chat.domain.conversation import Event
from chat.domain.urgent import is_urgent
from chat.store import Tx
from chat.store.queries import bot_turns, conversations, knowledge, people, tickets
from chat.store.tables import Article as StoredArticle
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

# Who asks more often than anybody who needs help is playing: since when, and how many questions then.
BUDGETS = ((timedelta(hours=1), 40), (timedelta(days=1), 150))


@dataclass(frozen=True)
class Turn:
    """One message of a customer and what led up to it.

    `misses` counts the turns just before that were no help. `only` are the articles that the site's customers may get,
    None for all of them.
    """

    text: str
    locale: str
    desk_open: bool
    misses: int
    last_article_id: str | None
    only: frozenset[str] | None = None


@dataclass(frozen=True)
class Answer:
    article_id: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Suggest:
    article_ids: tuple[str, ...]
    confidence: float = 0.0


@dataclass(frozen=True)
class Ask:
    code: str


@dataclass(frozen=True)
class SmallTalk:
    """A sentence to what is no question, worded already. Whoever only says thanks has not been failed, nor helped."""

    text: str
    offers: Literal["topics", "person"] | None = None


@dataclass(frozen=True)
class HandOver:
    """A person is needed; whether that is an agent now or a message for later, the desk decides."""

    reason: str


Reply = Answer | Suggest | Ask | SmallTalk | HandOver
Decision = Reply | flows.Outcome
NO_MATCH = HandOver("no_match")
FAILED = HandOver("failed")  # it broke, or took too long
AT_ONCE = ("urgent", "asked_for_person", "none", "second_miss")  # by day an agent is called without another question


@dataclass(frozen=True)
class Asked:
    """A turn, or what has to be done about it without asking the bot. With `flow` it is a guided flow's."""

    turn: Turn
    decided: Decision | None = None
    choice: wire.Choice | None = None  # what they pressed instead of typing
    flow: flows.Turn | None = None


@dataclass(frozen=True)
class Question:
    """A text that nobody said in a conversation: somebody tries the bot, or looks for an article."""

    text: str
    locale: str
    desk_open: bool = True
    only: frozenset[str] | None = None


@dataclass(frozen=True)
class Ranked:
    """An article the question may be about, with the scores of each part of the matcher."""

    article_id: str
    confidence: float
    scores: dict[str, float]
    exact: bool = False


@dataclass(frozen=True)
class Ranking:
    """What the bot would do with a question, why (the code of the rule), and what it weighed, best first."""

    decision: Reply
    reason: str
    confidence: float
    articles: tuple[Ranked, ...]
    ms: float
    listing: float = 0.0  # how sure it is that what was meant is among the first three


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


def _asked(tx: Tx, job: Claimed, question: Row, now: datetime) -> Asked:
    site = people.site(tx, question["site_id"])
    turn = Turn(
        text=question["body"],
        locale=question["locale"],
        desk_open=desk.is_open(tx, site, now),
        misses=question["bot_misses"],
        last_article_id=question["bot_article_id"],
        only=knowledge.only_for(tx, site.key),
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
    article = _speak(tx, row, decision, found, seq, now)
    # One that tells how cases stand may be asked for twice: they may have moved on.
    given = article.id if article and not _tells_of_cases(tx, article) else None
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
    if article and _tells_of_cases(tx, article):
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


def _follows_cases(tx: Tx, row: Row, choice: wire.Choice | None) -> bool:
    """Pressed below the cases, it is the article that is wanted."""
    return choice is not None and knowledge.offered(tx, row["id"], choice.seq).get("code") == "cases"


def _tells_of_cases(tx: Tx, article: StoredArticle) -> bool:
    return article.slug in flow_offers.catalogue(tx).case_articles


def _speak(tx: Tx, row: Row, decision: Reply, found: Asked, turn: int, now: datetime) -> StoredArticle | None:
    """Gives the article that was sent. One that is not in force here by now is not sent, whoever chose it."""
    asked = found.turn
    match decision:
        case Answer(article_id) if in_force := _in_force(tx, (article_id,), asked.only):
            article = in_force[0]
            if _tells_of_cases(tx, article) and not _follows_cases(tx, row, found.choice):
                _tell_of_cases(tx, row, article, turn, now)
            else:
                _answer(tx, row, article, turn, now)
            return article
        case Suggest(article_ids) if likely := _likely(tx, row, article_ids, asked.only):
            _suggest(tx, row, likely, turn, now)
        case Ask(code):
            _line(tx, row, now, code)
        case SmallTalk(text, offers):
            _chat(tx, row, text, offers, turn, now)
        case HandOver(reason):
            _hand_over(tx, row, reason, asked, turn, now)
        case _:
            _hand_over(tx, row, NO_MATCH.reason, asked, turn, now)
    return None


def _in_force(tx: Tx, article_ids: tuple[str, ...], only: frozenset[str] | None) -> list[StoredArticle]:
    return [each for each in knowledge.published_articles(tx, article_ids) if only is None or each.id in only]


def _answer(tx: Tx, row: Row, article: StoredArticle, turn: int, now: datetime) -> None:
    """With its source, and the question whether it helped: the reader's side words both."""
    site = people.site(tx, row["site_id"])
    begin, under_way = _not_begun(tx, row, flow_offers.under_article(tx, article.slug, row["locale"]))
    data: dict[str, Any] = {
        "article_id": article.id,
        "slug": article.slug,
        "title": article.question,
        "version": article.version,
        "effective_at": wire.utc(article.effective_at or article.updated_at),
        "path": f"/help/{site.key}/{article.locale}/{article.slug}",
        "markdown": article.answer,
        "turn": turn,
        "values": ["helped", "not_helped", *(choice["value"] for choice in begin)],
        **({"choices": begin} if begin else {}),
    }
    log.add(tx, row, now, author=log.BOT, body=plain_text(article.answer)[: wire.TEXT_LIMIT], data=data)
    _show_cases(tx, row, "under_way", under_way, turn, now)


def _not_begun(tx: Tx, row: Row, begin: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[Row]]:
    """Those flows whose case was not opened in this conversation already, and the open cases of the others."""
    known = flow_offers.catalogue(tx).flows
    kinds = {choice["value"]: known[choice["value"].removeprefix(flow_offers.BEGIN)].kind for choice in begin}
    since = from_millis(row["created_at"])
    cases = [
        case
        for case in tickets.newest_of_customer(tx, row["customer_id"], row["site_id"], CASES)
        if case["kind"] in kinds.values() and not _is_over(case) and from_millis(case["created_at"]) >= since
    ]
    opened = {case["kind"] for case in cases}
    return [choice for choice in begin if kinds[choice["value"]] not in opened], cases


def _tell_of_cases(tx: Tx, row: Row, article: StoredArticle, turn: int, now: datetime) -> None:
    """Where the customer's own cases stand: the newest that go on, or ended lately. That is what they asked, so the
    article is a link below it; where there is no case, it is the answer, and the line below says why.
    """
    mine = tickets.newest_of_customer(tx, row["customer_id"], row["site_id"], CASES * 4)
    live = [case for case in mine if not _is_over(case) or from_millis(case["updated_at"]) > now - ENDED_LATELY]
    live.sort(key=_is_over)
    if live:
        _show_cases(tx, row, "your_cases", live[:CASES], turn, now)
        more = {"choices": [{"title": article.question, "value": article.id}], "values": [article.id], "turn": turn}
        _words(tx, row, "more_about_it", more, now)
        return
    _answer(tx, row, article, turn, now)
    is_verified = row["customer_kind"] == "verified"
    _words(tx, row, "no_case" if is_verified else "sign_in", {"turn": turn}, now)


def _is_over(case: Row) -> bool:
    return case["status"] in ("solved", "closed")


def _show_cases(tx: Tx, row: Row, code: str, cases: list[Row], turn: int, now: datetime) -> None:
    if cases:
        _words(tx, row, code, {"turn": turn}, now)
    for case in cases:
        shown = {name: case[name] for name in ("number", "kind", "status")}
        card = {"card": "case", "ticket_id": case["id"], **shown}
        log.add(tx, row, now, author=log.BOT, kind="card", body=case["number"], data=card)


def _words(tx: Tx, row: Row, code: str, data: dict[str, Any], now: datetime) -> None:
    body = flow_offers.catalogue(tx).words[code][row["locale"]]
    log.add(tx, row, now, author=log.BOT, body=body, data={"code": "cases", **data})


CASES = 3  # shown at once
ENDED_LATELY = timedelta(days=14)


def _likely(tx: Tx, row: Row, article_ids: tuple[str, ...], only: frozenset[str] | None) -> list[StoredArticle]:
    """In the customer's language where it is there, each or its counterpart; only then none in another one."""
    found = _in_force(tx, article_ids, only)
    counterparts = knowledge.in_language(tx, [each.slug for each in found], row["locale"])
    may = [one for one in counterparts.values() if only is None or one.id in only]
    own = {one.slug: one for one in may}
    return list({each.slug: own[each.slug] for each in found if each.slug in own}.values()) or found


def _suggest(tx: Tx, row: Row, likely: list[StoredArticle], turn: int, now: datetime) -> None:
    """Each by its question, the flow of the conversation's topic, and `none` of them, which the reader's side words."""
    choices = [{"title": _title(article, row["locale"]), "value": article.id} for article in likely]
    if offer := flow_offers.for_topic(tx, row["topic"], row["locale"]):
        choices += _not_begun(tx, row, offer[1]["choices"])[0]
    values = [*(choice["value"] for choice in choices), "none"]
    data = {"code": "suggest", "choices": choices, "values": values, "turn": turn}
    log.add(tx, row, now, author=log.BOT, kind="choices", data=data)


def _title(article: StoredArticle, locale: str) -> str:
    """With the language's own name for itself where it is another one."""
    return article.question if article.locale == locale else f"{article.question} · {LANGUAGES[article.locale]}"


LANGUAGES = {"zh-CN": "中文", "en": "English"}


def _chat(tx: Tx, row: Row, text: str, offers: str | None, turn: int, now: datetime) -> None:
    data: dict[str, Any] = {"code": "small_talk", "turn": turn}
    if offers == "topics" and (topics := flow_offers.all_of_them(tx, row["locale"])):
        data |= {"choices": topics, "values": [topic["value"] for topic in topics]}
    if offers == "person":
        is_open = desk.is_open(tx, people.site(tx, row["site_id"]), now)
        data["offer"] = "ask_agent" if is_open else "leave_message"
    log.add(tx, row, now, author=log.BOT, body=text, data=data)


# What is said where nobody is there to be called: reason -> line.
CLOSED = {
    "urgent": "urgent",
    "asked_for_person": "agents_away",
    "none": "agents_away",
    "same_article": "answered_above",
}


def _hand_over(tx: Tx, row: Row, reason: str, asked: Turn, turn: int, now: datetime) -> None:
    has_no_answer = reason in (NO_MATCH.reason, FAILED.reason)
    site = people.site(tx, row["site_id"])
    if reason == "urgent" and _is_reachable(tx, row) and not desk.is_open(tx, site, now):
        # Nothing more is needed of them, and what to do now they have been told: it is a message already.
        talk.tell_left(tx, talk.to_inbox(tx, row, Event.LEAVE_MESSAGE, now), "message_left", now)
        desk.tell_move(tx, row)
        return
    if not desk.is_open(tx, site, now):
        code = CLOSED.get(reason, "no_answer")
        _line(tx, row, now, code, offer="leave_message")
    elif reason in AT_ONCE or (has_no_answer and asked.misses):  # the second in a row
        _call_agent(tx, row, site, now)
        return
    else:
        _line(tx, row, now, f"{CLOSED.get(reason, 'no_answer')}_open", offer="ask_agent")
    is_lost = has_no_answer or reason == "second_miss"
    offer = flow_offers.for_topic(tx, row["topic"], row["locale"]) if is_lost else None
    begin, under_way = _not_begun(tx, row, offer[1]["choices"]) if offer else ([], [])
    _show_cases(tx, row, "under_way", under_way, turn, now)
    if begin:
        talk.offer_flow(tx, row, now)


def _is_reachable(tx: Tx, row: Row) -> bool:
    return row["customer_kind"] == "verified" or bool(shapes.conversation(tx, row).contact)


def _call_agent(tx: Tx, row: Row, site: Site, now: datetime) -> None:
    admitted, team = talk.may_enter(tx, row, site, now)
    if admitted == "open":
        talk.to_queue(tx, row, now)
    else:
        talk.turn_away(tx, row, site, team, admitted, now)


def _line(tx: Tx, row: Row, now: datetime, code: str, **data: Any) -> None:
    """A fixed line that the reader's side words; `offer` opens the form or the button that goes with it."""
    log.add(tx, row, now, author=log.BOT, kind="system", data={"code": code, "values": {}, **data})


# What stands between two marks has an end: a text of opening marks alone would be read to its end for each of them.
_MARKS = (
    (re.compile(r"^#{1,6} +", re.MULTILINE), ""),
    (re.compile(r"^> ?", re.MULTILINE), ""),
    (re.compile(r"^( *)[*+-] +", re.MULTILINE), r"\1• "),
    (re.compile(r"!\[([^\]\n]{0,300})\]\([^()\s]*\)"), r"\1"),
    (re.compile(r"\[([^\]\n]{1,300})\]\(([^()\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"(\*\*|__|`)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![*\w])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![*\w])"), r"\1"),
)


def plain_text(markdown: str) -> str:
    """The text without the marks of simple Markdown: a chat line is shown as it is written."""
    for mark, plain in _MARKS:
        markdown = mark.sub(plain, markdown)
    return markdown.strip()
