"""A real server on a real port with a real database, and people to use it."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from aiohttp import web

from chat import wire
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import Question
from chat.actions.people import open_agent_session
from chat.app import PARTS, STORE, build_app
from chat.seed import PASSWORD
from chat.settings import Settings
from chat.store import Store, Tx
from chat.store.queries.people import agent_by_email
from chat.web.assets import STATIC
from tests.databases import KINDS, Databases, Originals, keep_wanted, missing
from tests.servers import Redis, keep_in_memory

os.environ.pop("DATABASE_URL", None)  # the developer's own stays out of it
# What Python has read is kept, also where the shell says otherwise: each process of the run would read it all anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
keep_in_memory()

PATIENCE = 10  # seconds a test waits for what must come


def new_client_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Server:
    url: str
    app: web.Application
    settings: Settings
    stop: Callable[[], Awaitable[None]]

    @property
    def store(self) -> Store:
        return self.app[STORE]


Serve = Callable[..., Awaitable[Server]]


async def awake(server: Server) -> None:
    """Has its bot loaded, as somebody's first question does, which takes longer than a bot may think."""
    models = server.app[PARTS].ground.models
    assert models is not None
    await models.rank(Question("你好", "zh-CN"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=[*KINDS, "both"], default="both", help="what to run on (both)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    keep_wanted(config, items)
    # What waits for long begins first, so that nobody works alone at the end.
    items.sort(key=lambda item: item.path.parent.name not in ("faults", "browser", "journeys"))


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Originals]:
    originals = Originals(tmp_path_factory.mktemp("originals"))
    yield originals
    originals.remove()


@pytest.fixture(scope="session")
def seeded(originals: Originals) -> Path:
    """A file with the demo data, to be copied."""
    return originals.file("demo")


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest, tmp_path: Path, originals: Originals) -> Iterator[Databases]:
    """Whatever uses it runs on each kind of database, unless it is marked `databases("sqlite")`."""
    databases = Databases(request.param, tmp_path, originals)
    yield databases
    databases.remove()


@pytest.fixture
async def serve(tmp_path: Path, databases: Databases) -> AsyncIterator[Serve]:
    """Starts servers with demo data: `await serve(at="22:30")`. Settings are given by name."""
    async with serving(tmp_path, databases) as start:
        yield start


@asynccontextmanager
async def serving(folder: Path, databases: Databases) -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(at: str | None = "10:30", **given: Any) -> Server:
            settings = Settings(**{"data_dir": folder, "port": 0, "demo": True, "at": at, **given})
            settings = on(databases.of(settings.data_dir), settings)
            app = build_app(settings)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return Server(f"http://127.0.0.1:{runner.addresses[0][1]}", app, settings, runner.cleanup)

        yield start


def on(where: Path | str, settings: Settings) -> Settings:
    """The same settings on that database."""
    return settings if isinstance(where, Path) else settings.model_copy(update={"database_url": where})


@pytest.fixture
def front() -> Path:
    """The folder of the built front end."""
    if not (STATIC / ".vite" / "console.json").exists():
        missing("the built front end (make test builds it)")
    return STATIC


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A server of the test's own, which it may break."""
    redis = Redis()
    redis.start()
    yield redis
    redis.remove()


class Refused(Exception):
    """A command that was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: str = error["code"]
        self.error = error


class Someone:
    """A customer or agent at a standard Socket.IO client, who remembers what they were told."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.token = ""
        self.heard: list[tuple[str, Any]] = []
        self.session: dict[str, Any] = {}
        self._news = asyncio.Event()
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", self._hear, namespace=namespace)

    def _hear(self, event: str, value: Any = None) -> None:
        self.heard.append((event, value))
        self._news.set()

    async def connect(self, server: Server) -> None:
        await self.socket.connect(
            server.url,
            namespaces=[self.namespace],
            auth={"token": self.token},
            transports=["websocket"],
            wait_timeout=PATIENCE,  # a second, which it is else, is too little on a busy machine
        )

    async def do(self, command: str, **values: Any) -> dict[str, Any]:
        """A command's value. Raises Refused."""
        answer = await self.socket.call(command, values, namespace=self.namespace, timeout=PATIENCE)
        if not answer["ok"]:
            raise Refused(answer["error"])
        value: dict[str, Any] = answer["value"]
        return value

    async def say(self, conversation_id: str, body: str, client_id: str | None = None) -> dict[str, Any]:
        return await self.do("say", conversation_id=conversation_id, client_id=client_id or new_client_id(), body=body)

    async def hears(self, event: str, so_that: Callable[[Any], bool] = lambda value: True) -> Any:
        """The first such event, now or soon."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for name, value in self.heard:
                    if name == event and so_that(value):
                        return value
                self._news.clear()
                await self._news.wait()


async def post(server: Server, path: str, body: Any, token: str | None = None, **options: Any) -> tuple[int, Any]:
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **options.pop("headers", {})}
    async with (
        aiohttp.ClientSession() as http,
        http.post(server.url + path, json=body, headers=headers, **options) as answer,
    ):
        return answer.status, await answer.json()


Arrive = Callable[..., Awaitable[Someone]]


@pytest.fixture
async def people() -> AsyncIterator[list[Someone]]:
    """Everybody who came; they go home at the end."""
    async with visiting() as came:
        yield came


@asynccontextmanager
async def visiting() -> AsyncIterator[list[Someone]]:
    came: list[Someone] = []
    yield came
    for someone in came:
        if someone.socket.connected:
            await someone.socket.disconnect()


@pytest.fixture
def customer(people: list[Someone]) -> Arrive:
    """`await customer(server, locale="zh-CN")`: somebody opens the window."""

    async def arrive(server: Server, token: str | None = None, **session: Any) -> Someone:
        someone = Someone("/customer")
        people.append(someone)
        given = {"site": "demo", "locale": "zh-CN", **({"token": token} if token else {}), **session}
        status, answer = await post(server, "/api/customer/session", given)
        assert status == 200, answer
        someone.session, someone.token = answer["value"], answer["value"]["token"]
        await someone.connect(server)
        return someone

    return arrive


@pytest.fixture
def agent(people: list[Someone]) -> Arrive:
    """`await agent(server, "mei")`: an agent is signed in and goes online.

    Signed in past the password; the tests of the doors and the browser's sign in with it.
    """

    async def arrive(server: Server, name: str = "mei") -> Someone:
        someone = Someone("/agent")
        people.append(someone)
        opened = await server.store.write(_open_session, f"{name}@demo.example")
        someone.session, someone.token = opened.model_dump(mode="json"), opened.token or ""
        await someone.connect(server)
        await someone.do("set_presence", status="online")
        return someone

    return arrive


def _open_session(tx: Tx, email: str, now: datetime) -> wire.AgentSessionOpened:
    found = agent_by_email(tx, email)
    assert found is not None, email
    given = wire.AgentSession(email=email, password=PASSWORD, bearer=True)
    return open_agent_session(tx, Who(Caller.PUBLIC), given, (found.id, found.password_hash), now)
