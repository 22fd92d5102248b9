"""The inbox: in the order of the promises, shared among colleagues, put off and cleared; all of many or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat import wire
from chat.actions import inbox
from chat.actions.access import Who
from chat.errors import BadShape, Conflict, Forbidden, IllegalMove, Invalid, NotFound
from chat.store import Tx
from chat.store.events import viewers_room
from chat.store.queries import conversations
from chat.store.queries import inbox as messages
from chat.store.tables import Customer, Team, TeamSite, from_millis, new_id
from tests.actions.conftest import Desk, _session

NIGHT = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai; the desk opens at 01:00Z
PROMISED = datetime(2026, 3, 4, 5, tzinfo=UTC)  # four hours of opening time later


def newcomer(desk: Desk, name: str, site: str = "shop", locale: str = "zh-CN") -> Who:
    def add(tx: Tx, now: datetime) -> Who:
        person = Customer(kind="claimed", name=name, email=f"{new_id()}@mail.example", locale=locale, created_at=now)
        tx.session.add(person)
        tx.session.flush()
        session_id = _session(tx, desk.li_na.kind, person.id, desk.ids[site], now)
        return Who(desk.li_na.kind, person.id, session_id, desk.ids[site])

    return desk.write(add)


def leave(desk: Desk, customer: Who, body: str = "订单没有收到", topic: str = "other") -> str:
    conversation_id = desk.conversation(customer, topic=topic)
    desk.do(customer, "leave_message", conversation_id=conversation_id, body=body)
    return conversation_id


def left(desk: Desk, *names: str) -> list[str]:
    """Messages of newcomers, each a minute after the other."""
    ids = []
    for name in names:
        ids.append(leave(desk, newcomer(desk, name)))
        desk.wait(minutes=1)
    return ids


def ids_of(page: Any) -> list[str]:
    return [conversation["id"] for conversation in page["conversations"]]


def listed(desk: Desk, who: Who, which: str = "all") -> list[str]:
    return ids_of(desk.do(who, "inbox", filter=which))


@pytest.fixture
def night(desk: Desk) -> Desk:
    desk.now = NIGHT
    return desk


# -- the promise --------------------------------------------------------------------------------------------------


def test_who_leaves_a_message_is_told_when_it_is_answered(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    seen = night.do(night.li_na, "sync", conversation_id=conversation_id, after_seq=0)
    assert seen["conversation"]["reply_by"] == wire.utc(PROMISED)
    assert seen["messages"][-1]["data"]["values"]["reply_by"] == wire.utc(PROMISED)
    [row] = night.rows("SELECT team_id FROM conversation WHERE id = :id", id=conversation_id)
    assert row["team_id"] == night.ids["shop team"]


def test_adding_to_the_message_does_not_move_the_promise(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    night.wait(hours=5)
    night.do(night.li_na, "leave_message", conversation_id=conversation_id, body="补充一句")
    [conversation] = night.do(night.mei, "inbox")["conversations"]
    assert conversation["reply_by"] == wire.utc(PROMISED)
    assert len(night.rows("SELECT id FROM promise")) == 1


def test_an_answer_keeps_the_promise_and_the_next_message_has_one_of_its_own(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    night.now = PROMISED - timedelta(minutes=1)
    night.do(night.mei, "pick", conversation_id=conversation_id)
    night.do(night.mei, "say", conversation_id=conversation_id, body="今天送到")
    counted = night.do(night.lin, "promises")
    assert counted["sites"] == [{"site": "shop", "kept": 1, "missed": 0, "open": 0, "overdue": 0}]
    assert "reply_by" not in night.do(night.li_na, "sync", conversation_id=conversation_id, after_seq=0)["conversation"]

    night.now = NIGHT + timedelta(days=1)
    night.do(night.mei, "release", conversation_id=conversation_id)
    [conversation] = night.do(night.mei, "inbox")["conversations"]
    assert conversation["reply_by"] == wire.utc(PROMISED + timedelta(days=1))


def test_missed_promises_are_counted_and_named(night: Desk) -> None:
    late, forgotten, spam, withdrawn, open_one = left(night, "王强", "陈晨", "推广", "李雷", "韩梅梅")
    night.do(night.mei, "spam", conversation_ids=[spam])
    night.do(night.mei, "close", conversation_id=withdrawn)
    night.now = PROMISED + timedelta(hours=2)
    night.do(night.mei, "pick", conversation_id=late)
    night.do(night.mei, "say", conversation_id=late, body="让您久等了")
    night.change("UPDATE conversation SET reply_by = :later WHERE id = :id", later=2**50, id=open_one)
    night.change("UPDATE promise SET due_at = :later WHERE conversation_id = :id", later=2**50, id=open_one)

    counted = night.do(night.lin, "promises", days=7)
    assert counted["sites"] == [{"site": "shop", "kept": 0, "missed": 2, "open": 1, "overdue": 1}]
    assert {missed["conversation_id"] for missed in counted["missed"]} == {late, forgotten}
    named = {missed["conversation_id"]: missed for missed in counted["missed"]}
    assert named[late]["agent"]["name"] == "Mei"
    assert named[late]["answered_at"] == wire.utc(night.now)
    assert "answered_at" not in named[forgotten]

    night.wait(days=8)
    later = night.do(night.lin, "promises", days=7)
    assert [(site["missed"], site["overdue"]) for site in later["sites"]] == [(0, 1)]


def test_only_a_supervisor_reads_the_count_and_only_of_their_sites(night: Desk) -> None:
    leave(night, night.emma)
    with pytest.raises(Forbidden):
        night.do(night.mei, "promises")
    assert [site["site"] for site in night.do(night.lin, "promises")["sites"]] == ["shop"]


@pytest.mark.parametrize(
    ("usual", "hours_for_others", "minutes_for_it"),
    [(240, 4.0, 30), (60, 1.0, 15), (10, 1 / 6, 10)],
    ids=["an eighth of the time", "no less than a quarter of an hour", "never later than others"],
)
def test_an_emergency_is_promised_an_answer_sooner(
    night: Desk, usual: int, hours_for_others: float, minutes_for_it: int
) -> None:
    opens = datetime(2026, 3, 4, 1, tzinfo=UTC)
    night.do(night.admin, "set_site", site="shop", promise_minutes=usual)
    refund = leave(night, night.wang_wei, topic="refund")
    urgent = leave(night, night.li_na, "我的卡被盗刷了")
    assert listed(night, night.mei) == [urgent, refund]
    in_time = {urgent: opens + timedelta(minutes=minutes_for_it), refund: opens + timedelta(hours=hours_for_others)}
    assert told_in(night, night.li_na, urgent) == [wire.utc(in_time[urgent])]
    assert due_of(night) == in_time


def test_a_message_that_becomes_an_emergency_is_promised_a_sooner_answer_and_told_so(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    night.do(night.li_na, "say", conversation_id=conversation_id, body="刚发现我的卡被盗刷了")
    sooner = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
    assert told_in(night, night.li_na, conversation_id) == [wire.utc(PROMISED), wire.utc(sooner)]
    assert due_of(night) == {conversation_id: sooner}
    night.do(night.li_na, "say", conversation_id=conversation_id, body="又被盗刷了")
    assert len(told_in(night, night.li_na, conversation_id)) == 2


def test_a_message_that_becomes_an_emergency_late_keeps_the_time_it_was_told(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    night.now = PROMISED - timedelta(minutes=10)
    night.do(night.li_na, "say", conversation_id=conversation_id, body="刚发现我的卡被盗刷了")
    assert due_of(night) == {conversation_id: PROMISED}
    assert told_in(night, night.li_na, conversation_id) == [wire.utc(PROMISED)]


def test_who_comes_back_after_an_emergency_is_promised_what_everybody_is(night: Desk) -> None:
    conversation_id = leave(night, night.li_na, "我的卡被盗刷了")
    night.do(night.lin, "pick", conversation_id=conversation_id)
    night.do(night.lin, "close", conversation_id=conversation_id)
    night.do(night.li_na, "say", conversation_id=conversation_id, body="谢谢")
    assert due_of(night) == {conversation_id: PROMISED}
    night.do(night.li_na, "say", conversation_id=conversation_id, body="又被盗刷了")
    assert due_of(night) == {conversation_id: datetime(2026, 3, 4, 1, 30, tzinfo=UTC)}


def told_in(desk: Desk, customer: Who, conversation_id: str) -> list[str]:
    """The times by which a customer read that they are answered."""
    said = [line["data"]["values"] for line in desk.log(customer, conversation_id) if line["kind"] == "system"]
    return [values["reply_by"] for values in said if "reply_by" in values]


def due_of(desk: Desk) -> dict[str, datetime]:
    """By the ledger, which says the same as the conversations."""
    open_ones = "SELECT p.conversation_id, p.due_at, c.reply_by FROM promise p JOIN conversation c"
    rows = desk.rows(f"{open_ones} ON c.id = p.conversation_id WHERE p.ended_at IS NULL")
    assert [row["due_at"] for row in rows] == [row["reply_by"] for row in rows]
    return {row["conversation_id"]: from_millis(row["due_at"]) for row in rows}


# -- taking --------------------------------------------------------------------------------------------------------


def test_who_takes_a_message_is_told_so_on_all_their_devices_before_the_rest_of_it(night: Desk) -> None:
    picked, given, handed = left(night, "王强", "陈晨", "李雷")
    night.do(night.lin, "pick", conversation_id=picked)
    night.do(night.lin, "assign", conversation_ids=[given], agent_id=night.lin.id)
    night.do(night.lin, "assign", conversation_ids=[handed], agent_id=night.mei.id)
    assert [told["values"] for told in taken(night, night.lin)] == [{"conversation_id": id} for id in (picked, given)]
    assert taken(night, night.mei) == []


def taken(desk: Desk, agent: Who) -> list[Any]:
    return [told for told in desk.hears(f"agent:{agent.id}", "notice") if told["code"] == "taken_by_you"]


# -- the list -----------------------------------------------------------------------------------------------------


def test_the_list_is_sorted_by_promise_and_urgent_ones_come_first(night: Desk) -> None:
    first, second = left(night, "王强", "陈晨")
    urgent = leave(night, night.li_na, "我的卡被盗刷了")
    assert listed(night, night.mei) == [urgent, first, second]
    assert [one["id"] for one in night.do(night.mei, "sync")["desk"]["inbox"]] == [urgent, first, second]


def test_pages_go_on_where_the_last_one_ended(night: Desk) -> None:
    ids = left(night, *"甲乙丙丁戊")
    # Two that nothing could be promised for, as a calendar without opening hours gives them.
    for conversation_id in ids[:2]:
        night.change("UPDATE conversation SET reply_by = NULL WHERE id = :id", id=conversation_id)
    expected = [*ids[2:], *ids[:2]]
    seen: list[str] = []
    page = night.do(night.mei, "inbox", limit=2)
    seen += ids_of(page)
    night.do(night.mei, "pick", conversation_id=seen[0])  # what leaves the list moves no other one
    while "next" in page:
        page = night.do(night.mei, "inbox", limit=2, before=page["next"])
        seen += ids_of(page)
    assert seen == expected
    with pytest.raises(BadShape):
        night.do(night.mei, "inbox", before="bm9uc2Vuc2U=")


@pytest.mark.parametrize("which", ["all", "unassigned"])
def test_urgent_ones_come_first_whatever_was_promised(night: Desk, which: str) -> None:
    serve_both(night)
    ordinary = left(night, "甲", "乙")
    urgent = [leave(night, newcomer(night, name), "我的卡被盗刷了") for name in "丙丁"]
    urgent.append(leave(night, newcomer(night, "Paul", site="wallet"), "我的卡被盗刷了"))
    for conversation_id in (ordinary[0], *urgent[1:]):
        night.change("UPDATE conversation SET reply_by = NULL WHERE id = :id", id=conversation_id)
    expected = [urgent[0], *sorted(urgent[1:]), ordinary[1], ordinary[0]]
    assert listed(night, night.mei, which) == expected
    assert [one["id"] for one in night.do(night.mei, "sync")["desk"]["inbox"]] == expected
    for limit in (1, 2, 3):
        page = night.do(night.mei, "inbox", limit=limit, filter=which)
        seen = ids_of(page)
        while "next" in page:
            page = night.do(night.mei, "inbox", limit=limit, filter=which, before=page["next"])
            seen += ids_of(page)
        assert seen == expected


@pytest.mark.parametrize("which", ["all", "unassigned"])
def test_pages_of_several_sites_are_one_list(night: Desk, which: str) -> None:
    serve_both(night)
    [first] = left(night, "甲")
    second = leave(night, newcomer(night, "Peter", site="wallet"))
    night.wait(minutes=1)
    [third] = left(night, "乙")
    urgent = leave(night, newcomer(night, "Paul", site="wallet"), "我的卡被盗刷了")
    without = [*left(night, "丙"), leave(night, newcomer(night, "Mary", site="wallet"))]
    for conversation_id in without:
        night.change("UPDATE conversation SET reply_by = NULL WHERE id = :id", id=conversation_id)
    expected = [urgent, first, second, third, *without]
    assert listed(night, night.mei, which) == expected
    assert [one["id"] for one in night.do(night.mei, "sync")["desk"]["inbox"]] == expected
    page = night.do(night.mei, "inbox", limit=3, filter=which)
    seen = ids_of(page)
    while "next" in page:
        page = night.do(night.mei, "inbox", limit=1, filter=which, before=page["next"])
        seen += ids_of(page)
    assert seen == expected


def serve_both(desk: Desk) -> None:
    """From now on Mei's team serves the other site, too."""

    def add(tx: Tx, now: datetime) -> None:
        team_id = tx.value("SELECT team_id FROM teamagent WHERE agent_id = :id ORDER BY team_id", id=desk.mei.id)
        tx.session.add(TeamSite(team_id=team_id, site_id=desk.ids["wallet"]))

    desk.write(add)


