"""A team that routes: everybody is given somebody the moment there is a place, and a supervisor reads why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Arrive, Refused, Serve, Server, Someone


async def has_agent(customer: Someone) -> str:
    """Whom the customer hears of."""
    told = await customer.hears("conversation", lambda value: value["status"] == "active")
    name: str = told["agent"]["name"]
    return name


async def route(admin: Someone, **values: Any) -> None:
    teams = (await admin.do("teams"))["teams"]
    for team in teams:
        await admin.do("set_team", team_id=team["id"], policy="least_loaded", **values)


async def arrive_and_wait(server: Server, customer: Arrive, number: int) -> list[tuple[Someone, str]]:
    came = [await customer(server) for _ in range(number)]
    return [(who, (await who.do("start", topic="refund"))["conversation"]["id"]) for who in came]


async def test_a_line_is_given_away_as_places_free_and_a_supervisor_reads_why(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    admin = await agent(server, "admin")
    await admin.do("set_presence", status="away")
    mei = await agent(server, "mei")
    await route(admin, capacity=1)
    (li_na, first), (wang, second), (emma, third) = await arrive_and_wait(server, customer, 3)
    assert await has_agent(li_na) == "陈梅"
    standing = await emma.hears("conversation", lambda value: value.get("waiting", {}).get("place") == 2)
    assert standing["id"] == third

    # By hand there is no more room than by itself.
    with pytest.raises(Refused, match="limit") as refused:
        await mei.do("pick", conversation_id=second)
    assert refused.value.code == "full"

    # Mei closes hers and has the next at once, without asking; who comes takes the one after.
    await mei.do("close", conversation_id=first)
    assert await has_agent(wang) == "陈梅"
    mine = await mei.hears("conversation", lambda value: value["id"] == second and value["status"] == "active")
    assert mine["agent"]["name"] == "陈梅"
    david = await agent(server, "david")
    assert await has_agent(emma) == "David Wu"

    # Why David, why not somebody else?
    lin = await agent(server, "lin")
    (decision,) = (await lin.do("decisions", conversation_id=third))["decisions"]
    assert (decision["how"], decision["agent"]["name"]) == ("routed", "David Wu")
    reasons = {one["name"]: one["reason"] for one in decision["explanation"]["left_out"]}
    assert (reasons["陈梅"], reasons["赵敏"], reasons["林晓"]) == ("full", "on_break", "offline")
    with pytest.raises(Refused, match="supervisor"):
        await david.do("decisions", conversation_id=third)


async def test_what_one_gives_back_goes_to_the_next_and_its_customer_sees_it(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    admin = await agent(server, "admin")
    await admin.do("set_presence", status="away")
    mei = await agent(server, "mei")
    await route(admin)
    ((li_na, talk),) = await arrive_and_wait(server, customer, 1)
    assert await has_agent(li_na) == "陈梅"
    await agent(server, "david")
    await mei.do("release", conversation_id=talk)
    await li_na.hears("conversation", lambda value: value.get("agent", {}).get("name") == "David Wu")
    log = (await li_na.do("sync", conversation_id=talk, after_seq=0))["messages"]
    assert [line["data"]["code"] for line in log] == ["agent_joined", "safety_notice", "agent_left", "agent_joined"]
