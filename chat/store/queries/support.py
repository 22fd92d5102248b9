"""Articles in force as visitors of a site's support centre get them, and what they think of them."""

from __future__ import annotations

from datetime import datetime

from chat.store.queries.site_lists import naming
from chat.store.tables import to_millis
from chat.store.tx import Row, Tx

# Article `a` may be shown at a site; so may version `s` of it.
OF_SITE = "(a.sites = '[]' OR a.sites LIKE :site)"
OF_VERSION = "(s.sites = '[]' OR s.sites LIKE :site)"
LISTED = (
    "SELECT a.id, a.slug, a.locale, a.kind, a.category, a.question, a.effective_at, a.updated_at,"
    " substr(a.answer, 1, 600) AS excerpt, s.effective_at AS coming_at FROM article a"
    f" LEFT JOIN articleversion s ON s.article_id = a.id AND s.state = 'scheduled' AND {OF_VERSION}"
)
# Each article in force once: in the visitor's language, or where it has none in another one.
IN_LANGUAGE = (
    f"a.published AND {OF_SITE} AND (a.locale = :locale OR NOT EXISTS (SELECT 1 FROM article o WHERE o.slug = a.slug"
    f" AND o.locale = :locale AND o.published AND {OF_SITE.replace('a.', 'o.')}))"
)
LIKED = "(SELECT count(*) FROM (SELECT 1 FROM articlevote v WHERE v.article_id = a.id AND v.helpful LIMIT :most) AS n)"
COUNTED = 500  # votes of an article, on every page; beyond them one is as liked as the other
WEIGHTS = {"question": 4, "phrasings": 2, "answer": 1}.items()  # of a term found there


def listed(
    tx: Tx,
    site_key: str,
    locale: str,
    *,
    kind: str | None = None,
    category: str | None = None,
    slugs: list[str] | None = None,
    limit: int,
) -> list[Row]:
    """Those in force, each in this language or else in another; first those that helped most visitors, some hundred
    being enough.
    """
    values = {"kind": kind, "category": category, **{f"s{index}": slug for index, slug in enumerate(slugs or ())}}
    wanted = [f"a.{name} = :{name}" for name in ("kind", "category") if values[name] is not None]
    if slugs is not None:
        wanted.append(f"a.slug IN ({', '.join(f':s{index}' for index in range(len(slugs))) or 'NULL'})")
    return tx.rows(
        f"{LISTED} WHERE {' AND '.join([IN_LANGUAGE, *wanted])} ORDER BY {LIKED} DESC, a.slug, a.locale LIMIT :limit",
        site=naming(site_key),
        locale=locale,
        most=COUNTED,
        limit=limit,
        **{name: value for name, value in values.items() if value is not None},
    )


def shelves(tx: Tx, site_key: str, locale: str, on_each: int) -> list[Row]:
    """The first articles of each category as `listed` orders them, each with how many `on_shelf` there are."""
    return tx.rows(
        "SELECT * FROM (SELECT shelved.*, count(*) OVER (PARTITION BY category) AS on_shelf,"
        " row_number() OVER (PARTITION BY category ORDER BY liked DESC, slug, locale) AS place"
        f" FROM ({LISTED.replace(' FROM article a', f', {LIKED} AS liked FROM article a')}"
        f" WHERE {IN_LANGUAGE} AND a.kind = 'article') AS shelved) AS placed"
        " WHERE place <= :on_each ORDER BY category, place",
        site=naming(site_key),
        locale=locale,
        most=COUNTED,
        on_each=on_each,
    )


def every(tx: Tx, site_key: str, step: int) -> list[str]:
    """The names of the articles in force: the first, and from there on every `step`th."""
    rows = tx.rows(
        "SELECT slug FROM (SELECT slug, row_number() OVER (ORDER BY slug) AS place FROM"
        f" (SELECT DISTINCT a.slug FROM article a WHERE a.published AND {OF_SITE}) AS named) AS placed"
        " WHERE (place - 1) % :step = 0 ORDER BY slug",
        site=naming(site_key),
        step=step,
    )
    return [row["slug"] for row in rows]


