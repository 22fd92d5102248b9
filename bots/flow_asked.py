"""A question of a guided flow: its words, and what may be pressed below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bots.flow_files import Step
from bots.flow_fits import OWN
from bots.flow_told import Told
from bots.flow_turn import Bought, Choice, Facts, Item, Place
from bots.turn import Locale
from bots.typed import money, shortened

TRIES = 3  # of one step in a row; then a message for the agents is offered beside trying on
OFFERED = 5  # orders or transactions that are offered as buttons; any other is typed
ITEMS = 10  # of an order, likewise, and how many of one
NAMED = 24  # code points of an item's name on the button of its order


class Question:
    """`step`, as it is asked at this place of a flow. `say` gives a shared word in the customer's language."""

    def __init__(
        self, step: Step, told: Told, place: Place, facts: Facts, say: Callable[..., str], locale: Locale
    ) -> None:
        self._step, self._told, self._place, self._facts = step, told, place, facts
        self._say, self._locale = say, locale

    def words(self) -> str:
        if self._step.type == "confirm":
            return self._told.summary()
        words = self._step.words[self._locale]
        if self._step.type != "counts":
            return words
        item = self._uncounted()
        return words.replace("{item}", item.name).replace("{most}", str(item.many))

    def choices(self) -> Iterator[Choice]:
        """What answers it, then what goes elsewhere."""
        step, say = self._step, self._say
        yield from self._answers()
        if step.type == "confirm":
            yield Choice(say("send"), "flow:send")
        elif step.type == "evidence" and self._told.files_of(step):
            yield Choice(say("done"), "flow:done")
        elif step.type == "items" and self._place.picked:
            yield Choice(say("picked"), "flow:done")
        elif step.type == "contact":
            yield from (Choice(way, f"contact:{of.code}") for of, way in self._told.contacts())
        elif not step.required:
            yield Choice(say("skip"), "flow:skip")
        if self._place.tries >= TRIES and not self._place.as_message:
            yield Choice(say("message"), "flow:message")
        if self._place.as_message or self._told.before(step):
            yield Choice(say("back"), "flow:back")
        yield Choice(say("out"), "flow:out")

    def _answers(self) -> Iterator[Choice]:
        if self._step.type in OWN:
            yield from self._purchases()
        elif self._step.type == "items":
            yield from self._items()
        elif self._step.type == "counts":
            yield from self._counts(self._uncounted())
        yield from (Choice(names[self._locale], f"option:{code}") for code, names in self._step.options)

    def _uncounted(self) -> Item:
        return self._place.uncounted(self._told.countable(self._step))

    def _purchases(self) -> Iterator[Choice]:
        own = self._facts.own(self._step.type)
        for each in [each for each in own if each.refundable > 0 or not self._step.refundable][:OFFERED]:
            costs = money(each.amount, each.currency, self._locale)
            yield Choice(" · ".join(filter(None, (each.number, self._about(each), costs))), f"{each.kind}:{each.id}")

    def _about(self, bought: Bought) -> str:
        """Who remembers the number of an order?"""
        first = shortened(next(iter(bought.items), ""), NAMED)
        return self._say("among_others", item=first) if len(bought.items) > 1 else first

    def _items(self) -> Iterator[Choice]:
        whole, picked = self._told.whole(self._step), self._place.picked
        if whole is not None and not picked:
            yield Choice(self._say("whole", amount=self._money(whole)), "items:all")
        for place, item in enumerate(self._told.items(self._step)[:ITEMS], 1):
            if item.most and item.line not in picked:
                yield Choice(f"{place}. {item.named(item.many)} · {self._money(item.most)}", f"item:{item.line}")

    def _counts(self, item: Item) -> Iterator[Choice]:
        for count in [*range(1, min(item.many, ITEMS)), item.many]:
            yield Choice(self._say("count", count=count, amount=self._money(item.part(count))), f"count:{count}")

    def _money(self, amount: int) -> str:
        return money(amount, self._told.currency(), self._locale)
