"""What was answered in a guided flow so far, and what it comes to: the way it leads, the money, the case it opens."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bots.flow_files import Flow, Step
from bots.flow_fits import ALL, OWN, are_lines, fits
from bots.flow_turn import Done, Facts, Item, State
from bots.turn import Locale
from bots.typed import contact, money

REASON = 1_000  # code points
MOST_FILES = 20
Answers = dict[str, Any]  # by the step's code, and the files


class Told:
    """The answers that a state keeps and that still fit, beside what is known of the customer.

    `say` gives a shared word in the customer's language.
    """

    def __init__(self, flow: Flow, state: State, facts: Facts, say: Callable[..., str], locale: Locale) -> None:
        kept = state.get("answers")
        self.answers: Answers = copy.deepcopy(kept) if isinstance(kept, dict) else {}
        self._flow, self._facts, self._say, self._locale = flow, facts, say, locale
        self._seen_lines = state.get("lines")
        self._forget_what_changed()

    def _forget_what_changed(self) -> None:
        """A file may have lost a step, or an option, since it was answered, and an order the items that were chosen."""
        kept, self.answers = self.answers, {}
        for step in self._flow.steps:
            if step.code in kept and fits(step, answer := kept[step.code]) and self._agrees(step, answer):
                self.answers[step.code] = answer
        files = kept.get("files")
        if isinstance(files, list) and (fitting := [pair for pair in files if are_lines(pair) and len(pair) == 2]):
            self.answers["files"] = fitting[:MOST_FILES]

    def _agrees(self, step: Step, answer: Any) -> bool:
        """With what was answered before it: of items and how many, what they are of, and what is still in that."""
        if step.below and answer is not None:
            above = self.answers.get(step.below)
            return above is None or answer < above
        if step.type == "counts":
            return self._id_of(step) != "" and all(str(item.line) in answer for item in self.countable(step))
        if step.type == "items":
            items = self.items(step)
            return self._id_of(step) != "" and (answer == ALL or not items or any(i.line in answer for i in items))
        return True

    # -- the way ----------------------------------------------------------------------------------------------------

    def _path(self) -> Iterator[Step]:
        """The steps that are asked, as far as the answers say."""
        for step in self._flow.steps:
            if step.type == "contact" and self._is_reachable():
                continue
            if step.type == "items" and len(self.items(step)) < 2:
                continue
            if step.type == "counts" and not self.countable(step):
                continue
            if all(self.answers.get(code) == wanted for code, wanted in step.when.items()):
                yield step

    def _is_reachable(self) -> bool:
        return self._facts.verified or self._facts.reachable

    def open_step(self, *, as_message: bool) -> Step:
        """What to ask next. For a message nothing is needed but a way to answer it."""
        if as_message and (way := self.open_contact()):
            return way
        return next(step for step in self._path() if step.type == "confirm" or step.code not in self.answers)

    def open_contact(self) -> Step | None:
        return next((s for s in self._path() if s.type == "contact" and s.code not in self.answers), None)

    def contacts(self) -> Iterator[tuple[Step, str]]:
        """Ways to be reached that were told as something else, such as the address an account is registered with."""
        for step in self._path():
            answer = self.answers.get(step.code)
            if step.type == "line" and isinstance(answer, str) and contact(answer):
                yield step, answer

    def before(self, step: Step) -> Step | None:
        answered = [each for each in self._path() if each.code in self.answers and each.code != step.code]
        return answered[-1] if answered else None

    def forget_from(self, step: Step) -> None:
        """What comes after may depend on it; files stay, nobody wants to send them twice."""
        codes = [each.code for each in self._flow.steps]
        for code in codes[codes.index(step.code) :]:
            self.answers.pop(code, None)

    # -- items ------------------------------------------------------------------------------------------------------

    def items(self, step: Step) -> tuple[Item, ...]:
        """Of what was chosen, when there are several."""
        return self._facts.items.get(self._id_of(step), ())

    def whole(self, step: Step) -> int | None:
        return self._facts.most.get(self._id_of(step))

    def countable(self, step: Step) -> list[Item]:
        """Those of the chosen items of which there are several. Of a whole order nobody counts anything."""
        items, chosen = self.items(step), self.answers.get(step.of or "")
        if len(items) > 1:
            items = tuple(item for item in items if isinstance(chosen, list) and item.line in chosen)
        return [item for item in items if item.many > 1]

    def _id_of(self, step: Step) -> str:
        of = self._flow.step(step.of or "")
        if of and of.type == "items":
            return self._id_of(of)
        chosen = self.answers.get(step.of or "")
        return str(chosen.get("id", "")) if isinstance(chosen, dict) else ""

    # -- files ------------------------------------------------------------------------------------------------------

    def keep_files(self, files: Sequence[str], step: Step) -> None:
        """They count wherever they come: whoever sends the photo too early has sent it. The step that asks for them
        stays open until the customer says that these are all.
        """
        home = step if step.type == "evidence" else next((s for s in self._path() if s.type == "evidence"), None)
        if files:
            kept = self.answers.setdefault("files", [])
            code = home.evidence if home else "other"
            kept.extend([code, file] for file in files if [code, file] not in kept)
            del kept[MOST_FILES:]

    def files_of(self, step: Step) -> list[str]:
        return [file for code, file in self.answers.get("files", []) if code == step.evidence]

    # -- money ------------------------------------------------------------------------------------------------------

    def currency(self) -> str:
        return next((a["currency"] for a in self.answers.values() if isinstance(a, dict) and "currency" in a), "CNY")

    def amount(self) -> int | None:
        """What goes back of what was chosen, as far as the policy allows; None where nobody can say."""
        of = next((step for step in self._path() if step.type in OWN and step.refundable), None)
        answer = self.answers.get(of.code) if of else None
        if not isinstance(answer, dict) or "id" not in answer:
            return None
        items = self._part().get(answer["id"])
        if not items:
            return self._facts.most.get(answer["id"])
        parts = sum(item.part(self._count(item)) for item in items)
        if self.lines_by_id() != self._seen_lines:
            return parts  # chosen just now, and the policy will be asked about them before anything is sent
        most = self._facts.chosen_most.get(answer["id"])
        return None if most is None else min(parts, most)

    def lines_by_id(self) -> dict[str, list[int]]:
        """The items that were chosen where it is not all of them, for whoever asks the policy about them."""
        return {of: [item.line for item in items] for of, items in self._part().items() if items}

    def _part(self) -> dict[str, list[Item]]:
        """The same as items, by what they are of. Of an order of one line it is that one, where fewer go back."""
        found: dict[str, list[Item]] = {}
        for step in self._path():
            answer = self.answers.get(step.code)
            if step.type == "items" and isinstance(answer, list):
                found[self._id_of(step)] = [item for item in self.items(step) if item.line in answer]
            elif step.type == "counts" and len(self.items(step)) == 1 and self._is_fewer(step):
                found[self._id_of(step)] = list(self.items(step))
        return found

    def _is_fewer(self, step: Step) -> bool:
        return step.code in self.answers and any(self._count(item) < item.many for item in self.countable(step))

    def _count(self, item: Item) -> int:
        """How many of it go back: as was said, and no more than there are by now."""
        told = (self.answers.get(step.code) for step in self._flow.steps if step.type == "counts")
        counts = next((answer for answer in told if isinstance(answer, dict)), {})
        return min(int(counts.get(str(item.line), item.many)), item.many)

    # -- for people to read -----------------------------------------------------------------------------------------

    def summary(self) -> str:
        step = next(step for step in self._flow.steps if step.type == "confirm")
        return "\n".join([step.words[self._locale], *self._lines()])

    def _lines(self) -> Iterator[str]:
        return (self._labelled(label, value) if label else value for label, value in self._told())

    def _labelled(self, label: str, value: str) -> str:
        return f"{label}{'：' if self._locale == 'zh-CN' else ': '}{value}"

    def _told(self) -> Iterator[tuple[str, str]]:
        """What was answered, each with what it is, for people to read."""
        for step in self._path():
            answer = self.answers.get(step.code)
            if answer in (None, []) or step.type in ("confirm", "evidence"):
                continue
            if step.type == "counts" and len(self.items(step)) > 1:
                continue  # the items say it
            yield step.label.get(self._locale, ""), self._readable(step, answer)
        if (amount := self.amount()) is not None:
            yield self._say("amount"), money(amount, self.currency(), self._locale)
        if count := len(self.answers.get("files", [])):
            yield self._say("files"), str(count)

    def _readable(self, step: Step, answer: Any) -> str:
        if step.type in OWN:
            return str(answer["number"])
        if step.type == "money":
            return money(answer, self.currency(), self._locale)
        if step.type == "items":
            items = [each for each in self.items(step) if (each.left if answer == ALL else each.line in answer)]
            return self.joined(item.named(self._count(item)) for item in items)
        if step.type == "counts":
            return self.joined(item.named(self._count(item)) for item in self.items(step))
        if step.type == "choice":
            return dict(step.options)[answer][self._locale]
        return str(answer["email"] or answer["phone"]) if step.type == "contact" else str(answer)

    def joined(self, names: Iterable[str]) -> str:
        return ("、" if self._locale == "zh-CN" else ", ").join(names)

    def _reason(self) -> str:
        """What no field of the case holds, the customer's own words first."""
        words: list[str] = []
        rest: list[str] = []
        for step in self._path():
            answer = self.answers.get(step.code)
            if answer is None or step.field or step.type not in ("text", "line", "choice"):
                continue
            value = self._readable(step, answer)
            if step.type == "text" and not words:
                words.append(value)
            else:
                rest.append(self._labelled(step.label.get(self._locale, ""), value))
        return "\n".join([*words, *rest])[:REASON].strip() or self._flow.names[self._locale]

    # -- the end ----------------------------------------------------------------------------------------------------

    def done(self, *, as_message: bool) -> Done:
        evidence = tuple((code, file) for code, file in self.answers.get("files", []))
        message = "\n".join([self._flow.names[self._locale], *self._lines()])
        opened = self._flow.opened[self._locale]
        return Done(self._flow.code, self._case(), evidence, self._checks(), as_message, message, opened)

    def _case(self) -> dict[str, Any]:
        case: dict[str, Any] = {"kind": self._flow.kind, "reason": self._reason(), "fields": {}}
        for step in self._path():
            answer = self.answers.get(step.code)
            if answer in (None, []) or step.type in ("items", "counts"):
                continue  # items come with what they are of
            if step.type in OWN and "id" in answer:
                case[f"{answer['kind']}_id"] = answer["id"]
                case |= self._part_of(answer["id"]) if step.refundable else {}
            elif step.type in OWN:
                case["fields"][step.field or "order_number"] = answer["number"]
            elif step.type == "money":
                case[step.code] = answer
                case["currency"] = self.currency()
            elif step.type == "contact":
                case |= {name: value for name, value in answer.items() if value}
            elif step.code == "payout" and answer == "original":
                case["payout"] = {"way": "original"}
            elif step.field:
                case["fields"][step.field] = self._readable(step, answer)
        if (amount := self.amount()) is not None:
            case |= {"amount": amount, "currency": self.currency()}
        return case

    def _part_of(self, of: str) -> dict[str, Any]:
        """The items that go back, where it is not all of them, and how many of those of which there are several."""
        part = self._part().get(of, [])
        several = [item for item in part or self._facts.items.get(of, ()) if item.is_counted and item.left]
        counts = [{"line": item.line, "count": self._count(item)} for item in several]
        lines = [item.line for item in part]
        return {**({"lines": lines} if lines else {}), **({"counts": counts} if counts else {})}

    def _checks(self) -> tuple[str, ...]:
        """Items of the checklist that are seen to by files, or by what is known of a purchase."""
        checks: list[str] = []
        for step in self._path():
            answer = self.answers.get(step.code)
            if step.type == "evidence" and self.files_of(step):
                checks += step.checks
            elif step.type in OWN and answer and "id" in answer:
                checks += [*step.checks, *(step.allowed_checks if self.amount() is not None else ())]
        return tuple(dict.fromkeys(checks))
