"""The tables. Times are integer milliseconds since 1970 UTC, so they compare and index alike everywhere.

Ids are UUIDv7 strings: they sort by the time they were made.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel
from uuid_utils import uuid7


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


def _id() -> Any:
    return Field(default_factory=new_id, primary_key=True)


class Meta(SQLModel, table=True):
    """`store_id` changes when the database is replaced, and clients then reload everything.

    `mail` says how this installation sends it: `smtp`, or `outbox` when mails are only written to the data folder.
    `bus_key` is what its processes sign their news to each other with; it never leaves the server.
    """

    key: str = Field(primary_key=True)
    value: str


# -- who ----------------------------------------------------------------------------------------------------------


class Site(SQLModel, table=True):
    id: str = _id()
    key: str = Field(unique=True)
    name: dict[str, str] = Field(sa_type=Json)  # by locale
    origins: list[str] = Field(default_factory=list, sa_type=Json)
    locales: list[str] = Field(default_factory=list, sa_type=Json)
    calendar: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    calendar_revision: int = 0  # raised by every change, so that nobody overwrites what they have not seen
    bot_in_front: bool = False
    issuer: str  # verified people are one customer across the sites that share it
    identity_secret: str
    ticket_prefix: str
    refund_limit: int = 50_000  # minor units; above it a second person decides
    reopen_hours: int = 72
    safety_notice: bool = True
    answer_seconds: int | None = None  # an assigned agent answers within it, else the next one has the conversation
    grace_seconds: int = 300  # an answered conversation stays that long with an agent who is gone
    last_call_minutes: int = 10  # before closing: who cannot be reached any more does not enter the queue
    promise_minutes: int = 240  # of opening time, until a message that was left is answered
    urgent_words: list[str] = Field(default_factory=list, sa_type=Json)  # besides those every site has
    urgent_phone: str | None = None  # shown to who writes of fraud, theft or danger
    urgent_steps: dict[str, str] = Field(default_factory=dict, sa_type=Json)  # by locale
    on_call: str | None = None  # e-mail address that urgent messages alert


class Team(SQLModel, table=True):
    id: str = _id()
    name: str
    topics: list[str] = Field(default_factory=list, sa_type=Json)  # empty: every topic
    policy: str = "by_hand"
    capacity: int | None = None  # conversations at once of an agent who has no limit of their own; None: no limit
    overflow_team_id: str | None = Field(default=None, foreign_key="team.id")
    overflow_seconds: int | None = None  # of waiting, until the other team may take it
    max_queue: int | None = None
    max_wait_seconds: int | None = None
    divert: str = "message"  # where those go who find the queue full or have waited too long: message or bot
    wrap_up_seconds: int = 0  # after closing, before the next conversation is routed


class TeamSite(SQLModel, table=True):
    team_id: str = Field(primary_key=True, foreign_key="team.id")
    site_id: str = Field(primary_key=True, foreign_key="site.id")


class TeamAgent(SQLModel, table=True):
    team_id: str = Field(primary_key=True, foreign_key="team.id")
    agent_id: str = Field(primary_key=True, foreign_key="agent.id")


class Agent(SQLModel, table=True):
    id: str = _id()
    email: str = Field(unique=True)
    name: str
    role: str
    password_hash: str
    status: str = "offline"
    active: bool = True
    capacity: int | None = None  # conversations at once; None: the team's
    languages: list[str] = Field(default_factory=list, sa_type=Json)  # locales; empty: every one
    break_reason: str | None = None  # while away
    last_assigned_at: datetime | None = Field(default=None, sa_type=Instant)
    wrap_up_until: datetime | None = Field(default=None, sa_type=Instant)
    offline_at: datetime | None = Field(default=None, sa_type=Instant)  # when they chose to go offline
    gone_at: datetime | None = Field(default=None, sa_type=Instant)  # when the last of their connections was missed
    created_at: datetime = Field(sa_type=Instant)


class Presence(SQLModel, table=True):
    """One row a connection: an agent is present while one of them has been seen lately."""

    connection_id: str = Field(primary_key=True)
    agent_id: str = Field(foreign_key="agent.id", index=True)
    session_id: str | None = None
    seen_at: datetime = Field(sa_type=Instant, index=True)


class Customer(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("issuer", "external_id"),)

    id: str = _id()
    kind: str = "anonymous"
    issuer: str | None = None
    external_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str
    created_at: datetime = Field(sa_type=Instant)


class Session(SQLModel, table=True):
    """A signed-in customer or agent. Only the token's hash is kept."""

    __table_args__ = (
        Index(
            "session_revoked",
            "revoked_at",
            sqlite_where=text("revoked_at IS NOT NULL"),
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
    )

    id: str = _id()
    token_hash: str = Field(unique=True)
    kind: str
    person_id: str = Field(index=True)
    site_id: str | None = Field(default=None, foreign_key="site.id")
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


# -- conversations ------------------------------------------------------------------------------------------------


class Conversation(SQLModel, table=True):
    __table_args__ = (
        Index(
            "one_open_conversation",
            "customer_id",
            "site_id",
            unique=True,
            sqlite_where=text("status <> 'closed'"),
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("conversation_queue", "site_id", "status", "priority", "first_waited_at", "id"),
        # Beside it for what is asked all the time: SQLite, which knows no numbers, would go through everything.
        Index(
            "conversation_waiting",
            "site_id",
            "priority",
            "first_waited_at",
            "id",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "conversation_active",
            "agent_id",
            "id",
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "conversation_inbox",
            "site_id",
            "priority",
            "reply_by",
            "id",
            "snoozed_until",
            sqlite_where=text("status = 'offline'"),
            postgresql_where=text("status = 'offline'"),
        ),
        Index(
            "conversation_inbox_of",
            "site_id",
            "agent_id",
            "priority",
            "reply_by",
            "id",
            sqlite_where=text("status = 'offline'"),
            postgresql_where=text("status = 'offline'"),
        ),
        Index(
            "conversation_urgent",
            "site_id",
            "urgent",
            "priority",
            "reply_by",
            "id",
            sqlite_where=text("status = 'offline'"),
            postgresql_where=text("status = 'offline'"),
        ),
        Index("conversation_owner", "agent_id", "status"),
        Index(
            "conversation_promised",
            "reply_by",
            sqlite_where=text("status = 'offline'"),
            postgresql_where=text("status = 'offline'"),
        ),
        Index(
            "conversation_unpromised",
            "status",
            sqlite_where=text("status = 'offline' AND (reply_by IS NULL OR left_at IS NULL)"),
            postgresql_where=text("status = 'offline' AND (reply_by IS NULL OR left_at IS NULL)"),
        ),
        Index(
            "conversation_snoozed",
            "snoozed_until",
            sqlite_where=text("snoozed_until IS NOT NULL"),
            postgresql_where=text("snoozed_until IS NOT NULL"),
        ),
        # Of no column that a message changes: Postgres would write to every index then.
        Index(
            "conversation_with_bot",
            "id",
            sqlite_where=text("status = 'bot'"),
            postgresql_where=text("status = 'bot'"),
        ),
        Index("conversation_customer", "customer_id", "created_at"),
    )

    id: str = _id()
    site_id: str = Field(foreign_key="site.id")
    customer_id: str = Field(foreign_key="customer.id")
    agent_id: str | None = Field(default=None, foreign_key="agent.id")  # who has it; of an offline message: whose it is
    team_id: str | None = Field(default=None, foreign_key="team.id")  # whose queue or inbox it is in
    last_agent_id: str | None = Field(default=None, foreign_key="agent.id")  # who had it last, or the one before it
    passed_over: list[str] = Field(
        default_factory=list, sa_type=Json
    )  # agents it was with, who did not answer or gave it back
    status: str
    topic: str
    priority: int = 3  # 1 to 5, as in P1: 1 is first in line
    urgent: bool = False  # the customer writes of fraud, theft or danger
    locale: str
    page: str | None = None
    form: dict[str, str] | None = Field(default=None, sa_type=Json)
    epoch: int = 0
    version: int = 1
    last_seq: int = 0
    last_note: int = 0
    customer_read_seq: int = 0
    agent_read_seq: int = 0
    warned: bool = False  # the customer has read that staff never ask for passwords or codes
    mailed_seq: int = 0  # an agent's answers up to here have been mailed
    bot_misses: int = 0
    bot_article_id: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    preview: str = ""
    last_at: datetime = Field(sa_type=Instant)
    last_author: str | None = None  # of customer and agent, who wrote last
    last_said_at: datetime | None = Field(default=None, sa_type=Instant)  # and when
    first_waited_at: datetime | None = Field(default=None, sa_type=Instant)
    assigned_at: datetime | None = Field(default=None, sa_type=Instant)  # to the agent who has it
    overflowed_at: datetime | None = Field(default=None, sa_type=Instant)  # when it was opened to the other team
    diverted_at: datetime | None = Field(default=None, sa_type=Instant)  # when they had waited too long; once is enough
    told_closed_at: datetime | None = Field(default=None, sa_type=Instant)  # when who waits learnt that the desk closed
    left_at: datetime | None = Field(default=None, sa_type=Instant)
    reply_by: datetime | None = Field(default=None, sa_type=Instant)  # the promise made to who left a message
    snoozed_until: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = None
    score: int | None = None
    comment: str | None = None


class Message(SQLModel, table=True):
    """An entry of a conversation's log; `seq` is dense: 1, 2, 3 ..."""

    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    seq: int = Field(primary_key=True)
    id: str = Field(unique=True)
    client_id: str | None = None
    author_kind: str
    author_id: str | None = None
    author_name: str
    kind: str
    body: str
    data: dict[str, Any] | None = Field(default=None, sa_type=Json)
    created_at: datetime = Field(sa_type=Instant)


class Note(SQLModel, table=True):
    """Staff only, numbered apart, so it can neither leak into the log nor leave a gap there."""

    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    number: int = Field(primary_key=True)
    id: str = Field(unique=True)
    client_id: str
    agent_id: str = Field(foreign_key="agent.id")
    agent_name: str
    body: str
    created_at: datetime = Field(sa_type=Instant)


class Assignment(SQLModel, table=True):
    """That an agent got a conversation: how it was decided, and how long they had it."""

    __table_args__ = (
        Index("assignment_recent", "team_id", "ended_at"),
        Index("assignment_conversation", "conversation_id", "id"),
        Index(
            "assignment_open",
            "conversation_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: str = _id()
    conversation_id: str = Field(foreign_key="conversation.id")
    site_id: str = Field(foreign_key="site.id")
    team_id: str | None = Field(default=None, foreign_key="team.id")
    agent_id: str = Field(foreign_key="agent.id", index=True)
    epoch: int
    how: str  # picked, routed, transferred, took_over
    explanation: dict[str, Any] | None = Field(default=None, sa_type=Json)
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_how: str | None = None  # closed, released, transferred, lost


class Participant(SQLModel, table=True):
    """A colleague beside the one who has the conversation."""

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    agent_id: str = Field(primary_key=True, foreign_key="agent.id", index=True)
    may: str  # note, or say
    invited_by_id: str | None = Field(default=None, foreign_key="agent.id")  # None: a supervisor who joined
    at: datetime = Field(sa_type=Instant)
    joined_at: datetime | None = Field(default=None, sa_type=Instant)  # since when the customer knows of them


class Promise(SQLModel, table=True):
    """The ledger of reply times: what was promised to whom, and whether it was kept."""

    __table_args__ = (
        Index("promise_due", "site_id", "due_at"),
        Index(
            "one_open_promise",
            "conversation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: str = _id()
    conversation_id: str = Field(foreign_key="conversation.id")
    site_id: str = Field(foreign_key="site.id")
    made_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_how: str | None = None  # answered; dropped: closed unanswered; spam


class Finding(SQLModel, table=True):
    """What the watchdog found and could not mend; gone when it is not so any more."""

    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: str = _id()
    kind: str
    subject_id: str  # a conversation, or a site
    site_id: str = Field(foreign_key="site.id", index=True)
    since: datetime = Field(sa_type=Instant)


class Receipt(SQLModel, table=True):
    """What a creating command answered to a `client_id`: the same again gives the same answer."""

    person_id: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    command: str
    digest: str
    answer: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=Instant, index=True)


class Job(SQLModel, table=True):
    """A promise made in the transaction that caused it, kept by whichever process holds its lease."""

    __table_args__ = (
        Index(
            "job_due",
            "run_at",
            sqlite_where=text("done_at IS NULL AND failed_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND failed_at IS NULL"),
        ),
        Index(
            "job_over",
            "done_at",
            sqlite_where=text("done_at IS NOT NULL"),
            postgresql_where=text("done_at IS NOT NULL"),
        ),
    )

    id: str = _id()
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


class Audit(SQLModel, table=True):
    id: str = _id()
    at: datetime = Field(sa_type=Instant, index=True)
    actor_kind: str
    actor_id: str | None = None
    what: str
    subject_kind: str
    subject_id: str = Field(index=True)
    data: dict[str, Any] | None = Field(default=None, sa_type=Json)


# -- knowledge ----------------------------------------------------------------------------------------------------


class Article(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("slug", "locale"),)

    id: str = _id()
    slug: str
    locale: str
    category: str
    question: str
    phrasings: list[str] = Field(default_factory=list, sa_type=Json)
    answer: str
    version: int = 1
    published: bool = True
    updated_at: datetime = Field(sa_type=Instant)


# -- cases --------------------------------------------------------------------------------------------------------


class Order(SQLModel, table=True):
    __tablename__ = "purchase"  # ORDER is a word of SQL
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        Index("purchase_customer", "customer_id", "placed_at"),
    )

    id: str = _id()
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

    id: str = _id()
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

    id: str = _id()
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

    id: str = _id()
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
