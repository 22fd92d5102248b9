"""One way to add to a conversation's log, and to tell those who follow it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from chat import wire
from chat.actions import attachments, shapes
from chat.actions.access import Caller, Who
from chat.domain.privacy import without_numbers
from chat.errors import Reused
from chat.store import Tx
from chat.store.queries import conversations, receipts
from chat.store.tx import Row


class Author(NamedTuple):
    """A `wire.Author`, as cheap as a message has to be."""

    kind: wire.AuthorKind
    id: str | None = None
    name: str = ""


BOT, SYSTEM = Author("bot"), Author("system")

PAGE_BYTES = 256 * 1024  # of a page of the log: a slow reader must get it down before the next event


def page(rows: list[Row], limit: int, *, newest: bool = False) -> tuple[list[Row], bool]:
    """The first `limit` that fit (with `newest` the last), always one, in their order; and whether some are left."""
    kept: list[Row] = []
    room = PAGE_BYTES
    for row in reversed(rows) if newest else rows:
        room -= 6 * len(row["body"]) + 400  # a Chinese character takes six bytes in JSON
        if len(kept) == limit or (kept and room < 0):
            break
        kept.append(row)
    return (kept[::-1] if newest else kept), len(kept) < len(rows)


def add(
    tx: Tx,
    row: Row,
    now: datetime,
    *,
    author: Author,
    kind: wire.MessageKind = "text",
    body: str = "",
    data: dict[str, Any] | None = None,
    client_id: str | None = None,
) -> dict[str, Any]:
    """Gives a `wire.Said`, JSON-ready."""
    added = conversations.append(
        tx,
        row["id"],
        client_id=client_id,
        author_kind=author.kind,
        author_id=author.id,
        author_name=author.name,
        kind=kind,
        body=body,
        data=data,
        now=now,
    )
    tx.publish("message", shapes.rooms_of(row), shapes.told_message(added))
    return shapes.said(added)


def add_system(tx: Tx, row: Row, now: datetime, code: str, **values: Any) -> dict[str, Any]:
    """A line that each reader's side words in its own language; times in `values` are sent like all times."""
    data = {"code": code, "values": {name: _sendable(value) for name, value in values.items()}}
    return add(tx, row, now, author=SYSTEM, kind="system", data=data)


def add_offer(tx: Tx, row: Row, now: datetime, code: str, offer: str | None, **values: Any) -> dict[str, Any]:
    """Such a line as the bot's, which `offer`s what its customer can do now: the reader's side has a button for it."""
    data = {"code": code, "values": {name: _sendable(value) for name, value in values.items()}}
    data |= {"offer": offer} if offer else {}
    return add(tx, row, now, author=BOT, kind="system", data=data)


def earlier(tx: Tx, row: Row, who: Who, command: wire.Say) -> dict[str, Any] | None:
    """What was answered when this very message came before. Raises Reused when it was another.

    `row` was loaded with that `client_id`. One that is stored at this very moment is not seen by it: then the log does
    not take this one, and the action is run again.
    """
    said = conversations.said(tx, row["id"], command.client_id) if row["is_said"] else None
    if said is None:
        return None
    # Which numbers are their own may have become known meanwhile, as when somebody signs in.
    same = without_numbers(said["body"]) == without_numbers(command.body)
    same = same and (attachment_of(said), said["author_id"]) == (command.attachment_id, who.id)
    # A message with a receipt was left for the agents, which is another command.
    if not same or receipts.receipt(tx, who.id, command.client_id):
        raise Reused("This client_id was used for another message.")
    return shapes.said(said)


def attachment_of(row: Row) -> str | None:
    """The file that a message brought."""
    if row["kind"] != "file":
        return None
    found: str = json.loads(row["data"])["attachment"]["attachment_id"]
    return found


def words(tx: Tx, who: Who, row: Row, command: wire.Say, now: datetime) -> dict[str, Any]:
    """What a person says, as `add` takes it, with the file they send. Raises NotFound when that is not theirs."""
    said: dict[str, Any] = {"body": command.body, "client_id": command.client_id}
    if command.choice and who.kind is Caller.CUSTOMER:
        said["data"] = {"choice": command.choice.model_dump(mode="json")}
    if command.attachment_id is None:
        return said
    seq = row["last_seq"] + 1
    file = attachments.use(tx, who, [command.attachment_id], "conversation", row["id"], now, seq)[0]
    shown = attachments.shape(file).model_dump(mode="json", exclude_none=True)
    return said | {"kind": "file", "data": said.get("data", {}) | {"attachment": shown}}


def author_of(who: Who, name: str) -> Author:
    return Author("agent" if who.kind is Caller.AGENT else "customer", who.id, name)


def _sendable(value: Any) -> Any:
    return wire.utc(value) if isinstance(value, datetime) else value
