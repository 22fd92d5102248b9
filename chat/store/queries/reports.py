"""What came of the conversations that began in a range, added up and timed by the database.

Conversations have no index by time but that of their ids, which begin with it: none was stored before it began, so
those of a range are above the id of its beginning. CROSS JOIN tells SQLite, which knows no numbers, where to begin; to
Postgres it is a join. A percentile is the nearest rank, which whole numbers tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chat.store.queries.indexing import id_at
from chat.store.tables import from_millis
from chat.store.tx import Row, Tx

By = Literal["day", "agent", "team", "topic"]


@dataclass(frozen=True)
class Span:
    """Days of a site that are equally long, from `begins` to before `ends`; `day` is the number of the first."""

    site_id: str
    begins: int  # milliseconds, as `length`
    ends: int
    day: int
    length: int


SLACK = 3_600_000  # milliseconds: two processes' clocks differ by less

# How it is grouped -> of a conversation `c`; None is nobody's.
_KEYS: dict[By, str] = {"agent": "coalesce(c.agent_id, c.last_agent_id)", "team": "c.team_id", "topic": "c.topic"}


def _key(by: By, at: str) -> str:
    return f"CAST(s.day + ({at} - s.begins) / s.length AS TEXT)" if by == "day" else _KEYS[by]


def _spans(spans: Sequence[Span]) -> tuple[str, dict[str, Any]]:
    """A table of them for WITH, and its values.

    Beside those of each span there are `since` and `until` of all, for Postgres: it knows how much lies between these,
    while of what a table says it thinks that it takes in most of what there is, and would go through everything.
    """
    rows = ", ".join(
        f"(CAST(:site{n} AS TEXT), {s.begins}, {s.ends}, {s.day}, {s.length})" for n, s in enumerate(spans)
    )
    return f"span (site_id, begins, ends, day, length) AS (VALUES {rows})", {
        "since": min(span.begins for span in spans),
        "until": max(span.ends for span in spans),
        **{f"site{n}": span.site_id for n, span in enumerate(spans)},
    }


# Who left a message has the promise for a measure, and who came again after the end a wait of which the beginning is
# not known any more: neither is timed.
_TIMED = "c.first_waited_at IS NOT NULL AND l.conversation_id IS NULL"


def conversations(tx: Tx, spans: Sequence[Span], by: By) -> list[Row]:
    """A row of each group and one of all (`is_total`); times in milliseconds."""
    table, values = _spans(spans)
    return tx.rows(
        f"WITH {table}, begun AS MATERIALIZED (SELECT id, site_id, team_id, agent_id, last_agent_id, topic, status,"
        " outcome, last_seq, score, first_waited_at, created_at FROM conversation WHERE id >= :low"
        " AND created_at >= :since AND created_at < :until),"
        " left_message AS MATERIALIZED (SELECT DISTINCT conversation_id FROM promise"
        f" WHERE site_id IN (SELECT site_id FROM span) AND due_at >= :since),"
        f" looked_at AS MATERIALIZED (SELECT {_key(by, 'c.created_at')} AS grp, c.status, c.outcome, c.last_seq,"
        f" c.score, CASE WHEN {_TIMED} THEN c.first_waited_at END AS waits_from,"
        " (SELECT a.at FROM assignment a WHERE a.conversation_id = c.id ORDER BY a.id LIMIT 1) AS taken_at,"
        " (SELECT m.created_at FROM message m WHERE m.conversation_id = c.id AND m.author_kind = 'agent'"
        " ORDER BY m.seq LIMIT 1) AS answered_at, c.first_waited_at"
        " FROM begun c JOIN span s ON s.site_id = c.site_id AND c.created_at >= s.begins AND c.created_at < s.ends"
        " LEFT JOIN left_message l ON l.conversation_id = c.id),"
        " timed AS (SELECT *, CASE WHEN taken_at >= waits_from THEN taken_at - waits_from END AS waited,"
        " CASE WHEN answered_at >= waits_from THEN answered_at - waits_from END AS first_answer FROM looked_at),"
        " counted AS (SELECT 0 AS is_total, timed.* FROM timed UNION ALL SELECT 1 AS is_total, NULL AS grp, status,"
        " outcome, last_seq, score, waits_from, taken_at, answered_at, first_waited_at, waited, first_answer"
        " FROM timed),"
        f" ranked AS (SELECT counted.*, {_ranks('waited')}, {_ranks('first_answer')} FROM counted)"
        " SELECT is_total, grp, count(*) AS started, count(answered_at) AS answered, count(CASE WHEN"
        " outcome = 'abandoned' AND first_waited_at IS NOT NULL AND answered_at IS NULL THEN 1 END) AS abandoned,"
        " count(CASE WHEN status = 'closed' THEN 1 END) AS closed, sum(last_seq) AS messages, count(score) AS ratings,"
        f" sum(score) AS scores, {_spread('waited')}, {_spread('first_answer')} FROM ranked GROUP BY is_total, grp",
        low=id_at(from_millis(values["since"] - SLACK)),
        **values,
    )


def _ranks(what: str) -> str:
    return (
        f"row_number() OVER (PARTITION BY is_total, grp, {what} IS NULL ORDER BY {what}) AS {what}_rank,"
        f" count({what}) OVER (PARTITION BY is_total, grp) AS {what}_of"
    )


def _spread(what: str) -> str:
    return (
        f"count({what}) AS {what}_count,"
        f" max(CASE WHEN {what}_rank = ({what}_of + 1) / 2 THEN {what} END) AS {what}_median,"
        f" max(CASE WHEN {what}_rank = ({what}_of * 9 + 9) / 10 THEN {what} END) AS {what}_p90"
    )


def promises(tx: Tx, spans: Sequence[Span], by: By) -> list[Row]:
    """Of those made in the range, but for spam. None is due before it is made: the index begins there."""
    table, values = _spans(spans)
    return tx.rows(
        f"WITH {table} SELECT {_key(by, 'p.made_at')} AS grp, count(*) AS offline,"
        " count(CASE WHEN p.ended_how = 'answered' AND p.ended_at <= p.due_at THEN 1 END) AS offline_kept"
        " FROM span s CROSS JOIN promise p CROSS JOIN conversation c WHERE p.site_id = s.site_id"
        " AND p.due_at >= s.begins AND p.due_at >= :since AND p.made_at >= s.begins AND p.made_at < s.ends"
        " AND coalesce(p.ended_how, '') <> 'spam' AND c.id = p.conversation_id GROUP BY 1",
        **values,
    )


def bot_turns(tx: Tx, spans: Sequence[Span], by: By) -> list[Row]:
    """Of the range. What the bot says is no agent's."""
    table, values = _spans(spans)
    grp = "CAST(NULL AS TEXT)" if by == "agent" else _key(by, "t.at")
    joined, theirs = (
        (" CROSS JOIN conversation c", " AND c.id = t.conversation_id") if by in ("team", "topic") else ("", "")
    )
    return tx.rows(
        f"WITH {table} SELECT {grp} AS grp, count(*) AS bot_asked,"
        " count(CASE WHEN t.decision = 'answer' THEN 1 END) AS bot_answered,"
        " count(CASE WHEN t.outcome = 'solved' THEN 1 END) AS bot_helped,"
        " count(CASE WHEN t.decision = 'hand_over' OR t.outcome = 'handed_over' THEN 1 END) AS bot_handed_over"
        f" FROM span s CROSS JOIN botturn t{joined} WHERE t.site_id = s.site_id AND t.at >= s.begins"
        f" AND t.at < s.ends AND t.at >= :since AND t.at < :until{theirs} GROUP BY 1",
        **values,
    )


def names(tx: Tx, by: By) -> dict[str, str]:
    """Of all agents, or teams."""
    return {row["id"]: row["name"] for row in tx.rows(f"SELECT id, name FROM {by}")} if by in ("agent", "team") else {}
