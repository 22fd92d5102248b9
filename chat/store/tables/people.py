"""Sites, teams, agents and customers, and the sessions they have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from chat.store.tables.columns import Instant, Json, Table, id_column, where


class Site(Table, table=True):
    id: str = id_column()
    key: str = Field(unique=True)
    name: dict[str, str] = Field(sa_type=Json)  # by locale
    origins: list[str] = Field(default_factory=list, sa_type=Json)
    locales: list[str] = Field(default_factory=list, sa_type=Json)
    calendar: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    calendar_revision: int = 0  # raised by every change, so that nobody overwrites what they have not seen
    bot_in_front: bool = False
    issuer: str  # verified people are one customer across the sites that share it
    identity_secret: str
    identity_keys: list[dict[str, str]] | None = Field(default=None, sa_type=Json)  # None: just the secret
    ticket_prefix: str
    refund_limit: int = 50_000  # minor units; above it a second person decides
    refund_limits: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # per role, day, customer; step-up
    refund_policy: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # empty: only what the law of sums says
    second_person: list[str] = Field(default_factory=list, sa_type=Json)  # ticket kinds whose ending two people decide
    shop_secret: str | None = None  # what the shop signs its webhooks with; None: it tells us nothing
    shop_url: str | None = None  # where the shop can be asked for somebody's orders; None: it is not asked
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
    channels: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)  # the ways to reach the desk, in order
    message_topics: list[str] = Field(default_factory=list, sa_type=Json)  # which the bot leaves to the agents at night


class Team(Table, table=True):
    id: str = id_column()
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


class TeamSite(Table, table=True):
    team_id: str = Field(primary_key=True, foreign_key="team.id")
    site_id: str = Field(primary_key=True, foreign_key="site.id")


class TeamAgent(Table, table=True):
    team_id: str = Field(primary_key=True, foreign_key="team.id")
    agent_id: str = Field(primary_key=True, foreign_key="agent.id")


class Agent(Table, table=True):
    id: str = id_column()
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


class Presence(Table, table=True):
    """One row a connection: an agent is present while one of them has been seen lately."""

    connection_id: str = Field(primary_key=True)
    agent_id: str = Field(foreign_key="agent.id", index=True)
    session_id: str | None = None
    seen_at: datetime = Field(sa_type=Instant, index=True)


class Customer(Table, table=True):
    __table_args__ = (UniqueConstraint("issuer", "external_id"),)

    id: str = id_column()
    kind: str = "anonymous"
    issuer: str | None = None
    external_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict, sa_type=Json)  # what the site has signed beside these
    locale: str
    created_at: datetime = Field(sa_type=Instant)


class Session(Table, table=True):
    """A signed-in customer or agent. Only the token's hash is kept."""

    __table_args__ = (
        Index(
            "session_revoked",
            "revoked_at",
            **where("revoked_at IS NOT NULL"),
        ),
    )

    id: str = id_column()
    token_hash: str = Field(unique=True)
    kind: str
    person_id: str = Field(index=True)
    site_id: str | None = Field(default=None, foreign_key="site.id")
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)  # when the password was given once more


class IdentityUse(Table, table=True):
    """A session was opened with this identity token. Once that is signed out of, the token opens no other."""

    hash: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=Instant, index=True)  # the token's own end
