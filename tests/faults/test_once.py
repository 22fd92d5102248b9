"""Commands that create something: the same client_id again gives the same answer and creates nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from chat.actions.desk import set_mail
from chat.commands import COMMANDS, NO_API
from chat.store import Tx
from tests.conftest import Arrive, Refused, Serve, Server, Someone, new_client_id, post

TABLES = (
    "conversation", "message", "note", "receipt", "ticket", "ticketconversation", "ticketlink", "ticketevent",
    "evidence", "refund",
    "job", "audit", "team", "assignment", "participant", "identitycheck",
    "ticketview", "article", "articleversion", "cannedreply",
)  # fmt: skip


def everything(tx: Tx, now: datetime) -> dict[str, list[Any]]:
    """All rows that a repeated command must leave alone; a job may be carried out meanwhile."""
    return {
        table: sorted(str(dict(row)) if table != "job" else row["id"] for row in tx.rows(f"SELECT * FROM {table}"))
        for table in TABLES
    }


@dataclass
class Case:
    """A case that gets as far as it must: a verified customer, two agents, a ticket with a refund."""

    server: Server
    li_na: Someone
    emma: Someone
    mei: Someone
    lin: Someone
    admin: Someone
    holder: Someone
    ids: dict[str, str] = field(default_factory=dict)

    async def begun(self) -> None:
        started = await self.li_na.do("start", topic="refund", client_id=new_client_id())
        self.ids["conversation"] = started["conversation"]["id"]

    async def picked(self) -> None:
        await self.begun()
        await self.mei.do("pick", conversation_id=self.ids["conversation"])

    async def spoken(self) -> None:
        await self.picked()
        await self.mei.say(self.ids["conversation"], "您好")
        await self.server.store.write(set_mail, "smtp")

    async def ticketed(self) -> None:
        await self.picked()
        opened = await self.mei.do(
            "open_ticket", conversation_id=self.ids["conversation"], client_id=new_client_id(), kind="refund"
        )
        self.ids["ticket"] = opened["ticket"]["id"]
        orders = (await self.li_na.do("my_orders"))["orders"]
        self.ids["order"] = next(order["id"] for order in orders if order["refundable"] >= 200)

    async def frozen(self) -> None:
        await self.picked()
        conversation_id = self.ids["conversation"]
        opened = await self.mei.do(
            "open_ticket", conversation_id=conversation_id, client_id=new_client_id(), kind="unfreeze"
        )
        self.ids["ticket"] = opened["ticket"]["id"]

    async def approved(self) -> None:
        await self.ticketed()
        asked = await self.mei.do("request_refund", client_id=new_client_id(), **refund_of(self, 100))
        self.ids["refund"] = asked["refund"]["id"]
        for decision in ("review", "approve"):
            await self.lin.do("decide_refund", refund_id=self.ids["refund"], decision=decision)

    async def linked(self) -> None:
        await self.ticketed()
        link = await self.li_na.do("case_link", ticket_id=self.ids["ticket"])
        self.holder.token = link["path"].rpartition("/")[2]


class LinkHolder(Someone):
    """Whoever has a case's link; there is no socket for them."""

    def __init__(self, server: Server) -> None:
        super().__init__("/case_link")
        self.server = server

    async def do(self, command: str, **values: Any) -> dict[str, Any]:
        _, answer = await post(self.server, f"/api/case_link/{command}", values, self.token)
        value: dict[str, Any] = answer["value"]
        return value


def refund_of(case: Case, amount: int) -> dict[str, Any]:
    return {
        "ticket_id": case.ids["ticket"],
        "order_id": case.ids["order"],
        "amount": amount,
        "currency": "CNY",
        "reason": "鞋子有破损",
    }


@dataclass(frozen=True)
class Creation:
    """What must have happened, who does it, with what, and another body of the same command."""

    after: Callable[[Case], Awaitable[None]]
    by: Callable[[Case], Someone]
    given: Callable[[Case], dict[str, Any]]
    other: dict[str, Any]


async def nothing(case: Case) -> None:
    pass


def in_conversation(case: Case) -> dict[str, Any]:
    return {"conversation_id": case.ids["conversation"], "body": "我想退款"}


def to_lin(**values: str) -> Callable[[Case], dict[str, Any]]:
    return lambda case: {
        "conversation_id": case.ids["conversation"],
        "agent_id": case.lin.session["agent"]["id"],
        **values,
    }


def order_card(case: Case) -> dict[str, Any]:
    return {"conversation_id": case.ids["conversation"], "order_id": case.ids["order"]}


def evidence(case: Case) -> dict[str, Any]:
    return {"ticket_id": case.ids["ticket"], "code": "photo", "body": "见附图"}


def in_its_conversation(case: Case) -> dict[str, Any]:
    return {"conversation_id": case.ids["conversation"], "email": "li.na@mail.example"}


