"""How a site's desk works: its time limits, what it promises, and what it does about emergencies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chat import wire
from chat.actions import access, audit, desk, identity, ticket_kinds
from chat.actions.access import Who
from chat.domain import calendar_document, refund_policy, urgent
from chat.errors import Conflict, Invalid
from chat.store import Tx
from chat.store.tables import Site

# field -> the least and the most, and what the sentence calls it.
BOUNDS = {
    "answer_seconds": (10, 3_600, "The time to answer is {low} to {high} seconds."),
    "grace_seconds": (0, 3_600, "The grace time is {low} to {high} seconds."),
    "last_call_minutes": (0, 240, "The last call is {low} to {high} minutes before closing."),
    "promise_minutes": (5, 10_080, "An answer is promised within {low} to {high} minutes of opening time."),
    "reopen_hours": (0, 8_760, "A conversation can be opened again for {low} to {high} hours."),
}
MOST_WORDS, LONGEST_WORD = 100, 40
CHANNEL_VALUES: dict[str, tuple[TypeAdapter[str], str]] = {
    "email": (TypeAdapter(wire.Email), "needs an e-mail address"),
    "phone": (TypeAdapter(wire.Phone), "needs a number: digits, with spaces, brackets and hyphens between them"),
}
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{1,24}")


def site_settings(tx: Tx, who: Who, command: wire.OneSite, now: datetime) -> wire.SiteSettingsValue:
    return _value(access.site_for(tx, who, command.site))


def set_site(tx: Tx, who: Who, command: wire.SetSite, now: datetime) -> wire.SiteSettingsValue:
    """Changes what is given. Raises Invalid: out of bounds, or no such kind of ticket; Conflict `changed`: the identity
    keys are others by now. Then nothing is changed.
    """
    site = access.hold_site(tx, who, command.site)
    if command.identity_keys_seen is not None and command.identity_keys_seen != [
        key.id for key in identity.shown(site)
    ]:
        raise Conflict("Somebody changed the identity keys meanwhile. Look at them again.", code="changed")
    given = command.model_dump(include=command.model_fields_set - {"site", "identity_keys_seen"})
    keys = identity.chosen(site, given.pop("identity_keys")) if "identity_keys" in given else None
    for name, value in given.items():
        if value is not None:
            _check(name, value)
    for code in given.get("second_person") or []:
        ticket_kinds.kind(tx, code)
    changed = {name: value for name, value in given.items() if getattr(site, name) != value}
    for name, value in changed.items():
        setattr(site, name, value)
    if keys is not None and keys != identity.keys_of(site):
        identity.put(site, keys)
        changed["identity_keys"] = keys
    tx.session.flush()
    if changed:
        audit.record(tx, who, now, "site_changed", "site", site.id, fields=sorted(changed))
        desk.stale(tx, "queue", site.id)
    return _value(site)


def _check(name: str, value: Any) -> None:
    if name in BOUNDS:
        low, high, sentence = BOUNDS[name]
        if not low <= value <= high:
            raise Invalid(sentence.format(low=low, high=high))
    elif name in CHECKS:
        CHECKS[name](value)


def _check_words(words: list[str]) -> None:
    if len(words) > MOST_WORDS:
        raise Invalid(f"At most {MOST_WORDS} urgent words are kept.")
    for word in words:
        if len(word) > LONGEST_WORD:
            raise Invalid(f"An urgent word has at most {LONGEST_WORD} characters: {word[:LONGEST_WORD]}…")
        if len(urgent.spelling(word)) < 2:
            raise Invalid(f"An urgent word has at least two letters, or every message would be urgent: {word}")


def _check_phone(phone: str) -> None:
    if not PHONE.fullmatch(phone):
        raise Invalid("An emergency number is digits, with spaces, brackets and hyphens between them.")


def _check_channels(channels: list[dict[str, Any]]) -> None:
    if sum(channel["kind"] == "chat" for channel in channels) > 1:
        raise Invalid("There is one chat.")
    for channel in channels:
        _check_channel(**channel)


def _check_channel(kind: str, names: dict[str, str], value: str | None, hours: dict[str, Any] | None) -> None:
    if (kind == "chat") != (not value):
        raise Invalid("The chat has no address." if kind == "chat" else f"A way by {kind} needs its address or name.")
    if kind in CHANNEL_VALUES:
        shape, what = CHANNEL_VALUES[kind]
        try:
            shape.validate_python(value)
        except ValidationError:
            raise Invalid(f"A way by {kind} {what}, not {value}.") from None
    if hours is not None:
        calendar_document.parse({"zone": "UTC", "weekly": hours})


CHECKS: dict[str, Callable[[Any], object]] = {
    "urgent_words": _check_words,
    "urgent_phone": _check_phone,
    "refund_policy": refund_policy.parse,
    "channels": _check_channels,
}


def _value(site: Site) -> wire.SiteSettingsValue:
    shown = site.model_dump(include=set(wire.SiteSettings.model_fields) - {"identity_keys"})
    keys = identity.shown(site)
    return wire.SiteSettingsValue(settings=wire.SiteSettings(site=site.key, identity_keys=keys, **shown))
