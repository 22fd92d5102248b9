"""The FAQ as those see it who write it: drafts, reviews, what is in force and since when.

`Article` is what is in force; its versions say what was, is and will be. At most one version is a draft, one waits for
its date. What changes what is in force is `_take_effect`, and nothing else.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit, cursor
from chat.actions.access import SYSTEM, Who
from chat.domain.articles import RESERVED, VersionState, check_move, check_text, diff
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import articles as queries
from chat.store.queries import knowledge, people
from chat.store.tables import Article, ArticleVersion, from_millis, new_id

AT_ONCE = 100  # versions that take effect in one transaction
WORKED_ON = (VersionState.DRAFT, VersionState.REVIEW)
VISIBLE = (*WORKED_ON, VersionState.SCHEDULED)  # makes an article that was never in force one that there is
TEXTS = ("sites", "category", "question", "phrasings", "answer", "note")  # what a version brings into force


# -- looking ------------------------------------------------------------------------------------------------------


def articles_page(tx: Tx, who: Who, command: wire.ArticleList, now: datetime) -> wire.ArticlePage:
    """Of one's sites and of all sites, last changed first."""
    seen = cursor.read(command.cursor) if command.cursor else None
    filters = command.model_dump(include={"locale", "kind", "category", "text"}, exclude_none=True)
    sites = _site_keys(tx, who)
    rows = queries.page(tx, sites, filters, command.state, seen, command.limit + 1)
    shown = rows[: command.limit]
    figures = queries.figures(tx, [row["id"] for row in shown])
    return wire.ArticlePage(
        articles=[
            wire.Article(
                **{name: row[name] for name in ("id", "slug", "locale", "kind", "category", "question", "version")},
                sites=json.loads(row["sites"]),
                published=bool(row["published"]),
                effective_at=row["effective_at"] and from_millis(row["effective_at"]),
                draft=row["draft"],
                scheduled_at=row["scheduled_at"] and from_millis(row["scheduled_at"]),
                revision=row["revision"],
                updated_at=from_millis(row["updated_at"]),
                figures=wire.ArticleFigures(**figures[row["id"]]),
            )
            for row in shown
        ],
        categories=queries.categories(tx, sites),
        cursor=cursor.written(shown[-1]["updated_at"], shown[-1]["id"]) if len(rows) > command.limit else None,
    )


def article(tx: Tx, who: Who, command: wire.OfArticle, now: datetime) -> wire.ArticleValue:
    return _value(tx, who, visible(tx, who, command.article_id))


def compare_versions(tx: Tx, who: Who, command: wire.CompareVersions, now: datetime) -> wire.VersionDiff:
    found = {version.number: version for version in queries.versions(tx, visible(tx, who, command.article_id).id)}
    if command.older not in found or command.newer not in found:
        raise NotFound("There is no such version.")
    older, newer = found[command.older], found[command.newer]
    return wire.VersionDiff(
        question=_lines([older.question], [newer.question]),
        phrasings=_lines(older.phrasings, newer.phrasings),
        answer=_lines(older.answer.splitlines(), newer.answer.splitlines()),
    )


def _lines(older: list[str], newer: list[str]) -> list[wire.DiffLine]:
    return [wire.DiffLine(op=op, text=text) for op, text in diff(older, newer)]


# -- writing ------------------------------------------------------------------------------------------------------


def save_article(tx: Tx, who: Who, command: wire.SaveArticle, now: datetime) -> wire.ArticleValue:
    """Writes the draft, made if there is none; handed in for review it becomes a draft again.

    Raises Conflict `changed` when somebody was faster, `slug_taken` when there is another article of that name.
    """
    access.check_serves(tx, who, command.sites)
    texts = command.model_dump(include=set(TEXTS))
    texts["phrasings"] = check_text(command.question, command.phrasings, command.answer)
    found = _new(tx, command, now) if command.article_id is None else _to_change(tx, who, command.article_id)
    if command.article_id is not None:
        _check_revision(found, command.revision)
        if (command.slug, command.locale, command.kind) != (found.slug, found.locale, found.kind):
            raise Invalid("An article keeps its slug, its language and its kind. Write another one.")
    draft = _draft(tx, found)
    if draft is None:
        draft = _begin(tx, who, found, texts, now)
    for name, value in texts.items():
        setattr(draft, name, value)
    draft.state, draft.author_id, draft.updated_at = VersionState.DRAFT, who.id or None, now
    if found.version == 0:  # lists call it by its draft
        found.question, found.category, found.sites = draft.question, draft.category, draft.sites
    return _changed(tx, who, found, now, "article_saved", number=draft.number)


