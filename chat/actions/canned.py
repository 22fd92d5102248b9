"""Canned replies: what agents write again and again. Each keeps their own; who leads keeps those of a team or of all.

Choosing one only puts its text into a draft, so nothing here knows of conversations.
"""

from __future__ import annotations

from datetime import datetime

from chat import wire
from chat.actions import access, audit
from chat.actions.access import Who
from chat.errors import Conflict, Invalid
from chat.store import Tx
from chat.store.events import Room, agent_room, staff_room
from chat.store.queries import canned as queries
from chat.store.queries import people
from chat.store.tables import CannedReply

OWN, SHARED = 100, 300  # of one agent, and of an installation
PAGE = 200
PAGE_BYTES = 256 * 1024  # a slow reader must get it down before the next event
GIVEN = {"team_id", "sites", "shortcut", "title", "texts"}


def canned_replies(tx: Tx, who: Who, command: wire.CannedReplyList, now: datetime) -> wire.CannedReplyPage:
    """One's own and those shared with one, the eldest first."""
    keys = [site.key for site in access.sites_of(tx, who)]
    found = queries.page(tx, who.id, keys, access.leads(tx, who), command.after or "", PAGE + 1)
    shown = _first_that_fit(found)
    return wire.CannedReplyPage(
        replies=[_shown(one, who) for one in shown], next=shown[-1].id if len(shown) < len(found) else None
    )


def _first_that_fit(found: list[CannedReply]) -> list[CannedReply]:
    """Always one."""
    fitting, room = 0, PAGE_BYTES
    for one in found[:PAGE]:
        # A Chinese character takes three bytes in JSON, an emoji four, a sign that has to be written as \u0007 six.
        room -= 6 * sum(map(len, one.texts.values())) + 1_000
        if fitting and room < 0:
            break
        fitting += 1
    return found[:fitting]


def save_canned_reply(tx: Tx, who: Who, command: wire.SaveCannedReply, now: datetime) -> wire.CannedReplyValue:
    """Raises Forbidden for what is not the agent's to share; Conflict `changed` when somebody was faster,
    `shortcut_taken` when another one of theirs, or another shared one of these sites, is called by it already, and
    `too_many_replies`. Then nothing is changed.
    """
    if command.team_id and not command.shared:
        raise Invalid("A reply of one's own is of no team.")
    owner = None if command.shared else who.id
    queries.hold_those_of(tx, owner)  # or two who save at once would both find room, and the shortcut free
    found = _seen(tx, who, command.reply_id, command.revision) if command.reply_id else None
    if command.shared:
        access.check_shares(tx, who, command.team_id, command.sites)
    else:
        # Those that it names already may be sites that they served once.
        access.check_serves(tx, who, sorted(set(command.sites) - set(found.sites if found else ())))
    if found is None or found.agent_id != owner:
        _check_room(tx, owner)
    _check_shortcut(tx, command, owner)
    heard = _heard_by(tx, found) if found else set()
    given = command.model_dump(include=GIVEN) | {"agent_id": owner, "updated_at": now}
    if found is None:
        found = CannedReply(**given, created_at=now)
    else:
        found.sqlmodel_update(given | {"revision": found.revision + 1})
    tx.session.add(found)
    tx.session.flush()
    _tell(tx, heard | _heard_by(tx, found))
    audit.record(tx, who, now, "canned_reply_saved", "canned_reply", found.id, shared=command.shared)
    return wire.CannedReplyValue(reply=_shown(found, who))


def remove_canned_reply(tx: Tx, who: Who, command: wire.OfCannedReply, now: datetime) -> wire.Nothing:
    """Raises Conflict `changed` when somebody was faster."""
    found = _seen(tx, who, command.reply_id, command.revision)
    tx.session.delete(found)
    tx.session.flush()
    _tell(tx, _heard_by(tx, found))
    audit.record(tx, who, now, "canned_reply_removed", "canned_reply", found.id, shared=found.agent_id is None)
    return wire.Nothing()


def _seen(tx: Tx, who: Who, reply_id: str, revision: int) -> CannedReply:
    found = access.canned_reply_for(tx, who, reply_id)
    if found.revision != revision:
        raise Conflict("Somebody changed this reply meanwhile. Look again.", code="changed")
    return found


def _check_room(tx: Tx, owner: str | None) -> None:
    if queries.count(tx, owner) < (OWN if owner else SHARED):
        return
    kept = f"{OWN} replies of yours" if owner else f"{SHARED} shared replies"
    raise Conflict(f"There are {kept} already. Remove one first.", code="too_many_replies")


def _check_shortcut(tx: Tx, command: wire.SaveCannedReply, owner: str | None) -> None:
    """Two that stand in nobody's list together may be called alike."""
    for other in queries.called(tx, owner, command.shortcut):
        share_sites = not other.sites or not command.sites or set(other.sites) & set(command.sites)
        share_team = not other.team_id or not command.team_id or other.team_id == command.team_id
        if other.id != command.reply_id and share_sites and share_team:
            raise Conflict(f"Another reply has the shortcut {command.shortcut} already.", code="shortcut_taken")


def _heard_by(tx: Tx, reply: CannedReply) -> set[Room]:
    if reply.agent_id:
        return {agent_room(reply.agent_id)}
    return {staff_room(site.id) for site in people.every_site(tx) if not reply.sites or site.key in reply.sites}


def _tell(tx: Tx, rooms: set[Room]) -> None:
    """A hint, without a word of it: a team's replies are nobody else's."""
    tx.publish("notice", sorted(rooms), wire.Notice(code="canned_changed", values={}))


def _shown(reply: CannedReply, who: Who) -> wire.CannedReply:
    shown = reply.model_dump(include=set(wire.CannedReply.model_fields) - {"mine"})
    return wire.CannedReply(mine=reply.agent_id == who.id, **shown)
