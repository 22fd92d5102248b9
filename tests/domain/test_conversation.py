from __future__ import annotations

from itertools import product

import pytest

from chat.domain.conversation import (
    MOVES,
    OPEN,
    Event,
    Status,
    clean_line,
    clean_text,
    clean_words,
    first_status,
    move,
    reopened_status,
)
from chat.errors import IllegalMove, Invalid

BOT, WAITING, ACTIVE, OFFLINE, CLOSED = Status

# Written out a second time, so that an edit of the table alone does not pass.
LEGAL = [
    (BOT, "ask_agent", WAITING),
    (BOT, "leave_message", OFFLINE),
    (BOT, "go_idle", OFFLINE),
    (BOT, "close", CLOSED),
    (WAITING, "pick", ACTIVE),
    (WAITING, "route", ACTIVE),
    (WAITING, "desk_closes", OFFLINE),
    (WAITING, "limit_reached", OFFLINE),
    (WAITING, "prefers_message", OFFLINE),
    (WAITING, "prefers_bot", BOT),
    (WAITING, "close", CLOSED),
    (ACTIVE, "release", WAITING),
    (ACTIVE, "transfer", WAITING),
    (ACTIVE, "lose_owner", WAITING),
    (ACTIVE, "close", CLOSED),
    (OFFLINE, "pick", ACTIVE),
    (OFFLINE, "take", ACTIVE),
    (OFFLINE, "write_again", OFFLINE),
    (OFFLINE, "ask_agent", WAITING),
    (OFFLINE, "close", CLOSED),
]
ILLEGAL = sorted(set(product(Status, Event)) - {(status, Event(verb)) for status, verb, _ in LEGAL})


@pytest.mark.parametrize(("status", "verb", "expected"), LEGAL)
def test_a_conversation_moves_as_the_table_says(status: Status, verb: str, expected: Status) -> None:
    assert move(status, Event(verb)) is expected


@pytest.mark.parametrize(("status", "event"), ILLEGAL)
def test_any_other_move_is_refused(status: Status, event: Event) -> None:
    with pytest.raises(IllegalMove, match=r"^Cannot .+ a conversation that is "):
        move(status, event)


def test_the_table_has_no_more_moves_than_these() -> None:
    assert len(MOVES) == len(LEGAL)


@pytest.mark.parametrize(
    ("status", "event", "sentence"),
    [
        (CLOSED, Event.PICK, "Cannot pick a conversation that is closed."),
        (ACTIVE, Event.PICK, "Cannot pick a conversation that is active."),
        (BOT, Event.PICK, "Cannot pick a conversation that is with the bot."),
        (CLOSED, Event.ASK_AGENT, "Cannot ask for an agent in a conversation that is closed."),
        (WAITING, Event.TRANSFER, "Cannot transfer a conversation that is waiting."),
    ],
)
def test_a_refused_move_says_what_was_tried(status: Status, event: Event, sentence: str) -> None:
    with pytest.raises(IllegalMove) as refusal:
        move(status, event)
    assert str(refusal.value) == sentence
    assert refusal.value.code == "illegal_move"


def test_nothing_leaves_closed() -> None:
    assert not [event for status, event in MOVES if status is CLOSED]


def test_every_open_conversation_can_be_closed_and_a_closed_one_is_not_open() -> None:
    assert {status for status, event in MOVES if event is Event.CLOSE} == OPEN
    assert CLOSED not in OPEN


@pytest.mark.parametrize(
    ("desk_open", "bot_in_front", "new", "reopened"),
    [
        (True, False, WAITING, WAITING),
        (True, True, BOT, BOT),
        (False, False, BOT, OFFLINE),
        (False, True, BOT, BOT),
    ],
)
def test_where_a_conversation_starts_and_wakes_up(
    desk_open: bool, bot_in_front: bool, new: Status, reopened: Status
) -> None:
    assert first_status(desk_open, bot_in_front) is new
    assert reopened_status(desk_open, bot_in_front) is reopened


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("我要退款", "我要退款"),
        ("  two lines\n\tand a tab ", "  two lines\n\tand a tab "),
        ("cafe\u0301", "caf\u00e9"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("订" * 8000, "订" * 8000),
        ("😀" * 8000, "😀" * 8000),
        ("e\u0301" * 8000, "\u00e9" * 8000),
        ("z" + "\u0316" * 100 + "!", "z" + "\u0316" * 100 + "!"),
    ],
    ids=["chinese", "spaces", "composed", "family", "html", "longest", "longest outside the BMP", "shrinks", "piled"],
)
def test_a_text_is_kept_as_written_in_nfc(written: str, kept: str) -> None:
    assert clean_text(written) == kept


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "blank"),
        (" \t\r\n\u3000", "blank"),
        ("\u200b\ufeff\u2060", "blank"),
        ("\u3164", "blank"),
        ("\u1160\uffa0\u2800\ufe0f\u034f", "blank"),
        ("\u2065\ufff0\U000e0080", "blank"),
        ("a\x00b", "NUL"),
        ("a\ud83d", "surrogate"),
        ("\ude00b", "surrogate"),
        ("订" * 8001, "8001 characters; at most 8000"),
        ("\U0001d160" * 2700, "8100 characters; at most 8000"),
        ("e" + "\u0301" * 101, "100 marks"),
        ("\u0f73" * 101, "100 marks"),  # two marks each, though it says that it is none
        ("\uff9e\u0316" * 51, "100 marks"),
        ("e\u0301" * 16_001, "32002 characters; at most 8000"),  # is not put together first
    ],
    ids=[
        "empty",
        "spaces",
        "zero width",
        "filler",
        "fillers and marks",
        "kept free for marks",
        "nul",
        "high half",
        "low half",
        "too long",
        "grows too long",
        "piled",
        "piled two by two",
        "piled and narrow",
        "much too long",
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_with_the_reason(written: str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        clean_text(written)


def test_a_shorter_limit_may_be_asked_for() -> None:
    assert clean_text("四个字符", limit=4) == "四个字符"
    with pytest.raises(Invalid, match="5 characters; at most 4"):
        clean_text("五个字符呢", limit=4)


@pytest.mark.parametrize(
    ("given", "line", "words"),
    [
        ("李娜", "李娜", "李娜"),
        (" Li\tNa\r\n", "Li Na", "Li\tNa"),
        ("two\nlines", "two lines", "two\nlines"),
        ("\x1b[31mred\x1b[0m\x07", "[31mred[0m", "[31mred[0m"),
        ("a\u202egnp.exe\u2066", "agnp.exe", "agnp.exe"),
        ("林\u3164晓\uffa0", "林晓", "林晓"),
        ("a\u2028b\x85c\x9b", "a b c", "a\u2028b\x85c"),
        ("👩\u200d🦰", "👩\u200d🦰", "👩\u200d🦰"),
    ],
)
def test_a_name_has_nothing_that_cannot_be_seen(given: str, line: str, words: str) -> None:
    assert (clean_line(given, 200), clean_words(given, 200)) == (line, words)


@pytest.mark.parametrize("given", ["\x1b", "a\x00b", " \n ", "\u202e", "\u3164", "x" * 201])
def test_a_name_may_not_be_blank_too_long_or_have_a_nul(given: str) -> None:
    with pytest.raises(Invalid):
        clean_line(given, 200)
