"""What a page pays and risks by embedding the window, on the strictest pages and in the strictest browsers."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.browser.conftest import find_chromium
from tests.browser.test_widget import allow, ask, launcher, texts, window
from tests.conftest import Arrive, Serve, Server

SECRET = "nightdesk-demo-identity-secret-0123456789"
TAG = '<script async src="{chat}/widget.js" data-site="demo" nonce="r4nd0m"></script>'
PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>晴野商城</title>
<body><h1>晴野商城</h1><p>露营季</p><div id="place"></div>{tag}</body></html>"""
# Looked at by the page itself: what moved, from the very beginning.
SHIFTS = """new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (moved += value)))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
})"""


@dataclass
class Site:
    """A site's own web server, at another origin than the chat's, and what a visitor's browser complained of there."""

    chat: str
    origin: str = ""
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    signed_in: str | None = None
    complaints: list[str] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        if request.path == "/token":
            if self.signed_in is None:
                raise web.HTTPForbidden
            claims = {"sub": self.signed_in, "aud": "demo", "exp": int(time.time()) + 600, "jti": str(time.time_ns())}
            return web.Response(text=jwt.encode(claims, SECRET))
        body, headers = self.pages.get(request.path, self.pages["/"])
        return web.Response(text=body, content_type="text/html", headers=headers)

    def puts(self, path: str, tag: str = TAG, policy: str | None = None) -> None:
        headers = {"Content-Security-Policy": policy.replace("CHAT", self.chat)} if policy else {}
        self.pages[path] = (PAGE.replace("{tag}", tag).replace("{chat}", self.chat), headers)

    async def visit(self, context: BrowserContext, path: str = "/", host: str = "127.0.0.1") -> Page:
        page = await context.new_page()
        page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.origin.replace("127.0.0.1", host) + path)
        return page


Open = Callable[..., Awaitable[Site]]


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def start(server: Server) -> Site:
            site = Site(server.url)
            site.puts("/")
            app = web.Application()
            app.router.add_get("/{path:.*}", site.serve)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            site.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await allow(server, site.origin)
            return site

        yield start


@dataclass
class Cost:
    requests: list[str]
    size: float
    busy: float
    moved: float


async def cost_of(browser: Browser, site: Site, path: str) -> Cost:
    context = await browser.new_context()
    page = await context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    devtools = await context.new_cdp_session(page)
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    await devtools.send("Network.enable")
    await devtools.send("Performance.enable")
    await page.goto(site.origin + path, wait_until="networkidle")
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    busy = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
    moved = await page.evaluate(SHIFTS)
    assert await context.cookies() == []
    assert await page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    await context.close()
    return Cost(requests, sum(sizes), busy, moved)