def test_an_agent_sees_the_messages_of_their_sites(night: Desk) -> None:
    at_shop, at_wallet = leave(night, night.li_na), leave(night, night.emma)
    assert listed(night, night.mei) == [at_shop]
    assert listed(night, night.peter) == [at_wallet]
    for command in ("assign", "spam"):
        with pytest.raises(NotFound):
            night.do(night.mei, command, conversation_ids=[at_shop, at_wallet])
    assert listed(night, night.mei, "mine") == []


def test_filters_show_what_they_say(night: Desk) -> None:
    mine, unassigned, snoozed = left(night, "王强", "陈晨", "李雷")
    urgent = leave(night, night.wang_wei, "我要报警")
    night.do(night.mei, "assign", conversation_ids=[mine], agent_id=night.mei.id)
    night.do(night.mei, "snooze", conversation_ids=[snoozed], until=wire.utc(PROMISED - timedelta(hours=1)))
    assert listed(night, night.mei) == [urgent, mine, unassigned]
    assert listed(night, night.mei, "mine") == [mine]
    assert listed(night, night.david, "mine") == []
    assert listed(night, night.mei, "unassigned") == [urgent, unassigned]
    assert listed(night, night.mei, "snoozed") == [snoozed]
    assert listed(night, night.mei, "urgent") == [urgent]
    assert listed(night, night.mei, "overdue") == []
    night.now = PROMISED + timedelta(minutes=1, seconds=30)
    # Left a minute apart at night, all of them are promised the same opening time.
    assert listed(night, night.mei, "overdue") == [urgent, mine, unassigned, snoozed]


