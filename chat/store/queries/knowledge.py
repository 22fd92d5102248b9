"""What is in force, and what the bot has to know of a conversation."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import col, select

from chat.store.queries.site_lists import naming
from chat.store.tables import Article
from chat.store.tx import Row, Tx


def edition(tx: Tx) -> str:
    """Another one after every change of what is in force; cheap to ask for."""
    row = tx.row(
        "SELECT count(*) AS articles, coalesce(max(updated_at), 0) AS newest, coalesce(sum(version), 0) AS versions"
        " FROM article WHERE published"
    )
    assert row is not None
    return f"{row['articles']}-{row['newest']}-{row['versions']}"


def only_for(tx: Tx, site_key: str) -> frozenset[str] | None:
    """The articles that customers of this site may get; None while there is none that is for some sites only."""
    if tx.row("SELECT 1 FROM article WHERE published AND sites <> '[]' LIMIT 1") is None:
        return None
    rows = tx.rows(
        "SELECT id FROM article WHERE published AND (sites = '[]' OR sites LIKE :site)", site=naming(site_key)
    )
    return frozenset(row["id"] for row in rows)


def published(tx: Tx) -> list[Article]:
    return list(tx.session.exec(select(Article).where(Article.published).order_by(Article.locale, Article.slug)))


def published_articles(tx: Tx, article_ids: tuple[str, ...]) -> list[Article]:
    """Those that are published, in the order asked for."""
    found = tx.session.exec(select(Article).where(col(Article.id).in_(article_ids), Article.published)).all()
    return sorted(found, key=lambda article: article_ids.index(article.id))


def in_language(tx: Tx, slugs: list[str], locale: str) -> dict[str, Article]:
    """The published articles of these slugs in one language, by slug."""
    found = tx.session.exec(
        select(Article).where(col(Article.slug).in_(slugs), Article.locale == locale, Article.published)
    )
    return {article.slug: article for article in found}


def question(tx: Tx, conversation_id: str, epoch: int, seq: int) -> Row | None:
    """A customer's message that still waits for the bot: nobody took over since, and they wrote nothing newer."""
    return tx.row(
        "SELECT c.site_id, c.customer_id, c.locale, c.bot_misses, c.bot_article_id, c.bot_flow,"
        " c.contact_email, c.contact_phone, m.body, m.data, (SELECT b.decision FROM botturn b"
        " WHERE b.conversation_id = c.id AND b.seq < m.seq ORDER BY b.seq DESC LIMIT 1) AS decided_before"
        " FROM conversation c"
        " JOIN message m ON m.conversation_id = c.id AND m.seq = :seq"
        " WHERE c.id = :id AND c.status = 'bot' AND c.epoch = :epoch AND NOT EXISTS (SELECT 1 FROM message newer"
        " WHERE newer.conversation_id = c.id AND newer.seq > :seq AND newer.author_kind = 'customer')",
        id=conversation_id,
        epoch=epoch,
        seq=seq,
    )


def said_since(tx: Tx, conversation_id: str, after: int, upto: int, limit: int) -> list[Row]:
    """What the customer said in between, the newest of it, oldest first."""
    newest = tx.rows(
        "SELECT seq, kind, body, data FROM message WHERE conversation_id = :id AND seq > :after AND seq <= :upto"
        " AND author_kind = 'customer' ORDER BY seq DESC LIMIT :limit",
        id=conversation_id,
        after=after,
        upto=upto,
        limit=limit,
    )
    return newest[::-1]


def keep_flow(tx: Tx, conversation_id: str, flow: dict[str, Any] | None) -> None:
    """Where the customer stands in a guided flow. They see it in the log, so the version stays."""
    tx.change(
        "UPDATE conversation SET bot_flow = :flow WHERE id = :id",
        id=conversation_id,
        flow=json.dumps(flow, ensure_ascii=False) if flow else None,
    )


def offered(tx: Tx, conversation_id: str, seq: int) -> dict[str, Any]:
    """What a message of the bot offers to choose: its `values`, and the `turn` it was the answer to."""
    data = tx.value(
        "SELECT data FROM message WHERE conversation_id = :id AND seq = :seq AND author_kind = 'bot'",
        id=conversation_id,
        seq=seq,
    )
    return json.loads(data) if data else {}


def remember_turn(tx: Tx, conversation_id: str, misses: int, article_id: str | None) -> None:
    """What the next turn should know of this one. No customer sees it, so the version stays."""
    tx.change(
        "UPDATE conversation SET bot_misses = :misses, bot_article_id = :article WHERE id = :id",
        id=conversation_id,
        misses=misses,
        article=article_id,
    )
