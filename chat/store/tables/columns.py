"""What tables and their columns are made of: ids, times in milliseconds, JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel
from uuid_utils import uuid7


class Table(SQLModel):
    # Pydantic makes what checks values when somebody wants it. Of rows hardly anybody does; all of them take 2 MB.
    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]


def new_id() -> str:
    return str(uuid7())


def to_millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


class Instant(TypeDecorator[datetime]):
    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_millis(value)


class Json(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def id_column() -> Any:
    return Field(default_factory=new_id, primary_key=True)


def where(condition: str) -> dict[str, Any]:
    """Of an index: it is of these rows only. Told as `sqlite_where` and `postgresql_where`, as the migrations tell the
    databases, it would load what SQLAlchemy knows of either: 2 MB of a server that has one. Alembic's autogenerate does
    not see it: a migration tells the condition itself, and a test compares the two.
    """
    return {"info": {"where": condition}}
