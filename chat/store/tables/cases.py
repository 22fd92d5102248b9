"""Orders, tickets, refunds, and the links that open a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from chat.store.tables.columns import Instant, Json, Table, id_column, where


class Order(Table, table=True):
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
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    told_at: datetime | None = Field(
        default=None, sa_type=Instant
    )  # the shop's time of what we know: older news is none


class Transaction(Table, table=True):
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
    told_at: datetime | None = Field(default=None, sa_type=Instant)


class OrderMatch(Table, table=True):
    """An agent matched two facts: this customer, whom no site has signed for, may talk about this order."""

    customer_id: str = Field(primary_key=True, foreign_key="customer.id")
    order_id: str = Field(primary_key=True, foreign_key="purchase.id")
    agent_id: str = Field(foreign_key="agent.id")
    facts: list[str] = Field(default_factory=list, sa_type=Json)  # which ones, not what they said
    at: datetime = Field(sa_type=Instant)


class ShopEvent(Table, table=True):
    """What a shop has told us; the same event told again changes nothing."""

    site_id: str = Field(primary_key=True, foreign_key="site.id")
    event_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)


class TicketKind(Table, table=True):
    """A kind an admin made, or one of the built-in kinds as an admin changed it."""

    code: str = Field(primary_key=True)
    definition: dict[str, Any] = Field(sa_type=Json)
    revision: int = 1
    active: bool = True


class Ticket(Table, table=True):
    __table_args__ = (
        Index("ticket_list", "site_id", "updated_at", "id"),
        Index("ticket_list_by_status", "site_id", "status", "updated_at", "id"),
        Index("ticket_customer", "customer_id", "created_at"),
        Index("ticket_list_by_assignee", "site_id", "assignee_id", "status", "updated_at", "id"),
        Index("ticket_list_by_kind", "site_id", "kind", "updated_at", "id"),
        Index("ticket_list_by_team", "site_id", "team_id", "updated_at", "id"),
        Index("ticket_list_by_priority", "site_id", "priority", "updated_at", "id"),
        # With its assignee, so that somebody's own are found among all that is due without a look at each ticket.
        Index("ticket_due", "site_id", "status", "due_at", "id", "assignee_id", **where("due_at IS NOT NULL")),
        Index("ticket_calendar", "site_id", "calendar_revision", **where("status NOT IN ('solved', 'closed')")),
        Index("ticket_merged", "merged_into_id", **where("merged_into_id IS NOT NULL")),
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
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # what the form of its kind asked for
    wanted: list[str] = Field(default_factory=list, sa_type=Json)  # evidence the customer was asked for
    team_id: str | None = Field(default=None, foreign_key="team.id")
    priority: int = 3  # 1 to 5, 1 first
    tags: list[str] = Field(default_factory=list, sa_type=Json)  # also in TicketTag, which finds by them
    opened_by: str = "agent"  # or customer
    contact: dict[str, str] = Field(default_factory=dict, sa_type=Json)  # name, email, phone given for this case
    mailed_event: int = 0  # up to which event its customer has read by mail
    ending: str | None = None  # one of its kind's endings
    ending_by_id: str | None = Field(default=None, foreign_key="agent.id")  # who proposed or chose it
    ending_proposed: str | None = None  # waits for a second person
    appealed_at: datetime | None = Field(default=None, sa_type=Instant)  # there is one appeal
    merged_into_id: str | None = Field(default=None, foreign_key="ticket.id")
    follows_id: str | None = Field(default=None, foreign_key="ticket.id")  # the closed one that this one goes on with
    # Due times are real time; `due_at` is the nearest of those that count now, None while it waits for the customer.
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    first_due_at: datetime | None = Field(default=None, sa_type=Instant)
    next_due_at: datetime | None = Field(default=None, sa_type=Instant)
    solve_due_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)  # first answer
    asked_at: datetime | None = Field(default=None, sa_type=Instant)  # since when the customer waits for the next one
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    paused_seconds: int = 0  # of opening time, before the pause that runs
    calendar_revision: int = 0  # of the calendar the due times were computed with
    last_event: int = 0
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    solved_at: datetime | None = Field(default=None, sa_type=Instant)


class TicketTag(Table, table=True):
    __table_args__ = (Index("ticket_tag", "tag", "ticket_id"),)

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    tag: str = Field(primary_key=True)


class TicketWatcher(Table, table=True):
    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    agent_id: str = Field(primary_key=True, foreign_key="agent.id", index=True)


class TicketView(Table, table=True):
    """A filter somebody keeps; a shared one is seen by all who serve its author's sites."""

    id: str = id_column()
    agent_id: str = Field(foreign_key="agent.id", index=True)
    name: str
    filter: dict[str, Any] = Field(sa_type=Json)
    shared: bool = False
    created_at: datetime = Field(sa_type=Instant)


class TicketCounter(Table, table=True):
    """The running number of a prefix and year; raised inside the transaction that takes it."""

    prefix: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class TicketConversation(Table, table=True):
    """The transcript as a range of the log."""

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id", index=True)
    first_seq: int
    last_seq: int


