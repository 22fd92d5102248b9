"""Orders as both sides see them. Whose an order is decides `queries.orders`, for every command alike.

A signed-in customer has what the shop says is theirs. Of a customer nobody signed for, agents see nothing until they
have matched two facts that only the buyer knows; then that one order. The customer has it through an agent only, also
after they have signed in: number and amount may stand on a receipt that somebody else found.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit, log, queue, shop, ticket_shapes
from chat.actions.access import Caller, Who
from chat.domain.conversation import Status
from chat.errors import BadShape, Forbidden, IllegalMove, NotFound
from chat.store import Tx
from chat.store.queries import orders, people
from chat.store.tx import Row

NEWEST = 50  # given at once


def customer_orders(tx: Tx, who: Who, command: wire.CustomerOrders, now: datetime) -> wire.OrderList:
    """What the customer of a conversation or a ticket bought on that site. The look leaves a trace.

    Raises Forbidden (`match_first`) for a customer nobody signed for, until an order of theirs was matched.
    """
    if (command.conversation_id is None) == (command.ticket_id is None):
        raise BadShape("Give conversation_id or ticket_id.")
    if command.conversation_id:
        of = access.conversation_for(tx, who, command.conversation_id)
    else:
        of = access.ticket_for(tx, who, command.ticket_id or "")
    customer = people.customer(tx, of["customer_id"])
    if customer.kind == "verified":
        shop.want_orders(tx, people.site(tx, of["site_id"]), customer, now)
        seen = _orders(tx, of["customer_id"], of["site_id"])
    else:
        seen = _matched(tx, of)
    audit.record(tx, who, now, "orders_seen", "customer", of["customer_id"], site=of["site_key"])
    return seen


def _matched(tx: Tx, of: Row) -> wire.OrderList:
    found = orders.matched_orders(tx, of["customer_id"], of["site_id"], NEWEST)
    if not found:
        raise Forbidden(
            "The site has not signed who this customer is. Match two facts of their order first: its number and the"
            " exact amount.",
            code="match_first",
        )
    return wire.OrderList(orders=ticket_shapes.order_list(tx, found, of["customer_id"]), verified=False)


def match_order(tx: Tx, who: Who, command: wire.MatchOrder, now: datetime) -> wire.OrderList:
    """Number and exact amount, told by the customer, open that order to this customer's conversations and tickets.

    A wrong guess says no more than that it is one, and there are few of them: the table limits how often.
    """
    of = access.conversation_for(tx, who, command.conversation_id)
    if people.customer(tx, of["customer_id"]).kind == "verified":
        raise IllegalMove("The site has signed who this customer is; nothing needs to be matched.")
    found = orders.order_numbered(tx, of["site_id"], command.number)
    if found is None or (found["total"], found["currency"]) != (command.amount, command.currency):
        raise NotFound("There is no order with this number and exactly this amount.", code="no_match")
    if orders.add_match(tx, of["customer_id"], found["id"], who.id, ["number", "amount"], now):
        audit.record(tx, who, now, "order_matched", "order", found["id"], customer_id=of["customer_id"])
    return _matched(tx, of)


def my_orders(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.OrderList:
    """Whoever is not signed in has none: a number and an amount may stand on a receipt that somebody else found."""
    customer = access.customer_of(tx, who)
    if customer.kind != "verified":
        return wire.OrderList(orders=[], verified=False)
    return _orders(tx, customer.id, who.site_id)


def _orders(tx: Tx, customer_id: str, site_id: str) -> wire.OrderList:
    loose = orders.loose_transactions(tx, customer_id, site_id, NEWEST)
    return wire.OrderList(
        orders=ticket_shapes.order_list(tx, orders.orders_of(tx, customer_id, site_id, NEWEST), customer_id),
        transactions=[ticket_shapes.transaction(row) for row in loose],
    )


def send_order(tx: Tx, who: Who, command: wire.SendOrder, now: datetime) -> dict[str, Any]:
    """An order as a card in the conversation. Both sides see what the card says; what it leads to is asked anew."""
    row = access.conversation_for(tx, who, command.conversation_id)
    order = _named(tx, who, row, command)
    data = {"card": "order", "order_id": order["id"], "number": order["number"], "state": order["state"]}
    data |= {"amount": order["total"], "currency": order["currency"]}
    card: dict[str, Any] = {"kind": "card", "body": order["number"], "data": data, "client_id": command.client_id}
    if who.kind is Caller.AGENT:
        return queue.speak(tx, who, row, now, **card)
    if row["status"] == Status.CLOSED:
        raise IllegalMove("This conversation is closed. Write first, then send the order.")
    return log.add(tx, row, now, author=log.author_of(who, row["person_name"] or ""), **card)


def _named(tx: Tx, who: Who, row: Row, command: wire.SendOrder) -> Row:
    if (command.order_id is None) == (command.number is None):
        raise BadShape("Give order_id or number.")
    order_id = command.order_id
    if command.number is not None:
        numbered = orders.order_numbered(tx, row["site_id"], command.number)
        order_id = numbered["id"] if numbered else ""
    matched = who.kind is Caller.AGENT
    found = orders.order_of(tx, order_id or "", row["customer_id"], row["site_id"], matched=matched)
    if found is None:
        raise NotFound("There is no such order of this customer.")
    return found
