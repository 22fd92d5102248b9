"""Who is calling, and what is theirs. The only place that decides it, for every door.

Access is a way of loading: what is not yours is not found.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chat.errors import Forbidden, NotFound, Unauthenticated
from chat.store.queries import canned, conversations, people, refunds, tickets
from chat.store.tables import Agent, CannedReply, Customer, Site
from chat.store.tx import Row, Tx


class Caller(StrEnum):
    """The kinds of callers there are."""

    PUBLIC = "public"
    CUSTOMER = "customer"
    CASE_LINK = "case_link"
    AGENT = "agent"
    API_TOKEN = "api_token"
    SYSTEM = "system"  # what happens by itself; it comes through no door


TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
ROLES = {"agent": 0, "supervisor": 1, "admin": 2}


@dataclass(frozen=True, slots=True)
class Who:
    """A caller: an id and a kind. What they may do is looked up in the transaction that does it."""

    kind: Caller
    id: str = ""
    session_id: str = ""
    site_id: str = ""  # of a customer
    origin: str | None = None  # of a public caller: the page that calls, when it is not one of ours
    address: str = ""


SYSTEM = Who(Caller.SYSTEM)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def identify(tx: Tx, kind: Caller, token: str, now: datetime) -> Who:
    """Who holds this token. Raises Unauthenticated."""
    if TOKEN.fullmatch(token) is None:
        raise Unauthenticated("This is not a token of ours.")
    if kind is Caller.CASE_LINK:
        return _link_holder(tx, token_hash(token), now)
    session = people.live_session(tx, token_hash(token), kind.value, now)
    if session is None:
        raise Unauthenticated("This session has ended. Start a new one.")
    return Who(kind, session["person_id"], session["id"], session["site_id"] or "")


def _link_holder(tx: Tx, hashed: str, now: datetime) -> Who:
    """Whoever holds a case's link may look at that case, and do nothing else."""
    ticket_id = tickets.linked_case(tx, hashed, now)
    if ticket_id is None:
        raise Unauthenticated("This link has expired.")
    return Who(Caller.CASE_LINK, ticket_id, hashed)


def admit(tx: Tx, who: Who, role: str, now: datetime) -> None:
    """Lets a caller through to a command that wants `role`. Raises Unauthenticated or Forbidden."""
    if who.kind is Caller.PUBLIC:
        return
    if who.kind is Caller.CASE_LINK:
        _link_holder(tx, who.session_id, now)
        return
    if who.kind is Caller.AGENT:
        _admit_agent(tx, who, role, now)
    elif not people.is_live(tx, who.session_id, now):
        raise Unauthenticated("This session has ended. Start a new one.")


def _admit_agent(tx: Tx, who: Who, role: str, now: datetime) -> None:
    agent = people.agent_in_session(tx, who.session_id, who.id, now)
    if agent is None:
        raise Unauthenticated("This session has ended. Start a new one.")
    if not agent["active"]:
        raise Unauthenticated("This account is closed.")
    if ROLES[agent["role"]] < ROLES[role]:
        raise Forbidden(f"Only a {role} may do that.")


def conversation_for(tx: Tx, who: Who, conversation_id: str, client_id: str | None = None) -> Row:
    """A conversation the caller may see. Raises NotFound. With a `client_id`, as adding to its log takes it: `is_said`
    tells whether that stands there already.

    In a transaction that writes nobody else changes it until the end.
    """
    found = None
    if who.kind is Caller.CUSTOMER:
        found = conversations.of_customer(tx, conversation_id, who.id, who.site_id, client_id)
    elif who.kind is Caller.AGENT:
        found = conversations.of_agent(tx, conversation_id, who.id, client_id)
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def check_sees(tx: Tx, who: Who, conversation_id: str) -> None:
    """The same for whoever needs nothing of it but its log. Raises NotFound."""
    if who.kind is Caller.CUSTOMER:
        is_seen = conversations.is_of_customer(tx, conversation_id, who.id, who.site_id)
    else:
        is_seen = who.kind is Caller.AGENT and conversations.is_seen_by(tx, conversation_id, who.id)
    if not is_seen:
        raise NotFound("There is no such conversation.")


