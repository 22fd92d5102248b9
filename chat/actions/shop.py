"""What a shop tells us of its orders and payments: signed webhooks, and files that are imported.

The chat reads only what is stored here, so a shop that is slow or gone slows nobody down.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from chat import wire
from chat.actions import desk
from chat.actions.access import Who
from chat.actions.jobs import Claimed
from chat.domain import signature
from chat.errors import BadShape, Conflict, Invalid, NotFound, Unauthenticated
from chat.store import Tx
from chat.store.queries import people, shop
from chat.store.tables import Customer, Site, to_millis
from chat.store.tx import Row

ASKED_EVERY = 300  # seconds, about one person, however often somebody looks


def hear(tx: Tx, who: Who, command: wire.ShopHook, now: datetime) -> wire.ShopHeard:
    """A webhook. Raises Unauthenticated, BadShape, NotFound (a payment of an order nobody told of yet: the shop tells
    it again later) or Conflict (an order that was another customer's).
    """
    site = people.site_by_key(tx, command.site)
    if site is None or not site.shop_secret:
        raise Unauthenticated("No shop is known by that name, or it has no secret yet.", code="bad_signature")
    signature.check(site.shop_secret, command.body, command.signature, now)
    event = _event(command.body)
    if not shop.is_new(tx, site.id, event.id, now):
        return wire.ShopHeard(changed=False)
    if event.order is not None:
        return wire.ShopHeard(changed=_put_order(tx, site, event.order, now) != "known")
    assert event.payment is not None
    return wire.ShopHeard(changed=_put_payment(tx, site, event.payment, now) != "known")


def _event(body: str) -> wire.ShopEvent:
    try:
        return wire.ShopEvent.model_validate(json.loads(body))
    except ValidationError as error:
        raise BadShape(first_fault(error)) from None
    except (ValueError, RecursionError):
        raise BadShape("The body is not JSON.") from None


def first_fault(error: ValidationError) -> str:
    """The first thing that is wrong, and where; never what was written there."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}." if where else f"{first['msg']}."


def import_records(
    tx: Tx, site_id: str, records: Sequence[wire.ShopOrder | wire.ShopPayment], now: datetime
) -> dict[str, int]:
    """A slice of a file: all of it or nothing. Gives how many were new, changed and known."""
    site = people.site(tx, site_id)
    told: Counter[str] = Counter()
    for record in records:
        put = _put_order if isinstance(record, wire.ShopOrder) else _put_payment
        told[put(tx, site, record, now)] += 1  # type: ignore[arg-type]
    return dict(told)


def _put_order(tx: Tx, site: Site, order: wire.ShopOrder, now: datetime) -> shop.Told:
    customer_id = _customer(tx, site, order.customer, now)
    known = shop.order(tx, site.id, order.number)
    if known is not None and known["customer_id"] != customer_id:
        raise Conflict(f"Order {order.number} is another customer's.", code="other_customer")
    _check_currency(f"Order {order.number}", known, order.currency)
    values: dict[str, Any] = {
        "state": order.state,
        "currency": order.currency,
        "total": order.total,
        "channel": order.channel,
        "delivery": order.delivery,
        "items": [
            {"line": line, **item.model_dump(exclude_none=True)} for line, item in enumerate(order.items, start=1)
        ],
        "placed_at": to_millis(order.placed_at),
        "delivered_at": to_millis(order.delivered_at) if order.delivered_at else None,
        "told_at": to_millis(order.updated_at),
    }
    return shop.put_order(tx, site.id, customer_id, order.number, values)


def _put_payment(tx: Tx, site: Site, payment: wire.ShopPayment, now: datetime) -> shop.Told:
    if payment.order is not None:
        order = shop.order(tx, site.id, payment.order)
        if order is None:
            raise NotFound(f"There is no order {payment.order} yet.", code="no_order")
        customer_id, order_id = order["customer_id"], order["id"]
        if order["currency"] != payment.currency:
            raise Conflict(f"Order {payment.order} is in {order['currency']}.", code="other_currency")
    else:
        assert payment.customer is not None
        customer_id, order_id = _customer(tx, site, payment.customer, now), None
    known = shop.payment(tx, site.id, payment.number)
    if known is not None and (known["customer_id"], known["order_id"]) != (customer_id, order_id):
        raise Conflict(f"Payment {payment.number} is another customer's or order's.", code="other_customer")
    _check_currency(f"Payment {payment.number}", known, payment.currency)
    values = payment.model_dump(include={"kind", "channel", "amount", "currency", "state"})
    values |= {"created_at": to_millis(payment.created_at), "told_at": to_millis(payment.updated_at)}
    return shop.put_payment(tx, site.id, customer_id, order_id, payment.number, values)


def _check_currency(what: str, known: Row | None, currency: str) -> None:
    """What was refunded of it would count for something else."""
    if known is not None and known["currency"] != currency:
        raise Conflict(f"{what} is in {known['currency']}.", code="other_currency")


def _customer(tx: Tx, site: Site, told: wire.ShopCustomer, now: datetime) -> str:
    locale = told.locale or site.locales[0]
    return shop.customer(tx, site.issuer, told.id, locale, now, name=told.name, email=told.email, phone=told.phone)


# -- asking the shop, where it can be asked -----------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """What do they have? `signature` is of the customer's id."""

    site_id: str
    url: str
    customer: str
    signature: str


def want_orders(tx: Tx, site: Site, customer: Customer, now: datetime) -> None:
    """Has the shop asked for what this person bought; in the background, and seldom. Nobody waits for it."""
    if site.shop_url and customer.kind == "verified":
        told = {"site_id": site.id, "customer_id": customer.id}
        tx.job("shop_orders", told, key=f"shop_orders:{site.id}:{customer.id}:{int(now.timestamp()) // ASKED_EVERY}")


def question(tx: Tx, job: Claimed, now: datetime) -> Question | None:
    """None: the shop is not asked any more."""
    site = people.site(tx, job.payload["site_id"])
    customer = people.customer(tx, job.payload["customer_id"])
    if not site.shop_url or not site.shop_secret or not customer.external_id:
        return None
    signed = signature.signed(site.shop_secret, customer.external_id, now)
    return Question(site.id, site.shop_url, customer.external_id, signed)


def set_shop_url(tx: Tx, key: str, url: str | None, now: datetime) -> None:
    """Raises NotFound, or Invalid for what is no address."""
    parts = urlsplit(url or "")
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise Invalid(f"The address {url!r} must look like https://shop.example.com/nightdesk.")
    _site(tx, key).shop_url = url.rstrip("/") if url else None


def place_of(tx: Tx, key: str, now: datetime) -> tuple[str, str]:
    """A site's id and its time zone. Raises NotFound."""
    site = _site(tx, key)
    return site.id, desk.calendar_of(site).zone


def new_secret(tx: Tx, key: str, now: datetime) -> str:
    """What the shop signs with from now on; what was signed with the one before is refused. Raises NotFound."""
    secret = secrets.token_urlsafe(32)
    _site(tx, key).shop_secret = secret
    return secret


def _site(tx: Tx, key: str) -> Site:
    site = people.site_by_key(tx, key)
    if site is None:
        raise NotFound(f"There is no site {key}.")
    return site
