"""The Socket.IO door: websocket transport, namespaces `/customer` and `/agent`."""

from chat.realtime.server import Realtime

__all__ = ["Realtime"]
