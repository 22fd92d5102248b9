"""Agents and supervisors at one conversation, through a real server."""

from __future__ import annotations

from typing import Any

import pytest

from chat.store import Tx
from tests.conftest import Arrive, Refused, Serve, new_client_id


async def test_a_colleague_is_asked_for_help_and_the_conversation_goes_from_hand_to_hand(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na = await customer(server)
    mei, david, lin = await agent(server), await agent(server, "david"), await agent(server, "lin")
    ids = {one.session["agent"]["name"]: one.session["agent"]["id"] for one in (mei, david, lin)}
    talk = (await li_na.do("start", topic="refund"))["conversation"]["id"]
    here: dict[str, Any] = {"conversation_id": talk}
    await mei.do("pick", **here)

    # Asked in for notes, David hears the customer without having opened anything, and cannot answer.
    asked = {**here, "agent_id": ids["David Wu"], "may": "note", "note": "帮我看看这个订单"}
    await mei.do("invite", client_id=new_client_id(), **asked)
    told = await david.hears("notice", lambda value: value["code"] == "invited")
    assert (told["values"]["by"], told["values"]["note"]) == ("陈梅", "帮我看看这个订单")
    await li_na.say(talk, "订单号是 QY-1")
    await david.hears("message", lambda value: value["body"] == "订单号是 QY-1")
    await david.do("note", client_id=new_client_id(), body="这单已经签收", **here)
    await mei.hears("note", lambda value: value["body"] == "这单已经签收")
    with pytest.raises(Refused, match="read and write notes"):
        await david.say(talk, "您好")

    # Asked in to write, he does, under his own name; after a reload it is still among what he takes part in.
    await mei.do("invite", client_id=new_client_id(), **{**asked, "may": "say"})
    await david.say(talk, "您好，物流显示已签收")
    heard = await li_na.hears("message", lambda value: value["body"] == "您好，物流显示已签收")
    assert heard["author"]["name"] == "David Wu"
    joined = await li_na.hears("message", lambda value: value.get("data", {}).get("code") == "colleague_joined")
    assert joined["seq"] < heard["seq"]
    again = await agent(server, "david")
    assert [one["id"] for one in (await again.do("sync"))["desk"]["invited"]] == [talk]

    # A supervisor sees it, whispers, joins, and takes over; who had it learns from whom.
    assert talk in [one["id"] for one in (await lin.do("live"))["conversations"]]
    await lin.do("note", client_id=new_client_id(), body="注意退款期限", **here)
    await mei.hears("note", lambda value: value["body"] == "注意退款期限")
    await lin.do("join", **here)
    await lin.say(talk, "您好，我是主管")
    await lin.do("take_over", note="我来处理", **here)
    taken = await mei.hears("notice", lambda value: value["code"] == "taken_over")
    assert taken["values"]["by"] == lin.session["agent"]["name"]
    await mei.hears("conversation", lambda value: value["agent"]["id"] == lin.session["agent"]["id"])
    with pytest.raises(Refused, match="has this conversation"):
        await mei.say(talk, "还有一句")

    # To David, who is there, with a note; he closes it, and nobody takes part any more.
    await lin.do("transfer", client_id=new_client_id(), agent_id=ids["David Wu"], note="按规则退", **here)
    why = await david.hears("notice", lambda value: value["code"] == "transferred")
    assert why["values"]["note"] == "按规则退"
    await david.say(talk, "已为您登记退款")
    await david.do("close", **here)
    await mei.do("sync")
    with pytest.raises(Refused, match="has ended"):
        await lin.say(talk, "再见")

    notes = [note["body"] for note in (await mei.do("sync", **here))["notes"]]
    assert notes == ["帮我看看这个订单", "这单已经签收", "帮我看看这个订单", "注意退款期限", "我来处理", "按规则退"]
    log = (await li_na.do("sync", conversation_id=talk, after_seq=0))["messages"]
    assert not any(note in message["body"] for note in notes for message in log)
    assert [message["seq"] for message in log] == list(range(1, len(log) + 1))


async def test_a_break_and_the_time_to_wrap_up_are_seen_by_colleagues(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server), await agent(server, "david")

    def give_time(tx: Tx, _now: object) -> int:
        return tx.change("UPDATE team SET wrap_up_seconds = 120")

    assert await server.store.write(give_time)
    talk = (await li_na.do("start", topic="other"))["conversation"]["id"]
    await mei.do("pick", conversation_id=talk)
    await mei.do("close", conversation_id=talk)

    def wraps_up(value: Any) -> bool:
        return any(one["name"] == "陈梅" and "wrap_up_until" in one for one in value["colleagues"])

    await david.hears("presence", wraps_up)
    david.heard.clear()
    await mei.do("end_wrap_up")
    await mei.do("set_presence", status="away", reason="training")
    await david.hears(
        "presence",
        lambda value: any(one.get("break_reason") == "training" for one in value["colleagues"]) and not wraps_up(value),
    )
