"""Guided flows: one question at a time until an agent has what they need. Pure, as everything here.

`Guide.take` is given where the customer stands (a small JSON-ready dict that the caller keeps, None at first), what
they said or chose, and the `Facts` the caller knows of them; it says what to ask next, or that the flow is done or
left. It keeps no state, never raises on what a customer typed, and asks for something a bounded number of times. When
a file has changed meanwhile, what was answered and still fits is kept and the first open step is asked again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots import signals
from bots.flow_files import Flow, Step, shipped
from bots.text import normalise
from bots.turn import Locale
from bots.typed import (
    HIDDEN,
    amount_in,
    contact,
    count_in,
    is_telephone,
    is_visible,
    money,
    numbers_in,
    places_in,
    shortened,
    tells_a_secret,
)

TRIES = 3  # of one step in a row; then a message for the agents is offered beside trying on
OFFERED = 5  # orders or transactions that are offered as buttons; any other is typed
ITEMS = 10  # of an order, likewise, and how many of one
STORY = 40  # code points from which on somebody tells a story
TEXT, LINE, REASON = 600, 200, 1_000  # code points
MOST_FILES = 20
NAMED = 24  # code points of an item's name on the button of its order
ALL = "all"  # items
OWN = ("order", "transaction", "order_or_transaction")
REFUSALS = ("policy", "too_many_cases", "no_contact", "refund_open")  # that have words of their own
State = dict[str, Any]
Answers = dict[str, Any]


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
    """A line of an order. `most` of its `amount` may be refunded, in minor units: nothing where the policy forbids."""

    line: int
    name: str
    quantity: int
    amount: int
    most: int

    @property
    def many(self) -> int:
        """How many may go back, one where they have no price each. What is less than one's price counts as one."""
        if not 0 < self.quantity <= self.amount or not self.most:
            return 1
        return (self.most - 1) * self.quantity // self.amount + 1

    def part(self, count: int) -> int:
        """What so many cost; all of them what is left, so that no cent is lost."""
        return self.most if count >= self.many else min(self.amount * count // self.quantity, self.most)


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


class Guide:
    """All flows, and the words they share."""

    def __init__(self, flows: Sequence[Flow], words: Mapping[str, Any]) -> None:
        self.flows = {flow.code: flow for flow in flows}
        self._words = words
        self.case_articles: tuple[str, ...] = tuple(words["case_articles"])

    def say(self, code: str, locale: str, **values: object) -> str:
        return str(self._words["words"][code][locale]).format(**values)

    def takes(self, state: State | None, choice: str | None) -> bool:
        """Is this turn a flow's: one is under way, or is begun now?"""
        return self._begun(choice) is not None or bool(state and state.get("flow") in self.flows)

    def _begun(self, choice: str | None) -> Flow | None:
        return self.flows.get((choice or "").removeprefix("flow:")) if (choice or "").startswith("flow:") else None

    def take(self, state: State | None, said: Said, facts: Facts) -> Outcome | None:
        """None when no flow is under way and none is begun."""
        if begun := self._begun(said.choice):
            return _Walk(self, begun, {}, said, facts).ask()
        flow = self.flows.get(str(state.get("flow"))) if state else None
        if state is None or flow is None:
            return None
        # Alarm goes before everything, also in the middle. A long story may tell of people without wanting one now.
        at = flow.step(str(state.get("step")))
        tells = at is not None and at.type == "text"
        for line in said.lines:
            key = normalise(line)
            if signals.is_urgent(key):
                return Left(flow.code, "urgent", "")
            if signals.asks_for_person(key) and (len(key) <= STORY or not tells):
                return Left(flow.code, "asked_for_person", "")
        return _Walk(self, flow, state, said, facts).go_on()

    def refuse(self, state: State, said: Said, facts: Facts, why: str) -> Asks | None:
        """What was to be done could not be: says why, keeps what was answered, and offers to leave it as a message."""
        flow = self.flows.get(str(state.get("flow")))
        if flow is None:
            return None
        return _Walk(self, flow, state | {"tries": TRIES}, said, facts).refuse(why)

    def command_of(self, line: str) -> str | None:
        key = normalise(line)
        return next((code for code, typed in self._words["typed"].items() if key in typed), None)


class _Walk:
    """One turn of one flow."""

    def __init__(self, guide: Guide, flow: Flow, state: State, said: Said, facts: Facts) -> None:
        self.guide, self.flow, self.said, self.facts, self.locale = guide, flow, said, facts, said.locale
        kept = state.get("answers")
        self.answers: Answers = copy.deepcopy(kept) if isinstance(kept, dict) else {}
        self._forget_what_changed()
        self.at = str(state.get("step") or "")
        self.as_message = state.get("as_message") is True
        picked = state.get("picked")
        self.picked: list[int] = list(picked) if isinstance(picked, list) else []  # items, while they are chosen
        counted = state.get("counted")
        self.counted: dict[str, int] = dict(counted) if isinstance(counted, dict) else {}  # by line, while it is asked
        self.seen_amount = state.get("amount")
        self.seen_lines = state.get("lines")
        self.tries = state["tries"] if isinstance(state.get("tries"), int) else 0

    def _forget_what_changed(self) -> None:
        """A file may have lost a step, or an option, since it was answered."""
        for code, answer in [item for item in self.answers.items() if item[0] != "files"]:
            step = self.flow.step(code)
            if step is None or not _still_fits(step, answer):
                del self.answers[code]

    # -- where we stand ---------------------------------------------------------------------------------------------

    def _path(self) -> Iterator[Step]:
        """The steps that are asked, as far as the answers say."""
        for step in self.flow.steps:
            if step.type == "contact" and self._is_reachable():
                continue
            if step.type == "items" and len(self._items(step)) < 2:
                continue
            if step.type == "counts" and not self._countable(step):
                continue
            if all(self.answers.get(code) == wanted for code, wanted in step.when.items()):
                yield step

    def _is_reachable(self) -> bool:
        return self.facts.verified or self.facts.reachable

    def _open_step(self) -> Step:
        if self.as_message and (contact := self._open_contact()):
            return contact
        return next(step for step in self._path() if step.type == "confirm" or step.code not in self.answers)

    def _open_contact(self) -> Step | None:
        return next((s for s in self._path() if s.type == "contact" and s.code not in self.answers), None)

    def ask(self, note: str = "") -> Asks:
        step = self._open_step()
        # Evidence comes in several files: the step stays open until the customer says that it is all.
        state = {"flow": self.flow.code, "step": step.code, "answers": self.answers, "tries": self.tries}
        state |= {"as_message": True} if self.as_message else {}
        state |= {"picked": self.picked} if step.type == "items" and self.picked else {}
        state |= {"counted": self.counted} if step.type == "counts" and self.counted else {}
        state |= {"lines": lines} if (lines := self._lines_by_id()) else {}
        state |= {"amount": self._amount()} if step.type == "confirm" else {}
        question = self._question(step)
        body = f"{note}\n\n{question}" if note else question
        return Asks(state, body, tuple(self._choices(step)), step.type)

    def _question(self, step: Step) -> str:
        if step.type == "confirm":
            return self._summary()
        words = step.words[self.locale]
        if step.type != "counts":
            return words
        item = self._uncounted(step)
        return words.replace("{item}", item.name).replace("{most}", str(item.many))

    def refuse(self, why: str) -> Asks:
        chosen = [answer for answer in self.answers.values() if isinstance(answer, dict) and "id" in answer]
        if why == "policy" and (one := next((each for each in chosen if each["id"] in self.facts.refused), None)):
            return self.ask(self._forbidden(one["number"], self.facts.refused[one["id"]]))
        return self.ask(self.guide.say(why if why in REFUSALS else "refused", self.locale))

    def _forbidden(self, number: str, why: str) -> str:
        return self.guide.say("policy_forbids", self.locale, number=number, why=why)

    def _choices(self, step: Step) -> Iterator[Choice]:
        say, locale = self.guide.say, self.locale
        if step.type in OWN:
            for each in self._offered(step):
                costs = money(each.amount, each.currency, locale)
                yield Choice(
                    " · ".join(filter(None, (each.number, self._about(each), costs))), f"{each.kind}:{each.id}"
                )
        if step.type == "items":
            yield from self._item_choices(step)
        if step.type == "counts":
            yield from self._count_choices(self._uncounted(step))
        yield from (Choice(names[locale], f"option:{code}") for code, names in step.options)
        if step.type == "confirm":
            yield Choice(say("send", locale), "flow:send")
        elif step.type == "evidence" and self._files_of(step):
            yield Choice(say("done", locale), "flow:done")
        elif step.type == "items" and self.picked:
            yield Choice(say("picked", locale), "flow:done")
        elif step.type == "contact":
            yield from self._known_contacts()
        elif not step.required:
            yield Choice(say("skip", locale), "flow:skip")
        if self.tries >= TRIES and not self.as_message:
            yield Choice(say("message", locale), "flow:message")
        if self.as_message or self._before(step):
            yield Choice(say("back", locale), "flow:back")
        yield Choice(say("out", locale), "flow:out")

    def _about(self, bought: Bought) -> str:
        """Who remembers the number of an order?"""
        first = shortened(next(iter(bought.items), ""), NAMED)
        return self.guide.say("among_others", self.locale, item=first) if len(bought.items) > 1 else first

    def _own(self, step: Step) -> list[Bought]:
        """What of the customer's own may be named here."""
        if step.type == "order_or_transaction":
            return [each for each in self.facts.bought if each.paid_for is None]
        return [each for each in self.facts.bought if each.kind == step.type]

    def _offered(self, step: Step) -> list[Bought]:
        return [each for each in self._own(step) if each.refundable > 0 or not step.refundable][:OFFERED]

    def _known_contacts(self) -> Iterator[Choice]:
        """What was told as something else, such as the address an account is registered with."""
        for step in self._path():
            answer = self.answers.get(step.code)
            if step.type == "line" and isinstance(answer, str) and contact(answer):
                yield Choice(answer, f"contact:{step.code}")

    def _item_choices(self, step: Step) -> Iterator[Choice]:
        whole = self._whole(step)
        if whole is not None and not self.picked:
            title = self.guide.say("whole", self.locale, amount=money(whole, self._currency(), self.locale))
            yield Choice(title, "items:all")
        for place, item in enumerate(self._items(step)[:ITEMS], 1):
            if item.most and item.line not in self.picked:
                costs = money(item.most, self._currency(), self.locale)
                yield Choice(f"{place}. {_named(item, item.many)} · {costs}", f"item:{item.line}")

    def _count_choices(self, item: Item) -> Iterator[Choice]:
        for count in [*range(1, min(item.many, ITEMS)), item.many]:
            costs = money(item.part(count), self._currency(), self.locale)
            yield Choice(self.guide.say("count", self.locale, count=count, amount=costs), f"count:{count}")

    def _items(self, step: Step) -> tuple[Item, ...]:
        """Of what was chosen, when there are several."""
        return self.facts.items.get(self._id_of(step), ())

    def _whole(self, step: Step) -> int | None:
        return self.facts.most.get(self._id_of(step))

    def _countable(self, step: Step) -> list[Item]:
        """Those of the chosen items of which there are several. Of a whole order nobody counts anything."""
        items, chosen = self._items(step), self.answers.get(step.of or "")
        if len(items) > 1:
            items = tuple(item for item in items if isinstance(chosen, list) and item.line in chosen)
        return [item for item in items if item.many > 1]

    def _uncounted(self, step: Step) -> Item:
        return next(item for item in self._countable(step) if str(item.line) not in self.counted)

    def _id_of(self, step: Step) -> str:
        of = self.flow.step(step.of or "")
        if of and of.type == "items":
            return self._id_of(of)
        chosen = self.answers.get(step.of or "")
        return str(chosen.get("id", "")) if isinstance(chosen, dict) else ""

    def _before(self, step: Step) -> Step | None:
        answered = [each for each in self._path() if each.code in self.answers and each.code != step.code]
        return answered[-1] if answered else None

    # -- what was said ----------------------------------------------------------------------------------------------

    def go_on(self) -> Outcome:
        step = self._open_step()
        self._keep_files(step)
        if step.code != self.at:  # the flow has changed since that was asked
            self.tries = 0
            return self.ask(self.guide.say("changed", self.locale))
        command = self._command(step)
        if command:
            note = self._first_counts(command, step) if self.said.outrun else ""
            outcome = self._obey(command, step)
            return replace(outcome, body=f"{note}\n\n{outcome.body}") if note and isinstance(outcome, Asks) else outcome
        return self._answer(step)

    def _command(self, step: Step) -> str | None:
        """What a button or its words say. Only what is offered at this step."""
        offered = [choice.value for choice in self._choices(step)]
        if self.said.choice is not None:
            return self.said.choice if self.said.choice in offered else "flow:unknown"
        for line in self.said.lines[-1:]:
            typed = self.guide.command_of(line)
            if typed == "done" and step.type == "evidence" and not self._files_of(step):
                typed = "skip"
            if typed and f"flow:{typed}" in offered:
                return f"flow:{typed}"
        return None

    def _first_counts(self, command: str, step: Step) -> str:
        title = next((choice.title for choice in self._choices(step) if choice.value == command), "")
        return self.guide.say("first_counts", self.locale, title=title) if title else ""

    def _obey(self, command: str, step: Step) -> Outcome:
        kind, _, value = command.partition(":")
        if kind in ("order", "transaction"):
            return self._chose_own(step, next(each for each in self._offered(step) if each.id == value))
        if kind == "option":
            return self._answered(step, value)
        if kind == "items":
            return self._answered(step, ALL)
        if kind == "item":
            return self._picked_item(step, int(value))
        if kind == "contact":
            return self._answered(step, contact(self.answers[value]))
        if kind == "count":
            return self._counted(step, int(value))
        match value:
            case "out":
                return Left(self.flow.code, "left", self.guide.say("left", self.locale))
            case "send":
                # Part of it has gone back meanwhile, or less may.
                amount = self._amount()
                if amount is not None and amount != self.seen_amount:
                    return self.ask(self.guide.say("amount_changed", self.locale))
                return self._done(as_message=False)
            case "message":
                self.as_message, self.tries = True, 0
                return self.ask() if self._open_contact() else self._done(as_message=True)
            case "back":
                before = self._before(step)
                if before and not self.as_message:
                    self._forget_from(before)
                self.as_message = False
                self.tries, self.picked, self.counted = 0, [], {}
                return self.ask()
            case "skip":
                return self._answered(step, None)
            case "done" if step.type == "items":
                return self._chose_items(step, self.picked)
            case "done":
                return self._answered(step, self._files_of(step))
        return self._again("choose")

    def _answer(self, step: Step) -> Outcome:
        lines = [line.strip() for line in self.said.lines if is_visible(line)]
        if step.type == "evidence":
            return self._took_files(step, bool(lines))
        if not lines:
            return self.ask(self.guide.say("file_kept", self.locale)) if self.said.files else self._again("empty")
        match step.type:
            case "text" | "line":
                return self._wrote(step, "\n".join(lines))
            case "money":
                return self._told_amount(step, lines[-1])
            case "choice":
                return self._named_option(step, lines[-1])
            case "items":
                return self._named_items(step, " ".join(lines))
            case "counts":
                return self._told_count(step, lines[-1])
            case "contact":
                way = contact(lines[-1])
                return self._answered(step, way) if way else self._again("no_contact")
            case "confirm":
                return self._again("choose")
        return self._named_own(step, lines)

    def _wrote(self, step: Step, text: str) -> Outcome:
        most = LINE if step.type == "line" else TEXT
        if step.type == "line":
            text = " ".join(text.split())
        if len(text) > most:
            return self._again("too_long", most=most)
        if tells_a_secret(text):
            return self._again("no_secret")
        return self._answered(step, text)

    def _told_amount(self, step: Step, line: str) -> Outcome:
        currency = self._currency()
        amount = amount_in(line, currency)
        if amount is None or amount > 10**12 or (amount == 0 and step.below is None):
            return self._again("no_amount", currency=currency)
        above = self.answers.get(step.below) if step.below else None
        if isinstance(above, int) and amount >= above:
            return self._again("not_below", amount=money(above, currency, self.locale))
        return self._answered(step, amount)

    def _named_option(self, step: Step, line: str) -> Outcome:
        key = normalise(line)
        for number, (code, names) in enumerate(step.options, 1):
            if key == str(number) or key in {normalise(name) for name in names.values()}:
                return self._answered(step, code)
        # What says more, or less, than one option's name and nothing of another's, and does not say no to it.
        words = {code: (*names.values(), *step.also[code]) for code, names in step.options}
        likely = {code for code, known in words.items() if any(_is_near(key, normalise(word)) for word in known)}
        return self._answered(step, likely.pop()) if len(likely) == 1 else self._again("choose")

    def _picked_item(self, step: Step, line: int) -> Outcome:
        """One after the other, until the customer says that these are all, or there is no other."""
        self.tries = 0
        self.picked = [*self.picked, line]
        items = self._items(step)
        if all(item.line in self.picked for item in items if item.most):
            return self._chose_items(step, self.picked)
        named = self._joined(_named(item, item.many) for item in items if item.line in self.picked)
        return self.ask(self.guide.say("picked_so_far", self.locale, items=named))

    def _named_items(self, step: Step, text: str) -> Outcome:
        """By their places in the list, or by their names."""
        items, key = self._items(step), normalise(text)
        if self.guide.command_of(text) == "all" and self._whole(step) is not None:
            return self._answered(step, ALL)
        named = [item for item in items if (name := normalise(item.name)) and name in key]
        places = [] if named else places_in(text)
        named += [items[place - 1] for place in places if 1 <= place <= len(items)]
        if not named or len(named) < len(places) or not all(item.most for item in named):
            return self._again("no_item")
        return self._chose_items(step, [*self.picked, *(item.line for item in named)])

    def _chose_items(self, step: Step, lines: list[int]) -> Outcome:
        self.picked = []
        items = self._items(step)
        is_whole = all(item.line in lines for item in items) and self._whole(step) is not None
        # Where somebody says next how many, that may still be the whole.
        return self._answered(step, ALL if is_whole and not self._counts_next(items) else sorted(set(lines)))

    def _counts_next(self, items: Iterable[Item]) -> bool:
        return any(step.type == "counts" for step in self.flow.steps) and any(item.many > 1 for item in items)

    def _told_count(self, step: Step, text: str) -> Outcome:
        most = self._uncounted(step).many
        count = most if self.guide.command_of(text) == "all" else count_in(text)
        return self._counted(step, count) if 1 <= count <= most else self._again("no_count", most=most)

    def _counted(self, step: Step, count: int) -> Outcome:
        self.tries = 0
        self.counted[str(self._uncounted(step).line)] = count
        countable = self._countable(step)
        if any(str(item.line) not in self.counted for item in countable):
            return self.ask()
        counted, self.counted = self.counted, {}
        items, of = self._items(step), step.of or ""
        every = all(counted[str(item.line)] == item.many for item in countable)
        if every and len(items) > 1 and len(self.answers[of]) == len(items) and self._whole(step) is not None:
            self.answers[of] = ALL
            return self.ask()
        return self._answered(step, counted)

    def _named_own(self, step: Step, lines: list[str]) -> Outcome:
        numbers = [number for line in lines for number in numbers_in(line)]
        alone = {line.strip() for line in lines}  # what stands alone may be what was asked for
        digits = [
            number
            for number in numbers
            if any(map(str.isdigit, number)) and (number in alone or not is_telephone(number))
        ]
        own = self._own(step)
        mine = {number.casefold(): each for each in own for number in each.paid_by}
        mine |= {each.number.casefold(): each for each in own}
        if found := next((mine[number.casefold()] for number in numbers if number.casefold() in mine), None):
            return self._chose_own(step, found)
        if any(HIDDEN in line for line in lines):
            self.tries = max(self.tries, TRIES)  # what is asked for cannot be typed, so another way must be at hand
            return self.ask(self.guide.say("number_hidden", self.locale))
        if self.facts.verified:
            named = self._by_item(step, lines)
            return self._chose_own(step, named) if named else self._again("not_yours" if digits else "which_one")
        if not digits and any(self.guide.command_of(line) in ("unknown_number", "skip") for line in lines):
            self.tries = max(self.tries, TRIES)  # people find it by who they are
            return self.ask(self.guide.say("no_number_known", self.locale))
        # Nobody has signed who this is, so nothing of theirs is looked up: people compare the number.
        return self._answered(step, {"number": digits[0]}) if digits else self._again("no_number")

    def _by_item(self, step: Step, lines: list[str]) -> Bought | None:
        """The only one with something that was bought by this name; where the policy is asked, it has to be known."""
        key = normalise(" ".join(lines))
        found = [each for each in self._own(step) if any(_is_near(key, normalise(name)) for name in each.items)]
        judged = {**self.facts.most, **self.facts.refused}
        return found[0] if len(found) == 1 and (found[0].id in judged or not step.refundable) else None

    def _chose_own(self, step: Step, found: Bought) -> Outcome:
        why = self.facts.refused.get(found.id) if step.refundable else None
        items = self.facts.items.get(found.id, ())
        some_may = len(items) > 1 and any(item.most for item in items)
        if why and not (some_may and self._asks_for_items(step)):
            self.tries = max(self.tries, TRIES)  # another way must be at hand
            return self.ask(self._forbidden(found.number, why))
        answer = {"kind": found.kind, "id": found.id, "number": found.number, "currency": found.currency}
        return self._answered(step, answer, self.guide.say("only_some", self.locale, why=why) if why else "")

    def _asks_for_items(self, step: Step) -> bool:
        return any(each.type == "items" and each.of == step.code for each in self.flow.steps)

    def _answered(self, step: Step, answer: Any, note: str = "") -> Outcome:
        self.answers[step.code] = answer
        self.tries = 0
        return self._done(as_message=True) if self.as_message and not self._open_contact() else self.ask(note)

    def _again(self, why: str, **values: object) -> Asks:
        self.tries += 1
        return self.ask(self.guide.say(why, self.locale, **values))

    def _forget_from(self, step: Step) -> None:
        """What comes after may depend on it; files stay, nobody wants to send them twice."""
        codes = [each.code for each in self.flow.steps]
        for code in codes[codes.index(step.code) :]:
            self.answers.pop(code, None)

    # -- files ------------------------------------------------------------------------------------------------------

    def _keep_files(self, step: Step) -> None:
        """They count wherever they come: whoever sends the photo too early has sent it."""
        home = step if step.type == "evidence" else next((s for s in self._path() if s.type == "evidence"), None)
        if self.said.files:
            kept = self.answers.setdefault("files", [])
            code = home.evidence if home else "other"
            kept.extend([code, file] for file in self.said.files if [code, file] not in kept)
            del kept[MOST_FILES:]

    def _files_of(self, step: Step) -> list[str]:
        return [file for code, file in self.answers.get("files", []) if code == step.evidence]

    def _took_files(self, step: Step, has_words: bool) -> Outcome:
        if self.said.files:
            self.tries = 0
            return self.ask(self.guide.say("file_kept", self.locale))
        return self._again("send_a_file" if has_words else "empty")

    # -- the end ----------------------------------------------------------------------------------------------------

    def _currency(self) -> str:
        return next((a["currency"] for a in self.answers.values() if isinstance(a, dict) and "currency" in a), "CNY")

    def _lines_by_id(self) -> dict[str, list[int]]:
        """The items that were chosen where it is not all of them, for whoever asks the policy about them."""
        return {of: [item.line for item in items] for of, items in self._part().items() if items}

    def _part(self) -> dict[str, list[Item]]:
        """The same as items, by what they are of. Of an order of one line it is that one, where fewer go back."""
        found: dict[str, list[Item]] = {}
        for step in self._path():
            answer = self.answers.get(step.code)
            if step.type == "items" and isinstance(answer, list):
                found[self._id_of(step)] = [item for item in self._items(step) if item.line in answer]
            elif step.type == "counts" and len(self._items(step)) == 1 and self._is_fewer(step):
                found[self._id_of(step)] = list(self._items(step))
        return found

    def _is_fewer(self, step: Step) -> bool:
        return step.code in self.answers and any(self._count(item) < item.many for item in self._countable(step))

    def _count(self, item: Item) -> int:
        """How many of it go back: as was said, and no more than there are by now."""
        told = (self.answers.get(step.code) for step in self.flow.steps if step.type == "counts")
        counts = next((answer for answer in told if isinstance(answer, dict)), {})
        return min(int(counts.get(str(item.line), item.many)), item.many)

    def _amount(self) -> int | None:
        """What goes back of what was chosen, as far as the policy allows; None where nobody can say."""
        of = next((step for step in self._path() if step.type in OWN and step.refundable), None)
        answer = self.answers.get(of.code) if of else None
        if not isinstance(answer, dict) or "id" not in answer:
            return None
        items = self._part().get(answer["id"])
        if not items:
            return self.facts.most.get(answer["id"])
        parts = sum(item.part(self._count(item)) for item in items)
        if self._lines_by_id() != self.seen_lines:
            return parts  # chosen just now, and the policy will be asked about them before anything is sent
        most = self.facts.chosen_most.get(answer["id"])
        return None if most is None else min(parts, most)

    def _told(self) -> Iterator[tuple[str, str]]:
        """What was answered, each with what it is, for people to read."""
        for step in self._path():
            answer = self.answers.get(step.code)
            if answer in (None, []) or step.type in ("confirm", "evidence"):
                continue
            if step.type == "counts" and len(self._items(step)) > 1:
                continue  # the items say it
            yield step.label.get(self.locale, ""), self._readable(step, answer)
        if (amount := self._amount()) is not None:
            yield self.guide.say("amount", self.locale), money(amount, self._currency(), self.locale)
        if count := len(self.answers.get("files", [])):
            yield self.guide.say("files", self.locale), str(count)

    def _readable(self, step: Step, answer: Any) -> str:
        if step.type in OWN:
            return str(answer["number"])
        if step.type == "money":
            return money(answer, self._currency(), self.locale)
        if step.type == "items":
            items = [each for each in self._items(step) if answer == ALL or each.line in answer]
            return self._joined(_named(item, self._count(item)) for item in items)
        if step.type == "counts":
            return self._joined(_named(item, self._count(item)) for item in self._items(step))
        if step.type == "choice":
            return dict(step.options)[answer][self.locale]
        return str(answer["email"] or answer["phone"]) if step.type == "contact" else str(answer)

    def _joined(self, names: Iterable[str]) -> str:
        return ("、" if self.locale == "zh-CN" else ", ").join(names)

    def _summary(self) -> str:
        step = next(step for step in self.flow.steps if step.type == "confirm")
        return "\n".join([step.words[self.locale], *self._lines()])

    def _reason(self) -> str:
        """What no field of the case holds, the customer's own words first."""
        colon = "：" if self.locale == "zh-CN" else ": "
        words: list[str] = []
        rest: list[str] = []
        for step in self._path():
            answer = self.answers.get(step.code)
            # Whoever decides sees the lines and the amount of a refund, and not how many.
            counts = (step.type == "items" and answer != ALL) or (
                step.type == "counts" and len(self._items(step)) == 1 and self._is_fewer(step)
            )
            if answer is None or step.field or not (counts or step.type in ("text", "line", "choice")):
                continue
            value = self._readable(step, answer)
            (words if step.type == "text" and not words else rest).append(
                value if step.type == "text" and not words else f"{step.label.get(self.locale, '')}{colon}{value}"
            )
        return "\n".join([*words, *rest])[:REASON].strip() or self.flow.names[self.locale]

    def _done(self, *, as_message: bool) -> Done:
        case: dict[str, Any] = {"kind": self.flow.kind, "reason": self._reason(), "fields": {}}
        checks: list[str] = []
        for step in self._path():
            answer = self.answers.get(step.code)
            if step.type == "evidence" and self._files_of(step):
                checks += step.checks
            if answer in (None, []):
                continue
            if step.type in OWN and "id" in answer:
                case[f"{answer['kind']}_id"] = answer["id"]
                case |= {"lines": lines} if (lines := self._lines_by_id().get(answer["id"])) else {}
                checks += [*step.checks, *(step.allowed_checks if self._amount() is not None else ())]
            elif step.type in OWN:
                case["fields"][step.field or "order_number"] = answer["number"]
            elif step.type in ("items", "counts"):
                continue  # with what they are of
            elif step.type == "money":
                case[step.code] = answer
                case["currency"] = self._currency()
            elif step.type == "contact":
                case |= {name: value for name, value in answer.items() if value}
            elif step.code == "payout" and answer == "original":
                case["payout"] = {"way": "original"}
            elif step.field:
                case["fields"][step.field] = self._readable(step, answer)
        if (amount := self._amount()) is not None:
            case |= {"amount": amount, "currency": self._currency()}
        evidence = tuple((code, file) for code, file in self.answers.get("files", []))
        message = "\n".join([self.flow.names[self.locale], *self._lines()])
        opened = self.flow.opened[self.locale]
        return Done(self.flow.code, case, evidence, tuple(dict.fromkeys(checks)), as_message, message, opened)

    def _lines(self) -> Iterator[str]:
        colon = "：" if self.locale == "zh-CN" else ": "
        return (f"{label}{colon}{value}" if label else value for label, value in self._told())


def _is_near(key: str, name: str) -> bool:
    """Does one stand in the other? Too little says nothing, and with a no before it something else was meant."""
    shorter, longer = sorted((key, name), key=len)
    if len(shorter) < (4 if shorter.isascii() else 2):
        return False
    before, found, _ = longer.partition(shorter)
    return bool(found) and not _NO.search(before)


_NO = re.compile(r"(?:[不没别非].{0,2}|\b(?:not|no|never|isnt|wasnt|dont|didnt)\s*)$")


def _named(item: Item, count: int) -> str:
    return f"{item.name} ×{count}"


_SHAPES: Mapping[str, type | tuple[type, ...]] = {
    "money": int, "text": str, "line": str, "choice": str, "evidence": list, "contact": dict,
    "items": (list, str), "counts": dict, "order": dict, "transaction": dict, "order_or_transaction": dict,
}  # fmt: skip


def _still_fits(step: Step, answer: Any) -> bool:
    if answer is None:
        return not step.required
    if step.type == "choice" and answer not in dict(step.options):
        return False
    return isinstance(answer, _SHAPES.get(step.type, ()))


def load_guide() -> Guide:
    """Of the shipped flows. Raises FlowError."""
    return Guide(*shipped())
