"""Signing in and out; who a customer is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from pydantic import TypeAdapter, ValidationError

from chat import wire
from chat.actions import access, desk, shapes
from chat.actions.access import Caller, Who
from chat.errors import Forbidden, Invalid, NotFound, Unauthenticated
from chat.store import Tx
from chat.store.events import AGENT, session_room
from chat.store.queries import conversations, people
from chat.store.tables import Customer, Session, Site

CUSTOMER_DAYS = 180
AGENT_HOURS = 14  # a shift and the overtime

_passwords = PasswordHasher()
_NOBODYS = _passwords.hash("nobody's password")  # an unknown address takes as long to refuse as a wrong password


def hash_password(password: str) -> str:
    return _passwords.hash(password)


def check_password(tx: Tx, who: Who, command: wire.AgentSession, now: datetime) -> str:
    """The agent's id. Slow by design, so it runs on a reader thread. Raises Unauthenticated."""
    agent = people.agent_by_email(tx, command.email)
    try:
        _passwords.verify(agent.password_hash if agent else _NOBODYS, command.password)
    except VerificationError:
        agent = None
    if agent is None:
        raise Unauthenticated("This e-mail address and password do not belong together.")
    return agent.id


def open_agent_session(
    tx: Tx, who: Who, command: wire.AgentSession, agent_id: str, now: datetime
) -> wire.AgentSessionOpened:
    agent = people.agent(tx, agent_id)
    if agent is None or not agent.active:
        raise Unauthenticated("This account is closed.")
    token = _open(tx, Caller.AGENT, agent.id, None, now, timedelta(hours=AGENT_HOURS))
    return wire.AgentSessionOpened(token=token, agent=shapes.agent(agent))


def sign_out(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.Nothing:
    people.revoke(tx, who.session_id, now)
    tx.publish("bye", [session_room(AGENT, who.session_id)], wire.Bye(reconnect_in=0))
    return wire.Nothing()


# -- customers ----------------------------------------------------------------------------------------------------


def open_customer_session(tx: Tx, who: Who, command: wire.CustomerSession, now: datetime) -> wire.CustomerSessionOpened:
    """Goes on with `token` if it still holds, else begins anew; `identity` makes the customer a verified one."""
    site = people.site_by_key(tx, command.site)
    if site is None:
        raise NotFound("There is no such site.")
    if who.origin is not None and who.origin not in site.origins:
        raise Forbidden("This page may not open the chat of this site.", code="foreign_origin")
    customer, token = _resume(tx, site, command, now)
    claims = _claims(site, command.identity) if command.identity else None
    if claims:
        customer, token = _verified(tx, site, customer, token, claims, now)
    if customer is None or token is None:
        customer = _new_customer(tx, site, command, now)
        token = _open(tx, Caller.CUSTOMER, customer.id, site.id, now, timedelta(days=CUSTOMER_DAYS))
    if command.locale:
        customer.locale = command.locale
    current = conversations.current(tx, customer.id, site.id)
    return wire.CustomerSessionOpened(
        token=token,
        customer=shapes.customer(customer),
        desk=desk.desk_of(tx, site, now),
        conversation=shapes.conversation(tx, current) if current else None,
        store_id=people.meta(tx, "store_id"),
    )


def _resume(tx: Tx, site: Site, command: wire.CustomerSession, now: datetime) -> tuple[Customer | None, str | None]:
    if command.token is None:
        return None, None
    session = people.live_session(tx, access.token_hash(command.token), Caller.CUSTOMER.value, now)
    if session is None or session["site_id"] != site.id:
        return None, None
    return people.customer(tx, session["person_id"]), command.token


def _new_customer(tx: Tx, site: Site, command: wire.CustomerSession, now: datetime) -> Customer:
    customer = Customer(locale=command.locale or site.locales[0], created_at=now)
    tx.session.add(customer)
    tx.session.flush()
    return customer


def _claims(site: Site, identity: str) -> dict[str, Any]:
    """What the host site's back end signed about its user. Raises Unauthenticated."""
    try:
        claims: dict[str, Any] = jwt.decode(
            identity,
            site.identity_secret,
            algorithms=["HS256"],
            audience=site.key,
            options={"require": ["sub", "exp", "aud"]},
        )
    except jwt.PyJWTError:
        raise Unauthenticated("The identity token does not hold.", code="bad_identity") from None
    if _claim(claims, "sub", wire.Line) is None:
        raise Unauthenticated("The identity token names nobody.", code="bad_identity")
    return claims


def _verified(
    tx: Tx, site: Site, customer: Customer | None, token: str | None, claims: dict[str, Any], now: datetime
) -> tuple[Customer, str]:
    """The signed person, with a session of their own unless this one is already theirs.

    An anonymous customer who signs in for the first time stays who they were, and keeps their conversation.
    """
    known = people.verified_customer(tx, site.issuer, claims["sub"])
    if known is None:
        known = customer if customer is not None and customer.external_id is None else None
        if known is None:
            known = Customer(locale=site.locales[0], created_at=now)
            tx.session.add(known)
        known.kind, known.issuer, known.external_id = "verified", site.issuer, claims["sub"]
    known.name = _claim(claims, "name", wire.Line) or known.name
    known.email = _claim(claims, "email", wire.Email) or known.email
    known.phone = _claim(claims, "phone", wire.Phone) or known.phone
    tx.session.flush()
    if customer is known and token is not None:
        return known, token
    return known, _open(tx, Caller.CUSTOMER, known.id, site.id, now, timedelta(days=CUSTOMER_DAYS))


def _claim(claims: dict[str, Any], name: str, kind: Any) -> str | None:
    """A claim of that kind; one that could not be used anyway counts as not made."""
    try:
        value: str = TypeAdapter(kind).validate_python(claims.get(name), strict=True)
    except (ValidationError, Invalid):
        return None
    return value


def _open(tx: Tx, kind: Caller, person_id: str, site_id: str | None, now: datetime, lasts: timedelta) -> str:
    token = access.new_token()
    tx.session.add(
        Session(
            token_hash=access.token_hash(token),
            kind=kind.value,
            person_id=person_id,
            site_id=site_id,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    return token
