"""Tickets, what is linked to them, their events, and the links that open a case."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from chat.domain.case_steps import REFUSED
from chat.store.tables import new_id, to_millis
from chat.store.tx import Row, Tx

# The newest refund stands for the case, and its order before any other that is linked.
_NAMES = (
    "s.key AS site_key, a.name AS assignee_name, m.name AS team_name,"
    " COALESCE(u.name, (SELECT c.contact_name FROM ticketconversation l"
    " JOIN conversation c ON c.id = l.conversation_id WHERE l.ticket_id = t.id AND c.contact_name IS NOT NULL"
    " ORDER BY c.created_at DESC LIMIT 1), '') AS customer_name"
)
_REFUND = (
    "r.amount AS refund_amount, r.currency AS refund_currency, r.state AS refund_state,"
    " r.calculation AS refund_calculation, r.payout AS refund_payout, r.payout_masked AS refund_payout_masked,"
    " r.lines AS refund_lines, r.counts AS refund_counts, CASE WHEN r.counts <> '{}' THEN"
    " (SELECT p.items FROM purchase p WHERE p.id = r.order_id) END AS refund_items"
)
_SHOWN = (
    f"SELECT t.*, {_NAMES}, {_REFUND}, s.refund_limit, k.definition AS kind_definition, u.kind AS customer_kind,"
    " u.locale AS customer_locale,"
    " COALESCE((SELECT p.number FROM purchase p WHERE p.id = r.order_id), (SELECT p.number FROM ticketlink l"
    " JOIN purchase p ON p.id = l.target_id WHERE l.ticket_id = t.id AND l.kind = 'order'"
    " ORDER BY p.placed_at DESC LIMIT 1)) AS order_number"
)
_LISTED = (
    "SELECT t.id, t.number, t.kind, t.status, t.subject, t.priority, t.tags, t.assignee_id, t.team_id, t.due_at,"
    f" t.created_at, t.updated_at, {_NAMES}, {_REFUND}"
)
_NAMED = (
    " JOIN site s ON s.id = t.site_id JOIN customer u ON u.id = t.customer_id"
    " LEFT JOIN team m ON m.id = t.team_id"
    " LEFT JOIN agent a ON a.id = t.assignee_id LEFT JOIN refund r ON r.id = (SELECT x.id FROM refund x"
    " WHERE x.ticket_id = t.id ORDER BY x.created_at DESC, x.id DESC LIMIT 1)"
)
_JOINED = f"{_NAMED} LEFT JOIN ticketkind k ON k.code = t.kind"
WHOLE = f"{_SHOWN} FROM ticket t{_JOINED}"
IN_LIST = f"{_LISTED} FROM ticket t{_NAMED}"  # what a list shows of one
AGENTS_SITES = (
    "t.site_id IN (SELECT ts.site_id FROM teamsite ts JOIN teamagent ta ON ta.team_id = ts.team_id"
    " WHERE ta.agent_id = :agent)"
)


def _held(tx: Tx, which: str) -> str:
    """WHOLE of one ticket. In a transaction that writes nobody else changes it until the end."""
    return f"{_SHOWN} FROM (SELECT t.* FROM ticket t WHERE {which}{tx.locking()}) t{_JOINED}"


def ticket(tx: Tx, ticket_id: str) -> Row:
    found = tx.row(f"{WHOLE} WHERE t.id = :id", id=ticket_id)
    assert found is not None, ticket_id
    return found


def held(tx: Tx, ticket_id: str) -> Row | None:
    """In a transaction that writes nobody else changes it until the end."""
    return tx.row(_held(tx, "t.id = :id"), id=ticket_id)


def of_agent(tx: Tx, ticket_id: str, agent_id: str) -> Row | None:
    return tx.row(_held(tx, f"t.id = :id AND {AGENTS_SITES}"), id=ticket_id, agent=agent_id)


def of_customer(tx: Tx, ticket_id: str, customer_id: str, site_id: str) -> Row | None:
    return tx.row(
        _held(tx, "t.id = :id AND t.customer_id = :customer AND t.site_id = :site"),
        id=ticket_id,
        customer=customer_id,
        site=site_id,
    )


def newest_of_customer(tx: Tx, customer_id: str, site_id: str, limit: int) -> list[Row]:
    return tx.rows(
        f"{WHOLE} WHERE t.customer_id = :customer AND t.site_id = :site"
        " ORDER BY t.created_at DESC, t.id DESC LIMIT :limit",
        customer=customer_id,
        site=site_id,
        limit=limit,
    )


def numbered(tx: Tx, number: str, agent_id: str) -> Row | None:
    return tx.row(f"{WHOLE} WHERE t.number = :number AND {AGENTS_SITES}", number=number, agent=agent_id)


def next_running(tx: Tx, prefix: str, year: int) -> int:
    """The next number of this prefix and year; taken for good when the transaction ends well."""
    return int(
        tx.value(
            "INSERT INTO ticketcounter (prefix, year, last) VALUES (:prefix, :year, 1)"
            " ON CONFLICT (prefix, year) DO UPDATE SET last = ticketcounter.last + 1 RETURNING last",
            prefix=prefix,
            year=year,
        )
    )


def insert(tx: Tx, now: datetime, **values: Any) -> str:
    """A new one, with these columns; what is no text or number is written as JSON."""
    ticket_id = new_id()
    written = {name: _written(value) for name, value in values.items()}
    names, places = "".join(f", {name}" for name in written), "".join(f", :{name}" for name in written)
    tx.change(
        f"INSERT INTO ticket (id, status, last_event, created_at, updated_at{names})"
        f" VALUES (:id, 'new', 0, :now, :now{places})",
        id=ticket_id,
        now=to_millis(now),
        **written,
    )
    return ticket_id


def change(tx: Tx, ticket_id: str, **values: Any) -> None:
    """Sets these columns."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    written = {name: _written(value) for name, value in values.items()}
    tx.change(f"UPDATE ticket SET {sets} WHERE id = :id", id=ticket_id, **written)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_millis(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


OUTDATED = (
    "site_id = :site AND status NOT IN ('solved', 'closed')"
    " AND (calendar_revision < :current OR calendar_revision > :current)"
)


def is_any_outdated(tx: Tx, site_id: str, current: int) -> bool:
    found = tx.value(f"SELECT 1 FROM ticket WHERE {OUTDATED} LIMIT 1", site=site_id, current=current)
    return found is not None


def outdated(tx: Tx, site_id: str, current: int, limit: int) -> list[Row]:
    """Held, without those that others hold."""
    inner = f"SELECT t.* FROM ticket t WHERE {OUTDATED} LIMIT :limit{tx.locking(skip=True)}"
    return tx.rows(f"{_SHOWN} FROM ({inner}) t{_JOINED}", site=site_id, current=current, limit=limit)


def set_tags(tx: Tx, ticket_id: str, tags: Collection[str]) -> list[str]:
    """Each once, in their order. They are kept twice: with the ticket to be shown, and to be found by."""
    kept = list(dict.fromkeys(tags))
    change(tx, ticket_id, tags=kept)
    tx.change("DELETE FROM tickettag WHERE ticket_id = :ticket", ticket=ticket_id)
    for tag in kept:
        tx.change("INSERT INTO tickettag (ticket_id, tag) VALUES (:ticket, :tag)", ticket=ticket_id, tag=tag)
    return kept


def set_status(tx: Tx, row: Row, status: str) -> bool:
    """False: somebody was faster."""
    changed = tx.change(
        "UPDATE ticket SET status = :status WHERE id = :id AND status = :was",
        id=row["id"],
        status=status,
        was=row["status"],
    )
    return changed == 1


def of_conversation(tx: Tx, conversation_id: str) -> list[Row]:
    """Those that hold part of it, the newest first; merged ones go on in others. In the order of their ids they are
    held, so that nobody else changes them until the end.
    """
    which = (
        "SELECT t.* FROM ticket t WHERE t.id IN (SELECT l.ticket_id FROM ticketconversation l"
        f" WHERE l.conversation_id = :conversation) AND t.merged_into_id IS NULL ORDER BY t.id{tx.locking()}"
    )
    return tx.rows(f"{_SHOWN} FROM ({which}) t{_JOINED} ORDER BY t.id DESC", conversation=conversation_id)


_REFUSED = ", ".join(f"'{ending}'" for ending in sorted(REFUSED))
_NEWEST_REFUND = "(SELECT x.state FROM refund x WHERE x.ticket_id = t.id ORDER BY x.created_at DESC, x.id DESC LIMIT 1)"
_CAN_BE_APPEALED = (
    "t.appealed_at IS NULL AND t.solved_at > :appealable"
    f" AND (coalesce(t.ending, '') IN ({_REFUSED}) OR coalesce({_NEWEST_REFUND}, '') = 'rejected')"
)
SOLVED = f"t.site_id = :site AND t.status = 'solved' AND t.updated_at <= :until AND NOT ({_CAN_BE_APPEALED})"


def solved_since(tx: Tx, site_id: str, until: datetime, appealable: datetime, limit: int) -> list[Row]:
    """Solved, and nothing has happened since `until`; without refusals that came after `appealable`, for these the
    customer can still appeal from. Held, without those that others hold.
    """
    which = f"SELECT t.* FROM ticket t WHERE {SOLVED} ORDER BY t.updated_at, t.id LIMIT :limit{tx.locking(skip=True)}"
    return tx.rows(
        f"{_SHOWN} FROM ({which}) t{_JOINED}",
        site=site_id,
        until=to_millis(until),
        appealable=to_millis(appealable),
        limit=limit,
    )


LEFT_BEHIND = (
    # By agent and site, of which there are few.
    " FROM agent a CROSS JOIN site s CROSS JOIN ticket t WHERE NOT a.active AND t.site_id = s.id"
    " AND t.assignee_id = a.id AND t.status IN ('new', 'open', 'pending', 'on_hold')"
)


def is_any_left_behind(tx: Tx) -> bool:
    return bool(tx.value(f"SELECT EXISTS (SELECT 1{LEFT_BEHIND})"))


def left_behind(tx: Tx, limit: int) -> list[Row]:
    """What goes on and is in the hands of who was removed. Held, without those that others hold."""
    which = (
        f"SELECT t.* FROM ticket t WHERE t.id IN (SELECT t.id{LEFT_BEHIND}) ORDER BY t.id"
        f" LIMIT :limit{tx.locking(skip=True)}"
    )
    return tx.rows(f"{_SHOWN} FROM ({which}) t{_JOINED} WHERE NOT a.active", limit=limit)


# -- events -------------------------------------------------------------------------------------------------------


def add_event(
    tx: Tx,
    ticket_id: str,
    now: datetime,
    *,
    actor_kind: str,
    actor_id: str | None,
    actor_name: str,
    code: str,
    data: dict[str, Any],
    reason: str | None,
    visible: bool,
) -> None:
    number = tx.value(
        "UPDATE ticket SET last_event = last_event + 1, updated_at = :now WHERE id = :id RETURNING last_event",
        id=ticket_id,
        now=to_millis(now),
    )
    tx.change(
        "INSERT INTO ticketevent (ticket_id, number, at, actor_kind, actor_id, actor_name, code, data, reason, visible)"
        " VALUES (:ticket, :number, :now, :actor_kind, :actor_id, :actor_name, :code, :data, :reason, :visible)",
        ticket=ticket_id,
        number=number,
        now=to_millis(now),
        actor_kind=actor_kind,
        actor_id=actor_id,
        actor_name=actor_name,
        code=code,
        data=json.dumps(data, ensure_ascii=False),
        reason=reason,
        visible=visible,
    )


def events(tx: Tx, ticket_id: str) -> list[Row]:
    return tx.rows("SELECT * FROM ticketevent WHERE ticket_id = :ticket ORDER BY number", ticket=ticket_id)


def visible_events(tx: Tx, ticket_ids: list[str]) -> list[Row]:
    """Of all these tickets at once, each in its order."""
    names, values = _listed(ticket_ids)
    return tx.rows(
        f"SELECT * FROM ticketevent WHERE ticket_id IN ({names}) AND visible ORDER BY ticket_id, number", **values
    )


# -- links --------------------------------------------------------------------------------------------------------


def add_transcript(tx: Tx, ticket_id: str, conversation_id: str, last_seq: int, first_seq: int = 1) -> bool:
    """The log from `first_seq` up to `last_seq`. False: it was linked before, and its range stays what it was."""
    added = tx.change(
        "INSERT INTO ticketconversation (ticket_id, conversation_id, first_seq, last_seq)"
        " VALUES (:ticket, :conversation, :first, :last) ON CONFLICT DO NOTHING",
        ticket=ticket_id,
        conversation=conversation_id,
        first=first_seq,
        last=last_seq,
    )
    return added == 1


def transcripts(tx: Tx, ticket_id: str) -> list[Row]:
    return tx.rows(
        "SELECT l.*, c.last_seq AS conversation_seq FROM ticketconversation l"
        " JOIN conversation c ON c.id = l.conversation_id"
        " WHERE l.ticket_id = :ticket ORDER BY c.created_at, c.id",
        ticket=ticket_id,
    )


def transcript_messages(tx: Tx, transcript: Row, limit: int) -> list[Row]:
    """The last `limit` of the range, oldest first."""
    found = tx.rows(
        "SELECT * FROM message WHERE conversation_id = :conversation AND seq BETWEEN :first AND :last"
        " ORDER BY seq DESC LIMIT :limit",
        conversation=transcript["conversation_id"],
        first=transcript["first_seq"],
        last=transcript["last_seq"],
        limit=limit,
    )
    return found[::-1]


def newest_conversation(tx: Tx, ticket_id: str) -> str | None:
    found: str | None = tx.value(
        "SELECT c.id FROM ticketconversation l JOIN conversation c ON c.id = l.conversation_id"
        " WHERE l.ticket_id = :ticket ORDER BY c.created_at DESC, c.id DESC LIMIT 1",
        ticket=ticket_id,
    )
    return found


def first_words(tx: Tx, conversation_id: str) -> str:
    """The first thing the customer wrote."""
    found: str | None = tx.value(
        "SELECT body FROM message WHERE conversation_id = :id AND author_kind = 'customer' AND kind = 'text'"
        " ORDER BY seq LIMIT 1",
        id=conversation_id,
    )
    return found or ""


def add_link(tx: Tx, ticket_id: str, kind: str, target_id: str) -> bool:
    """False: it was there already."""
    added = tx.change(
        "INSERT INTO ticketlink (ticket_id, kind, target_id) VALUES (:ticket, :kind, :target) ON CONFLICT DO NOTHING",
        ticket=ticket_id,
        kind=kind,
        target=target_id,
    )
    return added == 1


def are_linked(tx: Tx, ticket_id: str, other_id: str) -> bool:
    """In either direction."""
    found = tx.value(
        "SELECT 1 FROM ticketlink WHERE kind = 'ticket' AND ((ticket_id = :one AND target_id = :other)"
        " OR (ticket_id = :other AND target_id = :one))",
        one=ticket_id,
        other=other_id,
    )
    return found is not None


def linked_tickets(tx: Tx, row: Row) -> list[Row]:
    """Each with `how`, as seen from this one."""
    return tx.rows(
        "SELECT t.id, t.number, t.kind, t.status, 'linked' AS how FROM ticketlink l JOIN ticket t ON t.id = l.target_id"
        " WHERE l.ticket_id = :id AND l.kind = 'ticket'"
        " UNION ALL SELECT t.id, t.number, t.kind, t.status, 'linked' FROM ticketlink l JOIN ticket t"
        " ON t.id = l.ticket_id WHERE l.target_id = :id AND l.kind = 'ticket'"
        " UNION ALL SELECT t.id, t.number, t.kind, t.status, 'merged' FROM ticket t WHERE t.merged_into_id = :id"
        " UNION ALL SELECT t.id, t.number, t.kind, t.status, 'merged_into' FROM ticket t WHERE t.id = :into"
        " UNION ALL SELECT t.id, t.number, t.kind, t.status, 'follows' FROM ticket t WHERE t.id = :follows"
        " UNION ALL SELECT t.id, t.number, t.kind, t.status, 'followed_by' FROM ticket t"
        " WHERE t.customer_id = :customer AND t.follows_id = :id ORDER BY 2",
        id=row["id"],
        into=row["merged_into_id"],
        follows=row["follows_id"],
        customer=row["customer_id"],
    )


def extend_transcript(tx: Tx, ticket_id: str, conversation_id: str, last_seq: int) -> int | None:
    """How many messages come in; None: it is not linked."""
    before = tx.value(
        "SELECT last_seq FROM ticketconversation WHERE ticket_id = :ticket AND conversation_id = :conversation",
        ticket=ticket_id,
        conversation=conversation_id,
    )
    if before is None:
        return None
    tx.change(
        "UPDATE ticketconversation SET last_seq = :last WHERE ticket_id = :ticket AND conversation_id = :conversation"
        " AND last_seq < :last",
        ticket=ticket_id,
        conversation=conversation_id,
        last=last_seq,
    )
    return max(last_seq - int(before), 0)


def move_all(tx: Tx, ticket_id: str, into_id: str) -> None:
    """Transcripts, links and watchers are shown at both from now on; refunds, evidence, files and checks move."""
    both = {"one": ticket_id, "into": into_id}
    tx.change(
        "INSERT INTO ticketconversation (ticket_id, conversation_id, first_seq, last_seq)"
        " SELECT :into, conversation_id, first_seq, last_seq FROM ticketconversation WHERE ticket_id = :one"
        " ON CONFLICT DO NOTHING",
        **both,
    )
    for end, better in (("first_seq", "<"), ("last_seq", ">")):  # of a conversation that both have
        tx.change(
            f"UPDATE ticketconversation SET {end} = (SELECT o.{end} FROM ticketconversation o WHERE o.ticket_id = :one"
            " AND o.conversation_id = ticketconversation.conversation_id) WHERE ticket_id = :into AND EXISTS (SELECT 1"
            " FROM ticketconversation o WHERE o.ticket_id = :one"
            " AND o.conversation_id = ticketconversation.conversation_id"
            f" AND o.{end} {better} ticketconversation.{end})",
            **both,
        )
    tx.change(
        "INSERT INTO ticketlink (ticket_id, kind, target_id) SELECT :into, kind, target_id FROM ticketlink"
        " WHERE ticket_id = :one AND target_id <> :into ON CONFLICT DO NOTHING",
        **both,
    )
    tx.change(
        "INSERT INTO ticketwatcher (ticket_id, agent_id) SELECT :into, agent_id FROM ticketwatcher"
        " WHERE ticket_id = :one ON CONFLICT DO NOTHING",
        **both,
    )
    for table in ("refund", "identitycheck"):
        tx.change(f"UPDATE {table} SET ticket_id = :into WHERE ticket_id = :one", **both)
    # Their client_ids are the customer's, who may have used one of them for both tickets.
    tx.change("UPDATE evidence SET ticket_id = :into, client_id = id WHERE ticket_id = :one", **both)
    tx.change(
        "UPDATE attachmentuse SET subject_id = :into WHERE subject_kind = 'ticket' AND subject_id = :one"
        " AND NOT EXISTS (SELECT 1 FROM attachmentuse o WHERE o.attachment_id = attachmentuse.attachment_id"
        " AND o.subject_kind = 'ticket' AND o.subject_id = :into)",
        **both,
    )


# -- who watches --------------------------------------------------------------------------------------------------


def watch(tx: Tx, ticket_id: str, agent_id: str, watch: bool) -> None:
    sql = (
        "INSERT INTO ticketwatcher (ticket_id, agent_id) VALUES (:ticket, :agent) ON CONFLICT DO NOTHING"
        if watch
        else "DELETE FROM ticketwatcher WHERE ticket_id = :ticket AND agent_id = :agent"
    )
    tx.change(sql, ticket=ticket_id, agent=agent_id)


def watching(tx: Tx, ticket_id: str) -> list[Row]:
    """Those who may still see it."""
    return tx.rows(
        "SELECT a.id, a.name FROM ticketwatcher w JOIN ticket t ON t.id = w.ticket_id JOIN agent a ON a.id = w.agent_id"
        " WHERE w.ticket_id = :ticket AND a.active AND EXISTS (SELECT 1 FROM teamagent ta JOIN teamsite ts"
        " ON ts.team_id = ta.team_id WHERE ta.agent_id = a.id AND ts.site_id = t.site_id) ORDER BY a.name, a.id",
        ticket=ticket_id,
    )


# -- the links that open a case -----------------------------------------------------------------------------------


def add_case_link(tx: Tx, token_hash: str, ticket_id: str, now: datetime, expires_at: datetime) -> None:
    tx.change(
        "INSERT INTO caselink (token_hash, ticket_id, created_at, expires_at) VALUES (:hash, :ticket, :now, :expires)",
        hash=token_hash,
        ticket=ticket_id,
        now=to_millis(now),
        expires=to_millis(expires_at),
    )


def case_links_since(tx: Tx, ticket_id: str, since: datetime) -> int:
    """How many were made."""
    sql = "SELECT count(*) FROM caselink WHERE ticket_id = :ticket AND created_at > :since"
    return int(tx.value(sql, ticket=ticket_id, since=to_millis(since)))


def linked_case(tx: Tx, token_hash: str, now: datetime) -> str | None:
    """The ticket a link opens, while it lives."""
    found: str | None = tx.value(
        "SELECT ticket_id FROM caselink WHERE token_hash = :hash AND revoked_at IS NULL AND expires_at > :now",
        hash=token_hash,
        now=to_millis(now),
    )
    return found


def revoke_case_links(tx: Tx, ticket_id: str, now: datetime) -> int:
    """How many there were."""
    return tx.change(
        "UPDATE caselink SET revoked_at = :now WHERE ticket_id = :ticket AND revoked_at IS NULL AND expires_at > :now",
        ticket=ticket_id,
        now=to_millis(now),
    )


def _listed(ids: list[str]) -> tuple[str, dict[str, str]]:
    values = {f"id{index}": found for index, found in enumerate(ids)}
    return ", ".join(f":{name}" for name in values) or "NULL", values
