"""Articles' Markdown as HTML that is safe on our pages, whoever wrote it, and as plain words."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from chat.domain.articles import MOST_CELLS, table_cells

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"([^/?#:]*):")
_IGNORED = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")  # browsers read on over some of these


@lru_cache(maxsize=512)
def html(text: str) -> str:
    """Headings begin at the second level, wherever the text's own do: the first is the article's question. No HTML of
    the text's own. It may take a while: not for the event loop.
    """
    reader = _reader_of(text)
    env: EnvType = {}
    tokens = reader.parse(text, env)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    top = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - top + 2)}"
    return str(reader.renderer.render(tokens, reader.options, env))


@lru_cache(maxsize=2_048)
def plain(text: str) -> str:
    """Its words alone, on one line."""
    return " ".join(" ".join(_words(token) for token in _reader_of(text).parse(text)).split())


def _words(token: Token) -> str:
    if token.type in ("text", "code_inline", "fence", "code_block"):
        return token.content
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(_words(child) for child in token.children or ())


def is_safe(url: str) -> bool:
    scheme = _SCHEME.match(_IGNORED.sub("", url))
    return scheme is None or scheme[1].lower() in SCHEMES


def _link(renderer: Any, tokens: list[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    address = str(tokens[at].attrGet("href") or "")
    if address.startswith("//") or _SCHEME.match(address):  # leads away
        tokens[at].attrSet("rel", "noopener nofollow")
    return str(renderer.renderToken(tokens, at, options, env))


def _reader_of(text: str) -> MarkdownIt:
    # A version before the limit may have stored larger tables; they are shown as the text they are.
    return _reader(tables=table_cells(text) <= MOST_CELLS)


@cache
def _reader(*, tables: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # a server whose support centre nobody opens does without

    reader = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
    if tables:
        reader.enable("table")
    reader.validateLink = is_safe  # type: ignore[method-assign]
    reader.add_render_rule("link_open", _link)
    return reader
