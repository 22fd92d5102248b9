"""Tickets as staff see them: their kinds, lists and views, due times, what is linked to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from chat.wire.cases import CaseRefund, Step, Wanted
from chat.wire.chat import Customer, Message, Person
from chat.wire.files import Attachment
from chat.wire.orders import Order, Transaction
from chat.wire.refunds import Refund
from chat.wire.teams import TeamName
from chat.wire.values import (
    Code,
    Cursor,
    Form,
    Id,
    Input,
    KindCode,
    Limit,
    Line,
    Locale,
    PriorityNumber,
    Shape,
    SiteKey,
    Tag,
    TicketStatusName,
    Time,
    Typed,
    Words,
)

Names = dict[Locale, Line]
TicketIds = Annotated[list[Id], Field(min_length=1, max_length=100)]
Minutes = Annotated[int, Field(ge=1, le=100_000)]


# -- kinds --------------------------------------------------------------------------------------------------------


class KindItem(Input):
    """`names` is empty where the console has its own words: the built-in kinds."""

    code: Code
    names: Names = {}


class KindField(KindItem):
    type: Literal["line", "text", "money", "order", "transaction", "date"] = "line"
    required: bool = False


class KindDefinition(Input):
    """What a kind is made of. Due times are minutes of the site's opening hours; None: no such time."""

    names: Names = {}
    checklist: Annotated[list[KindItem], Field(max_length=30)] = []
    fields: Annotated[list[KindField], Field(max_length=20)] = []
    evidence: Annotated[list[KindItem], Field(max_length=20)] = []
    steps: Annotated[list[KindItem], Field(min_length=2, max_length=10)]
    endings: Annotated[list[KindItem], Field(min_length=1, max_length=10)]
    first_minutes: Minutes | None = None
    next_minutes: Minutes | None = None
    solve_minutes: Minutes | None = None
    customers: bool = True  # may open one themselves


class TicketKind(Shape):
    code: KindCode
    definition: KindDefinition
    built_in: bool
    active: bool
    revision: int


class TicketKinds(Shape):
    kinds: list[TicketKind]


class SetKind(Input):
    """Adds a kind (`revision` 0), or changes one of this revision."""

    code: KindCode
    definition: KindDefinition
    active: bool = True
    revision: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class CaseKind(Shape):
    """A kind that a customer may open, and what its form asks for; `names` are empty where the window has words."""

    code: KindCode
    names: Names = {}
    fields: list[KindField]
    evidence: list[KindItem]


class CaseKinds(Shape):
    kinds: list[CaseKind]


# -- what agents do -----------------------------------------------------------------------------------------------


class OpenTicket(Input):
    conversation_id: Id
    client_id: Id
    kind: KindCode
    subject: Typed | None = None
    order_id: Id | None = None
    transaction_id: Id | None = None
    fields: Form = {}
    tags: Annotated[list[Tag], Field(max_length=20)] = []
    priority: PriorityNumber = 3


class OfTicket(Input):
    ticket_id: Id


class UpdateTicket(Input):
    """What is left out stays, null takes an assignee or team away. Solving names one of the kind's endings."""

    ticket_id: Id
    status: TicketStatusName | None = None
    assignee_id: Id | None = None
    team_id: Id | None = None
    priority: PriorityNumber | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] | None = None
    subject: Typed | None = None
    done: list[Code] | None = None
    ending: Code | None = None
    reason: Words | None = None


class UpdateTickets(Input):
    """One change to many tickets: all of them or none."""

    ticket_ids: TicketIds
    status: TicketStatusName | None = None
    assignee_id: Id | None = None
    team_id: Id | None = None
    priority: PriorityNumber | None = None
    add_tags: Annotated[list[Tag], Field(max_length=20)] = []
    ending: Code | None = None
    reason: Words | None = None


class Link(Input):
    ticket_id: Id
    kind: Literal["order", "transaction", "conversation", "ticket"]
    id: Id


class ExtendTranscript(Input):
    """Takes what was said since into the transcript."""

    ticket_id: Id
    conversation_id: Id


class MergeTickets(Input):
    """Closes `ticket_id` and goes on in `into_id`; both are the same customer's."""

    ticket_id: Id
    into_id: Id
    reason: Words | None = None


class NoteTicket(Input):
    ticket_id: Id
    client_id: Id
    body: Words


class WatchTicket(Input):
    ticket_id: Id
    watch: bool


