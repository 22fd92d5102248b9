"""What people see of a bad line: the window and the console behind a proxy that cuts, swallows and refuses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Locator, Page, WebSocketRoute, expect

from chat.seed import PASSWORD
from chat.store import Tx
from chat.store.queries import people as stored_people
from tests.browser.test_journeys import Keep
from tests.browser.test_widget import allow, ask, launcher, open_shop
from tests.conftest import Arrive, Serve, Server, Someone, new_client_id
from tests.faults.proxy import Proxy

BEACON = 25_000  # milliseconds: within it everything heals by itself
SOON = 10_000
RECONNECTING = "连接已中断，正在重新连接……"

Behind = Callable[[Server], Awaitable[Proxy]]


@pytest_asyncio.fixture(loop_scope="session")
async def behind() -> AsyncIterator[Behind]:
    """`await behind(server)`: a line to it that can be made bad."""
    async with AsyncExitStack() as stack:

        async def start(server: Server) -> Proxy:
            return await stack.enter_async_context(Proxy(int(server.url.rsplit(":", 1)[1])))

        yield start


async def open_page(chromium: Browser, url: str, **options: Any) -> Page:
    given = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1280, "height": 800}}
    page = await (await chromium.new_context(**{**given, **options})).new_page()
    page.set_default_timeout(SOON)
    await page.goto(url)
    return page


async def open_window(chromium: Browser, line: Proxy, **options: Any) -> Page:
    return await open_page(chromium, f"{line.url}/widget/frame?site=demo", **options)


async def begin(page: Page, body: str) -> None:
    await page.locator("[name=topic]").select_option("refund")
    await page.locator("[name=body]").fill(body)
    await page.locator("form button:not([type])").click()
    await expect(texts(page)).to_have_text([body])


async def write(page: Page | FrameLocator, *bodies: str) -> None:
    for body in bodies:
        await page.locator("#composer").fill(body)
        await page.locator("#composer").press("Enter")


def texts(page: Page | FrameLocator) -> Locator:
    """What customer and agent have said."""
    return page.locator(".block .text")


async def rows(page: Page, log: str = ".log") -> list[str]:
    """Every row of the log as it is drawn, with its marks."""
    drawn: list[str] = await page.locator(f"{log} > *").all_inner_texts()
    return drawn


async def talk(chromium: Browser, line: Proxy, mei: Someone, **options: Any) -> tuple[Page, str]:
    """A customer's window, with Mei at the other end."""
    page = await open_window(chromium, line, **options)
    await begin(page, "想退款")
    await expect(page.locator(".pending")).to_have_count(0)  # the queue knows of a conversation before its first words
    room = (await mei.do("pick"))["conversation"]["id"]
    await expect(page.locator(".desk")).to_have_text(re.compile("陈梅"))
    return page, room


async def console(chromium: Browser, line: Proxy, name: str = "mei", **options: Any) -> Page:
    page = await open_page(chromium, f"{line.url}/console", **{"locale": "en", **options})
    await sign_in(page, name)
    return page


async def sign_in(page: Page, name: str) -> None:
    await page.get_by_label("E-mail").fill(f"{name}@demo.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation").first).to_be_visible()


def break_off(line: Proxy) -> None:
    line.refusing = True
    line.cut()


