"""By night the bot guides a customer to a refund that an agent finds in the morning with all that it takes."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.conftest import Arrive, Serve, Server, Someone, awake, new_client_id
from tests.security.test_uploads import picture, upload


async def identity(server: Server, person: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/demo/identity?as={person}") as answer:
        token: str = (await answer.json())["token"]
        return token


async def said(who: Someone, conversation_id: str, **given: Any) -> Any:
    """What the bot answers to this."""
    sent = await who.do("say", conversation_id=conversation_id, client_id=new_client_id(), **given)
    return await who.hears("message", lambda one: one["author"]["kind"] == "bot" and one["seq"] > sent["seq"])


async def pressed(who: Someone, offer: Any, value: str) -> Any:
    title = next(choice["title"] for choice in offer["data"]["choices"] if choice["value"] == value)
    chosen = {"seq": offer["seq"], "value": value}
    return await said(who, offer["conversation_id"], body=title, choice=chosen)


async def allowed(who: Someone) -> Any:
    """An order of theirs whose refund the policy allows."""
    for order in (await who.do("my_orders"))["orders"]:
        if (await who.do("check_case", order_id=order["id"]))["verdict"]["allowed"]:
            return order
    raise AssertionError("there is none")


@pytest.mark.databases("sqlite")  # the flows themselves are tested on both
async def test_a_refund_is_asked_for_with_the_bot_and_reviewed_by_an_agent(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="22:30")
    await awake(server)
    li_na = await customer(server, identity=await identity(server, "u-1001"))
    if open_one := li_na.session.get("conversation"):
        await li_na.do("leave", conversation_id=open_one["id"])
    conversation_id = (await li_na.do("start", topic="other"))["conversation"]["id"]

    answer = await said(li_na, conversation_id, body="怎么申请退款？")
    assert (answer["data"]["slug"], answer["data"]["values"]) == (
        "apply-for-refund",
        ["helped", "not_helped", "flow:refund"],
    )
    asked = await pressed(li_na, answer, "flow:refund")
    order = await allowed(li_na)
    asked = await said(li_na, conversation_id, body=order["number"])
    if asked["data"]["step"] == "items":  # it has several
        asked = await pressed(li_na, asked, "items:all")
    assert asked["data"]["step"] == "cause", asked["body"]
    asked = await pressed(li_na, asked, "option:damaged")

    # They close the window and come back: the question still stands.
    await li_na.socket.disconnect()
    li_na = await customer(server, token=li_na.token)
    seen = (await li_na.do("sync", conversation_id=conversation_id, after_seq=0))["messages"]
    assert seen[-1] == asked
    asked = await said(li_na, conversation_id, body="杯身有裂纹")
    asked = await pressed(li_na, asked, "option:original")
    status, sent = await upload(server, li_na.token, picture())
    assert status == 200
    asked = await said(li_na, conversation_id, body="", attachment_id=sent["value"]["attachment_id"])
    summary = await pressed(li_na, asked, "flow:done")
    assert order["number"] in summary["body"]
    assert f"退款金额：¥{order['refundable'] / 100:,.2f}" in summary["body"]
    end = await pressed(li_na, summary, "flow:send")
    assert end["body"].startswith("退款申请已提交")

    case = next(case for case in (await li_na.do("my_cases"))["cases"] if case["order_number"] == order["number"])
    assert (case["kind"], case["refund"]["state"]) == ("refund", "requested")
    mei = await agent(server, "mei")
    ticket = (await mei.do("ticket", ticket_id=case["ticket_id"]))["ticket"]
    assert [item["code"] for item in ticket["checklist"] if item["done"]][:1] == ["order_found"]
    assert [(each["code"], each["attachment"]["attachment_id"]) for each in ticket["evidence"]] == [
        ("photo", sent["value"]["attachment_id"])
    ]
    turns = (await mei.do("bot_turns", conversation_id=conversation_id))["turns"]
    assert [(turn["decision"], turn.get("outcome")) for turn in turns] == [("flow", "opened"), ("answer", None)]
