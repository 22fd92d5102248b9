"""The chat window in a real browser, on a page of another origin with a strict content security policy."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    Route,
    WebSocketRoute,
    expect,
)

from chat.store import Tx
from chat.store.queries import people as stored_people
from chat.web.assets import STATIC
from chat.web.keys import DOOR
from chat.work.sweep import Sweep
from tests.browser.conftest import missing
from tests.conftest import PATIENCE, Arrive, Serve, Server
from tests.faults.senders import until

PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>晴野商城</title>
<body><h1>晴野商城</h1><button id="buy">加入购物车</button>
<script async src="{chat}/widget.js" data-site="demo"></script></body></html>"""


async def open_shop(chat: str, host: str) -> tuple[web.AppRunner, str]:
    """The shop's own web server, at another origin than the chat's, with a strict policy."""
    policy = f"default-src 'none'; script-src {chat}; frame-src {chat}"

    async def serve_page(request: web.Request) -> web.Response:
        text = PAGE.format(chat=chat)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", serve_page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://{host}:{runner.addresses[0][1]}"


async def allow(server: Server, *origins: str) -> None:
    """Lets the pages of these origins embed the window, as the site's settings do."""

    def change(tx: Tx, now: datetime) -> None:
        site = stored_people.site_by_key(tx, "demo")
        assert site is not None
        site.origins = list(origins)

    await server.store.write(change)
    await server.app[DOOR].open()


@dataclass
class Shop:
    """A customer's browser on the shop's page."""

    context: BrowserContext
    server: Server
    origin: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)
    is_down: bool = False

    async def visit(self) -> Page:
        page = await self.context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.origin)
        await expect(launcher(page)).to_be_visible()
        return page

    async def prepare(self) -> None:
        await self.context.route_web_socket("**/socket.io/**", self._carry)
        await self.context.route("**/api/**", self._pass)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _carry(self, socket: WebSocketRoute) -> None:
        if self.is_down:
            return
        socket.connect_to_server()
        self.sockets.append(socket)

    async def _pass(self, route: Route) -> None:
        await (route.abort() if self.is_down else route.continue_())

    async def go_down(self) -> None:
        self.is_down = True
        for socket in self.sockets:
            await socket.close()


Visit = Callable[..., Awaitable[Shop]]


@pytest_asyncio.fixture(loop_scope="session")
async def shop(chromium: Browser) -> AsyncIterator[Visit]:
    async with AsyncExitStack() as stack:

        async def come(server: Server, host: str = "127.0.0.1", **browser: Any) -> Shop:
            runner, origin = await open_shop(server.url, host)
            stack.push_async_callback(runner.cleanup)
            await allow(server, origin)
            given = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1280, "height": 800}}
            context = await chromium.new_context(**{**given, **browser})
            stack.push_async_callback(context.close)
            shop = Shop(context, server, origin)
            await shop.prepare()
            return shop

        yield come


def launcher(page: Page) -> Locator:
    return page.locator("nightdesk-chat button")


def window(page: Page) -> FrameLocator:
    return page.frame_locator("nightdesk-chat iframe")


async def ask(page: Page, body: str, topic: str = "refund", contact: str = "") -> FrameLocator:
    """Opens the window and begins a conversation."""
    await launcher(page).click()
    inside = window(page)
    await inside.locator("[name=topic]").select_option(topic)
    if contact:
        await inside.locator("[name=contact]").fill(contact)
    await inside.locator("[name=body]").fill(body)
    await inside.locator("form button:not([type])").click()
    await expect(texts(inside).first).to_have_text(body)
    await expect(inside.locator(".pending")).to_have_count(0)
    return inside


def texts(inside: FrameLocator) -> Locator:
    """What customer and agent have said."""
    return inside.locator(".block .text")


async def write(inside: FrameLocator, text: str) -> None:
    await inside.locator("#composer").fill(text)
    await inside.locator("#composer").press("Enter")


async def test_a_page_pays_nothing_before_the_button_is_used(serve: Serve, shop: Visit) -> None:
    server = await serve()
    fang = await shop(server)
    page = await fang.visit()
    await page.wait_for_load_state("networkidle")
    assert fang.asked == [f"{fang.origin}/", f"{server.url}/widget.js"]
    assert await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    await launcher(page).click()
    await expect(window(page).locator("form")).to_be_visible()
    assert fang.complaints == []


