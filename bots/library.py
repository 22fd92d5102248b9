"""Reads the articles shipped in `articles/<locale>/<slug>.md`.

A file is front matter between two lines of `---`, then the answer. The front matter knows three keys and two
shapes, `key: text` and a list of `  - text`, so a reader of twenty lines is stricter and says better what is
wrong than a YAML parser would.
"""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, get_args

from bots.turn import Article, Locale

Category = Literal["account", "payment", "refund", "order", "limits", "security", "policy", "contact"]
_FENCE = "---"
_ITEM = "  - "


class ArticleError(ValueError):
    """An article's file is not as it should be; the message names the file and the line."""


@dataclass(frozen=True)
class ArticleText:
    slug: str
    locale: Locale
    category: Category
    question: str
    phrasings: tuple[str, ...]
    answer: str

    def as_article(self, article_id: str, version: int = 1) -> Article:
        return Article(
            id=article_id,
            slug=self.slug,
            locale=self.locale,
            category=self.category,
            question=self.question,
            phrasings=self.phrasings,
            answer=self.answer,
            version=version,
        )


def load_articles() -> list[ArticleText]:
    """All shipped articles, by locale and then by slug."""
    shelf = files("bots") / "articles"
    return [
        read_article(file.read_text(encoding="utf-8"), locale, file.name)
        for locale in get_args(Locale)
        for file in _markdown_in(shelf / locale)
    ]


def _markdown_in(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".md")), key=lambda file: file.name)


def read_article(text: str, locale: Locale, file_name: str) -> ArticleText:
    return _Reader(text, locale, file_name).article()


class _Reader:
    def __init__(self, text: str, locale: Locale, file_name: str) -> None:
        self.lines = text.splitlines()
        self.locale: Locale = locale
        self.file_name = file_name

    def article(self) -> ArticleText:
        end = self._end_of_front_matter()
        fields, phrasings = self._front_matter(end)
        answer = "\n".join(self.lines[end + 1 :]).strip()
        if not answer:
            raise self._error(end, "there is no answer after the front matter")
        return ArticleText(
            slug=self.file_name.removesuffix(".md"),
            locale=self.locale,
            category=self._category(fields, end),
            question=self._required(fields, "question", end),
            phrasings=phrasings,
            answer=answer,
        )

    def _end_of_front_matter(self) -> int:
        if not self.lines or self.lines[0] != _FENCE:
            raise self._error(0, f"expected {_FENCE}")
        if _FENCE not in self.lines[1:]:
            raise self._error(len(self.lines) - 1, f"the front matter has no closing {_FENCE}")
        return self.lines.index(_FENCE, 1)

    def _front_matter(self, end: int) -> tuple[dict[str, tuple[int, str]], tuple[str, ...]]:
        fields: dict[str, tuple[int, str]] = {}
        phrasings: list[str] = []
        for number in range(1, end):
            line = self.lines[number]
            if line.startswith(_ITEM):
                phrasings.append(self._item(line, number, list(fields), phrasings))
            else:
                key, value = self._field(line, number, fields)
                fields[key] = (number, value)
        if not phrasings:
            raise self._error(end, "phrasings is missing or empty")
        return fields, tuple(phrasings)

    def _item(self, line: str, number: int, keys: list[str], phrasings: list[str]) -> str:
        item = line.removeprefix(_ITEM).strip()
        if keys[-1:] != ["phrasings"]:
            raise self._error(number, "a list item belongs under phrasings")
        if not item:
            raise self._error(number, "a phrasing is empty")
        if item in phrasings:
            raise self._error(number, f"the phrasing {item!r} is there twice")
        return item

    def _field(self, line: str, number: int, seen: dict[str, tuple[int, str]]) -> tuple[str, str]:
        key, colon, value = line.partition(":")
        if not colon or key not in ("question", "category", "phrasings"):
            raise self._error(number, f"expected question:, category:, phrasings: or a list item, but got {line!r}")
        if key in seen:
            raise self._error(number, f"{key} is there twice")
        if key == "phrasings" and value.strip():
            raise self._error(number, "phrasings is a list, one item a line")
        return key, value.strip()

    def _category(self, fields: dict[str, tuple[int, str]], end: int) -> Category:
        name = self._required(fields, "category", end)
        for category in get_args(Category):
            if name == category:
                known: Category = category
                return known
        raise self._error(fields["category"][0], f"{name!r} is not one of {', '.join(get_args(Category))}")

    def _required(self, fields: dict[str, tuple[int, str]], key: str, end: int) -> str:
        number, value = fields.get(key, (end, ""))
        if not value:
            raise self._error(number, f"{key} is missing or empty")
        return value

    def _error(self, number: int, why: str) -> ArticleError:
        return ArticleError(f"{self.locale}/{self.file_name}, line {number + 1}: {why}")
