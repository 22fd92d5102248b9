"""The conversations of the past, line by line, and the tickets that came of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chat import wire
from chat.actions import conversations as talk
from chat.actions import log, payouts, promises, queue, refunds, tickets
from chat.actions.access import Caller, Who
from chat.domain.urgent import is_urgent
from chat.seed.past import Past, demo_data
from chat.store.queries import conversations
from chat.store.tables import new_id
from chat.store.tx import Row

AHEAD = timedelta(hours=2)  # the messages of the night are due no sooner
URGENT_AHEAD = timedelta(minutes=40)


def play(past: Past) -> None:
    days = sorted(demo_data("conversations"), key=lambda told: (-told["days_ago"], told["at"]))
    for told in days:
        Story(past, told, past.at(told["days_ago"], told["at"])).play_by_day()
    for told in demo_data("nights"):
        Story(past, told, past.at(1, told["at"])).play_by_night()


class Story:
    """A conversation, line by line, and the ticket that came of it; `_at` is the moment it has come to."""

    def __init__(self, past: Past, told: dict[str, Any], at: datetime) -> None:
        self._tx, self._told, self._at = past.tx, told, at
        self._site, self._person = past.sites[told["site"]], past.customers[told["customer"]]
        self._order = past.orders.get(told.get("order", ""))
        self._transfer = past.transfers.get(told.get("transfer", ""))
        self._agents = past.agents
        self._agent = past.agents[told["agent"]] if "agent" in told else Who(Caller.AGENT)
        self._customer = Who(Caller.CUSTOMER, self._person.id, site_id=self._site.id)
        self._id = self._ticket_id = self._refund_id = ""

    def play_by_day(self) -> None:
        first, *others = self._told["lines"]
        self._start()
        self._tell(*first)
        self._wait(41)
        queue.pick(self._tx, self._agent, wire.Pick(conversation_id=self._id), self._at)
        for line in others:
            self._tell(*line)
        self._end()
        for step in self._told.get("afterwards", ()):
            self._go_on(*step)
        if "score" in self._told:
            self._read(self._customer)

    def play_by_night(self) -> None:
        self._start()
        for line in self._told["lines"]:
            self._tell(*line)
        body = self._worded(self._told["message"])
        self._type(body)
        message = wire.LeaveMessage(conversation_id=self._id, client_id=new_id(), body=body, **self._told["contact"])
        usual = self._site.promise_minutes
        # Who tries the demo late in the day would begin with broken promises: these were given more time.
        urgent = is_urgent(body)
        while self._due(urgent) < self._tx.now + (URGENT_AHEAD if urgent else AHEAD):
            self._site.promise_minutes += usual
        talk.leave_message(self._tx, self._customer, message, self._at)
        self._site.promise_minutes = usual

    def _due(self, urgent: bool) -> datetime:
        due = promises.due(self._tx, self._site, self._at, urgent=urgent)
        assert due is not None  # the demo's desks are open every day
        return due

    def _start(self) -> None:
        command = wire.Start.model_validate(
            {"topic": self._told["topic"], "form": self._told.get("form"), "locale": self._person.locale}
        )
        self._id = talk.start(self._tx, self._customer, command, self._at).conversation.id

    def _tell(self, kind: str, text: str) -> None:
        words = self._worded(text)
        self._type(words)
        match kind:
            case "customer":
                # Not `say`: at night that would ask the bot to answer, today.
                author = log.author_of(self._customer, self._person.name or "")
                log.add(self._tx, self._row(), self._at, author=author, body=words, client_id=new_id())
            case "agent":
                say = wire.Say(conversation_id=self._id, client_id=new_id(), body=words)
                queue.say(self._tx, self._agent, say, self._at)
            case "bot":
                data = {"code": words, "values": {}, "offer": "leave_message"}
                log.add(self._tx, self._row(), self._at, author=log.BOT, kind="system", data=data)
            case "note":
                note = wire.AddNote(conversation_id=self._id, client_id=new_id(), body=words)
                queue.note(self._tx, self._agent, note, self._at)
            case "open_ticket":
                self._open_ticket(words)
            case "request_refund":
                self._request_refund(words)

    def _worded(self, text: str) -> str:
        """The numbers and amounts are those of the order or transfer the conversation is about."""
        order, transfer = self._order, self._transfer
        return text.format(
            order=order.number if order else "",
            total=yuan(order.total) if order else "",
            transfer=transfer.number if transfer else "",
            amount=yuan(transfer.amount) if transfer else "",
        )

    def _type(self, words: str) -> None:
        """Chinese takes three bytes a character, and about as long to read and write."""
        self._wait(9 + 0.35 * len(words.encode()))

    def _wait(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)

    def _row(self) -> Row:
        return conversations.conversation(self._tx, self._id)

    def _end(self) -> None:
        self._wait(75)
        self._read(self._agent)
        by = self._told.get("closed_by", "agent")
        if by == "customer":
            talk.leave(self._tx, self._customer, wire.InConversation(conversation_id=self._id), self._at)
        elif by == "agent":
            close = wire.Close(conversation_id=self._id, outcome=self._told["outcome"])
            queue.close(self._tx, self._agent, close, self._at)
        else:
            self._wait(15 * 60)
            talk.end(self._tx, self._row(), self._told["outcome"], by, self._at)
            return
        self._wait(20)
        rate = wire.Rate(conversation_id=self._id, score=self._told["score"], comment=self._told.get("comment"))
        talk.rate(self._tx, self._customer, rate, self._at)

    def _read(self, who: Who) -> None:
        talk.read(self._tx, who, wire.Read(conversation_id=self._id, seq=self._row()["last_seq"]), self._at)

    # -- tickets --------------------------------------------------------------------------------------------------

    def _open_ticket(self, subject: str) -> None:
        command = wire.OpenTicket(
            conversation_id=self._id,
            client_id=new_id(),
            kind=self._told["topic"],
            subject=subject,
            order_id=self._order.id if self._order else None,
        )
        self._ticket_id = tickets.open_ticket(self._tx, self._agent, command, self._at).ticket.id
        if self._transfer:
            link = wire.Link(ticket_id=self._ticket_id, kind="transaction", id=self._transfer.id)
            tickets.link(self._tx, self._agent, link, self._at)

    def _request_refund(self, reason: str) -> None:
        assert self._order is not None
        command = wire.RequestRefund(
            ticket_id=self._ticket_id,
            client_id=new_id(),
            order_id=self._order.id,
            amount=self._told["refund"]["amount"],
            currency=self._order.currency,
            lines=self._told["refund"]["lines"],
            reason=reason,
        )
        self._refund_id = refunds.request_refund(self._tx, self._agent, command, self._at).refund.id

    def _go_on(self, hours: float, agent: str, act: str, words: str) -> None:
        """What staff did with the ticket later."""
        self._wait(hours * 3_600)
        who = self._agents[agent]
        if act == "pay":
            pay = wire.PayRefund(refund_id=self._refund_id, client_id=new_id(), reference=words)
            payouts.pay_refund(self._tx, who, pay, self._at)
        elif act in ("review", "approve", "reject"):
            decide = wire.DecideRefund.model_validate(
                {"refund_id": self._refund_id, "decision": act, "reason": words or None}
            )
            refunds.decide_refund(self._tx, who, decide, self._at)
        elif act == "tick":
            ticked = wire.UpdateTicket(ticket_id=self._ticket_id, done=words.split())
            tickets.update_ticket(self._tx, who, ticked, self._at)
        else:
            update = wire.UpdateTicket.model_validate(
                {"ticket_id": self._ticket_id, "status": act, "reason": words or None}
            )
            tickets.update_ticket(self._tx, who, update, self._at)


def yuan(amount: int) -> str:
    text = f"{amount / 100:,.2f}"
    return f"¥{text.removesuffix('.00')}"
