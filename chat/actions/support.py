"""The support centre: what a visitor of a site finds there, finds useful, and writes to the desk without a chat.

Nobody is signed in here. An article is shown in the visitor's language, or where it has none in the other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from itertools import groupby
from typing import Any, get_args
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import conversations as talk
from chat.actions import desk, hours, people, ticket_kinds
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import Answer, Question, Ranking, Suggest
from chat.domain import articles, calendar, calendar_document
from chat.domain.calendar import Calendar
from chat.errors import NotFound
from chat.store import Tx
from chat.store.queries import knowledge, receipts
from chat.store.queries import people as stored_people
from chat.store.queries import support as queries
from chat.store.tables import Site, from_millis
from chat.store.tx import Row

FOUND = 20  # results of one search
LIKELY = 0.1  # what the matcher gives less confidence is not worth a visitor's look
RELATED = 6
ON_EACH = 6  # articles of a category where all categories are shown
ON_A_PAGE = 500  # articles
POLICIES = 50
# Articles of one sitemap. Its protocol allows far more, but anybody may ask for one, and nobody else is answered while
# it is written: some hundredths of a second.
ON_A_MAP = 500
CHAT: dict[str, Any] = {"kind": "chat"}  # how a site is reached that says nothing of it


def sites(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.SupportSites:
    return wire.SupportSites(sites=[_site(site) for site in stored_people.every_site(tx)])


def home(tx: Tx, who: Who, command: wire.SupportShelf, now: datetime) -> wire.SupportHome:
    """The first articles of every category, or all of one."""
    site = _at(tx, command)
    if command.category is None:
        rows = queries.shelves(tx, site.key, command.locale, ON_EACH)
        counts = {row["category"]: row["on_shelf"] for row in rows}
    else:
        rows = queries.listed(tx, site.key, command.locale, kind="article", category=command.category, limit=ON_A_PAGE)
        counts = {command.category: len(rows)}
    articles = [wire.SupportLink(**_link(row)) for row in rows]
    return wire.SupportHome(**_page(tx, site, command.locale, now), articles=articles, counts=counts)


# -- searching ----------------------------------------------------------------------------------------------------


def question(tx: Tx, who: Who, command: wire.SupportSearch, now: datetime) -> Question:
    site = _at(tx, command)
    return Question(command.text, command.locale, desk.is_open(tx, site, now), knowledge.only_for(tx, site.key))


def search(tx: Tx, who: Who, command: wire.SupportSearch, ranking: Ranking, now: datetime) -> wire.SupportResults:
    """What has the very words in its title, then what the bot thinks of, then what has some of the words. Policies,
    which the bot never learned, are found by words alone.
    """
    site = _at(tx, command)
    likely = [each.slug for each in knowledge.published_articles(tx, tuple(dict.fromkeys(_likely(ranking))))]
    found = _containing(tx, site, command)
    titled = [row["slug"] for row in found if row["titled"] and not _is_called(row, command)]
    titled.sort(key=lambda slug: likely.index(slug) if slug in likely else len(likely))
    titled = [*(row["slug"] for row in found if _is_called(row, command)), *titled]
    return _results(tx, site, [*titled, *likely, *(row["slug"] for row in found)], command, now)


def find(tx: Tx, who: Who, command: wire.SupportSearch, now: datetime) -> wire.SupportResults:
    """What has the words, for when there is no bot to ask."""
    site = _at(tx, command)
    found = _containing(tx, site, command)
    found.sort(key=lambda row: (not _is_called(row, command), not row["titled"]))
    return _results(tx, site, [row["slug"] for row in found], command, now)


def _likely(ranking: Ranking) -> list[str]:
    match ranking.decision:
        case Answer(article_id):
            chosen: tuple[str, ...] = (article_id,)
        case Suggest(article_ids):
            chosen = article_ids
        case _:
            chosen = ()
    return [*chosen, *(each.article_id for each in ranking.articles if each.confidence >= LIKELY)]


def _is_called(row: Row, command: wire.SupportSearch) -> bool:
    return articles.spelling(row["question"]) == articles.spelling(command.text)


def _containing(tx: Tx, site: Site, command: wire.SupportSearch) -> list[Row]:
    """The best first; what has the words in the visitor's language before what has them in another one."""
    found = queries.containing(tx, site.key, articles.terms(command.text), 2 * FOUND)
    return sorted(found, key=lambda row: row["locale"] != command.locale)


