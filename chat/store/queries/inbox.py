"""Offline messages: page by page, urgent ones first, in the order in which they were promised; and those whose time has
come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chat.domain.urgent import FIRST
from chat.store.queries.conversations import WHOLE, first_of
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

Filter = Literal["mine", "unassigned", "snoozed", "urgent", "overdue", "all"]
MOST_COUNTED = 1_000
NEVER = 2**63 - 1  # after every promise
Place = tuple[int, int | None, str]  # priority, reply_by in milliseconds, id; None: nothing could be promised

_LEFT = "c.status = 'offline'"
_AWAKE = "(c.snoozed_until IS NULL OR c.snoozed_until <= :now)"
FILTERS: dict[Filter, str] = {
    "all": _AWAKE,
    "mine": f"c.agent_id = :agent AND {_AWAKE}",
    "unassigned": f"c.agent_id IS NULL AND {_AWAKE}",
    "urgent": f"c.urgent = TRUE AND {_AWAKE}",
    "overdue": f"c.reply_by < :now AND {_AWAKE}",
    "snoozed": "c.snoozed_until > :now",
}


def place_of(row: Row) -> Place:
    return row["priority"], row["reply_by"], row["id"]


def page(
    tx: Tx,
    site_ids: Sequence[str],
    now: datetime,
    limit: int,
    which: Filter = "all",
    agent_id: str = "",
    after: Place | None = None,
) -> list[Row]:
    """The next `limit` of these sites after that place, in order: what orders them, and their `id`. Of the urgent ones,
    and after them of all others, those without a promise come last.
    """
    values = {"agent": agent_id, "now": to_millis(now), "first": FIRST}
    left = f"{_LEFT} AND {FILTERS[which]}"
    # Nothing equals NULL, so Postgres would sort what its index has in this order already.
    order = "c.agent_id, c.priority" if which == "unassigned" else "c.priority"
    found: list[Row] = []
    if after is None or after[1] is not None or after[0] == FIRST:
        kinds = [f"{left} AND c.reply_by IS NOT NULL", f"{left} AND c.priority = :first AND c.reply_by IS NULL"]
        if after:
            own = "c.priority, c.reply_by", ":first, :never"
            place = "(:priority, :reply_by, :id)"
            kinds = [f"{kind} AND ({of}, c.id) > {place}" for kind, of in zip(kinds, own, strict=True)]
            reply_by = NEVER if after[1] is None else after[1]
            values |= {"priority": after[0], "reply_by": reply_by, "id": after[2], "never": NEVER}
        found = first_of(tx, site_ids, kinds, f"{order}, c.reply_by, c.id", limit=limit, **values)
        after = None
    if len(found) < limit:
        others = f"{left} AND c.priority > :first AND c.reply_by IS NULL"
        if after:
            others += " AND (c.priority, c.id) > (:priority, :id)"
            values |= {"priority": after[0], "id": after[2]}
        rows = first_of(tx, site_ids, [others], f"{order}, c.id", limit=limit - len(found), **values)
        found += [{**dict(row), "reply_by": None} for row in rows]
    return found


def count(tx: Tx, site_id: str, now: datetime) -> int:
    """Of those that are not snoozed; from an index alone, and of very many only the first are counted."""
    awake = f"SELECT 1 FROM conversation c WHERE c.site_id = :site AND c.status = 'offline' AND {_AWAKE} LIMIT :most"
    return int(
        tx.value(f"SELECT count(*) FROM ({awake}) AS awake", site=site_id, now=to_millis(now), most=MOST_COUNTED)
    )


# -- what the sweep does ------------------------------------------------------------------------------------------

_TO_WAKE = "status = 'offline' AND snoozed_until IS NOT NULL AND snoozed_until <= :now"


def anyone_to_wake(tx: Tx, now: datetime) -> bool:
    return bool(tx.value(f"SELECT EXISTS (SELECT 1 FROM conversation WHERE {_TO_WAKE})", now=to_millis(now)))


def wake(tx: Tx, now: datetime, limit: int) -> list[Row]:
    """Ends the snooze of those whose time has come. Gives `id` and `site_id` of each."""
    found = f"SELECT id FROM conversation WHERE {_TO_WAKE} ORDER BY snoozed_until LIMIT :limit{tx.locking(skip=True)}"
    return tx.rows(
        f"WITH found AS ({found}) UPDATE conversation SET snoozed_until = NULL, version = version + 1"
        " WHERE id IN (SELECT id FROM found) RETURNING id, site_id",
        now=to_millis(now),
        limit=limit,
    )


# A bot's conversation is unanswered while the customer's last line stands alone, the last turns were no help, or it
# tells of an emergency. All of them have `last_said_at`: who wrote nothing asked nothing.
UNANSWERED = (
    "c.last_said_at IS NOT NULL AND (c.bot_misses > 0 OR c.urgent OR EXISTS (SELECT 1 FROM message m"
    " WHERE m.conversation_id = c.id AND m.seq = c.last_seq AND m.author_kind = 'customer'))"
)
_WITH_BOT = "c.site_id IN (SELECT id FROM site) AND c.status = 'bot'"  # the first columns of conversation_queue


def is_unanswered(tx: Tx, conversation_id: str) -> bool:
    sql = f"SELECT 1 FROM conversation c WHERE c.id = :id AND {UNANSWERED}"
    return tx.value(sql, id=conversation_id) is not None


def any_idle(tx: Tx, since: datetime, long_since: datetime) -> bool:
    """Is the bot with somebody who has said nothing since the first and was not answered, or since the second?"""
    return bool(
        tx.value(
            f"SELECT EXISTS (SELECT 1 FROM conversation c WHERE {_WITH_BOT} AND {_IDLE})",
            since=to_millis(since),
            long_since=to_millis(long_since),
        )
    )


_IDLE = f"c.last_at <= :since AND (c.last_at <= :long_since OR ({UNANSWERED}))"


def idle(tx: Tx, since: datetime, long_since: datetime, limit: int) -> list[Row]:
    """Those, held. What somebody else changes right now is left out."""
    times = {"since": to_millis(since), "long_since": to_millis(long_since)}
    which = f"{_WITH_BOT} AND {_IDLE} ORDER BY c.id LIMIT :limit"
    found = tx.rows(f"SELECT c.id FROM conversation c WHERE {which}{tx.locking(skip=True)}", limit=limit, **times)
    names = {f"id{index}": row["id"] for index, row in enumerate(found)}
    # Looked at again now that they are held: the customer may have written in between.
    return tx.rows(
        f"{WHOLE} WHERE c.id IN ({', '.join(f':{name}' for name in names) or 'NULL'}) AND c.status = 'bot' AND {_IDLE}"
        " ORDER BY c.id",
        **names,
        **times,
    )