def ticket_for(tx: Tx, who: Who, ticket_id: str) -> Row:
    """A ticket the caller may see. Raises NotFound."""
    found = None
    if who.kind is Caller.CUSTOMER:
        found = tickets.of_customer(tx, ticket_id, who.id, who.site_id)
    elif who.kind is Caller.AGENT:
        found = tickets.of_agent(tx, ticket_id, who.id)
    elif who.kind is Caller.SYSTEM or (who.kind is Caller.CASE_LINK and ticket_id == who.id):
        found = tickets.held(tx, ticket_id)
    if found is None:
        raise NotFound("There is no such ticket.")
    return found


def refund_for(tx: Tx, who: Who, refund_id: str) -> Row:
    """A refund of a ticket the caller may see, held after that ticket. Raises NotFound."""
    ticket_id = refunds.ticket_of(tx, refund_id)
    if ticket_id is not None:
        ticket_for(tx, who, ticket_id)
        found = refunds.refund(tx, refund_id)
    if ticket_id is None or found is None:
        raise NotFound("There is no such refund.")
    return found


def canned_reply_for(tx: Tx, who: Who, reply_id: str) -> CannedReply:
    """One that the agent may change, held: their own, or if they lead one that is shared with whom they lead. Raises
    NotFound, and Forbidden for what a colleague only uses.
    """
    found = canned.held(tx, reply_id)
    keys = [site.key for site in sites_of(tx, who)]
    if found is None or not canned.is_seen(tx, reply_id, who.id, keys, leads(tx, who)):
        raise NotFound("There is no such reply.")
    if found.agent_id is None:
        check_shares(tx, who, found.team_id, found.sites)
    return found


def check_shares(tx: Tx, who: Who, team_id: str | None, site_keys: list[str]) -> None:
    """May the agent share something with that team, or everybody, at these sites? Raises Forbidden, NotFound."""
    check_role(tx, who, "supervisor")
    if team_id and not canned.leads_team(tx, who.id, team_id):
        raise NotFound("There is no such team.")
    check_serves(tx, who, site_keys)


def check_serves(tx: Tx, who: Who, site_keys: list[str]) -> None:
    """Raises Forbidden for a site that the agent does not serve."""
    if strange := sorted(set(site_keys) - {site.key for site in sites_of(tx, who)}):
        raise Forbidden(f"You do not serve the site {strange[0]}.")


def check_role(tx: Tx, who: Who, role: str) -> None:
    """For what of a command takes more than the command itself. Raises Forbidden."""
    if ROLES[agent_of(tx, who).role] < ROLES[role]:
        raise Forbidden(f"Only a {role} may do that.")


def leads(tx: Tx, who: Who) -> bool:
    return leads_as(agent_of(tx, who).role)


def leads_as(role: str) -> bool:
    return ROLES[role] >= ROLES["supervisor"]


def name_of(tx: Tx, who: Who) -> str:
    """As it stands in the history of what they did. Whoever holds a case's link may be anybody, the system nobody."""
    if who.kind is Caller.AGENT:
        return agent_of(tx, who).name
    if who.kind is Caller.CUSTOMER:
        return customer_of(tx, who).name or ""
    return ""


def agent_of(tx: Tx, who: Who) -> Agent:
    agent = people.agent(tx, who.id)
    if who.kind is not Caller.AGENT or agent is None:
        raise NotFound("There is no such agent.")
    return agent


def customer_of(tx: Tx, who: Who) -> Customer:
    if who.kind is not Caller.CUSTOMER:
        raise NotFound("There is no such customer.")
    return people.customer(tx, who.id)


def site_of(tx: Tx, who: Who) -> Site:
    return people.site(tx, who.site_id)


def site_for(tx: Tx, who: Who, key: str) -> Site:
    """A site that the agent's teams serve; it may be changed. Raises NotFound."""
    found = next((site for site in sites_of(tx, who) if site.key == key), None)
    if found is None:
        raise NotFound("There is no such site.")
    return tx.session.get_one(Site, found.id)


def hold_site(tx: Tx, who: Who, key: str) -> Site:
    """The same as it is now, and nobody else changes it until the end."""
    site = site_for(tx, who, key)
    people.hold_site(tx, site.id)
    tx.session.refresh(site)
    return site


def sites_of(tx: Tx, who: Who) -> list[Site]:
    """To be read."""
    if who.kind is Caller.SYSTEM:
        return people.every_site(tx)
    return people.sites_of_agent(tx, who.id)


def site_ids_of(tx: Tx, who: Who) -> list[str]:
    return people.site_ids_of_agent(tx, who.id)
