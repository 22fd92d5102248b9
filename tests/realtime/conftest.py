"""Whatever is promised of sockets holds on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Serve, Server


@pytest.fixture(params=["lean", "stock"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def serve(serve: Serve, engine: str) -> Serve:
    async def start(**given: Any) -> Server:
        return await serve(engine=engine, **given)

    return start
