"""A picture goes each way, and evidence is given in the conversation, as a customer and an agent see it."""

from __future__ import annotations

import io
import re

from PIL import Image
from playwright.async_api import Browser, FilePayload, Route, expect

from tests.browser.test_journeys import Keep, open_page, open_window, sign_in, start
from tests.conftest import Arrive, Serve, new_client_id


def photo(name: str, colour: str) -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


async def test_pictures_go_each_way_and_what_is_asked_for_is_given(
    serve: Serve, agent: Arrive, chromium: Browser, screenshot: Keep
) -> None:
    server = await serve()
    page = await open_page(chromium, f"{server.url}/demo", viewport={"width": 1280, "height": 900})
    window = await open_window(page)
    await start(window, "申请退款", "背包的带子断了", 您的称呼="周小雨")
    console = await sign_in(chromium, server)
    await console.get_by_role("link", name=re.compile("周小雨")).click()
    await console.get_by_role("button", name="Take", exact=True).click()

    composer = window.locator(".composer input[type=file]")
    await composer.set_input_files([photo("断带.jpg", "teal")])
    await expect(window.get_by_role("img", name="断带.jpg")).to_be_visible()
    theirs = console.get_by_role("img", name="断带.jpg")
    await expect(theirs).to_be_visible()
    assert await theirs.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320

    async def hold(route: Route) -> None:
        """Never answered."""

    await page.route("**/api/customer/upload", hold)
    await composer.set_input_files([photo("错选.jpg", "red")])
    await screenshot(page, "files-sending")
    await window.get_by_role("button", name="取消发送 错选.jpg").click()
    await expect(window.locator(".uploads")).to_have_count(0)
    await page.unroute("**/api/customer/upload")

    await composer.set_input_files([{"name": "a.html", "mimeType": "text/html", "buffer": b"<html><script>1</script>"}])
    await expect(window.get_by_text("不支持这种文件")).to_be_visible()
    await screenshot(page, "files-refused")
    await window.get_by_role("button", name="移除 a.html").click()
    await expect(window.get_by_role("img", name="错选.jpg")).to_have_count(0)

    await console.locator(".composer input[type=file]").set_input_files([photo("how-to.jpg", "orange")])
    ours = window.get_by_role("img", name="how-to.jpg")
    await expect(ours).to_be_visible()
    assert await ours.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320

    mei = await agent(server)
    mine = next(one for one in (await mei.do("sync"))["desk"]["mine"] if one["customer_name"] == "周小雨")
    opened = await mei.do("open_ticket", conversation_id=mine["id"], client_id=new_client_id(), kind="refund")
    asked = {
        "ticket_id": opened["ticket"]["id"],
        "evidence": ["photo", "order_confirmation"],
        "message": "请拍清楚带子",
    }
    await mei.do("ask_evidence", client_id=new_client_id(), **asked)
    form = window.locator("form.evidence-piece").first
    await expect(form).to_be_visible()
    await screenshot(page, "files-asked")
    await form.get_by_role("button", name="提交").click()
    await expect(form.get_by_text("请选择文件或填写说明")).to_be_visible()
    await form.locator("input[type=file]").set_input_files([photo("特写.jpg", "navy")])
    await form.get_by_role("button", name="提交").click()
    await expect(window.get_by_text("商品照片：已提交")).to_be_visible()
    await expect(window.locator("form.evidence-piece")).to_have_count(1)
    await screenshot(page, "files-window")
    await screenshot(console, "files-console")
    found = (await mei.do("ticket", ticket_id=asked["ticket_id"]))["ticket"]
    assert [one["attachment"]["name"] for one in found["evidence"]] == ["特写.jpg"]
    assert (page.faults, console.faults) == ([], [])  # type: ignore[attr-defined]
