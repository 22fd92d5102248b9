"""Sites, agents, customers and their sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, select

from chat.store.queries import kept
from chat.store.tables import Agent, Customer, Session, Site, Team, TeamSite, to_millis
from chat.store.tx import Row, Tx

PRESENT = timedelta(seconds=30)  # an agent is present this long after the last sign of life
# Agent `a`, by a connection seen after `:since`.
IS_THERE = (
    "EXISTS (SELECT 1 FROM presence p WHERE p.agent_id = a.id AND p.seen_at > :since"
    " AND substr(p.connection_id, 1, 5) <> 'gone:')"
)

LIVE = "s.revoked_at IS NULL AND s.expires_at > :now"  # a session


def meta(tx: Tx, key: str, otherwise: str = "") -> str:
    found: str | None = tx.value("SELECT value FROM meta WHERE key = :key", key=key)
    return otherwise if found is None else found


def set_meta(tx: Tx, key: str, value: str) -> None:
    tx.change(
        "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key=key,
        value=value,
    )


def schema(tx: Tx) -> str:
    """The step of the migrations that the database is at."""
    return str(tx.value("SELECT version_num FROM alembic_version"))


def known_key(tx: Tx) -> str | None:
    """The check value of the key that has sealed something here; None: nothing is sealed yet."""
    found: str | None = tx.value("SELECT value FROM meta WHERE key = 'sealed_by'")
    return found


def know_key(tx: Tx, check_value: str) -> bool:
    """Whether everything here is sealed with this key, from now on too."""
    if known_key(tx) is None:
        tx.change(
            "INSERT INTO meta (key, value) VALUES ('sealed_by', :value) ON CONFLICT (key) DO NOTHING", value=check_value
        )
    return known_key(tx) == check_value


def site_by_key(tx: Tx, key: str) -> Site | None:
    return tx.session.exec(select(Site).where(Site.key == key)).first()


def site(tx: Tx, site_id: str) -> Site:
    """To be read; so are those of `every_site`."""
    [found] = kept.read(tx, Site, "WHERE kept.id = :id", id=site_id)
    return found


def hold_site(tx: Tx, site_id: str) -> None:
    """Nobody else changes it, or counts what is its, until the end."""
    tx.lock("site", site_id)


def every_site(tx: Tx) -> list[Site]:
    return kept.read(tx, Site, "ORDER BY kept.key")


def every_calendar(tx: Tx) -> list[Row]:
    """The id of each site and its calendar as it is stored: the sweep asks many times a round, and wants no more."""
    return tx.rows("SELECT id, CAST(calendar AS TEXT) AS calendar FROM site ORDER BY key")


def every_origin(tx: Tx) -> set[str]:
    return {origin for site in every_site(tx) for origin in site.origins}


_ONES_SITES = (
    "WHERE EXISTS (SELECT 1 FROM teamagent ta JOIN teamsite ts ON ts.team_id = ta.team_id"
    " WHERE ta.agent_id = :agent AND ts.site_id = kept.id) ORDER BY kept.key"
)


def sites_of_agent(tx: Tx, agent_id: str) -> list[Site]:
    """In the order of their keys. To be read."""
    return kept.read(tx, Site, _ONES_SITES, agent=agent_id)


def site_ids_of_agent(tx: Tx, agent_id: str) -> list[str]:
    """In the same order."""
    return [row["id"] for row in tx.rows(f"SELECT kept.id FROM site kept {_ONES_SITES}", agent=agent_id)]


def staff_of(tx: Tx, site_id: str) -> list[Row]:
    """The agents whose teams serve it, and their roles."""
    return tx.rows(
        "SELECT DISTINCT a.id, a.role FROM teamagent ta JOIN teamsite ts ON ts.team_id = ta.team_id"
        " JOIN agent a ON a.id = ta.agent_id WHERE ts.site_id = :site",
        site=site_id,
    )


def serves(tx: Tx, agent_id: str, site_id: str) -> bool:
    return site_id in site_ids_of_agent(tx, agent_id)


def team_serves(tx: Tx, team_id: str, site_id: str) -> bool:
    return tx.session.get(TeamSite, (team_id, site_id)) is not None


def team_named(tx: Tx, name: str) -> Team | None:
    return tx.session.exec(select(Team).where(Team.name == name)).first()


def every_agent(tx: Tx) -> list[Agent]:
    return list(tx.session.exec(select(Agent).where(Agent.active).order_by(Agent.name, Agent.id)))


def agent_by_email(tx: Tx, email: str) -> Agent | None:
    return tx.session.exec(select(Agent).where(Agent.email == email.lower(), Agent.active)).first()


def agent_ever(tx: Tx, email: str) -> Agent | None:
    """Of those who were removed, too."""
    return tx.session.exec(select(Agent).where(Agent.email == email.lower())).first()


def hold_admins(tx: Tx) -> list[str]:
    """All there are; nobody else makes them fewer until the end."""
    rows = tx.rows(f"SELECT a.id FROM agent a WHERE a.active AND a.role = 'admin' ORDER BY a.id{tx.locking()}")
    return [row["id"] for row in rows]


def agent(tx: Tx, agent_id: str) -> Agent | None:
    return tx.session.get(Agent, agent_id)


def shown(tx: Tx, agent_id: str) -> Row:
    """What an agent is shown of themselves. It is only read, so no object of the session is made, which takes ten times
    as long.
    """
    columns = "id, name, email, role, status, break_reason, wrap_up_until"
    found = tx.row(f"SELECT {columns} FROM agent WHERE id = :id", id=agent_id)
    assert found is not None, agent_id
    return found


def agent_names(tx: Tx, agent_ids: set[str]) -> dict[str, str]:
    if not agent_ids:
        return {}
    found = tx.session.exec(select(Agent).where(col(Agent.id).in_(agent_ids)))
    return {agent.id: agent.name for agent in found}


def customer(tx: Tx, customer_id: str) -> Customer:
    """In a transaction that writes nobody else changes who they are, or begins something for them, until the end."""
    tx.lock("customer", customer_id)
    return tx.session.get_one(Customer, customer_id)


def verified_customer(tx: Tx, issuer: str, external_id: str) -> Customer | None:
    return tx.session.exec(
        select(Customer).where(Customer.issuer == issuer, Customer.external_id == external_id)
    ).first()


def live_session(tx: Tx, token_hash: str, kind: str, now: datetime) -> Row | None:
    return tx.row(
        "SELECT id, person_id, site_id FROM session WHERE token_hash = :hash AND kind = :kind"
        " AND revoked_at IS NULL AND expires_at > :now",
        hash=token_hash,
        kind=kind,
        now=to_millis(now),
    )


def is_live(tx: Tx, session_id: str, now: datetime) -> bool:
    if tx.ahead is not None and tx.ahead["session_id"] == session_id:
        return True
    found = tx.value(f"SELECT 1 FROM session s WHERE s.id = :id AND {LIVE}", id=session_id, now=to_millis(now))
    return found is not None


def confirm(tx: Tx, session_id: str, now: datetime) -> None:
    tx.session.get_one(Session, session_id).confirmed_at = now


def has_confirmed(tx: Tx, session_id: str, since: datetime) -> bool:
    """Has the password been given in this session once more, since then?"""
    found = tx.value(
        "SELECT 1 FROM session WHERE id = :id AND confirmed_at > :since", id=session_id, since=to_millis(since)
    )
    return found is not None


def revoke(tx: Tx, session_id: str, now: datetime) -> None:
    tx.session.get_one(Session, session_id).revoked_at = now


def revoke_all(tx: Tx, kind: str, person_id: str, now: datetime, but: str = "") -> list[str]:
    """Ends every session of this person but one. Gives those that were still open."""
    rows = tx.rows(
        "UPDATE session SET revoked_at = :now WHERE kind = :kind AND person_id = :person AND revoked_at IS NULL"
        " AND id <> :but RETURNING id",
        kind=kind,
        person=person_id,
        but=but,
        now=to_millis(now),
    )
    return [row["id"] for row in rows]


def prolong(tx: Tx, token_hash: str, identity_hash: str, ends: datetime) -> None:
    """The session of this token was opened with that identity, and lasts as long."""
    tx.session.flush()
    given = {"token": token_hash, "ends": to_millis(ends)}
    tx.change("UPDATE session SET expires_at = :ends WHERE token_hash = :token", **given)
    tx.change(
        "INSERT INTO identityuse (hash, session_id, expires_at) SELECT :identity, id, :ends FROM session"
        " WHERE token_hash = :token ON CONFLICT DO NOTHING",
        identity=identity_hash,
        **given,
    )


def is_spent(tx: Tx, token_hash: str) -> bool:
    """Has somebody signed out of a session that this identity token had opened?"""
    sql = "SELECT 1 FROM identityuse u JOIN session s ON s.id = u.session_id WHERE u.hash = :hash AND s.revoked_at > 0"
    return tx.value(sql, hash=token_hash) is not None


def hand_over(tx: Tx, conversation_id: str, guest_id: str, customer_id: str) -> None:
    """A conversation with all that hangs on it becomes another customer's."""
    given: dict[str, str] = {"conversation": conversation_id, "guest": guest_id, "customer": customer_id}
    tx.change(
        "UPDATE conversation SET customer_id = :customer WHERE id = :conversation AND customer_id = :guest", **given
    )
    tx.change(
        "UPDATE ticket SET customer_id = :customer WHERE customer_id = :guest AND id IN"
        " (SELECT ticket_id FROM ticketconversation WHERE conversation_id = :conversation)",
        **given,
    )
    tx.change(
        "UPDATE attachment SET customer_id = :customer WHERE customer_id = :guest AND id IN"
        " (SELECT attachment_id FROM attachmentuse WHERE subject_kind = 'conversation' AND subject_id = :conversation)",
        **given,
    )
    tx.change(
        "UPDATE botturn SET customer_id = :customer WHERE customer_id = :guest AND conversation_id = :conversation",
        **given,
    )


