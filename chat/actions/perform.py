"""One entry of the command table, carried out: let in, once, done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from chat import wire
from chat.actions import access
from chat.actions.access import Caller, Who
from chat.errors import Reused
from chat.store import Asked, Tx
from chat.store.queries import receipts

Action = Callable[..., wire.Shape | dict[str, Any]]  # a dict is JSON-ready


class Entry(Protocol):
    """What `perform` needs to know of a command."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def action(self) -> Action: ...
    @property
    def receipt(self) -> bool: ...


def asked(who: Who, command: wire.Input) -> Asked | None:
    """What carrying it out will look up, where that can be told before."""
    if not isinstance(command, wire.Say) or who.kind not in (Caller.CUSTOMER, Caller.AGENT):
        return None
    is_agent = who.kind is Caller.AGENT
    return Asked(is_agent, who.session_id, who.id, who.site_id, command.conversation_id, command.client_id)


def perform(tx: Tx, entry: Entry, who: Who, command: wire.Input, extra: tuple[Any, ...], now: datetime) -> Any:
    """The command's value, JSON-ready. With a client_id it is done once; the same again gives the same answer."""
    access.admit(tx, who, entry.role, now)
    client_id: str | None = getattr(command, "client_id", None)
    if not entry.receipt or client_id is None:
        return _told(entry.action(tx, who, command, *extra, now))
    digest = _digest(entry.name, command)
    # Taken before anything is done: whoever comes with the same client_id meanwhile waits here for what comes of it.
    if receipts.take(tx, who.id, client_id, entry.name, digest, now):
        value = _told(entry.action(tx, who, command, *extra, now))
        receipts.fill_in(tx, who.id, client_id, value)
        return value
    earlier = receipts.receipt(tx, who.id, client_id)
    if earlier is None or earlier["digest"] != digest:
        raise Reused("This client_id was used for something else.")
    return json.loads(earlier["answer"])


def _told(value: wire.Shape | dict[str, Any]) -> dict[str, Any]:
    return value if isinstance(value, dict) else value.model_dump(mode="json", exclude_none=True)


def _digest(name: str, command: wire.Input) -> str:
    # An account could be guessed from what is kept of it here.
    told = command.model_dump_json(exclude={"payout": {"account", "holder"}})
    return hashlib.sha256(f"{name} {told}".encode()).hexdigest()
