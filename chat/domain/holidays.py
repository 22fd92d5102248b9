"""The official days of a country: public holidays, and the days of a weekend on which people work for them.

They come from the pinned package `holidays`, which is loaded when a calendar names a country, and then that country
alone. Three things are made of what it lists. A day off that was moved has no name of its own there, so it has the one
of its break: nobody calls the eighth of October "substituted from the 28th of September". The weekend between two
holidays belongs to their break; in China, where a notice says "three days from Friday to Sunday", so does the weekend
that a break touches. And a day of work names the break it makes up for.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from types import ModuleType

Names = Mapping[str, str]  # by locale
Kind = Literal["holiday", "makeup", "ordinary"]

WEEKEND = frozenset({5, 6})
WHOLE_WEEKENDS = frozenset({"CN"})  # where a break takes in the weekend it touches
UNNAMED: Names = {"zh-CN": "节假日", "en": "Public holiday"}
NEARBY = timedelta(days=15)  # a day of work that is said to make up for nothing belongs to a break so near

_ONE_DAY = timedelta(days=1)
_MOVED = re.compile(r"Day off \(substituted from (\d\d)/(\d\d)/(\d{4})\)")
_KEPT_ON_ANOTHER_DAY = re.compile(r"\s*[(（](?:补假|推定|补假，推定|observed|estimated|observed, estimated)[)）]")


@dataclass(frozen=True, slots=True)
class Override:
    """What a date is, whatever the country's list says: official dates of a new year come late."""

    kind: Kind
    name: str | None = None


@dataclass(frozen=True, slots=True)
class OfficialDay:
    """A holiday, or a day of work; `names` are the holiday's, `first` and `last` its whole break."""

    kind: Literal["holiday", "makeup"]
    names: Names
    first: date
    last: date

    @property
    def days(self) -> int:
        """How long the break is."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Published:
    """What the package lists of a year: days off with their names, days of work with the day off they make up for."""

    off: Mapping[date, Names | None]
    worked: Mapping[date, date]
    weekend: frozenset[int]
    announced: bool  # a year whose moved days are not known yet is only computed


NOTHING = Published({}, {}, WEEKEND, announced=True)


@cache
def countries() -> tuple[str, ...]:
    """The codes of the countries there are, such as CN."""
    return tuple(sorted(codes[1] for codes in _registry().values()))


def days_of(country: str | None, year: int, overrides: Mapping[date, Override]) -> dict[date, OfficialDay]:
    """The official days of a year, in order."""
    lists = [published(country, near) if country else NOTHING for near in (year - 1, year, year + 1)]
    off = {day: names for listed in lists for day, names in listed.off.items()}
    worked: dict[date, date | None] = {day: moved for listed in lists for day, moved in listed.worked.items()}
    ordinary = set()
    for day, override in overrides.items():
        off.pop(day, None)
        worked.pop(day, None)
        if override.kind == "holiday":
            off[day] = {"zh-CN": override.name, "en": override.name} if override.name else None
        elif override.kind == "makeup":
            worked[day] = None
        else:
            ordinary.add(day)
    at_work = worked.keys() | ordinary
    breaks = list(_breaks(off, at_work, lists[1].weekend, whole_weekends=country in WHOLE_WEEKENDS))
    found = {day: free for free in breaks for day in _each(free.first, free.last)}
    days = {
        day: OfficialDay("holiday", off.get(day) or free.names, free.first, free.last) for day, free in found.items()
    }
    for day, moved in worked.items():
        free = found.get(moved) if moved else _nearest(breaks, day)
        days[day] = OfficialDay("makeup", free.names, free.first, free.last) if free else _alone(day)
    return {day: days[day] for day in sorted(days) if day.year == year}


@dataclass(frozen=True, slots=True)
class _Break:
    first: date
    last: date
    names: Names


def _breaks(
    off: Mapping[date, Names | None], at_work: set[date], weekend: frozenset[int], whole_weekends: bool
) -> Iterator[_Break]:
    """Days off in a row, with the weekends that belong to them; each has the name most of its days have."""

    def is_weekend(day: date) -> bool:
        return day.weekday() in weekend and day not in at_work and day not in off

    last = date.min
    for first in sorted(off):
        if first <= last:
            continue
        last = first
        while True:
            ahead = last + _ONE_DAY
            while is_weekend(ahead):
                ahead += _ONE_DAY
            if ahead in off:
                last = ahead
                continue
            if whole_weekends:
                last = ahead - _ONE_DAY
            break
        named = [names for day in _each(first, last) if (names := off.get(day))]
        names = max(named, key=named.count, default=UNNAMED)
        while whole_weekends and is_weekend(first - _ONE_DAY):
            first -= _ONE_DAY
        yield _Break(first, last, names)


def _nearest(breaks: list[_Break], day: date) -> _Break | None:
    def away(free: _Break) -> timedelta:
        return max(free.first - day, day - free.last)

    near = [free for free in breaks if away(free) <= NEARBY]
    return min(near, key=away, default=None)


def _alone(day: date) -> OfficialDay:
    return OfficialDay("makeup", UNNAMED, day, day)


def _each(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


# -- the package --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def published(country: str, year: int) -> Published:
    kind = _country(country)
    english = _listed(kind, year, "en_US")
    chinese = _listed(kind, year, "zh_CN")
    off: dict[date, Names | None] = {}
    worked: dict[date, date] = {}
    for day, name in english.items():
        if moved := _MOVED.fullmatch(name):
            off[day] = None
            month, of_month, of_year = map(int, moved.groups())
            worked[date(of_year, month, of_month)] = day
        else:
            known = chinese[day] if "zh_CN" in kind.supported_languages else name
            off[day] = {"zh-CN": _named(known, "、"), "en": _named(name, ", ")}
    weekend = frozenset(english.weekend)
    worked = {day: moved for day, moved in worked.items() if day.weekday() in weekend}
    notices = getattr(english, "special_public_holidays", {}) if country in WHOLE_WEEKENDS else {year}
    return Published(off, worked, weekend, announced=year in notices)


def _listed(kind: Any, year: int, language: str) -> Any:
    """Without that language, the country's own."""
    return kind(years=year, language=language if language in kind.supported_languages else None)


def _named(listed: str, between: str) -> str:
    """Several on one day are told with `between`; that one is kept on another day than its own is nobody's business."""
    return between.join(_KEPT_ON_ANOTHER_DAY.sub("", name) for name in listed.split("; "))


@cache
def _country(code: str) -> Any:
    module, name = next((module, codes[0]) for module, codes in _registry().items() if codes[1] == code)
    # Imported by its name, one country would bring all of them: its package imports the whole world, 8 MB of it.
    import holidays

    path = Path(holidays.__file__).parent / "countries" / f"{module}.py"
    return getattr(_module(f"holidays.countries.{module}", path), name)


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _registry() -> dict[str, tuple[str, ...]]:
    """Module -> class, two-letter code, other codes."""
    from holidays.registry import COUNTRIES

    return COUNTRIES