class TicketLink(Table, table=True):
    __table_args__ = (Index("ticketlink_target", "target_id", "kind"),)

    ticket_id: str = Field(primary_key=True, foreign_key="ticket.id")
    kind: str = Field(primary_key=True)  # order, transaction, ticket
    target_id: str = Field(primary_key=True)


class TicketEvent(Table, table=True):
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


class Refund(Table, table=True):
    __table_args__ = (
        CheckConstraint("amount > 0", name="refund_amount"),
        CheckConstraint("(order_id IS NULL) <> (transaction_id IS NULL)", name="refund_of_one"),
        Index("refund_by_day", "decided_by_id", "decided_at"),
    )

    id: str = id_column()
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    order_id: str | None = Field(default=None, foreign_key="purchase.id", index=True)
    transaction_id: str | None = Field(default=None, foreign_key="payment.id", index=True)  # of no order
    amount: int = Field(sa_type=BigInteger)
    currency: str
    lines: list[int] = Field(default_factory=list, sa_type=Json)
    # line -> how many of it go back, where that was said
    counts: dict[str, int] = Field(default_factory=dict, sa_type=Json, sa_column_kwargs={"server_default": "{}"})
    reason: str
    state: str
    requested_by_kind: str
    requested_by_id: str
    requested_by: str
    decided_by_id: str | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    first_by_id: str | None = Field(default=None, foreign_key="agent.id")  # who approved first, where two must
    first_by: str | None = None
    verdict: dict[str, Any] | None = Field(default=None, sa_type=Json)  # of the policy, when it was asked for
    calculation: dict[str, Any] | None = Field(default=None, sa_type=Json)  # of a dispute: charged, expected
    payout: str | None = None  # where the money goes: original, alipay, wechat, bank
    payout_account: str | None = None  # encrypted
    payout_masked: str | None = None
    appealed_at: datetime | None = Field(default=None, sa_type=Instant)
    appeal_reason: str | None = None
    reference: str | None = None
    payment_key: str | None = Field(default=None, unique=True)
    paid_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)


class Payout(Table, table=True):
    """One attempt to pay a refund. Its id is the idempotency key; a refund has at most one that did not fail."""

    __table_args__ = (
        Index("one_payout", "refund_id", unique=True, **where("state <> 'failed'")),
        Index("payout_doubtful", "refund_id", **where("said IS NOT NULL")),
        Index("payout_silent", "at", **where("state IN ('asked', 'unknown')")),
    )

    id: str = id_column()
    refund_id: str = Field(foreign_key="refund.id", index=True)
    way: str  # by_hand, or service: the operator's payment service
    state: str  # asked, unknown, paid, failed
    by_id: str = Field(foreign_key="agent.id")
    reference: str | None = None
    error: str | None = None
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    said: str | None = None  # paid or failed: what the service said of it later, against what is known


class IdentityCheck(Table, table=True):
    """What was checked of who asks for their account back, and the result; never what they answered."""

    id: str = id_column()
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    what: str
    passed: bool
    agent_id: str = Field(foreign_key="agent.id")
    agent_name: str
    at: datetime = Field(sa_type=Instant)


class Attachment(Table, table=True):
    """A file somebody sent. Its content lies in the data folder under `path`; row and file agree after a crash."""

    __table_args__ = (
        Index("attachment_loose", "created_at", **where("used_at IS NULL")),
        Index("attachment_agent", "agent_id", "created_at", **where("agent_id IS NOT NULL")),
        Index("attachment_key", "key", unique=True),
    )

    id: str = id_column()
    key: str | None = None  # of who sent it and their client_id: the same again is one file
    site_id: str | None = Field(default=None, foreign_key="site.id")  # of the customer who sent it
    customer_id: str | None = Field(default=None, foreign_key="customer.id", index=True)  # None: an agent sent it
    agent_id: str | None = Field(default=None, foreign_key="agent.id")
    ticket_id: str | None = Field(default=None, foreign_key="ticket.id", index=True)  # sent through a case's link
    name: str  # as its sender called it, cleaned
    type: str  # decided by content
    size: int
    width: int | None = None
    height: int | None = None
    sha256: str
    path: str = Field(unique=True)
    created_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)  # when a message or a ticket took it


class AttachmentUse(Table, table=True):
    """Where a file is shown: who may see that may download it."""

    __table_args__ = (Index("attachmentuse_subject", "subject_id"),)

    attachment_id: str = Field(primary_key=True, foreign_key="attachment.id")
    subject_kind: str = Field(primary_key=True)  # conversation, ticket
    subject_id: str = Field(primary_key=True)
    seq: int | None = None  # of the message in that conversation


class Evidence(Table, table=True):
    __table_args__ = (Index("evidence_ticket", "ticket_id", "id"), UniqueConstraint("ticket_id", "client_id"))

    id: str = id_column()
    ticket_id: str = Field(foreign_key="ticket.id")
    client_id: str
    code: str  # one of those its kind asks for, or other
    body: str = ""
    attachment_id: str | None = Field(default=None, foreign_key="attachment.id")
    by_kind: str
    by_id: str | None = None
    at: datetime = Field(sa_type=Instant)


class CaseLink(Table, table=True):
    token_hash: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
