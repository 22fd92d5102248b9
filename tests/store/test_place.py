"""Who may share a database: those who hear each other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from chat.errors import SettingsError
from chat.store.place import in_folder, in_postgres
from tests.databases import Databases
from tests.servers import Postgres

Place = Callable[[bool], AbstractContextManager[None]]


@pytest.fixture
def place(databases: Databases) -> Place:
    """`place(alone)`: takes one."""
    where = databases.new("nothing")
    return lambda alone: in_folder(where.parent, alone) if isinstance(where, Path) else in_postgres(where, alone)


@pytest.mark.parametrize(("first", "second", "fits"), [
    ("alone", "alone", False),
    ("alone", "one of many", False),
    ("one of many", "alone", False),
    ("one of many", "one of many", True),
])  # fmt: skip
def test_only_processes_that_hear_each_other_share_a_database(
    place: Place, first: str, second: str, fits: bool
) -> None:
    with place(first == "alone"):
        if fits:
            with place(second == "alone"):
                return
        with pytest.raises(SettingsError, match=r"Another Nightdesk already serves .* REDIS_URL"):
            place(second == "alone").__enter__()
    with place(second == "alone"):  # the place is free again
        pass


def test_a_place_whose_postgres_went_away_is_left_quietly() -> None:
    postgres = Postgres()
    postgres.start()
    try:
        with in_postgres(postgres.url("postgres"), alone=True):
            postgres.stop()
    finally:
        postgres.remove()


def test_a_postgres_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(SettingsError, match="cannot be reached") as told:
        in_postgres("postgresql://nightdesk:hunter2@127.0.0.1:9/none", alone=True).__enter__()
    assert "hunter2" not in str(told.value)
