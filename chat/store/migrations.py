"""Brings a database to the newest schema (Alembic; the steps live in `alembic/versions/`)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from chat.errors import SettingsError
from chat.store import tables
from chat.store.store import connect

HERE = Path(__file__).parent


def migrate(path: Path) -> None:
    """Applies what is missing. Raises SettingsError when the database was made by a newer version."""
    engine = connect(path)
    try:
        _upgrade(engine)
    except DatabaseError as error:
        raise SettingsError(f"The database {path} cannot be opened: {error.orig}.") from None
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        config = configure(connection)
        refuse_newer(connection, config)
        command.upgrade(config, "head")
        connection.exec_driver_sql(
            "INSERT INTO meta (key, value) VALUES ('store_id', ?) ON CONFLICT DO NOTHING", (tables.new_id(),)
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