# -- whose it is --------------------------------------------------------------------------------------------------


def test_a_supervisor_gives_messages_to_an_agent_a_team_or_nobody(night: Desk) -> None:
    ids = left(night, "王强", "陈晨")
    given = night.do(night.lin, "assign", conversation_ids=ids, agent_id=night.david.id)
    assert [conversation["agent"]["name"] for conversation in given["conversations"]] == ["David", "David"]
    assert len(night.hears(f"agent:{night.david.id}:{night.ids['shop']}", "conversation")) >= 2
    night.do(night.lin, "assign", conversation_ids=ids, team_id=night.ids["shop team"])
    assert listed(night, night.david, "mine") == []
    night.do(night.lin, "assign", conversation_ids=ids, agent_id=night.david.id)
    night.do(night.lin, "assign", conversation_ids=ids)
    assert listed(night, night.david, "unassigned") == ids


def test_an_agent_takes_for_themselves_and_gives_back_and_no_more(night: Desk) -> None:
    [conversation_id] = left(night, "王强")
    with pytest.raises(Forbidden):
        night.do(night.mei, "assign", conversation_ids=[conversation_id], agent_id=night.david.id)
    with pytest.raises(Forbidden):
        night.do(night.mei, "assign", conversation_ids=[conversation_id], team_id=night.ids["shop team"])
    night.do(night.mei, "assign", conversation_ids=[conversation_id], agent_id=night.mei.id)
    night.do(night.mei, "assign", conversation_ids=[conversation_id])
    assert listed(night, night.mei, "unassigned") == [conversation_id]


