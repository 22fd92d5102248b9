"""Canned replies: whose they are, who may change them, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from chat.actions import canned
from chat.actions.access import Who
from chat.errors import Conflict, Forbidden, Invalid, NotFound
from chat.store.tables import Team, TeamAgent, TeamSite, new_id
from tests.actions.conftest import Desk

TEXTS = {"zh-CN": "{customer}您好，退款已受理，请留意短信。", "en": "Hello {customer}, your refund is on its way."}
GREETING = {"shortcut": "refund-begun", "title": "退款已受理", "texts": TEXTS}


def save(desk: Desk, who: Who, **values: Any) -> Any:
    return desk.do(who, "save_canned_reply", **GREETING | values)["reply"]


def again(reply: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The same one, as it was read."""
    return {"reply_id": reply["id"], "revision": reply["revision"], "shared": not reply["mine"], **values}


def kept(desk: Desk, who: Who) -> list[tuple[str, bool]]:
    return [(reply["shortcut"], reply["mine"]) for reply in desk.do(who, "canned_replies")["replies"]]


def test_an_agents_own_reply_is_theirs_alone(desk: Desk) -> None:
    reply = save(desk, desk.mei)
    assert (reply["title"], reply["texts"], reply["revision"]) == (GREETING["title"], TEXTS, 1)
    assert kept(desk, desk.mei) == [("refund-begun", True)]
    for colleague in (desk.david, desk.lin, desk.admin):
        assert kept(desk, colleague) == []
        for command, values in (
            ("save_canned_reply", GREETING | again(reply)),
            ("remove_canned_reply", {"reply_id": reply["id"], "revision": 1}),
        ):
            with pytest.raises(NotFound):
                desk.do(colleague, command, **values)
    changed = save(desk, desk.mei, **again(reply, texts={"en": "Hello!"}))
    assert (changed["id"], changed["texts"], changed["revision"]) == (reply["id"], {"en": "Hello!"}, 2)
    assert desk.do(desk.mei, "remove_canned_reply", reply_id=reply["id"], revision=2) == {}
    assert kept(desk, desk.mei) == []


def test_who_leads_shares_and_an_agent_only_uses_what_is_shared(desk: Desk) -> None:
    reply = save(desk, desk.lin, shared=True)
    assert kept(desk, desk.mei) == kept(desk, desk.peter) == [("refund-begun", False)]
    with pytest.raises(Forbidden):
        save(desk, desk.mei, shared=True, shortcut="another")
    with pytest.raises(Forbidden):
        save(desk, desk.mei, **again(reply, title="改了"))
    with pytest.raises(Forbidden):
        save(desk, desk.mei, **again(reply, shared=False))  # nobody takes for themselves what is everybody's
    with pytest.raises(Forbidden):
        desk.do(desk.mei, "remove_canned_reply", reply_id=reply["id"], revision=1)
    assert save(desk, desk.admin, **again(reply, title="改了"))["title"] == "改了"
    desk.do(desk.lin, "remove_canned_reply", reply_id=reply["id"], revision=2)
    assert kept(desk, desk.mei) == []


def test_what_is_of_one_site_is_for_those_who_serve_it(desk: Desk) -> None:
    reply = save(desk, desk.lin, shared=True, sites=["shop"])
    assert kept(desk, desk.mei) == [("refund-begun", False)]
    assert kept(desk, desk.peter) == []
    desk.change("UPDATE agent SET role = 'admin' WHERE id = :id", id=desk.peter.id)
    with pytest.raises(NotFound):  # whoever it is: a site that is not theirs
        save(desk, desk.peter, **again(reply))
    for strange in ("wallet", "nowhere"):
        with pytest.raises(Forbidden, match=strange):
            save(desk, desk.lin, **again(reply, sites=["shop", strange]))
        with pytest.raises(Forbidden, match=strange):
            save(desk, desk.mei, sites=[strange])