NO_ID = "00000000-0000-0000-0000-000000000000"
CREATIONS = {
    ("customer", "start"): Creation(
        nothing, lambda case: case.emma, lambda case: {"topic": "other"}, {"topic": "refund"}
    ),
    ("customer", "say"): Creation(Case.begun, lambda case: case.li_na, in_conversation, {"body": "我不退了"}),
    ("customer", "leave_message"): Creation(Case.begun, lambda case: case.li_na, in_conversation, {"body": "再说一句"}),
    ("customer", "mail_transcript"): Creation(
        Case.spoken, lambda case: case.li_na, in_its_conversation, {"email": "emma@mail.example"}
    ),
    ("agent", "say"): Creation(Case.picked, lambda case: case.mei, in_conversation, {"body": "您好"}),
    ("agent", "note"): Creation(Case.picked, lambda case: case.mei, in_conversation, {"body": "老客户"}),
    ("agent", "invite"): Creation(Case.picked, lambda case: case.mei, to_lin(may="say", note="请看"), {"may": "note"}),
    ("agent", "transfer"): Creation(Case.picked, lambda case: case.mei, to_lin(note="请处理"), {"note": "请尽快"}),
    ("agent", "take_over"): Creation(
        Case.picked, lambda case: case.lin, lambda case: {"conversation_id": case.ids["conversation"]}, {"note": "我来"}
    ),
    ("customer", "open_case"): Creation(
        nothing,
        lambda case: case.li_na,
        lambda case: {"kind": "other", "reason": "请帮我看看", "email": "li.na@mail.example"},
        {"reason": "不用了"},
    ),
    ("agent", "open_ticket"): Creation(
        Case.picked,
        lambda case: case.mei,
        lambda case: {"conversation_id": case.ids["conversation"], "kind": "refund"},
        {"kind": "other"},
    ),
    ("agent", "request_refund"): Creation(
        Case.ticketed, lambda case: case.mei, lambda case: refund_of(case, 100), {"amount": 200}
    ),
    ("customer", "send_order"): Creation(Case.ticketed, lambda case: case.li_na, order_card, {"order_id": NO_ID}),
    ("agent", "send_order"): Creation(Case.ticketed, lambda case: case.mei, order_card, {"order_id": NO_ID}),
    ("agent", "send_article"): Creation(
        Case.picked,
        lambda case: case.mei,
        lambda case: {"conversation_id": case.ids["conversation"], "slug": "payment-limits"},
        {"slug": "nothing"},
    ),
    ("agent", "ask_rating"): Creation(
        Case.picked,
        lambda case: case.mei,
        lambda case: {"conversation_id": case.ids["conversation"]},
        {"conversation_id": NO_ID},
    ),
    ("customer", "add_evidence"): Creation(Case.ticketed, lambda case: case.li_na, evidence, {"body": "没有图"}),
    ("case_link", "add_evidence"): Creation(Case.linked, lambda case: case.holder, evidence, {"body": "没有图"}),
    ("agent", "ask_evidence"): Creation(
        Case.ticketed,
        lambda case: case.mei,
        lambda case: {"ticket_id": case.ids["ticket"], "evidence": ["photo"]},
        {"evidence": ["order_confirmation"]},
    ),
    ("agent", "note_ticket"): Creation(
        Case.ticketed,
        lambda case: case.mei,
        lambda case: {"ticket_id": case.ids["ticket"], "body": "老客户"},
        {"body": "新客户"},
    ),
    ("agent", "save_article"): Creation(
        nothing,
        lambda case: case.mei,
        lambda case: {
            "slug": "vip",
            "locale": "zh-CN",
            "category": "account",
            "question": "会员有什么好处？",
            "answer": "免运费。",
        },
        {"answer": "没有。"},
    ),
    ("agent", "save_view"): Creation(
        nothing, lambda case: case.mei, lambda case: {"name": "急件", "filter": {"tag": "急"}}, {"name": "不急"}
    ),
    ("agent", "save_canned_reply"): Creation(
        nothing,
        lambda case: case.mei,
        lambda case: {"shortcut": "thanks", "title": "道谢", "texts": {"zh-CN": "谢谢您的耐心等待。"}},
        {"title": "感谢"},
    ),
    ("agent", "check_identity"): Creation(
        Case.frozen,
        lambda case: case.mei,
        lambda case: {"ticket_id": case.ids["ticket"], "what": "document", "passed": True},
        {"passed": False},
    ),
    ("agent", "add_team"): Creation(
        nothing, lambda case: case.admin, lambda case: {"name": "夜班组", "sites": ["demo"]}, {"sites": []}
    ),
    ("agent", "pay_refund"): Creation(
        Case.approved,
        lambda case: case.lin,
        lambda case: {"refund_id": case.ids["refund"], "reference": "WX-1"},
        {"reference": "WX-2"},
    ),
}


def test_every_command_with_a_client_id_is_tried_here() -> None:
    # Those of pages are tried as their forms send them: tests/web/test_help.py.
    mine = [c for c in COMMANDS if c.door not in NO_API]
    creating = {(c.caller.value, c.name) for c in mine if "client_id" in c.input.model_fields}
    assert creating == CREATIONS.keys()


