"""Tries a FAQ: trains and calibrates on its phrasings, and says for each question what the bot would do.

Articles are JSON lines, a phrasing each: {"text", "label", "lang"}, the label being the article; questions the same,
with any label, or "oos", for what no article answers. The output has, for each question in order, {"decision":
"answer" | "suggest" | "handoff", "labels": the best three, "confidence": 0 to 1, "ms"}. Only the matching is tried:
greetings, alarm and the wish for a person are another matter (`bots.signals`).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bots.bot import Bot
from bots.fitting import fit
from bots.model import Model
from bots.turn import Article, Locale, Ranking, Turn

NOBODYS = "oos"
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


class InputError(ValueError):
    """A file that cannot be read as asked; the message names the file and the line."""


@dataclass(frozen=True)
class Line:
    text: str
    label: str
    lang: str


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        phrasings, questions = read_lines(options.articles), read_lines(options.questions, labelled=False)
        if not phrasings:
            raise InputError(f"{options.articles} has no phrasings")
        started = time.perf_counter()
        model = fit(articles_of(phrasings), target=options.target, unanswerable=options.unanswerable)
        built = time.perf_counter() - started
        rows = decide(Bot(model), questions, usual=phrasings[0].lang)
        with Path(options.out).open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except (InputError, OSError, ValueError) as error:
        print(f"bots.evaluate: {error}", file=sys.stderr)
        return 2
    print(summary(model, questions, rows, built))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bots.evaluate", description="Try a FAQ on questions.")
    parser.add_argument("--articles", required=True, help="JSON lines of phrasings")
    parser.add_argument("--questions", required=True, help="JSON lines of questions")
    parser.add_argument("--out", required=True, help="where the decisions go, a JSON line each")
    parser.add_argument("--target", type=float, default=0.95, help="precision wanted of answers (0.95)")
    parser.add_argument("--unanswerable", type=float, default=0.2, help="assumed share of such questions (0.2)")
    return parser.parse_args(arguments)


def read_lines(path: str, *, labelled: bool = True) -> list[Line]:
    """Raises InputError and OSError."""
    found = []
    with Path(path).open("rb") as file:
        for number, raw in enumerate(file, 1):
            if raw.strip():
                try:
                    found.append(_line(json.loads(raw), labelled))
                except ValueError as error:
                    raise InputError(f"{path}, line {number}: {error}") from None
    return found


def _line(value: Any, labelled: bool) -> Line:
    if not isinstance(value, dict):
        raise ValueError("expected an object with text, label and lang")
    text, label, lang = value.get("text"), value.get("label"), value.get("lang")
    if not isinstance(text, str):
        raise ValueError("text is missing or no string")
    if labelled and (not isinstance(label, str | int) or label in ("", NOBODYS)):
        raise ValueError(f"label must name an article, and is {label!r}")
    if lang is not None and not isinstance(lang, str):
        raise ValueError("lang is no string")
    return Line(text, "" if label is None else str(label), lang or (_guessed(text) if labelled else ""))


def _guessed(text: str) -> str:
    """Of a phrasing that does not say its language."""
    return "zh-CN" if _HAN.search(text) else "en"


def articles_of(lines: Sequence[Line]) -> list[Article]:
    texts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for line in lines:
        texts[line.lang, line.label].append(line.text)
    return [
        Article(label, label, locale_of(lang), "", first, tuple(others), "", 1)
        for (lang, label), (first, *others) in texts.items()
    ]


def locale_of(lang: str) -> Locale:
    """Regions are one language, all Chinese is matched as zh-CN, and a language not known is matched like English."""
    language = lang.lower().replace("_", "-").partition("-")[0]
    return "zh-CN" if language == "zh" else cast(Locale, language)


def decide(bot: Bot, questions: Sequence[Line], usual: str) -> list[dict[str, Any]]:
    if questions:
        bot.rank(
            Turn(questions[0].text, locale_of(questions[0].lang or usual), desk_open=False)
        )  # what is loaded once is nobody's time
    rows = []
    for question in questions:
        started = time.perf_counter()
        ranking = bot.rank(Turn(question.text, locale_of(question.lang or usual), desk_open=False))
        took = (time.perf_counter() - started) * 1000
        rows.append(
            {
                "decision": decision_of(ranking),
                "labels": labels_of(ranking),
                "confidence": round(ranking.confidence, 4),
                "ms": round(took, 3),
            }
        )
    return rows


def decision_of(ranking: Ranking) -> str:
    return "answer" if ranking.sure else "suggest" if ranking.likely else "handoff"


def labels_of(ranking: Ranking) -> list[str]:
    first = [ranking.sure] if ranking.sure else list(ranking.likely)
    return list(dict.fromkeys([*first, *(one.article_id for one in ranking.best)]))[:3]


def summary(model: Model, questions: Sequence[Line], rows: Sequence[dict[str, Any]], built: float) -> str:
    pairs = list(zip(questions, rows, strict=True))
    told = [f"{len(questions)} questions; trained and calibrated in {built:.1f} s; mode {model.mode}"]
    told += [
        f"mode of {locale}: {shelf.mode} ({shelf.reason})" for locale, shelf in model.shelves.items() if shelf.reason
    ]
    for decision in ("answer", "suggest", "handoff"):
        told.append(f"{decision}: {sum(row['decision'] == decision for row in rows)}")
    known = [(question, row) for question, row in pairs if question.label]
    answerable = [(question, row) for question, row in known if question.label != NOBODYS]
    answered = [(question, row) for question, row in known if row["decision"] == "answer"]
    right = sum(question.label == row["labels"][0] for question, row in answered)
    if answered:
        told.append(f"precision of answers: {100 * right / len(answered):.1f} %")
    if answerable:
        best = sum(question.label in row["labels"][:1] for question, row in answerable)
        covered = sum(row["decision"] == "answer" for _, row in answerable)
        told.append(f"right article first: {100 * best / len(answerable):.1f} % of the answerable")
        told.append(f"answered: {100 * covered / len(answerable):.1f} % of the answerable")
    if rows:
        times = sorted(row["ms"] for row in rows)
        told.append(f"ms a question: median {times[len(times) // 2]:.1f}, p99 {times[len(times) * 99 // 100]:.1f}")
    return "\n".join(told)


if __name__ == "__main__":
    sys.exit(main())
