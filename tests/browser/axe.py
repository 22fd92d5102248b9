"""What axe-core has to say about a page: WCAG 2.2, levels A and AA, and what it calls best practice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.databases import missing

AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async (asked) => {
  const { violations } = await axe.run(document, asked);
  const worded = (id, { target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => worded(id, node)));
}"""
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TARGETS = {"target-size": {"enabled": True}}  # which axe itself leaves out
RULES = {"runOnly": {"type": "tag", "values": LEVELS}, "rules": TARGETS}
EVERYTHING = {"runOnly": {"type": "tag", "values": [*LEVELS, "best-practice"]}, "rules": TARGETS}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


async def look_through(page: Page, **asked: Any) -> list[str]:
    """What stands in somebody's way on the page as it is; best nothing. A policy of the page does not keep axe out."""
    if not await page.evaluate("'axe' in window"):
        if not AXE.exists():
            missing("axe-core (make test installs it)")
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(RUN, {"resultTypes": ["violations"], **(asked or EVERYTHING)})
    return found
