"""Brings what customers type into one spelling, so that equal questions compare equal."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

# Nobody needs more to ask a question, and it keeps the cost of hostile input flat.
MOST_CODE_POINTS = 500

# The same thing said in other letters: other regions' words, common typos, English written apart or together.
_SAME_WORDS = {
    "登陆": "登录",
    "登入": "登录",
    "网路": "网络",
    "简讯": "短信",
    "信箱": "邮箱",
    "储值": "充值",
    "软体": "软件",
    "身分证": "身份证",
    "有没有办法": "怎么",
    "如何": "怎么",
    "怎样": "怎么",
    "咋": "怎么",
    "为啥": "为什么",
    "啥": "什么",
}
_SAME_ENGLISH = (
    (re.compile(r"\b(?:log|sign)(?:ging|ged)? ?(?:in|on)\b"), "login"),
    (re.compile(r"\be mail(s?)\b"), r"email\1"),
    (re.compile(r"\bpass word\b"), "password"),
    (re.compile(r"\b(?:cannot|can not|could not|unable to)\b"), "cant"),
    (re.compile(r"\bcell ?phone\b"), "phone"),
)

# 帐 is a Simplified character of its own, but 帐号 is how many customers misspell 账号; the rest is what the
# dictionary of scripts leaves because it could be meant.
_USUAL_CHARACTERS = str.maketrans({"帐": "账", "妳": "你", "髮": "发"})
_MARKUP = re.compile(r"</?[a-z][^<>]{0,60}>|&(?:nbsp|ensp|emsp|thinsp|#160|#xa0);", re.IGNORECASE)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")
_APOSTROPHES = "'\u2019\u02bc`"


def normalise(text: str) -> str:
    """The text as it is compared: one width, one case, one script, words apart by one space, no punctuation.

    Empty when there is nothing to read in it. At most 500 code points are looked at.
    """
    return fold(text[:MOST_CODE_POINTS])[:MOST_CODE_POINTS].rstrip()


def readable(text: str) -> str:
    """The text as the sentence encoder reads it: one width and one script, but all that was written."""
    return " ".join(_simplified(unicodedata.normalize("NFKC", _MARKUP.sub(" ", text[:MOST_CODE_POINTS]))).split())[
        :MOST_CODE_POINTS
    ]


def fold(text: str) -> str:
    """The same without a bound, for texts of our own."""
    text = unicodedata.normalize("NFKC", _MARKUP.sub(" ", text)).casefold()
    text = "".join(map(_letter_or_space, _simplified(text)))
    return _one_wording(_BESIDE_HAN.sub("", " ".join(text.split())))


def _simplified(text: str) -> str:
    # The converter refuses half a surrogate pair, which a browser may well send.
    readable = text.encode("utf-8", "replace").decode("utf-8")
    simplified: str = _converter().convert(readable)
    return simplified.translate(_USUAL_CHARACTERS)


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # a server whose bot nobody asks does without

    return OpenCC("t2s")


def _letter_or_space(character: str) -> str:
    if character.isalnum():
        return character
    # Zero-width characters, loose accents and apostrophes stand inside a word, the rest between words.
    inside = character in _APOSTROPHES or unicodedata.category(character) in ("Cf", "Mn", "Me")
    return "" if inside else " "


def _one_wording(text: str) -> str:
    for other, usual in _SAME_WORDS.items():
        text = text.replace(other, usual)
    for pattern, usual in _SAME_ENGLISH:
        text = pattern.sub(usual, text)
    return text
