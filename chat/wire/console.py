"""What agents send and get: sessions, the desk, conversations as staff see them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from chat.wire.chat import Conversation, Desk, Message, Person
from chat.wire.values import (
    BreakReason,
    Cursor,
    CustomerKind,
    Email,
    Id,
    Input,
    Limit,
    Locale,
    Outcome,
    Password,
    PresenceStatus,
    Role,
    Seq,
    Shape,
    Text,
    Time,
)


class AgentSession(Input):
    email: Email
    password: Password
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,12}$")] | None = None
    bearer: bool = False


class ChangePassword(Input):
    """`new` has 10 characters at least, and is not the address one signs in with."""

    current: Password
    new: Password


class Agent(Shape):
    id: Id
    name: str
    email: str
    role: Role
    status: PresenceStatus
    break_reason: BreakReason | None = None  # while away
    wrap_up_until: Time | None = None  # until then no new conversation is routed to them


class AgentSessionOpened(Shape):
    token: str | None = None
    agent: Agent


class Contact(Shape):
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Participant(Shape):
    """A colleague beside the one who has the conversation. Who has `joined` is known to the customer."""

    id: Id
    name: str
    may: Literal["note", "say"]
    joined: bool


class Verified(Shape):
    """What the site itself has signed of a customer; all else of them is what they, or the page, only claim."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: dict[str, str]


class AgentConversation(Conversation):
    """A conversation with what only staff see."""

    site: str
    customer_name: str
    customer_kind: CustomerKind
    verified: Verified | None = None  # of a verified customer
    locale: Locale
    page: str | None = None
    form: dict[str, str] | None = None
    contact_details: Contact | None = None
    preview: str
    last_at: Time
    first_waited_at: Time | None = None
    left_at: Time | None = None  # when the offline message was left
    comment: str | None = None
    ticket_number: str | None = None  # the newest one
    last_note: int = 0
    team_id: Id | None = None
    priority: int = 3  # 1 to 5, 1 is first
    snoozed_until: Time | None = None
    participants: list[Participant] = []
    unanswered_since: Time | None = None  # while somebody waits for an agent's word


class AgentConversationValue(Shape):
    conversation: AgentConversation


class Note(Shape):
    id: Id
    conversation_id: Id
    number: int
    client_id: Id
    author: Person
    body: str
    created_at: Time


class AgentSync(Input):
    conversation_id: Id | None = None
    after_seq: Seq = 0


class Counts(Shape):
    mine: int
    waiting: int
    inbox: int
    tickets: int


class Colleague(Shape):
    id: Id
    name: str
    role: Role
    status: PresenceStatus  # as chosen; `offline` while no connection lives
    break_reason: BreakReason | None = None  # while away
    wrap_up_until: Time | None = None  # until then no new conversation is routed to them


class Alert(Shape):
    """Customers of a site who would be left alone, and what is done about it is for people to decide.

    How many of that kind, since when, and the conversation it began with; `list` is where they are found.
    """

    site: str
    kind: str
    count: int
    since: Time
    conversation_id: Id | None = None
    list: Literal["queue", "inbox"] | None = None
    ticket_id: Id | None = None  # where money is in doubt


class Standstill(Shape):
    """No process does the background work: no bot, no mail, and nobody who vanished is noticed.

    Since when none was heard; nothing when none ever was.
    """

    since: Time | None = None


class TeamOfSites(Shape):
    """A team, and those of one's sites that it serves, by key."""

    id: Id
    name: str
    sites: list[str]


class DeskView(Shape):
    """`invited` are conversations of colleagues that one takes part in. `standstill` is for those who lead."""

    agent: Agent
    mine: list[AgentConversation]
    invited: list[AgentConversation]
    teams: list[TeamOfSites]
    waiting: list[AgentConversation]
    inbox: list[AgentConversation]
    counts: Counts
    colleagues: list[Colleague]
    alerts: list[Alert]
    standstill: Standstill | None = None
    desks: list[Desk]
    mail: Literal["smtp", "outbox"]
    store_id: Id


class AgentSynced(Shape):
    """Without `conversation_id`, `desk`; with it the tail of one conversation and its notes."""

    desk: DeskView | None = None
    conversation: AgentConversation | None = None
    messages: list[Message] | None = None
    notes: list[Note] | None = None
    more: bool | None = None


class SetPresence(Input):
    """`reason` goes with `away`."""

    status: PresenceStatus
    reason: BreakReason | None = None


class AgentValue(Shape):
    agent: Agent


class Pick(Input):
    conversation_id: Id | None = None


class Prioritize(Input):
    conversation_id: Id
    priority: Annotated[int, Field(ge=1, le=5)]


class AddNote(Input):
    conversation_id: Id
    client_id: Id
    body: Text


class NoteValue(Shape):
    note: Note


class Transfer(Input):
    """To `agent_id` or to `team_id`, one of the two."""

    conversation_id: Id
    client_id: Id | None = None
    agent_id: Id | None = None
    team_id: Id | None = None
    note: Text | None = None  # for staff


class Invite(Input):
    """`note`: they read along and write notes. `say`: they may also write to the customer, who is then told so."""

    conversation_id: Id
    client_id: Id
    agent_id: Id
    may: Literal["note", "say"]
    note: Text | None = None


class Uninvite(Input):
    conversation_id: Id
    agent_id: Id


class TakeOver(Input):
    conversation_id: Id
    client_id: Id | None = None
    note: Text | None = None


class LiveList(Input):
    before: Cursor | None = None
    limit: Limit = 50


class LiveCounts(Shape):
    bot: int
    waiting: int
    active: int


class LivePage(Shape):
    """Those who have waited longest for an agent's word come first, then those where something was said last. None says
    where it stands in line (`waiting`): `sync` of one does.
    """

    conversations: list[AgentConversation]
    counts: LiveCounts | None = None  # on the first page
    next: str | None = None


class Look(Input):
    """What one has on the screen now; without `conversation_id`, nothing."""

    conversation_id: Id | None = None
    doing: Literal["viewing", "typing"] = "viewing"


class Viewer(Shape):
    id: Id
    name: str
    doing: Literal["viewing", "typing"]


class Looking(Shape):
    """Oneself, as colleagues see it in `viewers`."""

    viewer: Viewer | None = None


class Viewers(Shape):
    """Who has this conversation on the screen, whole. A hint: nothing of it is stored."""

    conversation_id: Id
    viewers: list[Viewer]


class Close(Input):
    conversation_id: Id
    outcome: Outcome | None = None


class QueueEvent(Shape):
    """A site's waiting conversations, whole: the first hundred and how many there are."""

    site: str
    waiting: list[AgentConversation]
    total: int


class InboxEvent(Shape):
    """The head of a site's inbox, and how many there are; of more than a thousand nobody counts the rest."""

    site: str
    inbox: list[AgentConversation]
    total: int


class PresenceEvent(Shape):
    colleagues: list[Colleague]


class AlertsEvent(Shape):
    """A site's alerts, whole, and for those who lead whether anybody does the background work of all sites."""

    site: str
    alerts: list[Alert]
    standstill: Standstill | None = None


class Notice(Shape):
    code: str
    values: dict[str, Any]
