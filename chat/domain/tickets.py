"""Tickets: their moves, and numbers that people can read out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from chat.errors import IllegalMove, Invalid


class TicketStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class TicketEvent(StrEnum):
    TAKE_UP = "take_up"
    ASK_CUSTOMER = "ask_customer"
    HOLD = "hold"
    RESUME = "resume"
    REPLY = "reply"
    SOLVE = "solve"
    CLOSE = "close"
    MERGE = "merge"


TICKET_MOVES: Mapping[tuple[TicketStatus, TicketEvent], TicketStatus] = {
    (TicketStatus.NEW, TicketEvent.TAKE_UP): TicketStatus.OPEN,
    (TicketStatus.NEW, TicketEvent.ASK_CUSTOMER): TicketStatus.PENDING,
    (TicketStatus.NEW, TicketEvent.HOLD): TicketStatus.ON_HOLD,
    (TicketStatus.NEW, TicketEvent.REPLY): TicketStatus.NEW,
    (TicketStatus.NEW, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.OPEN, TicketEvent.ASK_CUSTOMER): TicketStatus.PENDING,
    (TicketStatus.OPEN, TicketEvent.HOLD): TicketStatus.ON_HOLD,
    (TicketStatus.OPEN, TicketEvent.REPLY): TicketStatus.OPEN,
    (TicketStatus.OPEN, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.PENDING, TicketEvent.HOLD): TicketStatus.ON_HOLD,
    (TicketStatus.PENDING, TicketEvent.RESUME): TicketStatus.OPEN,
    (TicketStatus.PENDING, TicketEvent.REPLY): TicketStatus.OPEN,
    (TicketStatus.PENDING, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.ON_HOLD, TicketEvent.ASK_CUSTOMER): TicketStatus.PENDING,
    (TicketStatus.ON_HOLD, TicketEvent.RESUME): TicketStatus.OPEN,
    # A reply of the customer does not bring the bank's answer: the ticket goes on waiting for somebody else.
    (TicketStatus.ON_HOLD, TicketEvent.REPLY): TicketStatus.ON_HOLD,
    (TicketStatus.ON_HOLD, TicketEvent.SOLVE): TicketStatus.SOLVED,
    (TicketStatus.SOLVED, TicketEvent.RESUME): TicketStatus.OPEN,
    (TicketStatus.SOLVED, TicketEvent.REPLY): TicketStatus.OPEN,
    (TicketStatus.SOLVED, TicketEvent.CLOSE): TicketStatus.CLOSED,
    # What is merged goes on in another ticket.
    (TicketStatus.NEW, TicketEvent.MERGE): TicketStatus.CLOSED,
    (TicketStatus.OPEN, TicketEvent.MERGE): TicketStatus.CLOSED,
    (TicketStatus.PENDING, TicketEvent.MERGE): TicketStatus.CLOSED,
    (TicketStatus.ON_HOLD, TicketEvent.MERGE): TicketStatus.CLOSED,
    (TicketStatus.SOLVED, TicketEvent.MERGE): TicketStatus.CLOSED,
}


_TICKET_TRIED: Mapping[TicketEvent, str] = {
    TicketEvent.TAKE_UP: "take up",
    TicketEvent.ASK_CUSTOMER: "ask the customer about",
    TicketEvent.HOLD: "put on hold",
    TicketEvent.RESUME: "resume",
    TicketEvent.REPLY: "reply to",
    TicketEvent.SOLVE: "solve",
    TicketEvent.CLOSE: "close",
    TicketEvent.MERGE: "merge",
}


_WORDED: Mapping[str, str] = {TicketStatus.ON_HOLD: "on hold"}


def move_ticket(status: TicketStatus, event: TicketEvent) -> TicketStatus:
    try:
        return TICKET_MOVES[status, event]
    except KeyError:
        raise IllegalMove(
            f"Cannot {_TICKET_TRIED[event]} a ticket that is {_WORDED.get(status, status.value)}."
        ) from None


def ticket_number(prefix: str, year: int, running: int) -> str:
    """Like QY-2026-000123-4: a number a customer can read out, with a digit that catches a slip."""
    if not re.fullmatch(r"[A-Z]{1,6}", prefix):
        raise Invalid(f"{prefix!r} is not a ticket prefix; it has one to six capital letters A-Z.")
    if not 1000 <= year <= 9999 or running < 1:
        raise Invalid("A ticket number needs a year of four digits and counts from 1.")
    return f"{prefix}-{year}-{running:06}-{check_digit(_digits(prefix, str(year), f'{running:06}'))}"


def check_number(text: str) -> bool:
    """Whether the text is a well-formed ticket number with the right check digit."""
    parts = re.fullmatch(r"([A-Z]{1,6})-([1-9][0-9]{3})-([0-9]{6,})-([0-9])", text)
    return parts is not None and check_digit(_digits(*parts.groups()[:3])) == int(parts[4])


def number_read_out(text: str) -> str:
    """The number as it is written, from how people say and type it. Raises Invalid with what is wrong."""
    spoken = "".join(re.findall(r"[A-Z0-9]", unicodedata.normalize("NFKC", text).upper()))
    parts = re.fullmatch(r"([A-Z]{1,6})([1-9][0-9]{3})([0-9]{6,})([0-9])", spoken)
    if parts is None:
        raise Invalid("A ticket number reads like QY-2026-000123-4.", code="wrong_number")
    number = "-".join(parts.groups())
    if not check_number(number):
        raise Invalid(f"{number} is not right: a digit is wrong, or two are swapped.", code="wrong_number")
    return number


def _digits(*parts: str) -> str:
    # Letters become 10 to 35, as in an IBAN (ISO 13616), so that the prefix is checked too.
    return "".join(str(int(character, 36)) for part in parts for character in part)


def check_digit(digits: str) -> int:
    """ISO/IEC 7064, MOD 11,10: catches every wrong digit and nearly every swap of neighbours."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10
