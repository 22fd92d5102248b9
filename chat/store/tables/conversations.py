"""Conversations, what was said in them, who had them, and what was promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from chat.store.tables.columns import Instant, Json, Table, id_column, where


class Conversation(Table, table=True):
    __table_args__ = (
        Index(
            "one_open_conversation",
            "customer_id",
            "site_id",
            unique=True,
            **where("status <> 'closed'"),
        ),
        Index("conversation_queue", "site_id", "status", "priority", "first_waited_at", "id"),
        # Beside it for what is asked all the time: SQLite, which knows no numbers, would go through everything.
        Index(
            "conversation_waiting",
            "site_id",
            "priority",
            "first_waited_at",
            "id",
            "team_id",  # whose line it is
            **where("status = 'waiting'"),
        ),
        Index(
            "conversation_active",
            "agent_id",
            "id",
            **where("status = 'active'"),
        ),
        Index(
            "conversation_inbox",
            "site_id",
            "priority",
            "reply_by",
            "id",
            "snoozed_until",
            **where("status = 'offline'"),
        ),
        Index(
            "conversation_inbox_of",
            "site_id",
            "agent_id",
            "priority",
            "reply_by",
            "id",
            **where("status = 'offline'"),
        ),
        Index(
            "conversation_urgent",
            "site_id",
            "urgent",
            "priority",
            "reply_by",
            "id",
            **where("status = 'offline'"),
        ),
        Index("conversation_owner", "agent_id", "status"),
        Index(
            "conversation_promised",
            "reply_by",
            **where("status = 'offline'"),
        ),
        Index(
            "conversation_unpromised",
            "status",
            **where("status = 'offline' AND (reply_by IS NULL OR left_at IS NULL)"),
        ),
        Index(
            "conversation_snoozed",
            "snoozed_until",
            **where("snoozed_until IS NOT NULL"),
        ),
        # Of no column that a message changes: Postgres would write to every index then.
        Index(
            "conversation_with_bot",
            "id",
            **where("status = 'bot'"),
        ),
        Index("conversation_customer", "customer_id", "created_at"),
    )

    id: str = id_column()
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
    bot_flow: dict[str, Any] | None = Field(default=None, sa_type=Json)  # the guided flow under way and what it knows
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


class Message(Table, table=True):
    """An entry of a conversation's log; `seq` is dense: 1, 2, 3 ..."""

    __table_args__ = (
        # Ids that our windows make begin with the time: those of one time lie beside each other.
        Index(
            "message_once",
            "client_id",
            "conversation_id",
            unique=True,
            **where("client_id IS NOT NULL"),
        ),
    )

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


class Note(Table, table=True):
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


class Assignment(Table, table=True):
    """That an agent got a conversation: how it was decided, and how long they had it."""

    __table_args__ = (
        Index("assignment_recent", "team_id", "ended_at"),
        Index("assignment_conversation", "conversation_id", "id"),
        Index(
            "assignment_open",
            "conversation_id",
            **where("ended_at IS NULL"),
        ),
    )

    id: str = id_column()
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


class Participant(Table, table=True):
    """A colleague beside the one who has the conversation."""

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    agent_id: str = Field(primary_key=True, foreign_key="agent.id", index=True)
    may: str  # note, or say
    invited_by_id: str | None = Field(default=None, foreign_key="agent.id")  # None: a supervisor who joined
    at: datetime = Field(sa_type=Instant)
    joined_at: datetime | None = Field(default=None, sa_type=Instant)  # since when the customer knows of them


class Promise(Table, table=True):
    """The ledger of reply times: what was promised to whom, and whether it was kept."""

    __table_args__ = (
        Index("promise_due", "site_id", "due_at"),
        Index(
            "one_open_promise",
            "conversation_id",
            unique=True,
            **where("ended_at IS NULL"),
        ),
    )

    id: str = id_column()
    conversation_id: str = Field(foreign_key="conversation.id")
    site_id: str = Field(foreign_key="site.id")
    made_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_how: str | None = None  # answered; dropped: closed unanswered; spam


class Finding(Table, table=True):
    """What the watchdog found and could not mend; gone when it is not so any more."""

    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: str = id_column()
    kind: str
    subject_id: str  # a conversation, a ticket, or a site
    site_id: str = Field(foreign_key="site.id", index=True)
    since: datetime = Field(sa_type=Instant)
