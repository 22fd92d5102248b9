"""Does to a database what a process that serves should not carry, in a process of its own.

    MODULE < where and what else it is given, a line each

What makes the database unusable, or busy, it prints, and ends with REFUSED.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from chat.errors import NightdeskError, SettingsError

HOUSE = Path(__file__).parents[2]  # where `chat` is imported from
REFUSED = 3
# As `-m`, but that Ctrl-C, which everybody in front of a terminal gets, ends it without a word, even while it loads.
RUN = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    "import runpy; runpy.run_module(sys.argv[1], run_name='__main__', alter_sys=True)"
)


def apart(module: str, where: Path | str, *given: str) -> None:
    """Raises SettingsError with what it says of the database."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", RUN, module],
        cwd=HOUSE,
        # Not among the arguments, which everybody on the machine may read: it may hold a password.
        input="\n".join([str(where.absolute() if isinstance(where, Path) else where), *given]),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if done.returncode == REFUSED:
        raise SettingsError(done.stdout.strip())
    if done.returncode:
        raise RuntimeError(f"{module} failed; what it said stands above.")


def main(work: Callable[..., None]) -> None:
    """The other side: `work` gets where the database is, and the other lines."""
    where, *given = sys.stdin.read().split("\n")
    try:
        work(Path(where) if os.path.isabs(where) else where, *given)
    except NightdeskError as error:
        print(error)
        sys.exit(REFUSED)
