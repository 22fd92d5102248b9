"""Whatever is promised of sockets holds on both engines, and on both databases with the one that is the default."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Serve, Server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {item for item in items if {"stock", "postgres"} <= set(params_of(item).values())}
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def params_of(item: pytest.Item) -> dict[str, Any]:
    call = getattr(item, "callspec", None)
    return {name: call.params.get(name) for name in ("engine", "databases")} if call else {}


@pytest.fixture(params=["lean", "stock"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def serve(serve: Serve, engine: str) -> Serve:
    async def start(**given: Any) -> Server:
        return await serve(engine=engine, **given)

    return start
