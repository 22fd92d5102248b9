"""What must not stay readable where strangers may look, and what must not stay readable at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ -]?\d){6,}(?!\d)")
_DATE = re.compile(r"(?:19|20)\d\d-\d\d?-\d\d?")
HIDDEN = "••••"

# Thirteen digits or more, in any script that has them, with at most two blanks, dashes or dots between them. What
# stands behind letters or a plus is a number of another kind.
_DIGITS = re.compile(r"(?<![\dA-Za-z_+])\d(?:[\s.\-\u2010-\u2015\u2212\uff0d\uff0e]{0,2}\d){12,}")
_MANY_DIGITS = re.compile(r"\d(?<!\d\d)(?:\D{0,2}\d){12}")
_GROUP = re.compile(r"\d+")
# What payment cards begin with (ISO/IEC 7812; 9: cards of one country only). Dates and telephones begin otherwise.
_ISSUERS = re.compile("[34569]|2[2-7]")
CARD_LENGTHS = range(13, 20)
FIRST_GROUP = 4  # digits; nobody writes fewer of a card before the first blank
# A Chinese identity number: region, birthday, sequence, and a check sign (GB 11643).
_IDENTITY = re.compile(
    r"(?<![\dA-Za-z])([1-9]\d{5})[ \-]?((?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))[ \-]?"
    r"(\d{3}[\dXx\uff38\uff58])(?![\dA-Za-z])"
)


def masked_number(number: str) -> str:
    """The last four characters, and never more than half of it."""
    shown = min(4, len(number) // 2)
    return HIDDEN + number[len(number) - shown :]


def masked_text(text: str) -> str:
    """Without e-mail addresses, telephone, card and order numbers; dates stay."""
    return _NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else HIDDEN, _EMAIL.sub(HIDDEN, text))


def without_numbers(text: str) -> str:
    """The text with nothing but the last four digits of the card and identity numbers in it.

    Only what has a right check digit is one; about every tenth number of as many digits has it by chance.
    """
    if not _MANY_DIGITS.search(text):  # almost every text
        return text
    text = _IDENTITY.sub(_masked_identity, text)
    return _DIGITS.sub(_masked_cards, text)


def _masked_identity(found: re.Match[str]) -> str:
    signs = unicodedata.normalize("NFKC", "".join(found.groups())).upper()
    return masked_number(signs) if _has_check_sign(signs) else found[0]


def _has_check_sign(signs: str) -> bool:
    """ISO 7064, MOD 11-2."""
    rest = sum(pow(2, 17 - at, 11) * int(sign) for at, sign in enumerate(signs[:17])) % 11
    return "10X98765432"[rest] == signs[17]


def _masked_cards(found: re.Match[str]) -> str:
    """A run of digits may hold more than a card, such as its date: whole groups of it are tried, the longest first."""
    run, groups = found[0], list(_GROUP.finditer(found[0]))
    digits = [group[0] if group[0].isascii() else "".join(str(int(sign)) for sign in group[0]) for group in groups]
    kept: list[str] = []
    at = first = 0
    while first < len(groups):
        if last := _end_of_card(digits, first):
            kept += [run[at : groups[first].start()], masked_number("".join(digits[first:last]))]
            at = groups[last - 1].end()
        first = last or first + 1
    return "".join([*kept, run[at:]])


def _end_of_card(groups: list[str], first: int) -> int | None:
    """Where the longest card that begins with this group of digits ends."""
    if len(groups[first]) < FIRST_GROUP or not _ISSUERS.match(groups[first]):
        return None
    digits, end = "", None
    for at in range(first, len(groups)):
        digits += groups[at]
        if len(digits) >= CARD_LENGTHS.stop:
            break
        if len(digits) in CARD_LENGTHS and _has_check_digit(digits):
            end = at + 1
    return end


def _has_check_digit(digits: str) -> bool:
    """Luhn's (ISO/IEC 7812-1, annex B): from the right every second digit counts twice, as the sum of its digits."""
    doubled = (divmod(2 * int(digit), 10) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(map(sum, doubled))) % 10 == 0


def masked_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: masked_text(value) if isinstance(value, str) else value for name, value in values.items()}


def masked_reason(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what somebody wrote; numbers of ours stay."""
    return {name: masked_text(value) if name == "reason" else value for name, value in values.items()}
