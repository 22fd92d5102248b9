"""Signing in and out; who a customer is."""

from __future__ import annotations

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from chat import wire
from chat.actions import access, audit, desk, identity, presence, shapes, shop, transcripts
from chat.actions.access import Caller, Who
from chat.domain.conversation import Status, first_status
from chat.domain.refund_limits import CONFIRMED_FOR
from chat.errors import Forbidden, NotFound, Unauthenticated
from chat.store import Tx
from chat.store.events import AGENT, CUSTOMER, session_room
from chat.store.queries import conversations, people
from chat.store.tables import Customer, Session, Site
from chat.store.tx import Row

CUSTOMER_DAYS = 180
AGENT_HOURS = 14  # a shift and the overtime
RENEWED_BEFORE = timedelta(seconds=60)  # the window asks its page for a new proof that long before one ends

_passwords = PasswordHasher()
# Of "nobody's password": an unknown address takes as long to refuse as a wrong password. Written down, because making
# one costs a starting process a tenth of its time.
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$+XwtBPBVLZhx+kgiTfpswg$aQacruQWTBvEhrOJRwemdZHP73o8wHK14TqLIt3Q7Fs"


def hash_password(password: str) -> str:
    return _passwords.hash(password)


def password_of(tx: Tx, who: Who, command: wire.AgentSession, now: datetime) -> tuple[str, str] | None:
    """The agent with this address and the hash of their password."""
    agent = people.agent_by_email(tx, command.email)
    return (agent.id, agent.password_hash) if agent else None


def check_password(command: wire.AgentSession, found: tuple[str, str] | None) -> tuple[str, str]:
    """What was found. Slow by design. Raises Unauthenticated."""
    if not is_right(command.password, found[1] if found else _NOBODYS) or found is None:
        raise _wrong()
    return found


def _wrong() -> Unauthenticated:
    return Unauthenticated("This e-mail address and password do not belong together.")


def is_right(password: str, kept: str) -> bool:
    try:
        return _passwords.verify(kept, password)
    except VerificationError:
        return False


def own_password(tx: Tx, who: Who, command: wire.ConfirmPassword, now: datetime) -> str:
    """The hash of the caller's password."""
    return access.agent_of(tx, who).password_hash


def check_own_password(command: wire.ConfirmPassword, kept: str) -> None:
    """Slow by design. Raises Forbidden: the session goes on."""
    if not is_right(command.password, kept):
        raise wrong_own()


def wrong_own() -> Forbidden:
    return Forbidden("This is not your password.", code="wrong_password")


def confirm_password(tx: Tx, who: Who, command: wire.ConfirmPassword, checked: None, now: datetime) -> wire.Confirmed:
    """Step-up: for some minutes this session may do what takes the password once more."""
    people.confirm(tx, who.session_id, now)
    audit.record(tx, who, now, "password_confirmed", "agent", who.id)
    return wire.Confirmed(until=now + CONFIRMED_FOR)


def open_agent_session(
    tx: Tx, who: Who, command: wire.AgentSession, checked: tuple[str, str], now: datetime
) -> wire.AgentSessionOpened:
    agent_id, kept = checked
    tx.lock("agent", agent_id)  # who changes the password ends every session that is there
    agent = people.agent(tx, agent_id)
    if agent is None or not agent.active:
        raise Unauthenticated("This account is closed.")
    if agent.password_hash != kept:  # it was changed since it was checked
        raise _wrong()
    token = _open(tx, Caller.AGENT, agent.id, None, now, timedelta(hours=AGENT_HOURS))
    return wire.AgentSessionOpened(token=token, agent=shapes.agent(agent))


