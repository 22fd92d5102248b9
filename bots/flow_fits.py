"""Is that an answer to a step of a guided flow? What is kept is looked at as if anybody could have written it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from bots.flow_files import Step

TEXT, LINE = 600, 200  # code points
MOST_AMOUNT = 10**12  # minor units
ALL = "all"  # items
OWN = ("order", "transaction", "order_or_transaction")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def fits(step: Step, answer: Any) -> bool:
    """`answer` is what JSON can hold. A file may have lost an option since it was given, too."""
    if answer is None:
        return not step.required
    if step.type == "choice":
        return isinstance(answer, str) and answer in dict(step.options)
    return step.type in _FITS and _FITS[step.type](answer)


def is_whole(value: Any) -> TypeGuard[int]:
    """A number to count with, which true and false are not."""
    return type(value) is int and value >= 0


def are_lines(values: Any) -> bool:
    return isinstance(values, list) and all(_is_line(value) for value in values)


def _is_line(value: Any) -> bool:
    return _is_text(value) and len(value) <= LINE


def _is_text(value: Any) -> bool:
    """That can be stored: JSON can spell half a character, and NUL."""
    return isinstance(value, str) and len(value) <= TEXT and not _UNSTORABLE.search(value)


def _is_amount(value: Any) -> bool:
    return is_whole(value) and value <= MOST_AMOUNT


def _are_items(value: Any) -> bool:
    return value == ALL or (isinstance(value, list) and value != [] and all(is_whole(line) for line in value))


def _are_counts(value: Any) -> bool:
    return isinstance(value, dict) and value != {} and all(is_whole(count) and count > 0 for count in value.values())


def _has_texts(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and set(value) == set(names) and are_lines(list(value.values()))


def _is_purchase(value: Any) -> bool:
    """One's own, or a number that people compare."""
    is_own = _has_texts(value, "kind", "id", "number", "currency")
    return (is_own and value["kind"] in OWN) or _has_texts(value, "number")


def _is_contact(value: Any) -> bool:
    return _has_texts(value, "email", "phone") and any(value.values())


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "money": _is_amount,
    "text": _is_text,
    "line": _is_line,
    "evidence": are_lines,
    "contact": _is_contact,
    "items": _are_items,
    "counts": _are_counts,
    **dict.fromkeys(OWN, _is_purchase),
}
