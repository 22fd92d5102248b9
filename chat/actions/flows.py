"""Guided flows in a conversation: what the guide has to know for its next question, and what becomes of its answer.

Where the customer stands is kept in the conversation, with the epoch it belongs to, so it outlives reloads and
processes, and is over as soon as a person has the conversation. A turn takes all that the customer said since the last
one. The end opens a case by the action that the window's form uses, in the transaction of the turn: all of it happens
or nothing, and once. The guide itself lives outside and sees nothing but what stands here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from pydantic import ValidationError

from chat import wire
from chat.actions import (
    access,
    applying,
    case_log,
    desk,
    evidence,
    flow_offers,
    log,
    orders,
    purchases,
    refunds,
    ticket_kinds,
    tickets,
)
from chat.actions import conversations as talk
from chat.actions.access import SYSTEM, Caller, Who
from chat.actions.jobs import Claimed
from chat.domain import purchases as purchased
from chat.domain.ticket_kinds import OTHER_EVIDENCE
from chat.domain.urgent import is_urgent
from chat.errors import BadShape
from chat.store import Tx
from chat.store.queries import bot_turns, knowledge, people
from chat.store.tables import to_millis
from chat.store.tx import Row

T = TypeVar("T", bound=wire.Input)

MOST_TURNS = 100  # of one flow; the longest takes a quarter of that with every mistake there is to make
AT_ONCE = 50  # messages that one turn takes
REASON = 1_000  # characters
STALE = "flow:stale"  # stands for a button of an earlier question


@dataclass(frozen=True)
class Bought:
    """An order or a transaction of the customer's own. `paid_by`: numbers of an order's transactions; `paid_for`: the
    number of a transaction's order; `items`: names of what is in an order.
    """

    kind: str
    id: str
    number: str
    currency: str
    amount: int
    refundable: int = 0
    paid_by: tuple[str, ...] = ()
    paid_for: str | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A line of an order: of its `quantity` as many as are `left` can still go back, of its `amount` what is `most`."""

    line: int
    name: str
    quantity: int
    left: int
    amount: int
    most: int


@dataclass(frozen=True)
class Facts:
    """`verdicts` is what the site's policy says of what this turn names, by id, `chosen` of those of its lines that the
    state names. `items` are the lines of an order that has several, or several of one.
    """

    verified: bool = False
    reachable: bool = False
    bought: tuple[Bought, ...] = ()
    verdicts: Mapping[str, wire.Verdict] = field(default_factory=dict)
    chosen: Mapping[str, wire.Verdict] = field(default_factory=dict)
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """What the guide is given. `state` is its own, None when `choice` begins the flow; `begun` is the turn that did.

    `count` turns of this flow went before. `outrun`: other buttons were pressed after `choice`. `alarming`: they write
    of fraud or danger, by the site's words or ours.
    """

    code: str
    state: dict[str, Any] | None
    locale: str
    begun: int
    count: int = 0
    lines: tuple[str, ...] = ()
    choice: str | None = None
    outrun: bool = False
    files: tuple[str, ...] = ()
    alarming: bool = False
    facts: Facts = Facts()


@dataclass(frozen=True)
class Asks:
    """The next question; with `refusal` it begins with why something could not be done."""

    state: dict[str, Any]
    body: str
    choices: tuple[tuple[str, str], ...]  # title, value
    input: str
    refusal: bool = False


@dataclass(frozen=True)
class Done:
    """The case to open, or the message to leave, and what is said then."""

    case: Mapping[str, Any]
    evidence: tuple[tuple[str, str], ...]  # code, file
    checks: tuple[str, ...]
    as_message: bool
    message: str
    opened: str


@dataclass(frozen=True)
class Left:
    body: str


Outcome = Asks | Done | Left


# -- what the guide is given --------------------------------------------------------------------------------------


def turn(tx: Tx, job: Claimed, question: Row, chosen: str | None, now: datetime) -> Turn | None:
    """None when no flow is under way and `chosen`, which a message of the bot offered, begins none."""
    if chosen and (code := flow_offers.begun_by(tx, chosen)):
        return Turn(code, None, question["locale"], begun=job.payload["seq"], choice=chosen)
    kept = flow_offers.under_way(tx, question["bot_flow"], job.payload["epoch"], now)
    return _heard(tx, job, question, kept) if kept else None


def _heard(tx: Tx, job: Claimed, question: Row, kept: dict[str, Any]) -> Turn:
    conversation_id, seq = job.payload["conversation_id"], job.payload["seq"]
    lines: list[str] = []
    files: list[str] = []
    presses: list[str] = []
    for message in knowledge.said_since(tx, conversation_id, kept["turn"], seq, AT_ONCE):
        data = json.loads(message["data"]) if message["data"] else {}
        pressed = _pressed(tx, conversation_id, kept["turn"], data)
        if pressed:
            presses.append(pressed)
        if message["kind"] == "file":
            files.append(data["attachment"]["attachment_id"])
        if message["body"] and not pressed:
            lines.append(message["body"])
    own_words = tuple(people.site(tx, question["site_id"]).urgent_words)
    # Of two tabs the first that answers has answered: that is the button which both of them show as pressed.
    answers = [pressed for pressed in presses if pressed != STALE]
    return Turn(
        kept["state"]["flow"],
        kept["state"],
        question["locale"],
        begun=kept["begun"],
        count=kept["count"],
        lines=tuple(lines),
        choice=next(iter([*answers, *presses]), None),
        outrun=len(set(answers)) > 1,
        files=tuple(files),
        alarming=any(is_urgent(line, own_words) for line in lines),
    )


