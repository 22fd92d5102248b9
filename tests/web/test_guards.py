"""Whatever goes wrong with a request, its answer is safe to show and says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from chat.app import pages
from chat.web import guards, keys
from tests.conftest import PATIENCE, Serve

Listen = Callable[..., Awaitable[str]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Serves one handler behind the guards; gives its address."""
    runners: list[web.AppRunner] = []

    async def start(handler: guards.Handler) -> str:
        app = web.Application(middlewares=[guards.envelope_errors])
        app[keys.PAGES] = pages()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, lingering_time=0.1, shutdown_timeout=1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/customer", "/api/nowhere", "/pages/nowhere.css", "/pages/../../chat/app.py", "/"]
)
async def test_every_answer_carries_the_headers_that_keep_browsers_careful(serve: Serve, path: str) -> None:
    server = await serve()
    async with (
        aiohttp.ClientSession() as http,
        http.get(server.url + path, allow_redirects=False) as answer,
    ):
        assert answer.status in (302, 400, 404)
        assert {name: answer.headers.get(name) for name in guards.HEADERS} == guards.HEADERS


async def stumble(request: web.Request) -> web.Response:
    raise ZeroDivisionError("nobody outside may read this")


async def test_a_fault_of_our_own_says_that_trying_again_may_help(listen: Listen) -> None:
    url = await listen(stumble)
    async with aiohttp.ClientSession() as http, http.post(url + "/api/customer/say") as answer:
        told = await answer.json()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert (told["error"]["code"], told["error"]["retry_after"]) == ("unavailable", 1)
    assert "nobody outside" not in str(told)


async def test_people_get_a_page_for_a_fault_of_our_own(listen: Listen) -> None:
    url = await listen(stumble)
    async with aiohttp.ClientSession() as http, http.get(url + "/help/demo/en") as answer:
        told = await answer.text()
    assert (answer.status, answer.headers["Retry-After"], answer.content_type) == (503, "1", "text/html")
    assert "That did not work" in told
    assert "nobody outside" not in told


PEOPLE_GET = [
    ("GET", "/help/demo/en?q=%00", 400),
    ("GET", "/help/demo/en?q=%ED%A0%80%1b%07", 200),
    ("GET", "/demo?as=%00", 400),
    ("GET", "/case/none?lang=%00", 400),
    ("GET", "/help/demo/en/%00", 404),
    ("GET", "/help/demo/en/a/b/c", 404),
    ("GET", "/nowhere", 404),
    ("PUT", "/help/demo/en", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), PEOPLE_GET)
async def test_people_get_a_page_whatever_they_ask_for(serve: Serve, method: str, path: str, status: int) -> None:
    server = await serve(bot=False)
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, URL(server.url + path, encoded=True), headers={"Accept-Language": "zh"}) as answer,
    ):
        told = await answer.text()
    assert (answer.status, answer.content_type) == (status, "text/html")
    assert "<h1" in told


@pytest.mark.parametrize(("path", "status"), [("/api/openapi.json?a=%00", 400), ("/files/a/b?a=%00", 400)])
async def test_programs_get_no_page(serve: Serve, path: str, status: int) -> None:
    server = await serve(bot=False)
    async with aiohttp.ClientSession() as http, http.get(URL(server.url + path, encoded=True)) as answer:
        assert (answer.status, answer.content_type) == (status, "application/json")


async def test_a_body_that_never_arrives_is_not_waited_for_for_ever(listen: Listen) -> None:
    async def wait(request: web.Request) -> web.Response:
        return web.json_response(await guards.read_json(request, seconds=0.1))

    host, port = (await listen(wait)).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /api/customer/say HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
    told = await asyncio.wait_for(reader.read(), PATIENCE)  # until the server closes
    writer.close()
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in told
    assert b'"bad_request"' in told


async def test_a_body_that_arrives_leaves_the_connection_open(listen: Listen) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(await guards.read_json(request))

    url = await listen(answer)
    async with aiohttp.ClientSession() as http, http.post(url + "/api/customer/say", json={"a": 1}) as told:
        assert await told.json() == {"a": 1}
        assert told.headers.get("Connection") != "close"
