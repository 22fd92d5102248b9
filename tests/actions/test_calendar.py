"""Who may change a site's calendar, what is refused, and who hears of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chat.actions.desk import states
from chat.errors import BadShape, Conflict, Forbidden, Invalid, NightdeskError, NotFound
from tests.actions.conftest import EVERY_DAY, Desk

WEEK = {"from": "2026-03-04", "weekly": EVERY_DAY, "country": "CN"}


def with_version(desk: Desk, **version: Any) -> dict[str, Any]:
    """The shop's calendar with one more version, from tomorrow."""
    document: dict[str, Any] = desk.do(desk.lin, "calendar", site="shop")["calendar"]
    return {**document, "versions": [*document["versions"], {**WEEK, **version}]}


def save(desk: Desk, calendar: dict[str, Any], revision: int = 0) -> Any:
    return desk.do(desk.lin, "set_calendar", site="shop", revision=revision, calendar=calendar)


def test_a_supervisor_reads_and_changes_the_calendar_and_leaves_a_trace(desk: Desk) -> None:
    saved = save(desk, with_version(desk, holidays={"do": "closed"}))
    assert saved["revision"] == 1
    assert desk.do(desk.lin, "calendar", site="shop") == saved
    by_date = {day["date"]: day for day in saved["days"]}
    assert by_date["2026-10-07"] == {
        "date": "2026-10-07",
        "kind": "holiday",
        "names": {"zh-CN": "国庆节", "en": "National Day"},
        "first": "2026-10-01",
        "last": "2026-10-07",
        "rule": "holiday",
        "hours": [],
        "corrected": False,
    }
    assert by_date["2026-10-10"]["rule"] == "makeup"
    assert "2026-02-17" not in by_date  # the version before knew of no country
    assert saved["unannounced"] == [2027]
    (trace,) = desk.rows("SELECT actor_id, what, data FROM audit WHERE what = 'calendar_changed'")
    assert trace["actor_id"] == desk.lin.id


