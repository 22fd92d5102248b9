"""Two processes, one database, one Redis: what happens in one is heard in the other, or caught up with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis import Redis as Client
from structlog.testing import capture_logs

from chat.actions import setup
from chat.app import PARTS
from chat.bus import Bus, Seal
from chat.hub import Event, Hub, Room, customer_room
from chat.store.migrations import migrate
from tests.conftest import PATIENCE, Arrive, Serve, Server, Someone, post
from tests.servers import Redis

Pair = tuple[Server, Server]


@pytest.fixture(scope="module")
def shared_redis() -> Iterator[Redis]:
    redis = Redis()
    redis.start()
    yield redis
    redis.remove()


async def problem_of(server: Server) -> str | None:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/readyz") as answer:
        problem: str | None = (await answer.json()).get("problem")
        return problem


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


async def ready(*servers: Server) -> None:
    for server in servers:
        await until(partial(_is_ready, server))


async def _is_ready(server: Server) -> bool:
    return await problem_of(server) is None


async def _is_deaf(server: Server) -> bool:
    return "Redis" in (await problem_of(server) or "")


@pytest.fixture
async def pair(serve: Serve, shared_redis: Redis) -> Pair:
    """A and B, on one folder."""
    pair = await serve(redis_url=shared_redis.url), await serve(redis_url=shared_redis.url)
    await ready(*pair)
    return pair


def overhear(server: Server) -> list[Event]:
    """Everything that its hub tells from now on."""
    heard: list[Event] = []
    server.app[PARTS].ground.hub.listen(heard.append)
    return heard


async def begin(li_na: Someone, mei: Someone) -> str:
    """A conversation between the two."""
    conversation_id: str = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await mei.do("pick", conversation_id=conversation_id)
    return conversation_id


# -- everything crosses -----------------------------------------------------------------------------------------------


async def test_messages_typing_and_read_marks_cross_each_once(pair: Pair, customer: Arrive, agent: Arrive) -> None:
    a, b = pair
    li_na, mei = await customer(a), await agent(b)
    conversation_id = await begin(li_na, mei)
    await li_na.do("typing", conversation_id=conversation_id)
    await mei.hears("typing", lambda value: value["by"] == "customer")
    for body in ("一", "二", "三"):
        await li_na.say(conversation_id, body)
    await mei.hears("message", lambda message: message["body"] == "三")
    await mei.do("read", conversation_id=conversation_id, seq=3)
    await li_na.hears("read", lambda value: value["by"] == "agent" and value["seq"] == 3)
    await mei.do("typing", conversation_id=conversation_id)
    await li_na.hears("typing", lambda value: value["by"] == "agent")
    await mei.say(conversation_id, "好的")
    await li_na.hears("message", lambda message: message["body"] == "好的")
    for someone in (li_na, mei):
        bodies = [value["body"] for name, value in someone.heard if name == "message" and value["kind"] == "text"]
        assert bodies == ["一", "二", "三", "好的"]


async def test_a_stranger_in_the_other_process_hears_nothing(pair: Pair, customer: Arrive, agent: Arrive) -> None:
    a, b = pair
    li_na, wang, mei = await customer(a), await customer(b), await agent(b)
    conversation_id = await begin(li_na, mei)
    await li_na.say(conversation_id, "只有我能看")
    await mei.hears("message")
    wangs = (await wang.do("start", topic="other"))["conversation"]["id"]
    await wang.say(wangs, "我的")
    await wang.hears("message")
    assert {value["conversation_id"] for name, value in wang.heard if name == "message"} == {wangs}


async def test_the_queue_is_told_in_both_processes_at_most_once_a_second(
    pair: Pair, customer: Arrive, agent: Arrive
) -> None:
    a, b = pair
    mei, lin = await agent(b), await agent(a, "lin")
    li_na = await customer(a)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    begun = time.monotonic()
    for number in range(30):
        await li_na.say(conversation_id, f"第{number}句")
    for someone in (mei, lin):
        await someone.hears("queue", lambda value: [row["preview"] for row in value["waiting"]] == ["第29句"])
    at_most = time.monotonic() - begun + 2
    for someone in (mei, lin):
        assert len([name for name, value in someone.heard if name == "queue" and value["site"] == "demo"]) <= at_most


async def test_presence_crosses(pair: Pair, agent: Arrive) -> None:
    a, b = pair
    lin = await agent(a, "lin")
    mei = await agent(b)
    await lin.hears("presence", lambda value: _status(mei, value) == "online")
    lin.heard.clear()
    await mei.socket.disconnect()
    await lin.hears("presence", lambda value: _status(mei, value) == "offline")


def _status(someone: Someone, presence: dict[str, Any]) -> str:
    return next(who["status"] for who in presence["colleagues"] if who["id"] == someone.session["agent"]["id"])


async def test_who_signs_out_in_one_process_is_sent_away_in_the_other(pair: Pair, agent: Arrive) -> None:
    a, b = pair
    mei, lin = await agent(b), await agent(b, "lin")
    status, _ = await post(a, "/api/agent/sign_out", {}, mei.token)
    assert status == 200
    await mei.hears("bye")
    await asyncio.wait_for(mei.socket.wait(), PATIENCE)
    await lin.do("sync")
    assert "bye" not in [name for name, _ in lin.heard]


async def test_a_long_poll_is_answered_by_what_is_said_in_the_other_process(pair: Pair, customer: Arrive) -> None:
    a, b = pair
    li_na = await customer(a)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    polling = asyncio.create_task(
        post(b, "/api/customer/sync", {"conversation_id": conversation_id, "after_seq": 0, "wait": 25}, li_na.token)
    )
    await until(lambda: is_polled(b))
    await li_na.say(conversation_id, "你好")
    async with asyncio.timeout(PATIENCE):
        _, answer = await polling
    assert [message["body"] for message in answer["value"]["messages"]] == ["你好"]


def is_polled(server: Server) -> bool:
    return bool(server.app[PARTS].ground.hub._polls)


async def test_a_job_wakes_the_worker_of_another_process(
    serve: Serve, shared_redis: Redis, customer: Arrive, tmp_path: Path
) -> None:
    web = await serve(at="22:30", work=False, redis_url=shared_redis.url)
    worker = await serve(at="22:30", redis_url=shared_redis.url)
    await ready(web, worker)
    heard = overhear(worker)
    li_na = await customer(web)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await li_na.say(conversation_id, "怎么退款")
    await li_na.hears("message", lambda message: message["author"]["kind"] == "bot")
    assert "job" in [event.name for event in heard]


async def test_a_job_of_a_kind_it_does_not_know_is_left_for_others(pair: Pair, customer: Arrive) -> None:
    a, _ = pair
    await a.store.write(lambda tx, now: tx.job("dance", {"with": "Mei"}, key="dance"))
    await a.store.write(lambda tx, now: tx.job("answer_mail", {"conversation_id": "none"}, key="known"))

    async def is_tried(key: str) -> bool:
        attempts = await a.store.read(lambda tx, now: tx.value("SELECT attempts FROM job WHERE key = :key", key=key))
        return bool(attempts)

    await until(lambda: is_tried("known"))
    assert not await is_tried("dance")


async def test_an_event_of_a_newer_version_is_passed_on_as_it_is(pair: Pair, customer: Arrive) -> None:
    a, b = pair
    li_na = await customer(b)
    with capture_logs() as logged:
        new = Event("sparkle", (Room("/moon", "all"), await room_of(li_na, b)), b'{"colour":"red"}')
        a.app[PARTS].ground.hub.relay([Event("glow", (Room("inside", "all"),), b"{}"), new])
        assert await li_na.hears("sparkle") == {"colour": "red"}
    assert not [line for line in logged if line["log_level"] not in ("debug", "info")]


async def room_of(someone: Someone, server: Server) -> Room:
    site_id = await server.store.read(lambda tx, now: tx.value("SELECT id FROM site WHERE key = 'demo'"))
    return customer_room(someone.session["customer"]["id"], site_id)


# -- what others say on the channel -----------------------------------------------------------------------------------


async def test_two_installations_on_one_redis_do_not_mix(
    serve: Serve, shared_redis: Redis, customer: Arrive, tmp_path: Path
) -> None:
    folder = tmp_path / "another"
    folder.mkdir()
    migrate(folder / "nightdesk.db")
    other = await serve(redis_url=shared_redis.url, data_dir=folder)  # first: its seeding holds up this whole process
    a, b = await serve(redis_url=shared_redis.url), await serve(redis_url=shared_redis.url)
    await ready(a, b, other)
    near, far = overhear(b), overhear(other)
    li_na = await customer(a)
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await li_na.say(conversation_id, "你好")

    await until(lambda: "message" in [event.name for event in near])
    await ready(other)
    assert not [event.name for event in far if event.name in ("message", "conversation", "stale")]


class Speaker:
    """Somebody who may write to Redis, and makes messages with whatever key they have."""

    def __init__(self, redis: Redis, store_id: str, key: str) -> None:
        self._redis = redis
        self._channel = f"nightdesk:{store_id}"
        self.seal = Seal(key)

    async def publish(self, payload: bytes) -> None:
        await asyncio.to_thread(self._publish, payload)

    def _publish(self, payload: bytes) -> None:
        with Client.from_url(self._redis.url) as client:
            assert client.publish(self._channel, payload) >= 1, "nobody listens"

    async def says(self, number: int, *events: Event) -> None:
        await self.publish(self.seal.pack("a process", number, events))


async def insider(server: Server, redis: Redis) -> Speaker:
    return Speaker(redis, *await server.store.write(setup.installation))


async def test_only_who_knows_the_database_is_believed(pair: Pair, shared_redis: Redis, customer: Arrive) -> None:
    a, _ = pair
    li_na = await customer(a)
    known = await insider(a, shared_redis)
    stranger = Speaker(shared_redis, li_na.session["store_id"], "another key")
    rooms = (await room_of(li_na, a),)
    await stranger.says(1, Event("typing", rooms, b'{"by":"stranger"}'))
    await known.says(1, Event("typing", rooms, b'{"by":"known"}'))
    await li_na.hears("typing", lambda value: value["by"] == "known")
    assert "stranger" not in [value["by"] for name, value in li_na.heard if name == "typing"]


async def test_bytes_of_others_are_ignored_with_a_line_in_the_log(
    pair: Pair, shared_redis: Redis, customer: Arrive, agent: Arrive
) -> None:
    a, b = pair
    li_na, mei = await customer(a), await agent(b)
    conversation_id = await begin(li_na, mei)
    known = await insider(a, shared_redis)
    signed_nonsense = [known.seal._sign(body) + b"\n" + body for body in (b"", b"\xff", b"[]", b"{}", b'{"from":1}')]
    with capture_logs() as logged:
        for payload in (b"", b"\n", b"\x00\xff" * 50_000, b'{"method": "emit"}', *signed_nonsense):
            await known.publish(payload)
        await li_na.say(conversation_id, "还在吗")
        await mei.hears("message", lambda message: message["body"] == "还在吗")
        await until(lambda: sum("cannot be read" in line["event"] for line in logged) == 2)  # one line a process
    assert not [line for line in logged if line["log_level"] == "error"]


# -- what is lost is caught up with -----------------------------------------------------------------------------------


async def test_who_cannot_be_told_to_catch_up_is_told_later_and_the_log_hears_of_it_once(shared_redis: Redis) -> None:
    tries: list[None] = []

    async def on_missed() -> None:
        tries.append(None)
        if len(tries) < 3:
            raise ConnectionError("the database is away")

    with capture_logs() as logged:
        bus = Bus(shared_redis.url, Hub(), "a store", "a key", on_missed)
        await bus.open()
        await until(lambda: len(tries) == 3)
        await bus.close()
    assert len([line for line in logged if "not told to catch up" in line["event"]]) == 1


async def test_a_gap_in_the_numbers_is_noticed_and_nothing_is_told_twice_or_late(shared_redis: Redis) -> None:
    heard: list[str] = []
    missed: list[None] = []

    async def on_missed() -> None:
        missed.append(None)

    hub = Hub()
    hub.listen(lambda event: heard.append(event.name))
    bus = Bus(shared_redis.url, hub, "a store", "a key", on_missed)
    await bus.open()
    await until(lambda: bus.trouble() is None and len(missed) == 1)  # nobody knows what was said before
    speaker = Speaker(shared_redis, "a store", "a key")
    for number in (1, 2, 2, 1, 3):
        await speaker.says(number, Event(f"event {number}", (), b"{}"))
    await until(lambda: "event 3" in heard)
    assert heard == ["event 1", "event 2", "event 3"]
    assert len(missed) == 1
    await speaker.says(5, Event("event 5", (), b"{}"))
    await until(lambda: len(missed) == 2)
    assert heard[3:] == ["event 5"]
    await bus.close()


async def test_what_waits_is_sent_before_the_bus_is_closed(shared_redis: Redis) -> None:
    async def on_missed() -> None: ...

    heard: list[str] = []
    hub, theirs = Hub(), Hub()
    theirs.listen(lambda event: heard.append(event.name))
    bus, other = (Bus(shared_redis.url, one, "a store", "a key", on_missed) for one in (hub, theirs))
    for each in (bus, other):
        await each.open()
    await until(lambda: bus.trouble() is None and other.trouble() is None)
    hub.deliver([Event("last words", (), b"{}")])
    await bus.close()
    await until(lambda: heard == ["last words"])
    await other.close()


async def test_a_subscription_that_breaks_off_is_made_anew_and_what_was_missed_is_caught_up_with(
    pair: Pair, shared_redis: Redis, customer: Arrive, agent: Arrive
) -> None:
    a, b = pair
    li_na, mei = await customer(a), await agent(b)
    conversation_id = await begin(li_na, mei)
    mei.heard.clear()
    channel = f"nightdesk:{li_na.session['store_id']}"
    with Client.from_url(shared_redis.url) as client:
        await asyncio.to_thread(client.client_kill_filter, _type="pubsub")
        said = await li_na.say(conversation_id, "听得到吗")
        await mei.hears("beacon", lambda heads: heads.get(conversation_id, [0])[0] >= said["seq"])
        await until(lambda: client.pubsub_numsub(channel) == [(channel.encode(), 2)])
    await li_na.say(conversation_id, "现在呢")
    await mei.hears("message", lambda message: message["body"] == "现在呢")


async def test_emptying_redis_changes_nothing(pair: Pair, shared_redis: Redis, customer: Arrive, agent: Arrive) -> None:
    a, b = pair
    li_na, mei = await customer(a), await agent(b)
    conversation_id = await begin(li_na, mei)
    with Client.from_url(shared_redis.url) as client:
        await asyncio.to_thread(client.flushall)
    await li_na.say(conversation_id, "你好")
    await mei.hears("message", lambda message: message["body"] == "你好")
    assert await problem_of(a) is None


@asynccontextmanager
async def outage(redis: Redis, how: str, *servers: Server) -> AsyncIterator[None]:
    """Lasts until the servers say that they are deaf."""
    begin, end = {"killed": (redis.kill, redis.start), "frozen": (redis.freeze, redis.thaw)}[how]
    await asyncio.to_thread(begin)
    yield
    for server in servers:
        await until(partial(_is_deaf, server))
    await asyncio.to_thread(end)


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_deaf_process_says_so_serves_on_and_catches_up(
    serve: Serve, redis: Redis, customer: Arrive, agent: Arrive, how: str
) -> None:
    a, b = await serve(redis_url=redis.url), await serve(redis_url=redis.url)
    await ready(a, b)
    li_na, wang, mei = await customer(a), await customer(a), await agent(b)
    conversation_id = await begin(li_na, mei)
    seen = (await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["conversation"]
    wait = {
        "conversation_id": conversation_id,
        "after_seq": seen["last_seq"],
        "version": seen["version"],
        "wait": 25,
    }
    mei.heard.clear()
    with capture_logs() as logged:
        async with outage(redis, how, a, b):
            polling = asyncio.create_task(post(b, "/api/customer/sync", wait, li_na.token))
            await until(lambda: is_polled(b))
            said = await li_na.say(conversation_id, "听得到吗")
            wangs = (await wang.do("start", topic="other"))["conversation"]["id"]
            await mei.do("sync")
        await mei.hears("beacon", lambda heads: heads.get(conversation_id, [0])[0] >= said["seq"])
        await mei.hears("queue", lambda value: wangs in [row["id"] for row in value["waiting"]])
        async with asyncio.timeout(PATIENCE):
            _, answer = await polling
        assert [message["body"] for message in answer["value"]["messages"]] == ["听得到吗"]
        await ready(a, b)
    warnings = [line["event"] for line in logged if line["log_level"] == "warning"]
    assert warnings.count("redis does not answer, trying again and again") == 2  # one a process
    assert "events did not reach the other processes, clients catch up by sync" in warnings
    await li_na.say(conversation_id, "好了")
    await mei.hears("message", lambda message: message["body"] == "好了")


async def test_a_process_that_starts_while_redis_is_down_serves_says_so_and_recovers(
    serve: Serve, redis: Redis, customer: Arrive, agent: Arrive
) -> None:
    redis.kill()
    a, b = await serve(redis_url=redis.url), await serve(redis_url=redis.url)
    li_na, mei = await customer(a), await agent(b)
    conversation_id = await begin(li_na, mei)
    mei.heard.clear()
    await li_na.say(conversation_id, "开门了吗")
    for server in (a, b):
        assert "Redis has not been reached yet" in str(await problem_of(server))
    await asyncio.to_thread(redis.start)
    await mei.hears("beacon", lambda heads: heads.get(conversation_id, [0])[0] >= 1)
    await ready(a, b)
    await li_na.say(conversation_id, "好了")
    await mei.hears("message", lambda message: message["body"] == "好了")


@pytest.mark.parametrize(("events", "characters"), [(10, 1024 * 1024), (30_000, 10)])
async def test_more_than_can_wait_is_dropped_and_the_others_catch_up(
    serve: Serve, redis: Redis, customer: Arrive, events: int, characters: int
) -> None:
    a, b = await serve(redis_url=redis.url, work=False), await serve(redis_url=redis.url, work=False)
    await ready(a, b)
    li_na = await customer(b)
    await li_na.do("start", topic="other")
    bus = a.app[PARTS].ground.bus
    assert bus is not None
    with capture_logs() as logged:
        for _ in range(events):
            bus.relay([Event("typing", (Room("inside", "nobody"),), b'"' + b"x" * characters + b'"')])
    assert len(bus._waiting) < events
    assert bus._size <= 8 * 1024 * 1024
    assert "events did not reach the other processes, clients catch up by sync" in [line["event"] for line in logged]
    await li_na.hears("beacon")
