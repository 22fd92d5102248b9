"""Who else has a conversation on the screen: told while they have it, and no longer."""

from __future__ import annotations

from typing import Any

import pytest

from chat.app import REALTIME
from chat.hub import INSIDE, Event, Hub, Room
from chat.realtime.link import as_json
from chat.realtime.looks import LEASE_SECONDS, Looks
from chat.realtime.manager import Manager
from chat.realtime.server import VIEWED
from chat.store import Tx
from tests.conftest import Arrive, Refused, Serve, Server, Someone


async def opened(agent: Someone, conversation_id: str, doing: str = "viewing") -> None:
    await agent.do("sync", conversation_id=conversation_id)
    await agent.do("look", conversation_id=conversation_id, doing=doing)


async def sees(agent: Someone, **viewers: str) -> None:
    """Their console shows these and no others: name -> what they do."""
    await agent.hears("viewers", lambda value: {one["name"]: one["doing"] for one in value["viewers"]} == viewers)
    agent.heard.clear()


@pytest.fixture
async def talk(serve: Serve, customer: Arrive) -> tuple[Server, Someone, str]:
    server = await serve()
    li_na = await customer(server)
    return server, li_na, (await li_na.do("start", topic="other"))["conversation"]["id"]


MEI, DAVID = "陈梅", "David Wu"


async def test_two_who_open_the_same_see_each_other_and_who_types(
    talk: tuple[Server, Someone, str], agent: Arrive
) -> None:
    server, li_na, conversation_id = talk
    mei, david, lin = await agent(server), await agent(server, "david"), await agent(server, "lin")
    await opened(mei, conversation_id)
    await sees(mei, **{MEI: "viewing"})
    await opened(david, conversation_id)
    for one in (mei, david):
        await sees(one, **{MEI: "viewing", DAVID: "viewing"})
    await david.do("look", conversation_id=conversation_id, doing="typing")
    await sees(mei, **{MEI: "viewing", DAVID: "typing"})
    await david.do("look")  # something else is on the screen
    await sees(mei, **{MEI: "viewing"})
    told = [name for someone in (li_na, lin) for name, _ in someone.heard]
    assert "viewers" not in told


async def test_whose_line_breaks_is_gone_and_who_has_two_windows_is_there_once(
    talk: tuple[Server, Someone, str], agent: Arrive
) -> None:
    server, _, conversation_id = talk
    mei, david, davids_other = await agent(server), await agent(server, "david"), await agent(server, "david")
    await opened(mei, conversation_id)
    await opened(david, conversation_id)
    await opened(davids_other, conversation_id, "typing")
    await sees(mei, **{MEI: "viewing", DAVID: "typing"})
    await davids_other.socket.disconnect()
    await sees(mei, **{MEI: "viewing", DAVID: "viewing"})
    await david.socket.disconnect()
    await sees(mei, **{MEI: "viewing"})


async def test_who_may_not_see_it_does_not_look_and_who_may_not_any_more_stops(
    talk: tuple[Server, Someone, str], agent: Arrive
) -> None:
    server, _, conversation_id = talk
    mei, david = await agent(server), await agent(server, "david")
    await opened(mei, conversation_id)
    await opened(david, conversation_id)
    await sees(mei, **{MEI: "viewing", DAVID: "viewing"})

    def leave_teams(tx: Tx, _now: object) -> int:
        return tx.change("DELETE FROM teamagent WHERE agent_id = :id", id=david.session["agent"]["id"])

    assert await server.store.write(leave_teams)
    await server.app[REALTIME].rounds.renew()
    await sees(mei, **{MEI: "viewing"})
    with pytest.raises(Refused):
        await david.do("look", conversation_id=conversation_id)
    await server.app[REALTIME].rounds.renew()
    assert "viewers" not in [name for name, _ in mei.heard]


async def test_nobody_is_seen_at_what_they_have_not_opened(talk: tuple[Server, Someone, str], agent: Arrive) -> None:
    server, _, conversation_id = talk
    mei, david = await agent(server), await agent(server, "david")
    await david.do("look", conversation_id=conversation_id)
    await opened(mei, conversation_id)
    await sees(mei, **{MEI: "viewing"})


async def test_who_has_opened_many_others_since_is_not_seen_there_any_more(
    talk: tuple[Server, Someone, str], customer: Arrive, agent: Arrive
) -> None:
    server, _, conversation_id = talk
    mei, david = await agent(server), await agent(server, "david")
    await opened(mei, conversation_id)
    await opened(david, conversation_id)
    await sees(mei, **{MEI: "viewing", DAVID: "viewing"})
    for _ in range(VIEWED):
        other = await customer(server)
        started = await other.do("start", topic="other")
        await david.do("sync", conversation_id=started["conversation"]["id"])
    await sees(mei, **{MEI: "viewing"})


def said(process: str, *names: str) -> Event:
    viewers = [{"id": name, "name": name, "doing": "viewing"} for name in names]
    told = {"process": process, "conversation_id": "c", "viewers": viewers}
    return Event("looks", (Room(INSIDE, "looks"),), as_json(told))


def test_what_another_process_said_is_over_when_it_does_not_say_it_again() -> None:
    clock = [0.0]
    hub = Hub()
    looks = Looks(hub, Manager(lambda text: text), lambda: clock[0])

    def names() -> list[Any]:
        return [viewer["name"] for viewer in looks.at("c")]

    hub.tell([said("one", "Mei"), said("two", "David", "Mei")])
    assert names() == ["David", "Mei"]
    clock[0] = LEASE_SECONDS - 1
    hub.tell([said("one", "Mei")])
    looks.renew()
    assert names() == ["David", "Mei"]
    clock[0] = LEASE_SECONDS + 1
    looks.renew()
    assert names() == ["Mei"]
    hub.tell([said("one")])
    assert names() == []