def open_conversations(tx: Tx, customer_id: str) -> list[str]:
    rows = tx.rows(
        "SELECT id FROM conversation WHERE customer_id = :customer AND status <> 'closed'", customer=customer_id
    )
    return [row["id"] for row in rows]


def agent_in_session(tx: Tx, session_id: str, agent_id: str, now: datetime) -> Row | None:
    """The agent's `role` and whether they are `active`, while the session lives."""
    if tx.ahead is not None and tx.ahead["session_id"] == session_id:
        return tx.ahead
    return tx.row(
        f"SELECT a.role, a.active FROM session s JOIN agent a ON a.id = :agent WHERE s.id = :session AND {LIVE}",
        session=session_id,
        agent=agent_id,
        now=to_millis(now),
    )


def seen(tx: Tx, connection_id: str, agent_id: str, now: datetime, session_id: str | None = None) -> None:
    tx.change(
        "INSERT INTO presence (connection_id, agent_id, session_id, seen_at)"
        " VALUES (:connection, :agent, :session, :now)"
        " ON CONFLICT (connection_id) DO UPDATE SET seen_at = excluded.seen_at",
        connection=connection_id,
        agent=agent_id,
        session=session_id,
        now=to_millis(now),
    )


def is_seen(tx: Tx, connection_id: str, now: datetime) -> bool:
    """Does this connection show its agent as present?"""
    since = to_millis(now - PRESENT)
    sql = "SELECT 1 FROM presence WHERE connection_id = :connection AND seen_at > :since"
    return tx.value(sql, connection=connection_id, since=since) is not None


