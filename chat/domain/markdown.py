"""Simple Markdown as the text it is where nothing renders it."""

from __future__ import annotations

import re

# What stands between two marks has an end: a text of opening marks alone would be read to its end for each of them.
_MARKS = (
    (re.compile(r"^#{1,6} +", re.MULTILINE), ""),
    (re.compile(r"^> ?", re.MULTILINE), ""),
    (re.compile(r"^( *)[*+-] +", re.MULTILINE), r"\1• "),
    (re.compile(r"!\[([^\]\n]{0,300})\]\([^()\s]*\)"), r"\1"),
    (re.compile(r"\[([^\]\n]{1,300})\]\(([^()\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"(\*\*|__|`)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![*\w])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![*\w])"), r"\1"),
)


def plain_text(markdown: str) -> str:
    """The text without the marks of simple Markdown: a chat line is shown as it is written."""
    for mark, plain in _MARKS:
        markdown = mark.sub(plain, markdown)
    return markdown.strip()
