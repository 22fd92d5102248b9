"""What Nightdesk remembers: tables, the queries on them, and the one way to write.

`Store.write(action, *args)` runs a plain function in a transaction on a writer thread; `Store.read` runs one on a
reader thread. What the function published leaves after the commit, and only then.
"""

from chat.store.events import Event
from chat.store.store import Clock, Store, Tx

__all__ = ["Clock", "Event", "Store", "Tx"]