def places(tx: Tx, site_key: str, start: str, limit: int) -> list[Row]:
    """So many articles in force from `start` on by their names, each in every language it has, as little of them as
    leads there.
    """
    return tx.rows(
        f"SELECT a.slug, a.locale, a.kind, a.updated_at FROM article a WHERE a.published AND {OF_SITE}"
        f" AND a.slug IN (SELECT DISTINCT a.slug FROM article a WHERE a.published AND {OF_SITE} AND a.slug >= :start"
        " ORDER BY a.slug LIMIT :limit) ORDER BY a.slug, a.locale",
        site=naming(site_key),
        start=start,
        limit=limit,
    )


def named(tx: Tx, site_key: str, slug: str) -> list[Row]:
    """The article of this name, whole, once for each language it has."""
    return tx.rows(
        f"SELECT a.* FROM article a WHERE a.published AND a.slug = :slug AND {OF_SITE}",
        slug=slug,
        site=naming(site_key),
    )


def versions(tx: Tx, site_key: str, article_id: str) -> list[Row]:
    """Newest first; only what was, is or will be in force there."""
    return tx.rows(
        "SELECT s.* FROM articleversion s WHERE s.article_id = :id"
        f" AND s.state IN ('scheduled', 'in_force', 'superseded') AND {OF_VERSION} ORDER BY s.number DESC",
        id=article_id,
        site=naming(site_key),
    )


def containing(tx: Tx, site_key: str, terms: list[str], limit: int) -> list[Row]:
    """Those that have at least half of the terms somewhere, the best first; `titled` when all of them stand in the
    question, or in its other phrasings.
    """
    if not terms:
        return []
    values = {f"t{index}": f"%{_escaped(term)}%" for index, term in enumerate(terms)}
    has = {
        name: [
            f"CASE WHEN lower(a.{field}) LIKE :{name} ESCAPE '!' THEN {weight} ELSE 0 END" for field, weight in WEIGHTS
        ]
        for name in values
    }
    score = " + ".join(case for cases in has.values() for case in cases)
    titled = " OR ".join(
        "(" + " AND ".join(f"lower(a.{field}) LIKE :{name} ESCAPE '!'" for name in values) + ")"
        for field in ("question", "phrasings")
    )
    hits = " + ".join(f"CASE WHEN {' + '.join(cases)} > 0 THEN 1 ELSE 0 END" for cases in has.values())
    more = f", {score} AS score, {hits} AS hits, ({titled}) AS titled FROM article a"
    return tx.rows(
        f"SELECT * FROM ({LISTED.replace(' FROM article a', more)}"
        f" WHERE a.published AND {OF_SITE}) found WHERE 2 * hits >= :half"
        " ORDER BY score DESC, slug, locale LIMIT :limit",
        half=len(terms),
        limit=limit,
        site=naming(site_key),
        **values,
    )


def vote(tx: Tx, article_id: str, voter: str) -> bool | None:
    """Whether it helped them; None when they have not said."""
    row = tx.row(
        "SELECT helpful FROM articlevote WHERE article_id = :id AND voter = :voter", id=article_id, voter=voter
    )
    return bool(row["helpful"]) if row else None


def keep_vote(tx: Tx, article_id: str, voter: str, version: int, helpful: bool, now: datetime) -> None:
    """Takes the place of what they said before."""
    tx.change(
        "INSERT INTO articlevote (article_id, voter, version, helpful, at)"
        " VALUES (:id, :voter, :version, :helpful, :at)"
        " ON CONFLICT (article_id, voter) DO UPDATE SET version = excluded.version, helpful = excluded.helpful,"
        " at = excluded.at",
        id=article_id,
        voter=voter,
        version=version,
        helpful=helpful,
        at=to_millis(now),
    )


def _escaped(text: str) -> str:
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return text