@pytest.fixture
async def case(serve: Serve, customer: Arrive, agent: Arrive) -> Case:
    server = await serve()
    identity = await identity_of(server, "u-1001")
    li_na, emma = await customer(server, identity=identity), await customer(server)
    return Case(
        server,
        li_na,
        emma,
        await agent(server),
        await agent(server, "lin"),
        await agent(server, "admin"),
        LinkHolder(server),
    )


async def identity_of(server: Server, person: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/demo/identity?as={person}") as answer:
        token: str = (await answer.json())["token"]
        return token


@pytest.mark.parametrize(("door", "name"), CREATIONS, ids=[" ".join(creation) for creation in CREATIONS])
async def test_the_same_again_gives_the_same_answer_and_creates_nothing(case: Case, door: str, name: str) -> None:
    creation = CREATIONS[door, name]
    await creation.after(case)
    someone, given = creation.by(case), {**creation.given(case), "client_id": new_client_id()}

    before = await case.server.store.read(everything)
    first, at_once, second = await asyncio.gather(
        someone.do(name, **given), over_http(case, door, name, someone, given), someone.do(name, **given)
    )
    after = await case.server.store.read(everything)
    assert after != before
    assert first == at_once == second

    assert await someone.do(name, **given) == first
    with pytest.raises(AssertionError, match="client_id_reused"):
        await over_http(case, door, name, someone, {**given, **creation.other})
    assert await case.server.store.read(everything) == after


async def over_http(case: Case, door: str, name: str, someone: Someone, given: dict[str, Any]) -> Any:
    status, envelope = await post(case.server, f"/api/{door}/{name}", given, someone.token)
    assert (status, envelope["ok"]) == (200, True), envelope
    return envelope["value"]


async def test_what_was_done_is_answered_the_same_when_the_world_has_moved_on(case: Case) -> None:
    await case.picked()
    conversation_id, client_id = case.ids["conversation"], new_client_id()
    said = await case.mei.say(conversation_id, "您好", client_id)
    await case.mei.do("release", conversation_id=conversation_id)
    await case.lin.do("pick", conversation_id=conversation_id)
    assert await case.mei.say(conversation_id, "您好", client_id) == said

    left = {"conversation_id": conversation_id, "client_id": new_client_id(), "body": "谢谢"}
    await case.lin.do("release", conversation_id=conversation_id)
    first = await case.li_na.do("leave_message", **left)
    await case.mei.do("pick", conversation_id=conversation_id)
    assert await case.li_na.do("leave_message", **left) == first


async def test_a_client_id_is_good_for_one_command_only(case: Case) -> None:
    """A left message is a message of the log too: neither way is it taken for the other."""
    await case.begun()
    for first, second in (("say", "leave_message"), ("leave_message", "say")):
        given = {**in_conversation(case), "client_id": new_client_id()}
        await case.li_na.do(first, **given)
        before = await case.server.store.read(everything)
        with pytest.raises(AssertionError, match="client_id_reused"):
            await over_http(case, "customer", second, case.li_na, given)
        assert await case.server.store.read(everything) == before


async def test_two_people_may_think_of_the_same_client_id_for_what_is_theirs_alone(case: Case) -> None:
    client_id = new_client_id()
    hers = await case.li_na.do("start", topic="other", client_id=client_id)
    emmas = await case.emma.do("start", topic="other", client_id=client_id)
    assert hers["conversation"]["id"] != emmas["conversation"]["id"]
    client_id = new_client_id()
    her_word = await case.li_na.say(hers["conversation"]["id"], "你好", client_id)
    emmas_word = await case.emma.say(emmas["conversation"]["id"], "Hello", client_id)
    assert her_word["id"] != emmas_word["id"]


async def test_the_id_of_a_message_counts_in_its_own_conversation(case: Case) -> None:
    """What was refused in a conversation that has ended may be said in the next one as it is."""
    await case.begun()
    first, client_id = case.ids["conversation"], new_client_id()
    said = await case.li_na.say(first, "我想退款", client_id)
    await case.li_na.do("leave", conversation_id=first)
    await case.begun()
    second = case.ids["conversation"]
    assert first != second
    elsewhere = await case.li_na.say(second, "我不退了", client_id)
    assert elsewhere["id"] != said["id"]
    assert await case.li_na.say(first, "我想退款", client_id) == said
    assert await case.li_na.say(second, "我不退了", client_id) == elsewhere
    for conversation_id, body in ((first, "我不退了"), (second, "我想退款")):
        with pytest.raises(Refused, match="was used for another message"):
            await case.li_na.say(conversation_id, body, client_id)


async def test_the_id_of_a_note_never_meets_that_of_a_message(case: Case) -> None:
    """A customer could tell that there is a note otherwise."""
    await case.picked()
    conversation_id, client_id = case.ids["conversation"], new_client_id()
    note = await case.mei.do("note", conversation_id=conversation_id, client_id=client_id, body="老客户")
    said = await case.li_na.say(conversation_id, "在吗", client_id)
    assert await case.li_na.say(conversation_id, "在吗", client_id) == said
    again = await case.mei.do("note", conversation_id=conversation_id, client_id=client_id, body="老客户")
    assert again == note
