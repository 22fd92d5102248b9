"""The standard JavaScript client can do what the window does; python-socketio's does so in the other journeys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scripts.setup import find_node
from tests.conftest import PATIENCE, Arrive, Serve

CLIENT = Path(__file__).parent / "standard_client.mjs"


async def test_the_standard_javascript_client_goes_the_whole_way(serve: Serve, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    node = await asyncio.create_subprocess_exec(
        find_node(), str(CLIENT), server.url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    steps = _steps(node)
    try:
        assert (await anext(steps))["step"] == "connected"
        conversation_id = (await anext(steps))["id"]
        assert [(await anext(steps))["step"] for _ in range(2)] == ["ordered", "refused"]
        await mei.do("pick", conversation_id=conversation_id)
        await mei.say(conversation_id, "Hello Ann")
        assert (await mei.hears("typing"))["name"] == "Ann"
        assert [(await anext(steps))["step"] for _ in range(2)] == ["read", "back"]
        await mei.do("close", conversation_id=conversation_id)
        assert (await anext(steps))["step"] == "rated"
        assert await asyncio.wait_for(node.wait(), PATIENCE) == 0
    finally:
        if node.returncode is None:
            node.kill()


async def _steps(node: asyncio.subprocess.Process) -> AsyncIterator[dict[str, Any]]:
    assert node.stdout is not None
    assert node.stderr is not None
    while line := await asyncio.wait_for(node.stdout.readline(), PATIENCE):
        yield json.loads(line)
    raise AssertionError((await node.stderr.read()).decode())
