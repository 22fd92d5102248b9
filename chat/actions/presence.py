"""Who is there: the status an agent chose, and the connections by which they are seen."""

from __future__ import annotations

from datetime import datetime

from chat import wire
from chat.actions import access, audit, desk, leases, routing, shapes
from chat.actions.access import Who
from chat.errors import Invalid
from chat.store import Tx
from chat.store.queries import people


def set_presence(tx: Tx, who: Who, command: wire.SetPresence, now: datetime) -> wire.AgentValue:
    """`away` is a break, with a reason that colleagues see; the trail keeps when it began and when it ended."""
    if command.reason is not None and command.status != "away":
        raise Invalid("A reason goes with a break: set `away`.")
    agent = access.agent_of(tx, who)
    routing.hold(tx, agent.id)
    if (agent.status, agent.break_reason) != (command.status, command.reason):
        audit.record(tx, who, now, "presence", "agent", who.id, status=command.status, reason=command.reason)
    # First: what they have must not come straight back to them.
    agent.status, agent.break_reason = command.status, command.reason
    if command.status == "offline":
        leases.go_offline(tx, agent, now)
    else:
        agent.offline_at = None
    desk.stale_presence(tx, who.id)
    if command.status == "online":
        routing.fill(tx, agent.id, now)
    return wire.AgentValue(agent=shapes.agent(agent))


def connected(tx: Tx, who: Who, connection_id: str, now: datetime) -> list[str]:
    """An agent's connection is there. Gives the sites whose news it should hear."""
    people.seen(tx, connection_id, who.id, now, who.session_id)
    desk.stale_presence(tx, who.id)
    routing.fill(tx, who.id, now)
    return access.site_ids_of(tx, who)


def still_connected(tx: Tx, connections: dict[str, str], now: datetime) -> None:
    """Renews the presence of connections, given as connection -> agent."""
    for connection_id, agent_id in connections.items():
        people.seen(tx, connection_id, agent_id, now)


def called(tx: Tx, who: Who, now: datetime) -> None:
    """A command over HTTP is a sign of life. Colleagues hear of it when the agent was not there before."""
    if not people.is_live(tx, who.session_id, now):  # signed out while this call was on its way
        return
    is_new = not people.is_seen(tx, over_http(who), now)
    people.seen(tx, over_http(who), who.id, now, who.session_id)
    if is_new:
        desk.stale_presence(tx, who.id)
        routing.fill(tx, who.id, now)


def signed_out(tx: Tx, who: Who, now: datetime) -> None:
    leases.sign_out(tx, who, now)
    desk.stale_presence(tx, who.id)


def over_http(who: Who) -> str:
    """The connection that a session's calls over HTTP count as."""
    return f"http:{who.session_id}"


def disconnected(tx: Tx, who: Who, connection_id: str, now: datetime) -> None:
    people.gone(tx, connection_id, now)
    desk.stale_presence(tx, who.id)
