"""How good, how sure and how quick the bot is: `make bench-bot FAQ_DATA=DIR` prints a table and fails below a bar.

DIR holds public English sets as JSON lines, {"text", "label", "split"}: banking77_train, banking77_fewshot,
banking77_oos_dev, clinc150_dev. Without it only the sets under tests/bots/data, and the bars of speed and memory.
`--small` prints, without bars, what becomes of small FAQs drawn from them.
Precision and coverage are those of the bot's own thresholds, with the questions weighted to the share of unanswerable
ones that it was told, a fifth.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.bot import Bot
from bots.evaluate import NOBODYS, Line, articles_of, decide, read_lines
from bots.fitting import fit
from bots.turn import Article

OWN = Path(__file__).parent.parent / "bots" / "data"
UNANSWERABLE = 0.2
_WORDS = """
refund order payment card wallet password login account parcel invoice coupon address limit fee transfer code phone
email document seller return exchange warranty delivery pickup courier balance statement receipt currency
"""
WORDS = _WORDS.split()
_VERBS = """
change cancel find check update close open verify report track lose reset dispute stop pay split pause
"""
VERBS = _VERBS.split()
FRAMES = ("how do i {} my {} {}", "can i {} the {} for {}", "{} {} {} please", "i want to {} a {} {}", "why {} {} {}")


@dataclass(frozen=True)
class Bar:
    what: str
    figure: float
    bar: float
    at_least: bool = True

    @property
    def holds(self) -> bool:
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{self.what:<58}{self.figure:>9.1f}   {sign} {self.bar:<7g}{'' if self.holds else '  BELOW'}"


@dataclass(frozen=True)
class Result:
    first: float  # right article first, per cent of the answerable
    auroc: float
    precision: float
    coverage: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="the folder of public sets")
    parser.add_argument("--only", default="", help="run the parts whose name begins so")
    parser.add_argument(
        "--small", action="store_true", help="print only what becomes of small FAQs drawn from the sets"
    )
    options = parser.parse_args()
    if options.small:
        for line in small(Path(options.data)):
            print(line, flush=True)
        return 0
    parts: dict[str, Callable[[], list[Bar]]] = {"own": own, "speed": speed, "memory": memory}
    if options.data:
        folder = Path(options.data)
        parts |= {
            "banking-few": lambda: banking_few(folder),
            "banking-oos": lambda: banking_oos(folder),
            "banking-full": lambda: banking_full(folder),
            "clinc": lambda: clinc(folder),
        }
    else:
        print("FAQ_DATA is not set: the public sets are left out")
    bars = []
    for name, part in parts.items():
        if name.startswith(options.only):
            for bar in part():
                print(bar, flush=True)
                bars.append(bar)
    return 0 if all(bar.holds for bar in bars) else 1


def own() -> list[Bar]:
    """The sets written for this project."""
    bars = []
    for name, what in (("zh", "Chinese set"), ("zh2", "second Chinese set"), ("en", "English set")):
        result = tried(
            read_lines(str(OWN / f"{name}_articles.jsonl")),
            read_lines(str(OWN / f"{name}_questions.jsonl"), labelled=False),
        )
        bars += [
            Bar(f"{what}: precision of answers", result.precision, 95),
            Bar(f"{what}: coverage", result.coverage, 60),
        ]
    return bars


def banking_full(folder: Path) -> list[Bar]:
    lines = public(folder, "banking77_train", "train")
    random.Random(0).shuffle(lines)
    tenth = len(lines) // 10
    result = tried(lines[tenth:], lines[:tenth])
    return [Bar("BANKING77, a tenth of train held out: right first", result.first, 93)]


def banking_few(folder: Path) -> list[Bar]:
    name = "banking77_fewshot"
    result = tried(public(folder, name, "train_10"), public(folder, name, "valid"))
    return [Bar("BANKING77, ten a topic: right first", result.first, 82.5)]


def banking_oos(folder: Path) -> list[Bar]:
    name = "banking77_oos_dev"
    asked = public(folder, name, "valid", "valid_id_oos", "valid_ood_oos")
    result = tried(public(folder, name, "train"), asked)
    return [
        Bar("BANKING77-OOS: precision of answers", result.precision, 95),
        Bar("BANKING77-OOS: coverage", result.coverage, 35),
    ]


def clinc(folder: Path) -> list[Bar]:
    name = "clinc150_dev"
    result = tried(public(folder, name, "train"), public(folder, name, "val", "oos_val", "oos_train"))
    return [
        Bar("CLINC150: right first, in scope", result.first, 95),
        Bar("CLINC150: AUROC of confidence, in scope against out of it", result.auroc, 97),
        Bar("CLINC150: precision of answers", result.precision, 95),
        Bar("CLINC150: coverage", result.coverage, 80),
    ]


@dataclass(frozen=True)
class Draw:
    """A small FAQ: so many of a set's topics with so many lines each, chosen by `seed`."""

    name: str
    topics: int
    lines: int
    seed: int


DRAWS = [
    Draw("banking77_train", 30, 5, 1),
    Draw("banking77_train", 20, 8, 2),
    Draw("banking77_train", 40, 4, 3),
    Draw("banking77_train", 50, 6, 4),
    Draw("clinc150_dev", 60, 6, 1),
    Draw("clinc150_dev", 30, 5, 2),
    Draw("clinc150_dev", 100, 4, 3),
    Draw("clinc150_dev", 40, 8, 4),
]
SIBLINGS, EACH = 25, 12  # topics left out that nobody then answers, and questions of each topic


