"""Who may import whom. The walls of the house are held here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THIRD_PARTY_OF_THE_DOORS = {"aiohttp", "socketio", "engineio", "redis", "jinja2", "aiosmtplib", "asyncio"}

# package or module -> the parts of ours it may import, and what it must never import from others
MAY: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), THIRD_PARTY_OF_THE_DOORS),
    "settings": ({"errors", "domain"}, THIRD_PARTY_OF_THE_DOORS),
    "domain": ({"errors", "domain"}, THIRD_PARTY_OF_THE_DOORS | {"sqlmodel", "sqlalchemy", "pydantic"}),
    "wire": ({"domain", "errors", "wire"}, THIRD_PARTY_OF_THE_DOORS),
    "texts": (set(), THIRD_PARTY_OF_THE_DOORS),
    "store": ({"domain", "errors", "store"}, THIRD_PARTY_OF_THE_DOORS - {"asyncio"}),
    "actions": ({"store", "domain", "wire", "errors", "actions"}, THIRD_PARTY_OF_THE_DOORS),
    "commands": ({"actions", "wire"}, THIRD_PARTY_OF_THE_DOORS),
    "hub": ({"store"}, {"aiohttp", "socketio", "redis"}),
    "bus": ({"hub", "logs", "errors"}, {"aiohttp", "socketio"}),
    "limits": ({"commands", "errors"}, {"aiohttp", "socketio", "redis"}),
    "files": ({"domain", "errors", "files"}, THIRD_PARTY_OF_THE_DOORS),
    "backup": ({"backup", "errors", "files", "store"}, THIRD_PARTY_OF_THE_DOORS),
    "doctor": ({"errors", "files", "settings", "store"}, {"aiohttp", "socketio", "engineio", "jinja2"}),
    "door": (
        {"commands", "actions", "domain", "hub", "limits", "probe", "store", "tally", "wire", "errors"},
        {"socketio", "redis"},
    ),
    "realtime": ({"commands", "door", "hub", "logs", "wire", "errors", "realtime"}, {"jinja2"}),
    "article_files": ({"actions", "domain", "store", "wire", "errors"}, THIRD_PARTY_OF_THE_DOORS),
    "importing": ({"actions", "store", "wire", "errors"}, THIRD_PARTY_OF_THE_DOORS),
    "logs": ({"errors"}, THIRD_PARTY_OF_THE_DOORS),
    "tally": (set(), THIRD_PARTY_OF_THE_DOORS),
    "probe": (set(), THIRD_PARTY_OF_THE_DOORS - {"asyncio"}),
    "metrics": ({"actions", "store", "tally"}, THIRD_PARTY_OF_THE_DOORS),
    "web": (
        {"commands", "domain", "door", "files", "hub", "limits", "logs", "wire", "errors", "settings", "texts", "web"},
        {"socketio", "redis"},
    ),
    "work": (
        {"actions", "files", "store", "hub", "logs", "wire", "errors", "settings", "texts", "work"},
        {"socketio", "redis"},
    ),
}
ANYTHING = {"app", "cli", "faq", "seed", "demo", "wire_ts", "wire_docs", "__main__", "__init__"}


def imports_of(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part_of(file: Path) -> str:
    return file.relative_to(ROOT / "chat").parts[0].removesuffix(".py")


def sources() -> list[Path]:
    return sorted((ROOT / "chat").rglob("*.py"))


def test_every_part_of_the_house_has_its_rule() -> None:
    assert {part_of(file) for file in sources()} <= set(MAY) | ANYTHING


@pytest.mark.parametrize("file", [file for file in sources() if part_of(file) in MAY], ids=str)
def test_a_part_imports_only_what_it_may(file: Path) -> None:
    part = part_of(file)
    ours, never = MAY[part]
    if "alembic" in file.parts:
        never = never - {"alembic"}
    for name in imports_of(file):
        top, *rest = name.split(".")
        assert top not in never, f"{part} must not import {name}"
        assert top != "bots", f"only chat/app.py and the seed know the bots, not {part}"
        if top == "chat" and rest and rest[0] != "__version__":
            assert rest[0] in ours, f"{part} must not import {name}"


@pytest.mark.parametrize("file", [file for file in sources() if part_of(file) in ("realtime", "web", "work")], ids=str)
def test_no_door_sees_a_query_or_a_row(file: Path) -> None:
    assert not {name for name in imports_of(file) if name.startswith(("chat.store.queries", "chat.store.tables"))}


def test_the_bots_know_nothing_of_the_chat() -> None:
    for file in (ROOT / "bots").rglob("*.py"):
        assert not {name for name in imports_of(file) if name.split(".")[0] == "chat"}, file


def test_only_the_app_reads_the_clock() -> None:
    readers = [file for file in sources() if "datetime.now(" in file.read_text() or "time.time(" in file.read_text()]
    assert [file.name for file in readers] == ["app.py"]


def test_the_browsers_core_knows_no_page() -> None:
    core = ROOT / "widget" / "src" / "core"
    for file in core.glob("*.ts"):
        text = file.read_text()
        assert "preact" not in text, file
        assert "../app" not in text, file
        assert "document." not in text, file
    console = ROOT / "agent_console" / "src"
    assert not [file for file in console.rglob("*.ts*") if "widget/src/app" in file.read_text()]
