"""Every shape that crosses the wire, in both directions.

Inputs refuse unknown fields and never coerce (a string is not a number). Ids are UUID strings, times UTC ISO-8601
with `Z`, money integers of the minor unit, text NFC without NUL or lone surrogates. Fields that are `None` are left
out of what is sent. `wire_ts.py` turns this file into `widget/src/core/wire.ts`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from chat.domain.conversation import clean_text

TEXT_LIMIT = 8_000  # code points of one message
WAIT_LIMIT = 25.0  # seconds a `sync` may wait


def utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_time(given: object) -> datetime:
    at = datetime.fromisoformat(given) if isinstance(given, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("a time is ISO-8601 with its distance from UTC, such as 2026-11-26T09:00:00Z")
    return at


def _line(limit: int) -> AfterValidator:
    return AfterValidator(lambda text: clean_text(text, limit).strip())


Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Time = Annotated[datetime, PlainSerializer(utc, return_type=str)]
GivenTime = Annotated[datetime, BeforeValidator(_read_time), PlainSerializer(utc, return_type=str)]
Text = Annotated[str, AfterValidator(lambda text: clean_text(text, TEXT_LIMIT))]
Line = Annotated[str, _line(200)]
Words = Annotated[str, _line(1_000)]
# A plain address: no quoting, and no `=?` that a mail header would decode into something else.
_ATOM, _LABEL = r"[\w!#$%&'*+/^{|}~-]+", r"\w(?:[\w-]*\w)?"
EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*$"
Email = Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{4,24}$")]
Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]  # what a column of numbers holds everywhere
Number = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Limit = Annotated[int, Field(ge=1, le=200)]
Amount = Annotated[int, Field(ge=1, le=10**12)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,200}$")]
Jwt = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,4000}$")]
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.=-]{1,200}$")]
Page = Annotated[str, _line(1_000)]
SiteKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Form = Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")], Words], Field(max_length=20)]

Locale = Literal["zh-CN", "en"]
Topic = Literal["refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other"]
ConversationStatus = Literal["bot", "waiting", "active", "offline", "closed"]
Outcome = Literal["solved", "unsolved", "abandoned", "spam", "ticket_opened", "duplicate"]
AuthorKind = Literal["customer", "agent", "bot", "system"]
MessageKind = Literal["text", "file", "card", "choices", "form", "system"]
PresenceStatus = Literal["online", "away", "offline"]
RoutingPolicy = Literal["by_hand", "least_loaded", "round_robin"]
Divert = Literal["message", "bot"]
AssignedHow = Literal["picked", "routed", "transferred", "took_over"]
LeftOutReason = Literal[
    "other_team",
    "by_hand",
    "on_break",
    "offline",
    "absent",
    "language",
    "passed_over",
    "wrapping_up",
    "full",
]
BreakReason = Literal["lunch", "short_break", "training", "meeting", "other"]
CalendarRule = Literal["emergency", "special", "makeup", "holiday", "weekly"]
Role = Literal["agent", "supervisor", "admin"]
CustomerKind = Literal["anonymous", "claimed", "verified"]
TicketStatusName = Literal["new", "open", "pending", "on_hold", "solved", "closed"]
RefundStateName = Literal[
    "requested",
    "in_review",
    "evidence_wanted",
    "second_approval",
    "approved",
    "rejected",
    "paying",
    "paid",
    "failed",
    "withdrawn",
]


class Shape(BaseModel):
    # An error that is logged must not quote what people wrote.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Input(Shape):
    model_config = ConfigDict(strict=True)


class Nothing(Shape):
    """`{}`: done, and there is nothing to tell."""


class NoInput(Input):
    """`{}`: nothing to say."""


# -- what both sides see ------------------------------------------------------------------------------------------


class Author(Shape):
    kind: AuthorKind
    id: Id | None = None
    name: str


class Message(Shape):
    id: Id
    conversation_id: Id
    seq: int
    client_id: Id | None = None
    author: Author
    kind: MessageKind
    body: str
    data: dict[str, Any] | None = None
    created_at: Time


class Person(Shape):
    id: Id
    name: str


class Range(Shape):
    """Seconds, 50th to 90th percentile."""

    low: int
    high: int


class Waiting(Shape):
    """`unlikely_before` is the closing time that this wait will hardly end before, on the calendar's clock."""

    place: int
    range: Range | None = None
    unlikely_before: Time | None = None


