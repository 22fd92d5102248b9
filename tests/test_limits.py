"""Who asks for more than their share waits, and nobody else does."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chat.commands import Rate
from chat.errors import TooMany, Unavailable
from chat.limits import Limits, Polls, SlowLine, neighbourhood
from chat.seed import PASSWORD
from tests.conftest import Serve, Server, post


def test_a_burst_may_pass_and_what_comes_after_it_may_not() -> None:
    limits, rate = Limits(), Rate(burst=3, per_minute=1)
    for _ in range(3):
        limits.take("li na", rate)
    with pytest.raises(TooMany) as held_back:
        limits.take("li na", rate)
    assert held_back.value.retry_after == pytest.approx(60, abs=1)
    limits.take("wang", rate)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::2"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_addresses_of_one_line_are_counted_together(address: str, other: str) -> None:
    assert neighbourhood(address) == neighbourhood(other)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("203.0.113.7", "203.0.113.8"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("", "unknown"),
    ],
)
def test_addresses_of_two_lines_are_not(address: str, other: str) -> None:
    assert neighbourhood(address) != neighbourhood(other)


async def test_a_full_line_turns_the_next_one_away_until_somebody_is_done() -> None:
    line, go_on = SlowLine(places=2), threading.Event()
    first, second = (asyncio.create_task(line.run(go_on.wait, 10)) for _ in range(2))
    await asyncio.sleep(0)  # both take their places
    with pytest.raises(Unavailable) as turned_away:
        await line.run(go_on.wait, 10)
    assert turned_away.value.retry_after
    go_on.set()
    assert await first
    assert await second
    assert await line.run(str.upper, "free again") == "FREE AGAIN"


async def test_work_that_fails_leaves_its_place_and_says_why() -> None:
    line = SlowLine(places=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="not a number"):
            await line.run(_fail)


def _fail() -> None:
    raise ValueError("not a number")


async def test_a_newer_poll_takes_the_place_of_the_oldest_of_its_session() -> None:
    polls, news = Polls(at_most=2), [asyncio.Event() for _ in range(4)]
    with polls.place("li na", news[0]) as oldest, polls.place("li na", news[1]) as older:
        with polls.place("wang", news[2]) as wangs, polls.place("li na", news[3]) as newest:
            assert [place.given_up for place in (oldest, older, newest, wangs)] == [True, False, False, False]
            assert [event.is_set() for event in news] == [True, False, False, False]
        with polls.place("li na", asyncio.Event()):
            assert not older.given_up, "the place that became free was not used"


# -- signing in ---------------------------------------------------------------------------------------------------


async def _guess(server: Server, guesses: list[tuple[str, str]]) -> list[int]:
    """The statuses of wrong passwords for addresses of accounts, each from an address of a line, all at once."""
    return sorted(await asyncio.gather(*(_sign_in(server, email, "wrong", line) for email, line in guesses)))


async def _sign_in(server: Server, email: str, password: str, line: str) -> int:
    given = {"email": email, "password": password, "bearer": True}
    return (await post(server, "/api/agent/session", given, headers={"X-Forwarded-For": line}))[0]


@pytest.mark.parametrize("name", ["mei", "nobody"])
async def test_one_account_is_guessed_at_ten_times_whether_it_exists_or_not(serve: Serve, name: str) -> None:
    server = await serve(trusted_proxies=1)
    written = [f"{name}@demo.example", f"{name.upper()}@Demo.Example"]
    assert await _guess(server, [(written[n % 2], f"10.1.0.{n}") for n in range(11)]) == [401] * 10 + [429]
    assert await _sign_in(server, "lin@demo.example", PASSWORD, "10.1.0.1") == 200


async def test_one_line_guesses_ten_times_whatever_it_guesses_at(serve: Serve) -> None:
    server = await serve(trusted_proxies=1)
    guesses = [(f"guess-{n}@demo.example", f"2001:db8:1:2::{n}") for n in range(11)]
    assert await _guess(server, guesses) == [401] * 10 + [429]
    assert await _sign_in(server, "lin@demo.example", PASSWORD, "2001:db8:1:3::1") == 200
