"""Coming into a namespace: who is let in, to which one, and from when on they hear."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.app import REALTIME
from chat.hub import Event, staff_room
from chat.realtime.server import Realtime
from tests.conftest import PATIENCE, Arrive, Serve, Someone
from tests.realtime.held import Held, HeldReaders
from tests.realtime.raw import Socket, answers, ask, ask_to_join, join, raw_socket, until


async def told_error(socket: Socket, namespace: str) -> dict[str, Any]:
    """The error object of a CONNECT_ERROR packet."""
    told = await socket.receive_str(timeout=PATIENCE)
    assert told.startswith(f"44{namespace}")
    packet = json.loads(told.removeprefix(f"44{namespace}").removeprefix(","))
    assert packet["message"] == packet["data"]["message"]
    error: dict[str, Any] = packet["data"]
    return error


@pytest.mark.parametrize("namespace", ["/nowhere", "/customer/x", "/", ""])
async def test_an_unknown_namespace_is_answered_with_our_error(serve: Serve, customer: Arrive, namespace: str) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as socket:
        packet = f"40{namespace}," if namespace else "40"
        await socket.send_str(packet + json.dumps({"token": li_na.token}))
        error = await told_error(socket, namespace if namespace != "/" else "")
        assert error["code"] == "not_found"
        await join(socket, li_na)  # it is still nobody, and may become somebody


async def test_a_connection_is_in_one_namespace_at_a_time(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve(work=False)
    li_na, mei = await customer(server), await agent(server)
    async with raw_socket(server) as socket:
        await join(socket, li_na)
        for somebody in (li_na, mei):
            await ask_to_join(socket, somebody)
            assert (await told_error(socket, somebody.namespace))["code"] == "conflict"
        await ask(socket, "/customer", 1, "my_cases")
        assert (await answers(socket, {1}))[1]["ok"]
        await socket.send_str("41/customer,")
        await join(socket, mei)
        await ask(socket, "/agent", 1, "sync")
        assert (await answers(socket, {1}))[1]["ok"]


async def test_what_is_asked_of_another_namespace_is_not_answered(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    async with raw_socket(server) as socket:
        await ask(socket, "/customer", 1, "my_cases")  # it is nobody yet
        await join(socket, li_na)
        await ask(socket, "/agent", 2, "sync")
        for namespace in ("/agent,", "/nowhere,", ""):  # it cannot leave where it is not
            await socket.send_str(f"41{namespace}")
        await ask(socket, "/customer", 3, "my_cases")
        assert list(await answers(socket, {3})) == [3]


@pytest.mark.databases("sqlite")
async def test_a_socket_that_is_still_joining_hears_nothing(serve: Serve, agent: Arrive) -> None:
    server = await serve(work=False)
    mei = await agent(server)
    realtime = server.app[REALTIME]
    (link,) = realtime.links.values()
    desk = staff_room(next(iter(link.site_ids)))
    writer = Held(server)
    await writer.begun()
    async with raw_socket(server) as socket:
        await ask_to_join(socket, mei)
        await until(lambda: len(realtime.links) == 2)
        async with HeldReaders(server):
            writer.let_go()
            await until(lambda: len(realtime.io.manager.members(desk)) == 2)
            server.store.deliver([Event("notice", (desk,), b'{"code":"early"}')])
            await mei.hears("notice", lambda value: value["code"] == "early")
        assert (await socket.receive_str(timeout=PATIENCE)).startswith("40/agent,")
        server.store.deliver([Event("notice", (desk,), b'{"code":"late"}')])
        while "notice" not in (told := await socket.receive_str(timeout=PATIENCE)):
            pass
        assert told == '42/agent,["notice",{"code":"late"}]'


async def test_somebody_in_several_of_an_events_rooms_hears_it_once(serve: Serve, agent: Arrive) -> None:
    server = await serve(work=False)
    mei = await agent(server)
    (link,) = server.app[REALTIME].links.values()
    assert len(link.rooms) > 2
    server.store.deliver([Event("notice", tuple(link.rooms), b'{"code":"once"}'), Event("notice", (), b"{}")])
    server.store.deliver([Event("notice", tuple(link.rooms), b'{"code":"end"}')])
    await mei.hears("notice", lambda value: value["code"] == "end")
    assert [value["code"] for name, value in mei.heard if name == "notice"] == ["once", "end"]


async def test_who_has_gone_leaves_nothing_behind(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve(work=False)
    people = [await customer(server), await agent(server), await agent(server, "lin")]
    stranger = Someone("/customer")
    stranger.token = "not-a-token-of-ours"
    async with raw_socket(server) as socket:
        await ask_to_join(socket, stranger)
        assert (await told_error(socket, "/customer"))["code"] == "unauthenticated"
    for someone in people:
        await someone.socket.disconnect()
    await until(lambda: nothing_left_of(server.app[REALTIME]))


def nothing_left_of(realtime: Realtime) -> bool:
    io, manager = realtime.io, realtime.io.manager
    kept = (io.environ, io.eio.sockets, manager.rooms, manager.links, manager.callbacks, manager._members)
    return not any(kept) and not manager.pending_connect and not manager.pending_disconnect