class DecideEnding(Input):
    """A second person confirms or refuses the ending that a colleague proposed."""

    ticket_id: Id
    agree: bool
    reason: Words | None = None


class AskEvidence(Input):
    """Puts the ticket to `pending` and shows the customer a form that asks for these."""

    ticket_id: Id
    client_id: Id
    evidence: Annotated[list[Code], Field(min_length=1, max_length=20)]
    message: Words | None = None


class CheckIdentity(Input):
    """What was checked and whether it was right; never what they answered."""

    ticket_id: Id
    client_id: Id
    what: Code
    passed: bool


# -- lists --------------------------------------------------------------------------------------------------------


class TicketFilter(Input):
    """Everything given must hold. `assignee`: an agent's id, `me` or `nobody`."""

    site: SiteKey | None = None
    status: TicketStatusName | None = None
    unsolved: bool = False
    kind: KindCode | None = None
    assignee: Annotated[str, StringConstraints(pattern=r"^(me|nobody|[0-9a-f-]{36})$")] | None = None
    team_id: Id | None = None
    priority: PriorityNumber | None = None
    tag: Tag | None = None
    watched: bool = False
    overdue: bool = False
    customer_id: Id | None = None


class TicketList(TicketFilter):
    order: Literal["changed", "due"] = "changed"
    before: Cursor | None = None
    limit: Limit = 50


class TicketView(Shape):
    id: Id
    name: str
    filter: TicketFilter
    order: Literal["changed", "due"]
    shared: bool
    mine: bool
    by: str


class TicketViews(Shape):
    views: list[TicketView]


class SaveView(Input):
    """A new view, or with `view_id` one's own anew."""

    client_id: Id
    view_id: Id | None = None
    name: Line
    filter: TicketFilter
    order: Literal["changed", "due"] = "changed"
    shared: bool = False


class OfView(Input):
    view_id: Id


class FindTicket(Input):
    """By the number somebody reads out; spaces and missing dashes do not matter."""

    number: Line


# -- what they see ------------------------------------------------------------------------------------------------


class DueTime(Shape):
    """`of` minutes of opening time, from `since`; `paused` seconds of it were the customer's to wait for.

    `at` is None while the clock stands still.
    """

    what: Literal["first", "next", "solve"]
    of: int
    since: Time
    paused: int
    at: Time | None = None
    met_at: Time | None = None
    missed: bool = False


class TicketSummary(Shape):
    id: Id
    number: str
    site: str
    kind: KindCode
    status: TicketStatusName
    subject: str
    customer_name: str
    assignee: Person | None = None
    team: TeamName | None = None
    priority: int = 3
    tags: list[str] = []
    due_at: Time | None = None
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
    """`more`: messages of the conversation that are not in it yet."""

    conversation_id: Id
    first_seq: int
    last_seq: int
    messages: list[Message]
    more: int = 0


class EvidenceItem(Shape):
    id: Id
    code: Code
    body: str
    attachment: Attachment | None = None
    by: str
    by_kind: Literal["customer", "agent", "case_link"]
    at: Time


class IdentityCheck(Shape):
    what: Code
    passed: bool
    by: str
    at: Time


class LinkedTicket(Shape):
    id: Id
    number: str
    kind: KindCode
    status: TicketStatusName
    how: Literal["linked", "merged", "merged_into", "follows", "followed_by"]


class TicketEvent(Shape):
    """`actor` is a name, empty where there is none."""

    number: int
    at: Time
    actor: str
    by_customer: bool = False
    code: str
    values: dict[str, Any]
    reason: str | None = None
    visible: bool


class Ticket(TicketSummary):
    """`missing` is the evidence that its kind asks for and nobody has given."""

    customer: Customer
    checklist: list[CheckItem]
    steps: list[Step]
    transcripts: list[Transcript]
    orders: list[Order]
    transactions: list[Transaction]
    refunds: list[Refund]
    events: list[TicketEvent]
    fields: dict[str, str] = {}
    due: list[DueTime] = []
    watchers: list[Person] = []
    tickets: list[LinkedTicket] = []
    others: list[TicketSummary] = []  # the customer's other cases, newest first
    evidence: list[EvidenceItem] = []
    wanted: list[Wanted] = []
    missing: list[str] = []
    identity: list[IdentityCheck] = []
    ending: str | None = None
    ending_proposed: str | None = None
    ending_by: Person | None = None
    appealed_at: Time | None = None


class TicketValue(Shape):
    ticket: Ticket
