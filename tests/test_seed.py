"""The demo data is believable, whole, and told once."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import extract_parameters

from chat import wire
from chat.actions import bot_review, demo, people, refunds
from chat.actions.access import Caller, Who
from chat.domain import calendar, calendar_document
from chat.domain.privacy import without_numbers
from chat.domain.tickets import check_number
from chat.errors import NotFound, Unauthenticated
from chat.seed import PASSWORD, seed_demo
from chat.seed.desk import AGENTS, DEMO_CALENDAR
from chat.store import Clock, Store
from chat.store.queries import people as persons
from chat.store.tables import from_millis
from chat.store.tx import Tx
from tests.databases import Databases

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TABLES = ("site", "agent", "customer", "article", "purchase", "payment", "conversation", "message", "ticket", "refund")


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = at_noon(databases.furnished(seed_at_noon)[0])
    yield store
    store.close()


def at_noon(where: Path | str) -> Store:
    return Store(where, Clock(lambda: NOON))


def seed_at_noon(where: Path | str) -> None:
    store = at_noon(where)
    asyncio.run(store.write(seed_demo))
    store.close()


def counts(tx: Tx, now: datetime) -> dict[str, int]:
    return {table: tx.value(f"SELECT count(*) FROM {table}") for table in TABLES}


def agent_id(tx: Tx, email: str) -> str:
    agent = persons.agent_by_email(tx, email)
    assert agent is not None
    return agent.id


def rows(tx: Tx, sql: str, now: datetime) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.rows(sql)]


async def test_no_number_of_the_demo_is_taken_for_a_card(store: Store) -> None:
    numbers = [
        row["number"]
        for table in ("purchase", "payment", "ticket")
        for row in await store.read(rows, f"SELECT number FROM {table}")
    ]
    assert len(numbers) > 30
    assert [number for number in numbers if without_numbers(f"订单 {number} 到哪了") != f"订单 {number} 到哪了"] == []


async def test_a_fresh_database_gets_a_busy_desk(store: Store) -> None:
    found = await store.read(counts)

    assert found["site"] == 2
    assert found["agent"] == 6
    assert found["customer"] == 24
    assert found["article"] >= 40
    assert found["purchase"] == 18
    assert found["conversation"] == 32
    assert found["ticket"] == 4
    assert found["refund"] == 2


async def test_seeding_twice_changes_nothing(store: Store) -> None:
    before = await store.read(counts)

    await store.write(seed_demo)

    assert await store.read(counts) == before


async def test_the_bots_nights_have_something_for_each_of_its_screens(store: Store) -> None:
    admin = Who(Caller.AGENT, await store.read(lambda tx, now: agent_id(tx, "admin@demo.example")))
    listed = await store.read(bot_review.unanswered, admin, wire.UnansweredList())
    asked = {question.asked: question.count for question in listed.questions}
    assert (asked["支持花呗分期吗"], asked["积分怎么用？"]) == (2, 2)
    assert {question.locale for question in listed.questions} == {"zh-CN", "en"}
    turns = await store.read(rows, "SELECT decision, outcome, wrong_by_id, right_article_id FROM botturn")
    assert {turn["decision"] for turn in turns} == {"answer", "suggest", "ask", "hand_over", "case", "flow"}
    assert {turn["outcome"] for turn in turns} == {None, "solved", "not_helpful", "chosen", "none", "left"}
    marked = [turn["right_article_id"] is None for turn in turns if turn["wrong_by_id"]]
    assert sorted(marked) == [False, True]  # there is an article for one of them


async def test_articles_stand_in_both_languages(store: Store) -> None:
    articles = await store.read(rows, "SELECT slug, locale FROM article")
    chinese = {row["slug"] for row in articles if row["locale"] == "zh-CN"}

    assert len(chinese) >= 20
    assert chinese == {row["slug"] for row in articles if row["locale"] == "en"}


async def test_shared_replies_stand_in_both_languages_and_leave_the_same_to_be_filled_in(store: Store) -> None:
    kept = await store.read(rows, "SELECT agent_id, texts FROM cannedreply")
    shared = [json.loads(row["texts"]) for row in kept if not row["agent_id"]]
    assert (len(shared), len(kept)) == (13, 15)
    for texts in shared:
        assert texts.keys() == {"zh-CN", "en"}
        chinese, english = ({*re.findall(r"{(\w+)}", text)} for text in texts.values())
        assert chinese == english
        assert chinese | english <= {"customer", "agent", "site", "order", "ticket"}


async def test_people_write_in_both_languages(store: Store) -> None:
    spoken = Counter(row["locale"] for row in await store.read(rows, "SELECT locale FROM conversation"))

    assert spoken["zh-CN"] == 26
    assert spoken["en"] == 6


async def test_nobody_waits_and_the_messages_in_the_inbox_are_promised_an_answer(store: Store) -> None:
    statuses = Counter(row["status"] for row in await store.read(rows, "SELECT status FROM conversation"))

    assert statuses == {"closed": 29, "offline": 3}
    left = await store.read(rows, "SELECT * FROM conversation WHERE status = 'offline'")
    assert sorted((bool(row["urgent"]), row["priority"]) for row in left) == [(False, 3), (False, 3), (True, 1)]
    assert all(row["reply_by"] > row["left_at"] for row in left)


async def test_every_log_counts_from_one_without_a_gap(store: Store) -> None:
    def logs(tx: Tx, now: datetime) -> Iterator[tuple[int, list[int]]]:
        for row in tx.rows("SELECT id, last_seq FROM conversation"):
            found = tx.rows("SELECT seq FROM message WHERE conversation_id = :id ORDER BY seq", id=row["id"])
            yield row["last_seq"], [message["seq"] for message in found]

    for last_seq, seqs in await store.read(lambda tx, now: list(logs(tx, now))):
        assert last_seq >= 5
        assert seqs == list(range(1, last_seq + 1))


async def test_every_log_goes_forward_in_time_and_ends_before_now(store: Store) -> None:
    told = await store.read(rows, "SELECT conversation_id, created_at FROM message ORDER BY conversation_id, seq")
    times = [(row["conversation_id"], row["created_at"]) for row in told]

    assert times == sorted(times)
    assert all(from_millis(at) < NOON for _, at in times)


async def test_agents_spoke_in_opening_hours_and_messages_were_left_outside_them(store: Store) -> None:
    hours = calendar_document.parse(DEMO_CALENDAR)
    spoken = await store.read(rows, "SELECT created_at FROM message WHERE author_kind = 'agent'")
    left = await store.read(rows, "SELECT left_at FROM conversation WHERE status = 'offline'")

    assert spoken
    assert all(calendar.is_open(hours, from_millis(row["created_at"])) for row in spoken)
    assert not any(calendar.is_open(hours, from_millis(row["left_at"])) for row in left)


async def test_the_past_is_the_same_whatever_the_desks_clock_says(databases: Databases) -> None:
    store = Store(databases.new(), Clock(lambda: NOON, timedelta(hours=10, minutes=30)))
    await store.write(seed_demo)

    statuses = Counter(row["status"] for row in await store.read(rows, "SELECT status FROM conversation"))
    store.close()

    assert statuses == {"closed": 29, "offline": 3}


async def test_nothing_of_the_past_is_left_to_do(store: Store) -> None:
    assert await store.read(rows, "SELECT kind FROM job") == []


async def test_orders_add_up_and_their_numbers_carry_their_day(store: Store) -> None:
    found = await store.read(rows, "SELECT number, placed_at, total, items FROM purchase")
    assert found
    for order in found:
        day = from_millis(order["placed_at"]).astimezone(ZoneInfo("Asia/Shanghai"))
        assert order["number"].startswith(f"QY{day:%Y%m%d}-")
        assert order["total"] == sum(line["amount"] for line in json.loads(order["items"])) > 0


async def test_no_order_was_refunded_more_than_it_cost(store: Store) -> None:
    sql = "SELECT p.total, SUM(r.amount) AS refunded FROM purchase p JOIN refund r ON r.order_id = p.id GROUP BY p.id"
    refunded = await store.read(rows, sql)

    assert len(refunded) == 2
    assert all(0 < row["refunded"] <= row["total"] for row in refunded)


async def test_one_refund_is_paid_and_one_in_review(store: Store) -> None:
    refunds = await store.read(rows, "SELECT state, requested_by_id, decided_by_id FROM refund")

    assert {row["state"] for row in refunds} == {"paid", "in_review"}
    assert all(row["requested_by_id"] != row["decided_by_id"] for row in refunds)


async def test_tickets_stand_in_different_states_under_right_numbers(store: Store) -> None:
    tickets = await store.read(rows, "SELECT number, status FROM ticket")

    assert {row["status"] for row in tickets} == {"closed", "open", "pending", "on_hold"}
    assert all(check_number(row["number"]) for row in tickets)


async def test_every_demo_agent_has_the_password_that_is_told_kept_as_anybodys_is(store: Store) -> None:
    [kept] = {row["password_hash"] for row in await store.read(rows, "SELECT password_hash FROM agent")}
    assert people.is_right(PASSWORD, kept)
    assert not people.is_right(PASSWORD.upper(), kept)
    assert extract_parameters(kept) == extract_parameters(people.hash_password("Qingye-2026"))


async def test_every_demo_agent_serves_both_sites(store: Store) -> None:
    def served(tx: Tx, now: datetime) -> dict[str, list[str]]:
        agents = {email: persons.agent_by_email(tx, email) for email, _, _ in AGENTS}
        return {
            email: [site.key for site in persons.sites_of_agent(tx, agent.id)]
            for email, agent in agents.items()
            if agent
        }

    assert await store.read(served) == {email: ["demo", "demo-wallet"] for email, _, _ in AGENTS}


async def test_the_special_days_are_calendars_our_domain_accepts(store: Store) -> None:
    def calendars(tx: Tx, now: datetime) -> list[calendar.Calendar]:
        return [calendar_document.parse(site.calendar) for site in persons.every_site(tx)]

    for hours in await store.read(calendars):
        assert len(hours.specials) == 2
        assert all(day > NOON.date() for day in hours.specials)


async def test_the_shop_shortens_its_hours_on_long_holidays_and_the_wallet_does_not(store: Store) -> None:
    def calendars(tx: Tx, now: datetime) -> dict[str, calendar.Calendar]:
        return {site.key: calendar_document.parse(site.calendar) for site in persons.every_site(tx)}

    hours = await store.read(calendars)
    national_day, new_year = date(NOON.year + 1, 10, 1), date(NOON.year + 1, 1, 1)
    assert calendar.hours_on(hours["demo"], national_day).rule == "holiday"
    assert [str(one) for one in calendar.hours_on(hours["demo"], national_day).intervals] == ["10:00-18:00"]
    assert calendar.hours_on(hours["demo"], new_year).rule == "weekly"
    assert calendar.hours_on(hours["demo-wallet"], national_day).rule == "weekly"


def sign_in(tx: Tx, site: str, identity: str, now: datetime) -> wire.Customer:
    command = wire.CustomerSession(site=site, identity=identity)
    return people.open_customer_session(tx, Who(Caller.PUBLIC), command, now).customer


@pytest.mark.parametrize(("external_id", "name"), [("u-1001", "李娜"), ("u-1003", "Emma Clarke")])
async def test_the_shop_signs_its_customer_in_as_who_they_are(
    databases: Databases, external_id: str, name: str
) -> None:
    store = await real_time_store(databases)
    identity = await store.read(demo.identity_for, "demo", external_id)

    customer = await store.write(sign_in, "demo", identity)
    shopper = await store.read(demo.shopper, "demo", external_id)
    store.close()

    assert (customer.kind, customer.name) == ("verified", name)
    assert shopper is not None
    assert shopper.name == name
    assert len(shopper.bought.orders) == 3


async def test_of_one_order_the_policy_gives_back_the_goods_and_not_the_service(databases: Databases) -> None:
    store = await real_time_store(databases)
    shopper = await store.read(demo.shopper, "demo", "u-1002")
    assert shopper is not None
    (order,) = [one for one in shopper.bought.orders if any(item.kind == "service" for item in one.items)]

    def judged(tx: Tx, now: datetime) -> wire.Verdict:
        site = persons.site_by_key(tx, "demo")
        customer = persons.verified_customer(tx, site.issuer, "u-1002") if site else None
        assert site
        assert customer
        who = Who(Caller.CUSTOMER, customer.id, site_id=site.id)
        return refunds.check_case(tx, who, wire.CheckCase(order_id=order.id), now).verdict

    verdict = await store.read(judged)
    store.close()

    by_kind = {item.kind: line.rule for item, line in zip(order.items, verdict.lines, strict=True)}
    assert by_kind == {None: "ok_if_unused", "service": "excluded"}


async def test_a_signature_of_the_shop_does_not_hold_at_the_wallet(databases: Databases) -> None:
    store = await real_time_store(databases)
    identity = await store.read(demo.identity_for, "demo", "u-1001")

    with pytest.raises(Unauthenticated):
        await store.write(sign_in, "demo-wallet", identity)
    store.close()


async def test_a_signature_ends_after_ten_minutes(databases: Databases) -> None:
    store = Store(databases.new(), Clock(lambda: datetime.now(UTC) - timedelta(minutes=11)))
    await store.write(seed_demo)
    identity = await store.read(demo.identity_for, "demo", "u-1001")
    store.clock = Clock(lambda: datetime.now(UTC))

    with pytest.raises(Unauthenticated):
        await store.write(sign_in, "demo", identity)
    store.close()


async def test_nobody_is_signed_in_whom_the_shop_does_not_know(store: Store) -> None:
    assert await store.read(demo.shopper, "demo", "u-9999") is None
    with pytest.raises(NotFound):
        await store.read(demo.identity_for, "demo", "u-9999")


async def real_time_store(databases: Databases) -> Store:
    store = Store(databases.new(), Clock(lambda: datetime.now(UTC)))
    await store.write(seed_demo)
    return store


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("hour", [4, 6, 14])  # noon, afternoon and night in Shanghai
async def test_whenever_the_demo_begins_no_promise_is_broken_yet(databases: Databases, hour: int) -> None:
    now = datetime(2026, 11, 27, hour, 30, tzinfo=UTC)

    def promised(tx: Tx, _now: datetime) -> list[datetime]:
        left = "SELECT reply_by FROM conversation WHERE status = 'offline' ORDER BY priority, reply_by"
        return [from_millis(row["reply_by"]) for row in tx.rows(left)]

    store = Store(databases.new(), Clock(lambda: now))
    await store.write(seed_demo)
    found = await store.read(promised)
    store.close()
    urgent, *others = found
    assert now + timedelta(minutes=30) < urgent < min(others)
    assert len(others) == 2
    assert min(others) > now + timedelta(hours=1)
