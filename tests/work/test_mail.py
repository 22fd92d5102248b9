"""Answers to offline messages go out by e-mail: once, readable, and to nobody else."""

from __future__ import annotations

import asyncio
import email
import socket
import stat
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from chat import wire
from chat.actions import jobs, queue
from chat.actions.access import Who
from chat.actions.mail import Letter, Words
from chat.settings import Settings
from chat.work.mail import AnswerMails, compose
from tests.work.conftest import NIGHT, House

ADDRESS = "li.na@mail.example"


class MailServer:
    """A real SMTP server that keeps what it takes, and refuses the first `refusals`."""

    def __init__(self, refusals: int = 0, meanwhile: Callable[[], Coroutine[Any, Any, Any]] | None = None) -> None:
        self.refusals = refusals
        self.meanwhile = meanwhile  # done on the test's loop while the mail is on its way
        self.loop = asyncio.get_running_loop()
        self.attempts = 0
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.attempts += 1
        if self.attempts <= self.refusals:
            return "451 Try again later"
        if self.meanwhile:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.meanwhile(), self.loop))
        assert isinstance(envelope.content, bytes)
        self.taken.append(parsed(envelope.content))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, _class=EmailMessage, policy=policy.default)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    with served(MailServer()) as server:
        yield server


@contextmanager
def served(handler: MailServer, **options: Any) -> Iterator[MailServer]:
    handler.port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, **options)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def smtp(house: House, server: MailServer, **given: Any) -> AnswerMails:
    settings = Settings(
        data_dir=house.folder,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        mail_from="晴野客服 <support@shop.example>",
        **{"smtp_tls": "none", **given},
    )
    return AnswerMails(house.store, settings)


def outbox(house: House) -> AnswerMails:
    return AnswerMails(house.store, Settings(data_dir=house.folder))


def mails_in(house: House) -> list[EmailMessage]:
    return [parsed(file.read_bytes()) for file in sorted((house.folder / "outbox").glob("*.eml"))]


async def left(house: House, who: Who, body: str = "订单 QY-1 还没有收到", **contact: str) -> str:
    conversation = await house.start(who)
    await house.leave_message(who, conversation.id, body, **(contact or {"email": ADDRESS}))
    return conversation.id


async def keep_due(house: House, keeper: AnswerMails) -> int:
    """Carries out what is due a little later, as the worker does; a failure puts the job back."""
    house.later(seconds=10)
    due = await house.due("answer_mail")
    for job in due:
        try:
            await keeper.keep(job)
        except Exception as error:
            await house.store.write(jobs.retry, job, str(error))
    return len(due)


async def test_the_mail_names_what_was_promised_and_owns_up_when_it_is_late(house: House, mei: Who) -> None:
    li_na, wang = await house.customer(), await house.customer("王强")
    in_time = await left(house, li_na)
    late = await left(house, wang, email="wang@mail.example")
    house.now = NIGHT.replace(day=3, hour=4)
    await house.pick(mei, in_time)
    await house.say(mei, in_time, "您的包裹今天下午送达。")
    await keep_due(house, outbox(house))
    await house.say(mei, in_time, "还有别的问题吗？")
    await keep_due(house, outbox(house))
    house.now = NIGHT.replace(day=3, hour=6)
    await house.pick(mei, late)
    await house.say(mei, late, "让您久等了。")
    await keep_due(house, outbox(house))

    first, second, third = (text_of(message) for message in mails_in(house))
    promised = "我们承诺在 2026年3月3日 周二 13:00，北京时间 前回复您"
    assert f"{promised}。" in first
    assert "承诺" not in second  # it was kept by then
    assert f"{promised}，这次没有做到，非常抱歉。" in third


async def test_an_answer_is_mailed_in_the_customers_language(house: House, mei: Who, mail_server: MailServer) -> None:
    li_na = await house.customer()
    conversation_id = await left(house, li_na)
    await house.pick(mei, conversation_id)
    seq = await house.say(mei, conversation_id, "您的包裹今天下午送达。")
    await keep_due(house, smtp(house, mail_server))

    [message] = mail_server.taken
    assert mail_server.recipients == [[ADDRESS]]
    assert message["Subject"] == "晴野商城客服回复了您的留言"
    assert (message["From"], message["To"]) == ("晴野客服 <support@shop.example>", ADDRESS)
    assert message["Message-ID"] == f"<{conversation_id}.{seq}@shop.example>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Reply-To"] is None
    text, html = (text_of(message, kind) for kind in ("plain", "html"))
    for part in (text, html):
        assert "李娜，您好" in part
        assert "客服陈梅" in part
        assert "您的包裹今天下午送达。" in part
        assert "订单 QY-1 还没有收到" in part
    assert "http" not in html, "nothing is fetched when the mail is opened"


