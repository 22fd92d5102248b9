"""A process's place at the database: alone, or one of many that hear each other.

The lock of a file in the data folder, or an advisory lock of Postgres on a connection of its own. Either goes with its
process, however that ends. It keeps an operator from a mistake, and nothing else depends on it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from chat.errors import SettingsError

KEY = 0x706C616365  # of the advisory lock
CONNECT_SECONDS = 5
SHARE = "Several processes need REDIS_URL, the same for all of them."


@contextmanager
def in_folder(folder: Path, alone: bool, hint: str = SHARE) -> Iterator[None]:
    """Raises SettingsError, with the hint what to do, when somebody has a place there with whom it cannot be shared."""
    with (folder / "server.lock").open("w") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(f"Another Nightdesk already serves the data folder {folder}. {hint}") from None
        yield


@contextmanager
def in_postgres(url: str, alone: bool, hint: str = SHARE) -> Iterator[None]:
    """The same for a database that many machines may reach. A restart of Postgres loses the place unnoticed."""
    import psycopg

    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        raise SettingsError(f"The database cannot be reached: {str(error).splitlines()[0]}") from None
    with closing(connection):
        lock = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
        row = connection.execute(f"SELECT {lock}(%s)", (KEY,)).fetchone()
        if row != (True,):
            raise SettingsError(f"Another Nightdesk already serves this database. {hint}")
        try:
            yield
        finally:
            with suppress(psycopg.Error):  # closing alone lets go of it a moment later
                connection.execute("SELECT pg_advisory_unlock_all()")
