"""Alembic's entry: runs on the connection that `upgrade` hands in."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel

from chat.store import tables


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration spells out plain column types, so that it stays what it was when the code moves on."""
    if kind == "type" and isinstance(item, tables.Instant):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, tables.Json):
        return "sa.Text()"
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=render_item,
    transactional_ddl=False,
)
context.run_migrations()
