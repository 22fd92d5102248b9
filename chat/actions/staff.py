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
from chat.actions import access, audit, desk, setup, teams
from chat.actions.access import Caller, Who
from chat.actions.people import hash_password, is_right, wrong_own
from chat.domain.conversation import clean_line
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Tx
from chat.store.events import AGENT, session_room
from chat.store.queries import people, presence
from chat.store.tables import Agent, TeamAgent

SHORTEST = 10  # characters of a password that somebody chose


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


def remove_colleague(tx: Tx, who: Who, command: wire.RemoveAgent, now: datetime) -> wire.Teams:
    """By an admin, of somebody else. Raises NotFound and Conflict."""
    agent = people.agent(tx, command.agent_id)
    if agent is None:
        raise NotFound("There is no such agent.")
    if agent.id == who.id:
        raise Conflict("Another admin removes you.", code="yourself")
    remove(tx, who, agent, now)
    return teams.teams(tx, who, wire.NoInput(), now)


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


# -- one's own password -------------------------------------------------------------------------------------------


def own_password(tx: Tx, who: Who, command: wire.ChangePassword, now: datetime) -> tuple[str, str]:
    """The hash of the caller's password, and the address they sign in with."""
    agent = access.agent_of(tx, who)
    return agent.password_hash, agent.email


def check_change(command: wire.ChangePassword, own: tuple[str, str]) -> tuple[str, str]:
    """The hashes of the password there is and of the new one. Slow by design. Raises Invalid, and Forbidden as
    `confirm_password` does.
    """
    kept, email = own
    if len(command.new) < SHORTEST or command.new.lower() == email:
        raise Invalid(
            f"A password has {SHORTEST} characters at least, and is not the address you sign in with.",
            code="weak_password",
        )
    if not is_right(command.current, kept):
        raise wrong_own()
    return kept, hash_password(command.new)


def change_password(
    tx: Tx, who: Who, command: wire.ChangePassword, checked: tuple[str, str], now: datetime
) -> wire.Nothing:
    """All sessions of theirs end but the one that asks."""
    tx.lock("agent", who.id)
    agent, (kept, new) = access.agent_of(tx, who), checked
    if agent.password_hash != kept:  # it was changed since it was checked
        raise wrong_own()
    agent.password_hash = new
    end_sessions(tx, agent, now, but=who.session_id)
    audit.record(tx, who, now, "password_changed", "agent", agent.id)
    return wire.Nothing()


# -----------------------------------------------------------------------------------------------------------------


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
