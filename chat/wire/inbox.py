"""Messages that were left, and the promises made to who left them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chat.wire.chat import Person
from chat.wire.console import AgentConversation
from chat.wire.values import ConversationIds, Cursor, Filter, GivenTime, Id, Input, Limit, Shape, Time


class InboxList(Input):
    """All but `snoozed` leave out what is snoozed."""

    filter: Filter = "all"
    before: Cursor | None = None
    limit: Limit = 50


class InboxPage(Shape):
    conversations: list[AgentConversation]
    next: str | None = None


class Conversations(Input):
    conversation_ids: ConversationIds


class Assign(Conversations):
    """To an agent, or to a team; to neither: they are nobody's."""

    agent_id: Id | None = None
    team_id: Id | None = None


class Snooze(Conversations):
    until: GivenTime


class AgentConversations(Shape):
    conversations: list[AgentConversation]


class PromiseCount(Input):
    days: Annotated[int, Field(ge=1, le=90)] = 7


class SitePromises(Shape):
    """`kept` and `missed` of those due in these days; `open` are not due yet, `overdue` are missed and still open."""

    site: str
    kept: int
    missed: int
    open: int
    overdue: int


class MissedPromise(Shape):
    """On the calendar's clock; without `answered_at` its customer was never answered, or is still waiting."""

    conversation_id: Id
    site: str
    customer_name: str
    reply_by: Time
    answered_at: Time | None = None
    agent: Person | None = None


class PromiseCounts(Shape):
    days: int
    sites: list[SitePromises]
    missed: list[MissedPromise]
