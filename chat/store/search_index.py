"""The index of what can be searched: numbers by their words, the newest number first. It gives candidates; whether a
text is found is decided by `domain.search.find`.

SQLite: an FTS5 table that keeps which word has which numbers, and nothing else. It goes through them from the newest
down by itself, so a word that half of all messages have costs no more than a rare one. It is told to merge what was put
in, a little each time: left to itself it holds up the writer, and everybody who says something, for a second now and
then.

Postgres: lists of our own. `searchtextlist` has for each word its numbers, rising, in pieces of CHUNK bytes, each
number as how far it is from the one before it (seven bits a byte, the eighth says that it goes on). Adding to a list
writes its last piece anew, so what is new is kept as a `tsvector` under GIN in `searchtext` first, and FOLDED of it are
added to the lists at once; what comes in such numbers goes there straight away. Lists are looked at in windows of
numbers, the newest first and each wider than the one before: a usual word fills a page in the first, a rare one has
little to read.
What is forgotten is in lists of words that nobody knows any more: it is noted in `searchtextgone`, and taken out of
them piece by piece.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple, Protocol

from chat.domain.search import Word
from chat.store.tx import Row, Tx

BLOCK = 4_096  # numbers whose times are known together
MERGED = 64  # pages of FTS5 each time
FOLDED = 2_000  # numbers added to the lists at once
CHUNK = 800  # bytes of a list in one row
WRITTEN = 1_000  # rows of lists in one statement
FIRST_WINDOW, WIDER, WINDOWS = 4_096, 8, 8  # numbers, times, and how often
MANY = 200  # candidates, beyond which it pays to look at marks
TIDIED = 2_000  # rows of lists that are looked through at once
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
    @property
    def at_once(self) -> int:
        """How many numbers it takes best."""

    def put(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        """Numbers and their words, with blanks between, in rising order."""

    def forget(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        """The same, with the words they were put in with."""

    def newest(self, tx: Tx, wanted: Wanted, below: int, limit: int) -> Page: ...

    def is_untidy(self, tx: Tx) -> bool:
        """Is anything forgotten that is still in it?"""

    def tidy(self, tx: Tx) -> None:
        """Takes some of that out."""


class Fts5:
    at_once = 100  # the writer serves others in between

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

    def is_untidy(self, tx: Tx) -> bool:
        return False

    def tidy(self, tx: Tx) -> None:
        pass

    def _expression(self, wanted: Wanted) -> str:
        words = [f'"{word.text}"{" *" if word.is_open else ""}' for word in wanted.words]
        marks = ["(" + " OR ".join(f'"{mark}"' for mark in some) + ")" for some in wanted.marks]
        return " AND ".join([*words, *marks])


@dataclass(frozen=True)
class Lists:
    """`at_once` numbers are added to the lists at once, `chunk` bytes of a list stand in one row, and so many numbers
    are the first `window`.
    """

    at_once: int = FOLDED
    chunk: int = CHUNK
    window: int = FIRST_WINDOW

    # -- putting in ---------------------------------------------------------------------------------------------------

    def put(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        if len(entries) >= self.at_once:
            self._add(tx, _inverted((number, words.split(" ")) for number, words in entries))
            return
        tx.change(
            "INSERT INTO searchtext (number, words) SELECT number, array_to_tsvector(string_to_array(words, ' '))"
            " FROM unnest(CAST(:numbers AS BIGINT[]), CAST(:words AS TEXT[])) AS given (number, words)",
            numbers=[number for number, _ in entries],
            words=[words for _, words in entries],
        )
        if tx.value("SELECT count(*) FROM searchtext") >= 2 * self.at_once:
            self._fold(tx)

    def forget(self, tx: Tx, entries: Sequence[tuple[int, str]]) -> None:
        numbers = [number for number, _ in entries]
        fresh = tx.rows(
            "DELETE FROM searchtext WHERE number = ANY(CAST(:numbers AS BIGINT[])) RETURNING number", numbers=numbers
        )
        tx.change(
            "INSERT INTO searchtextgone (number) SELECT * FROM unnest(CAST(:gone AS BIGINT[]))"
            " ON CONFLICT (number) DO UPDATE SET is_new = TRUE",
            gone=sorted(set(numbers) - {row["number"] for row in fresh}),
        )

    def _fold(self, tx: Tx) -> None:
        # What is still to be taken out of the lists would be taken out with what it was.
        rows = tx.rows(
            "SELECT number, tsvector_to_array(words) AS words FROM searchtext"
            " WHERE number NOT IN (SELECT number FROM searchtextgone) ORDER BY number LIMIT :limit",
            limit=self.at_once,
        )
        self._add(tx, _inverted((row["number"], row["words"]) for row in rows))
        tx.change(
            "DELETE FROM searchtext WHERE number = ANY(CAST(:numbers AS BIGINT[]))",
            numbers=[row["number"] for row in rows],
        )

    def _add(self, tx: Tx, lists: dict[str, list[int]]) -> None:
        words = sorted(lists)
        for first in range(0, len(words), WRITTEN):
            self._add_some(tx, {word: lists[word] for word in words[first : first + WRITTEN]})

    def _add_some(self, tx: Tx, lists: dict[str, list[int]]) -> None:
        """Each to the pieces in which its numbers stand: a changed text has kept an old one."""
        places = tx.rows(
            "SELECT given.word, p.first, p.last, p.numbers, (SELECT min(f.first) FROM searchtextlist f"
            ' WHERE f.word = given.word COLLATE "C" AND f.first > given.first) AS following'
            " FROM unnest(CAST(:words AS TEXT[]), CAST(:firsts AS BIGINT[])) AS given (word, first)"
            " LEFT JOIN LATERAL (SELECT l.first, l.last, l.numbers FROM searchtextlist l"
            ' WHERE l.word = given.word COLLATE "C" AND l.first <= given.first'
            " ORDER BY l.first DESC LIMIT 1) AS p ON TRUE",
            words=list(lists),
            firsts=[numbers[0] for numbers in lists.values()],
        )
        written, beyond = [], {}
        for place in places:
            word, numbers = place["word"], lists[place["word"]]
            here = len(numbers) if place["following"] is None else bisect_left(numbers, place["following"])
            written += self._joined(word, None if place["first"] is None else place, numbers[:here])
            if here < len(numbers):
                beyond[word] = numbers[here:]
        self._write(tx, written)
        if beyond:
            self._add_some(tx, beyond)

    def _joined(self, word: str, piece: Row | None, numbers: list[int]) -> list[tuple[str, int, int, bytes]]:
        """The rows that have the numbers of that piece and these."""
        if piece is not None and numbers[0] <= piece["last"]:
            numbers = sorted({*_read(piece), *numbers})
        elif piece is not None and len(piece["numbers"]) + len(numbers) <= self.chunk:
            added = bytes(piece["numbers"]) + _written([piece["last"], *numbers])
            return [(word, piece["first"], numbers[-1], added)]
        some = [numbers[start : start + self.chunk] for start in range(0, len(numbers), self.chunk)]
        return [(word, part[0], part[-1], _written(part)) for part in some]

    def _write(self, tx: Tx, rows: list[tuple[str, int, int, bytes]]) -> None:
        tx.change(
            "INSERT INTO searchtextlist (word, first, last, numbers) SELECT * FROM unnest(CAST(:words AS TEXT[]),"
            " CAST(:firsts AS BIGINT[]), CAST(:lasts AS BIGINT[]), CAST(:numbers AS BYTEA[]))"
            " ON CONFLICT (word, first) DO UPDATE SET last = excluded.last, numbers = excluded.numbers",
            words=[row[0] for row in rows],
            firsts=[row[1] for row in rows],
            lasts=[row[2] for row in rows],
            numbers=[row[3] for row in rows],
        )

    # -- taking out ---------------------------------------------------------------------------------------------------

    def is_untidy(self, tx: Tx) -> bool:
        return bool(tx.value("SELECT EXISTS (SELECT 1 FROM searchtextgone)"))

    def tidy(self, tx: Tx) -> None:
        """One way through all lists takes out what was gone when it began."""
        came_to = tx.value("SELECT value FROM searchmark WHERE name = 'tidied'")
        if not came_to:
            tx.change("UPDATE searchtextgone SET is_new = FALSE")
        gone = [row["number"] for row in tx.rows("SELECT number FROM searchtextgone WHERE NOT is_new ORDER BY number")]
        first, _, word = came_to.partition(" ")
        pieces = tx.rows(
            "SELECT word, first, last, numbers FROM searchtextlist WHERE (word, first) >"
            ' (CAST(:word AS TEXT) COLLATE "C", CAST(:first AS BIGINT)) ORDER BY word, first LIMIT :limit',
            word=word,
            first=int(first or -1),
            limit=TIDIED,
        )
        for piece in pieces:
            at = bisect_left(gone, piece["first"])
            if at < len(gone) and gone[at] <= piece["last"]:
                self._take_out(tx, piece, set(gone))
        is_done = len(pieces) < TIDIED
        if is_done:
            tx.change("DELETE FROM searchtextgone WHERE NOT is_new")
        tx.change(
            "UPDATE searchmark SET value = :value WHERE name = 'tidied'",
            value="" if is_done else f"{pieces[-1]['first']} {pieces[-1]['word']}",
        )

    def _take_out(self, tx: Tx, piece: Row, gone: set[int]) -> None:
        numbers = _read(piece)
        if gone.isdisjoint(numbers):
            return
        tx.change(
            "DELETE FROM searchtextlist WHERE word = :word AND first = :first",
            word=piece["word"],
            first=piece["first"],
        )
        if kept := [number for number in numbers if number not in gone]:
            self._write(tx, [(piece["word"], kept[0], kept[-1], _written(kept))])

    # -- looking up ---------------------------------------------------------------------------------------------------

    def newest(self, tx: Tx, wanted: Wanted, below: int, limit: int) -> Page:
        listed, rest = self._listed(tx, wanted, below, limit)
        fresh = self._fresh(tx, wanted, rest or 0, below)
        numbers = sorted({*listed, *fresh}, reverse=True)
        if len(numbers) > limit:
            return Page(numbers[:limit], numbers[limit - 1])
        return Page(numbers, rest)

    def _fresh(self, tx: Tx, wanted: Wanted, least: int, below: int) -> list[int]:
        # Compared as a sum, lest Postgres goes through the numbers instead of the words.
        rows = tx.rows(
            "SELECT number FROM searchtext WHERE words @@ CAST(:wanted AS TSQUERY) AND number + 0 < :below"
            " AND number + 0 >= :least",
            wanted=self._expression(wanted),
            below=below,
            least=least,
        )
        return [row["number"] for row in rows]

    def _expression(self, wanted: Wanted) -> str:
        words = [f"'{word.text}'{':*' if word.is_open else ''}" for word in wanted.words]
        marks = ["(" + " | ".join(f"'{mark}'" for mark in some) + ")" for some in wanted.marks]
        return " & ".join([*words, *marks])

    def _listed(self, tx: Tx, wanted: Wanted, below: int, limit: int) -> tuple[list[int], int | None]:
        """Numbers, and down to where they are all there are."""
        top = min(below, 1 + int(tx.value("SELECT value FROM searchmark WHERE name = 'top'")))
        found: list[int] = []
        window = self.window
        for _ in range(WINDOWS):
            least = max(0, top - window)
            found += self._within(tx, wanted, least, top)
            if least == 0:
                return found, None
            if len(found) >= limit:
                return found, least
            top, window = least, window * WIDER
        return found, top

    def _within(self, tx: Tx, wanted: Wanted, least: int, top: int) -> set[int]:
        """The numbers from `least` on and below `top` that have all of the words. Marks are looked at while there are
        too many without them: whoever looks at what was found turns down the others.
        """
        whole = [word.text for word in wanted.words if not word.is_open]
        pieces = self._pieces(tx, whole, least, top)
        of_word = [[piece for piece in pieces if piece["word"] == word] for word in whole]
        of_word += [self._begun(tx, word.text, least, top) for word in wanted.words if word.is_open]
        of_word.sort(key=len)
        found = _numbers(of_word[0], None)
        for others in of_word[1:]:
            found &= _numbers(others, found)
        found = {number for number in found if least <= number < top}
        for some in wanted.marks:
            if len(found) <= MANY:
                break
            marked = self._pieces(tx, some, min(found), max(found) + 1)
            found &= _numbers(marked, found)
        return found

    def _pieces(self, tx: Tx, words: Sequence[str], least: int, top: int) -> list[Row]:
        if not words:
            return []
        return tx.rows(
            "SELECT l.word, l.first, l.last, l.numbers FROM unnest(CAST(:words AS TEXT[])) AS given (word)"
            ' CROSS JOIN LATERAL (SELECT * FROM searchtextlist l WHERE l.word = given.word COLLATE "C"'
            " AND l.first < :top AND l.last >= :least AND l.first >= coalesce((SELECT max(b.first) FROM"
            ' searchtextlist b WHERE b.word = given.word COLLATE "C" AND b.first <= :least), 0)) AS l',
            words=sorted(set(words)),
            least=least,
            top=top,
        )

    def _begun(self, tx: Tx, word: str, least: int, top: int) -> list[Row]:
        return tx.rows(
            "SELECT word, first, last, numbers FROM searchtextlist WHERE word >= :word AND word < :beyond"
            " AND first < :top AND last >= :least",
            word=word,
            beyond=f"{word}\U0010ffff",
            least=least,
            top=top,
        )


def _inverted(entries: Iterable[tuple[int, Iterable[str]]]) -> dict[str, list[int]]:
    """Word -> its numbers, which come rising."""
    found: dict[str, list[int]] = {}
    for number, words in entries:
        for word in words:
            found.setdefault(word, []).append(number)
    return found


def _numbers(pieces: list[Row], among: set[int] | None) -> set[int]:
    """All that are in these, or at least those `among` these numbers."""
    if among is None or len(among) > MANY:
        return {number for piece in pieces for number in _read(piece)}
    wanted = sorted(among)
    found: set[int] = set()
    for piece in pieces:
        at = bisect_left(wanted, piece["first"])
        if at < len(wanted) and wanted[at] <= piece["last"]:
            found.update(_read(piece))
    return found


def _written(numbers: Sequence[int]) -> bytes:
    """All but the first, each as its distance from the one before it."""
    found = bytearray()
    for before, number in pairwise(numbers):
        distance = number - before
        while distance > 127:
            found.append(distance & 127 | 128)
            distance >>= 7
        found.append(distance)
    return bytes(found)


def _read(piece: Row) -> Iterable[int]:
    written = bytes(piece["numbers"])
    if written.isascii():  # every distance is one byte
        return accumulate(written, initial=piece["first"])
    return accumulate(_distances(written), initial=piece["first"])


def _distances(written: bytes) -> list[int]:
    found = []
    value = shift = 0
    for byte in written:
        if byte > 127:
            value |= (byte & 127) << shift
            shift += 7
        else:
            found.append(value | byte << shift)
            value = shift = 0
    return found


INDEXES: dict[str, SearchIndex] = {"sqlite": Fts5(), "postgres": Lists()}


def index_of(tx: Tx) -> SearchIndex:
    return INDEXES[tx.database]
