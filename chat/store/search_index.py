"""The index of what can be searched: numbers by their words, the newest number first. It gives candidates; whether a
text is found is decided by `domain.search.find`.

SQLite: an FTS5 table that keeps which word has which numbers, and nothing else. It goes through them from the newest
down by itself, so a word that half of all messages have costs no more than a rare one. It is told to merge what was put
in, a little each time: left to itself it holds up the writer, and everybody who says something, for a second now and
then.

Postgres: a `tsvector` of the same words under GIN, which knows no order. So what is new is looked at first, by a word
for each BLOCK numbers: a usual word fills a page there. A word that does not is rare, and all of its numbers are
fetched; one that was usual once and is not now is followed down in wide steps, as many as STEPS, and then from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chat.domain.search import Word
from chat.store.tx import Tx

BLOCK = 4_096
FIRST_BLOCKS, STEP_BLOCKS, STEPS = 2, 8, 4
MERGED = 64  # pages of FTS5 each time
RARE = 2_000  # numbers; a word that has no more is fetched whole
MARK = "¤"  # begins words that are no text: texts have none with it


@dataclass(frozen=True)
class Wanted:
    """All of `words`, and of each of `marks` one."""

    words: Sequence[Word]
    marks: Sequence[Sequence[str]]


class Page(NamedTuple):
    """Numbers, newest first; below `rest` there may be more, None: there are not."""

    numbers: list[int]
    rest: int | None


class SearchIndex(Protocol):
    def put(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        """Numbers and their words, with blanks between, in rising order."""

    def forget(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        """The same, with the words they were put in with."""

    def newest(self, tx: Tx, wanted: Wanted, below: int, limit: int) -> Page: ...


class Fts5:
    def put(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        for number, words in entries:
            tx.change("INSERT INTO searchtext (rowid, words) VALUES (:number, :words)", number=number, words=words)
        tx.change("INSERT INTO searchtext (searchtext, rank) VALUES ('merge', :pages)", pages=MERGED)

    def forget(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        for number, words in entries:
            tx.change(
                "INSERT INTO searchtext (searchtext, rowid, words) VALUES ('delete', :number, :words)",
                number=number,
                words=words,
            )

    def newest(self, tx: Tx, wanted: Wanted, below: int, limit: int) -> Page:
        rows = tx.rows(
            "SELECT rowid AS number FROM searchtext WHERE searchtext MATCH :wanted AND rowid < :below"
            " ORDER BY rowid DESC LIMIT :limit",
            wanted=self._expression(wanted),
            below=below,
            limit=limit,
        )
        numbers = [row["number"] for row in rows]
        return Page(numbers, numbers[-1] if len(numbers) == limit else None)

    def _expression(self, wanted: Wanted) -> str:
        words = [f'"{word.text}"{" *" if word.is_open else ""}' for word in wanted.words]
        marks = ["(" + " OR ".join(f'"{mark}"' for mark in some) + ")" for some in wanted.marks]
        return " AND ".join([*words, *marks])


@dataclass(frozen=True)
class Gin:
    """`block` numbers share a word, and `rare` is a word that has no more than so many."""

    block: int = BLOCK
    rare: int = RARE

    def put(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        tx.change(
            "INSERT INTO searchtext (number, words) SELECT number, array_to_tsvector(string_to_array(words, ' '))"
            " FROM unnest(CAST(:numbers AS BIGINT[]), CAST(:words AS TEXT[])) AS given (number, words)",
            numbers=[number for number, _ in entries],
            words=[f"{words} {_block_mark(number // self.block)}" for number, words in entries],
        )

    def forget(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        tx.change(
            "DELETE FROM searchtext WHERE number = ANY(CAST(:numbers AS BIGINT[]))",
            numbers=[number for number, _ in entries],
        )

    def newest(self, tx: Tx, wanted: Wanted, below: int, limit: int) -> Page:
        found: list[int] = []
        for numbers, rest in self._steps(tx, wanted, below):
            found += numbers
            if len(found) >= limit:
                return Page(found[:limit], found[limit - 1])
            if rest is None:
                return Page(found, None)
            below = rest
        return Page(found, below)

    def _steps(self, tx: Tx, wanted: Wanted, below: int) -> Iterator[Page]:
        """Each goes on where the one before it ended."""
        bottom = tx.row(
            "SELECT MIN(number) AS least, MAX(number) AS most FROM searchtext WHERE number < :below", below=below
        )
        if bottom is None or bottom["least"] is None:
            yield Page([], None)
            return
        least, top = bottom["least"] // self.block, bottom["most"] // self.block
        yield Page(self._of_blocks(tx, wanted, below, top, FIRST_BLOCKS), (top - FIRST_BLOCKS + 1) * self.block)
        top -= FIRST_BLOCKS
        below = (top + 1) * self.block
        all_of_it = self._numbers(tx, wanted, below, self.rare + 1)
        if len(all_of_it) <= self.rare:
            yield Page(sorted(all_of_it, reverse=True), None)
            return
        for _ in range(STEPS):
            numbers = self._of_blocks(tx, wanted, below, top, STEP_BLOCKS)
            top -= STEP_BLOCKS
            below = (top + 1) * self.block
            yield Page(numbers, below if top >= least else None)

    def _of_blocks(self, tx: Tx, wanted: Wanted, below: int, top: int, many: int) -> list[int]:
        blocks = [_block_mark(block) for block in range(top, top - many, -1)]
        return sorted(self._numbers(tx, Wanted(wanted.words, [*wanted.marks, blocks]), below, None), reverse=True)

    def _numbers(self, tx: Tx, wanted: Wanted, below: int, limit: int | None) -> list[int]:
        # Compared as a sum, lest Postgres goes through the numbers instead of the words.
        rows = tx.rows(
            "SELECT number FROM searchtext WHERE words @@ CAST(:wanted AS TSQUERY) AND number + 0 < :below"
            " LIMIT :limit",
            wanted=self._expression(wanted),
            below=below,
            limit=limit,
        )
        return [row["number"] for row in rows]

    def _expression(self, wanted: Wanted) -> str:
        words = [f"'{word.text}'{':*' if word.is_open else ''}" for word in wanted.words]
        marks = ["(" + " | ".join(f"'{mark}'" for mark in some) + ")" for some in wanted.marks]
        return " & ".join([*words, *marks])


def _block_mark(block: int) -> str:
    return f"{MARK}b{block:x}"


INDEXES: dict[str, SearchIndex] = {"sqlite": Fts5(), "postgres": Gin()}


def index_of(tx: Tx) -> SearchIndex:
    return INDEXES[tx.database]
