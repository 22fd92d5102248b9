"""What Prometheus reads, and who else may."""

from __future__ import annotations

import re

import aiohttp
import pytest

from tests.conftest import Arrive, Serve, Server


async def scrape(server: Server, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def value(text: str, name: str, **labels: str) -> float | None:
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)\{(.*)\} ([0-9.e+]+)", line)
        if found and found[1] == name and dict(re.findall(r'(\w+)="([^"]*)"', found[2])) == labels:
            return float(found[3])
    return None


async def test_they_say_who_waits_who_is_helped_and_who_is_there(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    li_na, wang, mei = await customer(server), await customer(server), await agent(server, "mei")
    for person in (li_na, wang):
        await person.do("start", topic="other")
    await mei.do("pick")
    status, text = await scrape(server)
    assert status == 200
    assert value(text, "nightdesk_conversations", site="demo", status="waiting") == 1
    assert value(text, "nightdesk_conversations", site="demo", status="active") == 1
    assert value(text, "nightdesk_conversations", site="demo-wallet", status="waiting") == 0
    assert value(text, "nightdesk_agents_present", site="demo") == 1
    assert value(text, "nightdesk_findings", site="demo", kind="overdue") == 0
    assert value(text, "nightdesk_overdue", site="demo") == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("metrics_from", "proxies", "forwarded", "status"),
    [
        ("127.0.0.1", 0, None, 200),
        ("10.0.0.0/8", 0, None, 404),
        ("", 0, None, 404),
        ("127.0.0.1", 1, "203.0.113.7", 404),
        ("203.0.113.0/24", 1, "203.0.113.7", 200),
        ("203.0.113.7", 1, "203.0.113.7, 198.51.100.1", 404),
        ("203.0.113.7", 1, "::ffff:203.0.113.7", 200),
        ("127.0.0.1", 1, "somebody", 404),
        # The proxy calls from here and was not named: who is behind it nobody knows.
        ("127.0.0.1", 0, "203.0.113.7", 404),
    ],
)
async def test_only_the_addresses_of_the_setting_may_read_them(
    serve: Serve, metrics_from: str, proxies: int, forwarded: str | None, status: int
) -> None:
    server = await serve(metrics_from=metrics_from, trusted_proxies=proxies)
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    answered, text = await scrape(server, **headers)
    assert answered == status
    assert ("nightdesk_conversations" in text) == (status == 200)
