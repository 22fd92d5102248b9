"""What a refund is of: an order, or a transaction that belongs to none. The guards of money look at both alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chat.domain.refunds import check_lines_cost, check_lines_free, check_refund_amount
from chat.errors import IllegalMove, Invalid


@dataclass(frozen=True)
class Item:
    line: int
    amount: int
    kind: str | None


@dataclass(frozen=True)
class Bought:
    """Amounts in the minor unit of `currency`; `counted` is what refunds already speak for, `refunded` what has left.

    A transaction has no lines. `taken` are those that an open refund names.
    """

    of: Literal["order", "transaction"]
    id: str
    number: str
    kind: str | None  # of a transaction
    channel: str
    currency: str
    paid: int
    counted: int
    refunded: int
    items: tuple[Item, ...]
    taken: frozenset[int]
    is_open: bool  # does an open refund speak of it?
    state: str
    placed_at: datetime
    delivered_at: datetime | None

    def lines(self, wanted: list[int]) -> list[int]:
        """Those that are meant: all where none is named. Raises Invalid."""
        has = [item.line for item in self.items]
        if unknown := sorted(set(wanted) - set(has)):
            raise Invalid(f"The {self.of} has no line {', '.join(map(str, unknown))}.")
        return sorted(set(wanted)) or has

    def cost(self, lines: list[int]) -> int:
        return sum(item.amount for item in self.items if item.line in lines)

    def check_fits(self, amount: int, currency: str, lines: list[int]) -> None:
        """The law of sums: never more than was paid, no two open refunds for the same. `lines` are those meant."""
        check_refund_amount(amount, currency, self.paid, self.currency, self.counted)
        if self.of == "order":
            check_lines_free(_named(lines), _named(self.taken))
        elif self.is_open:
            raise IllegalMove("Another refund is already open for this transaction.", code="refund_open")

    def check_cost(self, amount: int, named: list[int]) -> None:
        """Who names lines cannot have more than these cost."""
        if named:
            check_lines_cost(amount, self.cost(named), self.currency)

    @property
    def left(self) -> int:
        """What can still be refunded."""
        return max(self.paid - self.counted, 0)


def _named(lines: list[int] | frozenset[int]) -> list[str]:
    return [f"line {line}" for line in lines]