def _new(tx: Tx, command: wire.SaveArticle, now: datetime) -> Article:
    _check_slug(command.slug)
    earlier = queries.by_slug(tx, command.slug, command.locale)
    if earlier and (earlier.version or any(one.state in VISIBLE for one in queries.versions(tx, earlier.id))):
        raise Conflict("There is an article of this name in this language already.", code="slug_taken")
    if earlier:  # its only draft was dropped
        earlier.kind = command.kind
        return earlier
    found = Article(
        slug=command.slug,
        locale=command.locale,
        kind=command.kind,
        sites=command.sites,
        category=command.category,
        question=command.question,
        answer="",
        version=0,
        published=False,
        updated_at=now,
    )
    tx.session.add(found)
    tx.session.flush()
    return found


def _check_slug(slug: str) -> None:
    if slug in RESERVED:
        raise Invalid(f"The support centre has a page {slug} of its own. Choose another name.")


def _begin(tx: Tx, who: Who, found: Article, texts: dict[str, Any], now: datetime) -> ArticleVersion:
    number = max((version.number for version in queries.versions(tx, found.id)), default=0) + 1
    draft = ArticleVersion(
        article_id=found.id,
        number=number,
        state=VersionState.DRAFT,
        **texts,
        author_id=who.id or None,
        created_at=now,
        updated_at=now,
    )
    tx.session.add(draft)
    return draft


def submit_article(tx: Tx, who: Who, command: wire.OfDraft, now: datetime) -> wire.ArticleValue:
    """Hands the draft in; who publishes looks at it first."""
    found, draft = _drafted(tx, who, command, "submit")
    draft.state, draft.returned, draft.updated_at = VersionState.REVIEW, None, now
    return _changed(tx, who, found, now, "article_submitted", number=draft.number)


def return_article(tx: Tx, who: Who, command: wire.ReturnArticle, now: datetime) -> wire.ArticleValue:
    """Gives what was handed in back to who wrote it, with the reason."""
    found, draft = _drafted(tx, who, command, "return")
    draft.state, draft.returned, draft.reviewer_id = VersionState.DRAFT, command.reason, who.id or None
    draft.updated_at = now
    return _changed(tx, who, found, now, "article_returned", number=draft.number)


def publish_article(tx: Tx, who: Who, command: wire.PublishArticle, now: datetime) -> wire.ArticleValue:
    """Brings the draft into force, now or from `effective_at` on.

    Raises Conflict `scheduled` while another version waits for its date: what would be in force then is its text.
    """
    found, draft = _drafted(tx, who, command, "publish")
    if any(version.state == VersionState.SCHEDULED for version in queries.versions(tx, found.id)):
        raise Conflict("Another version waits for its date. Drop that one first.", code="scheduled")
    if command.effective_at and command.effective_at <= now:
        raise Invalid("That moment has passed. Leave it out to publish now.")
    draft.reviewer_id, draft.returned, draft.updated_at = who.id or None, None, now
    draft.effective_at = command.effective_at or now
    if command.effective_at:
        draft.state = VersionState.SCHEDULED
    else:
        _take_effect(tx, found, draft, now)
    return _changed(tx, who, found, now, "article_published", number=draft.number)


def drop_draft(tx: Tx, who: Who, command: wire.OfDraft, now: datetime) -> wire.ArticleValue:
    """Drops the draft, or where there is none the version that waits for its date, which takes a supervisor."""
    found = _to_change(tx, who, command.article_id)
    _check_revision(found, command.revision)
    versions = queries.versions(tx, found.id)
    dropped = next((version for version in versions if version.state in WORKED_ON), None) or next(
        (version for version in versions if version.state == VersionState.SCHEDULED), None
    )
    check_move("drop", dropped.state if dropped else None)
    assert dropped is not None
    if dropped.state == VersionState.SCHEDULED:
        access.check_role(tx, who, "supervisor")
    dropped.state, dropped.updated_at = VersionState.DROPPED, now
    return _changed(tx, who, found, now, "article_dropped", number=dropped.number)


