"""A real Chromium. Where none is on the machine these tests are skipped; with CI=true that is a failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.databases import missing

SCREENSHOTS = Path(__file__).parent.parent.parent / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str:
    path = os.environ.get("NIGHTDESK_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing("Chromium")
    return path


@pytest.fixture
async def chromium(front: Path) -> AsyncIterator[Browser]:
    path = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        yield browser
        await browser.close()


@pytest.fixture
def screenshot() -> Callable[..., object]:
    """`await screenshot(page, "widget-night-dark")` keeps a picture in a folder git ignores."""

    async def keep(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        await page.screenshot(path=path)
        return path

    return keep
