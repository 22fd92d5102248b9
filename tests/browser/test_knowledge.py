"""Writing an article in the console, and asking the bot for it."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, expect

from tests.browser.test_journeys import Keep, sign_in
from tests.conftest import Serve


async def test_an_article_is_written_published_listed_and_known_to_the_bot(
    chromium: Browser, serve: Serve, screenshot: Keep
) -> None:
    server = await serve()
    page = await sign_in(chromium, server, "admin")
    await page.get_by_role("link", name="Knowledge").click()
    await page.get_by_role("button", name="New").click()
    await page.get_by_label("Short name").fill("gift-wrap")
    await page.get_by_label("Question", exact=True).fill("Can you wrap my order as a gift?")
    await page.get_by_label("How else customers ask").fill("gift wrapping\ndo you wrap presents")
    await page.get_by_label("Answer (Markdown)").fill("Yes, for **5 yuan**: choose it at the checkout.")
    await page.get_by_label("Category").select_option("order")
    await page.reload()
    await expect(page.get_by_label("Question", exact=True)).to_have_value("Can you wrap my order as a gift?")
    await page.get_by_role("button", name="Save draft").click()
    await page.get_by_role("button", name="Publish").click()
    await page.get_by_role("button", name="Publish now").click()
    listed = page.get_by_role("link", name="Can you wrap my order as a gift?")
    await expect(listed).to_contain_text("Version 1 in force")
    await screenshot(page, "knowledge")

    await page.get_by_role("tab", name="Assistant").click()
    question = page.get_by_label("The customer's question")
    await question.fill("do you wrap presents")

    # What is published is learnt a few seconds later; asked before that, the bot knows nothing of it.
    await expect(page.get_by_text("Learning the latest articles")).to_have_count(0, timeout=60_000)
    found = page.get_by_role("row", name="Can you wrap my order as a gift?")

    async with asyncio.timeout(60):  # learning takes seconds of a processor that others use too
        while not await found.count():
            await question.press("Enter")
            await asyncio.sleep(0.2)
    assert page.faults == []  # type: ignore[attr-defined]
