"""What must not stay readable where strangers may look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ -]?\d){6,}(?!\d)")
_DATE = re.compile(r"(?:19|20)\d\d-\d\d?-\d\d?")
HIDDEN = "••••"


def masked_number(number: str) -> str:
    """The last four characters, and never more than half of it."""
    shown = min(4, len(number) // 2)
    return HIDDEN + number[len(number) - shown :]


def masked_text(text: str) -> str:
    """Without e-mail addresses, telephone, card and order numbers; dates stay."""
    return _NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else HIDDEN, _EMAIL.sub(HIDDEN, text))


def masked_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: masked_text(value) if isinstance(value, str) else value for name, value in values.items()}


def masked_reason(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what somebody wrote; numbers of ours stay."""
    return {name: masked_text(value) if name == "reason" else value for name, value in values.items()}
