"""Up to where one person may decide on a refund, and from where on they give their password again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chat.domain.refunds import needs_second_person

CONFIRMED_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Limits:
    """Minor units, of whichever currency a refund is in; None: no limit. What is above one needs a second person.

    `order` counts all that goes back of one order or transaction, `refund` is for one refund by the role of who
    decides, the others are for all that was approved on one day of the site, in whatever currency: by one agent, to
    one customer. Above `confirm`, counted like `order`, who approves or pays gives their password again.
    """

    order: int
    refund: Mapping[str, int] = field(default_factory=dict)
    agent_day: int | None = None
    customer_day: int | None = None
    confirm: int | None = None

    def counts_days(self) -> bool:
        return self.agent_day is not None or self.customer_day is not None

    def wants_password(self, together: int) -> bool:
        return self.confirm is not None and together > self.confirm


@dataclass(frozen=True)
class Sums:
    """What one approval would come to: of its order, of the agent's day and the customer's day."""

    amount: int
    together: int
    agent_day: int
    customer_day: int


def exceeded(limits: Limits, role: str, sums: Sums) -> list[str]:
    """The limits that an approval by this role would pass, by name."""
    pairs: dict[str, tuple[int, int | None]] = {
        "order": (sums.together, limits.order),
        "refund": (sums.amount, limits.refund.get(role)),
        "agent_day": (sums.agent_day, limits.agent_day),
        "customer_day": (sums.customer_day, limits.customer_day),
    }
    return [name for name, (sum_, limit) in pairs.items() if limit is not None and needs_second_person(sum_, limit)]
