"""Orders, tickets, refunds, and the links that open a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from chat.store.tables.columns import Instant, Json, id_column


class Order(SQLModel, table=True):
    __tablename__ = "purchase"  # ORDER is a word of SQL
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        Index("purchase_customer", "customer_id", "placed_at"),
    )

    id: str = id_column()
    site_id: str = Field(foreign_key="site.id")
    customer_id: str = Field(foreign_key="customer.id")
    number: str
    state: str
    currency: str
    total: int = Field(sa_type=BigInteger)
    channel: str
    delivery: str | None = None
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    placed_at: datetime = Field(sa_type=Instant)


class Transaction(SQLModel, table=True):
    __tablename__ = "payment"  # TRANSACTION is a word of SQL
    __table_args__ = (UniqueConstraint("site_id", "number"),)

    id: str = id_column()
    site_id: str = Field(foreign_key="site.id")
    customer_id: str = Field(foreign_key="customer.id", index=True)
    order_id: str | None = Field(default=None, foreign_key="purchase.id", index=True)
    number: str
    kind: str
    channel: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    state: str
    created_at: datetime = Field(sa_type=Instant)


class Ticket(SQLModel, table=True):
    __table_args__ = (
        Index("ticket_list", "site_id", "updated_at", "id"),
        Index("ticket_list_by_status", "site_id", "status", "updated_at", "id"),
        Index("ticket_customer", "customer_id", "created_at"),
    )

    id: str = id_column()
    number: str = Field(unique=True)
    site_id: str = Field(foreign_key="site.id")
    customer_id: str = Field(foreign_key="customer.id")
    assignee_id: str | None = Field(default=None, foreign_key="agent.id")
    kind: str
    status: str
    subject: str
    checklist: dict[str, bool] = Field(default_factory=dict, sa_type=Json)
    last_event: int = 0
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)


class TicketCounter(SQLModel, table=True):
    """The running number of a prefix and year; raised inside the transaction that takes it."""

    prefix: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class TicketConversation(SQLModel, table=True):
    """The transcript as a range of the log."""

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id", index=True)
    first_seq: int
    last_seq: int


class TicketLink(SQLModel, table=True):
    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    kind: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)


class TicketEvent(SQLModel, table=True):
    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor_kind: str
    actor_id: str | None = None
    actor_name: str
    code: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    reason: str | None = None
    visible: bool = False


class Refund(SQLModel, table=True):
    __table_args__ = (CheckConstraint("amount > 0", name="refund_amount"),)

    id: str = id_column()
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    order_id: str = Field(foreign_key="purchase.id", index=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    lines: list[int] = Field(default_factory=list, sa_type=Json)
    reason: str
    state: str
    requested_by_kind: str
    requested_by_id: str
    requested_by: str
    decided_by_id: str | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    reference: str | None = None
    payment_key: str | None = Field(default=None, unique=True)
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)


class CaseLink(SQLModel, table=True):
    token_hash: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