class Conversation(Shape):
    id: Id
    status: ConversationStatus
    topic: Topic
    customer_id: Id
    agent: Person | None = None
    last_seq: int
    version: int
    epoch: int
    customer_read_seq: int
    agent_read_seq: int
    waiting: Waiting | None = None
    created_at: Time
    closed_at: Time | None = None
    outcome: Outcome | None = None
    score: int | None = None
    contact: bool = False  # a reply can reach the customer outside the window
    reply_by: Time | None = None  # the promised time, on the calendar's clock
    urgent: bool = False


class Desk(Shape):
    """The desk as the customer sees it. Times are of the calendar's clock; `zone` is the site's.

    `rule` of the calendar decided, `reason` is the site's own words for it and `holiday` its name. While open, `queue`
    says whether one may still enter it, and `range` how long that takes; `reply_by` is what a message left now is
    promised.
    """

    site: str
    names: dict[str, str]  # by locale
    open: bool
    now: Time
    zone: str
    opens_at: Time | None = None
    closes_at: Time | None = None
    reason: str | None = None
    rule: CalendarRule = "weekly"
    holiday: dict[str, str] | None = None  # by locale
    queue: Literal["open", "closing", "full"] = "open"
    range: Range | None = None
    reply_by: Time | None = None


class TypingEvent(Shape):
    conversation_id: Id
    by: Literal["customer", "agent"]
    name: str


class ReadEvent(Shape):
    conversation_id: Id
    by: Literal["customer", "agent"]
    seq: int
    version: int


class Bye(Shape):
    reconnect_in: float


class Step(Shape):
    code: str
    state: Literal["done", "current", "todo", "failed"]


class CaseEvent(Shape):
    at: Time
    code: str
    values: dict[str, Any]


class CaseRefund(Shape):
    amount: int
    currency: Currency
    state: RefundStateName


class Case(Shape):
    """What the customer sees of a ticket."""

    ticket_id: Id
    number: str
    kind: Topic
    status: TicketStatusName
    next: Literal["desk", "customer", "nobody"]
    steps: list[Step]
    history: list[CaseEvent]
    refund: CaseRefund | None = None
    order_number: str | None = None
    created_at: Time
    updated_at: Time


class OrderItem(Shape):
    line: int
    name: str
    quantity: int
    amount: int


class Transaction(Shape):
    id: Id
    number: str
    kind: Literal["payment", "transfer", "collection"]
    channel: str
    amount: int
    currency: Currency
    state: Literal["pending", "succeeded", "failed", "frozen"]
    created_at: Time


class Order(Shape):
    id: Id
    number: str
    state: Literal["unpaid", "paid", "shipped", "delivered", "cancelled", "refunded"]
    currency: Currency
    total: int
    refunded: int
    refundable: int
    channel: str
    delivery: str | None = None
    placed_at: Time
    items: list[OrderItem]
    transactions: list[Transaction]


# -- customer -----------------------------------------------------------------------------------------------------


class CustomerSession(Input):
    site: SiteKey
    token: Token | None = None
    identity: Jwt | None = None
    locale: Locale | None = None
    page: Page | None = None


class Customer(Shape):
    id: Id
    kind: CustomerKind
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: Locale


class CustomerSessionOpened(Shape):
    token: str
    customer: Customer
    desk: Desk
    conversation: Conversation | None = None
    store_id: Id


class Start(Input):
    client_id: Id | None = None
    topic: Topic
    form: Form | None = None
    locale: Locale | None = None
    page: Page | None = None


class ConversationValue(Shape):
    conversation: Conversation


class Say(Input):
    conversation_id: Id
    client_id: Id
    body: Text


class Said(Shape):
    seq: int
    id: Id
    created_at: Time


class Sync(Input):
    conversation_id: Id
    after_seq: Seq
    version: int | None = None
    wait: Annotated[float, Field(ge=0, le=WAIT_LIMIT, strict=False)] | None = None


class Synced(Shape):
    conversation: Conversation
    messages: list[Message]
    more: bool


class History(Input):
    conversation_id: Id
    before_seq: Seq
    limit: Limit = 50


class HistoryPage(Shape):
    messages: list[Message]
    more: bool


class LeaveMessage(Input):
    conversation_id: Id
    client_id: Id
    body: Text
    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None


class InConversation(Input):
    conversation_id: Id


class Read(Input):
    conversation_id: Id
    seq: Seq


class Rate(Input):
    conversation_id: Id
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Words | None = None


class OrderList(Shape):
    """`transactions` are those that belong to no order: transfers of a wallet, payments that failed before one."""

    orders: list[Order]
    transactions: list[Transaction] = []