def test_who_did_not_see_the_newest_calendar_changes_nothing(desk: Desk) -> None:
    save(desk, with_version(desk))
    with pytest.raises(Conflict) as error:
        save(desk, with_version(desk, **{"from": "2026-03-05"}), revision=0)
    assert error.value.code == "changed"
    assert desk.do(desk.lin, "calendar", site="shop")["revision"] == 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"zone": "Mars/Olympus"}, "'Mars/Olympus' is not a time zone"),
        ({"versions": [{"from": None, "weekly": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}]}, "overlap"),
        ({"versions": [{"from": None, "weekly": {"mon": [["13:00", "14:00"], ["09:00", "10:00"]]}}]}, "out of order"),
        (
            {"versions": [{"from": None, "weekly": {}}]},
            "hold since ever; to change them, add a version from 2026-03-03",
        ),
        ({"specials": [{"date": "2026-03-02", "intervals": []}]}, "special day 2026-03-02 lies in the past"),
        (
            {"specials": [{"date": "2026-03-02", "part": "closed", "intervals": [["10:00", "11:00"]]}]},
            "lies in the past",
        ),
        ({"weekly": {}}, "needs 'versions'"),
        ({"colour": "blue"}, "has no 'colour'"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(desk: Desk, change: dict[str, Any], complaint: str) -> None:
    before = desk.do(desk.lin, "calendar", site="shop")
    with pytest.raises(Invalid, match=complaint):
        save(desk, {**before["calendar"], **change})
    assert desk.do(desk.lin, "calendar", site="shop") == before


def test_today_can_still_be_made_special_and_everybody_hears_it_at_once(desk: Desk) -> None:
    document = desk.do(desk.lin, "calendar", site="shop")["calendar"]
    save(desk, {**document, "specials": [{"date": "2026-03-03", "intervals": [], "reason": "盘点"}]})
    for room in (f"site:{desk.ids['shop']}", f"desk:{desk.ids['shop']}"):
        (told,) = desk.hears(room, "desk")
        assert (told["open"], told["rule"], told["reason"]) == (False, "special", "盘点")
        assert told["opens_at"] == "2026-03-04T01:00:00.000Z"
    assert not desk.hears(f"desk:{desk.ids['wallet']}", "desk")


def test_in_an_emergency_the_desk_closes_until_its_end(desk: Desk) -> None:
    closed = desk.do(desk.lin, "close_desk", site="shop", until="2026-03-03T05:00:00Z", reason="电话系统故障")["desk"]
    assert (closed["open"], closed["rule"], closed["reason"]) == (False, "emergency", "电话系统故障")
    assert closed["opens_at"] == "2026-03-03T05:00:00.000Z"
    assert desk.hears(f"site:{desk.ids['shop']}", "desk")[-1]["rule"] == "emergency"
    conversation = desk.do(desk.li_na, "start", topic="other")["conversation"]
    assert conversation["status"] == "bot"

    desk.wait(minutes=60)
    assert desk.do(desk.wang_wei, "start", topic="other")["conversation"]["status"] == "waiting"


@pytest.mark.parametrize(
    ("how_long", "opens"),
    [({"minutes": 30}, "2026-03-03T04:30:00.000Z"), ({"until": "midnight"}, "2026-03-04T01:00:00.000Z")],
)
def test_an_emergency_lasts_some_minutes_or_the_rest_of_the_day(
    desk: Desk, how_long: dict[str, Any], opens: str
) -> None:
    assert desk.do(desk.lin, "close_desk", site="shop", **how_long)["desk"]["opens_at"] == opens


@pytest.mark.parametrize("how_long", [{}, {"minutes": 5, "until": "midnight"}])
def test_an_emergency_lasts_so_long_or_until_then(desk: Desk, how_long: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="one of the two"):
        desk.do(desk.lin, "close_desk", site="shop", **how_long)


def test_an_emergency_does_not_stand_in_the_way_of_who_edits_and_is_kept(desk: Desk) -> None:
    document = with_version(desk)
    desk.do(desk.lin, "close_desk", site="shop", until="2026-03-03T05:00:00Z")
    saved = save(desk, {**document, "emergencies": []})
    assert [one["until"] for one in saved["calendar"]["emergencies"]] == ["2026-03-03T05:00:00Z"]


def test_a_desk_is_reopened_before_the_end(desk: Desk) -> None:
    with pytest.raises(Conflict, match="no emergency"):
        desk.do(desk.lin, "reopen_desk", site="shop")
    desk.do(desk.lin, "close_desk", site="shop", until="2026-03-03T05:00:00Z")
    desk.wait(minutes=10)
    assert desk.do(desk.lin, "reopen_desk", site="shop")["desk"]["open"]
    (kept,) = desk.do(desk.lin, "calendar", site="shop")["calendar"]["emergencies"]
    assert kept["until"] == "2026-03-03T04:10:00Z"


@pytest.mark.parametrize(
    ("until", "complaint", "error"),
    [
        ("2026-03-03T04:00:00Z", "ends after it begins", Invalid),
        ("2026-03-03T03:00:00Z", "ends after it begins", Invalid),
        ("2028-03-03T03:00:00Z", "within 400 days", Invalid),
        ("2026-03-33T03:00:00Z", "is not a moment", Invalid),
        ("tomorrow", "until", BadShape),
        ("2026-03-03T13:00:00", "until", BadShape),
    ],
)
def test_an_emergency_has_an_end_that_is_to_come(
    desk: Desk, until: str, complaint: str, error: type[NightdeskError]
) -> None:
    with pytest.raises(error, match=complaint):
        desk.do(desk.lin, "close_desk", site="shop", until=until)
    assert desk.do(desk.lin, "calendar", site="shop")["calendar"]["emergencies"] == []


def test_what_customers_will_see_is_shown_before(desk: Desk) -> None:
    save(desk, with_version(desk, holidays={"do": "hours", "intervals": [["10:00", "18:00"]], "at_least": 4}))
    seen = desk.do(desk.lin, "preview_desk", site="shop", at="2026-10-02T09:30")
    assert (seen["desk"]["open"], seen["desk"]["opens_at"]) == (False, "2026-10-02T02:00:00.000Z")
    assert seen["desk"]["holiday"] == {"zh-CN": "国庆节", "en": "National Day"}
    assert (seen["why"]["rule"], seen["why"]["hours"]) == ("holiday", [["10:00", "18:00"]])
    assert seen["stretches"][0] == {"opens": "2026-10-02T02:00:00.000Z", "closes": "2026-10-02T10:00:00.000Z"}
    elsewhere = desk.do(desk.lin, "preview_desk", site="shop", at="2026-10-02T09:30", zone="Europe/Berlin")
    assert elsewhere["desk"]["open"]
    assert elsewhere["desk"]["now"] == "2026-10-02T07:30:00.000Z"
    assert desk.do(desk.lin, "calendar", site="shop")["revision"] == 1  # looking changes nothing


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"at": "2026-10-02T25:30"}, "is not a time"),
        ({"at": "1026-10-02T09:30"}, "too far off"),
        ({"at": "2026-10-02T09:30", "zone": "Mars"}, "'Mars' is not a time zone"),
    ],
)
def test_a_preview_wants_a_time_and_a_zone_there_is(desk: Desk, given: dict[str, str], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        desk.do(desk.lin, "preview_desk", site="shop", **given)


def test_a_desk_that_stays_open_for_another_reason_is_told_anew(desk: Desk) -> None:
    document = desk.do(desk.lin, "calendar", site="shop")["calendar"]
    bargains = {"date": "2026-03-03", "part": "open", "intervals": [["12:30", "22:00"]], "reason": "大促"}
    save(desk, {**document, "specials": [bargains]})
    before, shop = desk.read(states), desk.ids["shop"]
    desk.wait(minutes=29)
    assert desk.read(states) == before
    desk.wait(minutes=1)
    assert desk.read(states)[shop] != before[shop]
    assert desk.read(states)[desk.ids["wallet"]] == before[desk.ids["wallet"]]


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("calendar", {}),
    ("set_calendar", {"revision": 0, "calendar": {}}),
    ("close_desk", {"minutes": 60}),
    ("reopen_desk", {}),
    ("preview_desk", {"at": "2026-03-03T09:00"}),
]


