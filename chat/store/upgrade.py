"""Applies migrations (Alembic; the steps live in `alembic/versions/`), in a process of its own: see `migrations`.

    python -m chat.store.upgrade < where

What makes the database unusable it prints, and ends with REFUSED.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from chat.errors import SettingsError
from chat.store.migrations import REFUSED, STEPS, is_older, migrating


def upgrade(where: Path | str) -> None:
    with migrating(where) as connection:
        if is_older(connection):  # nobody else was faster
            upgrade_to(connection, "head")


def upgrade_to(connection: Connection, revision: str) -> None:
    command.upgrade(configure(connection), revision)


def configure(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(STEPS.parent))
    config.attributes["connection"] = connection
    return config


def main() -> None:
    given = sys.stdin.read()
    try:
        upgrade(Path(given) if os.path.isabs(given) else given)
    except SettingsError as error:
        print(error)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