async def test_customer_and_agent_talk_and_a_reload_loses_nothing(serve: Serve, shop: Visit, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    fang = await shop(server)
    page = await fang.visit()
    inside = await ask(page, "外套尺码不对，想退款。")
    await expect(inside.get_by_text("正在排队，您是下一位")).to_be_visible()
    room = (await mei.do("pick"))["conversation"]["id"]
    await mei.say(room, "您好，请告诉我订单号。")
    await write(inside, "QY-1001")
    said = ["外套尺码不对，想退款。", "您好，请告诉我订单号。", "QY-1001"]
    await expect(texts(inside)).to_have_text(said)
    await expect(inside.locator(".desk")).to_have_text("陈梅 正在为您服务")
    await expect(inside.locator(".safety")).to_be_visible()

    another_tab = await fang.visit()
    await launcher(another_tab).click()
    await expect(texts(window(another_tab))).to_have_text(said)
    await page.reload()
    await launcher(page).click()
    await expect(texts(window(page))).to_have_text(said)

    await write(window(another_tab), "在吗？")
    await expect(texts(window(page))).to_have_text([*said, "在吗？"])

    await mei.say(room, "\n".join(f"第 {line} 步" for line in range(1, 60)))  # read from its beginning
    to_end = inside.get_by_role("button", name="回到最新消息")
    await to_end.click()
    await expect(to_end).to_have_count(0)
    await expect(inside.locator(".block .meta").last).to_be_in_viewport()
    assert fang.complaints == []


async def test_an_answer_is_counted_on_the_button_until_it_is_seen(serve: Serve, shop: Visit, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    page = await (await shop(server)).visit()
    await ask(page, "退款到哪一步了？")
    room = (await mei.do("pick"))["conversation"]["id"]
    await launcher(page).click()
    await mei.say(room, "正在审核。")
    await expect(launcher(page)).to_have_attribute("aria-label", "在线客服 (1)")
    await launcher(page).click()
    await expect(launcher(page)).to_have_attribute("aria-label", "在线客服")
    await mei.hears("read", lambda mark: mark["by"] == "customer")


async def test_what_is_written_while_the_line_is_down_arrives_once(serve: Serve, shop: Visit, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    fang = await shop(server)
    page = await fang.visit()
    inside = await ask(page, "付款失败了。", topic="payment_failure")
    room = (await mei.do("pick"))["conversation"]["id"]
    await expect(inside.locator(".desk")).to_have_text("陈梅 正在为您服务")
    await fang.go_down()
    await expect(inside.get_by_text("连接已中断，正在重新连接…")).to_be_visible()
    await write(inside, "第一条")
    await write(inside, "第二条")
    await mei.say(room, "您还在吗？")
    await expect(inside.get_by_text("网络恢复后自动发送")).to_have_count(2)
    fang.is_down = False
    await expect(texts(inside)).to_have_text(["付款失败了。", "您还在吗？", "第一条", "第二条"], timeout=30_000)
    await expect(inside.locator(".pending")).to_have_count(0, timeout=30_000)
    log = (await mei.do("sync", conversation_id=room, after_seq=0))["messages"]
    assert [message["body"] for message in log if message["author"]["kind"] == "customer"] == [
        "付款失败了。",
        "第一条",
        "第二条",
    ]


async def test_at_night_the_bot_answers_and_takes_a_message(serve: Serve, shop: Visit, agent: Arrive) -> None:
    server = await serve(at="22:30")
    mei = await agent(server)
    page = await (await shop(server)).visit()
    inside = await ask(page, "在吗？我家猫把键盘踩坏了怎么办", topic="other")
    await expect(inside.locator(".desk")).to_have_text("明天 09:00 开始服务")
    await inside.get_by_role("button", name="给客服留言").last.click()
    await inside.locator("[name=body]").fill("请明天回电。")
    await inside.get_by_role("button", name="提交留言").click()
    await expect(inside.get_by_text("请填写邮箱或手机号，以便客服回复您。")).to_be_visible()
    await inside.locator("[name=email]").fill("fang@demo.example")
    await inside.get_by_role("button", name="提交留言").click()
    await expect(inside.get_by_text("我们会在明天 13:00 前回复您。")).to_be_visible()
    await expect(inside.get_by_text("请明天回电。")).to_have_count(1)
    inbox = (await mei.do("sync"))["desk"]["inbox"]
    assert "fang@demo.example" in [(one.get("contact_details") or {}).get("email") for one in inbox]


async def test_it_ends_with_a_rating_and_begins_anew(serve: Serve, shop: Visit, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    page = await (await shop(server)).visit()
    inside = await ask(page, "密码忘了。", topic="password_help")
    room = (await mei.do("pick"))["conversation"]["id"]
    await mei.do("close", conversation_id=room)
    await inside.get_by_role("radio", name="4 星").check()
    await inside.locator("#comment").fill("很快")
    await inside.get_by_role("button", name="提交评价").click()
    await expect(inside.get_by_text("感谢您的评价！")).to_be_visible()
    rated = (await mei.do("sync", conversation_id=room, after_seq=0))["conversation"]
    assert (rated["score"], rated["comment"]) == (4, "很快")
    await inside.get_by_role("button", name="开始新会话").click()
    await inside.locator("[name=topic]").select_option("other")
    await inside.locator("[name=body]").fill("还有一个问题。")
    await inside.get_by_role("button", name="开始咨询").click()
    await expect(texts(inside)).to_have_text(["还有一个问题。"])


async def test_the_customer_ends_it_only_after_being_asked(serve: Serve, shop: Visit) -> None:
    fang = await shop(await serve())
    # The question is a part of its own; styles that are lost on the way are asked for again.
    await fang.context.route(re.compile(r"/Ending-.*\.css$"), lambda route: route.abort(), times=1)
    page = await fang.visit()
    inside = await ask(page, "没事了。", topic="other")
    await inside.get_by_role("button", name="更多选项").click()
    await inside.get_by_role("button", name="结束会话").click()
    await inside.get_by_role("button", name="继续咨询").click()
    await expect(inside.locator("#composer")).to_be_visible()
    await inside.get_by_role("button", name="更多选项").click()
    await inside.get_by_role("button", name="结束会话").click()
    await inside.locator("dialog").get_by_role("button", name="结束会话").click()
    await expect(inside.get_by_text("请为本次服务打分")).to_be_visible()
    assert len([url for url in fang.asked if "/Ending-" in url and url.endswith(".css")]) == 2


async def test_a_part_that_does_not_come_says_so_and_is_asked_for_again(serve: Serve, shop: Visit) -> None:
    fang = await shop(await serve())
    await fang.context.route(re.compile(r"/mine-.*\.js$"), lambda route: route.abort())
    page = await fang.visit()
    await launcher(page).click()
    inside = window(page)
    await inside.get_by_role("button", name="我的订单与申请").click()
    again = inside.get_by_role("alert").filter(has_text="还没有加载出来").get_by_role("button", name="立即重试")
    await expect(again).to_be_visible()
    await fang.context.unroute(re.compile(r"/mine-.*\.js$"))
    await again.click()
    await expect(inside.locator(".others")).to_be_visible()


async def test_it_works_by_keyboard_alone(serve: Serve, shop: Visit) -> None:
    page = await (await shop(await serve())).visit()
    await page.locator("#buy").focus()
    await page.keyboard.press("Tab")
    await expect(launcher(page)).to_be_focused()
    await page.keyboard.press("Enter")
    inside = window(page)
    await expect(inside.locator("form")).to_be_visible()
    for _ in range(3):
        await page.keyboard.press("Tab")
    await expect(inside.locator("[name=topic]")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(inside.locator("form")).to_be_hidden()
    await expect(launcher(page)).to_be_focused()


async def test_on_a_phone_the_window_is_the_screen(serve: Serve, shop: Visit) -> None:
    page = await (await shop(await serve(), viewport={"width": 375, "height": 667})).visit()
    await launcher(page).click()
    await expect(window(page).locator("form")).to_be_visible()
    assert await page.locator("nightdesk-chat iframe").bounding_box() == {"x": 0, "y": 0, "width": 375, "height": 667}


async def test_the_reader_chooses_the_language_and_it_stays(serve: Serve, shop: Visit) -> None:
    page = await (await shop(await serve())).visit()
    inside = await ask(page, "你好", topic="other")
    await inside.get_by_role("button", name="更多选项").click()
    await inside.get_by_role("button", name="English").click()
    await expect(inside.get_by_text("You are next in line")).to_be_visible()
    await expect(inside.locator("h1")).to_have_text("Qingye Shop")
    await page.reload()
    await launcher(page).click()
    await expect(window(page).get_by_text("You are next in line")).to_be_visible()


async def test_the_page_speaks_to_the_window_through_its_one_function(serve: Serve, shop: Visit, agent: Arrive) -> None:
    server = await serve()
    mei = await agent(server)
    page = await (await shop(server)).visit()
    assert (await page.evaluate("Nightdesk('status')"))["open"] is True
    await page.evaluate("Nightdesk('attach', {order: 'QY-2002'})")
    await page.evaluate("Nightdesk('newMessage', {text: '这单少发了一件', topic: 'refund'})")
    inside = window(page)
    await expect(inside.locator("[name=body]")).to_have_value("这单少发了一件")
    await expect(inside.locator("[name=order_number]")).to_have_value("QY-2002")
    await inside.get_by_role("button", name="开始咨询").click()
    await expect(texts(inside)).to_have_text(["这单少发了一件"])
    waiting = (await mei.do("sync"))["desk"]["waiting"]
    assert "QY-2002" in [(one.get("form") or {}).get("order_number") for one in waiting]
    await page.evaluate("Nightdesk('logout')")
    await expect(inside.get_by_role("button", name="开始咨询")).to_be_visible()
    await expect(inside.get_by_text("这单少发了一件")).to_have_count(0)
    with pytest.raises(Exception, match="no command"):
        await page.evaluate("Nightdesk('dance')")


async def test_a_page_the_site_does_not_know_cannot_show_the_window(serve: Serve, shop: Visit) -> None:
    server = await serve()
    fang = await shop(server)
    await allow(server, "https://another.example")
    page = await fang.visit()
    await launcher(page).click()
    await until(lambda: any("frame-ancestors" in complaint for complaint in fang.complaints), PATIENCE)
    await expect(window(page).locator("form")).to_have_count(0)


async def test_where_the_browser_forbids_storage_to_frames_one_can_still_talk(
    serve: Serve, shop: Visit, agent: Arrive
) -> None:
    server = await serve()
    mei = await agent(server)
    fang = await shop(server, host="localhost")  # another site than 127.0.0.1, so this Chromium forbids it
    page = await fang.visit()
    inside = await ask(page, "你好", topic="other")
    room = (await mei.do("pick"))["conversation"]["id"]
    await mei.say(room, "您好，请讲。")
    await expect(texts(inside)).to_have_text(["你好", "您好，请讲。"])
    assert fang.complaints == []
    await fang.go_down()
    await expect(inside.get_by_text("连接已中断，正在重新连接…")).to_be_visible()
    await write(inside, "还在吗？")
    await mei.say(room, "在的。")
    fang.is_down = False
    await expect(texts(inside)).to_have_text(["你好", "您好，请讲。", "在的。", "还在吗？"], timeout=30_000)
    await expect(inside.locator(".pending")).to_have_count(0, timeout=30_000)


def test_window_and_console_keep_within_their_weight() -> None:
    manifests = [STATIC / ".vite" / f"{part}.json" for part in ("widget", "console")]
    if not all(file.exists() for file in manifests):
        missing("the built front end (make test builds it)")
    manifest, console = (json.loads(file.read_text()) for file in manifests)

    def weight(of: dict[str, Any], *entries: str) -> int:
        files = {file for entry in entries for file in files_at_once(of, entry)}
        return sum(len(gzip.compress((STATIC / file).read_bytes())) for file in files if not file.endswith(".json"))

    assert weight(manifest, "widget/src/loader.ts") <= 2 * 1024
    assert weight(manifest, "widget/src/page.ts") <= 2.5 * 1024
    # All that the intent fetches; with what somebody sees who has written here before; with every part there is.
    at_first = ("widget/src/page.ts", "widget/src/app/main.tsx")
    talk = next(name for name, part in manifest.items() if part.get("name") == "Talk")
    assert weight(manifest, *at_first) <= 25 * 1024
    assert weight(manifest, *at_first, talk) <= 29.5 * 1024
    assert weight(manifest, *manifest) <= 66 * 1024
    words = [f"chat/texts/zh-CN/{table}.json" for table in ("shared", "console")]
    assert weight(console, "agent_console/src/main.tsx", *words) <= 80 * 1024
    loader = (STATIC / manifest["widget/src/loader.ts"]["file"]).read_text()
    assert loader.startswith("(()=>{")  # a classic script that leaves no names on the page
    assert loader.rstrip().endswith("})();")


def files_at_once(manifest: dict[str, Any], name: str) -> set[str]:
    """What a browser downloads before that entry runs."""
    entry = manifest[name]
    files = {entry["file"], *entry.get("css", [])}
    return files.union(*(files_at_once(manifest, part) for part in entry.get("imports", [])))


async def move_clock(server: Server, **distance: float) -> None:
    """The desk's clock, and a round of what is looked after by itself."""
    clock = server.store.clock
    server.store.clock = replace(clock, desk_offset=clock.desk_offset + timedelta(**distance))
    await Sweep(server.store).look(0, clock.now())


async def test_who_waits_sees_their_place_and_the_wait_and_chooses_at_closing_time(
    serve: Serve, shop: Visit, customer: Arrive, agent: Arrive, screenshot: Callable[..., Awaitable[object]]
) -> None:
    server = await serve(at="20:45", work=False)
    before, mei = await customer(server), await agent(server)
    first = (await before.do("start", topic="other"))["conversation"]
    page = await (await shop(server)).visit()
    inside = await ask(page, "我想退款")
    standing = inside.locator(".standing")
    await expect(standing.get_by_role("status")).to_have_text("正在排队，前面还有 1 位")
    await expect(standing).to_contain_text("分钟")
    await screenshot(page, "window-waiting")

    await mei.do("pick", conversation_id=first["id"])
    await expect(standing.get_by_role("status")).to_have_text("正在排队，您是下一位")
    await mei.do("set_presence", status="away")
    await expect(standing).to_contain_text("客服暂时不在")

    await move_clock(server, minutes=16)
    await expect(inside.locator(".log")).to_contain_text("客服已下班")
    await expect(standing).to_contain_text("明天 09:00 开始服务", timeout=15_000)
    await screenshot(page, "window-closing-time")
    await expect(standing.get_by_role("button")).to_have_text(["结束会话", "给客服留言"])
    await standing.get_by_role("button", name="给客服留言").click()
    await expect(inside.locator(".greeting")).to_contain_text("我们会在明天 13:00 前在这里回复您")
    await expect(inside.locator("blockquote")).to_contain_text("我想退款")
    await screenshot(page, "window-leaving")
    await inside.locator("[name=email]").fill("fang@mail.example")
    await inside.get_by_role("button", name="提交留言").click()
    await expect(standing).to_contain_text("我们会在明天 13:00 前回复您")
    await expect(texts(inside)).to_have_text(["我想退款"])


async def test_a_customer_far_away_reads_the_opening_by_their_own_clock_and_day(serve: Serve, shop: Visit) -> None:
    server = await serve(at="2026-03-03T22:30", work=False)
    page = await (await shop(server, locale="en-GB", timezone_id="America/New_York")).visit()
    await launcher(page).click()
    await expect(window(page).locator(".desk")).to_have_text("We are back at 20:00 (Eastern Time) today")


async def test_a_window_says_beforehand_that_the_line_is_full(serve: Serve, shop: Visit) -> None:
    server = await serve(work=False)

    def fill(tx: Tx, now: datetime) -> None:
        tx.change("UPDATE team SET max_queue = 0")

    await server.store.write(fill)
    page = await (await shop(server)).visit()
    await launcher(page).click()
    await expect(window(page).locator(".greeting")).to_contain_text("排队人数已满")
    inside = window(page)
    await inside.locator("[name=topic]").select_option("other")
    await inside.locator("[name=body]").fill("在吗")
    await inside.get_by_role("button", name="给客服留言").click()
    await expect(inside.locator("[name=body]")).to_have_value("在吗")
    await inside.locator("[name=email]").fill("fang@mail.example")
    await inside.get_by_role("button", name="提交留言").click()
    await expect(inside.locator(".standing")).to_contain_text("留言已收到")
    await expect(inside.locator(".own .text")).to_have_text(["在吗"])
    await expect(inside.get_by_role("button", name="转人工客服")).to_have_count(0)
