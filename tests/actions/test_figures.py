"""How many there are of what: for those who watch over the installation, and beside the lists of a desk."""

from __future__ import annotations

from chat.actions.figures import figures
from tests.actions.conftest import Desk


def test_what_is_under_way_and_what_is_left_is_counted_by_site(desk: Desk) -> None:
    talk = desk.conversation(desk.li_na, "在吗")
    desk.do(desk.mei, "pick", conversation_id=talk)
    desk.wait(seconds=30)
    for name in ("zhao min", "qian yi"):
        desk.conversation(desk.arrive(name), "在吗")
        desk.wait(seconds=30)
    soon, later, unpromised = (desk.conversation(desk.arrive(name, "wallet")) for name in ("anna", "ben", "carl"))
    for conversation_id, promised in ((soon, 0), (later, 1), (unpromised, None)):
        desk.change(
            "UPDATE conversation SET status = 'offline', reply_by = :at WHERE id = :id",
            at=None if promised is None else int(desk.now.timestamp() * 1000) + promised,
            id=conversation_id,
        )

    found = desk.read(figures)
    assert found.conversations == {
        "shop": {"waiting": 2, "active": 1, "offline": 0},
        "wallet": {"waiting": 0, "active": 0, "offline": 3},
    }
    assert found.overdue == {"shop": 0, "wallet": 1}
    assert found.longest_wait == {"shop": 60, "wallet": 0}  # of who waits, not of who was answered


def test_an_agent_counts_those_of_their_sites_alone(desk: Desk) -> None:
    desk.conversation(desk.li_na, "在吗")
    desk.conversation(desk.emma, "Hello")
    desk.ticket(desk.mei, desk.wang_wei)
    assert desk.do(desk.mei, "sync")["desk"]["counts"] == {"mine": 0, "waiting": 2, "inbox": 0, "tickets": 1}
    desk.change(
        "INSERT INTO teamagent (team_id, agent_id) VALUES (:team, :agent)",
        team=desk.ids["wallet team"],
        agent=desk.mei.id,
    )
    assert desk.do(desk.mei, "sync")["desk"]["counts"] == {"mine": 0, "waiting": 3, "inbox": 0, "tickets": 1}
    desk.change("UPDATE ticket SET status = 'solved'")
    assert desk.do(desk.mei, "sync")["desk"]["counts"]["tickets"] == 0
