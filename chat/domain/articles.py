"""Articles: the states their versions have, what an article must have, and what tells two texts apart."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from chat.errors import IllegalMove, Invalid


class VersionState(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


# move -> from which states, what it is called where it cannot be
MOVES: dict[str, tuple[frozenset[VersionState], str]] = {
    "save": (frozenset({VersionState.DRAFT, VersionState.REVIEW}), "changed"),
    "submit": (frozenset({VersionState.DRAFT}), "handed in for review"),
    "return": (frozenset({VersionState.REVIEW}), "given back"),
    "publish": (frozenset({VersionState.DRAFT, VersionState.REVIEW}), "published"),
    "drop": (frozenset({VersionState.DRAFT, VersionState.REVIEW, VersionState.SCHEDULED}), "dropped"),
}

RESERVED = frozenset({"message", "apply", "policies"})  # addresses of the support centre's own pages

Op = Literal["same", "added", "removed"]


def check_move(move: str, state: str | None) -> None:
    """`state` is None where there is no such version. Raises IllegalMove."""
    states, called = MOVES[move]
    if state not in states:
        what = "There is no draft" if state is None else f"This version is {state.replace('_', ' ')}"
        raise IllegalMove(f"{what}: it cannot be {called}.")


MOST_CELLS = 2_000
_DELIMITERS = re.compile(r"[ \t>|:-]*-[ \t>|:-]*")


def table_cells(markdown: str) -> int:
    """How many cells its tables have at most. A short text can have very many: rows are filled up to the widest."""
    cells = columns = 0
    for line in markdown.splitlines():
        if "|" in line and _DELIMITERS.fullmatch(line):
            columns = max(columns, line.count("|") + 1)
        elif not line.strip():
            columns = 0
        cells += columns
    return cells


def check_text(question: str, phrasings: Sequence[str], answer: str) -> list[str]:
    """The phrasings without what is there twice, the question included.

    Raises Invalid without a question or an answer, and for an answer that takes too long to draw.
    """
    if not question:
        raise Invalid("An article has a question.")
    if not answer:
        raise Invalid("An article has an answer.")
    if (cells := table_cells(answer)) > MOST_CELLS:
        raise Invalid(f"The tables of this answer have about {cells:,} cells; at most {MOST_CELLS:,} are allowed.")
    seen = {spelling(question)}
    kept = []
    for phrasing in phrasings:
        if phrasing and spelling(phrasing) not in seen:
            seen.add(spelling(phrasing))
            kept.append(phrasing)
    return kept


def spelling(text: str) -> str:
    """Two phrasings of one spelling are the same to a reader."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("?!.。")


_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
MOST_TERMS = 16


def terms(text: str) -> list[str]:
    """What to look for where nothing better than looking for it letter by letter is there: words, and of a run of
    Chinese characters every two that stand together.
    """
    found: dict[str, None] = {}
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if "\u3400" <= run[0] <= "\u9fff":
            found |= dict.fromkeys(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        else:
            found[run] = None
    longer = [term for term in found if len(term) > 2 or term[0] > "\u3400"]
    return (longer or list(found))[:MOST_TERMS]


def diff(older: Sequence[str], newer: Sequence[str]) -> list[tuple[Op, str]]:
    """Line by line; what was removed stands before what came in its place."""
    lines: list[tuple[Op, str]] = []
    for op, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, older, newer, False).get_opcodes():
        if op == "equal":
            lines += [("same", line) for line in older[old_from:old_to]]
        else:
            lines += [("removed", line) for line in older[old_from:old_to]]
            lines += [("added", line) for line in newer[new_from:new_to]]
    return lines
