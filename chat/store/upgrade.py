"""Applies migrations (Alembic; the steps live in `alembic/versions/`), in a process of its own: see `apart`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from chat.store.apart import main
from chat.store.migrations import STEPS, is_older, migrating


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


if __name__ == "__main__":
    main(upgrade)
