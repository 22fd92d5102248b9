"""Articles as files: `<locale>/<slug>.md`, Markdown below YAML front matter.

    ---
    question: 怎么申请退款？
    category: refund
    phrasings:
      - 我要退款
    ---
    The answer.

`kind` (article or policy), `sites` and `note` may stand there too. A folder is read whole and checked before anything
is stored, so a wrong file changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from pydantic import ValidationError

from chat import wire
from chat.actions import articles
from chat.domain.articles import check_text
from chat.errors import Invalid
from chat.store import Store

AT_ONCE = 20  # stored in one transaction
LARGEST = 256 * 1024  # bytes of a file
WIDE = 1000  # YAML folds longer lines
USUAL: dict[str, Any] = {"kind": "article", "sites": [], "note": None, "phrasings": []}  # is not written down


class _Loader(yaml.BaseLoader):  # type: ignore[misc]
    """Reads every value as the text it is. Nothing stands for something else: aliases make a lot of a little text."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(problem_mark=self.peek_event().start_mark)
        return super().compose_node(parent, index)


class _Handler(YAMLHandler):
    def load(self, fm: str, **kwargs: object) -> Any:
        return yaml.load(fm, _Loader)


class FileError(Invalid):
    """A file is not as it should be; the message names it."""


async def import_articles(store: Store, folder: Path, *, publish: bool) -> Counter[str]:
    """Writes each file's article as a draft, or brings it into force; counts new, changed, known and busy ones.

    Known is what is in force with the same words. Busy is what somebody is at another draft of: that is left alone.
    Raises FileError, and Invalid for an unknown site.
    """
    texts = read_folder(folder)
    await store.read(articles.check_texts, texts)
    told: Counter[str] = Counter()
    for some in _batches(texts):
        told.update(await store.write(articles.take_texts, some, publish))
    return told


async def export_articles(store: Store, folder: Path) -> Counter[str]:
    """Writes what is in force into a folder as `import_articles` reads it, and counts each kind.

    Raises Invalid for a folder that holds others.
    """
    texts = await store.read(articles.texts_in_force)
    wanted = {folder / text.locale / f"{text.slug}.md": text for text in texts}
    if strange := sorted(set(_files_of(folder)) - set(wanted)):
        raise Invalid(f"{folder} holds other articles, such as {_name(folder, strange[0])}. Choose an empty folder.")
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_inside(path, folder)
        path.write_text(written(text), encoding="utf-8")
    return Counter(text.kind for text in texts)


async def export_phrasings(store: Store, file: Path) -> Counter[str]:
    """Writes the lines that the bot learns from, as `bots.evaluate` reads them, and counts them and their articles."""
    texts = [text for text in await store.read(articles.texts_in_force) if text.kind == "article"]
    lines = [phrasing for text in texts for phrasing in _phrasings(text)]
    _write_lines(file, lines)
    return Counter(articles=len(texts), lines=len(lines))


def _phrasings(text: wire.ArticleText) -> Iterator[dict[str, str]]:
    for phrasing in (text.question, *text.phrasings):
        yield {"text": phrasing, "label": text.slug, "lang": text.locale}


def _write_lines(file: Path, lines: list[dict[str, str]]) -> None:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


# -- files --------------------------------------------------------------------------------------------------------


def read_folder(folder: Path) -> list[wire.ArticleText]:
    """By locale and then by slug. Raises FileError."""
    paths = _files_of(folder)
    if not paths:
        raise FileError(f"There are no articles in {folder}: they are files such as zh-CN/refund-policy.md.")
    return [read_article(_text_of(path, folder), path.parent.name, path.stem) for path in paths]


def read_article(text: str, locale: str, slug: str) -> wire.ArticleText:
    """Raises FileError."""
    name = f"{locale}/{slug}.md"
    try:
        metadata, answer = frontmatter.parse(text, handler=_Handler())
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise FileError(f"{name}{where}: the front matter is no YAML") from None
    if not metadata:
        raise FileError(f"{name}: it begins with front matter between two lines of ---")
    try:
        filled = {field: value for field, value in metadata.items() if value != ""}
        check_text(str(filled.get("question", "")), (), answer)
        return wire.ArticleText.model_validate(
            {**filled, "answer": answer, "locale": locale, "slug": slug}, strict=True
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise FileError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except Invalid as error:
        raise FileError(f"{name}: {error}") from None


def written(text: wire.ArticleText) -> str:
    """As `read_article` reads it."""
    told: dict[str, Any] = text.model_dump(exclude={"answer", "locale", "slug"})
    head = {name: value for name, value in told.items() if name not in USUAL or value != USUAL[name]}
    return (
        frontmatter.dumps(frontmatter.Post(text.answer, **head), sort_keys=False, allow_unicode=True, width=1000) + "\n"
    )


def _files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*/*.md") if path.is_file())


def _check_inside(path: Path, folder: Path) -> None:
    """Raises FileError for a link that leads elsewhere: the folder may come from somebody else."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FileError(f"{_name(folder, path)}: it leads out of {folder}")


def _text_of(path: Path, folder: Path) -> str:
    _check_inside(path, folder)
    if path.stat().st_size > LARGEST:
        raise FileError(f"{_name(folder, path)}: it is larger than {LARGEST // 1024} KB")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{_name(folder, path)}: it is not UTF-8") from None


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _batches(texts: list[wire.ArticleText]) -> Iterator[list[wire.ArticleText]]:
    for start in range(0, len(texts), AT_ONCE):
        yield texts[start : start + AT_ONCE]
