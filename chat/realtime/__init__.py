"""The Socket.IO door: websocket transport, namespaces `/customer` and `/agent`.

A message comes in through `engine.py` (the websocket, one reader each), `sockets.py` (packets, python-socketio's rules
and ours) and `server.py` (commands in their turn, for the `Door`). It goes out through `manager.py` (one frame for
everybody in the rooms) and `link.py` (what waits for one socket, and who is cut off). `rounds.py` looks again and again
at who may still listen. `stock.py` takes the place of `engine.py` with the setting `engine=stock`: the same rules on
python-engineio's own sockets.
"""

from chat.realtime.server import Realtime

__all__ = ["Realtime"]
