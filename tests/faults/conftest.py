"""Real processes for the fault tests, and how long their loops are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.processes import Nightdesk

Serving = Callable[..., Nightdesk]


@pytest.fixture
def nightdesk(seeded: Path) -> Iterator[Serving]:
    """`nightdesk(at="22:30")`: a process with demo data, running. Give `start=False` to start it later."""
    with ExitStack() as stack:

        def begin(start: bool = True, **settings: object) -> Nightdesk:
            own = {} if "data_dir" in settings or "database_url" in settings else {"seeded": seeded}
            process = Nightdesk(**own, **settings)  # type: ignore[arg-type]
            stack.callback(process.remove)
            if start:
                process.start()
            return process

        yield begin
