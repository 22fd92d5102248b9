"""Teams, who is in them, and how a conversation found its agent."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chat.wire.chat import Person
from chat.wire.values import (
    AssignedHow,
    Divert,
    Id,
    Input,
    LeftOutReason,
    Line,
    Locale,
    Number,
    Role,
    RoutingPolicy,
    Shape,
    SiteKey,
    Time,
    Topic,
)


class TeamName(Shape):
    id: Id
    name: str


class Weighed(Shape):
    """An agent who could have had it. The smallest `score` comes first; docs/queue.md says what its numbers are."""

    id: Id
    name: str
    load: int
    capacity: int | None = None  # None: no limit
    score: list[int]


class LeftOut(Shape):
    id: Id
    name: str
    load: int
    capacity: int | None = None
    reason: LeftOutReason


class Overflow(Shape):
    """The team that could have it as well, after so many seconds."""

    team: TeamName
    after: int


class Explanation(Shape):
    """Why an agent got a conversation, as things stood then. `by` handed it over; `more` agents are not named."""

    policy: RoutingPolicy
    team: TeamName | None = None
    waited: int  # seconds since the customer first waited
    by: Person | None = None
    overflow: Overflow | None = None
    candidates: list[Weighed]
    left_out: list[LeftOut]
    more: int = 0


class Assigned(Shape):
    agent: Person
    how: AssignedHow
    at: Time
    ended_at: Time | None = None
    ended_how: str | None = None
    explanation: Explanation | None = None


class Decisions(Shape):
    """Who had a conversation, in order, and how that was decided."""

    decisions: list[Assigned]


class TeamSettings(Shape):
    """`topics` empty: every one. `capacity` counts for agents without one of their own; None: no limit."""

    id: Id
    name: str
    sites: list[str]
    topics: list[Topic]
    policy: RoutingPolicy
    capacity: int | None = None
    overflow_team_id: Id | None = None
    overflow_seconds: int | None = None
    max_queue: int | None = None
    max_wait_seconds: int | None = None
    divert: Divert
    wrap_up_seconds: int


class AgentSettings(Shape):
    """`languages` empty: every one."""

    id: Id
    name: str
    email: str
    role: Role
    capacity: int | None = None
    languages: list[Locale]
    team_ids: list[Id]


class Teams(Shape):
    teams: list[TeamSettings]
    agents: list[AgentSettings]


class AddTeam(Input):
    client_id: Id
    name: Line
    sites: Annotated[list[SiteKey], Field(max_length=200)]


class SetTeam(Input):
    """What is not given stays; null takes a limit, or the other team, away."""

    team_id: Id
    name: Line = ""
    sites: Annotated[list[SiteKey], Field(max_length=200)] = []
    topics: Annotated[list[Topic], Field(max_length=20)] = []
    policy: RoutingPolicy = "by_hand"
    capacity: Number | None = None
    overflow_team_id: Id | None = None
    overflow_seconds: Number | None = None
    max_queue: Number | None = None
    max_wait_seconds: Number | None = None
    divert: Divert = "message"
    wrap_up_seconds: Number = 0


class RemoveAgent(Input):
    agent_id: Id


class SetAgent(Input):
    """What is not given stays; null takes the limit away."""

    agent_id: Id
    capacity: Number | None = None
    languages: Annotated[list[Locale], Field(max_length=20)] = []
    team_ids: Annotated[list[Id], Field(max_length=200)] = []
