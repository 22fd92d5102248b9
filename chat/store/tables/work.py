"""What the installation keeps for itself: jobs, receipts, the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from chat.store.tables.columns import Instant, Json, Table, id_column, where


class Meta(Table, table=True):
    """`store_id` changes when the database is replaced, and clients then reload everything.

    `mail` says how this installation sends it: `smtp`, or `outbox` when mails are only written to the data folder.
    `bus_key` is what its processes sign their news to each other with; it never leaves the server.
    """

    key: str = Field(primary_key=True)
    value: str


class Receipt(Table, table=True):
    """What a creating command answered to a `client_id`: the same again gives the same answer."""

    person_id: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    command: str
    digest: str
    answer: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=Instant, index=True)


class Job(Table, table=True):
    """A promise made in the transaction that caused it, kept by whichever process holds its lease."""

    __table_args__ = (
        Index(
            "job_due",
            "run_at",
            **where("done_at IS NULL AND failed_at IS NULL"),
        ),
        Index(
            "job_over",
            "done_at",
            **where("done_at IS NOT NULL"),
        ),
        Index(
            "job_given_up",
            "kind",
            **where("failed_at IS NOT NULL AND done_at IS NULL"),
        ),
    )

    id: str = id_column()
    kind: str
    key: str | None = Field(default=None, unique=True)
    payload: dict[str, Any] = Field(sa_type=Json)
    run_at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    leased_by: str | None = None
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    failed_at: datetime | None = Field(default=None, sa_type=Instant)
    last_error: str | None = None
    created_at: datetime = Field(sa_type=Instant)


class Worker(Table, table=True):
    """A process that does the background work: when it was heard last, and its counts since its start."""

    id: str = Field(primary_key=True)  # host:pid
    seen_at: datetime = Field(sa_type=Instant)
    counts: dict[str, dict[str, int]] = Field(sa_type=Json)


class Audit(Table, table=True):
    id: str = id_column()
    at: datetime = Field(sa_type=Instant, index=True)
    actor_kind: str
    actor_id: str | None = None
    what: str
    subject_kind: str
    subject_id: str = Field(index=True)
    data: dict[str, Any] | None = Field(default=None, sa_type=Json)
