"""The support centre: what a visitor of a site finds there, finds useful, and writes to the desk without a chat.

Nobody is signed in here. An article is shown in the visitor's language, or where it has none in the other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from chat import wire
from chat.actions import conversations as talk
from chat.actions import desk, hours, people, ticket_kinds
from chat.actions.access import Caller, Who
from chat.actions.bot import Answer, Question, Ranking, Suggest
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
CHAT: dict[str, Any] = {"kind": "chat"}  # how a site is reached that says nothing of it


def sites(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.SupportSites:
    return wire.SupportSites(sites=[_site(site) for site in stored_people.every_site(tx)])


def home(tx: Tx, who: Who, command: wire.SupportAt, now: datetime) -> wire.SupportHome:
    site = _at(tx, command)
    links = _links(queries.listed(tx, site.key), command.locale)
    return wire.SupportHome(**_page(tx, site, links, now), articles=_of_kind("article", links))


# -- searching ----------------------------------------------------------------------------------------------------


def question(tx: Tx, who: Who, command: wire.SupportSearch, now: datetime) -> Question:
    site = _at(tx, command)
    return Question(command.text, command.locale, desk.is_open(tx, site, now), knowledge.only_for(tx, site.key))


def search(tx: Tx, who: Who, command: wire.SupportSearch, ranking: Ranking, now: datetime) -> wire.SupportResults:
    """What the bot thinks of, and then what has the words: policies, which the bot never learned, are found by them."""
    site = _at(tx, command)
    listed = queries.listed(tx, site.key)
    by_id = {row["id"]: row for row in listed}
    ranked = [by_id[article_id] for article_id in _likely(ranking) if article_id in by_id]
    return _results(tx, site, listed, [*ranked, *_containing(tx, site, command)], command, now)


def find(tx: Tx, who: Who, command: wire.SupportSearch, now: datetime) -> wire.SupportResults:
    """What has the words, for when there is no bot to ask."""
    site = _at(tx, command)
    return _results(tx, site, queries.listed(tx, site.key), _containing(tx, site, command), command, now)


def _likely(ranking: Ranking) -> list[str]:
    match ranking.decision:
        case Answer(article_id):
            chosen: tuple[str, ...] = (article_id,)
        case Suggest(article_ids):
            chosen = article_ids
        case _:
            chosen = ()
    return [*chosen, *(each.article_id for each in ranking.articles if each.confidence >= LIKELY)]


def _containing(tx: Tx, site: Site, command: wire.SupportSearch) -> list[Row]:
    return queries.containing(tx, site.key, articles.terms(command.text), 2 * FOUND)


def _results(
    tx: Tx, site: Site, listed: list[Row], found: list[Row], command: wire.SupportSearch, now: datetime
) -> wire.SupportResults:
    """An article once, in the visitor's language where it has it, whichever was found."""
    shown = _by_slug(listed, command.locale)
    slugs = list(dict.fromkeys(row["slug"] for row in found))[:FOUND]
    return wire.SupportResults(
        **_page(tx, site, _links(listed, command.locale), now),
        results=[wire.SupportResult(**_link(shown[slug]), excerpt=shown[slug]["excerpt"]) for slug in slugs],
    )


# -- in the window ------------------------------------------------------------------------------------------------


def question_of_customer(tx: Tx, who: Who, command: wire.HelpSearch, now: datetime) -> Question:
    return question(tx, who, _of_customer(tx, who, command.locale, command.text), now)


def search_help(tx: Tx, who: Who, command: wire.HelpSearch, ranking: Ranking, now: datetime) -> wire.HelpResults:
    found = search(tx, who, _of_customer(tx, who, command.locale, command.text), ranking, now)
    return wire.HelpResults(results=found.results)


def find_help(tx: Tx, who: Who, command: wire.HelpFind, now: datetime) -> wire.HelpResults:
    if command.text:
        found = find(tx, who, _of_customer(tx, who, command.locale, command.text), now)
        return wire.HelpResults(results=found.results)
    site = stored_people.site(tx, who.site_id)
    shown = _by_slug(queries.listed(tx, site.key), _spoken(site, command.locale)).values()
    listed = sorted((row for row in shown if row["kind"] == "article"), key=lambda row: str(row["category"]))
    return wire.HelpResults(results=[wire.SupportResult(**_link(row), excerpt="") for row in listed])


