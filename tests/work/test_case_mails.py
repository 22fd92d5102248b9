"""What happened in a case goes out by e-mail: each step once, in the customer's language, with a link of its own."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from chat import wire
from chat.actions import access, cases, jobs, ticket_kinds, tickets
from chat.actions.access import Caller, Who
from chat.domain.ticket_kinds import KINDS, definition_of
from chat.settings import Settings
from chat.work.mail import CaseMails
from tests.work.conftest import NOON, House
from tests.work.test_mail import MailServer, mails_in, served, text_of

ADDRESS = "li.na@mail.example"


def keeper(house: House, server: MailServer | None = None) -> CaseMails:
    by_smtp: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": "none"} if server else {}
    return CaseMails(house.store, Settings(data_dir=house.folder, public_url="https://chat.shop.example", **by_smtp))


async def a_case(house: House, mei: Who, locale: wire.Locale = "zh-CN", email: str | None = ADDRESS) -> tuple[Who, str]:
    house.now = NOON
    li_na = await house.customer(email=email, locale=locale)
    conversation = await house.start(li_na, locale)
    await house.say(li_na, conversation.id, "账户被冻结了")
    given = wire.OpenTicket(conversation_id=conversation.id, client_id=str(uuid4()), kind="unfreeze")
    opened = await house.store.write(tickets.open_ticket, mei, given)
    return li_na, opened.ticket.id


async def change(house: House, mei: Who, ticket_id: str, status: wire.TicketStatusName) -> None:
    await house.store.write(tickets.update_ticket, mei, wire.UpdateTicket(ticket_id=ticket_id, status=status))


async def keep_due(house: House, by: CaseMails) -> int:
    house.later(minutes=1)
    due = await house.due("case_mail")
    for job in due:
        try:
            await by.keep(job)
        except Exception as error:
            await house.store.write(jobs.retry, job, str(error))
    return len(due)


def link_in(message: EmailMessage) -> str:
    found = re.search(r"https://chat\.shop\.example/case/([A-Za-z0-9_-]{30,})", text_of(message))
    assert found is not None
    assert found[0] in text_of(message, "html")
    return found[1]


async def opens(house: House, token: str) -> str:
    who = await house.store.read(access.identify, Caller.CASE_LINK, token)
    return (await house.store.read(cases.case, who, wire.NoInput())).number


async def test_a_mail_says_what_happened_where_it_stands_and_who_acts_next(house: House, mei: Who) -> None:
    li_na, _ = await a_case(house, mei)
    assert await house.due("case_mail") == [], "a moment is given for what follows"
    assert await keep_due(house, keeper(house)) == 1
    [message] = mails_in(house)
    [case] = (await house.store.read(cases.my_cases, li_na, wire.NoInput())).cases
    assert message["To"] == ADDRESS
    assert message["Subject"] == f"工单 {case.number}：已受理"
    assert message["Auto-Submitted"] == "auto-generated"
    for part in (text_of(message), text_of(message, "html")):
        for said in (
            "李娜，您好",
            "已登记工单（账户被冻结）",
            case.number,
            "核实身份",
            "由我们处理",
            "绝不会向您索要密码",
        ):
            assert said in part
        assert "账户被冻结了" not in part, "what was said in the chat stays there"
    assert await opens(house, link_in(message)) == case.number


async def test_steps_within_a_minute_share_a_mail_and_each_is_told_once(house: House, mei: Who) -> None:
    _, ticket_id = await a_case(house, mei)
    await change(house, mei, ticket_id, "open")
    assert await keep_due(house, keeper(house)) == 1
    await change(house, mei, ticket_id, "pending")
    assert await keep_due(house, keeper(house)) == 1
    assert await keep_due(house, keeper(house)) == 0
    first, second = mails_in(house)
    assert ("已登记工单" in text_of(first), "- 开始处理" in text_of(first)) == (True, True)
    assert ("开始处理" in text_of(second), "- 等待您补充材料或答复" in text_of(second)) == (False, True)
    assert second["Subject"].endswith("等待您答复")
    assert first["References"] == second["References"]
    assert link_in(first) != link_in(second)


async def test_a_step_made_while_the_mail_is_sent_gets_another(house: House, mei: Who) -> None:
    _, ticket_id = await a_case(house, mei)
    with served(MailServer(meanwhile=lambda: change(house, mei, ticket_id, "open"))) as server:
        await keep_due(house, keeper(house, server))
    await keep_due(house, keeper(house))
    [first], [second] = server.taken, mails_in(house)
    assert "- 开始处理" not in text_of(first)
    assert "- 开始处理" in text_of(second)


async def test_a_mail_that_failed_is_sent_later_and_the_same_one_is_recognised(house: House, mei: Who) -> None:
    await a_case(house, mei)
    with served(MailServer(refusals=1)) as server:
        by_smtp = keeper(house, server)
        await keep_due(house, by_smtp)
        assert (server.attempts, server.taken) == (1, [])
        house.later(minutes=1)
        [job] = await house.due("case_mail")
        await by_smtp.keep(job)
        await by_smtp.keep(job)  # as a process does that was thought dead
        assert len({message["Message-ID"] for message in server.taken}) == 1
    await keep_due(house, keeper(house))
    assert mails_in(house) == []


async def test_an_english_customer_reads_english(house: House, mei: Who) -> None:
    await a_case(house, mei, locale="en")
    await keep_due(house, keeper(house))
    [message] = mails_in(house)
    assert re.fullmatch(r"Ticket QY-2026-000001-\d: Received", message["Subject"])
    assert "It is our turn" in text_of(message)
    assert not re.search(r"[一-鿿]", text_of(message).replace("李娜", ""))


async def test_how_it_ended_is_told_in_the_sites_own_words(house: House, mei: Who) -> None:
    shape = definition_of(KINDS["unfreeze"])
    passed_on = {"code": "passed_on", "names": {"zh-CN": "已交由银行处理", "en": "Handed to the bank"}}
    shape["endings"] = [passed_on if each["code"] == "passed_on" else each for each in shape["endings"]]
    changed = wire.SetKind(code="unfreeze", definition=wire.KindDefinition.model_validate(shape))
    await house.store.write(ticket_kinds.set_kind, mei, changed)
    for locale, said in (("zh-CN", "处理结果：已交由银行处理"), ("en", "Result: Handed to the bank")):
        li_na, ticket_id = await a_case(house, mei, locale=locale)
        solved = wire.UpdateTicket(ticket_id=ticket_id, status="solved", ending="passed_on")
        await house.store.write(tickets.update_ticket, mei, solved)
        await keep_due(house, keeper(house))
        assert said in text_of(mails_in(house)[-1])
        [case] = (await house.store.read(cases.my_cases, li_na, wire.NoInput())).cases
        assert case.named == {"ending.passed_on": passed_on["names"]}


async def test_who_left_no_address_is_not_written_to(house: House, mei: Who) -> None:
    await a_case(house, mei, email=None)
    assert await keep_due(house, keeper(house)) == 0


async def test_what_staff_do_among_themselves_is_no_mail(house: House, mei: Who, david: Who) -> None:
    _, ticket_id = await a_case(house, mei)
    await keep_due(house, keeper(house))
    given = wire.UpdateTicket(ticket_id=ticket_id, assignee_id=david.id, done=["account_found"])
    await house.store.write(tickets.update_ticket, mei, given)
    assert await keep_due(house, keeper(house)) == 0
