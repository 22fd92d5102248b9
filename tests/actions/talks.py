"""Customers who talk with the bot, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chat import wire
from chat.actions import jobs, people
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import NO_MATCH, Decision, Turn
from chat.actions.jobs import Claimed
from chat.faq import Guide
from chat.work.bot_turns import BotTurns

if TYPE_CHECKING:
    from tests.actions.conftest import Desk

NIGHT = {"hours": 10, "minutes": 30}  # from noon, half past ten


@dataclass
class Bot:
    """Decides the same whatever it is asked, and remembers what that was."""

    decision: Decision = NO_MATCH
    asked: list[str] = field(default_factory=list)

    async def decide(self, turn: Turn) -> Decision:
        self.asked.append(turn.text)
        return self.decision


@dataclass
class Talk:
    """A customer and the bot. What a turn needs stands in the database: each has a keeper of its own."""

    desk: Desk
    who: Who
    id: str
    bot: Bot = field(default_factory=Bot)

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


def start(desk: Desk, who: Who, topic: str = "refund", **values: Any) -> Talk:
    return Talk(desk, who, desk.do(who, "start", topic=topic, **values)["conversation"]["id"])


def begin(desk: Desk, who: Who, code: str = "refund", **values: Any) -> Talk:
    talk = start(desk, who, code, **values)
    assert talk.press(f"flow:{code}")["data"]["flow"] == code
    return talk


def ready(desk: Desk, who: Who) -> Talk:
    """A refund of the shoes that only has to be sent."""
    talk = begin(desk, who)
    talk.through(
        f"order:{desk.ids['shoes']}", "items:all", "option:wrong", "发错颜色了", "option:original", "flow:skip"
    )
    assert talk.log()[-1]["data"]["step"] == "confirm"
    return talk


def step_of(message: Any) -> str:
    step: str = message["data"]["step"]
    return step


def guest(desk: Desk) -> Who:
    who = desk.arrive("wei")
    desk.change("UPDATE customer SET kind = 'anonymous', email = NULL WHERE id = :id", id=who.id)
    return who


def arrives(desk: Desk, **given: Any) -> wire.CustomerSessionOpened:
    return desk.write(people.open_customer_session, Who(Caller.PUBLIC), wire.CustomerSession(site="shop", **given))


def only_case(desk: Desk, who: Who) -> tuple[Any, Any]:
    """As its customer sees it, and as staff do."""
    [case] = desk.do(who, "my_cases")["cases"]
    return case, desk.do(desk.mei, "ticket", ticket_id=case["ticket_id"])["ticket"]


def done_of(ticket: Any) -> list[str]:
    return [item["code"] for item in ticket["checklist"] if item["done"]]