def test_ones_own_reply_stays_ones_own_after_one_serves_its_site_no_more(desk: Desk) -> None:
    reply = save(desk, desk.mei, sites=["shop"])
    desk.change("DELETE FROM teamagent WHERE agent_id = :id", id=desk.mei.id)
    reply = save(desk, desk.mei, **again(reply, title="改了", sites=["shop"]))
    assert (reply["title"], reply["sites"]) == ("改了", ["shop"])
    with pytest.raises(Forbidden, match="wallet"):
        save(desk, desk.mei, **again(reply, sites=["shop", "wallet"]))
    with pytest.raises(Forbidden, match="shop"):
        save(desk, desk.mei, shortcut="another", sites=["shop"])


def second_team(desk: Desk, *agents: Who) -> str:
    def add(tx: Any, now: Any) -> str:
        team = Team(name="night")
        tx.session.add(team)
        tx.session.flush()
        tx.session.add(TeamSite(team_id=team.id, site_id=desk.ids["shop"]))
        tx.session.add_all(TeamAgent(team_id=team.id, agent_id=agent.id) for agent in agents)
        return team.id

    return desk.write(add)


def test_what_is_of_a_team_is_for_its_agents_and_those_who_lead_its_sites(desk: Desk) -> None:
    night = second_team(desk, desk.david)
    reply = save(desk, desk.lin, shared=True, team_id=night)
    for who, sees in ((desk.david, True), (desk.lin, True), (desk.mei, False), (desk.peter, False)):
        assert bool(kept(desk, who)) is sees
    for stranger in (desk.mei, desk.peter):  # it is not theirs to know of, and David only uses it
        with pytest.raises(NotFound):
            save(desk, stranger, **again(reply))
        with pytest.raises(NotFound):
            desk.do(stranger, "remove_canned_reply", reply_id=reply["id"], revision=1)
    with pytest.raises(Forbidden):
        save(desk, desk.david, **again(reply))
    with pytest.raises(NotFound):
        save(desk, desk.lin, shared=True, team_id=desk.ids["wallet team"], shortcut="other")
    with pytest.raises(Invalid, match="no team"):
        save(desk, desk.mei, team_id=night)


def test_who_comes_second_is_told_and_overwrites_nothing(desk: Desk) -> None:
    reply = save(desk, desk.lin, shared=True)
    save(desk, desk.admin, **again(reply, title="先到"))
    for command, values in (
        ("save_canned_reply", GREETING | again(reply, title="后到")),
        ("remove_canned_reply", {"reply_id": reply["id"], "revision": reply["revision"]}),
    ):
        with pytest.raises(Conflict) as refused:
            desk.do(desk.lin, command, **values)
        assert refused.value.code == "changed"
    assert desk.do(desk.lin, "canned_replies")["replies"][0]["title"] == "先到"


def test_a_shortcut_is_one_replys_among_those_that_stand_together(desk: Desk) -> None:
    reply = save(desk, desk.lin, shared=True, sites=["shop"])
    with pytest.raises(Conflict) as refused:
        save(desk, desk.admin, shared=True, shortcut="ＲＥＦＵＮＤ-begun")
    assert refused.value.code == "shortcut_taken"
    save(desk, desk.mei)  # one's own may be called like a shared one
    with pytest.raises(Conflict):
        save(desk, desk.mei)
    save(desk, desk.lin, **again(reply, sites=["shop"]))  # itself is in nobody's way
    desk.change("UPDATE agent SET role = 'supervisor' WHERE id = :id", id=desk.peter.id)
    save(desk, desk.peter, shared=True, sites=["wallet"])


def test_there_are_only_so_many(desk: Desk) -> None:
    for number in range(canned.OWN):
        reply = save(desk, desk.mei, shortcut=f"own-{number}")
    with pytest.raises(Conflict) as refused:
        save(desk, desk.mei)
    assert refused.value.code == "too_many_replies"
    save(desk, desk.mei, **again(reply, title="改"))
    save(desk, desk.david)  # each has their own
    columns = "id, sites, shortcut, title, texts, revision, created_at, updated_at"
    for _ in range(canned.SHARED):
        desk.change(f"INSERT INTO cannedreply ({columns}) VALUES (:id, '[]', :id, 'x', '{{}}', 1, 1, 1)", id=new_id())
    with pytest.raises(Conflict, match="shared"):
        save(desk, desk.lin, shared=True)
    own = save(desk, desk.lin)
    with pytest.raises(Conflict, match="shared"):
        save(desk, desk.lin, **again(own, shared=True))


