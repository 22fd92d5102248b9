"""The states of a conversation, the moves between them, and what counts as a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from chat.errors import IllegalMove, Invalid


class Status(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    ACTIVE = "active"
    OFFLINE = "offline"
    CLOSED = "closed"


class Event(StrEnum):
    ASK_AGENT = "ask_agent"
    LEAVE_MESSAGE = "leave_message"
    GO_IDLE = "go_idle"
    PICK = "pick"
    ROUTE = "route"
    RELEASE = "release"
    TRANSFER = "transfer"
    LOSE_OWNER = "lose_owner"
    DESK_CLOSES = "desk_closes"
    LIMIT_REACHED = "limit_reached"
    PREFERS_MESSAGE = "prefers_message"
    PREFERS_BOT = "prefers_bot"
    WRITE_AGAIN = "write_again"
    TAKE = "take"
    CLOSE = "close"


class Topic(StrEnum):
    REFUND = "refund"
    AMOUNT_DISPUTE = "amount_dispute"
    UNFREEZE = "unfreeze"
    PASSWORD_HELP = "password_help"
    PAYMENT_FAILURE = "payment_failure"
    OTHER = "other"


OPEN = frozenset(Status) - {Status.CLOSED}

MOVES: Mapping[tuple[Status, Event], Status] = {
    (Status.BOT, Event.ASK_AGENT): Status.WAITING,
    (Status.BOT, Event.LEAVE_MESSAGE): Status.OFFLINE,
    (Status.BOT, Event.GO_IDLE): Status.OFFLINE,
    (Status.BOT, Event.CLOSE): Status.CLOSED,
    (Status.WAITING, Event.PICK): Status.ACTIVE,
    (Status.WAITING, Event.ROUTE): Status.ACTIVE,
    (Status.WAITING, Event.DESK_CLOSES): Status.OFFLINE,
    (Status.WAITING, Event.LIMIT_REACHED): Status.OFFLINE,
    (Status.WAITING, Event.PREFERS_MESSAGE): Status.OFFLINE,
    (Status.WAITING, Event.PREFERS_BOT): Status.BOT,
    (Status.WAITING, Event.CLOSE): Status.CLOSED,
    (Status.ACTIVE, Event.RELEASE): Status.WAITING,
    (Status.ACTIVE, Event.TRANSFER): Status.WAITING,
    (Status.ACTIVE, Event.LOSE_OWNER): Status.WAITING,
    (Status.ACTIVE, Event.CLOSE): Status.CLOSED,
    (Status.OFFLINE, Event.PICK): Status.ACTIVE,
    (Status.OFFLINE, Event.TAKE): Status.ACTIVE,
    (Status.OFFLINE, Event.WRITE_AGAIN): Status.OFFLINE,
    (Status.OFFLINE, Event.ASK_AGENT): Status.WAITING,
    (Status.OFFLINE, Event.CLOSE): Status.CLOSED,
}

_TRIED: Mapping[Event, str] = {
    Event.ASK_AGENT: "ask for an agent in",
    Event.LEAVE_MESSAGE: "leave a message in",
    Event.GO_IDLE: "let the bot give up on",
    Event.PICK: "pick",
    Event.ROUTE: "route",
    Event.RELEASE: "release",
    Event.TRANSFER: "transfer",
    Event.LOSE_OWNER: "take the owner away from",
    Event.DESK_CLOSES: "end the wait of",
    Event.LIMIT_REACHED: "turn away",
    Event.PREFERS_MESSAGE: "leave the queue of",
    Event.PREFERS_BOT: "go back to the bot in",
    Event.WRITE_AGAIN: "add to the message of",
    Event.TAKE: "take",
    Event.CLOSE: "close",
}


def move(status: Status, event: Event) -> Status:
    try:
        return MOVES[status, event]
    except KeyError:
        standing = "with the bot" if status is Status.BOT else status.value
        raise IllegalMove(f"Cannot {_TRIED[event]} a conversation that is {standing}.") from None


def first_status(desk_open: bool, bot_in_front: bool) -> Status:
    return Status.WAITING if desk_open and not bot_in_front else Status.BOT


def reopened_status(desk_open: bool, bot_in_front: bool) -> Status:
    """Where a closed conversation wakes up when its customer writes within the reopen window."""
    if bot_in_front:
        return Status.BOT
    # Unlike a new one it has a history that an agent should read, so at night it goes straight to the inbox.
    return Status.WAITING if desk_open else Status.OFFLINE


MOST_COMPOSED = 4  # characters that NFC makes one of
MOST_MARKS = 100  # on one letter, more than any script has


def clean_text(text: str, limit: int = 8000) -> str:
    """The text in NFC, otherwise as it was written; refused when it cannot be stored or says nothing."""
    if "\x00" in text:
        raise Invalid("The text contains a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid("The text contains half of a surrogate pair, which is not a character.") from None
    if len(text) > MOST_COMPOSED * limit:
        raise Invalid(f"The text has {len(text)} characters; at most {limit} are allowed.")
    if len(text) > MOST_MARKS and _is_piled(text):
        raise Invalid(f"The text has more than {MOST_MARKS} marks on one letter.")
    text = unicodedata.normalize("NFC", text)
    if len(text) > limit:
        raise Invalid(f"The text has {len(text)} characters; at most {limit} are allowed.")
    if not any(map(_is_visible, text)):
        raise Invalid("The text is blank.")
    return text


# By their class no marks, until they are written out: two of them each in Tibetan, one each of narrow Katakana.
_MARKS_TOO = "\u0f73\u0f75\u0f81\uff9e\uff9f"


def _is_piled(text: str) -> bool:
    """To bring the marks of a letter in order, as NFC and NFKC do, takes a time that grows with their square: a frame
    full of them takes seconds, in which nobody else is served.
    """
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) or character in _MARKS_TOO else 0
        if marks > MOST_MARKS:
            return True
    return False


_FILLERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters by their kind, of Hangul and Khmer, that draw nothing
# Those, control characters, and marks that turn the direction of what follows: they make a name look like another.
_UNSEEN = re.compile(f"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069{_FILLERS}]")
_BREAKS = re.compile("[\t\n\r\x85\u2028\u2029]+")


def clean_words(text: str, limit: int) -> str:
    """As `clean_text`, without what cannot be seen and around which there is nothing."""
    return clean_text(_UNSEEN.sub("", text), limit).strip()


def clean_line(text: str, limit: int) -> str:
    """As `clean_words`, on one line: names, titles and whatever else stands in lists."""
    return clean_words(_BREAKS.sub(" ", text), limit)


# Besides fillers: the empty cell of Braille, what only chooses how the character before it looks, and what Unicode
# keeps free for more of that.
_BLANK = re.compile(f"[{_FILLERS}\u034f\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0000-\U000e0fff\u2065\ufff0-\ufff8]")


def _is_visible(character: str) -> bool:
    # Separators, control and format characters: a lone zero-width space is as blank as a space.
    is_blank = unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc", "Cf"} or _BLANK.match(character)
    return not is_blank
