"""How many of an item somebody says in one breath with its name, such as 保温杯两个 or two of the mugs.

What is not clear is not guessed: it is asked, as if nothing had been said of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from bots.flow_meant import kinds
from bots.flow_turn import Item
from bots.text import readable
from bots.typed import COUNTS

ALL = -1
_NAMES = range(0xE000, 0xF800)  # characters that stand for items: the numbers in their names count nothing
_NAME = f"[{chr(_NAMES.start)}-{chr(_NAMES.stop)}]"
_HAN = "".join(word for word in COUNTS if not word.isascii())
_WORDS = "|".join(word for word in COUNTS if word.isascii())
_MEASURE = "[个件只双条份台本瓶盒套把张支块包箱袋副]"
_COUNT = re.compile(
    rf"(?<![0-9a-z.¥$€£第#{_HAN}-])(?:[x×*]\s*)?(?:"
    rf"(?P<measured>\d{{1,3}}|[{_HAN}])\s*{_MEASURE}|(?P<pair>俩)"
    rf"|(?P<plain>\d{{1,3}}|{_WORDS})(?![0-9a-z.%])(?!\s*(?:days?|weeks?|months?|years?|hours?|yuan|rmb)\b)"
    rf"(?=(?:\s+[a-z]+){{0,3}}\s*{_NAME}|\s+(?:of\s+)?(?:each|them)\b|\W*$))"
    r"|(?P<all>全部|所有|全退|都要?退|\ball\b)"
)
_EACH = re.compile(r"各|每[个件只样种]|\beach\b")
_AND = re.compile(r"[、,;。\n&+]|[和跟与及]|还有|\band\b|\bplus\b")
_HAD = re.compile(r"买|购|下单|\b(?:bought|ordered|purchased|got)\b")  # how many there are is no wish
_PLACES = re.compile(r"(?:^|(?<=\s))\d+[.、)]\s*(?=\D)")  # as in 1、杯子 2、盖子


def counts(items: Sequence[Item], text: str) -> dict[int, int]:
    """How many of which of these go back, by line, as was said: it may be more than there are."""
    plain = re.sub(_NAME, " ", readable(text).casefold())
    plain = _PLACES.sub("", plain) if _PLACES.match(plain) else plain
    if _HAD.search(plain):
        return {}
    marked, known = _marked(items, plain)
    pieces, said = _pieces(marked), _counts_in(marked)
    found = {
        names[0]: many[0] for piece in pieces if len(names := _names_in(piece)) == len(many := _counts_in(piece)) == 1
    }
    if len(known) > 1 and len(said) == 1:
        if said[0] == ALL or _EACH.search(marked):
            found = dict.fromkeys(known, said[0])
        elif said[0] == len(known) and _COUNT.search(marked, marked.rindex(_names_in(marked)[-1])):
            found = {}  # two of the last one, or these two?
    return {known[name].line: known[name].many if many == ALL else many for name, many in found.items()}


def _marked(items: Sequence[Item], plain: str) -> tuple[str, dict[str, Item]]:
    """With one character for each name, and which item it stands for."""
    known: dict[str, Item] = {}
    for mark, item in zip(map(chr, _NAMES), sorted(items, key=lambda one: len(one.name), reverse=True), strict=False):
        if name := _name_in(plain, item):
            plain, known[mark] = plain.replace(name, mark, 1), item
    return plain, known


def _name_in(plain: str, item: Item) -> str:
    """As much of the item's name as stands there around a word for what it is."""
    name = readable(item.name).casefold()
    spelt = (name, name.replace(" ", ""))
    return max((_around(plain, one, word) for one in spelt for word in (one, *kinds(item.name))), key=len)


def _around(plain: str, name: str, word: str) -> str:
    begin, at = plain.find(word), name.find(word)
    if not word or begin < 0 or at < 0:
        return ""
    before = _alike(plain[:begin][::-1], name[:at][::-1])
    after = _alike(plain[begin:], name[at:])
    ending = re.compile("e?s" if word.isascii() else "").match(plain, begin + after)
    return plain[begin - before : ending.end() if ending else begin + after]


def _alike(one: str, other: str) -> int:
    """How many characters they begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _pieces(marked: str) -> list[str]:
    """Each with one name, where that is clear: numbers stand all before the names, or all behind them."""
    pieces: list[str] = []
    for piece in _AND.split(marked):
        if pieces and not (_names_in(piece) and _names_in(pieces[-1])):
            pieces[-1] += f",{piece}"
        else:
            pieces.append(piece)
    return [part for piece in pieces for part in _apart(piece)]


def _apart(piece: str) -> list[str]:
    names, count = _names_in(piece), _COUNT.search(piece)
    if len(names) < 2 or count is None:
        return [piece]
    before = count.start() < piece.index(names[0])
    return re.split(f"(?<={_NAME})" if before else f"(?={_NAME})", piece)


def _names_in(text: str) -> list[str]:
    return re.findall(_NAME, text)


def _counts_in(text: str) -> list[int]:
    """All of it only where no number is said: two, all of which go back, are two."""
    found = [_number(each) for each in _COUNT.finditer(text)]
    return [count for count in found if count != ALL] or found[:1]


def _number(found: re.Match[str]) -> int:
    if found["all"]:
        return ALL
    said = found["measured"] or found["plain"] or found["pair"]
    return int(said) if said.isdecimal() else COUNTS[said]
