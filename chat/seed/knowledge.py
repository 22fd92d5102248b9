"""What the desk knows: articles and policies, as Markdown files in `demo/`, and canned replies."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from chat import wire
from chat.actions import canned
from chat.seed.past import DEMO, LOCALES, Past, demo_data
from chat.store.tables import Article, ArticleVersion, new_id


def add_articles(past: Past) -> None:
    begun = past.at(60, "09:00")
    articles = [article_of(text, begun) for text in shipped_articles()]
    past.tx.session.add_all(articles)
    past.tx.session.flush()
    past.tx.session.add_all(
        ArticleVersion(
            article_id=article.id,
            number=article.version,
            state="in_force",
            category=article.category,
            question=article.question,
            phrasings=article.phrasings,
            answer=article.answer,
            created_at=begun,
            updated_at=begun,
            effective_at=begun,
        )
        for article in articles
    )


def add_policies(past: Past) -> None:
    """Each with the versions it has had, and the refund policy with the one that is to come."""
    for locale in LOCALES:
        told: dict[str, list[dict[str, Any]]] = {}
        for file in sorted((DEMO / "policies" / locale).glob("*.md")):
            told.setdefault(file.name.partition(".")[0], []).append(policy_version(file))
        for slug, versions in told.items():
            _add_policy(past, slug, locale, versions)


def _add_policy(past: Past, slug: str, locale: str, told: list[dict[str, Any]]) -> None:
    """`told` are its versions, oldest first."""
    dates = [past.at(-version["days"], "00:00") for version in told]
    current = max(at for at, date in enumerate(dates) if date <= past.now)
    states = ["superseded" if at < current else "in_force" if at == current else "scheduled" for at in range(len(told))]
    texts = [{name: version[name] for name in ("question", "note", "answer")} for version in told]
    policy = Article(
        slug=slug,
        locale=locale,
        kind="policy",
        category="policy",
        version=current + 1,
        effective_at=dates[current],
        updated_at=dates[current],
        **texts[current],
    )
    past.tx.session.add(policy)
    past.tx.session.flush()
    past.tx.session.add_all(
        ArticleVersion(
            article_id=policy.id,
            number=number,
            state=state,
            category="policy",
            created_at=min(date, past.now),
            updated_at=min(date, past.now),
            effective_at=date,
            **text,
        )
        for number, (state, date, text) in enumerate(zip(states, dates, texts, strict=True), start=1)
    )


def policy_version(file: Path) -> dict[str, Any]:
    """`days` from today on which it takes effect, and perhaps a `note`, before the text."""
    import frontmatter  # only who seeds reads YAML

    read = frontmatter.load(str(file))
    return {**read.metadata, "note": read.metadata.get("note"), "answer": read.content}


def add_canned_replies(past: Past) -> None:
    """What a supervisor wrote is shared."""
    for told in demo_data("canned"):
        by, given = told["by"], {name: value for name, value in told.items() if name != "by"}
        command = wire.SaveCannedReply(client_id=new_id(), shared=by == "lin", **given)
        canned.save_canned_reply(past.tx, past.agents[by], command, past.at(40, "10:00"))


@cache
def shipped_articles() -> list[wire.ArticleText]:
    from chat.article_files import read_folder  # only who seeds reads YAML

    return read_folder(DEMO / "articles")


def article_of(text: wire.ArticleText, now: datetime) -> Article:
    return Article(
        id=article_id(text),
        slug=text.slug,
        locale=text.locale,
        category=text.category,
        question=text.question,
        phrasings=list(text.phrasings),
        answer=text.answer,
        effective_at=now,
        updated_at=now,
    )


def article_id(text: wire.ArticleText) -> str:
    return id_of(text.locale, text.slug)


def id_of(locale: str, slug: str) -> str:
    """The same in every database that is seeded, so that one model serves them all."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{locale}/{slug}"))
