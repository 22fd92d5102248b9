"""Each way to be stranded, made by hand in the database: it is found and mended, or agents are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chat.actions import watchdog
from chat.actions.access import Who
from chat.actions.watchdog import KINDS, News
from chat.store import Store
from chat.store.queries.stranded import Stranded
from chat.store.tables import to_millis
from chat.work.sweep import ROUND_SECONDS
from chat.work.watchdog import Watchdog
from tests.actions.conftest import NOON, Desk
from tests.actions.test_refunds import approved

NIGHT = NOON + timedelta(hours=10)  # 22:00
Make = Callable[[Desk], str]


def status(desk: Desk, conversation_id: str) -> str:
    return str(row(desk, conversation_id)["status"])


def row(desk: Desk, conversation_id: str) -> dict[str, Any]:
    [found] = desk.rows("SELECT * FROM conversation WHERE id = :id", id=conversation_id)
    return found


def codes(desk: Desk, conversation_id: str) -> list[str]:
    return [line["data"]["code"] for line in desk.log(desk.li_na, conversation_id) if line["kind"] == "system"]


def alerts(desk: Desk) -> list[tuple[str, int]]:
    return [(alert["kind"], alert["count"]) for alert in desk.do(desk.lin, "sync")["desk"]["alerts"]]


def comes(desk: Desk, agent: Who | None = None) -> None:
    desk.connect(agent or desk.mei)
    desk.do(agent or desk.mei, "set_presence", status="online")


def change(desk: Desk, conversation_id: str, sets: str, **values: Any) -> None:
    assert desk.change(f"UPDATE conversation SET {sets} WHERE id = :id", id=conversation_id, **values) == 1


# -- the ways to be stranded --------------------------------------------------------------------------------------


def waiting(desk: Desk) -> str:
    comes(desk)
    return desk.conversation(desk.li_na, "你好，我想退款")


def active(desk: Desk) -> str:
    conversation_id = waiting(desk)
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    return conversation_id


def with_bot(desk: Desk) -> str:
    desk.now = NIGHT
    return desk.conversation(desk.li_na, "怎么退款")


def left(desk: Desk) -> str:
    conversation_id = with_bot(desk)
    desk.do(desk.li_na, "leave_message", conversation_id=conversation_id, body="请尽快退款")
    return conversation_id


def nobody_owns_it(desk: Desk) -> str:
    conversation_id = active(desk)
    change(desk, conversation_id, "agent_id = NULL")
    return conversation_id


def nobody_owns_it_at_night(desk: Desk) -> str:
    conversation_id = nobody_owns_it(desk)
    desk.now = NIGHT
    return conversation_id


def owners_account_is_closed(desk: Desk) -> str:
    conversation_id = active(desk)
    desk.change("UPDATE agent SET active = FALSE WHERE id = :id", id=desk.mei.id)
    return conversation_id


def owner_serves_another_site(desk: Desk) -> str:
    conversation_id = active(desk)
    desk.change("DELETE FROM teamagent WHERE agent_id = :id", id=desk.mei.id)
    return conversation_id


def owner_is_gone_and_was_not_missed(desk: Desk) -> str:
    conversation_id = active(desk)
    desk.change("DELETE FROM presence")
    desk.wait(seconds=61)
    comes(desk, desk.david)
    return conversation_id


def owner_is_gone_for_longer_than_the_grace_time(desk: Desk) -> str:
    conversation_id = active(desk)
    desk.do(desk.mei, "say", conversation_id=conversation_id, body="请稍等")
    desk.change("UPDATE agent SET gone_at = :now WHERE id = :id", id=desk.mei.id, now=to_millis(desk.now))
    desk.change("DELETE FROM presence")
    desk.wait(seconds=361)
    comes(desk, desk.david)
    return conversation_id


def waits_without_a_place(desk: Desk) -> str:
    conversation_id = waiting(desk)
    change(desk, conversation_id, "first_waited_at = NULL")
    return conversation_id


def waits_and_has_an_owner(desk: Desk) -> str:
    conversation_id = waiting(desk)
    change(desk, conversation_id, "agent_id = :mei", mei=desk.mei.id)
    return conversation_id


def waits_for_no_team(desk: Desk) -> str:
    conversation_id = waiting(desk)
    change(desk, conversation_id, "team_id = NULL")
    return conversation_id


def waits_for_a_team_of_another_site(desk: Desk) -> str:
    conversation_id = waiting(desk)
    change(desk, conversation_id, "team_id = :team", team=desk.ids["wallet team"])
    return conversation_id


def waits_with_nobody_there(desk: Desk) -> str:
    conversation_id = waiting(desk)
    desk.do(desk.mei, "set_presence", status="away")
    desk.wait(seconds=31)
    return conversation_id


def waits_since_long_before_closing(desk: Desk) -> str:
    conversation_id = waiting(desk)
    desk.now = NIGHT
    return conversation_id


def left_without_a_promise(desk: Desk) -> str:
    conversation_id = left(desk)
    change(desk, conversation_id, "reply_by = NULL")
    return conversation_id


def left_at_no_time(desk: Desk) -> str:
    conversation_id = left(desk)
    change(desk, conversation_id, "left_at = NULL")
    return conversation_id


def promised_and_not_answered(desk: Desk) -> str:
    conversation_id = left(desk)
    desk.wait(days=2)
    return conversation_id


def message_of_somebody_who_left(desk: Desk) -> str:
    conversation_id = left(desk)
    change(desk, conversation_id, "agent_id = :mei", mei=desk.mei.id)
    desk.change("UPDATE agent SET active = FALSE WHERE id = :id", id=desk.mei.id)
    return conversation_id


def snoozed_and_forgotten(desk: Desk) -> str:
    conversation_id = left(desk)
    change(desk, conversation_id, "snoozed_until = :then", then=to_millis(desk.now - timedelta(minutes=1)))
    return conversation_id


def turn_was_lost(desk: Desk) -> str:
    conversation_id = with_bot(desk)
    assert desk.change("DELETE FROM job WHERE kind = 'bot_turn'") == 1
    desk.wait(seconds=91)
    return conversation_id


def turn_was_lost_twice(desk: Desk) -> str:
    conversation_id = turn_was_lost(desk)
    desk.watch()
    desk.change("UPDATE job SET done_at = :now WHERE kind = 'bot_turn'", now=to_millis(desk.now))
    return conversation_id


def turn_was_given_up(desk: Desk) -> str:
    conversation_id = with_bot(desk)
    desk.change("UPDATE job SET failed_at = :now WHERE kind = 'bot_turn'", now=to_millis(desk.now))
    desk.wait(seconds=91)
    return conversation_id


def turn_keeps_failing_while_agents_are_there(desk: Desk) -> str:
    desk.change("UPDATE site SET bot_in_front = TRUE")
    conversation_id = waiting(desk)
    desk.change("UPDATE job SET attempts = 5 WHERE kind = 'bot_turn'")
    desk.wait(seconds=91)
    return conversation_id


def ended_and_still_in_the_books(desk: Desk) -> str:
    conversation_id = active(desk)
    desk.do(desk.mei, "close", conversation_id=conversation_id)
    desk.change("UPDATE assignment SET ended_at = NULL")
    return conversation_id


def promised_though_it_has_ended(desk: Desk) -> str:
    conversation_id = left(desk)
    desk.do(desk.li_na, "leave", conversation_id=conversation_id)
    desk.change("UPDATE promise SET ended_at = NULL")
    return conversation_id


def paid_that_is_said_to_have_failed(desk: Desk) -> str:
    refund = approved(desk)
    desk.do(desk.mei, "pay_refund", refund_id=refund["id"], reference="流水 1")
    desk.change("UPDATE payout SET said = 'failed'")
    return str(refund["ticket_id"])


def being_paid_with_no_word_of_the_service(desk: Desk) -> str:
    refund = approved(desk)
    desk.do(desk.mei, "pay_refund", refund_id=refund["id"], way="service")
    desk.change("UPDATE payout SET at = at - 3600000")
    return str(refund["ticket_id"])


def said_to_go_on_for_a_day(desk: Desk) -> str:
    ticket_id = being_paid_with_no_word_of_the_service(desk)
    desk.change("UPDATE payout SET state = 'unknown', at = at - 23 * 3600000")
    return ticket_id


def two_owners_in_the_books(desk: Desk) -> str:
    conversation_id = active(desk)
    desk.change(
        "INSERT INTO assignment (id, conversation_id, site_id, agent_id, epoch, how, at)"
        " SELECT 'another', conversation_id, site_id, :david, 0, 'picked', at FROM assignment",
        david=desk.david.id,
    )
    return conversation_id


def waits_for_a_desk_that_never_opens(desk: Desk) -> str:
    left(desk)
    shut = json.dumps({"zone": "Asia/Shanghai", "weekly": {}, "specials": []})
    desk.change("UPDATE site SET calendar = :shut WHERE id = :id", shut=shut, id=desk.ids["shop"])
    return desk.ids["shop"]


# -- and what becomes of it ---------------------------------------------------------------------------------------


def stands_in_line(desk: Desk, conversation_id: str) -> None:
    shown = desk.do(desk.li_na, "sync", conversation_id=conversation_id, after_seq=0)["conversation"]
    assert (shown["status"], shown.get("agent"), shown["waiting"]["place"]) == ("waiting", None, 1)
    held = row(desk, conversation_id)
    assert held["first_waited_at"]
    assert held["team_id"] == desk.ids["shop team"]


def is_told_and_stands_in_line(desk: Desk, conversation_id: str) -> None:
    stands_in_line(desk, conversation_id)
    assert codes(desk, conversation_id)[-1] in ("agent_left", "back_in_line", "asked_agent")


def has_a_promise(desk: Desk, conversation_id: str) -> None:
    held = row(desk, conversation_id)
    assert (held["status"], held["agent_id"]) == ("offline", None)
    assert held["reply_by"] > to_millis(desk.now)
    assert held["left_at"] <= to_millis(desk.now)
    assert desk.rows("SELECT 1 FROM promise WHERE conversation_id = :id AND ended_at IS NULL", id=conversation_id)


def is_told_and_has_a_promise(desk: Desk, conversation_id: str) -> None:
    has_a_promise(desk, conversation_id)
    assert codes(desk, conversation_id)[-1] == "kept_as_message"


def is_to_be_seen_again(desk: Desk, conversation_id: str) -> None:
    assert row(desk, conversation_id)["snoozed_until"] is None


def is_asked_again(desk: Desk, conversation_id: str) -> None:
    [job] = desk.rows("SELECT payload FROM job WHERE kind = 'bot_turn' AND done_at IS NULL")
    held = row(desk, conversation_id)
    assert json.loads(job["payload"]) == {
        "conversation_id": conversation_id,
        "epoch": held["epoch"],
        "seq": held["last_seq"],
    }
    assert held["status"] == "bot"


def books_are_right(desk: Desk, conversation_id: str) -> None:
    owners = desk.rows("SELECT agent_id FROM assignment WHERE ended_at IS NULL")
    held = row(desk, conversation_id)
    assert [owner["agent_id"] for owner in owners] == ([held["agent_id"]] if held["status"] == "active" else [])
    assert desk.rows("SELECT 1 FROM promise WHERE ended_at IS NULL") == []


def agents_are_told(desk: Desk, subject_id: str) -> None:
    """Beside the others."""


@dataclass(frozen=True)
class Case:
    kind: str
    make: Make
    becomes: Callable[[Desk, str], None] = agents_are_told


CASES = [
    Case("no_owner", nobody_owns_it, is_told_and_stands_in_line),
    Case("no_owner", nobody_owns_it_at_night, is_told_and_has_a_promise),
    Case("owner_left", owners_account_is_closed, is_told_and_stands_in_line),
    Case("owner_left", owner_serves_another_site, is_told_and_stands_in_line),
    Case("owner_gone", owner_is_gone_and_was_not_missed, is_told_and_stands_in_line),
    Case("owner_gone", owner_is_gone_for_longer_than_the_grace_time, is_told_and_stands_in_line),
    Case("no_place", waits_without_a_place, stands_in_line),
    Case("two_places", waits_and_has_an_owner, stands_in_line),
    Case("no_team", waits_for_no_team, stands_in_line),
    Case("no_team", waits_for_a_team_of_another_site, stands_in_line),
    Case("nobody_there", waits_with_nobody_there),
    Case("waits_at_closed_desk", waits_since_long_before_closing, is_told_and_has_a_promise),
    Case("no_promise", left_without_a_promise, has_a_promise),
    Case("no_promise", left_at_no_time, has_a_promise),
    Case("overdue", promised_and_not_answered),
    Case("message_owner_left", message_of_somebody_who_left, has_a_promise),
    Case("snoozed_out", snoozed_and_forgotten, is_to_be_seen_again),
    Case("bot_silent", turn_was_lost, is_asked_again),
    Case("bot_silent", turn_was_lost_twice, is_told_and_has_a_promise),
    Case("bot_silent", turn_was_given_up, is_told_and_has_a_promise),
    Case("bot_silent", turn_keeps_failing_while_agents_are_there, is_told_and_stands_in_line),
    Case("open_assignment", ended_and_still_in_the_books, books_are_right),
    Case("open_promise", promised_though_it_has_ended, books_are_right),
    Case("open_assignment", two_owners_in_the_books, books_are_right),
    Case("desk_never_opens", waits_for_a_desk_that_never_opens),
    Case("payout_doubtful", paid_that_is_said_to_have_failed),
    Case("payout_silent", being_paid_with_no_word_of_the_service),
    Case("payout_silent", said_to_go_on_for_a_day),
]
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.make.__name__)


def test_there_is_no_way_to_be_stranded_without_its_case() -> None:
    assert {case.kind for case in CASES} == {kind.name for kind in KINDS}
    reported = {kind.name for kind in KINDS if kind.mend is None}
    assert {case.kind for case in CASES if case.becomes is agents_are_told} == reported


def sighted(desk: Desk) -> set[tuple[str, str]]:
    """What is wrong, as (kind, subject)."""
    to_mend, news = desk.read(watchdog.sighted, True, 0)
    return {(one.kind, one.which.subject_id) for one in to_mend} | {
        (changes.kind, found.subject_id) for changes in news for found in changes.more
    }


@EACH
def test_whoever_is_stranded_is_found_and_mended_or_agents_are_told(desk: Desk, case: Case) -> None:
    subject_id = case.make(desk)
    assert sighted(desk) == {(case.kind, subject_id)}
    desk.watch()
    case.becomes(desk, subject_id)
    assert alerts(desk) == ([(case.kind, 1)] if case.becomes is agents_are_told else [])
    assert sighted(desk) == set(), "and it is not found again"


class Rounds:
    """Of one process, which knows when it has looked for what."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._watchdog = desk.run(self._begin)

    async def _begin(self, store: Store) -> Watchdog:
        return Watchdog(store)

    def go(self, number: int = 1) -> dict[str, int]:
        """So many of them. Gives what was mended since the first."""
        for _ in range(number):
            self._desk.run(lambda _store: self._watchdog.look(is_calm=True))
        return dict(self._watchdog.mended)


