"""Agents whose line dies, who sign out, go offline, or do not answer: their customers are back in line and see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chat.app import REALTIME
from chat.store import Tx
from chat.work.sweep import Sweep
from tests.conftest import Arrive, Serve, Server, Someone, post

STEP = 10  # seconds between two rounds
GRACE = 300


class House:
    """A server whose clock the test moves; what it does by itself is done as the time passes."""

    def __init__(self, server: Server) -> None:
        self.server, self._sweep, self._elapsed = server, Sweep(server.store), 0
        real = server.store.clock.now
        server.store.clock = replace(server.store.clock, now=lambda: real() + timedelta(seconds=self._elapsed))

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds // STEP):
            self._elapsed += STEP
            await self.server.app[REALTIME].rounds.renew()
            await self._sweep.look(self._elapsed, self.server.store.clock.now())

    async def loses(self, agent: Someone, watched_by: Someone) -> None:
        """Their line breaks without a goodbye, and the server notices."""
        me = agent.session["agent"]["id"]
        links = [link for link in self.server.app[REALTIME].links.values() if link.who.id == me]
        assert links
        watched_by.heard.clear()
        for link in links:
            link.abort()
        gone = {"id": me, "status": "offline"}
        await watched_by.hears(
            "presence", lambda value: any(gone.items() <= one.items() for one in value["colleagues"])
        )

    async def change(self, sql: str) -> None:
        def change(tx: Tx, now: object) -> None:
            assert tx.change(sql) > 0

        await self.server.store.write(change)


async def opened(serve: Serve) -> House:
    """A quiet lease has passed since the start."""
    house = House(await serve(work=False))
    await house.passes(40)
    return house


async def helped(customer: Someone, agent: Someone, answer: str | None = None) -> str:
    conversation_id: str = (await customer.do("start", topic="other"))["conversation"]["id"]
    await customer.say(conversation_id, "你好，我想退款")
    await agent.do("pick", conversation_id=conversation_id)
    if answer:
        await agent.say(conversation_id, answer)
    return conversation_id


async def stands(customer: Someone, conversation_id: str) -> Any:
    return (await customer.do("sync", conversation_id=conversation_id, after_seq=0))["conversation"]


def says(code: str) -> Any:
    return lambda message: (message.get("data") or {}).get("code") == code


async def hears_it_is_back_in_line(customer: Someone, conversation_id: str, code: str = "agent_left") -> None:
    line = await customer.hears("message", says(code))
    assert line["data"]["values"]["name"] == "陈梅"
    await customer.hears("conversation", lambda value: value["status"] == "waiting" and value["waiting"]["place"] == 1)
    log = (await customer.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]
    assert [says(code)(message) for message in log].count(True) == 1


async def test_a_line_that_dies_puts_the_customer_back_at_the_first_place(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    house = await opened(serve)
    li_na, wang = await customer(house.server), await customer(house.server)
    mei, lin = await agent(house.server, "mei"), await agent(house.server, "lin")
    conversation_id = await helped(li_na, mei)
    behind = (await wang.do("start", topic="other"))["conversation"]["id"]
    await house.loses(mei, watched_by=lin)

    await house.passes(20)
    assert (await stands(li_na, conversation_id))["status"] == "active", "a page may be reloaded"
    await house.passes(20)
    await hears_it_is_back_in_line(li_na, conversation_id)
    assert (await stands(wang, behind))["waiting"]["place"] == 2
    await lin.hears("queue", lambda value: value["total"] == 2 and value["waiting"][0]["id"] == conversation_id)


async def test_who_signs_out_or_goes_offline_leaves_nobody_waiting(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    house = await opened(serve)
    li_na, mei = await customer(house.server), await agent(house.server, "mei")
    conversation_id = await helped(li_na, mei)
    await mei.do("set_presence", status="offline")
    await hears_it_is_back_in_line(li_na, conversation_id)

    li_na.heard.clear()
    wang, again = await customer(house.server), await agent(house.server, "mei")
    other = await helped(wang, again)
    status, _ = await post(house.server, "/api/agent/sign_out", {}, again.token)
    assert status == 200
    assert (await stands(wang, other))["status"] == "active", "she is still there in another place"
    await mei.do("sign_out")
    line = await wang.hears("message", says("agent_left"))
    assert line["data"]["values"]["name"] == "陈梅"
    await wang.hears("conversation", lambda value: value["status"] == "waiting" and value["waiting"]["place"] == 2)


async def test_an_answered_customer_is_kept_for_who_comes_back_and_let_go_after_the_grace_time(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    house = await opened(serve)
    li_na, mei, lin = await customer(house.server), await agent(house.server, "mei"), await agent(house.server, "lin")
    conversation_id = await helped(li_na, mei, answer="请稍等，我查一下")
    await house.loses(mei, watched_by=lin)
    await house.passes(GRACE - 30)
    assert (await stands(li_na, conversation_id))["status"] == "active"
    mei = await agent(house.server, "mei")
    await house.passes(GRACE + 60)
    assert (await stands(li_na, conversation_id))["agent"]["name"] == "陈梅"

    await house.loses(mei, watched_by=lin)
    await house.passes(GRACE)
    assert (await stands(li_na, conversation_id))["status"] == "active"
    await house.passes(60)
    await hears_it_is_back_in_line(li_na, conversation_id)


async def test_a_break_takes_nobody_away(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    house = await opened(serve)
    li_na, mei = await customer(house.server), await agent(house.server, "mei")
    conversation_id = await helped(li_na, mei)
    await mei.do("set_presence", status="away")
    await house.passes(GRACE + 60)
    assert (await stands(li_na, conversation_id))["agent"]["name"] == "陈梅"


async def test_who_is_not_answered_in_time_goes_on_to_the_next_agent(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    house = await opened(serve)
    await house.change("UPDATE site SET answer_seconds = 60")
    await house.change("UPDATE team SET policy = 'least_loaded'")
    li_na, mei = await customer(house.server), await agent(house.server, "mei")
    conversation_id: str = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await li_na.say(conversation_id, "有人吗")
    joined = await li_na.hears("message", says("agent_joined"))
    assert joined["data"]["values"]["name"] == "陈梅"
    david = await agent(house.server, "david")

    await house.passes(50)
    assert (await stands(li_na, conversation_id))["agent"]["name"] == "陈梅"
    await house.passes(20)
    silent = await li_na.hears("message", says("agent_silent"))
    assert silent["data"]["values"]["name"] == "陈梅"
    await david.hears("conversation", lambda value: value["agent"]["name"] == "David Wu")
    notice = await mei.hears("notice", lambda value: value["code"] == "passed_over")
    assert notice["values"] == {"conversation_id": conversation_id}
    await david.say(conversation_id, "Hello, how can I help?")
    await house.passes(70)
    assert (await stands(li_na, conversation_id))["agent"]["name"] == "David Wu"


async def test_who_is_stranded_in_the_database_is_back_in_line_and_agents_hear_of_who_waits_alone(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    house = await opened(serve)
    li_na, mei = await customer(house.server), await agent(house.server, "mei")
    conversation_id = await helped(li_na, mei, answer="请稍等")
    await house.change(f"UPDATE conversation SET agent_id = NULL WHERE id = '{conversation_id}'")
    await house.passes(10)
    await li_na.hears("message", says("back_in_line"))
    assert (await stands(li_na, conversation_id))["waiting"]["place"] == 1

    await mei.do("set_presence", status="away")
    await house.passes(40)
    told = await mei.hears("alerts", lambda value: value["alerts"])
    [alert] = told["alerts"]
    assert (alert["kind"], alert["count"], alert["conversation_id"]) == ("nobody_there", 1, conversation_id)
    mei.heard.clear()
    await mei.do("set_presence", status="online")
    await house.passes(10)
    await mei.hears("alerts", lambda value: (value["site"], value["alerts"]) == ("demo", []))
