"""A transcript by e-mail: for its own customer, a few a day, to nobody who did not ask for many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chat.actions import transcripts
from chat.actions.access import Who
from chat.actions.desk import set_mail
from chat.actions.jobs import Claimed, claim
from chat.errors import Conflict, Invalid, NotFound, TooMany
from chat.work.mail import compose_transcript
from tests.actions.conftest import Desk

ELSEWHERE = "li.na@mail.example"


@pytest.fixture
def talk(desk: Desk) -> str:
    desk.write(set_mail, "smtp")
    here = desk.conversation(desk.li_na, "我想退款")
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.do(desk.mei, "say", conversation_id=here, client_id=str(uuid4()), body="好的，我看一下。")
    return here


def ask(desk: Desk, who: Who, here: str, **given: Any) -> Any:
    return desk.do(who, "mail_transcript", conversation_id=here, client_id=str(uuid4()), **given)


def jobs(desk: Desk) -> list[Claimed]:
    return desk.write(claim, ["transcript_mail"], "here", 16)


def test_it_says_what_was_said_in_the_language_asked_for_to_the_address_that_is_known(desk: Desk, talk: str) -> None:
    ask(desk, desk.li_na, talk, locale="en", email=ELSEWHERE)
    desk.do(desk.li_na, "say", conversation_id=talk, client_id=str(uuid4()), body="这是后来说的")
    [job] = jobs(desk)
    mail = compose_transcript(desk.read(transcripts.transcript, job), "desk@shop.example")
    text = mail.get_content()
    assert (mail["To"], mail["Content-Language"]) == (ELSEWHERE, "en")
    assert "You: 我想退款" in text
    assert ": 好的，我看一下。" in text
    assert "这是后来说的" not in text
    assert mail.get_content_type() == "text/plain"


def test_another_customers_conversation_is_not_mailed(desk: Desk, talk: str) -> None:
    with pytest.raises(NotFound):
        ask(desk, desk.emma, talk, email=ELSEWHERE)
    assert jobs(desk) == []


def test_without_a_mail_server_it_is_neither_offered_nor_done(desk: Desk, talk: str) -> None:
    desk.write(set_mail, "outbox")
    with pytest.raises(Conflict) as refused:
        ask(desk, desk.li_na, talk, email=ELSEWHERE)
    assert refused.value.code == "no_mail"
    assert desk.read(lambda tx, now: transcripts.is_offered(tx)) is False


def test_a_guest_gets_one_once_an_agent_has_answered(desk: Desk, talk: str) -> None:
    guest = desk.arrive("王伟")
    here = desk.conversation(guest, "请点击 https://bad.example")
    ask(desk, guest, here)  # signed in, to the address that was signed
    desk.change("UPDATE customer SET kind = 'anonymous', email = NULL WHERE id = :id", id=guest.id)
    with pytest.raises(Conflict) as refused:
        ask(desk, guest, here, email="victim@mail.example")
    assert refused.value.code == "no_agent"
    with pytest.raises(Invalid):
        ask(desk, guest, here)
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.do(desk.mei, "say", conversation_id=here, client_id=str(uuid4()), body="您好")
    ask(desk, guest, here, email="wang.wei@mail.example")
    assert {job.payload["to"] for job in jobs(desk)} == {"王伟@demo.example", "wang.wei@mail.example"}


def test_one_address_gets_three_a_day_whoever_asks(desk: Desk, talk: str) -> None:
    for _ in range(3):
        ask(desk, desk.li_na, talk, email=ELSEWHERE)
    guest = desk.arrive("王伟")
    here = desk.conversation(guest, "你好")
    desk.do(desk.mei, "pick", conversation_id=here)
    desk.do(desk.mei, "say", conversation_id=here, client_id=str(uuid4()), body="您好")
    with pytest.raises(TooMany):
        ask(desk, guest, here, email=ELSEWHERE.upper())
    ask(desk, guest, here, email="wang.wei@mail.example")
    desk.now += timedelta(days=1)
    ask(desk, guest, here, email=ELSEWHERE)


def test_one_customer_asks_for_five_a_day(desk: Desk, talk: str) -> None:
    for number in range(5):
        ask(desk, desk.li_na, talk, email=f"li.na.{number}@mail.example")
    with pytest.raises(TooMany):
        ask(desk, desk.li_na, talk, email="li.na.5@mail.example")
    assert len(jobs(desk)) == 5
