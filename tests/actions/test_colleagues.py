"""Agents who work together: asked in, handed over, joined, taken over; each may with its may-not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chat import wire
from chat.actions import presence
from chat.actions.access import Who
from chat.actions.desk import set_mail
from chat.errors import BadShape, Conflict, Forbidden, Invalid, NotFound, Reused
from chat.store.tables import new_id
from tests.actions.conftest import Desk


@pytest.fixture
def talk(desk: Desk) -> str:
    """Li Na talks with Mei; David and Lin are there."""
    desk.write(set_mail, "outbox")
    for agent in (desk.mei, desk.david, desk.lin):
        is_there(desk, agent)
    conversation_id = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    desk.heard.clear()
    return conversation_id


def is_there(desk: Desk, agent: Who) -> None:
    desk.do(agent, "set_presence", status="online")
    desk.write(presence.connected, agent, f"line of {agent.id}")


def codes(desk: Desk, conversation_id: str) -> list[str]:
    """The lines of the house that Li Na reads."""
    return [message["data"]["code"] for message in desk.log(desk.li_na, conversation_id) if message.get("data")]


def state(desk: Desk, conversation_id: str) -> dict[str, Any]:
    """All that a refused command must leave alone."""
    tables = ("conversation", "message", "note", "assignment", "participant", "audit")
    return {table: sorted(map(str, desk.rows(f"SELECT * FROM {table}"))) for table in tables}


def seen_by(desk: Desk, agent: Who, conversation_id: str) -> Any:
    return desk.do(agent, "sync", conversation_id=conversation_id)["conversation"]


def notices(desk: Desk, agent: Who) -> list[Any]:
    """But for what they took themselves."""
    return [told for told in desk.hears(f"agent:{agent.id}", "notice") if told["code"] != "taken_by_you"]


# -- asked in -----------------------------------------------------------------------------------------------------


def test_a_colleague_asked_in_for_notes_hears_all_of_it_and_writes_notes_and_nothing_else(
    desk: Desk, talk: str
) -> None:
    asked = {"conversation_id": talk, "agent_id": desk.david.id, "may": "note", "note": "退款规则你更熟，帮我看看"}
    invited = desk.do(desk.mei, "invite", **asked)["conversation"]
    (told,) = notices(desk, desk.david)
    assert (told["code"], told["values"]["by"], told["values"]["note"]) == ("invited", "Mei", asked["note"])
    assert invited["participants"] == [{"id": desk.david.id, "name": "David", "may": "note", "joined": False}]
    (mine,) = desk.do(desk.david, "sync")["desk"]["invited"]
    assert mine["id"] == talk

    desk.do(desk.li_na, "say", conversation_id=talk, body="鞋子穿过一次")
    his = f"agent:{desk.david.id}:{desk.ids['shop']}"
    assert [message["body"] for message in desk.hears(his, "message")] == ["鞋子穿过一次"]
    desk.do(desk.david, "note", conversation_id=talk, body="穿过就不能退了")
    assert len(desk.do(desk.mei, "sync", conversation_id=talk)["notes"]) == 2

    before = state(desk, talk)
    with pytest.raises(Conflict, match="read and write notes") as refused:
        desk.do(desk.david, "say", conversation_id=talk, body="您好")
    assert refused.value.code == "notes_only"
    assert state(desk, talk) == before
    assert "colleague_joined" not in codes(desk, talk)
    desk.do(desk.david, "typing", conversation_id=talk)
    assert desk.hears(desk.room_of(desk.li_na), "typing") == []


def test_who_may_say_joins_with_their_first_word_under_their_own_name(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    assert "colleague_joined" not in codes(desk, talk)
    for body in ("我是大卫", "我来查一下物流"):
        desk.do(desk.david, "say", conversation_id=talk, body=body)
    desk.do(desk.david, "typing", conversation_id=talk)
    log = desk.log(desk.li_na, talk)
    assert codes(desk, talk).count("colleague_joined") == 1
    assert [(m["author"]["name"], m["body"]) for m in log if m["author"].get("id") == desk.david.id] == [
        ("David", "我是大卫"),
        ("David", "我来查一下物流"),
    ]
    joined = next(m for m in log if m.get("data", {}).get("code") == "colleague_joined")
    assert joined["data"]["values"] == {"name": "David"}
    assert [typing["name"] for typing in desk.hears(desk.room_of(desk.li_na), "typing")] == ["David"]
    desk.do(desk.mei, "say", conversation_id=talk, body="谢谢大卫")
    assert seen_by(desk, desk.mei, talk)["agent"]["name"] == "Mei"
    assert "participants" not in desk.do(desk.li_na, "sync", conversation_id=talk, after_seq=0)["conversation"]


def test_whoever_was_not_asked_in_reads_and_does_not_say(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    before = state(desk, talk)
    with pytest.raises(Conflict, match="Mei has this conversation"):
        desk.do(desk.lin, "say", conversation_id=talk, body="您好")
    with pytest.raises(NotFound):
        desk.do(desk.peter, "say", conversation_id=talk, body="您好")
    assert state(desk, talk) == before


def test_a_participant_is_one_until_the_conversation_ends(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    desk.do(desk.david, "say", conversation_id=talk, body="我是大卫")
    desk.heard.clear()
    desk.do(desk.mei, "close", conversation_id=talk)
    his = f"agent:{desk.david.id}:{desk.ids['shop']}"
    assert desk.hears(his, "conversation")[-1]["status"] == "closed"
    assert desk.do(desk.david, "sync")["desk"]["invited"] == []
    with pytest.raises(Conflict, match="has ended"):
        desk.do(desk.david, "say", conversation_id=talk, body="还有一句")
    desk.do(desk.li_na, "say", conversation_id=talk, body="还有个问题")  # opens it again
    desk.do(desk.mei, "pick", conversation_id=talk)
    with pytest.raises(Conflict, match="Mei has this conversation"):
        desk.do(desk.david, "say", conversation_id=talk, body="还有一句")


def test_a_participant_stays_when_the_conversation_changes_hands_and_is_none_when_it_is_theirs(
    desk: Desk, talk: str
) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.lin.id, may="note")
    desk.do(desk.mei, "transfer", conversation_id=talk, agent_id=desk.david.id)
    now = seen_by(desk, desk.david, talk)
    assert (now["agent"]["name"], [one["name"] for one in now["participants"]]) == ("David", ["Lin"])
    desk.do(desk.david, "say", conversation_id=talk, body="现在由我负责")


@pytest.mark.parametrize("by_whom", ["the owner", "a supervisor", "themselves"])
def test_a_part_ends_and_saying_ends_with_it(desk: Desk, talk: str, by_whom: str) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    desk.do(desk.david, "say", conversation_id=talk, body="我是大卫")
    desk.heard.clear()
    if by_whom == "themselves":
        after = desk.do(desk.david, "step_out", conversation_id=talk)
    else:
        who = desk.mei if by_whom == "the owner" else desk.lin
        after = desk.do(who, "uninvite", conversation_id=talk, agent_id=desk.david.id)
    assert after["conversation"]["participants"] == []
    assert codes(desk, talk)[-1] == "colleague_left"
    assert desk.hears(f"agent:{desk.david.id}:{desk.ids['shop']}", "conversation")[-1]["participants"] == []
    assert [told["code"] for told in notices(desk, desk.david)] == ([] if by_whom == "themselves" else ["uninvited"])
    with pytest.raises(Conflict, match="Mei has this conversation"):
        desk.do(desk.david, "say", conversation_id=talk, body="还有一句")


def test_what_a_participant_may_is_changed_by_asking_again(desk: Desk, talk: str) -> None:
    ask = {"conversation_id": talk, "agent_id": desk.david.id}
    desk.do(desk.mei, "invite", **ask, may="note")
    desk.do(desk.mei, "invite", **ask, may="say")
    desk.do(desk.david, "say", conversation_id=talk, body="我是大卫")
    desk.do(desk.mei, "invite", **ask, may="say")
    assert seen_by(desk, desk.mei, talk)["participants"][0]["joined"]
    desk.do(desk.mei, "invite", **ask, may="note")
    assert codes(desk, talk)[-2:] == ["colleague_joined", "colleague_left"]
    with pytest.raises(Conflict, match="read and write notes"):
        desk.do(desk.david, "say", conversation_id=talk, body="还有一句")


@pytest.mark.parametrize(
    ("who", "whom", "error", "words"),
    [
        ("david", "lin", Conflict, "Mei has this conversation"),
        ("peter", "lin", NotFound, "no such conversation"),
        ("mei", "peter", NotFound, "no such colleague"),
        ("mei", "mei", Invalid, "you are here already"),
        ("lin", "mei", Conflict, "Mei has this conversation"),
    ],
)
def test_who_may_not_ask_and_who_may_not_be_asked(
    desk: Desk, talk: str, who: str, whom: str, error: type[Exception], words: str
) -> None:
    before = state(desk, talk)
    with pytest.raises(error, match=words):
        desk.do(getattr(desk, who), "invite", conversation_id=talk, agent_id=getattr(desk, whom).id, may="say")
    assert state(desk, talk) == before


def test_nobody_is_asked_into_what_has_ended(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "close", conversation_id=talk)
    with pytest.raises(Conflict, match="has ended"):
        desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="note")


def test_a_participant_does_not_steer(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    before = state(desk, talk)
    for name, given in {
        "invite": {"agent_id": desk.lin.id, "may": "say"},
        "uninvite": {"agent_id": desk.david.id},
        "transfer": {"agent_id": desk.david.id},
        "close": {},
        "release": {},
    }.items():
        with pytest.raises(Conflict, match="Mei has this conversation"):
            desk.do(desk.david, name, conversation_id=talk, **given)
    assert state(desk, talk) == before


def test_who_left_the_team_has_no_part_any_more(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "invite", conversation_id=talk, agent_id=desk.david.id, may="say")
    assert desk.change("DELETE FROM teamagent WHERE agent_id = :id", id=desk.david.id) == 1
    with pytest.raises(NotFound):
        desk.do(desk.david, "say", conversation_id=talk, body="您好")
    assert desk.do(desk.david, "sync")["desk"]["invited"] == []


# -- from hand to hand --------------------------------------------------------------------------------------------


def test_a_conversation_is_handed_over_with_a_note_that_the_customer_never_sees(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "transfer", conversation_id=talk, agent_id=desk.david.id, note="客户要退鞋，订单已核对")
    (told,) = notices(desk, desk.david)
    assert told["code"] == "transferred"
    assert (told["values"]["by"], told["values"]["note"]) == ("Mei", "客户要退鞋，订单已核对")
    (note,) = desk.do(desk.david, "sync", conversation_id=talk)["notes"]
    assert (note["author"]["name"], note["body"]) == ("Mei", "客户要退鞋，订单已核对")
    assert "订单已核对" not in json.dumps(desk.log(desk.li_na, talk), ensure_ascii=False)
    (had, has) = desk.do(desk.lin, "decisions", conversation_id=talk)["decisions"]
    assert (had["how"], had["ended_how"], has["how"]) == ("picked", "transferred", "transferred")
    assert has["explanation"]["by"]["name"] == "Mei"
    with pytest.raises(Conflict, match="David has this conversation"):
        desk.do(desk.mei, "say", conversation_id=talk, body="还有一句")


def test_a_supervisor_hands_over_what_somebody_else_has_and_they_learn_of_it(desk: Desk, talk: str) -> None:
    desk.do(desk.lin, "transfer", conversation_id=talk, agent_id=desk.david.id, note="梅去开会")
    assert seen_by(desk, desk.lin, talk)["agent"]["name"] == "David"
    (told,) = notices(desk, desk.mei)
    assert (told["code"], told["values"]["by"], told["values"]["to"]) == ("transferred_away", "Lin", "David")


def test_a_conversation_handed_to_a_team_waits_at_its_first_place(desk: Desk, talk: str) -> None:
    first = desk.rows("SELECT first_waited_at FROM conversation")
    desk.wait(minutes=5)
    desk.conversation(desk.wang_wei, "我也在等")
    handed = desk.do(desk.mei, "transfer", conversation_id=talk, team_id=desk.ids["shop team"], note="退款组处理")
    now = handed["conversation"]
    assert (now["status"], now["waiting"]["place"], now["team_id"]) == ("waiting", 1, desk.ids["shop team"])
    assert desk.rows("SELECT first_waited_at FROM conversation ORDER BY id")[:1] == first
    assert codes(desk, talk)[-1] == "to_team"
    assert len(desk.do(desk.david, "sync", conversation_id=talk)["notes"]) == 1


REFUSED_TRANSFERS: dict[str, tuple[str, dict[str, str], type[Exception], str]] = {
    "to oneself": ("mei", {"agent_id": "mei"}, Invalid, "yours already"),
    "to who has it": ("lin", {"agent_id": "mei"}, Invalid, "theirs already"),
    "to somebody absent": ("mei", {"agent_id": "admin"}, Conflict, "Admin is not there"),
    "to an agent of another site": ("mei", {"agent_id": "peter"}, NotFound, "no such colleague"),
    "to a team of another site": ("mei", {"team_id": "wallet team"}, NotFound, "no such team"),
    "to nobody": ("mei", {}, Invalid, "to whom"),
    "to both": ("mei", {"agent_id": "david", "team_id": "shop team"}, Invalid, "to whom"),
    "of a colleague's": ("david", {"agent_id": "lin"}, Conflict, "Mei has this conversation"),
    "of another site's": ("peter", {"agent_id": "peter"}, NotFound, "no such conversation"),
}


@pytest.mark.parametrize("what", REFUSED_TRANSFERS)
def test_a_transfer_that_is_refused_changes_nothing(desk: Desk, talk: str, what: str) -> None:
    who, to, error, words = REFUSED_TRANSFERS[what]
    given = {name: desk.ids.get(whom) or getattr(desk, whom).id for name, whom in to.items()}
    before = state(desk, talk)
    with pytest.raises(error, match=words):
        desk.do(getattr(desk, who), "transfer", conversation_id=talk, note="拜托了", **given)
    assert state(desk, talk) == before


@pytest.mark.parametrize("status", ["away", "offline", "online"])
def test_nothing_is_handed_to_a_colleague_who_is_on_a_break_or_gone(desk: Desk, talk: str, status: str) -> None:
    """Online and without a connection is gone."""
    desk.do(desk.david, "set_presence", status=status)
    if status == "online":
        desk.wait(seconds=31)
    with pytest.raises(Conflict, match="David is not there") as refused:
        desk.do(desk.mei, "transfer", conversation_id=talk, agent_id=desk.david.id)
    assert refused.value.code == "absent"


def test_nothing_is_handed_to_a_colleague_who_has_as_many_as_they_may(desk: Desk, talk: str) -> None:
    desk.change("UPDATE agent SET capacity = 1 WHERE id = :id", id=desk.david.id)
    desk.do(desk.david, "pick", conversation_id=desk.conversation(desk.wang_wei, "在吗"))
    before = state(desk, talk)
    with pytest.raises(Conflict, match="David has 1 conversations already") as refused:
        desk.do(desk.mei, "transfer", conversation_id=talk, agent_id=desk.david.id, note="拜托了")
    assert refused.value.code == "full"
    assert state(desk, talk) == before
    desk.change("UPDATE agent SET capacity = 2 WHERE id = :id", id=desk.david.id)
    desk.do(desk.mei, "transfer", conversation_id=talk, agent_id=desk.david.id, note="拜托了")


def test_what_is_handed_to_a_team_that_routes_goes_to_somebody_else(desk: Desk, talk: str) -> None:
    desk.change("UPDATE team SET policy = 'least_loaded', capacity = 1")
    handed = desk.do(desk.mei, "transfer", conversation_id=talk, team_id=desk.ids["shop team"])["conversation"]
    assert handed["status"] == "active"
    assert handed["agent"]["name"] in {"David", "Lin"}


def test_what_is_handed_to_a_team_at_night_becomes_its_message(desk: Desk, talk: str) -> None:
    desk.wait(hours=10)
    is_there(desk, desk.mei)
    handed = desk.do(desk.mei, "transfer", conversation_id=talk, team_id=desk.ids["shop team"])["conversation"]
    assert (handed["status"], handed["team_id"]) == ("offline", desk.ids["shop team"])
    assert "reply_by" in handed


def test_what_has_ended_is_handed_to_nobody(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "close", conversation_id=talk)
    for to in ({"agent_id": desk.david.id}, {"team_id": desk.ids["shop team"]}):
        with pytest.raises(Conflict, match="has ended"):
            desk.do(desk.mei, "transfer", conversation_id=talk, **to)


def test_a_transfer_sent_twice_is_one(desk: Desk, talk: str) -> None:
    given = {"conversation_id": talk, "client_id": new_id(), "agent_id": desk.david.id, "note": "拜托了"}
    first = desk.do(desk.mei, "transfer", **given)
    before = state(desk, talk)
    assert desk.do(desk.mei, "transfer", **given) == first
    with pytest.raises(Reused):
        desk.do(desk.mei, "transfer", **{**given, "note": "别的"})
    assert state(desk, talk) == before


# -- supervisors --------------------------------------------------------------------------------------------------


def test_a_supervisor_takes_over_and_everybody_learns_who(desk: Desk, talk: str) -> None:
    epoch = seen_by(desk, desk.lin, talk)["epoch"]
    taken = desk.do(desk.lin, "take_over", conversation_id=talk, note="客户投诉，我来处理")["conversation"]
    assert (taken["agent"]["name"], taken["status"]) == ("Lin", "active")
    assert taken["epoch"] > epoch
    assert codes(desk, talk)[-1] == "took_over"
    (told,) = notices(desk, desk.mei)
    assert (told["code"], told["values"]["by"]) == ("taken_over", "Lin")
    assert desk.hears(f"agent:{desk.mei.id}:{desk.ids['shop']}", "conversation")[-1]["agent"]["name"] == "Lin"
    assert desk.rows("SELECT how FROM assignment ORDER BY epoch DESC")[0]["how"] == "took_over"
    with pytest.raises(Conflict, match="Lin has this conversation"):
        desk.do(desk.mei, "say", conversation_id=talk, body="还有一句")
    desk.do(desk.lin, "say", conversation_id=talk, body="您好，我是主管")


def test_no_limit_stands_against_a_supervisor_who_takes_over(desk: Desk, talk: str) -> None:
    desk.change("UPDATE agent SET capacity = 0 WHERE id = :id", id=desk.lin.id)
    desk.do(desk.lin, "take_over", conversation_id=talk)
    last = desk.do(desk.lin, "decisions", conversation_id=talk)["decisions"][-1]
    assert (last["how"], last["agent"]["name"]) == ("took_over", "Lin")


def test_a_supervisor_takes_over_from_the_queue_and_from_the_bot(desk: Desk) -> None:
    waiting = desk.conversation(desk.li_na, "在吗")
    assert desk.do(desk.lin, "take_over", conversation_id=waiting)["conversation"]["agent"]["name"] == "Lin"
    assert desk.change("UPDATE site SET bot_in_front = TRUE WHERE key = 'shop'") == 1
    with_bot = desk.conversation(desk.wang_wei, "忘记密码")
    assert seen_by(desk, desk.lin, with_bot)["status"] == "bot"
    assert desk.do(desk.lin, "take_over", conversation_id=with_bot)["conversation"]["status"] == "active"


def test_who_is_taken_over_from_the_bot_keeps_the_place_they_had(desk: Desk) -> None:
    desk.change("UPDATE team SET divert = 'bot', max_wait_seconds = 60")
    conversation_id = desk.conversation(desk.li_na, "在吗")
    since = seen_by(desk, desk.lin, conversation_id)["first_waited_at"]
    desk.wait(minutes=2)
    desk.sweep()
    assert seen_by(desk, desk.lin, conversation_id)["status"] == "bot"
    desk.do(desk.lin, "take_over", conversation_id=conversation_id)
    given_back = desk.do(desk.lin, "release", conversation_id=conversation_id)["conversation"]
    assert (given_back["status"], given_back["first_waited_at"]) == ("waiting", since)


def test_a_supervisor_joins_and_the_customer_reads_it_once(desk: Desk, talk: str) -> None:
    for _ in range(2):
        desk.do(desk.lin, "join", conversation_id=talk)
    assert codes(desk, talk).count("colleague_joined") == 1
    desk.do(desk.lin, "say", conversation_id=talk, body="您好，我是主管")
    now = seen_by(desk, desk.mei, talk)
    assert now["agent"]["name"] == "Mei"
    assert now["participants"] == [{"id": desk.lin.id, "name": "Lin", "may": "say", "joined": True}]


def test_a_supervisor_whispers_to_the_agent_and_the_customer_never_hears(desk: Desk, talk: str) -> None:
    desk.do(desk.lin, "note", conversation_id=talk, body="先核对身份")
    assert desk.hears(f"agent:{desk.mei.id}:{desk.ids['shop']}", "note")[0]["body"] == "先核对身份"
    assert desk.hears(desk.room_of(desk.li_na), "note") == []


@pytest.mark.parametrize("command", ["take_over", "join"])
def test_what_a_supervisor_may_not(desk: Desk, talk: str, command: str) -> None:
    for agent, error in ((desk.david, Forbidden), (desk.peter, Forbidden)):
        with pytest.raises(error):
            desk.do(agent, command, conversation_id=talk)
    elsewhere = desk.conversation(desk.emma, "Hello")
    before = state(desk, talk)
    with pytest.raises(NotFound):
        desk.do(desk.lin, command, conversation_id=elsewhere)
    desk.do(desk.lin, "take_over", conversation_id=talk)
    with pytest.raises((Invalid, Conflict), match="yours already"):
        desk.do(desk.lin, command, conversation_id=talk)
    desk.do(desk.lin, "close", conversation_id=talk)
    with pytest.raises(Conflict):
        desk.do(desk.lin, command, conversation_id=talk)
    assert state(desk, talk) != before


def test_a_supervisor_sees_all_that_goes_on_the_longest_unanswered_first(desk: Desk, talk: str) -> None:
    desk.do(desk.mei, "say", conversation_id=talk, body="在的")  # answered
    desk.wait(minutes=1)
    waiting = desk.conversation(desk.wang_wei, "有人吗")
    shoes = desk.rows("SELECT id FROM conversation WHERE site_id = :site", site=desk.ids["shop"])
    page = desk.do(desk.lin, "live")
    assert [one["id"] for one in page["conversations"]] == [waiting, talk]
    assert {one["id"] for one in shoes} == {waiting, talk}
    assert page["counts"] == {"bot": 0, "waiting": 1, "active": 1}
    first, second = page["conversations"]
    assert first["unanswered_since"] == first["last_at"]
    assert "unanswered_since" not in second
    assert second["agent"]["name"] == "Mei"

    desk.conversation(desk.emma, "Hello")  # of another site
    pages, before = [], {}
    while True:
        page = desk.do(desk.lin, "live", limit=1, **before)
        assert ("counts" in page) is not bool(before)  # counted once, not for each page
        pages += [one["id"] for one in page["conversations"]]
        if "next" not in page:
            break
        before = {"before": page["next"]}
    assert pages == [waiting, talk]
    desk.do(desk.lin, "close", conversation_id=talk)
    desk.do(desk.wang_wei, "leave_message", conversation_id=waiting, body="请回复我")
    assert desk.do(desk.lin, "live")["conversations"] == []


def test_a_list_shows_of_a_conversation_what_it_shows_of_itself(desk: Desk, talk: str) -> None:
    for guest in (desk.david, desk.lin):
        desk.do(desk.mei, "invite", conversation_id=talk, agent_id=guest.id, may="note")
        desk.wait(seconds=1)
    desk.do(desk.mei, "open_ticket", conversation_id=talk, kind="refund")
    waiting = desk.conversation(desk.wang_wei, "有人吗")
    left = desk.conversation(desk.arrive("zhao min"), "请回复我")
    desk.change("UPDATE conversation SET status = 'offline', comment = '急', page = '/cart' WHERE id = :id", id=left)

    live, inbox = ({one["id"]: one for one in desk.do(desk.lin, name)["conversations"]} for name in ("live", "inbox"))
    whole = desk.do(desk.lin, "sync")["desk"]
    in_line = seen_by(desk, desk.lin, waiting)
    assert inbox == {left: seen_by(desk, desk.lin, left)}
    assert (whole["invited"], whole["waiting"], whole["inbox"]) == ([live[talk]], [in_line], [inbox[left]])
    assert in_line.pop("waiting")["place"] == 1  # what goes on is shown without it
    assert live == {talk: seen_by(desk, desk.lin, talk), waiting: in_line}
    # So that the comparison is of something.
    assert [one["name"] for one in live[talk]["participants"]] == ["David", "Lin"]
    assert inbox[left]["page"] == "/cart"
    assert live[talk]["ticket_number"].startswith("QY-")


def test_who_waits_has_their_place_in_line_at_the_desk_and_none_among_all_that_goes_on(desk: Desk, talk: str) -> None:
    for name in ("zhao min", "qian yi", "sun er"):
        desk.conversation(desk.arrive(name), "在吗")
        desk.wait(seconds=1)
    waiting = desk.do(desk.lin, "sync")["desk"]["waiting"]
    assert [one["waiting"]["place"] for one in waiting] == [1, 2, 3]  # Mei has the first
    live = desk.do(desk.lin, "live")["conversations"]
    assert {one["id"] for one in waiting} < {one["id"] for one in live}
    assert not [one for one in live if "waiting" in one]


def test_all_that_goes_on_is_of_ones_own_sites_and_each_of_it_once(desk: Desk, talk: str) -> None:
    waiting = desk.conversation(desk.emma, "Hello")  # at the wallet
    desk.do(desk.admin, "set_team", team_id=desk.ids["shop team"], sites=["shop", "wallet"])
    desk.change(
        "INSERT INTO teamagent (team_id, agent_id) VALUES (:team, :lin)", team=desk.ids["wallet team"], lin=desk.lin.id
    )
    both = desk.do(desk.lin, "live")  # who has the wallet by two teams
    assert sorted(one["id"] for one in both["conversations"]) == sorted([talk, waiting])
    assert both["counts"] == {"bot": 0, "waiting": 1, "active": 1}
    desk.change("DELETE FROM teamagent WHERE agent_id = :lin", lin=desk.lin.id)
    assert desk.do(desk.lin, "live") == {"conversations": [], "counts": {"bot": 0, "waiting": 0, "active": 0}}


def test_only_supervisors_see_all_that_goes_on(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        desk.do(desk.mei, "live")
    with pytest.raises(BadShape, match="not a cursor"):
        desk.do(desk.lin, "live", before="bm90aGluZw==")


# -- breaks and wrap-up -------------------------------------------------------------------------------------------


def test_colleagues_see_why_somebody_is_away_and_the_trail_keeps_it(desk: Desk, talk: str) -> None:
    desk.do(desk.david, "set_presence", status="away", reason="lunch")
    colleagues = {one["name"]: one for one in desk.do(desk.mei, "sync")["desk"]["colleagues"]}
    assert (colleagues["David"]["status"], colleagues["David"]["break_reason"]) == ("away", "lunch")
    desk.wait(minutes=30)
    desk.write(presence.connected, desk.david, "line")
    for _ in range(2):
        desk.do(desk.david, "set_presence", status="online")
    again = {one["name"]: one for one in desk.do(desk.mei, "sync")["desk"]["colleagues"]}
    assert "break_reason" not in again["David"]
    trail = desk.rows(
        "SELECT at, data FROM audit WHERE what = 'presence' AND actor_id = :id ORDER BY id", id=desk.david.id
    )
    assert [json.loads(row["data"]) for row in trail] == [
        {"status": "online", "reason": None},
        {"status": "away", "reason": "lunch"},
        {"status": "online", "reason": None},
    ]
    assert trail[2]["at"] - trail[1]["at"] == 30 * 60_000


def test_an_agent_finds_at_the_desk_what_was_answered_when_they_set_it(desk: Desk, talk: str) -> None:
    desk.change("UPDATE team SET wrap_up_seconds = 60")
    desk.do(desk.mei, "close", conversation_id=talk)
    away = desk.do(desk.mei, "set_presence", status="away", reason="lunch")["agent"]
    assert (away["break_reason"], away["wrap_up_until"]) == ("lunch", wire.utc(desk.now + timedelta(seconds=60)))
    assert desk.do(desk.mei, "sync")["desk"]["agent"] == away
    back = [desk.do(desk.mei, "set_presence", status="online"), desk.do(desk.mei, "end_wrap_up")][-1]["agent"]
    assert not {"break_reason", "wrap_up_until"} & set(back)
    assert desk.do(desk.mei, "sync")["desk"]["agent"] == back


@pytest.mark.parametrize("status", ["online", "offline"])
def test_a_reason_goes_with_a_break_alone(desk: Desk, status: str) -> None:
    with pytest.raises(Invalid, match="goes with a break"):
        desk.do(desk.mei, "set_presence", status=status, reason="lunch")
    with pytest.raises(BadShape):
        desk.do(desk.mei, "set_presence", status="away", reason="I am tired")


def wrapping_up(desk: Desk, name: str) -> Any:
    colleagues = {one["name"]: one for one in desk.do(desk.lin, "sync")["desk"]["colleagues"]}
    return colleagues[name].get("wrap_up_until")


@pytest.mark.parametrize("by_whom", ["its agent", "its customer"])
def test_closing_leaves_time_to_write_up_where_the_team_gives_it(desk: Desk, talk: str, by_whom: str) -> None:
    desk.change("UPDATE team SET wrap_up_seconds = 60 WHERE id = :id", id=desk.ids["shop team"])
    desk.change("UPDATE conversation SET team_id = :team WHERE id = :id", team=desk.ids["shop team"], id=talk)
    desk.do(desk.admin, "set_agent", agent_id=desk.mei.id, team_ids=[desk.ids["shop team"], desk.ids["wallet team"]])
    desk.heard.clear()
    if by_whom == "its agent":
        desk.do(desk.mei, "close", conversation_id=talk)
    else:
        desk.do(desk.li_na, "leave", conversation_id=talk)
    assert wrapping_up(desk, "Mei") == wire.utc(desk.now + timedelta(seconds=60))
    for site in ("shop", "wallet"):
        assert {told["summary"] for told in desk.hears(desk.ids[site], "stale")} >= {"presence"}
    assert wrapping_up(desk, "David") is None
    if by_whom == "its agent":
        desk.do(desk.mei, "end_wrap_up")
    else:
        desk.wait(seconds=61)
    assert wrapping_up(desk, "Mei") is None


def test_nobody_is_routed_to_who_wraps_up_until_they_say_they_are_done(desk: Desk, talk: str) -> None:
    for agent in (desk.david, desk.lin):
        desk.do(agent, "set_presence", status="away")
    desk.change("UPDATE team SET wrap_up_seconds = 600, policy = 'least_loaded', capacity = 3")
    desk.do(desk.mei, "close", conversation_id=talk)
    waiting = desk.conversation(desk.wang_wei, "在吗")
    assert seen_by(desk, desk.lin, waiting)["status"] == "waiting"
    desk.do(desk.mei, "end_wrap_up")
    assert seen_by(desk, desk.lin, waiting)["agent"]["name"] == "Mei"


def test_a_team_without_wrap_up_and_what_nobody_had_leave_none(desk: Desk, talk: str) -> None:
    desk.change("UPDATE conversation SET team_id = :team WHERE id = :id", team=desk.ids["shop team"], id=talk)
    desk.do(desk.mei, "close", conversation_id=talk)
    desk.change("UPDATE team SET wrap_up_seconds = 60 WHERE id = :id", id=desk.ids["shop team"])
    unpicked = desk.conversation(desk.wang_wei, "在吗")
    desk.do(desk.wang_wei, "leave", conversation_id=unpicked)
    assert wrapping_up(desk, "Mei") is None


def test_who_looks_is_told_apart_and_nobody_looks_at_what_is_not_theirs(desk: Desk, talk: str) -> None:
    looking = desk.do(desk.david, "look", conversation_id=talk, doing="typing")
    assert looking == {"viewer": {"id": desk.david.id, "name": "David", "doing": "typing"}}
    assert desk.do(desk.david, "look") == {}
    with pytest.raises(NotFound):
        desk.do(desk.peter, "look", conversation_id=talk)
