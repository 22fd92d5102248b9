"""What the search of the console remembers. The index itself, `searchtext`, is no table of these: SQLite's is a virtual
one (FTS5), Postgres' has a column that only Postgres knows (see `store.search_index`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from chat.store.tables.columns import Instant, Table


class SearchEntry(Table, table=True):
    """What a number of the index stands for that is no message. Higher numbers are newer, and found first."""

    # By half of an id: an index of a million whole ones would be as big as that of the words.
    __table_args__ = (Index("searchentry_subject", text("substr(subject, 1, 8)")),)

    number: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str  # a letter, see `store.queries.search.LETTERS`
    subject: bytes  # its id
    words: str | None = None  # of what may change: FTS5 wants to be told once more what it is to forget


class SearchBlock(Table, table=True):
    """The messages that a hundred numbers of the index stand for: sixteen bytes of an id each, zeros for none.

    They are a whole desk's and many, so they are no entries: a row for each would be as big as what it says. `low` and
    `high` are the keys of their ids (see `store.queries.indexing`), between which theirs are.
    """

    __table_args__ = (Index("searchblock_range", "high", "low"),)

    block: int = Field(primary_key=True, sa_type=BigInteger)
    low: int = Field(sa_type=BigInteger)
    high: int = Field(sa_type=BigInteger)
    subjects: bytes


class SearchTodo(Table, table=True):
    """What was added, changed or deleted since it was indexed. Triggers write it, so nothing that changes can be
    forgotten: not by an import, not by a version before this one, not by code that knows nothing of searching.

    New messages alone are not in it: `say` pays nothing, they are followed by their ids.
    """

    number: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str
    subject: str
    was: str | None = None  # what a message was, until the index has forgotten it


class SearchMark(Table, table=True):
    """How far the index is: `puts` counts what was put into it. By the ids of messages and notes, new ones are read up
    to `head`, those that were there before the index up to `walk`, which goes as far as `old`. These have the numbers
    up to `middle`; `bottom` is the last of them that was given, `top` the last of all. `tidied` is how far Postgres has
    come with taking out what is gone.
    """

    name: str = Field(primary_key=True)
    value: str


class SearchSpan(Table, table=True):
    """Of each so many numbers, from when to when what they stand for is."""

    block: int = Field(primary_key=True, sa_type=BigInteger)
    first_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)