def _pressed(tx: Tx, conversation_id: str, turn: int, data: dict[str, Any]) -> str | None:
    """What was chosen, if it was offered. Only the newest question's choices count: an earlier summary may have said
    something else.
    """
    if "choice" not in data:
        return None
    offered = knowledge.offered(tx, conversation_id, data["choice"]["seq"])
    value: str = data["choice"]["value"]
    if value not in offered.get("values", ()):
        return None
    return value if offered.get("code") == "flow" and offered.get("turn") == turn else STALE


def facts(tx: Tx, question: Row, turn: Turn, now: datetime) -> Facts:
    who = _customer(question)
    customer = access.customer_of(tx, who)
    contacts = (customer.email, customer.phone, question["contact_email"], question["contact_phone"])
    if customer.kind != "verified":
        return Facts(reachable=any(contacts))
    mine = orders.my_orders(tx, who, wire.NoInput(), now)
    known = Facts(True, True, _bought(mine))
    lines = {order.id: order.items for order in mine.orders}
    site, names = people.site(tx, question["site_id"]), _names(turn)
    verdicts, chosen, items = {}, {}, {}
    for each in known.bought:
        if each.paid_for is None and names(each):
            ids = (each.id, None) if each.kind == "order" else (None, each.id)
            whole = purchases.bought(tx, customer.id, site.id, *ids, matched=False)
            verdicts[each.id] = refunds.verdict(tx, site, whole, [], now)
            of = lines.get(each.id, [])
            if len(of) > 1 or any(item.quantity > 1 for item in of):
                items[each.id] = _items(of, verdicts[each.id])
            if wanted := _wanted(turn, each.id, whole):
                chosen[each.id] = refunds.verdict(tx, site, whole, wanted, now)
    return replace(known, verdicts=verdicts, chosen=chosen, items=items)


def _items(of: list[wire.OrderItem], verdict: wire.Verdict) -> tuple[Item, ...]:
    most = {line.line: line.most for line in verdict.lines}
    return tuple(
        Item(item.line, item.name, item.quantity, item.left, item.amount, most.get(item.line, 0)) for item in of
    )


def _wanted(turn: Turn, order_id: str, of: purchased.Bought) -> list[int]:
    """The lines that were chosen in an earlier turn; the shop may have taken some away since."""
    by_id = (turn.state or {}).get("lines")
    named = by_id.get(order_id) if isinstance(by_id, dict) else None
    return [item.line for item in of.items if isinstance(named, list) and item.line in named]


def _customer(of: Row) -> Who:
    return Who(Caller.CUSTOMER, of["customer_id"], site_id=of["site_id"])


def _bought(mine: wire.OrderList) -> tuple[Bought, ...]:
    """The newest orders first; of transactions those that failed before all others."""
    found = [
        Bought(
            "order",
            order.id,
            order.number,
            order.currency,
            order.total,
            order.refundable,
            paid_by=tuple(each.number for each in order.transactions),
            items=tuple(item.name for item in order.items),
        )
        for order in mine.orders
    ]
    payments: list[tuple[wire.Transaction, str | None]] = [
        (each, order.number) for order in mine.orders for each in order.transactions
    ]
    payments += [(each, None) for each in mine.transactions]
    payments.sort(key=lambda one: (one[0].state == "succeeded", -one[0].created_at.timestamp()))
    for each, order_number in payments:
        refundable = each.refundable if order_number is None else 0
        found.append(
            Bought("transaction", each.id, each.number, each.currency, each.amount, refundable, paid_for=order_number)
        )
    return tuple(found)


# Each word of an item's name; where words are not parted, each two characters of it.
_WORDS = re.compile(r"(?=([\u3400-\u9fff]{2}|\b[a-z]{3,}))")


def _names(turn: Turn) -> Callable[[Bought], bool]:
    """May this turn, or one before, name it? What is sent is judged once more."""
    text = unicodedata.normalize("NFKC", "\n".join(turn.lines)).casefold()  # once: it may be long
    said, answered = text.strip(" \n。！!.,，"), json.dumps(turn.state)

    def named(bought: Bought) -> bool:
        if turn.choice == f"{bought.kind}:{bought.id}" or bought.id in answered:
            return True
        if any(number.casefold() in text for number in (bought.number, *bought.paid_by)):
            return True
        names = (unicodedata.normalize("NFKC", name).casefold() for name in bought.items)
        return any((said and said in name) or any(word in text for word in _WORDS.findall(name)) for name in names)

    return named