@pytest.mark.parametrize(("name", "values"), COMMANDS)
def test_only_supervisors_decide_and_only_over_their_own_sites(desk: Desk, name: str, values: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        desk.do(desk.mei, name, site="shop", **values)
    for site in ("wallet", "nowhere"):
        with pytest.raises(NotFound, match="no such site"):
            desk.do(desk.lin, name, site=site, **values)


def test_the_calendars_clock_is_the_one_that_counts(desk: Desk) -> None:
    desk.now = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai: the fourth of March
    with pytest.raises(Invalid, match="2026-03-03 lies in the past"):
        save(desk, {**with_version(desk), "specials": [{"date": "2026-03-03", "intervals": []}]})


def test_a_calendar_that_was_broken_by_hand_closes_its_desk_and_no_other(desk: Desk) -> None:
    desk.do(desk.admin, "set_team", team_id=desk.ids["shop team"], policy="least_loaded")
    waiting = desk.conversation(desk.emma, "hello")
    broken = json.dumps({"zone": "Mars/Olympus", "versions": []})
    desk.change("UPDATE site SET calendar = :broken WHERE key = 'wallet'", broken=broken)
    for agent in (desk.mei, desk.peter):
        desk.connect(agent)
        desk.do(agent, "set_presence", status="online")
    conversation_id = desk.conversation(desk.li_na, "在吗")
    desk.sweep()
    desk.watch()
    assert [one["id"] for one in desk.do(desk.mei, "sync")["desk"]["mine"]] == [conversation_id]
    peters = desk.do(desk.peter, "sync")["desk"]
    assert [(seen["site"], seen["open"]) for seen in peters["desks"]] == [("wallet", False)]
    assert [one["id"] for one in peters["inbox"]] == [waiting]
    assert [alert["kind"] for alert in peters["alerts"]] == ["desk_never_opens"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("set_calendar", {"revision": 0, "calendar": {}}),
        ("close_desk", {"minutes": 5}),
        ("preview_desk", {"at": "2026-03-03T09:00"}),
    ],
)
def test_what_was_broken_by_hand_is_not_written_over_unseen(desk: Desk, name: str, values: dict[str, Any]) -> None:
    broken = json.dumps({"zone": "Mars/Olympus", "versions": []})
    desk.change("UPDATE site SET calendar = :broken WHERE key = 'shop'", broken=broken)
    with pytest.raises(Invalid, match="shop cannot be read, so its desk stays closed: 'Mars/Olympus' is not a time"):
        desk.do(desk.lin, name, site="shop", **values)
    assert desk.rows("SELECT calendar FROM site WHERE key = 'shop'") == [{"calendar": broken}]


