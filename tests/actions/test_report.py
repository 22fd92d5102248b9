"""What a supervisor is told of a range of days: what each figure counts, and whose they see."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chat.actions.access import Who
from chat.errors import BadShape, Forbidden, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import bot_turns, conversations
from tests.actions.conftest import Desk

TUESDAY = "2024-03-05"
NOON = datetime(2024, 3, 5, 4, tzinfo=UTC)  # in Shanghai; older than any id that a test makes


@pytest.fixture
def year(desk: Desk) -> Desk:
    desk.now = NOON
    return desk


def report(desk: Desk, since: str = TUESDAY, until: str = TUESDAY, who: Who | None = None, **given: Any) -> Any:
    return desk.do(who or desk.lin, "report", since=since, until=until, **given)


def served(desk: Desk, customer: Who, waits: int, answers: int, agent: Who | None = None, **given: Any) -> str:
    """A customer who waits so many seconds until an agent has them, and so many more for a word."""
    agent = agent or desk.mei
    here = desk.conversation(customer, "在吗", **given)
    desk.wait(seconds=waits)
    desk.do(agent, "pick", conversation_id=here)
    desk.wait(seconds=answers)
    desk.do(agent, "say", conversation_id=here, body="您好")
    return here


def turn(desk: Desk, here: str, seq: int, decision: str, outcome: str | None = None) -> None:
    def record(tx: Tx, now: datetime) -> None:
        known = {"reason": None, "article_id": None, "version": None, "confidence": None, "unmatched": False}
        row = conversations.conversation(tx, here)
        bot_turns.add(
            tx,
            now,
            row,
            seq=seq,
            locale="zh-CN",
            asked="在吗",
            candidates=[],
            decision=decision,
            outcome=outcome,
            **known,
        )

    desk.write(record)


# -- what counts --------------------------------------------------------------------------------------------------


def test_a_day_in_figures(year: Desk) -> None:
    here = served(year, year.li_na, 60, 20)
    year.do(year.mei, "close", conversation_id=here, outcome="solved")
    year.do(year.li_na, "rate", conversation_id=here, score=4)
    gone = year.conversation(year.wang_wei, "在吗")
    year.do(year.wang_wei, "leave", conversation_id=gone)
    year.conversation(year.arrive("zhao_min"))
    logged = year.rows("SELECT sum(last_seq) AS many FROM conversation")[0]["many"]
    figures = {
        "started": 3, "answered": 1, "abandoned": 1, "closed": 2, "messages": logged, "ratings": 1, "score": 4.0,
        "waited": {"count": 1, "median": 60.0, "p90": 60.0}, "first_answer": {"count": 1, "median": 80.0, "p90": 80.0},
        "offline": 0, "offline_kept": 0, "bot_asked": 0, "bot_answered": 0, "bot_helped": 0, "bot_handed_over": 0,
    }  # fmt: skip
    assert report(year) == {"rows": [{"key": TUESDAY, **figures}], "total": figures}


def test_half_waited_no_longer_than_the_median_and_nine_of_ten_than_the_other(year: Desk) -> None:
    for number, seconds in enumerate((40, 10, 30, 20)):
        served(year, year.arrive(f"visitor_{number}"), seconds, 5)
    served(year, year.li_na, 200, 5, year.david)
    spread = report(year, by="agent")
    assert [(row["name"], row["waited"]) for row in spread["rows"]] == [
        ("Mei", {"count": 4, "median": 20.0, "p90": 40.0}),
        ("David", {"count": 1, "median": 200.0, "p90": 200.0}),
    ]
    assert spread["total"]["waited"] == {"count": 5, "median": 30.0, "p90": 200.0}
    assert spread["total"]["first_answer"] == {"count": 5, "median": 35.0, "p90": 205.0}


def test_a_day_begins_at_midnight_of_the_sites_zone(year: Desk) -> None:
    for at, name in (("15:59:59", "before"), ("16:00:00", "after")):
        year.now = datetime.fromisoformat(f"2024-03-05T{at}Z")
        turn(year, year.conversation(year.arrive(name)), 1, "answer")
    days = report(year, "2024-03-04", "2024-03-07")["rows"]
    assert [(row["key"][-2:], row["started"], row["bot_asked"]) for row in days] == [
        ("04", 0, 0), ("05", 1, 1), ("06", 1, 1), ("07", 0, 0),
    ]  # fmt: skip
    assert report(year)["total"]["started"] == 1
    assert report(year, "2024-03-06", "2024-03-06")["total"]["started"] == 1


def test_a_day_on_which_the_clock_is_changed_is_shorter_and_the_next_begins_where_it_ends(year: Desk) -> None:
    calendar = {"zone": "America/New_York", "versions": [{"from": None, "weekly": {}}]}
    year.change("UPDATE site SET calendar = :calendar WHERE key = 'shop'", calendar=json.dumps(calendar))
    # The ninth of March ends at five, by winter's clock; the tenth has 23 hours and ends at four, as do those after it.
    for number, at in enumerate(("10T04:59:59", "10T05:00:00", "11T03:59:59", "11T04:00:00", "12T04:00:00")):
        year.now = datetime.fromisoformat(f"2024-03-{at}Z")
        year.conversation(year.arrive(f"visitor_{number}"))
    days = report(year, "2024-03-08", "2024-03-12")["rows"]
    assert [row["started"] for row in days] == [0, 1, 2, 1, 1]


def test_by_topic_and_by_team_the_most_comes_first(year: Desk) -> None:
    year.conversation(year.li_na, topic="refund")
    year.conversation(year.wang_wei, topic="other")
    year.conversation(year.arrive("zhao_min"), topic="other")
    assert [(row["key"], row["started"]) for row in report(year, by="topic")["rows"]] == [("other", 2), ("refund", 1)]
    [team] = report(year, by="team")["rows"]
    assert (team["key"], team["name"], team["started"]) == (year.ids["shop team"], "shop care", 3)


def test_a_message_that_was_left_is_measured_by_its_promise_and_not_by_the_clock(year: Desk) -> None:
    year.now = NOON.replace(hour=15)  # 23 o'clock
    left = {}
    for name in ("in_time", "too_late", "nonsense"):
        customer = year.arrive(name)
        left[name] = year.conversation(customer)
        year.do(customer, "leave_message", conversation_id=left[name], body="请回复我")
    year.do(year.mei, "spam", conversation_ids=[left["nonsense"]])
    year.wait(hours=11)
    year.do(year.mei, "pick", conversation_id=left["in_time"])
    year.do(year.mei, "say", conversation_id=left["in_time"], body="您好")
    year.wait(hours=8)
    year.do(year.david, "pick", conversation_id=left["too_late"])
    year.do(year.david, "say", conversation_id=left["too_late"], body="您好")
    total = report(year)["total"]
    assert (total["started"], total["answered"], total["offline"], total["offline_kept"]) == (3, 2, 2, 1)
    assert (total["waited"], total["first_answer"]) == ({"count": 0}, {"count": 0})
    by_agent = {row.get("name"): (row["offline"], row["offline_kept"]) for row in report(year, by="agent")["rows"]}
    assert (by_agent["Mei"], by_agent["David"]) == ((1, 1), (1, 0))


def test_who_comes_back_after_the_end_is_counted_once_and_not_timed_from_their_return(year: Desk) -> None:
    here = served(year, year.li_na, 60, 20)
    year.do(year.mei, "close", conversation_id=here, outcome="solved")
    year.wait(minutes=10)
    year.do(year.li_na, "say", conversation_id=here, body="还有一个问题")
    assert year.rows("SELECT status FROM conversation WHERE id = :id", id=here)[0]["status"] == "waiting"
    total = report(year)["total"]
    assert (total["started"], total["answered"], total["closed"], total["waited"]) == (1, 1, 0, {"count": 0})


def test_the_bot_is_counted_by_what_it_did_and_is_nobodys(year: Desk) -> None:
    here = served(year, year.li_na, 1, 1)
    turn(year, here, 1, "answer", "solved")
    turn(year, here, 2, "answer", "not_helpful")
    turn(year, here, 3, "hand_over")
    turn(year, here, 4, "flow", "handed_over")
    bot = ("bot_asked", "bot_answered", "bot_helped", "bot_handed_over")
    assert [report(year)["total"][name] for name in bot] == [4, 2, 1, 2]
    assert [(row.get("name"), row["bot_asked"]) for row in report(year, by="agent")["rows"]] == [("Mei", 0), (None, 4)]
    assert [(row["key"], row["bot_asked"]) for row in report(year, by="topic")["rows"]] == [("refund", 4)]


# -- whose --------------------------------------------------------------------------------------------------------


def test_only_of_the_sites_that_one_sees(year: Desk) -> None:
    year.conversation(year.li_na)
    year.conversation(year.emma)  # at the wallet
    assert report(year)["total"]["started"] == report(year, site="shop", who=year.admin)["total"]["started"] == 1
    with pytest.raises(NotFound, match="no such site"):
        report(year, site="wallet")
    year.change(
        "INSERT INTO teamagent (team_id, agent_id) VALUES (:team, :lin)", team=year.ids["wallet team"], lin=year.lin.id
    )
    assert [report(year, **given)["total"]["started"] for given in ({}, {"site": "wallet"})] == [2, 1]


def test_who_serves_no_site_has_an_empty_report(year: Desk) -> None:
    year.conversation(year.li_na)
    year.change("DELETE FROM teamagent WHERE agent_id = :lin", lin=year.lin.id)
    empty = report(year)
    assert (empty["rows"], empty["total"]["started"]) == ([], 0)


def test_an_agent_is_refused(year: Desk) -> None:
    with pytest.raises(Forbidden, match="supervisor"):
        report(year, who=year.mei)


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        ("2024-03-05", "2024-03-04", "ends before it begins"),
        ("2024-01-01", "2024-04-02", "92 days at most"),
        ("2024-02-30", "2024-03-01", "no day 2024-02-30"),
        ("1999-12-31", "2000-01-01", "from 2000"),
    ],
)
def test_a_range_that_is_none_or_too_long_is_refused(year: Desk, since: str, until: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        report(year, since, until)


def test_ninety_two_days_are_a_report_and_words_are_no_day(year: Desk) -> None:
    assert len(report(year, "2024-01-01", "2024-04-01")["rows"]) == 92
    with pytest.raises(BadShape):
        report(year, "today", "today")
