"""What shapes are made of: scalars with their bounds, names of states, and the bases of every shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from chat.domain.conversation import clean_line, clean_text, clean_words
from chat.domain.privacy import without_numbers

TEXT_LIMIT = 8_000  # code points of one message
WAIT_LIMIT = 25.0  # seconds a `sync` may wait


def utc(value: datetime) -> str:
    at = value if value.tzinfo is UTC else value.astimezone(UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_time(given: object) -> datetime:
    at = datetime.fromisoformat(given) if isinstance(given, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("a time is ISO-8601 with its distance from UTC, such as 2026-11-26T09:00:00Z")
    return at


def _line(limit: int) -> AfterValidator:
    return AfterValidator(lambda text: clean_line(text, limit))


Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Time = Annotated[datetime, PlainSerializer(utc, return_type=str)]
GivenTime = Annotated[datetime, BeforeValidator(_read_time), PlainSerializer(utc, return_type=str)]
# What people write: card and identity numbers in it go no further than this.
Text = Annotated[str, AfterValidator(lambda text: without_numbers(clean_text(text, TEXT_LIMIT)))]
MaybeText = Annotated[str, AfterValidator(lambda text: text and without_numbers(clean_text(text, TEXT_LIMIT)))]
Line = Annotated[str, _line(200)]
Password = Annotated[str, AfterValidator(lambda text: clean_text(text, 200))]
Typed = Annotated[str, AfterValidator(lambda text: without_numbers(clean_line(text, 200)))]  # a line by people
Words = Annotated[str, AfterValidator(lambda text: without_numbers(clean_words(text, 1_000)))]
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
IdentityAlgorithm = Literal["HS256", "RS256", "EdDSA"]
CustomerKind = Literal["anonymous", "claimed", "verified"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Form = Annotated[dict[Code, Words], Field(max_length=20)]  # by the codes of a kind's fields
Tag = Annotated[str, _line(40)]
KindCode = Code  # of a ticket kind: a topic, or one that an admin made
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


PayoutWay = Literal["original", "alipay", "wechat", "bank"]
PriorityNumber = Annotated[int, Field(ge=1, le=5)]


class Shape(BaseModel):
    # An error that is logged must not quote what people wrote. A shape is built at its first use: many wait for screens
    # that few open.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


class Input(Shape):
    model_config = ConfigDict(strict=True)


class Nothing(Shape):
    """`{}`: done, and there is nothing to tell."""


class NoInput(Input):
    """`{}`: nothing to say."""


Filter = Literal["mine", "unassigned", "snoozed", "urgent", "overdue", "all"]
ConversationIds = Annotated[list[Id], Field(min_length=1, max_length=100)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Hours = list[list[str]]  # pairs such as ["09:00", "21:00"]