def withdraw_article(tx: Tx, who: Who, command: wire.OfDraft, now: datetime) -> wire.ArticleValue:
    """Takes an article out of force, and what waits for its date with it. Raises Conflict when it is not in force."""
    found = _to_change(tx, who, command.article_id)
    _check_revision(found, command.revision)
    if not found.published:
        raise Conflict("This article is not in force.", code="not_in_force")
    found.published, found.updated_at = False, now
    for version in queries.versions(tx, found.id):
        if version.state in (VersionState.IN_FORCE, VersionState.SCHEDULED):
            was = version.state
            version.state = VersionState.SUPERSEDED if was == VersionState.IN_FORCE else VersionState.DROPPED
            version.updated_at = now
    return _changed(tx, who, found, now, "article_withdrawn", number=found.version)


def learn(tx: Tx, who: Who, found: Article, phrasing: str, now: datetime) -> None:
    """Puts a phrasing into the draft, which begins as what is in force; it stays with who publishes whether it is used.

    Raises Forbidden for an article of a site that the agent does not serve.
    """
    access.check_serves(tx, who, found.sites)
    draft = _draft(tx, found) or _begin(tx, who, found, {name: getattr(found, name) for name in TEXTS}, now)
    draft.phrasings = check_text(draft.question, [*draft.phrasings, phrasing], draft.answer)
    draft.updated_at = now
    found.revision += 1
    tx.session.flush()


# -- from files and into files ------------------------------------------------------------------------------------


def check_texts(tx: Tx, texts: list[wire.ArticleText], now: datetime) -> None:
    """Raises Invalid for an article that could not be taken, whatever becomes of the others."""
    there = set(_site_keys(tx, SYSTEM))
    for text in texts:
        name = f"{text.locale}/{text.slug}"
        _check_slug(text.slug)
        if strange := sorted(set(text.sites) - there):
            raise Invalid(f"{name}: there is no site {strange[0]}.")
        if (found := queries.by_slug(tx, text.slug, text.locale)) and found.version and found.kind != text.kind:
            raise Invalid(f"{name}: it is of the kind {found.kind}, and an article keeps its kind.")


def take_texts(tx: Tx, texts: list[wire.ArticleText], publish: bool, now: datetime) -> list[str]:
    """What became of each: new, changed, known (in force with these words), or busy: somebody is at another draft, or
    another version waits for its date.
    """
    return [_take_text(tx, text, publish, now) for text in texts]


def _take_text(tx: Tx, text: wire.ArticleText, publish: bool, now: datetime) -> str:
    found = queries.by_slug(tx, text.slug, text.locale)
    if found and found.published and _says(found, text):
        return "known"
    versions = queries.versions(tx, found.id) if found else []
    open_ones = [version for version in versions if version.state in VISIBLE]
    if any(one.state == VersionState.SCHEDULED or not _says(one, text) for one in open_ones):
        return "busy"
    is_new = found is None or not found.version
    same = {"article_id": found.id, "revision": found.revision} if found and (found.version or open_ones) else {}
    command = wire.SaveArticle.model_validate({**text.model_dump(), **same, "client_id": new_id()})
    saved = save_article(tx, SYSTEM, command, now).article
    if publish:
        publish_article(tx, SYSTEM, wire.PublishArticle(article_id=saved.id, revision=saved.revision), now)
    return "new" if is_new else "changed"


def _says(found: Article | ArticleVersion, text: wire.ArticleText) -> bool:
    told = text.model_dump(include=set(TEXTS))
    told["phrasings"] = check_text(text.question, text.phrasings, text.answer)
    return all(getattr(found, name) == value for name, value in told.items())


def texts_in_force(tx: Tx, now: datetime) -> list[wire.ArticleText]:
    names = {"slug", "locale", "kind", *TEXTS}
    return [wire.ArticleText(**found.model_dump(include=names)) for found in knowledge.published(tx)]


# -- what takes effect --------------------------------------------------------------------------------------------


