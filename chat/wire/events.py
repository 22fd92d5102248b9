"""Which events there are, and the shape of each."""

from __future__ import annotations

from typing import Any

from chat.wire.cases import Case
from chat.wire.chat import Bye, Conversation, Desk, Message, ReadEvent, TypingEvent
from chat.wire.console import (
    AgentConversation,
    AlertsEvent,
    InboxEvent,
    Note,
    Notice,
    PresenceEvent,
    QueueEvent,
    Viewers,
)

Beacon = dict[str, tuple[int, int]]
"""conversation_id -> [last_seq, version]"""
CUSTOMER_EVENTS: dict[str, Any] = {
    "message": Message,
    "conversation": Conversation,
    "typing": TypingEvent,
    "read": ReadEvent,
    "desk": Desk,
    "case": Case,
    "beacon": Beacon,
    "bye": Bye,
}
AGENT_EVENTS: dict[str, Any] = {
    "message": Message,
    "conversation": AgentConversation,
    "typing": TypingEvent,
    "read": ReadEvent,
    "note": Note,
    "queue": QueueEvent,
    "inbox": InboxEvent,
    "presence": PresenceEvent,
    "viewers": Viewers,
    "alerts": AlertsEvent,
    "desk": Desk,
    "notice": Notice,
    "beacon": Beacon,
    "bye": Bye,
}
