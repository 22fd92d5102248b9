"""What kinds of tickets there are, as data, and what makes such data whole.

The built-in kinds are KINDS; a site's admin changes them and adds others, so whoever asks what kinds there are asks
`actions.ticket_kinds.kinds`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chat.errors import Invalid

Names = Mapping[str, str]  # by locale; none where whoever shows it has words of their own

LOCALES = ("zh-CN", "en")
PARTS = {"checklist": "item of the checklist", "fields": "field", "evidence": "piece of evidence", "steps": "step",
         "endings": "ending"}  # fmt: skip


@dataclass(frozen=True)
class KindField:
    """One question of the form. `type`: line, text, money, order, transaction, date."""

    code: str
    type: str = "line"
    required: bool = False


@dataclass(frozen=True)
class Kind:
    """`checklist` is for staff, `steps` is what the customer follows, `endings` how such a case can end.

    Due times are minutes of the site's opening hours; None: no such time. `names` are its own, `named` those of its
    parts, such as `named["steps", "received"]`.
    """

    name: str
    checklist: tuple[str, ...]
    steps: tuple[str, ...]
    endings: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    fields: tuple[KindField, ...] = ()
    first_minutes: int | None = None
    next_minutes: int | None = None
    solve_minutes: int | None = None
    customers: bool = True  # may open one themselves
    active: bool = True
    names: Names = field(default_factory=dict)
    named: Mapping[tuple[str, str], Names] = field(default_factory=dict)

    def codes(self, part: str) -> tuple[str, ...]:
        """Those of one of PARTS."""
        found: tuple[Any, ...] = getattr(self, part)
        return tuple(each.code if isinstance(each, KindField) else each for each in found)

    def names_of(self, part: str, code: str) -> Names:
        return self.named.get((part, code), {})


OTHER_EVIDENCE = "other"  # every kind takes what nobody asked for
MONEY_STEPS = ("received", "in_review", "decision", "payment")
_ORDER, _AMOUNT = KindField("order_number", "order"), KindField("amount", "money")
_TRANSACTION, _ACCOUNT = KindField("transaction_number", "transaction"), KindField("account")


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "refund",
            ("order_found", "within_window", "goods_unused", "not_excluded", "payout_account_checked"),
            MONEY_STEPS,
            ("refunded", "rejected", "withdrawn"),
            evidence=("photo", "order_confirmation"),
            fields=(_ORDER, _AMOUNT),
            first_minutes=120,
            next_minutes=240,
            solve_minutes=2_160,
        ),
        Kind(
            "amount_dispute",
            ("order_found", "evidence_collected", "amounts_compared", "difference_agreed"),
            MONEY_STEPS,
            ("adjusted", "refunded", "rejected"),
            evidence=("order_confirmation", "payment_receipt"),
            fields=(_ORDER, _AMOUNT, KindField("amount_charged", "money"), KindField("amount_expected", "money")),
            first_minutes=120,
            next_minutes=240,
            solve_minutes=2_160,
        ),
        Kind(
            "unfreeze",
            ("account_found", "identity_verified", "activity_explained", "account_secured"),
            ("received", "identity_check", "unfreezing"),
            ("unfrozen", "refused", "passed_on"),
            evidence=("identity_proof", "explanation"),
            fields=(_ACCOUNT, KindField("frozen_on", "date")),
            first_minutes=60,
            next_minutes=120,
            solve_minutes=1_440,
        ),
        Kind(
            "password_help",
            ("account_found", "identity_verified", "contact_confirmed"),
            ("received", "identity_check", "reset"),
            ("reset_sent", "refused"),
            evidence=("identity_proof",),
            fields=(_ACCOUNT,),
            first_minutes=60,
            next_minutes=120,
            solve_minutes=720,
        ),
        Kind(
            "payment_failure",
            ("transaction_found", "channel_checked", "cause_found"),
            ("received", "investigation", "explanation"),
            ("explained", "passed_on"),
            evidence=("error_screenshot",),
            fields=(_TRANSACTION, _AMOUNT),
            first_minutes=60,
            next_minutes=120,
            solve_minutes=1_440,
        ),
        Kind(
            "other",
            (),
            ("received", "in_progress", "answer"),
            ("solved", "passed_on"),
            first_minutes=240,
            next_minutes=480,
            solve_minutes=2_880,
        ),
    )
}

# The refund machine follows these steps, whatever an admin calls them.
WITH_MONEY = frozenset(name for name, kind in KINDS.items() if kind.steps == MONEY_STEPS)


def kind_named(name: str, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    try:
        return kinds[name]
    except KeyError:
        raise Invalid(f"There is no ticket kind {name!r}; there are {', '.join(kinds)}.") from None


# -- as data ------------------------------------------------------------------------------------------------------


def kind_of(name: str, definition: Mapping[str, Any], *, active: bool = True) -> Kind:
    """The kind that a definition of the wire describes."""
    parts = {part: tuple(item["code"] for item in definition[part]) for part in PARTS}
    named = {(part, item["code"]): item["names"] for part in PARTS for item in definition[part] if item.get("names")}
    asked = tuple(
        KindField(item["code"], item.get("type", "line"), item.get("required", False)) for item in definition["fields"]
    )
    return Kind(
        name,
        parts["checklist"],
        parts["steps"],
        parts["endings"],
        evidence=parts["evidence"],
        fields=asked,
        first_minutes=definition.get("first_minutes"),
        next_minutes=definition.get("next_minutes"),
        solve_minutes=definition.get("solve_minutes"),
        customers=definition.get("customers", True),
        active=active,
        names=definition.get("names") or {},
        named=named,
    )


def definition_of(kind: Kind) -> dict[str, Any]:
    """The other way round."""
    items: dict[str, list[dict[str, Any]]] = {
        part: [{"code": code, "names": dict(kind.names_of(part, code))} for code in kind.codes(part)] for part in PARTS
    }
    for item, asked in zip(items["fields"], kind.fields, strict=True):
        item |= {"type": asked.type, "required": asked.required}
    minutes = {name: getattr(kind, name) for name in ("first_minutes", "next_minutes", "solve_minutes")}
    return {"names": dict(kind.names), **items, **minutes, "customers": kind.customers}


def check_kind(kind: Kind) -> None:
    """Raises Invalid: a code twice, something without a name, a built-in kind without what its machine needs."""
    built_in = KINDS.get(kind.name)
    if built_in is None:
        _check_names(f"The kind {kind.name}", kind.names)
    for part, called in PARTS.items():
        codes = kind.codes(part)
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise Invalid(f"The {called} {', '.join(twice)} is there twice.")
        for code in codes:
            if built_in is None or code not in built_in.codes(part):
                _check_names(f"The {called} {code}", kind.names_of(part, code))
    if built_in is not None:
        _check_keeps(kind, built_in)


def _check_names(what: str, names: Names) -> None:
    if missing := [locale for locale in LOCALES if not names.get(locale)]:
        raise Invalid(f"{what} has no name in {' and '.join(missing)}.")


def _check_keeps(kind: Kind, built_in: Kind) -> None:
    """Money is followed by steps of its own, and what a machine decides ends as one of its endings."""
    if kind.name in WITH_MONEY and kind.steps != built_in.steps:
        raise Invalid(f"A {kind.name} keeps its steps, for refunds go through them: {', '.join(built_in.steps)}.")
    if kind.name in WITH_MONEY and (gone := [code for code in built_in.endings if code not in kind.endings]):
        raise Invalid(f"A {kind.name} keeps its endings, for refunds end so: {', '.join(gone)}.")


# -- the form -----------------------------------------------------------------------------------------------------


def check_form(kind: Kind, given: Mapping[str, str], *, whole: bool) -> None:
    """Raises Invalid: something that nobody asked for, or of another type; with `whole` also what is missing."""
    asked = {each.code: each for each in kind.fields}
    if unknown := sorted(set(given) - set(asked)):
        raise Invalid(f"The form of {kind.name} does not ask for {', '.join(unknown)}.", code="wrong_form")
    for code, value in given.items():
        if value and not _IS[asked[code].type](value):
            raise Invalid(f"{code} has to be {_SAID[asked[code].type]}.", code="wrong_form")
    missing = [each.code for each in kind.fields if each.required and not given.get(each.code)]
    if whole and missing:
        raise Invalid(f"Please fill in {', '.join(missing)}.", code="wrong_form")


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


_IS: Mapping[str, Callable[[str], bool]] = {
    "line": lambda value: "\n" not in value,
    "text": lambda value: True,
    "money": lambda value: re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", value) is not None,
    "order": lambda value: len(value) <= 100,
    "transaction": lambda value: len(value) <= 100,
    "date": _is_date,
}
_SAID: Mapping[str, str] = {
    "line": "one line",
    "text": "text",
    "money": "an amount such as 12.50",
    "order": "the number of an order",
    "transaction": "the number of a transaction",
    "date": "a date such as 2026-03-01",
}
