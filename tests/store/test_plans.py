"""What is asked every few seconds is found by an index, however many conversations there are.

SQLite knows no numbers about its tables, so a search without an index of its own goes through all of them.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from chat.store.queries import presence, stranded
from tests.databases import Databases

ASKED = {
    **stranded.SEARCHES,
    "abandoned": presence.ABANDONED,
    "slow": presence.SLOW,
}


def plan(where: Path, sql: str) -> list[str]:
    names = dict.fromkeys(re.findall(r":(\w+)", sql), "1")
    with sqlite3.connect(where) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", names)]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", ASKED)
def test_no_search_goes_through_all_conversations(databases: Databases, name: str) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    steps = plan(where, f"SELECT c.id{ASKED[name]}")
    # A whole index is read where it holds nothing but what is open.
    whole = [step for step in steps if re.fullmatch(r"SCAN c( USING (COVERING )?INDEX conversation_queue)?", step)]
    assert not whole, steps


@pytest.mark.databases("sqlite")
def test_a_search_without_an_index_is_told_from_the_others(databases: Databases) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    assert "SCAN c" in plan(where, "SELECT c.id FROM conversation c WHERE c.preview = ''")
