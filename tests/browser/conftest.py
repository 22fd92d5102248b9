"""A real Chromium. Where none is on the machine these tests are skipped; with CI=true that is a failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, async_playwright

from tests.conftest import Serve, Someone, serving, visiting
from tests.databases import Databases, missing

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parent.parent / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser sees nothing of the kind of database: one will do where a test does not ask for both."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            if item.get_closest_marker("databases") is None:
                item.add_marker(pytest.mark.databases("sqlite"))


def find_chromium() -> str:
    path = os.environ.get("NIGHTDESK_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing("Chromium")
    return path


class Shared:
    """One Chromium for all tests of a session: starting one and what drives it costs two seconds of a processor."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._browser: Browser | None = None

    async def browser(self) -> Browser:
        """It, or another when a test has lost it."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = await self._playwright.chromium.launch(
                executable_path=find_chromium(),
                args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
            )
        return self._browser

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared() -> AsyncIterator[Shared]:
    async with async_playwright() as playwright:
        shared = Shared(playwright)
        yield shared
        await shared.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(front: Path, shared: Shared) -> AsyncIterator[Browser]:
    """A browser without a past: contexts know nothing of each other, and none outlives its test."""
    browser = await shared.browser()
    yield browser
    for context in browser.contexts:
        await context.close()


# What is there at both ends of a browser test lives in the loop that the browser is driven from.


@pytest_asyncio.fixture(loop_scope="session")
async def serve(tmp_path: Path, databases: Databases) -> AsyncIterator[Serve]:
    async with serving(tmp_path, databases) as start:
        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def people() -> AsyncIterator[list[Someone]]:
    async with visiting() as came:
        yield came


@pytest.fixture
def screenshot() -> Callable[..., object]:
    """`await screenshot(page, "widget-night-dark")` keeps a picture in a folder git ignores."""

    async def keep(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        await page.screenshot(path=path)
        return path

    return keep
