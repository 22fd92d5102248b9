"""Looking after the bot: what it knows, what it would say, what it said, and what it was asked in vain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chat import wire
from chat.actions import access, articles, audit, bot_models, cursor, desk
from chat.actions.access import Who
from chat.actions.bot_turn import Answer, Ask, HandOver, Question, Ranking, Reply, SmallTalk, Suggest
from chat.domain.articles import spelling
from chat.errors import NotFound
from chat.store import Tx
from chat.store.queries import bot_turns as queries
from chat.store.queries import knowledge
from chat.store.tables import from_millis
from chat.store.tx import Row

SHOWN = 200  # questions of the list of those that no article answered
LOOKED_AT = 2_000  # spellings, the most frequent ones, that are told apart for it
LONG_AGO = datetime.fromtimestamp(0, UTC)


# -- what it knows and would say ----------------------------------------------------------------------------------


def bot_model(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.BotModelValue:
    desk.wake_bot(tx)  # who looks at it is about to try it
    return wire.BotModelValue(model=_model(tx, now))


def _model(tx: Tx, now: datetime) -> wire.BotModel:
    basis = bot_models.basis(tx)
    if basis is None:
        return wire.BotModel(mode="off", target=0, unanswerable=0)
    known = {"target": basis.target, "unanswerable": basis.unanswerable}
    newest = bot_models.newest(tx)
    if newest is None:
        return wire.BotModel(mode="untrained", stale=True, training=_training(tx, now), **known)
    row, report = newest
    made_at, stale = from_millis(row["made_at"]), row["edition"] != basis.edition(tx)
    training = _training(tx, now) if stale else None
    return wire.BotModel.model_validate({**report, **known, "made_at": made_at, "stale": stale, "training": training})


def _training(tx: Tx, now: datetime) -> wire.BotTraining:
    job = bot_models.training(tx)
    if job is None:
        return wire.BotTraining(state="waiting")
    known = {"since": from_millis(job["created_at"]), "attempts": job["attempts"], "error": job["last_error"]}
    if job["failed_at"]:
        return wire.BotTraining(state="failed", **known)
    if job["leased_until"] and from_millis(job["leased_until"]) > now:
        return wire.BotTraining(state="running", **known)
    if job["last_error"]:
        return wire.BotTraining(state="failed", again_at=from_millis(job["run_at"]), **known)
    return wire.BotTraining(state="waiting", **known)


def question(tx: Tx, who: Who, command: wire.TryBot, now: datetime) -> Question:
    site = access.site_for(tx, who, command.site)
    return Question(command.text, command.locale, desk.is_open(tx, site, now), knowledge.only_for(tx, site.key))


def try_bot(tx: Tx, who: Who, command: wire.TryBot, ranking: Ranking, now: datetime) -> wire.Tried:
    ids = tuple(each.article_id for each in ranking.articles)
    found = {article.id: article for article in knowledge.published_articles(tx, ids)}
    return wire.Tried(
        decision=_name(ranking.decision),
        reason=ranking.reason,
        confidence=ranking.confidence,
        listing=ranking.listing,
        candidates=[
            wire.Candidate(
                article_id=each.article_id,
                slug=found[each.article_id].slug,
                locale=found[each.article_id].locale,
                question=found[each.article_id].question,
                confidence=each.confidence,
                scores=each.scores,
                exact=each.exact,
            )
            for each in ranking.articles
            if each.article_id in found
        ],
        model=_model(tx, now),
        ms=ranking.ms,
    )


def _name(decision: Reply) -> wire.BotDecision:
    match decision:
        case Answer():
            return "answer"
        case Suggest():
            return "suggest"
        case Ask() | SmallTalk():
            return "ask"
        case HandOver():
            return "hand_over"


# -- what it said -------------------------------------------------------------------------------------------------


def bot_turns(tx: Tx, who: Who, command: wire.BotTurnList, now: datetime) -> wire.BotTurnPage:
    """Of one's sites, newest first. Raises NotFound for a conversation that one may not see."""
    if command.conversation_id:
        access.conversation_for(tx, who, command.conversation_id)
    seen = cursor.read(command.cursor) if command.cursor else None
    given = command.model_dump(include={"article_id", "conversation_id"}, exclude_none=True)
    rows = queries.page(tx, access.site_ids_of(tx, who), command.filter, given, seen, command.limit + 1)
    shown = rows[: command.limit]
    return wire.BotTurnPage(
        turns=[_turn(row) for row in shown],
        cursor=cursor.written(shown[-1]["at"], shown[-1]["id"]) if len(rows) > command.limit else None,
    )


