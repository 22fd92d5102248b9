"""What libraries say does not flood the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from chat.logs import Libraries


@pytest.fixture
def library() -> Iterator[logging.Logger]:
    """A logger of its own, so that those of the run stay as they are."""
    logger, handler = logging.getLogger("a library"), Libraries()
    logger.propagate = False
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def test_a_library_that_complains_thousands_of_times_is_heard_once_and_another_complaint_at_once(
    library: logging.Logger,
) -> None:
    with capture_logs() as lines:
        for number in range(2_000):
            library.error("cannot accept %s", number, exc_info=OSError(24, "Too many open files"))
        library.error("cannot accept %s", 7, exc_info=ValueError("x"))
        library.error("something else")
    assert [line["event"] for line in lines] == ["cannot accept %s", "cannot accept %s", "something else"]
    assert [type(line["exc_info"][1]) for line in lines[:2]] == [OSError, ValueError]
