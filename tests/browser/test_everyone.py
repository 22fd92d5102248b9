"""Every state of the window, and every page beside it, as people use them who see, hear, read or move in other ways."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import COLOURS, RULES, look_through
from tests.browser.test_journeys import open_page, open_window, sign_in
from tests.conftest import Arrive, Serve
from tests.web.test_case_page import an_application

GALLERY = "/demo/widget-states"
# What a finger has to hit that is no link in a text: 24 pixels, 44 where one goes on by it. Of what is off the screen a
# label or another control is pressed.
LOOK = """async ([name, asked]) => {
  location.hash = name;
  while (document.documentElement.dataset.ready !== name) await new Promise(requestAnimationFrame);
  const typed = "input:not([type=radio], [type=checkbox], [type=file])";
  const controls = [...document.querySelectorAll(`button, select, textarea, ${typed}`)];
  const primary = ".button, .send, .head .icon, .attach, .choice, .chip, .field :is(input, select, textarea)";
  const isSmall = ({ width, height }, least) => width < least || height < least;
  const seen = controls.filter((one) => !one.closest(".hidden") && one.checkVisibility());
  const small = seen.filter((one) => isSmall(one.getBoundingClientRect(), one.matches(primary) ? 44 : 24));
  const isLost = (one) => {
    one.scrollIntoView({ block: "nearest", behavior: "instant" });
    const { top, left, bottom, right } = one.getBoundingClientRect();
    return top < -1 || left < -1 || bottom > innerHeight + 1 || right > innerWidth + 1;
  };
  const scrolled = [...document.querySelectorAll("*")].map((one) => [one, one.scrollTop]).filter(([, top]) => top);
  const lost = seen.filter((one) => one.matches(primary) && isLost(one));
  for (const [one, top] of scrolled) one.scrollTop = top;
  const boxes = document.querySelectorAll("html, #app, .log");
  const wide = [...boxes].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  const worded = (fault, found) => found.map(({ outerHTML }) => `${fault}: ${outerHTML.slice(0, 200)}`);
  const unfit = [...worded("is small", small), ...worded("cannot be reached", lost)];
  return [...unfit, ...worded("is wider than the screen", wide)];
}"""

VARIANTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "phone-zh": ("zh-CN", {"viewport": {"width": 390, "height": 780}}, RULES),
    # A small screen, 640 by 1024, at 200 %; what is shown is that of 320 pixels.
    "narrow-dark-en": (
        "en",
        {"viewport": {"width": 320, "height": 512}, "device_scale_factor": 2, "color_scheme": "dark"},
        COLOURS,
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
async def test_every_state_of_the_window_is_for_everybody(serve: Serve, chromium: Browser, variant: str) -> None:
    lang, options, asked = VARIANTS[variant]
    server = await serve()
    page = await open_page(chromium, f"{server.url}{GALLERY}?lang={lang}", **options)
    await page.wait_for_selector("section a")
    names = await page.evaluate("[...document.querySelectorAll('section a')].map(({ hash }) => hash.slice(1))")
    assert len(names) > 80
    page = await page.context.new_page()
    await page.goto(f"{server.url}{GALLERY}?lang={lang}#{names[0]}")
    faults: list[str] = []
    for name in names:
        found = [*await page.evaluate(LOOK, [name, asked]), *await look_through(page, **asked)]
        faults += [f"{name} {fault}" for fault in found]
    assert not faults, "\n".join(faults)


HELP = ["", "?q=退款", "?q=qwertz", "/apply", "/message", "/policies", "/policies/refunds", "/refund-arrival"]


async def test_the_pages_of_the_support_centre_and_of_a_case_are_for_everybody(
    serve: Serve, chromium: Browser, customer: Arrive
) -> None:
    server = await serve()
    case, _ = await an_application(server, await customer(server))
    faults = []
    for theme, paths in (
        ("light", ["/demo", "/demo/wallet", "/help", *(f"/help/demo/zh-CN{path}" for path in HELP), case]),
        ("dark", ["/demo?lang=en", "/help/demo/en", "/help/demo/en/message", "/help/demo/en/apply", f"{case}?lang=en"]),
    ):
        page = await open_page(chromium, "about:blank", viewport={"width": 320, "height": 640}, color_scheme=theme)
        for path in paths:
            await page.goto(server.url + path)
            found = await look_through(page)
            if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append("is wider than the screen")
            faults += [f"{theme} {path} {fault}" for fault in found]
    assert not faults, "\n".join(faults)


DESK = ["queue", "inbox", "live", "tickets", "knowledge", "knowledge/canned/new", "reports", "settings"]


async def test_the_console_is_for_everybody(serve: Serve, chromium: Browser, customer: Arrive) -> None:
    server = await serve()
    fang = await customer(server)
    room = (await fang.do("start", topic="refund"))["conversation"]["id"]
    await fang.say(room, "外套尺码不对，想退款。")
    login = await open_page(chromium, f"{server.url}/console")
    await expect(login.locator("form")).to_be_visible()
    faults = [f"login {fault}" for fault in await look_through(login)]
    page = await sign_in(chromium, server, "admin", color_scheme="dark")
    for screen in [*DESK, f"queue/{room}"]:
        await page.evaluate("place => { location.hash = `#/${place}` }", screen)
        await expect(page.locator("h1").first).to_be_visible(timeout=20_000)
        await page.wait_for_load_state("networkidle")
        faults += [f"{screen} {fault}" for fault in await look_through(page)]
    assert not faults, "\n".join(faults)


async def test_a_keyboard_on_the_screen_covers_nothing_of_the_window(serve: Serve, chromium: Browser) -> None:
    """Some browsers make only the part smaller that is seen. None here has such a keyboard: what it tells is given."""
    server = await serve()
    phone = {"viewport": {"width": 375, "height": 667}}
    shown = """([height, offsetTop, scale]) => {
      for (const [name, value] of Object.entries({ height, offsetTop, scale }))
        Object.defineProperty(visualViewport, name, { configurable: true, value });
      visualViewport.dispatchEvent(new Event("resize"));
    }"""
    alone = await open_page(chromium, f"{server.url}/chat/demo", **phone)
    shop = await open_page(chromium, f"{server.url}/demo", **phone)
    window = await open_window(shop)
    await expect(window.locator("form")).to_be_visible()
    for page, box in ((alone, alone.locator("#app")), (shop, shop.locator("iframe"))):
        await expect(box).to_be_visible()
        for seen, (top, height) in (([360, 40, 1], (40, 360)), ([300, 90, 2], (0, 667)), ([667, 0, 1], (0, 667))):
            await page.evaluate(shown, seen)
            found = await box.bounding_box()
            assert found is not None
            assert (found["y"], found["height"]) == (top, height), seen


async def test_who_has_javascript_off_finds_the_form_for_a_message(serve: Serve, chromium: Browser) -> None:
    server = await serve()
    page = await open_page(chromium, f"{server.url}/demo?lang=en", java_script_enabled=False)
    await page.get_by_role("link", name="Leave us a message").click()
    await expect(page).to_have_url(f"{server.url}/help/demo/en/message")
    await expect(page.locator("textarea[name=body], textarea").first).to_be_visible()


async def test_the_keys_find_everything_and_focus_goes_back_to_where_it_was(serve: Serve, chromium: Browser) -> None:
    server = await serve()
    page = await open_page(chromium, f"{server.url}{GALLERY}?lang=en#talk")
    await expect(page.locator("html")).to_have_attribute("data-ready", "talk")
    menu = page.get_by_role("button", name="More options")
    await expect(page.locator("#composer")).to_be_focused()
    await menu.focus()
    first = page.get_by_role("button", name="My orders and cases")
    await page.keyboard.press("Enter")
    await expect(first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="End conversation").press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(menu).to_be_focused()


async def test_colours_of_ones_own_leave_every_part_of_the_window_to_be_seen(serve: Serve, chromium: Browser) -> None:
    server = await serve()
    page = await open_page(chromium, f"{server.url}{GALLERY}?lang=en#talk", forced_colors="active")
    await expect(page.locator("html")).to_have_attribute("data-ready", "talk")
    for part in (".bubble", ".send"):
        assert await page.locator(part).first.evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"


async def test_who_asks_for_less_motion_gets_none(serve: Serve, chromium: Browser) -> None:
    server = await serve()
    page = await open_page(chromium, f"{server.url}{GALLERY}?lang=en#talk-typing", reduced_motion="reduce")
    await expect(page.locator("html")).to_have_attribute("data-ready", "talk-typing")
    await expect(page.locator(".typing i").first).to_be_visible()
    assert await page.evaluate("document.getAnimations().length") == 0


# Nobody listens here: what would be heard is drawn into memory instead.
DRAWN = """window.drawn = [];
window.AudioContext = class extends OfflineAudioContext {
  constructor() { super(1, 48_000, 48_000); window.drawn.push(this); }
  async resume() {}
};"""
HEARD = """async () => {
  const [context, ...more] = window.drawn;
  const wave = (await context.startRendering()).getChannelData(0);
  const last = wave.findLastIndex((one) => Math.abs(one) > 0.002);
  return [more.length, wave.reduce((most, one) => Math.max(most, Math.abs(one)), 0), last / 48_000];
}"""


async def test_a_sound_is_heard_once_it_is_allowed_and_is_short_and_soft(serve: Serve, chromium: Browser) -> None:
    server = await serve()
    page = await open_page(chromium, "about:blank")
    await page.add_init_script(DRAWN)
    await page.goto(f"{server.url}{GALLERY}?lang=en#talk")
    await expect(page.locator("html")).to_have_attribute("data-ready", "talk")
    await page.get_by_role("button", name="More options").click()
    assert await page.evaluate("drawn.length") == 0
    await page.get_by_role("button", name="Sound for new messages").click()
    more, peak, seconds = await page.evaluate(HEARD)
    assert more == 0
    assert 0.05 < peak < 0.3
    assert 0.2 < seconds < 0.6
