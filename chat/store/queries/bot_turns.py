"""The bot's turns: what was asked, decided and said of it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx

NEWEST = 20_000  # turns of a site that are looked through for questions asked in vain
# filter -> what must hold of a turn `t`
CONDITIONS = {
    "wrong": "t.wrong_by_id IS NOT NULL",
    "not_helpful": "t.outcome IN ('not_helpful', 'none')",
    "unmatched": "t.unmatched",
    "article_id": "t.article_id = :article_id",
    "conversation_id": "t.conversation_id = :conversation_id",
}
WHOLE = (
    "SELECT t.*, s.key AS site, a.question, g.name AS wrong_by FROM botturn t JOIN site s ON s.id = t.site_id"
    " LEFT JOIN article a ON a.id = t.article_id LEFT JOIN agent g ON g.id = t.wrong_by_id"
)


def add(tx: Tx, now: datetime, conversation: Row, *, candidates: list[dict[str, Any]], **values: Any) -> None:
    """One turn of a conversation; `values` are its columns."""
    known = {
        "id": new_id(),
        "site_id": conversation["site_id"],
        "conversation_id": conversation["id"],
        "customer_id": conversation["customer_id"],
        "candidates": json.dumps(candidates),
        "at": to_millis(now),
        **values,
    }
    columns = ", ".join(known)
    tx.change(f"INSERT INTO botturn ({columns}) VALUES ({', '.join(f':{name}' for name in known)})", **known)


def turn(tx: Tx, conversation_id: str, seq: int) -> Row | None:
    return tx.row("SELECT * FROM botturn WHERE conversation_id = :id AND seq = :seq", id=conversation_id, seq=seq)


def whole(tx: Tx, turn_id: str) -> Row | None:
    return tx.row(f"{WHOLE} WHERE t.id = :id", id=turn_id)


def count_since(tx: Tx, customer_id: str, since: datetime, limit: int) -> int:
    """How often this customer asked since then; beyond the limit nobody counts on."""
    found: int = tx.value(
        "SELECT count(*) FROM (SELECT 1 FROM botturn WHERE customer_id = :customer AND at > :since LIMIT :limit) AS n",
        customer=customer_id,
        since=to_millis(since),
        limit=limit,
    )
    return found


def set_outcome(tx: Tx, conversation_id: str, seq: int, outcome: str) -> None:
    """What the customer said first counts. Who found nothing among suggestions has asked in vain."""
    tx.change(
        "UPDATE botturn SET outcome = :outcome, unmatched = unmatched OR :in_vain"
        " WHERE conversation_id = :id AND seq = :seq AND outcome IS NULL",
        outcome=outcome,
        in_vain=outcome == "none",
        id=conversation_id,
        seq=seq,
    )


def page(
    tx: Tx, site_ids: list[str], filter: str, given: dict[str, str], seen: tuple[int, str] | None, limit: int
) -> list[Row]:
    """Newest first; each site gives its newest from an index, and the newest of those are the page."""
    if not site_ids:
        return []
    wanted = [CONDITIONS[name] for name in (*([filter] if filter != "all" else []), *given)]
    wanted += ["(t.at, t.id) < (:seen, :seen_id)"] if seen else []
    conditions = "".join(f" AND {each}" for each in wanted)
    branches = " UNION ALL ".join(
        f"SELECT * FROM (SELECT t.id FROM botturn t WHERE t.site_id = :site{index}{conditions}"
        f" ORDER BY t.at DESC, t.id DESC LIMIT :limit) AS of{index}"
        for index in range(len(site_ids))
    )
    values = _numbered(site_ids) | given
    if seen:
        values |= {"seen": seen[0], "seen_id": seen[1]}
    return tx.rows(
        f"{WHOLE} WHERE t.id IN ({branches}) ORDER BY t.at DESC, t.id DESC LIMIT :limit", limit=limit, **values
    )


def mark(tx: Tx, turn_id: str, wrong_by_id: str | None, right_article_id: str | None) -> None:
    tx.change(
        "UPDATE botturn SET wrong_by_id = :by, right_article_id = :article WHERE id = :id",
        by=wrong_by_id,
        article=right_article_id,
        id=turn_id,
    )


def unmatched(tx: Tx, site_ids: list[str], locale: str | None, since: datetime, limit: int) -> list[Row]:
    """Questions of one spelling together, the most frequent and then the newest first, with the newest turn of each;
    of each site's newest turns, of which anybody can make many.
    """
    if not site_ids:
        return []
    values = _numbered(site_ids) | ({"locale": locale} if locale else {})
    newest = " UNION ALL ".join(
        f"SELECT * FROM (SELECT id, asked, locale, at FROM botturn WHERE unmatched AND site_id = :site{index}"
        f" AND at > :since{' AND locale = :locale' if locale else ''} ORDER BY at DESC LIMIT :newest) AS of{index}"
        for index in range(len(site_ids))
    )
    return tx.rows(
        "SELECT n.*, t.asked, t.conversation_id FROM (SELECT lower(asked) AS spelt, locale, count(*) AS count,"
        f" max(at) AS last_at, max(id) AS newest FROM ({newest}) AS u"
        " GROUP BY lower(asked), locale ORDER BY count(*) DESC, max(at) DESC LIMIT :limit) AS n"
        " JOIN botturn t ON t.id = n.newest ORDER BY n.count DESC, n.last_at DESC",
        since=to_millis(since),
        limit=limit,
        newest=NEWEST,
        **values,
    )


def dismiss(tx: Tx, site_ids: list[str], spelt: str, locale: str) -> None:
    """All questions that `unmatched` gives this spelling."""
    if site_ids:
        tx.change(
            f"UPDATE botturn SET unmatched = :no WHERE unmatched AND site_id IN ({_named(site_ids)})"
            " AND lower(asked) = :spelt AND locale = :locale",
            no=False,
            spelt=spelt,
            locale=locale,
            **_numbered(site_ids),
        )


def _named(site_ids: list[str]) -> str:
    return ", ".join(f":site{index}" for index in range(len(site_ids)))


def _numbered(site_ids: list[str]) -> dict[str, Any]:
    return {f"site{index}": site_id for index, site_id in enumerate(site_ids)}
