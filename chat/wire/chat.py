"""What both sides see of a conversation, and what customers send and get."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from chat.errors import Invalid
from chat.wire.values import (
    WAIT_LIMIT,
    AuthorKind,
    CalendarRule,
    ConversationStatus,
    CustomerKind,
    Email,
    Form,
    Id,
    Input,
    Jwt,
    Limit,
    Locale,
    MaybeText,
    MessageKind,
    Outcome,
    Page,
    Phone,
    Seq,
    Shape,
    SiteKey,
    Text,
    Time,
    Token,
    Topic,
    Typed,
    Words,
)


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
    says whether one may still enter it, `divert` that the bot answers who may not (else they leave a message), and
    `range` how long it takes: none while nobody is there. `reply_by` is what a message left now is promised. While it
    is closed, of `message_topics` only a message is taken.
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
    divert: Literal["bot"] | None = None
    range: Range | None = None
    reply_by: Time | None = None
    message_topics: list[Topic] | None = None


class TypingEvent(Shape):
    """Somebody is about to say something; nobody who reads it relies on its end being told."""

    conversation_id: Id
    by: Literal["customer", "agent", "bot"]
    name: str


class ReadEvent(Shape):
    conversation_id: Id
    by: Literal["customer", "agent"]
    seq: int
    version: int


class Bye(Shape):
    reconnect_in: float


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
    mails: bool = False  # may a transcript be asked for by e-mail?
    renew_in: int | None = None  # seconds after which a verified customer's page is asked for a new identity token


class Start(Input):
    client_id: Id | None = None
    topic: Topic
    form: Form | None = None
    locale: Locale | None = None
    page: Page | None = None


class ConversationValue(Shape):
    conversation: Conversation


class ConversationList(Shape):
    conversations: list[Conversation]


class Choice(Input):
    """What was chosen of what the bot's message `seq` offers: `body` of the message is what the button said."""

    seq: Seq
    value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:-]{1,100}$")]


class Say(Input):
    """`body` may be empty beside a file only. Customers say what they chose with `choice`."""

    conversation_id: Id
    client_id: Id
    body: MaybeText
    attachment_id: Id | None = None
    choice: Choice | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Say:
        if not self.body and self.attachment_id is None:
            raise Invalid("The text is blank.")
        return self


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
    body: Text | None = None  # without: what they wrote since the conversation was begun or reopened is the message
    name: Typed | None = None
    email: Email | None = None
    phone: Phone | None = None


class MailTranscript(Input):
    """To `email`, else to the address that is known; in `locale`, else in the conversation's."""

    conversation_id: Id
    client_id: Id
    email: Email | None = None
    locale: Locale | None = None


class InConversation(Input):
    conversation_id: Id


class Read(Input):
    conversation_id: Id
    seq: Seq


class Rate(Input):
    conversation_id: Id
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Words | None = None
