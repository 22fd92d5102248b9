"""What kinds of tickets there are, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chat.errors import Invalid


@dataclass(frozen=True)
class Kind:
    """`checklist` is for staff, `steps` is what the customer follows, `endings` how such a case can end."""

    name: str
    checklist: tuple[str, ...]
    steps: tuple[str, ...]
    endings: tuple[str, ...]


MONEY_STEPS = ("received", "in_review", "decision", "payment")


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "refund",
            ("order_found", "within_window", "goods_unused", "not_excluded", "payout_account_checked"),
            MONEY_STEPS,
            ("refunded", "rejected", "withdrawn"),
        ),
        Kind(
            "amount_dispute",
            ("order_found", "evidence_collected", "amounts_compared", "difference_agreed"),
            MONEY_STEPS,
            ("adjusted", "refunded", "rejected"),
        ),
        Kind(
            "unfreeze",
            ("account_found", "identity_verified", "activity_explained", "account_secured"),
            ("received", "identity_check", "unfreezing"),
            ("unfrozen", "refused", "passed_on"),
        ),
        Kind(
            "password_help",
            ("account_found", "identity_verified", "contact_confirmed"),
            ("received", "identity_check", "reset"),
            ("reset_sent", "refused"),
        ),
        Kind(
            "payment_failure",
            ("transaction_found", "channel_checked", "cause_found"),
            ("received", "investigation", "explanation"),
            ("explained", "passed_on"),
        ),
        Kind("other", (), ("received", "in_progress", "answer"), ("solved", "passed_on")),
    )
}


def kind_named(name: str) -> Kind:
    try:
        return KINDS[name]
    except KeyError:
        raise Invalid(f"There is no ticket kind {name!r}; there are {', '.join(KINDS)}.") from None
