"""What only a browser shows of the console."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, Route, expect

from tests.browser.test_journeys import sign_in
from tests.conftest import Arrive, Serve, Someone, awake

FROM_END = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
QUESTIONS = ("忘记密码了怎么办", "退款多久到账", "怎么开发票", "支付失败怎么办")


@asynccontextmanager
async def held_back(page: Page, pattern: str) -> AsyncIterator[None]:
    """What the page asks for there comes only at the end of the block."""
    let_go = asyncio.Event()

    async def wait(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route(pattern, wait)
    try:
        yield
    finally:
        let_go.set()


async def ask_bot(customer: Someone, questions: tuple[str, ...]) -> str:
    """A conversation with an answer of the bot to each, and a message left at its end."""
    room = str((await customer.do("start", topic="other"))["conversation"]["id"])
    for question in questions:
        seq = (await customer.say(room, question))["seq"]
        await customer.hears("message", lambda said, seq=seq: said["author"]["kind"] == "bot" and said["seq"] > seq)
    await customer.do("leave_message", conversation_id=room, client_id=room, body="请回电", phone="400-820-0003")
    return room


async def test_a_log_opens_at_its_end_though_parts_of_it_come_late(
    serve: Serve, chromium: Browser, customer: Arrive
) -> None:
    server = await serve(at="22:30")
    await awake(server)
    room = await ask_bot(await customer(server), QUESTIONS)
    page = await sign_in(chromium, server)
    fresh = await page.context.new_page()
    async with held_back(fresh, "**/assets/source-*.js"):
        await fresh.goto(f"{server.url}/console#/inbox/{room}")
        await expect(fresh.get_by_text("请回电").last).to_be_in_viewport()
        before = await fresh.locator(".log").evaluate("log => log.scrollHeight")
    await expect(fresh.locator(".bot-source").first).to_be_attached()
    log = fresh.locator(".log")
    assert await log.evaluate("log => log.scrollHeight") > before + 80  # more than counts as being at the end
    await expect(fresh.get_by_role("button", name="Newest messages")).to_have_count(0)
    assert abs(await log.evaluate(FROM_END)) <= 1


async def test_who_reads_back_is_left_there_when_something_new_comes(
    serve: Serve, chromium: Browser, customer: Arrive
) -> None:
    server = await serve()
    fang = await customer(server)
    room = (await fang.do("start", topic="refund"))["conversation"]["id"]
    for number in range(60):
        await fang.say(room, f"第 {number} 句")
    page = await sign_in(chromium, server)
    await page.goto(f"{server.url}/console#/queue/{room}")
    await expect(page.get_by_text("第 59 句").last).to_be_in_viewport()
    await page.locator(".log").hover()
    await page.mouse.wheel(0, -600)
    await expect(page.get_by_role("button", name="Newest messages")).to_be_visible()
    top = await page.locator(".log").evaluate("log => log.scrollTop")
    await fang.say(room, "还在吗")
    await expect(page.locator(".log").get_by_text("还在吗")).to_have_count(1)
    assert await page.locator(".log").evaluate("log => log.scrollTop") == top
    await page.get_by_role("button", name="Newest messages").click()
    await expect(page.locator(".log").get_by_text("还在吗")).to_be_in_viewport()


async def test_what_can_be_done_with_many_messages_stands_on_one_line(
    serve: Serve, chromium: Browser, customer: Arrive
) -> None:
    server = await serve(at="22:30")
    fang = await customer(server)
    room = (await fang.do("start", topic="refund"))["conversation"]["id"]
    message = {"client_id": str(uuid.uuid4()), "body": "请回电", "email": "fang@demo.example"}
    await fang.do("leave_message", conversation_id=room, **message)
    page = await sign_in(chromium, server)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.goto(f"{server.url}/console#/inbox")
    await page.get_by_role("checkbox", name="Select all").check()
    deeds = page.get_by_role("toolbar").get_by_role("button")
    await expect(deeds).to_have_count(3)
    assert len(set(await deeds.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)"))) == 1
    await expect(page.get_by_role("status").get_by_text("selected")).to_have_count(1)
