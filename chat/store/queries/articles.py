"""Articles as those see them who write them: all of them, their versions, figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from chat.store.queries import site_lists
from chat.store.tables import Article, ArticleVersion, to_millis
from chat.store.tx import Row, Tx

# filter -> what must hold of an article `a`
CONDITIONS = {
    "locale": "a.locale = :locale",
    "kind": "a.kind = :kind",
    "category": "a.category = :category",
    "text": "(lower(a.question) LIKE :text ESCAPE '!' OR a.slug LIKE :text ESCAPE '!'"
    " OR lower(a.phrasings) LIKE :text ESCAPE '!' OR lower(coalesce(d.question, '')) LIKE :text ESCAPE '!'"
    " OR lower(coalesce(d.phrasings, '')) LIKE :text ESCAPE '!')",
}
STATES = {
    "published": "a.published",
    "draft": "d.state = 'draft'",
    "review": "d.state = 'review'",
    "scheduled": "s.id IS NOT NULL",
    "withdrawn": "(NOT a.published AND a.version > 0)",
}


def held(tx: Tx, article_id: str) -> Article | None:
    """Nobody else changes it until the end of the transaction."""
    if tx.row(f"SELECT id FROM article WHERE id = :id{tx.locking()}", id=article_id) is None:
        return None
    return tx.session.get(Article, article_id, populate_existing=True)


def by_slug(tx: Tx, slug: str, locale: str) -> Article | None:
    return tx.session.exec(select(Article).where(Article.slug == slug, Article.locale == locale)).first()


def versions(tx: Tx, article_id: str) -> list[ArticleVersion]:
    """Newest first."""
    newest = col(ArticleVersion.number).desc()
    return list(tx.session.exec(select(ArticleVersion).where(ArticleVersion.article_id == article_id).order_by(newest)))


def translations(tx: Tx, article: Article, site_keys: list[str]) -> list[Article]:
    """The same one in other languages, as far as it is of these sites or of all."""
    found = select(Article).where(Article.slug == article.slug, Article.id != article.id).order_by(Article.locale)
    return [each for each in tx.session.exec(found) if not each.sites or set(each.sites) & set(site_keys)]


def page(
    tx: Tx, site_keys: list[str], filters: dict[str, Any], state: str | None, seen: tuple[int, str] | None, limit: int
) -> list[Row]:
    """Last changed first, of these sites or of all; with the state of the draft and when a version takes effect."""
    wanted = [CONDITIONS[name] for name in filters]
    values = dict(filters)
    if "text" in values:
        values["text"] = f"%{_escaped(values['text'].lower())}%"
    if state:
        wanted.append(STATES[state])
    if seen:
        wanted.append("(a.updated_at, a.id) < (:seen, :seen_id)")
        values |= {"seen": seen[0], "seen_id": seen[1]}
    of_sites, keys = site_lists.for_any("a.sites", site_keys)
    wanted.append(of_sites)
    values |= keys
    wanted.append("(a.version > 0 OR d.id IS NOT NULL OR s.id IS NOT NULL)")  # not one whose only draft was dropped
    return tx.rows(
        "SELECT a.*, d.state AS draft, s.effective_at AS scheduled_at FROM article a"
        " LEFT JOIN articleversion d ON d.article_id = a.id AND d.state IN ('draft', 'review')"
        " LEFT JOIN articleversion s ON s.article_id = a.id AND s.state = 'scheduled'"
        f" WHERE {' AND '.join(wanted)} ORDER BY a.updated_at DESC, a.id DESC LIMIT :limit",
        limit=limit,
        **values,
    )


def _escaped(text: str) -> str:
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return text


def categories(tx: Tx, site_keys: list[str]) -> list[str]:
    of_sites, keys = site_lists.for_any("a.sites", site_keys)
    rows = tx.rows(f"SELECT DISTINCT a.category FROM article a WHERE {of_sites} ORDER BY a.category", **keys)
    return [row["category"] for row in rows]


def figures(tx: Tx, article_ids: list[str]) -> dict[str, dict[str, int]]:
    """How often the bot gave each, what customers said, and how visitors of the support centre voted."""
    if not article_ids:
        return {}
    names = ", ".join(f":a{index}" for index in range(len(article_ids)))
    values = {f"a{index}": article_id for index, article_id in enumerate(article_ids)}
    found: dict[str, dict[str, int]] = {article_id: {} for article_id in article_ids}
    turns = tx.rows(
        "SELECT article_id, count(*) AS shown, count(CASE WHEN outcome = 'solved' THEN 1 END) AS solved,"
        " count(CASE WHEN outcome = 'not_helpful' THEN 1 END) AS not_helpful FROM botturn"
        f" WHERE decision IN ('answer', 'case') AND article_id IN ({names}) GROUP BY article_id",
        **values,
    )
    votes = tx.rows(
        "SELECT article_id, count(CASE WHEN helpful THEN 1 END) AS votes_up,"
        " count(CASE WHEN NOT helpful THEN 1 END) AS votes_down FROM articlevote"
        f" WHERE article_id IN ({names}) GROUP BY article_id",
        **values,
    )
    for row in (*turns, *votes):
        found[row["article_id"]] |= {name: count for name, count in dict(row).items() if name != "article_id"}
    return found


def is_any_due(tx: Tx, now: datetime) -> bool:
    due = "SELECT 1 FROM articleversion WHERE state = 'scheduled' AND effective_at <= :now LIMIT 1"
    return tx.row(due, now=to_millis(now)) is not None


def due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """The articles that a version of takes effect by now."""
    rows = tx.rows(
        "SELECT article_id FROM articleversion WHERE state = 'scheduled' AND effective_at <= :now"
        " ORDER BY effective_at LIMIT :limit",
        now=to_millis(now),
        limit=limit,
    )
    return [row["article_id"] for row in rows]
