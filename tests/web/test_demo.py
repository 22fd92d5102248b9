"""The demo shop and the demo wallet: pages that embed the window and say who is signed in."""

from __future__ import annotations

import aiohttp
import pytest

from chat.seed import PASSWORD
from tests.conftest import Serve, Server, post


async def get(server: Server, path: str, language: str = "zh-CN") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(headers={"Accept-Language": language}) as http,
        http.get(server.url + path) as answer,
    ):
        return answer.status, await answer.text()


async def test_the_shop_embeds_the_window_in_one_line(serve: Serve) -> None:
    status, page = await get(await serve(), "/demo")

    assert status == 200
    assert page.count('<script async src="/widget.js" data-site="demo"') == 1


async def test_the_pages_speak_the_visitors_language_or_the_chosen_one(serve: Serve) -> None:
    server = await serve()

    assert '<html lang="zh-CN">' in (await get(server, "/demo"))[1]
    assert '<html lang="en">' in (await get(server, "/demo", language="en-GB"))[1]
    assert '<html lang="en">' in (await get(server, "/demo/wallet?lang=en"))[1]


async def test_a_clock_that_was_moved_is_told(serve: Serve) -> None:
    assert "服务时钟已调到 22:30" in (await get(await serve(at="22:30"), "/demo"))[1]


async def test_a_clock_that_was_not_moved_is_not_spoken_of(serve: Serve) -> None:
    assert "服务时钟" not in (await get(await serve(at=None), "/demo"))[1]


async def test_a_customer_sees_their_own_orders_and_a_guest_none(serve: Serve) -> None:
    server = await serve()

    assert "山野双肩包 24L" in (await get(server, "/demo?as=u-1001"))[1].split('id="goods"')[0]
    assert "山野双肩包 24L" not in (await get(server, "/demo"))[1].split('id="goods"')[0]


async def test_a_stranger_is_a_guest(serve: Serve) -> None:
    status, page = await get(await serve(), "/demo?as=%3Cscript%3E")

    assert status == 200
    assert 'data-person=""' in page


async def test_the_page_says_how_to_sign_in_as_an_agent(serve: Serve) -> None:
    page = (await get(await serve(), "/demo"))[1]

    assert PASSWORD in page
    assert "lin@demo.example" in page
    assert "--at 22:30" in page


async def test_the_sites_back_end_proves_who_is_signed_in(serve: Serve) -> None:
    server = await serve()
    async with aiohttp.ClientSession() as http:
        answer = await http.get(f"{server.url}/demo/identity?site=demo-wallet&as=u-1004")
        identity = (await answer.json())["token"]

    status, opened = await post(server, "/api/customer/session", {"site": "demo-wallet", "identity": identity})

    assert status == 200
    assert opened["value"]["customer"]["name"] == "张伟"


async def test_nobody_is_proved_to_be_a_stranger(serve: Serve) -> None:
    assert (await get(await serve(), "/demo/identity?as=u-9999"))[0] == 404


@pytest.mark.parametrize("path", ["/demo", "/demo/wallet", "/demo/widget-states", "/demo/identity?as=u-1001"])
async def test_without_demo_mode_there_is_no_demo_even_with_its_data(serve: Serve, path: str) -> None:
    assert (await get(await serve(demo=False), path))[0] == 404
