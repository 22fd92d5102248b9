"""Agents who come and go, and the passwords they sign in with.

Whoever leaves is not deleted: their name stays at what they wrote and did. What they had is taken from them as it is
from everybody who is gone, by the sweep (`leases`, `tickets`) and the watchdog: each piece is held before it is moved,
and the server that runs tells everybody of it, whichever process removed them.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from chat import wire
from chat.actions import access, audit, desk, setup
from chat.actions.access import Caller, Who
from chat.actions.people import hash_password
from chat.domain.conversation import clean_line
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Tx
from chat.store.events import AGENT, session_room
from chat.store.queries import people, presence
from chat.store.tables import Agent, TeamAgent


def add_agent(tx: Tx, email: str, name: str, role: str, now: datetime) -> tuple[str, bool]:
    """The agent's password, and whether they were here before; who comes back has the teams of then. Raises Invalid."""
    try:
        TypeAdapter(wire.Email).validate_python(email)
    except ValidationError:
        raise Invalid(f"{email!r} is not an e-mail address.") from None
    known = people.agent_ever(tx, email)
    if known is not None and known.active:
        raise Invalid(f"There is an agent {email} already.")
    agent = known or Agent(email=email.lower(), name="", role=role, password_hash="", created_at=now)
    agent.name, agent.role, agent.active = clean_line(name, setup.NAME), role, True
    password = _new_password(agent)
    tx.session.add(agent)
    tx.session.flush()
    if not people.site_ids_of_agent(tx, agent.id):
        tx.session.merge(TeamAgent(team_id=setup.everybody(tx).id, agent_id=agent.id))
    audit.record(tx, access.SYSTEM, now, "agent_added", "agent", agent.id, role=role, is_back=known is not None)
    return password, known is not None


def reset_password(tx: Tx, email: str, now: datetime) -> str:
    """Their new password; whoever was signed in with the old one is so no more. Raises NotFound and Conflict."""
    agent = _named(tx, email)
    if not agent.active:
        raise Conflict(f"{email} was removed. `add-agent` brings them back.")
    tx.lock("agent", agent.id)
    password = _new_password(agent)
    end_sessions(tx, agent, now)
    audit.record(tx, access.SYSTEM, now, "password_reset", "agent", agent.id)
    return password


def remove_agent(tx: Tx, email: str, now: datetime) -> str:
    """By the operator. Gives the name of who may not sign in any more. Raises NotFound and Conflict."""
    agent = _named(tx, email)
    remove(tx, access.SYSTEM, agent, now)
    return agent.name


def remove(tx: Tx, who: Who, agent: Agent, now: datetime) -> None:
    """Raises Conflict `last_admin`, and when they were removed before."""
    admins = people.hold_admins(tx)
    tx.lock("agent", agent.id)
    tx.session.refresh(agent)
    if not agent.active:
        raise Conflict(f"{agent.name} was removed already.", code="removed")
    if admins == [agent.id]:
        raise Conflict(f"{agent.name} is the last admin. Add another one first.", code="last_admin")
    end_sessions(tx, agent, now)
    agent.active = False
    agent.status, agent.break_reason, agent.offline_at, agent.wrap_up_until = "offline", None, None, None
    tx.session.flush()
    audit.record(tx, who, now, "agent_removed", "agent", agent.id)


def end_sessions(tx: Tx, agent: Agent, now: datetime, but: str = "") -> None:
    """All of theirs but one, as if each had signed out. Call it with the agent held: who signs in waits."""
    tx.session.flush()
    ended = people.revoke_all(tx, Caller.AGENT.value, agent.id, now, but=but)
    for session_id in ended:
        presence.forget_session(tx, session_id)
    tx.publish("bye", [session_room(AGENT, session_id) for session_id in ended], wire.Bye(reconnect_in=0))
    desk.stale_presence(tx, agent.id)


def _named(tx: Tx, email: str) -> Agent:
    agent = people.agent_ever(tx, email)
    if agent is None:
        raise NotFound(f"There is no agent {email}.")
    return agent


def _new_password(agent: Agent) -> str:
    password = secrets.token_urlsafe(12)
    agent.password_hash = hash_password(password)
    return password