def test_all_are_given_or_none(night: Desk) -> None:
    free, taken = left(night, "王强", "陈晨")
    night.do(night.david, "pick", conversation_id=taken)
    for command, values in (
        ("assign", {"agent_id": night.mei.id}),
        ("spam", {}),
        ("snooze", {"until": wire.utc(night.now + timedelta(hours=1))}),
    ):
        with pytest.raises(Conflict) as refused:
            night.do(night.mei, command, conversation_ids=[free, taken], **values)
        assert refused.value.code == "not_offline"
        assert "David" in str(refused.value)
    assert listed(night, night.mei, "unassigned") == [free]


def test_none_or_too_many_at_once_are_refused(night: Desk) -> None:
    for count in (0, 101):
        with pytest.raises(BadShape):
            night.do(night.lin, "spam", conversation_ids=[new_id() for _ in range(count)])


def test_messages_go_to_those_who_serve_the_site(night: Desk) -> None:
    [conversation_id] = left(night, "王强")
    for values in (
        {"agent_id": night.peter.id},
        {"agent_id": new_id()},
        {"team_id": night.ids["wallet team"]},
        {"team_id": new_id()},
    ):
        with pytest.raises(NotFound):
            night.do(night.lin, "assign", conversation_ids=[conversation_id], **values)
    values = {"agent_id": night.mei.id, "team_id": night.ids["shop team"]}
    with pytest.raises(Invalid):
        night.do(night.lin, "assign", conversation_ids=[conversation_id], **values)


