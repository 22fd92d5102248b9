"""What Prometheus reads, and who else may."""

from __future__ import annotations

import os
import re
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chat.actions import workers
from chat.store import Tx
from tests.conftest import Arrive, Refused, Serve, Server, new_client_id
from tests.servers import Redis

HERE = f"{socket.gethostname()}:{os.getpid()}"


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


def plain(text: str, name: str) -> float:
    """Of a metric without labels."""
    found = re.search(rf"^{name} ([0-9.e+]+)$", text, re.MULTILINE)
    assert found is not None, name
    return float(found[1])


async def test_they_count_sockets_messages_and_what_became_of_commands(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server, "mei")
    started = await li_na.do("start", topic="other")
    talk = started["conversation"]["id"]
    await mei.do("pick", conversation_id=talk)
    for number in range(3):
        await li_na.say(talk, f'第{number}条 "author":{{"kind":"nobody"}}')
    await mei.do("say", conversation_id=talk, client_id=new_client_id(), body="您好")
    with pytest.raises(Refused):
        await mei.do("say", conversation_id="nobody's", client_id=new_client_id(), body="?")
    _, text = await scrape(server)
    assert value(text, "nightdesk_sockets", door="customer") == 1
    assert value(text, "nightdesk_sockets", door="agent") == 1
    assert value(text, "nightdesk_messages_total", author="customer") == 3
    assert value(text, "nightdesk_messages_total", author="agent") == 1
    assert value(text, "nightdesk_messages_total", author="nobody") is None
    assert value(text, "nightdesk_commands_total", door="customer", outcome="done") == 5  # with the session
    assert value(text, "nightdesk_commands_total", door="agent", outcome="refused") == 1
    assert value(text, "nightdesk_commands_total", door="customer", outcome="refused") is None
    assert value(text, "nightdesk_command_seconds_count", door="customer") == 5
    assert value(text, "nightdesk_command_seconds_bucket", door="customer", le="+Inf") == 5
    assert (value(text, "nightdesk_command_seconds_sum", door="customer") or 0) > 0
    assert plain(text, "nightdesk_beacon_lag_seconds") < 25
    assert plain(text, "nightdesk_disk_free_bytes") > 0
    assert value(text, "nightdesk_store_line", line="writes") == 0
    assert "nightdesk_deaf" not in text  # it is alone
    assert plain(text, "process_resident_memory_bytes") > 1e6


async def test_a_wait_for_news_is_no_slow_command(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    started = await li_na.do("start", topic="other")
    await li_na.do("sync", conversation_id=started["conversation"]["id"], after_seq=99, wait=1)
    _, text = await scrape(server)
    assert value(text, "nightdesk_commands_total", door="customer", outcome="done") == 3  # with the session
    assert value(text, "nightdesk_command_seconds_count", door="customer") == 2


async def test_they_say_who_waits_the_longest_and_which_jobs_are_due_or_given_up(serve: Serve) -> None:
    server = await serve(work=False)
    minute = 60_000

    def set_back(tx: Tx, now: datetime) -> None:
        """A job each that is done, waits for its time, is due for a minute, and failed for good; and one in line."""
        for kind, due, done, failed in (
            ("done", 0, 1, None),
            ("later", 10 * minute, None, None),
            ("due", -minute, None, None),
            ("given_up", -minute, None, 1),
        ):
            tx.job(kind, {})
            tx.change(
                "UPDATE job SET run_at = run_at + :due, done_at = :done, failed_at = :failed WHERE kind = :kind",
                kind=kind,
                due=due,
                done=done,
                failed=failed,
            )
        tx.change(
            "UPDATE conversation SET status = 'waiting', first_waited_at = :since WHERE id ="
            " (SELECT min(id) FROM conversation WHERE site_id = (SELECT id FROM site WHERE key = 'demo'))",
            since=int(now.timestamp() * 1000) - 2 * minute,
        )

    _, before = await scrape(server)
    assert value(before, "nightdesk_longest_wait_seconds", site="demo") == 0
    assert value(before, "nightdesk_jobs_due", kind="due") is None
    await server.store.write(set_back)
    _, text = await scrape(server)
    assert 119 < (value(text, "nightdesk_longest_wait_seconds", site="demo") or 0) < 200
    assert value(text, "nightdesk_longest_wait_seconds", site="demo-wallet") == 0
    assert [value(text, "nightdesk_jobs_due", kind=kind) for kind in ("due", "later", "done", "given_up")] == [
        1,
        None,
        None,
        None,
    ]
    assert 59 < (value(text, "nightdesk_jobs_lag_seconds", kind="due") or 0) < 200
    assert value(text, "nightdesk_jobs_given_up", kind="given_up") == 1
    assert value(text, "nightdesk_jobs_given_up", kind="due") is None


async def test_a_question_to_the_bot_is_counted_by_what_it_decided(serve: Serve, customer: Arrive) -> None:
    server = await serve(at="22:30", bot=False)
    li_na = await customer(server)
    started = await li_na.do("start", topic="other")
    await li_na.say(started["conversation"]["id"], "你们几点上班?")
    await li_na.hears("message", lambda message: message["author"]["kind"] == "bot")
    _, text = await scrape(server)
    assert value(text, "nightdesk_jobs_done_total", worker=HERE, kind="bot_turn") == 1
    assert value(text, "nightdesk_bot_turns_last_hour", site="demo", decision="hand_over") == 1


async def test_they_tell_of_processes_without_a_door_which_of_them_live_and_what_they_have_done(serve: Serve) -> None:
    server = await serve(work=False)

    def told_of(worker: str, ago: timedelta, **counts: dict[str, int]) -> Any:
        return lambda tx, now: workers.seen(tx, worker, counts, now - ago)

    await server.store.write(told_of("long_forgotten:1", timedelta(hours=2), jobs_done={"bot_turn": 9}))
    await server.store.write(told_of("dead:7", timedelta(minutes=2), jobs_done={"bot_turn": 1}))
    await server.store.write(told_of("busy:7", timedelta(0), jobs_done={"bot_turn": 2}, jobs_failed={"answer_mail": 5}))
    _, text = await scrape(server)
    assert plain(text, "nightdesk_workers") == 1
    assert 119 < (value(text, "nightdesk_worker_silent_seconds", worker="dead:7") or 0) < 200
    assert (value(text, "nightdesk_worker_silent_seconds", worker="busy:7") or 0) < 30
    assert value(text, "nightdesk_jobs_done_total", worker="busy:7", kind="bot_turn") == 2
    assert value(text, "nightdesk_jobs_failed_total", worker="busy:7", kind="answer_mail") == 5
    assert value(text, "nightdesk_jobs_done_total", worker="dead:7", kind="bot_turn") == 1
    assert "long_forgotten" not in text
    await server.store.write(workers.gone, "dead:7")
    assert "dead:7" not in (await scrape(server))[1]


@pytest.mark.databases("sqlite")
async def test_operations_lists_every_metric_there_is(serve: Serve, redis: Redis) -> None:
    server = await serve(redis_url=redis.url)
    _, text = await scrape(server)
    there = set(re.findall(r"^# TYPE (nightdesk_\w+)", text, re.MULTILINE))
    told = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^\| `(nightdesk_\w+)` \|", told, re.MULTILINE)) == there
    # Those of the alerts, without what a histogram adds to its name.
    asked = {re.sub("_bucket$", "", name) for name in re.findall(r"\b(nightdesk_\w+)", told)}
    assert asked <= there
