"""Who gets a conversation, and why not the others."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.routing import REASONS, Candidate, Decision, Needs, Policy, decide

CHINESE = Needs("zh-CN")


def agent(name: str, **facts: Any) -> Candidate:
    languages = frozenset(facts.pop("languages", ()))
    return Candidate(id=name.lower(), name=name, languages=languages, **facts)


def winner(*candidates: Candidate, policy: Policy = Policy.LEAST_LOADED, needs: Needs = CHINESE) -> str | None:
    chosen = decide(needs, candidates, policy).chosen
    return chosen.name if chosen else None


def reasons(decision: Decision) -> dict[str, str]:
    return {candidate.name: reason for candidate, reason in decision.left_out}


@pytest.mark.parametrize(
    ("expected", "policy", "candidates"),
    [
        (None, "least_loaded", []),
        (None, "by_hand", [agent("Mei"), agent("David")]),
        ("David", "least_loaded", [agent("Mei", load=2), agent("David", load=1)]),
        ("Mei", "least_loaded", [agent("Mei", load=1, last_assigned_at=5), agent("David", load=1, last_assigned_at=9)]),
        ("David", "least_loaded", [agent("Mei", last_assigned_at=5), agent("David")]),  # never had any: idle longest
        ("David", "round_robin", [agent("Mei", last_assigned_at=9), agent("David", load=4, last_assigned_at=5)]),
        ("Mei", "round_robin", [agent("Mei"), agent("David", last_assigned_at=5)]),
        # who had it last
        ("Mei", "least_loaded", [agent("Mei", load=4, had_it_last=True), agent("David")]),
        ("Mei", "round_robin", [agent("Mei", last_assigned_at=9, had_it_last=True), agent("David")]),
        ("David", "least_loaded", [agent("Mei", had_it_last=True, present=False), agent("David", load=3)]),
        ("David", "least_loaded", [agent("Mei", had_it_last=True, load=3, capacity=3), agent("David", load=3)]),
        (None, "by_hand", [agent("Mei", had_it_last=True)]),
        # languages
        ("David", "least_loaded", [agent("Mei", languages=["en"]), agent("David", load=3, languages=["zh-CN"])]),
        ("David", "least_loaded", [agent("Mei"), agent("David", last_assigned_at=5, languages=["zh-CN"])]),
        ("Mei", "least_loaded", [agent("Mei"), agent("David", load=1, languages=["zh-CN"])]),  # no pile on one
        ("Mei", "round_robin", [agent("Mei"), agent("David", last_assigned_at=5, languages=["zh-CN"])]),
        (None, "least_loaded", [agent("Mei", languages=["en"])]),
        # limits
        ("David", "least_loaded", [agent("Mei", load=0, capacity=0), agent("David", load=2, capacity=3)]),
        (None, "round_robin", [agent("Mei", load=3, capacity=3), agent("David", load=4, capacity=3)]),
        ("Mei", "round_robin", [agent("Mei", load=400)]),
    ],
)  # fmt: skip
def test_who_gets_it(expected: str | None, policy: str, candidates: list[Candidate]) -> None:
    for order in permutations(candidates):
        assert winner(*order, policy=Policy(policy)) == expected


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("other_team", {"in_team": False}),
        ("by_hand", {"by_hand": True}),
        ("on_break", {"on_break": True, "online": False}),
        ("offline", {"online": False}),
        ("absent", {"present": False}),
        ("language", {"languages": ["en"]}),
        ("passed_over", {"passed_over": True}),
        ("wrapping_up", {"wrapping_up": True}),
        ("full", {"load": 3, "capacity": 3}),
        ("other_team", {"in_team": False, "online": False, "load": 3, "capacity": 3}),  # the first that holds
        ("absent", {"present": False, "load": 3, "capacity": 3}),
    ],
)
def test_who_is_left_out_has_a_reason(reason: str, facts: dict[str, Any]) -> None:
    decision = decide(CHINESE, [agent("Mei", **facts), agent("David", load=9)], Policy.LEAST_LOADED)
    assert reasons(decision) == {"Mei": reason}
    assert decision.chosen == agent("David", load=9)
    assert winner(agent("Mei", **facts)) is None


def test_all_who_could_have_it_are_named_in_order_with_their_score() -> None:
    people = [agent("Mei", load=2), agent("David", load=1, last_assigned_at=7), agent("Lin", online=False)]
    decision = decide(CHINESE, people, Policy.LEAST_LOADED)
    assert [(one.name, score) for one, score in decision.ranked] == [("David", (1, 1, 1, 7)), ("Mei", (1, 2, 1, 0))]
    assert reasons(decision) == {"Lin": "offline"}


FACTS = st.builds(
    Candidate,
    id=st.sampled_from([f"agent {number}" for number in range(8)]),
    name=st.just("somebody"),
    in_team=st.booleans(),
    by_hand=st.booleans(),
    online=st.booleans(),
    on_break=st.booleans(),
    present=st.booleans(),
    wrapping_up=st.booleans(),
    passed_over=st.booleans(),
    load=st.integers(0, 5),
    capacity=st.none() | st.integers(0, 5),
    languages=st.frozensets(st.sampled_from(["zh-CN", "en"])),
    had_it_last=st.booleans(),
    last_assigned_at=st.none() | st.integers(0, 3),
)
CREWS = st.lists(FACTS, max_size=8, unique_by=lambda candidate: candidate.id)
NEEDS = st.builds(Needs, st.sampled_from(["zh-CN", "en"]))


@given(NEEDS, CREWS, st.sampled_from(Policy))
def test_whoever_is_chosen_is_there_and_has_a_place(needs: Needs, crew: list[Candidate], policy: Policy) -> None:
    chosen = decide(needs, crew, policy).chosen
    if chosen is not None:
        assert policy is not Policy.BY_HAND
        assert all((chosen.in_team, chosen.online, chosen.present))
        assert not any((chosen.by_hand, chosen.on_break, chosen.wrapping_up, chosen.passed_over))
        assert chosen.capacity is None or chosen.load < chosen.capacity
        assert not chosen.languages or needs.locale in chosen.languages


@given(NEEDS, CREWS, st.sampled_from(Policy), st.randoms())
def test_the_same_facts_give_the_same_decision(
    needs: Needs, crew: list[Candidate], policy: Policy, random: Any
) -> None:
    decision = decide(needs, crew, policy)
    shuffled = list(crew)
    random.shuffle(shuffled)
    assert decide(needs, shuffled, policy) == decision
    named = [one for one, _ in decision.ranked] + [one for one, _ in decision.left_out]
    assert sorted(one.id for one in named) == sorted(one.id for one in crew)
    assert {reason for _, reason in decision.left_out} <= set(REASONS)


@given(NEEDS, CREWS, st.sampled_from([Policy.LEAST_LOADED, Policy.ROUND_ROBIN]))
def test_somebody_gets_it_when_somebody_could_and_who_had_it_last_if_they_could(
    needs: Needs, crew: list[Candidate], policy: Policy
) -> None:
    decision = decide(needs, crew, policy)
    assert (decision.chosen is None) == (decision.ranked == ())
    had_it = [one for one, _ in decision.ranked if one.had_it_last]
    assert not had_it or decision.chosen in had_it


@given(NEEDS, CREWS)
def test_nobody_with_less_to_do_is_left_waiting(needs: Needs, crew: list[Candidate]) -> None:
    decision = decide(needs, [replace(one, had_it_last=False) for one in crew], Policy.LEAST_LOADED)
    if decision.chosen is not None:
        assert decision.chosen.load == min(one.load for one, _ in decision.ranked)
