"""What a refund policy says: a table of cases, documents that are refused, and what holds whatever was bought."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import texts
from chat.domain.purchases import Bought, Item, Spoken
from chat.domain.refund_policy import OK, RULES, Policy, Verdict, judge, judge_amount, parse, sentence
from chat.errors import Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)
SHOP = {
    "days": 14,
    "from": "delivery",
    "unused": True,
    "minimum": 100,
    "caps": {"cod": 50_000},
    "kinds": {
        "service": {"excluded": True},
        "food": {"days": 2, "from": "purchase", "unused": False},
        "transfer": {"days": 1, "unused": False},
    },
}
SHOES, LACES, FITTING, TEA = (
    Item(1, 30_000, None),
    Item(2, 900, None),
    Item(3, 5_000, "service"),
    Item(4, 4_000, "food"),
)


def order(*items: Item, **values: Any) -> Bought:
    total = sum(item.amount for item in items)
    order = Bought(
        of="order",
        id="",
        number="",
        kind=None,
        channel="alipay",
        currency="CNY",
        paid=total,
        counted=0,
        refunded=0,
        items=items,
        taken=frozenset(),
        spoken=(),
        is_open=False,
        state="delivered",
        placed_at=NOON - timedelta(days=5),
        delivered_at=NOON - timedelta(days=2),
    )
    return replace(order, **values)


def back(lines: set[int], amount: int, **counts: int) -> tuple[Spoken, ...]:
    return (Spoken(frozenset(lines), amount, {int(line[1:]): count for line, count in counts.items()}),)


def transfer(**values: Any) -> Bought:
    return replace(order(), **{"of": "transaction", "kind": "transfer", "paid": 20_000, "placed_at": NOON, **values})


def ago(**time: float) -> datetime:
    return NOON - timedelta(**time)


@pytest.mark.parametrize(
    ("bought", "lines", "counts", "most"),
    [
        (lambda: order(CUPS), [4], {4: 1}, 3_333),
        (lambda: order(CUPS), [4], {4: 3}, 10_000),
        (lambda: order(CUPS, counted=500, spoken=back({4}, 500, n4=1)), [4], {4: 1}, 3_333),
        (lambda: order(CUPS, counted=500, spoken=back({4}, 500, n4=1)), [4], {4: 2}, 6_667),
        (lambda: order(SHOES, CUPS, paid=41_000), [1, 4], {4: 2}, 36_666),  # freight stays with a part
        (lambda: order(SHOES, CUPS, paid=41_000), [1, 4], {4: 3}, 41_000),
        (lambda: order(SHOES, CUPS), [1, 4], {4: 1}, 33_333),
    ],
)
def test_of_an_item_as_much_may_go_back_as_so_many_cost(
    bought: Callable[[], Bought], lines: list[int], counts: dict[int, int], most: int
) -> None:
    assert judge(parse(SHOP), bought(), lines, NOON, SHANGHAI, counts).most == most


CUPS = Item(4, 10_000, None, 3)  # a cent cannot be shared
CASES: dict[str, tuple[Bought, list[int], str, int]] = {
    "in time, unused": (order(SHOES, LACES), [1, 2], "ok_if_unused", 30_900),
    "one line of it": (order(SHOES, LACES), [2], "ok_if_unused", 900),
    "the last day": (order(SHOES, delivered_at=ago(days=14)), [1], "ok_if_unused", 30_000),
    "the day after": (order(SHOES, delivered_at=ago(days=14, hours=13)), [1], "too_late_delivery", 0),
    "long ago, and not yet delivered": (
        order(SHOES, placed_at=ago(days=90), state="shipped", delivered_at=None), [1], "ok_if_unused", 30_000
    ),
    "delivered, nobody knows when": (
        order(SHOES, placed_at=ago(days=15), delivered_at=None), [1], "too_late_delivery", 0
    ),
    "a service": (order(SHOES, FITTING), [3], "excluded", 0),
    "a service among others: those may go": (order(SHOES, FITTING), [1, 3], "excluded", 30_000),
    "food in time, opened or not": (order(TEA, placed_at=ago(days=2)), [4], "ok", 4_000),
    "food too late": (order(TEA, placed_at=ago(days=3)), [4], "too_late_purchase", 0),
    "food with what must be unused": (order(SHOES, TEA, placed_at=ago(days=1)), [1, 4], "ok_if_unused", 34_000),
    "freight goes back with the whole": (order(SHOES, paid=31_200), [1], "ok_if_unused", 31_200),
    "freight stays with a part": (order(SHOES, LACES, paid=32_100), [1], "ok_if_unused", 30_000),
    "part of it has gone back": (order(SHOES, LACES, counted=30_000), [1, 2], "ok_if_unused", 900),
    "all of it has gone back": (order(SHOES, counted=30_000), [1], "nothing_left", 0),
    "nothing was paid": (order(SHOES, paid=0), [1], "not_paid", 0),
    "under way already": (order(SHOES, LACES, taken=frozenset({1}), counted=100), [1], "refund_open", 0),
    "the other line is not": (order(SHOES, LACES, taken=frozenset({1}), counted=100), [2], "ok_if_unused", 900),
    "a line that came back": (order(SHOES, LACES, counted=900, spoken=back({2}, 900)), [2], "nothing_left", 0),
    "a line half of which came back": (
        order(SHOES, LACES, counted=500, spoken=back({2}, 500)), [2], "ok_if_unused", 400
    ),
    "all of it, and a line came back": (
        order(SHOES, LACES, counted=900, spoken=back({2}, 900)), [1, 2], "ok_if_unused", 30_000
    ),
    "something of several lines came back": (
        order(SHOES, LACES, TEA, counted=30_500, spoken=back({1, 2}, 30_500)), [2], "ok_if_unused", 400
    ),
    "up to the cap of its channel": (order(Item(1, 80_000, None), channel="cod"), [1], "ok_if_unused", 50_000),
    "of what came back for less nothing more does": (
        order(CUPS, counted=500, spoken=back({4}, 500, n4=1)), [4], "ok_if_unused", 6_667
    ),
    "nor with the whole, and freight stays in it": (
        order(SHOES, CUPS, paid=41_000, counted=500, spoken=back({4}, 500, n4=1)), [1, 4], "ok_if_unused", 37_667
    ),
    "nor where less was paid than it cost": (
        order(SHOES, CUPS, paid=20_000, counted=500, spoken=back({4}, 500, n4=1)), [1, 4], "ok_if_unused", 19_500
    ),
    "all of them came back for less": (
        order(CUPS, SHOES, counted=500, spoken=back({1}, 500, n1=3)), [1], "nothing_left", 0
    ),
    "what went counts": (order(Item(1, 60_000, None), channel="cod", counted=49_000), [1], "ok_if_unused", 1_000),
    "above the cap of its channel": (order(Item(1, 80_000, None), channel="cod", counted=50_000), [1], "cap", 0),
    "less than the least": (order(Item(1, 99, None)), [1], "minimum", 0),
    "the least": (order(Item(1, 100, None)), [1], "ok_if_unused", 100),
    "a transfer": (transfer(), [], "ok", 20_000),
    "a transfer of the day before yesterday": (transfer(placed_at=ago(days=2)), [], "too_late_delivery", 0),
    "a transfer that is coming back": (transfer(counted=100, is_open=True), [], "refund_open", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_policy_says(case: str) -> None:
    bought, lines, rule, most = CASES[case]
    said = judge(parse(SHOP), bought, lines, NOON, SHANGHAI)
    assert (said.rule, said.most, said.allowed) == (rule, most, rule in OK)
    assert [line.line for line in said.lines] == lines
    assert sentence(said)


def test_each_line_has_a_verdict_of_its_own() -> None:
    said = judge(parse(SHOP), order(SHOES, FITTING, TEA, placed_at=ago(days=9)), [1, 3, 4], NOON, SHANGHAI)
    lines = [(line.line, line.rule, line.most) for line in said.lines]
    assert lines == [(1, "ok_if_unused", 30_000), (3, "excluded", 0), (4, "too_late_purchase", 0)]


def test_the_last_day_is_told() -> None:
    said = judge(parse(SHOP), order(SHOES, delivered_at=ago(days=30)), [1], NOON, SHANGHAI)
    assert said.values == {"days": 14, "last": "2026-02-15"}
    assert "14 days after the delivery" in sentence(said)


def test_no_policy_forbids_only_what_was_not_paid() -> None:
    assert judge(parse({}), order(SHOES, placed_at=ago(days=900)), [1], NOON, SHANGHAI).rule == "ok"
    assert judge(parse({}), order(SHOES, paid=0), [1], NOON, SHANGHAI).rule == "not_paid"


@pytest.mark.parametrize(
    ("amount", "rule"), [(99, "minimum"), (100, "ok_if_unused"), (30_000, "ok_if_unused"), (30_001, "above_most")]
)
def test_an_amount_is_judged_with_it(amount: int, rule: str) -> None:
    policy = parse(SHOP)
    said = judge(policy, order(SHOES), [1], NOON, SHANGHAI)
    assert judge_amount(policy, said, amount, "CNY").rule == rule


def test_a_verdict_that_forbids_stays_whatever_the_amount() -> None:
    policy = parse(SHOP)
    said = judge(policy, order(FITTING), [3], NOON, SHANGHAI)
    assert judge_amount(policy, said, 5_000, "CNY") == said


@pytest.mark.parametrize("locale", texts.LOCALES)
def test_every_rule_is_said_in_both_languages(locale: str) -> None:
    values = {"amount": "¥1", "days": 14, "last": "2026-03-01"}
    assert {f"policy.{rule}" for rule in RULES} == texts.words(locale, "policy").keys()
    for rule in RULES:
        assert texts.say(locale, f"policy.{rule}", **values)
        assert sentence(Verdict(rule, 0, (), {**values, "amount": 100, "currency": "CNY"}))


# -- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "The refund policy must be an object"),
        ({"day": 14}, "has no 'day'; it may have caps, days"),
        ({"days": "14"}, "`days` must be a whole number from 0 to 3650"),
        ({"days": -1}, "`days` must be a whole number"),
        ({"days": True}, "`days` must be a whole number"),
        ({"days": 14.0}, "`days` must be a whole number"),
        ({"days": 10**30}, "`days` must be a whole number"),
        ({"from": "payment"}, '`from` is "delivery" or "purchase"'),
        ({"from": []}, '`from` is "delivery" or "purchase"'),
        ({"unused": "yes"}, "`unused` must be true or false"),
        ({"excluded": 1}, "`excluded` must be true or false"),
        ({"minimum": 0}, "`minimum` of the refund policy must be a whole number from 1"),
        ({"caps": {"cod": -1}}, "'cod' must be a whole number"),
        ({"caps": [1]}, "`caps` of the refund policy must be an object"),
        ({"caps": {"": 1}}, "a name has 1 to 60 characters"),
        ({"caps": {f"c{n}": 1 for n in range(101)}}, "may have 100 entries"),
        ({"kinds": {"food": {"caps": {}}}}, "Kind 'food' of the refund policy has no 'caps'"),
        ({"kinds": {"food": 2}}, "Kind 'food' of the refund policy must be an object"),
    ],
)
def test_a_document_that_is_wrong_is_refused_in_words(document: Any, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        parse(document)


def test_what_a_kind_does_not_say_is_as_in_general() -> None:
    policy = parse({"days": 7, "unused": True, "kinds": {"food": {"days": None}}})
    assert policy.rule_for("food") == replace(policy.rule, days=None)
    assert policy.rule_for("other") == policy.rule_for(None) == policy.rule


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["days", "kinds", "caps", "x"]), inner),
    max_leaves=8,
)


@given(JSON)
def test_whatever_stands_in_a_document_is_a_policy_or_refused(document: Any) -> None:
    with suppress(Invalid):
        assert isinstance(parse(document), Policy)


# -- whatever was bought ----------------------------------------------------------------------------------------------

AMOUNTS = st.integers(0, 100_000)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "days": st.none() | st.integers(0, 30),
        "from": st.sampled_from(["delivery", "purchase"]),
        "unused": st.booleans(),
        "excluded": st.booleans(),
    },
)
POLICIES = st.builds(
    lambda rule, kinds, caps, minimum: parse({**rule, "kinds": kinds, "caps": caps, "minimum": minimum}),
    RULE,
    st.dictionaries(st.sampled_from(["food", "service"]), RULE),
    st.dictionaries(st.sampled_from(["alipay", "cod"]), AMOUNTS),
    st.integers(1, 500),
)


@st.composite
def orders(draw: st.DrawFn) -> Bought:
    amounts = draw(st.lists(AMOUNTS, min_size=1, max_size=4))
    kinds = st.sampled_from([None, "food", "service"])
    items = tuple(Item(line, amount, draw(kinds), draw(st.integers(1, 5))) for line, amount in enumerate(amounts, 1))
    placed = NOON - timedelta(hours=draw(st.integers(0, 1_000)))
    delivered = draw(st.none() | st.integers(0, 500).map(lambda hours: placed + timedelta(hours=hours)))
    lines = st.sets(st.integers(1, len(items)), min_size=1)
    spoken = [
        Spoken(frozenset(of), draw(AMOUNTS), {line: draw(st.integers(1, 3)) for line in of if draw(st.booleans())})
        for of in draw(st.lists(lines, max_size=3))
    ]
    return order(
        *items,
        paid=draw(AMOUNTS),
        counted=sum(each.amount for each in spoken),
        spoken=tuple(spoken),
        channel=draw(st.sampled_from(["alipay", "cod", "wallet"])),
        state=draw(st.sampled_from(["paid", "shipped", "delivered"])),
        placed_at=placed,
        delivered_at=delivered,
        taken=frozenset(draw(st.sets(st.integers(1, len(items))))),
    )


@given(POLICIES, orders(), st.data())
def test_no_verdict_gives_more_than_is_left_or_than_a_cap_lets(
    policy: Policy, bought: Bought, data: st.DataObject
) -> None:
    lines = sorted(data.draw(st.sets(st.sampled_from([item.line for item in bought.items]), min_size=1)))
    said = judge(policy, bought, lines, NOON, SHANGHAI)
    assert 0 <= said.most <= bought.left
    assert said.most + bought.counted <= max(policy.caps.get(bought.channel, 10**12), bought.counted)
    assert said.rule in RULES
    if said.allowed:
        assert said.most >= policy.minimum
        assert all(line.allowed or line.rule == "nothing_left" for line in said.lines)
        assert not bought.taken & set(lines)
    for line in said.lines:
        assert (line.most == 0) or line.allowed
        assert line.most <= min(bought.left, bought.cost([line.line]))


@given(POLICIES, orders(), st.integers(0, 60))
def test_waiting_never_makes_allowed_what_was_forbidden(policy: Policy, bought: Bought, days: int) -> None:
    lines = [item.line for item in bought.items]
    later = judge(policy, bought, lines, NOON + timedelta(days=days), SHANGHAI)
    now = judge(policy, bought, lines, NOON, SHANGHAI)
    assert later.most <= now.most
    assert not later.allowed or now.allowed


@given(POLICIES, orders(), st.integers(1, 200_000))
def test_an_amount_is_allowed_only_within_the_verdict(policy: Policy, bought: Bought, amount: int) -> None:
    said = judge(policy, bought, [item.line for item in bought.items], NOON, SHANGHAI)
    with_amount = judge_amount(policy, said, amount, "CNY")
    assert with_amount.allowed == (said.allowed and policy.minimum <= amount <= said.most)
    assert sentence(with_amount)
