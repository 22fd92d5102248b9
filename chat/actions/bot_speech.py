"""What the bot says: an article and its source, cases, suggestions, a sentence; and when it calls a person instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chat import wire
from chat.actions import conversations as talk
from chat.actions import desk, flow_offers, log, shapes
from chat.actions.bot_turn import FAILED, NO_MATCH, Answer, Ask, Asked, HandOver, Reply, SmallTalk, Suggest, Turn
from chat.domain.conversation import Event
from chat.domain.markdown import plain_text
from chat.store import Tx
from chat.store.queries import knowledge, people, tickets
from chat.store.tables import Article as StoredArticle
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

CASES = 3  # shown at once
ENDED_LATELY = timedelta(days=14)


def speak(tx: Tx, row: Row, decision: Reply, found: Asked, turn: int, now: datetime) -> StoredArticle | None:
    """Gives the article that was sent. One that is not in force here by now is not sent, whoever chose it."""
    asked = found.turn
    match decision:
        case Answer(article_id) if in_force := _in_force(tx, (article_id,), asked.only):
            article = in_force[0]
            if tells_of_cases(tx, article) and not _follows_cases(tx, row, found.choice):
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


def tells_of_cases(tx: Tx, article: StoredArticle) -> bool:
    return article.slug in flow_offers.catalogue(tx).case_articles


def _follows_cases(tx: Tx, row: Row, choice: wire.Choice | None) -> bool:
    """Pressed below the cases, it is the article that is wanted."""
    return choice is not None and knowledge.offered(tx, row["id"], choice.seq).get("code") == "cases"


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


AT_ONCE = ("urgent", "asked_for_person", "none", "second_miss")  # by day an agent is called without another question
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
