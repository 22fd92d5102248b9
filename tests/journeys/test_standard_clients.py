"""The standard clients, JavaScript and Python, can do what the window does; Python's does so in the other journeys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import socketio

from chat.app import REALTIME
from chat.commands import Caller
from scripts.setup import find_node
from tests.conftest import PATIENCE, Arrive, Serve, Server, new_client_id

CLIENT = Path(__file__).parent / "standard_client.mjs"


def cut_customers(server: Server) -> None:
    """As a broken line does: without a goodbye."""
    customers = [link for link in server.app[REALTIME].links.values() if link.who.kind is Caller.CUSTOMER]
    assert customers
    for link in customers:
        link.abort()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("engine", ["lean", "stock"])
@pytest.mark.parametrize("client", ["socket.io-client", "socket.io-client-3"])
async def test_the_standard_javascript_client_goes_the_whole_way(
    serve: Serve, agent: Arrive, client: str, engine: str
) -> None:
    server = await serve(engine=engine)
    mei = await agent(server)
    node = await asyncio.create_subprocess_exec(
        find_node(), str(CLIENT), server.url, client, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
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
        cut_customers(server)
        assert (await anext(steps))["step"] == "back again"
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


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("engine", ["lean", "stock"])
async def test_the_standard_python_client_stays_in_order_and_comes_back_when_it_is_cut(
    serve: Serve, customer: Arrive, engine: str
) -> None:
    server = await serve(engine=engine)
    li_na = await customer(server)
    await li_na.socket.disconnect()
    li_na.socket = socketio.AsyncClient(reconnection_delay=0.05, randomization_factor=0)
    li_na.socket.on("*", li_na._hear, namespace="/customer")
    connected: asyncio.Queue[None] = asyncio.Queue()
    li_na.socket.on("connect", lambda: connected.put_nowait(None), namespace="/customer")
    await li_na.connect(server)
    await connected.get()
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]

    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    bodies = [f"line {number}" for number in range(100)]
    for body in bodies:
        values = {"conversation_id": conversation_id, "client_id": new_client_id(), "body": body}
        await li_na.socket.emit("say", values, namespace="/customer", callback=answers.put_nowait)
    said = [(await asyncio.wait_for(answers.get(), PATIENCE))["value"]["seq"] for _ in bodies]
    assert said == sorted(said)
    await li_na.hears("message", lambda value: value["body"] == bodies[-1])
    assert [value["body"] for name, value in li_na.heard if name == "message"] == bodies

    cut_customers(server)
    await asyncio.wait_for(connected.get(), PATIENCE)
    await li_na.say(conversation_id, "still here")
    messages = (await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert messages[-1]["body"] == "still here"