def small(folder: Path) -> Iterator[str]:
    """Hard cases: what nobody answers comes from topics beside those of the FAQ, all of it or half of it."""
    train = {name: public(folder, name, "train") for name in ("banking77_train", "clinc150_dev")}
    nothing = public(folder, "clinc150_dev", "oos_train")  # about nothing that either set has a topic for
    for draw in DRAWS:
        phrasings, answerable, siblings = drawn(train[draw.name], draw)
        mixed = siblings[::3] + nothing
        bot = Bot(fit(articles_of(phrasings), unanswerable=UNANSWERABLE))
        told = [f"{draw.name:<16}{draw.topics:>4} x {draw.lines}"]
        for what, asked in (("siblings", answerable + siblings), ("half strangers", answerable + mixed)):
            result = summed(asked, decide(bot, asked, usual="en"))
            told.append(f"{what}: precision {result.precision:5.1f}, coverage {result.coverage:5.1f}")
        yield "   ".join(told)


def drawn(lines: Sequence[Line], draw: Draw) -> tuple[list[Line], list[Line], list[Line]]:
    """Phrasings, other questions on the same topics, and questions on topics that were left out."""
    chance = random.Random(draw.seed)
    labels = sorted({line.label for line in lines})
    chance.shuffle(labels)
    by_label = {label: [line for line in lines if line.label == label] for label in labels}
    for own in by_label.values():
        chance.shuffle(own)
    kept, left_out = labels[: draw.topics], labels[draw.topics : draw.topics + SIBLINGS]
    return (
        [line for label in kept for line in by_label[label][: draw.lines]],
        [line for label in kept for line in by_label[label][draw.lines :][:EACH]],
        [Line(line.text, NOBODYS, line.lang) for label in left_out for line in by_label[label][:EACH]],
    )


def public(folder: Path, name: str, *splits: str) -> list[Line]:
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Line(row["text"], row["label"], row.get("lang", "en")) for row in rows if row["split"] in splits]


def tried(phrasings: Sequence[Line], questions: Sequence[Line]) -> Result:
    model = fit(articles_of(phrasings), unanswerable=UNANSWERABLE)
    return summed(questions, decide(Bot(model), questions, usual=phrasings[0].lang))


def summed(questions: Sequence[Line], rows: Sequence[dict[str, Any]]) -> Result:
    pairs = list(zip(questions, rows, strict=True))
    own = [(question.label in row["labels"][:1], row) for question, row in pairs if question.label != NOBODYS]
    nobodys = [row for question, row in pairs if question.label == NOBODYS]
    right = share([is_right for is_right, row in own if row["decision"] == "answer"], of=len(own))
    answered = share([True for _, row in own if row["decision"] == "answer"], of=len(own))
    wrongly = share([True for row in nobodys if row["decision"] == "answer"], of=len(nobodys))
    given = (1 - UNANSWERABLE) * answered + UNANSWERABLE * wrongly if nobodys else answered
    kept = (1 - UNANSWERABLE) * right if nobodys else right
    return Result(
        100 * share([is_right for is_right, _ in own], of=len(own)),
        100 * auroc([row["confidence"] for _, row in own], [row["confidence"] for row in nobodys]),
        100 * kept / given if given else 0.0,
        100 * answered,
    )


def share(flags: Sequence[bool], of: int) -> float:
    return sum(flags) / of if of else 0.0


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often one inside is above one outside; a tie counts half."""
    pairs = len(inside) * len(outside)
    above = sum((a > b) + (a == b) / 2 for a in inside for b in outside)
    return above / pairs if pairs else 0.0


def made_up(articles: int) -> list[Article]:
    """So many articles of five lines each: speed and memory do not ask for sense."""
    chance = random.Random(1)
    found = []
    for number in range(articles):
        verb, thing, other = chance.choice(VERBS), chance.choice(WORDS), chance.choice(WORDS)
        lines = [frame.format(verb, thing, f"{other} {chance.choice(WORDS)}") for frame in FRAMES]
        found.append(Article(str(number), str(number), "en", "", lines[0], tuple(lines[1:]), "", 1))
    return found


def speed() -> list[Bar]:
    fit(made_up(12))  # what is loaded once is loaded
    started = time.perf_counter()
    fit(made_up(500))
    built = time.perf_counter() - started
    bot, chance = Bot(fit(made_up(1000))), random.Random(2)
    asked = [Line(" ".join(chance.sample(WORDS, chance.randint(3, 12))), "", "en") for _ in range(1000)]
    times = sorted(row["ms"] for row in decide(bot, asked, usual="en"))
    return [
        Bar("500 articles of five lines: seconds to build", built, 5, at_least=False),
        Bar("1,000 articles: ms an answer, median", times[500], 15, at_least=False),
        Bar("1,000 articles: ms an answer, p99", times[990], 50, at_least=False),
    ]


SERVING = """
import os, sys
import psutil
import chat.app
import bots
bot = bots.Bot(bots.Model.from_bytes(sys.stdin.buffer.read()))
for _ in range(20):
    bot.rank(bots.Turn("why was my card refused " * 20, "en", desk_open=False))
print(psutil.Process(os.getpid()).memory_info().rss / 2**20)
"""


def memory() -> list[Bar]:
    """Of a process that has the whole server's code loaded and serves the bot."""
    model = fit(made_up(1000))
    data = model.to_bytes()
    done = subprocess.run([sys.executable, "-c", SERVING], input=data, capture_output=True, check=True, env=os.environ)
    return [
        Bar("1,000 articles: MB of a serving process", float(done.stdout), 350, at_least=False),
        Bar("1,000 articles: MB of the model's bytes", len(data) / 2**20, 20, at_least=False),
    ]


if __name__ == "__main__":
    sys.exit(main())
