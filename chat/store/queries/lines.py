"""Lines: who stands where.

A line is that of a team, over all the sites it serves; a conversation that has no team stands in one of its site's.
"""

from __future__ import annotations

from collections.abc import Iterable

from chat.store.queries.conversations import among, listed
from chat.store.tx import Tx

_LINE = "coalesce(team_id, site_id)"
_ITS_SITES = "site_id IN (SELECT :site UNION SELECT ts.site_id FROM teamsite ts WHERE ts.team_id = :line)"
_SHARING = (
    "SELECT id AS site_id FROM site WHERE id IN ({sites}) UNION SELECT theirs.site_id FROM teamsite theirs"
    " JOIN teamsite ours ON ours.team_id = theirs.team_id WHERE ours.site_id IN ({sites})"
)
_BESIDE = _SHARING.format(sites=":site")


def place(tx: Tx, line: str, site_id: str, priority: int, first_waited_at: int, conversation_id: str) -> int:
    """1 is next. Counts those of the line who stand before it."""
    return 1 + int(
        tx.value(
            f"SELECT count(*) FROM conversation WHERE {_ITS_SITES} AND status = 'waiting' AND {_LINE} = :line"
            " AND (priority, first_waited_at, id) < (:priority, :first, :id)",
            line=line,
            site=site_id,
            priority=priority,
            first=first_waited_at,
            id=conversation_id,
        )
    )


def places(tx: Tx, site_ids: list[str], ids: Iterable[str]) -> dict[str, int]:
    """The place of each of these, who wait at these sites."""
    names, sites = listed("site", site_ids)
    some, value = among(tx, ids)
    rows = tx.rows(
        "SELECT id, place FROM (SELECT id, row_number() OVER"
        f" (PARTITION BY {_LINE} ORDER BY priority, first_waited_at, id) AS place"
        f" FROM conversation WHERE site_id IN ({_SHARING.format(sites=names)}) AND status = 'waiting') AS line"
        f" WHERE id IN ({some})",
        ids=value,
        **sites,
    )
    return {row["id"]: row["place"] for row in rows}


def length(tx: Tx, line: str, site_id: str) -> int:
    return int(
        tx.value(
            f"SELECT count(*) FROM conversation WHERE {_ITS_SITES} AND status = 'waiting' AND {_LINE} = :line",
            line=line,
            site=site_id,
        )
    )


def beside(tx: Tx, site_id: str) -> list[str]:
    """This site and those whose customers stand in the same lines."""
    return [row["site_id"] for row in tx.rows(f"SELECT site_id FROM ({_BESIDE}) AS beside", site=site_id)]


def picking_seconds(tx: Tx, team_id: str | None, limit: int) -> list[float]:
    """How long those had waited who were picked by hand from this team's line, of the last `limit` it had.

    Only of those who came into it at once, or from the bot, and stood there until then. Who had an agent before, or was
    in the inbox, keeps the time of their first wait; it does not say when somebody could have picked them.
    """
    rows = tx.rows(
        "SELECT a.at - c.first_waited_at AS waited FROM (SELECT * FROM assignment WHERE team_id = :team"
        " AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT :limit) AS a"
        " JOIN conversation c ON c.id = a.conversation_id WHERE a.how = 'picked' AND c.first_waited_at <= a.at"
        " AND (a.epoch = 1 OR a.epoch = 2 AND c.first_waited_at > c.created_at)",
        team=team_id,
        limit=limit,
    )
    return [row["waited"] / 1_000 for row in rows]