def connect(desk: Desk, who: Who) -> None:
    def seen(tx: Tx, now: datetime) -> None:
        tx.change(
            "INSERT INTO presence (connection_id, agent_id, seen_at) VALUES (:id, :agent, :now)",
            id=new_id(),
            agent=who.id,
            now=int(now.timestamp() * 1000),
        )

    desk.write(seen)


def test_a_message_of_somebody_who_is_there_is_theirs_until_they_are_gone(night: Desk) -> None:
    owned, also_owned = left(night, "王强", "陈晨")
    night.do(night.mei, "assign", conversation_ids=[owned, also_owned], agent_id=night.mei.id)
    connect(night, night.mei)
    with pytest.raises(Conflict) as refused:
        night.do(night.david, "pick", conversation_id=owned)
    assert (refused.value.code, "Mei" in str(refused.value)) == ("not_yours", True)
    with pytest.raises(Conflict):
        night.do(night.david, "assign", conversation_ids=[owned], agent_id=night.david.id)
    with pytest.raises(Conflict):
        night.do(night.david, "spam", conversation_ids=[owned])
    night.do(night.lin, "pick", conversation_id=also_owned)  # a supervisor takes it all the same
    night.wait(seconds=31)
    picked = night.do(night.david, "pick", conversation_id=owned)
    assert picked["conversation"]["agent"]["name"] == "David"