def gone(tx: Tx, connection_id: str, now: datetime) -> None:
    """Nobody is shown as present by it any more. The row stays for a lease: who reloads a page comes back."""
    tx.change(
        "UPDATE presence SET connection_id = 'gone:' || connection_id, seen_at = :now"
        " WHERE connection_id = :connection",
        connection=connection_id,
        now=to_millis(now),
    )


def colleagues(tx: Tx, agent_id: str, now: datetime) -> list[Row]:
    """Agents who share a team with this one, with the status others see: chosen, but `offline` while absent."""
    return tx.rows(
        "SELECT a.id, a.name, a.role,"
        " CASE WHEN a.status = 'away' THEN a.break_reason END AS break_reason,"
        " CASE WHEN a.wrap_up_until > :now THEN a.wrap_up_until END AS wrap_up_until,"
        f" CASE WHEN {IS_THERE} THEN a.status ELSE 'offline' END AS status FROM agent a WHERE a.active AND a.id IN"
        " (SELECT theirs.agent_id FROM teamagent theirs JOIN teamagent mine ON mine.team_id = theirs.team_id"
        " WHERE mine.agent_id = :agent) ORDER BY a.name",
        agent=agent_id,
        since=to_millis(now - PRESENT),
        now=to_millis(now),
    )


def wrap_up_seconds(tx: Tx, team_id: str) -> int:
    return int(tx.value("SELECT wrap_up_seconds FROM team WHERE id = :id", id=team_id))


def set_wrap_up(tx: Tx, agent_id: str, until: datetime) -> None:
    tx.change("UPDATE agent SET wrap_up_until = :until WHERE id = :id", id=agent_id, until=to_millis(until))
