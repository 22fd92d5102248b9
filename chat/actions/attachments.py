"""Files: who may send and open one, and how it comes into a conversation or a ticket.

A file has been sent first and is used afterwards. Until then only its sender may open it; then whoever may see where
it was sent. One that nobody uses is forgotten after a day, its row first and then what lies in the folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chat import wire
from chat.actions import access
from chat.actions.access import Caller, Who
from chat.domain.files import StoredFile, address_of
from chat.errors import NotFound, Reused, TooMany
from chat.store import Tx
from chat.store.queries import files
from chat.store.tx import Row

DAY = timedelta(days=1)
SENT_A_DAY = 100  # by a customer, or through the links of one case
SENT_BY_AGENT = 1_000  # a day: they answer many
WAITING = 30  # files of one person that nobody has been shown yet
AT_ONCE = 300  # rows that are forgotten in one transaction


def may_send(tx: Tx, who: Who, now: datetime) -> None:
    """Raises TooMany, or Unauthenticated when the caller's session or link has ended."""
    access.admit(tx, who, "agent", now)
    sent = files.sent_since(tx, now - DAY, **_people(who))
    most = SENT_BY_AGENT if who.kind is Caller.AGENT else SENT_A_DAY
    if sent["sent"] >= most or sent["waiting"] >= WAITING:
        raise TooMany("That were many files. Send more tomorrow.", code="too_many_files", retry_after=3600)


def keep(tx: Tx, who: Who, stored: StoredFile, client_id: str | None, now: datetime) -> tuple[wire.Attachment, bool]:
    """Writes down a file that lies in the folder. False: the same one was sent before, and this one is nobody's. Raises
    Reused for another one under the same `client_id`.
    """
    key = f"{who.kind.value}:{who.id}:{who.site_id}:{client_id}" if client_id else None
    if key and (row := files.keyed(tx, key)):
        access.admit(tx, who, "agent", now)
        if row["sha256"] != stored.sha256:
            raise Reused("This client_id has sent another file.")
        return shape(row), False
    may_send(tx, who, now)
    row = files.insert(
        tx,
        now,
        key=key,
        site_id=who.site_id or None,
        customer_id=_people(who)["customer"],
        agent_id=_people(who)["agent"],
        ticket_id=_people(who)["ticket"],
        name=stored.name,
        type=stored.type,
        size=stored.size,
        width=stored.width,
        height=stored.height,
        sha256=stored.sha256,
        path=stored.path,
    )
    return shape(row), True


def use(
    tx: Tx,
    who: Who,
    attachment_ids: Iterable[str],
    subject_kind: str,
    subject_id: str,
    now: datetime,
    seq: int | None = None,
) -> list[Row]:
    """Takes files that the caller sent into a conversation or a ticket. Raises NotFound for anybody else's."""
    taken = []
    for attachment_id in attachment_ids:
        row = files.take(tx, attachment_id, now, **_people(who), site=who.site_id)
        if row is None:
            raise NotFound("There is no such file.")
        files.show(tx, row["id"], subject_kind, subject_id, seq)
        taken.append(row)
    return taken


def open_file(tx: Tx, who: Who, attachment_id: str, now: datetime) -> StoredFile:
    """What may be opened by the caller right now. Raises NotFound."""
    access.admit(tx, who, "agent", now)
    row = files.seen_by_sender(tx, attachment_id, **_people(who), site=who.site_id)
    # A case's link may be in anybody's hands: what was handed in as evidence it does not open any more.
    if row is None and who.kind is Caller.CUSTOMER:
        row = files.seen_by_customer(tx, attachment_id, who.id, who.site_id)
    if row is None and who.kind is Caller.AGENT:
        row = files.seen_by_agent(tx, attachment_id, who.id)
    if row is None:
        raise NotFound("There is no such file.")
    return StoredFile(row["path"], row["name"], row["type"], row["size"], row["sha256"], row["width"], row["height"])


def shape(row: Row) -> wire.Attachment:
    return wire.Attachment(
        attachment_id=row["id"],
        name=row["name"],
        type=row["type"],
        size=row["size"],
        width=row["width"],
        height=row["height"],
        url=address_of(row["id"], row["name"]),
    )


def _people(who: Who) -> dict[str, str | None]:
    """Who sent it, by the column that says so."""
    kinds = {Caller.CUSTOMER: "customer", Caller.AGENT: "agent", Caller.CASE_LINK: "ticket"}
    return {name: who.id if kind is who.kind else None for kind, name in kinds.items()}


# -- what is over -------------------------------------------------------------------------------------------------


def anything_unused(tx: Tx, now: datetime) -> bool:
    return files.is_any_unused(tx, now - DAY)


def forget_unused(tx: Tx, now: datetime) -> list[str]:
    """The paths of files whose rows are gone, at most AT_ONCE."""
    return files.forget_unused(tx, now - DAY, AT_ONCE)


def loose(tx: Tx, paths: list[str], now: datetime) -> list[str]:
    """Those of the paths that no row knows."""
    known = files.known(tx, paths)
    return [path for path in paths if path not in known]
