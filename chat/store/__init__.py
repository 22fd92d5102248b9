"""What Nightdesk remembers: tables, the queries on them, and the one way to write.

`Store.write(action, *args)` runs a plain function in a transaction on a writer thread; `Store.read` runs one on a
reader thread. What the function published leaves after the commit, and only then. SQLite in a file or Postgres at an
address: callers and actions say the same on both.
"""

from chat.store.events import Event
from chat.store.keys import Keys
from chat.store.store import Store
from chat.store.tx import Asked, Clock, Row, Tx

__all__ = ["Asked", "Clock", "Event", "Keys", "Row", "Store", "Tx"]
