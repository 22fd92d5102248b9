"""What goes into a turn of a guided flow, and what comes out of it; see `bots.flow`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.flow_fits import is_whole
from bots.turn import Locale

State = dict[str, Any]


@dataclass(frozen=True)
class Bought:
    """An order or a transaction of the customer's own; amounts are in minor units.

    `paid_by` are the numbers of the transactions that paid an order: who gives one of them means the order, unless it
    is a transaction that is asked for. Those are there themselves, too, with the number of their order as `paid_for`.
    `items` are the names of an order's lines.
    """

    kind: str  # order or transaction
    id: str
    number: str
    currency: str
    amount: int
    refundable: int = 0
    paid_by: tuple[str, ...] = ()
    paid_for: str | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A line of an order. Of its `quantity` as many as are `left` can still go back, and of its `amount`, in minor
    units, `most` may: nothing where the policy forbids.
    """

    line: int
    name: str
    quantity: int
    left: int
    amount: int
    most: int

    @property
    def is_counted(self) -> bool:
        """Are there several, with a price each?"""
        return 1 < self.quantity <= self.amount

    @property
    def many(self) -> int:
        """How many may go back; what nobody counts goes back as one."""
        return self.left if self.is_counted and self.most else 1

    def part(self, count: int) -> int:
        """What so many cost, after those that have gone back, so that no cent is lost between parts."""
        if not self.is_counted:
            return self.most
        gone = self.quantity - self.left
        return min(self._price(gone + count) - self._price(gone), self.most)

    def _price(self, count: int) -> int:
        return self.amount * count // self.quantity

    def named(self, count: int) -> str:
        return f"{self.name} ×{count}"


@dataclass(frozen=True)
class Facts:
    """What the caller knows of the customer; of what is named here also what the site's policy says, by id.

    `refused` is why it forbids a refund of the whole, in words, `most` how much may go back where it allows one.
    `items` are the lines of an order that has several, or several of one, `chosen_most` how much may go back of those
    that the state names (`state["lines"]`, by id, too).
    """

    verified: bool = False
    reachable: bool = False
    bought: tuple[Bought, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    chosen_most: Mapping[str, int] = field(default_factory=dict)

    def own(self, kind: str) -> list[Bought]:
        """What of the customer's own may be named at a step of this type."""
        if kind == "order_or_transaction":
            return [each for each in self.bought if each.paid_for is None]
        return [each for each in self.bought if each.kind == kind]


@dataclass
class Place:
    """Where the customer stands in a flow, beside what they have answered; it changes as they go on.

    `step` is what was asked last, `tries` how often in a row it was answered in vain, `picked` the items while they are
    chosen, and `counted` how many of each, by line, while that is asked; last of the line `counting`.
    """

    step: str
    tries: int
    as_message: bool
    picked: list[int]
    counted: dict[str, int]
    counting: int | None

    @classmethod
    def of(cls, state: State) -> Place:
        step, tries, picked, counted = (state.get(name) for name in ("step", "tries", "picked", "counted"))
        counting = state.get("counting")
        return cls(
            str(step or ""),
            tries if is_whole(tries) else 0,
            state.get("as_message") is True,
            [line for line in picked if is_whole(line)] if isinstance(picked, list) else [],
            {line: count for line, count in counted.items() if is_whole(count)} if isinstance(counted, dict) else {},
            counting if is_whole(counting) else None,
        )

    def uncounted(self, items: Iterable[Item]) -> Item:
        """The next of which somebody has to say how many; there is one as long as that is asked."""
        return next(item for item in items if str(item.line) not in self.counted)


@dataclass(frozen=True)
class Said:
    """What came since the last question: lines that were typed, a button, and files by their ids."""

    locale: Locale
    lines: tuple[str, ...] = ()
    choice: str | None = None
    files: tuple[str, ...] = ()
    outrun: bool = False  # another button was pressed after `choice`, in another tab


@dataclass(frozen=True)
class Choice:
    title: str
    value: str


@dataclass(frozen=True)
class Asks:
    """The next question. `state` is what to give back with the next turn, `input` the type of the step."""

    state: State
    body: str
    choices: tuple[Choice, ...]
    input: str


@dataclass(frozen=True)
class Done:
    """`case` is what to open: kind, reason, and what else was told; `checks` items of the checklist that are seen to.

    With `as_message` the customer would rather leave it all as a message, which is `message`; `opened` is said of a
    case that was opened.
    """

    flow: str
    case: Mapping[str, Any]
    evidence: tuple[tuple[str, str], ...]  # code, file
    checks: tuple[str, ...]
    as_message: bool
    message: str
    opened: str


@dataclass(frozen=True)
class Left:
    """The way out; `body` says so. `reason`: left, or urgent or asked_for_person when a person is needed now."""

    flow: str
    reason: str
    body: str


Outcome = Asks | Done | Left
