"""The docs say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chat.settings import Settings, table, variable

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_readme_lists_every_setting_as_it_is() -> None:
    assert table() in (ROOT / "README.md").read_text(), "run `make wire`"
    assert all(variable(name) in table() for name in Settings.model_fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target
    for name in re.findall(r"`((?:chat|bots|widget|agent_console|tests|scripts)/[\w./-]+)`", page.read_text()):
        assert (ROOT / name).exists(), name


def test_nothing_in_the_repository_names_an_index_or_an_address_of_one() -> None:
    for file in [*ROOT.glob("requirements*.txt"), ROOT / "package-lock.json", ROOT / ".npmrc", ROOT / "Makefile"]:
        named = re.search(r"(?<!no-emit-)index-url|https?://[^\s\"]*(pypi|npmjs|registry)", file.read_text())
        assert named is None, file.name
