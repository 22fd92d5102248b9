"""The morning after: messages in the order of their promises, claimed once, answered in the window and by mail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tests.conftest import PATIENCE, Arrive, Refused, Serve, Server, Someone, new_client_id
from tests.faults.senders import until
from tests.journeys.test_night import begin, first_mail, line, said_by

ADDRESS = "wang.qiang@mail.example"


def later(server: Server, **distance: float) -> None:
    """Time goes on, for everybody and for the calendar."""
    clock = server.store.clock
    server.store.clock = replace(clock, now=lambda: clock.now() + timedelta(**distance))


async def leave(who: Someone, body: str, **contact: str) -> Any:
    """A message left by night, and what its customer was told."""
    conversation_id = await begin(who)
    given = {"body": body, "client_id": new_client_id(), **(contact or {"email": ADDRESS})}
    return (await who.do("leave_message", conversation_id=conversation_id, **given))["conversation"]


async def of_site(lin: Someone) -> dict[str, int]:
    counted = await lin.do("promises", days=1)
    return next(site for site in counted["sites"] if site["site"] == "demo")


async def claim(who: Someone, conversation_id: str) -> Refused | None:
    try:
        await who.do("pick", conversation_id=conversation_id)
    except Refused as refused:
        return refused
    return None


async def test_what_is_left_at_night_is_answered_in_the_morning_as_promised(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="22:30")
    wang, chen, robbed = await customer(server), await customer(server), await customer(server)
    first = await leave(wang, "订单还没有收到")
    second = await leave(chen, "发票抬头写错了", phone="400-820-0002")
    urgent = await leave(robbed, "我的卡被盗刷了三千块！", phone="400-820-0003")
    told = await wang.hears("message", line("message_left"))
    assert told["data"]["values"]["reply_by"] == first["reply_by"]
    opens, promised = (datetime.fromisoformat(at) for at in (told["data"]["values"]["opens_at"], first["reply_by"]))
    assert promised - opens == timedelta(hours=4)
    help_at_once = await robbed.hears("message", line("urgent_help"))
    assert help_at_once["data"]["values"]["phone"] == "400-820-0000"

    later(server, hours=12)  # 10:30
    mei, david, lin = await agent(server), await agent(server, "david"), await agent(server, "lin")
    ours = [first["id"], second["id"], urgent["id"]]
    page = (await mei.do("inbox", limit=200))["conversations"]
    assert [one["id"] for one in page if one["id"] in ours] == [urgent["id"], first["id"], second["id"]]
    assert page[0]["urgent"]
    before = await of_site(lin)

    outcomes = await asyncio.gather(claim(mei, first["id"]), claim(david, first["id"]))
    [winner] = [name for name, refused in zip((mei, david), outcomes, strict=True) if refused is None]
    [refused] = [refused for refused in outcomes if refused is not None]
    assert (refused.code, winner.session["agent"]["name"] in str(refused)) == ("taken", True)

    said = await winner.say(first["id"], "您好，今天下午送达。")
    assert (await wang.hears("message", said_by("agent")))["seq"] == said["seq"]
    mail = await first_mail(server, winner)
    text = mail.get_body(("plain",))
    assert text is not None
    assert "您好，今天下午送达。" in text.get_content()
    assert "13:00，北京时间 前回复您" in text.get_content()
    assert (await of_site(lin))["kept"] == before["kept"] + 1

    later(server, hours=4)  # 14:30
    overdue = [one["id"] for one in (await mei.do("inbox", filter="overdue", limit=200))["conversations"]]
    assert [one for one in overdue if one in ours] == [urgent["id"], second["id"]]
    counted = await of_site(lin)
    assert counted["missed"] == counted["overdue"] >= 2
    named = {missed["conversation_id"] for missed in (await lin.do("promises", days=1))["missed"]}
    assert named & set(ours) == {urgent["id"], second["id"]}


async def test_a_question_of_the_night_is_not_lost_when_its_customer_leaves(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="22:30")
    li_na, wang, mei = await customer(server), await customer(server), await agent(server)
    left, gone = await begin(li_na), await begin(wang)
    for who, conversation_id in ((li_na, left), (wang, gone)):
        asked = await who.say(conversation_id, "今天月亮真圆啊")
        await who.hears("message", said_by("bot", after=asked["seq"]))

    kept = (await li_na.do("leave", conversation_id=left))["conversation"]
    assert kept["status"] == "offline"
    told = await li_na.hears("message", line("question_kept"))
    assert told["data"]["values"] == {
        "by": "window",
        "opens_at": li_na.session["desk"]["opens_at"],
        "reply_by": kept["reply_by"],
    }
    assert (await li_na.do("leave", conversation_id=left))["conversation"]["status"] == "closed"

    await wang.socket.disconnect()
    later(server, minutes=11)
    inbox = await mei.hears("inbox", lambda value: gone in [one["id"] for one in value["inbox"]])
    assert left not in [one["id"] for one in inbox["inbox"]]


async def test_who_is_on_call_gets_a_mail_in_the_night(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve(at="22:30")
    admin, robbed = await agent(server, "admin"), await customer(server)
    await admin.do("set_site", site="demo", on_call="duty@mail.example")
    conversation_id = await begin(robbed)
    await robbed.say(conversation_id, "我的卡被盗刷了！")
    assert (await robbed.hears("conversation", lambda value: value["urgent"]))["id"] == conversation_id
    await until(lambda: any(server.settings.outbox.glob("*.eml")), PATIENCE)  # a file appears there whole
    [found] = server.settings.outbox.glob("*.eml")
    mail = message_from_bytes(found.read_bytes(), _class=EmailMessage, policy=policy.default)
    assert (mail["To"], conversation_id in mail.get_content()) == ("duty@mail.example", True)
