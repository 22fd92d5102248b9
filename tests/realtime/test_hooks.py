"""What we use of python-socketio, python-engineio and aiohttp beside their documented ways.

Each hook is named here, with the shape we rely on: an upgrade that changes one fails with its name, before it fails
in some other way. The versions are pinned; raise them together with what this file says.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import aiohttp
import engineio
import pytest
import socketio
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from engineio import async_socket, packet
from engineio.async_drivers import aiohttp as driver
from structlog.testing import capture_logs

from chat.app import REALTIME
from chat.realtime import engine, link, manager, sockets, stock
from tests.conftest import PATIENCE, Arrive, Serve
from tests.realtime.raw import until

PROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"
PINNED = ("python-socketio", "python-engineio")
COROUTINE, FUNCTION = True, False

# What we override, and what of theirs we call: where it is, its name, is it a coroutine, its parameters.
HOOKS: list[tuple[Any, str, bool, list[str]]] = [
    (socketio.AsyncServer, "_engineio_server_class", FUNCTION, ["self"]),
    (socketio.AsyncServer, "_handle_eio_connect", COROUTINE, ["self", "eio_sid", "environ"]),
    (socketio.AsyncServer, "_handle_eio_message", COROUTINE, ["self", "eio_sid", "data"]),
    (socketio.AsyncServer, "_handle_eio_disconnect", COROUTINE, ["self", "eio_sid", "reason"]),
    (socketio.AsyncServer, "_handle_connect", COROUTINE, ["self", "eio_sid", "namespace", "data"]),
    (socketio.AsyncServer, "_handle_disconnect", COROUTINE, ["self", "eio_sid", "namespace", "reason"]),
    (socketio.AsyncServer, "_send_packet", COROUTINE, ["self", "eio_sid", "pkt"]),
    (socketio.AsyncManager, "pre_connect", COROUTINE, ["self", "eio_sid", "namespace"]),
    (socketio.AsyncManager, "connect", COROUTINE, ["self", "sid", "namespace"]),
    (socketio.AsyncManager, "disconnect", COROUTINE, ["self", "sid", "namespace", "kwargs"]),
    (socketio.AsyncManager, "basic_disconnect", FUNCTION, ["self", "sid", "namespace", "kwargs"]),
    (socketio.AsyncManager, "basic_leave_room", FUNCTION, ["self", "sid", "namespace", "room"]),
    (engineio.AsyncServer, "_handle_connect", COROUTINE, ["self", "environ", "transport", "jsonp_index"]),
    (engineio.AsyncServer, "_service_task", COROUTINE, ["self"]),
    (engineio.AsyncServer, "_trigger_event", COROUTINE, ["self", "event", "args", "kwargs"]),
    (engineio.AsyncServer, "generate_id", FUNCTION, ["self"]),
    (engineio.AsyncServer, "start_background_task", FUNCTION, ["self", "target", "args", "kwargs"]),
    (driver.WebSocket, "__init__", FUNCTION, ["self", "handler", "server"]),
    (driver.WebSocket, "__call__", COROUTINE, ["self", "environ"]),
    (driver.WebSocket, "wait", COROUTINE, ["self"]),
    (driver.WebSocket, "send", COROUTINE, ["self", "message"]),
    (packet.Packet, "encode", FUNCTION, ["self", "b64"]),
]
OURS = {
    socketio.AsyncServer: sockets.Sockets,
    socketio.AsyncManager: manager.Manager,
    engineio.AsyncServer: engine.Engine,
    driver.WebSocket: stock.Connection,
}


def name_of(hook: tuple[Any, str, bool, list[str]]) -> str:
    return f"{hook[0].__module__}.{hook[0].__name__}.{hook[1]}"


@pytest.mark.parametrize("package", PINNED)
def test_the_installed_version_is_the_pinned_one(package: str) -> None:
    dependencies = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    (pinned,) = [line for line in dependencies if re.match(rf"{package}\b", line)]
    assert pinned == f"{package}=={importlib.metadata.version(package)}"


@pytest.mark.parametrize("hook", HOOKS, ids=name_of)
def test_a_hook_has_the_shape_we_rely_on(hook: tuple[Any, str, bool, list[str]]) -> None:
    owner, name, is_coroutine, parameters = hook
    theirs = getattr(owner, name, None)
    assert theirs is not None, f"{name_of(hook)} is gone"
    assert list(inspect.signature(theirs).parameters) == parameters, f"{name_of(hook)} takes other parameters"
    assert inspect.iscoroutinefunction(theirs) is is_coroutine, f"{name_of(hook)} is called in another way"


@pytest.mark.parametrize("theirs", OURS, ids=lambda theirs: theirs.__name__)
def test_everything_of_theirs_that_we_override_is_listed(theirs: type) -> None:
    overridden = {name for name in vars(OURS[theirs]) if name in vars_of(theirs) and not is_plain(name)}
    assert overridden <= {name for owner, name, *_ in HOOKS if owner is theirs}


def vars_of(theirs: type) -> set[str]:
    return {name for base in theirs.__mro__ if base is not object for name in vars(base)}


def is_plain(name: str) -> bool:
    return name in ("__module__", "__doc__", "__init__", "__annotations__", "__dict__", "__weakref__", "__qualname__")


@pytest.mark.parametrize("name", ["lean", "stock"])
async def test_what_a_server_keeps_is_where_we_look_for_it(name: sockets.EngineName) -> None:
    io = sockets.Sockets(
        name, lambda origin, environ: True, lambda request: link.Page(True, None), lambda link, asked: None
    )
    assert isinstance(io.eio, sockets.ENGINES[name]), "socketio.AsyncServer._engineio_server_class is not asked"
    assert io.eio.handlers.keys() == {"connect", "message", "disconnect"}, "engineio.AsyncServer.handlers has changed"
    assert io.eio.handlers["message"] == io._handle_eio_message, "socketio.AsyncServer listens in another way"
    assert io.eio.start_service_task is True, "engineio.AsyncServer.start_service_task has changed"
    assert io.eio.sockets == {} == io.environ, "engineio's sockets or socketio's environ has changed"
    assert io.eio._async.keys() >= {"websocket", "translate_request"}, "engineio.AsyncServer._async has changed"
    assert io.manager.server is io, "socketio.AsyncManager.server has changed"
    assert io.manager.pending_connect == {} == io.manager.pending_disconnect == io.manager.callbacks
    assert io.reason.TRANSPORT_CLOSE == "transport close"


async def test_a_manager_gives_an_id_for_a_namespace_and_keeps_two_rooms_for_it() -> None:
    io = sockets.Sockets(
        "lean", lambda origin, environ: True, lambda request: link.Page(True, None), lambda link, asked: None
    )
    theirs = socketio.AsyncManager()
    theirs.set_server(io)
    sid = await theirs.pre_connect("a connection", "/customer")
    assert isinstance(sid, str), "socketio.AsyncManager.pre_connect gives something else"
    assert set(theirs.rooms["/customer"]) == {None, sid}, "socketio.AsyncManager.rooms has changed"
    assert theirs.pending_connect == {"/customer": [sid]}, "socketio.AsyncManager.pending_connect has changed"
    assert await theirs.pre_connect("a connection", "/customer") is None
    assert not theirs.is_connected(sid, "/customer")
    assert await theirs.connect(sid, "/customer") == sid, "socketio.AsyncManager.connect gives something else"
    assert theirs.is_connected(sid, "/customer")


async def test_python_engineio_says_so_when_a_socket_cannot_connect() -> None:
    def page_of(request: web.Request) -> link.Page:
        raise ValueError

    io = sockets.Sockets("lean", lambda origin, environ: True, page_of, lambda link, asked: None)
    assert await io.eio._trigger_event("connect", "a connection", {link.REQUEST: None}) is False
    assert io.environ == {}


async def test_a_socket_of_the_stock_engine_has_the_queue_its_writer_empties() -> None:
    io = sockets.Sockets(
        "stock", lambda origin, environ: True, lambda request: link.Page(True, None), lambda link, asked: None
    )
    theirs = async_socket.AsyncSocket(io.eio, "a connection")
    assert theirs._websocket_handler.__self__ is theirs
    theirs.queue.put_nowait(packet.Packet(packet.MESSAGE, "2"))
    theirs.queue.put_nowait(None)
    assert [pkt.encode() for pkt in await theirs.poll()] == ["42"], "engineio.AsyncSocket.poll gives something else"
    assert await theirs.poll() == [], "engineio.AsyncSocket.queue does not end with None any more"


async def test_aiohttps_reader_hands_each_frame_to_the_queue_it_was_given() -> None:
    frames = engine.Frames()
    reader, another = (engine.WebSocketReader(frames, 100, False, True) for _ in range(2))
    unmasked = bytes(4)
    assert reader.feed_data(bytearray(b"\x81\x82" + unmasked + b"42" + b"\x89\x80" + unmasked)) == (False, b"")
    assert [tuple(frame)[:2] for frame in frames.taken()] == [(WSMsgType.TEXT, "42"), (WSMsgType.PING, b"")], (
        "aiohttp's WebSocketReader works in another way"
    )
    for _ in range(10_000):
        reader.feed_data(b"\x81\x80" + unmasked)
    assert len(frames.taken()) == 10_000, "aiohttp's WebSocketReader waits for its queue to be read"
    assert reader.feed_data(b"\x83\x80" + unmasked)[0] is True
    (error,) = frames.taken()
    assert (error.type, error.data.code) == (WSMsgType.ERROR, 1002)
    another.feed_data(b"\x8a\x80" + unmasked)
    assert [frame.type for frame in frames.taken()] == [WSMsgType.PONG], "what was wrong stays with its own reader"


async def test_aiohttp_lets_go_of_a_connection_that_is_taken_over_and_leaves_it_open() -> None:
    taken: asyncio.Future[asyncio.Transport] = asyncio.get_running_loop().create_future()

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = engine.Handshake(compress=False)
        await answer.prepare(request)
        transport = engine.take_over(request)
        transport.set_protocol(asyncio.Protocol())
        taken.set_result(transport)
        return answer

    app = web.Application()
    app.router.add_get("/", handle)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(server.make_url("/")) as socket,
    ):
        transport = await taken
        await until(lambda: not server.handler.connections)
        assert not transport.is_closing()
        transport.write(engine.PING)
        assert await socket.receive_str(timeout=PATIENCE) == "2", "aiohttp says something of its own"
        transport.close()


async def test_what_fails_in_reading_a_socket_ends_that_one_alone() -> None:
    io, gone = engine.Engine(async_mode="aiohttp"), list[str]()
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def fail(_sid: str, said: str) -> None:
        begun.set()
        await goes_on.wait()
        raise RuntimeError

    async def leave(sid: str, _reason: str) -> None:
        gone.append(sid)

    io.on("message", fail)
    io.on("disconnect", leave)
    app = web.Application()
    io.attach(app)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        url = server.make_url("/engine.io/?EIO=4&transport=websocket")
        async with http.ws_connect(url) as left, http.ws_connect(url) as good, http.ws_connect(url) as bad:
            with capture_logs() as logged:
                await left.send_str("40")
                await begun.wait()
                await bad.send_str("40")
                [first, *_] = io.sockets.values()
                first.abort()  # it is gone before what it said fails
                goes_on.set()
                await until(lambda: len(gone) == 2 and len(io.sockets) == 1)
            assert [line["log_level"] for line in logged] == ["error"] * 2
            assert not good.closed


@pytest.mark.parametrize("engine", ["lean"], indirect=True)
async def test_nothing_of_aiohttp_is_kept_for_a_socket_but_its_reader(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    await customer(server)
    await until(nothing_is_kept)
    assert len(server.app[REALTIME].io.open_links()) == 1


def nothing_is_kept() -> bool:
    gc.collect()
    theirs = (web.Request, web.RequestHandler, web.WebSocketResponse)
    return not any(isinstance(kept, theirs) for kept in gc.get_objects())
