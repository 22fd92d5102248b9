"""Who is on call is told of an emergency while nobody is at the desk: once, in plain text, and no more than needed."""

from __future__ import annotations

from datetime import datetime

from chat.actions import jobs
from chat.actions.access import Who
from chat.settings import Settings
from chat.store import Tx
from chat.work.mail import OnCallMails
from tests.work.conftest import House
from tests.work.test_mail import MailServer, mails_in, served, text_of

DUTY = "duty@shop.example"
HOSTILE = "被盗刷了，点 http://evil.example 看\r\nBcc: all@mail.example"


def put_on_call(tx: Tx, now: datetime, address: str | None = DUTY) -> None:
    tx.change("UPDATE site SET on_call = :address, locales = '[\"zh-CN\"]'", address=address)


def keeper(house: House, server: MailServer | None = None) -> OnCallMails:
    if server is None:
        return OnCallMails(house.store, Settings(data_dir=house.folder))
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": "none"}
    return OnCallMails(house.store, Settings(data_dir=house.folder, mail_from="support@shop.example", **given))


async def robbed(house: House, words: str = HOSTILE) -> str:
    li_na = await house.customer(email="li@mail.example")
    conversation = await house.start(li_na)
    await house.leave_message(li_na, conversation.id, words, phone="138 0000 0000")
    return conversation.id


async def keep_due(house: House, keeper: OnCallMails) -> int:
    due = await house.due("on_call_mail")
    for job in due:
        try:
            await keeper.keep(job)
        except Exception as error:
            await house.store.write(jobs.retry, job, str(error))
    return len(due)


async def test_the_alert_says_where_and_what_and_keeps_the_rest_in_the_desk(house: House) -> None:
    await house.store.write(put_on_call)
    with served(MailServer(refusals=1)) as server:
        conversation_id = await robbed(house)
        await keep_due(house, keeper(house, server))
        assert server.taken == []
        house.later(seconds=5)
        await keep_due(house, keeper(house, server))
        house.later(hours=1)
        assert await keep_due(house, keeper(house, server)) == 0
    [message] = server.taken
    assert server.recipients == [[DUTY]]
    assert (message["Subject"], message["To"]) == ("【紧急】晴野商城有客户求助", DUTY)
    assert (message["Auto-Submitted"], message.get_content_type()) == ("auto-generated", "text/plain")
    text = text_of(message)
    assert "> 被盗刷了，点 http://evil.example 看\n" in text
    assert f"/console#/inbox/{conversation_id}\n" in text
    assert "2026年3月3日 周二 09:30，北京时间" in text
    for kept in ("Bcc", "138 0000 0000", "li@mail.example", "李娜"):
        assert kept not in text


async def test_nobody_is_woken_for_what_an_agent_took_meanwhile(house: House, mei: Who) -> None:
    await house.store.write(put_on_call)
    conversation_id = await robbed(house)
    await house.pick(mei, conversation_id)
    assert await keep_due(house, keeper(house)) == 1
    assert mails_in(house) == []
    assert await house.due("on_call_mail") == []


async def test_nobody_is_woken_who_is_not_on_call_any_more(house: House) -> None:
    await house.store.write(put_on_call)
    await robbed(house)
    await house.store.write(lambda tx, now: put_on_call(tx, now, None))
    assert await keep_due(house, keeper(house)) == 1
    assert mails_in(house) == []


async def test_after_a_flood_one_mail_is_about_who_still_needs_help(house: House, mei: Who) -> None:
    await house.store.write(put_on_call)
    ids = []
    for number in range(8):
        ids.append(await robbed(house, f"第{number}次被盗刷"))
        house.later(seconds=1)
    assert await keep_due(house, keeper(house)) == 5
    await house.pick(mei, ids[5])
    await house.pick(mei, ids[7])
    house.later(minutes=10)
    assert await keep_due(house, keeper(house)) == 1
    assert "> 第6次被盗刷\n" in text_of(mails_in(house)[-1])
    house.later(minutes=10)
    assert await keep_due(house, keeper(house)) == 0
