"""Nightdesk's server: the store, the commands, the doors and the work that happens by itself.

Start reading at `commands.py`, the table of everything anyone can do; `door.py` runs one entry of it,
`actions/` holds the verbs, `store/` keeps what they write, `hub.py` tells whoever listens.
"""

__version__ = "0.1.0"
