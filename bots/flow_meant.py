"""Which of what there is to choose somebody means by what they typed: None, or nothing, where that is not clear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from bots.flow_files import Step
from bots.flow_turn import Bought, Item
from bots.text import normalise
from bots.typed import is_telephone, numbers_in, places_in

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{2,}")


def option(step: Step, line: str) -> str | None:
    key = normalise(line)
    for number, (code, names) in enumerate(step.options, 1):
        if key == str(number) or key in {normalise(name) for name in names.values()}:
            return code
    # What says more, or less, than one option's name and nothing of another's, and does not say no to it.
    words = {code: (*names.values(), *step.also[code]) for code, names in step.options}
    likely = {code for code, known in words.items() if any(_is_near(key, normalise(word)) for word in known)}
    return likely.pop() if len(likely) == 1 else None


def items(known: Sequence[Item], text: str) -> list[Item]:
    """By their places in the list, or by their names or what these end in; only where all of them may go back."""
    key = normalise(text)
    named = [item for item in known if (name := normalise(item.name)) and name in key]
    named = named or _kind_named(known, key)
    places = [] if named else places_in(text)
    named += [known[place - 1] for place in places if 1 <= place <= len(known)]
    return named if len(named) >= len(places) and all(item.most for item in named) else []


def _kind_named(known: Sequence[Item], key: str) -> list[Item]:
    """A name says last what a thing is, and people say no more of it: of a portable cup that keeps warm, the cup."""
    each = [kinds(item.name) for item in known]  # once: an order may have a thousand lines
    many = Counter(kind for its in each for kind in its)
    return [item for item, its in zip(known, each, strict=True) if any(many[one] == 1 and one in key for one in its)]


def kinds(name: str) -> set[str]:
    """Words for what an item is: the ends of what is written in one piece; in English the last word, or the last
    before what it is for, as in a tent for two.
    """
    pieces = [normalise(piece)[-2:] for piece in _HAN.findall(name)]
    words = re.findall("[a-z]{3,}", re.split(r"\b(?:for|with)\b", name.casefold())[0])
    return set(pieces) or set(words[-1:])


def numbered(own: Iterable[Bought], lines: Iterable[str]) -> Bought | None:
    """By its own number, or by that of what paid it."""
    own = list(own)
    mine = {number.casefold(): each for each in own for number in each.paid_by}
    mine |= {each.number.casefold(): each for each in own}
    return next((mine[key] for number in _numbers(lines) if (key := number.casefold()) in mine), None)


def unknown_numbers(lines: Sequence[str]) -> list[str]:
    """Numbers that may be meant, of whatever it is. A telephone is one only where it stands alone."""
    alone = {line.strip() for line in lines}
    return [
        number
        for number in _numbers(lines)
        if any(map(str.isdigit, number)) and (number in alone or not is_telephone(number))
    ]


def only_with(own: Iterable[Bought], text: str) -> Bought | None:
    """The only one with something of this name, or else with something of this kind."""
    key, own = normalise(text), list(own)
    found = [each for each in own if any(_is_near(key, normalise(name)) for name in each.items)]
    if not found and not _DENIES.search(key):  # less than a name says less
        found = [each for each in own if any(kind in key for name in each.items for kind in kinds(name))]
    return found[0] if len(found) == 1 else None


def _numbers(lines: Iterable[str]) -> list[str]:
    return [number for line in lines for number in numbers_in(line)]


def _is_near(key: str, name: str) -> bool:
    """Does one stand in the other? Too little says nothing, and with a no before it something else was meant."""
    shorter, longer = sorted((key, name), key=len)
    if len(shorter) < (4 if shorter.isascii() else 2):
        return False
    before, found, _ = longer.partition(shorter)
    return bool(found) and not _NO.search(before)


_DENIES = re.compile("[不没别非]|not|never|isnt|wasnt|dont|didnt")
_NO = re.compile(r"(?:[不没别非].{0,2}|\b(?:not|no|never|isnt|wasnt|dont|didnt)\s*)$")
