"""The docs say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chat.settings import Settings, table, variable

ROOT = Path(__file__).parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_the_settings_are_listed_as_they_are() -> None:
    assert table() in OPERATIONS.read_text(), "run `make wire`"
    assert all(variable(name) in table() for name in Settings.model_fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target
    for name in re.findall(r"`((?:chat|bots|widget|agent_console|tests|scripts)/[\w./-]+)`", page.read_text()):
        assert (ROOT / name).exists(), name


def test_every_notice_stands_in_the_protocol() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "chat" / "actions").glob("*.py"))
    sent = set(re.findall(r'Notice\(code="(\w+)"', sources))
    sent |= set(re.findall(r'(?:colleagues\.|\b)(?:_tell_owner|tell)\(tx, [^"()]+, "(\w+)"', sources))
    section = (ROOT / "docs" / "protocol.md").read_text().partition("## Notices")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\|([^|]*)\|", section, re.MULTILINE)
    told = {code for cell in first_cells for code in re.findall(r"`(\w+)`", cell)}
    assert told - {"code"} == sent


def test_nothing_in_the_repository_names_an_index_or_an_address_of_one() -> None:
    for file in [*ROOT.glob("requirements*.txt"), ROOT / "package-lock.json", ROOT / ".npmrc", ROOT / "Makefile"]:
        named = re.search(r"(?<!no-emit-)index-url|https?://[^\s\"]*(pypi|npmjs|registry)", file.read_text())
        assert named is None, file.name


def test_every_variable_and_command_that_operations_names_is_one() -> None:
    told = OPERATIONS.read_text()
    assert set(re.findall(r"NIGHTDESK_[A-Z_0-9]+", told)) <= set(map(variable, Settings.model_fields))
    commands = set(re.findall(r"(?:^|`)nightdesk ([a-z-]+)", told, re.MULTILINE))
    ask = [sys.executable, "-m", "chat", "--help"]
    shown = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"backup", "restore", "verify", "doctor", "serve", "work"} <= commands
    assert not [command for command in commands if not re.search(rf"^ +{command}\b", shown.stdout, re.MULTILINE)]
