"""Guided flows: one question at a time until an agent has what they need. Pure, as everything here.

`Guide.take` is given where the customer stands (a small JSON-ready dict that the caller keeps, None at first), what
they said or chose, and the `Facts` the caller knows of them; it says what to ask next, or that the flow is done or
left. It keeps no state, never raises on what a customer typed or on what is kept, and asks for something a bounded
number of times. When a file has changed meanwhile, what was answered and still fits is kept and the first open step is
asked again.

Here is the dialogue. `flow_turn` has what goes in and comes out, `flow_told` the answers and what they come to,
`flow_fits` what may be one, `flow_asked` the words and buttons of a question, `flow_meant` which of what there is
somebody means, `flow_many` how many of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from bots import flow_many, flow_meant, signals
from bots.flow_asked import TRIES, Question
from bots.flow_files import Flow, Step, shipped
from bots.flow_fits import ALL, LINE, MOST_AMOUNT, TEXT
from bots.flow_told import Told
from bots.flow_turn import Asks, Bought, Facts, Item, Left, Outcome, Place, Said, State
from bots.text import normalise
from bots.typed import HIDDEN, amount_in, contact, count_in, is_visible, money, tells_a_secret

STORY = 40  # code points from which on somebody tells a story
REFUSALS = ("policy", "too_many_cases", "no_contact", "refund_open", "fewer_left")  # that have words of their own


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
        return self._begun(choice) is not None or bool(state and str(state.get("flow")) in self.flows)

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
        self.guide, self.flow, self.said, self.facts = guide, flow, said, facts
        self.told = Told(flow, state, facts, self._say, said.locale)
        self.place = Place.of(state)
        self.seen_amount = state.get("amount")
        self._take_counts()  # what was still to be counted may not go back any more

    def _say(self, code: str, **values: object) -> str:
        return self.guide.say(code, self.said.locale, **values)

    # -- what is asked ----------------------------------------------------------------------------------------------

    def ask(self, note: str = "") -> Asks:
        step = self._open_step()
        state = {"flow": self.flow.code, "step": step.code, "answers": self.told.answers, "tries": self.place.tries}
        state |= {"as_message": True} if self.place.as_message else {}
        state |= {"picked": self.place.picked} if step.type == "items" and self.place.picked else {}
        state |= self._counting(step) if step.type == "counts" else {}
        state |= {"lines": lines} if (lines := self.told.lines_by_id()) else {}
        state |= {"amount": self.told.amount()} if step.type == "confirm" else {}
        question = self._question(step)
        body = f"{note}\n\n{question.words()}" if note else question.words()
        return Asks(state, body, tuple(question.choices()), step.type)

    def _counting(self, step: Step) -> State:
        counted = {"counted": self.place.counted} if self.place.counted else {}
        return counted | {"counting": self.place.uncounted(self.told.countable(step)).line}

    def _open_step(self) -> Step:
        return self.told.open_step(as_message=self.place.as_message)

    def _question(self, step: Step) -> Question:
        return Question(step, self.told, self.place, self.facts, self._say, self.said.locale)

    def refuse(self, why: str) -> Asks:
        chosen = [answer for answer in self.told.answers.values() if isinstance(answer, dict) and "id" in answer]
        if why == "policy" and (one := next((each for each in chosen if each["id"] in self.facts.refused), None)):
            return self.ask(self._forbidden(one["number"], self.facts.refused[one["id"]]))
        return self.ask(self._say(why if why in REFUSALS else "refused"))

    def _forbidden(self, number: str, why: str) -> str:
        return self._say("policy_forbids", number=number, why=why)

    # -- what was said ----------------------------------------------------------------------------------------------

    def go_on(self) -> Outcome:
        step = self._open_step()
        self.told.keep_files(self.said.files, step)
        if step.code != self.place.step or self._counts_another(step):  # something has changed since that was asked
            self.place.tries = 0
            return self.ask(self._say("changed"))
        command = self._command(step)
        if command:
            note = self._first_counts(command, step) if self.said.outrun else ""
            outcome = self._obey(command, step)
            return replace(outcome, body=f"{note}\n\n{outcome.body}") if note and isinstance(outcome, Asks) else outcome
        return self._answer(step)

    def _counts_another(self, step: Step) -> bool:
        """Is the next to be counted not what was asked about?"""
        asked = self.place.counting
        if step.type != "counts" or asked is None:
            return False
        return self.place.uncounted(self.told.countable(step)).line != asked

    def _command(self, step: Step) -> str | None:
        """What a button or its words say. Only what is offered at this step."""
        offered = [choice.value for choice in self._question(step).choices()]
        if self.said.choice is not None:
            return self.said.choice if self.said.choice in offered else "flow:unknown"
        for line in self.said.lines[-1:]:
            typed = self.guide.command_of(line)
            if typed == "done" and step.type == "evidence" and not self.told.files_of(step):
                typed = "skip"
            if typed and f"flow:{typed}" in offered:
                return f"flow:{typed}"
        return None

    def _first_counts(self, command: str, step: Step) -> str:
        title = next((choice.title for choice in self._question(step).choices() if choice.value == command), "")
        return self._say("first_counts", title=title) if title else ""

    def _obey(self, command: str, step: Step) -> Outcome:
        kind, _, value = command.partition(":")
        match kind:
            case "order" | "transaction":
                return self._chose_own(step, next(each for each in self.facts.own(step.type) if each.id == value))
            case "option":
                return self._answered(step, value)
            case "items":
                return self._answered(step, ALL)
            case "item":
                return self._picked_item(step, int(value))
            case "count":
                return self._counted(step, int(value))
            case "contact":
                return self._answered(step, contact(self.told.answers[value]))
        return self._follow(value, step)

    def _follow(self, word: str, step: Step) -> Outcome:
        match word:
            case "out":
                return Left(self.flow.code, "left", self._say("left"))
            case "send":
                return self._send()
            case "message":
                self.place.as_message, self.place.tries = True, 0
                return self.ask() if self.told.open_contact() else self.told.done(as_message=True)
            case "back":
                return self._go_back(step)
            case "skip":
                return self._answered(step, None)
            case "done" if step.type == "items":
                return self._chose_items(step, self.place.picked)
            case "done":
                return self._answered(step, self.told.files_of(step))
        return self._again("choose")

    def _send(self) -> Outcome:
        amount = self.told.amount()
        if amount is not None and amount != self.seen_amount:  # part of it has gone back meanwhile, or less may
            return self.ask(self._say("amount_changed"))
        return self.told.done(as_message=False)

    def _go_back(self, step: Step) -> Asks:
        before = self.told.before(step)
        if before and not self.place.as_message:
            self.told.forget_from(before)
        self.place.as_message = False
        self.place.tries, self.place.picked, self.place.counted = 0, [], {}
        return self.ask()

    def _answer(self, step: Step) -> Outcome:
        lines = [line.strip() for line in self.said.lines if is_visible(line)]
        if step.type == "evidence":
            return self._took_files(step, bool(lines))
        if not lines:
            return self.ask(self._say("file_kept")) if self.said.files else self._again("empty")
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

    def _took_files(self, step: Step, has_words: bool) -> Outcome:
        if self.said.files:
            self.place.tries = 0
            return self.ask(self._say("file_kept"))
        return self._again("send_a_file" if has_words else "empty")

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
        currency = self.told.currency()
        amount = amount_in(line, currency)
        if amount is None or amount > MOST_AMOUNT or (amount == 0 and step.below is None):
            return self._again("no_amount", currency=currency)
        above = self.told.answers.get(step.below) if step.below else None
        if isinstance(above, int) and amount >= above:
            return self._again("not_below", amount=money(above, currency, self.said.locale))
        return self._answered(step, amount)

    def _named_option(self, step: Step, line: str) -> Outcome:
        option = flow_meant.option(step, line)
        return self._answered(step, option) if option else self._again("choose")

    def _picked_item(self, step: Step, line: int) -> Outcome:
        """One after the other, until the customer says that these are all, or there is no other."""
        self.place.tries = 0
        self.place.picked = [*self.place.picked, line]
        items = self.told.items(step)
        if all(item.line in self.place.picked for item in items if item.most):
            return self._chose_items(step, self.place.picked)
        named = self.told.joined(item.named(item.many) for item in items if item.line in self.place.picked)
        return self.ask(self._say("picked_so_far", items=named))

    def _named_items(self, step: Step, text: str) -> Outcome:
        """By their places in the list, or by their names."""
        if self.guide.command_of(text) == "all" and self.told.whole(step) is not None:
            return self._answered(step, ALL)
        meant = flow_meant.items(self.told.items(step), text)
        if not meant:
            return self._again("no_item")
        over, note = self._take_said(meant, text)
        if any(item.many == 1 for item in over):  # nobody will be asked how many of it
            self.place.tries += 1
            return self.ask(note)
        return self._chose_items(step, [*self.place.picked, *(item.line for item in meant)], note)

    def _take_said(self, items: Sequence[Item], text: str) -> tuple[list[Item], str]:
        """How many of them were said with their names; gives those of which it was too many, or none, and says so."""
        said = flow_many.counts([item for item in items if item.is_counted or item.quantity == 1], text)
        over = [item for item in items if item.line in said and not 1 <= said[item.line] <= item.many]
        self.place.counted = {
            str(item.line): said[item.line] for item in items if item.line in said and item not in over
        }
        return over, "\n".join(
            self._say("only_so_many", item=item.name, most=item.many, count=said[item.line]) for item in over
        )

    def _chose_items(self, step: Step, lines: list[int], note: str = "") -> Outcome:
        self.place.picked = []
        items = self.told.items(step)
        is_whole = all(item.line in lines for item in items) and self.told.whole(step) is not None
        # Where somebody says next how many, that may still be the whole.
        return self._answered(step, ALL if is_whole and not self._counts_next(items) else sorted(set(lines)), note)

    def _counts_next(self, items: Iterable[Item]) -> bool:
        return any(step.type == "counts" for step in self.flow.steps) and any(item.many > 1 for item in items)

    def _told_count(self, step: Step, text: str) -> Outcome:
        item = self.place.uncounted(self.told.countable(step))
        most = item.many
        said = most if self.guide.command_of(text) == "all" else count_in(text)
        count = said or flow_many.counts([item], text).get(item.line, 0)
        return self._counted(step, count) if 1 <= count <= most else self._again("no_count", most=most)

    def _counted(self, step: Step, count: int) -> Outcome:
        self.place.tries = 0
        self.place.counted[str(self.place.uncounted(self.told.countable(step)).line)] = count
        self._take_counts()
        return self.ask()

    def _take_counts(self) -> None:
        """They are an answer once there is one for each. What can go back no more, or not so often, is not counted."""
        step = self._open_step()
        countable = self.told.countable(step) if step.type == "counts" else []
        told = [(str(item.line), item.many) for item in countable]
        counted = {
            line: self.place.counted[line] for line, most in told if 1 <= self.place.counted.get(line, 0) <= most
        }
        self.place.counted = counted
        if countable and len(counted) == len(countable):
            self.place.counted = {}
            self.told.answers |= self._counts_of(step, countable, counted)

    def _counts_of(self, step: Step, countable: list[Item], counted: dict[str, int]) -> dict[str, Any]:
        items, of = self.told.items(step), step.of or ""
        every = all(counted[str(item.line)] == item.many for item in countable)
        if every and len(items) > 1 and len(self.told.answers[of]) == len(items) and self.told.whole(step) is not None:
            return {of: ALL}
        return {step.code: counted}

    def _named_own(self, step: Step, lines: list[str]) -> Outcome:
        own = self.facts.own(step.type)
        if found := flow_meant.numbered(own, lines):
            return self._chose_own(step, found, " ".join(lines))
        if any(HIDDEN in line for line in lines):
            return self._stuck(self._say("number_hidden"))  # what is asked for cannot be typed
        digits = flow_meant.unknown_numbers(lines)
        if self.facts.verified:
            named = self._by_item(step, own, lines)
            if named:
                return self._chose_own(step, named, " ".join(lines))
            return self._again("not_yours" if digits else "which_one")
        if not digits and any(self.guide.command_of(line) in ("unknown_number", "skip") for line in lines):
            return self._stuck(self._say("no_number_known"))  # people find it by who they are
        # Nobody has signed who this is, so nothing of theirs is looked up: people compare the number.
        return self._answered(step, {"number": digits[0]}) if digits else self._again("no_number")

    def _by_item(self, step: Step, own: list[Bought], lines: list[str]) -> Bought | None:
        """Where the policy is asked, it has to be known of it."""
        found = flow_meant.only_with(own, " ".join(lines))
        is_judged = found is not None and (found.id in self.facts.most or found.id in self.facts.refused)
        return found if is_judged or not step.refundable else None

    def _chose_own(self, step: Step, found: Bought, text: str = "") -> Outcome:
        why = self.facts.refused.get(found.id) if step.refundable else None
        items = self.facts.items.get(found.id, ())
        some_may = len(items) > 1 and any(item.most for item in items)
        if why and not (some_may and self._asks_for_items(step)):
            return self._stuck(self._forbidden(found.number, why))
        answer = {"kind": found.kind, "id": found.id, "number": found.number, "currency": found.currency}
        _, note = self._take_said(items if len(items) == 1 and step.refundable else (), text)
        return self._answered(step, answer, self._say("only_some", why=why) if why else note)

    def _asks_for_items(self, step: Step) -> bool:
        return any(each.type == "items" and each.of == step.code for each in self.flow.steps)

    def _answered(self, step: Step, answer: Any, note: str = "") -> Outcome:
        self.told.answers[step.code] = answer
        self.place.tries = 0
        self._take_counts()
        is_all = self.place.as_message and not self.told.open_contact()
        return self.told.done(as_message=True) if is_all else self.ask(note)

    def _again(self, why: str, **values: object) -> Asks:
        self.place.tries += 1
        return self.ask(self._say(why, **values))

    def _stuck(self, why: str) -> Asks:
        """Nothing that is typed leads on, so another way must be at hand."""
        self.place.tries = max(self.place.tries, TRIES)
        return self.ask(why)


@cache
def load_guide() -> Guide:
    """Of the shipped flows, which are read once in a process. Raises FlowError."""
    return Guide(*shipped())
