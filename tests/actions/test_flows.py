"""Guided flows at the desk: what is asked leads to one case with all that an agent needs, or to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chat.actions import flow_offers, jobs
from chat.actions.access import Who
from chat.actions.bot import NO_MATCH, Decision, Turn
from chat.actions.jobs import Claimed
from chat.faq import Guide
from chat.work.bot_turns import BotTurns
from tests.actions.conftest import Desk
from tests.actions.test_applying import codes
from tests.actions.test_files import sent

NIGHT = {"hours": 10, "minutes": 30}  # from noon, half past ten
POLICY = json.dumps({"days": 7, "from": "purchase"})


class Silent:
    """A bot that knows nothing, and what it was asked."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    async def decide(self, turn: Turn) -> Decision:
        self.turns.append(turn)
        return NO_MATCH


@dataclass
class Talk:
    """A customer and the bot. What a turn needs stands in the database: each has a keeper of its own."""

    desk: Desk
    who: Who
    id: str
    bot: Silent = field(default_factory=Silent)

    def say(self, *lines: str) -> Any:
        """What the bot answers to all of them."""
        for line in lines:
            self.desk.do(self.who, "say", conversation_id=self.id, body=line)
        return self.answer()

    def press(self, value: str, offer: Any = None) -> Any:
        """By default what the newest message offers."""
        self._press(value, offer or self.log()[-1])
        return self.answer()

    def _press(self, value: str, offer: Any) -> None:
        title = next((one["title"] for one in offer["data"].get("choices", ()) if one["value"] == value), value)
        chosen = {"seq": offer["seq"], "value": value}
        self.desk.do(self.who, "say", conversation_id=self.id, body=title, choice=chosen)

    def send(self, *files: str) -> Any:
        for file in files:
            self.desk.do(self.who, "say", conversation_id=self.id, body="", attachment_id=file)
        return self.answer()

    def answer(self) -> Any:
        for job in self.due():
            self.keep(job)
        return self.log()[-1]

    def due(self) -> list[Claimed]:
        return self.desk.write(jobs.claim, ["bot_turn"], "this process", 16)

    def keep(self, job: Claimed) -> None:
        self.desk.run(lambda store: BotTurns(store, self.bot, Guide(), limit=10).keep(job))

    def log(self) -> list[Any]:
        return self.desk.log(self.who, self.id)

    def through(self, *answers: str) -> Any:
        """Presses what looks like a value, says the rest."""
        said = None
        for answer in answers:
            said = self.press(answer) if ":" in answer else self.say(answer)
        return said

    def turns(self) -> list[Any]:
        return self.desk.rows(
            "SELECT decision, asked, reason, outcome FROM botturn WHERE conversation_id = :id ORDER BY seq", id=self.id
        )


@pytest.fixture
def night(desk: Desk) -> Iterator[Desk]:
    desk.write(flow_offers.set_catalogue, Guide().catalogue())
    desk.wait(**NIGHT)
    return desk


def begin(desk: Desk, who: Who, code: str = "refund", **start: Any) -> Talk:
    talk = Talk(desk, who, desk.do(who, "start", topic=code, **start)["conversation"]["id"])
    assert talk.press(f"flow:{code}")["data"]["flow"] == code
    return talk


def guest(desk: Desk) -> Who:
    who = desk.arrive("wei")
    desk.change("UPDATE customer SET kind = 'anonymous', email = NULL WHERE id = :id", id=who.id)
    return who


def only_case(desk: Desk, who: Who) -> tuple[Any, Any]:
    """As its customer sees it, and as staff do."""
    [case] = desk.do(who, "my_cases")["cases"]
    return case, desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]


def done_of(ticket: Any) -> list[str]:
    return [item["code"] for item in ticket["checklist"] if item["done"]]


# -- each flow comes to its end -----------------------------------------------------------------------------------


def test_a_refund_is_asked_for_with_all_that_its_reviewer_needs(night: Desk) -> None:
    talk = begin(night, night.li_na)
    offered = talk.log()[-1]
    assert (offered["kind"], offered["author"]["kind"]) == ("choices", "bot")
    assert offered["body"] == "要退哪一笔？请选择，或填写订单号、交易号。"
    choices = offered["data"].pop("choices")
    assert choices[0] == {"title": "20260301000002 · 980.00 CNY", "value": f"order:{night.ids['camera']}"}
    assert offered["data"] == {
        "code": "flow",
        "flow": "refund",
        "step": "purchase",
        "input": "order_or_transaction",
        "values": [choice["value"] for choice in choices],
        "turn": 3,
    }
    talk.through(f"order:{night.ids['shoes']}", "option:damaged", "鞋底开胶了", "option:original")
    assert talk.log()[-1]["data"]["input"] == "evidence"
    photos = [sent(night, night.li_na, f"{n}.png", sha256=str(n) * 64) for n in range(2)]
    assert "flow:done" in talk.send(*photos)["data"]["values"]
    summary = talk.press("flow:done")
    assert (summary["data"]["input"], "订单或交易：20260301000001" in summary["body"]) == ("confirm", True)
    assert night.rows("SELECT id FROM ticket") == []

    said = talk.press("flow:send")
    assert (said["kind"], said["body"][:8], said["data"]["flow"]) == ("text", "退款申请已提交，", "refund")
    assert codes(talk.log())[-4:] == ["ticket_opened", "card", "refund_requested", "text"]
    case, ticket = only_case(night, night.li_na)
    assert (case["kind"], case["order_number"], case["refund"]["amount"]) == ("refund", "20260301000001", 42_800)
    assert case["refund"]["payout"] == {"way": "original"}
    assert done_of(ticket) == ["order_found", "within_window", "not_excluded"]
    assert [(each["code"], each["attachment"]["attachment_id"]) for each in ticket["evidence"]] == [
        ("photo", photo) for photo in photos
    ]
    [applied] = [event["reason"] for event in ticket["events"] if event["code"] == "applied"]
    assert applied.splitlines() == ["鞋底开胶了", "原因：商品有损坏或质量问题", "退款去向：原路退回"]
    assert ticket["transcripts"][0]["conversation_id"] == talk.id
