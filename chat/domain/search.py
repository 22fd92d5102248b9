"""One spelling, one set of words and one answer to "is it in there?", whichever database holds the index.

The index is asked for candidates by `wanted` words; whether a text is found is decided by `find` in the text as it is
now, on every database alike. So what was changed, redacted or deleted since is never found by what it was, whatever the
index still says.

Texts are compared in one width, case and script (`han`), without accents and apostrophes. A Chinese or Japanese text is
indexed by its pairs of neighbours, and by the last character of each run, so that a single one is found as the
beginning of what is indexed. Everything else is indexed by its words; a word of three letters or a number of four
digits is found as a beginning too. An amount is one number however it is written: 1,299.00 is 1299.

What stands between two blanks of a query belongs together: its words are found one after the other, whatever stands
between them (li.na@example.com, QY-2026-000123), and its Chinese only as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from chat.domain.han import SIMPLIFIED

LONGEST_WORD = 60  # what is alike so far is one word
MOST_ATOMS = 60  # of a query; the rest is not looked at
OPEN_LETTERS, OPEN_DIGITS = 3, 4  # from so many on a word is found as a beginning
SHOWN, SHOWN_BEFORE = 160, 30  # characters of a text around what was found
MOST_KNOWN = 20_000  # characters whose folding is remembered

# Scripts written without blanks: Han, Kana, Hangul, Thai, Lao, Khmer, Burmese.
_RUN = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(
    rf"(?<![^\s{_RUN}])(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(?P<part>\d{{1,2}}))?(?![^\s.,{_RUN}]|[.,]\d)"
    rf"|(?P<run>[{_RUN}]+)|(?P<word>[^{_RUN}\s.,]+)"
)
_APOSTROPHES = "'\u2019\u02bc`"
_ACCENTED = ((0xC0, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF))  # Latin, Greek and Cyrillic


class Atom(NamedTuple):
    """A word, or one character of a run; `is_glued` to the one before it when nothing stands between two of a run."""

    text: str
    start: int
    end: int
    is_run: bool = False
    is_glued: bool = False


class Word(NamedTuple):
    """What the index is asked for: this word, or all that begin with it."""

    text: str
    is_open: bool = False


@dataclass(frozen=True)
class Term:
    """What stands between two blanks of a query; `is_open` when its last word is found as a beginning."""

    atoms: tuple[Atom, ...]
    is_open: bool
    run: str | None  # the whole of it, when it is one run: it is found as it stands, without looking at atoms


@dataclass(frozen=True)
class Segment:
    text: str
    is_hit: bool


# -- reading ------------------------------------------------------------------------------------------------------


def words(text: str) -> set[str]:
    """What a text is indexed by. A word has no blank in it, and no ASCII but letters and digits."""
    found: set[str] = set()
    for piece in _PIECE.finditer(text.translate(_FOLDED)):
        if run := piece["run"]:
            found.update(map("".join, pairwise(run)))
            found.add(run[-1])
        else:
            found.update(atom.text for atom in _words_of(piece))
    return found


def terms(query: str) -> list[Term]:
    """Empty when there is no letter and no digit in it."""
    found: list[Term] = []
    left = MOST_ATOMS
    for chunk in query.split():
        atoms = tuple(_atoms(chunk.translate(_FOLDED)))[:left]
        if atoms:
            is_one_run = atoms[0].is_run and all(atom.is_glued for atom in atoms[1:])
            run = "".join(atom.text for atom in atoms) if is_one_run else None
            found.append(Term(atoms, _is_open(atoms[-1]), run))
            left -= len(atoms)
    return found


def wanted(query: list[Term]) -> list[Word]:
    """What every text has in the index in which `find` finds the query."""
    found: dict[Word, None] = {}
    for term in query:
        for index, atom in enumerate(term.atoms):
            follower = term.atoms[index + 1] if index + 1 < len(term.atoms) else None
            if follower and follower.is_glued:
                found[Word(atom.text + follower.text)] = None
            elif not atom.is_glued:
                found[Word(atom.text, atom.is_run or (term.is_open and follower is None))] = None
    return list(found)


def find(query: list[Term], text: str) -> list[tuple[int, int]] | None:
    """Where the terms stand in the text, from the first on; None unless every one does."""
    folded = text.translate(_FOLDED)
    atoms: list[Atom] | None = None
    spans: list[tuple[int, int]] = []
    for term in query:
        if term.run:
            places = [found.span() for found in re.finditer(term.run, folded)]
        else:
            atoms = list(_atoms(folded)) if atoms is None else atoms
            places = list(_places(term, atoms))
        if not places:
            return None
        spans += places
    return _in_text(text, sorted(spans))


def excerpt(text: str, spans: list[tuple[int, int]]) -> list[Segment]:
    """The text around the first of these, in one line, in pieces that were found or were not."""
    start = max(0, spans[0][0] - SHOWN_BEFORE) if spans else 0
    end = min(len(text), start + SHOWN)
    found: list[Segment] = [Segment("…", False)] if start else []
    at = start
    for first, last in spans:
        if max(first, at) < min(last, end):
            found += [Segment(text[at:first], False), Segment(text[max(first, at) : min(last, end)], True)]
            at = last
    found += [Segment(text[at:end], False), Segment("…" if end < len(text) else "", False)]
    return _joined(found)


def _joined(segments: list[Segment]) -> list[Segment]:
    kept: list[Segment] = []
    for segment in segments:
        line = re.sub(r"\s+", " ", segment.text)
        if kept and kept[-1].is_hit == segment.is_hit:
            kept[-1] = Segment(kept[-1].text + line, segment.is_hit)
        elif line:
            kept.append(Segment(line, segment.is_hit))
    return kept


# -- atoms --------------------------------------------------------------------------------------------------------


def _atoms(folded: str) -> Iterator[Atom]:
    for piece in _PIECE.finditer(folded):
        if run := piece["run"]:
            start = piece.start()
            for index, character in enumerate(run):
                yield Atom(character, start + index, start + index + 1, True, index > 0)
        else:
            yield from _words_of(piece)


def _words_of(piece: re.Match[str]) -> Iterator[Atom]:
    if word := piece["word"]:
        yield Atom(word[:LONGEST_WORD], piece.start(), piece.end())
        return
    part = (piece["part"] or "").ljust(2, "0")
    whole = piece["whole"].replace(",", "")[:LONGEST_WORD]
    if part == "00":
        yield Atom(whole, piece.start(), piece.end())
    else:
        yield Atom(whole, piece.start("whole"), piece.end("whole"))
        yield Atom(part, piece.start("part"), piece.end("part"))


def _is_open(last: Atom) -> bool:
    return not last.is_run and len(last.text) >= (OPEN_DIGITS if last.text.isdigit() else OPEN_LETTERS)


def _places(term: Term, atoms: list[Atom]) -> Iterator[tuple[int, int]]:
    length = len(term.atoms)
    first = term.atoms[0].text
    at = 0
    while at + length <= len(atoms):
        begins = atoms[at].text.startswith(first) if length == 1 and term.is_open else atoms[at].text == first
        if begins and _stands_at(term, atoms, at):
            yield atoms[at].start, atoms[at + length - 1].end
            at += length
        else:
            at += 1


def _stands_at(term: Term, atoms: list[Atom], at: int) -> bool:
    last = len(term.atoms) - 1
    for index, wanted_atom in enumerate(term.atoms):
        atom = atoms[at + index]
        if wanted_atom.is_glued and not atom.is_glued:
            return False
        if atom.text != wanted_atom.text and not (
            index == last and term.is_open and atom.text.startswith(wanted_atom.text)
        ):
            return False
    return True


# -- spelling -----------------------------------------------------------------------------------------------------


class _Folded(dict[int, str]):
    """What each character is compared as, for `str.translate`: nothing, one character or several."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[code] = folded = "".join(map(_compared, _spelled(chr(code))))
        return folded


_FOLDED = _Folded()


def _spelled(character: str) -> str:
    if character in _APOSTROPHES or unicodedata.category(character) == "Cf":  # inside a word
        return ""
    return unicodedata.normalize("NFKC", character).casefold().translate(SIMPLIFIED)


def _compared(character: str) -> str:
    if character.isalnum() or re.match(f"[{_RUN}]", character):
        is_accented = any(first <= ord(character) <= last for first, last in _ACCENTED)
        return unicodedata.normalize("NFD", character)[0] if is_accented else character
    if character in ".,":
        return character
    return "" if unicodedata.category(character).startswith("M") else " "


def _in_text(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """From places in the folded text to those in the text itself, without those inside others."""
    ends = list(accumulate(len(_FOLDED[ord(character)]) for character in text))
    if ends and (ends[-1] != len(text) or any(end != at for at, end in enumerate(ends, 1))):
        origin = [at for at, character in enumerate(text) for _ in _FOLDED[ord(character)]]
        spans = [(origin[first], origin[last - 1] + 1) for first, last in spans]
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if kept and first < kept[-1][1]:
            kept[-1] = kept[-1][0], max(last, kept[-1][1])
        else:
            kept.append((first, last))
    return kept