HOLIDAYS = {"do": "closed", "intervals": [], "at_least": 1}
VERSION = {"from": None, "weekly": EVERY_DAY, "country": "CN", "holidays": HOLIDAYS, "makeup": "mon"}
LONG_AGO = {"date": "2025-12-24", "intervals": [], "reason": "盘点"}
EMERGENCY = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-01T02:00:00Z", "reason": "停电"}
BROKEN = [
    ({"zone": "Mars/Olympus", "versions": [VERSION], "specials": [LONG_AGO]}, {"zone": "UTC"}),
    ({"zone": "Asia/Tokyo", "versions": [], "emergencies": [EMERGENCY]}, {"zone": "Asia/Tokyo", "specials": []}),
    ({"zone": "Asia/Tokyo", "weekly": EVERY_DAY, "specials": "none"}, {"zone": "Asia/Tokyo", "specials": []}),
    (["not a calendar"], {"zone": "UTC", "specials": []}),
]


@pytest.mark.parametrize(("broken", "kept"), BROKEN)
def test_what_was_broken_by_hand_is_shown_as_far_as_it_can_be_read_and_is_mended(
    desk: Desk, broken: Any, kept: dict[str, Any]
) -> None:
    desk.change("UPDATE site SET calendar = :broken WHERE key = 'shop'", broken=json.dumps(broken))
    view = desk.do(desk.lin, "calendar", site="shop")
    assert view["problem"]
    assert {**view["calendar"], **kept} == view["calendar"]
    right = {**view["calendar"], "zone": "Asia/Shanghai", "versions": [VERSION]}
    with pytest.raises(Invalid, match="is not a time"):
        desk.do(desk.lin, "set_calendar", site="shop", revision=0, calendar={**right, "zone": "Mars"}, mends=True)
    with pytest.raises(Conflict):
        desk.do(desk.lin, "set_calendar", site="shop", revision=1, calendar=right, mends=True)
    saved = desk.do(desk.lin, "set_calendar", site="shop", revision=0, calendar=right, mends=True)
    assert saved == desk.do(desk.lin, "calendar", site="shop")
    assert "problem" not in saved
    assert {**saved["calendar"], **right} == saved["calendar"]
    [trace] = desk.rows("SELECT data FROM audit WHERE what = 'calendar_changed'")
    assert json.loads(trace["data"]) == {"revision": 1, "mended": view["problem"]}
    assert desk.do(desk.lin, "preview_desk", site="shop", at="2026-03-03T09:00")["desk"]["open"]


def test_who_means_to_mend_a_calendar_that_can_be_read_may_not_change_its_past(desk: Desk) -> None:
    calendar = {**with_version(desk), "specials": [LONG_AGO]}
    with pytest.raises(Invalid, match="lies in the past"):
        desk.do(desk.lin, "set_calendar", site="shop", revision=0, calendar=calendar, mends=True)
