"""The Socket.IO door: websocket transport, namespaces `/customer` and `/agent`.

A message comes in through `engine.py` (the websocket, one reader each), `sockets.py` (packets, python-socketio's rules
and ours) and `server.py` (commands in their turn, for the `Door`). It goes out through `manager.py` (one frame for
everybody in the rooms) and `link.py` (what waits for one socket, and who is cut off). `rounds.py` looks again and again
at who may still listen. `stock.py` takes the place of `engine.py` with the setting `engine=stock`: the same rules on
python-engineio's own sockets.
"""

import sys

# python-socketio imports what it finds of these for managers that we do without (`chat/bus.py` is ours): 7 MB of a
# server that nobody gave a Redis. None says that a package is not installed, for as long as that one import takes; so
# `socketio.AsyncRedisManager` and its like stay without Redis in a process that imported this package first.
_UNWANTED = [name for name in ("redis", "valkey") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNWANTED))  # type: ignore[arg-type]
try:
    import socketio  # noqa: F401
finally:
    for _name in _UNWANTED:
        del sys.modules[_name]

from chat.realtime.server import Realtime  # noqa: E402

__all__ = ["Realtime"]
