"""Rights end, and hearing ends with them: nobody hears what is not theirs any more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from socketio import exceptions

from chat import wire
from chat.actions.people import sign_out
from chat.app import REALTIME
from chat.realtime.rounds import Rounds
from chat.store import Tx
from tests.conftest import PATIENCE, Arrive, Serve, Server, Someone
from tests.realtime.held import Held
from tests.realtime.raw import until

ENDINGS = {
    "the session ran out": "UPDATE session SET expires_at = 1 WHERE person_id = :id",
    "the session was revoked": "UPDATE session SET revoked_at = 1 WHERE person_id = :id",
    "the account was closed": "UPDATE agent SET active = FALSE WHERE id = :id",
}


async def change(server: Server, sql: str, **values: Any) -> None:
    await server.store.write(lambda tx, now: tx.change(sql, **values))


async def presence_of(server: Server, agent: Someone) -> list[tuple[str, int]]:
    """The rows that show an agent is there; who has gone is not."""

    def look(tx: Tx, now: object) -> list[tuple[str, int]]:
        rows = tx.rows(
            "SELECT connection_id, seen_at FROM presence WHERE agent_id = :agent"
            " AND substr(connection_id, 1, 5) <> 'gone:'",
            agent=agent.session["agent"]["id"],
        )
        return [(row["connection_id"], row["seen_at"]) for row in rows]

    return await server.store.read(look)


async def is_cut_off(someone: Someone) -> bool:
    """Was the connection itself closed? By now or soon."""
    try:
        await asyncio.wait_for(someone.socket.wait(), PATIENCE)
    except TimeoutError:
        return False
    return True


def rounds_of(server: Server) -> Rounds:
    return server.app[REALTIME].rounds


@pytest.mark.parametrize("ending", ENDINGS)
async def test_an_agent_whose_rights_ended_is_sent_away_and_a_colleague_stays(
    serve: Serve, agent: Arrive, ending: str
) -> None:
    server = await serve()
    mei, lin = await agent(server), await agent(server, "lin")
    (before,) = await presence_of(server, lin)
    await change(server, ENDINGS[ending], id=mei.session["agent"]["id"])
    assert len(await presence_of(server, mei)) == 1
    await rounds_of(server).renew()
    assert (await mei.hears("bye"))["reconnect_in"] == 0
    assert await is_cut_off(mei)
    await lin.hears("presence", lambda value: "offline" in [who["status"] for who in value["colleagues"]])
    assert await presence_of(server, mei) == []
    ((connection, seen_at),) = await presence_of(server, lin)
    assert connection == before[0]
    assert seen_at > before[1]
    assert (await lin.do("sync"))["desk"]["agent"]["id"] == lin.session["agent"]["id"]


async def test_a_customer_whose_session_ended_hears_no_more_and_another_does(serve: Serve, customer: Arrive) -> None:
    server = await serve(at="22:30", work=False)
    li_na, wang = await customer(server), await customer(server)
    theirs = (await wang.do("start", topic="other"))["conversation"]
    await change(server, ENDINGS["the session ran out"], id=li_na.session["customer"]["id"])
    await rounds_of(server).light_beacon()
    await li_na.hears("bye")
    heads = await wang.hears("beacon")
    assert list(heads) == [theirs["id"]]
    assert "beacon" not in [name for name, _ in li_na.heard]
    assert await is_cut_off(li_na)


async def test_a_beacon_comes_every_time_and_where_there_is_no_conversation_once(
    serve: Serve, customer: Arrive
) -> None:
    server = await serve(at="22:30", work=False)
    li_na, wang = await customer(server), await customer(server)
    theirs = (await wang.do("start", topic="other"))["conversation"]["id"]
    for _ in range(3):
        await rounds_of(server).light_beacon()
    hers = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await rounds_of(server).light_beacon()
    await until(lambda: beacons(wang) == [[theirs]] * 4)
    await until(lambda: len(beacons(li_na)) > 1)
    assert beacons(li_na) == [[], [hers]]


def beacons(someone: Someone) -> list[list[str]]:
    return [list(heads) for name, heads in someone.heard if name == "beacon"]


async def test_an_agent_stops_hearing_of_the_sites_whose_teams_they_left(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    shopper, payer = await customer(server), await customer(server, site="demo-wallet")
    mei = await agent(server)
    shops = (await shopper.do("start", topic="other"))["conversation"]["id"]
    wallets = (await payer.do("start", topic="other"))["conversation"]["id"]
    for conversation_id in (shops, wallets):
        await mei.do("sync", conversation_id=conversation_id)
    await shopper.say(shops, "一")
    await payer.say(wallets, "一")
    for conversation_id in (shops, wallets):  # or nothing would be shown by not hearing later
        await mei.hears("message", lambda value, its=conversation_id: value["conversation_id"] == its)

    await change(
        server, "DELETE FROM teamsite WHERE site_id = (SELECT id FROM site WHERE key = :key)", key="demo-wallet"
    )
    await rounds_of(server).renew()
    mei.heard.clear()
    await payer.say(wallets, "二")
    await shopper.say(shops, "二")
    await mei.hears("message", lambda value: value["conversation_id"] == shops)
    await mei.hears("queue", lambda value: _last_said(value, shops) == "二")
    await shopper.say(shops, "三")  # a queue is told at most once a second: the wallet's was told before this one
    await mei.hears("queue", lambda value: _last_said(value, shops) == "三")
    assert wallets not in [value["conversation_id"] for name, value in mei.heard if name == "message"]
    assert "demo-wallet" not in [value["site"] for name, value in mei.heard if name == "queue"]


def _last_said(queue: dict[str, Any], conversation_id: str) -> str | None:
    return next((row["preview"] for row in queue["waiting"] if row["id"] == conversation_id), None)


async def test_an_agent_who_left_a_team_hears_no_more_of_the_conversation_they_had_there(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    shopper, payer, mei = await customer(server), await customer(server, site="demo-wallet"), await agent(server)
    shops = (await shopper.do("start", topic="other"))["conversation"]["id"]
    wallets = (await payer.do("start", topic="other"))["conversation"]["id"]
    for someone, conversation_id in ((payer, wallets), (shopper, shops)):
        await mei.do("pick", conversation_id=conversation_id)
        await someone.say(conversation_id, "一")
        await mei.hears(
            "message", lambda value, its=conversation_id: (value["conversation_id"], value["body"]) == (its, "一")
        )
    await change(
        server, "DELETE FROM teamsite WHERE site_id = (SELECT id FROM site WHERE key = :key)", key="demo-wallet"
    )
    await rounds_of(server).renew()
    mei.heard.clear()
    await payer.say(wallets, "二")
    await payer.do("leave", conversation_id=wallets)
    await shopper.say(shops, "二")
    await mei.hears("message", lambda value: value["conversation_id"] == shops)
    assert wallets not in repr(mei.heard)


async def test_an_agent_begins_to_hear_of_a_site_when_their_team_serves_it(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    wallet = "site_id = (SELECT id FROM site WHERE key = 'demo-wallet')"
    served = await server.store.read(lambda tx, now: tx.value(f"SELECT team_id FROM teamsite WHERE {wallet}"))
    await change(server, f"DELETE FROM teamsite WHERE {wallet}")
    mei = await agent(server)
    await change(
        server,
        "INSERT INTO teamsite (team_id, site_id) SELECT :team, id FROM site WHERE key = 'demo-wallet'",
        team=served,
    )
    await rounds_of(server).renew()
    await (await customer(server, site="demo-wallet")).do("start", topic="other")
    await mei.hears("queue", lambda value: value["site"] == "demo-wallet")


@pytest.mark.databases("sqlite")
async def test_who_signs_out_while_a_socket_joins_leaves_no_socket_behind(serve: Serve, agent: Arrive) -> None:
    server = await serve(work=False)
    mei = await agent(server)
    (link,) = server.app[REALTIME].links.values()
    first = Held(server)
    await first.begun()
    signed_out = asyncio.create_task(server.store.write(sign_out, link.who, wire.NoInput()))
    second = Held(server)
    await asyncio.sleep(0)  # both are in line
    first.let_go()
    await second.begun()
    # Signed out, and not yet committed: the session still holds for a socket that comes now.
    late = Someone("/agent")
    late.token = mei.token
    joining = asyncio.create_task(late.connect(server))
    async with asyncio.timeout(PATIENCE):
        while len(server.app[REALTIME].links) < 2:
            await presence_of(server, mei)
    second.let_go()
    await signed_out
    with pytest.raises(exceptions.ConnectionError):
        await joining
    await mei.hears("bye")
    assert await is_cut_off(mei)
    assert set(server.app[REALTIME].links) <= {link.sid}
