"""What is asked every few seconds is found by an index, however many conversations there are.

SQLite knows no numbers about its tables, so a search without an index of its own goes through all of them.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from chat.store.queries import presence, speaking, stranded, ticket_lists, tickets
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
def test_what_who_left_had_of_tickets_is_found_by_its_index(databases: Databases) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    steps = plan(where, f"SELECT t.id{tickets.LEFT_BEHIND}")
    assert (
        "SEARCH t USING COVERING INDEX ticket_list_by_assignee (site_id=? AND assignee_id=? AND status=?)" in steps
    ), steps


@pytest.mark.databases("sqlite")
def test_a_search_without_an_index_is_told_from_the_others(databases: Databases) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    assert "SCAN c" in plan(where, "SELECT c.id FROM conversation c WHERE c.preview = ''")


LISTS: dict[str, tuple[int, list[str], str]] = {  # how many states, what it filters by, its order
    "all": (0, [], "changed"),
    "of a state": (1, [], "changed"),
    "unsolved": (4, [], "changed"),
    "due": (6, [], "due"),
    "overdue and unsolved": (4, ["overdue"], "due"),
    "unsolved and one's own": (4, ["assignee"], "changed"),
    "due, unsolved and one's own": (4, ["assignee"], "due"),
    "overdue, unsolved and nobody's": (4, ["overdue", "nobody"], "due"),
    **{
        name: (6 if name in ticket_lists.BY_STATUS else 0, [name], "changed")
        for name in ticket_lists.CONDITIONS
        if name not in ("overdue", "watched")
    },
}
# Nothing but the index is read before what is shown is known.
FROM_THE_INDEX = {"due", "unsolved and one's own", "due, unsolved and one's own", "overdue, unsolved and nobody's"}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("further", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_no_list_goes_through_all_tickets(databases: Databases, name: str, further: bool) -> None:
    """Each branch is a search of an index of its site, in the order of the list or among the few it is about."""
    where = databases.new()
    assert isinstance(where, Path)
    states, filters, order = LISTS[name]
    steps = plan(where, ticket_lists.page_sql(2, states, filters, order, further=further))
    assert not [step for step in steps if re.match(r"SCAN t\b", step)], steps
    searched = [step for step in steps if step.startswith("SEARCH t ")]
    assert len(searched) == 2 * max(states, 1), steps
    if name in FROM_THE_INDEX:
        assert all("COVERING INDEX" in step and "status=?" in step for step in searched), steps
    few = {"tag", "customer_id"} & set(filters)  # these are found first and sorted then
    if not few:
        assert not [step for step in steps if "USE TEMP B-TREE FOR LAST" in step], steps


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("further", [False, True])
@pytest.mark.parametrize(("states", "order"), [(0, "changed"), (4, "due")])
def test_what_somebody_watches_is_found_from_what_they_watch(
    databases: Databases, states: int, order: str, further: bool
) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    steps = plan(where, ticket_lists.page_sql(2, states, ["watched"], order, further=further))
    (first,) = [step for step in steps if step.startswith("SEARCH w ")]
    assert "(agent_id=?)" in first
    (then,) = [step for step in steps if step.startswith("SEARCH t ")]
    assert "(id=?)" in then


@pytest.mark.databases("sqlite")
def test_what_the_sweep_asks_of_tickets_is_found_by_an_index(databases: Databases) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    outdated = plan(where, f"SELECT 1 FROM ticket WHERE {tickets.OUTDATED} LIMIT 1")
    assert any("ticket_calendar" in step for step in outdated), outdated
    solved = plan(where, f"SELECT t.* FROM ticket t WHERE {tickets.SOLVED} ORDER BY t.updated_at, t.id LIMIT 1")
    assert any("ticket_list_by_status" in step for step in solved), solved


@pytest.mark.databases("sqlite")
def test_who_speaks_is_found_by_keys_however_many_colleagues_there_are(databases: Databases) -> None:
    where = databases.new()
    assert isinstance(where, Path)
    with sqlite3.connect(where) as connection:
        sql = speaking.many_sql(2)
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))]
    scans = {step for step in steps if step.startswith("SCAN")}
    assert scans == {"SCAN 2 CONSTANT ROWS", "SCAN q", "SCAN ts"}, steps  # what is asked, and teams by site: few
