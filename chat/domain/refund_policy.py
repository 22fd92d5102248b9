"""A site's refund policy: a document, and what it says of what somebody bought.

The document is JSON, every part of it optional; an empty one forbids nothing that the law of sums allows:

    {"days": 14, "from": "delivery", "unused": true, "minimum": 100, "caps": {"cod": 50000},
     "kinds": {"service": {"excluded": true}, "food": {"days": 2, "from": "purchase", "unused": false}}}

`days` are dates of the site's zone after the delivery or the purchase; the last one counts whole. `unused` says that
goods must be. `minimum` and `caps` are minor units: the least amount of a refund, and the most that goes back of one
order or transaction through a payment channel. `kinds` says what is different for a kind of item, or of transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Literal, cast

from chat.domain.purchases import Bought, Item
from chat.domain.refunds import money
from chat.errors import Invalid

OK = frozenset({"ok", "ok_if_unused"})
GONE = "nothing_left"
RULES = (
    *sorted(OK), "above_most", "cap", "excluded", "minimum", "not_paid", GONE, "refund_open",
    "too_late_delivery", "too_late_purchase",
)  # fmt: skip
MOST_DAYS, MOST_AMOUNT, MOST_ENTRIES, LONGEST_NAME = 3_650, 10**12, 100, 60


@dataclass(frozen=True)
class Rule:
    """`days` None: at any time."""

    days: int | None = None
    since: Literal["delivery", "purchase"] = "delivery"
    unused: bool = False
    excluded: bool = False


@dataclass(frozen=True)
class Policy:
    rule: Rule = Rule()
    kinds: Mapping[str, Rule] = field(default_factory=dict)
    caps: Mapping[str, int] = field(default_factory=dict)
    minimum: int = 1

    def rule_for(self, kind: str | None) -> Rule:
        return self.kinds.get(kind or "", self.rule)


@dataclass(frozen=True)
class LineVerdict:
    line: int
    rule: str
    most: int

    @property
    def allowed(self) -> bool:
        return self.rule in OK


@dataclass(frozen=True)
class Verdict:
    """`rule` is one of RULES, `values` are for its sentence. `most` may be asked for, of the lines that are allowed."""

    rule: str
    most: int
    lines: tuple[LineVerdict, ...] = ()
    values: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.rule in OK


# -- judging --------------------------------------------------------------------------------------------------------


def judge(
    policy: Policy,
    bought: Bought,
    wanted: list[int],
    now: datetime,
    zone: tzinfo,
    counts: Mapping[int, int] | None = None,
) -> Verdict:
    """What the policy says of a refund of these lines that is asked for at `now`, by the calendar's clock. `counts`
    says how many go back of some of them: of others all that are left.
    """
    counts = counts or {}
    room, closed, values = _room(policy, bought)
    # A transaction is one thing without lines.
    things = [item for item in bought.items if item.line in wanted] or [Item(0, bought.paid, bought.kind)]
    judged = [(item, *_judge_item(policy, bought, item, now, zone)) for item in things]
    lines = tuple(
        LineVerdict(
            item.line, closed or rule, 0 if closed or rule not in OK else min(_cost_left(bought, [item], counts), room)
        )
        for item, rule, _ in judged
        if item.line
    )
    if closed:
        return Verdict(closed, 0, lines, values)
    allowed = [(item, rule) for item, rule, _ in judged if rule in OK]
    # A line that came back already keeps the others from nothing.
    refused = [(rule, values) for _, rule, values in judged if rule not in OK and (rule != GONE or not allowed)]
    # What is no line, such as freight, goes back with the whole.
    in_part = any(counts.get(item.line, item.quantity) < bought.many_left(item) for item in things)
    is_whole = not refused and not in_part and len(things) >= len(bought.items)
    most = min(room, _whole_left(bought) if is_whole else _cost_left(bought, [item for item, _ in allowed], counts))
    if refused:
        rule, values = refused[0]
        return Verdict(rule, most if most >= policy.minimum else 0, lines, values)
    if most < policy.minimum:
        return Verdict("minimum", 0, lines, {"amount": policy.minimum, "currency": bought.currency})
    return Verdict(max(rule for _, rule in allowed), most, lines)  # "ok_if_unused" comes after "ok"


def _cost_left(bought: Bought, items: list[Item], counts: Mapping[int, int]) -> int:
    """What these lines cost, less what came back of them; of what came back for less nothing more does."""
    return min(bought.price_left(items, counts), bought.left_of([item.line for item in items]))


def _whole_left(bought: Bought) -> int:
    """The same of all of it, with what is no line."""
    return bought.price_left(bought.items) + max(bought.paid - sum(item.amount for item in bought.items), 0)


def _room(policy: Policy, bought: Bought) -> tuple[int, str | None, dict[str, str | int]]:
    """What may still go back of the whole; when that is nothing, which rule says so, and its values."""
    if bought.paid <= 0:
        return 0, "not_paid", {}
    if bought.left <= 0:
        return 0, GONE, {}
    cap = policy.caps.get(bought.channel)
    if cap is None:
        return bought.left, None, {}
    room = min(bought.left, max(cap - bought.counted, 0))
    return room, None if room else "cap", {"amount": cap, "currency": bought.currency}


def _judge_item(
    policy: Policy, bought: Bought, item: Item, now: datetime, zone: tzinfo
) -> tuple[str, dict[str, str | int]]:
    rule = policy.rule_for(item.kind)
    if rule.excluded:
        return "excluded", {}
    if item.line in bought.taken or (bought.of == "transaction" and bought.is_open):
        return "refund_open", {}
    if item.line and not bought.many_left(item):
        return GONE, {}
    last = _last_day(rule, bought, zone)
    if last is not None and now.astimezone(zone).date() > last:
        return f"too_late_{rule.since}", {"days": rule.days or 0, "last": last.isoformat()}
    return "ok_if_unused" if rule.unused else "ok", {}


def _last_day(rule: Rule, bought: Bought, zone: tzinfo) -> date | None:
    """The last date on which it may be asked for; None: no end is in sight."""
    if rule.days is None:
        return None
    since: datetime | None = bought.placed_at
    if rule.since == "delivery" and bought.of == "order":
        # Of one that is delivered, nobody knows when, the purchase is the only date there is.
        since = bought.delivered_at or (bought.placed_at if bought.state == "delivered" else None)
    return since.astimezone(zone).date() + timedelta(days=rule.days) if since else None


def judge_amount(policy: Policy, verdict: Verdict, amount: int, currency: str) -> Verdict:
    """The same with an amount: one that is outside of what may be asked for is beyond the policy, too."""
    if not verdict.allowed:
        return verdict
    if amount < policy.minimum:
        return replace(verdict, rule="minimum", values={"amount": policy.minimum, "currency": currency})
    if amount > verdict.most:
        return replace(verdict, rule="above_most", values={"amount": verdict.most, "currency": currency})
    return verdict


def sentence(verdict: Verdict) -> str:
    """For an error; people read the text of the rule in their language."""
    values = dict(verdict.values)
    if "amount" in values:
        values["amount"] = money(int(values["amount"]), str(values["currency"]))
    return _SENTENCES[verdict.rule].format(**values)


_SENTENCES: Mapping[str, str] = {
    "ok": "The refund policy allows it.",
    "ok_if_unused": "The refund policy allows it for goods that were not used.",
    "above_most": "The refund policy allows {amount} at most.",
    "cap": "Through this payment channel at most {amount} go back of one purchase, and they have.",
    "excluded": "The refund policy excludes items of this kind.",
    "minimum": "The refund policy knows no refunds below {amount}.",
    "not_paid": "Nothing has been paid for it.",
    "nothing_left": "Nothing is left of it to refund.",
    "refund_open": "Another refund of it is under way.",
    "too_late_delivery": "The refund policy allows {days} days after the delivery; the last one was {last}.",
    "too_late_purchase": "The refund policy allows {days} days after the purchase; the last one was {last}.",
}


# -- the document ---------------------------------------------------------------------------------------------------

_RULE = {"days", "from", "unused", "excluded"}


def parse(document: object) -> Policy:
    """Raises Invalid with the place of what is wrong."""
    known = _members(document, "The refund policy", {*_RULE, "minimum", "caps", "kinds"})
    rule = _parse_rule(known, "The refund policy", Rule())
    kinds = _members(known.get("kinds", {}), "`kinds` of the refund policy")
    return Policy(
        rule=rule,
        kinds={name: _parse_kind(name, value, rule) for name, value in kinds.items()},
        caps=parse_amounts(known.get("caps", {}), "`caps` of the refund policy"),
        minimum=_whole(known.get("minimum", 1), "`minimum` of the refund policy", 1, MOST_AMOUNT),
    )


def _parse_kind(name: str, value: object, general: Rule) -> Rule:
    where = f"Kind {name!r} of the refund policy"
    return _parse_rule(_members(value, where, _RULE), where, general)


def _parse_rule(known: Mapping[str, Any], where: str, general: Rule) -> Rule:
    """What is not said is as in general."""
    days = known.get("days", general.days)
    since = known.get("from", general.since)
    if since not in ("delivery", "purchase"):
        raise Invalid(f'{where}: `from` is "delivery" or "purchase", not {since!r}.')
    return Rule(
        days=None if days is None else _whole(days, f"{where}: `days`", 0, MOST_DAYS),
        since=cast(Literal["delivery", "purchase"], since),
        unused=_flag(known.get("unused", general.unused), f"{where}: `unused`"),
        excluded=_flag(known.get("excluded", general.excluded), f"{where}: `excluded`"),
    )


def parse_amounts(value: object, where: str) -> dict[str, int]:
    """Names with amounts in the minor unit. Raises Invalid."""
    known = _members(value, where)
    return {name: _whole(amount, f"{where}: {name!r}", 0, MOST_AMOUNT) for name, amount in known.items()}


def _members(value: object, where: str, names: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{where} must be an object.")
    if len(value) > MOST_ENTRIES:
        raise Invalid(f"{where} may have {MOST_ENTRIES} entries at most.")
    for name in value:
        if names is not None and name not in names:
            raise Invalid(f"{where} has no {str(name)[:LONGEST_NAME]!r}; it may have {', '.join(sorted(names))}.")
        if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            raise Invalid(f"{where}: a name has 1 to {LONGEST_NAME} characters.")
    return value


def _whole(value: object, where: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid(f"{where} must be a whole number from {least} to {most}.")
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid(f"{where} must be true or false.")
    return value
