"""Serves as `python -m chat serve` does, by a clock that a test can set.

The file `clock` beside the data folder says how many seconds the clock is off; it is read each time.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from chat import cli
from chat.app import real_now
from chat.settings import load_settings

PROGRAM = ("-m", "tests.faults.stepped")


def clock_of(data_dir: Path) -> Path:
    return data_dir.parent / "clock"


def set_clock(data_dir: Path, seconds: float) -> None:
    """All at once, so that nobody reads half a number."""
    new = clock_of(data_dir).with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(clock_of(data_dir))


def main() -> None:
    settings = load_settings()
    clock = clock_of(settings.data_dir)
    cli.log_to_stderr(settings.log_level)
    asyncio.run(cli.serve(settings, lambda: real_now() + timedelta(seconds=float(clock.read_text()))))


if __name__ == "__main__":
    main()