class CaseList(Shape):
    cases: list[Case]


class OfTicket(Input):
    ticket_id: Id


class CasePage(Case):
    """A case for whoever holds its link: numbers are masked, and nothing says whose it is."""

    site: str
    site_names: dict[str, str]  # by locale
    zone: str
    locale: Locale


class CaseLink(Shape):
    """`path` opens the case page without signing in; it expires."""

    path: str
    expires_at: Time


# -- agent --------------------------------------------------------------------------------------------------------


class AgentSession(Input):
    email: Email
    password: Annotated[str, AfterValidator(lambda text: clean_text(text, 200))]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,12}$")] | None = None
    bearer: bool = False


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


class AgentConversation(Conversation):
    """A conversation with what only staff see."""

    site: str
    customer_name: str
    customer_kind: CustomerKind
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


class TeamOfSites(Shape):
    """A team, and those of one's sites that it serves, by key."""

    id: Id
    name: str
    sites: list[str]


class DeskView(Shape):
    """`invited` are conversations of colleagues that one takes part in."""

    agent: Agent
    mine: list[AgentConversation]
    invited: list[AgentConversation]
    teams: list[TeamOfSites]
    waiting: list[AgentConversation]
    inbox: list[AgentConversation]
    counts: Counts
    colleagues: list[Colleague]
    alerts: list[Alert]
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


class SetAgent(Input):
    """What is not given stays; null takes the limit away."""

    agent_id: Id
    capacity: Number | None = None
    languages: Annotated[list[Locale], Field(max_length=20)] = []
    team_ids: Annotated[list[Id], Field(max_length=200)] = []


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
    """Those who have waited longest for an agent's word come first, then those where something was said last."""

    conversations: list[AgentConversation]
    counts: LiveCounts
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


Filter = Literal["mine", "unassigned", "snoozed", "urgent", "overdue", "all"]
ConversationIds = Annotated[list[Id], Field(min_length=1, max_length=100)]


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


class OneSite(Input):
    site: SiteKey


class SetSite(OneSite):
    """What is not given stays; null takes the limit, the number or the address away."""

    answer_seconds: int | None = None
    grace_seconds: int = 0
    last_call_minutes: int = 0
    promise_minutes: int = 0
    reopen_hours: int = 0
    bot_in_front: bool = False
    urgent_words: Annotated[list[Line], Field(max_length=200)] = []
    urgent_phone: Line | None = None
    urgent_steps: dict[Locale, Words] = {}
    on_call: Email | None = None


class SiteSettings(Shape):
    """How a site's desk works. `answer_seconds`: an agent who does not answer within it loses the conversation."""

    site: str
    answer_seconds: int | None = None
    grace_seconds: int
    last_call_minutes: int
    promise_minutes: int
    reopen_hours: int
    bot_in_front: bool
    urgent_words: list[str]
    urgent_phone: str | None = None
    urgent_steps: dict[str, str]  # by locale; those that are missing have ours
    on_call: str | None = None


class SiteSettingsValue(Shape):
    settings: SiteSettings


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
    """A site's alerts, whole."""

    site: str
    alerts: list[Alert]


class Notice(Shape):
    code: str
    values: dict[str, Any]


# -- the calendar -------------------------------------------------------------------------------------------------

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Hours = list[list[str]]  # pairs such as ["09:00", "21:00"]


class OfficialDay(Shape):
    """A holiday or a make-up day of the site's country, with its whole break; `rule` and `hours` are what it has here.

    `corrected` when the site says so, not the country.
    """

    date: Day
    kind: Literal["holiday", "makeup"]
    names: dict[str, str]  # by locale
    first: Day
    last: Day
    rule: CalendarRule
    hours: Hours
    corrected: bool = False


class CalendarView(Shape):
    """A site's calendar as docs/calendar.md describes it, and what this year and the next one make of it.

    `unannounced` are years whose official days are computed: what is moved in them is not known yet.
    """

    site: str
    revision: int
    calendar: dict[str, Any]
    today: Day
    days: list[OfficialDay]
    unannounced: list[int]
    countries: list[str]


class SetCalendar(OneSite):
    """`revision` as it was read: who decides has seen what they change. Emergencies in it are not looked at."""

    revision: Seq
    calendar: dict[str, Any]


class CloseDesk(OneSite):
    """For so many `minutes`, or `until` a moment of the calendar's clock or the end of the site's day: one of them."""

    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 30)] | None = None
    until: Annotated[str, StringConstraints(pattern=r"^(midnight|\d{4}-\d\d-\d\dT[\d:.]{5,15}Z)$")] | None = None
    reason: Line | None = None


