"""The log: lines of names and values on stderr, with nothing in them that people wrote or that opens anything.

What is logged names ids, kinds and codes. An error that nobody foresaw may quote what it was about, so of it come the
frames and its class, and its own words only where they are those of a programmer, a database's first line, or ours.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Any, Literal

import structlog
from structlog.types import EventDict, Processor

from chat.errors import NightdeskError

Form = Literal["text", "json"]

# What these say is about the program, not about what it was given.
PLAIN = (NightdeskError, TypeError, AttributeError, NameError, ImportError, RuntimeError, TimeoutError, MemoryError)
REPEAT_SECONDS = 10.0
KNOWN = 100  # things that libraries say, in memory
DATABASES = ("psycopg", "sqlite3", "sqlalchemy")


def log_to_stderr(level: str, form: Form = "text") -> None:
    lines: dict[Form, Processor] = {
        "text": structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        "json": structlog.processors.JSONRenderer(ensure_ascii=False),
    }
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            with_exception,
            lines[form],
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR, handlers=[Libraries()], force=True)


class Libraries(logging.Handler):
    """What libraries say, in our lines: without their values, among which are addresses of people.

    The same again only after REPEAT_SECONDS, with how often it was left out: without a file to open, asyncio complains
    of each caller it cannot accept, thousands of times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[object, ...], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        said = str(record.msg).partition("\n")[0]  # asyncio goes on with what a task was given
        what = (record.name, said, record.exc_info and record.exc_info[0])
        at, left_out = self._told.get(what, (-REPEAT_SECONDS, 0))
        if time.monotonic() - at < REPEAT_SECONDS:
            self._told[what] = (at, left_out + 1)
            return
        if len(self._told) >= KNOWN:
            self._told.clear()
        self._told[what] = (time.monotonic(), 0)
        more = {"left_out": left_out} if left_out else {}
        structlog.get_logger().error(said, library=record.name, exc_info=record.exc_info, **more)


def with_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = as_text(error)
    return event


def as_text(error: BaseException) -> str:
    """Where it came from, and what it was that led to it, the last one last."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    told = [as_text(before), ""] if before else []
    frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    told += ["Traceback (most recent call last):", frames, in_short(error)]
    if isinstance(error, BaseExceptionGroup):
        told += [as_text(one) for one in error.exceptions]
    return "\n".join(line for line in told if line)


def in_short(error: BaseException) -> str:
    """Its class, and its words where they may be told."""
    if isinstance(error, OSError) and error.strerror:
        words = error.strerror  # which file or address it was is left out
    elif isinstance(error, PLAIN) or type(error).__module__.startswith(DATABASES):
        words = str(error).partition("\n")[0]  # after it Postgres quotes rows
    else:
        words = ""
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
