"""`make bench`: the budgets, what was measured, the floor it is held against. Exits 1 when an "at most" is missed, 2
when none is but a part could not be measured.

    .venv/bin/python -m tests.bench [--only deliver two idle filled front] [--searched 1000000] [--quick]

What is a ratio is of medians of slices taken in turns in this run. Figures in absolute terms want a quiet machine: how
busy it was is told at the end. Each part can be run by itself: `tests.bench.deliver`, `.idle`, `.filled`, `.search`. Of
the million messages only the newest are indexed for the search, unless it is asked for all: that takes long on
Postgres.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import deliver, filled, idle
from tests.bench.search import Bench, differences, share
from tests.servers import Postgres

STATIC = Path(__file__).parents[2] / "chat" / "static"
SLICES = 5
SOCKETS = 4_000


@dataclass(frozen=True)
class Budget:
    what: str
    measured: float
    at_most: float
    wanted: float | None = None
    unit: str = ""
    told: str = ""  # what it is held against, and what was measured of both

    @property
    def is_kept(self) -> bool:
        return self.measured <= self.at_most

    def __str__(self) -> str:
        wanted = "" if self.wanted is None else f" ({self.wanted:g})"
        at_most = f"{self.at_most:g}{wanted}{self.unit}"
        kept = "yes" if self.is_kept else "MISSED"
        return f"| {self.what} | {_told(self.measured)}{self.unit} | {at_most} | {kept} | {self.told} |"


def _told(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


@dataclass(frozen=True)
class Options:
    messages: int
    searched: int  # the newest of them
    sockets: int
    seconds: float


def delivering(options: Options) -> list[Budget]:
    names = ["lean-deflate", "plain-deflate", "lean", "plain", "node"]
    measured = asyncio.run(deliver.take_turns(names, SLICES, options.seconds))
    print(deliver.table(measured), flush=True)
    compressing, plain = (median(one.cpu for one in measured[name]) for name in ("plain-deflate", "plain"))
    told = (
        f"plain python-socketio {compressing:.0f} us; for clients that offer no compression"
        f" {deliver.ratio(measured['lean'], measured['plain']):.2f} x, of {plain:.0f} us"
    )
    if node := measured.get("node"):
        told += f"; Node's socket.io {median(one.cpu for one in node):.0f} us"
    else:
        told += "; without Node's socket.io, which could not be had"
    what = "CPU of a message stored, acknowledged, delivered"
    return [_of_stock(what, measured, "lean-deflate", "plain-deflate", 0.6, 0.45, told)]


def two(options: Options) -> list[Budget]:
    measured = asyncio.run(deliver.take_turns(["lean-two", "plain-two"], SLICES, options.seconds))
    print(deliver.table(measured), flush=True)
    told = f"plain with its Redis manager {median(one.cpu for one in measured['plain-two']):.0f} us"
    return [_of_stock("the same through two processes and Redis", measured, "lean-two", "plain-two", 0.4, 0.25, told)]


def _of_stock(
    what: str, measured: dict[str, list[deliver.Slice]], ours: str, stock: str, at_most: float, wanted: float, told: str
) -> Budget:
    cost = median(one.cpu for one in measured[ours])
    of_it = median(one.loop for one in measured[ours])
    told = f"{cost:.0f} us, of it {of_it:.0f} on the event loop; {told}"
    return Budget(what, deliver.ratio(measured[ours], measured[stock]), at_most, wanted, " x stock", told)


def idling(options: Options) -> list[Budget]:
    few = min(idle.FEWER, options.sockets)
    plain = asyncio.run(idle.sockets_of("plain", few))
    ours = asyncio.run(idle.sockets_of("lean", options.sockets))
    resident = asyncio.run(idle.resident())
    share, floor = (100 * of.share * 10_000 / many for of, many in ((ours, options.sockets), (plain, few)))
    memory = f"of {options.sockets}; stock {plain.bytes_each / 1024:.0f} KB, of {few}"
    pings = f"{options.sockets} held, beacons and all; stock {floor:.1f}, from {few}"
    return [
        Budget("memory of an idle socket", ours.bytes_each / 1024, 24, 21, " KB", memory),
        Budget("pings of 10,000 idle sockets, of a core", share, 3, 1.5, " %", pings),
        Budget("resident, demo data just made, bot not loaded", resident.first, 120, None, " MB"),
        Budget("resident, demo data, bot not loaded", resident.without_bot, 120, None, " MB"),
        Budget("resident, demo data, bot loaded", resident.with_bot, 350, None, " MB"),
    ]


def reading(options: Options) -> list[Budget]:
    folder = Path(tempfile.mkdtemp(prefix="nightdesk-bench-"))
    server = Postgres()
    try:
        server.start()
        small: list[Path | str] = [folder / "small.db", server.create("small")]
        large: list[Path | str] = [folder / "large.db", server.create("large")]
        made = filled.made(large, options.messages, options.searched)
        return [
            budget
            for name, few, many, of_many in zip(("SQLite", "Postgres"), small, large, made, strict=True)
            for budget in _of_database(name, few, many, of_many, options)
        ]
    finally:
        server.remove()
        shutil.rmtree(folder)


def _of_database(name: str, small: Path | str, large: Path | str, made: filled.Made, options: Options) -> list[Budget]:
    messages = options.messages
    with closing(Bench(small)) as few, closing(Bench(large, made.house)) as many:
        filled.fill(few, 1_000)
        figures = {figure.what: figure for figure in filled.measure(many, made.desk)}
        flat = filled.flatness(few, many)
        ours, orm = filled.against_orm(many)
        wrong = [word for word in filled.WORDS if differences(many, filled.lead_of(made.desk), word)]
        size = share(many, messages) if options.searched >= messages else None  # of few it is that of customers
    print(f"{name}\n{filled.HEAD}", *figures.values(), sep="\n", flush=True)
    lists = max((figures[what] for what in filled.LISTS), key=lambda figure: figure.sql.clock)
    found = figures[filled.SEARCH]
    by_objects = f"{ours:.2f} ms of the processor; by objects {orm:.2f} ms"
    slowest = (
        f"the slowest, {lists.what}; {lists.sql.processor:.1f} ms of the processor, {lists.least:.1f} at the least;"
        f" {lists.whole.clock:.1f} ms with its answer made; a sum {lists.pace:.2f} ms"
    )
    searched = f"among the newest {options.searched:,}; {found.whole.processor:.1f} ms of the processor"
    compared = f"of {len(filled.WORDS)} compared with looking at every text"
    return [
        Budget(f"{name}: {messages:,} messages written", made.seconds, 120, None, " s"),
        Budget(f"{name}: `history` among {messages:,} messages, of it among 1,000", flat, 1.2),
        Budget(f"{name}: `history`, of the ORM way", ours / orm, 0.4, None, "", by_objects),
        Budget(f"{name}: console list, any page, SQL", lists.sql.clock, 2, 1, " ms", slowest),
        Budget(f"{name}: search of a two-character word", found.whole.clock, 10, 5, " ms", searched),
        Budget(f"{name}: words that are not found right", len(wrong), 0, None, "", compared),
        *([Budget(f"{name}: index of the search, of the text", size, 1.5)] if size else []),
    ]


def front(_options: Options) -> list[Budget]:
    """What a page fetches first, as it is sent."""

    def weight(part: str, *entries: str) -> int:
        manifest = json.loads((STATIC / ".vite" / f"{part}.json").read_text())
        return sum(len(gzip.compress((STATIC / file).read_bytes(), 9)) for file in _at_once(manifest, entries))

    words = [f"chat/texts/zh-CN/{table}.json" for table in ("shared", "console")]
    console = weight("console", "agent_console/src/main.tsx", *words)
    return [
        Budget("widget loader, gzip", weight("widget", "widget/src/loader.ts"), 2_048, None, " B"),
        Budget(
            "widget app, gzip", weight("widget", "widget/src/page.ts", "widget/src/app/main.tsx"), 25_600, None, " B"
        ),
        Budget("console, gzip, first load", console / 1024, 80, None, " KB"),
    ]


def _at_once(manifest: Any, entries: Iterable[str]) -> set[str]:
    """The files of these parts and of all that they import from the start."""
    files: set[str] = set()
    waiting = list(entries)
    while waiting:
        part = manifest[waiting.pop()]
        if part["file"] not in files:
            files |= {part["file"], *part.get("css", ())}
            waiting += part.get("imports", ())
    return files


PARTS: dict[str, Callable[[Options], list[Budget]]] = {
    "front": front,
    "deliver": delivering,
    "two": two,
    "idle": idling,
    "filled": reading,
}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    asked.add_argument("--messages", type=int, default=1_000_000)
    asked.add_argument("--searched", type=int, default=300_000, help="the newest of them, that the search finds")
    asked.add_argument("--quick", action="store_true", help="a tenth of everything: to see whether it runs")
    given = asked.parse_args()
    of = 10 if given.quick else 1
    options = Options(given.messages // of, min(given.searched, given.messages) // of, SOCKETS // of, 3 / of)
    before = os.getloadavg()[0]
    budgets: list[Budget] = []
    failed: list[str] = []
    for part in given.only:
        print(f"-- {part}", flush=True)
        try:
            budgets += PARTS[part](options)
        except Exception:
            traceback.print_exc()
            failed.append(part)
    print("\n| what | measured | at most (wanted) | kept | |\n|---|---|---|---|---|")
    for budget in budgets:
        print(budget)
    print(f"\n{os.cpu_count()} cores; load {before:.1f} when it began, {os.getloadavg()[0]:.1f} now")
    if failed:
        print(f"Could not be measured: {', '.join(failed)}")
    if not all(budget.is_kept for budget in budgets):
        return 1
    return 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