def test_what_is_looked_for_seldom_is_looked_for_once_a_minute() -> None:
    assert {kind.every for kind in KINDS} == {1, watchdog.SELDOM}
    assert watchdog.SELDOM * ROUND_SECONDS <= 60


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if any(kind.name == case.kind and kind.every > 1 for kind in KINDS)],
    ids=lambda case: case.make.__name__,
)
def test_who_is_stranded_in_a_way_that_is_looked_for_seldom_is_mended_within_its_minute(desk: Desk, case: Case) -> None:
    rounds = Rounds(desk)
    rounds.go()
    subject_id = case.make(desk)
    assert rounds.go(watchdog.SELDOM - 1) == {}
    assert rounds.go() == {case.kind: 1}
    case.becomes(desk, subject_id)


def test_an_alert_of_what_is_looked_for_seldom_stays_until_it_is_known_to_be_over(desk: Desk) -> None:
    rounds = Rounds(desk)
    rounds.go()
    found = [Stranded(left(desk), desk.ids["shop"])]
    for kind in ("open_promise", "no_promise"):
        desk.write(watchdog.record, News(kind, found, []))
    for _ in range(watchdog.SELDOM - 1):
        rounds.go()
        assert alerts(desk) == [("open_promise", 1)]
    rounds.go()
    assert alerts(desk) == []