def test_all_of_them_come_page_by_page(desk: Desk) -> None:
    long = {"zh-CN": "好" * 2_000, "en": "x" * 2_000}
    for number in range(14):
        save(desk, desk.mei, shortcut=f"long-{number}", texts=long)
    shortcuts, page = [], desk.do(desk.mei, "canned_replies")
    while True:
        shortcuts += [reply["shortcut"] for reply in page["replies"]]
        if "next" not in page:
            break
        page = desk.do(desk.mei, "canned_replies", after=page["next"])
    assert shortcuts == [f"long-{number}" for number in range(14)]
    assert len(desk.do(desk.mei, "canned_replies")["replies"]) < 14


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"shortcut": "two words"}, "no space"),
        ({"shortcut": "/slash"}, "letters"),
        ({"shortcut": "\u3164"}, "blank"),
        ({"shortcut": "长" * 41}, "at most 40"),
        ({"title": "长" * 81}, "at most 80"),
        ({"title": " "}, "blank"),
        ({"texts": {"en": "好" * 2_001}}, "at most 2000"),
        ({"texts": {"zh-CN": " \n "}}, "blank"),
    ],
)
def test_what_is_too_long_or_says_nothing_is_refused_in_words(desk: Desk, odd: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        save(desk, desk.mei, **odd)
    assert kept(desk, desk.mei) == []


def test_a_card_number_does_not_stay_readable_and_lines_stay_lines(desk: Desk) -> None:
    reply = save(desk, desk.mei, texts={"en": "First.\n\nCall 400-820-0000, never give 6222 0200 0000 0000 000."})
    assert reply["texts"]["en"].startswith("First.\n\nCall 400-820-0000, never give ")
    assert "6222 0200" not in reply["texts"]["en"]


def test_those_who_may_have_it_hear_that_something_changed_and_no_word_of_it(desk: Desk) -> None:
    rooms = {name: f"desk:{desk.ids[name]}" for name in ("shop", "wallet")}

    def heard(room: str) -> int:
        told = desk.hears(room, "notice")
        assert all(one == {"code": "canned_changed", "values": {}} for one in told)
        return len(told)

    save(desk, desk.mei)
    assert (heard(f"agent:{desk.mei.id}"), heard(rooms["shop"]), heard(rooms["wallet"])) == (1, 0, 0)
    reply = save(desk, desk.lin, shared=True, sites=["shop"], shortcut="shop")
    assert (heard(rooms["shop"]), heard(rooms["wallet"])) == (1, 0)
    reply = save(desk, desk.lin, **again(reply, sites=[], shortcut="all"))
    assert (heard(rooms["shop"]), heard(rooms["wallet"])) == (2, 1)
    desk.do(desk.lin, "remove_canned_reply", reply_id=reply["id"], revision=2)
    assert (heard(rooms["shop"]), heard(rooms["wallet"])) == (3, 2)


def test_who_keeps_and_removes_them_leaves_a_trace_without_their_words(desk: Desk) -> None:
    reply = save(desk, desk.lin, shared=True)
    desk.do(desk.lin, "remove_canned_reply", reply_id=reply["id"], revision=1)
    trail = desk.rows("SELECT what, actor_id, subject_id, data FROM audit WHERE subject_kind = 'canned_reply'")
    left = [{"actor_id": desk.lin.id, "subject_id": reply["id"], "data": '{"shared": true}'}] * 2
    whats = ("canned_reply_saved", "canned_reply_removed")
    assert sorted(trail, key=lambda row: str(row["what"]), reverse=True) == [
        {"what": what} | one for what, one in zip(whats, left, strict=True)
    ]
