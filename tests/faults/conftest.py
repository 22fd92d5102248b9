"""Real processes for the fault tests, and how long their loops are."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import Databases, Originals
from tests.faults.processes import Nightdesk
from tests.faults.rounds import LONGEST_SECONDS

Serving = Callable[..., Nightdesk]


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """A test that waits for ever for what a fault took from it fails instead."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"this test has not ended within {LONGEST_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def nightdesk(originals: Originals) -> Iterator[Serving]:
    """`nightdesk(at="22:30")`: a process with demo data, running. Give `start=False` to start it later."""
    with ExitStack() as stack:

        def begin(start: bool = True, **settings: object) -> Nightdesk:
            own = {} if "data_dir" in settings or "database_url" in settings else {"seeded": originals.file("demo")}
            process = Nightdesk(**own, **settings)  # type: ignore[arg-type]
            stack.callback(process.remove)
            if start:
                process.start()
            return process

        yield begin


@pytest.fixture
def shared(databases: Databases, tmp_path: Path) -> dict[str, object]:
    """What processes on one database have in common: `nightdesk(redis_url=..., **shared)`. On each kind of database."""
    folder = tmp_path / "shared"
    folder.mkdir()
    where = databases.of(folder)
    return {"data_dir": folder} if isinstance(where, Path) else {"data_dir": folder, "database_url": where}
