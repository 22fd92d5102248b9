"""The back end of the demo sites: who is signed in there, what they bought, and the proof of it for the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat import wire
from chat.actions import identity, orders
from chat.actions.access import Caller, Who
from chat.errors import NotFound
from chat.store import Tx
from chat.store.queries import people
from chat.store.tables import Customer, Site

SIGNED_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Shopper:
    """A demo customer, as the demo site's pages know them."""

    external_id: str
    name: str
    bought: wire.OrderList


def shopper(tx: Tx, site_key: str, external_id: str, now: datetime) -> Shopper | None:
    """None: nobody of that name shops here."""
    try:
        site, customer = _known(tx, site_key, external_id)
    except NotFound:
        return None
    who = Who(Caller.CUSTOMER, customer.id, site_id=site.id)
    return Shopper(external_id, customer.name or external_id, orders.my_orders(tx, who, wire.NoInput(), now))


def identity_for(tx: Tx, site_key: str, external_id: str, now: datetime) -> str:
    """A short-lived token, as any host site's back end signs it for its user. Raises NotFound."""
    site, customer = _known(tx, site_key, external_id)
    told = {"name": customer.name, "email": customer.email}
    return identity.sign(site, {"sub": external_id, "exp": now + SIGNED_FOR, **told})


def _known(tx: Tx, site_key: str, external_id: str) -> tuple[Site, Customer]:
    site = people.site_by_key(tx, site_key)
    customer = people.verified_customer(tx, site.issuer, external_id) if site else None
    if site is None or customer is None:
        raise NotFound("There is no such demo customer.")
    return site, customer