def test_who_is_given_a_message_may_take_it_whatever_their_team(night: Desk) -> None:
    def add(tx: Tx, now: datetime) -> str:
        team = Team(name="Refunds")
        tx.session.add(team)
        tx.session.flush()
        tx.session.add(TeamSite(team_id=team.id, site_id=night.ids["shop"]))
        return team.id

    [conversation_id] = left(night, "王强")
    night.do(night.lin, "assign", conversation_ids=[conversation_id], team_id=night.write(add))
    with pytest.raises(Conflict):
        night.do(night.david, "pick", conversation_id=conversation_id)
    night.do(night.lin, "assign", conversation_ids=[conversation_id], agent_id=night.david.id)
    picked = night.do(night.david, "pick", conversation_id=conversation_id)
    assert picked["conversation"]["status"] == "active"


def test_whose_message_it_was_does_not_have_it_in_the_queue(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    night.do(night.lin, "assign", conversation_ids=[conversation_id], agent_id=night.mei.id)
    until = wire.utc(night.now + timedelta(hours=12))
    night.do(night.mei, "snooze", conversation_ids=[conversation_id], until=until)
    night.wait(hours=11)
    asked = night.do(night.li_na, "ask_agent", conversation_id=conversation_id)["conversation"]
    assert (asked["status"], asked.get("agent")) == ("waiting", None)
    seen = night.do(night.mei, "sync", conversation_id=conversation_id)["conversation"]
    assert "snoozed_until" not in seen
    night.watch()
    assert night.do(night.mei, "sync", conversation_id=conversation_id)["conversation"]["version"] == seen["version"]


def test_of_two_who_claim_a_message_one_has_it_and_the_other_is_told_who(night: Desk) -> None:
    [conversation_id] = left(night, "王强")
    night.do(night.mei, "pick", conversation_id=conversation_id)
    with pytest.raises(Conflict) as refused:
        night.do(night.david, "pick", conversation_id=conversation_id)
    assert (refused.value.code, str(refused.value)) == ("taken", "Mei already took this conversation.")


# -- put off ------------------------------------------------------------------------------------------------------


def test_a_message_is_put_off_into_the_future_and_not_for_ever(night: Desk) -> None:
    [conversation_id] = left(night, "王强")
    for distance in (timedelta(0), timedelta(seconds=-1), timedelta(days=90, seconds=1)):
        with pytest.raises(Invalid):
            night.do(night.mei, "snooze", conversation_ids=[conversation_id], until=wire.utc(night.now + distance))
    given: list[Any] = ["tomorrow", "2026-03-04T01:00:00", 1_772_600_000]
    for until in given:
        with pytest.raises(BadShape):
            night.do(night.mei, "snooze", conversation_ids=[conversation_id], until=until)


def test_no_message_is_put_off_beyond_what_was_promised(night: Desk) -> None:
    soon, late = left(night, "王强", "陈晨")
    until = wire.utc(PROMISED + timedelta(minutes=2))
    with pytest.raises(Conflict) as refused:
        night.do(night.mei, "snooze", conversation_ids=[soon, late], until=until)
    assert refused.value.code == "after_promise"
    assert wire.utc(PROMISED) in str(refused.value)
    assert listed(night, night.mei, "snoozed") == []
    night.do(night.mei, "snooze", conversation_ids=[soon, late], until=wire.utc(PROMISED))
    assert listed(night, night.mei, "snoozed") == [soon, late]


def test_it_comes_back_by_itself(night: Desk) -> None:
    [conversation_id] = left(night, "王强")
    night.do(night.mei, "snooze", conversation_ids=[conversation_id], until=wire.utc(night.now + timedelta(hours=1)))
    night.heard.clear()
    assert not night.read(inbox.anyone_to_wake)
    night.wait(hours=1)
    assert night.read(inbox.anyone_to_wake)
    assert night.write(inbox.wake) == 1
    assert {"summary": "inbox", "site_id": night.ids["shop"]} in [e.value for e in night.heard if e.name == "stale"]
    [seen] = night.hears(viewers_room(conversation_id).name, "conversation")
    assert "snoozed_until" not in seen
    assert seen["version"] == night.do(night.mei, "sync", conversation_id=conversation_id)["conversation"]["version"]
    assert listed(night, night.mei) == [conversation_id]
    assert not night.read(inbox.anyone_to_wake)


def test_it_comes_back_when_its_customer_writes(night: Desk) -> None:
    conversation_id = leave(night, night.li_na)
    until = wire.utc(night.now + timedelta(hours=1))
    for word in ("say", "leave_message"):
        night.do(night.mei, "snooze", conversation_ids=[conversation_id], until=until)
        assert listed(night, night.mei) == []
        night.do(night.li_na, word, conversation_id=conversation_id, body="还在吗")
        assert listed(night, night.mei) == [conversation_id], word


def test_spam_ends_and_is_no_promise(night: Desk) -> None:
    ids = left(night, "推广一", "推广二")
    ended = night.do(night.mei, "spam", conversation_ids=ids)["conversations"]
    assert {(one["status"], one["outcome"]) for one in ended} == {("closed", "spam")}
    assert night.do(night.lin, "promises")["sites"] == [
        {"site": "shop", "kept": 0, "missed": 0, "open": 0, "overdue": 0}
    ]
    with pytest.raises(IllegalMove):
        night.do(night.mei, "pick", conversation_id=ids[0])


# -- who left the bot ---------------------------------------------------------------------------------------------


def with_bot(desk: Desk, customer: Who, body: str | None, misses: int = 0, answered: bool = False) -> str:
    """A conversation with the bot, as it is after that turn."""
    conversation_id = desk.conversation(customer, *([body] if body else []), topic="other")
    if answered or misses:
        desk.change(
            "INSERT INTO message (conversation_id, seq, id, author_kind, author_name, kind, body, created_at)"
            " SELECT id, last_seq + 1, :id, 'bot', '', 'text', '……', last_at FROM conversation"
            " WHERE id = :conversation",
            id=new_id(),
            conversation=conversation_id,
        )
        desk.change(
            "UPDATE conversation SET last_seq = last_seq + 1, bot_misses = :misses WHERE id = :id",
            misses=misses,
            id=conversation_id,
        )
    return conversation_id


def test_a_question_nobody_could_answer_is_kept_when_its_customer_is_gone(night: Desk) -> None:
    missed = with_bot(night, night.li_na, "帐篷少了一根支杆", misses=1)
    unseen = with_bot(night, night.wang_wei, "在吗，有个问题")
    night.wait(minutes=9)
    assert not night.read(inbox.anyone_idle)
    night.wait(minutes=1)
    assert night.read(inbox.anyone_idle)
    assert night.write(inbox.end_idle) == 2
    assert not night.read(inbox.anyone_idle)
    assert set(listed(night, night.mei)) == {missed, unseen}
    seen = night.do(night.li_na, "sync", conversation_id=missed, after_seq=0)
    assert seen["conversation"]["status"] == "offline"
    assert seen["messages"][-1]["data"] == {
        "code": "question_kept",
        "values": {"by": "email", "opens_at": "2026-03-04T01:00:00.000Z", "reply_by": wire.utc(PROMISED)},
    }


def test_by_day_too(desk: Desk) -> None:
    desk.change("UPDATE site SET bot_in_front = TRUE")
    conversation_id = with_bot(desk, desk.li_na, "帐篷少了一根支杆", misses=2)
    desk.wait(minutes=10)
    assert desk.write(inbox.end_idle) == 1
    assert listed(desk, desk.mei) == [conversation_id]


def test_who_was_answered_or_asked_nothing_leaves_no_message(night: Desk) -> None:
    answered = with_bot(night, night.li_na, "怎么退款", answered=True)
    silent = with_bot(night, night.wang_wei, None)
    night.wait(hours=23)
    assert not night.read(inbox.anyone_idle)
    night.wait(hours=1)
    assert night.write(inbox.end_idle) == 2
    assert listed(night, night.mei) == []
    rows = night.rows("SELECT id, status, outcome FROM conversation")
    assert {row["id"]: (row["status"], row["outcome"]) for row in rows} == {
        answered: ("closed", "solved"),
        silent: ("closed", "abandoned"),
    }


def test_leaving_at_night_keeps_the_question_and_leaving_again_ends_it(night: Desk) -> None:
    conversation_id = with_bot(night, night.li_na, "帐篷少了一根支杆", misses=1)
    kept = night.do(night.li_na, "leave", conversation_id=conversation_id)["conversation"]
    assert (kept["status"], kept["reply_by"]) == ("offline", wire.utc(PROMISED))
    assert night.log(night.li_na, conversation_id)[-1]["data"]["code"] == "question_kept"
    assert listed(night, night.mei) == [conversation_id]
    gone = night.do(night.li_na, "leave", conversation_id=conversation_id)["conversation"]
    assert gone["status"] == "closed"
    assert listed(night, night.mei) == []
    assert [row["ended_how"] for row in night.rows("SELECT ended_how FROM promise")] == ["dropped"]


def test_leaving_ends_what_was_answered_and_by_day_anything(night: Desk) -> None:
    answered = with_bot(night, night.li_na, "怎么退款", answered=True)
    ended = night.do(night.li_na, "leave", conversation_id=answered)["conversation"]
    assert (ended["status"], ended["outcome"]) == ("closed", "solved")
    missed = with_bot(night, night.wang_wei, "帐篷少了一根支杆", misses=1)
    night.now = PROMISED
    ended = night.do(night.wang_wei, "leave", conversation_id=missed)["conversation"]
    assert (ended["status"], ended["outcome"]) == ("closed", "unsolved")


def test_of_very_many_messages_a_thousand_are_counted(night: Desk) -> None:
    left(night, "Li Na")
    assert night.read(lambda tx, now: messages.count(tx, night.ids["shop"], now)) == 1

    def leave_many(tx: Tx, now: datetime) -> None:
        for _ in range(messages.MOST_COUNTED):
            customer = Customer(kind="anonymous", locale="zh-CN", created_at=now, id=new_id())
            tx.change(
                "INSERT INTO customer (id, kind, locale, created_at) VALUES (:id, :kind, :locale, 0)",
                **customer.model_dump(include={"id", "kind", "locale"}),
            )
            conversations.insert(
                tx,
                site_id=night.ids["shop"],
                customer_id=customer.id,
                status="offline",
                topic="other",
                locale="zh-CN",
                created_at=now,
                last_at=now,
                left_at=now,
                reply_by=PROMISED,
            )

    night.write(leave_many)
    assert night.read(lambda tx, now: messages.count(tx, night.ids["shop"], now)) == messages.MOST_COUNTED
