"""Pages: what they allow the browser, who may put them into a frame, and what is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from chat.actions import setup
from chat.app import STORE, build_app
from chat.settings import Settings
from chat.web.assets import STATIC
from tests.conftest import on
from tests.databases import Databases

Client = TestClient[Any, Any]
Open = Callable[..., Awaitable[Client]]


@pytest.fixture
def visit(aiohttp_client: Any, tmp_path: Path, databases: Databases) -> Open:
    """`await visit(demo=False)`: a client of a server with these settings."""

    async def start(**given: Any) -> Client:
        settings = Settings(**{"data_dir": tmp_path, "demo": True, "work": False, **given})
        settings = on(databases.of(tmp_path), settings)
        client: Client = await aiohttp_client(build_app(settings))
        return client

    return start


@pytest.mark.parametrize("path", ["/demo", "/console", "/widget/frame?site=demo", "/chat/demo"])
@pytest.mark.usefixtures("front")
async def test_a_page_runs_no_script_but_its_own(visit: Open, path: str) -> None:
    answer = await (await visit()).get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in await answer.text()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("front")
async def test_only_the_sites_own_pages_may_frame_its_window_and_nobody_the_console(visit: Open) -> None:
    client = await visit()
    await client.app[STORE].write(  # type: ignore[union-attr]
        setup.add_site, "shop", "Shop", ["https://shop.example.com"], "Asia/Shanghai", "SH"
    )
    shop = await client.get("/widget/frame?site=shop")
    assert shop.headers["Content-Security-Policy"].endswith("frame-ancestors 'self' https://shop.example.com")
    demo = await client.get("/widget/frame?site=demo")
    assert demo.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    for alone in ("/console", "/chat/shop"):
        page = await client.get(alone)
        assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


@pytest.mark.usefixtures("front")
async def test_built_files_are_kept_for_ever_and_what_names_them_is_asked_for_again(visit: Open) -> None:
    client = await visit()
    built = next((STATIC / "assets").glob("*.js")).name
    kept = await client.get(f"/static/assets/{built}")
    assert "immutable" in kept.headers["Cache-Control"]
    loader = await client.get("/widget.js")
    assert loader.headers["Cache-Control"] == "public, max-age=300"
    window = await client.get("/widget/frame?site=demo")
    assert window.headers["Cache-Control"] == loader.headers["Cache-Control"]
    assert (await client.get("/console")).headers["Cache-Control"] == "no-cache"


async def test_a_window_of_no_site_is_not_there(visit: Open) -> None:
    client = await visit()
    for path in ("/widget/frame?site=nowhere", "/widget/frame", "/chat/nowhere"):
        assert (await client.get(path)).status == 404


@pytest.mark.usefixtures("front")
async def test_a_window_on_its_own_has_the_sites_name_in_the_readers_language(visit: Open) -> None:
    client = await visit()
    for language, title in (("en-GB", "Qingye Shop"), ("zh", "晴野商城")):
        page = await (await client.get("/chat/demo", headers={"Accept-Language": language})).text()
        assert f"<title>{title}</title>" in page


@pytest.mark.usefixtures("front")
async def test_what_pages_of_other_origins_fetch_they_may_read_and_nothing_else(visit: Open) -> None:
    client = await visit()
    for path in ("/widget.js", "/widget/page.js", "/widget.d.ts"):
        answer = await client.get(path)
        assert answer.status == 200, path
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/widget/frame?site=demo", "/chat/demo", "/console", "/demo"):
        assert "Access-Control-Allow-Origin" not in (await client.get(path)).headers, path


async def test_the_demo_is_not_there_without_demo_data(visit: Open) -> None:
    client = await visit(demo=False)
    for path in ("/demo", "/demo/wallet", "/demo/identity?site=demo&as=u-1001"):
        assert (await client.get(path)).status == 404


async def test_it_says_that_it_lives_and_that_it_is_ready(visit: Open) -> None:
    client = await visit(work=True)  # one that does not work says that nobody does
    for path in ("/healthz", "/readyz"):
        answer = await client.get(path)
        assert (answer.status, await answer.json()) == (200, {"ok": True})


async def test_the_api_describes_itself(visit: Open) -> None:
    answer = await (await visit()).get("/api/openapi.json")
    described = await answer.json()
    assert described["openapi"].startswith("3.1")
    say = described["paths"]["/api/customer/say"]["post"]
    assert say["security"] == [{"bearer": []}]
    assert say["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Say"}
    assert described["components"]["schemas"]["Say"]["additionalProperties"] is False


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/pages/..%2f..%2fcli.py"])
async def test_no_path_leads_out_of_the_folders_that_are_served(visit: Open, path: str) -> None:
    assert (await (await visit()).get(path)).status in (403, 404)


async def test_who_asks_for_an_icon_gets_a_picture(visit: Open) -> None:
    answer = await (await visit()).get("/favicon.ico")
    assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    assert (await answer.read()).startswith(b"<svg")