async def test_after_an_outage_the_window_shows_what_a_fresh_one_shows(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    await mei.say(room, "您好")
    break_off(line)
    await expect(page.get_by_text(RECONNECTING)).to_be_visible()
    await expect(texts(page)).to_have_text(["想退款", "您好"])  # never an empty conversation
    await write(page, "第一条", "第二条")
    await expect(page.get_by_text("网络恢复后自动发送")).to_have_count(2)
    for number in range(3):
        await mei.say(room, f"还有 {number}")
    await mei.do("note", conversation_id=room, client_id=room, body="只有同事能看")
    await mei.do("read", conversation_id=room, seq=(await mei.do("sync"))["desk"]["mine"][0]["last_seq"])
    await mei.do("close", conversation_id=room)
    line.heal()
    await expect(page.locator(".pending")).to_have_count(0, timeout=BEACON)
    await expect(page.get_by_text(RECONNECTING)).to_have_count(0, timeout=BEACON)
    await expect(page.locator(".log[aria-busy=false]")).to_have_count(1)
    fresh = await page.context.new_page()
    await fresh.goto(page.url)
    await expect(texts(fresh)).to_have_count(7)
    assert await rows(page) == await rows(fresh)
    assert (await texts(page).all_inner_texts())[-2:] == ["第一条", "第二条"]  # they opened it again
    assert "只有同事能看" not in await fresh.content()


async def test_after_an_outage_the_console_shows_what_a_fresh_one_shows(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, customer: Arrive
) -> None:
    server = await serve()
    line = await behind(server)
    fang, david = await customer(server), await agent(server, "david")
    room = (await fang.do("start", topic="refund"))["conversation"]["id"]
    await fang.say(room, "想退款")
    page = await console(chromium, line)
    await page.locator(".row").first.wait_for()
    await page.goto(f"{line.url}/console#/queue/{room}")
    await page.get_by_role("button", name="Take", exact=True).click()
    await expect(page.get_by_label("Reply to the customer")).to_be_visible()
    await page.get_by_label("Reply to the customer").fill("您好")
    await page.get_by_label("Reply to the customer").press("Enter")
    await expect(page.locator(".read-mark")).to_have_count(1)
    break_off(line)
    await expect(page.get_by_text(re.compile("Reconnecting"))).to_be_visible()
    await page.get_by_label("Reply to the customer").fill("我查一下")
    await page.get_by_label("Reply to the customer").press("Enter")
    await page.get_by_role("button", name="Note", exact=True).first.click()
    await page.get_by_label(re.compile("^Note")).last.fill("老客户")
    await page.get_by_label(re.compile("^Note")).last.press("Enter")
    await expect(page.locator(".log .pending")).to_have_count(2)
    await fang.say(room, "在吗？")
    await fang.do("read", conversation_id=room, seq=4)
    await david.do("note", conversation_id=room, client_id=room, body="上周也来过")
    line.heal()
    await expect(page.locator(".log .pending")).to_have_count(0, timeout=BEACON)
    await expect(page.get_by_text("上周也来过")).to_have_count(1)
    await expect(page.locator(".log").get_by_text("在吗？")).to_have_count(1)
    fresh = await page.context.new_page()
    await fresh.goto(page.url)
    await expect(fresh.locator(".log").get_by_text("我查一下")).to_have_count(1)
    await expect(fresh.locator(".log[aria-busy=false]")).to_have_count(1)
    assert await rows(page, ".log-lines") == await rows(fresh, ".log-lines")
    assert await page.locator(".rail").inner_text() == await fresh.locator(".rail").inner_text()
    assert await page.locator(".list").inner_text() == await fresh.locator(".list").inner_text()
    said = (await david.do("sync", conversation_id=room, after_seq=0))["messages"]
    assert [one["body"] for one in said if one["author"]["kind"] == "agent"] == ["您好", "我查一下"]


@pytest.mark.parametrize(("websockets", "seconds"), [("refuse", 0.0), ("cut", 1.0), ("swallow", 0.0)])
async def test_where_a_proxy_kills_websockets_the_window_talks_over_http_and_returns(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, websockets: Any, seconds: float
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    line.websockets, line.websocket_seconds = websockets, seconds
    line.cut()
    await write(page, "一", "二")
    await expect(page.locator(".pending")).to_have_count(0, timeout=SOON)  # while it switches
    await mei.say(room, "三")
    await expect(texts(page)).to_have_text(["想退款", "一", "二", "三"], timeout=SOON)
    await mei.say(room, "四")
    await write(page, "五")
    await expect(page.locator(".pending")).to_have_count(0)
    await expect(texts(page)).to_have_text(["想退款", "一", "二", "三", "四", "五"])
    await expect(page.get_by_text(RECONNECTING)).to_have_count(0)
    line.heal()
    if seconds:
        line.cut()
    async with asyncio.timeout(60):
        while not await types(mei, room, page):
            pass
    await write(page, "六")
    log = (await mei.hears("message", lambda message: message["body"] == "六"))["seq"]
    said = (await mei.do("sync", conversation_id=room, after_seq=0))["messages"]
    customers = [message["body"] for message in said if message["author"]["kind"] == "customer"]
    assert customers == ["想退款", "一", "二", "五", "六"]
    assert len({message["seq"] for message in said}) == len(said) == log


async def types(mei: Someone, room: str, page: Page) -> bool:
    """Typing marks come over the socket alone."""
    await mei.do("typing", conversation_id=room)
    try:
        await page.get_by_text("陈梅 正在输入……").wait_for(timeout=2_000)
    except Exception:
        return False
    return True


async def test_a_socket_that_opens_and_then_swallows_everything_is_no_line(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    context = await chromium.new_context(locale="zh-CN")

    def swallow(socket: WebSocketRoute) -> None:
        """Lets in, then takes everything and gives nothing, as some inspecting proxies do."""
        socket.on_message(lambda message: socket.send('40/customer,{"sid":"x"}') if message[:2] == "40" else None)
        socket.send('0{"sid":"x","upgrades":[],"pingInterval":15000,"pingTimeout":8000,"maxPayload":100000}')

    await context.route_web_socket("**/socket.io/**", swallow)
    page = await context.new_page()
    await page.goto(f"{line.url}/widget/frame?site=demo")
    await begin(page, "想退款")
    await expect(page.locator(".pending")).to_have_count(0)  # the queue knows of a conversation before its first words
    room = (await mei.do("pick"))["conversation"]["id"]
    await mei.say(room, "您好")
    await expect(texts(page)).to_have_text(["想退款", "您好"], timeout=SOON)
    await write(page, "订单号 1001")
    await mei.hears("message", lambda message: message["body"] == "订单号 1001")
    await expect(page.locator(".pending")).to_have_count(0)
    await expect(page.get_by_text(RECONNECTING)).to_have_count(0)


@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_line_that_is_lost_one_way_heals_within_a_beacon(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, way: str
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    getattr(line, way).black_hole = True
    await write(page, "听得到吗？")
    if way == "up":
        await mei.say(room, "在")  # news still come, but nothing leaves
        await expect(texts(page).get_by_text("在")).to_have_count(1)
    await expect(page.locator(".pending")).to_have_count(1)
    getattr(line, way).black_hole = False  # what comes new passes; the old connection has lost something for good
    await mei.say(room, "您好")
    await expect(page.locator(".pending")).to_have_count(0, timeout=BEACON)
    await expect(texts(page).get_by_text("您好")).to_have_count(1, timeout=BEACON)
    await expect(texts(page).get_by_text("听得到吗？")).to_have_count(1)


async def test_a_page_that_only_listens_notices_by_itself_that_it_hears_nothing(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, customer: Arrive
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    fang = await customer(server)
    other = (await fang.do("start", topic="other"))["conversation"]["id"]
    await fang.say(other, "密码忘了")
    desk = await console(chromium, line, "david")
    await desk.goto(f"{line.url}/console#/queue/{other}")
    await expect(desk.locator(".log").get_by_text("密码忘了")).to_be_visible()
    lose_what_comes(line)
    await mei.say(room, "您还在吗？")
    await fang.say(other, "有人吗？")
    await expect(texts(page).get_by_text("您还在吗？")).to_have_count(1, timeout=BEACON)
    await expect(desk.locator(".log").get_by_text("有人吗？")).to_have_count(1, timeout=BEACON)


def lose_what_comes(line: Proxy) -> None:
    """On the connections there are, with nobody told, as a sleeping laptop's router does; new ones work."""
    for connection in list(line._open):
        connection._swallowed.add("down")


@pytest.mark.parametrize("event", ["visibilitychange", "resume", "pageshow", "online"])
async def test_a_page_that_wakes_does_not_trust_the_line_it_had(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, event: str
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    lose_what_comes(line)
    await mei.say(room, "您还在吗？")
    target = "document" if event in ("visibilitychange", "resume") else "window"
    await page.evaluate(f"{target}.dispatchEvent(new Event('{event}'))")
    await expect(texts(page).get_by_text("您还在吗？")).to_have_count(1, timeout=8_000)


async def test_a_reload_without_an_answer_shows_what_was_there_and_goes_on_by_itself(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    await mei.say(room, "您好，请问订单号是多少？")
    await expect(texts(page)).to_have_count(2)
    is_down = True

    async def answer(route: Any) -> None:
        await (route.abort() if is_down else route.fallback())

    await page.route("**/api/**", answer)
    line.websockets = "refuse"
    await page.reload()
    await expect(page.get_by_text(RECONNECTING)).to_be_visible()
    await expect(texts(page)).to_have_text(["想退款", "您好，请问订单号是多少？"])
    await write(page, "QY-1001")
    await page.reload()
    await expect(page.locator(".pending")).to_have_text(re.compile("QY-1001"))
    await page.set_viewport_size({"width": 375, "height": 667})
    await expect(page.locator(".log > .block").first).to_have_css(
        "filter", "grayscale(1)"
    )  # out of date, and seen to be
    await screenshot(page, "window-reconnecting-phone")
    await page.emulate_media(color_scheme="dark")
    await screenshot(page, "window-reconnecting-phone-dark")
    is_down = False
    line.heal()
    await expect(page.locator(".pending")).to_have_count(0, timeout=BEACON)
    await expect(page.get_by_text(RECONNECTING)).to_have_count(0, timeout=BEACON)
    said = (await mei.do("sync", conversation_id=room, after_seq=0))["messages"]
    assert [one["body"] for one in said if one["author"]["kind"] == "customer"] == ["想退款", "QY-1001"]


async def test_who_walks_on_through_the_shop_while_nobody_answers_keeps_the_conversation(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    shop, origin = await open_shop(line.url, "127.0.0.1")
    try:
        await allow(server, origin)
        page = await open_page(chromium, origin)  # with no route of Playwright's, which would do without the cache
        inside = await ask(page, "想退款")
        break_off(line)
        for go in (lambda: page.goto(f"{origin}/?next"), page.reload):
            await go()
            await launcher(page).click()
            await expect(inside.get_by_text(RECONNECTING)).to_be_visible()
            await expect(texts(inside).first).to_have_text("想退款")
            await write(inside, "还在吗？")
        await screenshot(page, "window-walked-on")
        line.heal()
        await expect(inside.locator(".pending")).to_have_count(0, timeout=BEACON)
        room = (await mei.do("pick"))["conversation"]["id"]
        said = (await mei.do("sync", conversation_id=room, after_seq=0))["messages"]
        customers = [message["body"] for message in said if message["author"]["kind"] == "customer"]
        assert customers == ["想退款", "还在吗？", "还在吗？"]
    finally:
        await shop.cleanup()


async def test_a_window_that_finds_nobody_says_so_and_opens_by_itself(
    serve: Serve, chromium: Browser, behind: Behind, screenshot: Keep
) -> None:
    line = await behind(await serve())
    page = await open_page(chromium, f"{line.url}/healthz", locale="en")
    is_down = True

    async def answer(route: Any) -> None:
        await (route.abort() if is_down else route.fallback())

    await page.route("**/api/**", answer)
    await page.goto(f"{line.url}/widget/frame?site=demo")
    await expect(page.get_by_text("We cannot be reached right now.")).to_be_visible()
    await screenshot(page, "window-nobody")
    is_down = False
    await expect(page.locator("form")).to_be_visible(timeout=BEACON)


async def test_what_the_server_refuses_stays_as_failed_through_a_reload(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, customer: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    line = await behind(server)
    fang, lin = await customer(server), await agent(server, "lin")
    room = (await fang.do("start", topic="refund"))["conversation"]["id"]
    await fang.say(room, "想退款")
    page = await console(chromium, line)
    await page.goto(f"{line.url}/console#/queue/{room}")
    await page.get_by_role("button", name="Take", exact=True).click()
    await page.get_by_label("Reply to the customer").fill("我查一下")
    await fang.hears("typing")  # so what was asked before is answered
    break_off(line)
    await expect(page.get_by_text(re.compile("Reconnecting"))).to_be_visible()
    await page.get_by_label("Reply to the customer").press("Enter")
    await lin.do("close", conversation_id=room)
    await screenshot(page, "console-reconnecting")
    line.heal()
    failed = page.locator(".log .pending")
    await expect(failed).to_have_text(re.compile("Not sent"), timeout=BEACON)
    ended = re.compile("has ended")
    await expect(page.locator(".toast")).to_have_text([ended])  # and none for what the page asks again by itself
    told, unsent = await page.locator(".toast").bounding_box(), await failed.bounding_box()
    assert told is not None
    assert unsent is not None
    assert told["y"] + told["height"] < unsent["y"]  # why it was not sent does not lie upon what was not sent
    await screenshot(page, "console-not-sent")
    await page.reload()
    await expect(failed).to_have_text(re.compile("Not sent"))
    await failed.get_by_role("button", name="Try again").click()
    await expect(failed).to_have_text(re.compile("Not sent"))
    await failed.get_by_role("button", name="Discard").click()
    await expect(failed).to_have_count(0)
    await page.reload()
    await expect(page.locator(".log").get_by_text("想退款")).to_be_visible()
    await expect(failed).to_have_count(0)


async def replace_store_id(server: Server) -> None:
    def change(tx: Tx, now: datetime) -> None:
        stored_people.set_meta(tx, "store_id", new_client_id())

    await server.store.write(change)


async def test_what_was_written_for_a_database_that_was_replaced_is_forgotten(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    break_off(line)
    await expect(page.get_by_text(RECONNECTING)).to_be_visible()
    await write(page, "写给旧的")
    await replace_store_id(server)
    line.heal()
    await expect(page.get_by_text(RECONNECTING)).to_have_count(0, timeout=BEACON)
    await expect(texts(page)).to_have_text(["想退款"])
    said = (await mei.do("sync", conversation_id=room, after_seq=0))["messages"]
    assert "写给旧的" not in [one["body"] for one in said]


async def test_where_the_new_database_does_not_know_anybody_one_begins_anew(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive, tmp_path: Path
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, _ = await talk(chromium, line, mei)
    desk = await console(chromium, line, "david")
    (tmp_path / "other").mkdir()
    other = await serve(data_dir=tmp_path / "other")
    await replace_store_id(other)
    line.upstreams = [int(other.url.rsplit(":", 1)[1])]
    line.cut()
    await expect(page.get_by_role("button", name="开始咨询")).to_be_visible(timeout=BEACON)
    await expect(page.get_by_text("想退款")).to_have_count(0)
    await begin(page, "再来一次")
    await expect(desk.get_by_role("button", name="Sign in")).to_be_visible(timeout=BEACON)
    await sign_in(desk, "david")
    await expect(desk.locator(".row").get_by_text("再来一次")).to_have_count(1)


async def test_messages_typed_as_fast_as_one_can_keep_their_order_on_both_sides(
    serve: Serve, chromium: Browser, behind: Behind, agent: Arrive
) -> None:
    server = await serve()
    mei, line = await agent(server), await behind(server)
    page, room = await talk(chromium, line, mei)
    line.up.delay, line.up.jitter = 0.02, 0.05
    typed = [f"第 {number} 句" for number in range(25)]
    await write(page, *typed)
    await expect(texts(page)).to_have_text(["想退款", *typed], timeout=BEACON)
    await expect(page.locator(".pending")).to_have_count(0, timeout=BEACON)
    assert await texts(page).all_inner_texts() == ["想退款", *typed]
    said = (await mei.do("sync", conversation_id=room, after_seq=0))["messages"]
    assert [one["body"] for one in said if one["author"]["kind"] == "customer"] == ["想退款", *typed]
