"""The main journeys, as a customer and an agent see them: by day, by night, into a ticket and to its page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, FrameLocator, Page, expect

from chat.seed import PASSWORD
from tests.conftest import Serve, Server, awake

Keep = Callable[[Page, str], Awaitable[object]]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 667}
CONSOLE = {"width": 1440, "height": 900}


async def open_page(chromium: Browser, url: str, locale: str = "zh-CN", **options: Any) -> Page:
    context = await chromium.new_context(
        **{"locale": locale, "timezone_id": "Asia/Shanghai", "viewport": WIDE, **options}
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.faults = faults  # type: ignore[attr-defined]
    await page.goto(url)
    return page


async def open_window(page: Page) -> FrameLocator:
    await page.get_by_role("button", name=re.compile("在线客服|Chat|Support|客服")).last.click()
    return page.frame_locator("iframe")


async def sign_in(chromium: Browser, server: Server, name: str = "mei", **options: Any) -> Page:
    page = await open_page(chromium, f"{server.url}/console", **{"locale": "en", "viewport": CONSOLE, **options})
    await page.get_by_label("E-mail").fill(f"{name}@demo.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation").first).to_be_visible()
    return page


async def start(window: FrameLocator, topic: str, body: str, **fields: str) -> None:
    await window.get_by_label("咨询类型").select_option(label=topic)
    for label, value in fields.items():
        await window.get_by_label(label).fill(value)
    await window.get_by_label("问题描述").fill(body)
    await window.get_by_role("button", name="开始咨询").click()


async def write(window: FrameLocator, body: str) -> None:
    await window.get_by_label("请输入消息").fill(body)
    await window.get_by_label("请输入消息").press("Enter")


async def answer(console: Page, body: str) -> None:
    await console.get_by_label("Reply to the customer").fill(body)
    await console.get_by_label("Reply to the customer").press("Enter")


async def test_by_day_a_customer_is_helped_and_rates(serve: Serve, chromium: Browser, screenshot: Keep) -> None:
    server = await serve()
    console = await sign_in(chromium, server)
    shop = await open_page(chromium, f"{server.url}/demo")
    window = await open_window(shop)
    await start(window, "申请退款", "你好，这双鞋想退货 <b>谢谢</b>", 您的称呼="周小雨")
    await expect(window.get_by_text("正在排队，您是下一位")).to_be_visible()

    await console.get_by_role("link", name=re.compile("周小雨")).click()  # it came by itself
    await console.get_by_role("button", name="Take", exact=True).click()
    await expect(window.get_by_role("log").get_by_text("客服 陈梅 为您服务。")).to_be_visible()
    await expect(window.get_by_role("log").get_by_text("客服绝不会向您索要密码或验证码")).to_have_count(1)

    await console.get_by_label("Reply to the customer").press_sequentially("您好")
    await expect(window.get_by_text("陈梅 正在输入…")).to_be_visible()
    await answer(console, "您好，请问订单号是多少？")
    await expect(window.get_by_role("log").get_by_text("您好，请问订单号是多少？")).to_be_visible()
    reply = console.get_by_label("Reply to the customer")
    await reply.press_sequentially("/moment")
    await expect(console.get_by_role("option", name=re.compile("请稍等"))).to_be_visible()
    await reply.press("Enter")
    await expect(reply).to_have_value(re.compile("请您稍等两三分钟"))  # where it can still be changed
    await expect(window.get_by_role("log").get_by_text("请您稍等两三分钟")).to_have_count(0)
    await reply.press("Enter")
    await expect(window.get_by_role("log").get_by_text("请您稍等两三分钟")).to_be_visible()
    await write(window, "QY20261103-0007")
    await expect(console.get_by_role("log").get_by_text("QY20261103-0007")).to_be_visible()
    await expect(console.get_by_role("log").get_by_text("<b>谢谢</b>")).to_be_visible()  # HTML is text
    await expect(window.get_by_text("已读").first).to_be_visible()
    await screenshot(shop, "window")
    await screenshot(console, "console")

    second_tab = await shop.context.new_page()
    await second_tab.goto(f"{server.url}/demo")
    again = await open_window(second_tab)
    await expect(again.get_by_role("log").get_by_text("您好，请问订单号是多少？")).to_be_visible()
    await write(again, "第二个窗口写的")
    await expect(window.get_by_role("log").get_by_text("第二个窗口写的")).to_be_visible()

    await shop.reload()
    window = await open_window(shop) if not await shop.locator("iframe").is_visible() else shop.frame_locator("iframe")
    await expect(window.get_by_role("log").get_by_text("QY20261103-0007")).to_be_visible()
    await console.reload()
    await expect(console.get_by_role("log").get_by_text("第二个窗口写的")).to_be_visible()

    await console.get_by_role("button", name="Close", exact=True).first.click()
    await (
        console.get_by_role("menuitem", name="Solved", exact=True)
        .or_(console.get_by_role("button", name="Solved", exact=True))
        .first.click()
    )
    await expect(window.get_by_role("log").get_by_text("客服已结束本次会话。")).to_be_visible()
    await window.get_by_role("radio").nth(4).check(force=True)
    await window.get_by_role("button", name=re.compile("提交")).click()
    await expect(console.get_by_text(re.compile("gave 5/5"))).to_be_visible()
    assert (shop.faults, console.faults) == ([], [])  # type: ignore[attr-defined]


async def test_by_night_the_bot_answers_says_from_where_and_takes_a_message_that_comes_back(
    serve: Serve, chromium: Browser, screenshot: Keep
) -> None:
    server = await serve(at="22:30")
    await awake(server)
    shop = await open_page(chromium, f"{server.url}/demo", color_scheme="dark")
    window = await open_window(shop)
    await expect(window.get_by_text("明天 09:00 开始服务")).to_be_visible()
    await start(window, "密码与登录", "忘记密码了怎么办", 您的称呼="何静")
    await expect(window.get_by_role("log").get_by_text("重置").first).to_be_visible()
    await screenshot(shop, "night")
    await window.locator(".source a").click()
    await expect(window.get_by_role("heading", name="密码")).to_be_focused()
    await window.get_by_role("button", name="返回会话").click()

    await window.get_by_role("group", name="这个回答有帮助吗？").get_by_role("button", name="没有帮助").click()
    await expect(window.get_by_role("button", name="没有帮助", pressed=True)).to_be_disabled()
    await expect(window.locator(".own .text").last).to_have_text("没有帮助")
    await expect(window.locator(".log .chip, .log .choice:enabled").first).to_be_visible()

    await write(window, "月亮离地球有多远")
    await window.get_by_role("button", name="给客服留言").first.click()
    await window.get_by_label("补充留言").fill("请帮我改绑手机号")
    await window.get_by_role("button", name="提交留言").click()
    await expect(window.get_by_text("请填写邮箱或手机号，以便客服回复您。")).to_be_visible()
    await window.get_by_label("邮箱").fill("hejing@demo.example")
    await window.get_by_role("button", name="提交留言").click()
    await expect(window.get_by_text("留言已收到").first).to_be_visible()

    console = await sign_in(chromium, server, color_scheme="dark")
    await console.get_by_role("link", name=re.compile("^Inbox")).click()
    await expect(console.get_by_text(re.compile("No mail server is set up"))).to_be_visible()
    await screenshot(console, "inbox-dark")
    await console.get_by_role("link", name=re.compile("何静")).click()
    await console.get_by_role("button", name="Take", exact=True).click()
    await answer(console, "您好，手机号已经为您改绑。")
    await expect(window.get_by_role("log").get_by_text("您好，手机号已经为您改绑。")).to_be_visible()
    assert (shop.faults, console.faults) == ([], [])  # type: ignore[attr-defined]


async def test_into_a_ticket_with_a_refund_that_the_customer_can_follow(
    serve: Serve, chromium: Browser, screenshot: Keep
) -> None:
    server = await serve()
    shop = await open_page(chromium, f"{server.url}/demo?as=u-1001")
    window = await open_window(shop)
    await window.get_by_role("button", name="开始新会话").click()
    await start(window, "申请退款", "我要退款")
    console = await sign_in(chromium, server)
    await console.get_by_role("link", name=re.compile("李娜")).click()
    await console.get_by_role("button", name="Take", exact=True).click()

    await console.get_by_role("button", name="Open a ticket").click()
    await console.locator("select[name=order]").select_option(index=1)
    await console.get_by_role("button", name="Open ticket", exact=True).click()
    await expect(window.get_by_text(re.compile(r"QY-\d{4}-\d{6}-\d")).first).to_be_visible()

    await console.get_by_role("link", name=re.compile(r"QY-\d{4}-\d{6}-\d")).first.click()
    await console.get_by_role("button", name="Request a refund").first.click()
    await console.get_by_label(re.compile(r"^Amount")).fill("10.50")
    await console.get_by_label("Reason").first.fill("七天无理由退货")
    await console.get_by_role("button", name="Request refund", exact=True).click()
    await expect(window.get_by_text(re.compile("已提交退款申请")).first).to_be_visible()
    await console.get_by_role("button", name="Start the review").click()
    await expect(window.get_by_role("log").get_by_text(re.compile(r"退款申请正在审核：[¥￥]10\.50"))).to_be_visible()
    await expect(console.get_by_text(re.compile("a colleague has to decide"))).to_be_visible()

    await window.get_by_role("button", name=re.compile("查看进度")).first.click()
    await expect(window.locator("[aria-current=step]")).to_contain_text("审核")
    async with shop.context.expect_page() as opened:
        await window.get_by_role("button", name="在新页面打开").click()
    case = await opened.value
    await expect(case.get_by_text(re.compile("10.50")).first).to_be_visible()
    await expect(case.locator("[aria-current=step]")).to_be_visible()
    await screenshot(case, "case")
    assert "李娜" not in await case.inner_text("body")
    await window.get_by_role("button", name=re.compile("返回会话")).click()

    david = await sign_in(chromium, server, "david")
    await david.get_by_role("link", name=re.compile("^Tickets")).click()
    await david.get_by_role("link", name=re.compile("李娜")).first.click()
    await david.get_by_role("button", name="Approve").click()
    await expect(window.get_by_role("log").get_by_text(re.compile(r"退款已通过审核：[¥￥]10\.50"))).to_be_visible()
    await console.get_by_label("Payment reference").fill("流水 8861")
    await console.get_by_role("button", name="Record the payment").click()
    await expect(window.get_by_role("log").get_by_text(re.compile(r"退款已打款：[¥￥]10\.50"))).to_be_visible()
    await screenshot(console, "ticket")
    await case.reload()
    await expect(case.get_by_text("已打款").first).to_be_visible()
    assert (shop.faults, console.faults) == ([], [])  # type: ignore[attr-defined]
