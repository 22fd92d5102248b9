"""A site: its calendar and how its desk works."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from chat.errors import Invalid
from chat.wire.chat import Desk
from chat.wire.values import (
    Amount,
    CalendarRule,
    Day,
    Email,
    Hours,
    IdentityAlgorithm,
    Input,
    KindCode,
    Line,
    Locale,
    Role,
    Seq,
    Shape,
    SiteKey,
    Time,
    Topic,
    Words,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class RefundLimits(Input):
    """Minor units; what is not given has no limit. Above `confirm` the password is needed once more, above the others
    a second person: one refund by the role of who approves, all of a day by one agent, all of a day to one customer.
    """

    refund: dict[Role, Amount] = {}
    agent_day: Amount | None = None
    customer_day: Amount | None = None
    confirm: Amount | None = None


class OneSite(Input):
    site: SiteKey


class Channel(Input):
    """A way to reach the desk. `value` is an address, a number or a name; the chat has none.

    `names` by locale where ours do not fit. `hours` by weekday as in a calendar, in the site's zone; without them the
    site's calendar.
    """

    kind: Literal["chat", "email", "phone", "wechat", "weibo", "other"]
    names: dict[Locale, Annotated[Line, Field(min_length=1)]] = {}
    value: Line | None = None
    hours: dict[Weekday, Hours] | None = None


KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class GivenIdentityKey(Input):
    """One that is there by its `id`, or a new one: of HS256 the secret, of the others the public key as PEM."""

    id: KeyId | None = None
    algorithm: IdentityAlgorithm | None = None
    key: Annotated[str, StringConstraints(max_length=4_000)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> GivenIdentityKey:
        if (self.id is None) != (self.algorithm is not None and self.key is not None):
            raise Invalid("Give the id of an identity key that is there, or algorithm and key of a new one.")
        return self


class IdentityKey(Shape):
    id: str
    algorithm: IdentityAlgorithm


class SetSite(OneSite):
    """What is not given stays; null takes the limit, the number or the address away.

    `identity_keys` is the whole of them, one or two, the newest last. With `identity_keys_seen`, the ids of those there
    were when somebody looked, it is refused (`changed`) once there are others.
    """

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
    refund_limit: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    refund_limits: RefundLimits = RefundLimits()
    refund_policy: dict[str, Any] = {}
    second_person: Annotated[list[KindCode], Field(max_length=100)] = []
    channels: Annotated[list[Channel], Field(max_length=20)] = []
    message_topics: Annotated[list[Topic], Field(max_length=20)] = []
    identity_keys: list[GivenIdentityKey] = []
    identity_keys_seen: Annotated[list[KeyId], Field(max_length=2)] | None = None


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
    refund_limit: int  # of all that goes back of one order, minor units; above it a second person approves
    refund_limits: RefundLimits
    refund_policy: dict[str, Any]  # docs/cases.md; empty: whatever was paid may go back
    second_person: list[KindCode]  # kinds of tickets whose ending takes a second person
    channels: list[Channel]  # the ways to reach the desk, in order; none: the chat
    message_topics: list[Topic]  # while the desk is closed a message is taken, and the bot leaves them alone
    identity_keys: list[IdentityKey]  # what tokens of its users may be signed with, the newest last


class SiteSettingsValue(Shape):
    settings: SiteSettings


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

    `unannounced` are years whose official days are computed: what is moved in them is not known yet. With a `problem`,
    what is stored cannot be read, the desk stays closed, and `calendar` is as much of it as can be.
    """

    site: str
    revision: int
    calendar: dict[str, Any]
    today: Day
    days: list[OfficialDay]
    unannounced: list[int]
    countries: list[str]
    problem: str | None = None


class SetCalendar(OneSite):
    """`revision` as it was read: who decides has seen what they change. Emergencies in it are not looked at.

    A calendar with a `problem` is refused to be written over unless this one `mends` it.
    """

    revision: Seq
    calendar: dict[str, Any]
    mends: bool = False


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