class DeskValue(Shape):
    desk: Desk


class PreviewDesk(OneSite):
    """`at` is what a clock on the wall of `zone` shows, without one in the site's."""

    at: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$")]
    zone: Line | None = None


class Decided(Shape):
    """Which rule decided, the date it is about and that date's hours; what staff and customers are told of it."""

    rule: CalendarRule
    date: Day
    hours: Hours
    reason: str | None = None
    holiday: dict[str, str] | None = None  # by locale
    until: Time | None = None  # an emergency


class Stretch(Shape):
    opens: Time
    closes: Time


class DeskPreview(Shape):
    """`desk` as customers would see it then, with nobody in line; `stretches` are the next ones of opening."""

    desk: Desk
    why: Decided
    stretches: list[Stretch]


# -- tickets, orders, refunds -------------------------------------------------------------------------------------


class OpenTicket(Input):
    conversation_id: Id
    client_id: Id
    kind: Topic
    subject: Line | None = None
    order_id: Id | None = None


class UpdateTicket(Input):
    ticket_id: Id
    status: TicketStatusName | None = None
    assignee_id: Id | None = None
    done: list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,60}$")]] | None = None
    reason: Words | None = None


class Link(Input):
    ticket_id: Id
    kind: Literal["order", "transaction", "conversation"]
    id: Id


class RequestRefund(Input):
    ticket_id: Id
    client_id: Id
    order_id: Id
    amount: Amount
    currency: Currency
    lines: list[Annotated[int, Field(ge=1, le=1_000)]] = []
    reason: Words


class DecideRefund(Input):
    refund_id: Id
    decision: Literal["review", "approve", "reject"]
    reason: Words | None = None


class PayRefund(Input):
    refund_id: Id
    client_id: Id
    reference: Line


class CustomerOrders(Input):
    conversation_id: Id | None = None
    ticket_id: Id | None = None


class TicketList(Input):
    status: TicketStatusName | None = None
    customer_id: Id | None = None
    before: Cursor | None = None
    limit: Limit = 50


class TicketSummary(Shape):
    id: Id
    number: str
    site: str
    kind: Topic
    status: TicketStatusName
    subject: str
    customer_name: str
    assignee: Person | None = None
    refund: CaseRefund | None = None
    created_at: Time
    updated_at: Time


class TicketPage(Shape):
    tickets: list[TicketSummary]
    next: str | None = None


class CheckItem(Shape):
    code: str
    done: bool


class Transcript(Shape):
    conversation_id: Id
    first_seq: int
    last_seq: int
    messages: list[Message]


class Refund(Shape):
    id: Id
    ticket_id: Id
    order_id: Id
    order_number: str
    amount: int
    currency: Currency
    lines: list[int]
    reason: str
    state: RefundStateName
    requested_by: str
    requested_by_id: Id | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    reference: str | None = None
    created_at: Time
    updated_at: Time


class TicketEvent(Shape):
    number: int
    at: Time
    actor: str
    code: str
    values: dict[str, Any]
    reason: str | None = None
    visible: bool


class Ticket(TicketSummary):
    customer: Customer
    checklist: list[CheckItem]
    steps: list[Step]
    transcripts: list[Transcript]
    orders: list[Order]
    transactions: list[Transaction]
    refunds: list[Refund]
    events: list[TicketEvent]


class TicketValue(Shape):
    ticket: Ticket


class RefundValue(Shape):
    refund: Refund


# -- events -------------------------------------------------------------------------------------------------------

Beacon = dict[str, tuple[int, int]]
"""conversation_id -> [last_seq, version]"""

CUSTOMER_EVENTS: dict[str, Any] = {
    "message": Message,
    "conversation": Conversation,
    "typing": TypingEvent,
    "read": ReadEvent,
    "desk": Desk,
    "case": Case,
    "beacon": Beacon,
    "bye": Bye,
}
AGENT_EVENTS: dict[str, Any] = {
    "message": Message,
    "conversation": AgentConversation,
    "typing": TypingEvent,
    "read": ReadEvent,
    "note": Note,
    "queue": QueueEvent,
    "inbox": InboxEvent,
    "presence": PresenceEvent,
    "viewers": Viewers,
    "alerts": AlertsEvent,
    "desk": Desk,
    "notice": Notice,
    "beacon": Beacon,
    "bye": Bye,
}
