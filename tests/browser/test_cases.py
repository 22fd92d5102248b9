"""A refund as its customer sees it: asked for in the window by day and by night, followed to the end."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.browser.test_journeys import open_page, open_window
from tests.conftest import Arrive, Serve, Someone, new_client_id

Keep = Callable[[Page, str], Awaitable[object]]
PHONE = {"width": 380, "height": 700}


async def go_to_orders(window: FrameLocator) -> None:
    await window.locator(".menu > button").click()
    await window.get_by_role("button", name=re.compile("我的订单与申请|My orders and cases")).first.click()


async def decide(mei: Someone, number: str, decision: str, **values: str) -> str:
    found = next(one for one in (await mei.do("tickets"))["tickets"] if one["number"] == number)
    ticket = (await mei.do("ticket", ticket_id=found["id"]))["ticket"]
    refund_id: str = ticket["refunds"][0]["id"]
    await mei.do("decide_refund", refund_id=refund_id, decision=decision, **values)
    return refund_id


async def test_by_day_a_refund_is_asked_for_reviewed_and_paid_before_its_customers_eyes(
    serve: Serve, chromium: Browser, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    shop = await open_page(chromium, f"{server.url}/demo?as=u-1001", viewport=PHONE)
    window = await open_window(shop)
    await go_to_orders(window)
    order = window.get_by_role("article").filter(has_text="羊毛野餐毯")
    await expect(order.get_by_text("¥169.00").first).to_be_visible()
    await screenshot(shop, "my-orders")
    await order.get_by_role("button", name="申请退款").click()
    await expect(window.get_by_text("退款政策", exact=True)).to_be_visible()
    await expect(window.get_by_label(re.compile("^退款金额"))).to_have_value("169.00")

    await window.get_by_label(re.compile("^退款金额")).fill("500")
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("按退款政策，可退 ¥169.00，请改小金额。")).to_be_visible()
    await window.get_by_label(re.compile("^退款金额")).fill("100")
    await window.get_by_label("退款原因").fill("有一处脱线")
    await shop.reload()  # nothing of it is lost
    window = await open_window(shop)
    await expect(window.get_by_label("退款原因")).to_have_value("有一处脱线")
    await window.get_by_label("退款到").select_option(label="银行卡")
    await window.get_by_label("银行卡号").fill("6222 0212 3456 7890")
    await window.get_by_label("收款人姓名").fill("李娜")
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("申请已提交")).to_be_visible()
    await expect(window.get_by_text("7890")).to_have_text(re.compile(r"^\W+7890$"))  # masked
    number = await window.locator("header strong.digits").inner_text()

    mei = await agent(server)
    await decide(mei, number, "review")
    await expect(window.locator("[aria-current=step]")).to_contain_text("审核")
    refund_id = await decide(mei, number, "approve", reason="同意退款")
    await expect(window.locator("[aria-current=step]")).to_contain_text("打款")
    await screenshot(shop, "my-case")
    await mei.do("pay_refund", refund_id=refund_id, client_id=new_client_id(), reference="流水 8861")
    await expect(window.get_by_text("本工单已办结。")).to_be_visible()
    await expect(window.locator("[aria-current=step]")).to_have_count(0)
    assert shop.faults == []  # type: ignore[attr-defined]


async def test_by_night_the_page_opens_the_form_and_a_refused_customer_appeals(
    serve: Serve, chromium: Browser, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve(at="22:30")
    shop = await open_page(chromium, f"{server.url}/demo?as=u-1001", viewport=PHONE, color_scheme="dark")
    number = await shop.locator(".orders .card", has_text="羊毛野餐毯").locator(".digits").first.inner_text()
    await shop.evaluate("number => Nightdesk('show', {form: 'refund', order: number})", number)
    window = shop.frame_locator("iframe")
    await expect(window.get_by_label("哪笔订单或交易？")).to_have_value(re.compile(".+"))
    await window.get_by_label("退款原因").fill("颜色与图片不符")
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("由我们处理，您无需操作。")).to_be_visible()
    case = await window.locator("header strong.digits").inner_text()

    mei = await agent(server)
    await decide(mei, case, "review")
    await decide(mei, case, "reject", reason="商品已使用")
    await expect(window.get_by_text(re.compile("未通过.*商品已使用")).first).to_be_visible()
    await window.get_by_role("button", name="提出申诉").click()
    await window.get_by_role("button", name="提交申诉").click()
    await expect(window.get_by_text("请填写申诉理由。")).to_be_visible()
    await window.get_by_label("申诉理由").fill("还没有拆封")
    await window.get_by_role("button", name="提交申诉").click()
    await expect(window.get_by_text(re.compile("您已提出申诉")).first).to_be_visible()
    await expect(window.get_by_role("button", name="提出申诉")).to_have_count(0)
    await screenshot(shop, "my-case-night")
    assert shop.faults == []  # type: ignore[attr-defined]


WARRANTY: dict[str, Any] = {
    "names": {"zh-CN": "保修申请", "en": "Warranty claim"},
    "fields": [
        {"code": "order", "type": "order", "required": True, "names": {"zh-CN": "哪个订单的商品？", "en": "Order"}},
        {"code": "serial", "required": True, "names": {"zh-CN": "机身序列号", "en": "Serial number"}},
    ],
    "steps": [
        {"code": "received", "names": {"zh-CN": "已收到", "en": "Received"}},
        {"code": "repair", "names": {"zh-CN": "维修", "en": "Repair"}},
    ],
    "endings": [{"code": "repaired", "names": {"zh-CN": "已修复寄回", "en": "Repaired"}}],
}


async def test_a_kind_of_the_sites_own_is_applied_for_and_followed_on_its_page(
    serve: Serve, chromium: Browser, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    admin = await agent(server, "admin")
    await admin.do("set_kind", code="warranty", definition=WARRANTY)
    shop = await open_page(chromium, f"{server.url}/demo?as=u-1001", viewport=PHONE)
    window = await open_window(shop)
    await go_to_orders(window)
    await window.get_by_role("button", name="保修申请").click()
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("请填写此项。")).to_be_visible()
    await window.get_by_label("哪个订单的商品？").select_option(index=1)
    await window.get_by_label("机身序列号").fill("A-7")
    await window.get_by_label("问题描述").fill("拉链坏了")
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("申请已提交")).to_be_visible()
    number = await window.locator("header strong.digits").inner_text()
    async with shop.context.expect_page() as opening:
        await window.get_by_role("button", name="在新页面打开").click()
    page = await opening.value
    page.set_default_timeout(10_000)

    await page.get_by_label("选择文件").set_input_files(
        [{"name": "拉链.txt", "mimeType": "text/plain", "buffer": b"\x00\x01"}]
    )
    await page.get_by_role("button", name="提交材料").click()
    await expect(page.get_by_role("status").filter(has_text="拉链.txt")).to_be_visible()
    await page.get_by_label("选择文件").set_input_files(
        [{"name": "拉链.txt", "mimeType": "text/plain", "buffer": "卡在一半".encode()}]
    )
    await page.get_by_role("button", name="提交材料").click()
    await expect(page.get_by_text("材料已收到")).to_be_visible()
    ticket = await ticket_of(admin, number)
    assert [one["attachment"]["name"] for one in ticket["evidence"]] == ["拉链.txt"]
    assert ticket["fields"]["serial"] == "A-7"

    await admin.do("update_ticket", ticket_id=ticket["id"], status="solved", ending="repaired")
    await page.reload()
    await expect(page.get_by_text("处理结果：已修复寄回")).to_be_visible()
    await expect(window.get_by_text("处理结果：已修复寄回")).to_be_visible()
    await screenshot(page, "case-page-own-kind")
    assert shop.faults == []  # type: ignore[attr-defined]


async def ticket_of(mei: Someone, number: str) -> dict[str, Any]:
    found = await mei.do("find_ticket", number=number)
    ticket: dict[str, Any] = found["ticket"]
    return ticket


async def test_who_was_charged_too_much_sees_the_calculation_and_gets_the_difference_back(
    serve: Serve, chromium: Browser, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    shop = await open_page(chromium, f"{server.url}/demo?as=u-1001", viewport=PHONE)
    window = await open_window(shop)
    await go_to_orders(window)
    order = window.get_by_role("article").filter(has_text="羊毛野餐毯")
    await order.get_by_role("button", name="金额有误").click()
    await window.get_by_label(re.compile("^实际扣款")).fill("169.00")
    await window.get_by_label(re.compile("^应付金额")).fill("139.00")
    await expect(window.get_by_text(re.compile("多扣 ¥30.00"))).to_be_visible()
    await window.get_by_label("请说明情况").fill("满减没有生效")
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("申请已提交")).to_be_visible()
    number = await window.locator("header strong.digits").inner_text()
    await screenshot(shop, "my-dispute")

    mei = await agent(server)
    (refund,) = (await ticket_of(mei, number))["refunds"]
    assert refund["calculation"] == {"charged": 16_900, "expected": 13_900, "difference": 3_000, "currency": "CNY"}
    await decide(mei, number, "review")
    await decide(mei, number, "approve")
    await mei.do("pay_refund", refund_id=refund["id"], client_id=new_client_id(), reference="流水 8862")
    await expect(window.get_by_text("本工单已办结。")).to_be_visible()
    assert shop.faults == []  # type: ignore[attr-defined]


async def test_a_frozen_account_is_given_back_after_two_people_have_seen_who_asks(
    serve: Serve, chromium: Browser, agent: Arrive, screenshot: Keep
) -> None:
    server = await serve()
    admin, mei, david = await agent(server, "admin"), await agent(server), await agent(server, "david")
    await admin.do("set_site", site="demo-wallet", second_person=["unfreeze"])
    wallet = await open_page(chromium, f"{server.url}/demo/wallet?as=u-1004", viewport=PHONE)
    await wallet.evaluate("Nightdesk('show', {form: 'unfreeze'})")
    window = wallet.frame_locator("iframe")
    await window.get_by_label(re.compile("^账号")).fill("zhangwei")
    await window.get_by_label("请说明情况").fill("换手机后频繁登录")
    await window.get_by_role("button", name="提交申请").click()
    await expect(window.get_by_text("申请已提交")).to_be_visible()
    number = await window.locator("header strong.digits").inner_text()
    await screenshot(wallet, "my-unfreeze")

    ticket_id = (await ticket_of(mei, number))["id"]
    asked = {"ticket_id": ticket_id, "client_id": new_client_id(), "evidence": ["identity_proof"]}
    await mei.do("ask_evidence", **asked)
    await expect(window.get_by_text("需要您补充材料或答复", exact=False)).to_be_visible()
    await mei.do("check_identity", ticket_id=ticket_id, client_id=new_client_id(), what="document", passed=True)
    await mei.do("update_ticket", ticket_id=ticket_id, status="solved", ending="unfrozen")
    assert (await ticket_of(mei, number))["status"] == "pending"  # one alone does not give it back
    await david.do("decide_ending", ticket_id=ticket_id, agree=True)
    await expect(window.get_by_text("本工单已办结。")).to_be_visible()
    assert wallet.faults == []  # type: ignore[attr-defined]
