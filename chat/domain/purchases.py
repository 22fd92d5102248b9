"""What a refund is of: an order, or a transaction that belongs to none. The guards of money look at both alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from chat.domain.refunds import (
    check_count_covered,
    check_count_left,
    check_covered,
    check_lines_cost,
    check_lines_free,
    check_lines_left,
    check_refund_amount,
)
from chat.errors import IllegalMove, Invalid


@dataclass(frozen=True)
class Item:
    """`amount` is what all of its `quantity` cost."""

    line: int
    amount: int
    kind: str | None
    quantity: int = 1

    def price(self, count: int) -> int:
        """What the first so many cost; the next begin where these end, so that no cent is lost between them."""
        return self.amount * count // self.quantity


@dataclass(frozen=True)
class Spoken:
    """What one refund, under way or paid, speaks for; `counts` by line, where it was said how many."""

    lines: frozenset[int]
    amount: int
    counts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Bought:
    """Amounts in the minor unit of `currency`; `counted` is what refunds already speak for, `refunded` what has left.

    A transaction has no lines. `taken` are those that an open refund names, `spoken` is each refund that counts.
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
    spoken: tuple[Spoken, ...]
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

    def going(self, amount: int) -> list[int]:
        """The lines that go back with the whole: those of which something is left. Where the amount is more than these
        can have, what is no line is in it, such as freight, and that goes back with all of them alone.
        """
        left = [item.line for item in self.items if self.many_left(item)]
        return left if left and amount <= self.left_of(left) else [item.line for item in self.items]

    def cost(self, lines: Collection[int]) -> int:
        return sum(item.amount for item in self.items if item.line in lines)

    def check_fits(self, amount: int, currency: str, lines: list[int], counts: Mapping[int, int]) -> None:
        """The law of sums: never more than was paid, nor more of an item than was bought, no two open refunds for the
        same. `lines` are those meant, `counts` says how many go back of some of them.
        """
        check_refund_amount(amount, currency, self.paid, self.currency, self.counted)
        if self.of == "order":
            check_lines_free(_named(lines), _named(self.taken))
            check_lines_left(amount, self.left_of(lines), self.currency)
        elif self.is_open:
            raise IllegalMove("Another refund is already open for this transaction.", code="refund_open")
        if unknown := sorted(set(counts) - set(lines)):
            raise Invalid(f"Line {unknown[0]} is none of those that go back.")
        for item in [each for each in self.items if each.line in counts]:
            check_count_left(item.line, counts[item.line], self.many_left(item))

    def check_covered(self, currency: str, counts: Mapping[int, int]) -> None:
        """The same when a refund that counts already goes on: the shop may have told something else meanwhile. `counts`
        are its own, of lines that there may be no more.
        """
        check_covered(self.counted, currency, self.paid, self.currency)
        quantities = {item.line: item.quantity for item in self.items}
        for line in sorted(counts):
            said = sum(each.counts.get(line, 0) for each in self.spoken)
            check_count_covered(line, said, quantities.get(line, 0))

    def check_cost(self, amount: int, named: list[int]) -> None:
        """Who names lines cannot have more than these cost."""
        if named:
            check_lines_cost(amount, self.cost(named), self.currency)

    @property
    def left(self) -> int:
        """What can still be refunded."""
        return max(self.paid - self.counted, 0)

    def left_of(self, lines: Collection[int]) -> int:
        """The same of some lines; of all of them what else is in the total, such as freight, goes with them.

        A refund of several lines does not say how much of it is whose, so they are looked at together.
        """
        together, spoken_for = _sharing(lines, self.spoken)
        if together >= {item.line for item in self.items}:
            return self.left
        return max(min(self.cost(together) - spoken_for, self.cost(lines), self.left), 0)

    def many_left(self, item: Item) -> int:
        """How many of it can still go back: those of which no refund has said that they do.

        One that did not say how many speaks for as many as its amount pays for, less what the others in it cost of
        which it did say.
        """
        if not self.left:
            return 0
        if not any(item.line in each.lines for each in self.spoken):
            return item.quantity
        if item.amount and not self.left_of([item.line]):
            return 0
        said = sum(each.counts.get(item.line, 0) for each in self.spoken)
        uncounted = [self._uncounted(each) for each in self.spoken if item.line not in each.counts]
        together, unsaid = _sharing([item.line], uncounted)
        paid_back = item.amount - min(self.cost(together) - unsaid, item.amount)
        gone = said + (paid_back * item.quantity // item.amount if item.amount else 0)
        return max(item.quantity - gone, 0)

    def _uncounted(self, refund: Spoken) -> Spoken:
        """The rest of a refund: the lines of which it does not say how many, and what they had of it at least."""
        counted = sum(item.price(refund.counts.get(item.line, 0)) for item in self.items)
        return Spoken(refund.lines.difference(refund.counts), max(refund.amount - counted, 0))

    def price_left(self, items: Collection[Item], counts: Mapping[int, int] | None = None) -> int:
        """What as many of these cost as can still go back, or as many of them as `counts` says, by line."""
        return sum(self._price_next(item, (counts or {}).get(item.line)) for item in items)

    def _price_next(self, item: Item, count: int | None) -> int:
        left = self.many_left(item)
        gone = item.quantity - left
        return item.price(gone + (left if count is None else min(count, left))) - item.price(gone)


def _sharing(lines: Collection[int], spoken: Collection[Spoken]) -> tuple[set[int], int]:
    """These lines with those that share a refund with them, and what their refunds come to."""
    together, rest, spoken_for = set(lines), list(spoken), 0
    while sharing := [each for each in rest if each.lines & together]:
        rest = [each for each in rest if not each.lines & together]
        together |= {line for each in sharing for line in each.lines}
        spoken_for += sum(each.amount for each in sharing)
    return together, spoken_for


def _named(lines: list[int] | frozenset[int]) -> list[str]:
    return [f"line {line}" for line in lines]