async def test_an_english_customer_reads_english(house: House, mei: Who) -> None:
    ann = await house.customer("Ann")
    conversation = await house.start(ann, locale="en")
    await house.leave_message(ann, conversation.id, "Where is my parcel?", email="ann@mail.example")
    await house.pick(mei, conversation.id)
    await house.say(mei, conversation.id, "It arrives today.")
    await keep_due(house, outbox(house))
    [message] = mails_in(house)
    assert message["Subject"] == "Qingye Shop has answered your message"
    assert "Hello Ann," in text_of(message)


async def test_without_a_mail_server_it_is_a_private_file_that_reads_back(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "您好")
    keeper = outbox(house)
    await keep_due(house, keeper)
    folder = house.folder / "outbox"
    [file] = folder.iterdir()
    assert file.name.startswith("20260302T143000000Z-")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    [message] = mails_in(house)
    assert message["To"] == ADDRESS


async def test_answers_written_shortly_after_each_other_share_a_mail(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    for body in ("您好", "已经为您查到物流", "今天下午送达"):
        await house.say(mei, conversation_id, body)
    assert await house.due("answer_mail") == [], "a moment is given for what follows"
    assert await keep_due(house, outbox(house)) == 1
    await house.say(mei, conversation_id, "还有其他问题吗？")
    assert await keep_due(house, outbox(house)) == 1

    first, second = (text_of(message) for message in mails_in(house))
    assert first.count("客服陈梅") == 1
    assert first.index("您好\n") < first.index("已经为您查到物流") < first.index("今天下午送达")
    assert "还有其他问题吗？" in second
    assert "今天下午送达" not in second


async def test_an_answer_written_while_the_mail_is_sent_gets_another(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "第一句")
    with served(MailServer(meanwhile=lambda: house.say(mei, conversation_id, "第二句"))) as server:
        await keep_due(house, smtp(house, server))
    await keep_due(house, outbox(house))
    [first], [second] = server.taken, mails_in(house)
    assert ("第一句" in text_of(first), "第二句" in text_of(first)) == (True, False)
    assert ("第一句" in text_of(second), "第二句" in text_of(second)) == (False, True)


async def test_a_server_that_refuses_is_tried_again_later(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "您好")
    with served(MailServer(refusals=1)) as server:
        keeper = smtp(house, server)
        assert await keep_due(house, keeper) == 1
        assert (server.attempts, server.taken) == (1, [])
        assert await house.due("answer_mail") == [], "not at once"
        assert await keep_due(house, keeper) == 1
        assert len(server.taken) == 1
        house.later(hours=2)
        assert await keep_due(house, keeper) == 0


async def test_a_server_that_is_not_there_is_tried_again_later(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "您好")
    nobody = MailServer()
    nobody.port = free_port()
    assert await keep_due(house, smtp(house, nobody)) == 1
    assert await keep_due(house, outbox(house)) == 1
    assert len(mails_in(house)) == 1


async def test_a_mail_promised_before_the_clock_was_set_back_does_not_wait_for_it(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "今天送达")
    assert await house.due("answer_mail") == []
    house.later(hours=-1)
    [job] = await house.due("answer_mail")
    await house.store.write(jobs.retry, job, "the mail server is away")
    assert await house.due("answer_mail") == []  # what is tried again waits by the new clock
    house.later(minutes=1)
    assert len(await house.due("answer_mail")) == 1


async def test_the_same_mail_sent_twice_is_recognised(house: House, mei: Who, mail_server: MailServer) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "您好")
    house.later(seconds=10)
    [job] = await house.due("answer_mail")
    for keeper in (smtp(house, mail_server), outbox(house)):
        await asyncio.gather(keeper.keep(job), keeper.keep(job))
    first, again, *_ = [message["Message-ID"] for message in mail_server.taken]
    assert first == again
    await keep_due(house, outbox(house))
    assert mails_in(house) == [], "what was mailed is not mailed again"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_mail_server_may_want_a_password(house: House, mei: Who) -> None:
    def knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"desk", b"a good password"), handled=False)

    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "您好")
    with served(MailServer(), authenticator=knows, auth_required=True, auth_require_tls=False) as server:
        await keep_due(house, smtp(house, server, smtp_user="desk", smtp_password="a wrong one"))
        assert server.taken == []
        await keep_due(house, smtp(house, server, smtp_user="desk", smtp_password="a good password"))
        assert len(server.taken) == 1


async def test_a_server_without_encryption_is_refused_when_it_is_wanted(
    house: House, mei: Who, mail_server: MailServer
) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "您好")
    await keep_due(house, smtp(house, mail_server, smtp_tls="starttls"))
    assert mail_server.taken == []
    await keep_due(house, smtp(house, mail_server, smtp_tls="none"))
    assert len(mail_server.taken) == 1