def _results(tx: Tx, site: Site, found: list[str], command: wire.SupportSearch, now: datetime) -> wire.SupportResults:
    """Each article once, in the visitor's language where it has it, whichever was found."""
    slugs = list(dict.fromkeys(found))
    listed = queries.listed(tx, site.key, command.locale, slugs=slugs, limit=len(slugs))
    shown = {row["slug"]: row for row in listed}  # one that was ranked may be another site's
    rows = [shown[slug] for slug in slugs if slug in shown][:FOUND]
    return wire.SupportResults(
        **_page(tx, site, command.locale, now),
        results=[wire.SupportResult(**_link(row), excerpt=row["excerpt"]) for row in rows],
    )


# -- in the window ------------------------------------------------------------------------------------------------


def question_of_customer(tx: Tx, who: Who, command: wire.HelpSearch, now: datetime) -> Question:
    return question(tx, who, _of_customer(tx, who, command.locale, command.text), now)


def search_help(tx: Tx, who: Who, command: wire.HelpSearch, ranking: Ranking, now: datetime) -> wire.HelpResults:
    found = search(tx, who, _of_customer(tx, who, command.locale, command.text), ranking, now)
    return wire.HelpResults(results=found.results)


def find_help(tx: Tx, who: Who, command: wire.HelpFind, now: datetime) -> wire.HelpResults:
    return offered(tx, who, stored_people.site(tx, who.site_id), command.locale, command.text or "", now)


def offered(tx: Tx, who: Who, site: Site, locale: wire.Locale, text: str, now: datetime) -> wire.HelpResults:
    """The site's articles, or those that have the words of a text, in that language where they have it."""
    spoken = _spoken(site, locale)
    if text:
        search = wire.SupportSearch(site=site.key, locale=spoken, text=text)
        return wire.HelpResults(results=find(tx, who, search, now).results)
    rows = queries.listed(tx, site.key, spoken, kind="article", limit=ON_A_PAGE)
    listed = sorted(rows, key=lambda row: str(row["category"]))
    return wire.HelpResults(results=[wire.SupportResult(**_link(row), excerpt="") for row in listed])


def read_help(tx: Tx, who: Who, command: wire.HelpOne, now: datetime) -> wire.HelpArticle:
    """Raises NotFound for one that is not in force here."""
    text, path = in_force(tx, stored_people.site(tx, who.site_id), command.locale, command.slug)
    return wire.HelpArticle(article=text, path=path)


def in_force(tx: Tx, site: Site, locale: wire.Locale, slug: str) -> tuple[wire.SupportText, str]:
    """The article and the path of its page. Raises NotFound for one that is not in force at this site."""
    spoken = _spoken(site, locale)
    text = _text(_named(tx, site, wire.SupportOne(site=site.key, locale=spoken, slug=slug))[0])
    shelf = "policies/" if text.kind == "policy" else ""
    return text, f"/help/{site.key}/{spoken}/{shelf}{text.slug}"


def _of_customer(tx: Tx, who: Who, locale: wire.Locale, text: str) -> wire.SupportSearch:
    site = stored_people.site(tx, who.site_id)
    return wire.SupportSearch(site=site.key, locale=_spoken(site, locale), text=text)


def _spoken(site: Site, locale: wire.Locale) -> wire.Locale:
    """The customer's language, where the site speaks it."""
    spoken = _locales(site)
    return locale if locale in spoken or not spoken else spoken[0]


# -- reading ------------------------------------------------------------------------------------------------------


def article(tx: Tx, who: Who, command: wire.SupportOne, now: datetime) -> wire.SupportArticle:
    """Raises NotFound for one that is not in force here. A policy is given too; it has a page of its own."""
    site = _at(tx, command)
    found, locales = _named(tx, site, command)
    beside = queries.listed(tx, site.key, command.locale, kind="article", category=found["category"], limit=RELATED + 1)
    related = [wire.SupportLink(**_link(row)) for row in beside if row["slug"] != found["slug"]]
    return wire.SupportArticle(
        **_page(tx, site, command.locale, now),
        article=_text(found),
        locales=locales,
        related=related[:RELATED],
        voted=queries.vote(tx, found["id"], _voter(tx, command, found, now)) if command.visitor else None,
    )


