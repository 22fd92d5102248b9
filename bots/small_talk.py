"""Small talk: what is no question, such as a greeting, thanks, or abuse, and the short sentence that is said to it.

The words are data, `replies/<locale>.toml`: each kind has its `lines`, as people write them, its `reply`, and what
it `offers` beside: topics, or a person. A message is small talk when lines and `fillers` are all that is in it;
whoever asks something in the same breath is answered that. Lines of every language count, whatever the window speaks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from bots.text import fold
from bots.turn import Locale, Offers, SmallTalk

WORDLESS = "wordless"  # nothing to read in it but emoji or signs
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True)
class _Kind:
    code: str
    lines: frozenset[str]
    replies: dict[Locale, str]
    offers: Offers

    def reply(self, locale: Locale) -> SmallTalk:
        return SmallTalk(self.code, self.replies[locale], self.offers)


def small_talk(key: str, locale: Locale) -> SmallTalk | None:
    """What to say to a normalised text that is nothing but small talk."""
    kinds, every_line, fillers = _known()
    if not every_line.search(key) or fillers.sub("", every_line.sub("", key)).strip():
        return None
    found = set(every_line.findall(key))
    return next(kind for kind in kinds.values() if kind.lines & found).reply(locale)


def wordless(locale: Locale) -> SmallTalk:
    return _known()[0][WORDLESS].reply(locale)


@cache
def _known() -> tuple[dict[str, _Kind], re.Pattern[str], re.Pattern[str]]:
    """The kinds in order of weight, all their lines, and what may stand around them."""
    shelf = files("bots") / "replies"
    tables: dict[Locale, dict[str, Any]] = {
        locale: tomllib.loads((shelf / f"{locale}.toml").read_text(encoding="utf-8")) for locale in get_args(Locale)
    }
    fillers = [filler for table in tables.values() for filler in table.pop("fillers")]
    lines: dict[str, list[str]] = {}
    for table in tables.values():
        for code, kind in table.items():
            lines.setdefault(code, []).extend(kind["lines"])
    first: dict[str, Any] = next(iter(tables.values()))
    kinds = {
        code: _Kind(
            code,
            frozenset(map(fold, said)),
            {locale: table[code]["reply"] for locale, table in tables.items()},
            first[code].get("offers"),
        )
        for code, said in lines.items()
    }
    return kinds, _any_of(line for said in lines.values() for line in said), _any_of(fillers)


def _any_of(lines: Iterable[str]) -> re.Pattern[str]:
    """The longest first; Chinese anywhere, everything else as whole words."""
    keys = sorted({fold(line) for line in lines}, key=len, reverse=True)
    return re.compile("|".join(re.escape(key) if _HAN.search(key) else rf"\b{re.escape(key)}\b" for key in keys))
