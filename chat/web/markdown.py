"""Articles' Markdown as HTML that is safe on our pages, whoever wrote it, and as plain words."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"([^/?#:]*):")
_IGNORED = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")  # browsers read on over some of these


@lru_cache(maxsize=512)
def html(text: str) -> str:
    """Headings begin at the second level: the first is the article's question. No HTML of the text's own."""
    return str(_reader().render(text))


@lru_cache(maxsize=2_048)
def plain(text: str) -> str:
    """Its words alone, on one line."""
    return " ".join(" ".join(_words(token) for token in _reader().parse(text)).split())


def _words(token: Token) -> str:
    if token.type in ("text", "code_inline", "fence", "code_block"):
        return token.content
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(_words(child) for child in token.children or ())


def is_safe(url: str) -> bool:
    scheme = _SCHEME.match(_IGNORED.sub("", url))
    return scheme is None or scheme[1].lower() in SCHEMES


def _heading(renderer: Any, tokens: list[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    tokens[at].tag = f"h{min(6, int(tokens[at].tag[1]) + 1)}"
    return str(renderer.renderToken(tokens, at, options, env))


def _link(renderer: Any, tokens: list[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    address = str(tokens[at].attrGet("href") or "")
    if address.startswith("//") or _SCHEME.match(address):  # leads away
        tokens[at].attrSet("rel", "noopener nofollow")
    return str(renderer.renderToken(tokens, at, options, env))


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # a server whose support centre nobody opens does without

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    reader.validateLink = is_safe  # type: ignore[method-assign]
    reader.add_render_rule("heading_open", _heading)
    reader.add_render_rule("link_open", _link)
    # A closing tag is told by its own token, which knows nothing of the one that opened.
    reader.add_render_rule("heading_close", _heading)
    return reader
