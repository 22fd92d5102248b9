"""What an action tells the world, collected in its transaction and sent after the commit."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import to_json

CUSTOMER, AGENT, INSIDE = "/customer", "/agent", "inside"


class Room(NamedTuple):
    """Those who hear of something together; `namespace` is a door's, or `inside` for our own processes."""

    namespace: str
    name: str


def customer_room(customer_id: str, site_id: str) -> Room:
    return Room(CUSTOMER, f"customer:{customer_id}:{site_id}")


def visitors_room(site_id: str) -> Room:
    return Room(CUSTOMER, f"site:{site_id}")


def agent_room(agent_id: str) -> Room:
    return Room(AGENT, f"agent:{agent_id}")


def owner_room(agent_id: str, site_id: str) -> Room:
    """An agent, for what is said in the conversations they have on this site."""
    return Room(AGENT, f"agent:{agent_id}:{site_id}")


def viewers_room(conversation_id: str) -> Room:
    """Agents who have this conversation open."""
    return Room(AGENT, f"conversation:{conversation_id}")


def staff_room(site_id: str) -> Room:
    return Room(AGENT, f"desk:{site_id}")


def session_room(namespace: str, session_id: str) -> Room:
    return Room(namespace, f"session:{session_id}")


class Event(NamedTuple):
    """`json` is the value: written once, and sent on as it is to sockets and to other processes.

    Somebody in several of the rooms hears it once.
    """

    name: str
    rooms: tuple[Room, ...]
    json: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.json)


def value_json(value: BaseModel | dict[str, Any]) -> bytes:
    """Raises PydanticSerializationError for what no text can hold, such as half of a surrogate pair."""
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_json(value, exclude_none=True)
    return to_json(value)