def take_effect(tx: Tx, now: datetime) -> int:
    """Brings into force what waited for a date that has come. Gives how many that was."""
    ids = queries.due(tx, now, AT_ONCE)
    for article_id in sorted(ids):
        found = queries.held(tx, article_id)
        due = [version for version in queries.versions(tx, article_id) if version.state == VersionState.SCHEDULED]
        if found and due and due[0].effective_at and due[0].effective_at <= now:
            _take_effect(tx, found, due[0], now)
            found.revision += 1
            audit.record(tx, SYSTEM, now, "article_in_force", "article", found.id, number=due[0].number)
    return len(ids)


is_any_due = queries.is_any_due


def _take_effect(tx: Tx, found: Article, version: ArticleVersion, now: datetime) -> None:
    for other in queries.versions(tx, found.id):
        if other.state == VersionState.IN_FORCE:
            other.state = VersionState.SUPERSEDED
    version.state = VersionState.IN_FORCE
    for name in TEXTS:
        setattr(found, name, getattr(version, name))
    found.version, found.published, found.effective_at = version.number, True, version.effective_at
    found.updated_at = now


# -- whose it is --------------------------------------------------------------------------------------------------


def _site_keys(tx: Tx, who: Who) -> list[str]:
    return [site.key for site in access.sites_of(tx, who)]


def visible(tx: Tx, who: Who, article_id: str) -> Article:
    """One of the agent's sites or of all sites. Raises NotFound."""
    found = queries.held(tx, article_id)
    if found is None or (found.sites and not set(found.sites) & set(_site_keys(tx, who))):
        raise NotFound("There is no such article.")
    return found


def _to_change(tx: Tx, who: Who, article_id: str) -> Article:
    """One that only concerns sites the agent serves, or all. Raises NotFound, Forbidden."""
    found = visible(tx, who, article_id)
    access.check_serves(tx, who, found.sites)
    return found


def _drafted(tx: Tx, who: Who, command: wire.OfDraft, move: str) -> tuple[Article, ArticleVersion]:
    found = _to_change(tx, who, command.article_id)
    _check_revision(found, command.revision)
    draft = _draft(tx, found)
    check_move(move, draft.state if draft else None)
    assert draft is not None
    return found, draft


def _draft(tx: Tx, found: Article) -> ArticleVersion | None:
    return next((version for version in queries.versions(tx, found.id) if version.state in WORKED_ON), None)


def _check_revision(found: Article, revision: int) -> None:
    if found.revision != revision:
        raise Conflict("Somebody changed this article meanwhile. Look again.", code="changed")


def _changed(tx: Tx, who: Who, found: Article, now: datetime, what: str, **data: Any) -> wire.ArticleValue:
    found.revision += 1
    tx.session.flush()
    audit.record(tx, who, now, what, "article", found.id, **data)
    return _value(tx, who, found)


# -- shapes -------------------------------------------------------------------------------------------------------


def _value(tx: Tx, who: Who, found: Article) -> wire.ArticleValue:
    versions = queries.versions(tx, found.id)
    names = people.agent_names(tx, {id for one in versions for id in (one.author_id, one.reviewer_id) if id})
    draft = next((version.state for version in versions if version.state in WORKED_ON), None)
    scheduled = next((one.effective_at for one in versions if one.state == VersionState.SCHEDULED), None)
    shown = found.model_dump(exclude={"phrasings", "answer", "note"})
    return wire.ArticleValue(
        article=wire.Article(
            **shown,
            draft=draft,
            scheduled_at=scheduled,
            figures=wire.ArticleFigures(**queries.figures(tx, [found.id])[found.id]),
        ),
        versions=[_version(version, names) for version in versions],
        translations=[
            wire.Translation(article_id=other.id, locale=other.locale, published=other.published, version=other.version)
            for other in queries.translations(tx, found, _site_keys(tx, who))
        ],
    )


def _version(version: ArticleVersion, names: dict[str, str]) -> wire.ArticleVersion:
    shown = version.model_dump(exclude={"id", "article_id", "author_id", "reviewer_id"})
    return wire.ArticleVersion(
        **shown, author=_person(version.author_id, names), reviewer=_person(version.reviewer_id, names)
    )


def _person(agent_id: str | None, names: dict[str, str]) -> wire.Person | None:
    return wire.Person(id=agent_id, name=names.get(agent_id, "")) if agent_id else None
