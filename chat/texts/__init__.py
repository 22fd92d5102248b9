"""What the server says to people, in their language: pages, mails, the wording of system messages.

Each locale is a folder of flat tables, `{"key": "text with {name}"}`. `shared.json` is also built into the browser's
side; `policy.json` is what the refund policy says, for whoever shows it; `pages.json` and
`mail.json` are the server's own, `help.json` is the support centre's. Both locales have the same keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LOCALES = ("zh-CN", "en")
TABLES = ("shared", "pages", "mail", "policy", "help")  # what `say` looks through

_FOLDER = Path(__file__).parent
_SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {"CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"},
    "en": {"CNY": "CN¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥"},
}
_WHOLE_UNITS = frozenset({"JPY", "KRW", "VND"})  # currencies without a minor unit


def known_locale(wanted: str | None) -> str:
    """The nearest locale we speak: any Chinese is zh-CN, everything else en."""
    return "zh-CN" if (wanted or "").lower().startswith("zh") else "en"


@cache
def words(locale: str, name: str) -> Mapping[str, str]:
    """One table, such as `words("en", "mail")`."""
    table: dict[str, str] = json.loads((_FOLDER / locale / f"{name}.json").read_text(encoding="utf-8"))
    return table


@cache
def _all_words(locale: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in TABLES:
        found.update(words(locale, name))
    return found


def say(locale: str, key: str, **values: Any) -> str:
    """The text of a key. Raises KeyError when there is no such key, or a value is missing."""
    return _all_words(locale)[key].format_map(values)


def money(locale: str, amount: int, currency: str) -> str:
    """`amount` is in the minor unit. Written as browsers write it in that language."""
    symbol = _SYMBOLS[locale].get(currency, f"{currency} ")
    sign = "-" if amount < 0 else ""
    if currency in _WHOLE_UNITS:
        return f"{sign}{symbol}{abs(amount):,}"
    return f"{sign}{symbol}{abs(amount) // 100:,}.{abs(amount) % 100:02}"


def moment(locale: str, at: datetime, zone: str) -> str:
    """A time as a clock in that zone shows it; say the zone once beside it with `zone_name`."""
    there = at.astimezone(ZoneInfo(zone))
    weekday = say(locale, f"weekday.{there.weekday()}")
    month = say(locale, f"month.{there.month}")
    return say(locale, "moment", year=there.year, month=month, day=there.day, weekday=weekday, time=f"{there:%H:%M}")


def zone_name(locale: str, zone: str, at: datetime) -> str:
    """`at`, because summer time changes the distance from UTC."""
    named = _all_words(locale).get(f"zone.{zone}")
    offset = f"{at.astimezone(ZoneInfo(zone)):%z}"
    return named or f"UTC{offset[:3]}:{offset[3:]}"


def moment_and_zone(locale: str, at: datetime, zone: str) -> str:
    return say(locale, "moment_and_zone", moment=moment(locale, at, zone), zone=zone_name(locale, zone, at))


def system_text(locale: str, data: Mapping[str, Any], zone: str) -> str:
    """A system message's `data`, in words."""
    code, values = data["code"], data.get("values", {})
    return say(locale, f"system.{_variant(code, values)}", **worded(locale, values, zone))


def _variant(code: str, values: Mapping[str, Any]) -> str:
    if code == "closed":
        return f"closed_{values['by']}"
    by_email = "_email" if values.get("by") == "email" else ""
    if code in ("message_left", "message_left_open") and values.get("reply_by"):
        return f"message_promised{by_email}"
    if code == "question_kept" and values.get("reply_by"):
        return f"question_kept_promised{by_email}"
    if code == "message_left":
        return f"message_left{by_email}"
    return "urgent_help_phone" if code == "urgent_help" and values.get("phone") else code


def named(locale: str, prefix: str, code: str, names: Mapping[Any, str]) -> str:
    """The name that a site gave to a part of its own kind of case, else ours, such as that of `step.received`."""
    ours = _all_words(locale).get(f"{prefix}.{code}")
    return names.get(locale) or ours or next(iter(names.values()), code)


def history_line(
    locale: str, code: str, values: Mapping[str, Any], zone: str, names: Mapping[str, Mapping[Any, str]]
) -> str | None:
    """A step in the history of a case, in words; None for one of a version that we do not know.

    `names` are the site's own, by the keys that ours would have.
    """
    called = partial(_called, locale, names)
    key = f"history.{code}_because" if code == "ended" and values.get("reason") else f"history.{code}"
    text = _all_words(locale).get(key)
    if text is None:
        return None
    told = dict(values)
    if "codes" in values:
        told["codes"] = say(locale, "and").join(called("evidence", each) for each in values["codes"])
    if "ending" in values:
        told["ending"] = called("ending", values["ending"])
    if "kind" in values:
        told["kind"] = called("topic", values["kind"])
    plain = {name: value for name, value in told.items() if name != "kind"}
    return text.format_map({**told, **worded(locale, plain, zone)})


def _called(locale: str, names: Mapping[str, Mapping[Any, str]], prefix: str, code: str) -> str:
    return named(locale, prefix, code, names.get(f"{prefix}.{code}", {}))


def what_next(locale: str, following: str, by: datetime | None, late: bool, zone: str) -> str:
    """Who acts next in a case, and by when."""
    if following != "desk" or by is None:
        return say(locale, f"case.next_{following}")
    return say(locale, f"case.next_desk_{'late' if late else 'by'}", by=moment_and_zone(locale, by, zone))


def worded(locale: str, values: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The values of an event or a system message as they stand in a sentence: money, times, kinds."""
    told = dict(values)
    if "amount" in values:
        told["amount"] = money(locale, values["amount"], values["currency"])
    if "kind" in values:
        told["kind"] = say(locale, f"topic.{values['kind']}")
    if "steps" in values:
        told["steps"] = values["steps"].get(locale) or say(locale, "urgent.steps")
    for name in values:
        if name.endswith(("_at", "_by")):
            told[name] = _time(locale, values[name], zone)
    return told


def _time(locale: str, at: str | None, zone: str) -> str:
    return moment_and_zone(locale, datetime.fromisoformat(at), zone) if at else say(locale, "time_unknown")