def sign_out(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.Nothing:
    people.revoke(tx, who.session_id, now)
    if who.kind is Caller.AGENT:
        presence.signed_out(tx, who, now)
    namespace = AGENT if who.kind is Caller.AGENT else CUSTOMER
    tx.publish("bye", [session_room(namespace, who.session_id)], wire.Bye(reconnect_in=0))
    return wire.Nothing()


# -- customers ----------------------------------------------------------------------------------------------------


def open_customer_session(tx: Tx, who: Who, command: wire.CustomerSession, now: datetime) -> wire.CustomerSessionOpened:
    """Goes on with `token` if it still holds, else begins anew; `identity` makes the customer a verified one."""
    site = people.site_by_key(tx, command.site)
    if site is None:
        raise NotFound("There is no such site.")
    if who.origin is not None and who.origin not in site.origins:
        raise Forbidden("This page may not open the chat of this site.", code="foreign_origin")
    proof = identity.read(tx, site, command.identity, now) if command.identity else None
    customer, token = _resume(tx, site, command, now)
    if proof:
        customer, token = _verified(tx, site, customer, token, proof, now)
        shop.want_orders(tx, site, customer, now)
    if customer is None or token is None:
        customer = new_customer(tx, site, command.locale, now)
        token = _open(tx, Caller.CUSTOMER, customer.id, site.id, now, timedelta(days=CUSTOMER_DAYS))
    if command.locale:
        customer.locale = command.locale
    current = conversations.current(tx, customer.id, site.id)
    if current and command.locale and current["locale"] != command.locale and current["status"] == Status.BOT:
        # The bot goes on in the language that its customer has changed to; agents keep what they have read so far.
        conversations.try_change(tx, current, locale=command.locale)
        current = conversations.conversation(tx, current["id"])
    here = desk.desk_of(tx, site, now)
    if first_status(here.open, site.bot_in_front) is Status.BOT:
        desk.wake_bot(tx)
    return wire.CustomerSessionOpened(
        token=token,
        customer=shapes.customer(customer),
        desk=here,
        conversation=shapes.conversation(tx, current) if current else None,
        store_id=people.meta(tx, "store_id"),
        mails=transcripts.is_offered(tx),
        renew_in=_renew_in(proof, now) if proof else None,
    )


def _renew_in(proof: identity.Proof, now: datetime) -> int:
    """Seconds; of a short-lived proof half of its life."""
    left = proof.ends - now
    return max(1, int(max(left - RENEWED_BEFORE, left / 2).total_seconds()))


def _resume(tx: Tx, site: Site, command: wire.CustomerSession, now: datetime) -> tuple[Customer | None, str | None]:
    if command.token is None:
        return None, None
    session = people.live_session(tx, access.token_hash(command.token), Caller.CUSTOMER.value, now)
    if session is None or session["site_id"] != site.id:
        return None, None
    if command.identity:  # their conversation may become somebody else's, and is held before they are
        for conversation_id in people.open_conversations(tx, session["person_id"]):
            conversations.hold(tx, conversation_id)
    customer = people.customer(tx, session["person_id"])
    # Looked at again now that they are held: whoever signed in meanwhile has ended the sessions of before.
    if not people.is_live(tx, session["id"], now):
        return None, None
    return customer, command.token


def new_customer(tx: Tx, site: Site, locale: str | None, now: datetime) -> Customer:
    customer = Customer(locale=locale or site.locales[0], created_at=now)
    tx.session.add(customer)
    tx.session.flush()
    return customer


def _verified(
    tx: Tx, site: Site, customer: Customer | None, token: str | None, proof: identity.Proof, now: datetime
) -> tuple[Customer, str]:
    """The signed person, whose session ends when the proof does. It goes on only if it is theirs already.

    Whoever else knew the token of an anonymous session, on a shared computer or because they planted it, would be
    let into the account otherwise.
    """
    known = people.verified_customer(tx, site.issuer, proof.subject)
    is_theirs = known is not None and customer is known
    guest = customer if customer is not None and customer.external_id is None else None
    if known is None:
        known = guest or new_customer(tx, site, None, now)
    elif guest is not None and not _bring(tx, site, guest, known):
        guest = None
    if guest is not None:
        _send_away(tx, guest, now)
    _learn(tx, known, site.issuer, proof)
    if not is_theirs or token is None:
        token = _open(tx, Caller.CUSTOMER, known.id, site.id, now, proof.ends - now)
    people.prolong(tx, access.token_hash(token), proof.hash, proof.ends)
    return known, token


def _bring(tx: Tx, site: Site, guest: Customer, known: Customer) -> bool:
    """The open conversation of who was a guest becomes theirs, unless they have one, which would hide it."""
    row = _open_here(tx, site, guest)
    if row is None or _open_here(tx, site, known) is not None:
        return False
    people.hand_over(tx, row["id"], guest.id, known.id)
    conversations.change(tx, row)
    desk.tell_move(tx, row)
    return True


def _open_here(tx: Tx, site: Site, customer: Customer) -> Row | None:
    current = conversations.current(tx, customer.id, site.id)
    return current if current is not None and current["status"] != Status.CLOSED else None


def _send_away(tx: Tx, guest: Customer, now: datetime) -> None:
    """Who signs in keeps their conversation, but not the sessions of before."""
    ended = people.revoke_all(tx, Caller.CUSTOMER.value, guest.id, now)
    rooms = [session_room(CUSTOMER, session_id) for session_id in ended]
    # In a moment: the window that signs in hears its new token first.
    tx.publish("bye", rooms, wire.Bye(reconnect_in=1))


def _learn(tx: Tx, customer: Customer, issuer: str, proof: identity.Proof) -> None:
    """What the host site says of them. Whoever has their conversation before them sees it at once.

    What they had only claimed of themselves does not become verified with it.
    """
    before = (customer.kind, customer.name, customer.email, customer.phone, customer.attributes)
    if customer.kind != "verified":
        customer.name = customer.email = customer.phone = None
    customer.kind, customer.issuer, customer.external_id = "verified", issuer, proof.subject
    customer.name = proof.name or customer.name
    customer.email = proof.email or customer.email
    customer.phone = proof.phone or customer.phone
    customer.attributes = proof.attributes
    tx.session.flush()
    if before != (customer.kind, customer.name, customer.email, customer.phone, customer.attributes):
        for conversation_id in people.open_conversations(tx, customer.id):
            row = conversations.conversation(tx, conversation_id)
            if conversations.try_change(tx, row):
                desk.tell_move(tx, row)


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