# -- what becomes of its answer -----------------------------------------------------------------------------------


def go_on(tx: Tx, row: Row, turn: Turn, outcome: Outcome, seq: int, now: datetime) -> None:
    """Asks, or ends the flow and says so. Raises what `open_case` and `leave_message` raise; nothing is done then."""
    if turn.state is None:
        _begin(tx, row, turn, seq, now)
    match outcome:
        case Asks():
            _ask(tx, row, turn, outcome, seq, now)
        case Done(as_message=True):
            end(tx, row, turn, "message_left")
            _leave_message(tx, row, outcome, seq, now)
        case Done():
            end(tx, row, turn, "opened")
            _open_case(tx, row, outcome, seq, now)
            _say(tx, row, turn, outcome.opened, seq, now)
        case Left(body):
            end(tx, row, turn, "left")
            _say(tx, row, turn, body, seq, now)


def _begin(tx: Tx, row: Row, turn: Turn, seq: int, now: datetime) -> None:
    """One entry of the bot's turns for all of a flow: what is answered in it stands in the conversation alone."""
    flow_offers.lapse(tx, row)
    bot_turns.add(
        tx,
        now,
        row,
        seq=seq,
        locale=turn.locale,
        asked=flow_offers.catalogue(tx).flows[turn.code].names[turn.locale],
        decision="flow",
        candidates=[],
        unmatched=False,
    )


def end(tx: Tx, row: Row, turn: Turn, how: wire.TurnOutcome) -> None:
    knowledge.keep_flow(tx, row["id"], None)
    bot_turns.set_outcome(tx, row["id"], turn.begun, how)


def _ask(tx: Tx, row: Row, turn: Turn, asks: Asks, seq: int, now: datetime) -> None:
    data: dict[str, Any] = {
        "code": "flow",
        "flow": turn.code,
        "step": asks.state["step"],
        "input": asks.input,
        "choices": [{"title": title, "value": value} for title, value in asks.choices],
        "values": [value for _, value in asks.choices],
        "turn": seq,
    }
    if asks.refusal and desk.is_open(tx, people.site(tx, row["site_id"]), now):
        data["offer"] = "ask_agent"
    log.add(tx, row, now, author=log.BOT, kind="choices", body=asks.body, data=data)
    kept = {"epoch": row["epoch"], "turn": seq, "at": to_millis(now), "begun": turn.begun, "count": turn.count + 1}
    knowledge.keep_flow(tx, row["id"], {**kept, "state": asks.state})


def _say(tx: Tx, row: Row, turn: Turn, body: str, seq: int, now: datetime) -> None:
    log.add(tx, row, now, author=log.BOT, body=body, data={"flow": turn.code, "turn": seq})


def _leave_message(tx: Tx, row: Row, done: Done, seq: int, now: datetime) -> None:
    contact = {name: done.case[name] for name in ("email", "phone") if name in done.case}
    said = {"conversation_id": row["id"], "client_id": _client_id(row, seq), "body": done.message, **contact}
    talk.leave_message(tx, _customer(row), _read(wire.LeaveMessage, said), now)


def _open_case(tx: Tx, row: Row, done: Done, seq: int, now: datetime) -> None:
    who, kind = _customer(row), ticket_kinds.kind_to_open(tx, done.case["kind"], customer=True)
    given = _fitting(done.case, kind.codes("fields")) | {"client_id": _client_id(row, seq)}
    ticket_id = applying.open_case(tx, who, _read(wire.OpenCase, given), now).case.ticket_id
    ticket = access.ticket_for(tx, who, ticket_id)
    files: dict[str, list[str]] = {}
    for code, file in done.evidence:
        files.setdefault(code if code in kind.evidence else OTHER_EVIDENCE, []).append(file)
    for code, ids in files.items():
        evidence.add(tx, who, ticket, code, None, ids, _client_id(row, seq, code), now)
    if checks := [code for code in done.checks if code in kind.checklist]:
        tickets.check_off(tx, SYSTEM, ticket, checks, now)
    case_log.tell(tx, ticket_id, customer=True)


def _fitting(case: Mapping[str, Any], asked: tuple[str, ...]) -> dict[str, Any]:
    """What the kind's form does not ask for, an admin may have changed it, stands in the reason."""
    fields: Mapping[str, str] = case["fields"]
    rest = [value for code, value in fields.items() if code not in asked]
    reason = "\n".join([case["reason"], *rest])[:REASON]
    return {**case, "reason": reason, "fields": {code: value for code, value in fields.items() if code in asked}}


def _client_id(row: Row, seq: int, what: str = "case") -> str:
    return str(uuid5(UUID(row["id"]), f"{what}:{seq}"))


def _read(shape: type[T], values: Mapping[str, Any]) -> T:
    """Raises BadShape for what the guide took and the command does not, such as an address with a strange domain."""
    try:
        return shape.model_validate(values)
    except ValidationError:
        raise BadShape(f"This is no {shape.__name__}.") from None