def vote(tx: Tx, who: Who, command: wire.CastVote, now: datetime) -> wire.Nothing:
    """A visitor has one vote a day for each article, and may change it. Raises NotFound for a policy."""
    found, _ = _named(tx, _at(tx, command), command)
    if found["kind"] != "article":
        raise NotFound("There is no such article.")
    queries.keep_vote(tx, found["id"], _voter(tx, command, found, now), found["version"], command.helpful, now)
    return wire.Nothing()


def _voter(tx: Tx, command: wire.SupportOne, found: dict[str, Any], now: datetime) -> str:
    """Another one each day: an address belongs to somebody else tomorrow, and nobody can be followed by it."""
    return tx.keys.blinded(f"{now:%Y-%m-%d} {command.visitor}", of=found["id"])


def policy(tx: Tx, who: Who, command: wire.SupportVersion, now: datetime) -> wire.SupportPolicy:
    """Raises NotFound for a version that never was in force here and is not to come."""
    site = _at(tx, command)
    found, locales = _named(tx, site, command)
    versions = queries.versions(tx, site.key, found["id"])
    text = _text(found)
    if command.version is not None:
        chosen = next((version for version in versions if version["number"] == command.version), None)
        if chosen is None:
            raise NotFound("There is no such version.")
        text = _text(found | dict(chosen) | {"version": chosen["number"]})
    if text.kind != "policy":
        raise NotFound("There is no such policy.")
    return wire.SupportPolicy(
        **_page(tx, site, command.locale, now),
        article=text,
        locales=locales,
        versions=[
            wire.PolicyVersion(
                number=version["number"],
                state=version["state"],
                effective_at=_moment(version["effective_at"]),
                note=version["note"],
            )
            for version in versions
        ],
    )


def kinds(tx: Tx, who: Who, command: wire.SupportAt, now: datetime) -> wire.SupportKinds:
    """What one may apply for."""
    site = _at(tx, command)
    offered = ticket_kinds.case_kinds(tx, who, wire.NoInput(), now).kinds
    return wire.SupportKinds(**_page(tx, site, command.locale, now), kinds=offered)


