"""Serves as `python -m chat serve` does, by a clock that a test can set.

The file `clock` beside the data folder says how many seconds the clock is off; it is read each time.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from chat import cli
from chat.app import build_app, real_now
from chat.settings import Settings, load_settings

PROGRAM = ("-m", "tests.faults.stepped")


def clock_of(data_dir: Path) -> Path:
    return data_dir.parent / "clock"


def set_clock(data_dir: Path, seconds: float) -> None:
    """All at once, so that nobody reads half a number."""
    new = clock_of(data_dir).with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(clock_of(data_dir))


async def serve(settings: Settings) -> None:
    clock = clock_of(settings.data_dir)

    def now() -> datetime:
        return real_now() + timedelta(seconds=float(clock.read_text()))

    with cli.only_server(settings.data_dir), cli.listen(settings.host, settings.port) as listening:
        runner = web.AppRunner(build_app(settings, now), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            await cli._until_told_to_stop()
        finally:
            await runner.cleanup()


if __name__ == "__main__":
    given = load_settings()
    cli._log_to_stderr(given.log_level)
    asyncio.run(serve(given))