async def test_a_page_with_the_window_costs_one_small_request_more_than_without(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    shop = await site(await serve(work=False))
    shop.puts("/plain", "")
    plain, embedded = [], []
    for _ in range(3):  # in turns, for what else the machine does
        plain.append(await cost_of(chromium, shop, "/plain"))
        embedded.append(await cost_of(chromium, shop, "/"))
    assert embedded[0].requests == [f"{shop.origin}/", f"{shop.chat}/widget.js"]
    assert max(cost.size for cost in embedded) - min(cost.size for cost in plain) < 2_048 + 1_024  # and its headers
    assert {cost.moved for cost in embedded} == {0}
    busy = [statistics.median(cost.busy for cost in costs) for costs in (plain, embedded)]
    assert busy[1] < 3 * busy[0] + 0.1  # seconds; it takes a few thousandths


POLICIES = [
    "default-src 'none'; script-src 'nonce-r4nd0m'; frame-src CHAT; require-trusted-types-for 'script'",
    "default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; style-src 'none'; frame-src CHAT",
    "default-src 'none'; script-src CHAT; frame-src CHAT",
]


async def test_it_works_under_the_strictest_policies_with_a_nonce_and_without(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    shop = await site(await serve(work=False))
    context = await chromium.new_context(locale="en")
    for number, policy in enumerate(POLICIES):
        shop.puts(f"/{number}", policy=policy)
        page = await shop.visit(context, f"/{number}")
        await launcher(page).click()
        await expect(window(page).locator("form")).to_be_visible()
        await page.close()
    assert shop.complaints == []
    shop.puts("/without", TAG.replace(' nonce="r4nd0m"', ""), POLICIES[0])  # the policy does keep scripts out
    page = await shop.visit(context, "/without")
    await page.wait_for_load_state("networkidle")
    assert await launcher(page).count() == 0
    assert any("Content Security Policy" in complaint for complaint in shop.complaints)


async def test_where_storage_throws_and_no_cookie_is_taken_one_can_still_talk(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    """A private window of some browsers; the page itself has no storage either."""
    shop = await site(await serve(work=False))
    context = await chromium.new_context(locale="zh-CN")
    await context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name,"
        " { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    page = await shop.visit(context)
    inside = await ask(page, "你好", topic="other")
    await expect(texts(inside)).to_have_text(["你好"])
    assert await context.cookies() == []
    assert shop.complaints == []


async def test_where_storage_is_parted_by_site_each_site_has_its_own_conversation(serve: Serve, site: Open) -> None:
    server = await serve(work=False)
    shop = await site(server)
    await allow(server, *(shop.origin.replace("127.0.0.1", host) for host in ("shop.localhost", "other.localhost")))
    async with async_playwright() as playwright:
        # This Chromium gives frames of other sites no storage; as most do, it gives them one for each site here.
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[
                "--no-sandbox",
                "--disable-features=ThirdPartyCookieBlocking,TrackingProtection3pcd",
            ],
        )
        context = await browser.new_context(locale="zh-CN")
        page = await shop.visit(context, host="shop.localhost")
        await ask(page, "我在商城", topic="other")
        await page.reload()
        await launcher(page).click()
        await expect(texts(window(page))).to_have_text(["我在商城"])
        elsewhere = await shop.visit(context, host="other.localhost")
        await launcher(elsewhere).click()
        await expect(window(elsewhere).locator("form")).to_be_visible()
        assert await context.cookies() == []
        await browser.close()


async def test_a_single_page_application_has_it_once_wherever_it_goes(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    """Calls from before it is there, the tag twice, another body, paths that hide it, destroyed and back."""
    shop = await site(await serve(work=False))
    early = """<script>
      window.Nightdesk ??= (...args) => {
        let off, answer;
        const promise = new Promise((resolve) => (answer = (value) => resolve((off = value))));
        (Nightdesk.queue ??= []).push({ args, answer });
        return args[0] === "on" ? () => off?.() : promise;
      };
      window.heard = [];
      for (const name of ["ready", "open", "close"]) Nightdesk("on", name, () => heard.push(name));
      Nightdesk("open").then(() => heard.push("opened"));
    </script>"""
    shop.puts("/", early + TAG.replace("data-site", 'data-hide="/checkout*" data-site'))
    page = await shop.visit(await chromium.new_context(locale="en"))
    await expect(window(page).locator("form")).to_be_visible()
    await page.wait_for_function("heard.includes('opened')")
    assert (await page.evaluate("heard"))[:2] == ["ready", "open"]
    await page.evaluate("""async () => {
      history.pushState(null, "", "/tents");
      document.querySelector("nightdesk-chat").shadowRoot.querySelector("iframe").dataset.same = "yes";
      document.body.replaceWith(document.createElement("body"));
      const tag = document.createElement("script");
      tag.src = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/widget.js")).name;
      tag.dataset.site = "demo";
      await new Promise((loaded) => { tag.onload = loaded; document.body.append(tag); });
    }""")
    await expect(page.locator("nightdesk-chat")).to_have_count(1)
    await expect(page.locator("nightdesk-chat iframe[data-same]")).to_have_count(1)
    await page.evaluate("history.pushState(null, '', '/checkout/pay')")
    await expect(launcher(page)).to_be_hidden()
    await page.evaluate("history.back()")
    await expect(launcher(page)).to_be_visible()
    await page.evaluate("Nightdesk('destroy')")
    await expect(page.locator("nightdesk-chat")).to_have_count(0)
    await page.evaluate("Nightdesk('boot', { site: 'demo' })")
    await launcher(page).click()
    await expect(window(page).locator("form")).to_be_visible()
    assert shop.complaints == []


async def test_it_stands_in_an_element_of_the_page_or_on_its_own(serve: Serve, site: Open, chromium: Browser) -> None:
    server = await serve(work=False)
    shop = await site(server)
    shop.puts("/", "<style>#place { height: 500px }</style>" + TAG.replace("data-site", 'data-into="#place" data-site'))
    context = await chromium.new_context(locale="en")
    page = await shop.visit(context)
    inside = window(page)
    await expect(inside.locator("form")).to_be_visible()
    await expect(launcher(page)).to_be_hidden()
    await expect(inside.get_by_role("button", name="Close")).to_have_count(0)
    box, place = await page.locator("nightdesk-chat iframe").bounding_box(), await page.locator("#place").bounding_box()
    assert box == place
    alone = await context.new_page()
    await alone.goto(f"{server.url}/chat/demo")
    await expect(alone.locator("form")).to_be_visible()
    await expect(alone).to_have_title("Qingye Shop")
    assert shop.complaints == []


async def test_colours_and_places_are_taken_within_bounds(serve: Serve, site: Open, chromium: Browser) -> None:
    shop = await site(await serve(work=False))
    page = await shop.visit(await chromium.new_context(locale="en"))
    style = "document.querySelector('nightdesk-chat').style.setProperty"
    await page.evaluate(f"{style}('--nightdesk-color', 'rgb(14, 114, 103)')")
    for name, value in (("size", "900px"), ("x", "-400px"), ("y", "9000px")):
        await page.evaluate(f"{style}('--nightdesk-{name}', '{value}')")
    box = await launcher(page).bounding_box()
    assert box is not None
    assert box["height"] == 72
    view = page.viewport_size
    assert view is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] == view["width"]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= view["height"]
    await launcher(page).click()
    await expect(window(page).locator("form")).to_be_visible()
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    inside = next(frame for frame in page.frames if "/widget/frame" in frame.url)
    assert await inside.evaluate(accent) == "rgb(14, 114, 103)"
    await page.evaluate(f"{style}('--nightdesk-color', 'red; background: url(//evil.example)')")
    await page.evaluate("Nightdesk('setPage', {})")
    assert "evil" not in await inside.evaluate(accent)


# -- hostile pages and messages -----------------------------------------------------------------------------------

NONSENSE: list[Any] = [
    None,
    "settings",
    7,
    [],
    {},
    {"settings": None},
    {"settings": 7},
    {"settings": {"color": "red;}body{display:none", "locale": "xx", "open": True, "page": "x" * 9_000, "fields": {}}},
    {"command": "__proto__"},
    {"command": "constructor", "value": {"__proto__": {"open": False}}},
    {"command": {"toString": None}},
    {"event": "token"},
]


async def test_no_frame_beside_it_can_speak_as_the_page_or_as_the_window(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    shop = await site(await serve(work=False))
    advert = """<script>
      const all = [parent, ...Array.from({ length: parent.length }, (_, number) => parent[number])];
      const say = (data) => all.forEach((one) => one.postMessage(data, "*"));
      for (const data of [{ event: "unread", value: 99 }, { event: "close" }, { command: "logout" }]) say(data);
      parent.postMessage("said", "*");
    </script>"""
    shop.pages["/advert"] = (f"<!doctype html>{advert}", {})
    page = await shop.visit(await chromium.new_context(locale="en"))
    inside = await ask(page, "Hello", topic="other")
    foreign = shop.origin.replace("127.0.0.1", "localhost")
    await page.evaluate(
        """(url) => new Promise((said) => {
          addEventListener("message", ({ data }) => data === "said" && said());
          document.body.append(Object.assign(document.createElement("iframe"), { src: url }));
        })""",
        f"{foreign}/advert",
    )
    await expect(launcher(page)).to_have_attribute("aria-label", "Chat with us")
    await expect(texts(inside)).to_have_text(["Hello"])


async def test_the_page_itself_can_neither_read_nor_break_what_is_in_the_window(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    shop = await site(await serve(work=False))
    page = await shop.visit(await chromium.new_context(locale="en"))
    await page.evaluate("addEventListener('message', ({ data }) => (window.told ??= []).push(data))")
    inside = await ask(page, "My account is 6222", topic="other")
    frame = "document.querySelector('nightdesk-chat').shadowRoot.querySelector('iframe')"
    assert await page.evaluate(f"{frame}.contentDocument") is None
    with pytest.raises(Exception, match=r"SecurityError|cross-origin"):
        await page.evaluate(f"{frame}.contentWindow.document.body.innerText")
    for nonsense in NONSENSE:
        await page.evaluate(f"(data) => {frame}.contentWindow.postMessage(data, '*')", nonsense)
    await inside.locator("#composer").fill("Still here")
    await inside.locator("#composer").press("Enter")
    await expect(texts(inside)).to_have_text(["My account is 6222", "Still here"])
    await expect(inside.locator(".pending")).to_have_count(0)
    told = json.dumps(await page.evaluate("told"), ensure_ascii=False)
    assert "conversation" in told
    assert "6222" not in told


async def test_a_window_in_a_tab_of_its_own_takes_nobodys_word(serve: Serve, site: Open, chromium: Browser) -> None:
    server = await serve(work=False)
    shop = await site(server)
    page = await shop.visit(await chromium.new_context(locale="en"))
    async with page.expect_popup() as opening:
        await page.evaluate("(url) => { window.other = open(url); }", f"{server.url}/widget/frame?site=demo")
    popup = await opening.value
    await expect(popup.locator("form")).to_be_visible()
    await page.evaluate("other.postMessage({ settings: { color: 'red', fields: {}, open: true, page: '' } }, '*')")
    await popup.locator("[name=body]").fill("Hello")
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    assert await popup.evaluate(accent) != "red"


# -- who is there -------------------------------------------------------------------------------------------------

IDENTIFY = """Nightdesk("identify", { getToken: async () => {
  const answer = await fetch("/token");
  if (!answer.ok) throw new Error("signed out");
  return answer.text();
} })"""


async def test_who_signs_out_is_gone_from_every_tab_and_finds_everything_on_another_device(
    serve: Serve, site: Open, chromium: Browser, agent: Arrive
) -> None:
    server = await serve(work=False)
    shop = await site(server)
    shop.signed_in = "u-9001"
    context = await chromium.new_context(locale="zh-CN")
    page, other_tab = await shop.visit(context), await shop.visit(context)
    for tab in (page, other_tab):
        await expect(launcher(tab)).to_be_visible()
        await tab.evaluate(IDENTIFY)
    await ask(page, "我的退款呢", topic="other")
    await launcher(other_tab).click()
    await expect(texts(window(other_tab))).to_have_text(["我的退款呢"])
    await window(other_tab).locator("#composer").fill("写到一半")

    shop.signed_in = None
    await page.evaluate("Nightdesk('logout')")
    for tab in (page, other_tab):
        await expect(window(tab).locator("form [name=body]")).to_have_value("")
        await expect(window(tab).get_by_text("我的退款呢")).to_have_count(0)
        inside = next(frame for frame in tab.frames if "/widget/frame" in frame.url)
        kept = await inside.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
        assert "退款" not in kept
        assert "写到一半" not in kept
    next_person = await shop.visit(context)
    await launcher(next_person).click()
    await expect(window(next_person).locator("form [name=body]")).to_have_value("")

    shop.signed_in = "u-9001"
    phone = await shop.visit(await chromium.new_context(locale="zh-CN", viewport={"width": 375, "height": 667}))
    await expect(launcher(phone)).to_be_visible()
    await phone.evaluate(IDENTIFY)
    await launcher(phone).click()
    await expect(texts(window(phone))).to_have_text(["我的退款呢"])
    assert (await phone.evaluate("Nightdesk('status')"))["verified"] is True


async def test_a_page_learns_with_a_code_that_its_proof_was_not_believed(
    serve: Serve, site: Open, chromium: Browser
) -> None:
    shop = await site(await serve(work=False))
    page = await shop.visit(await chromium.new_context(locale="en"))
    await expect(launcher(page)).to_be_visible()
    await page.evaluate("document.addEventListener('nightdesk:error', ({ detail }) => (window.failed = detail.code))")
    await page.evaluate("Nightdesk('identify', { getToken: () => 'made.up.token' })")
    await launcher(page).click()
    await expect(window(page).locator("form")).to_be_visible()
    assert await page.evaluate("failed") == "bad_identity"