def mark_turn(tx: Tx, who: Who, command: wire.MarkTurn, now: datetime) -> wire.BotTurnValue:
    """With `learn` the question becomes a phrasing in the right article's draft; published by who may.

    Raises NotFound for a turn or an article that is not of one's sites.
    """
    turn = _turn_for(tx, who, command.turn_id)
    right = articles.visible(tx, who, command.right_article_id) if command.right_article_id else None
    queries.mark(tx, turn["id"], who.id if command.wrong else None, right.id if command.wrong and right else None)
    if command.wrong and command.learn and right:
        articles.learn(tx, who, right, turn["asked"], now)
    what = "turn_marked" if command.wrong else "turn_unmarked"
    audit.record(tx, who, now, what, "bot_turn", turn["id"], right_article_id=command.right_article_id)
    return wire.BotTurnValue(turn=_turn(_turn_for(tx, who, turn["id"])))


def _turn_for(tx: Tx, who: Who, turn_id: str) -> Row:
    """Raises NotFound."""
    found = queries.whole(tx, turn_id)
    if found is None or found["site_id"] not in access.site_ids_of(tx, who):
        raise NotFound("There is no such turn.")
    return found


def _turn(row: Row) -> wire.BotTurn:
    same = (
        "id", "conversation_id", "seq", "site", "locale", "asked", "decision", "reason", "article_id", "question",
        "version", "confidence", "outcome", "right_article_id",
    )  # fmt: skip
    by = wire.Person(id=row["wrong_by_id"], name=row["wrong_by"]) if row["wrong_by_id"] else None
    return wire.BotTurn(**{name: row[name] for name in same}, wrong_by=by, at=from_millis(row["at"]))


# -- what it was asked in vain ------------------------------------------------------------------------------------


def unanswered(tx: Tx, who: Who, command: wire.UnansweredList, now: datetime) -> wire.UnansweredPage:
    """The most frequent first; questions are the same when only case and the marks at their end differ."""
    since = now - timedelta(days=command.days)
    rows = queries.unmatched(tx, access.site_ids_of(tx, who), command.locale, since, LOOKED_AT)
    same: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        same.setdefault((spelling(row["asked"]), row["locale"]), []).append(row)
    questions = [_unanswered(group) for group in same.values()]
    questions.sort(key=lambda question: (question.count, question.last_at), reverse=True)
    return wire.UnansweredPage(questions=questions[:SHOWN])


def _unanswered(group: list[Row]) -> wire.Unanswered:
    newest = max(group, key=lambda row: int(row["last_at"]))
    return wire.Unanswered(
        asked=newest["asked"],
        locale=newest["locale"],
        count=sum(row["count"] for row in group),
        last_at=from_millis(newest["last_at"]),
        conversation_id=newest["conversation_id"],
    )


def dismiss_unanswered(tx: Tx, who: Who, command: wire.DismissUnanswered, now: datetime) -> wire.Nothing:
    """All that were asked so far on one's sites; asked again it stands there again."""
    site_ids = access.site_ids_of(tx, who)
    for row in queries.unmatched(tx, site_ids, command.locale, LONG_AGO, queries.NEWEST):
        if spelling(row["asked"]) == spelling(command.asked):
            queries.dismiss(tx, site_ids, row["spelt"], command.locale)
    audit.record(tx, who, now, "question_dismissed", "question", command.locale)
    return wire.Nothing()