def read_help(tx: Tx, who: Who, command: wire.HelpOne, now: datetime) -> wire.HelpArticle:
    """Raises NotFound for one that is not in force here."""
    site = stored_people.site(tx, who.site_id)
    locale = _spoken(site, command.locale)
    text = _text(_named(tx, site, wire.SupportOne(site=site.key, locale=locale, slug=command.slug))[0])
    shelf = "policies/" if text.kind == "policy" else ""
    return wire.HelpArticle(article=text, path=f"/help/{site.key}/{locale}/{shelf}{text.slug}")


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
    links = _links(queries.listed(tx, site.key), command.locale)
    beside = [link for link in _of_kind("article", links) if link.category == found["category"]]
    return wire.SupportArticle(
        **_page(tx, site, links, now),
        article=_text(found),
        locales=locales,
        related=[link for link in beside if link.slug != found["slug"]][:RELATED],
        voted=queries.vote(tx, found["id"], _voter(tx, command, found)) if command.visitor else None,
    )


def vote(tx: Tx, who: Who, command: wire.CastVote, now: datetime) -> wire.Nothing:
    """A visitor has one vote for each article, and may change it. Raises NotFound for a policy."""
    found, _ = _named(tx, _at(tx, command), command)
    if found["kind"] != "article":
        raise NotFound("There is no such article.")
    queries.keep_vote(tx, found["id"], _voter(tx, command, found), found["version"], command.helpful, now)
    return wire.Nothing()


def _voter(tx: Tx, command: wire.SupportOne, found: Row) -> str:
    return tx.keys.blinded(command.visitor, of=found["id"])


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
        **_page(tx, site, _links(queries.listed(tx, site.key), command.locale), now),
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
    return wire.SupportKinds(
        **_page(tx, site, _links(queries.listed(tx, site.key), command.locale), now), kinds=offered
    )


def places(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.SupportMap:
    """Every page of every site that may be found by searching."""
    found = []
    for site in stored_people.every_site(tx):
        found.append(wire.SupportPlace(site=site.key, path="", locales=_locales(site)))
        by_slug: dict[str, list[Row]] = {}
        for row in queries.listed(tx, site.key):
            if row["locale"] in site.locales:
                by_slug.setdefault(row["slug"], []).append(row)
        for slug, rows in sorted(by_slug.items()):
            path = f"/policies/{slug}" if rows[0]["kind"] == "policy" else f"/{slug}"
            updated_at = from_millis(max(row["updated_at"] for row in rows))
            locales = [row["locale"] for row in rows]
            found.append(wire.SupportPlace(site=site.key, path=path, locales=locales, updated_at=updated_at))
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
        **_page(tx, site, _links(queries.listed(tx, site.key), command.locale), now),
        promise=wire.SupportPromise.model_validate_json(kept["answer"]),
    )


# -- parts of a page ----------------------------------------------------------------------------------------------


def _at(tx: Tx, command: wire.SupportAt) -> Site:
    site = stored_people.site_by_key(tx, command.site)
    if site is None or command.locale not in site.locales:
        raise NotFound("There is no such page.")
    return site


def _page(tx: Tx, site: Site, links: list[wire.SupportLink], now: datetime) -> dict[str, Any]:
    return {
        "site": _site(site),
        "desk": desk.desk_of(tx, site, now),
        "opening": _opening(hours.calendar_of(site), now + tx.desk_offset),
        "ways": [_way(site, given, now + tx.desk_offset) for given in site.channels or [CHAT]],
        "policies": _of_kind("policy", links),
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


def _links(rows: Iterable[Row], locale: str) -> list[wire.SupportLink]:
    return [wire.SupportLink(**_link(row)) for row in _by_slug(rows, locale).values()]


def _link(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("slug", "locale", "kind", "category", "question")}
    return told | {"effective_at": _moment(row["effective_at"]), "coming_at": _moment(row["coming_at"])}


def _of_kind(kind: str, links: list[wire.SupportLink]) -> list[wire.SupportLink]:
    return [link for link in links if link.kind == kind]


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