def maps(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.SupportMaps:
    """Where each sitemap begins, of every site."""
    found: list[wire.SupportMapPart] = []
    for site in stored_people.every_site(tx):
        starts = queries.every(tx, site.key, ON_A_MAP)[1:]  # the first begins with the first page
        found += [wire.SupportMapPart(site=site.key, start=start) for start in (None, *starts)]
    return wire.SupportMaps(maps=found)


def places(tx: Tx, who: Who, command: wire.SupportMapPart, now: datetime) -> wire.SupportMap:
    """The pages of one sitemap."""
    site = _site_of(tx, command.site)
    found: list[wire.SupportPlace] = []
    if command.start is None:
        found.append(wire.SupportPlace(path="", locales=_locales(site)))
    in_force = [
        row for row in queries.places(tx, site.key, command.start or "", ON_A_MAP) if row["locale"] in site.locales
    ]
    if not found and not in_force:
        raise NotFound("There is no such map.")
    for slug, group in groupby(in_force, key=lambda row: str(row["slug"])):
        rows = list(group)
        path = f"/policies/{slug}" if rows[0]["kind"] == "policy" else f"/{slug}"
        updated_at = from_millis(max(row["updated_at"] for row in rows))
        found.append(wire.SupportPlace(path=path, locales=[row["locale"] for row in rows], updated_at=updated_at))
    return wire.SupportMap(places=found)


# -- writing ------------------------------------------------------------------------------------------------------


def leave_message(tx: Tx, who: Who, command: wire.SupportMessage, now: datetime) -> wire.SupportPromise:
    """Somebody new leaves a message for the agents, as they would in the window. Raises Invalid `no_contact`."""
    site = _at(tx, command)
    customer = people.new_customer(tx, site, command.locale, now)
    visitor = Who(Caller.CUSTOMER, customer.id, site_id=site.id)
    form = {"order_number": command.order_number} if command.order_number else None
    begun = wire.Start(topic=command.topic, locale=command.locale, form=form)
    conversation_id = talk.begin_to_leave_message(tx, customer, site, begun, now)
    contact = command.model_dump(include={"client_id", "body", "name", "email", "phone"})
    left = talk.leave_message(tx, visitor, wire.LeaveMessage(conversation_id=conversation_id, **contact), now)
    return wire.SupportPromise(by="email" if command.email else "phone", reply_by=left.conversation.reply_by)


def promised(tx: Tx, who: Who, command: wire.SupportSent, now: datetime) -> wire.SupportPromised:
    """What was promised to who left the message with this `client_id`. Raises NotFound."""
    site = _at(tx, command)
    kept = receipts.receipt(tx, who.id, command.message)
    if kept is None or kept["command"] != "leave_message":
        raise NotFound("There is no such message.")
    return wire.SupportPromised(
        **_page(tx, site, command.locale, now),
        promise=wire.SupportPromise.model_validate_json(kept["answer"]),
    )


# -- parts of a page ----------------------------------------------------------------------------------------------


def _at(tx: Tx, command: wire.SupportAt) -> Site:
    site = _site_of(tx, command.site)
    if command.locale not in site.locales:
        raise NotFound("There is no such page.")
    return site


def _site_of(tx: Tx, key: str) -> Site:
    site = stored_people.site_by_key(tx, key)
    if site is None:
        raise NotFound("There is no such page.")
    return site


def _page(tx: Tx, site: Site, locale: str, now: datetime) -> dict[str, Any]:
    policies = queries.listed(tx, site.key, locale, kind="policy", limit=POLICIES)
    return {
        "site": _site(site),
        "desk": desk.desk_of(tx, site, now),
        "opening": _opening(hours.calendar_of(site), now + tx.desk_offset),
        "ways": [_way(site, given, now + tx.desk_offset) for given in site.channels or [CHAT]],
        "policies": [wire.SupportLink(**_link(row)) for row in policies],
    }


def _site(site: Site) -> wire.SupportSite:
    return wire.SupportSite(key=site.key, names=site.name, locales=_locales(site))


def _locales(site: Site) -> list[wire.Locale]:
    return [locale for locale in get_args(wire.Locale) if locale in site.locales]


def _way(site: Site, given: dict[str, Any], at: datetime) -> wire.Way:
    theirs, own = hours.calendar_of(site), given.get("hours")
    if own is not None:
        theirs = calendar_document.parse({"zone": theirs.zone, "weekly": own})
    return wire.Way(**given, opening=_opening(theirs, at), own=own is not None)


def _opening(theirs: Calendar, at: datetime) -> wire.OpeningHours:
    zone = ZoneInfo(theirs.zone)
    today = at.astimezone(zone).date()
    midnight = calendar.first_showing(zone, datetime.combine(today, time.min))
    tomorrow = calendar.midnight_after(theirs, at)
    beyond = calendar.midnight_after(theirs, tomorrow)  # until when late hours of today run on
    is_open = calendar.is_open(theirs, at)
    version = calendar.version_on(theirs, today)
    return wire.OpeningHours(
        open=is_open,
        today=[
            wire.Stretch(opens=opens, closes=closes)
            for opens, closes in calendar.stretches(theirs, midnight, beyond)
            if opens < tomorrow
        ],
        opens_at=calendar.next_opening(theirs, at),
        closes_at=calendar.next_closing(theirs, at) if is_open else None,
        weekly={
            calendar_document.WEEKDAYS[day]: calendar_document.pairs(intervals)
            for day, intervals in sorted(version.weekly.items() if version else ())
            if intervals
        },
    )


def _by_slug(rows: Iterable[Row], locale: str) -> dict[str, Row]:
    """Each article in this language, or else in another."""
    found: dict[str, Row] = {}
    for row in rows:
        if row["slug"] not in found or row["locale"] == locale:
            found[row["slug"]] = row
    return found


def _link(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("slug", "locale", "kind", "category", "question")}
    return told | {"effective_at": _moment(row["effective_at"]), "coming_at": _moment(row["coming_at"])}


def _named(
    tx: Tx, site: Site, command: wire.SupportOne | wire.SupportVersion
) -> tuple[dict[str, Any], list[wire.Locale]]:
    """The article in that language, or else in another; and which it has. Raises NotFound."""
    rows = [row for row in queries.named(tx, site.key, command.slug) if row["locale"] in site.locales]
    found = _by_slug(rows, command.locale).get(command.slug)
    if found is None:
        raise NotFound("There is no such article.")
    return dict(found), sorted((row["locale"] for row in rows), reverse=True)


def _text(row: dict[str, Any]) -> wire.SupportText:
    told = {name: row[name] for name in wire.SupportText.model_fields if name in row and name != "effective_at"}
    return wire.SupportText(**told, effective_at=_moment(row["effective_at"]))


def _moment(millis: int | None) -> datetime | None:
    return from_millis(millis) if millis is not None else None