def test_on_a_desk_where_all_is_well_nothing_is_found(desk: Desk) -> None:
    for make, customer in ((active, desk.li_na), (waiting, desk.wang_wei)):
        comes(desk)
        conversation_id = desk.conversation(customer, "你好")
        if make is active:
            desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.wait(seconds=29)
    assert sighted(desk) == set()
    desk.watch()
    assert desk.rows("SELECT * FROM finding") == []


@pytest.mark.parametrize("make", [owner_is_gone_and_was_not_missed, owner_is_gone_for_longer_than_the_grace_time])
def test_in_a_round_that_is_not_calm_nobodys_conversation_is_taken_away(desk: Desk, make: Make) -> None:
    conversation_id = make(desk)
    desk.watch(is_calm=False)
    assert status(desk, conversation_id) == "active"


def test_an_alert_keeps_the_time_of_the_first_and_goes_with_the_last(desk: Desk) -> None:
    first = waits_with_nobody_there(desk)
    desk.watch()
    since = desk.do(desk.lin, "sync")["desk"]["alerts"][0]["since"]
    desk.conversation(desk.wang_wei, "在吗")
    desk.wait(seconds=31)
    desk.watch()
    [alert] = desk.do(desk.lin, "sync")["desk"]["alerts"]
    expected = {"site": "shop", "kind": "nobody_there", "count": 2, "since": since}
    assert alert == {**expected, "conversation_id": first, "list": "queue"}
    assert {"summary": "alerts", "site_id": desk.ids["shop"]} in [event.value for event in desk.heard]
    comes(desk)
    desk.watch()
    assert alerts(desk) == []


