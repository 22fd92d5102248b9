"""Brings a database to the newest schema (Alembic; the steps live in `alembic/versions/`)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chat.errors import SettingsError
from chat.store import tables
from chat.store.store import database_at

HERE = Path(__file__).parent


def migrate(where: Path | str) -> None:
    """Applies what is missing, once, whoever else starts now. Raises SettingsError when the database is not usable.

    That is when it cannot be reached, or was made by a newer version.
    """
    database = database_at(where)
    try:
        with database.migrating() as connection:
            _upgrade(connection)
    except DBAPIError as error:
        why = str(error.orig).strip().partition("\n")[0].rstrip(".")
        raise SettingsError(f"The database {database.name} cannot be opened: {why}.") from None


def _upgrade(connection: Connection) -> None:
    config = configure(connection)
    refuse_newer(connection, config)
    command.upgrade(config, "head")
    connection.execute(
        text("INSERT INTO meta (key, value) VALUES ('store_id', :id) ON CONFLICT DO NOTHING"), {"id": tables.new_id()}
    )


def configure(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE / "alembic"))
    config.attributes["connection"] = connection
    return config


def refuse_newer(connection: Connection, config: Config) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise SettingsError(
            f"The database has schema {current}, which this version of Nightdesk does not know. "
            "Start the version that made it, or a newer one."
        )