async def test_closing_right_after_the_answer_still_mails_it(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "已经为您处理")
    closed = await house.close(mei, conversation_id)
    assert (closed.status, closed.outcome, closed.left_at) == ("closed", "solved", None)
    await keep_due(house, outbox(house))
    assert len(mails_in(house)) == 1


async def test_only_offline_messages_with_an_address_are_answered_by_mail(house: House, mei: Who) -> None:
    by_phone = await left(house, await house.customer(), phone="+86 400-820-0000")
    await house.pick(mei, by_phone)
    await house.say(mei, by_phone, "您好")

    house.later(hours=12)
    wang = await house.customer("王强", email="wang@mail.example")
    live = await house.start(wang)
    await house.pick(mei, live.id)
    await house.say(mei, live.id, "您好")
    assert await keep_due(house, outbox(house)) == 0


async def test_what_was_said_live_before_is_not_mailed(house: House, mei: Who) -> None:
    house.later(hours=-2)
    li_na = await house.customer(email=ADDRESS)
    conversation = await house.start(li_na)
    await house.pick(mei, conversation.id)
    await house.say(mei, conversation.id, "白天说的话")
    house.now = NIGHT
    released = await house.store.write(queue.release, mei, wire.InConversation(conversation_id=conversation.id))
    assert released.conversation.status == "offline"
    await house.pick(mei, conversation.id)
    await house.say(mei, conversation.id, "留言的答复")
    await keep_due(house, outbox(house))
    [message] = mails_in(house)
    assert "白天说的话" not in text_of(message)


async def test_a_mail_given_up_goes_out_with_the_next_answer(house: House, mei: Who) -> None:
    conversation_id = await left(house, await house.customer())
    await house.pick(mei, conversation_id)
    await house.say(mei, conversation_id, "第一句")
    house.later(seconds=10)
    await house.store.write(lambda tx, now: tx.change("UPDATE job SET attempts = :n", n=jobs.ATTEMPTS - 1))
    [job] = await house.due("answer_mail")
    assert not await house.store.write(jobs.retry, job, "the server is gone")
    house.later(hours=2)
    assert await keep_due(house, outbox(house)) == 0
    await house.say(mei, conversation_id, "第二句")
    assert await keep_due(house, outbox(house)) == 1
    [message] = mails_in(house)
    text = text_of(message)
    assert ("第一句" in text, "第二句" in text) == (True, True)


async def test_an_address_that_is_none_in_the_form_is_no_promise(house: House, mei: Who) -> None:
    li_na = await house.customer()
    conversation = await house.start(li_na, form={"email": "li.na@mail.example\nBcc: all@mail.example"})
    assert not conversation.contact
    assert (await house.start(await house.customer("王强"), form={"email": ADDRESS})).contact


def a_letter(**values: Any) -> Letter:
    return replace(
        Letter(
            conversation_id="0190a000-0000-7000-8000-000000000001",
            to=ADDRESS,
            locale="zh-CN",
            site="晴野商城",
            customer="李娜",
            message="你好\n在吗",
            answers=(Words("陈梅", "在的"),),
            last_seq=7,
            answered_at=NIGHT,
            now=NIGHT,
            zone="Asia/Shanghai",
        ),
        **values,
    )


def test_html_in_any_text_is_text() -> None:
    nasty = "<img src=x onerror=alert(1)> & <b>"
    message = compose(
        a_letter(customer=nasty, message=nasty, site=nasty, answers=(Words(nasty, nasty),)), "Desk <desk@shop.example>"
    )
    html = text_of(message, "html")
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt; &amp; &lt;b&gt;") >= 4
    assert f"> {nasty}" in text_of(message)


@pytest.mark.parametrize(
    "address",
    [
        "li@mail.example\r\nBcc: all@mail.example",
        "li@mail.example\nX: y",
        "li@mail.example, all@mail.example",
        "li <li@mail.example>",
        "nobody",
        "@mail.example",
        "li@",
        "li\x00@mail.example",
    ],
)
def test_an_address_cannot_carry_more_than_an_address(address: str) -> None:
    try:
        message = compose(a_letter(to=address), "Desk <desk@shop.example>")
    except ValueError:
        return
    read_back = parsed(message.as_bytes())
    assert read_back["Bcc"] is None
    assert read_back["X"] is None
    assert len(read_back["To"].addresses) == 1


def test_a_name_cannot_break_out_of_the_subject() -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        compose(a_letter(site="晴野\r\nBcc: all@mail.example"), "Desk <desk@shop.example>")


def test_an_address_in_other_letters_is_kept_as_it_is() -> None:
    message = compose(a_letter(to="李娜@邮箱.example"), "Desk <desk@shop.example>")
    assert "李娜@邮箱.example".encode() in message.as_bytes()
