"""What callers may be refused with is written down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from chat import errors

CHAT = Path(__file__).parent.parent / "chat"


def raised() -> Iterator[tuple[str, str]]:
    """(class, code) of every error that is made with a code of its own."""
    for file in CHAT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and hasattr(errors, node.func.id):
                for given in node.keywords:
                    if given.arg == "code":
                        assert isinstance(given.value, ast.Constant), f"{file}: a code is written out where it is given"
                        yield node.func.id, str(given.value.value)


def test_every_code_that_is_given_is_in_the_table_and_no_other_is() -> None:
    assert set(raised()) == {(kind.__name__, code) for code, (kind, _) in errors.FINER.items()}


def test_no_code_of_the_table_is_that_of_a_class() -> None:
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert not {kind.code for kind in classes if issubclass(kind, errors.NightdeskError)} & set(errors.FINER)