def test_a_team_to_overflow_to_is_somebody(desk: Desk) -> None:
    waits_with_nobody_there(desk)
    desk.change(
        "UPDATE team SET overflow_team_id = :other WHERE id = :id",
        id=desk.ids["shop team"],
        other=desk.ids["wallet team"],
    )
    comes(desk, desk.peter)
    assert sighted(desk) == set()


def test_what_cannot_be_mended_is_told_and_holds_up_nothing_else(desk: Desk) -> None:
    stuck = waits_for_no_team(desk)
    other = left_without_a_promise_of(desk)
    desk.change("DELETE FROM teamsite WHERE site_id = :id", id=desk.ids["shop"])
    before = row(desk, stuck)
    desk.watch()
    desk.watch()
    assert row(desk, stuck) == before
    assert row(desk, other)["reply_by"]
    [found] = desk.rows("SELECT kind, subject_id FROM finding")
    assert found == {"kind": "no_team", "subject_id": stuck}
    desk.change(
        "INSERT INTO teamsite (team_id, site_id) VALUES (:team, :site)",
        team=desk.ids["shop team"],
        site=desk.ids["shop"],
    )
    desk.watch()
    desk.watch()
    stands_in_line(desk, stuck)
    assert desk.rows("SELECT * FROM finding") == []


def left_without_a_promise_of(desk: Desk) -> str:
    conversation_id = desk.conversation(desk.wang_wei, "在吗")
    desk.do(desk.wang_wei, "leave_message", conversation_id=conversation_id, body="请回电")
    change(desk, conversation_id, "reply_by = NULL")
    return conversation_id
